//! Hygiene of `macro_rules!`: what an arm's own text binds is not what the call's tokens name, nor the other way round.
//!
//! Names that the text binds by patterns get a mark for each level of expansion ([`crate::lower::names`]).

use proc_macro2::{Delimiter, Ident, TokenTree};
use rustc_hash::FxHashSet;

use crate::lower::names::{name, with_marks};
use crate::name::Name;

/// An identifier of an arm's text as an expansion this deep puts it out.
pub(super) fn own(ident: &Ident, depth: u32) -> Ident {
    let text = ident.to_string();
    if text.starts_with("r#") {
        return ident.clone();
    }
    Ident::new(&with_marks(&text, depth), ident.span())
}

/// The names that an arm's text binds: behind `let` and `for`, in the arms of a `match`, as parameters of closures.
pub(super) fn bound(trees: &[TokenTree], in_braces: bool, out: &mut FxHashSet<Name>) {
    // Where the arm of a `match` would begin that the token at hand is in.
    let mut arm = 0;
    let mut at = 0;
    while let Some(tree) = trees.get(at) {
        match tree {
            TokenTree::Ident(word) if word == "let" => {
                at += pattern(trees, at + 1, &["=", ";", ":"], out);
            }
            TokenTree::Ident(word) if word == "for" => {
                at += pattern(trees, at + 1, &["in", "<", ";", "{"], out);
            }
            TokenTree::Punct(p) if p.as_char() == '|' && begins_closure(trees, at) => {
                at += pattern(trees, at + 1, &["|"], out) + 1;
            }
            TokenTree::Punct(p) if p.as_char() == '=' && in_braces && is(trees, at + 1, '>') => {
                pattern(trees.get(arm..at).unwrap_or_default(), 0, &["if"], out);
                arm = at + 2;
                at += 1;
            }
            TokenTree::Punct(p) if matches!(p.as_char(), ',' | ';') => arm = at + 1,
            TokenTree::Group(group) => {
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                let braces = group.delimiter() == Delimiter::Brace;
                bound(&inner, braces, out);
                if braces {
                    arm = at + 1;
                }
            }
            _ => {}
        }
        at += 1;
    }
}

fn is(trees: &[TokenTree], at: usize, what: char) -> bool {
    matches!(trees.get(at), Some(TokenTree::Punct(p)) if p.as_char() == what)
}

/// Whether a `|` begins a closure: where a value may begin, there is nothing to be *or*ed.
fn begins_closure(trees: &[TokenTree], at: usize) -> bool {
    match at.checked_sub(1).and_then(|before| trees.get(before)) {
        None => true,
        Some(TokenTree::Punct(p)) => matches!(p.as_char(), ',' | '=' | '>' | ';' | '&'),
        Some(TokenTree::Ident(word)) => word == "move" || word == "return" || word == "async",
        Some(TokenTree::Group(_) | TokenTree::Literal(_)) => false,
    }
}

/// Takes the names of a pattern up to one of these words; says how many tokens it is long.
fn pattern(trees: &[TokenTree], from: usize, ends: &[&str], out: &mut FxHashSet<Name>) -> usize {
    let rest = trees.get(from..).unwrap_or_default();
    for (at, tree) in rest.iter().enumerate() {
        match tree {
            TokenTree::Punct(p) => {
                let colons =
                    is(rest, at + 1, ':') || at.checked_sub(1).is_some_and(|b| is(rest, b, ':'));
                let path = p.as_char() == ':' && colons;
                if !path && ends.iter().any(|end| end.chars().eq([p.as_char()])) {
                    return at;
                }
            }
            TokenTree::Ident(word) => {
                let text = word.to_string();
                if ends.contains(&text.as_str()) {
                    return at;
                }
                // `$name` is the call's, an upper case name a constant or a variant.
                let mine = !at
                    .checked_sub(1)
                    .is_some_and(|before| is(rest, before, '$'));
                if mine
                    && text.starts_with(|c: char| c.is_lowercase() || c == '_')
                    && !is_word(&text)
                {
                    out.insert(name(word));
                }
            }
            // `impl Trait for Type { .. }`
            TokenTree::Group(group)
                if group.delimiter() == Delimiter::Brace && ends.contains(&"{") =>
            {
                return at;
            }
            TokenTree::Group(group) => {
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                pattern(&inner, 0, &[], out);
            }
            TokenTree::Literal(_) => {}
        }
    }
    rest.len()
}

/// Whether a word that may stand in a pattern names nothing of the pattern's own.
fn is_word(text: &str) -> bool {
    text == "_" || syn::parse_str::<Ident>(text).is_err()
}

/// Whether an identifier between these may be a local: no path, field, macro or label.
pub(super) fn may_be_local(trees: &[TokenTree], at: usize) -> bool {
    let before = |n: usize, what: char| at.checked_sub(n).is_some_and(|i| is(trees, i, what));
    let field = before(1, '.') && !before(2, '.');
    let path = before(1, ':') && before(2, ':') || is(trees, at + 1, ':') && is(trees, at + 2, ':');
    let called = is(trees, at + 1, '!') && !is(trees, at + 2, '=');
    !(field || path || called || before(1, '\''))
}
