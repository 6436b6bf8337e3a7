//! A file that could not be read or parsed. The engine reports it where that happens.

use crate::lint::{Group, Level, Lint};

/// The lint.
pub static LINT: Lint = Lint {
    id: "unparsed_file",
    group: Group::Tool,
    level: Level::Deny,
    since: "0.1.0",
    doc: include_str!("README.md"),
    judges: &[],
    // Resources cannot show it.
    check: |_, _| {},
};
