//! What configuration and command line make of each other.

use std::path::PathBuf;

use super::args::{ConfidenceArg, ConfigArgs};
use super::env::Tool;
use super::usage::UsageError;
use crate::check::analysis::AnalyzeOptions;
use crate::check::glob::Glob;
use crate::check::levels::{LevelArg, Levels, Rule};
use crate::config::{Config, PackageConfig, Search};
use crate::discover::workspace::{Notice, Workspace};
use crate::finding::Confidence;

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
