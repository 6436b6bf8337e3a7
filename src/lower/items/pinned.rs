//! What a pinning macro adds to a type: `project()`, which borrows a pinned value field by field, and names for what that
//! yields. Field by field it is the value itself, so that is what we make it return.

use proc_macro2::{Group, TokenStream, TokenTree};
use quote::{ToTokens as _, quote_spanned};

use super::super::Lower;
use crate::catalog::schema::Grammar;
use crate::ir::item::Item;
use crate::lower::names::name;

/// The settings that name a projection.
const NAMES: [&str; 2] = ["project", "project_ref"];

impl Lower<'_> {
    /// Adds what an attribute (or the macro around) makes of a struct or enum.
    pub(super) fn projections(&mut self, item: &syn::Item, out: &mut Vec<Item>) {
        let (attrs, vis, ident, generics) = match item {
            syn::Item::Struct(i) => (&i.attrs, &i.vis, &i.ident, &i.generics),
            syn::Item::Enum(i) => (&i.attrs, &i.vis, &i.ident, &i.generics),
            _ => return,
        };
        let pins = |attr: &syn::Attribute| {
            let last = attr.path().segments.last();
            last.and_then(|s| self.grammars.get(name(&s.ident))) == Some(Grammar::Pinned)
        };
        if !self.in_pinned && !attrs.iter().any(pins) {
            return;
        }
        let (of, args, bounds) = generics.split_for_impl();
        let mut made = vec![quote_spanned! {ident.span()=>
            impl #of #ident #args #bounds {
                fn project(mut self: ::core::pin::Pin<&mut Self>) -> &mut Self { &mut *self }
                fn project_ref(self: ::core::pin::Pin<&Self>) -> &Self { &*self }
            }
        }];
        for alias in attrs.iter().flat_map(aliases) {
            made.push(quote_spanned! {ident.span()=> #vis type #alias #generics = #ident #args; });
        }
        for tokens in made {
            if let Ok(item) = syn::parse2(tokens) {
                self.item(&item, out);
            }
        }
    }
}

/// The names an attribute gives to projections: `#[project = StateProj]`, `#[pin_project(project = StateProj)]`.
fn aliases(attr: &syn::Attribute) -> Vec<syn::Ident> {
    let named = |path: &syn::Path| NAMES.iter().any(|n| path.is_ident(n));
    match &attr.meta {
        syn::Meta::NameValue(set) if named(&set.path) => {
            let name = syn::parse2(set.value.to_token_stream());
            name.into_iter().collect()
        }
        syn::Meta::List(list) => {
            let mut out = Vec::new();
            // What cannot be read names nothing.
            let _ = list.parse_nested_meta(|meta| {
                if let Ok(value) = meta.value() {
                    let value: syn::Expr = value.parse()?;
                    if named(&meta.path) {
                        out.extend(syn::parse2::<syn::Ident>(value.to_token_stream()));
                    }
                }
                Ok(())
            });
            out
        }
        _ => Vec::new(),
    }
}

/// The tokens of a pinning macro with `Pin` written out: the macro matches the bare word and needs no import of it.
pub(in crate::lower) fn with_pin_named(tokens: &TokenStream) -> TokenStream {
    let mut out = TokenStream::new();
    // After `::` the word belongs to a path that is written out already.
    let mut colons = 0;
    for token in tokens.clone() {
        let colon = matches!(&token, TokenTree::Punct(p) if p.as_char() == ':');
        match token {
            TokenTree::Group(group) => {
                let mut inner = Group::new(group.delimiter(), with_pin_named(&group.stream()));
                inner.set_span(group.span());
                out.extend([TokenTree::Group(inner)]);
            }
            TokenTree::Ident(ident) if ident == "Pin" && colons < 2 => {
                out.extend(quote_spanned!(ident.span()=> ::core::pin::#ident));
            }
            other => out.extend([other]),
        }
        colons = if colon { colons + 1 } else { 0 };
    }
    out
}

#[cfg(test)]
mod tests {
    use super::with_pin_named;

    fn named(text: &str) -> String {
        let tokens = text.parse().unwrap_or_default();
        with_pin_named(&tokens).to_string().replace(' ', "")
    }

    #[test]
    fn the_bare_word_is_written_out_and_a_path_is_left() {
        assert_eq!(
            named("fn f(this: Pin<&mut Self>)"),
            "fnf(this:::core::pin::Pin<&mutSelf>)"
        );
        assert_eq!(named("std::pin::Pin<P>"), "std::pin::Pin<P>");
    }
}
