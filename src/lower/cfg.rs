//! `cfg` predicates: reading them, and what they say of a Linux server build with unknown features.

use proc_macro2::TokenStream;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Meta, Token};

use super::span::name;
use crate::ir::item::Cfg;
use crate::name::Name;

/// Every `cfg` condition of these attributes, those in `cfg_attr(c, cfg(d))` included.
pub(super) fn of_attrs(attrs: &[Attribute]) -> Vec<Cfg> {
    let mut out = Vec::new();
    for attr in attrs {
        collect(&attr.meta, None, &mut out);
    }
    out
}

fn collect(meta: &Meta, under: Option<&Cfg>, out: &mut Vec<Cfg>) {
    let Meta::List(list) = meta else { return };
    if list.path.is_ident("cfg") {
        let cfg = parse(list.tokens.clone());
        out.push(match under {
            Some(condition) => Cfg::Any(vec![Cfg::Not(Box::new(condition.clone())), cfg]),
            None => cfg,
        });
    } else if let Some((condition, metas)) = cfg_attr(meta) {
        let condition = match under {
            Some(outer) => Cfg::All(vec![outer.clone(), condition]),
            None => condition,
        };
        for meta in &metas {
            collect(meta, Some(&condition), out);
        }
    }
}

/// The parts of `cfg_attr(condition, meta, ..)`.
pub(super) fn cfg_attr(meta: &Meta) -> Option<(Cfg, Vec<Meta>)> {
    let Meta::List(list) = meta else { return None };
    if !list.path.is_ident("cfg_attr") {
        return None;
    }
    let parser = |input: ParseStream| {
        let condition = predicate(input)?;
        let mut metas = Vec::new();
        while input.parse::<Option<Token![,]>>()?.is_some() && !input.is_empty() {
            metas.push(input.parse()?);
        }
        Ok((condition, metas))
    };
    parser.parse2(list.tokens.clone()).ok()
}

/// Reads a predicate; what is no predicate is `Unknown`.
pub(super) fn parse(tokens: TokenStream) -> Cfg {
    let parser = |input: ParseStream| {
        let cfg = predicate(input)?;
        let _: Option<Token![,]> = input.parse()?;
        Ok(cfg)
    };
    parser.parse2(tokens).unwrap_or(Cfg::Unknown)
}

fn predicate(input: ParseStream) -> syn::Result<Cfg> {
    if input.peek(syn::LitBool) {
        let lit: syn::LitBool = input.parse()?;
        return Ok(if lit.value {
            Cfg::All(Vec::new())
        } else {
            Cfg::Any(Vec::new())
        });
    }
    let ident = name(&syn::ext::IdentExt::parse_any(input)?);
    if input.peek(Token![=]) {
        let _: Token![=] = input.parse()?;
        let value: syn::LitStr = input.parse()?;
        return Ok(Cfg::KeyValue(ident, Name::new(&value.value())));
    }
    if !input.peek(syn::token::Paren) {
        return Ok(Cfg::Flag(ident));
    }
    let inside;
    syn::parenthesized!(inside in input);
    let mut parts: Vec<Cfg> = inside
        .parse_terminated(predicate, Token![,])?
        .into_iter()
        .collect();
    Ok(match ident.as_str() {
        "all" => Cfg::All(parts),
        "any" => Cfg::Any(parts),
        "not" if parts.len() == 1 => parts.pop().map_or(Cfg::Unknown, |p| Cfg::Not(Box::new(p))),
        _ => Cfg::Unknown,
    })
}

/// Whether the predicate holds for `x86_64-unknown-linux-gnu` outside of tests; `None` if that depends.
pub(super) fn eval(cfg: &Cfg) -> Option<bool> {
    match cfg {
        Cfg::Flag(flag) => match flag.as_str() {
            "unix" | "panic_unwind" => Some(true),
            "test" | "windows" | "loom" | "miri" | "doc" | "docsrs" | "doctest" | "fuzzing"
            | "kani" | "wasm" => Some(false),
            _ => None,
        },
        Cfg::KeyValue(key, value) => key_value(key, value),
        Cfg::All(parts) => fold(parts, false),
        Cfg::Any(parts) => fold(parts, true),
        Cfg::Not(part) => eval(part).map(|b| !b),
        Cfg::Unknown => None,
    }
}

/// `any` stops at the first true part, `all` at the first false one.
fn fold(parts: &[Cfg], stop: bool) -> Option<bool> {
    let mut result = Some(!stop);
    for part in parts {
        match eval(part) {
            Some(value) if value == stop => return Some(stop),
            Some(_) => {}
            None => result = None,
        }
    }
    result
}

fn key_value(key: &str, value: &str) -> Option<bool> {
    let actual = match key {
        "target_os" => "linux",
        "target_family" => "unix",
        "target_arch" => "x86_64",
        "target_env" => "gnu",
        "target_vendor" => "unknown",
        "target_pointer_width" => "64",
        "target_endian" => "little",
        "panic" => "unwind",
        "target_has_atomic" => return Some(true),
        _ => return None,
    };
    Some(actual == value)
}

/// Whether what carries these attributes is in the build: `None` if that depends.
pub(super) fn included(attrs: &[Attribute]) -> Option<bool> {
    if attrs.is_empty() {
        return Some(true);
    }
    fold(&of_attrs(attrs), false)
}

/// Whether what carries these attributes may be in the build.
pub(super) fn may_be(attrs: &[Attribute]) -> bool {
    included(attrs) != Some(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Option<bool> {
        eval(&parse(text.parse().expect("tokens")))
    }

    #[test]
    fn the_target_is_known_and_features_are_not() {
        assert_eq!(value("unix"), Some(true));
        assert_eq!(value("test"), Some(false));
        assert_eq!(value("feature = \"x\""), None);
        assert_eq!(value("all(feature = \"x\", windows)"), Some(false));
        assert_eq!(
            value("any(feature = \"x\", target_os = \"linux\",)"),
            Some(true)
        );
        assert_eq!(value("not(target_arch = \"wasm32\")"), Some(true));
        assert_eq!(value("all()"), Some(true));
        assert_eq!(value("1 + 1"), None);
    }
}
