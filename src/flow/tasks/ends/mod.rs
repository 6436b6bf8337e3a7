//! How a task ends: by its own work, when it is told to, with its queue, or never.

mod answers;
mod bodies;
mod endless;
mod judge;
mod queues;
mod signal;
mod sources;

use super::foreign;
use super::graph::{self, block_of, loops_around};
use super::remote;
use super::shape::told_by_caller;
use crate::flow::cx::Cx;
use crate::flow::resource::TaskEnds;
use crate::flow::tables::{ResRec, Tables};
use crate::flow::value::SiteKey;
use crate::ir::body::LoopKind;
use crate::resolve::def::BodyId;
use crate::source::Span;
pub(super) use bodies::own_bodies;
use bodies::passed_by;
pub(in crate::flow) use bodies::{runs, spawned_by};
use endless::{Endless, answers_system, parks};
use judge::judge;
pub(super) use signal::{Signal, Stop};
use sources::{CALLED, DEPTH, Finder};

/// What was found about a task's end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::flow) struct End {
    pub(in crate::flow) ends: TaskEnds,
    pub(in crate::flow::tasks) signal: Option<Signal>,
    /// Where the loop without exit stands.
    pub(in crate::flow) endless_at: Option<Span>,
    /// Where it waits for what never comes.
    pub(in crate::flow::tasks) parks: Option<Span>,
    /// Its loop without exit answers what the process as a whole is told.
    pub(in crate::flow::tasks) answers_system: bool,
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
    let mut endless = Endless {
        cx,
        tables,
        left: bodies.iter().copied().collect(),
    };
    let endless_at = spawned.iter().find_map(|id| endless.loop_of(*id));
    // A loop without exit asks for no flag, whoever has it.
    let by_caller = || told_by_caller(cx, root.site).filter(|_| endless_at.is_none());
    let at_start = || foreign::told(cx, root.site).filter(|_| bodies.is_empty());
    let told = rec
        .spawned
        .told
        .or_else(by_caller)
        .or_else(at_start)
        .or_else(|| remote::told(cx, root.site, &bodies))
        .map(|at| Signal {
            at,
            stop: Stop::Told,
            waits_inside: false,
            once: false,
            watched: true,
            sends: false,
        });
    let mut finder = Finder::new(cx, tables);
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
        answers_system: ends == TaskEnds::Never && bodies.iter().any(|id| answers_system(cx, *id)),
        parks: spawned.iter().find_map(|id| parks(cx, *id)),
    }
}

/// Where the loop around a place waits for or asks what tells it to end, if something does.
pub(super) fn stop_of_loop(cx: &Cx<'_, '_, '_>, tables: &Tables, site: SiteKey) -> Option<Span> {
    let body = cx.body(site.0);
    let around = *graph::turning(body, block_of(body, site.1)).last()?;
    let mut finder = Finder::new(cx, tables);
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
