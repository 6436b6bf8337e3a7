//! The compiler as a witness: every path the catalogue has a fact about is named where rustdoc looks it up.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use linger::catalog::{Catalog, CrateView};
use linger::ir::item::{ImportKind, Item, ItemKind};
use linger::lower::lower_interface;
use semver::{Version, VersionReq};

/// A package whose modules name the paths of the crates it depends on.
struct Witnesses {
    /// Its folder.
    folder: &'static str,
    /// Its manifest: what it depends on is looked up there.
    manifest: &'static str,
    /// The lock file that says which versions.
    lock: &'static str,
    /// Whether its crates are described under public names throughout, and have traits whose methods are named.
    core: bool,
}

/// The core crates: looked up in CI.
const CORE: Witnesses = Witnesses {
    folder: "fixtures/paths",
    manifest: include_str!("../fixtures/paths/Cargo.toml"),
    lock: include_str!("../fixtures/Cargo.lock"),
    core: true,
};

/// The others, which take long to build or need a C compiler: looked up by hand.
const OTHERS: Witnesses = Witnesses {
    folder: "fixtures/others",
    manifest: include_str!("../fixtures/others/Cargo.toml"),
    lock: include_str!("../fixtures/others/Cargo.lock"),
    core: false,
};

/// A crate in one line of its versions.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Line {
    package: String,
    /// What the manifest calls it, where that is another name: a line of versions beside others.
    alias: Option<String>,
    /// `0.12`, `2`; nothing for the standard library.
    series: String,
    version: Version,
}

impl Witnesses {
    /// What it depends on: name, package, and what it asks for.
    fn dependencies(&self) -> Vec<(String, String, String)> {
        let manifest: toml::Table = self.manifest.parse().unwrap_or_else(|e| panic!("{e}"));
        let table = manifest.get("dependencies").and_then(|d| d.as_table());
        let of = |(name, value): (&String, &toml::Value)| {
            let text = |key: &str| Some(value.get(key)?.as_str()?.to_owned());
            let package = text("package").unwrap_or_else(|| name.clone());
            let version = text("version").or_else(|| value.as_str().map(str::to_owned));
            (name.clone(), package, version.unwrap_or_default())
        };
        table.into_iter().flatten().map(of).collect()
    }

    /// The crates with facts among them, as they are locked.
    fn lines(&self, catalog: &Catalog) -> Vec<Line> {
        let described = |package: &String| {
            let file = catalog.file(package);
            file.is_some_and(|f| !(f.types.is_empty() && f.calls.is_empty()))
        };
        let all = self.dependencies().into_iter();
        let mut lines: Vec<Line> = all
            .filter(|(_, package, _)| described(package))
            .map(|(name, package, wanted)| {
                let version = locked(self.lock, &package, &wanted);
                let series = match (version.major, version.minor) {
                    (0, minor) => format!("0.{minor}"),
                    (major, _) => major.to_string(),
                };
                Line {
                    alias: (name != package).then(|| name.replace('-', "_")),
                    package,
                    series,
                    version,
                }
            })
            .collect();
        lines.sort();
        lines
    }
}

/// The core crates, and the standard library, whose version is the compiler's.
fn core(catalog: &Catalog) -> Vec<Line> {
    let newest = catalog.file("std").map(|f| Version::parse(&f.newest));
    let mut lines = CORE.lines(catalog);
    lines.extend(newest.and_then(Result::ok).map(|version| Line {
        package: "std".to_owned(),
        alias: None,
        series: String::new(),
        version,
    }));
    lines
}

/// The others that are no core crates: those are there for their types.
fn others(catalog: &Catalog) -> Vec<Line> {
    let core = core(catalog);
    let mut lines = OTHERS.lines(catalog);
    lines.retain(|line| core.iter().all(|c| c.package != line.package));
    lines
}

/// Paths that no link can name, by how they start, each with its reason.
const UNLINKED: &[(&str, &str)] = &[
    (
        "hyper::client::conn::http1::UpgradeableConnection",
        "returned by `with_upgrades`, in a private module",
    ),
    (
        "actix_web::route::Route::",
        "code names it `actix_web::Route`; the module is private",
    ),
    (
        "actix_web::resource::Resource::",
        "code names it `actix_web::Resource`; the module is private",
    ),
    ("ureq::WithAgent", "returned by `with_agent`, not exported"),
    (
        "reqwest::ClientBuilder::http3_max_idle_timeout",
        "HTTP/3 needs `--cfg reqwest_unstable`",
    ),
    (
        "reqwest::ClientBuilder::set_quic_max_idle_timeout",
        "HTTP/3 needs `--cfg reqwest_unstable`",
    ),
    (
        "reqwest::blocking::ClientBuilder::http3_max_idle_timeout",
        "HTTP/3 needs `--cfg reqwest_unstable`",
    ),
    ("tokio::signal::windows::", "there on Windows only"),
    ("tokio::task::Builder::", "needs `--cfg tokio_unstable`"),
    (
        "tokio::task::join_set::Builder::",
        "needs `--cfg tokio_unstable`",
    ),
];

fn builtin() -> Catalog {
    Catalog::builtin().unwrap_or_else(|e| panic!("{e}"))
}

/// The newest version in a lock file that meets a requirement.
fn locked(lock: &str, package: &str, wanted: &str) -> Version {
    let wanted = VersionReq::parse(wanted).unwrap_or_else(|e| panic!("{package} {wanted}: {e}"));
    let entry = format!("name = \"{package}\"\nversion = \"");
    let versions = lock.split(&entry).skip(1).filter_map(|rest| {
        let version = Version::parse(rest.split('"').next()?).ok()?;
        wanted.matches(&version).then_some(version)
    });
    let newest = versions.max();
    newest.unwrap_or_else(|| panic!("no {package} {wanted} is locked"))
}

/// The module that names every path of a view's facts, under the name that its crate has there.
fn module(
    view: &CrateView<'_>,
    line: &str,
    alias: &str,
    exports: &BTreeMap<String, String>,
) -> String {
    let lib = view.lib_name();
    let types = view.types.keys().copied();
    let paths: BTreeSet<&str> = types.chain(view.calls.keys().copied()).collect();
    let mut text = format!(
        "//! {} {line}: every path the catalogue has a fact about.\n//!\n",
        view.file.krate
    );
    for path in paths {
        let (krate, rest) = path.split_once("::").unwrap_or((path, ""));
        let unlinked = UNLINKED.iter().any(|(start, _)| path.starts_with(start));
        // What the file says of another crate is witnessed with that crate.
        if krate == lib && !unlinked {
            let rest = exported(rest, exports);
            text.push_str(&format!("//! - [`{alias}::{rest}`]\n"));
        }
    }
    text
}

/// By which names an interface exports what it declares elsewhere: paths below the crate's root.
fn exports(view: &CrateView<'_>) -> BTreeMap<String, String> {
    let mut out = BTreeMap::new();
    for api in &view.api {
        let items = lower_interface(&api.text).unwrap_or_else(|e| panic!("{e:?}"));
        exports_of(&items, "", &mut out);
    }
    out
}

fn exports_of(items: &[Item], module: &str, out: &mut BTreeMap<String, String>) {
    let inside = |name: &str| match module {
        "" => name.to_owned(),
        module => format!("{module}::{name}"),
    };
    for item in items {
        match &item.kind {
            ItemKind::Mod {
                inline: Some(inner),
                ..
            } => exports_of(inner, &inside(&item.name.to_string()), out),
            ItemKind::Use(imports) => {
                for import in imports {
                    let names: Vec<String> = import.path.iter().map(ToString::to_string).collect();
                    let target = match names.split_first() {
                        Some((first, rest)) if first == "crate" => rest.join("::"),
                        Some((first, rest)) if first == "self" => inside(&rest.join("::")),
                        _ => continue,
                    };
                    if let ImportKind::Named(name) = import.kind {
                        out.entry(target).or_insert(inside(&name.to_string()));
                    }
                }
            }
            _ => {}
        }
    }
}

/// A path under the name that the crate exports it by: the module it is declared in may be private.
fn exported(path: &str, exports: &BTreeMap<String, String>) -> String {
    let ends = path
        .match_indices("::")
        .map(|(at, _)| at)
        .chain([path.len()]);
    let mut known = ends.filter_map(|end| {
        let (declared, rest) = path.split_at(end);
        Some(format!("{}{rest}", exports.get(declared)?))
    });
    known.next().unwrap_or_else(|| path.to_owned())
}

/// Holds a package's modules to what they are made from; `BLESS=1` writes them.
fn hold(witnesses: &Witnesses, catalog: &Catalog, lines: &[Line]) {
    let mut modules = BTreeSet::new();
    for Line {
        package,
        alias,
        series,
        version,
    } in lines
    {
        let view = catalog
            .crate_for(package, version, &["default".to_owned()])
            .unwrap_or_else(|| panic!("{package} is not described"));
        let lib = view.lib_name();
        let name = match alias {
            Some(alias) => alias.clone(),
            None if series.is_empty() => format!("{lib}_"),
            None => lib.clone(),
        };
        let alias = alias.clone().unwrap_or(lib);
        let exports = if witnesses.core {
            BTreeMap::new()
        } else {
            exports(&view)
        };
        let mut text = module(&view, series, &alias, &exports);
        if witnesses.core {
            text.push_str("\nuse crate::traits::*;\n");
        }
        shipped(&format!("{}/src/paths/{name}.rs", witnesses.folder), &text);
        modules.insert(name);
    }
    let mut all = String::from(
        "//! Every path the catalogue has a fact about: made by `BLESS=1 cargo test --test witness`.\n\n",
    );
    for name in &modules {
        all.push_str(&format!("pub mod {name};\n"));
    }
    shipped(&format!("{}/src/paths/mod.rs", witnesses.folder), &all);
}

/// Holds a file of the repository to what it is made from; `BLESS=1` writes it.
fn shipped(path: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    }
    let there = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        there.replace("\r\n", "\n") == text,
        "{} is not up to date: run BLESS=1 cargo test --test witness",
        path.display()
    );
}

#[test]
fn every_path_of_the_core_crates_is_looked_up() {
    let catalog = builtin();
    hold(&CORE, &catalog, &core(&catalog));
}

#[test]
fn the_paths_of_the_others_can_be_looked_up() {
    let catalog = builtin();
    hold(&OTHERS, &catalog, &others(&catalog));
}

/// Crates that need headers of a desktop to be built: their paths are read in their source.
const NOT_BUILT: &[&str] = &["tauri"];

#[test]
fn every_file_with_facts_has_a_witness() {
    let catalog = builtin();
    let all = core(&catalog).into_iter().chain(others(&catalog));
    let known: BTreeSet<String> = all.map(|line| line.package).collect();
    let mut without = Vec::new();
    for (package, _) in linger::catalog::FILES {
        let file = catalog
            .file(package)
            .unwrap_or_else(|| panic!("{package} is not described"));
        let bare = file.types.is_empty() && file.calls.is_empty();
        if !bare && !known.contains(*package) && !NOT_BUILT.contains(package) {
            without.push(*package);
        }
    }
    assert!(without.is_empty(), "no witness for {without:?}");
}
