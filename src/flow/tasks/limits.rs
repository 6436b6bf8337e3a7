//! What limits how many tasks of a loop run at once.

use super::around::Around;
use super::graph::{asked, block_of, derived, loops_around, place_of, receiver, result_at, used};
use super::shape::source;
use crate::catalog::schema::{DropDoes, Role};
use crate::flow::value::SiteKey;
use crate::ir::body::{BlockId, Body, Call, Local, LoopId, Place, Stmt, StmtKind};
use crate::resolve::def::BodyId;
use crate::resolve::ty::Ty;

impl Around<'_, '_, '_, '_> {
    /// Whether a permit is taken in a loop around a spawn, the size of a set of tasks is asked, a turn waits for one of them,
    /// or the number of handles kept decides whether there will be one more.
    pub(super) fn limited(&self, spawn: SiteKey, of: LoopId) -> bool {
        let body = self.cx.body(spawn.0);
        let inside = |at| loops_around(body, at).contains(&of);
        self.limits_in(spawn.0, inside) || self.counted(spawn, of)
    }

    /// The first three in the blocks of a body that are looked at.
    pub(super) fn limits_in(&self, id: BodyId, looked_at: impl Fn(BlockId) -> bool) -> bool {
        let body = self.cx.body(id);
        let Some(types) = self.cx.bodies.get(&id) else {
            return false;
        };
        let permits = |ty: &Ty| self.cx.role(ty, Role::Permit).is_some();
        body.blocks.iter().enumerate().any(|(index, found)| {
            looked_at(BlockId(index as u32))
                && found.stmts.iter().any(|stmt| match &stmt.kind {
                    StmtKind::Call(dest, call) => {
                        self.counts(id, *dest, call, Role::TaskSet) || permits(types.local(*dest))
                    }
                    StmtKind::Await(dest, future) => {
                        permits(types.local(*dest))
                            || used(future).is_some_and(|l| {
                                self.is_handle(types.local(l)) || self.hands_over(id, l)
                            })
                    }
                    _ => false,
                })
        })
    }

    /// Whether a turn of the loop is over only when the tasks are that it spawned: they are put in what the turn makes for them,
    /// and that stops them when it is dropped, or is waited for.
    pub(super) fn is_done_in_turn(&self, site: SiteKey, of: LoopId) -> bool {
        let body = self.cx.body(site.0);
        let Some(call) = body.call(site.1) else {
            return false;
        };
        let inside = |at: BlockId| loops_around(body, at).contains(&of);
        let blocks = || {
            (0..)
                .map(BlockId)
                .zip(&body.blocks)
                .filter(|(at, _)| inside(*at))
        };
        let made_in_turn = |whole: Local| {
            let makes = |s: &Stmt| match &s.kind {
                StmtKind::Call(dest, _) => *dest == whole,
                StmtKind::Assign(place, _) => place.local == whole && place.proj.is_empty(),
                _ => false,
            };
            blocks().any(|(_, b)| b.stmts.iter().any(makes))
        };
        let awaited = |whole: Local| {
            let held = derived(body, whole);
            blocks().any(|(_, b)| {
                b.stmts.iter().any(|s| match &s.kind {
                    StmtKind::Await(_, future) => used(future).is_some_and(|l| held.contains(&l)),
                    _ => false,
                })
            })
        };
        let stops = |whole: Local| {
            let ty = self.cx.place_ty(site.0, &Place::local(whole));
            let set = self.cx.role(&ty, Role::TaskSet);
            set.is_some_and(|set| set.fact.drop != Some(DropDoes::Detaches))
        };
        let whole = |call: &Call| receiver(&call.callee).map(|p| source(body, p.local));
        let set = whole(call).filter(|set| made_in_turn(*set) && (stops(*set) || awaited(*set)));
        if set.is_some() {
            return true;
        }
        let Some(handle) = result_at(body, site.1) else {
            return false;
        };
        let handles = derived(body, handle);
        let kept = blocks()
            .flat_map(|(_, b)| &b.stmts)
            .filter_map(|s| match &s.kind {
                StmtKind::Call(_, call) => Some(call),
                _ => None,
            });
        kept.filter(|c| c.args.iter().filter_map(used).any(|l| handles.contains(&l)))
            .filter_map(|c| whole(c))
            .any(|keeper| made_in_turn(keeper) && awaited(keeper))
    }

    fn is_handle(&self, ty: &Ty) -> bool {
        let role = self.cx.facts.role(ty.peel_refs());
        role.is_some_and(|r| r.role == Role::Handle)
    }

    /// Whether a call asks how many there are of something with this role.
    fn counts(&self, id: BodyId, dest: Local, call: &Call, of: Role) -> bool {
        let number = |ty: &Ty| matches!(ty, Ty::Prim(n) if *n == "usize");
        let answer = self.cx.bodies.get(&id).map(|t| t.local(dest));
        let whose = receiver(&call.callee).map(|p| self.cx.place_ty(id, p));
        answer.is_some_and(number) && whose.is_some_and(|ty| self.cx.role(&ty, of).is_some())
    }

    /// Whether what is awaited is the sending of a task's handle: who takes the handles waits for the tasks, and while the
    /// channel is full of them there comes no other.
    fn hands_over(&self, id: BodyId, awaited: Local) -> bool {
        let mut writes = self.cx.body(id).writes(awaited);
        writes.any(|(at, kind)| match kind {
            StmtKind::Call(_, call) => {
                let mut given = call.args.iter().filter_map(place_of);
                self.cx.facts_at((id, at)).iter().any(|f| f.escapes)
                    && given.any(|p| self.is_handle(&self.cx.place_ty(id, p)))
            }
            _ => false,
        })
    }

    /// Whether the number of handles kept is asked in each turn, and decides whether the turn comes to the spawn.
    fn counted(&self, spawn: SiteKey, of: LoopId) -> bool {
        let body = self.cx.body(spawn.0);
        let here = block_of(body, spawn.1);
        body.blocks.iter().enumerate().any(|(index, found)| {
            loops_around(body, BlockId(index as u32)).contains(&of)
                && found.stmts.iter().any(|stmt| match &stmt.kind {
                    StmtKind::Call(dest, call) => {
                        self.counts(spawn.0, *dest, call, Role::Handle)
                            && decides(body, *dest, of, here)
                    }
                    _ => false,
                })
        })
    }
}

/// Whether an answer says which way a turn of a loop goes, and not all ways lead to a place before the next turn.
fn decides(body: &Body, answer: Local, of: LoopId, place: BlockId) -> bool {
    let Some(head) = body.loops.get(of.0 as usize).map(|l| l.head) else {
        return false;
    };
    let known = derived(body, answer);
    let leads = |way: &BlockId| body.reaches(*way, |at, _| at == place, |at| at == head);
    body.blocks.iter().any(|b| {
        let ways = b.term.successors();
        asked(&b.term).is_some_and(|l| known.contains(&l))
            && ways.iter().any(leads)
            && !ways.iter().all(leads)
    })
}
