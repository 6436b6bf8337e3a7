//! Where a directive holds: its own line, or the whole statement or item below it.

use crate::parse::scan::{Kind, Scan};
use crate::source::{SourceFile, Span};

/// The scope of a comment that is no inner doc comment.
pub(super) fn scope(source: &SourceFile, comment: Span, extents: &[Span]) -> Span {
    let line = source.line_index(comment.lo);
    if !only_blank(source, source.line_start(line), comment.lo) {
        return line_span(source, comment, line);
    }
    let owned = arm(source, comment)
        .or_else(|| block(source, comment))
        .or_else(|| below(source, comment, extents))
        .or_else(|| around(source, comment, extents));
    // Nothing begins right below (a call inside a chain, a field, a macro's tokens): then it is the next line of code.
    owned.unwrap_or_else(|| {
        line_span(
            source,
            comment,
            source.line_index(skip_trivia(source, comment.hi)),
        )
    })
}

/// The longest statement or item that begins below the comment with nothing but attributes and comments in between.
fn below(source: &SourceFile, comment: Span, extents: &[Span]) -> Option<Span> {
    let after = extents
        .iter()
        .filter(|e| e.file == comment.file && e.lo >= comment.hi);
    let first = after.min_by_key(|e| (e.lo, std::cmp::Reverse(e.hi)))?;
    (skip_trivia(source, comment.hi) >= first.lo).then_some(*first)
}

/// The arm of a `match` or `select!` that begins below the comment. Lowered code has none: what is in it is told by
/// pattern and body, and a macro's arms are known to that macro alone.
fn arm(source: &SourceFile, comment: Span) -> Option<Span> {
    let from = skip_trivia(source, comment.hi);
    let text = source.text.get(from as usize..)?;
    let bytes = text.as_bytes();
    let mut depth = 0_usize;
    let mut arrow: Option<usize> = None;
    let span = |hi: usize| Span::new(comment.file, from, from + hi as u32);
    for lexeme in Scan::new(text) {
        let byte = bytes.get(lexeme.lo).copied().unwrap_or_default();
        match lexeme.kind {
            Kind::Open => {
                // Before the arrow there are patterns and guards; a block there belongs to something else.
                if byte == b'{' && depth == 0 && arrow.is_none() && !is_pattern(text, lexeme.lo) {
                    return None;
                }
                depth += 1;
            }
            Kind::Close if depth == 0 => return arrow.map(|_| span(lexeme.lo)),
            Kind::Close => {
                depth -= 1;
                // A body in braces ends with them.
                let braced = arrow.is_some_and(|at| {
                    text.get(at..)
                        .is_some_and(|body| body.trim_start().starts_with('{'))
                });
                if depth == 0 && byte == b'}' && braced {
                    return Some(span(lexeme.hi));
                }
            }
            Kind::Punct if depth == 0 => match (byte, arrow) {
                (b'=', None) if bytes.get(lexeme.hi) == Some(&b'>') => arrow = Some(lexeme.hi + 1),
                (b';' | b',', None) => return None,
                (b',', Some(_)) => return Some(span(lexeme.lo)),
                _ => {}
            },
            _ => {}
        }
    }
    None
}

/// The `if`, `match`, loop or block that begins below the comment, with all its branches: lowered code has only what is
/// in it.
fn block(source: &SourceFile, comment: Span) -> Option<Span> {
    let from = skip_trivia(source, comment.hi);
    let text = source.text.get(from as usize..)?;
    let code = |kind| !matches!(kind, Kind::Line | Kind::Block);
    let mut lexemes = Scan::new(text).filter(|l| code(l.kind)).peekable();
    let word = |lo: usize, hi: usize| text.get(lo..hi).unwrap_or_default();
    let mut first = lexemes.next()?;
    if first.kind == Kind::Literal && lexemes.next_if(|l| word(l.lo, l.hi) == ":").is_some() {
        // A label.
        first = lexemes.next()?;
    }
    let bare = match word(first.lo, first.hi) {
        "if" | "match" | "while" | "for" | "loop" => false,
        "unsafe" | "async" => {
            lexemes.next_if(|l| word(l.lo, l.hi) == "move");
            lexemes.next_if(|l| word(l.lo, l.hi) == "{")?;
            true
        }
        "{" => true,
        _ => return None,
    };
    let mut depth = usize::from(bare);
    while let Some(lexeme) = lexemes.next() {
        match lexeme.kind {
            Kind::Open => depth += 1,
            Kind::Close if depth == 0 => return None,
            Kind::Close => {
                depth -= 1;
                let ends = depth == 0 && word(lexeme.lo, lexeme.hi) == "}";
                if ends && lexemes.next_if(|l| word(l.lo, l.hi) == "else").is_none() {
                    return Some(Span::new(comment.file, from, from + lexeme.hi as u32));
                }
            }
            _ => {}
        }
    }
    None
}

/// Whether a brace opens the fields of a pattern, and no block: a name stands before it, and no keyword.
fn is_pattern(text: &str, brace: usize) -> bool {
    let before = text.get(..brace).unwrap_or_default().trim_end();
    let word = before
        .rsplit(|c: char| !c.is_alphanumeric() && c != '_')
        .next()
        .unwrap_or_default();
    let first = before.split_whitespace().next().unwrap_or_default();
    let keywords = [
        "if", "for", "while", "match", "loop", "unsafe", "async", "fn", "pub", "impl", "mod",
        "trait", "struct", "enum", "union", "let", "move", "else", "extern", "const", "static",
    ];
    word.starts_with(char::is_uppercase) && !keywords.contains(&first)
}

/// The item whose own attributes stand around the comment: its span begins with the first of them.
fn around(source: &SourceFile, comment: Span, extents: &[Span]) -> Option<Span> {
    let holding = extents
        .iter()
        .filter(|e| e.contains(comment) && e.lo < comment.lo);
    let inner = holding.min_by_key(|e| e.hi - e.lo)?;
    (skip_trivia(source, inner.lo) >= comment.hi).then_some(*inner)
}

fn line_span(source: &SourceFile, comment: Span, line: usize) -> Span {
    Span::new(
        comment.file,
        source.line_start(line),
        source.line_start(line + 1),
    )
}

fn only_blank(source: &SourceFile, lo: u32, hi: u32) -> bool {
    source
        .text
        .get(lo as usize..hi as usize)
        .is_some_and(|text| text.trim().is_empty())
}

/// The first byte from `from` on that is neither blank nor in a comment or an attribute. `from` is outside of strings
/// and comments, so this needs no more of a lexer than the inside of an attribute does.
fn skip_trivia(source: &SourceFile, from: u32) -> u32 {
    let text = source.text.get(from as usize..).unwrap_or("");
    let mut rest = text;
    loop {
        rest = rest.trim_start();
        let skipped = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            block_comment(rest)
        } else if rest.starts_with("#[") || rest.starts_with("#![") {
            attribute(rest)
        } else {
            0
        };
        match rest.get(skipped..) {
            Some(next) if skipped > 0 => rest = next,
            _ => return from + (text.len() - rest.len()) as u32,
        }
    }
}

/// The length of the (nested) block comment that `text` begins with; all of it if it does not end.
fn block_comment(text: &str) -> usize {
    let bytes = text.as_bytes();
    let (mut depth, mut at) = (0usize, 0);
    while at < bytes.len() {
        match bytes.get(at..at + 2) {
            Some(b"/*") => (depth, at) = (depth + 1, at + 2),
            Some(b"*/") => (depth, at) = (depth.saturating_sub(1), at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    bytes.len()
}

/// The length of the attribute that `text` begins with; 0 if it does not end.
fn attribute(text: &str) -> usize {
    let bytes = text.as_bytes();
    let (mut depth, mut at) = (0usize, 0);
    while let Some(byte) = bytes.get(at) {
        at += match byte {
            b'[' | b'(' | b'{' => {
                depth += 1;
                1
            }
            b']' | b')' | b'}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + 1;
                }
                1
            }
            b'"' => string(text.get(at..).unwrap_or(""), at, bytes),
            // A quote in quotes; a lifetime has no closing one.
            b'\'' if bytes.get(at + 2) == Some(&b'\'') => 3,
            b'\'' if bytes.get(at + 1) == Some(&b'\\') => 4,
            _ => 1,
        };
    }
    0
}

/// The length of the string literal at `at`, which may be raw: then as many `#` stand before it as must follow it.
fn string(text: &str, at: usize, bytes: &[u8]) -> usize {
    let before = bytes.get(..at).unwrap_or_default();
    let hashes = before.iter().rev().take_while(|b| **b == b'#').count();
    let raw = before
        .len()
        .checked_sub(hashes + 1)
        .and_then(|i| before.get(i))
        == Some(&b'r');
    if raw {
        let end = format!("\"{}", "#".repeat(hashes));
        return text
            .get(1..)
            .and_then(|rest| rest.find(&end))
            .map_or(text.len(), |i| 1 + i + end.len());
    }
    let mut escaped = false;
    for (i, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return i + 1,
            _ => {}
        }
    }
    text.len()
}
