//! The clients that builds make of the workspace's schemas. Nothing is built here, so the schemas themselves are read.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use semver::Version;

use super::catalogued;
use super::fence::Fence;
use crate::catalog::Catalog;
use crate::catalog::stubs::Stubs;
use crate::discover::normalize;
use crate::discover::workspace::{Package, TargetKind, Workspace};
use crate::parse::proto::{self, Service};
use crate::parse::words;
use crate::source::Sources;

/// How schemas' files end.
const SCHEMA: &str = ".proto";

/// The catalogue file about what the workspace's builds make of its schemas, if they may make anything.
pub(super) fn describe(
    catalog: &Catalog,
    workspace: &Workspace,
    sources: &dyn Sources,
    fence: &mut Fence<'_>,
) -> Option<String> {
    let (maker, version, stubs) = maker(catalog, workspace)?;
    let files: Vec<PathBuf> = schemas(workspace, sources)
        .into_iter()
        .filter(|file| fence.holds(file))
        .collect();
    let read = |file: &PathBuf| -> Vec<Service> {
        let text = sources.read(file).map(String::from_utf8);
        match text {
            Ok(Ok(text)) => proto::services(&text),
            _ => Vec::new(),
        }
    };
    let mut services: Vec<Service> = files.par_iter().flat_map(read).collect();
    services.sort();
    stubs.file(&maker, &version, &services)
}

/// The crate that makes stubs of schemas, in the version that the first package has which depends on one.
fn maker<'c>(catalog: &'c Catalog, workspace: &Workspace) -> Option<(String, Version, &'c Stubs)> {
    let makers: Vec<&str> = catalog.stub_makers().collect();
    let mut dependencies = workspace.packages.iter().flat_map(|p| &p.dependencies);
    let (package, version) = dependencies.find_map(|(name, dependency)| {
        let (key, _) = catalogued::choose(catalog, *name, dependency)?;
        makers.contains(&key.0.as_str()).then_some(key)
    })?;
    let stubs = catalog.file(&package)?.stubs.as_ref()?;
    Some((package, version, stubs))
}

/// The schemas in the workspace's folders, and those elsewhere that build scripts name.
fn schemas(workspace: &Workspace, sources: &dyn Sources) -> BTreeSet<PathBuf> {
    let mut folders: Vec<&Path> = vec![&workspace.root];
    for package in &workspace.packages {
        if !folders.iter().any(|dir| package.dir.starts_with(dir)) {
            folders.push(&package.dir);
        }
    }
    let mut files: BTreeSet<PathBuf> = folders
        .iter()
        .flat_map(|dir| sources.walk(dir, SCHEMA))
        .collect();
    for path in workspace.packages.iter().flat_map(|p| named(p, sources)) {
        if folders.iter().any(|dir| path.starts_with(dir)) {
            continue;
        }
        if sources.is_dir(&path) {
            files.extend(sources.walk(&path, SCHEMA));
        } else if path.to_string_lossy().ends_with(SCHEMA) && sources.is_file(&path) {
            files.insert(path);
        }
    }
    files
}

/// What a package's build script says that may be a path out of the package's folder.
fn named(package: &Package, sources: &dyn Sources) -> Vec<PathBuf> {
    let scripts = package
        .targets
        .iter()
        .filter(|t| t.kind == TargetKind::Build);
    let texts = scripts.filter_map(|t| String::from_utf8(sources.read(&t.root).ok()?).ok());
    let mut out = Vec::new();
    for text in texts {
        let leads_out = words::plain_strings(&text).filter(|s| s.starts_with(".."));
        out.extend(leads_out.map(|s| normalize(&package.dir.join(s))));
    }
    out
}
