//! Questions about a body's control flow and about what follows from a local.

use rustc_hash::FxHashSet;

use crate::ir::body::{
    Block, BlockId, Body, Lit, Local, LoopId, LoopKind, Operand, Rvalue, Stmt, StmtKind, Terminator,
};
use crate::resolve::infer::{At, BRANCH};

/// The block of this id.
pub(super) fn block(body: &Body, id: BlockId) -> Option<&Block> {
    body.blocks.get(id.0 as usize)
}

/// The loops around a block, innermost first.
pub(super) fn loops_around(body: &Body, at: BlockId) -> Vec<LoopId> {
    let mut out = Vec::new();
    let mut next = block(body, at).and_then(|b| b.in_loop);
    while let Some(id) = next {
        if out.contains(&id) {
            break;
        }
        out.push(id);
        next = body.loops.get(id.0 as usize).and_then(|l| l.parent);
    }
    out
}

/// The loops that a place is reached by again: not those that are left right behind it.
pub(super) fn turning(body: &Body, at: BlockId) -> Vec<LoopId> {
    let mut out = loops_around(body, at);
    out.retain(|l| !leaves(body, *l, at));
    out
}

/// Whether every way from `from` leaves the loop for good.
pub(super) fn leaves(body: &Body, of: LoopId, from: BlockId) -> bool {
    let Some(this) = body.loops.get(of.0 as usize) else {
        return true;
    };
    let over = match this.kind {
        LoopKind::While => called_off(body, this.head),
        LoopKind::Loop | LoopKind::For => Vec::new(),
    };
    !body.reaches(from, |at, _| at == this.head, |at| over.contains(&at))
}

/// Where it is written down that the turn at hand is the last: `run = false` in a `while run { .. }`.
fn called_off(body: &Body, head: BlockId) -> Vec<BlockId> {
    let Some(Block {
        stmts,
        term:
            Terminator::If {
                cond: Operand::Use(cond),
                then,
                otherwise,
            },
        ..
    }) = block(body, head)
    else {
        return Vec::new();
    };
    let again = |way: &BlockId| body.reaches(*way, |at, _| at == head, |_| false);
    let holds = match (again(then), again(otherwise)) {
        (true, false) => true,
        (false, true) => false,
        _ => return Vec::new(),
    };
    // `while !done`.
    let negated = stmts.iter().find_map(|stmt| match &stmt.kind {
        StmtKind::Assign(
            to,
            Rvalue::Unary {
                not: true,
                value: Operand::Use(flag),
            },
        ) if to == cond => Some(flag),
        _ => None,
    });
    let (flag, last) = match negated {
        Some(flag) => (flag, holds),
        None => (cond, !holds),
    };
    let says = |stmt: &Stmt| {
        let lit = Rvalue::Use(Operand::Lit(Lit::Bool(last)));
        matches!(&stmt.kind, StmtKind::Assign(to, value) if to == flag && *value == lit)
    };
    let blocks = (0..).map(BlockId).zip(&body.blocks);
    blocks
        .filter(|(_, b)| b.stmts.iter().any(says))
        .map(|(at, _)| at)
        .collect()
}

/// The block a place of the run belongs to. The arm of a `select!` is performed where the `select!` stands.
pub(super) fn block_of(body: &Body, at: At) -> BlockId {
    if at.0 != BRANCH {
        return BlockId(at.0);
    }
    let handler = BlockId(at.1);
    body.branch(handler).map_or(handler, |(block, _)| block)
}

/// The local that gets what is yielded at a place: a call's or an await's result, the output of a `select!` arm.
pub(super) fn result_at(body: &Body, at: At) -> Option<Local> {
    if at.0 == BRANCH {
        return body.branch(BlockId(at.1)).map(|(_, arm)| arm.output);
    }
    match &body.stmt(at)?.kind {
        StmtKind::Call(dest, _) | StmtKind::Await(dest, _) => Some(*dest),
        StmtKind::Assign(place, _) => Some(place.local),
        StmtKind::StorageDead(_) => None,
    }
}

/// The future that is waited for at a place, where that is the arm of a `select!`.
pub(super) fn arm_at(body: &Body, at: At) -> Option<Local> {
    let (_, arm) = (at.0 == BRANCH).then(|| body.branch(BlockId(at.1)))??;
    Some(arm.future)
}

/// The locals that hold something made of `start`: moved, borrowed, taken apart, passed through calls and awaits.
pub(super) fn derived(body: &Body, start: Local) -> FxHashSet<Local> {
    follow(body, start, true)
}

/// The same, not through awaits: the future itself, however wrapped.
pub(super) fn unawaited(body: &Body, start: Local) -> FxHashSet<Local> {
    follow(body, start, false)
}

fn follow(body: &Body, start: Local, awaits: bool) -> FxHashSet<Local> {
    let mut known: FxHashSet<Local> = FxHashSet::default();
    known.insert(start);
    loop {
        let before = known.len();
        for block in &body.blocks {
            for stmt in &block.stmts {
                match &stmt.kind {
                    // What is put in a field does not make its owner a part of it.
                    StmtKind::Assign(place, value)
                        if place.proj.is_empty() && mentions(value).any(|l| known.contains(&l)) =>
                    {
                        known.insert(place.local);
                    }
                    StmtKind::Call(dest, call) => {
                        let recv = call.callee.receiver().map(|p| p.local);
                        let args = call.args.iter().filter_map(Operand::local);
                        if recv.into_iter().chain(args).any(|l| known.contains(&l)) {
                            known.insert(*dest);
                        }
                    }
                    StmtKind::Await(dest, future)
                        if awaits && future.local().is_some_and(|l| known.contains(&l)) =>
                    {
                        known.insert(*dest);
                    }
                    _ => {}
                }
            }
            if let (true, Terminator::Select { arms, .. }) = (awaits, &block.term) {
                for arm in arms {
                    if known.contains(&arm.future) {
                        known.insert(arm.output);
                    }
                }
            }
        }
        if known.len() == before {
            return known;
        }
    }
}

/// The locals a computed value is made of.
fn mentions(value: &Rvalue) -> Box<dyn Iterator<Item = Local> + '_> {
    match value {
        Rvalue::Use(operand)
        | Rvalue::Unary { value: operand, .. }
        | Rvalue::Cast { value: operand, .. } => Box::new(operand.local().into_iter()),
        Rvalue::Ref { place, .. } => Box::new(std::iter::once(place.local)),
        Rvalue::Tuple(items) | Rvalue::Array { items, .. } | Rvalue::Range(items) => {
            Box::new(items.iter().filter_map(Operand::local))
        }
        Rvalue::Struct { fields, base, .. } => Box::new(
            fields
                .iter()
                .map(|(_, o)| o)
                .chain(base)
                .filter_map(Operand::local),
        ),
        Rvalue::Binary { lhs, rhs, .. } => Box::new(lhs.local().into_iter().chain(rhs.local())),
        Rvalue::Touch { reads: places, .. }
        | Rvalue::Opaque {
            touches: places, ..
        } => Box::new(places.iter().map(|p| p.local)),
        Rvalue::Path(_) | Rvalue::Closure(_) | Rvalue::Async(_) => Box::new(std::iter::empty()),
    }
}

/// The local a branching block asks.
pub(super) fn asked(term: &Terminator) -> Option<Local> {
    match term {
        Terminator::If { cond, .. } => cond.local(),
        Terminator::Match { scrutinee, .. } => Some(scrutinee.local),
        Terminator::Try { value, .. } => Some(value.local),
        Terminator::Next { iter, .. } => Some(*iter),
        _ => None,
    }
}
