//! Which lines changed: findings without any evidence there are somebody else's.

use std::collections::BTreeMap;
use std::ops::Range;

use super::analysis::Analysis;
use crate::finding::{Finding, Label};
use crate::source::{FileId, Span};

/// The changed lines of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lines {
    /// All of them: the file is new.
    All,
    /// These, 0-based, in order.
    Some(Vec<Range<u32>>),
}

impl Lines {
    /// Whether one of the lines from `first` to `last` is among them.
    fn meet(&self, first: u32, last: u32) -> bool {
        match self {
            Lines::All => true,
            Lines::Some(ranges) => ranges
                .iter()
                .any(|range| range.start <= last && first < range.end),
        }
    }
}

/// The changed lines of a run. A file that is not listed did not change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changed(pub BTreeMap<FileId, Lines>);

impl Changed {
    /// Whether any place of a finding's evidence changed: a change may be what made another line wrong.
    pub fn holds(&self, analysis: &Analysis, finding: &Finding) -> bool {
        evidence(finding).any(|label| self.touches(analysis, label.span))
    }

    fn touches(&self, analysis: &Analysis, span: Span) -> bool {
        let Some((lines, source)) = self.0.get(&span.file).zip(analysis.sources.get(span.file))
        else {
            return false;
        };
        // What ends right behind a line break does not reach the next line.
        let last = span.hi.saturating_sub(1).max(span.lo);
        lines.meet(
            source.line_index(span.lo) as u32,
            source.line_index(last) as u32,
        )
    }
}

/// The places of a finding.
pub fn evidence(finding: &Finding) -> impl Iterator<Item = &Label> {
    std::iter::once(&finding.primary).chain(&finding.labels)
}
