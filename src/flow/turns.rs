//! Loops around a read: whether a loop ends once enough was read, and whether what it reads piles up.

use rustc_hash::{FxHashMap, FxHashSet};

use super::cx::Cx;
use crate::ir::body::{
    BinOp, BlockId, Body, Callee, Lit, Local, LoopId, LoopKind, Operand, Rvalue, StmtKind,
    Terminator,
};
use crate::ir::item::Receiver;
use crate::name::Name;
use crate::resolve::def::{BodyId, DefKind};
use crate::resolve::ty::Ty;
use crate::source::Span;

/// The innermost loop around a block.
#[derive(Clone, Copy, Debug)]
pub(super) struct Turn {
    /// Which.
    id: LoopId,
    /// Where.
    pub(super) span: Span,
}

/// The loop a block is repeated in.
pub(super) fn around(body: &Body, block: u32) -> Option<Turn> {
    let id = body.blocks.get(block as usize)?.in_loop?;
    let span = body.loops.get(id.0 as usize)?.span;
    Some(Turn { id, span })
}

/// Whether a loop is left when a count reaches some number: a limit in size. A `for` loop ends with what it runs over.
pub(super) fn ends_at_a_size(cx: &Cx<'_, '_, '_>, id: BodyId, turn: &Turn) -> bool {
    let body = cx.body(id);
    let Some(this) = body.loops.get(turn.id.0 as usize) else {
        return false;
    };
    if this.kind == LoopKind::For {
        return true;
    }
    let compared = comparisons(cx, id);
    let inside: FxHashSet<u32> = (0..body.blocks.len() as u32)
        .filter(|b| is_in(body, *b, turn.id))
        .collect();
    // A truth that a comparison decided: `matches!(limit, Some(max) if size > max)`.
    let mut decided: FxHashSet<Local> = FxHashSet::default();
    for block in &inside {
        if let Some((cond, sides)) = condition(body, *block)
            && compared.contains(&cond)
        {
            decided.extend(sides.iter().flat_map(|s| truths(body, *s)));
        }
    }
    let used_up = differences(cx, id, &inside);
    inside.iter().any(|block| {
        condition(body, *block).is_some_and(|(cond, sides)| {
            (compared.contains(&cond) || decided.contains(&cond))
                && leaves(body, &inside, this.head, &sides)
        }) || ends_where_none_is_left(body, &inside, this.head, *block, &used_up)
    })
}

/// Locals of a loop that tell whether a count can still be lowered: `left.checked_sub(more)`, and what is made of it.
fn differences(cx: &Cx<'_, '_, '_>, id: BodyId, inside: &FxHashSet<u32>) -> FxHashSet<Local> {
    let body = cx.body(id);
    let mut out: FxHashSet<Local> = FxHashSet::default();
    let mut order: Vec<u32> = inside.iter().copied().collect();
    order.sort_unstable();
    let blocks = order.iter().filter_map(|b| body.blocks.get(*b as usize));
    for stmt in blocks.flat_map(|b| &b.stmts) {
        let (to, holds) = match &stmt.kind {
            StmtKind::Call(to, call) => match &call.callee {
                Callee::Method { recv, name, .. } => {
                    let lowers = *name == Name::checked_sub()
                        && matches!(cx.place_ty(id, recv).peel_refs(), Ty::Prim(_));
                    (*to, lowers || out.contains(&recv.local))
                }
                _ => continue,
            },
            StmtKind::Assign(to, Rvalue::Use(Operand::Use(from))) if to.proj.is_empty() => {
                (to.local, from.proj.is_empty() && out.contains(&from.local))
            }
            _ => continue,
        };
        if holds {
            out.insert(to);
        }
    }
    out
}

/// Whether a block leaves the loop where a difference is none.
fn ends_where_none_is_left(
    body: &Body,
    inside: &FxHashSet<u32>,
    head: BlockId,
    block: u32,
    differences: &FxHashSet<Local>,
) -> bool {
    match body.blocks.get(block as usize).map(|b| &b.term) {
        Some(Terminator::Try { value, ok, err }) => {
            differences.contains(&value.local) && leaves(body, inside, head, &[*ok, *err])
        }
        Some(Terminator::Match { scrutinee, arms }) => {
            let sides: Vec<BlockId> = arms.iter().map(|(_, to)| *to).collect();
            differences.contains(&scrutinee.local) && leaves(body, inside, head, &sides)
        }
        _ => false,
    }
}

/// Whether a block belongs to a loop, or to one inside it.
pub(super) fn is_in(body: &Body, block: u32, wanted: LoopId) -> bool {
    let mut at = body.blocks.get(block as usize).and_then(|b| b.in_loop);
    while let Some(id) = at {
        if id == wanted {
            return true;
        }
        at = body.loops.get(id.0 as usize).and_then(|l| l.parent);
    }
    false
}

fn condition(body: &Body, block: u32) -> Option<(Local, [BlockId; 2])> {
    match &body.blocks.get(block as usize)?.term {
        Terminator::If {
            cond: Operand::Use(place),
            then,
            otherwise,
        } if place.proj.is_empty() => Some((place.local, [*then, *otherwise])),
        _ => None,
    }
}

/// Locals that are given a literal truth in a block.
fn truths(body: &Body, block: BlockId) -> Vec<Local> {
    let stmts = body.blocks.get(block.0 as usize).map(|b| &b.stmts);
    stmts
        .into_iter()
        .flatten()
        .filter_map(|s| match &s.kind {
            StmtKind::Assign(place, Rvalue::Use(Operand::Lit(Lit::Bool(_)))) => Some(place.local),
            _ => None,
        })
        .collect()
}

/// Locals that hold whether one count is beyond another, or whether one that is counted down or up has arrived.
fn comparisons(cx: &Cx<'_, '_, '_>, id: BodyId) -> FxHashSet<Local> {
    let body = cx.body(id);
    let counted = counted(body);
    let counts = |operand: &Operand| match operand {
        Operand::Lit(lit) => matches!(lit, Lit::Int(_)),
        Operand::Use(place) => matches!(cx.place_ty(id, place).peel_refs(), Ty::Prim(_)),
    };
    let is_counted = |o: &Operand| matches!(o, Operand::Use(p) if counted.contains(&p.local));
    let mut out: FxHashSet<Local> = FxHashSet::default();
    for (place, value) in body.assigns() {
        let holds = match value {
            Rvalue::Binary { op, lhs, rhs } => match op {
                BinOp::Less | BinOp::Greater => {
                    [lhs, rhs].iter().any(|o| counts(o) || is_counted(o))
                }
                BinOp::Eq | BinOp::Ne => is_counted(lhs) || is_counted(rhs),
                _ => false,
            },
            _ => false,
        };
        if holds && place.proj.is_empty() {
            out.insert(place.local);
        }
    }
    // `!(a < b)`, a copy.
    for (place, value) in body.assigns() {
        let (Rvalue::Unary {
            not: true,
            value: from,
        }
        | Rvalue::Use(from)) = value
        else {
            continue;
        };
        if matches!(from, Operand::Use(p) if p.proj.is_empty() && out.contains(&p.local)) {
            out.insert(place.local);
        }
    }
    out
}

/// Locals that are given their own value with something added or taken away: `size += more`.
fn counted(body: &Body) -> FxHashSet<Local> {
    // What stands in a temporary first, and of which local it was made.
    let mut made_of: FxHashMap<Local, Local> = FxHashMap::default();
    let mut out: FxHashSet<Local> = FxHashSet::default();
    for stmt in body.stmts() {
        let (to, from) = match &stmt.kind {
            StmtKind::Assign(to, _) if !to.proj.is_empty() => continue,
            StmtKind::Assign(to, Rvalue::Use(Operand::Use(from))) => {
                match made_of.get(&from.local) {
                    Some(first) => (to.local, *first),
                    None => continue,
                }
            }
            StmtKind::Assign(
                to,
                Rvalue::Binary {
                    op: BinOp::Add | BinOp::Sub,
                    lhs: Operand::Use(of),
                    ..
                },
            ) => (to.local, of.local),
            _ => continue,
        };
        made_of.insert(to, from);
        if to == from {
            out.insert(from);
        }
    }
    out
}

/// Whether one side of a branch goes on with the loop and another never comes back to its head.
fn leaves(body: &Body, inside: &FxHashSet<u32>, head: BlockId, sides: &[BlockId]) -> bool {
    let mut on = sides.iter().map(|s| comes_back(body, inside, head, *s));
    on.next()
        .is_some_and(|first| on.any(|other| other != first))
}

fn comes_back(body: &Body, inside: &FxHashSet<u32>, head: BlockId, from: BlockId) -> bool {
    let mut seen: FxHashSet<u32> = FxHashSet::default();
    let mut work = vec![from];
    while let Some(at) = work.pop() {
        if at == head {
            return true;
        }
        if !inside.contains(&at.0) || !seen.insert(at.0) {
            continue;
        }
        if let Some(block) = body.blocks.get(at.0 as usize) {
            work.extend(block.term.successors());
        }
    }
    false
}

/// Whether a loop only ever adds to some vector or string that was there before it: what it reads piles up in memory.
pub(super) fn piles_up(cx: &Cx<'_, '_, '_>, id: BodyId, turn: &Turn) -> bool {
    let body = cx.body(id);
    let mut grown: FxHashMap<Local, FxHashSet<Name>> = FxHashMap::default();
    let mut made_inside: FxHashSet<Local> = FxHashSet::default();
    for (index, block) in body.blocks.iter().enumerate() {
        if !is_in(body, index as u32, turn.id) {
            continue;
        }
        for (at, stmt) in block.stmts.iter().enumerate() {
            match &stmt.kind {
                StmtKind::Assign(place, _) => {
                    made_inside.insert(place.local);
                }
                StmtKind::Call(dest, call) => {
                    made_inside.insert(*dest);
                    if let Callee::Method { recv, name, .. } = &call.callee
                        && recv.proj.is_empty()
                        && changes(cx, id, (index as u32, at as u32))
                        && is_pile(cx, cx.place_ty(id, recv).peel_refs())
                    {
                        grown.entry(recv.local).or_default().insert(*name);
                    }
                }
                _ => {}
            }
        }
    }
    // A second way of changing it takes out what was put in: a parser's buffer.
    grown
        .iter()
        .any(|(local, by)| by.len() == 1 && !made_inside.contains(local))
}

fn is_pile(cx: &Cx<'_, '_, '_>, ty: &Ty) -> bool {
    let known = cx.types.known;
    matches!(ty, Ty::Adt(def, _) if [known.vec, known.string].contains(&Some(*def)))
}

/// Whether the method called here takes `&mut self`, and does more than make room.
fn changes(cx: &Cx<'_, '_, '_>, id: BodyId, at: (u32, u32)) -> bool {
    cx.callee((id, at)).is_some_and(|def| {
        matches!(&cx.program.def(def).kind, DefKind::Fn { item, .. } if item.receiver == Some(Receiver::RefMut))
            && !cx.facts_of(def).iter().any(|f| f.makes_room)
    })
}
