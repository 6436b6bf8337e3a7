//! What is known of one place, for people: a paragraph per resource, with aligned columns.

use std::io;

use codespan_reporting::term::termcolor::{ColorSpec, WriteColor};

use super::rows::{
    CallRow, FindingRow, HiddenRow, LeadsTo, PlacedBound, ReadingKind, ResourceRow, Through,
    Verdict, Why,
};
use crate::flow::resource::{Bound, Phase, VersionSource, setting};
use crate::lint::Because;
use crate::report::columns::aligned;
use crate::report::inventory::{From, Place};
use crate::report::table::{at, word};
use crate::report::{Report, Verbosity, escape};

type Rows = Vec<Vec<String>>;

pub(super) fn write(
    report: &Report<'_>,
    why: &Why<'_>,
    out: &mut dyn WriteColor,
) -> io::Result<()> {
    if report.verbosity > Verbosity::Quiet {
        code(report, why, out)?;
    }
    let verbose = report.verbosity == Verbosity::Verbose;
    for resource in &why.resources {
        one(resource, verbose, out)?;
    }
    if !why.findings.is_empty() {
        heading("reported with evidence here", "", out)?;
        aligned(
            &why.findings
                .iter()
                .flat_map(|f| reported(f, true))
                .collect::<Rows>(),
            out,
        )?;
        writeln!(out)?;
    }
    if why.resources.is_empty() {
        nothing(why, out)?;
    }
    if !why.calls.is_empty() && (verbose || why.resources.is_empty()) {
        heading("calls here", "", out)?;
        aligned(&why.calls.iter().map(call).collect::<Rows>(), out)?;
        writeln!(out)?;
    }
    Ok(())
}

/// The lines that are asked about, as they stand in the file.
fn code(report: &Report<'_>, why: &Why<'_>, out: &mut dyn WriteColor) -> io::Result<()> {
    let file = report
        .analysis
        .answer
        .as_ref()
        .and_then(|a| a.place)
        .map(|p| p.file);
    let source = file.and_then(|file| report.analysis.sources.get(file));
    let place = format!("{}:{}", why.file, why.from);
    let column = why.column.map(|c| format!(":{c}")).unwrap_or_default();
    writeln!(out, "--> {}{column}", escape::line(&place))?;
    let width = why.to.to_string().len();
    for line in why.from..=why.to {
        if let Some(source) = source {
            let text = source.line_text(line.saturating_sub(1) as usize);
            writeln!(out, "{line:>width$} | {}", escape::line(text))?;
        }
    }
    writeln!(out)
}

/// A bold word, and more about it.
fn heading(word: &str, more: &str, out: &mut dyn WriteColor) -> io::Result<()> {
    out.set_color(ColorSpec::new().set_bold(true))?;
    write!(out, "{word}")?;
    out.reset()?;
    writeln!(out, "{}", escape::line(more))
}

fn one(row: &ResourceRow<'_>, verbose: bool, out: &mut dyn WriteColor) -> io::Result<()> {
    let version = match row.known_by {
        VersionSource::Lock => "",
        VersionSource::Manifest => ", the newest that the manifest allows",
        VersionSource::Newest => ", the newest known",
    };
    let test = if row.test { ", test code" } else { "" };
    let more = format!(
        ": {} ({} {}{version}) in {}{test}",
        row.path, row.krate, row.version, row.within
    );
    heading(&word(row.kind), &more, out)?;
    let mut rows = Rows::new();
    for through in &row.bounds {
        rows.extend(bounds(through));
    }
    if let Some(outcome) = row.outcome {
        rows.push(vec!["outcome".to_owned(), word(outcome)]);
    }
    if let Some(ends) = row.ends {
        rows.push(vec!["ends".to_owned(), word(ends)]);
    }
    block(&rows, out)?;
    let evidence = row.evidence.iter();
    let evidence = evidence.map(|e| vec![at(&e.place), e.text.clone()]);
    block(&evidence.collect::<Rows>(), out)?;
    let concerned = |verdict: &&Verdict<'_>| match verdict {
        Verdict::Silent(silent) => verbose || silent.because != Because::Unconcerned,
        Verdict::Reported(_) => true,
    };
    let lints = row.lints.iter().filter(concerned);
    block(&lints.flat_map(verdict).collect::<Rows>(), out)
}

/// Rows with an empty line behind them, if there are any.
fn block(rows: &Rows, out: &mut dyn WriteColor) -> io::Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    aligned(rows, out)?;
    writeln!(out)
}

fn bounds(through: &Through<'_>) -> Rows {
    let row = |name: &str, text| vec![name.to_owned(), text];
    let client = through.client.as_ref();
    let client = client.map(|c| row("through", format!("the client built at {}", at(c))));
    let phases = through.phases().into_iter();
    let phases = phases.map(|(phase, bound)| {
        let name = match phase {
            Phase::Connect => "connect",
            Phase::Head => "head",
            Phase::Body => "body",
        };
        row(name, bounded(bound))
    });
    client.into_iter().chain(phases).collect()
}

fn bounded(placed: &PlacedBound<'_>) -> String {
    let bound = &placed.bound;
    let kind = match bound.kind {
        Bound::None if bound.from == From::Set => "switched off",
        Bound::None => "nothing bounds it",
        Bound::Idle => "each read is bounded",
        Bound::Total => "bounded",
        Bound::Conditional => "bounded on some ways",
        Bound::Unknown => "not known",
    };
    let by = bound
        .by
        .map_or_else(String::new, |by| format!(": {}", setting(by)));
    let place = placed.place.as_ref();
    let place = place.map(|p| format!(" at {}", at(p))).unwrap_or_default();
    format!("{kind}{by}{place}")
}

fn verdict(verdict: &Verdict<'_>) -> Rows {
    match verdict {
        Verdict::Reported(finding) => reported(finding, false),
        Verdict::Silent(silent) => {
            let place = silent.place.as_ref();
            let place = place.map(|p| format!(" ({})", at(p))).unwrap_or_default();
            let text = format!("silent: {}{place}", silent.text);
            vec![vec![silent.lint.to_owned(), text]]
        }
    }
}

/// A finding, and on a further row why it is not shown.
fn reported(finding: &FindingRow<'_>, in_full: bool) -> Rows {
    let sure = finding.confidence.as_str();
    let shown = if finding.shown {
        finding.level.as_str().to_owned()
    } else {
        "not shown".to_owned()
    };
    let message = if in_full {
        format!(": {}", finding.message)
    } else {
        String::new()
    };
    let text = format!(
        "reported at {}, {sure} ({shown}){message}",
        at(&finding.place)
    );
    let mut rows = vec![vec![finding.lint.to_owned(), text]];
    if !in_full {
        rows.push(vec![String::new(), finding.message.to_owned()]);
    }
    rows.extend(
        finding
            .hidden
            .as_ref()
            .map(|why| vec![String::new(), hidden(why)]),
    );
    rows
}

fn hidden(why: &HiddenRow<'_>) -> String {
    let place = why.place.as_ref().map(|p| format!(" at {}", at(p)));
    format!("not shown: {}{}", why.text, place.unwrap_or_default())
}

fn call(call: &CallRow<'_>) -> Vec<String> {
    let path = call.path.unwrap_or_default();
    let of = match (call.krate, call.version) {
        (Some(krate), Some(version)) => format!(" ({krate} {version})"),
        _ => String::new(),
    };
    let leads_to = match call.leads_to {
        LeadsTo::Fact => format!("{path}{of}"),
        LeadsTo::Signature => format!("{path}{of}, of which nothing but its signature is known"),
        LeadsTo::Workspace => format!("{path}, of this workspace"),
        LeadsTo::UnknownCrate => format!("{path}, of a crate that is not in the catalogue"),
        LeadsTo::Value => "a closure or function value".to_owned(),
        LeadsTo::Unresolved => "not resolved".to_owned(),
    };
    vec![at(&call.place), format!("`{}`", call.text), leads_to]
}

/// Why nothing is known there.
fn nothing(why: &Why<'_>, out: &mut dyn WriteColor) -> io::Result<()> {
    let text = if why.reading.kind == ReadingKind::Read {
        "it was read, and holds no client, request, response or task, and no evidence of one"
    } else {
        &why.reading.text
    };
    let place = |p: &Place<'_>| format!(" ({})", at(p));
    let place = why.reading.place.as_ref().map(place).unwrap_or_default();
    heading("nothing is known here", &format!(": {text}{place}"), out)?;
    if !why.nearby.is_empty() {
        writeln!(out, "the nearest in this file:")?;
        let near = why.nearby.iter();
        let near = near.map(|n| vec![at(&n.place), word(n.kind), n.path.to_owned()]);
        aligned(&near.collect::<Rows>(), out)?;
    }
    writeln!(out)
}
