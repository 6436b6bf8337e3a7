//! Where findings are asked for: packages, targets, test code, PATHS.

use std::collections::{BTreeSet, HashSet};
use std::path::{Component, Path, PathBuf};

use super::analysis::Analysis;
use crate::discover::workspace::TargetKind;
use crate::finding::Finding;
use crate::source::{FileId, Span};

/// Where findings are asked for. Discover has marked packages and targets; the rest is decided here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope {
    cwd: PathBuf,
    paths: BTreeSet<PathBuf>,
    tests: bool,
}

impl Scope {
    /// Findings below `paths` (all, if there are none), in test code too if `tests`. Relative paths are meant from
    /// `cwd`.
    pub fn new(cwd: &Path, paths: &[PathBuf], tests: bool) -> Self {
        let paths = paths.iter().map(|path| absolute(cwd, path)).collect();
        Scope {
            cwd: cwd.to_owned(),
            paths,
            tests,
        }
    }

    /// Whether a finding is asked for: its own place by package, target and test code, and any place of its evidence
    /// by PATHS, for a change may be what made another line wrong.
    pub fn holds(&self, analysis: &Analysis, finding: &Finding) -> bool {
        self.holds_code(analysis, finding.primary.span, finding.in_test)
            && std::iter::once(&finding.primary)
                .chain(&finding.labels)
                .any(|label| self.holds_path(analysis, label.span.file))
    }

    /// Whether a place is asked for, by package, target, test code and PATHS.
    pub fn holds_place(&self, analysis: &Analysis, span: Span, in_test: bool) -> bool {
        self.holds_code(analysis, span, in_test) && self.holds_path(analysis, span.file)
    }

    fn holds_code(&self, analysis: &Analysis, span: Span, in_test: bool) -> bool {
        let mut owners = analysis.owners_of(span.file).peekable();
        if owners.peek().is_none() {
            return self.tests || !in_test;
        }
        owners.any(|(package, target)| {
            // A test, bench or example that was asked for is test code from its first line to its last.
            let all_test = matches!(
                target.kind,
                TargetKind::Test | TargetKind::Bench | TargetKind::Example
            );
            package.selected && target.selected && (self.tests || all_test || !in_test)
        })
    }

    fn holds_path(&self, analysis: &Analysis, file: FileId) -> bool {
        self.paths.is_empty()
            || analysis.sources.get(file).is_some_and(|source| {
                let path = absolute(&self.cwd, &source.path);
                path.ancestors().any(|folder| self.paths.contains(folder))
            })
    }

    /// The PATHS below which no file was read.
    pub fn missed(&self, analysis: &Analysis) -> Vec<&Path> {
        if self.paths.is_empty() {
            return Vec::new();
        }
        let mut read: HashSet<PathBuf> = HashSet::new();
        for (_, source) in analysis.sources.iter() {
            let path = absolute(&self.cwd, &source.path);
            for folder in path.ancestors() {
                if !read.insert(folder.to_owned()) {
                    break;
                }
            }
        }
        self.paths
            .iter()
            .map(PathBuf::as_path)
            .filter(|asked| !read.contains(*asked))
            .collect()
    }

    /// Whether no more than these paths are asked for.
    pub fn is_all_of(&self, paths: usize) -> bool {
        paths > 0 && paths == self.paths.len()
    }
}

/// The absolute form of a path by its text alone: `.` and `..` resolved, links not followed.
fn absolute(cwd: &Path, path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in cwd.join(path).components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                out.pop();
            }
            part => out.push(part),
        }
    }
    out
}
