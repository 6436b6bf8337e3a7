//! The other half of `macro_rules!`: an arm's body with its variables filled in.

use proc_macro2::{Delimiter, Group, Ident, Punct, Spacing, Span, TokenStream, TokenTree};
use rustc_hash::FxHashSet;

use super::hygiene;
use super::matching::{Binding, Bindings, repetition};
use crate::lower::names::name;
use crate::macros::Home;
use crate::name::Name;

/// How a definition's own tokens are put out.
#[derive(Clone, Copy)]
pub(super) struct Maker<'r> {
    /// The names that the text binds by itself.
    pub(super) binds: &'r FxHashSet<Name>,
    /// How deep in expansions this one is.
    pub(super) depth: u32,
    /// What `$crate` is, for a definition of another file.
    pub(super) home: Option<Home>,
    /// Where they stand, if not where they are written.
    pub(super) at: Option<Span>,
}

impl Maker<'_> {
    fn put(self, mut tree: TokenTree, out: &mut Vec<TokenTree>) {
        if let Some(at) = self.at {
            tree.set_span(at);
        }
        out.push(tree);
    }

    /// `$crate`.
    fn put_crate(self, written: Span, out: &mut Vec<TokenTree>) {
        let at = self.at.unwrap_or(written);
        match self.home {
            None | Some(Home::Here) => out.push(TokenTree::Ident(Ident::new("crate", at))),
            Some(Home::Named(krate)) => {
                for spacing in [Spacing::Joint, Spacing::Alone] {
                    self.put(TokenTree::Punct(Punct::new(':', spacing)), out);
                }
                // The name of a dependency is an identifier, but for a manifest that cargo refuses.
                let text = krate.as_str();
                let plain = syn::parse_str::<Ident>(text).is_ok();
                let text = if plain { text } else { "unknown" };
                out.push(TokenTree::Ident(Ident::new(text, at)));
            }
        }
    }
}

/// The body with its variables filled in; `None` if it does not fit the bindings, or the budget is spent.
pub(super) fn transcribe(
    body: &[TokenTree],
    bindings: &Bindings,
    maker: Maker<'_>,
    budget: &mut usize,
) -> Option<TokenStream> {
    let mut out = Vec::new();
    let mut trees = body.iter().cloned();
    // `#`: what an attribute says is no local.
    let mut attribute = false;
    while let Some(tree) = trees.next() {
        let at = body.len() - trees.len() - 1;
        let in_attribute = std::mem::replace(
            &mut attribute,
            matches!(&tree, TokenTree::Punct(p) if p.as_char() == '#'),
        );
        *budget = budget.checked_sub(1)?;
        match tree {
            TokenTree::Punct(p) if p.as_char() == '$' => match trees.next()? {
                TokenTree::Ident(var) if var == "crate" => {
                    maker.put_crate(var.span(), &mut out);
                }
                TokenTree::Ident(var) => match bindings.get(&name(&var)) {
                    Some(Binding::One(tokens)) => {
                        spend(tokens, budget)?;
                        out.extend(tokens.clone());
                    }
                    Some(Binding::Many(_)) => return None,
                    // Of a macro that this one defines.
                    None => {
                        maker.put(TokenTree::Punct(p), &mut out);
                        maker.put(TokenTree::Ident(var), &mut out);
                    }
                },
                TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis => {
                    let (separator, _) = repetition(&mut trees)?;
                    repeat(&group, &separator, bindings, maker, &mut out, budget)?;
                }
                _ => return None,
            },
            TokenTree::Ident(ident)
                if maker.binds.contains(&name(&ident)) && hygiene::may_be_local(body, at) =>
            {
                maker.put(
                    TokenTree::Ident(hygiene::own(&ident, maker.depth)),
                    &mut out,
                );
            }
            TokenTree::Group(group) => {
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                let nothing = FxHashSet::default();
                let maker = Maker {
                    binds: if in_attribute { &nothing } else { maker.binds },
                    ..maker
                };
                let stream = transcribe(&inner, bindings, maker, budget)?;
                let mut made = Group::new(group.delimiter(), stream);
                made.set_span(maker.at.unwrap_or(group.span()));
                out.push(TokenTree::Group(made));
            }
            other => maker.put(other, &mut out),
        }
    }
    Some(out.into_iter().collect())
}

/// Pays for tokens, those inside of groups too: a variable that stands twice doubles what it holds with each call.
fn spend(tokens: &TokenStream, budget: &mut usize) -> Option<()> {
    for tree in tokens.clone() {
        *budget = budget.checked_sub(1)?;
        if let TokenTree::Group(group) = tree {
            spend(&group.stream(), budget)?;
        }
    }
    Some(())
}

fn repeat(
    group: &Group,
    separator: &[TokenTree],
    bindings: &Bindings,
    maker: Maker<'_>,
    out: &mut Vec<TokenTree>,
    budget: &mut usize,
) -> Option<()> {
    let body: Vec<TokenTree> = group.stream().into_iter().collect();
    // `$($rest)*`
    if let [TokenTree::Punct(p), TokenTree::Ident(var)] = body.as_slice()
        && p.as_char() == '$'
        && separator.is_empty()
        && let Some(Binding::Many(many)) = bindings.get(&name(var))
    {
        for one in many {
            let Binding::One(tokens) = one else {
                return None;
            };
            spend(tokens, budget)?;
            out.extend(tokens.clone());
        }
        return Some(());
    }
    let mut used = Vec::new();
    variables(&body, &mut used);
    let turns = used.iter().filter_map(|v| match bindings.get(v) {
        Some(Binding::Many(many)) => Some(many.len()),
        _ => None,
    });
    let turns = turns.max()?;
    for turn in 0..turns {
        *budget = budget.checked_sub(1)?;
        let mut inner = Bindings::default();
        for var in &used {
            match bindings.get(var) {
                Some(Binding::Many(many)) => {
                    inner.insert(*var, many.get(turn)?.clone());
                }
                Some(one) => {
                    inner.insert(*var, one.clone());
                }
                None => {}
            }
        }
        if turn > 0 {
            separator.iter().for_each(|s| maker.put(s.clone(), out));
        }
        out.extend(transcribe(&body, &inner, maker, budget)?);
    }
    Some(())
}

/// Every `$name` in the tokens.
fn variables(trees: &[TokenTree], out: &mut Vec<Name>) {
    let mut dollar = false;
    for tree in trees {
        match tree {
            TokenTree::Ident(ident) if dollar => {
                let var = name(ident);
                if !out.contains(&var) {
                    out.push(var);
                }
            }
            TokenTree::Group(group) => {
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                variables(&inner, out);
            }
            _ => {}
        }
        dollar = matches!(tree, TokenTree::Punct(p) if p.as_char() == '$');
    }
}
