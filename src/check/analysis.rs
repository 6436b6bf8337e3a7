//! What the engine hands to the outer stages: everything found, nothing decided.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use super::asked::{Answer, Ask};
use super::suppress::Directive;
use crate::discover;
use crate::discover::workspace::{Notice, Package, PackageId, Target, Workspace};
use crate::finding::Finding;
use crate::flow::resource::Resources;
use crate::lint::Silent;
use crate::source::{FileId, SourceMap};

/// The result of one run of the engine, before levels, suppressions and scope.
#[derive(Debug, Default, Clone)]
pub struct Analysis {
    /// The packages that were read. Its notices are shown to the user.
    pub workspace: Workspace,
    /// Every file that was read.
    pub sources: SourceMap,
    /// Which targets each file belongs to, by [`FileId`]; a file that is not listed counts as selected.
    pub owners: Vec<Vec<Owner>>,
    /// Clients, requests, responses, tasks, and the counts of the summary.
    pub resources: Resources,
    /// What the lints said, in any order. `unparsed_file` is among them: the engine makes those.
    pub findings: Vec<Finding>,
    /// What the lints looked at and do not report, and why.
    pub silent: Vec<Silent>,
    /// Findings in files that say they are generated: nobody mends them there.
    pub generated: Vec<Finding>,
    /// How the file that is asked about was read, if one is.
    pub answer: Option<Answer>,
    /// Directives of all files that were parsed, as [`super::suppress::read`] gives them, in any order.
    pub directives: Vec<Directive>,
    /// Further things the user should know.
    pub notices: Vec<Notice>,
    /// How long each stage took, in order.
    pub timings: Vec<(&'static str, Duration)>,
}

/// A target that a file belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Owner {
    /// The package.
    pub package: PackageId,
    /// Index into its targets.
    pub target: u32,
}

impl Analysis {
    /// The targets a file belongs to.
    pub fn owners_of(&self, file: FileId) -> impl Iterator<Item = (&Package, &Target)> {
        self.owners
            .get(file.0 as usize)
            .into_iter()
            .flatten()
            .filter_map(|owner| {
                let package = self.workspace.packages.get(owner.package.0 as usize)?;
                Some((package, package.targets.get(owner.target as usize)?))
            })
    }

    /// The target a file is reported under: the first one asked for, else the first.
    pub fn owner_of(&self, file: FileId) -> Option<(&Package, &Target)> {
        self.owners_of(file)
            .find(|(package, target)| package.selected && target.selected)
            .or_else(|| self.owners_of(file).next())
    }

    /// All notices once each, sorted: what discover, flow and the engine had to say.
    pub fn all_notices(&self) -> Vec<Notice> {
        let plain = self.resources.notices.iter().map(|text| Notice {
            file: None,
            text: text.clone(),
        });
        let mut all: Vec<Notice> = self
            .workspace
            .notices
            .iter()
            .chain(&self.notices)
            .cloned()
            .chain(plain)
            .collect();
        all.sort();
        all.dedup();
        all
    }
}

/// What the engine is asked to do: command line and configuration, resolved, without anything about presentation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnalyzeOptions {
    /// The folder that relative paths are meant from.
    pub cwd: PathBuf,
    /// `--manifest-path`.
    pub manifest_path: Option<PathBuf>,
    /// PATHS, made absolute. They narrow what is reported; discover starts its search for a manifest at the first.
    pub paths: Vec<PathBuf>,
    /// Which packages are reported.
    pub packages: PackageSelection,
    /// Which targets are reported.
    pub targets: TargetSelection,
    /// Which features are on.
    pub features: FeatureSelection,
    /// The target triple that `cfg` is judged by.
    pub triple: String,
    /// How many threads; `None`: as many as the machine has.
    pub threads: Option<usize>,
    /// Facts about crates of the user's own, in the order in which the configuration names them.
    pub catalog: Vec<OwnFacts>,
    /// What is asked about, if not the whole.
    pub ask: Option<Ask>,
    /// Reads all of the interfaces in use, not only what the program can come across. It says the same, and takes longer.
    pub whole_interfaces: bool,
}

/// A catalogue file of the user's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnFacts {
    /// As it is shown: `linger/http.toml`, or the place of a table in the configuration.
    pub name: String,
    /// Its text, in the form of the built-in files.
    pub text: String,
}

impl From<&AnalyzeOptions> for discover::Options {
    fn from(options: &AnalyzeOptions) -> Self {
        let (targets, packages, features) = (options.targets, &options.packages, &options.features);
        discover::Options {
            manifest_path: options.manifest_path.clone(),
            paths: options.paths.clone(),
            packages: packages.only.clone(),
            workspace: packages.all,
            exclude: packages.exclude.clone(),
            all_targets: targets.all,
            tests: targets.tests,
            examples: targets.examples,
            benches: targets.benches,
            lib: targets.lib,
            bins: targets.bins,
            features: features.on.clone(),
            all_features: features.all,
            no_default_features: features.no_default,
            cwd: options.cwd.clone(),
        }
    }
}

/// Which packages are asked for, as cargo has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PackageSelection {
    /// `-p`.
    pub only: Vec<String>,
    /// `--workspace`.
    pub all: bool,
    /// `--exclude`.
    pub exclude: Vec<String>,
}

/// Which targets are asked for, as cargo has it. Nothing set: libraries and binaries, without test code.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // one per flag of cargo's; they combine freely
pub struct TargetSelection {
    /// `--all-targets`.
    pub all: bool,
    /// `--lib`.
    pub lib: bool,
    /// `--bins`.
    pub bins: bool,
    /// `--examples`.
    pub examples: bool,
    /// `--tests`.
    pub tests: bool,
    /// `--benches`.
    pub benches: bool,
}

impl TargetSelection {
    /// Whether nothing is asked for, so that the configuration may say whether test code is.
    pub fn is_default(self) -> bool {
        self == TargetSelection::default()
    }

    /// Whether test code inside libraries and binaries is asked for.
    pub fn test_code(self) -> bool {
        self.all || self.tests
    }
}

/// Which features are on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FeatureSelection {
    /// `--features`.
    pub on: Vec<String>,
    /// `--all-features`.
    pub all: bool,
    /// `--no-default-features`.
    pub no_default: bool,
}

/// Why the engine could not do its job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnalyzeError {
    /// What went wrong and where; lower case, no full stop.
    pub what: String,
    /// What to do about it, unless `what` says so; lower case, no full stop.
    pub advice: Option<String>,
}

impl AnalyzeError {
    /// From an error whose message says all.
    pub fn new(error: impl fmt::Display) -> Self {
        AnalyzeError {
            what: error.to_string(),
            advice: None,
        }
    }
}

impl fmt::Display for AnalyzeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl std::error::Error for AnalyzeError {}
