//! What is known of one place, and what each lint made of it: as JSON, and for people.

mod evidence;
mod human;
mod rows;

use std::io;

use codespan_reporting::term::termcolor::WriteColor;

use super::inventory::{BoundRow, Place, place};
use super::{Report, json};
use crate::check::asked::{Answer, Reading};
use crate::check::{Unasked, Unshown};
use crate::discover::workspace::TargetKind;
use crate::finding::Finding;
use crate::flow::resource::{
    Bounds, Callee, CrateRef, Kind, Phase, PhaseBound, Resources, Site, Subject, TaskEnds,
};
use crate::source::Span;
use evidence::Evidence;
use rows::{
    CallRow, EvidenceRow, FindingRow, HiddenBy, HiddenRow, LeadsTo, Near, Outcome, PlacedBound,
    ReadingKind, ReadingRow, ResourceRow, SilentRow, Through, Verdict, Why,
};

/// The schema's name; its number changes when a reader of the old one would be misled.
const SCHEMA: &str = "linger.why/1";

/// So many resources elsewhere are named.
const NEARBY: usize = 3;

/// Writes the object and a line break.
pub(super) fn write_json(report: &Report<'_>, out: &mut dyn WriteColor) -> io::Result<()> {
    match collect(report) {
        Some(why) => json::object(&why, out),
        None => Ok(()),
    }
}

/// Writes the text for people.
pub(super) fn write_human(report: &Report<'_>, out: &mut dyn WriteColor) -> io::Result<()> {
    match collect(report) {
        Some(why) => human::write(report, &why, out),
        None => Ok(()),
    }
}

/// Whether a place is asked about. What spans lines stands where it begins.
fn holds(answer: &Answer, at: Span) -> bool {
    let Some(asked) = answer.place.filter(|asked| asked.file == at.file) else {
        return false;
    };
    let begins = asked.lo <= at.lo && at.lo < asked.hi;
    // A column may be in a path whose first segment is elsewhere.
    let touches = asked.lo < at.hi && at.lo < asked.hi;
    begins || answer.ask.column.is_some() && touches
}

fn collect<'a>(report: &Report<'a>) -> Option<Why<'a>> {
    let answer = report.analysis.answer.as_ref()?;
    let ask = &answer.ask;
    let all = &report.analysis.resources;
    let mut resources: Vec<ResourceRow<'a>> = Vec::new();
    let mut subjects: Vec<Subject> = Vec::new();
    for (subject, site) in evidence::subjects(all) {
        let found = evidence::of(all, subject);
        if found.iter().any(|e| holds(answer, e.at)) {
            subjects.push(subject);
            let row = resource(report, answer, subject, site, &found);
            // A file of two targets is analysed in both.
            resources.extend(row.filter(|row| !resources.contains(row)));
        }
    }
    let nearby = if resources.is_empty() {
        nearby(report, answer)
    } else {
        Vec::new()
    };
    Some(Why {
        schema: SCHEMA,
        file: &answer.name,
        from: ask.from,
        to: ask.to,
        column: ask.column,
        reading: reading(report, answer),
        resources,
        findings: findings(report, answer, &subjects),
        calls: calls(report),
        nearby,
    })
}

fn reading<'a>(report: &Report<'a>, answer: &'a Answer) -> ReadingRow<'a> {
    let row = |kind, text: String| ReadingRow {
        kind,
        condition: None,
        place: None,
        text,
    };
    match &answer.reading {
        Reading::Read => row(ReadingKind::Read, "it was read".to_owned()),
        Reading::Off {
            at,
            condition,
            test,
        } => {
            let advice = if *test {
                ": test code is read with `--tests`, or `test-code = true` in the configuration"
            } else {
                ": `--features` and `--target` say by what it is judged"
            };
            ReadingRow {
                condition: Some(condition),
                place: place(report, *at),
                ..row(
                    ReadingKind::Off,
                    format!("it is not in the build, for `cfg({condition})` does not hold{advice}"),
                )
            }
        }
        Reading::Macro(at) => ReadingRow {
            place: place(report, *at),
            ..row(
                ReadingKind::Macro,
                "it is in a macro call whose tokens could not be read as code".to_owned(),
            )
        },
        Reading::Unparsed(fault) => row(
            ReadingKind::Unparsed,
            format!("the file could not be read as Rust: {fault}"),
        ),
        Reading::Undeclared => row(
            ReadingKind::Undeclared,
            "the file is in no crate: no `mod` that was read leads to it".to_owned(),
        ),
        Reading::Unselected { kind, package } => {
            let (what, flag) = match kind {
                TargetKind::Test => ("a test", "--tests"),
                TargetKind::Bench => ("a benchmark", "--benches"),
                TargetKind::Example => ("an example", "--examples"),
                _ => ("a target", "--all-targets"),
            };
            let text = format!(
                "the file is of {what} of the package `{package}`, which is read with `{flag}`"
            );
            row(ReadingKind::Unselected, text)
        }
        Reading::Refused(text) => row(ReadingKind::Refused, text.clone()),
    }
}

fn resource<'a>(
    report: &Report<'a>,
    answer: &Answer,
    subject: Subject,
    site: &'a Site,
    found: &[Evidence],
) -> Option<ResourceRow<'a>> {
    let all = &report.analysis.resources;
    let (krate, outcome, ends) = particulars(all, subject)?;
    let evidence = found.iter().filter_map(|e| {
        Some(EvidenceRow {
            place: place(report, e.at)?,
            what: e.what,
            text: e.text.clone(),
            asked: holds(answer, e.at),
        })
    });
    Some(ResourceRow {
        kind: subject.kind,
        place: place(report, site.name)?,
        path: &site.path,
        krate: &krate.name,
        version: &krate.version,
        known_by: krate.known_by,
        within: &site.within,
        test: site.in_test,
        bounds: through(report, subject),
        outcome,
        ends,
        evidence: evidence.collect(),
        lints: verdicts(report, subject),
    })
}

type Particulars<'a> = (&'a CrateRef, Option<Outcome>, Option<TaskEnds>);

/// Whose a resource is, and how it ended.
fn particulars(all: &Resources, subject: Subject) -> Option<Particulars<'_>> {
    Some(match subject.kind {
        Kind::Client => (&all.clients.get(subject.index)?.krate, None, None),
        Kind::Request => (&all.requests.get(subject.index)?.krate, None, None),
        Kind::Response => {
            let response = all.responses.get(subject.index)?;
            let outcome = Outcome::Response(response.outcome);
            (&response.krate, Some(outcome), None)
        }
        Kind::Task => {
            let task = all.tasks.get(subject.index)?;
            let outcome = Outcome::Task(task.outcome);
            (&task.krate, Some(outcome), Some(task.ends))
        }
    })
}

/// What bounds the phases of a client, or of a request through each client it may go through.
fn through<'a>(report: &Report<'a>, subject: Subject) -> Vec<Through<'a>> {
    let all = &report.analysis.resources;
    match subject.kind {
        Kind::Client => {
            let client = all.clients.get(subject.index).into_iter();
            client.map(|c| bounds(report, &c.bounds, None)).collect()
        }
        Kind::Request => {
            let Some(request) = all.requests.get(subject.index) else {
                return Vec::new();
            };
            let of_clients = request.bounds.iter().enumerate().map(|(at, b)| {
                let client = request.clients.get(at).and_then(|c| all.clients.get(*c));
                bounds(report, b, client.and_then(|c| place(report, c.site.name)))
            });
            of_clients.collect()
        }
        Kind::Response | Kind::Task => Vec::new(),
    }
}

fn bounds<'a>(report: &Report<'a>, bounds: &'a Bounds, client: Option<Place<'a>>) -> Through<'a> {
    let row = |phase| {
        let bound: &'a PhaseBound = bounds.get(phase);
        PlacedBound {
            bound: BoundRow::of(bound),
            place: bound.set_at.and_then(|at| place(report, at)),
        }
    };
    Through {
        client,
        connect: row(Phase::Connect),
        head: row(Phase::Head),
        body: row(Phase::Body),
    }
}

/// What the lints say of a resource, in the order of the lints; one may say several things.
fn verdicts<'a>(report: &Report<'a>, subject: Subject) -> Vec<Verdict<'a>> {
    let mut out: Vec<Verdict<'a>> = Vec::new();
    for lint in report.lints {
        let mut add = |verdict: Verdict<'a>| {
            if !out.contains(&verdict) {
                out.push(verdict);
            }
        };
        let about = |f: &&Finding| f.lint == lint.id && f.about.contains(&subject);
        for finding in everything_found(report).filter(about) {
            finding_row(report, finding)
                .map(Verdict::Reported)
                .map(&mut add);
        }
        let silent = &report.analysis.silent;
        for silent in silent
            .iter()
            .filter(|s| s.lint == lint.id && s.about == subject)
        {
            add(Verdict::Silent(SilentRow {
                lint: silent.lint,
                because: silent.why.because,
                text: &silent.why.text,
                place: silent.why.at.and_then(|at| place(report, at)),
            }));
        }
    }
    out
}

/// What the lints reported, what check added, and what is left out.
fn everything_found<'a>(report: &Report<'a>) -> impl Iterator<Item = &'a Finding> {
    let shown = report.checked.findings.iter().map(|s| &s.finding);
    let hidden = report.checked.hidden.iter().map(|h| &h.finding);
    let found = report.analysis.findings.iter();
    // Check drops one of two equal ones, with the resource it is about, and adds some.
    found.chain(shown).chain(hidden)
}

/// A finding, and whether it is shown.
fn finding_row<'a>(report: &Report<'a>, finding: &'a Finding) -> Option<FindingRow<'a>> {
    let same =
        |other: &Finding| other.lint == finding.lint && other.primary.span == finding.primary.span;
    let shown = report.checked.findings.iter().find(|s| same(&s.finding));
    let hidden = report.checked.hidden.iter().find(|h| same(&h.finding));
    let (level, hidden) = match shown {
        Some(shown) => (shown.level, None),
        None => {
            let hidden = hidden?;
            (hidden.level, Some(hidden_row(report, finding, &hidden.why)))
        }
    };
    Some(FindingRow {
        lint: finding.lint,
        place: place(report, finding.primary.span)?,
        confidence: finding.confidence,
        message: &finding.message,
        level,
        shown: hidden.is_none(),
        hidden,
    })
}

fn hidden_row<'a>(report: &Report<'a>, finding: &Finding, why: &Unshown) -> HiddenRow<'a> {
    let row = |by, text: &str| HiddenRow {
        by,
        text: text.to_owned(),
        place: None,
    };
    match why {
        Unshown::Directive(at) => HiddenRow {
            place: place(report, *at),
            ..row(
                HiddenBy::Directive,
                report.analysis.sources.slice(*at).trim(),
            )
        },
        Unshown::Allowed(origin) => row(HiddenBy::Level, &format!("allowed ({origin})")),
        Unshown::Unasked(Unasked::Excluded) => {
            row(HiddenBy::Exclude, "the configuration excludes its file")
        }
        Unshown::Unasked(Unasked::Package) => row(
            HiddenBy::Package,
            "its package is not selected: `-p` and `--workspace` select it",
        ),
        Unshown::Unasked(Unasked::Target) => row(HiddenBy::Target, "its target is not selected"),
        Unshown::Unasked(Unasked::TestCode) => row(
            HiddenBy::TestCode,
            "it is test code: `--tests` asks for that",
        ),
        Unshown::Unasked(Unasked::Paths) => row(HiddenBy::Paths, "it is not below PATHS"),
        Unshown::Unchanged => row(HiddenBy::Unchanged, "no line of its evidence changed"),
        Unshown::Unsure => {
            let sure = finding.confidence.as_str();
            let text = format!("only {sure}: `--min-confidence {sure}` shows it");
            row(HiddenBy::Confidence, &text)
        }
        Unshown::Baselined => row(HiddenBy::Baseline, "the baseline holds it"),
        Unshown::Generated => row(HiddenBy::Generated, "its file says that it is generated"),
    }
}

/// Findings with a place that is asked about, of nothing that is shown as a resource.
fn findings<'a>(report: &Report<'a>, answer: &Answer, shown: &[Subject]) -> Vec<FindingRow<'a>> {
    let mut out: Vec<FindingRow<'a>> = Vec::new();
    for finding in everything_found(report) {
        let about_shown = finding.about.iter().any(|s| shown.contains(s));
        let mut places = crate::check::changed::evidence(finding);
        if about_shown || !places.any(|label| holds(answer, label.span)) {
            continue;
        }
        let row = finding_row(report, finding);
        out.extend(row.filter(|row| !out.contains(row)));
    }
    out
}

fn calls<'a>(report: &Report<'a>) -> Vec<CallRow<'a>> {
    let asked = report.analysis.resources.asked.iter();
    let rows = asked.filter_map(|call| {
        let row = CallRow {
            place: place(report, call.at)?,
            text: report.analysis.sources.slice(call.at),
            leads_to: LeadsTo::Unresolved,
            path: None,
            krate: None,
            version: None,
            known_by: None,
        };
        Some(match &call.to {
            Callee::Catalogued {
                path,
                krate,
                version,
                known_by,
                fact,
            } => CallRow {
                leads_to: if *fact {
                    LeadsTo::Fact
                } else {
                    LeadsTo::Signature
                },
                path: Some(path),
                krate: Some(krate),
                version: Some(version),
                known_by: Some(*known_by),
                ..row
            },
            Callee::Local(path) => CallRow {
                leads_to: LeadsTo::Workspace,
                path: Some(path),
                ..row
            },
            Callee::External(path) => CallRow {
                leads_to: LeadsTo::UnknownCrate,
                path: Some(path),
                ..row
            },
            Callee::Value => CallRow {
                leads_to: LeadsTo::Value,
                ..row
            },
            Callee::Unresolved => row,
        })
    });
    rows.collect()
}

/// The resources of the file that stand nearest.
fn nearby<'a>(report: &Report<'a>, answer: &Answer) -> Vec<Near<'a>> {
    let Some(asked) = answer.place else {
        return Vec::new();
    };
    let all = evidence::subjects(&report.analysis.resources);
    let mut near: Vec<(u32, Near<'a>)> = all
        .filter(|(_, site)| site.name.file == asked.file)
        .filter_map(|(subject, site)| {
            let place = place(report, site.name)?;
            let (from, to) = (answer.ask.from, answer.ask.to);
            let away = from
                .saturating_sub(place.line)
                .max(place.line.saturating_sub(to));
            let near = Near {
                kind: subject.kind,
                place,
                path: &site.path,
            };
            Some((away, near))
        })
        .collect();
    near.sort_by_key(|(away, near)| (*away, near.place.line, near.place.column));
    near.dedup_by(|b, a| a.1 == b.1);
    near.into_iter()
        .take(NEARBY)
        .map(|(_, near)| near)
        .collect()
}

#[cfg(test)]
mod tests {
    use schemars::generate::SchemaSettings;
    use serde_json::json;

    use super::*;

    #[test]
    fn the_shipped_schema_is_made_from_the_types() {
        let generator = SchemaSettings::draft07().for_serialize().into_generator();
        let mut schema = generator.into_root_schema_for::<Why<'_>>().to_value();
        let name = schema.pointer_mut("/properties/schema");
        *name.expect("the types name the schema") = json!({ "const": SCHEMA });
        let title = schema.get_mut("title");
        *title.expect("a title") = json!(SCHEMA);
        crate::shipped::hold("why.schema.json", &schema);
    }
}
