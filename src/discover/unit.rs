//! One package of the run while it is put together: what its manifest says once all inheritance is done.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use semver::Version;
use toml::Value;

use super::edges::{Edge, edges};
use super::manifest::{Document, Manifests, is_inherited, one_line, section, texts};
use super::targets::{Found, Site, targets};
use super::workspace::{Target, TargetKind};
use crate::name::Name;

/// The edition of files no manifest speaks for.
const EDITION_UNKNOWN: u16 = 2021;

/// A package in the making.
#[derive(Clone, Debug)]
pub(super) struct Unit {
    pub name: String,
    pub version: Option<Version>,
    pub dir: PathBuf,
    pub manifest: Option<PathBuf>,
    /// Which lock file and members it goes with: index into the groups.
    pub group: usize,
    /// Whether it is a member of its workspace (and not only read for context).
    pub member: bool,
    /// Whether its manifest could be read: if not, any name of the lock file may be a dependency.
    pub readable: bool,
    pub published: bool,
    /// Features with what they turn on, implicit ones included.
    pub features: BTreeMap<String, Vec<String>>,
    pub edges: Vec<Edge>,
    pub targets: Vec<Found>,
}

impl Unit {
    /// The package of a manifest; `None` if it has none (a virtual workspace).
    pub(super) fn read(
        manifests: &mut Manifests<'_>,
        document: &Document,
        root: Option<&Document>,
    ) -> Option<Unit> {
        let package = document.package()?;
        let inherited = |manifests: &mut Manifests<'_>, key: &str| -> Option<Value> {
            let value = package.get(key)?;
            if !is_inherited(value) {
                return Some(value.clone());
            }
            let shared = root.and_then(|root| section(root.workspace()?, "package")?.get(key));
            if shared.is_none() {
                let text = format!(
                    "`{key}` is inherited, but no `[workspace.package]` above has it; add it there or write it here"
                );
                manifests.note(Some(&document.path), text);
            }
            shared.cloned()
        };
        let name = package
            .get("name")
            .and_then(Value::as_str)
            .map_or_else(|| folder_name(&document.dir), str::to_owned);
        let version = inherited(manifests, "version")
            .and_then(|value| Version::parse(value.as_str()?.trim()).ok());
        let published = match inherited(manifests, "publish") {
            Some(Value::Boolean(allowed)) => allowed,
            Some(Value::Array(registries)) => !registries.is_empty(),
            // As cargo has it: what has no version cannot be published.
            _ => package.contains_key("version"),
        };
        let edition = inherited(manifests, "edition");
        let edition = self::edition(manifests, document, edition.as_ref());
        let edges = edges(manifests, document, root);
        let targets = targets(
            manifests,
            &Site {
                document,
                package: &name,
                edition,
            },
        );
        let is_lib = |found: &Found| found.target.kind == TargetKind::Lib;
        let mut unit = Unit {
            version,
            dir: document.dir.clone(),
            manifest: Some(document.path.clone()),
            group: 0,
            member: false,
            readable: true,
            published: published && targets.iter().any(is_lib),
            features: features(document, &edges),
            edges,
            targets,
            name,
        };
        if unit.targets.is_empty() {
            let (files, _) = split(manifests, &unit.dir);
            if !files.is_empty() {
                let text = "there is no `src/lib.rs`, no `src/main.rs` and no other target; add one: \
                            until then every file below is read on its own";
                manifests.note(Some(&document.path), text.to_owned());
                unit.targets.push(loose(&unit.dir, files));
            }
        }
        Some(unit)
    }

    /// A folder read by a plain walk: `files` are its own.
    pub(super) fn loose(dir: &Path, manifest: Option<PathBuf>, files: Vec<PathBuf>) -> Unit {
        Unit {
            name: folder_name(dir),
            version: None,
            dir: dir.to_path_buf(),
            manifest,
            group: 0,
            member: true,
            readable: false,
            // Who uses these files is unknown, as it is for a published library.
            published: true,
            features: BTreeMap::new(),
            edges: Vec::new(),
            targets: if files.is_empty() {
                Vec::new()
            } else {
                vec![loose(dir, files)]
            },
        }
    }

    /// A single file that carries its own manifest between two lines of dashes, as cargo scripts do.
    pub(super) fn script(manifests: &mut Manifests<'_>, file: &Path) -> Option<Unit> {
        let bytes = manifests.sources.read(file).ok()?;
        let front = frontmatter(std::str::from_utf8(&bytes).ok()?)?;
        let dir = file.parent().unwrap_or(Path::new(""));
        let mut unit = Unit::loose(dir, None, vec![file.to_path_buf()]);
        unit.name = file.file_stem()?.to_string_lossy().into_owned();
        let table = match toml::from_str::<toml::Table>(front) {
            Ok(table) => table,
            Err(error) => {
                let text = format!(
                    "its manifest cannot be read ({}); mend it: until then its dependencies are not known",
                    one_line(error.message())
                );
                manifests.note(Some(file), text);
                return Some(unit);
            }
        };
        let document = Document {
            path: file.to_path_buf(),
            dir: dir.to_path_buf(),
            table,
        };
        unit.readable = true;
        unit.published = false;
        unit.edges = edges(manifests, &document, None);
        unit.features = features(&document, &unit.edges);
        // Scripts are younger than the oldest editions: without a word they are of the newest.
        let edition = document
            .package()
            .and_then(|package| package.get("edition"));
        let edition = edition.map_or(2024, |value| {
            self::edition(manifests, &document, Some(value))
        });
        unit.targets
            .iter_mut()
            .for_each(|found| found.target.edition = edition);
        Some(unit)
    }

    /// What code calls its library.
    pub(super) fn lib_name(&self) -> Option<Name> {
        self.targets
            .iter()
            .find(|found| found.target.kind == TargetKind::Lib)
            .map(|found| found.target.name)
    }
}

/// A target that is nothing but files.
pub(super) fn loose(dir: &Path, files: Vec<PathBuf>) -> Found {
    let name = folder_name(dir);
    Found {
        target: Target {
            kind: TargetKind::Loose,
            name: Name::new(&name.replace('-', "_")),
            root: files.first().cloned().unwrap_or_default(),
            edition: EDITION_UNKNOWN,
            selected: false,
            files,
        },
        label: name,
        required: Vec::new(),
        test: true,
        bench: true,
    }
}

/// The files below `dir` that belong to it, and the folders below that have a manifest of their own.
pub(super) fn split(manifests: &Manifests<'_>, dir: &Path) -> (Vec<PathBuf>, Vec<PathBuf>) {
    let files = manifests.sources.walk(dir, ".rs");
    let mut known: BTreeMap<PathBuf, bool> = BTreeMap::new();
    let mut packages: BTreeSet<PathBuf> = BTreeSet::new();
    let mut own = Vec::new();
    for file in files {
        let mut inside = false;
        let folders = file
            .ancestors()
            .skip(1)
            .take_while(|folder| *folder != dir && folder.starts_with(dir));
        for folder in folders {
            let has = *known.entry(folder.to_path_buf()).or_insert_with(|| {
                manifests
                    .sources
                    .is_file(&folder.join(super::manifest::MANIFEST))
            });
            if has {
                packages.insert(folder.to_path_buf());
                inside = true;
            }
        }
        if !inside {
            own.push(file);
        }
    }
    (own, packages.into_iter().collect())
}

/// The text between the dashes at the head of a file.
fn frontmatter(text: &str) -> Option<&str> {
    let mut rest = text.trim_start_matches('\u{feff}');
    if rest.starts_with("#!") && !rest.starts_with("#![") {
        rest = rest.split_once('\n')?.1;
    }
    let (open, body) = rest.trim_start().split_once('\n')?;
    let dashes = open.get(..open.len() - open.trim_start_matches('-').len())?;
    if dashes.len() < 3 {
        return None;
    }
    let mut at = 0;
    for line in body.split_inclusive('\n') {
        if line.trim_end() == dashes {
            return body.get(..at);
        }
        at += line.len();
    }
    None
}

fn folder_name(dir: &Path) -> String {
    dir.file_name().map_or_else(
        || "files".to_owned(),
        |name| name.to_string_lossy().into_owned(),
    )
}

fn edition(manifests: &mut Manifests<'_>, document: &Document, value: Option<&Value>) -> u16 {
    let Some(value) = value else { return 2015 };
    match value.as_str() {
        Some("2015") => 2015,
        Some("2018") => 2018,
        Some("2021") => 2021,
        Some("2024") => 2024,
        _ => {
            let text = format!("the edition {value} is not known; it is read as 2024");
            manifests.note(Some(&document.path), text);
            2024
        }
    }
}

/// `[features]`, and the one each optional dependency makes unless some feature names it with `dep:`.
fn features(document: &Document, edges: &[Edge]) -> BTreeMap<String, Vec<String>> {
    let table = section(&document.table, "features").into_iter().flatten();
    let mut features: BTreeMap<String, Vec<String>> = table
        .map(|(name, on)| {
            (
                name.clone(),
                texts(Some(on)).into_iter().map(str::to_owned).collect(),
            )
        })
        .collect();
    let named: BTreeSet<String> = features
        .values()
        .flatten()
        .filter_map(|on| Some(on.strip_prefix("dep:")?.to_owned()))
        .collect();
    for edge in edges
        .iter()
        .filter(|edge| edge.optional && !named.contains(&edge.key))
    {
        features
            .entry(edge.key.clone())
            .or_insert_with(|| vec![format!("dep:{}", edge.key)]);
    }
    features
}
