//! The arguments as written: one declaration for parser and help. Nothing is looked up or decided here.

mod adopt;
mod config;
mod explain;
mod fix;
mod init;
mod levels;
mod output;
mod select;
mod shell;
mod why;

use std::ffi::OsString;

use clap::{Args as ClapArgs, CommandFactory, FromArgMatches, Parser, Subcommand};

pub use adopt::AdoptArgs;
pub use config::{ConfigArgs, ConfigFormat, ShowConfigArgs};
pub use explain::ExplainArgs;
pub use fix::FixArgs;
pub use init::InitArgs;
pub use levels::{ConfidenceArg, LevelArgs};
pub use output::{ColorArg, Output, OutputArgs};
pub use select::{SelectArgs, WorkspaceArgs};
pub use shell::CompletionsArgs;
pub use why::{Place, WhyArgs};

use crate::check::levels::LevelArg;

/// Finds HTTP requests nothing bounds, response bodies nobody reads, and tasks nobody joins.
///
/// Reads source only: nothing is built, run or downloaded. Exit code 0: nothing at deny level; 1: findings at deny
/// level; 2: the job could not be done.
#[derive(Debug, Parser)]
#[command(
    name = "cargo-linger",
    bin_name = "cargo linger",
    version,
    args_conflicts_with_subcommands = true
)]
pub struct Args {
    /// What to do instead of checking.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// How to check.
    #[command(flatten)]
    pub check: CheckArgs,
}

/// What to do instead of checking.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show every client, request, response and task with its bounds and outcome
    Inventory(InventoryArgs),
    /// Show what is known at a line, and why it is reported or not
    Why(WhyArgs),
    /// Show one lint's page, or what a client does by default
    Explain(ExplainArgs),
    /// Show the table of lints
    List,
    /// Show what is in force, and where each value comes from
    Config(ShowConfigArgs),
    /// Write a configuration, a hook or a workflow to begin with
    Init(InitArgs),
    /// Write a completion script for a shell
    Completions(CompletionsArgs),
    /// Write the manual page
    Man,
}

/// Arguments of the check itself.
#[derive(Debug, ClapArgs)]
pub struct CheckArgs {
    /// What to look at.
    #[command(flatten)]
    pub select: SelectArgs,
    /// What to do about findings.
    #[command(flatten)]
    pub levels: LevelArgs,
    /// How sure a finding must be to be shown [default: likely]
    #[arg(long, value_name = "LEVEL")]
    pub min_confidence: Option<ConfidenceArg>,
    /// Fail if there are more warnings than this
    #[arg(long, value_name = "N")]
    pub max_warnings: Option<usize>,
    /// Which configuration holds.
    #[command(flatten)]
    pub config: ConfigArgs,
    /// What is new.
    #[command(flatten)]
    pub adopt: AdoptArgs,
    /// What to mend.
    #[command(flatten)]
    pub fix: FixArgs,
    /// How to show it.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// Arguments of `inventory`.
#[derive(Debug, ClapArgs)]
pub struct InventoryArgs {
    /// What to look at.
    #[command(flatten)]
    pub select: SelectArgs,
    /// Which configuration holds.
    #[command(flatten)]
    pub config: ConfigArgs,
    /// How to show it.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// What was written, with the level options in their order.
#[derive(Debug)]
pub struct Written {
    /// The arguments.
    pub args: Args,
    /// All level options, in the order they were written.
    pub levels: Vec<LevelArg>,
}

/// Reads the arguments of the process: those of `cargo-linger …`, or of `cargo linger …`, where cargo puts the name of
/// the subcommand first.
pub fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Written, clap::Error> {
    let mut args: Vec<OsString> = args.into_iter().collect();
    if args.get(1).is_some_and(|first| first == "linger") {
        args.remove(1);
    }
    let matches = Args::command().try_get_matches_from(args)?;
    let (_, of_command) = matches.subcommand().unzip();
    Ok(Written {
        args: Args::from_arg_matches(&matches)?,
        levels: levels::levels(of_command.unwrap_or(&matches)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_declaration_holds_together() {
        Args::command().debug_assert();
    }

    #[test]
    fn levels_keep_their_order_across_flags() {
        let words = [
            "cargo-linger",
            "linger",
            "-D",
            "a",
            "-A",
            "b",
            "--warn",
            "c",
            "-D",
            "d",
        ];
        let written = parse(words.map(OsString::from)).expect("they parse");
        let names: Vec<_> = written
            .levels
            .iter()
            .map(|arg| (arg.level.as_str(), arg.name.as_str()))
            .collect();
        assert_eq!(
            names,
            [("deny", "a"), ("allow", "b"), ("warn", "c"), ("deny", "d")]
        );
    }
}
