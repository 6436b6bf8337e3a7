//! What is mended, and where that is refused.

use clap::Args;

/// What to mend.
#[derive(Debug, Clone, Args)]
#[allow(clippy::struct_excessive_bools)] // one per flag
pub struct FixArgs {
    /// Make the suggested changes that are certain and keep the code's meaning
    #[arg(
        long,
        conflicts_with_all = ["write_baseline", "staged", "stdin_path"],
        help_heading = "Fixes"
    )]
    pub fix: bool,
    /// With --fix or --diff: also those that somebody should look at
    #[arg(long, help_heading = "Fixes")]
    pub unsafe_fixes: bool,
    /// Show what --fix would change as a diff, and write nothing
    #[arg(long, conflicts_with = "write_baseline", help_heading = "Fixes")]
    pub diff: bool,
    /// With --fix or --diff: only what these lints or groups found
    #[arg(
        long,
        value_name = "LINT",
        value_delimiter = ',',
        help_heading = "Fixes"
    )]
    pub fix_only: Vec<String>,
    /// Fix also where the working tree has uncommitted changes
    #[arg(long, help_heading = "Fixes")]
    pub allow_dirty: bool,
    /// Fix also where there is no version control
    #[arg(long, help_heading = "Fixes")]
    pub allow_no_vcs: bool,
}
