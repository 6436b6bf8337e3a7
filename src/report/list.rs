//! The lints themselves: the table of all, and one lint's page.

use std::io::{self, Write};

use super::columns;
use crate::lint::{Group, Lint};

/// Writes the table: id, group, default level, summary.
pub fn list(lints: &[&Lint], out: &mut dyn Write) -> io::Result<()> {
    let mut rows = vec![
        ["lint", "group", "default", "says"]
            .map(str::to_owned)
            .to_vec(),
    ];
    let mut sorted: Vec<&&Lint> = lints.iter().collect();
    sorted.sort_by_key(|lint| (place(lint.group), lint.id));
    rows.extend(sorted.into_iter().map(|lint| {
        vec![
            lint.id.to_owned(),
            group(lint),
            lint.level.as_str().to_owned(),
            lint.summary(),
        ]
    }));
    columns::aligned(&rows, out)?;
    writeln!(out)?;
    writeln!(
        out,
        "Groups for -A, -W, -D, -F: linger::timeouts, bodies, tasks, clients, all (of those), pedantic (of"
    )?;
    writeln!(
        out,
        "those, the ones at allow), and warnings. `cargo linger explain <lint>` says more about one."
    )
}

/// Writes one lint's page: its README, and what only the code knows.
pub fn explain(lint: &Lint, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", lint.doc.trim_end())?;
    writeln!(out)?;
    writeln!(
        out,
        "Default level: {}. Group: {}. Since {}.",
        lint.level.as_str(),
        group(lint),
        lint.since
    )
}

/// The tool's own lints are in no group of the command line.
fn group(lint: &Lint) -> String {
    match lint.group {
        Group::Tool => "the tool's own".to_owned(),
        group => format!("linger::{}", group.as_str()),
    }
}

/// The order of groups in the table.
fn place(group: Group) -> u8 {
    match group {
        Group::Timeouts => 0,
        Group::Bodies => 1,
        Group::Tasks => 2,
        Group::Clients => 3,
        Group::Tool => 4,
    }
}
