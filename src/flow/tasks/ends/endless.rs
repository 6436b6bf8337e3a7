//! Loops without exit, and waits for what never comes.

use rustc_hash::FxHashSet;

use crate::flow::cx::Cx;
use crate::flow::tables::{Edge, Tables};
use crate::flow::tasks::graph::loops_around;
use crate::ir::body::{BlockId, Body, Local, LoopId, StmtKind, Terminator};
use crate::resolve::def::BodyId;
use crate::resolve::infer::BRANCH;
use crate::source::Span;

/// Where a body awaits a future that is never ready, and nothing beside it.
pub(super) fn parks(cx: &Cx<'_, '_, '_>, id: BodyId) -> Option<Span> {
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
        StmtKind::Await(_, future) if future.local().is_some_and(never) => Some(s.span),
        _ => None,
    })
}

/// Looks for a loop without exit among the bodies that a task runs.
pub(super) struct Endless<'x, 'p, 'a, 'c> {
    pub(super) cx: &'x Cx<'p, 'a, 'c>,
    pub(super) tables: &'x Tables,
    /// The bodies it runs that were not looked into yet.
    pub(super) left: FxHashSet<BodyId>,
}

impl Endless<'_, '_, '_, '_> {
    /// The loop that a body, or one that it runs, never gets out of.
    pub(super) fn loop_of(&mut self, id: BodyId) -> Option<Span> {
        if !self.left.remove(&id) {
            return None;
        }
        let own = endless(self.cx.body(id));
        if own.is_some() {
            return own;
        }
        let edges = &self.tables.bodies.get(&id)?.edges;
        let inline: Vec<&Edge> = edges.iter().filter(|e| is_inline(e)).collect();
        let plain = inline.iter().filter(|e| e.at.1.0 != BRANCH);
        let called = plain.copied().find_map(|e| self.loop_of(e.callee));
        called.or_else(|| self.loop_of_race(id, &inline))
    }

    /// The loop of one that races others, where none of them has an end: a race is over with the first that has.
    fn loop_of_race(&mut self, id: BodyId, inline: &[&Edge]) -> Option<Span> {
        let cx = self.cx;
        let mut races = cx.body(id).blocks.iter().filter_map(|b| match &b.term {
            Terminator::Select {
                arms,
                at_once: false,
                ..
            } => Some(arms),
            _ => None,
        });
        races.find_map(|arms| {
            let loops = arms.iter().map(|arm| {
                let mut raced = inline.iter().filter(|e| e.at.1 == (BRANCH, arm.block.0));
                raced.find_map(|e| self.loop_of(e.callee))
            });
            loops.collect::<Option<Vec<Span>>>()?.pop()
        })
    }
}

/// Whether the caller waits for what it calls until that is over, whenever that is.
pub(super) fn is_inline(edge: &Edge) -> bool {
    !edge.spawned && edge.guard.is_none()
}

/// The loop that a body never gets out of, once it is in.
pub(super) fn endless(body: &Body) -> Option<Span> {
    body.endless_from(BlockId(0)).map(|l| l.span)
}

/// Whether a loop that a body never gets out of waits for what the process as a whole is told: it answers signals as long as
/// there may be any.
pub(super) fn answers_system(cx: &Cx<'_, '_, '_>, id: BodyId) -> bool {
    let body = cx.body(id);
    let endless = |of: &LoopId| {
        let of = body.loops.get(of.0 as usize);
        of.is_some_and(|of| body.is_endless(of))
    };
    body.placed().any(|(at, _)| {
        cx.facts_at((id, at)).iter().any(|f| f.system)
            && loops_around(body, BlockId(at.0)).iter().any(endless)
    })
}
