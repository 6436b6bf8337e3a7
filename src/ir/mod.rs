//! The intermediate representation: what `lower` makes of a file, and all that later stages see of it.
//!
//! No syntax tree survives lowering. A file is a list of [`item::Item`]s (the skeleton that name resolution reads) and a
//! list of [`body::Body`]s (one control-flow graph per function, closure, async block, static and const). Everything here
//! is `Send`, so files are lowered in parallel.

pub mod body;
pub mod cfg;
pub mod item;
mod parts;
pub mod print;
pub mod ty;

use crate::parse::words::Words;
use crate::source::{FileId, Span};

/// A body of one file: index into [`FileIr::bodies`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct BodyIdx(pub u32);

/// One lowered file.
#[derive(Debug, Clone)]
pub struct FileIr {
    /// The file.
    pub file: FileId,
    /// Attributes of the whole file (`#![cfg(..)]`).
    pub cfg: Vec<item::Cfg>,
    /// The items of the file's module.
    pub items: Vec<item::Item>,
    /// Every body, in order of its place in the text; a parent comes before its closures.
    pub bodies: Vec<body::Body>,
    /// Macro calls whose tokens could not be read as code.
    pub unread: Vec<Span>,
    /// Files this one names that only exist after a build (`include!(concat!(env!("OUT_DIR"), ..))`).
    pub generated: Vec<Span>,
    /// Parts of bodies that are not in the build, each with a condition that does not hold.
    pub off: Vec<(Span, item::Cfg)>,
    /// The words it says outside of comments.
    pub words: Words,
}

impl FileIr {
    /// The body with this index.
    pub fn body(&self, idx: BodyIdx) -> Option<&body::Body> {
        self.bodies.get(idx.0 as usize)
    }
}
