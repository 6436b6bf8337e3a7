//! A directive that names no lint. `check` reports it, knowing all names.

use crate::lint::{Group, Level, Lint};

/// The lint.
pub static LINT: Lint = Lint {
    id: "unknown_lint",
    group: Group::Tool,
    level: Level::Warn,
    since: "0.1.0",
    doc: include_str!("README.md"),
    judges: &[],
    // Resources cannot show it.
    check: |_, _| {},
};
