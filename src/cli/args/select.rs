//! Which code is looked at: PATHS, the workspace and its packages, targets, features.

use std::path::PathBuf;

use clap::Args;

/// What to look at.
#[derive(Debug, Args)]
pub struct SelectArgs {
    /// Files and folders to report on; the whole workspace is read all the same
    #[arg(value_name = "PATHS")]
    pub paths: Vec<PathBuf>,
    /// Of which workspace, built how.
    #[command(flatten)]
    pub of: WorkspaceArgs,
}

/// Which workspace and what of it, and how it is built.
#[derive(Debug, Args)]
#[allow(clippy::struct_excessive_bools)] // one per flag of cargo's
pub struct WorkspaceArgs {
    /// Path to Cargo.toml
    #[arg(long, value_name = "PATH", help_heading = "Selection")]
    pub manifest_path: Option<PathBuf>,
    /// Package to report on (repeatable)
    #[arg(short, long, value_name = "NAME", help_heading = "Selection")]
    pub package: Vec<String>,
    /// Report on all packages of the workspace
    #[arg(long, alias = "all", help_heading = "Selection")]
    pub workspace: bool,
    /// Package to leave out (repeatable)
    #[arg(
        long,
        value_name = "NAME",
        requires = "workspace",
        help_heading = "Selection"
    )]
    pub exclude: Vec<String>,
    /// Report on libraries
    #[arg(long, help_heading = "Selection")]
    pub lib: bool,
    /// Report on binaries
    #[arg(long, help_heading = "Selection")]
    pub bins: bool,
    /// Report on examples
    #[arg(long, help_heading = "Selection")]
    pub examples: bool,
    /// Report on tests, and on test code in libraries and binaries
    #[arg(long, help_heading = "Selection")]
    pub tests: bool,
    /// Report on benchmarks
    #[arg(long, help_heading = "Selection")]
    pub benches: bool,
    /// Report on all of these (without one: libraries and binaries, without test code)
    #[arg(long, help_heading = "Selection")]
    pub all_targets: bool,
    /// Features to judge `cfg` by, separated by commas or spaces (repeatable); without this and the two below, features that
    /// are off may be on: their code is looked at too
    #[arg(long, value_name = "FEATURES", help_heading = "Selection")]
    pub features: Vec<String>,
    /// Judge `cfg` with all features on
    #[arg(long, help_heading = "Selection")]
    pub all_features: bool,
    /// Judge `cfg` without the default features
    #[arg(long, help_heading = "Selection")]
    pub no_default_features: bool,
    /// Target to judge `cfg` by
    #[arg(
        long,
        value_name = "TRIPLE",
        default_value = "x86_64-unknown-linux-gnu",
        help_heading = "Selection"
    )]
    pub target: String,
    /// Say on standard error how long each stage took
    #[arg(long)]
    pub timings: bool,
    /// Threads to use (default: as many as the machine has)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub threads: Option<u16>,
}
