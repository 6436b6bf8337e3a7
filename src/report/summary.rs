//! The one line that says what was looked at and what came of it.

use std::io::{self, Write};

use super::Report;
use crate::check::Checked;

/// Writes the line.
pub fn write(report: &Report<'_>, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
    writeln!(out, "{}", line(report))
}

/// The line: how many findings in how many files, and what could not be seen.
pub fn line(report: &Report<'_>) -> String {
    let counts = report.analysis.resources.counts;
    let files = number(counts.files, "file", "files");
    let mut out = if !report.checked.findings.is_empty() {
        format!("cargo linger: {} in {files}", findings(report.checked))
    } else if recognised(report) {
        format!("cargo linger: no findings in {files}")
    } else {
        nothing(&files)
    };
    let suppressed = (
        report.checked.suppressed,
        "finding allowed by a directive",
        "findings allowed by directives",
    );
    let known = (
        report.checked.baselined,
        "finding in the baseline",
        "findings in the baseline",
    );
    aside(&mut out, report, &[suppressed, known]);
    out
}

/// The line under an inventory: what was looked at, and what could not be seen.
pub fn seen(report: &Report<'_>) -> String {
    let files = number(report.analysis.resources.counts.files, "file", "files");
    let mut out = if recognised(report) {
        format!("cargo linger: {files}")
    } else {
        nothing(&files)
    };
    aside(&mut out, report, &[]);
    out
}

fn nothing(files: &str) -> String {
    format!(
        "cargo linger: nothing recognised in {files}: no client, request, response or task of a crate it knows"
    )
}

/// Appends what could not be seen, after counts of the caller's.
fn aside(out: &mut String, report: &Report<'_>, first: &[(usize, &str, &str)]) {
    let counts = report.analysis.resources.counts;
    let unseen = [
        (
            counts.unread_macros,
            "macro call not read",
            "macro calls not read",
        ),
        (
            counts.unresolved_calls,
            "call not resolved",
            "calls not resolved",
        ),
        (
            counts.generated,
            "generated file not seen",
            "generated files not seen",
        ),
    ];
    let asides: Vec<String> = first
        .iter()
        .copied()
        .chain(unseen)
        .filter(|(n, ..)| *n > 0)
        .map(|(n, one, many)| number(n, one, many))
        .collect();
    if !asides.is_empty() {
        out.push_str("; ");
        out.push_str(&asides.join(", "));
    }
}

/// Whether any resource was found at all: without one, silence says nothing about the code.
fn recognised(report: &Report<'_>) -> bool {
    let found = &report.analysis.resources;
    !(found.clients.is_empty()
        && found.requests.is_empty()
        && found.responses.is_empty()
        && found.tasks.is_empty())
}

fn findings(checked: &Checked) -> String {
    let all = number(checked.findings.len(), "finding", "findings");
    let warnings = number(checked.warnings, "warning", "warnings");
    let errors = number(checked.errors, "error", "errors");
    match (checked.warnings, checked.errors) {
        (_, 0) => format!("{all} ({warnings})"),
        (0, _) => format!("{all} ({errors})"),
        _ => format!("{all} ({warnings}, {errors})"),
    }
}

/// A count with the right form of its noun.
pub(crate) fn number(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}
