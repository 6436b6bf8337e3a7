//! What is shown of what was found, and how seriously: levels, suppressions, scope, confidence, order.

pub mod analysis;
mod apply;
pub mod asked;
pub mod baseline;
pub mod changed;
mod extent;
pub mod fingerprint;
pub mod glob;
pub mod levels;
pub mod place;
mod scope;
pub mod suppress;

use std::collections::BTreeSet;

use analysis::Analysis;
use baseline::{Baseline, Left};
use changed::Changed;
use levels::{Levels, Origin};
use place::Place;
pub use scope::{Scope, Unasked};

use crate::finding::{Confidence, Finding, Suggestion};
use crate::lint::{Level, Lint};
use crate::source::Span;

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
        self.explained(analysis, finding).0
    }

    /// The level of a finding where it stands, and who says so.
    pub fn explained(&self, analysis: &Analysis, finding: &Finding) -> (Level, Origin) {
        let place = Place::new(analysis, finding.primary.span.file, Some(finding.in_test));
        self.levels.explained_at(finding.lint, &place)
    }
}

/// A finding that is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The finding.
    pub finding: Finding,
    /// Its level in this run: never `allow`.
    pub level: Level,
    /// Its remedies as bytes, once [`crate::fix`] has found their places.
    pub suggestions: Vec<Suggestion>,
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

/// A finding that is not shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hidden {
    /// The finding.
    pub finding: Finding,
    /// Its level in this run.
    pub level: Level,
    /// Why it is not shown.
    pub why: Unshown,
}

/// Why a finding is not shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unshown {
    /// A directive silences it: this comment.
    Directive(Span),
    /// Its lint is allowed there, by this.
    Allowed(Origin),
    /// It stands where nothing is asked for.
    Unasked(Unasked),
    /// None of its lines changed.
    Unchanged,
    /// It is not sure enough.
    Unsure,
    /// The baseline holds it.
    Baselined,
    /// It stands in a file that says it is generated.
    Generated,
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
    /// How many the baseline holds.
    pub baselined: usize,
    /// What is not shown.
    pub hidden: Vec<Hidden>,
}

impl Checked {
    /// Whether nothing is at deny level.
    pub fn passes(&self) -> bool {
        self.errors == 0
    }
}

/// What is known beforehand: findings in the baseline and lines that did not change are not shown.
#[derive(Debug, Clone, Copy, Default)]
pub struct Known<'a> {
    /// `--baseline`.
    pub baseline: Option<&'a Baseline>,
    /// `--since` and `--staged`.
    pub changed: Option<&'a Changed>,
}

/// Decides over all findings of a run.
pub fn check(analysis: &Analysis, policy: &Policy<'_>) -> Checked {
    check_with(analysis, policy, &Known::default()).0
}

/// Decides over all findings of a run, and says what of the baseline matched nothing.
pub fn check_with(analysis: &Analysis, policy: &Policy<'_>, known: &Known<'_>) -> (Checked, Left) {
    let mut out = Checked::default();
    let (kept, silenced) = apply::directives(analysis, policy, &mut out.suppressed);
    let (mut asked, mut hidden) = (Vec::new(), Vec::new());
    for finding in kept {
        let (level, origin) = policy.explained(analysis, &finding);
        let changed = known
            .changed
            .is_none_or(|changed| changed.holds(analysis, &finding));
        let why = if level == Level::Allow {
            Some(Unshown::Allowed(origin))
        } else if let Some(unasked) = policy.scope.unasked(analysis, &finding) {
            Some(Unshown::Unasked(unasked))
        } else if !changed {
            Some(Unshown::Unchanged)
        } else if finding.confidence < policy.min_confidence {
            out.unsure += 1;
            Some(Unshown::Unsure)
        } else {
            None
        };
        if let Some(why) = why {
            hidden.push(Hidden {
                finding,
                level,
                why,
            });
        } else {
            asked.push(Shown {
                finding,
                level,
                suggestions: Vec::new(),
            });
        }
    }
    order(analysis, &mut asked, |shown: &Shown| &shown.finding);
    order(analysis, &mut hidden, |hidden: &Hidden| &hidden.finding);
    let mut baseline = known.baseline.cloned().unwrap_or_default();
    if !baseline.is_empty() {
        let sites: BTreeSet<_> = asked.iter().map(|s| key(analysis, &s.finding)).collect();
        // Of equal findings, those nobody asks about are the known ones first: the new one may be asked about.
        let elsewhere = |h: &&Hidden| !sites.contains(&key(analysis, &h.finding));
        for hidden in hidden.iter().filter(elsewhere) {
            baseline.take(analysis, &hidden.finding);
        }
    }
    for shown in asked {
        if baseline.take(analysis, &shown.finding) {
            out.baselined += 1;
            hidden.push(Hidden {
                finding: shown.finding,
                level: shown.level,
                why: Unshown::Baselined,
            });
        } else {
            out.findings.push(shown);
        }
    }
    out.hidden = hidden;
    out.hidden.extend(silenced);
    let generated = analysis.generated.iter();
    out.hidden.extend(generated.map(|finding| Hidden {
        finding: finding.clone(),
        level: policy.level_of(analysis, finding),
        why: Unshown::Generated,
    }));
    out.errors = out.findings.iter().filter(|shown| shown.fails()).count();
    out.warnings = out.findings.len() - out.errors;
    let left = baseline.left(analysis, policy.scope.tests());
    (out, left)
}

/// Sorts by file name, place and lint, and drops repeats: a file of two targets is analysed in both, and one site is one
/// finding of a lint. The surest stays.
fn order<T>(analysis: &Analysis, all: &mut Vec<T>, finding: impl Fn(&T) -> &Finding) {
    all.sort_by(|a, b| {
        let (a, b) = (finding(a), finding(b));
        key(analysis, a)
            .cmp(&key(analysis, b))
            .then(b.confidence.cmp(&a.confidence))
            .then_with(|| a.message.cmp(&b.message))
    });
    all.dedup_by(|b, a| key(analysis, finding(a)) == key(analysis, finding(b)));
}

fn key<'a>(analysis: &'a Analysis, finding: &Finding) -> (&'a str, u32, u32, &'static str) {
    let span = finding.primary.span;
    let name = analysis
        .sources
        .get(span.file)
        .map_or("", |file| file.name.as_str());
    (name, span.lo, span.hi, finding.lint)
}
