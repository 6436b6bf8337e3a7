//! Findings to bytes: one function per format, and one table of them.
//!
//! Nothing here decides anything: what is shown, and how seriously, comes from [`crate::check`].

mod escape;
pub mod human;
pub mod inventory;
pub mod json;
pub mod list;
pub mod short;
pub mod summary;
mod table;

use std::io;

use codespan_reporting::term::termcolor::WriteColor;

use crate::check::analysis::Analysis;
use crate::check::{Checked, Scope};
use crate::lint::Lint;

/// All that a format can draw on.
#[derive(Debug, Clone, Copy)]
pub struct Report<'a> {
    /// What the engine found.
    pub analysis: &'a Analysis,
    /// What is shown of it.
    pub checked: &'a Checked,
    /// Where findings and resources are asked for.
    pub scope: &'a Scope,
    /// All lints there are.
    pub lints: &'a [&'static Lint],
    /// How much is said besides the findings.
    pub verbosity: Verbosity,
}

/// How much is said besides the findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Verbosity {
    /// `-q`: findings only.
    Quiet,
    /// Findings, notices and a summary.
    #[default]
    Normal,
    /// `-v`: how sure each finding is, and where it stands.
    Verbose,
}

/// Writes a whole report.
pub type WriteReport = fn(&Report<'_>, &mut dyn WriteColor) -> io::Result<()>;

/// A format of the command line.
#[derive(Debug, Clone, Copy)]
pub struct Format {
    /// The word users write.
    pub name: &'static str,
    /// What it is, for `--help`.
    pub about: &'static str,
    /// Writes findings.
    pub findings: WriteReport,
    /// Writes the inventory, where this format has one.
    pub inventory: Option<WriteReport>,
    /// Whether it ends with the summary itself; otherwise the summary goes beside it.
    pub has_summary: bool,
}

/// The formats. The command line's values and help come from here.
pub static FORMATS: &[Format] = &[
    Format {
        name: "human",
        about: "Source lines with labels, and a summary",
        findings: human::write,
        inventory: Some(table::write),
        has_summary: true,
    },
    Format {
        name: "short",
        about: "One line per finding",
        findings: short::write,
        inventory: None,
        has_summary: false,
    },
    Format {
        name: "json",
        about: "The objects of `cargo check --message-format=json`, one per line",
        findings: json::write,
        inventory: Some(inventory::write),
        has_summary: false,
    },
];

/// The format with this name.
pub fn format(name: &str) -> Option<&'static Format> {
    FORMATS.iter().find(|format| format.name == name)
}

/// A line for the terminal: nothing in it acts on one.
pub fn plain(text: &str) -> std::borrow::Cow<'_, str> {
    escape::line(text)
}
