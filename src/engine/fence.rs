//! Where sources may lie. A project must not be able to show the machine's other files in a report, by `#[path]` or a link.

use std::path::{Path, PathBuf};

use rustc_hash::FxHashMap;

use crate::source::Sources;

/// The folders that may be read, with links followed.
pub(super) struct Fence<'s> {
    sources: &'s dyn Sources,
    inside: Vec<PathBuf>,
    /// Folders already judged.
    folders: FxHashMap<PathBuf, bool>,
}

impl<'s> Fence<'s> {
    /// Around the repository of each of these paths, or the path itself where there is none.
    pub(super) fn around<'p>(
        sources: &'s dyn Sources,
        paths: impl Iterator<Item = &'p Path>,
    ) -> Self {
        let mut inside: Vec<PathBuf> = Vec::new();
        for path in paths {
            let real = sources.real(path);
            if !inside.iter().any(|dir| real.starts_with(dir)) {
                inside.push(sources.real(repository(sources, path)));
                inside.push(real);
            }
        }
        Fence {
            sources,
            inside,
            folders: FxHashMap::default(),
        }
    }

    /// Whether a file is inside, wherever its name leads.
    pub(super) fn holds(&mut self, file: &Path) -> bool {
        let within = |real: PathBuf| self.inside.iter().any(|dir| real.starts_with(dir));
        if self.sources.is_link(file) {
            return within(self.sources.real(file));
        }
        let Some(folder) = file.parent() else {
            return false;
        };
        let inside = match self.folders.get(folder) {
            Some(known) => *known,
            None => {
                let inside = within(self.sources.real(folder));
                self.folders.insert(folder.to_path_buf(), inside);
                inside
            }
        };
        // A file that was named itself is inside, its folder not.
        inside || within(self.sources.real(file))
    }
}

/// The folder of the version control's data above a path, else the path.
fn repository<'p>(sources: &dyn Sources, path: &'p Path) -> &'p Path {
    path.ancestors()
        .find(|dir| {
            let data = dir.join(".git");
            sources.is_dir(&data) || sources.is_file(&data)
        })
        .unwrap_or(path)
}
