//! Which `macro_rules!` of the workspace a call means: what is in textual scope, what is imported, what a path names.
//!
//! It is told from the files' [outlines](crate::parse::outline) alone, ahead of [lowering](crate::lower), which expands what
//! is found here. As rustc has it, a name without a path means the latest definition above the call, in its module, in the
//! modules around it, or behind a `#[macro_use] mod`; then what a `use` brings; then what `#[macro_use] extern crate` brings.
//! Anything that cannot be told from outlines (a module declared by a macro, a definition under a condition nobody knows) is
//! not found, and the call is read like that of any macro we do not know.

mod scope;
mod tree;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use rustc_hash::{FxHashMap, FxHashSet};

use crate::ir::cfg::CfgEnv;
use crate::name::Name;
use crate::parse::outline::{Entry, EntryKind, Outline};

/// A crate of the workspace, as far as its macros go.
#[derive(Debug)]
pub struct CrateInput<'a> {
    /// Its root, or the files of a folder without a manifest.
    pub roots: Vec<PathBuf>,
    /// The crates of the workspace that its code can name, by number in the list.
    pub deps: FxHashMap<Name, usize>,
    /// What is known of its build.
    pub cfg: &'a CfgEnv,
}

/// A file by its place in the list given.
pub type FileIndex = usize;

/// A definition of the workspace.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct DefIndex {
    module: usize,
    entry: usize,
}

/// How a crate is named where a macro is called.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Home {
    /// It is the crate at hand.
    Here,
    /// It is a dependency of this name.
    Named(Name),
}

/// The macros of a workspace.
#[derive(Debug, Default)]
pub struct Macros<'a> {
    id: u64,
    modules: Vec<Module<'a>>,
    /// The module that each file is; the first, of several.
    by_file: FxHashMap<FileIndex, usize>,
    crates: Vec<Crate>,
    /// Every name that a definition of the workspace may be called by.
    names: FxHashSet<Name>,
}

#[derive(Debug)]
struct Crate {
    root: Option<usize>,
    deps: FxHashMap<Name, usize>,
    /// What stands at its root because of `#[macro_export]`.
    exported: FxHashMap<Name, Vec<DefIndex>>,
}

#[derive(Debug)]
struct Module<'a> {
    krate: usize,
    /// The module around, and which of its entries declares this one.
    parent: Option<(usize, usize)>,
    entries: &'a [Entry],
    /// For each entry whether it is there: `None` if that depends on what nobody knows.
    there: Vec<Option<bool>>,
    /// The modules declared here, by entry.
    children: FxHashMap<usize, usize>,
    /// `#![macro_use]`
    macro_use: bool,
}

impl<'a> Macros<'a> {
    /// The macros of these crates, whose files have these outlines.
    pub fn build(crates: &[CrateInput<'a>], files: &[(&Path, &'a Outline)]) -> Self {
        let mut names = FxHashSet::default();
        for (_, outline) in files {
            defined(&outline.entries, &mut names);
        }
        // Most workspaces have none, and need no tree for it.
        if names.is_empty() {
            return Macros::default();
        }
        names.extend(files.iter().flat_map(|(_, o)| o.aliases.iter().copied()));
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let mut macros = Macros {
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            names,
            ..Macros::default()
        };
        tree::build(&mut macros, crates, files);
        macros
    }

    /// Which set of macros this is: a definition's index means something in one only.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Whether any macro of the workspace may be called by this name.
    pub fn knows(&self, name: Name) -> bool {
        self.names.contains(&name)
    }

    /// A definition's arms, as they are written.
    pub fn arms(&self, def: DefIndex) -> &'a str {
        let entry = self
            .modules
            .get(def.module)
            .map(|m| m.entries.get(def.entry));
        match entry.flatten().map(|e| &e.kind) {
            Some(EntryKind::Rules { arms, .. }) => arms,
            _ => "",
        }
    }

    /// What `$crate` of a definition is called in a file; `None` if it has no name there.
    pub fn home(&self, def: DefIndex, file: FileIndex) -> Option<Home> {
        let of = self.modules.get(def.module)?.krate;
        let here = self.modules.get(*self.by_file.get(&file)?)?.krate;
        if of == here {
            return Some(Home::Here);
        }
        let deps = &self.crates.get(here)?.deps;
        let mut named = deps
            .iter()
            .filter(|(_, krate)| **krate == of)
            .map(|(name, _)| *name);
        let first = named.next()?;
        Some(Home::Named(named.fold(first, Name::min)))
    }
}

/// The names of all definitions.
fn defined(entries: &[Entry], out: &mut FxHashSet<Name>) {
    for entry in entries {
        match &entry.kind {
            EntryKind::Rules { name, .. } => _ = out.insert(*name),
            EntryKind::Mod {
                inline: Some(inner),
                ..
            } => defined(inner, out),
            _ => {}
        }
    }
}
