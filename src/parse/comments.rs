//! Every comment of a file, by a lexer of its own: proc-macro2 drops them.

use super::blank_prelude;
use super::scan::{Kind, Scan};
use crate::source::{FileId, Span};

/// What a comment is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CommentKind {
    /// `// ..`.
    Line,
    /// `/* .. */`.
    Block,
    /// `/// ..` or `/** .. */`.
    OuterDoc,
    /// `//! ..` or `/*! .. */`.
    InnerDoc,
}

/// A comment.
#[derive(Clone, Debug)]
pub struct Comment {
    /// What it is.
    pub kind: CommentKind,
    /// All of it, markers included, without the line break.
    pub span: Span,
    /// The text between its markers.
    pub text: String,
}

/// The comments of a file in order.
pub fn comments(file: FileId, text: &str) -> Vec<Comment> {
    let text = blank_prelude(text);
    Scan::new(&text)
        .filter(|l| matches!(l.kind, Kind::Line | Kind::Block))
        .map(|l| {
            let whole = text.get(l.lo..l.hi).unwrap_or("").trim_end_matches('\r');
            let (kind, inside) = take_apart(whole);
            Comment {
                kind,
                span: Span::new(file, l.lo as u32, (l.lo + whole.len()) as u32),
                text: inside.to_owned(),
            }
        })
        .collect()
}

fn take_apart(whole: &str) -> (CommentKind, &str) {
    if whole.starts_with("//") {
        // `////` is a ruler, no documentation.
        let (kind, marker) = match whole.as_bytes().get(2) {
            Some(b'/') if whole.as_bytes().get(3) != Some(&b'/') => (CommentKind::OuterDoc, 3),
            Some(b'!') => (CommentKind::InnerDoc, 3),
            _ => (CommentKind::Line, 2),
        };
        return (kind, whole.get(marker..).unwrap_or(""));
    }
    let (kind, marker) = match (whole.as_bytes().get(2), whole.as_bytes().get(3)) {
        (Some(b'*'), Some(b'*' | b'/')) => (CommentKind::Block, 2),
        (Some(b'*'), _) => (CommentKind::OuterDoc, 3),
        (Some(b'!'), _) => (CommentKind::InnerDoc, 3),
        _ => (CommentKind::Block, 2),
    };
    let inside = whole.get(marker..).unwrap_or("");
    (kind, inside.strip_suffix("*/").unwrap_or(inside))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(CommentKind, String)> {
        comments(FileId(0), text)
            .into_iter()
            .map(|c| (c.kind, c.text))
            .collect()
    }

    #[test]
    fn every_kind_is_told_apart() {
        use CommentKind::{Block, InnerDoc, Line, OuterDoc};
        let text = "//! a\n/// b\n// c\n//// d\n/* e /* f */ */ /** g */ /*! h */ /**/ /*** i */ x";
        let want = [
            (InnerDoc, " a"),
            (OuterDoc, " b"),
            (Line, " c"),
            (Line, "// d"),
            (Block, " e /* f */ "),
            (OuterDoc, " g "),
            (InnerDoc, " h "),
            (Block, ""),
            (Block, "** i "),
        ];
        let got = found(text);
        assert_eq!(got, want.map(|(k, t)| (k, t.to_owned())));
    }

    #[test]
    fn nothing_that_only_looks_like_a_comment_is_one() {
        let text = r####"
            let a = "// no"; let b = r#"/* " // no "#; let c = b"//"; let d = '"'; let e = '\''; let f = b'/';
            fn g<'a>(x: &'a str) {} 'l: loop {} let r#type = "\"//"; let h = br##"// "# no"##; let i = c"//"; let é = '/';
            // yes
        "####;
        assert_eq!(found(text), [(CommentKind::Line, " yes".to_owned())]);
    }

    #[test]
    fn spans_leave_the_line_break_out_and_count_from_the_first_byte() {
        let text = "\u{feff}#!/bin//sh\r\n// a\r\nx // b";
        let spans: Vec<_> = comments(FileId(0), text)
            .iter()
            .map(|c| text[c.span.lo as usize..c.span.hi as usize].to_owned())
            .collect();
        assert_eq!(spans, ["// a", "// b"]);
    }
}
