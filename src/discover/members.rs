//! Workspaces: whose root a manifest belongs to, and which packages are its members.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use toml::Value;

use super::edges::patches;
use super::lock::{LOCK, Lock};
use super::manifest::{Document, MANIFEST, Manifests};
use super::paths::{glob_matches, is_glob, normalize};
use super::unit::{Unit, split};

/// More folders than this are not matched against a glob: `*/*/*` over links that point at their parents grows without end.
const MOST_FOLDERS: usize = 10_000;

/// One workspace: its root, its lock file, and what a bare run in its root is about.
#[derive(Debug)]
pub(super) struct Group {
    /// The folder of its root manifest.
    pub dir: PathBuf,
    pub lock: Option<Lock>,
    /// Folders of the default members.
    pub defaults: BTreeSet<PathBuf>,
    /// Packages that stand in for those of a registry.
    pub patches: Vec<(String, PathBuf)>,
}

/// Every package found so far, by folder.
pub(super) struct Forest<'s> {
    pub manifests: Manifests<'s>,
    pub groups: Vec<Group>,
    pub units: Vec<Unit>,
    by_dir: BTreeMap<PathBuf, usize>,
}

/// A point to go back to.
pub(super) struct Mark {
    groups: usize,
    units: usize,
    notices: usize,
}

impl<'s> Forest<'s> {
    pub(super) fn new(manifests: Manifests<'s>) -> Self {
        Forest {
            manifests,
            groups: Vec::new(),
            units: Vec::new(),
            by_dir: BTreeMap::new(),
        }
    }

    /// The package of a folder.
    pub(super) fn at(&self, dir: &Path) -> Option<usize> {
        self.by_dir.get(dir).copied()
    }

    /// The package a file or folder lies in.
    pub(super) fn owner(&self, path: &Path) -> Option<usize> {
        path.ancestors().find_map(|dir| self.at(dir))
    }

    /// Adds a package without a manifest.
    pub(super) fn push_loose(&mut self, unit: Unit) {
        let dir = unit.dir.clone();
        self.groups.push(Group {
            dir: dir.clone(),
            lock: None,
            defaults: BTreeSet::from([dir]),
            patches: Vec::new(),
        });
        self.push(unit, self.groups.len() - 1, true);
    }

    /// How much is known by now.
    pub(super) fn mark(&self) -> Mark {
        Mark {
            groups: self.groups.len(),
            units: self.units.len(),
            notices: self.manifests.mark(),
        }
    }

    /// Forgets what was read after `mark`.
    pub(super) fn roll_back(&mut self, mark: &Mark) {
        self.groups.truncate(mark.groups);
        self.units.truncate(mark.units);
        self.by_dir.retain(|_, at| *at < mark.units);
        self.manifests.roll_back(mark.notices);
    }

    fn push(&mut self, mut unit: Unit, group: usize, member: bool) -> usize {
        (unit.group, unit.member) = (group, member);
        // Several scripts may share a folder; the first stands for it.
        self.by_dir
            .entry(unit.dir.clone())
            .or_insert(self.units.len());
        self.units.push(unit);
        self.units.len() - 1
    }

    /// The root manifest of the workspace that `manifest` belongs to: itself, if it is in none.
    pub(super) fn root_of(&mut self, manifest: &Path) -> PathBuf {
        let dir = manifest.parent().unwrap_or(Path::new("")).to_path_buf();
        if let Some(document) = self.manifests.read(manifest) {
            if document.workspace().is_some() {
                return manifest.to_path_buf();
            }
            if let Some(root) = self.pointer(&document) {
                return root;
            }
        }
        for above in dir.ancestors().skip(1) {
            let path = above.join(MANIFEST);
            let Some(document) = self.manifests.read(&path) else {
                continue;
            };
            if document.workspace().is_some() {
                if !document.excludes(&dir) {
                    return path;
                }
            } else if let Some(root) = self.pointer(&document) {
                return root;
            }
        }
        manifest.to_path_buf()
    }

    /// `package.workspace`, if it leads somewhere.
    fn pointer(&mut self, document: &Document) -> Option<PathBuf> {
        let to = document
            .package()?
            .get("workspace")
            .and_then(Value::as_str)?;
        let root = normalize(&document.dir.join(to).join(MANIFEST));
        if self
            .manifests
            .read(&root)
            .is_some_and(|document| document.workspace().is_some())
        {
            return Some(root);
        }
        let text = format!(
            "`package.workspace` points to `{to}`, which is no workspace; correct it: until then it is passed over"
        );
        self.manifests.note(Some(&document.path), text);
        None
    }

    /// Reads the workspace of a root manifest with all its members.
    pub(super) fn load(&mut self, root: &Path) -> usize {
        let dir = root.parent().unwrap_or(Path::new("")).to_path_buf();
        if let Some(known) = self.groups.iter().position(|group| group.dir == dir) {
            return known;
        }
        let lock = self.lock_for(&dir);
        let group = self.groups.len();
        self.groups.push(Group {
            dir: dir.clone(),
            lock,
            defaults: BTreeSet::new(),
            patches: Vec::new(),
        });
        let Some(document) = self.manifests.read(root) else {
            self.load_unreadable(group, root, &dir);
            return group;
        };
        // Folders yet to be read, and whether a list names them.
        let mut pending: Vec<(PathBuf, bool)> = Vec::new();
        if document.package().is_some() {
            pending.push((dir.clone(), true));
        }
        let listed = self.expand(&document, "members");
        pending.extend(
            listed
                .into_iter()
                .filter(|member| !document.excludes(member))
                .map(|member| (member, true)),
        );
        pending.reverse();
        let whole = document.workspace().is_some();
        while let Some((member, is_listed)) = pending.pop() {
            if self
                .at(&member)
                .is_some_and(|at| self.units.get(at).is_some_and(|unit| unit.member))
            {
                continue;
            }
            let before = self.units.len();
            let Some(at) = self.read_unit(&member, group, true, is_listed) else {
                continue;
            };
            if self.units.len() == before {
                continue;
            }
            if whole {
                // Path dependencies below the root (or that point at it) are members without being listed.
                let edges = self.units.get(at).into_iter().flat_map(|unit| &unit.edges);
                let mut paths: Vec<PathBuf> = edges.filter_map(|edge| edge.path.clone()).collect();
                paths.retain(|path| {
                    !document.excludes(path) && self.root_of(&path.join(MANIFEST)) == root
                });
                pending.extend(paths.into_iter().map(|path| (path, false)));
            }
        }
        let defaults = if document
            .workspace()
            .is_some_and(|table| table.contains_key("default-members"))
        {
            self.expand(&document, "default-members")
                .into_iter()
                .collect()
        } else if document.package().is_some() {
            BTreeSet::from([dir])
        } else {
            self.units
                .iter()
                .filter(|unit| unit.group == group)
                .map(|unit| unit.dir.clone())
                .collect()
        };
        if let Some(slot) = self.groups.get_mut(group) {
            slot.defaults = defaults;
            slot.patches = patches(&document);
        }
        group
    }

    /// The lock file of a root; that of a root above whose manifest is broken, for it may well be the real one.
    fn lock_for(&mut self, dir: &Path) -> Option<Lock> {
        let sources = self.manifests.sources;
        let mut above = dir.ancestors().map(|dir| (dir, dir.join(MANIFEST)));
        let own = above.next().map(|(dir, _)| dir);
        let broken = above
            .find(|(_, manifest)| {
                sources.is_file(manifest) && self.manifests.read(manifest).is_none()
            })
            .map(|(dir, _)| dir);
        let place = own
            .into_iter()
            .chain(broken)
            .find(|dir| sources.is_file(&dir.join(LOCK)))?;
        Lock::read(&mut self.manifests, place)
    }

    /// A root whose manifest is broken: its files loose, and the packages below it each by their own manifest.
    fn load_unreadable(&mut self, group: usize, root: &Path, dir: &Path) {
        let (files, packages) = split(&self.manifests, dir);
        self.push(
            Unit::loose(dir, Some(root.to_path_buf()), files),
            group,
            true,
        );
        for package in packages {
            // Below a package that was read, further manifests are its test data.
            let outer = package
                .ancestors()
                .skip(1)
                .take_while(|above| *above != dir)
                .find_map(|above| self.at(above));
            if outer.is_none() {
                self.read_unit(&package, group, true, true);
            }
        }
        let all = self
            .units
            .iter()
            .filter(|unit| unit.group == group)
            .map(|unit| unit.dir.clone())
            .collect();
        if let Some(slot) = self.groups.get_mut(group) {
            slot.defaults = all;
        }
    }

    /// Reads the package in `dir`; `None` if there is none. Unless it `is_listed`, it may be one that is known already.
    pub(super) fn read_unit(
        &mut self,
        dir: &Path,
        group: usize,
        member: bool,
        is_listed: bool,
    ) -> Option<usize> {
        if let Some(known) = self.at(dir) {
            return Some(known);
        }
        let path = dir.join(MANIFEST);
        if !self.manifests.sources.is_file(&path) {
            return None;
        }
        let Some(document) = self.manifests.read(&path) else {
            let (files, _) = split(&self.manifests, dir);
            return Some(self.push(Unit::loose(dir, Some(path), files), group, member));
        };
        let root = self.inherits_from(&document);
        let unit = Unit::read(&mut self.manifests, &document, root.as_deref())?;
        if !is_listed && let Some(twin) = self.twin(&unit, &document, group) {
            return Some(twin);
        }
        Some(self.push(unit, group, member))
    }

    /// The workspace whose shared values a manifest means.
    fn inherits_from(&mut self, document: &Arc<Document>) -> Option<Arc<Document>> {
        let root = self.root_of(&document.path);
        if root == document.path {
            Some(Arc::clone(document))
        } else {
            self.manifests.read(&root)
        }
    }

    /// The same package reached by another way, over a link: a link to its own folder would have no end.
    fn twin(&mut self, unit: &Unit, document: &Document, group: usize) -> Option<usize> {
        let twins = self.units.iter().enumerate().filter(|(_, known)| {
            known.group == group && known.name == unit.name && known.version == unit.version
        });
        let twins: Vec<(usize, PathBuf)> = twins
            .filter_map(|(at, known)| Some((at, known.manifest.clone()?)))
            .collect();
        twins.into_iter().find_map(|(at, path)| {
            (self.manifests.read(&path)?.table == document.table).then_some(at)
        })
    }

    /// The folders a list of members means, globs expanded; one that is missing is noted.
    fn expand(&mut self, document: &Document, key: &str) -> Vec<PathBuf> {
        let mut dirs = Vec::new();
        for pattern in document.workspace_list(key) {
            let path = normalize(&document.dir.join(pattern));
            if is_glob(pattern) {
                let matched = self.expand_glob(document, pattern);
                dirs.extend(
                    matched
                        .into_iter()
                        .filter(|dir| self.manifests.sources.is_file(&dir.join(MANIFEST))),
                );
            } else if self.manifests.sources.is_file(&path.join(MANIFEST)) {
                dirs.push(path);
            } else {
                let text = format!(
                    "`{key}` names `{pattern}`, where there is no {MANIFEST}; create it or take it off the list"
                );
                self.manifests.note(Some(&document.path), text);
            }
        }
        dirs.sort();
        dirs.dedup();
        dirs
    }

    fn expand_glob(&mut self, document: &Document, pattern: &str) -> Vec<PathBuf> {
        let mut dirs = BTreeSet::from([document.dir.clone()]);
        for part in pattern
            .split('/')
            .filter(|part| !part.is_empty() && *part != ".")
        {
            let sources = self.manifests.sources;
            dirs = if part == "**" {
                // The walk follows no links, so this ends; a package without any source file is no loss.
                let files: Vec<PathBuf> = dirs
                    .iter()
                    .flat_map(|dir| sources.walk(dir, ".rs"))
                    .collect();
                let within = |folder: &&Path| dirs.iter().any(|dir| folder.starts_with(dir));
                let found = files
                    .iter()
                    .flat_map(|file| file.ancestors().skip(1).filter(within));
                found.map(Path::to_path_buf).collect()
            } else if is_glob(part) {
                let entries = dirs
                    .iter()
                    .flat_map(|dir| sources.list(dir).unwrap_or_default());
                let matches = |path: &PathBuf| {
                    path.file_name()
                        .is_some_and(|name| glob_matches(part, &name.to_string_lossy()))
                        && sources.is_dir(path)
                };
                entries.filter(matches).take(MOST_FOLDERS).collect()
            } else {
                dirs.iter().map(|dir| normalize(&dir.join(part))).collect()
            };
            if dirs.len() >= MOST_FOLDERS {
                let text = format!(
                    "the glob `{pattern}` matches more than {MOST_FOLDERS} folders; narrow it: only the first are read"
                );
                self.manifests.note(Some(&document.path), text);
            }
        }
        dirs.into_iter().collect()
    }
}
