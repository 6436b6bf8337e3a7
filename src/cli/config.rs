//! What configuration and command line make of each other, and the command that shows it.

use std::io;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::args::{ConfidenceArg, LevelArgs, SelectArgs};
use super::options::{self, UsageError};
use super::{Env, Tool, console, run};
use crate::check::analysis::AnalyzeOptions;
use crate::check::glob::Glob;
use crate::check::levels::{LevelArg, Levels, Origin, Rule};
use crate::config::{Config, PackageConfig, Search, Setting};
use crate::discover;
use crate::discover::workspace::{Notice, Workspace};
use crate::finding::Confidence;
use crate::report::config::{self as shown, InForce};

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

/// What holds for a run whose packages are known.
pub(super) struct Settled {
    pub levels: Levels,
    pub exclude: Vec<(PathBuf, Glob)>,
    pub notices: Vec<Notice>,
}

/// Finds the configuration and gives the engine what it says. Target flags on the command line say themselves whether
/// test code is asked for.
pub(super) fn load(
    args: &ConfigArgs,
    analyze: &mut AnalyzeOptions,
    tool: &Tool<'_>,
) -> Result<Config, UsageError> {
    let search = Search {
        file: args.config.clone(),
        none: args.no_config,
        workspace: (&*analyze).into(),
    };
    let config = Config::load(tool.sources, &search)?;
    let wanted = config
        .test_code
        .as_ref()
        .is_some_and(|setting| setting.value);
    if wanted && analyze.targets.is_default() {
        analyze.targets.tests = true;
    }
    analyze.catalog.clone_from(&config.catalog);
    Ok(config)
}

/// How sure a finding must be: by the command line, else the configuration.
pub(super) fn min_confidence(config: &Config, arg: Option<ConfidenceArg>) -> Confidence {
    let configured = config.min_confidence.as_ref().map(|setting| setting.value);
    arg.map(Confidence::from)
        .or(configured)
        .unwrap_or(Confidence::Likely)
}

/// The levels of all layers.
pub(super) fn levels(
    config: &Config,
    packages: &[PackageConfig],
    args: &[LevelArg],
    tool: &Tool<'_>,
) -> Result<Levels, UsageError> {
    let of_packages = packages.iter().flat_map(|package| &package.rules);
    let rules = config.rules.iter().chain(of_packages).cloned();
    Ok(Levels::layered(
        tool.lints,
        rules.chain(args.iter().map(Rule::from)),
    )?)
}

/// Adds what the packages ask for.
pub(super) fn settle(
    config: &Config,
    workspace: &Workspace,
    args: &[LevelArg],
    tool: &Tool<'_>,
) -> Result<Settled, UsageError> {
    let (packages, notices) = config.packages(tool.sources, workspace)?;
    let of_packages = packages.iter().flat_map(|package| {
        package
            .exclude
            .iter()
            .map(|glob| (package.dir.clone(), glob.value.clone()))
    });
    let of_workspace = config
        .exclude
        .iter()
        .map(|glob| (config.dir.clone(), glob.value.clone()));
    Ok(Settled {
        levels: levels(config, &packages, args, tool)?,
        exclude: of_workspace.chain(of_packages).collect(),
        notices,
    })
}

/// `cargo linger config`.
pub(super) fn run(
    args: ShowConfigArgs,
    levels: &[LevelArg],
    tool: &Tool<'_>,
    env: &mut Env<'_>,
) -> u8 {
    let json = matches!(args.message_format, ConfigFormat::Json);
    match in_force(args, levels, tool, env) {
        Err(error) => run::misused(&error, env),
        Ok((in_force, notices)) => {
            for Notice { file, text } in notices {
                let place = file.map(|file| format!("{file}: ")).unwrap_or_default();
                console::note(env, &format!("{place}{text}"));
            }
            run::print(env, |out: &mut dyn io::Write| {
                if json {
                    shown::json(&in_force, out)
                } else {
                    shown::human(&in_force, out)
                }
            })
        }
    }
}

fn in_force(
    args: ShowConfigArgs,
    written: &[LevelArg],
    tool: &Tool<'_>,
    env: &Env<'_>,
) -> Result<(InForce, Vec<Notice>), UsageError> {
    let flags = options::analyze(args.select.paths, args.select.of, tool, env)?;
    let mut analyze = flags.clone();
    let config = load(&args.config, &mut analyze, tool)?;
    let workspace =
        discover::discover(tool.sources, &(&analyze).into()).map_err(|error| UsageError {
            what: error.to_string(),
            advice: None,
        })?;
    let (packages, notices) = config.packages(tool.sources, &workspace)?;
    let levels = levels(&config, &packages, written, tool)?;
    let built_in = |value| Setting {
        value,
        origin: Origin::BuiltIn,
    };
    let flag = |text: &str, value| Setting {
        value,
        origin: Origin::CommandLine(text.to_owned()),
    };
    let min_confidence = match args.min_confidence {
        Some(arg) => flag("--min-confidence", arg.into()),
        None => config.min_confidence.clone().unwrap_or(Setting {
            value: Confidence::Likely,
            origin: Origin::BuiltIn,
        }),
    };
    let test_code = if flags.targets.is_default() {
        config.test_code.clone().unwrap_or(built_in(false))
    } else {
        let value = flags.targets.test_code();
        Setting {
            value,
            origin: Origin::CommandLine("target options".to_owned()),
        }
    };
    Ok((
        InForce {
            config,
            packages,
            levels,
            min_confidence,
            test_code,
            lints: tool.lints.iter().map(|lint| lint.id).collect(),
            root: workspace.root,
        },
        notices,
    ))
}
