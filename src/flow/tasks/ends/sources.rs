//! What a body listens to: where it waits for, or asks, what may end it.

use rustc_hash::{FxHashMap, FxHashSet};

use super::endless::{endless, is_inline};
use super::judge::{ended_in_joins, judge};
use super::signal::{Holds, Signal, Source, Stop};
use crate::flow::cx::{Cx, is_open};
use crate::flow::tables::{Edge, Tables};
use crate::flow::tasks::graph::{
    arm_at, block_of, derived, leaves, loops_around, result_at, unawaited,
};
use crate::flow::tasks::trace::is_awaited;
use crate::flow::value::SiteKey;
use crate::ir::body::{
    BlockId, Body, BodyKind, Call, Capture, Local, Operand, RETURN, Rvalue, SelectArm, StmtKind,
    Terminator,
};
use crate::resolve::def::BodyId;
use crate::resolve::infer::{BRANCH, BodyTypes};
use crate::resolve::ty::Ty;
use crate::source::Span;

/// Deepest chain of calls a signal is looked for behind.
pub(super) const DEPTH: u32 = 6;

/// The depth at which what a task calls, or is given and runs, is looked into.
pub(super) const CALLED: u32 = DEPTH - 1;

/// Looks for what a body listens to, in itself and in what it runs.
pub(super) struct Finder<'x, 'p, 'a, 'c> {
    pub(super) cx: &'x Cx<'p, 'a, 'c>,
    pub(super) tables: &'x Tables,
    known: FxHashMap<BodyId, Option<Signal>>,
}

impl<'x, 'p, 'a, 'c> Finder<'x, 'p, 'a, 'c> {
    pub(super) fn new(cx: &'x Cx<'p, 'a, 'c>, tables: &'x Tables) -> Self {
        Finder {
            cx,
            tables,
            known: FxHashMap::default(),
        }
    }

    /// The signal that ends a body, the surest if there are several.
    pub(super) fn signal_of(&mut self, id: BodyId, depth: u32) -> Option<Signal> {
        if depth == 0 {
            return None;
        }
        if let Some(known) = self.known.get(&id) {
            return *known;
        }
        // A circle of calls says nothing new.
        self.known.insert(id, None);
        let body = self.cx.body(id);
        let mut sources = self.direct(id);
        // What a task makes for itself it may have given to who stops it; what it calls asks and waits for the answer.
        let is_called = depth <= CALLED;
        if is_called && !sources.is_empty() {
            let mut replies = self.replies(id);
            replies.extend(self.captured_replies(id));
            sources.retain(|s| !replies.contains(&s.local));
        }
        sources.extend(self.called(id, depth));
        sources.extend(self.given(id, depth));
        sources.extend(self.iterated(id));
        let judged: Vec<(Local, Signal)> = sources
            .iter()
            .filter_map(|s| Some((s.local, judge(body, s)?)))
            .collect();
        let ended = ended_in_joins(body, &judged).into_iter();
        let found = ended.max_by_key(Signal::rank);
        self.known.insert(id, found);
        found
    }

    /// The signal that a call waits for or asks, if the catalogue says that it does.
    fn of_call(&self, site: SiteKey, dest: Local, call: &Call) -> Option<Source> {
        let (cx, (id, at)) = (self.cx, site);
        let facts = cx.facts_at(site);
        let (block, ty) = (BlockId(at.0), cx.bodies.get(&id)?.local(dest));
        let signal = facts.iter().any(|f| f.signal);
        // Asked once, or on the way, it is a matter of what is to be done.
        let in_loop = || !loops_around(cx.body(id), block).is_empty();
        let lent = || facts.iter().any(|f| f.locks) && self.is_truth(ty) && in_loop();
        if !signal && !lent() {
            return None;
        }
        // `run_until_cancelled(future)` ends what it is given.
        let given = call.args.iter().filter_map(Operand::place);
        let mut with = call.callee.receiver().into_iter().chain(given);
        let wraps = with.any(|p| cx.is_future(&cx.place_ty(id, p)));
        Some(Source {
            stop: wraps.then_some(Stop::Told),
            watched: wraps,
            holds: if signal { self.holds(ty) } else { Holds::Query },
            ..Source::new(call.name_span, block, dest, wraps || self.is_bare(ty))
        })
    }

    /// Signals that the body itself waits for or asks.
    pub(super) fn direct(&self, id: BodyId) -> Vec<Source> {
        let (cx, body) = (self.cx, self.cx.body(id));
        let Some(types) = cx.bodies.get(&id) else {
            return Vec::new();
        };
        let mut out = Vec::new();
        for (index, found) in body.blocks.iter().enumerate() {
            let at_block = BlockId(index as u32);
            for (nth, stmt) in found.stmts.iter().enumerate() {
                let source = match &stmt.kind {
                    StmtKind::Call(dest, call) => {
                        self.of_call((id, (index as u32, nth as u32)), *dest, call)
                    }
                    StmtKind::Await(dest, Operand::Use(place)) => {
                        let ty = cx.place_ty(id, place);
                        self.is_signal(&ty).then(|| {
                            let bare = self.is_bare(types.local(*dest));
                            Source::new(stmt.span, at_block, *dest, bare)
                        })
                    }
                    _ => None,
                };
                out.extend(source);
                // A producer that ends when nobody takes what it sends.
                if let StmtKind::Call(dest, call) = &stmt.kind {
                    let ty = types.local(*dest);
                    let sends = types
                        .calls
                        .get(&(index as u32, nth as u32))
                        .and_then(|t| t.def)
                        .is_some_and(|d| cx.facts_of(d).iter().any(|f| f.escapes))
                        && self.may_fail(ty);
                    if sends {
                        out.push(Source {
                            sends: true,
                            holds: self.holds(ty),
                            ..Source::new(call.name_span, at_block, *dest, false)
                        });
                    }
                }
                // `block_on(stopped)`.
                if let StmtKind::Call(dest, call) = &stmt.kind {
                    let runs = types
                        .calls
                        .get(&(index as u32, nth as u32))
                        .and_then(|t| t.def)
                        .is_some_and(|d| cx.facts_of(d).iter().any(|f| f.runs.is_some()));
                    if runs
                        && call
                            .args
                            .iter()
                            .filter_map(Operand::local)
                            .any(|l| self.is_signal(types.local(l)))
                    {
                        let bare = self.is_bare(types.local(*dest));
                        out.push(Source::new(call.span, at_block, *dest, bare));
                    }
                }
            }
            match &found.term {
                Terminator::Select { arms, .. } => {
                    for arm in arms {
                        let has_last_word = self.is_callers(types, arm)
                            && loops_around(body, at_block)
                                .last()
                                .is_some_and(|l| leaves(body, *l, arm.block));
                        let signals = || self.is_signal(types.local(arm.future));
                        if has_last_word || signals() {
                            let bare = has_last_word || self.is_bare(types.local(arm.output));
                            let at = span_of(body, arm.future);
                            out.push(Source::new(at, at_block, arm.future, bare));
                        }
                    }
                }
                Terminator::Next { iter, .. } if self.is_signal(types.local(*iter)) => {
                    out.push(Source::new(span_of(body, *iter), at_block, *iter, false));
                }
                _ => {}
            }
        }
        out
    }

    /// Whether an arm waits for a future of the caller's, of whatever type. One that is pinned first may be the work: it is none
    /// that yields something.
    fn is_callers(&self, types: &BodyTypes, arm: &SelectArm) -> bool {
        let ty = types.local(arm.future);
        let unit = || matches!(types.local(arm.output), Ty::Tuple(items) if items.is_empty());
        is_open(ty) || unit() && is_open(self.pinned(ty))
    }

    /// Calls of bodies that a signal ends, and tasks of that kind which are waited for.
    pub(super) fn called(&mut self, id: BodyId, depth: u32) -> Vec<Source> {
        let Some(done) = self.tables.bodies.get(&id) else {
            return Vec::new();
        };
        let body = self.cx.body(id);
        let mut out = Vec::new();
        let waits_for = |e: &Edge| {
            !e.spawned || result_at(body, e.at.1).is_some_and(|handle| is_awaited(body, handle))
        };
        for edge in done.edges.iter().filter(|e| e.at.0 == id && waits_for(e)) {
            let Some(inner) = self.signal_of(edge.callee, depth - 1) else {
                continue;
            };
            // What is called there may go on for ever with what it is given to call: `every_minute(|| refresh())`.
            let beside = done
                .edges
                .iter()
                .filter(|e| is_inline(e) && e.at == edge.at && e.callee != edge.callee);
            let callees: Vec<BodyId> = beside.map(|e| e.callee).collect();
            if callees.into_iter().any(|c| self.goes_on(c, depth - 1)) {
                continue;
            }
            // The way of a `select!` decides, whatever it yields.
            let arm = arm_at(body, edge.at.1);
            let Some(local) = arm.or_else(|| result_at(body, edge.at.1)) else {
                continue;
            };
            let bare = inner.stop == Stop::Told;
            out.push(Source {
                stop: Some(inner.stop),
                waits_inside: inner.waits_inside,
                watched: inner.watched,
                sends: inner.sends,
                holds: match arm {
                    _ if inner.once => Holds::Query,
                    Some(_) => Holds::Wait,
                    None => Holds::Answer,
                },
                ..Source::new(inner.at, block_of(body, edge.at.1), local, bare)
            });
        }
        out
    }

    /// Whether a body never returns, and nothing tells it to.
    fn goes_on(&mut self, id: BodyId, depth: u32) -> bool {
        if depth == 0 || self.signal_of(id, depth).is_some() {
            return false;
        }
        let body = self.cx.body(id);
        if !body.returns(BlockId(0), |_| false) && endless(body).is_some() {
            return true;
        }
        let edges = self.tables.bodies.get(&id).into_iter();
        let inline: Vec<(BlockId, BodyId)> = edges
            .flat_map(|d| &d.edges)
            .filter(|e| is_inline(e) && e.at.0 == id && e.at.1.0 != BRANCH)
            .map(|e| (block_of(body, e.at.1), e.callee))
            .collect();
        let stuck: Vec<BlockId> = inline
            .into_iter()
            .filter(|(_, callee)| self.goes_on(*callee, depth - 1))
            .map(|(at, _)| at)
            .collect();
        !stuck.is_empty() && !body.returns(BlockId(0), |at| stuck.contains(&at))
    }

    /// Async blocks that a signal from outside ends and that are given to what the body awaits: `with_graceful_shutdown(async {
    /// stop.await })`.
    fn given(&mut self, id: BodyId, depth: u32) -> Vec<Source> {
        let (cx, body) = (self.cx, self.cx.body(id));
        let run = |child: BodyId| {
            let done = self.tables.bodies.get(&id);
            done.is_some_and(|d| d.edges.iter().any(|e| e.callee == child))
        };
        let mut out = Vec::new();
        for (index, found) in body.blocks.iter().enumerate() {
            for stmt in &found.stmts {
                let StmtKind::Assign(place, Rvalue::Async(idx)) = &stmt.kind else {
                    continue;
                };
                let Some(child) = cx.program.child_of(id, *idx).filter(|c| !run(*c)) else {
                    continue;
                };
                let of = unawaited(body, place.local);
                let awaited = body.stmts().any(
                    |s| matches!(&s.kind, StmtKind::Await(_, f) if f.local().is_some_and(|l| of.contains(&l))),
                );
                if !awaited {
                    continue;
                }
                let once = loops_around(body, BlockId(index as u32)).is_empty();
                let made = if once {
                    self.made(id)
                } else {
                    self.replies(id)
                };
                let asks = |c: &Capture| made.contains(&c.outer);
                if cx.body(child).captures.iter().any(asks) {
                    continue;
                }
                let Some(inner) = self.signal_of(child, depth - 1) else {
                    continue;
                };
                if inner.stop == Stop::Told && !inner.once {
                    out.push(Source {
                        stop: Some(Stop::Told),
                        watched: true,
                        holds: Holds::Wait,
                        ..Source::new(inner.at, BlockId(index as u32), place.local, true)
                    });
                }
            }
        }
        out
    }

    /// What holds the receiving end of a channel that the body made itself, or an answer from it, with no loop around: the other
    /// end went out with a question, so the wait is for its answer. A closure that keeps the other end (what a signal of the
    /// system calls) is no question.
    fn replies(&self, id: BodyId) -> FxHashSet<Local> {
        if self.cx.body(id).loops.is_empty() {
            self.made(id)
        } else {
            FxHashSet::default()
        }
    }

    /// The same, whether or not the body has loops: for what does not stand in one.
    fn made(&self, id: BodyId) -> FxHashSet<Local> {
        let (cx, body) = (self.cx, self.cx.body(id));
        let Some(types) = cx.bodies.get(&id) else {
            return FxHashSet::default();
        };
        let mut out = FxHashSet::default();
        for stmt in body.stmts() {
            let StmtKind::Call(dest, _) = &stmt.kind else {
                continue;
            };
            let Ty::Tuple(ends) = types.local(*dest) else {
                continue;
            };
            if !ends.iter().any(|end| self.is_signal(end)) {
                continue;
            }
            let of = derived(body, *dest);
            if !of.iter().any(|l| kept_by_closure(cx, id, *l)) {
                out.extend(of);
            }
        }
        out
    }

    /// The same, where the function that makes the channel yields a block that waits: what it captures of it. The other end is
    /// with who answers, unless the function gives it back too, keeps it, or starts a task beside.
    fn captured_replies(&self, id: BodyId) -> FxHashSet<Local> {
        let (cx, body) = (self.cx, self.cx.body(id));
        let mut out = FxHashSet::default();
        let Some(parent) = cx.program.body(id).parent else {
            return out;
        };
        let spawns = self.tables.bodies.get(&parent);
        if body.captures.is_empty() || spawns.is_none_or(|d| d.edges.iter().any(|e| e.spawned)) {
            return out;
        }
        let made = self.replies(parent);
        let around = cx.body(parent);
        let kept = around.stmts().any(|s| match &s.kind {
            StmtKind::Assign(place, Rvalue::Use(value)) => {
                !place.proj.is_empty() && value.local().is_some_and(|l| made.contains(&l))
            }
            _ => false,
        });
        if kept || made.contains(&RETURN) {
            return out;
        }
        for capture in body.captures.iter().filter(|c| made.contains(&c.outer)) {
            out.extend(derived(body, capture.inner));
        }
        out
    }
}

fn span_of(body: &Body, local: Local) -> Span {
    body.locals
        .get(local.0 as usize)
        .map_or(body.span, |l| l.span)
}

/// Whether a closure of the body captures a local.
fn kept_by_closure(cx: &Cx<'_, '_, '_>, id: BodyId, local: Local) -> bool {
    cx.program
        .captures(id, local)
        .into_iter()
        .any(|(child, _)| matches!(cx.body(child).kind, BodyKind::Closure { .. }))
}
