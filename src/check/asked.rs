//! A place that somebody asks about: which it is, and how far the run read it.

use std::path::PathBuf;

use crate::discover::workspace::TargetKind;
use crate::source::{SourceFile, Span};

/// A place as it was asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// The file, absolute.
    pub file: PathBuf,
    /// The first line, 1-based.
    pub from: u32,
    /// The last one.
    pub to: u32,
    /// A column in the only line, 1-based, in characters.
    pub column: Option<u32>,
}

/// How the run read the place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The question.
    pub ask: Ask,
    /// The file as it is shown.
    pub name: String,
    /// The code that is meant, if the file was read.
    pub place: Option<Span>,
    /// How far it was read.
    pub reading: Reading,
}

/// How far a place was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// As far as everything is.
    Read,
    /// It is not in the build.
    Off {
        /// What carries the condition.
        at: Span,
        /// The condition that does not hold, as it is written.
        condition: String,
        /// It holds in tests only.
        test: bool,
    },
    /// It is in a macro call whose tokens could not be read as code.
    Macro(Span),
    /// The file could not be read or parsed.
    Unparsed(String),
    /// No `mod` leads to the file.
    Undeclared,
    /// The file belongs to a target that is not read unless it is asked for.
    Unselected {
        /// Its kind.
        kind: TargetKind,
        /// Its package.
        package: String,
    },
    /// The file is not read, for this reason.
    Refused(String),
}

impl Ask {
    /// The code in a file that is meant: from the first to the last token of the lines, or the word at the column. `None` if
    /// the file has no such place.
    pub fn place(&self, source: &SourceFile, file: crate::source::FileId) -> Option<Span> {
        let (first, last) = (
            self.from.checked_sub(1)? as usize,
            self.to.checked_sub(1)? as usize,
        );
        // The text of a line break opens no line that anything stands on.
        let lines = source.text.lines().count().max(1);
        if first > last || last >= lines {
            return None;
        }
        let (lo, hi) = (source.line_start(first), source.line_start(last + 1));
        let text = source.text.get(lo as usize..hi as usize)?;
        let Some(column) = self.column else {
            let lo = lo + (text.len() - text.trim_start().len()) as u32;
            return Some(Span::new(file, lo, lo + text.trim().len() as u32));
        };
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let lo = hi - text.len() as u32;
        let text = text.trim_end_matches(['\n', '\r']);
        let nth = column.checked_sub(1)? as usize;
        let at = match text.char_indices().nth(nth) {
            Some((at, _)) => at,
            None if nth == text.chars().count() => text.len(),
            None => return None,
        };
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let (before, after) = text.split_at_checked(at)?;
        let start = before.trim_end_matches(is_word).len();
        let end = text.len() - after.trim_start_matches(is_word).len();
        Some(Span::new(
            file,
            lo + start as u32,
            lo + end.max(start + 1) as u32,
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FileId;

    fn meant(text: &str, from: u32, to: u32, column: Option<u32>) -> Option<String> {
        let source = SourceFile::new("a.rs".into(), "a.rs".into(), text.into());
        let file = PathBuf::from("a.rs");
        let ask = Ask {
            file,
            from,
            to,
            column,
        };
        let span = ask.place(&source, FileId(0))?;
        Some(source.slice(span).to_owned())
    }

    #[test]
    fn lines_are_meant_without_the_blanks_around_and_a_column_with_the_word_around() {
        let text = "fn f() {\n    let café = 𝄞(client);\n\n}\n";
        let line = |n| meant(text, n, n, None);
        assert_eq!(line(2).as_deref(), Some("let café = 𝄞(client);"));
        assert_eq!(line(3).as_deref(), Some(""));
        let both = "fn f() {\n    let café = 𝄞(client);";
        assert_eq!(meant(text, 1, 2, None).as_deref(), Some(both));
        assert_eq!(
            (line(0), line(5), meant(text, 2, 1, None)),
            (None, None, None)
        );
        let column = |n| meant(text, 2, 2, Some(n));
        assert_eq!(column(11).as_deref(), Some("café"));
        assert_eq!(column(20).as_deref(), Some("client"));
        assert_eq!((column(0), column(99)), (None, None));
    }
}
