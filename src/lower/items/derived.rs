//! What `#[derive(Default)]` writes for a struct: each field's own default. It makes what the fields are made of, clients too.

use quote::quote_spanned;
use syn::spanned::Spanned as _;

use super::super::Lower;
use crate::ir::item::Item;

impl Lower<'_> {
    /// Adds the impl that a derive writes.
    pub(super) fn derived(&mut self, item: &syn::Item, out: &mut Vec<Item>) {
        let syn::Item::Struct(i) = item else { return };
        let derives = self.attrs(&i.attrs).paths;
        let mut derived = derives
            .iter()
            .filter(|path| path.segments.first().is_some_and(|s| s.name == "derive"));
        if !derived.any(|path| path.last().is_some_and(|name| name == "Default")) {
            return;
        }
        let (of, args, bounds) = i.generics.split_for_impl();
        let name = &i.ident;
        let values = i.fields.iter().map(|f| {
            let ty = &f.ty;
            quote_spanned! {ty.span()=> <#ty as ::core::default::Default>::default() }
        });
        let value = match &i.fields {
            syn::Fields::Named(_) => {
                let fields = i.fields.iter().map(|f| (&f.attrs, &f.ident));
                let fields = fields.zip(values).map(|((attrs, ident), value)| {
                    let conditions = attrs.iter().filter(|a| a.path().is_ident("cfg"));
                    quote_spanned! {ident.span()=> #(#conditions)* #ident: #value }
                });
                quote_spanned! {name.span()=> Self { #(#fields),* } }
            }
            syn::Fields::Unnamed(_) => quote_spanned! {name.span()=> Self(#(#values),*) },
            syn::Fields::Unit => quote_spanned! {name.span()=> Self },
        };
        let conditions = i.attrs.iter().filter(|a| a.path().is_ident("cfg"));
        let written = quote_spanned! {name.span()=>
            #(#conditions)*
            #[automatically_derived]
            impl #of ::core::default::Default for #name #args #bounds {
                fn default() -> Self { #value }
            }
        };
        if let Ok(item) = syn::parse2(written) {
            self.item(&item, out);
        }
    }
}
