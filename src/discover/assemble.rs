//! The workspace as later stages see it: sorted, numbered, every dependency with its version.

use std::collections::{BTreeMap, BTreeSet};

use semver::Version;

use super::Options;
use super::edges::{Edge, Kind};
use super::features::Enabled;
use super::lock::Lock;
use super::members::Forest;
use super::paths::common_ancestor;
use super::select;
use super::support;
use super::unit::Unit;
use super::workspace::{Dependency, Package, PackageId, Target, VersionSource, Workspace};
use crate::name::Name;

/// Puts everything together. `selected` and `enabled` go by the position of a package in the forest.
pub(super) fn assemble(
    mut forest: Forest<'_>,
    selected: &BTreeSet<usize>,
    enabled: &[Enabled],
    options: &Options,
) -> Workspace {
    let root =
        common_ancestor(forest.groups.iter().map(|group| group.dir.as_path())).unwrap_or_default();
    let mut order: Vec<usize> = (0..forest.units.len()).collect();
    order.sort_by_key(|at| forest.units.get(*at).map(|unit| (&unit.dir, &unit.name)));
    let ids: BTreeMap<usize, PackageId> = order
        .iter()
        .enumerate()
        .map(|(id, at)| (*at, PackageId(id as u32)))
        .collect();
    let support = support::packages(&forest.units, &forest.groups);
    let none = Enabled::default();
    let mut packages = Vec::with_capacity(order.len());
    let mut off: Vec<(usize, String)> = Vec::new();
    for at in order {
        let Some(unit) = forest.units.get(at) else {
            continue;
        };
        let enabled = enabled.get(at).unwrap_or(&none);
        let chosen = selected.contains(&at);
        let lock = forest
            .groups
            .get(unit.group)
            .and_then(|group| group.lock.as_ref());
        let mut targets: Vec<Target> = Vec::with_capacity(unit.targets.len());
        for found in &unit.targets {
            let asked = select::target(found, enabled, options).unwrap_or_else(|missing| {
                if chosen {
                    let list = missing.join(",");
                    off.push((
                        at,
                        format!(
                            "`{}` is not checked: it needs --features {list}, as in cargo",
                            found.label
                        ),
                    ));
                }
                false
            });
            targets.push(Target {
                selected: chosen && asked,
                ..found.target.clone()
            });
        }
        packages.push(Package {
            name: unit.name.clone(),
            version: unit.version.clone(),
            dir: unit.dir.clone(),
            manifest: unit.manifest.clone(),
            selected: chosen,
            published: unit.published,
            for_tests: support.contains(&at),
            features: enabled.features.iter().cloned().collect(),
            known_features: unit.features.keys().cloned().collect(),
            dependencies: Resolver {
                unit,
                units: &forest.units,
                lock,
                enabled,
                ids: &ids,
            }
            .dependencies(),
            targets,
        });
    }
    for (at, text) in off {
        let manifest = forest.units.get(at).and_then(|unit| unit.manifest.clone());
        forest.manifests.note(manifest.as_deref(), text);
    }
    let (locked, lock_edges) = locks(&forest);
    Workspace {
        notices: forest.manifests.into_notices(&root),
        root,
        packages,
        locked,
        lock_edges,
    }
}

type Edges = BTreeMap<(String, Version), Vec<(String, Version)>>;

/// All lock files as one: almost always there is one.
fn locks(forest: &Forest<'_>) -> (BTreeMap<String, Vec<Version>>, Edges) {
    let mut locked: BTreeMap<String, Vec<Version>> = BTreeMap::new();
    let mut edges = Edges::new();
    for lock in forest.groups.iter().filter_map(|group| group.lock.as_ref()) {
        for (name, versions) in lock.versions() {
            locked.entry(name.clone()).or_default().extend(versions);
        }
        for (from, to) in lock.edges() {
            edges.entry(from).or_default().extend(to);
        }
    }
    for versions in locked.values_mut() {
        versions.sort();
        versions.dedup();
    }
    for to in edges.values_mut() {
        to.sort();
        to.dedup();
    }
    (locked, edges)
}

/// Works out what the dependencies' names of one package mean.
struct Resolver<'w> {
    unit: &'w Unit,
    units: &'w [Unit],
    lock: Option<&'w Lock>,
    enabled: &'w Enabled,
    ids: &'w BTreeMap<usize, PackageId>,
}

impl Resolver<'_> {
    fn dependencies(&self) -> BTreeMap<Name, Dependency> {
        if !self.unit.readable {
            return self.any_locked();
        }
        let mut by_name: BTreeMap<Name, Vec<&Edge>> = BTreeMap::new();
        for edge in &self.unit.edges {
            by_name.entry(self.name(edge)).or_default().push(edge);
        }
        by_name
            .into_iter()
            .filter_map(|(name, edges)| Some((name, self.dependency(&edges)?)))
            .collect()
    }

    /// What code calls it: its name in the manifest, unless the library is known to call itself otherwise.
    fn name(&self, edge: &Edge) -> Name {
        let library = edge
            .local
            .filter(|_| !edge.renamed)
            .and_then(|local| self.units.get(local)?.lib_name());
        library.unwrap_or_else(|| Name::new(&edge.key.replace('-', "_")))
    }

    /// One dependency out of all entries of its name: those of this platform before others, normal ones before others.
    fn dependency(&self, edges: &[&Edge]) -> Option<Dependency> {
        let rank = |edge: &Edge| (!edge.active, edge.kind);
        let first = *edges.iter().min_by_key(|edge| rank(edge))?;
        let alike = edges
            .iter()
            .filter(|edge| rank(edge) == rank(first) && edge.package == first.package);
        let features: BTreeSet<&str> = alike.flat_map(|edge| self.enabled.asked(edge)).collect();
        let within = |kind: Kind| edges.iter().any(|edge| edge.kind == kind);
        let local = first
            .local
            .and_then(|local| Some((self.units.get(local)?, *self.ids.get(&local)?)));
        let (version, known_by) = self.version(first, local.map(|(unit, _)| unit));
        Some(Dependency {
            package: local.map_or_else(|| first.package.clone(), |(unit, _)| unit.name.clone()),
            version,
            known_by,
            requirement: first.requirement.clone(),
            local: local.map(|(_, id)| id),
            features: features.into_iter().map(str::to_owned).collect(),
            dev: !within(Kind::Normal) && within(Kind::Dev),
            build: !within(Kind::Normal) && within(Kind::Build),
        })
    }

    fn version(&self, edge: &Edge, local: Option<&Unit>) -> (Option<Version>, VersionSource) {
        if let Some(unit) = local {
            let version = unit.version.clone();
            let locked = self
                .lock
                .zip(version.as_ref())
                .is_some_and(|(lock, version)| lock.has_local(&unit.name, version));
            return (
                version,
                if locked {
                    VersionSource::Lock
                } else {
                    VersionSource::Manifest
                },
            );
        }
        let locked = self
            .lock
            .and_then(|lock| lock.version(&self.unit.name, self.unit.version.as_ref(), edge));
        match (locked, &edge.requirement) {
            (Some(version), _) => (Some(version), VersionSource::Lock),
            (None, Some(_)) => (None, VersionSource::Manifest),
            (None, None) => (None, VersionSource::Newest),
        }
    }

    /// For a package whose manifest cannot be read: every name of the lock file, in its newest version there.
    fn any_locked(&self) -> BTreeMap<Name, Dependency> {
        let all = self.lock.into_iter().flat_map(Lock::versions);
        all.map(|(package, versions)| {
            let dependency = Dependency {
                package: package.clone(),
                version: versions.into_iter().next_back(),
                known_by: VersionSource::Lock,
                requirement: None,
                local: self.local(package),
                features: vec!["default".to_owned()],
                dev: false,
                build: false,
            };
            (Name::new(&package.replace('-', "_")), dependency)
        })
        .collect()
    }

    fn local(&self, package: &str) -> Option<PackageId> {
        let at = self
            .units
            .iter()
            .position(|unit| unit.group == self.unit.group && unit.name == package)?;
        self.ids.get(&at).copied()
    }
}
