//! Which configuration holds, and the command that shows it.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::levels::{ConfidenceArg, LevelArgs};
use super::select::SelectArgs;

/// Which configuration holds.
#[derive(Debug, Clone, Default, Args)]
pub struct ConfigArgs {
    /// Configuration to use in place of the workspace's
    #[arg(long, value_name = "FILE", help_heading = "Configuration")]
    pub config: Option<PathBuf>,
    /// Use no configuration, of packages neither
    #[arg(long, conflicts_with = "config", help_heading = "Configuration")]
    pub no_config: bool,
}

/// Arguments of `config`.
#[derive(Debug, Args)]
pub struct ShowConfigArgs {
    /// What to look at.
    #[command(flatten)]
    pub select: SelectArgs,
    /// What to do about findings.
    #[command(flatten)]
    pub levels: LevelArgs,
    /// How sure a finding must be to be shown
    #[arg(long, value_name = "LEVEL")]
    pub min_confidence: Option<ConfidenceArg>,
    /// Which configuration holds.
    #[command(flatten)]
    pub config: ConfigArgs,
    /// How to show it
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub message_format: ConfigFormat,
}

/// How a configuration is shown.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum ConfigFormat {
    /// Aligned columns
    Human,
    /// One object
    Json,
}
