//! Text to syntax tree: what stands before the first token is blanked out, the depth is gauged, then syn reads.
//!
//! Byte-order mark, shebang and cargo-script front matter become spaces of the same length, so every offset that
//! proc-macro2 reports is an offset into the original bytes.

pub mod around;
pub mod blank;
pub mod bodies;
pub mod comments;
mod depth;
pub mod excerpt;
pub mod lines;
mod older;
pub mod outline;
pub mod proto;
pub(crate) mod scan;
pub mod words;

use std::borrow::Cow;

use crate::source::{FileId, Span};
use blank::Tests;
use lines::Lines;
use outline::Outline;
use words::Words;

/// The stack that reading takes, in bytes: syn needs some kilobytes per level of nesting, and lowering and resolving as much
/// again.
pub const STACK: usize = 256 << 20;

/// A name as Rust writes it, a keyword raw; `None` if it can be no name.
#[must_use]
pub fn ident(name: &str) -> Option<String> {
    let raw = format!("r#{name}");
    [name, &raw]
        .into_iter()
        .find(|written| syn::parse_str::<syn::Ident>(written).is_ok())
        .map(str::to_owned)
}

/// A file's syntax tree. It is bound to this thread and to its span table: lower it here, then drop it.
#[derive(Debug)]
pub struct Parsed {
    /// The tree.
    pub tree: syn::File,
    /// Where its lines and columns are in bytes.
    pub lines: Lines,
    /// What was read says these words.
    pub words: Words,
}

/// Why a file has no tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParseErrorKind {
    /// Not Rust, or Rust that syn does not know.
    Syntax,
    /// Nested deeper than we are willing to recurse.
    TooDeep,
}

/// A file that could not be read.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct ParseError {
    /// Why.
    pub kind: ParseErrorKind,
    /// Where.
    pub span: Span,
    /// In words.
    pub message: String,
}

/// A file's text, made ready to be read.
#[derive(Clone, Debug, Default)]
pub struct Ready {
    text: String,
    words: Words,
}

impl Ready {
    /// How long the text is, in bytes.
    pub fn len(&self) -> usize {
        self.text.len()
    }

    /// Whether there is no text.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }
}

/// Blanks out what need not be read, and looks over the rest.
pub fn prepare(text: &str, tests: Tests) -> (Ready, Outline) {
    let (text, words, outline) = blank::blank(&blank_prelude(text), tests);
    (Ready { text, words }, outline)
}

/// Reads one file.
pub fn parse(file: FileId, text: &str, tests: Tests) -> Result<Parsed, ParseError> {
    read(file, prepare(text, tests).0)
}

/// The tokens of a text, unless they are nested too deeply or are none.
pub fn tokens(text: &str) -> Option<proc_macro2::TokenStream> {
    if depth::too_deep(text).is_some() {
        return None;
    }
    text.parse().ok()
}

/// Reads one file that was made ready.
pub fn read(file: FileId, ready: Ready) -> Result<Parsed, ParseError> {
    let Ready { text, words } = ready;
    if let Some(at) = depth::too_deep(&text) {
        return Err(ParseError {
            kind: ParseErrorKind::TooDeep,
            span: Span::new(file, at as u32, at as u32 + 1),
            message: format!("nested more than {} levels deep", depth::LIMIT),
        });
    }
    let tree = match syn::parse_str::<syn::File>(&text) {
        Ok(tree) => tree,
        Err(first) => match older::renew(&text).and_then(|t| syn::parse_str(&t).ok()) {
            Some(tree) => tree,
            None => return Err(syntax_error(file, &text, &first)),
        },
    };
    Ok(Parsed {
        tree,
        lines: Lines::new(text),
        words,
    })
}

fn syntax_error(file: FileId, text: &str, error: &syn::Error) -> ParseError {
    let range = error.span().byte_range();
    let len = text.len();
    // Errors at the end of the input carry no position.
    let (lo, hi) = if range.is_empty() {
        (len.saturating_sub(1), len)
    } else {
        (range.start, range.end)
    };
    ParseError {
        kind: ParseErrorKind::Syntax,
        span: Span::new(file, lo.min(len) as u32, hi.min(len) as u32),
        message: error.to_string(),
    }
}

/// The text with byte-order mark, shebang and front matter turned into spaces; offsets stay.
pub(crate) fn blank_prelude(text: &str) -> Cow<'_, str> {
    let end = prelude_end(text);
    if end == 0 {
        return Cow::Borrowed(text);
    }
    let mut blanked = String::with_capacity(text.len());
    for byte in text.as_bytes().iter().take(end) {
        blanked.push(if matches!(byte, b'\n' | b'\r') {
            char::from(*byte)
        } else {
            ' '
        });
    }
    blanked.push_str(text.get(end..).unwrap_or(""));
    Cow::Owned(blanked)
}

fn prelude_end(text: &str) -> usize {
    let mut end = if text.starts_with('\u{feff}') { 3 } else { 0 };
    let rest = text.get(end..).unwrap_or("");
    // `#![attr]` is an attribute, `#!/usr/bin/env` a shebang.
    if rest
        .strip_prefix("#!")
        .is_some_and(|after| !after.trim_start().starts_with('['))
    {
        end += rest.find('\n').unwrap_or(rest.len());
    }
    let rest = text.get(end..).unwrap_or("");
    end + front_matter(rest).unwrap_or(0)
}

/// The length of a `---` fence to its closing fence, blank lines before it included.
fn front_matter(text: &str) -> Option<usize> {
    let start = text.len() - text.trim_start().len();
    let body = text.get(start..)?;
    let dashes = body.bytes().take_while(|b| *b == b'-').count();
    if dashes < 3 {
        return None;
    }
    let fence = body.get(..dashes)?;
    let mut at = start;
    for (index, line) in body.split_inclusive('\n').enumerate() {
        at += line.len();
        if index > 0 && line.starts_with(fence) {
            return Some(at);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const F: FileId = FileId(0);

    fn first_item_at(text: &str) -> usize {
        let parsed = parse(F, text, Tests::Read).expect("parses");
        let Some(syn::Item::Fn(item)) = parsed.tree.items.first() else {
            panic!("no function")
        };
        item.sig.fn_token.span.byte_range().start
    }

    #[test]
    fn offsets_are_into_the_original_bytes_whatever_stands_first() {
        for text in [
            "fn f() {}",
            "\u{feff}fn f() {}",
            "#!/usr/bin/env run é\nfn f() {}",
            "\u{feff}#!/bin/x\r\nfn f() {}",
            "#!/usr/bin/env -S cargo -Zscript\n---\n[dependencies]\n# é\n---\nfn f() {}",
            "\n---cargo\na = 1\n---\nfn f() {}",
            "// é\r\n/* ü */ fn f() {}",
            "#![allow(x)]\nfn f() {}",
        ] {
            assert_eq!(Some(first_item_at(text)), text.find("fn f"), "{text:?}");
        }
    }

    #[test]
    fn a_syntax_error_says_where() {
        let error = parse(F, "fn f() {\n    let = 3;\n}", Tests::Read).expect_err("no Rust");
        assert_eq!((error.kind, error.span.lo), (ParseErrorKind::Syntax, 17));
    }

    #[test]
    fn an_error_at_the_end_stands_at_the_end() {
        let error = parse(F, "fn f()", Tests::Read).expect_err("no Rust");
        assert_eq!(error.span.hi, 6);
    }

    #[test]
    fn nesting_beyond_the_limit_is_refused_before_syn_sees_it() {
        let deep = format!(
            "fn f() {{ let x = {}1{}; }}",
            "(".repeat(5000),
            ")".repeat(5000)
        );
        assert_eq!(
            parse(F, &deep, Tests::Read).expect_err("deep").kind,
            ParseErrorKind::TooDeep
        );
        let unary = format!("fn f() {{ let x = {}1; }}", "!".repeat(100_000));
        assert_eq!(
            parse(F, &unary, Tests::Read).expect_err("deep").kind,
            ParseErrorKind::TooDeep
        );
        let types = format!("type T = {}u8{};", "A<u8, ".repeat(5000), ">".repeat(5000));
        assert_eq!(
            parse(F, &types, Tests::Read).expect_err("deep").kind,
            ParseErrorKind::TooDeep
        );
        let ifs = format!("fn f() {{ {} }}", "if ".repeat(5000));
        assert_eq!(
            parse(F, &ifs, Tests::Read).expect_err("deep").kind,
            ParseErrorKind::TooDeep
        );
    }

    #[test]
    fn long_flat_files_are_not_deep() {
        let flat =
            "#[a] fn f<'a>(x: &'a T) -> &'a T { if a < b { g()?.h() } else { *x } }\n".repeat(3000);
        assert!(parse(F, &flat, Tests::Read).is_ok());
        let list = format!(
            "const A: &[(u8, i8)] = &[{}];",
            "(1, -1), &x < &y, ".repeat(3000)
        );
        assert!(parse(F, &list, Tests::Read).is_ok());
    }
}
