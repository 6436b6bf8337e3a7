//! Items: the skeleton that name resolution reads.

mod derived;
mod inside;
pub(super) mod pinned;
mod verbatim;

use syn::spanned::Spanned as _;

use super::Lower;
use super::attrs::Attrs;
use super::names::{name, number};
use super::span::sig_lo;
use super::uses;
use crate::ir::item::{Field, FnItem, Generics, Item, ItemKind, Receiver, Variant, Vis};
use crate::ir::ty::TyRef;
use crate::name::Name;
use crate::source::Span;

/// The tokens an item begins and ends with, and those of its name.
pub(super) struct Ends {
    pub(super) lo: proc_macro2::Span,
    pub(super) hi: proc_macro2::Span,
    pub(super) name: proc_macro2::Span,
}

impl Lower<'_> {
    pub(super) fn items(&mut self, items: &[syn::Item]) -> Vec<Item> {
        let mut out = Vec::with_capacity(items.len());
        for item in items {
            self.item(item, &mut out);
        }
        out
    }

    /// Puts an item together from what its syntax says.
    pub(super) fn make(
        &self,
        attrs: &[syn::Attribute],
        vis: Vis,
        ends: &Ends,
        ident: Option<&syn::Ident>,
        kind: ItemKind,
    ) -> Item {
        let Attrs {
            cfg,
            is_test,
            paths,
            ..
        } = self.attrs(attrs);
        let kind = match kind {
            // `#[tokio::main]` and its like wait for the function's future: calling it makes none.
            ItemKind::Fn(item) if paths.iter().any(|p| p.last().is_some_and(|n| n == "main")) => {
                ItemKind::Fn(FnItem {
                    is_async: false,
                    ..item
                })
            }
            other => other,
        };
        Item {
            name: ident.map_or_else(|| Name::new(""), name),
            span: self.range(Self::attrs_lo(attrs, ends.lo), ends.hi),
            name_span: self.one(ends.name),
            vis,
            cfg,
            is_test,
            attrs: paths,
            kind,
        }
    }

    pub(super) fn item(&mut self, item: &syn::Item, out: &mut Vec<Item>) {
        match item {
            syn::Item::Const(i) => {
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
            syn::Item::Static(i) => {
                let body = self.init_body(&i.expr);
                let kind = ItemKind::Static {
                    ty: self.ty(&i.ty),
                    body,
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
            syn::Item::Fn(i) => {
                let kind = self.fn_kind(&i.sig, Some(&i.block));
                let ends = ends(
                    &i.vis,
                    sig_lo(&i.sig),
                    i.block.brace_token.span.close(),
                    i.sig.ident.span(),
                );
                let item = self.make(&i.attrs, vis(&i.vis), &ends, Some(&i.sig.ident), kind);
                let self_ty = i.sig.receiver().and_then(|_| implemented(&i.attrs));
                out.push(match self_ty {
                    Some(ty) => self.lone_method(item, &ty),
                    None => item,
                });
            }
            syn::Item::Mod(i) => self.module(i, out),
            syn::Item::Use(i) => {
                let ends = ends(
                    &i.vis,
                    i.use_token.span,
                    i.semi_token.span,
                    i.use_token.span,
                );
                out.push(self.make(
                    &i.attrs,
                    vis(&i.vis),
                    &ends,
                    None,
                    ItemKind::Use(uses::flatten(i)),
                ));
            }
            syn::Item::ExternCrate(i) => {
                let krate = name(&i.ident);
                let alias = i.rename.as_ref().map_or(krate, |(_, r)| name(r));
                let ends = ends(
                    &i.vis,
                    i.extern_token.span,
                    i.semi_token.span,
                    i.ident.span(),
                );
                out.push(self.make(
                    &i.attrs,
                    vis(&i.vis),
                    &ends,
                    Some(&i.ident),
                    ItemKind::ExternCrate { krate, alias },
                ));
            }
            syn::Item::Struct(_)
            | syn::Item::Enum(_)
            | syn::Item::Union(_)
            | syn::Item::Type(_) => {
                self.data(item, out);
                self.projections(item, out);
                self.derived(item, out);
            }
            syn::Item::Trait(i) => {
                let supers = self.bounds(&i.supertraits);
                let items = self.trait_items(&i.items);
                let kind = ItemKind::Trait {
                    generics: self.generics(&i.generics),
                    supers,
                    items,
                };
                let ends = ends(
                    &i.vis,
                    i.trait_token.span,
                    i.brace_token.span.close(),
                    i.ident.span(),
                );
                out.push(self.make(&i.attrs, vis(&i.vis), &ends, Some(&i.ident), kind));
            }
            syn::Item::TraitAlias(i) => {
                let kind = ItemKind::Trait {
                    generics: self.generics(&i.generics),
                    supers: self.bounds(&i.bounds),
                    items: Vec::new(),
                };
                let ends = ends(
                    &i.vis,
                    i.trait_token.span,
                    i.semi_token.span,
                    i.ident.span(),
                );
                out.push(self.make(&i.attrs, vis(&i.vis), &ends, Some(&i.ident), kind));
            }
            syn::Item::Impl(i) => self.impl_block(i, out),
            syn::Item::ForeignMod(i) => self.foreign(i, out),
            syn::Item::Macro(i) => self.item_macro(i, out),
            syn::Item::Verbatim(tokens) => self.verbatim_item(tokens, out),
            _ => {}
        }
    }

    /// The impl that an attribute puts a lone method into.
    fn lone_method(&mut self, method: Item, self_ty: &syn::Type) -> Item {
        Item {
            name: Name::new(""),
            span: method.span,
            name_span: method.name_span,
            vis: Vis::Private,
            cfg: method.cfg.clone(),
            is_test: method.is_test,
            attrs: Vec::new(),
            kind: ItemKind::Impl {
                generics: Generics::default(),
                of_trait: None,
                self_ty: self.ty(self_ty),
                items: vec![method],
            },
        }
    }

    fn module(&mut self, i: &syn::ItemMod, out: &mut Vec<Item>) {
        let attrs = self.attrs(&i.attrs);
        let inline = i.content.as_ref().map(|(_, items)| self.items(items));
        let hi = match (&i.content, &i.semi) {
            (Some((brace, _)), _) => brace.span.close(),
            (None, Some(semi)) => semi.span,
            (None, None) => i.ident.span(),
        };
        let kind = ItemKind::Mod {
            inline,
            paths: attrs.files,
            macro_use: attrs.macro_use,
        };
        let ends = ends(&i.vis, i.mod_token.span, hi, i.ident.span());
        out.push(self.make(&i.attrs, vis(&i.vis), &ends, Some(&i.ident), kind));
    }

    fn data(&mut self, item: &syn::Item, out: &mut Vec<Item>) {
        let made = match item {
            syn::Item::Struct(i) => {
                let kind = ItemKind::Struct {
                    generics: self.generics(&i.generics),
                    fields: self.fields(&i.fields),
                    tuple: matches!(i.fields, syn::Fields::Unnamed(_)),
                };
                let hi = match (&i.semi_token, &i.fields) {
                    (Some(semi), _) => semi.span,
                    (None, syn::Fields::Named(f)) => f.brace_token.span.close(),
                    (None, syn::Fields::Unnamed(f)) => f.paren_token.span.close(),
                    (None, syn::Fields::Unit) => i.ident.span(),
                };
                let ends = ends(&i.vis, i.struct_token.span, hi, i.ident.span());
                self.make(&i.attrs, vis(&i.vis), &ends, Some(&i.ident), kind)
            }
            syn::Item::Union(i) => {
                let fields = i
                    .fields
                    .named
                    .iter()
                    .enumerate()
                    .map(|(at, f)| self.field(at, f))
                    .collect();
                let kind = ItemKind::Struct {
                    generics: self.generics(&i.generics),
                    fields,
                    tuple: false,
                };
                let ends = ends(
                    &i.vis,
                    i.union_token.span,
                    i.fields.brace_token.span.close(),
                    i.ident.span(),
                );
                self.make(&i.attrs, vis(&i.vis), &ends, Some(&i.ident), kind)
            }
            syn::Item::Enum(i) => {
                let variant = |v: &syn::Variant| Variant {
                    name: name(&v.ident),
                    fields: self.fields(&v.fields),
                    tuple: matches!(v.fields, syn::Fields::Unnamed(_)),
                };
                let kind = ItemKind::Enum {
                    generics: self.generics(&i.generics),
                    variants: i.variants.iter().map(variant).collect(),
                };
                let ends = ends(
                    &i.vis,
                    i.enum_token.span,
                    i.brace_token.span.close(),
                    i.ident.span(),
                );
                self.make(&i.attrs, vis(&i.vis), &ends, Some(&i.ident), kind)
            }
            syn::Item::Type(i) => {
                let kind = ItemKind::Alias {
                    generics: self.generics(&i.generics),
                    bounds: Vec::new(),
                    ty: self.ty(&i.ty),
                };
                let ends = ends(&i.vis, i.type_token.span, i.semi_token.span, i.ident.span());
                self.make(&i.attrs, vis(&i.vis), &ends, Some(&i.ident), kind)
            }
            _ => return,
        };
        out.push(made);
    }

    fn fields(&self, fields: &syn::Fields) -> Vec<Field> {
        fields
            .iter()
            .enumerate()
            .map(|(at, f)| self.field(at, f))
            .collect()
    }

    fn field(&self, at: usize, f: &syn::Field) -> Field {
        Field {
            name: f.ident.as_ref().map_or_else(|| number(at), name),
            ty: self.ty(&f.ty),
            vis: vis(&f.vis),
            span: f
                .ident
                .as_ref()
                .map_or_else(|| self.one(f.ty.span()), |i| self.one(i.span())),
            cfg: super::cfg::of_attrs(&f.attrs),
        }
    }

    /// A function's signature, and its body if it has one and we make bodies.
    pub(super) fn fn_kind(&mut self, sig: &syn::Signature, block: Option<&syn::Block>) -> ItemKind {
        let item = self.signature(sig);
        let body = match block {
            Some(block) if !self.interface => Some(self.fn_body(sig, block)),
            _ => None,
        };
        ItemKind::Fn(FnItem { body, ..item })
    }

    fn signature(&self, sig: &syn::Signature) -> FnItem {
        let mut receiver = None;
        let mut params = Vec::new();
        for input in &sig.inputs {
            match input {
                syn::FnArg::Receiver(r) => {
                    receiver = Some(match &r.kind {
                        syn::ReceiverKind::Reference(_, _, Some(_)) => Receiver::RefMut,
                        syn::ReceiverKind::Reference(_, _, None) => Receiver::Ref,
                        syn::ReceiverKind::Typed(_, ty) => typed_receiver(self.ty(ty)),
                        _ => Receiver::Value,
                    });
                }
                syn::FnArg::Typed(p) => {
                    if self.may_be(&p.attrs, p) {
                        params.push(self.ty(&p.ty));
                    }
                }
            }
        }
        FnItem {
            generics: self.generics(&sig.generics),
            receiver,
            params,
            ret: self.ret_ty(&sig.output),
            is_async: sig.asyncness.is_some(),
            body: None,
        }
    }

    /// An empty item that stands for a macro call whose tokens gave no items.
    pub(super) fn opaque_item(
        &self,
        attrs: &[syn::Attribute],
        span: Span,
        name_span: Span,
    ) -> Item {
        let Attrs {
            cfg,
            is_test,
            paths,
            ..
        } = self.attrs(attrs);
        let name = Name::new("");
        Item {
            name,
            span,
            name_span,
            vis: Vis::Private,
            cfg,
            is_test,
            attrs: paths,
            kind: ItemKind::Opaque,
        }
    }
}

/// `self: Self`, `self: &Self` and `self: &mut Self` are the plain forms written out.
fn typed_receiver(ty: TyRef) -> Receiver {
    let is_self =
        |ty: &TyRef| matches!(ty, TyRef::Path(p) if p.as_ident().is_some_and(|n| n == "Self"));
    match &ty {
        TyRef::Ref { mutable, inner } if is_self(inner) => {
            if *mutable {
                Receiver::RefMut
            } else {
                Receiver::Ref
            }
        }
        other if is_self(other) => Receiver::Value,
        _ => Receiver::Typed(ty),
    }
}

pub(super) fn vis(vis: &syn::Visibility) -> Vis {
    match vis {
        syn::Visibility::Public(_) => Vis::Public,
        syn::Visibility::Restricted(_) => Vis::Restricted,
        syn::Visibility::Inherited => Vis::Private,
    }
}

/// The ends of an item that may begin with a visibility.
pub(super) fn ends(
    vis: &syn::Visibility,
    keyword: proc_macro2::Span,
    hi: proc_macro2::Span,
    name: proc_macro2::Span,
) -> Ends {
    let lo = match vis {
        syn::Visibility::Public(token) => token.span,
        syn::Visibility::Restricted(r) => r.pub_token.span,
        syn::Visibility::Inherited => keyword,
    };
    Ends { lo, hi, name }
}

/// The type that an attribute of a lone method names: a `fn` with a receiver outside of any impl is no Rust until an
/// attribute's macro (`#[implement(Service)]`) has put it into one.
fn implemented(attrs: &[syn::Attribute]) -> Option<syn::Type> {
    attrs.iter().find_map(|attr| {
        let list = attr.meta.require_list().ok()?;
        let first = list.parse_args_with(|input: syn::parse::ParseStream<'_>| {
            let path: syn::TypePath = input.parse()?;
            // What else the macro is told.
            input.parse::<proc_macro2::TokenStream>()?;
            Ok(path)
        });
        let path = first.ok()?;
        let named = path.path.segments.last()?.ident.to_string();
        let is_type = named.starts_with(char::is_uppercase);
        is_type.then_some(syn::Type::Path(path))
    })
}
