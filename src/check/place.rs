//! Where a level holds: packages, paths, test code.

use std::path::{Path, PathBuf};

use super::analysis::Analysis;
use super::glob::Glob;
use crate::discover::{glob_matches, normalize};
use crate::source::FileId;

/// Which places a rule is about. Without a restriction: all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// The folder that the globs are meant from; nothing outside of it is meant.
    pub base: PathBuf,
    /// The folders and files, if not all.
    pub paths: Vec<Glob>,
    /// The packages, if not all.
    pub packages: Vec<String>,
    /// The package whose own manifest says it.
    pub owner: Option<PathBuf>,
    /// Whether test code is meant, or all other code, if not both.
    pub test_code: Option<bool>,
}

impl Filter {
    /// Whether it is about everything.
    pub fn is_everywhere(&self) -> bool {
        self.paths.is_empty()
            && self.packages.is_empty()
            && self.owner.is_none()
            && self.test_code.is_none()
    }

    /// Whether it holds for a place. Where a place's test code is not known, `None` if that decides.
    pub(super) fn holds(&self, place: &Place<'_>) -> Option<bool> {
        let path = self.paths.is_empty()
            || self
                .paths
                .iter()
                .any(|glob| glob.holds(&self.base, &place.path));
        let package = self.packages.is_empty()
            || self.packages.iter().any(|name| {
                place
                    .packages
                    .iter()
                    .any(|(known, _)| glob_matches(name, known))
            });
        let owner = self
            .owner
            .as_deref()
            .is_none_or(|dir| place.packages.iter().any(|(_, known)| *known == dir));
        if !(path && package && owner) {
            return Some(false);
        }
        match (self.test_code, place.in_test) {
            (None, _) => Some(true),
            (Some(wanted), Some(is)) => Some(wanted == is),
            (Some(_), None) => None,
        }
    }
}

/// A place that levels are asked for.
#[derive(Debug, Clone)]
pub struct Place<'a> {
    path: PathBuf,
    /// Name and folder of each package the file belongs to.
    packages: Vec<(&'a str, &'a Path)>,
    in_test: Option<bool>,
}

impl<'a> Place<'a> {
    /// A place in a file. Whether it is test code may be unknown.
    pub fn new(analysis: &'a Analysis, file: FileId, in_test: Option<bool>) -> Self {
        let path = analysis
            .sources
            .get(file)
            .map(|source| normalize(&source.path));
        let packages = analysis.owners_of(file);
        Place {
            path: path.unwrap_or_default(),
            packages: packages
                .map(|(package, _)| (package.name.as_str(), package.dir.as_path()))
                .collect(),
            in_test,
        }
    }
}
