//! Shapes around a spawn that say what the task is for: the driver of a connection, a result that comes back by a channel.

use rustc_hash::FxHashSet;

use super::graph::derived;
use super::trace::{Made, called_body, given, is_awaited, other_parts, part_of, parts, trace};
use super::waited::takes_all_permits;
use crate::catalog::schema::Role;
use crate::flow::cx::Cx;
use crate::flow::value::SiteKey;
use crate::ir::body::{
    Body, Callee, Local, Operand, Place, Proj, RETURN, Rvalue, StmtKind, Terminator,
};
use crate::name::Name;
use crate::resolve::def::BodyId;
use crate::resolve::ty::Ty;
use crate::source::Span;

/// Deepest chain of the user's functions that hand a connection's two halves on.
const HANDED: u32 = 3;

/// Whether the task drives a connection: what it awaits and what the spawner goes on with are two parts of what one call
/// yielded. The user's own functions yield many things side by side: of theirs it must be a type made for it, or come from
/// elsewhere.
pub(super) fn drives_by_shape(cx: &Cx<'_, '_, '_>, site: SiteKey) -> bool {
    let body = cx.body(site.0);
    given(cx, site).into_iter().any(|g| {
        let Some((whole, part)) = yielded_half(cx, site.0, g.outer) else {
            return false;
        };
        other_parts(body, whole, part)
            .into_iter()
            .any(|l| is_used(body, l) || !cx.program.captures(site.0, l).is_empty())
            && match g.inner {
                None => true,
                Some((child, inner)) => awaits_itself(cx, child, inner),
            }
    })
}

/// What a call yielded, and which part of it a local holds, where its parts may serve each other: an awaited call's, or those of
/// a function out of sight (`Buffer::pair(service, bound)`).
fn yielded_half(cx: &Cx<'_, '_, '_>, id: BodyId, local: Local) -> Option<(Local, Name)> {
    let body = cx.body(id);
    // Halves of one stream (`ws.split()`) do not end each other: it stays open while either is there.
    let trace = trace(body, local);
    if trace.split_again {
        return None;
    }
    if let Some((whole, part)) = part_of(body, local)
        && made_out_of_sight(cx, id, whole)
    {
        return Some((whole, part));
    }
    let (Made::Await, Some(part)) = (trace.made, trace.part) else {
        return None;
    };
    let serves = is_own_type(cx, id, local) || from_outside(cx, id, trace.whole, HANDED);
    serves.then_some((trace.whole, part))
}

/// Whether a local holds what a function yields of which nothing is known.
fn made_out_of_sight(cx: &Cx<'_, '_, '_>, id: BodyId, local: Local) -> bool {
    let mut writes = cx.body(id).writes(local);
    let made = writes.find_map(|(at, kind)| match kind {
        StmtKind::Call(_, call) => Some((at, matches!(call.callee, Callee::Path(_)))),
        _ => None,
    });
    made.is_some_and(|(at, by_path)| by_path && cx.callee((id, at)).is_none())
}

/// Whether a local is of a type that the user has named, not just some future.
fn is_own_type(cx: &Cx<'_, '_, '_>, id: BodyId, local: Local) -> bool {
    let types = cx.bodies.get(&id);
    types.is_some_and(|t| matches!(t.local(local), Ty::Adt(def, _) if cx.program.is_local(*def)))
}

/// Whether what a local got from an await was made by code out of sight, or taken apart and handed on by a function that got it
/// from there.
fn from_outside(cx: &Cx<'_, '_, '_>, id: BodyId, whole: Local, depth: u32) -> bool {
    let body = cx.body(id);
    let awaited = body.stmts().find_map(|s| match &s.kind {
        StmtKind::Await(dest, future) if *dest == whole => future.local(),
        _ => None,
    });
    let Some(called) = awaited.and_then(|future| called_body(cx, id, future)) else {
        return true;
    };
    let inside = cx.body(called);
    depth > 0
        && inside.stmts().any(|s| match &s.kind {
            StmtKind::Await(dest, _) => {
                let parts = derived(inside, *dest);
                parts.contains(&RETURN)
                    && is_pair(inside, &parts)
                    && from_outside(cx, called, *dest, depth - 1)
            }
            _ => false,
        })
}

/// Whether what these locals hold is taken apart in two, or handed on whole.
fn is_pair(body: &Body, of: &FxHashSet<Local>) -> bool {
    let mut taken: FxHashSet<Name> = FxHashSet::default();
    let mut put_together = false;
    for stmt in body.stmts() {
        match &stmt.kind {
            StmtKind::Assign(_, Rvalue::Use(Operand::Use(from))) if of.contains(&from.local) => {
                taken.extend(from.proj.iter().filter_map(|p| match p {
                    Proj::Field(name) => Some(*name),
                    _ => None,
                }));
            }
            StmtKind::Assign(_, Rvalue::Tuple(items)) => put_together |= items.len() > 1,
            _ => {}
        }
    }
    taken.len() > 1 || !put_together
}

/// Whether the task sends what it finds on a channel whose other end the spawner waits on, or hands to its caller; or holds
/// a token of something that the spawner waits for; or answers by what sends once: whoever asked has the other end, and waits.
pub(super) fn reports_back(cx: &Cx<'_, '_, '_>, site: SiteKey) -> bool {
    let body = cx.body(site.0);
    given(cx, site).into_iter().any(|g| {
        let sends = |once| {
            g.inner
                .is_some_and(|(child, inner)| sends(cx, child, inner, once))
        };
        if sends(true) || takes_all_permits(cx, site, g.outer) {
            return true;
        }
        let trace = trace(body, g.outer);
        if trace.made != Made::Call {
            return false;
        }
        let Some(part) = trace.part else {
            return trace.calls > 0
                && g.inner
                    .is_some_and(|(child, inner)| only_holds(cx, child, inner))
                && is_awaited(body, trace.whole);
        };
        let sends = sends(false);
        other_parts(body, trace.whole, part).into_iter().any(|l| {
            let of = captured_along(cx, site.0, derived(body, l));
            waits_on(cx, site.0, &of) || sends && of.contains(&RETURN)
        })
    })
}

/// Where a task hands on what tells it to stop, if the function that spawns it gives back the other half: `(listener, flag)`, of
/// which the server gets the flag and the caller the listener. What it does with the flag itself is looked at elsewhere.
pub(super) fn told_by_caller(cx: &Cx<'_, '_, '_>, site: SiteKey) -> Option<Span> {
    let body = cx.body(site.0);
    given(cx, site).into_iter().find_map(|g| {
        let (child, inner) = g.inner?;
        if !only_tells(cx, &cx.place_ty(site.0, &Place::local(g.outer))) {
            return None;
        }
        let trace = trace(body, g.outer);
        let whole = matches!(trace.made, Made::Await | Made::Call).then_some(trace.whole)?;
        // A flag that was asked of the half that raises it (`sender.subscribe()`) leaves that one where it is.
        let halves = match (trace.part, trace.calls > 0) {
            (None, asked) => Vec::from_iter(asked.then_some(whole)),
            (Some(part), false) => other_parts(body, whole, part),
            (Some(_), true) => parts(body, whole, |_| true),
        };
        let given_back = |half: Local| derived(body, half).contains(&RETURN);
        if derived(body, g.outer).contains(&RETURN) || !halves.into_iter().any(given_back) {
            return None;
        }
        passed_on(cx.body(child), inner)
    })
}

/// Whether all that comes of a value, now or later, is that it is time.
fn only_tells(cx: &Cx<'_, '_, '_>, ty: &Ty) -> bool {
    let nothing = |t: &Ty| match t {
        Ty::Tuple(items) => items.is_empty(),
        Ty::Prim(name) => *name == "bool",
        _ => false,
    };
    if matches!(ty, Ty::Async(_) | Ty::AsyncFn(_)) {
        return false;
    }
    match ty {
        Ty::Adt(def, args)
            if cx.facts.telling.contains(def) || cx.role(ty, Role::Signal).is_some() =>
        {
            args.first().is_none_or(nothing)
        }
        _ => {
            let future = cx.types.known.future;
            let output = cx.lookup().assoc(ty, future, Name::output());
            output.is_some_and(|t| nothing(&t))
        }
    }
}

/// The call that a local is an argument of.
fn passed_on(body: &Body, local: Local) -> Option<Span> {
    let is_it = |l: Local| {
        let trace = trace(body, l);
        l == local || trace.whole == local && trace.calls == 0
    };
    let stmts = body.stmts();
    stmts.into_iter().find_map(|s| match &s.kind {
        StmtKind::Call(_, call) => call
            .args
            .iter()
            .filter_map(Operand::local)
            .any(is_it)
            .then_some(call.name_span),
        _ => None,
    })
}

/// Whether a body does nothing with a local but keep it until it is done.
fn only_holds(cx: &Cx<'_, '_, '_>, id: BodyId, local: Local) -> bool {
    let body = cx.body(id);
    derived(body, local)
        .iter()
        .all(|l| uses(body, *l) == 0 && cx.program.captures(id, *l).is_empty())
}

/// The same locals and, where a closure or async block captures one, what it is in turn made into.
fn captured_along(cx: &Cx<'_, '_, '_>, id: BodyId, mut of: FxHashSet<Local>) -> FxHashSet<Local> {
    let body = cx.body(id);
    for _ in 0..3 {
        let before = of.len();
        for stmt in body.stmts() {
            let StmtKind::Assign(place, Rvalue::Closure(idx) | Rvalue::Async(idx)) = &stmt.kind
            else {
                continue;
            };
            let takes = !is_spawned(cx, id, place.local)
                && cx.program.child_of(id, *idx).is_some_and(|child| {
                    cx.body(child)
                        .captures
                        .iter()
                        .any(|c| of.contains(&c.outer))
                });
            if takes {
                of.extend(derived(body, place.local));
            }
        }
        if of.len() == before {
            break;
        }
    }
    of
}

/// Whether a local is given to a call that spawns it: what it waits for is another task's business.
fn is_spawned(cx: &Cx<'_, '_, '_>, id: BodyId, local: Local) -> bool {
    let Some(types) = cx.bodies.get(&id) else {
        return false;
    };
    let blocks = cx.body(id).blocks.iter().enumerate();
    blocks
        .flat_map(|(index, b)| {
            b.stmts
                .iter()
                .enumerate()
                .map(move |(nth, s)| ((index as u32, nth as u32), s))
        })
        .any(|(at, stmt)| {
            let StmtKind::Call(_, call) = &stmt.kind else {
                return false;
            };
            call.args
                .iter()
                .filter_map(Operand::local)
                .any(|l| l == local)
                && types
                    .calls
                    .get(&at)
                    .and_then(|t| t.def)
                    .is_some_and(|d| cx.facts_of(d).iter().any(|f| f.spawns.is_some()))
        })
}

/// Whether a local is read anywhere.
fn is_used(body: &Body, local: Local) -> bool {
    derived(body, local).len() > 1
        || body.blocks.iter().any(|b| {
            b.stmts.iter().any(|s| match &s.kind {
                StmtKind::Call(_, call) => {
                    call.callee.receiver().is_some_and(|p| p.local == local)
                        || call
                            .args
                            .iter()
                            .filter_map(Operand::local)
                            .any(|l| l == local)
                }
                StmtKind::Assign(place, Rvalue::Struct { fields, .. }) => {
                    !place.proj.is_empty()
                        || fields
                            .iter()
                            .filter_map(|(_, o)| o.local())
                            .any(|l| l == local)
                }
                _ => false,
            })
        })
}

/// Whether a body awaits what a local holds: the value itself, or the one future made of it.
fn awaits_itself(cx: &Cx<'_, '_, '_>, id: BodyId, local: Local) -> bool {
    let body = cx.body(id);
    let known = cx
        .bodies
        .get(&id)
        .is_some_and(|t| described(cx, t.local(local)));
    let comes_from = |l: Local| {
        let trace = trace(body, l);
        // What can be done with a value of a type we know, short of awaiting it, is no driving.
        trace.whole == local
            && trace.part.is_none()
            && (trace.calls == 0 || trace.calls == 1 && !known && uses(body, local) == 1)
    };
    body.blocks.iter().any(|b| {
        let awaited = b.stmts.iter().any(
            |s| matches!(&s.kind, StmtKind::Await(_, future) if future.local().is_some_and(comes_from)),
        );
        awaited
            || matches!(&b.term, Terminator::Select { arms, .. } if arms.iter().any(|a| comes_from(a.future)))
    })
}

/// Whether a type is the catalogue's and no future.
fn described(cx: &Cx<'_, '_, '_>, ty: &Ty) -> bool {
    match ty.peel_refs() {
        Ty::Adt(def, _) => !cx.program.is_local(*def) && !cx.is_future(ty),
        _ => false,
    }
}

/// How often a local is called on or passed.
fn uses(body: &Body, local: Local) -> usize {
    body.stmts()
        .filter(|s| match &s.kind {
            StmtKind::Call(_, call) => {
                call.callee.receiver().is_some_and(|p| p.local == local)
                    || call
                        .args
                        .iter()
                        .filter_map(Operand::local)
                        .any(|l| l == local)
            }
            _ => false,
        })
        .count()
}

/// Whether a body hands values to a channel that a local holds the sending end of: one that sending uses up, if `once`.
fn sends(cx: &Cx<'_, '_, '_>, id: BodyId, local: Local, once: bool) -> bool {
    let body = cx.body(id);
    let Some(types) = cx.bodies.get(&id) else {
        return false;
    };
    let of = derived(body, local);
    body.blocks.iter().enumerate().any(|(index, found)| {
        found.stmts.iter().enumerate().any(|(nth, stmt)| {
            let StmtKind::Call(_, call) = &stmt.kind else {
                return false;
            };
            call.callee
                .receiver()
                .is_some_and(|p| of.contains(&p.local))
                && types
                    .calls
                    .get(&(index as u32, nth as u32))
                    .and_then(|t| t.def)
                    .filter(|d| !once || cx.types.sigs.get(d).is_some_and(|s| s.self_by_value))
                    .is_some_and(|d| cx.facts_of(d).iter().any(|f| f.escapes))
        })
    }) || of
        .iter()
        .flat_map(|l| cx.program.captures(id, *l))
        .any(|(child, inner)| child != id && sends(cx, child, inner, once))
}

/// Whether a body waits for what comes out of any of these locals.
fn waits_on(cx: &Cx<'_, '_, '_>, id: BodyId, of: &FxHashSet<Local>) -> bool {
    let body = cx.body(id);
    let Some(types) = cx.bodies.get(&id) else {
        return false;
    };
    let tells = |l: Local| of.contains(&l) && cx.role(types.local(l), Role::Signal).is_some();
    body.blocks.iter().enumerate().any(|(index, found)| {
        let in_stmt = found
            .stmts
            .iter()
            .enumerate()
            .any(|(nth, stmt)| match &stmt.kind {
                StmtKind::Call(_, call) => {
                    call.callee
                        .receiver()
                        .is_some_and(|p| of.contains(&p.local))
                        && types
                            .calls
                            .get(&(index as u32, nth as u32))
                            .and_then(|t| t.def)
                            .is_some_and(|d| cx.facts_of(d).iter().any(|f| f.signal))
                }
                StmtKind::Await(_, future) => future.local().is_some_and(tells),
                _ => false,
            });
        in_stmt
            || found.stmts.iter().any(|s| match &s.kind {
                // A stream or future that is made of the receiver waits in there.
                StmtKind::Assign(place, Rvalue::Closure(idx) | Rvalue::Async(idx))
                    if !is_spawned(cx, id, place.local) =>
                {
                    cx.program.child_of(id, *idx).is_some_and(|child| {
                        let inside: FxHashSet<Local> = cx
                            .body(child)
                            .captures
                            .iter()
                            .filter(|c| of.contains(&c.outer))
                            .map(|c| c.inner)
                            .collect();
                        !inside.is_empty()
                            && child != id
                            && waits_on(cx, child, &all_derived(cx, child, &inside))
                    })
                }
                _ => false,
            })
            || match &found.term {
                Terminator::Select { arms, .. } => arms.iter().any(|a| tells(a.future)),
                Terminator::Next { iter, .. } => tells(*iter),
                _ => false,
            }
    })
}

fn all_derived(cx: &Cx<'_, '_, '_>, id: BodyId, of: &FxHashSet<Local>) -> FxHashSet<Local> {
    let body = cx.body(id);
    of.iter().flat_map(|l| derived(body, *l)).collect()
}
