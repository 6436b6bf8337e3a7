//! Crate roots of a package, found as cargo finds them: what the manifest lists, and what lies where cargo looks.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use cargo_toml::Product;
use toml::{Table, Value};

use super::manifest::{Document, Manifests, one_line, texts};
use super::paths::normalize;
use super::workspace::{Target, TargetKind};
use crate::name::Name;
use crate::source::Sources;

/// A crate root, and what decides whether it is asked for.
#[derive(Clone, Debug)]
pub(super) struct Found {
    /// As the workspace will hold it.
    pub target: Target,
    /// Its name as the manifest has it.
    pub label: String,
    /// Features without which cargo does not build it.
    pub required: Vec<String>,
    /// Whether `--tests` takes it in.
    pub test: bool,
    /// Whether `--benches` takes it in.
    pub bench: bool,
}

/// What targets need to know of their package.
pub(super) struct Site<'d> {
    pub document: &'d Document,
    pub package: &'d str,
    pub edition: u16,
}

/// The kinds with a list in the manifest: its key, the folder cargo looks into, and the switch that stops it.
const LISTED: [(TargetKind, &str, &str, &str); 4] = [
    (TargetKind::Bin, "bin", "src/bin", "autobins"),
    (TargetKind::Example, "example", "examples", "autoexamples"),
    (TargetKind::Test, "test", "tests", "autotests"),
    (TargetKind::Bench, "bench", "benches", "autobenches"),
];

/// All targets of a package, sorted by kind, name and file.
pub(super) fn targets(manifests: &mut Manifests<'_>, site: &Site<'_>) -> Vec<Found> {
    let mut found: Vec<Found> = lib(manifests, site).into_iter().collect();
    for (kind, key, folder, switch) in LISTED {
        found.extend(listed(manifests, site, kind, key, folder, switch));
    }
    found.extend(build_scripts(manifests, site));
    found.sort_by(|a, b| {
        let key = |f: &Found| (f.target.kind, f.target.name, f.target.root.clone());
        key(a).cmp(&key(b))
    });
    found
}

impl Site<'_> {
    fn path(&self, relative: impl AsRef<Path>) -> PathBuf {
        normalize(&self.document.dir.join(relative))
    }

    fn switch(&self, key: &str) -> Option<bool> {
        self.document.package()?.get(key)?.as_bool()
    }

    fn found(&self, kind: TargetKind, label: &str, root: PathBuf, product: &Product) -> Found {
        let edition = product.edition.map_or(self.edition, year);
        Found {
            target: Target {
                kind,
                name: Name::new(&label.replace('-', "_")),
                root,
                edition,
                selected: false,
                files: Vec::new(),
            },
            label: label.to_owned(),
            required: product.required_features.clone(),
            // Cargo's own defaults differ by kind; those of `Product` are true throughout.
            test: product.test
                && matches!(kind, TargetKind::Lib | TargetKind::Bin | TargetKind::Test),
            bench: product.bench
                && matches!(kind, TargetKind::Lib | TargetKind::Bin | TargetKind::Bench),
        }
    }
}

fn year(edition: cargo_toml::Edition) -> u16 {
    use cargo_toml::Edition;
    match edition {
        Edition::E2015 => 2015,
        Edition::E2018 => 2018,
        Edition::E2021 => 2021,
        _ => 2024,
    }
}

/// One entry of the manifest; a broken one is noted and passed over.
fn product(
    manifests: &mut Manifests<'_>,
    site: &Site<'_>,
    key: &str,
    value: &Value,
) -> Option<Product> {
    const KEPT: [&str; 8] = [
        "name",
        "path",
        "edition",
        "test",
        "bench",
        "required-features",
        "crate-type",
        "proc-macro",
    ];
    let kept: Table = value
        .as_table()?
        .iter()
        .filter(|(k, _)| KEPT.contains(&k.as_str()))
        .map(|(k, v)| (k.clone(), v.clone()))
        .collect();
    match Value::Table(kept).try_into::<Product>() {
        Ok(product) => Some(product),
        Err(error) => {
            let text = format!(
                "an entry of `{key}` cannot be read ({}); mend it: until then it is left out",
                one_line(error.message())
            );
            manifests.note(Some(&site.document.path), text);
            None
        }
    }
}

fn lib(manifests: &mut Manifests<'_>, site: &Site<'_>) -> Option<Found> {
    let listed = site.document.table.get("lib").cloned();
    let product = match &listed {
        Some(value) => product(manifests, site, "[lib]", value).unwrap_or_default(),
        None if site.switch("autolib") == Some(false) => return None,
        None => Product::default(),
    };
    let label = product
        .name
        .clone()
        .unwrap_or_else(|| site.package.to_owned());
    let candidates = match &product.path {
        Some(path) => vec![path.clone()],
        // The second is where the first cargos looked.
        None if listed.is_some() => vec!["src/lib.rs".to_owned(), format!("src/{label}.rs")],
        None => vec!["src/lib.rs".to_owned()],
    };
    let root = candidates
        .iter()
        .map(|path| site.path(path))
        .find(|root| manifests.sources.is_file(root));
    if root.is_none() && listed.is_some() {
        missing(manifests, site, "the library", &candidates);
    }
    Some(site.found(TargetKind::Lib, &label, root?, &product))
}

fn missing(manifests: &mut Manifests<'_>, site: &Site<'_>, what: &str, candidates: &[String]) {
    let text = format!(
        "{what} has no file at `{}`; create it or correct `path`",
        candidates.join("` or `")
    );
    manifests.note(Some(&site.document.path), text);
}

fn listed(
    manifests: &mut Manifests<'_>,
    site: &Site<'_>,
    kind: TargetKind,
    key: &str,
    folder: &str,
    switch: &str,
) -> Vec<Found> {
    let mut inferred = infer(manifests.sources, &site.path(folder));
    let main = site.path("src/main.rs");
    if kind == TargetKind::Bin && manifests.sources.is_file(&main) {
        inferred.push((site.package.to_owned(), main));
    }
    inferred.sort();
    let explicit = site.document.table.get(key).and_then(Value::as_array);
    let mut found = Vec::new();
    let mut taken: (BTreeSet<String>, BTreeSet<PathBuf>) = Default::default();
    for value in explicit.into_iter().flatten() {
        let Some(product) = product(manifests, site, &format!("[[{key}]]"), value) else {
            continue;
        };
        let stem = || {
            Some(
                Path::new(product.path.as_ref()?)
                    .file_stem()?
                    .to_string_lossy()
                    .into_owned(),
            )
        };
        let Some(label) = product.name.clone().or_else(stem) else {
            continue;
        };
        let candidates = match &product.path {
            Some(path) => vec![path.clone()],
            None => usual_paths(
                kind,
                &label,
                folder,
                inferred.iter().find(|(name, _)| *name == label),
            ),
        };
        let root = candidates
            .iter()
            .map(|path| site.path(path))
            .find(|root| manifests.sources.is_file(root));
        taken.0.insert(label.clone());
        match root {
            Some(root) => {
                taken.1.insert(root.clone());
                found.push(site.found(kind, &label, root, &product));
            }
            None => missing(
                manifests,
                site,
                &format!("`[[{key}]]` `{label}`"),
                &candidates,
            ),
        }
    }
    // In the first edition a list in the manifest was the whole list.
    let whole = site.edition == 2015 && explicit.is_some_and(|list| !list.is_empty());
    if site.switch(switch).unwrap_or(!whole) {
        let rest = inferred
            .into_iter()
            .filter(|(name, path)| !taken.0.contains(name) && !taken.1.contains(path));
        found.extend(rest.map(|(name, path)| site.found(kind, &name, path, &Product::default())));
    }
    found
}

/// Where a listed target without a `path` may lie.
fn usual_paths(
    kind: TargetKind,
    label: &str,
    folder: &str,
    inferred: Option<&(String, PathBuf)>,
) -> Vec<String> {
    let mut paths: Vec<String> = inferred
        .map(|(_, path)| path.to_string_lossy().into_owned())
        .into_iter()
        .collect();
    if paths.is_empty() {
        paths.extend([
            format!("{folder}/{label}.rs"),
            format!("{folder}/{label}/main.rs"),
        ]);
        if kind == TargetKind::Bin {
            // Of the first edition.
            paths.extend([format!("src/{label}.rs"), "src/main.rs".to_owned()]);
        }
    }
    paths
}

/// `x.rs` and `x/main.rs` of a folder, by name.
fn infer(sources: &dyn Sources, folder: &Path) -> Vec<(String, PathBuf)> {
    let entries = sources.list(folder).unwrap_or_default().into_iter();
    let named = entries.filter_map(|entry| {
        let name = entry.file_name()?.to_str()?.to_owned();
        if name.starts_with('.') {
            return None;
        }
        if entry.extension() == Some(OsStr::new("rs")) && sources.is_file(&entry) {
            return Some((name.strip_suffix(".rs")?.to_owned(), entry));
        }
        let main = entry.join("main.rs");
        sources.is_file(&main).then_some((name, main))
    });
    named.collect()
}

fn build_scripts(manifests: &mut Manifests<'_>, site: &Site<'_>) -> Vec<Found> {
    let value = site
        .document
        .package()
        .and_then(|package| package.get("build"));
    let (paths, certain) = match value {
        Some(Value::Boolean(false)) => return Vec::new(),
        Some(Value::String(path)) => (vec![path.as_str()], true),
        Some(list @ Value::Array(_)) => (texts(Some(list)), true),
        _ => (vec!["build.rs"], false),
    };
    let mut found = Vec::new();
    for path in paths {
        let root = site.path(path);
        if manifests.sources.is_file(&root) {
            found.push(site.found(
                TargetKind::Build,
                "build-script-build",
                root,
                &Product::default(),
            ));
        } else if certain {
            missing(manifests, site, "the build script", &[path.to_owned()]);
        }
    }
    found
}
