//! Whether something that a body listens to ends it.

use rustc_hash::FxHashSet;

use super::signal::{Holds, Signal, Source, Stop};
use crate::flow::tasks::graph::{asked, derived, leaves, loops_around, unawaited};
use crate::ir::body::{
    Block, BlockId, Body, Local, LoopId, Operand, PatShape, RETURN, Rvalue, StmtKind, Terminator,
};

/// Whether a source ends its body, and how.
pub(super) fn judge(body: &Body, source: &Source) -> Option<Signal> {
    let of = derived(body, source.local);
    let outer = loops_around(body, source.block).last().copied();
    let stop = match outer {
        // No loop: what waits for it goes on when it comes, and with a loop without exit it goes on for ever.
        None if !source.watched
            && !in_select(body, &of)
            && body.endless_from(source.block).is_some() =>
        {
            return None;
        }
        None if source.holds == Holds::Query && !decides(body, &of) => return None,
        None => match source.stop {
            Some(stop) => stop,
            None if source.bare || in_select(body, &of) => Stop::Told,
            None => return None,
        },
        // What comes behind the loop goes on for ever: the answer starts it.
        Some(outer) if starts(body, source.block, outer) => return None,
        Some(outer) => {
            let all = body.blocks.iter().any(|b| match &b.term {
                Terminator::Select { arms, .. } => arms
                    .iter()
                    .any(|a| of.contains(&a.future) && leaves(body, outer, a.block)),
                _ => false,
            });
            let some = || {
                body.blocks.iter().any(|b| {
                    let exhausted = match &b.term {
                        Terminator::Select {
                            arms, otherwise, ..
                        } => {
                            arms.iter().any(|a| of.contains(&a.future))
                                && otherwise.is_some_and(|o| leaves(body, outer, o))
                        }
                        _ => false,
                    };
                    exhausted
                        || asked(&b.term).is_some_and(|l| of.contains(&l))
                            && b.term
                                .successors()
                                .into_iter()
                                .any(|t| leaves(body, outer, t))
                })
            };
            if all {
                source.stop.unwrap_or(Stop::Told)
            } else if source.bare && some() && !goes_on(body, outer, &of) {
                Stop::Told
            } else if some() {
                source.stop.unwrap_or(Stop::Queue)
            } else {
                return None;
            }
        }
    };
    let waits_inside = source.waits_inside
        || outer.is_some_and(|outer| {
            let own = if source.holds == Holds::Wait {
                unawaited(body, source.local)
            } else {
                FxHashSet::default()
            };
            body.blocks.iter().enumerate().any(|(i, b)| {
                let at = BlockId(i as u32);
                // What is awaited on the way out is awaited after the end.
                loops_around(body, at).contains(&outer)
                    && !leaves(body, outer, at)
                    && b.stmts.iter().any(|s| {
                        matches!(&s.kind, StmtKind::Await(_, future) if future.local().is_some_and(|l| !own.contains(&l)) && !s.span.contains(source.at))
                    })
            })
        });
    Some(Signal {
        at: source.at,
        stop,
        waits_inside,
        once: source.holds == Holds::Query && outer.is_none(),
        // What ends with its queue, and is raced itself, sees no more of its end for that.
        watched: source.watched || source.stop != Some(Stop::Queue) && in_select(body, &of),
        sends: source.sends,
    })
}

/// Whether all that is left of a body behind a loop is another one without exit.
fn starts(body: &Body, at: BlockId, outer: LoopId) -> bool {
    let mut others = body
        .loops
        .iter()
        .enumerate()
        .filter(|(i, _)| *i != outer.0 as usize);
    !body.returns(at, |_| false)
        && others.any(|(_, l)| body.is_endless(l) && body.leads(at, l.head))
}

/// Whether an answer decides what its body comes to: it is given back, or one of the ways behind it ends the body apart from
/// the others. Ways that meet again before anything is given back, as around a cache that is filled once, say nothing of it.
fn decides(body: &Body, of: &FxHashSet<Local>) -> bool {
    let gives = |b: &Block| {
        matches!(b.term, Terminator::Return | Terminator::Unreachable)
            || b.stmts.iter().any(|s| match &s.kind {
                StmtKind::Assign(place, _) => place.local == RETURN,
                StmtKind::Call(dest, _) | StmtKind::Await(dest, _) => *dest == RETURN,
                StmtKind::StorageDead(_) => false,
            })
    };
    // An error of something else on the way is not the answer's doing.
    let elsewhere: Vec<BlockId> = body
        .blocks
        .iter()
        .filter_map(|b| match &b.term {
            Terminator::Try { value, err, .. } if !of.contains(&value.local) => Some(*err),
            _ => None,
        })
        .collect();
    of.contains(&RETURN)
        || body.blocks.iter().any(|b| {
            let ways = b.term.successors();
            let shared = |way: BlockId, at: BlockId| {
                let mut others = ways.iter().filter(|o| **o != way);
                others.any(|o| body.reaches(*o, |b, _| b == at, |_| false))
            };
            asked(&b.term).is_some_and(|l| of.contains(&l))
                && ways.iter().any(|way| {
                    body.reaches(
                        *way,
                        |_, b| gives(b),
                        |at| elsewhere.contains(&at) || shared(*way, at),
                    )
                })
        })
}

/// Whether an item that comes is work, however empty: the loop goes on with it and ends where no more can come.
fn goes_on(body: &Body, outer: LoopId, of: &FxHashSet<Local>) -> bool {
    let Some(head) = body.loops.get(outer.0 as usize).map(|l| l.head) else {
        return false;
    };
    let outside = |at: BlockId, _: &Block| !loops_around(body, at).contains(&outer);
    let turns = |from: BlockId| !body.reaches(from, outside, |at| at == head);
    body.blocks.iter().any(|b| {
        let Terminator::Match { scrutinee, arms } = &b.term else {
            return false;
        };
        of.contains(&scrutinee.local)
            && arms.iter().any(|(shape, to)| is_item(shape) && turns(*to))
            && arms
                .iter()
                .any(|(shape, to)| !is_item(shape) && leaves(body, outer, *to))
    })
}

/// `Ok(..)`, `Some(..)`, or one of these among others.
fn is_item(shape: &PatShape) -> bool {
    match shape {
        PatShape::Variant(path, _) => {
            let name = path.last();
            name.is_some_and(|n| matches!(n.as_str(), "Ok" | "Some"))
        }
        PatShape::Or(shapes) => shapes.iter().any(is_item),
        PatShape::Any | PatShape::Lit(_) | PatShape::Range(..) | PatShape::Other => false,
    }
}

/// The signals that end a body, of those found and what each is waited for by: one that is waited for beside other work in a
/// `join!`, outside of any loop, ends that part alone. The whole is over when all its parts are.
pub(super) fn ended_in_joins(body: &Body, judged: &[(Local, Signal)]) -> Vec<Signal> {
    let joins = joined(body);
    let told = |parts: &[Local], of: &FxHashSet<Local>| parts.iter().any(|part| of.contains(part));
    let of: Vec<FxHashSet<Local>> = match joins[..] {
        [] => vec![FxHashSet::default(); judged.len()],
        _ => judged.iter().map(|(l, _)| derived(body, *l)).collect(),
    };
    let all_told = |parts: &Vec<Local>| parts.iter().all(|p| of.iter().any(|of| told(&[*p], of)));
    let partly: Vec<&Vec<Local>> = joins.iter().filter(|parts| !all_told(parts)).collect();
    let found = judged.iter().zip(&of);
    found
        .filter(|((_, signal), of)| signal.watched || !partly.iter().any(|parts| told(parts, of)))
        .map(|((_, signal), _)| *signal)
        .collect()
}

/// What the parts of each `join!` outside of loops come to.
fn joined(body: &Body) -> Vec<Vec<Local>> {
    let awaited: FxHashSet<Local> = body
        .stmts()
        .filter_map(|s| match &s.kind {
            StmtKind::Await(dest, _) => Some(*dest),
            _ => None,
        })
        .collect();
    let whole = |value: &Operand| match value {
        Operand::Use(place) if place.proj.is_empty() && awaited.contains(&place.local) => {
            Some(place.local)
        }
        _ => None,
    };
    let blocks = body.blocks.iter().filter(|b| b.in_loop.is_none());
    let parts = |value: &Rvalue| match value {
        Rvalue::Tuple(values) if values.len() > 1 => values.iter().map(whole).collect(),
        _ => None,
    };
    blocks
        .flat_map(|b| &b.stmts)
        .filter_map(|s| match &s.kind {
            StmtKind::Assign(_, value) => parts(value),
            _ => None,
        })
        .collect()
}

fn in_select(body: &Body, of: &FxHashSet<Local>) -> bool {
    body.blocks.iter().any(|b| {
        matches!(&b.term, Terminator::Select { arms, .. } if arms.iter().any(|a| of.contains(&a.future)))
    })
}
