//! How often a place runs, as far as the calls in sight tell.

use rustc_hash::{FxHashMap, FxHashSet};

use super::apart::apart;
use super::rest::{Pace, pace};
use crate::catalog::schema::Runs;
use crate::flow::cx::Cx;
use crate::flow::entries::{attributed, is_test, serves, trait_impl};
use crate::flow::tables::{Manner, Tables};
use crate::flow::value::SiteKey;
use crate::ir::body::{BlockId, Body, BodyKind, Local, Rvalue, StmtKind, Terminator};
use crate::resolve::def::{BodyId, DefId, DefKind};
use crate::resolve::infer::{BRANCH, OUT_OF_SIGHT};
use crate::source::Span;

/// How often a place runs. Of several answers the later one holds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub(in crate::flow) enum Often {
    /// Nothing in sight runs it.
    #[default]
    Never,
    /// Once per process, or a few times: `main`, what it calls outside of loops, what a once-guard or a static runs.
    Once,
    /// Again and again, but long apart: each turn of a loop waits for a minute or more.
    Rests(Again),
    /// As often as code out of sight likes.
    Outside(Outside),
    /// Again and again, each turn of a loop after a time that is given from elsewhere.
    Paced(Again),
    /// Again and again.
    Again(Again),
}

/// Where the code out of sight comes in.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(in crate::flow) enum Outside {
    /// No call of it was seen, though only this program can make one.
    Unseen,
    /// A function that is passed on as a value.
    Callback,
    /// A public function of a library.
    Public,
    /// A function of a trait, called through it.
    Trait,
}

/// What repeats it, and where.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(in crate::flow) struct Again {
    /// What.
    pub(in crate::flow) why: Why,
    /// The loop, the registration, or the call that runs its closure often.
    pub(in crate::flow) at: Span,
}

/// What repeats a place.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(in crate::flow) enum Why {
    /// A call that runs the closure it is given until that succeeds.
    Retry,
    /// A call that may run the closure it is given as often as it likes (`map`, `for_each`).
    Closure,
    /// A loop.
    Loop,
    /// A handler of requests, messages or commands.
    Handler,
}

/// The answers by body.
#[derive(Debug, Default)]
pub(super) struct Table(FxHashMap<BodyId, Often>);

impl Table {
    pub(super) fn build(cx: &Cx<'_, '_, '_>, tables: &Tables, order: &[BodyId]) -> Table {
        let called = called(cx, tables, order);
        let inner = inner(cx, order);
        let mut table = Table::default();
        let mut work: Vec<BodyId> = Vec::new();
        for id in order {
            let start = entry(cx, tables, *id, &called);
            table.raise(*id, start, &mut work);
        }
        while let Some(id) = work.pop() {
            let Some(done) = tables.bodies.get(&id) else {
                continue;
            };
            let from_test = is_test(cx, id);
            let counts = |callee: BodyId| !from_test || is_test(cx, callee);
            for edge in done.edges.iter().filter(|e| counts(e.callee)) {
                let often = table.through(cx, edge.at, edge.manner);
                table.raise(edge.callee, often, &mut work);
            }
            for (callee, at, manner) in done.made.iter().filter(|(c, ..)| counts(*c)) {
                let often = table.through(cx, *at, *manner);
                table.raise(*callee, often, &mut work);
            }
            for (child, at) in inner.get(&id).into_iter().flatten() {
                // A future runs once for each time it is made; a closure as its callers in sight say.
                let is_future = matches!(cx.body(*child).kind, BodyKind::Async { .. });
                if is_future || !called.contains(child) {
                    let often = table.at(cx, *at);
                    table.raise(*child, often, &mut work);
                }
            }
        }
        table
    }

    fn raise(&mut self, id: BodyId, often: Often, work: &mut Vec<BodyId>) {
        let known = self.0.entry(id).or_default();
        if *known < often {
            *known = often;
            work.push(id);
        }
    }

    /// How often a body runs.
    pub(super) fn of(&self, id: BodyId) -> Often {
        self.0.get(&id).copied().unwrap_or_default()
    }

    /// How often a statement runs.
    pub(super) fn at(&self, cx: &Cx<'_, '_, '_>, site: SiteKey) -> Often {
        let around = self.of(site.0);
        if matches!(around, Often::Again(a) if a.why == Why::Handler) {
            return around;
        }
        let turning = block_of(site).and_then(|b| turning(cx, site.0, b));
        let again = |at| Again { why: Why::Loop, at };
        match turning {
            Some((Pace::Busy, at)) => Often::Again(again(at)),
            // Who runs the loop over and over runs what is in it as often.
            Some(_) if matches!(around, Often::Again(_)) => around,
            Some((Pace::Long, at)) => Often::Rests(again(at)),
            Some((Pace::Given, at)) => Often::Paced(again(at)),
            None => around,
        }
    }

    /// How often what a call runs runs.
    fn through(&self, cx: &Cx<'_, '_, '_>, site: SiteKey, manner: Manner) -> Often {
        let again = |why| {
            let at = cx.call_spans(site).0;
            Often::Again(Again { why, at })
        };
        if manner.once {
            Often::Once
        } else if manner.handler {
            again(Why::Handler)
        } else if manner.many {
            self.at(cx, site).max(again(Why::Closure))
        } else if manner.retried {
            self.at(cx, site).max(again(Why::Retry))
        } else {
            self.at(cx, site)
        }
    }
}

/// Deepest way looked at from a place to a call it may repeat.
const DEEPEST: usize = 8;

/// See [`super::Contexts::repeats_below`].
pub(super) fn repeats_below(
    cx: &Cx<'_, '_, '_>,
    tables: &Tables,
    from: SiteKey,
    calls: &[SiteKey],
) -> bool {
    // Bodies that are run from the place on, and whether that is again and again.
    let mut seen: FxHashSet<(BodyId, bool)> = FxHashSet::default();
    let mut work = vec![(from.0, false, DEEPEST)];
    while let Some((id, again, depth)) = work.pop() {
        if depth == 0 || !seen.insert((id, again)) {
            continue;
        }
        let start = (id == from.0).then_some(from);
        let repeats = |at: SiteKey| again || iterates(cx.body(id), start, at);
        if calls.iter().any(|at| at.0 == id && repeats(*at)) {
            return true;
        }
        let Some(done) = tables.bodies.get(&id) else {
            continue;
        };
        for edge in &done.edges {
            let often = edge.manner.many || repeats(edge.at);
            work.push((edge.callee, often, depth - 1));
        }
        for (callee, at, manner) in &done.made {
            work.push((*callee, manner.many || repeats(*at), depth - 1));
        }
    }
    false
}

/// Whether some of these calls are made by what a body does, and at most one of them on any way.
pub(super) fn exclude_each_other(
    cx: &Cx<'_, '_, '_>,
    tables: &Tables,
    from: BodyId,
    calls: &[SiteKey],
) -> bool {
    let mut seen: FxHashSet<BodyId> = FxHashSet::default();
    let mut work = vec![(from, DEEPEST)];
    let mut any = false;
    while let Some((id, depth)) = work.pop() {
        if depth == 0 || !seen.insert(id) {
            continue;
        }
        // The places in this body, and which of the calls each leads to.
        let own = calls.iter().filter(|at| at.0 == id);
        let mut places: Vec<(SiteKey, Vec<SiteKey>)> = own.map(|at| (*at, vec![*at])).collect();
        for (callee, at) in onward(tables, id) {
            let to = led_to(tables, callee, calls);
            if !to.is_empty() {
                places.push((at, to));
                work.push((callee, depth - 1));
            }
        }
        any |= !places.is_empty();
        // Two that lead to the same are a future's making and its awaiting, or are told apart further down.
        let both = |one: &(SiteKey, Vec<SiteKey>), two: &(SiteKey, Vec<SiteKey>)| {
            one.1 != two.1 && !apart(cx.body(id), one.0, two.0)
        };
        let mut rest = places.as_slice();
        while let Some((one, others)) = rest.split_first() {
            if others.iter().any(|two| both(one, two)) {
                return false;
            }
            rest = others;
        }
    }
    any
}

/// What a body runs or makes to be run, and where.
fn onward(tables: &Tables, id: BodyId) -> impl Iterator<Item = (BodyId, SiteKey)> {
    let done = tables.bodies.get(&id).into_iter();
    done.flat_map(|done| {
        let edges = done.edges.iter().map(|e| (e.callee, e.at));
        edges.chain(done.made.iter().map(|(callee, at, _)| (*callee, *at)))
    })
}

/// The calls among these that a body leads to.
fn led_to(tables: &Tables, from: BodyId, calls: &[SiteKey]) -> Vec<SiteKey> {
    let mut seen: FxHashSet<BodyId> = FxHashSet::default();
    let mut work = vec![from];
    while let Some(id) = work.pop() {
        if seen.insert(id) {
            work.extend(onward(tables, id).map(|(callee, _)| callee));
        }
    }
    let inside = |at: &&SiteKey| seen.contains(&at.0);
    calls.iter().filter(inside).copied().collect()
}

/// Whether a loop over a collection repeats a statement, and not `start` with it. Loops that count, or that turn until
/// something succeeds, are mostly about one request.
fn iterates(body: &Body, start: Option<SiteKey>, at: SiteKey) -> bool {
    let loops = |site: SiteKey| {
        let mut around = Vec::new();
        let block = block_of(site).and_then(|b| body.blocks.get(b.0 as usize));
        let mut next = block.and_then(|b| b.in_loop);
        while let Some(id) = next {
            around.push(id);
            next = body.loops.get(id.0 as usize).and_then(|l| l.parent);
        }
        around
    };
    let with_start = start.map(loops).unwrap_or_default();
    loops(at)
        .into_iter()
        .filter(|l| !with_start.contains(l))
        .filter_map(|l| body.loops.get(l.0 as usize))
        .filter_map(|l| body.blocks.get(l.head.0 as usize))
        .any(|head| matches!(&head.term, Terminator::Next { iter, .. } if !counts(body, *iter)))
}

/// Whether a `for` loop runs over a range of numbers.
fn counts(body: &Body, iter: Local) -> bool {
    let stmts = body.stmts();
    stmts.into_iter().any(
        |s| matches!(&s.kind, StmtKind::Assign(place, Rvalue::Range(_)) if place.local == iter),
    )
}

/// The block of a statement; the branches of a `select!` are numbered by their blocks.
fn block_of(site: SiteKey) -> Option<BlockId> {
    match site.1 {
        (BRANCH, block) => Some(BlockId(block)),
        (OUT_OF_SIGHT, _) => None,
        (block, _) => Some(BlockId(block)),
    }
}

/// The loop around a block whose next turn the block can reach: of those that turn fastest the innermost. A loop that is left
/// behind the block turns no more.
fn turning(cx: &Cx<'_, '_, '_>, id: BodyId, block: BlockId) -> Option<(Pace, Span)> {
    let body = cx.body(id);
    let mut around = body.blocks.get(block.0 as usize)?.in_loop;
    around?;
    let reached = reachable(body, block);
    let mut fastest: Option<(Pace, Span)> = None;
    while let Some(loop_id) = around {
        let of = body.loops.get(loop_id.0 as usize)?;
        if reached.contains(&of.head) {
            let pace = pace(cx, id, loop_id);
            if fastest.is_none_or(|(so_far, _)| pace < so_far) {
                fastest = Some((pace, of.span));
            }
            if pace == Pace::Busy {
                break;
            }
        }
        around = of.parent;
    }
    fastest
}

fn reachable(body: &Body, from: BlockId) -> FxHashSet<BlockId> {
    let mut seen = FxHashSet::default();
    let mut work = vec![from];
    while let Some(at) = work.pop() {
        let Some(block) = body.blocks.get(at.0 as usize) else {
            continue;
        };
        let mut go = |next: BlockId| {
            if seen.insert(next) {
                work.push(next);
            }
        };
        match &block.term {
            Terminator::Goto(next) => go(*next),
            Terminator::If {
                then, otherwise, ..
            } => {
                go(*then);
                go(*otherwise);
            }
            Terminator::Match { arms, .. } => arms.iter().for_each(|(_, b)| go(*b)),
            Terminator::Try { ok, err, .. } => {
                go(*ok);
                go(*err);
            }
            Terminator::Next { body, done, .. } => {
                go(*body);
                go(*done);
            }
            Terminator::Select {
                arms, otherwise, ..
            } => {
                arms.iter().for_each(|a| go(a.block));
                otherwise.iter().for_each(|b| go(*b));
            }
            Terminator::Return | Terminator::Unreachable => {}
        }
    }
    seen
}

/// Bodies that something in sight runs, tests left out.
fn called(cx: &Cx<'_, '_, '_>, tables: &Tables, order: &[BodyId]) -> FxHashSet<BodyId> {
    let mut out = FxHashSet::default();
    for id in order {
        let Some(done) = tables.bodies.get(id) else {
            continue;
        };
        let from_test = is_test(cx, *id);
        let edges = done.edges.iter().map(|e| e.callee);
        let all = edges.chain(done.made.iter().map(|(c, ..)| *c));
        // A function that only calls itself is called by nobody in sight.
        out.extend(all.filter(|c| c != id && (!from_test || is_test(cx, *c))));
    }
    out
}

/// Closures and async blocks by the body they are written in, with the place where each is made.
fn inner(cx: &Cx<'_, '_, '_>, order: &[BodyId]) -> FxHashMap<BodyId, Vec<(BodyId, SiteKey)>> {
    let mut out: FxHashMap<BodyId, Vec<(BodyId, SiteKey)>> = FxHashMap::default();
    for id in order {
        let info = cx.program.body(*id);
        for (block_index, block) in info.body.blocks.iter().enumerate() {
            for (index, stmt) in block.stmts.iter().enumerate() {
                let StmtKind::Assign(_, Rvalue::Closure(idx) | Rvalue::Async(idx)) = &stmt.kind
                else {
                    continue;
                };
                if let Some(child) = cx.program.child_of(*id, *idx) {
                    let site = (*id, (block_index as u32, index as u32));
                    out.entry(*id).or_default().push((child, site));
                }
            }
        }
    }
    out
}

/// Whether an attribute, or the trait it belongs to, makes a function one that is run for each request.
pub(super) fn is_handler(cx: &Cx<'_, '_, '_>, function: DefId) -> bool {
    attributed(cx, function) == Some(Runs::PerRequest)
        || trait_impl(cx.program, function).is_some_and(|i| serves(cx, i))
}

/// How often a body runs by what it is, calls left out.
fn entry(cx: &Cx<'_, '_, '_>, tables: &Tables, id: BodyId, called: &FxHashSet<BodyId>) -> Often {
    let info = cx.program.body(id);
    if info.parent.is_some() {
        return Often::Never;
    }
    let def = cx.program.def(info.owner);
    if !matches!(def.kind, DefKind::Fn { .. }) || is_test(cx, id) {
        // The initialiser of a static runs once.
        return Often::Once;
    }
    let handler = Often::Again(Again {
        why: Why::Handler,
        at: def.span,
    });
    if is_handler(cx, info.owner) {
        return handler;
    }
    if def.name == "main" || attributed(cx, info.owner) == Some(Runs::AtStart) {
        return Often::Once;
    }
    if trait_impl(cx.program, info.owner).is_some() {
        return if called.contains(&id) {
            Often::Never
        } else {
            Often::Outside(Outside::Trait)
        };
    }
    if called.contains(&id) {
        return Often::Never;
    }
    Often::Outside(if cx.program.is_exported(info.owner) {
        Outside::Public
    } else if tables.roots.contains(&id) {
        Outside::Callback
    } else {
        Outside::Unseen
    })
}
