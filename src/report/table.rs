//! The inventory for people: a table per kind, with aligned columns.

use std::io;

use codespan_reporting::term::termcolor::{ColorSpec, WriteColor};
use serde::Serialize;

use super::columns::aligned;
use super::inventory::{self, BoundsRow, Inventory, Place};
use super::{Report, Verbosity, summary};

/// Writes all tables that have rows.
pub(super) fn write(report: &Report<'_>, out: &mut dyn WriteColor) -> io::Result<()> {
    let all = inventory::collect(report);
    let mut tables = tables(&all);
    if report.verbosity > Verbosity::Normal {
        let calls = all.calls.iter();
        let calls = calls.map(|row| vec![at(&row.place), row.path.to_owned()]);
        tables.push(("calls", calls.collect()));
    }
    for (title, rows) in tables {
        if rows.is_empty() {
            continue;
        }
        out.set_color(ColorSpec::new().set_bold(true))?;
        write!(out, "{title} ({})", rows.len())?;
        out.reset()?;
        writeln!(out)?;
        aligned(&rows, out)?;
        writeln!(out)?;
    }
    if report.verbosity > Verbosity::Quiet {
        writeln!(out, "{}", summary::seen(report))?;
    }
    Ok(())
}

fn tables(all: &Inventory<'_>) -> Vec<(&'static str, Vec<Vec<String>>)> {
    let clients = all.clients.iter().map(|row| {
        let mut cells = vec![
            at(&row.place),
            row.path.to_owned(),
            format!("{} {}", row.krate, row.version),
        ];
        cells.extend(bounds(&row.bounds));
        cells.push(format!("in {}", row.built_in));
        cells
    });
    let requests = all.requests.iter().map(|row| {
        let mut cells = vec![at(&row.place), row.path.to_owned()];
        cells.extend(bounds(&row.bounds));
        cells
    });
    let responses = all.responses.iter().map(|row| {
        vec![
            at(&row.place),
            row.path.to_owned(),
            word(row.outcome),
            format!("body {}", word(row.body)),
        ]
    });
    let tasks = all.tasks.iter().map(|row| {
        vec![
            at(&row.place),
            row.path.to_owned(),
            word(row.outcome),
            format!("ends {}", word(row.ends)),
        ]
    });
    vec![
        ("clients", clients.collect()),
        ("requests", requests.collect()),
        ("responses", responses.collect()),
        ("tasks", tasks.collect()),
    ]
}

pub(super) fn at(place: &Place<'_>) -> String {
    format!("{}:{}:{}", place.file, place.line, place.column)
}

fn bounds(row: &BoundsRow<'_>) -> [String; 3] {
    let cell = |phase: &str, kind| format!("{phase} {}", word(kind));
    [
        cell("connect", row.connect.kind),
        cell("head", row.head.kind),
        cell("body", row.body.kind),
    ]
}

/// A closed enum's word, the same as in the JSON.
pub(super) fn word(value: impl Serialize) -> String {
    serde_json::to_value(value)
        .ok()
        .and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_default()
}
