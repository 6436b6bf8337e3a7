//! The other half of `macro_rules!`: an arm's body with its variables filled in.

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};

use super::rules::{Binding, Bindings, repetition};
use crate::lower::span::name;
use crate::name::Name;

/// The body with its variables filled in; `None` if it does not fit the bindings, or the budget is spent.
pub(super) fn transcribe(
    body: &[TokenTree],
    bindings: &Bindings,
    budget: &mut usize,
) -> Option<TokenStream> {
    let mut out = Vec::new();
    let mut trees = body.iter().cloned();
    while let Some(tree) = trees.next() {
        *budget = budget.checked_sub(1)?;
        match tree {
            TokenTree::Punct(p) if p.as_char() == '$' => match trees.next()? {
                TokenTree::Ident(var) if var == "crate" => {
                    out.push(TokenTree::Ident(Ident::new("crate", var.span())));
                }
                TokenTree::Ident(var) => match bindings.get(&name(&var)) {
                    Some(Binding::One(tokens)) => {
                        spend(tokens, budget)?;
                        out.extend(tokens.clone());
                    }
                    Some(Binding::Many(_)) => return None,
                    // Of a macro that this one defines.
                    None => out.extend([TokenTree::Punct(p), TokenTree::Ident(var)]),
                },
                TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis => {
                    let (separator, _) = repetition(&mut trees)?;
                    repeat(&group, &separator, bindings, &mut out, budget)?;
                }
                _ => return None,
            },
            TokenTree::Group(group) => {
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                let mut made = Group::new(group.delimiter(), transcribe(&inner, bindings, budget)?);
                made.set_span(group.span());
                out.push(TokenTree::Group(made));
            }
            other => out.push(other),
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
    out: &mut Vec<TokenTree>,
    budget: &mut usize,
) -> Option<()> {
    let body: Vec<TokenTree> = group.stream().into_iter().collect();
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
            out.extend(separator.iter().cloned());
        }
        out.extend(transcribe(&body, &inner, budget)?);
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
