//! From a remedy to bytes: where in the text it goes, and how it is laid out there.
//!
//! New lines take the indentation and the line break of their neighbours. A remedy whose place is not as expected (a macro
//! wrote it, a comment stands in the way) yields nothing.

use std::ops::Range;
use std::rc::Rc;

use super::layout::Layout;
use crate::parse::around::{Around, Known, To, Tree};
use crate::remedy::{Change, Edit, Holder, Remedy};
use crate::source::{FileId, SourceFile, Span};

/// The edits of a remedy, in order.
pub(super) fn edits(
    source: &SourceFile,
    file: FileId,
    remedy: &Remedy,
    tree: &mut dyn FnMut() -> Option<Rc<Tree>>,
) -> Option<Vec<Edit>> {
    let place = Place {
        layout: Layout::of(&source.text),
        text: &source.text,
        file,
    };
    let mut edits = match &remedy.change {
        Change::Before { name, call, calls } => vec![place.before(*name, *call, calls)?],
        Change::Instead {
            path,
            call,
            whole,
            calls,
        } => vec![place.instead(*path, *call, *whole, calls)?],
        Change::OnceBound {
            call,
            name,
            holders,
            text,
        } => {
            let tree = tree()?;
            place.once_bound(&tree, *call, name, holders, text)?
        }
        Change::AroundLoop { .. } => place.around_loop(&remedy.change)?,
        Change::Remove(span) => vec![place.remove(*span)?],
        Change::Edits(edits) => edits.clone(),
    };
    edits.sort();
    edits.iter().all(|e| e.span.file == file).then_some(edits)
}

struct Place<'a> {
    layout: Layout<'a>,
    text: &'a str,
    file: FileId,
}

impl Place<'_> {
    fn edit(&self, at: Range<usize>, text: String) -> Edit {
        Edit {
            span: Span::new(self.file, at.start as u32, at.end as u32),
            text,
        }
    }

    fn slice(&self, span: Span) -> Option<&str> {
        (span.file == self.file)
            .then(|| self.text.get(span.lo as usize..span.hi as usize))
            .flatten()
    }

    /// Calls in front of a method's dot.
    fn before(&self, name: Span, call: Span, calls: &[String]) -> Option<Edit> {
        let (lo, at) = (call.lo as usize, name.lo as usize);
        let receiver = self.text.get(lo..at)?;
        let dot = lo + receiver.rfind('.')?;
        // A comment between dot and name, or a name that a macro put there.
        if !self.text.get(dot + 1..at)?.trim().is_empty() || !self.is_word(name) {
            return None;
        }
        let receiver = self.text.get(lo..dot)?;
        let line = self.layout.line_before(dot);
        let text = if line.trim().is_empty() {
            let glue = format!("{}{line}", self.layout.newline);
            format!(".{}{glue}", calls.join(&format!("{glue}.")))
        } else if !receiver.trim_end().contains('\n')
            && (calls.len() > 1 || !receiver.contains('.'))
            && self.ends_chain(call)
        {
            let glue = format!("{}{}", self.layout.newline, self.layout.deeper(lo));
            format!("{glue}.{}{glue}", calls.join(&format!("{glue}.")))
        } else {
            format!(".{}", calls.join("."))
        };
        Some(self.edit(dot..dot, text))
    }

    /// Whether nothing is called on a call's value: its chain can be broken into lines without the rest looking odd.
    fn ends_chain(&self, call: Span) -> bool {
        let rest = self.text.get(call.hi as usize..).unwrap_or_default();
        let rest = rest.trim_start_matches('?').trim_start_matches(',');
        rest.starts_with([';', '\r', '\n'])
    }

    /// A comment goes, and its line with it where nothing else is on it.
    fn remove(&self, span: Span) -> Option<Edit> {
        self.slice(span)?;
        let (lo, hi) = (span.lo as usize, span.hi as usize);
        let line = self.layout.line_before(lo);
        let start = if line.trim().is_empty() {
            lo - line.len()
        } else {
            lo - (line.len() - line.trim_end().len())
        };
        let rest = self.text.get(hi..)?;
        let after = rest.find('\n').map_or(rest.len(), |n| n + 1);
        let end = if line.trim().is_empty() && rest.get(..after)?.trim().is_empty() {
            hi + after
        } else {
            hi
        };
        Some(self.edit(start..end, String::new()))
    }

    /// Whether a span is one identifier.
    fn is_word(&self, span: Span) -> bool {
        self.slice(span).is_some_and(|s| {
            !s.is_empty()
                && s.chars()
                    .all(|c| c.is_alphanumeric() || matches!(c, '_' | '#'))
        })
    }

    /// Another call and a chain on it in place of a path and its arguments.
    fn instead(&self, path: Span, call: Span, whole: bool, calls: &[String]) -> Option<Edit> {
        let written = self.slice(path)?;
        let args = self.arguments(path, call)?;
        if written.contains(" as ") {
            return None;
        }
        let lo = path.lo as usize;
        let from = if whole {
            lo
        } else {
            lo + written.rfind("::")? + 2
        };
        let glue = format!("{}{}", self.layout.newline, self.layout.deeper(lo));
        let mut text = String::new();
        for (index, link) in calls.iter().enumerate() {
            let link = link.replace("{args}", args);
            if index > 0 && link != "?" {
                text.push_str(&glue);
                text.push('.');
            }
            text.push_str(&link);
        }
        Some(self.edit(from..call.hi as usize, text))
    }

    /// What stands between a called path and its closing parenthesis.
    fn arguments(&self, path: Span, call: Span) -> Option<&str> {
        let rest = self.text.get(path.hi as usize..call.hi as usize)?;
        let args = rest.trim_start().strip_prefix('(')?.strip_suffix(')')?;
        Some(args.trim())
    }

    /// Statements where the value of a call has a name, or gets one.
    fn once_bound(
        &self,
        tree: &Tree,
        call: Span,
        name: &str,
        holders: &[Holder],
        text: &str,
    ) -> Option<Vec<Edit>> {
        let bytes = |span: Span| span.lo as usize..span.hi as usize;
        let known: Vec<Known> = holders
            .iter()
            .filter(|h| h.span.file == self.file)
            .map(|h| Known {
                at: bytes(h.span),
                in_result: h.in_result,
            })
            .collect();
        match tree.around(&bytes(call), &known)? {
            Around::Named { name, mutable, to } => {
                let it = self.text.get(name.clone())?;
                let mut edits = vec![self.statements(&to, text, it)?];
                if let To::Wrap(body) = &to {
                    edits.push(self.edit(body.end..body.end, self.closing(body.start)));
                }
                if !mutable {
                    edits.push(self.edit(name.start..name.start, "mut ".to_owned()));
                }
                Some(edits)
            }
            Around::Unnamed { stmt, value } => {
                if !self.layout.line_before(stmt.start).trim().is_empty() {
                    return None;
                }
                let indent = self.layout.indent(stmt.start);
                let glue = format!("{}{indent}", self.layout.newline);
                let written = self.text.get(value.clone())?;
                let lines = self.layout.lines(text, indent, name);
                let mut new = format!("let mut {name} = {written};{glue}{lines}");
                let rest = self.text.get(value.end..stmt.end)?;
                let head = self.text.get(stmt.start..value.start)?.trim();
                if matches!(head, "" | "let _ =" | "_ =") && rest.trim() == ";" {
                    return Some(vec![self.edit(stmt, new)]);
                }
                new.push_str(&glue);
                Some(vec![
                    self.edit(stmt.start..stmt.start, new),
                    self.edit(value, name.to_owned()),
                ])
            }
            Around::Discarded { stmt, value } => {
                if !self.layout.line_before(stmt.start).trim().is_empty() {
                    return None;
                }
                let indent = self.layout.indent(stmt.start);
                let deeper = self.layout.deeper(stmt.start);
                let newline = self.layout.newline;
                let written = self.text.get(value)?;
                let lines = self.layout.lines(text, &deeper, name);
                let new = format!(
                    "if let Ok(mut {name}) = {written} {{{newline}{deeper}{lines}{newline}{indent}}}"
                );
                Some(vec![self.edit(stmt, new)])
            }
        }
    }

    /// The statements where they go, named.
    fn statements(&self, to: &To, text: &str, it: &str) -> Option<Edit> {
        let newline = self.layout.newline;
        match to {
            To::Behind(stmt) => {
                if !self.layout.line_before(stmt.start).trim().is_empty() {
                    return None;
                }
                let indent = self.layout.indent(stmt.start);
                let lines = self.layout.lines(text, indent, it);
                Some(self.edit(stmt.end..stmt.end, format!("{newline}{indent}{lines}")))
            }
            To::Into(block) => {
                let deeper = self.layout.deeper(block.start);
                let lines = self.layout.lines(text, &deeper, it);
                let open = block.start + 1;
                let inside = self.text.get(open..block.end.checked_sub(1)?)?;
                let first = inside.trim_start_matches([' ', '\t']);
                if first.starts_with(['\r', '\n']) {
                    return Some(self.edit(open..open, format!("{newline}{deeper}{lines}")));
                }
                // `{ short }` is opened up.
                let inside = inside.trim();
                let tail = if inside.is_empty() {
                    String::new()
                } else {
                    format!("{newline}{deeper}{inside}")
                };
                let closing = self.closing(block.start);
                Some(self.edit(
                    block.clone(),
                    format!("{{{newline}{deeper}{lines}{tail}{closing}"),
                ))
            }
            To::Wrap(body) => {
                let deeper = self.layout.deeper(body.start);
                let lines = self.layout.lines(text, &deeper, it);
                let open = format!("{{{newline}{deeper}{lines}{newline}{deeper}");
                Some(self.edit(body.start..body.start, open))
            }
        }
    }

    /// A line break, the indentation of the line at hand, and a brace.
    fn closing(&self, at: usize) -> String {
        format!("{}{}}}", self.layout.newline, self.layout.indent(at))
    }

    /// Something made before a loop, used in it and settled behind it.
    fn around_loop(&self, change: &Change) -> Option<Vec<Edit>> {
        let Change::AroundLoop {
            path,
            call,
            around,
            endless,
            instead,
            before,
            after,
            each,
        } = change
        else {
            return None;
        };
        let (lo, hi) = (around.lo as usize, around.hi as usize);
        let newline = self.layout.newline;
        // The loop and the call must be statements, each on lines of its own.
        let head = self.layout.line_before(call.lo as usize).trim();
        let rest = self.text.get(call.hi as usize..)?;
        if !self.layout.line_before(lo).trim().is_empty()
            || !(head.is_empty() || head == "let _ =")
            || !rest.starts_with(';')
            || self.slice(*path)?.is_empty()
        {
            return None;
        }
        let indent = self.layout.indent(lo);
        let mut edits = vec![
            self.edit(lo..lo, format!("{before}{newline}{indent}")),
            self.edit(path.lo as usize..path.hi as usize, instead.clone()),
        ];
        if *endless {
            let indent = self.layout.indent(call.lo as usize);
            let end = call.hi as usize + 1;
            let lines = self.layout.lines(each, indent, "");
            edits.push(self.edit(end..end, format!("{newline}{indent}{lines}")));
        }
        if !after.is_empty() {
            let lines = self.layout.lines(after, indent, "");
            edits.push(self.edit(hi..hi, format!("{newline}{indent}{lines}")));
        }
        Some(edits)
    }
}
