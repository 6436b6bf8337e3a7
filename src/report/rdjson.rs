//! Reviewdog's own format: one object, with ranges whose columns count bytes.

use std::io;

use codespan_reporting::term::termcolor::WriteColor;
use serde::Serialize;

use super::place::{self, From};
use super::{Report, json, pages};
use crate::source::{LineColumn, SourceFile};

#[derive(Serialize)]
struct DiagnosticResult {
    source: Source,
    diagnostics: Vec<Diagnostic>,
}

#[derive(Serialize)]
struct Source {
    name: &'static str,
}

#[derive(Serialize)]
struct Diagnostic {
    message: String,
    location: Location,
    severity: &'static str,
    code: Code,
}

#[derive(Serialize)]
struct Location {
    path: String,
    range: Range,
}

#[derive(Serialize)]
struct Range {
    start: Position,
    end: Position,
}

#[derive(Serialize)]
struct Position {
    line: u32,
    column: u32,
}

#[derive(Serialize)]
struct Code {
    value: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
}

/// Writes the object.
pub fn write(report: &Report<'_>, out: &mut dyn WriteColor) -> io::Result<()> {
    let found = place::all(report, From::Workspace, SourceFile::byte_position);
    let diagnostics = found.into_iter().map(|at| Diagnostic {
        message: at.in_full(),
        severity: if at.shown.fails() { "ERROR" } else { "WARNING" },
        code: Code {
            value: at.code(),
            url: pages::of(at.finding().lint),
        },
        location: Location {
            range: Range {
                start: position(at.start),
                end: position(at.end),
            },
            path: at.file,
        },
    });
    let result = DiagnosticResult {
        source: Source {
            name: "cargo-linger",
        },
        diagnostics: diagnostics.collect(),
    };
    json::object(&result, out)
}

fn position(at: LineColumn) -> Position {
    Position {
        line: at.line,
        column: at.column,
    }
}
