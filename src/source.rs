//! Files, positions and the one door to the file system.
//!
//! A [`Span`] is a byte range in the *original* text of a file. Lines and columns are worked out at the very end, from
//! one index per file, in whatever unit a format asks for (characters for cargo's JSON, UTF-16 units for SARIF).

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A file of this run. Numbered in sorted order of its path, so the number means the same in every run.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct FileId(pub u32);

/// A byte range in the original text of one file.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// First byte.
    pub lo: u32,
    /// One past the last byte.
    pub hi: u32,
}

impl Span {
    /// A span of `file` from byte `lo` to `hi`.
    pub fn new(file: FileId, lo: u32, hi: u32) -> Self {
        Span {
            file,
            lo,
            hi: hi.max(lo),
        }
    }

    /// The smallest span that holds both; `self` if they lie in different files.
    #[must_use]
    pub fn to(self, other: Span) -> Span {
        if self.file != other.file {
            return self;
        }
        Span {
            file: self.file,
            lo: self.lo.min(other.lo),
            hi: self.hi.max(other.hi),
        }
    }

    /// Whether `other` lies inside `self`.
    pub fn contains(self, other: Span) -> bool {
        self.file == other.file && self.lo <= other.lo && other.hi <= self.hi
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}..{}", self.file.0, self.lo, self.hi)
    }
}

/// One source file: how it is shown, its text, and where its lines begin.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// Relative to the workspace root, with `/`, so that output is the same in any directory.
    pub name: String,
    /// Where it was read from.
    pub path: PathBuf,
    /// The whole text, as read.
    pub text: Arc<str>,
    lines: Vec<u32>,
}

/// A 1-based position.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LineColumn {
    /// 1-based line.
    pub line: u32,
    /// 1-based column in the unit asked for.
    pub column: u32,
}

/// Lines at the top of a file that may say it is generated; rustfmt looks as far.
const MARKER_LINES: usize = 5;

impl SourceFile {
    /// Whether the file says that it is generated: `@generated`, or "generated … do not edit". Nobody mends it by hand.
    pub fn is_generated(&self) -> bool {
        self.text.lines().take(MARKER_LINES).any(|line| {
            let line = line.trim_start();
            let comment = line.starts_with("//") || line.starts_with("/*") || line.starts_with('*');
            let words = line.to_ascii_lowercase();
            comment
                && (words.contains("@generated")
                    || (words.contains("generated") && words.contains("do not edit")))
        })
    }

    /// Takes a file's text and indexes its lines.
    pub fn new(name: String, path: PathBuf, text: Arc<str>) -> Self {
        let mut lines = vec![0];
        lines.extend(
            text.bytes()
                .enumerate()
                .filter(|(_, b)| *b == b'\n')
                .map(|(i, _)| i as u32 + 1),
        );
        SourceFile {
            name,
            path,
            text,
            lines,
        }
    }

    /// 0-based index of the line that holds `byte`.
    pub fn line_index(&self, byte: u32) -> usize {
        self.lines
            .partition_point(|start| *start <= byte)
            .saturating_sub(1)
    }

    /// The byte at which the 0-based line begins; the end of the text past the last line.
    pub fn line_start(&self, index: usize) -> u32 {
        self.lines
            .get(index)
            .copied()
            .unwrap_or(self.text.len() as u32)
    }

    /// How many lines there are (a final line break opens one more).
    pub fn line_count(&self) -> usize {
        self.lines.len()
    }

    /// The text of a 0-based line, without its line break.
    pub fn line_text(&self, index: usize) -> &str {
        let (lo, hi) = (
            self.line_start(index) as usize,
            self.line_start(index + 1) as usize,
        );
        self.text
            .get(lo..hi)
            .unwrap_or("")
            .trim_end_matches(['\n', '\r'])
    }

    /// 1-based line and column of `byte`, the column in characters.
    pub fn position(&self, byte: u32) -> LineColumn {
        self.position_by(byte, |before| before.chars().count())
    }

    /// The same with the column in UTF-16 units, as SARIF and editors count.
    pub fn utf16_position(&self, byte: u32) -> LineColumn {
        self.position_by(byte, |before| before.encode_utf16().count())
    }

    /// The same with the column in bytes, as reviewdog counts.
    pub fn byte_position(&self, byte: u32) -> LineColumn {
        self.position_by(byte, str::len)
    }

    /// A byte order mark is no column: compilers and editors take it off before they count.
    fn position_by(&self, byte: u32, width: impl Fn(&str) -> usize) -> LineColumn {
        let index = self.line_index(byte);
        let before = self
            .text
            .get(self.line_start(index) as usize..byte as usize)
            .unwrap_or("");
        let before = before.strip_prefix('\u{feff}').unwrap_or(before);
        LineColumn {
            line: index as u32 + 1,
            column: width(before) as u32 + 1,
        }
    }

    /// The text of a span of this file.
    pub fn slice(&self, span: Span) -> &str {
        self.text
            .get(span.lo as usize..span.hi as usize)
            .unwrap_or("")
    }
}

/// All files of a run, by [`FileId`].
#[derive(Debug, Default, Clone)]
pub struct SourceMap {
    files: Vec<SourceFile>,
}

impl SourceMap {
    /// Takes the files in the order of their ids.
    pub fn new(files: Vec<SourceFile>) -> Self {
        SourceMap { files }
    }

    /// The file, if the id is of this run.
    pub fn get(&self, id: FileId) -> Option<&SourceFile> {
        self.files.get(id.0 as usize)
    }

    /// All files with their ids, in order.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &SourceFile)> {
        self.files
            .iter()
            .enumerate()
            .map(|(i, f)| (FileId(i as u32), f))
    }

    /// The text under a span, empty if it is of no file of this run.
    pub fn slice(&self, span: Span) -> &str {
        self.get(span.file).map_or("", |f| f.slice(span))
    }
}

/// What is read from the disk goes through here: nothing else in the library opens a file.
pub trait Sources: Sync {
    /// The bytes of a regular file. Devices, FIFOs and directories are an error, never a wait.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;
    /// Whether `path` is a regular file (links followed).
    fn is_file(&self, path: &Path) -> bool;
    /// Whether `path` is a directory (links followed).
    fn is_dir(&self, path: &Path) -> bool;
    /// Whether the last part of `path` is a link.
    fn is_link(&self, path: &Path) -> bool {
        let _ = path;
        false
    }
    /// Where `path` leads with all links followed; `path` itself if nothing can be said.
    fn real(&self, path: &Path) -> PathBuf {
        path.to_path_buf()
    }
    /// All regular files below `dir` whose name ends so (`.rs`), sorted; hidden and `target` folders are left out, links to
    /// folders not followed.
    fn walk(&self, dir: &Path, ending: &str) -> Vec<PathBuf>;
    /// The entries of one directory, sorted by name.
    fn list(&self, dir: &Path) -> io::Result<Vec<PathBuf>>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_lines_start_after_breaks() {
        let f = SourceFile::new("a.rs".into(), "a.rs".into(), "é = 1;\nb".into());
        assert_eq!(f.position(3), LineColumn { line: 1, column: 3 });
        assert_eq!(f.position(8), LineColumn { line: 2, column: 1 });
        assert_eq!(f.line_text(0), "é = 1;");
    }

    #[test]
    fn columns_in_other_units_leave_out_a_byte_order_mark() {
        let f = SourceFile::new("a.rs".into(), "a.rs".into(), "\u{feff}𝄞é!\r\nb".into());
        let at = 3 + 4 + 2;
        let columns = [f.position(at), f.utf16_position(at), f.byte_position(at)];
        assert_eq!(columns.map(|at| at.column), [3, 4, 7]);
        assert_eq!(f.position(0).column, 1);
        assert_eq!(f.line_text(1), "b");
    }
}
