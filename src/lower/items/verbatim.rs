//! Items that syn keeps as tokens: functions without a body in interface texts, and syntax that is not stable.

use proc_macro2::TokenStream;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Generics, Ident, Signature, Token, Type, TypeParamBound, Visibility};

use super::super::Lower;
use super::{Ends, ends, vis};
use crate::ir::item::{Item, ItemKind};
use crate::ir::ty::TyRef;
use crate::lower::span::sig_lo;

/// What was read from the tokens.
struct Bare {
    attrs: Vec<Attribute>,
    vis: Visibility,
    kind: BareKind,
    last: proc_macro2::Span,
}

enum BareKind {
    Fn(Box<Signature>),
    Value {
        keyword: proc_macro2::Span,
        ident: Ident,
        ty: Box<Type>,
        is_const: bool,
    },
    Type {
        keyword: proc_macro2::Span,
        ident: Ident,
        generics: Box<Generics>,
        bounds: Vec<TypeParamBound>,
        ty: Option<Box<Type>>,
    },
    Macro {
        keyword: proc_macro2::Span,
        ident: Ident,
    },
}

impl Parse for Bare {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        let attrs = input.call(Attribute::parse_outer)?;
        let vis: Visibility = input.parse()?;
        if input.peek(syn::Ident) && input.peek2(Token![fn]) {
            // `default fn`.
            let _: Ident = input.parse()?;
        }
        let mut last = input.span();
        let kind = if input.peek(Token![static])
            || (input.peek(Token![const]) && (input.peek2(Ident) || input.peek2(Token![_])))
        {
            value(input)?
        } else if input.peek(Token![type]) {
            let keyword = input.parse::<Token![type]>()?.span;
            let ident = input.parse()?;
            let mut generics: Generics = input.parse()?;
            let mut bounds = Vec::new();
            if input.parse::<Option<Token![:]>>()?.is_some() {
                while !input.is_empty()
                    && !input.peek(Token![=])
                    && !input.peek(Token![;])
                    && !input.peek(Token![where])
                {
                    bounds.push(input.parse()?);
                    let _: Option<Token![+]> = input.parse()?;
                }
            }
            generics.where_clause = input.parse()?;
            let ty = match input.parse::<Option<Token![=]>>()? {
                Some(_) => Some(input.parse()?),
                None => None,
            };
            BareKind::Type {
                keyword,
                ident,
                generics: Box::new(generics),
                bounds,
                ty,
            }
        } else if input.peek(Token![macro]) {
            let keyword = input.parse::<Token![macro]>()?.span;
            BareKind::Macro {
                keyword,
                ident: input.parse()?,
            }
        } else {
            BareKind::Fn(input.parse()?)
        };
        while !input.is_empty() {
            last = input.parse::<proc_macro2::TokenTree>()?.span();
        }
        Ok(Bare {
            attrs,
            vis,
            kind,
            last,
        })
    }
}

fn value(input: ParseStream) -> syn::Result<BareKind> {
    let is_const = input.peek(Token![const]);
    let keyword = if is_const {
        input.parse::<Token![const]>()?.span
    } else {
        input.parse::<Token![static]>()?.span
    };
    let _: Option<Token![mut]> = input.parse()?;
    let ident = syn::ext::IdentExt::parse_any(input)?;
    let ty = match input.parse::<Option<Token![:]>>()? {
        Some(_) => input.parse()?,
        None => Box::new(Type::Verbatim(TokenStream::new())),
    };
    Ok(BareKind::Value {
        keyword,
        ident,
        ty,
        is_const,
    })
}

impl Lower<'_> {
    pub(super) fn verbatim_item(&mut self, tokens: &TokenStream, out: &mut Vec<Item>) {
        let Ok(bare) = syn::parse2::<Bare>(tokens.clone()) else {
            let span = self.tokens_span(tokens);
            self.unread.push(span);
            out.push(self.opaque_item(&[], span, span));
            return;
        };
        let (ends, ident, kind) = match &bare.kind {
            BareKind::Fn(sig) => {
                let kind = self.fn_kind(sig, None);
                (
                    ends(&bare.vis, sig_lo(sig), bare.last, sig.ident.span()),
                    &sig.ident,
                    kind,
                )
            }
            BareKind::Value {
                keyword,
                ident,
                ty,
                is_const,
            } => {
                let kind = ItemKind::Static {
                    ty: self.ty(ty),
                    body: None,
                    is_const: *is_const,
                };
                (
                    ends(&bare.vis, *keyword, bare.last, ident.span()),
                    ident,
                    kind,
                )
            }
            BareKind::Type {
                keyword,
                ident,
                generics,
                bounds,
                ty,
            } => {
                let kind = ItemKind::Alias {
                    generics: self.generics(generics),
                    bounds: self.bounds(bounds),
                    ty: ty.as_ref().map_or(TyRef::Infer, |ty| self.ty(ty)),
                };
                (
                    ends(&bare.vis, *keyword, bare.last, ident.span()),
                    ident,
                    kind,
                )
            }
            BareKind::Macro { keyword, ident } => {
                let ends = Ends {
                    lo: *keyword,
                    hi: bare.last,
                    name: ident.span(),
                };
                (ends, ident, ItemKind::MacroRules)
            }
        };
        out.push(self.make(&bare.attrs, vis(&bare.vis), &ends, Some(ident), kind));
    }
}
