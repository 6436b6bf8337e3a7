//! Who runs whom: whether a body may run with nothing around it that bounds its waits, how often a place runs, and whether
//! it runs on a thread that async code shares.
//!
//! Three questions, one graph: the calls that bodies make of each other, with what stands between (a bound, a spawn, a
//! once-guard, a route registration). Ways begin where code out of sight begins them: `main`, public functions of libraries,
//! functions of trait impls, functions that an attribute registers.

mod often;
mod threads;

use rustc_hash::{FxHashMap, FxHashSet};

use super::cx::Cx;
use super::tables::{Edge, Tables};
use super::value::SiteKey;
use crate::catalog::schema::{Role, Runs};
use crate::ir::body::{BlockId, Body};
use crate::resolve::def::{BodyId, DefId, DefKind, Origin, Program};
use crate::source::Span;

pub(super) use often::{Often, Outside, Why};

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
        let work: Vec<BodyId> = order
            .iter()
            .copied()
            .filter(|id| {
                let called = contexts.callers.contains_key(id);
                !called || tables.roots.contains(id) || is_entry(cx, *id)
            })
            .collect();
        spread(&mut contexts.open, tables, work.clone(), |_, e| {
            e.guard.is_none()
        });
        // A circle nobody enters is entered from somewhere we do not see.
        let mut roots = work;
        for id in order {
            if !contexts.open.contains(id) && !contexts.reached(*id) {
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

    /// Whether every way to a body leads over a bound from a body that is open.
    fn reached(&self, id: BodyId) -> bool {
        let mut seen = FxHashSet::default();
        let mut work = vec![id];
        while let Some(at) = work.pop() {
            if self.open.contains(&at) {
                return true;
            }
            if seen.insert(at) {
                work.extend(self.callers.get(&at).into_iter().flatten().map(|(c, _)| *c));
            }
        }
        false
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

    /// The calls of a body in sight.
    pub(super) fn callers(&self, id: BodyId) -> &[(BodyId, Edge)] {
        self.callers.get(&id).map(Vec::as_slice).unwrap_or_default()
    }

    /// How often a statement runs: once at start-up, once per request or turn of a loop, or as code out of sight likes.
    pub(super) fn often(&self, cx: &Cx<'_, '_, '_>, site: super::value::SiteKey) -> Often {
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
        from: super::value::SiteKey,
        calls: &[super::value::SiteKey],
    ) -> bool {
        often::repeats_below(cx, tables, from, calls)
    }

    /// Whether what a body does makes just one of these calls, whichever way is taken.
    pub(super) fn asks_once(
        &self,
        cx: &Cx<'_, '_, '_>,
        tables: &Tables,
        from: BodyId,
        calls: &[super::value::SiteKey],
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

/// Whether no way leads from either of two places to the other. The branches of a `select!` are numbered by no block: they may
/// lead anywhere.
fn apart(body: &Body, one: SiteKey, two: SiteKey) -> bool {
    excluded(body, one, two, None)
}

/// The same, except for ways through the next turn of a loop around both: what is done there is done anew.
fn apart_in_one_turn(body: &Body, one: SiteKey, two: SiteKey) -> bool {
    let around = |site: SiteKey| {
        let block = body.blocks.get(site.1.0 as usize);
        let innermost = block.and_then(|b| b.in_loop);
        std::iter::successors(innermost, |l| body.loops.get(l.0 as usize)?.parent)
    };
    let common = around(one).find(|l| around(two).any(|other| other == *l));
    let head = common.and_then(|l| body.loops.get(l.0 as usize));
    excluded(body, one, two, head.map(|l| l.head))
}

fn excluded(body: &Body, one: SiteKey, two: SiteKey, turn: Option<BlockId>) -> bool {
    let (one, two) = (BlockId(one.1.0), BlockId(two.1.0));
    let known = |id: BlockId| body.blocks.get(id.0 as usize).is_some();
    let leads = |from: BlockId, to: BlockId| {
        body.reaches(from, |at, _| at == to, |at| Some(at) == turn && at != from)
    };
    known(one) && known(two) && !leads(one, two) && !leads(two, one)
}

/// Whether a body is run from outside: `main`, public functions of libraries, functions of trait impls, handlers.
pub(super) fn is_entry(cx: &Cx<'_, '_, '_>, id: BodyId) -> bool {
    let info = cx.program.body(id);
    if info.parent.is_some() {
        return false;
    }
    let def = cx.program.def(info.owner);
    if !matches!(def.kind, DefKind::Fn { .. }) {
        return false;
    }
    trait_impl(cx.program, info.owner).is_some()
        || attributed(cx, info.owner).is_some()
        || def.name == "main"
        || cx.program.is_exported(info.owner)
}

/// The impl of a trait that a function stands in.
fn trait_impl(program: &Program<'_>, function: DefId) -> Option<DefId> {
    let parent = program.def(function).parent?;
    matches!(
        program.def(parent).kind,
        DefKind::Impl {
            of_trait: Some(_),
            ..
        }
    )
    .then_some(parent)
}

/// When a function runs, by an attribute of its own or of the impl around it.
fn attributed(cx: &Cx<'_, '_, '_>, function: DefId) -> Option<Runs> {
    let def = cx.program.def(function);
    let on = |id: DefId| {
        let def = cx.program.def(id);
        let attrs = def.item.map(|i| &i.attrs[..]).unwrap_or_default();
        attrs.iter().find_map(|a| cx.facts.runs(cx.program, id, a))
    };
    let around = def
        .parent
        .filter(|p| matches!(cx.program.def(*p).kind, DefKind::Impl { .. }));
    on(function).or_else(|| around.and_then(on))
}

/// Whether the catalogue says that functions of this impl's trait are run for each request.
fn serves(cx: &Cx<'_, '_, '_>, of_impl: DefId) -> bool {
    let info = cx.types.impls.iter().find(|i| i.def == of_impl);
    info.and_then(|i| i.of_trait.as_ref())
        .and_then(|t| cx.facts.roles.get(&t.trait_def))
        .is_some_and(|r| r.role == Role::Service)
}

/// Code of tests, benches and examples: it says nothing about how often the rest runs.
fn is_test(cx: &Cx<'_, '_, '_>, id: BodyId) -> bool {
    let info = cx.program.body(id);
    let origin = &cx.program.krate(info.krate).origin;
    info.in_test || matches!(origin, Origin::Local(l) if l.is_test)
}
