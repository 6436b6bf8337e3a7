//! The module trees of a workspace's crates, from the outlines of their files.

use std::path::{Path, PathBuf};

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Crate, CrateInput, DefIndex, FileIndex, Macros, Module};
use crate::discover::layout::{Place, owns_folder};
use crate::ir::cfg::CfgEnv;
use crate::ir::item::Cfg;
use crate::name::Name;
use crate::parse::outline::{Entry, EntryKind, Outline};

/// Modules may nest this deep: more is a tangle of `#[path]`.
const DEEPEST: usize = 128;

struct Tree<'a, 'm, 'f> {
    macros: &'m mut Macros<'a>,
    files: &'f [(&'f Path, &'a Outline)],
    by_path: FxHashMap<&'f Path, FileIndex>,
    krate: usize,
    cfg: &'a CfgEnv,
    /// The files of the crate at hand that have their module.
    seen: FxHashSet<FileIndex>,
}

/// Fills in the modules and crates.
pub(super) fn build<'a>(
    macros: &mut Macros<'a>,
    crates: &[CrateInput<'a>],
    files: &[(&Path, &'a Outline)],
) {
    let by_path: FxHashMap<&Path, FileIndex> = files
        .iter()
        .enumerate()
        .map(|(at, (path, _))| (*path, at))
        .collect();
    for (krate, input) in crates.iter().enumerate() {
        let mut tree = Tree {
            macros,
            files,
            by_path: by_path.clone(),
            krate,
            cfg: input.cfg,
            seen: FxHashSet::default(),
        };
        tree.macros.crates.push(Crate {
            root: None,
            deps: input.deps.clone(),
            exported: FxHashMap::default(),
        });
        // A root owns its folder whatever its name; of files without a manifest nobody knows which is one.
        let one = input.roots.len() == 1;
        let roots = tree.roots(input.roots.clone());
        for (at, root) in roots.into_iter().enumerate() {
            let module = tree.file(&root, None, one || owns_folder(&root), 0);
            if let (0, Some(krate)) = (at, tree.macros.crates.last_mut()) {
                krate.root = module;
            }
        }
    }
}

impl<'a> Tree<'a, '_, '_> {
    /// The roots in the order to begin with: of files that a plain walk found, likely roots first, so that their modules are
    /// not taken for roots themselves.
    fn roots(&self, mut roots: Vec<PathBuf>) -> Vec<PathBuf> {
        if roots.len() > 1 {
            roots.sort_by_key(|p| (!owns_folder(p), p.components().count(), p.clone()));
        }
        roots
    }

    fn file(
        &mut self,
        path: &Path,
        parent: Option<(usize, usize)>,
        owns_folder: bool,
        depth: usize,
    ) -> Option<usize> {
        let file = *self.by_path.get(path)?;
        let (_, outline) = self.files.get(file)?;
        if depth > DEEPEST || !self.seen.insert(file) {
            return None;
        }
        let place = Place::of_file(path, owns_folder);
        let module = self.module(&outline.entries, parent, outline.macro_use);
        self.macros.by_file.entry(file).or_insert(module);
        self.children(&outline.entries, module, &place, depth);
        Some(module)
    }

    fn module(
        &mut self,
        entries: &'a [Entry],
        parent: Option<(usize, usize)>,
        macro_use: bool,
    ) -> usize {
        let module = self.macros.modules.len();
        let there: Vec<Option<bool>> = entries.iter().map(|e| self.cfg.all(&e.cfg)).collect();
        if let Some(krate) = self.macros.crates.last_mut() {
            for (entry, e) in entries.iter().enumerate() {
                if let EntryKind::Rules {
                    name,
                    exported: true,
                    ..
                } = e.kind
                {
                    let defs = krate.exported.entry(name).or_default();
                    defs.push(DefIndex { module, entry });
                }
            }
        }
        self.macros.modules.push(Module {
            krate: self.krate,
            parent,
            entries,
            there,
            children: FxHashMap::default(),
            macro_use,
        });
        module
    }

    fn children(&mut self, entries: &'a [Entry], module: usize, place: &Place, depth: usize) {
        for (at, entry) in entries.iter().enumerate() {
            let EntryKind::Mod {
                name,
                paths,
                inline,
                ..
            } = &entry.kind
            else {
                continue;
            };
            let parent = Some((module, at));
            let child = match inline {
                Some(inner) if depth < DEEPEST => {
                    let child = self.module(inner, parent, false);
                    self.children(inner, child, &place.inside(*name), depth + 1);
                    Some(child)
                }
                Some(_) => None,
                None => self.declared(*name, paths, parent, place, depth),
            };
            if let (Some(child), Some(module)) = (child, self.macros.modules.get_mut(module)) {
                module.children.insert(at, child);
            }
        }
    }

    /// The module in the file that `mod name;` means.
    fn declared(
        &mut self,
        name: Name,
        paths: &[(Option<Cfg>, String)],
        parent: Option<(usize, usize)>,
        place: &Place,
        depth: usize,
    ) -> Option<usize> {
        let (path, owns_folder) = place
            .files(name, paths)
            .find(|(path, _)| self.by_path.contains_key(path.as_path()))?;
        self.file(&path, parent, owns_folder, depth + 1)
    }
}
