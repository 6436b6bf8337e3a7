//! Directives in comments: `// linger: allow(<id>[, <id>]): <reason>`, read from one file at a time.
//!
//! Reading needs no table of lints, so each worker does it for its own file; whether an id exists, and whether the
//! directive silenced anything, is decided later, over the whole run.

use super::extent;
use crate::source::{SourceFile, Span};

/// What a directive asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DirectiveKind {
    /// Silence what is there.
    Allow,
    /// Silence what is there, and say so when nothing is.
    Expect,
}

impl DirectiveKind {
    /// The word users write.
    pub fn as_str(self) -> &'static str {
        match self {
            DirectiveKind::Allow => "allow",
            DirectiveKind::Expect => "expect",
        }
    }
}

/// One directive of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directive {
    /// The comment.
    pub span: Span,
    /// What it asks for.
    pub kind: DirectiveKind,
    /// The ids, as written, and where each stands.
    pub ids: Vec<(String, Span)>,
    /// Why it cannot be followed, if it cannot.
    pub fault: Option<Fault>,
    /// Where it holds: findings whose primary place begins here.
    pub scope: Span,
}

/// Why a directive is not followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It gives no reason.
    NoReason,
    /// It is meant as a directive and cannot be read as one.
    Malformed,
}

/// The directives of a file. `comments` are the spans of its comments in order, markers included; `extents` those of its
/// items, statements, match arms and the like, in any order: what a directive on a line of its own holds for.
///
/// Only `// …` and `//! …` can be directives: outer documentation belongs to its item, and a block comment has no line
/// of its own.
pub fn read(source: &SourceFile, comments: &[Span], extents: &[Span]) -> Vec<Directive> {
    let mut out = Vec::new();
    let mut in_example = false;
    for comment in comments {
        let text = source.slice(*comment);
        let inner_doc = text.starts_with("//!");
        let marker = if inner_doc { "//!" } else { "//" };
        let Some(body) = text
            .strip_prefix(marker)
            .filter(|body| !body.starts_with('/'))
        else {
            continue;
        };
        // A directive in an example of the crate's documentation is somebody else's.
        if inner_doc && body.trim_start().starts_with("```") {
            in_example = !in_example;
        }
        if inner_doc && in_example {
            continue;
        }
        let Some(parsed) = parse(body) else { continue };
        let offset = comment.lo + marker.len() as u32;
        let place =
            |lo: usize, hi: usize| Span::new(comment.file, offset + lo as u32, offset + hi as u32);
        let ids = parsed
            .ids
            .iter()
            .map(|(id, lo)| ((*id).to_owned(), place(*lo, lo + id.len())));
        let whole = || Span::new(comment.file, 0, source.text.len() as u32);
        out.push(Directive {
            span: *comment,
            kind: parsed.kind,
            ids: ids.collect(),
            fault: parsed.fault,
            scope: if inner_doc {
                whole()
            } else {
                extent::scope(source, *comment, extents)
            },
        });
    }
    out
}

struct Parsed<'a> {
    kind: DirectiveKind,
    /// Each id with its byte offset in the comment's body.
    ids: Vec<(&'a str, usize)>,
    fault: Option<Fault>,
}

/// Reads a comment's body; `None` if it is no directive. A comment that only begins with our name is prose (it may be
/// about `SO_LINGER`); one that goes on with a word near ours, or with a word and a parenthesis, is a slip.
fn parse(body: &str) -> Option<Parsed<'_>> {
    let rest = body.trim_start().strip_prefix("linger:")?.trim_start();
    let word_len = rest
        .find(|c: char| !c.is_alphanumeric() && c != '_')
        .unwrap_or(rest.len());
    let (word, after) = rest.split_at_checked(word_len)?;
    let malformed = |kind| {
        Some(Parsed {
            kind,
            ids: Vec::new(),
            fault: Some(Fault::Malformed),
        })
    };
    let kind = match word {
        "allow" => DirectiveKind::Allow,
        "expect" => DirectiveKind::Expect,
        _ => {
            let near = ["allow", "expect"]
                .iter()
                .any(|known| strsim::damerau_levenshtein(word, known) <= 2);
            return if near && after.trim_start().starts_with('(') {
                malformed(DirectiveKind::Allow)
            } else {
                None
            };
        }
    };
    let Some(list) = after.trim_start().strip_prefix('(') else {
        // `linger: allow the socket to close` is a sentence.
        let sentence =
            after.starts_with(' ') && !after.trim_start().starts_with(':') && !after.contains('_');
        return if sentence { None } else { malformed(kind) };
    };
    let Some((list, reason)) = list.split_once(')') else {
        return malformed(kind);
    };
    let start = body.len() - reason.len() - 1 - list.len();
    let mut ids = Vec::new();
    let mut at = start;
    for part in list.split(',') {
        let id = part.trim();
        if !id.is_empty() {
            ids.push((id, at + (part.len() - part.trim_start().len())));
        }
        at += part.len() + 1;
    }
    if ids.is_empty() {
        return malformed(kind);
    }
    let reason = reason.trim_start().strip_prefix(':').map_or("", str::trim);
    let fault = (!reason.contains(char::is_alphanumeric)).then_some(Fault::NoReason);
    Some(Parsed { kind, ids, fault })
}
