//! Syntax tree to [`FileIr`](crate::ir::FileIr): items, and one control-flow graph per body. syn ends here.
//!
//! One [`Lower`] lives as long as one file. It holds what belongs to the file (finished bodies, macro definitions, notes)
//! and the builder of the body at hand; the builders of the bodies around it wait on a stack, so that a closure can
//! capture through every level.

mod attrs;
mod body;
mod build;
mod call;
mod cfg;
mod cond;
mod control;
mod expr;
mod items;
mod macros;
mod names;
mod pattern;
mod place;
mod span;
mod stmt;
mod types;
mod uses;

use std::cell::RefCell;

use proc_macro2::extra::invalidate_current_thread_spans;
use rustc_hash::FxHashMap;

use crate::catalog::grammars::Grammars;
use crate::ir::body::Body;
use crate::ir::cfg::CfgEnv;
use crate::ir::item::{Cfg, Item};
use crate::ir::{BodyIdx, FileIr};
use crate::macros::{DefIndex, Macros};
use crate::name::Name;
use crate::parse::blank::Tests;
use crate::parse::lines::Lines;
use crate::parse::words::Words;
use crate::parse::{self, ParseError, Ready, bodies};
use crate::source::{FileId, Span};

use build::Builder;
use macros::{Foreign, Rules};

/// How a file is built, as far as lowering depends on it.
#[derive(Clone, Copy)]
pub struct Build<'b> {
    /// The edition.
    pub edition: u16,
    /// By which conditions inside of bodies are judged; those on items stay conditions.
    pub cfg: &'b CfgEnv,
}

/// Reads and lowers one file; safe to call from many threads at once. The thread's span table is empty afterwards.
///
/// `macros` numbers files as `file` is numbered.
pub fn lower_file(
    file: FileId,
    text: Ready,
    build: Build<'_>,
    grammars: &Grammars,
    macros: &Macros<'_>,
) -> Result<FileIr, ParseError> {
    // What a panic on an earlier file may have left behind.
    invalidate_current_thread_spans();
    let len = text.len();
    let result = parse::read(file, text).map(|parsed| {
        let mut lower = Lower::new(file, parsed.lines, len, build, grammars, macros);
        let cfg = cfg::of_attrs(&parsed.tree.attrs);
        let items = lower.items(&parsed.tree.items);
        lower.finish(cfg, items, parsed.words)
    });
    invalidate_current_thread_spans();
    result
}

/// Reads the items of an interface text: Rust whose functions have no bodies. An error is a byte offset and a message.
pub fn lower_interface(text: &str) -> Result<Vec<Item>, (usize, String)> {
    invalidate_current_thread_spans();
    let file = FileId(u32::MAX);
    let result = match parse::parse(file, &bodies::empty(text), Tests::Read) {
        Ok(parsed) => {
            let grammars = Grammars::default();
            let cfg = CfgEnv::default();
            let build = Build {
                edition: 2024,
                cfg: &cfg,
            };
            let macros = Macros::default();
            let mut lower = Lower::new(file, parsed.lines, text.len(), build, &grammars, &macros);
            lower.interface = true;
            Ok(lower.items(&parsed.tree.items))
        }
        Err(error) => {
            // The bodies put in moved the place; the text as written knows it.
            let error = parse::parse(file, text, Tests::Read).err().unwrap_or(error);
            Err((error.span.lo as usize, error.message))
        }
    };
    invalidate_current_thread_spans();
    result
}

/// The state of lowering one file.
pub(crate) struct Lower<'g> {
    file: FileId,
    lines: Lines,
    edition: u16,
    /// What is known of the builds that the file is in.
    cfg: &'g CfgEnv,
    grammars: &'g Grammars,
    /// Finished bodies; those begun but not finished hold an empty place.
    bodies: Vec<Option<Body>>,
    unread: Vec<Span>,
    generated: Vec<Span>,
    /// What of bodies is not in the build. It is noted where that is asked, which changes nothing else.
    off: RefCell<Vec<(Span, Cfg)>>,
    /// The body at hand.
    cur: Builder,
    /// The bodies around it, outermost first.
    outer: Vec<Builder>,
    /// The file's own macros, in textual order: a later definition hides an earlier one.
    rules: FxHashMap<Name, std::rc::Rc<Rules>>,
    /// The workspace's macros.
    macros: &'g Macros<'g>,
    /// Those of other files that were called; nothing for one that cannot be expanded.
    foreign: FxHashMap<DefIndex, Option<Foreign>>,
    /// How many expansions we are inside of.
    expansion_depth: u32,
    /// How many tokens expansions may still produce in this file.
    expansion_budget: usize,
    /// The outermost macro call we are inside of.
    in_macro: Option<Span>,
    /// We are inside of a macro that pins the types it is given.
    in_pinned: bool,
    /// No bodies are made.
    interface: bool,
}

/// How many tokens the expansions of one file may produce.
fn expansion_budget(text_len: usize) -> usize {
    200_000 + text_len
}

impl<'g> Lower<'g> {
    fn new(
        file: FileId,
        lines: Lines,
        text_len: usize,
        build: Build<'g>,
        grammars: &'g Grammars,
        macros: &'g Macros<'g>,
    ) -> Self {
        Lower {
            file,
            lines,
            edition: build.edition,
            cfg: build.cfg,
            grammars,
            bodies: Vec::new(),
            unread: Vec::new(),
            generated: Vec::new(),
            off: RefCell::default(),
            cur: Builder::none(file),
            outer: Vec::new(),
            rules: FxHashMap::default(),
            macros,
            foreign: FxHashMap::default(),
            expansion_depth: 0,
            expansion_budget: expansion_budget(text_len),
            in_macro: None,
            in_pinned: false,
            interface: false,
        }
    }

    fn finish(self, cfg: Vec<Cfg>, items: Vec<Item>, words: Words) -> FileIr {
        // Every body begun was finished: `with_body` is the only way to begin one.
        let bodies = self.bodies.into_iter().flatten().collect();
        FileIr {
            file: self.file,
            cfg,
            items,
            bodies,
            unread: self.unread,
            generated: self.generated,
            off: self.off.into_inner(),
            words,
        }
    }

    /// Runs `fill` with a fresh builder and keeps what it built.
    fn with_body(&mut self, builder: Builder, fill: impl FnOnce(&mut Self)) -> BodyIdx {
        let idx = BodyIdx(self.bodies.len() as u32);
        self.bodies.push(None);
        let mut builder = builder;
        builder.idx = idx;
        self.outer.push(std::mem::replace(&mut self.cur, builder));
        fill(self);
        let around = self.outer.pop().unwrap_or_else(|| Builder::none(self.file));
        let done = std::mem::replace(&mut self.cur, around).finish();
        if let Some(slot) = self.bodies.get_mut(idx.0 as usize) {
            *slot = Some(done);
        }
        idx
    }

    /// The index of the body at hand, if we are in one.
    fn here(&self) -> Option<BodyIdx> {
        (!self.outer.is_empty()).then_some(self.cur.idx)
    }
}
