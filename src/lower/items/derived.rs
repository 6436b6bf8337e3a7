//! What `#[derive(Default)]` writes for a struct: each field's own default. It makes what the fields are made of, clients too.

use proc_macro2::TokenStream;
use quote::quote_spanned;
use syn::spanned::Spanned as _;

use super::super::Lower;
use crate::ir::item::Item;

impl Lower<'_> {
    /// Adds the impl that a derive writes, save for the bounds it asks of the parameters.
    pub(super) fn derived(&mut self, item: &syn::Item, out: &mut Vec<Item>) {
        let syn::Item::Struct(item) = item else {
            return;
        };
        if !self.derives_default(&item.attrs) {
            return;
        }
        let (params, args, bounds) = item.generics.split_for_impl();
        let name = &item.ident;
        let conditions = conditions(&item.attrs);
        let value = default_of(item);
        let written = quote_spanned! {name.span()=>
            #(#conditions)*
            #[automatically_derived]
            impl #params ::core::default::Default for #name #args #bounds {
                fn default() -> Self { #value }
            }
        };
        if let Ok(item) = syn::parse2(written) {
            self.item(&item, out);
        }
    }

    fn derives_default(&self, attrs: &[syn::Attribute]) -> bool {
        self.attrs(attrs).paths.iter().any(|path| {
            path.segments.first().is_some_and(|s| s.name == "derive")
                && path.last().is_some_and(|name| name == "Default")
        })
    }
}

/// A struct of its fields' defaults.
fn default_of(item: &syn::ItemStruct) -> TokenStream {
    let name = &item.ident;
    let fields = item.fields.iter().map(|field| {
        let ty = &field.ty;
        let value = quote_spanned! {ty.span()=> <#ty as ::core::default::Default>::default() };
        let Some(ident) = &field.ident else {
            return value;
        };
        let conditions = conditions(&field.attrs);
        quote_spanned! {ident.span()=> #(#conditions)* #ident: #value }
    });
    match &item.fields {
        syn::Fields::Named(_) => quote_spanned! {name.span()=> Self { #(#fields),* } },
        syn::Fields::Unnamed(_) => quote_spanned! {name.span()=> Self(#(#fields),*) },
        syn::Fields::Unit => quote_spanned! {name.span()=> Self },
    }
}

/// The attributes that say when there is an item or field at all.
fn conditions(attrs: &[syn::Attribute]) -> impl Iterator<Item = &syn::Attribute> {
    attrs.iter().filter(|a| a.path().is_ident("cfg"))
}
