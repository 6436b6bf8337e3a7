//! What limits how many tasks of a loop run at once.

use rustc_hash::FxHashSet;

use super::around::Around;
use super::graph::{asked, block_of, derived, loops_around, result_at};
use super::trace::source;
use crate::catalog::schema::{DropDoes, Role, Tells};
use crate::flow::owned::is_dropped;
use crate::flow::value::SiteKey;
use crate::ir::body::{
    Block, BlockId, Body, Call, Lit, Local, LoopId, Operand, Place, Rvalue, Stmt, StmtKind,
};
use crate::resolve::def::BodyId;
use crate::resolve::infer::At;
use crate::resolve::ty::Ty;

impl Around<'_, '_, '_, '_> {
    /// Whether a permit is taken in a loop around a spawn, the size of a set of tasks is asked, a turn waits for one of them,
    /// the number of handles kept decides whether there will be one more, or a flag whether there is one, or the place that is
    /// kept for the handle of one.
    pub(super) fn limited(&self, spawn: SiteKey, of: LoopId) -> bool {
        let body = self.cx.body(spawn.0);
        let turn = Turn { body, of };
        self.limits_in(spawn.0, turn.stmts())
            || self.counted(spawn, turn)
            || turn.flagged(block_of(body, spawn.1))
            || self.slotted(spawn, turn)
    }

    /// Whether the handle is put where there is room for one, and the turn takes the one before out and stops it or waits for it,
    /// or what is there already decides whether the turn comes to the spawn. Where that is emptied by hand, somebody must have
    /// waited for the task, as far as is seen.
    fn slotted(&self, spawn: SiteKey, turn: Turn<'_>) -> bool {
        let body = turn.body;
        let here = block_of(body, spawn.1);
        let Some(handle) = result_at(body, spawn.1) else {
            return false;
        };
        let handles = derived(body, handle);
        let holds_one = |place: &Place| {
            let ty = self.cx.place_ty(spawn.0, place);
            self.cx.is_option(&ty) && ty.any(&mut |t| self.is_handle(t))
        };
        let put = |stmt: &'_ Stmt| match &stmt.kind {
            StmtKind::Assign(to, Rvalue::Use(Operand::Use(from)))
                if handles.contains(&from.local) =>
            {
                Some(to.clone())
            }
            _ => None,
        };
        let mut slots = turn.stmts().filter_map(put).filter(|slot| holds_one(slot));
        slots.any(|slot| {
            let asked = turn.asks(&slot, here)
                && (!turn.empties(&slot, &handles) || self.looks_into(spawn.0, &slot));
            asked || self.ends_former(spawn.0, turn, &slot)
        })
    }

    /// Whether the turn takes out the handle that is in a place, and stops its task or waits for it.
    fn ends_former(&self, id: BodyId, turn: Turn<'_>, slot: &Place) -> bool {
        let taken = turn.stmts().filter_map(|stmt| match &stmt.kind {
            StmtKind::Call(dest, call) if call.callee.receiver() == Some(slot) => Some(*dest),
            _ => None,
        });
        let mut taken = taken.map(|former| derived(turn.body, former));
        taken.any(|former| {
            let is_it = |local: Local| former.contains(&local);
            turn.placed().any(|(at, stmt)| match &stmt.kind {
                StmtKind::Call(_, call) => {
                    let facts = self.cx.facts_at((id, at));
                    call.callee.receiver().is_some_and(|p| is_it(p.local))
                        && facts.iter().any(|f| f.pays.is_some())
                }
                StmtKind::Await(_, future) => future.local().is_some_and(is_it),
                _ => false,
            })
        })
    }

    /// Whether the body or code in it does more with a place than ask whether there is anything: it waits for what is there.
    fn looks_into(&self, id: BodyId, slot: &Place) -> bool {
        let program = self.cx.program;
        let named = slot.proj.last();
        let mut bodies = self
            .cx
            .bodies
            .keys()
            .filter(|b| program.outward(**b).any(|o| o == id));
        bodies.any(|found| {
            let is_it = |place: &Place| match named {
                Some(field) => place.proj.contains(field),
                None => *found == id && place.local == slot.local,
            };
            self.cx
                .body(*found)
                .placed()
                .any(|(at, stmt)| match &stmt.kind {
                    StmtKind::Call(_, call) if call.callee.receiver().is_some_and(is_it) => {
                        let facts = self.cx.facts_at((*found, at));
                        let asks = [Some(Tells::Present), Some(Tells::Absent)];
                        !facts.iter().any(|f| asks.contains(&f.tells))
                    }
                    StmtKind::Call(_, call) => {
                        call.args.iter().filter_map(Operand::place).any(is_it)
                    }
                    StmtKind::Assign(_, value) => {
                        let mut read = false;
                        value.places(&mut |place| read |= is_it(place));
                        read
                    }
                    StmtKind::Await(_, future) => future.place().is_some_and(is_it),
                    StmtKind::StorageDead(_) => false,
                })
        })
    }

    /// Whether one of these statements of a body takes a permit, asks a set of tasks for its size, or waits for a task or for a
    /// place for its handle.
    pub(super) fn limits_in<'b>(
        &self,
        id: BodyId,
        mut stmts: impl Iterator<Item = &'b Stmt>,
    ) -> bool {
        let Some(types) = self.cx.bodies.get(&id) else {
            return false;
        };
        let permits = |ty: &Ty| self.cx.role(ty, Role::Permit).is_some();
        stmts.any(|stmt| match &stmt.kind {
            StmtKind::Call(dest, call) => {
                self.counts(id, *dest, call, Role::TaskSet) || permits(types.local(*dest))
            }
            StmtKind::Await(dest, future) => {
                permits(types.local(*dest))
                    || future
                        .local()
                        .is_some_and(|l| self.is_handle(types.local(l)) || self.hands_over(id, l))
            }
            _ => false,
        })
    }

    /// Whether a turn of the loop is over only when the tasks are that it spawned: they are put in what the turn makes for them,
    /// and that stops them when it is dropped, or is waited for.
    pub(super) fn is_done_in_turn(&self, spawn: SiteKey, of: LoopId) -> bool {
        let body = self.cx.body(spawn.0);
        let turn = Turn { body, of };
        body.call(spawn.1).is_some_and(|call| {
            self.fills_set_of(turn, spawn.0, call) || turn.waits_for_keeper(spawn.1)
        })
    }

    /// Whether a spawn puts its task in a set that the turn makes and is done with.
    fn fills_set_of(&self, turn: Turn<'_>, id: BodyId, spawn: &Call) -> bool {
        let stops = |whole: Local| {
            let ty = self.cx.place_ty(id, &Place::local(whole));
            // One that comes with something else is told apart from it later.
            let set = self.cx.facts.role(&ty).filter(|r| r.role == Role::TaskSet);
            set.is_some_and(|set| set.fact.drop != Some(DropDoes::Detaches))
                && is_dropped(self.cx, id, whole, false)
        };
        owner(turn.body, spawn)
            .is_some_and(|set| turn.makes(set) && (stops(set) || turn.awaits(set)))
    }

    fn is_handle(&self, ty: &Ty) -> bool {
        let role = self.cx.facts.role(ty.peel_refs());
        role.is_some_and(|r| r.role == Role::Handle)
    }

    /// Whether a call asks how many there are of something with this role.
    fn counts(&self, id: BodyId, dest: Local, call: &Call, of: Role) -> bool {
        let number = |ty: &Ty| matches!(ty, Ty::Prim(n) if *n == "usize");
        let answer = self.cx.bodies.get(&id).map(|t| t.local(dest));
        let whose = call.callee.receiver().map(|p| self.cx.place_ty(id, p));
        answer.is_some_and(number) && whose.is_some_and(|ty| self.cx.role(&ty, of).is_some())
    }

    /// Whether what is awaited is the sending of a task's handle: who takes the handles waits for the tasks, and while the
    /// channel is full of them there comes no other.
    fn hands_over(&self, id: BodyId, awaited: Local) -> bool {
        let mut writes = self.cx.body(id).writes(awaited);
        writes.any(|(at, kind)| match kind {
            StmtKind::Call(_, call) => {
                let mut given = call.args.iter().filter_map(Operand::place);
                self.cx.facts_at((id, at)).iter().any(|f| f.escapes)
                    && given.any(|p| self.is_handle(&self.cx.place_ty(id, p)))
            }
            _ => false,
        })
    }

    /// Whether the number of handles kept is asked in each turn, and decides whether the turn comes to the spawn.
    fn counted(&self, spawn: SiteKey, turn: Turn<'_>) -> bool {
        let here = block_of(turn.body, spawn.1);
        turn.stmts().any(|stmt| match &stmt.kind {
            StmtKind::Call(dest, call) => {
                self.counts(spawn.0, *dest, call, Role::Handle) && turn.decides(*dest, here)
            }
            _ => false,
        })
    }
}

/// What the value is that a call is made on.
fn owner(body: &Body, call: &Call) -> Option<Local> {
    call.callee.receiver().map(|p| source(body, p.local))
}

/// A turn of a loop.
#[derive(Clone, Copy)]
struct Turn<'b> {
    body: &'b Body,
    of: LoopId,
}

impl<'b> Turn<'b> {
    fn has(self, at: BlockId) -> bool {
        loops_around(self.body, at).contains(&self.of)
    }

    fn stmts(self) -> impl Iterator<Item = &'b Stmt> {
        self.placed().map(|(_, stmt)| stmt)
    }

    /// Its statements, with their places.
    fn placed(self) -> impl Iterator<Item = (At, &'b Stmt)> {
        let placed = self.body.placed();
        placed.filter(move |(at, _)| self.has(BlockId(at.0)))
    }

    /// Whether it makes what a local holds.
    fn makes(self, whole: Local) -> bool {
        self.stmts().any(|s| match &s.kind {
            StmtKind::Call(dest, _) => *dest == whole,
            StmtKind::Assign(place, _) => place.local == whole && place.proj.is_empty(),
            _ => false,
        })
    }

    /// Whether it awaits something made of a local.
    fn awaits(self, whole: Local) -> bool {
        let held = derived(self.body, whole);
        self.stmts().any(|s| match &s.kind {
            StmtKind::Await(_, future) => future.local().is_some_and(|l| held.contains(&l)),
            _ => false,
        })
    }

    /// Whether the handle that a call gives out goes into what the turn makes and then waits for.
    fn waits_for_keeper(self, spawn: At) -> bool {
        let Some(handle) = result_at(self.body, spawn) else {
            return false;
        };
        let handles = derived(self.body, handle);
        let keeper = |s: &Stmt| match &s.kind {
            StmtKind::Call(_, call) => {
                let mut given = call.args.iter().filter_map(Operand::local);
                let keeps = given.any(|l| handles.contains(&l));
                keeps.then(|| owner(self.body, call)).flatten()
            }
            _ => None,
        };
        self.stmts()
            .filter_map(keeper)
            .any(|keeper| self.makes(keeper) && self.awaits(keeper))
    }

    /// Whether something that is asked of what a place holds decides whether the turn comes to another place.
    fn asks(self, slot: &Place, place: BlockId) -> bool {
        self.stmts().any(|s| match &s.kind {
            StmtKind::Call(dest, call) => {
                call.callee.receiver() == Some(slot) && self.decides(*dest, place)
            }
            _ => false,
        })
    }

    /// Whether the turn puts something else into a place than one of these.
    fn empties(self, slot: &Place, handles: &FxHashSet<Local>) -> bool {
        self.stmts().any(|s| match &s.kind {
            StmtKind::Assign(to, Rvalue::Use(Operand::Use(from))) => {
                to == slot && !handles.contains(&from.local)
            }
            StmtKind::Assign(to, _) => to == slot,
            _ => false,
        })
    }

    /// Whether a flag that is kept by hand lets no second task in while there is one: it is asked on the way to the spawn, turned
    /// there, and turned back on other ways.
    fn flagged(self, spawn: BlockId) -> bool {
        let Some(head) = self.body.loops.get(self.of.0 as usize).map(|l| l.head) else {
            return false;
        };
        let mut locals = (0..self.body.locals.len()).map(|l| Local(l as u32));
        locals.any(|flag| self.is_busy_flag(flag, head, spawn))
    }

    /// Whether a local is such a flag, in a loop with this head.
    fn is_busy_flag(self, flag: Local, head: BlockId, spawn: BlockId) -> bool {
        let (inside, before): (Vec<_>, Vec<_>) = self
            .turned(flag)
            .into_iter()
            .partition(|(at, _)| self.has(*at));
        let Some((_, free)) = before.first().copied() else {
            return false;
        };
        let (back, busy): (Vec<_>, Vec<_>) = inside.into_iter().partition(|(_, to)| *to == free);
        let is_in = |of: &[(BlockId, bool)], at| of.iter().any(|(b, _)| *b == at);
        let next = |at: BlockId, _: &Block| at == head;
        let stays_busy = |at| self.body.reaches(at, next, |at| is_in(&back, at));
        !busy.is_empty()
            && self.decides(flag, spawn)
            && !self.body.reaches(spawn, next, |at| is_in(&busy, at))
            && busy.iter().any(|(at, _)| stays_busy(*at))
    }

    /// Where a local is set to `true` or `false` as they are written.
    fn turned(self, flag: Local) -> Vec<(BlockId, bool)> {
        let blocks = (0..).map(BlockId).zip(&self.body.blocks);
        let stmts = blocks.flat_map(|(at, b)| b.stmts.iter().map(move |s| (at, s)));
        stmts
            .filter_map(|(at, s)| match &s.kind {
                StmtKind::Assign(place, Rvalue::Use(Operand::Lit(Lit::Bool(to))))
                    if *place == Place::local(flag) =>
                {
                    Some((at, *to))
                }
                _ => None,
            })
            .collect()
    }

    /// Whether an answer says which way it goes, and not all ways lead to a place before the next one.
    fn decides(self, answer: Local, place: BlockId) -> bool {
        let Some(head) = self.body.loops.get(self.of.0 as usize).map(|l| l.head) else {
            return false;
        };
        let known = derived(self.body, answer);
        let leads = |way: &BlockId| {
            let goal = |at, _: &Block| at == place;
            self.body.reaches(*way, goal, |at| at == head)
        };
        self.body.blocks.iter().any(|b| {
            let ways = b.term.successors();
            asked(&b.term).is_some_and(|l| known.contains(&l))
                && ways.iter().any(leads)
                && !ways.iter().all(leads)
        })
    }
}
