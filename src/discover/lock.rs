//! `Cargo.lock`: which version each dependency of each package really has.

use std::collections::BTreeMap;
use std::path::Path;

use semver::Version;
use serde::Deserialize;

use super::edges::Edge;
use super::manifest::{Manifests, one_line, place, utf8};

/// The name every lock file has.
pub(super) const LOCK: &str = "Cargo.lock";

/// A package as the lock file names it.
type Key = (String, Version);

/// The file as written. Read here and not by the `cargo-lock` crate: that one compares every dependency with every package,
/// which a hostile lock file turns into hours.
#[derive(Deserialize)]
struct File {
    #[serde(default)]
    package: Vec<Entry>,
    /// The oldest locks keep the package itself apart.
    root: Option<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    name: String,
    version: Version,
    source: Option<String>,
    /// `name`, `name version` where there are several, `name version (source)` where that does not settle it.
    #[serde(default)]
    dependencies: Vec<String>,
}

/// A lock file, by package name.
#[derive(Debug, Default)]
pub(super) struct Lock {
    packages: BTreeMap<String, Vec<Locked>>,
}

#[derive(Debug)]
struct Locked {
    pin: Pin,
    dependencies: Vec<(String, Pin)>,
}

/// One version from one source.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Pin {
    version: Version,
    /// `None`: a path of this workspace.
    source: Option<String>,
}

impl Lock {
    /// The lock file in `dir`, if there is one that can be read.
    pub(super) fn read(manifests: &mut Manifests<'_>, dir: &Path) -> Option<Lock> {
        let path = dir.join(LOCK);
        if !manifests.sources.is_file(&path) {
            return None;
        }
        let bytes = manifests
            .sources
            .read(&path)
            .map_err(|error| format!("cannot be read ({error})"));
        let parsed = bytes.and_then(|bytes| {
            let text = utf8(&bytes)?;
            toml::from_str::<File>(text)
                .map_err(|error| format!("{}{}", place(text, &error), one_line(error.message())))
        });
        match parsed {
            Ok(file) => Some(Lock::new(file)),
            Err(problem) => {
                let text = format!(
                    "{problem}; write it anew with `cargo generate-lockfile`: until then versions are guessed from the manifests"
                );
                manifests.note(Some(&path), text);
                None
            }
        }
    }

    fn new(file: File) -> Lock {
        let entries: Vec<Entry> = file.package.into_iter().chain(file.root).collect();
        let mut pins: BTreeMap<&str, Vec<Pin>> = BTreeMap::new();
        for entry in &entries {
            pins.entry(&entry.name).or_default().push(entry.pin());
        }
        let mut packages: BTreeMap<String, Vec<Locked>> = BTreeMap::new();
        for entry in &entries {
            let dependencies = entry.dependencies.iter();
            let locked = Locked {
                pin: entry.pin(),
                dependencies: dependencies
                    .filter_map(|text| dependency(text, &pins))
                    .collect(),
            };
            packages.entry(entry.name.clone()).or_default().push(locked);
        }
        for versions in packages.values_mut() {
            versions.sort_by(|a, b| a.pin.cmp(&b.pin));
        }
        Lock { packages }
    }

    /// The version that `edge` of the package `name` (at `version`) has; `None` if the lock knows none that fits.
    pub(super) fn version(
        &self,
        name: &str,
        version: Option<&Version>,
        edge: &Edge,
    ) -> Option<Version> {
        let named = self
            .of(name, version)
            .into_iter()
            .flat_map(|locked| &locked.dependencies);
        let named = named
            .filter(|(package, _)| *package == edge.package)
            .map(|(_, pin)| pin);
        // A lock older than the manifest does not list the edge; cargo would still keep a version that fits.
        let elsewhere = || {
            self.packages
                .get(&edge.package)
                .into_iter()
                .flatten()
                .map(|locked| &locked.pin)
        };
        best(named, edge)
            .or_else(|| best(elsewhere(), edge))
            .cloned()
    }

    /// Whether the package of this workspace is locked, at this very version.
    pub(super) fn has_local(&self, name: &str, version: &Version) -> bool {
        self.of(name, Some(version))
            .is_some_and(|locked| locked.pin.version == *version)
    }

    /// The entry of a package of this workspace. After a version bump the lock still has the old one.
    fn of(&self, name: &str, version: Option<&Version>) -> Option<&Locked> {
        let mut local = self
            .packages
            .get(name)?
            .iter()
            .filter(|locked| locked.pin.source.is_none());
        let exact = local
            .clone()
            .find(|locked| Some(&locked.pin.version) == version);
        exact.or_else(|| local.next_back())
    }

    /// Every name with its versions, ascending.
    pub(super) fn versions(&self) -> impl Iterator<Item = (&String, Vec<Version>)> {
        self.packages.iter().map(|(name, list)| {
            let mut versions: Vec<Version> = list
                .iter()
                .map(|locked| locked.pin.version.clone())
                .collect();
            versions.dedup();
            (name, versions)
        })
    }

    /// Every package with what it depends on.
    pub(super) fn edges(&self) -> impl Iterator<Item = (Key, Vec<Key>)> {
        self.packages.iter().flat_map(|(name, list)| {
            list.iter().map(move |locked| {
                let to = locked
                    .dependencies
                    .iter()
                    .map(|(name, pin)| (name.clone(), pin.version.clone()));
                ((name.clone(), locked.pin.version.clone()), to.collect())
            })
        })
    }
}

impl Entry {
    fn pin(&self) -> Pin {
        // Behind `#` is the commit, which dependencies leave out.
        let source = self.source.as_ref();
        Pin {
            version: self.version.clone(),
            source: source.map(|text| text.split('#').next().unwrap_or(text).to_owned()),
        }
    }
}

/// What an entry of `dependencies` means among all packages of the lock.
fn dependency(text: &str, pins: &BTreeMap<&str, Vec<Pin>>) -> Option<(String, Pin)> {
    let mut words = text.split_whitespace();
    let (name, version, source) = (words.next()?, words.next(), words.next());
    let source = source.map(|text| text.trim_matches(['(', ')']));
    let version = version.and_then(|text| Version::parse(text).ok());
    let named = || {
        let all = pins.get(name).into_iter().flatten();
        all.filter(|pin| version.is_none() || version.as_ref() == Some(&pin.version))
    };
    let exact = named().find(|pin| source.is_none() || source == pin.source.as_deref());
    let pin = exact.or_else(|| named().next())?;
    Some((name.to_owned(), pin.clone()))
}

/// Of the versions that meet the requirement, one from the right kind of source, and of these the highest.
fn best<'l>(pins: impl Iterator<Item = &'l Pin>, edge: &Edge) -> Option<&'l Version> {
    let fits = |pin: &&Pin| {
        edge.requirement
            .as_ref()
            .is_none_or(|requirement| requirement.matches(&pin.version))
    };
    let right = |pin: &Pin| match (&pin.source, &edge.git) {
        (None, _) => edge.path.is_some(),
        (Some(source), Some(git)) => source
            .strip_prefix("git+")
            .is_some_and(|url| same_repository(url, git)),
        (Some(source), None) => !source.starts_with("git+"),
    };
    pins.filter(fits)
        .max_by_key(|pin| (right(pin), &pin.version))
        .map(|pin| &pin.version)
}

/// Cargo takes `x`, `x/` and `x.git` for one repository.
fn same_repository(a: &str, b: &str) -> bool {
    let bare = |url: &str| {
        let url = url.split('?').next().unwrap_or(url);
        url.trim_end_matches('/')
            .trim_end_matches(".git")
            .to_ascii_lowercase()
    };
    bare(a) == bare(b)
}
