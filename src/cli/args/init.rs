//! What `cargo linger init` writes.

use std::path::PathBuf;

use clap::Args;

/// Arguments of `init`. Without any: `linger.toml`.
#[derive(Debug, Args)]
#[allow(clippy::struct_excessive_bools)] // one per file, and how to write it
pub struct InitArgs {
    /// Write a hook into .pre-commit-config.yaml
    #[arg(long)]
    pub pre_commit: bool,
    /// Write a workflow for GitHub's actions
    #[arg(long)]
    pub github: bool,
    /// Write a job for GitLab's pipelines
    #[arg(long)]
    pub gitlab: bool,
    /// Show what would be written
    #[arg(long)]
    pub print: bool,
    /// Replace files that exist
    #[arg(long, conflicts_with = "print")]
    pub force: bool,
    /// Path to Cargo.toml
    #[arg(long, value_name = "PATH")]
    pub manifest_path: Option<PathBuf>,
}
