//! Tasks that belong to a value of the function at hand: they end when it is dropped, unless it lets go of them.

use crate::catalog::schema::Role;
use crate::flow::interp::Interp;
use crate::flow::interp::call::Doing;
use crate::flow::owned::{calls_with, is_dropped, is_read, moves};
use crate::ir::body::{Local, Place, StmtKind};
use crate::resolve::def::BodyId;
use crate::resolve::ty::Ty;
use crate::source::Span;

/// Longest way from what a task is spawned on to what it belongs to: `runtime.handle()` in a block in a block.
const STEPS: usize = 8;

impl Interp<'_, '_, '_, '_> {
    /// Whether what is spawned here belongs to something that a function in sight makes, keeps for itself and drops: nothing
    /// of it runs on when that function is done.
    pub(super) fn ends_with_owner(&self, doing: &Doing, may_block: bool) -> bool {
        let Some((id, local)) = doing.recv.as_ref().and_then(|recv| self.owner_of(recv)) else {
            return false;
        };
        let owned = self.cx.bodies.get(&id).map(|t| t.local(local));
        owned.is_some_and(|ty| self.owns_tasks(ty)) && is_dropped(self.cx, id, local, may_block)
    }

    /// Where the set that the task is spawned into lets go of what it holds, for a set that nothing in sight waits for or stops,
    /// and a task of which nothing else was kept.
    pub(super) fn let_go_by_owner(&self, doing: &Doing) -> Option<Span> {
        let (id, local) = doing.recv.as_ref().and_then(|recv| self.owner_of(recv))?;
        let StmtKind::Call(kept, _) = &self.body.stmt(doing.site.1)?.kind else {
            return None;
        };
        if is_read(self.body, *kept) {
            return None;
        }
        let mut found = None;
        for site in calls_with(self.cx, id, local) {
            let facts = self.cx.facts_at(site);
            if facts.iter().any(|f| f.pays.is_some()) {
                return None;
            }
            if facts.iter().any(|f| f.forgets) {
                found = found.or(Some(self.cx.call_spans(site).0));
            }
        }
        found
    }

    fn owns_tasks(&self, ty: &Ty) -> bool {
        let role = self.cx.facts.role(ty);
        role.is_some_and(|r| r.role == Role::TaskSet)
    }

    /// The local that a value stands for, and the body it is one of: through borrows by blocks and closures, and what stands
    /// for what it is made of.
    fn owner_of(&self, place: &Place) -> Option<(BodyId, Local)> {
        let mut at = (self.id, place.whole()?);
        for _ in 0..STEPS {
            let body = self.cx.body(at.0);
            let captured = body.captures.iter().find(|c| c.inner == at.1);
            if let Some(capture) = captured {
                let parent = self.cx.program.body(at.0).parent;
                at = (parent.filter(|_| !moves(body))?, capture.outer);
                continue;
            }
            match self.stands_for(at) {
                Some(local) => at.1 = local,
                None => break,
            }
        }
        Some(at)
    }

    fn stands_for(&self, (id, local): (BodyId, Local)) -> Option<Local> {
        let (at, StmtKind::Call(_, call)) = self.cx.body(id).written_once(local)? else {
            return None;
        };
        let same = self.cx.facts_at((id, at)).iter().any(|f| f.same);
        call.callee.receiver().filter(|_| same)?.whole()
    }
}
