//! Edits into text: what overlaps waits for the next round.

use crate::finding::Suggestion;
use crate::remedy::Edit;

/// The text with as many of the suggestions made as fit side by side, and which of them were. The first of two that
/// overlap wins: suggestions come in order of place. The very same edit is made once for all that ask for it.
pub fn apply(text: &str, suggestions: &[&Suggestion]) -> (String, Vec<bool>) {
    let mut taken: Vec<&Edit> = Vec::new();
    let mut made = Vec::new();
    for suggestion in suggestions {
        let fits = !suggestion.edits.is_empty()
            && suggestion
                .edits
                .iter()
                .all(|e| is_inside(text, e) && !taken.iter().any(|t| clash(t, e)));
        if fits {
            let new = suggestion.edits.iter().filter(|e| !taken.contains(e));
            let new: Vec<&Edit> = new.collect();
            taken.extend(new);
        }
        made.push(fits);
    }
    taken.sort_by_key(|e| (e.span.lo, e.span.hi));
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for edit in taken {
        out.push_str(text.get(at..edit.span.lo as usize).unwrap_or_default());
        out.push_str(&edit.text);
        at = edit.span.hi as usize;
    }
    out.push_str(text.get(at..).unwrap_or_default());
    (out, made)
}

fn is_inside(text: &str, edit: &Edit) -> bool {
    text.get(edit.span.lo as usize..edit.span.hi as usize)
        .is_some()
}

/// Whether two edits touch the same bytes, or put something else in at the same place.
fn clash(a: &Edit, b: &Edit) -> bool {
    if a == b {
        return false;
    }
    let (a, b) = (a.span, b.span);
    if a.lo == a.hi || b.lo == b.hi {
        return a.lo <= b.hi && b.lo <= a.hi;
    }
    a.lo < b.hi && b.lo < a.hi
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::remedy::Applicability;
    use crate::source::{FileId, Span};

    fn suggestion(edits: &[(u32, u32, &str)]) -> Suggestion {
        Suggestion {
            message: String::new(),
            applicability: Applicability::MachineApplicable,
            edits: edits
                .iter()
                .map(|(lo, hi, text)| Edit {
                    span: Span::new(FileId(0), *lo, *hi),
                    text: (*text).to_owned(),
                })
                .collect(),
        }
    }

    #[test]
    fn what_stands_apart_is_made_and_what_overlaps_waits() {
        let (a, b, c) = (
            suggestion(&[(0, 0, "<"), (3, 4, "D")]),
            suggestion(&[(3, 5, "xx")]),
            suggestion(&[(5, 5, "!")]),
        );
        let (text, made) = apply("abcdef", &[&a, &b, &c]);
        assert_eq!((text.as_str(), made), ("<abcDe!f", vec![true, false, true]));
    }

    #[test]
    fn two_insertions_at_one_place_are_two_rounds() {
        let (a, b) = (suggestion(&[(2, 2, "x")]), suggestion(&[(2, 2, "y")]));
        assert_eq!(
            apply("abcd", &[&a, &b]),
            ("abxcd".to_owned(), vec![true, false])
        );
    }

    #[test]
    fn what_two_ask_for_is_made_once() {
        let (a, b) = (
            suggestion(&[(0, 0, "set "), (2, 3, "C")]),
            suggestion(&[(0, 0, "set "), (3, 4, "D")]),
        );
        assert_eq!(
            apply("abcd", &[&a, &b]),
            ("set abCD".to_owned(), vec![true, true])
        );
    }

    #[test]
    fn an_edit_outside_the_text_or_inside_a_character_is_left() {
        let (a, b) = (suggestion(&[(1, 1, "x")]), suggestion(&[(9, 9, "x")]));
        assert_eq!(apply("é", &[&a, &b]), ("é".to_owned(), vec![false, false]));
    }
}
