//! Which build a file is in: its package's edition and features, for what is judged while it is lowered.

use std::cmp::Reverse;
use std::path::{Path, PathBuf};

use crate::check::analysis::{AnalyzeOptions, FeatureSelection};
use crate::discover::workspace::{TargetKind, Workspace};
use crate::ir::cfg::{CfgEnv, Target};
use crate::lower::Build;

use super::{features, has_tests, is_read};

/// The newest edition that old code is sure to be read in.
const EDITION: u16 = 2021;

/// The builds of a run's packages.
pub(super) struct Builds {
    /// By the packages' folders, longest first: a file belongs to the innermost.
    packages: Vec<(PathBuf, u16, CfgEnv)>,
    other: CfgEnv,
}

impl Builds {
    pub(super) fn new(workspace: &Workspace, options: &AnalyzeOptions) -> Self {
        let target = Target::new(&options.triple);
        let mut packages: Vec<_> = workspace
            .packages
            .iter()
            .map(|package| {
                let read = || package.targets.iter().filter(|t| is_read(t));
                let tested = read().filter(|t| has_tests(options, t)).count();
                let edition = read()
                    .find(|t| t.kind == TargetKind::Lib)
                    .or_else(|| read().next())
                    .map_or(EDITION, |t| t.edition);
                let cfg = CfgEnv {
                    // A file may be in a library and, beside it, in its tests.
                    test: match tested {
                        0 => Some(false),
                        n if n == read().count() => Some(true),
                        _ => None,
                    },
                    features: features(package),
                    open: options.features == FeatureSelection::default(),
                    target: target.clone(),
                };
                (package.dir.clone(), edition, cfg)
            })
            .collect();
        packages.sort_by_key(|(dir, ..)| Reverse(dir.as_os_str().len()));
        Builds {
            packages,
            other: CfgEnv {
                target,
                ..CfgEnv::default()
            },
        }
    }

    /// The build of the package that a file lies in.
    pub(super) fn of(&self, file: &Path) -> Build<'_> {
        let package = self.packages.iter().find(|(dir, ..)| file.starts_with(dir));
        match package {
            Some((_, edition, cfg)) => Build {
                edition: *edition,
                cfg,
            },
            None => Build {
                edition: EDITION,
                cfg: &self.other,
            },
        }
    }
}
