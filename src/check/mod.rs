//! What is shown of what was found, and how seriously: levels, suppressions, scope, confidence, order.

pub mod analysis;
mod apply;
mod extent;
pub mod fingerprint;
pub mod glob;
pub mod levels;
pub mod place;
mod scope;
pub mod suppress;

use analysis::Analysis;
use levels::Levels;
use place::Place;
pub use scope::Scope;

use crate::finding::{Confidence, Finding};
use crate::lint::{Level, Lint};

/// What decides over a finding, besides the directives in the code.
#[derive(Debug)]
pub struct Policy<'a> {
    /// All lints there are.
    pub lints: &'a [&'static Lint],
    /// What is done about each.
    pub levels: &'a Levels,
    /// Findings less sure than this are not shown.
    pub min_confidence: Confidence,
    /// Where findings are asked for.
    pub scope: &'a Scope,
}

impl Policy<'_> {
    /// The level of a finding where it stands.
    fn level_of(&self, analysis: &Analysis, finding: &Finding) -> Level {
        let place = Place::new(analysis, finding.primary.span.file, Some(finding.in_test));
        self.levels.at(finding.lint, &place)
    }
}

/// A finding that is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The finding.
    pub finding: Finding,
    /// Its level in this run: never `allow`.
    pub level: Level,
}

impl Shown {
    /// Whether it makes the run fail.
    pub fn fails(&self) -> bool {
        self.level >= Level::Deny
    }

    /// The compiler's word for its level.
    pub fn severity(&self) -> &'static str {
        if self.fails() { "error" } else { "warning" }
    }
}

/// The findings of a run, decided and in order, with counts for the summary.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checked {
    /// What is shown, by file name, place and lint.
    pub findings: Vec<Shown>,
    /// How many of them are warnings.
    pub warnings: usize,
    /// How many of them are errors.
    pub errors: usize,
    /// How many a directive silenced.
    pub suppressed: usize,
    /// How many were not sure enough.
    pub unsure: usize,
}

impl Checked {
    /// Whether nothing is at deny level.
    pub fn passes(&self) -> bool {
        self.errors == 0
    }
}

/// Decides over all findings of a run.
pub fn check(analysis: &Analysis, policy: &Policy<'_>) -> Checked {
    let mut out = Checked::default();
    let kept = apply::directives(analysis, policy, &mut out.suppressed);
    for finding in kept {
        let level = policy.level_of(analysis, &finding);
        if level == Level::Allow || !policy.scope.holds(analysis, &finding) {
            continue;
        }
        if finding.confidence < policy.min_confidence {
            out.unsure += 1;
            continue;
        }
        out.findings.push(Shown { finding, level });
    }
    order(analysis, &mut out.findings);
    out.errors = out.findings.iter().filter(|shown| shown.fails()).count();
    out.warnings = out.findings.len() - out.errors;
    out
}

/// Sorts by file name, place and lint, and drops repeats: a file of two targets is analysed in both, and one site is one
/// finding of a lint. The surest stays.
fn order(analysis: &Analysis, findings: &mut Vec<Shown>) {
    findings.sort_by(|a, b| {
        key(analysis, &a.finding)
            .cmp(&key(analysis, &b.finding))
            .then(b.finding.confidence.cmp(&a.finding.confidence))
            .then_with(|| a.finding.message.cmp(&b.finding.message))
    });
    findings.dedup_by(|b, a| key(analysis, &a.finding) == key(analysis, &b.finding));
}

fn key<'a>(analysis: &'a Analysis, finding: &Finding) -> (&'a str, u32, u32, &'static str) {
    let span = finding.primary.span;
    let name = analysis
        .sources
        .get(span.file)
        .map_or("", |file| file.name.as_str());
    (name, span.lo, span.hi, finding.lint)
}
