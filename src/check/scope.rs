//! Where findings are asked for: packages, targets, test code, PATHS.

use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};

use super::analysis::Analysis;
use super::changed::evidence;
use super::glob::Glob;
use crate::discover::normalize;
use crate::discover::workspace::{Package, Target, TargetKind};
use crate::finding::Finding;
use crate::source::{FileId, Span};

/// Why a place is not asked for, the reason that is looked at last at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unasked {
    /// The configuration leaves its file out.
    Excluded,
    /// Its package is not selected.
    Package,
    /// Its target is not.
    Target,
    /// It is test code.
    TestCode,
    /// It is not below one of PATHS.
    Paths,
}

/// Where findings are asked for. Discover has marked packages and targets; the rest is decided here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope {
    cwd: PathBuf,
    paths: BTreeSet<PathBuf>,
    tests: bool,
    /// Globs of what nothing is reported on, each with the folder it is meant from.
    exclude: Vec<(PathBuf, Glob)>,
}

impl Scope {
    /// Findings below `paths` (all, if there are none), in test code too if `tests`. Relative paths are meant from
    /// `cwd`.
    pub fn new(cwd: &Path, paths: &[PathBuf], tests: bool) -> Self {
        let paths = paths.iter().map(|path| absolute(cwd, path)).collect();
        Scope {
            cwd: cwd.to_owned(),
            paths,
            tests,
            exclude: Vec::new(),
        }
    }

    /// The same without what these globs hold for, each seen from its folder.
    pub fn without(mut self, exclude: impl IntoIterator<Item = (PathBuf, Glob)>) -> Self {
        self.exclude.extend(exclude);
        self
    }

    /// Whether test code is asked for.
    pub fn tests(&self) -> bool {
        self.tests
    }

    /// Whether no PATHS narrow it.
    pub fn is_whole(&self) -> bool {
        self.paths.is_empty()
    }

    /// Whether a finding is asked for: its own place by package, target and test code, and any place of its evidence
    /// by PATHS, for a change may be what made another line wrong.
    pub fn holds(&self, analysis: &Analysis, finding: &Finding) -> bool {
        self.unasked(analysis, finding).is_none()
    }

    /// Why a finding is not asked for, if it is not.
    pub fn unasked(&self, analysis: &Analysis, finding: &Finding) -> Option<Unasked> {
        let outside = || !evidence(finding).any(|label| self.holds_path(analysis, label.span.file));
        self.unasked_code(analysis, finding.primary.span, finding.in_test)
            .or_else(|| outside().then_some(Unasked::Paths))
    }

    /// Whether a place is asked for, by package, target, test code and PATHS.
    pub fn holds_place(&self, analysis: &Analysis, span: Span, in_test: bool) -> bool {
        self.unasked_code(analysis, span, in_test).is_none() && self.holds_path(analysis, span.file)
    }

    fn unasked_code(&self, analysis: &Analysis, span: Span, in_test: bool) -> Option<Unasked> {
        if self.is_excluded(analysis, span.file) {
            return Some(Unasked::Excluded);
        }
        let mut owners = analysis.owners_of(span.file).peekable();
        if owners.peek().is_none() {
            return (in_test && !self.tests).then_some(Unasked::TestCode);
        }
        let of_owner = |(package, target): (&Package, &Target)| {
            // A test, bench or example that was asked for is test code from its first line to its last.
            let all_test = matches!(
                target.kind,
                TargetKind::Test | TargetKind::Bench | TargetKind::Example
            );
            if !package.selected {
                Some(Unasked::Package)
            } else if !target.selected {
                Some(Unasked::Target)
            } else if self.tests
                || all_test
                || !in_test
                || package.for_tests && analysis.workspace.is_about_tests()
            {
                None
            } else {
                Some(Unasked::TestCode)
            }
        };
        // One target in which it is asked for is enough.
        let reasons: Option<Vec<Unasked>> = owners.map(of_owner).collect();
        reasons.into_iter().flatten().max()
    }

    /// Whether the configuration leaves a file out.
    fn is_excluded(&self, analysis: &Analysis, file: FileId) -> bool {
        !self.exclude.is_empty()
            && analysis.sources.get(file).is_some_and(|source| {
                let path = absolute(&self.cwd, &source.path);
                self.exclude
                    .iter()
                    .any(|(base, glob)| glob.holds(base, &path))
            })
    }

    fn holds_path(&self, analysis: &Analysis, file: FileId) -> bool {
        self.paths.is_empty()
            || analysis.sources.get(file).is_some_and(|source| {
                let path = absolute(&self.cwd, &source.path);
                path.ancestors().any(|folder| self.paths.contains(folder))
            })
    }

    /// The PATHS below which no file was read.
    pub fn missed(&self, analysis: &Analysis) -> Vec<&Path> {
        if self.paths.is_empty() {
            return Vec::new();
        }
        let mut read: HashSet<PathBuf> = HashSet::new();
        for (_, source) in analysis.sources.iter() {
            let path = absolute(&self.cwd, &source.path);
            for folder in path.ancestors() {
                if !read.insert(folder.to_owned()) {
                    break;
                }
            }
        }
        self.paths
            .iter()
            .map(PathBuf::as_path)
            .filter(|asked| !read.contains(*asked))
            .collect()
    }

    /// Whether no more than these paths are asked for.
    pub fn is_all_of(&self, paths: usize) -> bool {
        paths > 0 && paths == self.paths.len()
    }
}

/// The absolute form of a path by its text alone: `.` and `..` resolved, links not followed.
fn absolute(cwd: &Path, path: &Path) -> PathBuf {
    normalize(&cwd.join(path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::analysis::Owner;
    use crate::discover::workspace::{Package, PackageId, Target, Workspace};
    use crate::finding::{Confidence, Label};
    use crate::source::{SourceFile, SourceMap};

    /// One package with a library that is asked for (file 0), and a test target (file 1) that is or is not; file 2 is
    /// of both, file 3 of none.
    fn analysis(package: bool, tests: bool) -> Analysis {
        let target = |kind, selected| Target {
            kind,
            name: "t".into(),
            root: PathBuf::new(),
            edition: 2024,
            selected,
            files: Vec::new(),
        };
        let package = Package {
            name: "p".into(),
            version: None,
            dir: PathBuf::new(),
            manifest: None,
            selected: package,
            published: false,
            for_tests: false,
            features: Vec::new(),
            known_features: Vec::new(),
            dependencies: std::collections::BTreeMap::new(),
            targets: vec![
                target(TargetKind::Lib, true),
                target(TargetKind::Test, tests),
            ],
        };
        let owner = |target| Owner {
            package: PackageId(0),
            target,
        };
        let file = |name: &str| SourceFile::new(name.into(), name.into(), "x".into());
        Analysis {
            workspace: Workspace {
                packages: vec![package],
                ..Workspace::default()
            },
            sources: SourceMap::new(
                ["a/lib.rs", "b/t.rs", "b/both.rs", "c.rs"]
                    .map(file)
                    .to_vec(),
            ),
            owners: vec![
                vec![owner(0)],
                vec![owner(1)],
                vec![owner(0), owner(1)],
                Vec::new(),
            ],
            ..Analysis::default()
        }
    }

    fn held(analysis: &Analysis, scope: &Scope, in_test: bool) -> Vec<u32> {
        let holds = |i: &u32| scope.holds_place(analysis, Span::new(FileId(*i), 0, 1), in_test);
        (0..4).filter(holds).collect()
    }

    #[test]
    fn packages_targets_and_test_code_decide() {
        let (plain, with_tests) = (Scope::default(), Scope::new(Path::new("/w"), &[], true));
        assert_eq!(held(&analysis(true, false), &plain, false), [0, 2, 3]);
        assert_eq!(held(&analysis(true, false), &plain, true), [0; 0]);
        // A test target that is asked for (as with `--examples`) is shown although all of it is test code.
        assert_eq!(held(&analysis(true, true), &plain, true), [1, 2]);
        assert_eq!(held(&analysis(true, true), &with_tests, true), [0, 1, 2, 3]);
        assert_eq!(held(&analysis(false, true), &with_tests, false), [3]);
    }

    #[test]
    fn a_package_for_tests_is_shown_where_nothing_else_was_asked_for() {
        let mut analysis = analysis(true, false);
        for package in &mut analysis.workspace.packages {
            package.for_tests = true;
        }
        assert_eq!(held(&analysis, &Scope::default(), true), [0, 2]);
        let app = Package {
            for_tests: false,
            ..analysis.workspace.packages[0].clone()
        };
        analysis.workspace.packages.push(app);
        assert_eq!(held(&analysis, &Scope::default(), true), [0; 0]);
    }

    #[test]
    fn paths_hold_any_place_of_the_evidence_and_name_what_was_not_read() {
        let analysis = analysis(true, true);
        let paths = ["b/./t.rs", "/w/b/../d"].map(PathBuf::from);
        let scope = Scope::new(Path::new("/w"), &paths, true);
        assert_eq!(held(&analysis, &scope, false), [1]);
        let label = |file| Label {
            span: Span::new(FileId(file), 0, 1),
            text: String::new(),
        };
        let finding = |labels| Finding {
            lint: "x",
            confidence: Confidence::Likely,
            message: String::new(),
            primary: label(0),
            labels,
            notes: Vec::new(),
            helps: Vec::new(),
            remedies: Vec::new(),
            definition: String::new(),
            in_test: false,
            about: Vec::new(),
            sites: Vec::new(),
        };
        assert!(scope.holds(&analysis, &finding(vec![label(1)])));
        assert!(!scope.holds(&analysis, &finding(vec![label(2)])));
        assert_eq!(scope.missed(&analysis), [Path::new("/w/d")]);
    }
}
