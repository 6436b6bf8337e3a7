//! Names pasted together: `[< get_ $name:snake >]` in the tokens of a macro that makes identifiers.
//!
//! The rules are those of paste 1.0.15 (`src/segment.rs`), which pastey keeps: identifiers, literals and `_` follow each
//! other, and a modifier changes what stands before it.

use proc_macro2::{Delimiter, Group, Ident, Punct, Spacing, Span, TokenStream, TokenTree};

use crate::lower::names::name;

/// The tokens with every `[< … >]` pasted; `None` if one of them is no name.
pub(super) fn pasted(tokens: &TokenStream) -> Option<TokenStream> {
    let mut out = TokenStream::new();
    let mut trees = tokens.clone().into_iter().peekable();
    while let Some(tree) = trees.next() {
        match tree {
            // `#[doc = "of " $x]` is put together too, and says nothing to us.
            TokenTree::Punct(p) if p.as_char() == '#' && trees.peek().is_some_and(is_doc) => {
                trees.next();
            }
            TokenTree::Group(group) => match segments(&group) {
                Some(parts) => put(&joined(parts)?, group.span(), &mut out)?,
                None => {
                    let mut inner = Group::new(group.delimiter(), pasted(&group.stream())?);
                    inner.set_span(group.span());
                    out.extend([TokenTree::Group(inner)]);
                }
            },
            other => out.extend([other]),
        }
    }
    Some(out)
}

fn is_doc(tree: &TokenTree) -> bool {
    let TokenTree::Group(group) = tree else {
        return false;
    };
    matches!(group.stream().into_iter().next(), Some(TokenTree::Ident(word)) if word == "doc")
}

/// What stands between `[<` and `>]`, if the group is one to paste.
fn segments(group: &Group) -> Option<Vec<TokenTree>> {
    let mut inside = group.stream().into_iter();
    let is = |tree: Option<TokenTree>, c: char| matches!(tree, Some(TokenTree::Punct(p)) if p.as_char() == c);
    if group.delimiter() != Delimiter::Bracket || !is(inside.next(), '<') {
        return None;
    }
    let mut parts: Vec<TokenTree> = inside.collect();
    (is(parts.pop(), '>') && !parts.is_empty()).then_some(parts)
}

/// The text that the segments make together.
fn joined(parts: Vec<TokenTree>) -> Option<String> {
    let mut done = Vec::new();
    add(parts, &mut done)?;
    Some(done.concat())
}

fn add(parts: Vec<TokenTree>, done: &mut Vec<String>) -> Option<()> {
    let mut parts = parts.into_iter();
    while let Some(part) = parts.next() {
        match part {
            TokenTree::Ident(ident) => done.push(name(&ident).as_str().to_owned()),
            TokenTree::Literal(lit) => done.push(lit.to_string().trim_matches('"').to_owned()),
            TokenTree::Group(group) if group.delimiter() == Delimiter::None => {
                add(group.stream().into_iter().collect(), done)?;
            }
            TokenTree::Punct(p) => match p.as_char() {
                '_' => done.push("_".to_owned()),
                '\'' => done.push("'".to_owned()),
                ':' => {
                    let Some(TokenTree::Ident(modifier)) = parts.next() else {
                        return None;
                    };
                    let last = done.pop()?;
                    done.push(modified(&last, &modifier)?);
                }
                _ => return None,
            },
            TokenTree::Group(_) => return None,
        }
    }
    Some(())
}

/// A segment as its modifier wants it.
fn modified(text: &str, modifier: &Ident) -> Option<String> {
    Some(match modifier.to_string().as_str() {
        "lower" => text.to_lowercase(),
        "upper" => text.to_uppercase(),
        "snake" => snake(text),
        "camel" | "upper_camel" => camel(text),
        _ => return None,
    })
}

fn snake(text: &str) -> String {
    let mut out = String::new();
    for letter in text.chars() {
        if letter.is_uppercase() && !out.is_empty() && !out.ends_with('_') {
            out.push('_');
        }
        out.push(letter);
    }
    out.to_lowercase()
}

fn camel(text: &str) -> String {
    let mut out = String::new();
    let mut before = '_';
    for letter in text.chars() {
        match letter {
            '_' => {}
            _ if before == '_' => out.extend(letter.to_uppercase()),
            _ if before.is_uppercase() => out.extend(letter.to_lowercase()),
            _ => out.push(letter),
        }
        before = letter;
    }
    out
}

/// Puts the name out, as the one token it is; `None` if it is none.
fn put(text: &str, at: Span, out: &mut TokenStream) -> Option<()> {
    let bare = text.strip_prefix('\'').unwrap_or(text);
    let mut ident: Ident = syn::parse_str(bare).ok()?;
    ident.set_span(at);
    if bare.len() < text.len() {
        let mut quote = Punct::new('\'', Spacing::Joint);
        quote.set_span(at);
        out.extend([TokenTree::Punct(quote)]);
    }
    out.extend([TokenTree::Ident(ident)]);
    Some(())
}

#[cfg(test)]
mod tests {
    use super::pasted;

    fn of(text: &str) -> Option<String> {
        let tokens = text.parse().ok()?;
        Some(pasted(&tokens)?.to_string())
    }

    #[test]
    fn segments_follow_each_other_and_modifiers_change_the_one_before() {
        let paste = |text: &str| of(&format!("fn [<{text}>]() {{}}"));
        for (written, meant) in [
            ("get_ Name", "get_Name"),
            ("get_ ShipTo:snake", "get_ship_to"),
            ("Of ship_to:camel", "OfShipTo"),
            ("A B:lower _ c:upper 1", "Ab_C1"),
            ("r#type _of \"text\"", "type_oftext"),
        ] {
            let expected = of(&format!("fn {meant}() {{}}"));
            assert_eq!(paste(written), expected, "[<{written}>]");
        }
        assert_eq!(of("&[<'a b>] str").as_deref(), Some("& 'ab str"));
    }

    #[test]
    fn what_is_no_name_is_not_pasted() {
        for text in [
            "[<1 a>]",
            "[<a + b>]",
            "[<a:shout>]",
            "[<:snake>]",
            "[<\"a b\">]",
        ] {
            assert_eq!(of(text), None, "{text}");
        }
        for text in ["[a < b]", "[<>]", "(< a >)"] {
            assert!(of(text).is_some(), "{text}");
        }
    }

    #[test]
    fn documentation_put_together_is_left_out() {
        let text = "#[doc = \"of \" name \".\"] #[inline] fn [<a b>]() {}";
        assert_eq!(of(text), of("#[inline] fn ab() {}"));
    }
}
