//! The body under construction: blocks, scopes with what they drop, names, captures.

use rustc_hash::FxHashMap;

use super::Lower;
use super::names::marked;
use crate::ir::BodyIdx;
use crate::ir::body::{
    Block, BlockId, Body, BodyKind, Capture, Local, LocalDecl, Loop, LoopId, LoopKind, Operand,
    Place, Rvalue, Stmt, StmtKind, Terminator,
};
use crate::ir::item::Item;
use crate::ir::ty::TyRef;
use crate::name::Name;
use crate::source::{FileId, Span};

/// The scope that temporaries of an extending expression live in; `None` where nothing is extended.
pub(super) type Ext = Option<usize>;

/// A scope: what is dropped and which names end with it.
#[derive(Default)]
pub(super) struct Scope {
    pub(super) drops: Vec<Local>,
    pub(super) names: Vec<Name>,
}

/// Where `break` and `continue` go.
pub(super) struct Target {
    pub(super) label: Option<Name>,
    pub(super) is_loop: bool,
    pub(super) exit: BlockId,
    pub(super) again: Option<BlockId>,
    pub(super) dest: Option<Local>,
    /// Scopes from this index on are left.
    pub(super) depth: usize,
}

/// The body under construction.
pub(super) struct Builder {
    pub(super) idx: BodyIdx,
    kind: BodyKind,
    parent: Option<BodyIdx>,
    span: Span,
    locals: Vec<LocalDecl>,
    pub(super) params: Vec<Local>,
    captures: Vec<Capture>,
    blocks: Vec<Block>,
    /// How many live edges lead to each block; one without is dead.
    preds: Vec<u32>,
    loops: Vec<Loop>,
    pub(super) items: Vec<Item>,
    pub(super) ret: Option<TyRef>,
    at: BlockId,
    pub(super) scopes: Vec<Scope>,
    /// The scope that temporaries go to.
    pub(super) temps: usize,
    pub(super) targets: Vec<Target>,
    in_loop: Option<LoopId>,
    env: FxHashMap<Name, Vec<Local>>,
}

impl Builder {
    pub(super) fn new(kind: BodyKind, parent: Option<BodyIdx>, span: Span) -> Self {
        let mut builder = Builder {
            idx: BodyIdx(0),
            kind,
            parent,
            span,
            locals: Vec::new(),
            params: Vec::new(),
            captures: Vec::new(),
            blocks: Vec::new(),
            preds: Vec::new(),
            loops: Vec::new(),
            items: Vec::new(),
            ret: None,
            at: BlockId(0),
            scopes: Vec::new(),
            temps: 0,
            targets: Vec::new(),
            in_loop: None,
            env: FxHashMap::default(),
        };
        builder.local(None, None, span, false);
        let entry = builder.block();
        if let Some(preds) = builder.preds.get_mut(entry.0 as usize) {
            *preds = 1;
        }
        builder
    }

    /// What stands for "in no body".
    pub(super) fn none(file: FileId) -> Self {
        Builder::new(BodyKind::Init, None, Span::new(file, 0, 0))
    }

    /// Whether names not found here are looked up in the body around.
    fn captures_names(&self) -> bool {
        matches!(self.kind, BodyKind::Closure { .. } | BodyKind::Async { .. })
    }

    // Blocks.

    pub(super) fn block(&mut self) -> BlockId {
        let id = BlockId(self.blocks.len() as u32);
        self.blocks.push(Block {
            stmts: Vec::new(),
            term: Terminator::Unreachable,
            in_loop: self.in_loop,
        });
        self.preds.push(0);
        id
    }

    fn preds(&self, block: BlockId) -> u32 {
        self.preds.get(block.0 as usize).copied().unwrap_or(0)
    }

    /// Whether nothing leads here.
    pub(super) fn dead(&self) -> bool {
        self.preds(self.at) == 0
    }

    /// The block at hand.
    pub(super) fn here(&self) -> BlockId {
        self.at
    }

    /// Goes on in `block`.
    pub(super) fn switch(&mut self, block: BlockId) {
        self.at = block;
    }

    pub(super) fn stmt(&mut self, kind: StmtKind, span: Span) {
        if let Some(block) = self.blocks.get_mut(self.at.0 as usize) {
            block.stmts.push(Stmt { kind, span });
        }
    }

    pub(super) fn assign(&mut self, place: Place, value: Rvalue, span: Span) {
        self.stmt(StmtKind::Assign(place, value), span);
    }

    /// Ends the block at hand. What is lowered next goes to a dead block unless `switch` says otherwise.
    pub(super) fn end(&mut self, term: Terminator) {
        if !self.dead() {
            for next in term.successors() {
                if let Some(preds) = self.preds.get_mut(next.0 as usize) {
                    *preds += 1;
                }
            }
        }
        if let Some(block) = self.blocks.get_mut(self.at.0 as usize) {
            block.term = term;
        }
        self.at = self.block();
    }

    pub(super) fn goto(&mut self, block: BlockId) {
        self.end(Terminator::Goto(block));
    }

    // Loops.

    /// Opens a loop; blocks made until `close_loop` belong to it. The result is its head, and what to close with.
    pub(super) fn open_loop(&mut self, kind: LoopKind, span: Span) -> (BlockId, Option<LoopId>) {
        let around = self.in_loop;
        self.in_loop = Some(LoopId(self.loops.len() as u32));
        let head = self.block();
        self.loops.push(Loop {
            head,
            parent: around,
            kind,
            span,
        });
        (head, around)
    }

    pub(super) fn close_loop(&mut self, around: Option<LoopId>) {
        self.in_loop = around;
    }

    // Locals and names.

    pub(super) fn local(
        &mut self,
        name: Option<Name>,
        ty: Option<TyRef>,
        span: Span,
        by_ref: bool,
    ) -> Local {
        let local = Local(self.locals.len() as u32);
        self.locals.push(LocalDecl {
            name: name.map(|name| marked(name).unwrap_or(name)),
            ty: ty.map(Box::new),
            span,
            by_ref,
        });
        local
    }

    pub(super) fn is_named(&self, local: Local) -> bool {
        self.locals
            .get(local.0 as usize)
            .is_some_and(|l| l.name.is_some())
    }

    pub(super) fn set_ty(&mut self, local: Local, ty: TyRef) {
        if let Some(decl) = self.locals.get_mut(local.0 as usize) {
            decl.ty = Some(Box::new(ty));
        }
    }

    /// Lets `name` mean `local` until the innermost scope ends.
    pub(super) fn bind(&mut self, name: Name, local: Local) {
        self.env.entry(name).or_default().push(local);
        if let Some(scope) = self.scopes.last_mut() {
            scope.names.push(name);
        }
    }

    fn lookup(&self, name: Name) -> Option<Local> {
        self.env
            .get(&name)
            .and_then(|locals| locals.last())
            .copied()
    }

    // Scopes.

    pub(super) fn push_scope(&mut self) -> usize {
        self.scopes.push(Scope::default());
        self.scopes.len() - 1
    }

    /// Drops `local` at the end of that scope.
    pub(super) fn drop_in(&mut self, scope: usize, local: Local) {
        if let Some(scope) = self.scopes.get_mut(scope) {
            scope.drops.push(local);
        }
    }

    /// Emits the drops of all scopes from `depth` on, innermost first, and leaves them open.
    pub(super) fn emit_drops(&mut self, depth: usize, span: Span) {
        if self.dead() {
            return;
        }
        let Some(block) = self.blocks.get_mut(self.at.0 as usize) else {
            return;
        };
        for scope in self.scopes.iter().skip(depth).rev() {
            block.stmts.extend(scope.drops.iter().rev().map(|l| Stmt {
                kind: StmtKind::StorageDead(*l),
                span,
            }));
        }
    }

    pub(super) fn has_drops(&self, depth: usize) -> bool {
        self.scopes.iter().skip(depth).any(|s| !s.drops.is_empty())
    }

    /// Ends the innermost scope: its drops are emitted, its names forgotten.
    pub(super) fn pop_scope(&mut self, span: Span) {
        let depth = self.scopes.len().saturating_sub(1);
        self.emit_drops(depth, span);
        if let Some(scope) = self.take_scope() {
            self.forget(&scope);
        }
    }

    /// Takes the innermost scope off without ending it.
    pub(super) fn take_scope(&mut self) -> Option<Scope> {
        self.scopes.pop()
    }

    pub(super) fn forget(&mut self, scope: &Scope) {
        for name in scope.names.iter().rev() {
            if let Some(locals) = self.env.get_mut(name) {
                locals.pop();
            }
        }
    }

    // The end.

    /// Leaves out blocks that only lead on and those that nothing reaches and that say nothing; numbers the rest in reverse
    /// postorder, so that a block comes after those that lead to it, loops apart.
    pub(super) fn finish(mut self) -> Body {
        self.thread();
        let order = self.order();
        let mut number = vec![None; self.blocks.len()];
        for (new, old) in order.iter().enumerate() {
            if let Some(slot) = number.get_mut(*old) {
                *slot = Some(BlockId(new as u32));
            }
        }
        let renumber = |block: &mut BlockId| {
            if let Some(Some(new)) = number.get(block.0 as usize) {
                *block = *new;
            }
        };
        let mut old: Vec<Option<Block>> = self.blocks.into_iter().map(Some).collect();
        let mut blocks: Vec<Block> = order
            .iter()
            .filter_map(|i| old.get_mut(*i).and_then(Option::take))
            .collect();
        for block in &mut blocks {
            each_successor(&mut block.term, renumber);
        }
        for l in &mut self.loops {
            renumber(&mut l.head);
        }
        Body {
            kind: self.kind,
            parent: self.parent,
            span: self.span,
            locals: self.locals,
            params: self.params,
            captures: self.captures,
            blocks,
            loops: self.loops,
            items: self.items,
            ret: self.ret,
        }
    }

    /// Lets edges skip empty blocks; the head of a loop stays.
    fn thread(&mut self) {
        let mut onward: Vec<Option<BlockId>> = self
            .blocks
            .iter()
            .map(|b| match b.term {
                Terminator::Goto(next) if b.stmts.is_empty() => Some(next),
                _ => None,
            })
            .collect();
        for l in &self.loops {
            if let Some(head) = onward.get_mut(l.head.0 as usize) {
                *head = None;
            }
        }
        let follow = |block: &mut BlockId| {
            // A chain longer than this is a circle of empty blocks.
            for _ in 0..64 {
                match onward.get(block.0 as usize) {
                    Some(Some(next)) => *block = *next,
                    _ => return,
                }
            }
        };
        for block in &mut self.blocks {
            each_successor(&mut block.term, follow);
        }
    }

    /// The blocks to keep, in order.
    fn order(&self) -> Vec<usize> {
        let speaks = |b: &Block| {
            b.stmts
                .iter()
                .any(|s| !matches!(s.kind, StmtKind::StorageDead(_)))
        };
        let dead = self
            .blocks
            .iter()
            .zip(&self.preds)
            .enumerate()
            .filter(|(_, (b, preds))| **preds == 0 && speaks(b));
        // The entry is walked last: it must come first in the reversed order.
        let roots = dead
            .map(|(i, _)| i)
            .chain(self.loops.iter().map(|l| l.head.0 as usize))
            .rev()
            .chain([0]);
        let mut seen = vec![false; self.blocks.len()];
        let live = self.reachable(0);
        let mut post = Vec::with_capacity(self.blocks.len());
        for root in roots {
            if root == 0 || !live.get(root).copied().unwrap_or(true) {
                self.postorder(root, &mut seen, &mut post, (root != 0).then_some(&live));
            }
        }
        post.reverse();
        post
    }

    fn reachable(&self, from: usize) -> Vec<bool> {
        let mut seen = vec![false; self.blocks.len()];
        self.postorder(from, &mut seen, &mut Vec::new(), None);
        seen
    }

    /// Appends what `from` reaches, `not` left out, in postorder.
    fn postorder(
        &self,
        from: usize,
        seen: &mut [bool],
        out: &mut Vec<usize>,
        not: Option<&Vec<bool>>,
    ) {
        let mut visit = |block: usize| {
            let elsewhere = not.is_some_and(|n| n.get(block) == Some(&true));
            match seen.get_mut(block) {
                Some(seen) if !*seen && !elsewhere => {
                    *seen = true;
                    true
                }
                _ => false,
            }
        };
        let next = |block: usize| {
            let mut next = self
                .blocks
                .get(block)
                .map(|b| b.term.successors())
                .unwrap_or_default();
            next.reverse();
            next.into_iter()
        };
        if !visit(from) {
            return;
        }
        let mut stack = vec![(from, next(from))];
        while let Some((block, rest)) = stack.last_mut() {
            if let Some(to) = rest.next() {
                let to = to.0 as usize;
                if visit(to) {
                    stack.push((to, next(to)));
                }
            } else {
                out.push(*block);
                stack.pop();
            }
        }
    }
}

fn each_successor(term: &mut Terminator, change: impl Fn(&mut BlockId)) {
    match term {
        Terminator::Goto(b) => change(b),
        Terminator::If {
            then, otherwise, ..
        } => {
            change(then);
            change(otherwise);
        }
        Terminator::Match { arms, .. } => arms.iter_mut().for_each(|(_, b)| change(b)),
        Terminator::Try { ok, err, .. } => {
            change(ok);
            change(err);
        }
        Terminator::Next { body, done, .. } => {
            change(body);
            change(done);
        }
        Terminator::Select {
            arms, otherwise, ..
        } => {
            arms.iter_mut().for_each(|a| change(&mut a.block));
            otherwise.iter_mut().for_each(change);
        }
        Terminator::Return | Terminator::Unreachable => {}
    }
}

impl Lower<'_> {
    /// A temporary whose value needs no drop: a borrow, a path, a number.
    pub(super) fn plain_temp(&mut self, span: Span) -> Local {
        self.cur.local(None, None, span, false)
    }

    /// A temporary that is dropped at the end of its statement, or of the scope it is extended to.
    pub(super) fn temp(&mut self, span: Span, scope: Option<usize>) -> Local {
        let local = self.cur.local(None, None, span, false);
        let scope = scope.unwrap_or(self.cur.temps);
        self.cur.drop_in(scope, local);
        local
    }

    /// `place = value` into a fresh plain temporary.
    pub(super) fn plain(&mut self, value: Rvalue, span: Span) -> Operand {
        let temp = self.plain_temp(span);
        self.cur.assign(Place::local(temp), value, span);
        Operand::Use(Place::local(temp))
    }

    /// The local that `name` means, captured through every body in between.
    pub(super) fn lookup(&mut self, name: Name, span: Span) -> Option<Local> {
        self.lookup_exact(name, span)
            // The macro of a function may name what is around it.
            .or_else(|| self.lookup_exact(marked(name)?, span))
    }

    pub(super) fn lookup_exact(&mut self, name: Name, span: Span) -> Option<Local> {
        if let Some(local) = self.cur.lookup(name) {
            return Some(local);
        }
        let mut inside = &self.cur;
        let mut level = self.outer.len();
        let (found, mut local) = loop {
            if !inside.captures_names() || level == 0 {
                return None;
            }
            level -= 1;
            inside = self.outer.get(level)?;
            if let Some(local) = inside.lookup(name) {
                break (level, local);
            }
        };
        for builder in self
            .outer
            .iter_mut()
            .skip(found + 1)
            .chain(std::iter::once(&mut self.cur))
        {
            let inner = builder.local(Some(name), None, span, false);
            builder.captures.push(Capture {
                outer: local,
                inner,
                span,
            });
            // Bound below every scope: the capture holds for the whole body.
            builder.env.entry(name).or_default().insert(0, inner);
            local = inner;
        }
        Some(local)
    }

    /// Runs `fill` in a scope of its own; names and locals declared in it end with it.
    pub(super) fn scoped<T>(&mut self, end: Span, fill: impl FnOnce(&mut Self) -> T) -> T {
        self.cur.push_scope();
        let result = fill(self);
        self.cur.pop_scope(end);
        result
    }

    /// As `scoped`, and temporaries end with it too: a statement, a condition, an arm.
    pub(super) fn terminating<T>(&mut self, end: Span, fill: impl FnOnce(&mut Self) -> T) -> T {
        let around = self.cur.temps;
        self.cur.temps = self.cur.push_scope();
        let result = fill(self);
        self.cur.temps = around;
        self.cur.pop_scope(end);
        result
    }
}
