//! Which bodies run on a thread that async code shares, and where async code leads there.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::flow::cx::Cx;
use crate::flow::entries::{is_entry, is_test};
use crate::flow::tables::{Edge, Tables};
use crate::flow::value::SiteKey;
use crate::ir::body::BodyKind;
use crate::resolve::def::{BodyId, DefKind};

/// How a body gets onto a thread that async code shares.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(in crate::flow) struct FromAsync {
    /// It is async code itself.
    pub(in crate::flow) itself: bool,
    /// Calls in async code that lead here, in order of their places.
    pub(in crate::flow) calls: Vec<SiteKey>,
    /// It is also run from code that is not async.
    pub(in crate::flow) also_elsewhere: bool,
    /// Everything that runs it does so on a thread made for blocking.
    pub(in crate::flow) on_own_thread: bool,
}

/// What is known of each body.
#[derive(Debug, Default)]
pub(super) struct Table {
    bodies: FxHashMap<BodyId, FromAsync>,
}

impl Table {
    pub(super) fn build(
        cx: &Cx<'_, '_, '_>,
        callers: &FxHashMap<BodyId, Vec<(BodyId, Edge)>>,
        tables: &Tables,
        order: &[BodyId],
    ) -> Table {
        let own_thread = own_thread(cx, callers, tables, order);
        let elsewhere = elsewhere(cx, callers, tables, order);
        let mut bodies: FxHashMap<BodyId, FromAsync> = FxHashMap::default();
        for id in order.iter().filter(|id| is_async(cx, **id)) {
            let entry = bodies.entry(*id).or_default();
            entry.itself = true;
            entry.on_own_thread = own_thread.contains(id);
            if own_thread.contains(id) {
                continue;
            }
            // Down from each call that async code makes of code that is not async.
            for edge in tables.bodies.get(id).into_iter().flat_map(|o| &o.edges) {
                if leads_on(cx, edge) && (!is_test(cx, *id) || is_test(cx, edge.callee)) {
                    for reached in below(cx, tables, edge.callee) {
                        bodies.entry(reached).or_default().calls.push(edge.at);
                    }
                }
            }
        }
        for (id, entry) in &mut bodies {
            entry.calls.sort_unstable();
            entry.calls.dedup();
            entry.also_elsewhere = elsewhere.contains(id);
        }
        Table { bodies }
    }

    pub(super) fn use_in_async(&self, id: BodyId) -> FromAsync {
        self.bodies.get(&id).cloned().unwrap_or_default()
    }
}

/// Whether a body is async code: an `async fn`, an async block, an async closure.
fn is_async(cx: &Cx<'_, '_, '_>, id: BodyId) -> bool {
    match cx.body(id).kind {
        BodyKind::Async { .. } => true,
        BodyKind::Fn { is_async } | BodyKind::Closure { is_async, .. } => is_async,
        BodyKind::Init => false,
    }
}

/// Whether a call runs what it leads to on the caller's own thread, and that is not async code with an entry of its own.
fn leads_on(cx: &Cx<'_, '_, '_>, edge: &Edge) -> bool {
    let manner = edge.manner;
    let elsewhere = edge.spawned || manner.may_block || manner.handler || manner.unsure;
    !elsewhere && !is_async(cx, edge.callee)
}

/// What a call of this body runs on the same thread before it returns.
fn below(cx: &Cx<'_, '_, '_>, tables: &Tables, start: BodyId) -> FxHashSet<BodyId> {
    let mut seen = FxHashSet::default();
    let mut work = vec![start];
    while let Some(at) = work.pop() {
        if seen.insert(at) {
            let edges = tables.bodies.get(&at).into_iter().flat_map(|o| &o.edges);
            work.extend(edges.filter(|e| leads_on(cx, e)).map(|e| e.callee));
        }
    }
    seen
}

/// Bodies that code runs which is not async: from outside, on a thread made for blocking, or because such code calls them.
fn elsewhere(
    cx: &Cx<'_, '_, '_>,
    callers: &FxHashMap<BodyId, Vec<(BodyId, Edge)>>,
    tables: &Tables,
    order: &[BodyId],
) -> FxHashSet<BodyId> {
    let starts = |id: &BodyId| {
        let calls = callers.get(id).map(Vec::as_slice).unwrap_or_default();
        let own_thread = calls
            .iter()
            .any(|(c, e)| e.manner.may_block && !is_test(cx, *c));
        own_thread || !is_async(cx, *id) && (calls.is_empty() || from_outside(cx, tables, *id))
    };
    let mut work: Vec<BodyId> = order.iter().copied().filter(starts).collect();
    let mut seen = FxHashSet::default();
    while let Some(at) = work.pop() {
        if seen.insert(at) && !is_test(cx, at) {
            let edges = tables.bodies.get(&at).into_iter().flat_map(|o| &o.edges);
            let sync = edges.map(|e| e.callee).filter(|c| !is_async(cx, *c));
            work.extend(sync);
        }
    }
    seen
}

/// Whether code out of sight runs a body.
fn from_outside(cx: &Cx<'_, '_, '_>, tables: &Tables, id: BodyId) -> bool {
    let info = cx.program.body(id);
    let is_fn = matches!(cx.program.def(info.owner).kind, DefKind::Fn { .. });
    tables.roots.contains(&id) || is_fn && is_entry(cx, id)
}

/// Bodies that run only on threads made for blocking: every call of them in sight starts there, and there is one.
fn own_thread(
    cx: &Cx<'_, '_, '_>,
    callers: &FxHashMap<BodyId, Vec<(BodyId, Edge)>>,
    tables: &Tables,
    order: &[BodyId],
) -> FxHashSet<BodyId> {
    let mut inside: FxHashSet<BodyId> = order
        .iter()
        .copied()
        .filter(|id| callers.contains_key(id) && !from_outside(cx, tables, *id))
        .collect();
    loop {
        let before = inside.len();
        let leaves: Vec<BodyId> = inside
            .iter()
            .copied()
            .filter(|id| {
                callers
                    .get(id)
                    .into_iter()
                    .flatten()
                    .any(|(c, e)| !e.manner.may_block && (e.spawned || !inside.contains(c)))
            })
            .collect();
        for id in leaves {
            inside.remove(&id);
        }
        if inside.len() == before {
            return inside;
        }
    }
}
