//! What was asked for, with paths made whole; and the manifests it leads to.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use super::manifest::MANIFEST;
use super::members::Forest;
use super::paths::normalize;
use super::unit::{Unit, loose, split};
use super::workspace::TargetKind;
use super::{DiscoverError, Options};
use crate::source::Sources;

/// The question, checked.
pub(super) struct Request {
    /// `--manifest-path`.
    manifest: Option<PathBuf>,
    /// PATHS, or nothing.
    pub paths: Vec<PathBuf>,
    cwd: PathBuf,
    /// Folders of the manifests the run is about: a bare run takes their default members.
    pub current: BTreeSet<PathBuf>,
}

impl Request {
    /// Checks that all that is named exists.
    pub(super) fn new(sources: &dyn Sources, options: &Options) -> Result<Request, DiscoverError> {
        let cwd = normalize(&options.cwd);
        let manifest = options.manifest_path.as_ref().map(|given| {
            let path = normalize(&cwd.join(given));
            let named = path.file_name().is_some_and(|name| name == MANIFEST);
            if named && sources.is_file(&path) {
                return Ok(path);
            }
            let hint = if sources.is_dir(&path) {
                format!("it is a folder; name the {MANIFEST} in it")
            } else if sources.is_file(&path) {
                format!("it is not called {MANIFEST}; name a {MANIFEST}, or give the file as a path without --manifest-path")
            } else {
                format!("there is no such file; name an existing {MANIFEST}, or leave --manifest-path out to search upward")
            };
            Err(DiscoverError::ManifestNotFound { path: given.clone(), hint })
        });
        let mut paths = BTreeSet::new();
        for given in &options.paths {
            let path = normalize(&cwd.join(given));
            if !sources.is_file(&path) && !sources.is_dir(&path) {
                return Err(match sources.read(&path) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => {
                        DiscoverError::PathUnreadable {
                            path: given.clone(),
                            reason: error.to_string(),
                        }
                    }
                    _ => DiscoverError::PathNotFound {
                        path: given.clone(),
                        cwd: cwd.clone(),
                    },
                });
            }
            paths.insert(path);
        }
        Ok(Request {
            manifest: manifest.transpose()?,
            paths: paths.into_iter().collect(),
            cwd,
            current: BTreeSet::new(),
        })
    }

    /// Reads every workspace the question leads to.
    pub(super) fn load(&mut self, forest: &mut Forest<'_>) {
        let sources = forest.manifests.sources;
        let mut found: BTreeSet<PathBuf> = self.manifest.iter().cloned().collect();
        let mut bare: Vec<PathBuf> = Vec::new();
        let here = self.manifest.is_none() && self.paths.is_empty();
        for start in self.paths.iter().chain(here.then_some(&self.cwd)) {
            let dir = if sources.is_file(start) {
                start.parent().unwrap_or(Path::new(""))
            } else {
                start
            };
            let mut above = dir.ancestors().map(|dir| dir.join(MANIFEST));
            match above.find(|path| sources.is_file(path)) {
                Some(manifest) => drop(found.insert(manifest)),
                None => bare.push(start.clone()),
            }
        }
        self.load_workspaces(forest, &found);
        for path in &self.paths {
            // A folder beside all packages, in a workspace that has no package of its own.
            let covered = forest.owner(path).is_some()
                || forest.units.iter().any(|unit| unit.dir.starts_with(path));
            if !covered && !bare.contains(path) {
                bare.push(path.clone());
            }
        }
        if !bare.is_empty() {
            self.load_bare(forest, bare);
        }
        forest.follow_paths();
        for path in &self.paths {
            outside_targets(forest, path);
        }
    }

    fn load_workspaces(&mut self, forest: &mut Forest<'_>, found: &BTreeSet<PathBuf>) {
        let mut roots: BTreeMap<PathBuf, Vec<&PathBuf>> = BTreeMap::new();
        for manifest in found {
            let root = forest.root_of(manifest);
            roots.entry(root).or_default().push(manifest);
        }
        let mut strays: Vec<&PathBuf> = Vec::new();
        for (root, manifests) in &roots {
            let before = forest.mark();
            forest.load(root);
            let is_stray = |manifest: &PathBuf| {
                manifest != root && manifest.parent().is_none_or(|dir| forest.at(dir).is_none())
            };
            let found: Vec<&PathBuf> = manifests.iter().copied().filter(|m| is_stray(m)).collect();
            if found.len() == manifests.len() {
                // Nobody asked for that workspace: its files are none of ours.
                forest.roll_back(&before);
            }
            strays.extend(found);
        }
        for manifest in strays {
            let text = "a workspace above does not list this package; add it to `members`, or to `exclude`: \
                        until then it is read on its own";
            forest.manifests.note(Some(manifest), text.to_owned());
            forest.load(manifest);
        }
        let dirs = found.iter().filter_map(|manifest| manifest.parent());
        self.current.extend(dirs.map(Path::to_path_buf));
    }

    /// Reads files and folders above which there is no manifest; one below is honoured.
    fn load_bare(&mut self, forest: &mut Forest<'_>, bare: Vec<PathBuf>) {
        let sources = forest.manifests.sources;
        let mut files: BTreeMap<PathBuf, BTreeSet<PathBuf>> = BTreeMap::new();
        for path in bare {
            if sources.is_file(&path) {
                if let Some(script) = Unit::script(&mut forest.manifests, &path) {
                    forest.push_loose(script);
                } else {
                    let dir = path.parent().unwrap_or(Path::new("")).to_path_buf();
                    files.entry(dir).or_default().insert(path);
                }
                continue;
            }
            let (own, packages) = split(&forest.manifests, &path);
            files.entry(path).or_default().extend(own);
            for package in packages {
                // Below a package, further manifests are its members or its test data.
                let inside = forest.owner(&package).is_some()
                    || forest
                        .groups
                        .iter()
                        .any(|group| package.starts_with(&group.dir));
                if !inside {
                    self.load_workspaces(forest, &BTreeSet::from([package.join(MANIFEST)]));
                }
            }
        }
        for (dir, files) in files {
            if !files.is_empty() {
                let text = format!(
                    "no {MANIFEST} speaks for {}; they are read one by one, and of every crate the newest version is assumed",
                    if files.len() == 1 {
                        "one of the files".to_owned()
                    } else {
                        format!("{} of the files", files.len())
                    }
                );
                forest.manifests.note(None, text);
                forest.push_loose(Unit::loose(&dir, None, files.into_iter().collect()));
            }
        }
    }
}

/// A path given by hand that no target of its package reaches is read by itself, with the package's dependencies.
fn outside_targets(forest: &mut Forest<'_>, path: &Path) {
    let Some(at) = forest.owner(path) else { return };
    let sources = forest.manifests.sources;
    let Some(unit) = forest.units.get(at) else {
        return;
    };
    let reached = unit.targets.iter().any(|found| {
        let root = &found.target.root;
        let home = root
            .parent()
            .filter(|_| found.target.kind != TargetKind::Build);
        root.starts_with(path)
            || home.is_some_and(|home| path.starts_with(home))
            || found.target.files.iter().any(|file| file.starts_with(path))
    });
    if reached || unit.dir.starts_with(path) {
        return;
    }
    let files = if sources.is_dir(path) {
        split(&forest.manifests, path).0
    } else {
        vec![path.to_path_buf()]
    };
    let files: Vec<PathBuf> = files
        .into_iter()
        .filter(|file| file.extension().is_some_and(|end| end == "rs"))
        .collect();
    let dir = path.parent().unwrap_or(Path::new("")).to_path_buf();
    if let Some(unit) = forest.units.get_mut(at)
        && !files.is_empty()
    {
        unit.targets.push(loose(&dir, files));
    }
}
