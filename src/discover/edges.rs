//! The dependencies a manifest asks for, inheritance done: one [`Edge`] per line of a dependency table.

use std::path::{Path, PathBuf};

use semver::VersionReq;
use toml::{Table, Value};

use super::manifest::{Document, Manifests, is_inherited, one_line, section};
use super::paths::normalize;
use super::platform;

/// Which table a dependency stands in.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Kind {
    /// `[dependencies]`.
    Normal,
    /// `[build-dependencies]`.
    Build,
    /// `[dev-dependencies]`.
    Dev,
}

const TABLES: [(&str, Kind); 3] = [
    ("dependencies", Kind::Normal),
    ("build-dependencies", Kind::Build),
    ("dev-dependencies", Kind::Dev),
];

/// A dependency as a manifest asks for it.
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of its own in the manifest"
)]
pub(super) struct Edge {
    /// Its name in the manifest.
    pub key: String,
    /// The package's name.
    pub package: String,
    /// Whether `package = ".."` says so: then code uses the key whatever the library calls itself.
    pub renamed: bool,
    pub kind: Kind,
    /// False for tables of platforms the analysis does not speak of.
    pub active: bool,
    pub optional: bool,
    pub default_features: bool,
    pub features: Vec<String>,
    pub requirement: Option<VersionReq>,
    /// Where its manifest's folder should be, for path dependencies.
    pub path: Option<PathBuf>,
    /// Its repository, for git dependencies.
    pub git: Option<String>,
    /// Which package of this run it is; filled in when all are known.
    pub local: Option<usize>,
}

/// All edges of a manifest, in the order of its tables. `root` is the workspace it inherits from.
pub(super) fn edges(
    manifests: &mut Manifests<'_>,
    document: &Document,
    root: Option<&Document>,
) -> Vec<Edge> {
    let mut edges = Vec::new();
    let no_tables = Table::new();
    let platforms = section(&document.table, "target").unwrap_or(&no_tables);
    let conditional = platforms.iter().filter_map(|(key, value)| {
        // What cannot be known counts as on: a bound or a client behind it exists for somebody.
        Some((platform::holds(key).unwrap_or(true), value.as_table()?))
    });
    for (active, tables) in std::iter::once((true, &document.table)).chain(conditional) {
        for (name, kind) in TABLES {
            for (key, value) in section(tables, name).into_iter().flatten() {
                let reader = Reader {
                    document,
                    root,
                    key,
                    kind,
                    active,
                };
                edges.push(reader.read(manifests, value));
            }
        }
    }
    edges
}

/// Path patches of a workspace: the folders that stand in for packages of a registry or repository.
pub(super) fn patches(document: &Document) -> Vec<(String, PathBuf)> {
    let sources = section(&document.table, "patch")
        .into_iter()
        .flatten()
        .filter_map(|(_, source)| source.as_table());
    let replace = section(&document.table, "replace").into_iter();
    let mut patches: Vec<(String, PathBuf)> = sources
        .chain(replace)
        .flatten()
        .filter_map(|(key, value)| {
            let path = value.get("path")?.as_str()?;
            // `[replace]` writes `name:version`.
            let key = key.split(':').next().unwrap_or(key);
            let package = value.get("package").and_then(Value::as_str).unwrap_or(key);
            Some((package.to_owned(), normalize(&document.dir.join(path))))
        })
        .collect();
    patches.sort();
    patches
}

/// One entry of a dependency table and where it stands.
struct Reader<'d> {
    document: &'d Document,
    root: Option<&'d Document>,
    key: &'d str,
    kind: Kind,
    active: bool,
}

impl Reader<'_> {
    fn read(&self, manifests: &mut Manifests<'_>, value: &Value) -> Edge {
        let (entry, base) = self.full(manifests, value);
        let package = entry
            .get("package")
            .and_then(Value::as_str)
            .map(str::to_owned);
        let path = entry
            .get("path")
            .and_then(Value::as_str)
            .map(|path| normalize(&base.join(path)));
        let mut edge = Edge {
            key: self.key.to_owned(),
            renamed: package.is_some(),
            package: package.unwrap_or_else(|| self.key.to_owned()),
            kind: self.kind,
            active: self.active,
            optional: false,
            default_features: true,
            features: Vec::new(),
            requirement: None,
            path,
            git: entry.get("git").and_then(Value::as_str).map(str::to_owned),
            local: None,
        };
        match Value::Table(entry).try_into::<cargo_toml::Dependency>() {
            Ok(dependency) => {
                edge.optional = dependency.optional();
                edge.features = dependency.req_features().to_vec();
                if let Some(detail) = dependency.detail() {
                    edge.default_features = detail.default_features;
                    edge.requirement.clone_from(&detail.version);
                }
            }
            Err(error) => manifests.note(
                Some(&self.document.path),
                format!(
                    "the dependency `{}` cannot be read ({}); mend its entry: until then its newest version is assumed",
                    self.key,
                    one_line(error.message())
                ),
            ),
        }
        edge
    }

    /// The entry as a table with all that the workspace says about it, and the folder its path starts from.
    fn full(&self, manifests: &mut Manifests<'_>, value: &Value) -> (Table, &Path) {
        if !is_inherited(value) {
            return (as_table(value), &self.document.dir);
        }
        let template = self.root.and_then(|root| {
            let shared = section(root.workspace()?, "dependencies")?.get(self.key)?;
            Some((as_table(shared), root.dir.as_path()))
        });
        let Some((mut entry, base)) = template else {
            manifests.note(
                Some(&self.document.path),
                format!(
                    "the dependency `{0}` is inherited, but no `[workspace.dependencies]` above has it; add `{0}` there: \
                     until then its newest version is assumed",
                    self.key
                ),
            );
            return (Table::new(), &self.document.dir);
        };
        let ours = as_table(value);
        if let Some(Value::Array(more)) = ours.get("features") {
            let mut features = entry
                .get("features")
                .and_then(Value::as_array)
                .cloned()
                .unwrap_or_default();
            features.extend(more.iter().cloned());
            entry.insert("features".into(), Value::Array(features));
        }
        if let Some(optional) = ours.get("optional") {
            entry.insert("optional".into(), optional.clone());
        }
        // A member can switch the defaults on again, never off: cargo ignores that.
        if ours.get("default-features").and_then(Value::as_bool) == Some(true) {
            entry.insert("default-features".into(), Value::Boolean(true));
        }
        (entry, base)
    }
}

/// `"1"` as `{ version = "1" }`, and the old spelling of `default-features` as the new one.
fn as_table(value: &Value) -> Table {
    let mut entry = match value {
        Value::Table(table) => table.clone(),
        other => Table::from_iter([("version".to_owned(), other.clone())]),
    };
    if let Some(old) = entry.remove("default_features") {
        entry.entry("default-features").or_insert(old);
    }
    entry
}
