//! Where findings stand, as the formats for forges and dashboards write it: file, lines, columns, and the words in full.

use std::path::Path;

use super::{Report, escape};
use crate::check::Shown;
use crate::finding::{Finding, Label};
use crate::source::{LineColumn, SourceFile, Sources, Span};

/// The unit a format counts columns in.
pub(super) type Unit = fn(&SourceFile, u32) -> LineColumn;

/// A finding with its place worked out.
#[derive(Debug)]
pub(super) struct Located<'a> {
    pub(super) shown: &'a Shown,
    pub(super) file: String,
    pub(super) start: LineColumn,
    pub(super) end: LineColumn,
}

impl<'a> Located<'a> {
    pub(super) fn finding(&self) -> &'a Finding {
        &self.shown.finding
    }

    /// `linger::<id>`, as in every format.
    pub(super) fn code(&self) -> String {
        code(self.shown.finding.lint)
    }

    /// The message on one line, with nothing in it that acts.
    pub(super) fn message(&self) -> String {
        escape::line(&self.shown.finding.message).into_owned()
    }

    /// The message, then notes and helps, a line each.
    pub(super) fn in_full(&self) -> String {
        in_full(self.finding())
    }
}

/// `linger::<id>`.
pub(super) fn code(lint: &str) -> String {
    format!("linger::{lint}")
}

/// The message, then notes and helps, a line each.
pub(super) fn in_full(finding: &Finding) -> String {
    let mut out = escape::line(&finding.message).into_owned();
    let further = [("note", &finding.notes), ("help", &finding.helps)];
    for (kind, texts) in further {
        for text in texts {
            out.push_str(&format!("\n{kind}: {}", escape::lines(text)));
        }
    }
    out
}

/// How a format names files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum From {
    /// From the root of the workspace, as the compiler does.
    Workspace,
    /// From the root of the repository, as a forge does.
    Repository,
}

/// All findings with their places. One whose file is not of this run keeps an empty name.
pub(super) fn all<'a>(report: &Report<'a>, from: From, unit: Unit) -> Vec<Located<'a>> {
    let findings = report.checked.findings.iter();
    findings
        .map(|shown| {
            let span = shown.finding.primary.span;
            let nowhere = || {
                let start = LineColumn { line: 1, column: 1 };
                (String::new(), start, start)
            };
            let (file, start, end) = locate(report, span, from, unit).unwrap_or_else(nowhere);
            Located {
                shown,
                file,
                start,
                end,
            }
        })
        .collect()
}

/// File, start and end of a span.
pub(super) fn locate(
    report: &Report<'_>,
    span: Span,
    from: From,
    unit: Unit,
) -> Option<(String, LineColumn, LineColumn)> {
    let source = report.analysis.sources.get(span.file)?;
    let last = source.text.len() as u32;
    let (lo, hi) = (span.lo.min(last), span.hi.min(last));
    let file = match from {
        From::Workspace => source.name.clone(),
        From::Repository => joined(report.prefix, &source.name),
    };
    Some((
        escape::line(&file).into_owned(),
        unit(source, lo),
        unit(source, hi),
    ))
}

/// The further places of a finding that are of this run.
pub(super) fn evidence<'a>(
    report: &'a Report<'_>,
    finding: &'a Finding,
) -> impl Iterator<Item = &'a Label> {
    let known = |label: &&Label| report.analysis.sources.get(label.span.file).is_some();
    finding.labels.iter().filter(known)
}

/// The folder of the workspace inside its repository, with a `/` behind it; empty where they are the same, or where
/// there is no repository. Forges show findings by paths from there.
pub fn prefix(root: &Path, sources: &dyn Sources) -> String {
    let mut prefix = String::new();
    for folder in root.ancestors() {
        // A worktree and a submodule have a file there.
        let git = folder.join(".git");
        if sources.is_dir(&git) || sources.is_file(&git) {
            return prefix;
        }
        let Some(name) = folder.file_name() else {
            break;
        };
        prefix = format!("{}/{prefix}", name.to_string_lossy());
    }
    String::new()
}

/// A name behind a prefix; `..` in it takes back parts of the prefix.
fn joined(prefix: &str, name: &str) -> String {
    let mut parts: Vec<&str> = prefix.split('/').filter(|part| !part.is_empty()).collect();
    for part in name.split('/') {
        if part == ".." && parts.last().is_some_and(|last| *last != "..") {
            parts.pop();
        } else {
            parts.push(part);
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::discover::Memory;

    #[test]
    fn names_count_from_the_repository() {
        let memory = Memory::new([("/r/.git", "gitdir: elsewhere"), ("/r/a/b/Cargo.toml", "")]);
        assert_eq!(prefix(Path::new("/r/a/b"), &memory), "a/b/");
        assert_eq!(prefix(Path::new("/r"), &memory), "");
        assert_eq!(prefix(Path::new("/other/c"), &memory), "");
        assert_eq!(joined("a/b/", "src/x.rs"), "a/b/src/x.rs");
        assert_eq!(joined("a/b/", "../c/x.rs"), "a/c/x.rs");
        assert_eq!(joined("", "../c/x.rs"), "../c/x.rs");
    }
}
