//! Where the files of modules stand.

use std::path::{Path, PathBuf};

use super::normalize;
use crate::ir::item::Cfg;
use crate::name::Name;

/// Where a module's files are looked for.
#[derive(Clone, Debug, Default)]
pub struct Place {
    /// The folder its child modules' files stand in.
    children: PathBuf,
    /// The folder `#[path]` is relative to.
    here: PathBuf,
    /// The folder of the file that the text stands in, which `include!` is relative to.
    beside: PathBuf,
}

impl Place {
    /// That of the module in a file. One that owns its folder (a crate root, `mod.rs`, what `#[path]` names) has its children
    /// beside it.
    pub fn of_file(path: &Path, owns_folder: bool) -> Place {
        let here = path.parent().map(Path::to_path_buf).unwrap_or_default();
        let children = if owns_folder {
            here.clone()
        } else {
            here.join(path.file_stem().unwrap_or_default())
        };
        Place {
            children,
            beside: here.clone(),
            here,
        }
    }

    /// That of an inline module.
    pub fn inside(&self, name: Name) -> Place {
        let children = self.children.join(name.as_str());
        Place {
            here: children.clone(),
            children,
            beside: self.beside.clone(),
        }
    }

    /// That of the same module in a file that it includes.
    pub fn included(&self, file: &Path) -> Place {
        Place {
            beside: file.parent().map(Path::to_path_buf).unwrap_or_default(),
            ..self.clone()
        }
    }

    /// The file beside its siblings, and the one in a folder of its own.
    pub fn usual(&self, name: Name) -> (PathBuf, PathBuf) {
        let beside = self.children.join(format!("{name}.rs"));
        let inside = self.children.join(name.as_str()).join("mod.rs");
        (normalize(&beside), normalize(&inside))
    }

    /// The file that a `#[path]` names.
    pub fn named(&self, path: &str) -> PathBuf {
        normalize(&self.here.join(path))
    }

    /// The file that an `include!` names: beside the file it stands in, whatever the module.
    pub fn named_by_include(&self, path: &str) -> PathBuf {
        normalize(&self.beside.join(path))
    }

    /// All files that `mod name;` with these `#[path]`s may mean, whatever holds, the likeliest first; each with whether its own
    /// modules stand beside it.
    pub fn files(
        &self,
        name: Name,
        paths: &[(Option<Cfg>, String)],
    ) -> impl Iterator<Item = (PathBuf, bool)> {
        let (beside, inside) = self.usual(name);
        let named = paths.iter().map(|(_, path)| (self.named(path), true));
        named.chain([(beside, false), (inside, true)])
    }
}

/// Whether the children of the module in a file stand beside it, going by its name.
pub fn owns_folder(file: &Path) -> bool {
    let stem = file
        .file_stem()
        .and_then(|s| s.to_str())
        .unwrap_or_default();
    matches!(stem, "lib" | "main" | "mod")
}

/// Where the children of the module in a file may stand, if nothing is known of how it is declared.
pub fn places(file: &Path) -> [Place; 2] {
    [Place::of_file(file, true), Place::of_file(file, false)]
}
