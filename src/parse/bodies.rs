//! Interface texts: functions there end with a semicolon; an empty body makes them the functions that syn knows.

use super::scan::{Kind, Scan};

/// The text with `{}` in place of the semicolon after each function outside of traits, where none has a body anyway. syn
/// keeps a function without a body as tokens, which would then be read a second time.
pub fn empty(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 16);
    let mut copied = 0;
    // Whether each open brace is a trait's.
    let mut braces: Vec<bool> = Vec::new();
    let mut nested = 0_usize;
    let (mut in_fn, mut in_trait) = (false, false);
    for lexeme in Scan::new(text) {
        let word = text.get(lexeme.lo..lexeme.hi).unwrap_or_default();
        match (lexeme.kind, word) {
            (Kind::Open, "{") => {
                braces.push(std::mem::take(&mut in_trait));
                in_fn = false;
            }
            (Kind::Close, "}") => drop(braces.pop()),
            (Kind::Open, _) => nested += 1,
            (Kind::Close, _) => nested = nested.saturating_sub(1),
            (Kind::Ident, "trait") => in_trait = true,
            // `fn(..)` is a type, a function has a name.
            (Kind::Ident, "fn") if nested == 0 && !text_after(text, lexeme.hi).starts_with('(') => {
                in_fn = true;
            }
            (Kind::Punct, ";") if nested == 0 => {
                if std::mem::take(&mut in_fn) && braces.last() != Some(&true) {
                    out.push_str(text.get(copied..lexeme.lo).unwrap_or_default());
                    out.push_str("{}");
                    copied = lexeme.hi;
                }
            }
            _ => {}
        }
    }
    out.push_str(text.get(copied..).unwrap_or_default());
    out
}

/// About so long are the pieces of a text.
pub(super) const PIECE: usize = 8 << 10;

/// The text cut into pieces of whole items, as far as its items begin at the start of a line, as the catalogue writes them.
pub fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let cut = end_of_item(rest, PIECE).unwrap_or(rest.len());
        let (piece, after) = rest.split_at(cut);
        rest = after;
        Some(piece)
    })
}

/// The byte after the first line `}` behind `at`.
fn end_of_item(text: &str, at: usize) -> Option<usize> {
    let tail = text.as_bytes().get(at..)?;
    let found = tail.windows(3).position(|w| w == b"\n}\n")?;
    Some(at + found + 3)
}

fn text_after(text: &str, at: usize) -> &str {
    text.get(at..).unwrap_or_default().trim_start()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_whole_items_and_together_the_text() {
        let text = "mod a {\n    fn f();\n}\n".repeat(2000);
        let all: Vec<&str> = pieces(&text).collect();
        assert!(all.len() > 3);
        assert_eq!(all.concat(), text);
        assert!(
            all.iter()
                .all(|p| p.starts_with("mod") && p.ends_with("}\n"))
        );
    }

    #[test]
    fn functions_get_a_body_but_not_in_traits() {
        assert_eq!(
            empty(
                "mod a { fn f(x: [u8; 3]) -> fn(u8); impl T { async fn g(); const C: fn() = 0; } }"
            ),
            "mod a { fn f(x: [u8; 3]) -> fn(u8){} impl T { async fn g(){} const C: fn() = 0; } }"
        );
        let untouched = "trait T { fn f(); } struct S; fn g() {} use a; type F = fn(u8);";
        assert_eq!(empty(untouched), untouched);
    }
}
