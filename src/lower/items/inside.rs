//! What stands inside of traits, impls and extern blocks.

use super::super::Lower;
use super::{Ends, ends, vis};
use crate::ir::item::{Generics, Item, ItemKind, Vis};
use crate::ir::ty::TyRef;
use crate::lower::span::sig_lo;

impl Lower<'_> {
    pub(super) fn impl_block(&mut self, i: &syn::ItemImpl, out: &mut Vec<Item>) {
        // A negative impl says only what is not.
        if i.modifiers.polarity.is_some() {
            return;
        }
        let lo = i.unsafety.as_ref().map_or(i.impl_token.span, |t| t.span);
        let lo = i.modifiers.defaultness.as_ref().map_or(lo, |t| t.span);
        let items = self.impl_items(&i.items);
        let kind = ItemKind::Impl {
            generics: self.generics(&i.generics),
            of_trait: i.trait_.as_ref().map(|(path, _)| self.path(None, path)),
            self_ty: self.ty(&i.self_ty),
            items,
        };
        let ends = Ends {
            lo,
            hi: i.brace_token.span.close(),
            name: i.impl_token.span,
        };
        out.push(self.make(&i.attrs, Vis::Private, &ends, None, kind));
    }

    pub(in super::super) fn impl_items(&mut self, items: &[syn::ImplItem]) -> Vec<Item> {
        let mut out = Vec::with_capacity(items.len());
        for item in items {
            self.impl_item(item, &mut out);
        }
        out
    }

    fn impl_item(&mut self, item: &syn::ImplItem, out: &mut Vec<Item>) {
        match item {
            syn::ImplItem::Fn(i) => {
                let kind = self.fn_kind(&i.sig, Some(&i.block));
                let ends = ends(
                    &i.vis,
                    sig_lo(&i.sig),
                    i.block.brace_token.span.close(),
                    i.sig.ident.span(),
                );
                out.push(self.make(&i.attrs, vis(&i.vis), &ends, Some(&i.sig.ident), kind));
            }
            syn::ImplItem::Const(i) => {
                let body = self.init_body(&i.expr);
                let kind = ItemKind::Static {
                    ty: self.ty(&i.ty),
                    body,
                    is_const: true,
                };
                let ends = ends(
                    &i.vis,
                    i.const_token.span,
                    i.semi_token.span,
                    i.ident.span(),
                );
                out.push(self.make(&i.attrs, vis(&i.vis), &ends, Some(&i.ident), kind));
            }
            syn::ImplItem::Type(i) => {
                let kind = ItemKind::Alias {
                    generics: self.generics(&i.generics),
                    bounds: Vec::new(),
                    ty: self.ty(&i.ty),
                };
                let ends = ends(&i.vis, i.type_token.span, i.semi_token.span, i.ident.span());
                out.push(self.make(&i.attrs, vis(&i.vis), &ends, Some(&i.ident), kind));
            }
            syn::ImplItem::Macro(i) => self.member_macro(&i.attrs, &i.mac, out),
            syn::ImplItem::Verbatim(tokens) => self.verbatim_item(tokens, out),
            _ => {}
        }
    }

    pub(super) fn trait_items(&mut self, items: &[syn::TraitItem]) -> Vec<Item> {
        let mut out = Vec::with_capacity(items.len());
        for item in items {
            self.trait_item(item, &mut out);
        }
        out
    }

    fn trait_item(&mut self, item: &syn::TraitItem, out: &mut Vec<Item>) {
        // A trait's own items are as visible as the trait.
        let vis = Vis::Public;
        match item {
            syn::TraitItem::Fn(i) => {
                let kind = self.fn_kind(&i.sig, i.default.as_ref());
                let hi = match (&i.default, &i.semi_token) {
                    (Some(block), _) => block.brace_token.span.close(),
                    (None, Some(semi)) => semi.span,
                    (None, None) => i.sig.paren_token.span.close(),
                };
                let ends = Ends {
                    lo: sig_lo(&i.sig),
                    hi,
                    name: i.sig.ident.span(),
                };
                out.push(self.make(&i.attrs, vis, &ends, Some(&i.sig.ident), kind));
            }
            syn::TraitItem::Const(i) => {
                let body = i.default.as_ref().and_then(|(_, e)| self.init_body(e));
                let kind = ItemKind::Static {
                    ty: self.ty(&i.ty),
                    body,
                    is_const: true,
                };
                let ends = Ends {
                    lo: i.const_token.span,
                    hi: i.semi_token.span,
                    name: i.ident.span(),
                };
                out.push(self.make(&i.attrs, vis, &ends, Some(&i.ident), kind));
            }
            syn::TraitItem::Type(i) => {
                let kind = ItemKind::Alias {
                    generics: self.generics(&i.generics),
                    bounds: self.bounds(&i.bounds),
                    ty: i
                        .default
                        .as_ref()
                        .map_or(TyRef::Infer, |(_, ty)| self.ty(ty)),
                };
                let ends = Ends {
                    lo: i.type_token.span,
                    hi: i.semi_token.span,
                    name: i.ident.span(),
                };
                out.push(self.make(&i.attrs, vis, &ends, Some(&i.ident), kind));
            }
            syn::TraitItem::Macro(i) => self.member_macro(&i.attrs, &i.mac, out),
            syn::TraitItem::Verbatim(tokens) => self.verbatim_item(tokens, out),
            _ => {}
        }
    }

    /// The items of an extern block stand beside its siblings.
    pub(super) fn foreign(&mut self, block: &syn::ItemForeignMod, out: &mut Vec<Item>) {
        let outer = super::super::cfg::of_attrs(&block.attrs);
        let first = out.len();
        for item in &block.items {
            match item {
                syn::ForeignItem::Fn(i) => {
                    let kind = self.fn_kind(&i.sig, None);
                    let ends = ends(
                        &i.vis,
                        sig_lo(&i.sig),
                        i.semi_token.span,
                        i.sig.ident.span(),
                    );
                    out.push(self.make(&i.attrs, vis(&i.vis), &ends, Some(&i.sig.ident), kind));
                }
                syn::ForeignItem::Static(i) => {
                    let kind = ItemKind::Static {
                        ty: self.ty(&i.ty),
                        body: None,
                        is_const: false,
                    };
                    let ends = ends(
                        &i.vis,
                        i.static_token.span,
                        i.semi_token.span,
                        i.ident.span(),
                    );
                    out.push(self.make(&i.attrs, vis(&i.vis), &ends, Some(&i.ident), kind));
                }
                syn::ForeignItem::Type(i) => {
                    let kind = ItemKind::Struct {
                        generics: Generics::default(),
                        fields: Vec::new(),
                        tuple: false,
                    };
                    let ends = ends(&i.vis, i.type_token.span, i.semi_token.span, i.ident.span());
                    out.push(self.make(&i.attrs, vis(&i.vis), &ends, Some(&i.ident), kind));
                }
                _ => {}
            }
        }
        for item in out.iter_mut().skip(first) {
            item.cfg.extend(outer.iter().cloned());
        }
    }
}
