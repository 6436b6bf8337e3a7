//! What `cargo linger explain` explains.

use std::path::PathBuf;

use clap::Args;

/// Arguments of `explain`.
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// The lint's id
    #[arg(required_unless_present = "client", conflicts_with = "client")]
    pub lint: Option<String>,
    /// A client's crate, in the version of the workspace at hand: what it bounds by default, and what bounds what
    #[arg(long, value_name = "CRATE")]
    pub client: Option<String>,
    /// Path to Cargo.toml
    #[arg(long, value_name = "PATH", requires = "client")]
    pub manifest_path: Option<PathBuf>,
}
