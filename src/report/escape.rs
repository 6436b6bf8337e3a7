//! Keeps what stands in sources and file names from acting on the terminal: control characters, and the marks that
//! reorder text, are written out as `\u{1b}`.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Whether a character could act on a terminal, or make text read otherwise than it is.
fn acts(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn push(out: &mut String, c: char) {
    // Writing to a string cannot fail.
    let _ = write!(out, "{}", c.escape_unicode());
}

/// One line of text: every such character is written out, line breaks and tabs too.
pub(super) fn line(text: &str) -> Cow<'_, str> {
    if !text.contains(acts) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if acts(c) {
            push(&mut out, c);
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// Text of several lines: line breaks and tabs stay.
pub(super) fn lines(text: &str) -> Cow<'_, str> {
    if !text.contains(acts) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(Shown::new(text).text)
}

/// JSON as `serde_json` writes it, with what it leaves as it is (DEL, C1, reordering marks) escaped as JSON has it.
/// Outside of its strings JSON has no such characters.
pub(super) fn json(text: &str) -> Cow<'_, str> {
    if !text.contains(acts) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if acts(c) && c != '\n' {
            let _ = write!(out, "\\u{:04x}", u32::from(c));
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// A source text made harmless, with the way from its byte positions to those of the shown text.
#[derive(Debug)]
pub(super) struct Shown {
    /// The harmless text.
    pub(super) text: String,
    /// For each character written out: where the next one begins in the original, and how much longer the shown text
    /// is from there on.
    shifts: Vec<(usize, usize)>,
    line_starts: Vec<usize>,
}

impl Shown {
    /// Line breaks (also `\r\n`) and tabs stay.
    pub(super) fn new(original: &str) -> Self {
        let mut text = String::with_capacity(original.len());
        let mut shifts = Vec::new();
        let mut chars = original.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            let breaks = c == '\r' && chars.peek().is_some_and(|(_, next)| *next == '\n');
            if !acts(c) || matches!(c, '\n' | '\t') || breaks {
                text.push(c);
                continue;
            }
            push(&mut text, c);
            let next = at + c.len_utf8();
            shifts.push((next, text.len() - next));
        }
        let line_starts = std::iter::once(0)
            .chain(text.match_indices('\n').map(|(i, _)| i + 1))
            .collect();
        Shown {
            text,
            shifts,
            line_starts,
        }
    }

    /// Where an original byte position is in the shown text, never past its end or inside a character.
    pub(super) fn position(&self, original: u32) -> usize {
        let original = original as usize;
        let after = self.shifts.partition_point(|(at, _)| *at <= original);
        let shift = after
            .checked_sub(1)
            .and_then(|i| self.shifts.get(i))
            .map_or(0, |(_, shift)| *shift);
        let mut at = (original + shift).min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }

    /// Where a position of the shown text is in the original.
    pub(super) fn original(&self, at: usize) -> u32 {
        let after = self
            .shifts
            .partition_point(|(next, shift)| next + shift <= at);
        let shift = after
            .checked_sub(1)
            .and_then(|i| self.shifts.get(i))
            .map_or(0, |(_, shift)| *shift);
        (at - shift) as u32
    }

    /// 0-based index of the line that holds a position of the shown text.
    pub(super) fn line_index(&self, at: usize) -> usize {
        self.line_starts
            .partition_point(|start| *start <= at)
            .saturating_sub(1)
    }

    /// The bytes of a 0-based line, with its break; `None` past the last.
    pub(super) fn line_range(&self, index: usize) -> Option<std::ops::Range<usize>> {
        let start = *self.line_starts.get(index)?;
        Some(
            start
                ..self
                    .line_starts
                    .get(index + 1)
                    .copied()
                    .unwrap_or(self.text.len()),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_on_a_terminal_is_written_out() {
        assert_eq!(line("a\u{1b}[31m\tb\n"), r"a\u{1b}[31m\u{9}b\u{a}");
        assert_eq!(lines("a\tb\r\nc\rd\u{202e}"), "a\tb\r\nc\\u{d}d\\u{202e}");
        assert_eq!(json("\"\u{9b}\u{7f}é\""), r#""\u009b\u007fé""#);
        assert!(matches!(line("plain é"), Cow::Borrowed(_)));
    }

    #[test]
    fn positions_follow_the_text() {
        let shown = Shown::new("a\u{1b}b\né\u{9b}c");
        assert_eq!(shown.text, "a\\u{1b}b\né\\u{9b}c");
        let at = |original| {
            shown
                .text
                .get(shown.position(original)..)
                .unwrap_or("")
                .chars()
                .next()
        };
        assert_eq!(
            (at(0), at(2), at(4), at(8)),
            (Some('a'), Some('b'), Some('é'), Some('c'))
        );
        assert!(
            [0, 2, 3, 4, 8]
                .into_iter()
                .all(|original| shown.original(shown.position(original)) == original)
        );
        assert_eq!(shown.line_index(shown.position(8)), 1);
        assert_eq!(shown.position(99), shown.text.len());
    }
}
