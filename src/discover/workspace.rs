//! What discover finds: packages, their targets, and which version of which crate each of them means.

use std::collections::BTreeMap;
use std::path::PathBuf;

use semver::Version;

use crate::name::Name;

/// How a version is known.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum VersionSource {
    /// `Cargo.lock`.
    Lock,
    /// The manifest's requirement: the newest known version that meets it.
    Manifest,
    /// Nothing said: the newest known.
    Newest,
}

/// A package of this run: index into [`Workspace::packages`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct PackageId(pub u32);

/// All that is to be read.
#[derive(Clone, Debug, Default)]
pub struct Workspace {
    /// The folder that file names are relative to: that of the workspace's manifest, or the one given.
    pub root: PathBuf,
    /// Packages, sorted by folder; path dependencies inside the root included.
    pub packages: Vec<Package>,
    /// Things the user should know: a manifest that could not be read, a path dependency that is missing. Sorted.
    pub notices: Vec<Notice>,
    /// Every package in the lock file: name to versions, for re-exports of crates no manifest here names.
    pub locked: BTreeMap<String, Vec<Version>>,
    /// Dependency edges of the lock file: (name, version) to the (name, version)s it depends on.
    pub lock_edges: BTreeMap<(String, Version), Vec<(String, Version)>>,
}

impl Workspace {
    /// Whether nothing is selected but packages that are there for tests, examples and benchmarks: then they were what was
    /// asked for.
    pub fn is_about_tests(&self) -> bool {
        let mut selected = self.packages.iter().filter(|package| package.selected);
        selected.all(|package| package.for_tests)
    }
}

/// Something the user should know.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Notice {
    /// Relative to the root, if it is about a file.
    pub file: Option<String>,
    /// What, and what to do; lower case, no full stop.
    pub text: String,
}

/// A package.
#[derive(Clone, Debug)]
pub struct Package {
    /// Its name; for files without a manifest the folder's.
    pub name: String,
    /// Its version.
    pub version: Option<Version>,
    /// The folder of its manifest.
    pub dir: PathBuf,
    /// Its manifest, if it has one.
    pub manifest: Option<PathBuf>,
    /// Whether its findings are reported (default members or the packages asked for); others are read for context.
    pub selected: bool,
    /// Whether it is published as a library others use (not `publish = false`): its public items are an open world.
    pub published: bool,
    /// Whether it is there for the tests, examples or benchmarks of the others: all of it counts as test code, unless every
    /// selected package is such a one.
    pub for_tests: bool,
    /// Features that are on: the defaults, `--features`, and those another member of the workspace asks for.
    pub features: Vec<String>,
    /// All features it defines.
    pub known_features: Vec<String>,
    /// Dependencies by the name that code uses (`-` as `_`).
    pub dependencies: BTreeMap<Name, Dependency>,
    /// Crate roots.
    pub targets: Vec<Target>,
}

/// What a dependency's name means in code.
#[derive(Clone, Debug)]
pub struct Dependency {
    /// The package's name in the registry (`hyper-util`), also behind `package = ".."`.
    pub package: String,
    /// Its version, if known.
    pub version: Option<Version>,
    /// How.
    pub known_by: VersionSource,
    /// The requirement as written, if any.
    pub requirement: Option<semver::VersionReq>,
    /// The package of this run it is, for path dependencies and members.
    pub local: Option<PackageId>,
    /// Features asked for here, and `default` unless switched off.
    pub features: Vec<String>,
    /// Only for tests, benches and examples.
    pub dev: bool,
    /// Only for the build script.
    pub build: bool,
}

/// The kinds of targets.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub enum TargetKind {
    /// A library (also proc macros).
    Lib,
    /// A binary.
    Bin,
    /// An example.
    Example,
    /// An integration test.
    Test,
    /// A benchmark.
    Bench,
    /// `build.rs`.
    Build,
    /// Files found by a plain walk, without a manifest or outside every target.
    Loose,
}

/// A crate root.
#[derive(Clone, Debug)]
pub struct Target {
    /// What it is.
    pub kind: TargetKind,
    /// The crate's name in code (`-` as `_`).
    pub name: Name,
    /// The root file.
    pub root: PathBuf,
    /// Edition, as a year.
    pub edition: u16,
    /// Whether its findings are asked for (libs and bins by default).
    pub selected: bool,
    /// Further root files: for `Loose`, all files of the walk.
    pub files: Vec<PathBuf>,
}
