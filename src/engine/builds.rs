//! Which build a file is in: its package's edition and features, for what is judged while it is lowered; and which crates its
//! macros may come from.

use std::cmp::Reverse;
use std::path::{Path, PathBuf};

use crate::check::analysis::{AnalyzeOptions, FeatureSelection};
use crate::discover::workspace::{self, Package, PackageId, TargetKind, Workspace};
use crate::ir::cfg::{CfgEnv, Target};
use crate::lower::Build;
use crate::macros::CrateInput;
use crate::name::Name;
use rustc_hash::FxHashMap;

use super::{crate_targets, features, has_tests, is_read, owned};

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

/// The crates that are read, as far as their macros go.
pub(super) fn macro_crates<'b>(workspace: &Workspace, builds: &'b Builds) -> Vec<CrateInput<'b>> {
    let targets = crate_targets(workspace, 0);
    let owners = || {
        targets
            .iter()
            .filter_map(|t| Some((t.owner.package, owned(workspace, t.owner)?)))
    };
    let libs: FxHashMap<PackageId, (Name, usize)> = owners()
        .enumerate()
        .filter(|(_, (_, (_, target)))| target.kind == TargetKind::Lib)
        .map(|(krate, (id, (_, target)))| (id, (target.name, krate)))
        .collect();
    let input = |(id, (package, target)): (PackageId, (&Package, &workspace::Target))| {
        let mut deps = FxHashMap::default();
        for (key, dependency) in &package.dependencies {
            if let Some((name, krate)) = dependency.local.and_then(|l| libs.get(&l)) {
                // A crate that calls itself otherwise than its package, unless the dependency was renamed.
                let renamed = *key != dependency.package.replace('-', "_").as_str();
                deps.insert(if renamed { *key } else { *name }, *krate);
            }
        }
        if let Some((name, krate)) = libs.get(&id)
            && target.kind != TargetKind::Lib
        {
            deps.insert(*name, *krate);
        }
        let roots = if target.kind == TargetKind::Loose {
            target.files.iter().chain([&target.root]).cloned().collect()
        } else {
            vec![target.root.clone()]
        };
        CrateInput {
            roots,
            deps,
            cfg: builds.of(&target.root).cfg,
        }
    };
    owners().map(input).collect()
}
