//! The arguments as written: one declaration for parser and help. Nothing is looked up or decided here.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{
    ArgAction, ArgMatches, Args as ClapArgs, CommandFactory, FromArgMatches, Parser, Subcommand,
    ValueEnum,
};

use super::adopt::AdoptArgs;
use super::config::{ConfigArgs, ShowConfigArgs};
use super::fix::FixArgs;
use super::init::InitArgs;
use super::shell::CompletionsArgs;
use super::why::WhyArgs;
use crate::check::levels::{LevelArg, nearest};
use crate::finding::Confidence;
use crate::lint::Level;
use crate::report::{self, FORMATS, Format};

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

/// Arguments of `explain`.
#[derive(Debug, ClapArgs)]
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

/// What to look at.
#[derive(Debug, ClapArgs)]
pub struct SelectArgs {
    /// Files and folders to report on; the whole workspace is read all the same
    #[arg(value_name = "PATHS")]
    pub paths: Vec<PathBuf>,
    /// Of which workspace, built how.
    #[command(flatten)]
    pub of: WorkspaceArgs,
}

/// Which workspace and what of it, and how it is built.
#[derive(Debug, ClapArgs)]
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

/// Levels, as rustc has them; the last one about a lint wins.
#[derive(Debug, ClapArgs)]
pub struct LevelArgs {
    /// Do not report a lint or group
    #[arg(short = 'A', long, value_name = "LINT", help_heading = "Levels")]
    pub allow: Vec<String>,
    /// Report a lint or group
    #[arg(short = 'W', long, value_name = "LINT", help_heading = "Levels")]
    pub warn: Vec<String>,
    /// Report a lint or group and fail (`-D warnings`: whatever is reported)
    #[arg(short = 'D', long, value_name = "LINT", help_heading = "Levels")]
    pub deny: Vec<String>,
    /// As --deny, and nothing can lower it, no comment either
    #[arg(short = 'F', long, value_name = "LINT", help_heading = "Levels")]
    pub forbid: Vec<String>,
}

/// How to show it.
#[derive(Debug, ClapArgs)]
pub struct OutputArgs {
    /// Format, to standard output or a file (repeatable)
    #[arg(long, value_name = "FORMAT[=FILE]", value_parser = output, long_help = formats())]
    pub message_format: Vec<Output>,
    /// When to use colours
    #[arg(long, value_name = "WHEN")]
    pub color: Option<ColorArg>,
    /// Show findings only
    #[arg(short, long, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Also show how sure each finding is, and in an inventory which calls were recognised
    #[arg(short, long, action = ArgAction::SetTrue)]
    pub verbose: bool,
}

/// `FORMAT` or `FORMAT=FILE`.
#[derive(Debug, Clone)]
pub struct Output {
    /// The format.
    pub format: &'static Format,
    /// The file; standard output, if none.
    pub file: Option<PathBuf>,
}

/// How sure a finding must be.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum ConfidenceArg {
    /// Something unseen decides
    Possible,
    /// All that is seen says so
    Likely,
    /// Nothing in sight can make it right
    Certain,
}

impl From<ConfidenceArg> for Confidence {
    fn from(arg: ConfidenceArg) -> Self {
        match arg {
            ConfidenceArg::Possible => Confidence::Possible,
            ConfidenceArg::Likely => Confidence::Likely,
            ConfidenceArg::Certain => Confidence::Certain,
        }
    }
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ColorArg {
    /// On a terminal
    Auto,
    /// Always
    Always,
    /// Never
    Never,
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
        levels: levels(of_command.unwrap_or(&matches)),
    })
}

/// The level options in their order, which only the matches know.
fn levels(matches: &ArgMatches) -> Vec<LevelArg> {
    let flags = [
        ("allow", Level::Allow),
        ("warn", Level::Warn),
        ("deny", Level::Deny),
        ("forbid", Level::Forbid),
    ];
    let mut all: Vec<(usize, LevelArg)> = Vec::new();
    for (id, level) in flags {
        // A command without level options does not know their names.
        let Ok(Some(names)) = matches.try_get_many::<String>(id) else {
            continue;
        };
        let places = matches.indices_of(id).into_iter().flatten();
        all.extend(places.zip(names).map(|(at, name)| {
            (
                at,
                LevelArg {
                    level,
                    name: name.clone(),
                },
            )
        }));
    }
    all.sort_by_key(|(at, _)| *at);
    all.into_iter().map(|(_, arg)| arg).collect()
}

fn output(text: &str) -> Result<Output, String> {
    let (name, file) = match text.split_once('=') {
        Some((name, file)) => (name, Some(PathBuf::from(file))),
        None => (text, None),
    };
    if file
        .as_ref()
        .is_some_and(|file| file.as_os_str().is_empty())
    {
        return Err(format!("no file after `{name}=`"));
    }
    let names = || FORMATS.iter().map(|format| format.name);
    match report::format(name) {
        Some(format) => Ok(Output { format, file }),
        None => Err(match nearest(name, names()) {
            Some(nearest) => format!("no format is named `{name}`; did you mean `{nearest}`?"),
            None => format!(
                "no format is named `{name}`; there are {}",
                names().collect::<Vec<_>>().join(", ")
            ),
        }),
    }
}

fn formats() -> String {
    let mut help = "Format, to standard output or a file (repeatable)\n\nFormats:".to_owned();
    for format in FORMATS {
        help.push_str("\n- ");
        help.push_str(format.name);
        help.push_str(": ");
        help.push_str(format.about);
    }
    help
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
