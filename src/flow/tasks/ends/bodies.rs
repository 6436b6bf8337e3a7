//! Which bodies a task runs: those spawned in sight, what callers pass in, and what these run.

use rustc_hash::FxHashSet;

use super::endless::is_inline;
use crate::flow::tables::{ResRec, Tables};
use crate::flow::value::{Thing, Work};
use crate::resolve::def::BodyId;

/// Bodies a task runs itself that are looked into.
const MOST: usize = 60;

/// The bodies in sight of a task, what they are given and run with them.
pub(in crate::flow::tasks) fn own_bodies(rec: &ResRec) -> Vec<BodyId> {
    let spawned = &rec.spawned;
    spawned
        .bodies
        .iter()
        .chain(&spawned.inside)
        .copied()
        .collect()
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
pub(super) fn passed_by(tables: &Tables, rec: &ResRec) -> Vec<BodyId> {
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
                Thing::Closure(body, _) => out.extend(run_by(tables, *body)),
                Thing::Param(body, index, _) => work.push((*body, *index)),
                _ => {}
            }
        }
    }
    out.sort_unstable();
    out.dedup();
    out
}

/// What runs where a closure is spawned: the futures it makes, if it makes any.
fn run_by(tables: &Tables, closure: BodyId) -> Vec<BodyId> {
    let done = tables.bodies.get(&closure).into_iter();
    let futures = done.flat_map(|done| &done.ret.things);
    let made: Vec<BodyId> = futures
        .flat_map(|(thing, _)| match thing {
            Thing::Future(future) => future.bodies(),
            _ => Vec::new(),
        })
        .collect();
    if made.is_empty() { vec![closure] } else { made }
}

/// The bodies and all they run without spawning and without a bound around.
pub(in crate::flow) fn runs(tables: &Tables, start: &[BodyId]) -> Vec<BodyId> {
    let mut seen: FxHashSet<BodyId> = FxHashSet::default();
    let mut out = Vec::new();
    let mut work: Vec<BodyId> = start.to_vec();
    let mut inner = 0;
    while let Some(id) = work.pop() {
        if inner >= MOST || !seen.insert(id) {
            continue;
        }
        out.push(id);
        if let Some(done) = tables.bodies.get(&id).filter(|done| !done.edges.is_empty()) {
            inner += 1;
            let inline = done.edges.iter().filter(|e| is_inline(e));
            work.extend(inline.map(|e| e.callee));
        }
    }
    out
}
