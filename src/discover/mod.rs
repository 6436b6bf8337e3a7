//! From paths to a workspace: manifests, lock file, targets. Reads them itself and spawns nothing.
//!
//! [`discover`] finds the manifests a question leads to, reads each workspace with its members, follows path
//! dependencies, settles features and versions, and says what is selected. A manifest or lock file that cannot be read
//! costs what only it knows, never the run: it becomes a [`workspace::Notice`] and its files are read without it.
//! `.cargo/config.toml` and `rust-toolchain` are never opened: they only say what to run.

mod assemble;
mod disk;
mod edges;
mod features;
pub mod layout;
mod lock;
mod manifest;
mod members;
mod overlay;
mod paths;
mod platform;
mod reach;
mod request;
mod select;
mod support;
mod targets;
mod unit;
pub mod workspace;

use std::path::{Path, PathBuf};

pub use disk::{Disk, Memory};
pub use manifest::MANIFEST;
pub use overlay::Overlay;
pub use paths::{display_name, glob_matches, normalize};

use crate::source::Sources;
use workspace::Workspace;

/// What is asked for, as on cargo's command line.
#[derive(Clone, Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of cargo's, free of the others"
)]
pub struct Options {
    /// The manifest to start from; without it the search goes upward from the paths, or from `cwd`.
    pub manifest_path: Option<PathBuf>,
    /// Files and folders the user named: their packages are selected.
    pub paths: Vec<PathBuf>,
    /// Packages to select: a name, a glob, or `name@version`.
    pub packages: Vec<String>,
    /// Selects every member.
    pub workspace: bool,
    /// Packages not to select, named as in `packages`.
    pub exclude: Vec<String>,
    /// Selects every target.
    pub all_targets: bool,
    /// Selects integration tests, and what unit tests may stand in.
    pub tests: bool,
    /// Selects examples.
    pub examples: bool,
    /// Selects benchmarks, and what benchmarks may stand in.
    pub benches: bool,
    /// Selects libraries.
    pub lib: bool,
    /// Selects binaries.
    pub bins: bool,
    /// Features to turn on, also several in one text, also `package/feature`.
    pub features: Vec<String>,
    /// Turns on every feature of the selected packages.
    pub all_features: bool,
    /// Leaves the default features of the selected packages off.
    pub no_default_features: bool,
    /// Where relative paths start. The search for a manifest goes no higher than its text does, so give it whole.
    pub cwd: PathBuf,
}

/// Why there is nothing to analyse.
#[derive(Debug, thiserror::Error)]
pub enum DiscoverError {
    /// `--manifest-path` leads nowhere.
    #[error("the manifest `{}` cannot be used: {hint}", shown(.path))]
    ManifestNotFound {
        /// As given.
        path: PathBuf,
        /// What is wrong, and what to do.
        hint: String,
    },
    /// A path given does not exist.
    #[error("the path `{}` does not exist (seen from `{}`); check its spelling", shown(.path), shown(.cwd))]
    PathNotFound {
        /// As given.
        path: PathBuf,
        /// Where relative paths start.
        cwd: PathBuf,
    },
    /// A path given is neither a file nor a folder that can be read.
    #[error("the path `{}` cannot be read: {reason}; name a file or folder with Rust source", shown(.path))]
    PathUnreadable {
        /// As given.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// `-p` names no package.
    #[error("there is no package `{spec}` in this workspace{hint}")]
    PackageNotFound {
        /// As given.
        spec: String,
        /// The nearest name, or what there is.
        hint: String,
    },
    /// There is no source at all.
    #[error("there is no Rust source to read in `{}`; run this in a cargo project, or name files, folders or --manifest-path", shown(.place))]
    NothingToRead {
        /// Where we looked.
        place: PathBuf,
    },
}

/// A path in a message: `.` rather than nothing.
fn shown(path: &Path) -> String {
    if path.as_os_str().is_empty() {
        ".".to_owned()
    } else {
        path.display().to_string()
    }
}

/// The manifest of the workspace that a question is about first, if one speaks for it.
pub fn root_manifest(sources: &dyn Sources, options: &Options) -> Option<PathBuf> {
    let given = options.manifest_path.as_ref();
    let manifest = match given {
        Some(given) => Some(normalize(&options.cwd.join(given))),
        None => start(sources, options)
            .ancestors()
            .map(|dir| dir.join(MANIFEST))
            .find(|path| sources.is_file(path)),
    };
    let mut forest = members::Forest::new(manifest::Manifests::new(sources));
    manifest.map(|manifest| forest.root_of(&manifest))
}

/// The folder where the search for a manifest begins.
pub fn start(sources: &dyn Sources, options: &Options) -> PathBuf {
    let cwd = normalize(&options.cwd);
    match options.paths.first().map(|path| normalize(&cwd.join(path))) {
        Some(file) if sources.is_file(&file) => file.parent().map_or(cwd, Path::to_path_buf),
        Some(dir) => dir,
        None => cwd,
    }
}

/// Finds all that is to be read for the question `options`.
///
/// # Errors
///
/// If what the user named does not exist, or there is no Rust source at all. What is merely broken degrades to a notice.
pub fn discover(sources: &dyn Sources, options: &Options) -> Result<Workspace, DiscoverError> {
    let mut request = request::Request::new(sources, options)?;
    let mut forest = members::Forest::new(manifest::Manifests::new(sources));
    request.load(&mut forest);
    if forest.units.iter().all(|unit| unit.targets.is_empty()) {
        let place = options
            .manifest_path
            .clone()
            .or_else(|| options.paths.first().cloned());
        return Err(DiscoverError::NothingToRead {
            place: place.unwrap_or_else(|| options.cwd.clone()),
        });
    }
    let selected = select::packages(&mut forest, &request, options)?;
    let seeds = select::seeds(&mut forest, &selected, options);
    let enabled = features::enabled(&forest.units, seeds, select::builds_tests(options));
    Ok(assemble::assemble(forest, &selected, &enabled, options))
}
