//! What is new: baselines, revisions, what is staged, and a text from standard input.

use std::path::PathBuf;

use clap::Args;

/// What is new, and what is asked for one text only.
#[derive(Debug, Clone, Default, Args)]
pub struct AdoptArgs {
    /// Be silent about the findings in this file
    #[arg(long, value_name = "FILE", help_heading = "New findings only")]
    pub baseline: Option<PathBuf>,
    /// Write the findings there are to this file, and drop from it those that are mended
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with_all = ["baseline", "since", "staged", "stdin_path"],
        help_heading = "New findings only"
    )]
    pub write_baseline: Option<PathBuf>,
    /// Report only findings with evidence on lines that changed since HEAD left REV (untracked files count as changed)
    #[arg(long, value_name = "REV", help_heading = "New findings only")]
    pub since: Option<String>,
    /// Check what is staged, and report only findings with evidence on staged lines
    #[arg(long, conflicts_with_all = ["since", "stdin_path"], help_heading = "New findings only")]
    pub staged: bool,
    /// Where the text from standard input (PATHS: `-`) belongs
    #[arg(long, value_name = "PATH", help_heading = "Selection")]
    pub stdin_path: Option<PathBuf>,
}
