//! The two places files come from: the disk, and memory (for tests and for texts that were never saved).

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use super::paths::normalize;
use crate::source::Sources;

/// Larger files are refused: no one writes 50 MB of Rust by hand, and positions are `u32`.
const LARGEST: u64 = 50 * 1024 * 1024;

/// The file system.
#[derive(Clone, Copy, Debug, Default)]
pub struct Disk;

impl Sources for Disk {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        // Before opening: to open a FIFO is to wait for its writer.
        check(&fs::metadata(path)?)?;
        let file = File::open(path)?;
        // After opening: the name may mean another file by now.
        let metadata = file.metadata()?;
        check(&metadata)?;
        let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or(0));
        file.take(LARGEST + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > LARGEST {
            return Err(too_large());
        }
        Ok(bytes)
    }

    fn is_file(&self, path: &Path) -> bool {
        path.is_file()
    }

    fn is_dir(&self, path: &Path) -> bool {
        path.is_dir()
    }

    fn is_link(&self, path: &Path) -> bool {
        path.is_symlink()
    }

    fn real(&self, path: &Path) -> PathBuf {
        fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf())
    }

    fn walk(&self, dir: &Path, ending: &str) -> Vec<PathBuf> {
        let entries = WalkDir::new(dir).follow_links(false).into_iter();
        let mut files: Vec<PathBuf> = entries
            .filter_entry(|e| {
                e.depth() == 0 || !e.file_type().is_dir() || !is_left_out(e.file_name())
            })
            .filter_map(Result::ok)
            .filter(|e| ends_with(e.path(), ending))
            // A link to a file is read, so the question goes to what it points at.
            .filter(|e| {
                e.file_type().is_file() || (e.file_type().is_symlink() && e.path().is_file())
            })
            .map(walkdir::DirEntry::into_path)
            .collect();
        files.sort();
        files
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<PathBuf>> {
        let mut entries: Vec<PathBuf> = fs::read_dir(dir)?
            .filter_map(|entry| Some(entry.ok()?.path()))
            .collect();
        entries.sort();
        Ok(entries)
    }
}

fn check(metadata: &fs::Metadata) -> io::Result<()> {
    if metadata.is_dir() {
        return Err(io::Error::new(
            io::ErrorKind::IsADirectory,
            "this is a folder, not a file",
        ));
    }
    if !metadata.is_file() {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "this is not a regular file",
        ));
    }
    if metadata.len() > LARGEST {
        Err(too_large())
    } else {
        Ok(())
    }
}

fn too_large() -> io::Error {
    io::Error::new(
        io::ErrorKind::FileTooLarge,
        "this file is larger than 50 MB",
    )
}

fn is_left_out(folder: &OsStr) -> bool {
    folder == "target" || folder.as_encoded_bytes().starts_with(b".")
}

fn ends_with(path: &Path, ending: &str) -> bool {
    path.as_os_str()
        .as_encoded_bytes()
        .ends_with(ending.as_bytes())
}

/// Files held in memory. Folders are those the paths imply.
#[derive(Clone, Debug, Default)]
pub struct Memory(pub BTreeMap<PathBuf, Vec<u8>>);

impl Memory {
    /// The files, by path and text.
    pub fn new<P: Into<PathBuf>, T: Into<Vec<u8>>>(
        files: impl IntoIterator<Item = (P, T)>,
    ) -> Self {
        Memory(
            files
                .into_iter()
                .map(|(path, text)| (normalize(&path.into()), text.into()))
                .collect(),
        )
    }

    /// The files below `dir`: they lie together, since paths are ordered by their components.
    fn below(&self, dir: &Path) -> impl Iterator<Item = (&Path, &Path)> {
        let dir = normalize(dir);
        let from = self.0.range(dir.clone()..);
        from.map_while(move |(path, _)| Some((path.as_path(), path.strip_prefix(&dir).ok()?)))
            .filter(|(_, rest)| !rest.as_os_str().is_empty())
    }
}

impl Sources for Memory {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let missing = || io::Error::new(io::ErrorKind::NotFound, "no such file");
        self.0.get(&normalize(path)).cloned().ok_or_else(missing)
    }

    fn is_file(&self, path: &Path) -> bool {
        self.0.contains_key(&normalize(path))
    }

    fn is_dir(&self, path: &Path) -> bool {
        self.below(path).next().is_some()
    }

    fn walk(&self, dir: &Path, ending: &str) -> Vec<PathBuf> {
        let visible = |rest: &Path| {
            !rest
                .parent()
                .is_some_and(|folders| folders.iter().any(is_left_out))
        };
        self.below(dir)
            .filter(|(path, rest)| ends_with(path, ending) && visible(rest))
            .map(|(path, _)| path.to_path_buf())
            .collect()
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<PathBuf>> {
        let entries: BTreeSet<PathBuf> = self
            .below(dir)
            .filter_map(|(_, rest)| Some(normalize(dir).join(rest.iter().next()?)))
            .collect();
        if entries.is_empty() {
            return Err(io::Error::new(io::ErrorKind::NotFound, "no such folder"));
        }
        Ok(entries.into_iter().collect())
    }
}
