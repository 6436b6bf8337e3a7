//! JSON-like tokens with expressions inside.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::Expr;

use super::parts;
use crate::ir::body::Place;
use crate::lower::Lower;

impl Lower<'_> {
    /// What a `json!` reads.
    pub(super) fn json(&mut self, tokens: &TokenStream) -> Vec<Place> {
        let mut reads = Vec::new();
        self.json_value(tokens, &mut reads);
        reads
    }

    fn json_value(&mut self, tokens: &TokenStream, reads: &mut Vec<Place>) {
        let mut trees = tokens.clone().into_iter();
        if let (Some(TokenTree::Group(group)), None) = (trees.next(), trees.next()) {
            match group.delimiter() {
                Delimiter::Brace => return self.json_entries(&group.stream(), reads),
                Delimiter::Bracket => {
                    for piece in parts::split(&group.stream(), |p| p == ",") {
                        self.json_value(&piece, reads);
                    }
                    return;
                }
                Delimiter::Parenthesis | Delimiter::None => {}
            }
        }
        self.json_expr(tokens, reads);
    }

    fn json_entries(&mut self, tokens: &TokenStream, reads: &mut Vec<Place>) {
        for entry in parts::split(tokens, |p| p == ",") {
            let mut key_and_value = parts::split(&entry, |p| p == ":").into_iter();
            let (Some(key), Some(value), None) = (
                key_and_value.next(),
                key_and_value.next(),
                key_and_value.next(),
            ) else {
                self.json_expr(&entry, reads);
                continue;
            };
            self.json_expr(&key, reads);
            self.json_value(&value, reads);
        }
    }

    /// An expression; `null` and bare keys read nothing, and what is no expression names what it names.
    fn json_expr(&mut self, tokens: &TokenStream, reads: &mut Vec<Place>) {
        if tokens.is_empty() {
            return;
        }
        match syn::parse2::<Expr>(tokens.clone()) {
            Ok(Expr::Lit(_)) => {}
            Ok(e) => {
                // A key or `null`: a bare name that is no local.
                if let Expr::Path(path) = &e
                    && path.path.get_ident().is_some()
                    && self.local_path(path).is_none()
                {
                    return;
                }
                self.read(&e, &[], reads);
            }
            Err(_) => {
                for place in self.named_locals(tokens) {
                    if !reads.contains(&place) {
                        reads.push(place);
                    }
                }
            }
        }
    }
}
