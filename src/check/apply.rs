//! Applies directives to findings, and says which directives are wrong or do nothing.

use super::analysis::Analysis;
use super::levels;
use super::place::Place;
use super::suppress::{Directive, DirectiveKind, Fault};
use super::{Hidden, Policy, Unshown};
use crate::finding::{Confidence, Finding};
use crate::lint::{Cx, Level, Lint, Said};
use crate::lints;
use crate::remedy::{Applicability, Change, Edit, Remedy};
use crate::source::{FileId, Span};

/// The findings no directive silences, those about the directives themselves among them; and those one does.
pub(super) fn directives(
    analysis: &Analysis,
    policy: &Policy<'_>,
    suppressed: &mut usize,
) -> (Vec<Finding>, Vec<Hidden>) {
    let mut directives: Vec<&Directive> = analysis.directives.iter().collect();
    directives.sort_by_key(|directive| directive.span);
    directives.dedup();
    let mut run = Run {
        analysis,
        policy,
        directives,
        used: Vec::new(),
        silenced: Vec::new(),
    };
    run.used = run
        .directives
        .iter()
        .map(|directive| vec![false; directive.ids.len()])
        .collect();

    let mut kept = run.silence(analysis.findings.clone(), suppressed);
    // A file that was not understood may hold what its directives are there for.
    let unparsed: Vec<FileId> = kept
        .iter()
        .filter(|f| f.lint == lints::unparsed_file::LINT.id)
        .map(|f| f.primary.span.file)
        .collect();
    // Findings about directives can be silenced by directives; whether those were needed is known only after.
    let first = run.complaints(&unparsed, Stage::Code);
    kept.extend(run.silence(first, suppressed));
    kept.extend(run.complaints(&unparsed, Stage::Own));
    (kept, run.silenced)
}

/// Which directives are judged: those about code, or those about directives.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Code,
    Own,
}

struct Run<'a> {
    analysis: &'a Analysis,
    policy: &'a Policy<'a>,
    directives: Vec<&'a Directive>,
    /// Per directive, per id: whether it silenced something.
    used: Vec<Vec<bool>>,
    silenced: Vec<Hidden>,
}

impl Run<'_> {
    /// The findings that no directive covers. What a directive covers is used, shown or not: whether tests are asked
    /// for or how sure a finding must be changes from run to run, and no directive should come and go with it.
    fn silence(&mut self, findings: Vec<Finding>, suppressed: &mut usize) -> Vec<Finding> {
        let analysis = self.analysis;
        let mut kept = Vec::new();
        for finding in findings {
            let level = self.policy.level_of(analysis, &finding);
            let covered = self.cover(&finding);
            if let Some(by) = covered.filter(|_| level != Level::Forbid) {
                let seen =
                    level != Level::Allow && finding.confidence >= self.policy.min_confidence;
                *suppressed += usize::from(seen && self.policy.scope.holds(analysis, &finding));
                self.silenced.push(Hidden {
                    finding,
                    level,
                    why: Unshown::Directive(by),
                });
            } else {
                kept.push(finding);
            }
        }
        kept
    }

    /// The directive that covers the finding, if one does, at its place or, all together, at the places that make it;
    /// marks all that do.
    fn cover(&mut self, finding: &Finding) -> Option<Span> {
        let at_place = self.covers(finding.lint, finding.primary.span);
        let at_sites: Vec<Option<Span>> = finding
            .sites
            .iter()
            .map(|site| self.covers(finding.lint, *site))
            .collect();
        let all_sites: Option<Vec<Span>> = at_sites.into_iter().collect();
        at_place.or_else(|| all_sites?.first().copied())
    }

    /// The first directive for this lint that holds at this place; marks all that do.
    fn covers(&mut self, lint: &str, place: Span) -> Option<Span> {
        let mut covered = None;
        for (directive, used) in self.directives.iter().zip(&mut self.used) {
            let scope = directive.scope;
            let here = scope.file == place.file
                && scope.lo <= place.lo
                && place.lo < scope.hi.max(scope.lo + 1);
            if !here || directive.fault.is_some() {
                continue;
            }
            for ((id, _), used) in directive.ids.iter().zip(used) {
                if levels::normalize(id) == lint {
                    *used = true;
                    covered = covered.or(Some(directive.span));
                }
            }
        }
        covered
    }

    fn complaints(&self, unparsed: &[FileId], stage: Stage) -> Vec<Finding> {
        let mut out = Said::default();
        for (directive, used) in self.directives.iter().zip(&self.used) {
            if let Some(fault) = directive.fault {
                if stage == Stage::Code {
                    faulty(directive, fault, &mut out);
                }
                continue;
            }
            for ((id, at), used) in directive.ids.iter().zip(used) {
                match levels::find(self.policy.lints, id) {
                    Some(lint)
                        if stage_of(lint) == stage && !unparsed.contains(&directive.span.file) =>
                    {
                        self.judge(directive, lint, *at, *used, &mut out);
                    }
                    None if stage == Stage::Code => unknown(self.policy.lints, id, *at, &mut out),
                    _ => {}
                }
            }
        }
        out.findings
    }

    /// Says so if a directive did nothing for a lint that ran.
    fn judge(
        &self,
        directive: &Directive,
        lint: &'static Lint,
        at: Span,
        used: bool,
        out: &mut Said,
    ) {
        let place = Place::new(self.analysis, directive.span.file, None);
        let (id, kind, level) = (
            lint.id,
            directive.kind.as_str(),
            self.policy.levels.at(lint.id, &place),
        );
        let mut cx = Cx::new(&lints::unused_allow::LINT, out);
        if used && level == Level::Forbid {
            drop(
                cx.report(
                    at,
                    Confidence::Certain,
                    format!("`{id}` is forbidden, so this `{kind}` silences nothing"),
                )
                .help(format!(
                    "mend what `{id}` reports, or set the lint to `deny` where it is forbidden"
                )),
            );
        } else if !used && level != Level::Allow {
            let report = match directive.kind {
                DirectiveKind::Allow => cx.report(
                    at,
                    Confidence::Certain,
                    format!("this `allow` silences nothing: no `{id}` is found here"),
                ),
                DirectiveKind::Expect => cx.report(
                    at,
                    Confidence::Certain,
                    format!("`{id}` was expected here and is not found"),
                ),
            };
            drop(
                report
                    .here(format!("no `{id}` where this holds"))
                    .remedies(removal(directive, at))
                    .help(format!("remove `{id}` from the directive")),
            );
        }
    }
}

/// Takes one id out of a directive; the last one takes the comment along.
fn removal(directive: &Directive, at: Span) -> Option<Remedy> {
    let places: Vec<Span> = directive.ids.iter().map(|(_, at)| *at).collect();
    let index = places.iter().position(|p| *p == at)?;
    let neighbour = |i: usize| places.get(i).copied();
    let change = match (
        index.checked_sub(1).and_then(neighbour),
        neighbour(index + 1),
    ) {
        (None, None) => Change::Remove(directive.span),
        (_, Some(next)) => cut(Span::new(at.file, at.lo, next.lo)),
        (Some(before), None) => cut(Span::new(at.file, before.hi, at.hi)),
    };
    Some(Remedy {
        message: "remove what silences nothing".to_owned(),
        applicability: match directive.kind {
            DirectiveKind::Allow => Applicability::MachineApplicable,
            // What was expected may have gone by mistake.
            DirectiveKind::Expect => Applicability::MaybeIncorrect,
        },
        change,
    })
}

fn cut(span: Span) -> Change {
    Change::Edits(vec![Edit {
        span,
        text: String::new(),
    }])
}

fn stage_of(lint: &Lint) -> Stage {
    let own = [lints::unused_allow::LINT.id, lints::unknown_lint::LINT.id];
    if own.contains(&lint.id) {
        Stage::Own
    } else {
        Stage::Code
    }
}

fn faulty(directive: &Directive, fault: Fault, out: &mut Said) {
    let kind = directive.kind.as_str();
    let (message, here, advice) = match fault {
        Fault::NoReason => (
            format!("this `{kind}` needs a reason, and is not followed"),
            "no reason given",
            "say why",
        ),
        Fault::Malformed => (
            "this comment cannot be read as a directive".to_owned(),
            "not followed",
            "the form is",
        ),
    };
    let mut cx = Cx::new(&lints::unused_allow::LINT, out);
    let report = cx
        .report(directive.span, Confidence::Certain, message)
        .here(here);
    drop(report.help(format!("{advice}: `// linger: {kind}(<lint>): <reason>`")));
}

fn unknown(known: &[&'static Lint], id: &str, at: Span, out: &mut Said) {
    let mut cx = Cx::new(&lints::unknown_lint::LINT, out);
    let name = levels::normalize(id);
    if levels::is_group(&name) {
        let message = format!("`{id}` is a group: a directive names each lint it silences");
        let report = cx
            .report(at, Confidence::Certain, message)
            .here("not a lint");
        drop(report.help("`cargo linger list` shows which lints are in it"));
        return;
    }
    let report = cx
        .report(at, Confidence::Certain, format!("no lint is named `{id}`"))
        .here("unknown lint");
    drop(
        match levels::nearest(&name, known.iter().map(|lint| lint.id)) {
            Some(nearest) => report.help(format!("did you mean `{nearest}`?")),
            None => report.help("`cargo linger list` shows all lints"),
        },
    );
}
