//! A code quality report of GitLab: one array, shown in merge requests.

use std::io;

use codespan_reporting::term::termcolor::WriteColor;
use serde::Serialize;

use super::place::{self, From};
use super::{Report, json};
use crate::check::fingerprint::fingerprints;
use crate::source::SourceFile;

#[derive(Serialize)]
struct Issue {
    description: String,
    check_name: String,
    /// GitLab tells new findings from old ones by this.
    fingerprint: String,
    severity: &'static str,
    location: Location,
}

#[derive(Serialize)]
struct Location {
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: u32,
    end: u32,
}

/// Writes the array.
pub fn write(report: &Report<'_>, out: &mut dyn WriteColor) -> io::Result<()> {
    let names = fingerprints(report.analysis, &report.checked.findings);
    let found = place::all(report, From::Repository, SourceFile::position);
    let issues: Vec<Issue> = found
        .into_iter()
        .zip(names)
        .map(|(at, fingerprint)| Issue {
            // The report has one line for it, and no place for notes.
            description: at.message(),
            check_name: at.code(),
            fingerprint,
            severity: if at.shown.fails() { "major" } else { "minor" },
            location: Location {
                lines: Lines {
                    begin: at.start.line,
                    end: at.end.line,
                },
                path: at.file,
            },
        })
        .collect();
    json::object(&issues, out)
}
