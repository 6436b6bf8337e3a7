//! What attributes say of an item: conditions, tests, derives, and the paths of the rest.

use quote::ToTokens as _;
use syn::punctuated::Punctuated;
use syn::{AttrStyle, Attribute, Expr, Lit, Meta, Token};

use super::{Lower, cfg};
use crate::ir::item::Cfg;
use crate::ir::ty::{PathRef, Segment};
use crate::name::Name;

/// What the attributes of one item say.
#[derive(Default)]
pub(super) struct Attrs {
    pub(super) cfg: Vec<Cfg>,
    pub(super) is_test: bool,
    pub(super) paths: Vec<PathRef>,
    /// `#[path = ".."]`, conditional ones with their condition.
    pub(super) files: Vec<(Option<Cfg>, String)>,
    pub(super) macro_use: bool,
}

impl Lower<'_> {
    pub(super) fn attrs(&self, attrs: &[Attribute]) -> Attrs {
        let mut out = Attrs {
            cfg: cfg::of_attrs(attrs),
            ..Attrs::default()
        };
        for attr in attrs.iter().filter(|a| matches!(a.style, AttrStyle::Outer)) {
            self.meta(&attr.meta, None, &mut out);
        }
        out
    }

    fn meta(&self, meta: &Meta, under: Option<&Cfg>, out: &mut Attrs) {
        if let Some((condition, metas)) = cfg::cfg_attr(meta) {
            if self.cfg.eval(&condition) != Some(false)
                || metas.iter().any(|m| m.path().is_ident("path"))
            {
                metas
                    .iter()
                    .for_each(|m| self.meta(m, Some(&condition), out));
            }
            return;
        }
        let path = meta.path();
        let Some(last) = path.segments.last().map(|s| s.ident.to_string()) else {
            return;
        };
        match (meta, last.as_str()) {
            (_, "doc" | "allow" | "warn" | "deny" | "forbid" | "expect" | "cfg" | "cfg_attr") => {
                return;
            }
            (Meta::NameValue(value), "path") => {
                if let Expr::Lit(syn::ExprLit {
                    lit: Lit::Str(file),
                    ..
                }) = &value.value
                {
                    out.files.push((under.cloned(), file.value()));
                }
                return;
            }
            (Meta::List(list), "derive") => {
                let derives =
                    list.parse_args_with(Punctuated::<syn::Path, Token![,]>::parse_terminated);
                for derive in derives.iter().flatten() {
                    let mut path = self.path(None, derive);
                    path.segments.insert(0, Segment::plain(Name::new("derive")));
                    out.paths.push(path);
                }
                return;
            }
            (_, "macro_use") => out.macro_use = true,
            (
                _,
                "test" | "bench" | "rstest" | "test_case" | "quickcheck" | "proptest" | "test_log"
                | "wasm_bindgen_test",
            ) => {
                out.is_test = true;
            }
            _ => {}
        }
        out.paths.push(self.path(None, path));
    }

    /// Where an item begins: its first attribute that is no documentation and no inner one, else `otherwise`.
    pub(super) fn attrs_lo(attrs: &[Attribute], otherwise: proc_macro2::Span) -> proc_macro2::Span {
        let first = attrs.iter().find(|a| matches!(a.style, AttrStyle::Outer));
        first
            .and_then(|a| a.to_token_stream().into_iter().next())
            .map_or(otherwise, |t| t.span())
    }
}
