//! Findings to bytes: one function per format, and one table of them.
//!
//! Nothing here decides anything: what is shown, and how seriously, comes from [`crate::check`].

pub mod brief;
pub mod clients;
mod columns;
pub mod config;
mod escape;
pub mod github;
pub mod gitlab;
pub mod human;
pub mod inventory;
pub mod json;
pub mod list;
mod pages;
mod place;
pub mod rdjson;
pub mod sarif;
pub mod short;
pub mod summary;
mod table;
mod why;
pub mod xml;

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
    /// The folder of the workspace inside its repository, as [`prefix`] gives it.
    pub prefix: &'a str,
    /// How much is said besides the findings.
    pub verbosity: Verbosity,
    /// Whether whoever reads can follow links in a text.
    pub links: bool,
    /// Whether people read it on a terminal, where hundreds of findings scroll away.
    pub brief: bool,
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
    /// Writes what is known of one place, where this format can.
    pub why: Option<WriteReport>,
    /// Whether it ends with the summary itself; otherwise the summary goes beside it.
    pub has_summary: bool,
    /// What it adds to a file that its surroundings name.
    pub aside: Option<Aside>,
}

/// A further report of a format, appended to a file that an environment variable names.
#[derive(Debug, Clone, Copy)]
pub struct Aside {
    /// The variable.
    pub var: &'static str,
    /// Writes it.
    pub findings: WriteReport,
}

/// The formats. The command line's values and help come from here.
pub static FORMATS: &[Format] = &[
    Format {
        inventory: Some(table::write),
        why: Some(why::write_human),
        has_summary: true,
        ..plain_format(
            "human",
            "Source lines with labels, and a summary",
            human::write,
        )
    },
    plain_format("short", "One line per finding", short::write),
    Format {
        inventory: Some(inventory::write),
        why: Some(why::write_json),
        ..plain_format(
            "json",
            "The objects of `cargo check --message-format=json`, one per line",
            json::write,
        )
    },
    plain_format(
        "sarif",
        "SARIF 2.1.0, for code scanning and editors",
        sarif::write,
    ),
    Format {
        has_summary: true,
        aside: Some(Aside {
            var: "GITHUB_STEP_SUMMARY",
            findings: github::job_summary,
        }),
        ..plain_format(
            "github",
            "Annotations of GitHub's actions, and a table in the job's summary",
            github::write,
        )
    },
    plain_format("gitlab", "GitLab's code quality report", gitlab::write),
    plain_format(
        "junit",
        "JUnit's XML, a failed case per finding",
        xml::junit,
    ),
    plain_format("checkstyle", "Checkstyle's XML", xml::checkstyle),
    plain_format("rdjson", "Reviewdog's JSON", rdjson::write),
];

/// A format of findings and nothing else.
const fn plain_format(name: &'static str, about: &'static str, findings: WriteReport) -> Format {
    Format {
        name,
        about,
        findings,
        inventory: None,
        why: None,
        has_summary: false,
        aside: None,
    }
}

/// The format with this name.
pub fn format(name: &str) -> Option<&'static Format> {
    FORMATS.iter().find(|format| format.name == name)
}

pub use place::prefix;

/// A line for the terminal: nothing in it acts on one.
pub fn plain(text: &str) -> std::borrow::Cow<'_, str> {
    escape::line(text)
}
