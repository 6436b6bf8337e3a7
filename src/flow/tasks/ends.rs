//! How a task ends: by its own work, when it is told to, with its queue, or never.

use rustc_hash::{FxHashMap, FxHashSet};

use super::foreign;
use super::graph::{
    self, asked, block_of, derived, leaves, loops_around, place_of, receiver, result_at, unawaited,
    used,
};
use super::shape::{captures, child_of, told_by_caller};
use crate::catalog::schema::Role;
use crate::flow::cx::{Cx, is_open};
use crate::flow::resource::TaskEnds;
use crate::flow::tables::{ResRec, Tables};
use crate::flow::value::{SiteKey, Thing, Work};
use crate::ir::body::{
    Block, BlockId, Body, BodyKind, Capture, Local, Loop, LoopId, LoopKind, Operand, PatShape,
    RETURN, Rvalue, StmtKind, Terminator,
};
use crate::name::Name;
use crate::resolve::def::BodyId;
use crate::resolve::infer::BRANCH;
use crate::resolve::ty::Ty;
use crate::source::Span;

/// Bodies a task runs itself that are looked into.
const MOST: usize = 60;

/// Deepest chain of calls a signal is looked for behind.
const DEPTH: u32 = 6;

/// The depth at which what a task calls, or is given and runs, is looked into.
const CALLED: u32 = DEPTH - 1;

/// What makes a task stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stop {
    /// The end of a queue: the task ends when those are gone who could give it work.
    Queue,
    /// Something that exists to stop it, or that stops it whatever it says.
    Told,
}

/// A signal that ends a body.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Signal {
    /// Where it is waited for or asked.
    pub(super) at: Span,
    pub(super) stop: Stop,
    /// Something else is awaited between two looks at it.
    pub(super) waits_inside: bool,
    /// It is asked outside of any loop, not waited for: it ends nothing that has gone past it.
    pub(super) once: bool,
    /// It is waited for beside the work, in a `select!` or around what it may end: it does not have to wait for its turn.
    pub(super) watched: bool,
}

impl Signal {
    /// The surest of several is the greatest.
    fn rank(&self) -> impl Ord + use<> {
        let at = std::cmp::Reverse(self.at);
        (!self.once, self.stop, !self.waits_inside, at)
    }
}

/// What was found about a task's end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::flow) struct End {
    pub(in crate::flow) ends: TaskEnds,
    pub(super) signal: Option<Signal>,
    /// Where the loop without exit stands.
    pub(in crate::flow) endless_at: Option<Span>,
    /// Where it waits for what never comes.
    pub(super) parks: Option<Span>,
}

impl End {
    /// Where what the task listens to is waited for.
    pub(in crate::flow) fn signal_at(&self) -> Option<Span> {
        self.signal.map(|s| s.at)
    }
}

/// How the task that `rec` describes ends. One for which callers pass what it runs is as many tasks: it is told to end if all
/// of them are, and never ends if one of them does not.
pub(in crate::flow) fn end_of(cx: &Cx<'_, '_, '_>, tables: &Tables, rec: &ResRec) -> End {
    let own = own_bodies(rec);
    let passed = passed_by(tables, rec);
    let runs = |more: Option<&BodyId>| -> Vec<BodyId> { own.iter().chain(more).copied().collect() };
    if passed.is_empty() {
        return end_of_bodies(cx, tables, rec, &runs(None));
    }
    let each = passed
        .iter()
        .map(|b| end_of_bodies(cx, tables, rec, &runs(Some(b))));
    each.min_by_key(worst_first)
        .unwrap_or_else(|| end_of_bodies(cx, tables, rec, &own))
}

/// The bodies in sight of a task, what they are given and run with them.
pub(super) fn own_bodies(rec: &ResRec) -> Vec<BodyId> {
    let spawned = &rec.spawned;
    spawned
        .bodies
        .iter()
        .chain(&spawned.inside)
        .copied()
        .collect()
}

/// Of several ends, the one to tell of is the least.
fn worst_first(end: &End) -> impl Ord + use<> {
    let kind = match end.ends {
        TaskEnds::Never => 0,
        TaskEnds::Unknown => 1,
        TaskEnds::ByItself => 2,
        TaskEnds::OnSignal => 3,
    };
    (kind, end.signal.as_ref().map(Signal::rank))
}

fn end_of_bodies(cx: &Cx<'_, '_, '_>, tables: &Tables, rec: &ResRec, spawned: &[BodyId]) -> End {
    let root = rec.origin.and_then(|o| tables.rec(o)).unwrap_or(rec);
    let bodies = runs(tables, spawned);
    let endless_at = bodies.iter().find_map(|id| endless(cx.body(*id)));
    // A loop without exit asks for no flag, whoever has it.
    let by_caller = || told_by_caller(cx, root.site).filter(|_| endless_at.is_none());
    let at_start = || foreign::told(cx, root.site).filter(|_| bodies.is_empty());
    let told = rec
        .spawned
        .told
        .or_else(by_caller)
        .or_else(at_start)
        .map(|at| Signal {
            at,
            stop: Stop::Told,
            waits_inside: false,
            once: false,
            watched: true,
        });
    let mut finder = Finder {
        cx,
        tables,
        known: FxHashMap::default(),
    };
    let direct = spawned
        .iter()
        .filter_map(|b| {
            let given = rec.spawned.inside.contains(b) && !rec.spawned.bodies.contains(b);
            finder.signal_of(*b, if given { CALLED } else { DEPTH })
        })
        .filter(|s| !s.once);
    let signal = told.into_iter().chain(direct).max_by_key(Signal::rank);
    let loops = bodies
        .iter()
        .any(|id| cx.body(*id).loops.iter().any(|l| l.kind != LoopKind::For));
    let ends = match (signal, endless_at) {
        (Some(_), _) => TaskEnds::OnSignal,
        (None, Some(_)) => TaskEnds::Never,
        (None, None) if bodies.is_empty() || rec.spawned.unseen || loops => TaskEnds::Unknown,
        (None, None) => TaskEnds::ByItself,
    };
    End {
        ends,
        signal,
        endless_at: endless_at.filter(|_| ends == TaskEnds::Never),
        parks: spawned.iter().find_map(|id| parks(cx, *id)),
    }
}

/// Where the loop around a place waits for or asks what tells it to end, if something does.
pub(super) fn stop_of_loop(cx: &Cx<'_, '_, '_>, tables: &Tables, site: SiteKey) -> Option<Span> {
    let body = cx.body(site.0);
    let around = *graph::turning(body, block_of(body, site.1)).last()?;
    let mut finder = Finder {
        cx,
        tables,
        known: FxHashMap::default(),
    };
    let mut sources = finder.direct(site.0);
    sources.extend(finder.called(site.0, DEPTH));
    sources
        .iter()
        .filter(|s| loops_around(body, s.block).last() == Some(&around))
        .filter_map(|s| judge(body, s))
        .filter(|s| s.stop == Stop::Told && !s.once)
        .max_by_key(Signal::rank)
        .map(|s| s.at)
}

/// The bodies a task runs: those spawned in sight, and those that callers in sight pass in for a parameter that is spawned.
pub(in crate::flow) fn spawned_by(tables: &Tables, rec: &ResRec) -> Vec<BodyId> {
    let mut out = own_bodies(rec);
    out.extend(passed_by(tables, rec));
    out.sort_unstable();
    out.dedup();
    out
}

/// The bodies that callers in sight pass in for a parameter that is spawned.
fn passed_by(tables: &Tables, rec: &ResRec) -> Vec<BodyId> {
    let mut out = Vec::new();
    let mut seen: FxHashSet<(BodyId, u16)> = FxHashSet::default();
    let mut work = rec.spawned.passed.clone();
    while let Some(param) = work.pop() {
        if out.len() >= MOST || !seen.insert(param) {
            continue;
        }
        for (thing, _) in tables
            .params
            .get(&param)
            .into_iter()
            .flat_map(|v| &v.things)
        {
            match thing {
                Thing::Future(future) => match &future.work {
                    Work::Param(body, index) | Work::Yield(body, index) => {
                        work.push((*body, *index));
                    }
                    _ => out.extend(future.bodies()),
                },
                Thing::Closure(body, _) => {
                    out.push(*body);
                    let made = tables.bodies.get(body).into_iter();
                    let made = made.flat_map(|done| &done.ret.things);
                    out.extend(made.flat_map(|(thing, _)| match thing {
                        Thing::Future(future) => future.bodies(),
                        _ => Vec::new(),
                    }));
                }
                Thing::Param(body, index, _) => work.push((*body, *index)),
                _ => {}
            }
        }
    }
    out.sort_unstable();
    out.dedup();
    out
}

/// The bodies and all they run without spawning and without a bound around.
pub(in crate::flow) fn runs(tables: &Tables, start: &[BodyId]) -> Vec<BodyId> {
    let mut seen: FxHashSet<BodyId> = FxHashSet::default();
    let mut out = Vec::new();
    let mut work: Vec<BodyId> = start.to_vec();
    while let Some(id) = work.pop() {
        if out.len() >= MOST || !seen.insert(id) {
            continue;
        }
        out.push(id);
        if let Some(done) = tables.bodies.get(&id) {
            let inline = done
                .edges
                .iter()
                .filter(|e| !e.spawned && e.guard.is_none());
            work.extend(inline.map(|e| e.callee));
        }
    }
    out
}

/// Where a body awaits a future that is never ready, and nothing beside it.
fn parks(cx: &Cx<'_, '_, '_>, id: BodyId) -> Option<Span> {
    let (body, types) = (cx.body(id), cx.bodies.get(&id)?);
    let stmts = || {
        let blocks = body.blocks.iter().enumerate();
        blocks.flat_map(|(index, b)| {
            let at = move |nth: usize| (index as u32, nth as u32);
            b.stmts.iter().enumerate().map(move |(n, s)| (at(n), s))
        })
    };
    let never = |local: Local| {
        stmts().any(|(at, s)| {
            matches!(s.kind, StmtKind::Call(dest, _) if dest == local)
                && types
                    .calls
                    .get(&at)
                    .and_then(|t| t.def)
                    .is_some_and(|d| cx.facts_of(d).iter().any(|f| f.diverges))
        })
    };
    stmts().find_map(|(_, s)| match &s.kind {
        StmtKind::Await(_, future) if used(future).is_some_and(never) => Some(s.span),
        _ => None,
    })
}

/// The loop that a body never gets out of, once it is in.
fn endless(body: &Body) -> Option<Span> {
    body.loops
        .iter()
        .find(|l| is_endless(body, l) && reaches(body, BlockId(0), l))
        .map(|l| l.span)
}

/// Whether a loop is left by no way that ends its body.
fn is_endless(body: &Body, of: &Loop) -> bool {
    let end = |_: BlockId, b: &Block| matches!(b.term, Terminator::Return);
    of.parent.is_none() && of.kind != LoopKind::For && !body.reaches(of.head, end, |_| false)
}

fn reaches(body: &Body, from: BlockId, to: &Loop) -> bool {
    body.reaches(from, |at, _| at == to.head, |_| false)
}

/// Something in a body whose answer may end it.
pub(super) struct Source {
    pub(super) at: Span,
    /// Where it stands.
    block: BlockId,
    /// What holds the wait or its answer.
    pub(super) local: Local,
    /// It says nothing but that it is time: no work comes with it.
    bare: bool,
    /// It ends what calls it in this way already.
    stop: Option<Stop>,
    waits_inside: bool,
    watched: bool,
    holds: Holds,
}

/// What the local of a source holds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    /// What the wait came to.
    Answer,
    /// The wait itself.
    Wait,
    /// The answer to a question that waits for nothing.
    Query,
}

impl Source {
    pub(super) fn new(at: Span, block: BlockId, local: Local, bare: bool) -> Source {
        Source {
            at,
            block,
            local,
            bare,
            stop: None,
            waits_inside: false,
            watched: false,
            holds: Holds::Answer,
        }
    }
}

pub(super) struct Finder<'x, 'p, 'a, 'c> {
    pub(super) cx: &'x Cx<'p, 'a, 'c>,
    pub(super) tables: &'x Tables,
    known: FxHashMap<BodyId, Option<Signal>>,
}

impl Finder<'_, '_, '_, '_> {
    /// The signal that ends a body, the surest if there are several.
    fn signal_of(&mut self, id: BodyId, depth: u32) -> Option<Signal> {
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
        let found = sources
            .iter()
            .filter_map(|s| judge(body, s))
            .max_by_key(Signal::rank);
        self.known.insert(id, found);
        found
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
                    StmtKind::Call(dest, call) => types
                        .calls
                        .get(&(index as u32, nth as u32))
                        .and_then(|t| t.def)
                        .filter(|d| cx.facts_of(*d).iter().any(|f| f.signal))
                        .map(|_| {
                            // `run_until_cancelled(future)` ends what it is given.
                            let wraps = receiver(&call.callee)
                                .into_iter()
                                .chain(call.args.iter().filter_map(place_of))
                                .any(|p| cx.is_future(&cx.place_ty(id, p)));
                            let ty = types.local(*dest);
                            Source {
                                stop: wraps.then_some(Stop::Told),
                                watched: wraps,
                                holds: self.holds(ty),
                                ..Source::new(
                                    call.name_span,
                                    at_block,
                                    *dest,
                                    wraps || self.is_bare(ty),
                                )
                            }
                        }),
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
                            .filter_map(used)
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
                        let ty = types.local(arm.future);
                        // Whatever it is: it has the last word if it ends the task.
                        if is_open(ty)
                            && loops_around(body, at_block)
                                .last()
                                .is_some_and(|l| leaves(body, *l, arm.block))
                        {
                            let at = span_of(body, arm.future);
                            out.push(Source::new(at, at_block, arm.future, true));
                            continue;
                        }
                        if self.is_signal(ty) {
                            let (at, bare) = (
                                span_of(body, arm.future),
                                self.is_bare(types.local(arm.output)),
                            );
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

    /// Calls of bodies that a signal ends.
    fn called(&mut self, id: BodyId, depth: u32) -> Vec<Source> {
        let Some(done) = self.tables.bodies.get(&id) else {
            return Vec::new();
        };
        let body = self.cx.body(id);
        let mut out = Vec::new();
        for edge in done.edges.iter().filter(|e| !e.spawned && e.at.0 == id) {
            let Some(inner) = self.signal_of(edge.callee, depth - 1) else {
                continue;
            };
            // What is called there may go on for ever with what it is given to call: `every_minute(|| refresh())`.
            let beside = done.edges.iter().filter(|e| {
                !e.spawned && e.guard.is_none() && e.at == edge.at && e.callee != edge.callee
            });
            let callees: Vec<BodyId> = beside.map(|e| e.callee).collect();
            if callees.into_iter().any(|c| self.goes_on(c, depth - 1)) {
                continue;
            }
            let Some(local) = result_at(body, edge.at.1) else {
                continue;
            };
            let bare = inner.stop == Stop::Told;
            out.push(Source {
                stop: Some(inner.stop),
                waits_inside: inner.waits_inside,
                watched: inner.watched,
                holds: if inner.once {
                    Holds::Query
                } else {
                    Holds::Answer
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
        if !graph::returns(body) && endless(body).is_some() {
            return true;
        }
        let edges = self.tables.bodies.get(&id).into_iter();
        let inline: Vec<(BlockId, BodyId)> = edges
            .flat_map(|d| &d.edges)
            .filter(|e| !e.spawned && e.guard.is_none() && e.at.0 == id && e.at.1.0 != BRANCH)
            .map(|e| (block_of(body, e.at.1), e.callee))
            .collect();
        let stuck: Vec<BlockId> = inline
            .into_iter()
            .filter(|(_, callee)| self.goes_on(*callee, depth - 1))
            .map(|(at, _)| at)
            .collect();
        let end = |_: BlockId, b: &Block| matches!(b.term, Terminator::Return);
        !stuck.is_empty() && !body.reaches(BlockId(0), end, |at| stuck.contains(&at))
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
                let Some(child) = child_of(cx, id, *idx).filter(|c| !run(*c)) else {
                    continue;
                };
                let of = unawaited(body, place.local);
                let awaited = body.blocks.iter().flat_map(|b| &b.stmts).any(
                    |s| matches!(&s.kind, StmtKind::Await(_, f) if used(f).is_some_and(|l| of.contains(&l))),
                );
                if !awaited {
                    continue;
                }
                let made = self.replies(id);
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
        let (cx, body) = (self.cx, self.cx.body(id));
        let Some(types) = cx.bodies.get(&id) else {
            return FxHashSet::default();
        };
        let mut out = FxHashSet::default();
        if !body.loops.is_empty() {
            return out;
        }
        for stmt in body.blocks.iter().flat_map(|b| &b.stmts) {
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
        let kept = around
            .blocks
            .iter()
            .flat_map(|b| &b.stmts)
            .any(|s| match &s.kind {
                StmtKind::Assign(place, Rvalue::Use(value)) => {
                    !place.proj.is_empty() && used(value).is_some_and(|l| made.contains(&l))
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

    /// What a call's result of this type is of the signal that the call asks.
    fn holds(&self, ty: &Ty) -> Holds {
        if self.cx.is_future(ty) {
            Holds::Wait
        } else if matches!(ty, Ty::Prim(name) if *name == "bool") {
            Holds::Query
        } else {
            Holds::Answer
        }
    }

    /// Whether a value of this type is itself what tells that it is time to stop, or a wait for it.
    fn is_signal(&self, ty: &Ty) -> bool {
        // What an `async fn` yields is its result, not what it waits for.
        !matches!(ty, Ty::AsyncFn(_) | Ty::Async(_) | Ty::Tuple(_))
            && self.cx.role(ty, Role::Signal).is_some()
    }

    /// Whether a call's answer, now or when it is awaited, is a `Result`.
    fn may_fail(&self, ty: &Ty) -> bool {
        let known = self.cx.types.known;
        let is_result = |t: &Ty| matches!(t, Ty::Adt(def, _) if Some(*def) == known.result);
        is_result(ty)
            || self
                .cx
                .lookup()
                .assoc(ty, known.future, Name::output())
                .is_some_and(|t| is_result(&t))
    }

    /// Whether nothing comes with the answer: `()`, a `bool`, `Result<(), _>`.
    fn is_bare(&self, ty: &Ty) -> bool {
        let known = self.cx.types.known;
        let mut at = ty.clone();
        for _ in 0..4 {
            match &at {
                Ty::Tuple(items) => return items.is_empty(),
                Ty::Prim(name) => return *name == "bool",
                Ty::Adt(def, args) if Some(*def) == known.result || Some(*def) == known.option => {
                    match args.first() {
                        Some(first) => at = first.clone(),
                        None => return false,
                    }
                }
                _ => {
                    let output = Name::output();
                    let lookup = self.cx.lookup();
                    let next = [known.future, known.into_future]
                        .into_iter()
                        .find_map(|of| lookup.assoc(&at, of, output));
                    match next {
                        Some(next) => at = next,
                        None => return false,
                    }
                }
            }
        }
        false
    }
}

fn span_of(body: &Body, local: Local) -> Span {
    body.locals
        .get(local.0 as usize)
        .map_or(body.span, |l| l.span)
}

/// Whether a source ends its body, and how.
fn judge(body: &Body, source: &Source) -> Option<Signal> {
    let of = derived(body, source.local);
    let outer = loops_around(body, source.block).last().copied();
    let stop = match outer {
        // No loop: what waits for it goes on when it comes, and with a loop without exit it goes on for ever.
        None if !source.watched
            && !in_select(body, &of)
            && leads_to_endless(body, source.block) =>
        {
            return None;
        }
        None if source.holds == Holds::Query && !decides(body, &of) => return None,
        None => match source.stop {
            Some(stop) => stop,
            None if source.bare || in_select(body, &of) => Stop::Told,
            None => return None,
        },
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
                        Terminator::Select { arms, otherwise } => {
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
            if all || source.bare && some() && !goes_on(body, outer, &of) {
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
                        matches!(&s.kind, StmtKind::Await(_, future) if used(future).is_some_and(|l| !own.contains(&l)) && !s.span.contains(source.at))
                    })
            })
        });
    Some(Signal {
        at: source.at,
        stop,
        waits_inside,
        once: source.holds == Holds::Query && outer.is_none(),
        watched: source.watched || in_select(body, &of),
    })
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

/// Whether a way from a block leads into a loop without exit: what was waited for ahead of it was its start.
fn leads_to_endless(body: &Body, from: BlockId) -> bool {
    let mut loops = body.loops.iter();
    loops.any(|l| is_endless(body, l) && reaches(body, from, l))
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

/// Whether a closure of the body captures a local.
fn kept_by_closure(cx: &Cx<'_, '_, '_>, id: BodyId, local: Local) -> bool {
    captures(cx, id, local)
        .into_iter()
        .any(|(child, _)| matches!(cx.body(child).kind, BodyKind::Closure { .. }))
}

fn in_select(body: &Body, of: &FxHashSet<Local>) -> bool {
    body.blocks.iter().any(|b| {
        matches!(&b.term, Terminator::Select { arms, .. } if arms.iter().any(|a| of.contains(&a.future)))
    })
}
