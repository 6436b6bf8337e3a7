//! Loading: which files there are, which entries of them apply, and which version is meant.
//!
//! A run depends on few of the crates described, so only a file's head is read at the start and the rest when a package
//! asks for it, once in the life of a process. [`Catalog::problems`] checks everything; the tests hold that it finds nothing
//! in the built-in files.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use rustc_hash::FxHashMap;
use semver::{Op, Version, VersionReq};
use serde::Deserialize;

pub use super::error::{LoadError, Problem};
use super::grammars::Grammars;
use super::schema::{
    Api, AttributeFact, CallFact, CrateFile, EditFact, Family, MacroFact, Slot, TypeFact,
    split_family,
};
use super::versions::{in_range, known_versions, lower_bound, meets};
use super::{FILES, check};
use crate::ir::cfg::{Target, parse};

/// All catalogue files of a run.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    files: Vec<Arc<Entry>>,
    by_package: FxHashMap<String, usize>,
    target: Target,
}

/// A file.
#[derive(Debug)]
struct Entry {
    /// As it is shown: `reqwest.toml`.
    name: String,
    text: Cow<'static, str>,
    head: Head,
    file: OnceLock<Result<CrateFile, LoadError>>,
}

/// What stands before the first table: all that a run needs of a crate it does not depend on.
#[derive(Debug, Deserialize)]
struct Head {
    #[serde(rename = "crate")]
    krate: String,
    #[serde(default)]
    also: Vec<String>,
    #[serde(default)]
    lib: Option<String>,
    #[serde(default)]
    seeds: Vec<String>,
}

impl Head {
    /// The name in code of one of the packages the file is about.
    fn lib_name(&self, package: &str) -> String {
        match &self.lib {
            Some(lib) if package == self.krate => lib.clone(),
            _ => lib_name(package),
        }
    }
}

impl Catalog {
    /// The built-in catalogue. Runs of one process share what was read of it.
    pub fn builtin() -> Result<Catalog, LoadError> {
        static READ: OnceLock<Result<Catalog, LoadError>> = OnceLock::new();
        READ.get_or_init(|| {
            let mut catalog = Catalog::default();
            for (name, text) in FILES {
                catalog.insert(format!("{name}.toml"), Cow::Borrowed(text))?;
            }
            Ok(catalog)
        })
        .clone()
    }

    /// The same for another target than `x86_64-unknown-linux-gnu`.
    #[must_use]
    pub fn with_target(mut self, target: Target) -> Catalog {
        self.target = target;
        self
    }

    /// Adds a file and checks it at once. A package described before is described by this file from now on.
    pub fn add(&mut self, name: &str, text: String) -> Result<(), LoadError> {
        let index = self.insert(name.to_owned(), Cow::Owned(text))?;
        match self.check(index).into_iter().next() {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    /// Adds a file that was made here: what it is made of is checked by the tests, not in every run.
    pub(crate) fn add_made(&mut self, name: &str, text: String) -> Result<(), LoadError> {
        self.insert(name.to_owned(), Cow::Owned(text)).map(drop)
    }

    fn insert(&mut self, name: String, text: Cow<'static, str>) -> Result<usize, LoadError> {
        // The head ends where the first table begins.
        let lines = text
            .split_inclusive('\n')
            .take_while(|l| !l.trim_start().starts_with('['));
        let top = text.get(..lines.map(str::len).sum()).unwrap_or_default();
        let head: Head = toml::from_str(top).map_err(|e| check::toml_error(&name, top, &e))?;
        let index = self.files.len();
        for package in std::iter::once(&head.krate).chain(&head.also) {
            self.by_package.insert(package.clone(), index);
        }
        self.files.push(Arc::new(Entry {
            name,
            text,
            head,
            file: OnceLock::new(),
        }));
        Ok(index)
    }

    /// Everything wrong with any file, in order.
    pub fn problems(&self) -> Vec<LoadError> {
        let mut found = Vec::new();
        let mut packages = BTreeSet::new();
        for (index, entry) in self.files.iter().enumerate() {
            for package in std::iter::once(&entry.head.krate).chain(&entry.head.also) {
                if !packages.insert(package.as_str()) {
                    let problem = Box::new(Problem::PackageTwice {
                        package: package.clone(),
                    });
                    found.push(LoadError {
                        file: entry.name.clone(),
                        line: 1,
                        problem,
                    });
                }
            }
            found.extend(self.check(index));
        }
        found
    }

    fn check(&self, index: usize) -> Vec<LoadError> {
        let Some(entry) = self.files.get(index) else {
            return Vec::new();
        };
        match entry.parsed() {
            Ok(file) => check::check(&entry.name, &entry.text, file, &|package| {
                self.file(package)
            }),
            Err(error) => vec![error.clone()],
        }
    }

    /// The file about a package. One that cannot be parsed is as if it were not there; [`Catalog::problems`] names it.
    pub fn file(&self, package: &str) -> Option<&CrateFile> {
        self.files
            .get(*self.by_package.get(package)?)?
            .parsed()
            .as_ref()
            .ok()
    }

    /// Whether two names stand for the same code, as far as the catalogue knows.
    pub fn same_code(&self, a: &str, b: &str) -> bool {
        let of = |package: &str| self.by_package.get(package);
        of(a).is_some() && of(a) == of(b)
    }

    /// The name in code of a package.
    pub fn lib_name(&self, package: &str) -> String {
        let entry = self
            .by_package
            .get(package)
            .and_then(|i| self.files.get(*i));
        entry.map_or_else(|| lib_name(package), |e| e.head.lib_name(package))
    }

    /// Whether the package is described, without reading its file.
    pub fn describes(&self, package: &str) -> bool {
        self.by_package.contains_key(package)
    }

    /// What applies to a package in this version with these features.
    pub fn crate_for(
        &self,
        package: &str,
        version: &Version,
        features: &[String],
    ) -> Option<CrateView<'_>> {
        Some(CrateView::new(
            self.file(package)?,
            version,
            features,
            &self.target,
        ))
    }

    /// The newest known version of a package that meets a requirement: those the file names, else the requirement's own
    /// lower bound, else the newest. `None` if the package is not described.
    pub fn newest_matching(&self, package: &str, requirement: &VersionReq) -> Option<Version> {
        let file = self.file(package)?;
        let known = known_versions(file);
        // Cargo takes a pre-release only if the requirement names one; so do we, unless nothing else is there.
        let taken =
            |wanted: &dyn Fn(&Version) -> bool| known.iter().rev().find(|v| wanted(v)).cloned();
        if let Some(best) =
            taken(&|v| requirement.matches(v)).or_else(|| taken(&|v| meets(requirement, v)))
        {
            return Some(best);
        }
        let lowest = requirement
            .comparators
            .iter()
            .filter(|c| !matches!(c.op, Op::Less | Op::LessEq))
            .map(lower_bound)
            .max();
        lowest.or_else(|| Version::parse(&file.newest).ok())
    }

    /// How macros are read, by all files.
    pub fn grammars(&self) -> Grammars {
        let with_macros = self.files.iter().filter(|e| e.text.contains("[[macro]]"));
        let facts = with_macros
            .filter_map(|e| e.parsed().as_ref().ok())
            .flat_map(|f| &f.macros);
        Grammars::new(facts)
    }

    /// The packages whose build steps make clients of schemas.
    pub fn stub_makers(&self) -> impl Iterator<Item = &str> {
        let makers = self.files.iter().filter(|e| e.text.contains("\n[stubs]"));
        makers.map(|e| e.head.krate.as_str())
    }

    /// The prefilter's words: each package with its name in code and the further seeds of its file.
    pub fn seeds(&self) -> impl Iterator<Item = (&str, String, &[String])> {
        self.files.iter().flat_map(|e| {
            let names = std::iter::once(&e.head.krate).chain(&e.head.also);
            names.map(|n| (n.as_str(), e.head.lib_name(n), e.head.seeds.as_slice()))
        })
    }
}

impl Entry {
    fn parsed(&self) -> &Result<CrateFile, LoadError> {
        self.file.get_or_init(|| {
            toml::from_str(&self.text).map_err(|e| check::toml_error(&self.name, &self.text, &e))
        })
    }
}

/// A crate as one version of it with certain features is.
#[derive(Clone, Debug)]
pub struct CrateView<'a> {
    /// The whole file.
    pub file: &'a CrateFile,
    /// The version in force.
    pub version: Version,
    /// The interface.
    pub api: Vec<&'a Api>,
    /// What types are, by canonical path.
    pub types: FxHashMap<&'a str, &'a TypeFact>,
    /// Slots by family and name.
    pub slots: BTreeMap<(&'a str, &'a str), &'a Slot>,
    /// Families by name.
    pub families: BTreeMap<&'a str, &'a Family>,
    /// What calls do, by canonical path. [`CallFact::also`] paths lead to the same fact.
    pub calls: FxHashMap<&'a str, Vec<&'a CallFact>>,
    /// What to write where something is owed.
    pub edits: Vec<&'a EditFact>,
    /// How macros are read.
    pub macros: &'a [MacroFact],
    /// Attributes that say when a function runs.
    pub attributes: Vec<&'a AttributeFact>,
    /// The versions of other catalogued crates that the interface speaks of, where no lock file tells.
    pub dependencies: BTreeMap<&'a str, VersionReq>,
}

impl<'a> CrateView<'a> {
    fn new(file: &'a CrateFile, version: &Version, features: &[String], target: &Target) -> Self {
        let on = switched_on(file, features);
        let fits = |versions: &Option<String>, features: &[String], cfg: &Option<String>| {
            in_range(versions.as_deref(), version)
                && features.iter().all(|f| match f.strip_prefix('!') {
                    Some(off) => !on.contains(off),
                    None => on.contains(f.as_str()),
                })
                && fits_target(cfg.as_deref(), target)
        };
        let mut calls: FxHashMap<&str, Vec<&CallFact>> = FxHashMap::default();
        for fact in file
            .calls
            .iter()
            .filter(|c| fits(&c.versions, &c.features, &c.target))
        {
            for path in std::iter::once(&fact.path).chain(&fact.also) {
                calls.entry(path.as_str()).or_default().push(fact);
            }
        }
        let types = file
            .types
            .iter()
            .filter(|t| fits(&t.versions, &t.features, &t.target));
        let slots = file
            .slots
            .iter()
            .filter(|s| fits(&s.versions, &s.features, &s.target));
        let families = file
            .family
            .iter()
            .filter(|f| fits(&f.versions, &f.features, &f.target));
        let wanted = file
            .dependency
            .iter()
            .filter(|d| in_range(d.versions.as_deref(), version));
        CrateView {
            file,
            version: version.clone(),
            api: file
                .api
                .iter()
                .filter(|a| fits(&a.versions, &a.features, &a.target))
                .collect(),
            types: types.map(|t| (t.path.as_str(), t)).collect(),
            slots: slots
                .map(|s| ((s.family.as_str(), s.name.as_str()), s))
                .collect(),
            families: families.map(|f| (f.name.as_str(), f)).collect(),
            calls,
            edits: file
                .edits
                .iter()
                .filter(|e| fits(&e.versions, &e.features, &e.target))
                .collect(),
            macros: &file.macros,
            attributes: file
                .attributes
                .iter()
                .filter(|a| fits(&a.versions, &a.features, &a.target))
                .collect(),
            dependencies: wanted
                .filter_map(|d| Some((d.package.as_str(), VersionReq::parse(&d.requirement).ok()?)))
                .collect(),
        }
    }

    /// The crate's name in code: `hyper_util`.
    pub fn lib_name(&self) -> String {
        self.file.lib_name()
    }

    /// Whether a type or call speaks of a family of another package.
    pub fn names_family_of(&self, package: &str) -> bool {
        let of_types = self.types.values().filter_map(|t| t.family.as_deref());
        let of_calls = self
            .calls
            .values()
            .flatten()
            .filter_map(|c| c.family.as_deref());
        of_types
            .chain(of_calls)
            .any(|f| split_family(f).0 == Some(package))
    }

    /// The slots of one family, by name.
    pub fn slots_of(&self, family: &str) -> impl Iterator<Item = &'a Slot> {
        self.slots
            .iter()
            .filter(move |((of, _), _)| *of == family)
            .map(|(_, slot)| *slot)
    }
}

impl CrateFile {
    /// The crate's name in code.
    pub fn lib_name(&self) -> String {
        self.lib.clone().unwrap_or_else(|| lib_name(&self.krate))
    }
}

/// A package's name as code writes it.
pub fn lib_name(package: &str) -> String {
    package.replace('-', "_")
}

fn switched_on<'a>(file: &'a CrateFile, features: &'a [String]) -> BTreeSet<&'a str> {
    let mut on = BTreeSet::new();
    let mut todo: Vec<&str> = features.iter().map(String::as_str).collect();
    while let Some(feature) = todo.pop() {
        if on.insert(feature) {
            todo.extend(
                file.implies
                    .get(feature)
                    .into_iter()
                    .flatten()
                    .map(String::as_str),
            );
        }
    }
    on
}

fn fits_target(cfg: Option<&str>, target: &Target) -> bool {
    let Some(cfg) = cfg.and_then(|c| parse(c).ok()) else {
        return true;
    };
    target.eval(&cfg) != Some(false)
}
