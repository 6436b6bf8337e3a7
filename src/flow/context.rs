//! Who runs whom: whether a body may run with nothing around it that bounds its waits, how often a place runs, and whether
//! it runs on a thread that async code shares.
//!
//! Three questions, one graph: the calls that bodies make of each other, with what stands between (a bound, a spawn, a
//! once-guard, a route registration). Ways begin where code out of sight begins them: `main`, public functions of libraries,
//! functions of trait impls, functions that an attribute registers.

mod apart;
mod often;
mod optional;
mod rest;
mod threads;

use rustc_hash::{FxHashMap, FxHashSet};

use self::apart::apart_in_one_turn;
use super::cx::Cx;
use super::entries::is_entry;
use super::tables::{Edge, Fate, ResKind, Tables};
use super::value::{ResId, SiteKey};
use crate::ir::body::Body;
use crate::resolve::def::BodyId;
use crate::source::Span;

pub(super) use often::{Often, Outside, Why};
pub(super) use optional::bound_if_given;

/// Answers about the call graph.
#[derive(Debug, Default)]
pub(super) struct Contexts {
    open: FxHashSet<BodyId>,
    /// Those of them that a way leads to without a bound that is there on some ways only.
    bare: FxHashSet<BodyId>,
    callers: FxHashMap<BodyId, Vec<(BodyId, Edge)>>,
    often: often::Table,
    threads: threads::Table,
}

impl Contexts {
    pub(super) fn build(cx: &Cx<'_, '_, '_>, tables: &Tables, order: &[BodyId]) -> Contexts {
        let mut contexts = Contexts::default();
        for id in order {
            for edge in tables.bodies.get(id).into_iter().flat_map(|o| &o.edges) {
                contexts
                    .callers
                    .entry(edge.callee)
                    .or_default()
                    .push((*id, edge.clone()));
            }
        }
        let mut work: Vec<BodyId> = order
            .iter()
            .copied()
            .filter(|id| {
                let called = contexts.callers.contains_key(id);
                !called || tables.roots.contains(id) || is_entry(cx, *id)
            })
            .collect();
        work.extend(let_go(tables, order));
        spread(&mut contexts.open, tables, work.clone(), |_, e| {
            e.guard.is_none()
        });
        // A circle nobody enters is entered from somewhere we do not see.
        let mut roots = work;
        for id in order {
            if !contexts.open.contains(id)
                && !contexts.is_reached(*id, |b| contexts.open.contains(&b))
            {
                spread(&mut contexts.open, tables, vec![*id], |_, e| {
                    e.guard.is_none()
                });
                roots.push(*id);
            }
        }
        spread(&mut contexts.bare, tables, roots, |id, e| {
            e.guard.is_none() && twin(cx.body(id), tables, id, e).is_none()
        });
        contexts.often = often::Table::build(cx, tables, order);
        contexts.threads = threads::Table::build(cx, &contexts.callers, tables, order);
        contexts
    }

    /// Whether a body may run with nothing around it that bounds its waits.
    pub(super) fn is_open(&self, id: BodyId) -> bool {
        self.open.contains(&id)
    }

    /// The bound that stands around a body on some ways only: on every way that has none, a call in the same function is made
    /// either under a bound or without (`match limit { Some(t) => timeout(t, ask()).await, None => ask().await }`).
    pub(super) fn bound_on_some_ways(
        &self,
        cx: &Cx<'_, '_, '_>,
        tables: &Tables,
        id: BodyId,
    ) -> Option<Span> {
        if self.bare.contains(&id) {
            return None;
        }
        self.above(id, |caller, e| twin(cx.body(caller), tables, caller, e))
    }

    /// What `pick` finds at the nearest calls that lead to a body.
    pub(super) fn above<T>(
        &self,
        id: BodyId,
        pick: impl Fn(BodyId, &Edge) -> Option<T>,
    ) -> Option<T> {
        let mut seen = FxHashSet::default();
        let mut work = vec![id];
        while let Some(at) = work.pop() {
            if !seen.insert(at) {
                continue;
            }
            for (caller, edge) in self.callers(at) {
                if let Some(found) = pick(*caller, edge) {
                    return Some(found);
                }
                work.push(*caller);
            }
        }
        None
    }

    /// Whether a way leads to a body from one of these.
    pub(super) fn is_reached(&self, id: BodyId, from: impl Fn(BodyId) -> bool) -> bool {
        from(id)
            || self
                .above(id, |caller, _| from(caller).then_some(()))
                .is_some()
    }

    /// The calls of a body in sight.
    pub(super) fn callers(&self, id: BodyId) -> &[(BodyId, Edge)] {
        self.callers.get(&id).map(Vec::as_slice).unwrap_or_default()
    }

    /// How often a statement runs: once at start-up, once per request or turn of a loop, or as code out of sight likes.
    pub(super) fn often(&self, cx: &Cx<'_, '_, '_>, site: SiteKey) -> Often {
        self.often.at(cx, site)
    }

    /// How often a body runs.
    pub(super) fn runs(&self, id: BodyId) -> Often {
        self.often.of(id)
    }

    /// Whether what a body does from this place on repeats one of these calls: in a loop that does not repeat the place, or
    /// in code that such a loop, or a call that runs a closure often, runs.
    pub(super) fn repeats_below(
        &self,
        cx: &Cx<'_, '_, '_>,
        tables: &Tables,
        from: SiteKey,
        calls: &[SiteKey],
    ) -> bool {
        often::repeats_below(cx, tables, from, calls)
    }

    /// Whether what a body does makes just one of these calls, whichever way is taken.
    pub(super) fn asks_once(
        &self,
        cx: &Cx<'_, '_, '_>,
        tables: &Tables,
        from: BodyId,
        calls: &[SiteKey],
    ) -> bool {
        calls.len() == 1 || often::exclude_each_other(cx, tables, from, calls)
    }

    /// Whether a body is, or is written in, what a framework runs for each request: not only called by it.
    pub(super) fn is_handler(&self, cx: &Cx<'_, '_, '_>, id: BodyId) -> bool {
        let mut at = Some(id);
        while let Some(id) = at {
            let info = cx.program.body(id);
            let by_itself = info.parent.is_none() && often::is_handler(cx, info.owner);
            if by_itself || self.callers(id).iter().any(|(_, e)| e.manner.handler) {
                return true;
            }
            at = info.parent;
        }
        false
    }

    /// Where async code calls, without a thread of its own between, what ends in this body.
    pub(super) fn use_in_async(&self, id: BodyId) -> threads::FromAsync {
        self.threads.use_in_async(id)
    }
}

/// What is spawned and held by nobody: it runs on when a bound around the call that spawns it is over.
fn let_go(tables: &Tables, order: &[BodyId]) -> Vec<BodyId> {
    let outs = || order.iter().filter_map(|id| tables.bodies.get(id));
    let mut fates: FxHashMap<ResId, Fate> = FxHashMap::default();
    for out in outs() {
        let here = out.endings.iter();
        let here = here.flat_map(|(res, ends)| ends.iter().map(|e| (*res, e.fate)));
        for (res, fate) in here.chain(out.foreign.iter().map(|(res, fate)| (*res, *fate))) {
            let slot = fates.entry(res).or_default();
            *slot = slot.with(fate);
        }
    }
    let dropped = Fate::DROPPED.with(Fate::PURPOSE);
    let sites: FxHashSet<SiteKey> = fates
        .iter()
        .filter(|(_, fate)| fate.any(dropped) && fate.without(dropped) == Fate::default())
        .filter_map(|(res, _)| tables.rec(*res))
        .filter(|rec| rec.kind == ResKind::Handle && rec.origin.is_none())
        .map(|rec| rec.site)
        .collect();
    let edges = outs().flat_map(|out| &out.edges);
    let spawned = edges.filter(|e| e.spawned && sites.contains(&e.at));
    spawned.map(|e| e.callee).collect()
}

/// Adds the bodies that run wherever these run and the calls between are such.
fn spread(
    to: &mut FxHashSet<BodyId>,
    tables: &Tables,
    mut work: Vec<BodyId>,
    passes: impl Fn(BodyId, &Edge) -> bool,
) {
    while let Some(id) = work.pop() {
        if !to.insert(id) {
            continue;
        }
        for edge in tables.bodies.get(&id).into_iter().flat_map(|o| &o.edges) {
            if edge.spawned || passes(id, edge) {
                work.push(edge.callee);
            }
        }
    }
}

/// The bound under which a body makes a call on one way that it makes without on another: this one, if it is the latter.
fn twin(body: &Body, tables: &Tables, id: BodyId, edge: &Edge) -> Option<Span> {
    if edge.guard.is_some() || edge.spawned {
        return None;
    }
    let edges = &tables.bodies.get(&id)?.edges;
    edges
        .iter()
        .filter(|e| e.guard.is_some() && e.callee == edge.callee && !e.spawned)
        .find(|e| apart_in_one_turn(body, e.at, edge.at))?
        .guard
}
