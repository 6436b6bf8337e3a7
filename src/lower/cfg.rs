//! `cfg` predicates: reading them, and judging those inside of bodies by the build that the file's package is in.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Expr, ExprMacro, Meta, Token};

use super::Lower;
use super::names::name;
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

impl Lower<'_> {
    /// Whether what carries these attributes is in the build: `None` if that cannot be told.
    pub(super) fn included(&self, attrs: &[Attribute]) -> Option<bool> {
        if attrs.is_empty() {
            return Some(true);
        }
        self.cfg.all(&of_attrs(attrs))
    }

    /// Whether a `cfg!(..)` holds, in this build and in those with other features of the packages.
    pub(super) fn cfg_holds(&mut self, e: &Expr) -> Option<bool> {
        let Expr::Macro(ExprMacro { mac, .. }) = e else {
            return None;
        };
        let is_cfg = mac.path.segments.last().is_some_and(|s| s.ident == "cfg");
        if !is_cfg || self.expands(mac) {
            return None;
        }
        let cfg = parse(mac.tokens.clone());
        let holds = self.cfg.eval(&cfg)?;
        let against = if holds { Cfg::Not(Box::new(cfg)) } else { cfg };
        (!self.cfg.elsewhere(&[against])).then_some(holds)
    }

    /// Whether what carries these attributes counts as in the build, though that cannot be told: it stands under flags of
    /// the project's own, and none of `others` is there in its stead.
    pub(super) fn presumed(&self, attrs: &[Attribute], others: &[&[Attribute]]) -> bool {
        let own = of_attrs(attrs);
        self.cfg.open_by_own_flags(&own)
            && !others.iter().any(|other| {
                let other = of_attrs(other);
                self.cfg.exclude(&own, &other) || self.cfg.exclude(&other, &own)
            })
    }

    /// Whether what carries these attributes is in some build, if not in this one.
    pub(super) fn elsewhere(&self, attrs: &[Attribute]) -> bool {
        !attrs.is_empty() && self.cfg.elsewhere(&of_attrs(attrs))
    }

    /// Whether what carries these attributes may be in the build. What may not is noted, for whoever asks about it.
    pub(super) fn may_be(&self, attrs: &[Attribute], of: &impl ToTokens) -> bool {
        if self.included(attrs) != Some(false) {
            return true;
        }
        if let Some(cfg) = self.cfg.failing(&of_attrs(attrs)) {
            let span = self.tokens_span(&of.to_token_stream());
            self.off.borrow_mut().push((span, cfg.clone()));
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn predicates_are_read_and_what_is_none_is_unknown() {
        let read = |text: &str| parse(text.parse().expect("tokens"));
        let flag = |f: &str| Cfg::Flag(Name::new(f));
        assert_eq!(read("unix"), flag("unix"));
        assert_eq!(
            read("all(feature = \"x\", not(windows),)"),
            Cfg::All(vec![
                Cfg::KeyValue(Name::new("feature"), Name::new("x")),
                Cfg::Not(Box::new(flag("windows"))),
            ])
        );
        assert_eq!(read("false"), Cfg::Any(Vec::new()));
        assert_eq!(read("1 + 1"), Cfg::Unknown);
    }
}
