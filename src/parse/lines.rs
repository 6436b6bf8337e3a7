//! From a token's line and column to its byte.
//!
//! proc-macro2 knows byte offsets too, but looks each up in a tree that it fills as it is asked: a seventh of the time of a
//! run went there. Lines and columns it finds by one binary search.

use proc_macro2::LineColumn;

/// The lines of a text as it was parsed.
#[derive(Debug)]
pub struct Lines {
    starts: Vec<u32>,
    /// Kept where some column is no byte.
    text: Option<String>,
}

impl Lines {
    /// Of this text. Columns count characters, lines end at `\n`.
    pub fn new(text: String) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, b)| *b == b'\n');
        let starts = std::iter::once(0)
            .chain(ends.map(|(at, _)| at as u32 + 1))
            .collect();
        Lines {
            starts,
            text: (!text.is_ascii()).then_some(text),
        }
    }

    /// The byte that a position stands at.
    pub fn byte(&self, at: LineColumn) -> u32 {
        let start = self
            .starts
            .get(at.line.saturating_sub(1))
            .copied()
            .unwrap_or(0);
        let Some(text) = &self.text else {
            return start + at.column as u32;
        };
        let line = text.get(start as usize..).unwrap_or_default();
        let before = line.chars().take(at.column).map(char::len_utf8);
        start + before.sum::<usize>() as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_is_found_again() {
        for text in ["", "a\nbc\r\n\nd", "é\n\"ü\" x\n\u{1F600}y"] {
            let lines = Lines::new(text.to_owned());
            let (mut line, mut column) = (1, 0);
            for (at, c) in text.char_indices() {
                assert_eq!(lines.byte(LineColumn { line, column }) as usize, at);
                (line, column) = if c == '\n' {
                    (line + 1, 0)
                } else {
                    (line, column + 1)
                };
            }
        }
    }
}
