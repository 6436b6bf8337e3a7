//! Which crates of the catalogue a run needs, in which versions, and their interfaces as crates of the program.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use rustc_hash::FxHashMap;
use semver::Version;

use crate::catalog::{Catalog, CrateView, FILES};
use crate::discover::workspace::{Dependency, Workspace};
use crate::flow::facts::CrateFacts;
use crate::flow::resource::VersionSource;
use crate::ir::cfg::CfgEnv;
use crate::ir::item::{Item, STUBS};
use crate::lower;
use crate::name::Name;
use crate::parse::bodies;
use crate::parse::excerpt::{self, Met, Outline};
use crate::parse::words::{Words, path_starts, words, words_behind};
use crate::resolve::def::{CrateId, Dep, Origin};
use crate::resolve::tree::{CrateInput, Root};
use crate::resolve::{known, written};

/// The package that holds the standard library's interface.
const STD: &str = "std";

/// A catalogued package in one version.
type Key = (String, Version);

/// The interfaces of a run.
pub(super) struct Interfaces<'c> {
    catalog: &'c Catalog,
    list: Vec<Interface<'c>>,
    index: BTreeMap<Key, usize>,
}

struct Interface<'c> {
    key: Key,
    known_by: VersionSource,
    view: CrateView<'c>,
    items: Vec<Item>,
    deps: Vec<(Name, Key)>,
    /// Named by a package of the user's, not only by another interface.
    direct: bool,
}

/// Chooses every described crate that the workspace's packages depend on, and those that their interfaces name. Nothing is
/// lowered yet.
pub(super) fn interfaces<'c>(catalog: &'c Catalog, workspace: &Workspace) -> Interfaces<'c> {
    let mut wanted: BTreeMap<Key, (VersionSource, BTreeSet<String>, bool)> = BTreeMap::new();
    for package in &workspace.packages {
        for (name, dependency) in &package.dependencies {
            if dependency.local.is_some() {
                continue;
            }
            if let Some((key, known_by)) = choose(catalog, *name, dependency) {
                let entry = wanted
                    .entry(key)
                    .or_insert((known_by, BTreeSet::new(), true));
                entry.1.extend(dependency.features.iter().cloned());
            }
        }
        if package.manifest.is_none() && package.dependencies.is_empty() {
            for (name, _) in FILES {
                if let Some(key) = newest(catalog, name) {
                    wanted
                        .entry(key)
                        .or_insert((VersionSource::Newest, BTreeSet::new(), false));
                }
            }
        }
    }
    if let Some(key) = newest(catalog, STUBS) {
        wanted.insert(key, (VersionSource::Lock, BTreeSet::new(), false));
    }
    if let Some(key) = newest(catalog, STD) {
        wanted.insert(key, (VersionSource::Lock, BTreeSet::new(), false));
    }
    let mut out = Interfaces {
        catalog,
        list: Vec::new(),
        index: BTreeMap::new(),
    };
    while let Some((key, (known_by, features, direct))) = wanted.pop_first() {
        if out.index.contains_key(&key) {
            continue;
        }
        let features: Vec<String> = features.into_iter().collect();
        let Some(view) = catalog.crate_for(&key.0, &key.1, &features) else {
            continue;
        };
        let deps = named_crates(catalog, workspace, &key, &view);
        for (_, dep) in &deps {
            if !out.index.contains_key(dep) {
                wanted
                    .entry(dep.clone())
                    .or_insert((VersionSource::Lock, BTreeSet::new(), false));
            }
        }
        out.index.insert(key.clone(), out.list.len());
        out.list.push(Interface {
            key,
            known_by,
            view,
            items: Vec::new(),
            deps,
            direct,
        });
    }
    out
}

/// How much of the interfaces is read.
#[derive(Clone, Copy)]
pub(super) enum Extent<'w> {
    /// All.
    Whole,
    /// What a program that says these words can come across.
    For(&'w Words),
}

/// What the engine itself looks for by name, in any program: what macros stand for, what remedies write.
const OWN_WORDS: [&str; 12] = [
    "Duration", "Item", "LazyLock", "LocalKey", "Output", "Poll", "Result", "String", "Target",
    "prelude", "time", "v1",
];

/// The words that every program says, as it were.
fn language() -> Words {
    let paths = known::KNOWN_PATHS.iter().flat_map(|path| path.split("::"));
    let primitives = written::PRIMITIVES.iter().copied();
    paths.chain(primitives).chain(OWN_WORDS).collect()
}

/// The texts of all interfaces, as far as they are to be read, in pieces.
fn pieces<'t>(list: &'t [Interface<'_>], extent: Extent<'_>) -> Vec<(usize, Cow<'t, str>)> {
    let texts: Vec<(usize, &str)> = list
        .iter()
        .enumerate()
        .flat_map(|(i, of)| of.view.api.iter().map(move |api| (i, api.text.as_str())))
        .collect();
    let Extent::For(said) = extent else {
        let cut = |(i, text)| bodies::pieces(text).map(move |p| (i, Cow::Borrowed(p)));
        return texts.into_iter().flat_map(cut).collect();
    };
    let mut outlines: Vec<Outline<'_>> = texts.par_iter().map(|(_, t)| Outline::read(t)).collect();
    let mut said = said.clone();
    // What a remedy writes has to be there.
    for edit in list.iter().flat_map(|of| &of.view.edits) {
        said.extend(edit.code().flat_map(words));
    }
    // Schemas' packages are named in texts, if at all.
    for (_, text) in texts.iter().filter(|(i, _)| of_schemas(list, *i)) {
        said.extend(words_behind("mod", text));
    }
    excerpt::mark(&mut outlines, &mut Met::new(said, &language()));
    let marked = texts.iter().zip(&outlines);
    marked
        .flat_map(|((i, _), o)| o.marked().into_iter().map(|p| (*i, Cow::Owned(p))))
        .collect()
}

fn of_schemas(list: &[Interface<'_>], index: usize) -> bool {
    list.get(index).is_some_and(|i| i.key.0 == STUBS)
}

/// Lowers interfaces side by side, large ones in pieces.
fn lower_all(list: &mut [Interface<'_>], extent: Extent<'_>) {
    let lowered: Vec<(usize, Vec<Item>)> = pieces(list, extent)
        .into_par_iter()
        // The catalogue's own tests hold that every interface can be read.
        .map(|(i, text)| (i, lower::lower_interface(&text).unwrap_or_default()))
        .collect();
    for (i, items) in lowered {
        if let Some(interface) = list.get_mut(i) {
            interface.items.extend(items);
        }
    }
}

/// The version of a dependency: locked, else the newest known that meets the requirement, else the newest known.
pub(super) fn choose(
    catalog: &Catalog,
    name: Name,
    dependency: &Dependency,
) -> Option<(Key, VersionSource)> {
    let package = described(catalog, name, dependency)?;
    match (&dependency.version, &dependency.requirement) {
        (Some(version), _) => Some(((package, version.clone()), dependency.known_by)),
        (None, Some(requirement)) => {
            let version = catalog.newest_matching(&package, requirement)?;
            Some(((package, version), VersionSource::Manifest))
        }
        (None, None) => Some((newest(catalog, &package)?, VersionSource::Newest)),
    }
}

/// The catalogued package a dependency is: by its own name, or a fork that takes the place of the original
/// (`isahc = { package = "isahc-of-ours" }`): the code sees the name it knows, and the fork's says whose it is.
fn described(catalog: &Catalog, name: Name, dependency: &Dependency) -> Option<String> {
    if catalog.describes(&dependency.package) {
        return Some(dependency.package.clone());
    }
    let original = name.as_str().replace('_', "-");
    let is_fork = dependency.package.contains(&original) && catalog.describes(&original);
    is_fork.then_some(original)
}

fn newest(catalog: &Catalog, package: &str) -> Option<Key> {
    let file = catalog.file(package)?;
    Some((package.to_owned(), Version::parse(&file.newest).ok()?))
}

/// The crates an interface names, in the versions that go with it.
fn named_crates(
    catalog: &Catalog,
    workspace: &Workspace,
    key: &Key,
    view: &CrateView<'_>,
) -> Vec<(Name, Key)> {
    let mut out = Vec::new();
    let texts = view.api.iter().map(|api| api.text.as_str());
    let led_by: Words = texts.flat_map(path_starts).collect();
    for (package, code_name, _) in catalog.seeds() {
        // `core` and `alloc` are `std` under other names: a copy of it would make two of every type.
        if package == key.0 || catalog.same_code(package, STD) {
            continue;
        }
        if !led_by.contains(&code_name) && !view.names_family_of(package) {
            continue;
        }
        let edges = workspace.lock_edges.get(key).into_iter().flatten();
        let by_edge = edges
            .filter(|(name, _)| name == package)
            .map(|(_, v)| v.clone())
            .max();
        let by_table = || {
            view.dependencies
                .get(package)
                .and_then(|req| catalog.newest_matching(package, req))
        };
        let by_lock = || match workspace.locked.get(package).map(Vec::as_slice) {
            Some([one]) => Some(one.clone()),
            _ => None,
        };
        let version = by_edge
            .or_else(by_table)
            .or_else(by_lock)
            .or_else(|| newest(catalog, package).map(|k| k.1));
        if let Some(version) = version {
            out.push((Name::new(&code_name), (package.to_owned(), version)));
        }
    }
    out
}

impl Interface<'_> {
    /// Whose code it is about: what is made of schemas is its maker's.
    fn whose(&self) -> &Key {
        let named = |key: &&Key| self.view.dependencies.contains_key(key.0.as_str());
        let maker = || self.deps.iter().map(|(_, key)| key).find(named);
        let made = self.key.0 == STUBS;
        made.then(maker).flatten().unwrap_or(&self.key)
    }
}

impl Interfaces<'_> {
    /// Lowers what is to be read of them.
    pub(super) fn lower(&mut self, extent: Extent<'_>) {
        lower_all(&mut self.list, extent);
    }

    fn id(&self, key: &Key) -> Option<CrateId> {
        self.index.get(key).map(|i| CrateId(*i as u32))
    }

    /// Where the standard library's interface stands among the crates.
    pub(super) fn std_index(&self) -> Option<usize> {
        self.list.iter().position(|i| i.key.0 == STD)
    }

    /// The interfaces as crates, in the order of their ids.
    pub(super) fn crates(&self) -> Vec<CrateInput<'_>> {
        self.list
            .iter()
            .map(|interface| {
                let mut deps: FxHashMap<Name, Dep> = FxHashMap::default();
                for (name, key) in &interface.deps {
                    if let Some(id) = self.id(key) {
                        deps.insert(*name, Dep::Crate(id));
                    }
                }
                deps.extend(self.sysroot());
                let name = Name::new(&interface.view.lib_name());
                CrateInput {
                    name,
                    origin: Origin::Catalog {
                        package: interface.whose().0.clone(),
                        version: interface.whose().1.clone(),
                        known_by: interface.known_by,
                    },
                    edition: 2024,
                    deps,
                    cfg: CfgEnv::default(),
                    root: Root::Interface(&interface.items),
                }
            })
            .collect()
    }

    /// What is known of the code that builds make of schemas.
    pub(super) fn stubs(&self) -> Option<(Name, Dep)> {
        let index = self.list.iter().position(|i| i.key.0 == STUBS)?;
        Some((Name::new(STUBS), Dep::Crate(CrateId(index as u32))))
    }

    /// `std`, `core` and `alloc`.
    pub(super) fn sysroot(&self) -> Vec<(Name, Dep)> {
        let Some(index) = self.std_index() else {
            return Vec::new();
        };
        let id = CrateId(index as u32);
        ["std", "core", "alloc"]
            .into_iter()
            .map(|n| (Name::new(n), Dep::Crate(id)))
            .collect()
    }

    /// How code names a dependency: as its key says, unless the crate calls itself otherwise and nobody renamed it.
    pub(super) fn code_name(&self, key: Name, dependency: &Dependency) -> Name {
        if key == dependency.package.replace('-', "_").as_str() {
            Name::new(&self.catalog.lib_name(&dependency.package))
        } else {
            key
        }
    }

    /// What a dependency leads to.
    pub(super) fn dependency(&self, name: Name, dependency: &Dependency) -> Dep {
        let found = choose(self.catalog, name, dependency).and_then(|(key, _)| self.id(&key));
        match found {
            Some(id) => Dep::Crate(id),
            None => Dep::Unknown(Name::new(&dependency.package.replace('-', "_"))),
        }
    }

    /// Every described crate in its newest version, for files without a manifest.
    pub(super) fn newest_of_all(&self) -> Vec<(Name, Dep)> {
        let names = FILES.iter().filter_map(|(package, _)| {
            let key = newest(self.catalog, package)?;
            let id = self.id(&key)?;
            Some((Name::new(&self.catalog.lib_name(package)), Dep::Crate(id)))
        });
        names.collect()
    }

    /// Versions that the workspace's packages use directly.
    pub(super) fn versions(&self) -> impl Iterator<Item = (&str, &Version, VersionSource)> {
        let clients = self
            .list
            .iter()
            .filter(|i| i.direct && !i.view.families.is_empty());
        clients.map(|i| (i.key.0.as_str(), &i.key.1, i.known_by))
    }

    /// The facts that apply, by crate.
    pub(super) fn facts(&self) -> Vec<CrateFacts<'_>> {
        let each = self.list.iter().enumerate();
        each.map(|(index, interface)| {
            let view = &interface.view;
            let mut calls: Vec<_> = view
                .calls
                .iter()
                .flat_map(|(p, l)| l.iter().map(|f| (*p, *f)))
                .collect();
            calls.sort_by(|a, b| a.0.cmp(b.0));
            let mut types: Vec<_> = view.types.values().copied().collect();
            types.sort_by(|a, b| a.path.cmp(&b.path));
            CrateFacts {
                krate: CrateId(index as u32),
                package: interface.whose().0.clone(),
                version: interface.whose().1.clone(),
                known_by: interface.known_by,
                types,
                calls,
                slots: view.slots.values().copied().collect(),
                families: view.families.values().copied().collect(),
                attributes: view.attributes.clone(),
                edits: view.edits.clone(),
            }
        })
        .collect()
    }
}
