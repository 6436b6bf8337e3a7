//! The pipeline as one function: discover, read, lower, resolve, follow, lint.

mod asked;
mod builds;
mod catalogued;
mod fence;
mod read;
mod stubs;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::catalog::Catalog;
use crate::check::analysis::{Analysis, AnalyzeError, AnalyzeOptions, FeatureSelection, Owner};
use crate::discover;
use crate::discover::workspace::{Notice, Package, PackageId, Target, TargetKind, Workspace};
use crate::finding::{Confidence, Finding};
use crate::flow::facts::Facts;
use crate::flow::resource::{Resources, VersionSource};
use crate::flow::{self};
use crate::ir::FileIr;
use crate::ir::cfg::{self, CfgEnv};
use crate::ir::item::STUBS;
use crate::lint::{Cx, Said};
use crate::lints::{LINTS, unparsed_file};
use crate::name::Name;
use crate::parse::STACK;
use crate::parse::blank::Tests;
use crate::resolve;
use crate::resolve::def::{CrateId, Dep, LocalCrate, Origin, Program};
use crate::resolve::sig::Types;
use crate::resolve::tree::{CrateInput, Root};
use crate::source::{FileId, SourceFile, SourceMap, Sources};
use asked::Readings;
use builds::Builds;
use catalogued::{Extent, Interfaces};
use fence::Fence;
use read::Files;

/// Rounds of reading files that only a `mod` or `#[path]` names.
const ROUNDS: usize = 12;

/// Runs the engine on what the options ask for.
pub fn analyze(options: &AnalyzeOptions, sources: &dyn Sources) -> Result<Analysis, AnalyzeError> {
    let mut pool = rayon::ThreadPoolBuilder::new().stack_size(STACK);
    if let Some(threads) = options.threads {
        pool = pool.num_threads(threads);
    }
    let pool = pool.build().map_err(|e| AnalyzeError {
        what: format!("no worker threads could be started: {e}"),
        advice: Some("try `--threads 1`".to_owned()),
    })?;
    pool.install(|| run(options, sources))
}

fn run(options: &AnalyzeOptions, sources: &dyn Sources) -> Result<Analysis, AnalyzeError> {
    let mut clock = Clock::default();
    let mut catalog = Catalog::builtin()
        .map_err(AnalyzeError::new)?
        .with_target(cfg::Target::new(&options.triple));
    for facts in &options.catalog {
        catalog
            .add(&facts.name, facts.text.clone())
            .map_err(AnalyzeError::new)?;
    }
    clock.lap("catalogue");
    let workspace = discover::discover(sources, &options.into()).map_err(AnalyzeError::new)?;
    clock.lap("discover");
    let mut fence = Fence::around(sources, places(&workspace, options));
    if let Some(text) = stubs::describe(&catalog, &workspace, sources, &mut fence) {
        catalog.add_made(STUBS, text).map_err(AnalyzeError::new)?;
    }
    clock.lap("schemas");
    let grammars = catalog.grammars();
    let tests = tests(&workspace, options);
    let builds = Builds::new(&workspace, options);
    let mut files = Files::new(sources, &workspace, &grammars, tests, &builds, fence);
    clock.lap("grammars");
    // Beside one another: the texts of a small crate are read while the catalogue still is.
    let ((), mut interfaces) = rayon::join(
        || {
            files.load(first_files(&workspace, sources));
        },
        || catalogued::interfaces(&catalog, &workspace),
    );
    clock.lap("read and lower");
    for _ in 0..ROUNDS {
        let missing = resolve::missing(locals(&workspace, options), &files.by_path());
        if !files.load(missing) {
            break;
        }
    }
    clock.lap("further modules");
    let words = files.words();
    interfaces.lower(if options.whole_interfaces {
        Extent::Whole
    } else {
        Extent::For(&words)
    });
    clock.lap("interfaces");
    let by_path = files.by_path();
    let (program, targets) = build(&workspace, options, &interfaces, &by_path);
    clock.lap("names");
    let types = Types::build(&program);
    clock.lap("signatures");
    let facts = Facts::build(&program, &types, &interfaces.facts());
    clock.lap("facts");
    let bodies = flow::infer_all(&program, &types);
    clock.lap("types of bodies");
    let reached: FxHashSet<FileId> = program.files.keys().copied().collect();
    let answer = options.ask.as_ref().map(|ask| {
        let readings = Readings {
            workspace: &workspace,
            files: &files,
            builds: &builds,
            reached: &reached,
        };
        readings.answer(ask)
    });
    let place = answer.as_ref().and_then(|a| a.place);
    let resources = flow::analyze(&program, &types, &facts, bodies, place);
    clock.lap("flow");
    let mut analysis = finish(
        workspace,
        &program,
        &targets,
        &files,
        &reached,
        resources,
        &interfaces,
    );
    analysis.answer = answer;
    clock.lap("lints");
    analysis.timings = clock.laps;
    Ok(analysis)
}

/// How long each stage took.
struct Clock {
    last: Instant,
    laps: Vec<(&'static str, Duration)>,
}

impl Default for Clock {
    fn default() -> Self {
        Clock {
            last: Instant::now(),
            laps: Vec::new(),
        }
    }
}

impl Clock {
    /// The time since the last lap was this stage's.
    fn lap(&mut self, stage: &'static str) {
        let now = Instant::now();
        self.laps.push((stage, now - self.last));
        self.last = now;
    }
}

/// Whether a target is read: libraries and binaries always, for context; the rest if it is asked for.
fn is_read(target: &Target) -> bool {
    matches!(
        target.kind,
        TargetKind::Lib | TargetKind::Bin | TargetKind::Loose
    ) || target.selected
}

/// Whether any target that is read holds its test code.
fn tests(workspace: &Workspace, options: &AnalyzeOptions) -> Tests {
    let targets = workspace.packages.iter().flat_map(|p| &p.targets);
    let mut read = targets.filter(|t| is_read(t));
    if read.any(|t| has_tests(options, t)) {
        Tests::Read
    } else {
        Tests::Left
    }
}

/// What a run is about: the workspace, its packages, wherever they lie, and what was named.
fn places<'w>(
    workspace: &'w Workspace,
    options: &'w AnalyzeOptions,
) -> impl Iterator<Item = &'w Path> {
    let packages = workspace.packages.iter().map(|p| p.dir.as_path());
    std::iter::once(workspace.root.as_path())
        .chain(packages)
        .chain(options.paths.iter().map(PathBuf::as_path))
}

/// Whether `cfg(test)` holds for a target.
fn has_tests(options: &AnalyzeOptions, target: &Target) -> bool {
    options.targets.test_code() || matches!(target.kind, TargetKind::Test | TargetKind::Bench)
}

/// The files to begin with: the roots, and what lies in their folders.
fn first_files(workspace: &Workspace, sources: &dyn Sources) -> Vec<(PathBuf, u16)> {
    let mut out = Vec::new();
    let mut walked: FxHashSet<PathBuf> = FxHashSet::default();
    for package in &workspace.packages {
        for target in package.targets.iter().filter(|t| is_read(t)) {
            out.push((target.root.clone(), target.edition));
            out.extend(target.files.iter().map(|f| (f.clone(), target.edition)));
            let Some(dir) = target.root.parent() else {
                continue;
            };
            // The package's own folder holds everything, other packages included: there only `mod` leads on.
            if target.kind != TargetKind::Loose
                && dir != package.dir
                && walked.insert(dir.to_path_buf())
            {
                out.extend(
                    sources
                        .walk(dir, ".rs")
                        .into_iter()
                        .map(|f| (f, target.edition)),
                );
            }
        }
    }
    out
}

/// A target as a crate of the program.
struct CrateTarget {
    krate: CrateId,
    owner: Owner,
}

/// The targets that are read, as crates behind the first so many.
fn crate_targets(workspace: &Workspace, first: usize) -> Vec<CrateTarget> {
    let packages = workspace.packages.iter().enumerate();
    let read = packages.flat_map(|(index, package)| {
        let targets = package.targets.iter().enumerate();
        targets
            .filter(|(_, target)| is_read(target))
            .map(move |(at, _)| Owner {
                package: PackageId(index as u32),
                target: at as u32,
            })
    });
    let numbered = read.enumerate().map(|(at, owner)| CrateTarget {
        krate: CrateId((first + at) as u32),
        owner,
    });
    numbered.collect()
}

/// The package and target behind an owner.
fn owned(workspace: &Workspace, owner: Owner) -> Option<(&Package, &Target)> {
    let package = workspace.packages.get(owner.package.0 as usize)?;
    Some((package, package.targets.get(owner.target as usize)?))
}

/// The user's crates alone, without what their names lead to: enough to tell which files they have.
fn locals<'a>(workspace: &Workspace, options: &AnalyzeOptions) -> Vec<CrateInput<'a>> {
    let targets = crate_targets(workspace, 0);
    let inputs = targets.iter().filter_map(|entry| {
        let (package, target) = owned(workspace, entry.owner)?;
        let deps = FxHashMap::default();
        Some(local_crate(package, entry, target, deps, options))
    });
    inputs.collect()
}

fn build<'a>(
    workspace: &Workspace,
    options: &AnalyzeOptions,
    interfaces: &'a Interfaces<'_>,
    files: &FxHashMap<PathBuf, &'a FileIr>,
) -> (Program<'a>, Vec<CrateTarget>) {
    let mut inputs: Vec<CrateInput<'a>> = interfaces.crates();
    let targets = crate_targets(workspace, inputs.len());
    let mut libs: FxHashMap<PackageId, (Name, CrateId)> = FxHashMap::default();
    for entry in &targets {
        if let Some((_, target)) = owned(workspace, entry.owner)
            && target.kind == TargetKind::Lib
        {
            libs.insert(entry.owner.package, (target.name, entry.krate));
        }
    }
    for entry in &targets {
        let Some((package, target)) = owned(workspace, entry.owner) else {
            continue;
        };
        let deps = dependencies(package, entry.owner.package, target, &libs, interfaces);
        inputs.push(local_crate(package, entry, target, deps, options));
    }
    (
        resolve::build(inputs, files, interfaces.std_index()),
        targets,
    )
}

fn local_crate<'a>(
    package: &Package,
    entry: &CrateTarget,
    target: &Target,
    deps: FxHashMap<Name, Dep>,
    options: &AnalyzeOptions,
) -> CrateInput<'a> {
    let test_target = matches!(
        target.kind,
        TargetKind::Test | TargetKind::Bench | TargetKind::Example
    );
    CrateInput {
        name: target.name,
        origin: Origin::Local(LocalCrate {
            package: entry.owner.package.0 as usize,
            // Published or not, a library has users this run does not see.
            is_lib: matches!(target.kind, TargetKind::Lib | TargetKind::Loose),
            is_test: test_target || package.for_tests,
            is_build: matches!(target.kind, TargetKind::Build | TargetKind::Example),
            selected: package.selected && target.selected,
        }),
        edition: target.edition,
        deps,
        cfg: CfgEnv {
            test: Some(has_tests(options, target)),
            features: features(package),
            open: options.features == FeatureSelection::default(),
            target: cfg::Target::new(&options.triple),
        },
        root: if target.kind == TargetKind::Loose {
            let mut files = target.files.clone();
            files.push(target.root.clone());
            files.sort();
            files.dedup();
            Root::Loose(files)
        } else {
            Root::File(target.root.clone())
        },
    }
}

/// The features that are on; `None` where no manifest tells.
fn features(package: &Package) -> Option<FxHashSet<Name>> {
    package.manifest.as_ref()?;
    Some(package.features.iter().map(|f| Name::new(f)).collect())
}

/// What names mean in a target: its package's dependencies, its own library, the standard library.
fn dependencies(
    package: &Package,
    id: PackageId,
    target: &Target,
    libs: &FxHashMap<PackageId, (Name, CrateId)>,
    interfaces: &Interfaces<'_>,
) -> FxHashMap<Name, Dep> {
    let mut deps: FxHashMap<Name, Dep> = FxHashMap::default();
    for (name, dependency) in &package.dependencies {
        let dep = match dependency.local.and_then(|l| libs.get(&l)) {
            Some((_, krate)) => Dep::Crate(*krate),
            None => interfaces.dependency(*name, dependency),
        };
        deps.insert(interfaces.code_name(*name, dependency), dep);
    }
    if let Some((name, krate)) = libs.get(&id)
        && target.kind != TargetKind::Lib
    {
        deps.insert(*name, Dep::Crate(*krate));
    }
    if package.dependencies.is_empty() && package.manifest.is_none() {
        deps.extend(interfaces.newest_of_all());
    }
    deps.extend(interfaces.sysroot());
    deps.extend(interfaces.stubs());
    deps
}

fn finish(
    workspace: Workspace,
    program: &Program<'_>,
    targets: &[CrateTarget],
    files: &Files<'_>,
    reached: &FxHashSet<FileId>,
    mut resources: Resources,
    interfaces: &Interfaces<'_>,
) -> Analysis {
    let sources = files.source_map();
    let mut owners: Vec<Vec<Owner>> = vec![Vec::new(); sources.iter().count()];
    for (file, crates) in &program.files {
        let Some(list) = owners.get_mut(file.0 as usize) else {
            continue;
        };
        list.extend(
            targets
                .iter()
                .filter(|t| crates.contains(&t.krate))
                .map(|t| t.owner),
        );
        list.sort_unstable();
    }
    resources.counts.files = program.files.len();
    let said: Vec<Said> = LINTS
        .par_iter()
        .map(|lint| {
            let mut out = Said::default();
            (lint.check)(&resources, &mut Cx::new(lint, &mut out));
            out
        })
        .collect();
    let (mut findings, mut silent) = (Vec::new(), Vec::new());
    for said in said {
        findings.extend(said.findings);
        silent.extend(said.silent);
    }
    findings.extend(files.unparsed(reached));
    findings.extend(failed_bodies(&sources, &resources));
    let directives = files.directives(reached);
    let mut notices = version_notices(interfaces);
    notices.extend(files.refused().iter().cloned());
    let (generated, findings): (Vec<_>, Vec<_>) = findings
        .into_iter()
        .partition(|f| is_generated(&sources, f));
    notices.extend(left_out(&generated));
    Analysis {
        workspace,
        sources,
        owners,
        resources,
        findings,
        silent,
        generated,
        answer: None,
        directives,
        notices,
        timings: Vec::new(),
    }
}

/// A finding for each body on which we failed: not to look is no pass.
fn failed_bodies(sources: &SourceMap, resources: &Resources) -> Vec<Finding> {
    let mut out = Said::default();
    let mut cx = Cx::new(&unparsed_file::LINT, &mut out);
    for (span, fault) in &resources.faults {
        let file = sources.get(span.file).map_or("", |f| &f.name);
        drop(
            cx.report(*span, Confidence::Certain, "this body was not analysed")
                .here(fault.message())
                .note("what it does is unknown to the run: everything else was analysed without it")
                .within(file, false),
        );
    }
    out.findings
}

/// Whether a finding stands in a generated file, where nobody can mend it.
fn is_generated(sources: &SourceMap, finding: &Finding) -> bool {
    let file = sources.get(finding.primary.span.file);
    finding.lint != unparsed_file::LINT.id && file.is_some_and(SourceFile::is_generated)
}

/// Says how many findings are left out for that.
fn left_out(generated: &[Finding]) -> Option<Notice> {
    let left = generated.len();
    (left > 0).then(|| Notice {
        file: None,
        text: format!(
            "{left} findings in files marked as generated are left out: mend what generates them"
        ),
    })
}

/// Said once for each crate whose version nothing told.
fn version_notices(interfaces: &Interfaces<'_>) -> Vec<Notice> {
    let mut out = Vec::new();
    for (package, version, known_by) in interfaces.versions() {
        let text = match known_by {
            VersionSource::Lock => continue,
            VersionSource::Manifest => format!(
                "there is no Cargo.lock to tell which version of `{package}` is used: {version} is taken, the newest known one \
                 that the manifest allows"
            ),
            VersionSource::Newest => {
                format!(
                    "nothing tells which version of `{package}` is used: {version} is taken, the newest known one"
                )
            }
        };
        out.push(Notice { file: None, text });
    }
    out
}
