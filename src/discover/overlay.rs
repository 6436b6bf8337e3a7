//! Texts that stand in for what is on the disk: what an editor holds, what is staged.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use super::{Memory, normalize};
use crate::source::Sources;

/// Some files in memory before all others.
pub struct Overlay<'s> {
    files: Memory,
    below: &'s dyn Sources,
}

impl<'s> Overlay<'s> {
    /// Puts texts, by absolute path, before what `below` has.
    pub fn new(files: BTreeMap<PathBuf, Vec<u8>>, below: &'s dyn Sources) -> Self {
        Overlay {
            files: Memory::new(files),
            below,
        }
    }
}

impl Sources for Overlay<'_> {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        match self.files.0.get(&normalize(path)) {
            Some(text) => Ok(text.clone()),
            None => self.below.read(path),
        }
    }

    fn is_file(&self, path: &Path) -> bool {
        self.files.is_file(path) || self.below.is_file(path)
    }

    fn is_dir(&self, path: &Path) -> bool {
        self.files.is_dir(path) || self.below.is_dir(path)
    }

    fn walk(&self, dir: &Path, ending: &str) -> Vec<PathBuf> {
        merged(self.files.walk(dir, ending), self.below.walk(dir, ending))
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<PathBuf>> {
        match (self.files.list(dir), self.below.list(dir)) {
            (Ok(ours), Ok(others)) => Ok(merged(ours, others)),
            (Ok(one), Err(_)) | (Err(_), Ok(one)) => Ok(one),
            (Err(_), Err(error)) => Err(error),
        }
    }
}

fn merged(ours: Vec<PathBuf>, others: Vec<PathBuf>) -> Vec<PathBuf> {
    let all: BTreeSet<PathBuf> = ours.into_iter().chain(others).collect();
    all.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_above_comes_first_and_all_is_listed() {
        let disk = Memory::new([("/w/src/a.rs", "old"), ("/w/src/b.rs", "b")]);
        let files = [("/w/src/a.rs", "new"), ("/w/src/deep/c.rs", "c")];
        let files = files.map(|(path, text)| (PathBuf::from(path), text.as_bytes().to_vec()));
        let overlay = Overlay::new(files.into(), &disk);
        let read = |path: &str| {
            overlay
                .read(Path::new(path))
                .ok()
                .and_then(|b| String::from_utf8(b).ok())
        };
        assert_eq!(read("/w/src/../src/a.rs").as_deref(), Some("new"));
        assert_eq!(read("/w/src/b.rs").as_deref(), Some("b"));
        assert_eq!(read("/w/src/d.rs"), None);
        assert!(
            overlay.is_dir(Path::new("/w/src/deep"))
                && overlay.is_file(Path::new("/w/src/deep/c.rs"))
        );
        assert_eq!(overlay.walk(Path::new("/w"), ".rs").len(), 3);
        assert_eq!(
            overlay.list(Path::new("/w/src")).map(|l| l.len()).ok(),
            Some(3)
        );
    }
}
