//! How a spawned task ends, and what stands around its spawn.

use rustc_hash::FxHashSet;

use super::cx::Cx;
use super::resource::{TaskEnds, TaskSetting};
use super::tables::{ResRec, Tables};
use super::value::SiteKey;
use crate::catalog::schema::Role;
use crate::ir::body::{Body, LoopKind, Terminator};
use crate::resolve::def::{BodyId, DefKind};
use crate::source::Span;

/// Bodies a task runs itself that are looked into.
const MOST: usize = 40;

/// What was found about a task's end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct End {
    pub(super) ends: TaskEnds,
    /// The signal, and whether it exists to stop.
    pub(super) signal: Option<(Span, bool)>,
}

/// How the task that runs these bodies ends.
pub(super) fn end_of(cx: &Cx<'_, '_, '_>, tables: &Tables, rec: &ResRec) -> End {
    let bodies = runs(tables, &rec.spawned);
    if bodies.is_empty() || rec.spawns_param {
        return End {
            ends: TaskEnds::Unknown,
            signal: None,
        };
    }
    let signals = bodies
        .iter()
        .filter_map(|b| tables.bodies.get(b))
        .flat_map(|o| o.signals.iter().copied());
    let signal = signals.max_by_key(|(at, strong)| (*strong, std::cmp::Reverse(*at)));
    let mut endless = false;
    let mut loops = false;
    for id in &bodies {
        let body = cx.body(*id);
        loops |= body.loops.iter().any(|l| l.kind != LoopKind::For);
        endless |= !body.loops.is_empty() && !returns(body);
    }
    let ends = match (signal, endless, loops) {
        (Some(_), _, true) | (Some((_, true)), ..) => TaskEnds::OnSignal,
        (None, true, _) => TaskEnds::Never,
        (_, false, false) => TaskEnds::ByItself,
        (Some(_), true, false) => TaskEnds::OnSignal,
        (None, false, true) => TaskEnds::Unknown,
    };
    End { ends, signal }
}

/// The bodies and all they run without spawning.
fn runs(tables: &Tables, start: &[BodyId]) -> Vec<BodyId> {
    let mut seen: FxHashSet<BodyId> = FxHashSet::default();
    let mut out = Vec::new();
    let mut work: Vec<BodyId> = start.to_vec();
    while let Some(id) = work.pop() {
        if out.len() >= MOST || !seen.insert(id) {
            continue;
        }
        out.push(id);
        if let Some(done) = tables.bodies.get(&id) {
            work.extend(done.edges.iter().filter(|e| !e.spawned).map(|e| e.callee));
        }
    }
    out
}

/// Whether a way leads from the entry to a `return`.
fn returns(body: &Body) -> bool {
    let mut seen = vec![false; body.blocks.len()];
    let mut work = vec![0usize];
    while let Some(at) = work.pop() {
        let Some(flag) = seen.get_mut(at) else {
            continue;
        };
        if std::mem::replace(flag, true) {
            continue;
        }
        let Some(block) = body.blocks.get(at) else {
            continue;
        };
        let mut go = |id: crate::ir::body::BlockId| work.push(id.0 as usize);
        match &block.term {
            Terminator::Return => return true,
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
            Terminator::Select { arms, otherwise } => {
                arms.iter().for_each(|a| go(a.block));
                otherwise.iter().for_each(|b| go(*b));
            }
            Terminator::Unreachable => {}
        }
    }
    false
}

/// What stands around a spawn.
pub(super) fn setting(cx: &Cx<'_, '_, '_>, rec: &ResRec, site: SiteKey, end: &End) -> TaskSetting {
    let info = cx.program.body(site.0);
    let owner = cx.program.def(info.owner);
    let in_loop = info
        .body
        .blocks
        .get(site.1.0 as usize)
        .is_some_and(|b| b.in_loop.is_some());
    let top = info.parent.is_none();
    let of_drop = owner.parent.is_some_and(|p| {
        let of = cx.types.trait_of_impl(p);
        of.is_some_and(|t| Some(t.trait_def) == cx.types.known.drop)
    });
    let is_main = owner.name == "main" && matches!(owner.kind, DefKind::Fn { .. });
    let drives = rec.driver || rec.spawned.iter().any(|b| drives_connection(cx, *b));
    TaskSetting {
        in_loop,
        at_startup: is_main && !in_loop && (top || is_entry_block(cx, site.0)),
        in_drop: of_drop,
        drives_connection: drives,
        reports_back: false,
        ends_with_channel: matches!(end.signal, Some((_, false))),
        runs_callers_future: rec.spawns_param,
    }
}

/// A closure or async block that is `main`'s own (`block_on(async { .. })`).
fn is_entry_block(cx: &Cx<'_, '_, '_>, id: BodyId) -> bool {
    let parent = cx.program.body(id).parent;
    parent.is_some_and(|p| cx.program.body(p).parent.is_none())
}

/// Whether what is spawned is, or awaits, the driver of a connection.
fn drives_connection(cx: &Cx<'_, '_, '_>, id: BodyId) -> bool {
    let is_driver = |ty: &crate::resolve::ty::Ty| cx.role(ty, Role::Driver).is_some();
    cx.bodies
        .get(&id)
        .is_some_and(|t| t.locals.iter().any(is_driver))
}
