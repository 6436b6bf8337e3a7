//! From written paths to definitions, and from expressions to types.
//!
//! The scanned crates and the catalogue's interfaces go through the same module tree, the same imports and the same type
//! inference: a catalogued crate is a crate whose bodies we do not see.

mod declare;
pub mod def;
pub mod infer;
pub mod known;
pub mod lookup;
mod names;
pub mod sig;
pub mod tree;
pub mod ty;
pub mod written;

use std::path::PathBuf;

use rustc_hash::FxHashMap;

use crate::ir::FileIr;
use crate::name::Name;
use def::{DefKind, Namespace, Program, Res};
use tree::{CrateInput, TreeBuilder};

/// The files that modules of these crates lead to and that are not among those given.
pub fn missing<'a>(
    crates: Vec<CrateInput<'a>>,
    files: &FxHashMap<PathBuf, &'a FileIr>,
) -> Vec<PathBuf> {
    let mut program = Program::default();
    let mut builder = TreeBuilder::new(&mut program, files);
    for krate in crates {
        builder.add_crate(krate);
    }
    let mut missing = std::mem::take(&mut builder.missing);
    missing.sort_unstable();
    missing.dedup();
    missing
}

/// Builds the program: module trees of all crates, then all imports.
///
/// Catalogue crates come first in `crates` (local ones name them by [`def::CrateId`]); `std` is the index of the standard
/// library's interface.
pub fn build<'a>(
    crates: Vec<CrateInput<'a>>,
    files: &FxHashMap<PathBuf, &'a FileIr>,
    std: Option<usize>,
) -> Program<'a> {
    let mut program = Program::default();
    let mut builder = TreeBuilder::new(&mut program, files);
    for krate in crates {
        builder.add_crate(krate);
    }
    builder.bind_externs();
    let imports = std::mem::take(&mut builder.imports);
    program.std = std.map(|i| def::CrateId(i as u32));
    // The prelude's own imports need no prelude.
    program.resolve_imports(&imports);
    if let Some(std) = program.std {
        let path: Vec<Name> = ["prelude", "v1"].into_iter().map(Name::new).collect();
        let root = program.krate(std).root;
        if let Some((Res::Def(found), 2)) =
            program.resolve_names(root, false, &path, Namespace::Types)
            && matches!(program.def(found).kind, DefKind::Mod { .. })
        {
            program.prelude = Some(found);
        }
    }
    program
}
