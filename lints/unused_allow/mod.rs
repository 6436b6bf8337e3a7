//! A directive that is not followed or silences nothing. `check` reports it, knowing what each silenced.

use crate::lint::{Group, Level, Lint};

/// The lint.
pub static LINT: Lint = Lint {
    id: "unused_allow",
    group: Group::Tool,
    level: Level::Warn,
    since: "0.1.0",
    doc: include_str!("README.md"),
    judges: &[],
    // Resources cannot show it.
    check: |_, _| {},
};
