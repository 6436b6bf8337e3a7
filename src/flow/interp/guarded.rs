//! What is put behind a guard or reference: `self.tasks.lock().unwrap().push(handle)` keeps the handle in the field.

use super::Interp;
use super::adapt::parted;
use crate::catalog::schema::Role;
use crate::flow::state::State;
use crate::flow::tables::{Fate, FieldKey};
use crate::flow::value::{Own, Thing, Value};
use crate::ir::body::{Callee, Local, Operand, Place, Rvalue, StmtKind};
use crate::source::Span;

/// More guards, results and references between a field and what is in it are not followed.
const DEEPEST: usize = 8;

impl Interp<'_, '_, '_, '_> {
    /// Keeps what is put into what a local lends: handles of tasks in the field that the local leads to, all else where we do
    /// not see it dropped.
    pub(super) fn keep_behind(
        &mut self,
        state: &mut State,
        guard: Local,
        kept: &Value,
        span: Span,
    ) {
        self.keep_clients(kept, true);
        let (mut tasks, mut others) = parted(kept.clone(), |thing| self.is_task(thing));
        match self.field_behind(guard) {
            Some(key) if !tasks.things.is_empty() && self.is_for_tasks(key) => {
                self.store(state, key, &tasks, span);
            }
            _ => others.things.append(&mut tasks.things),
        }
        for (ob, own) in others.obligations(self.id) {
            if own == Own::Owned {
                self.settle(state, ob, Fate::ESCAPED, Some(span));
            }
        }
    }

    fn is_task(&self, thing: &Thing) -> bool {
        match thing {
            Thing::Handle(_) => true,
            Thing::Param(body, index, _) => {
                let ty = self.cx.param_ty(*body, *index);
                self.cx.role(&ty, Role::Handle).is_some()
            }
            _ => false,
        }
    }

    /// Whether a field is declared to hold handles. Of a future that somebody polls we do not know what it waits for.
    fn is_for_tasks(&self, key: FieldKey) -> bool {
        let fields = self.cx.types.fields.get(&key.0).into_iter().flatten();
        let mut tys = fields.filter(|(name, _)| *name == key.1).map(|(_, ty)| ty);
        tys.any(|ty| self.cx.role(ty, Role::Handle).is_some())
    }

    /// The user's field that a guard or reference was taken from.
    fn field_behind(&self, guard: Local) -> Option<FieldKey> {
        let mut local = guard;
        for _ in 0..DEEPEST {
            let from = self.taken_from(local)?;
            if let Some(key) = self.cx.field_at(self.id, from) {
                return Some(key);
            }
            local = from.local;
        }
        None
    }

    /// The place that a local was made from, by a method of somebody else's or as a part of it, if it is made in one place.
    fn taken_from(&self, local: Local) -> Option<&Place> {
        let blocks = self.body.blocks.iter().enumerate();
        let stmts = blocks.flat_map(|(block, b)| {
            let stmts = b.stmts.iter().enumerate();
            stmts.map(move |(index, stmt)| ((block as u32, index as u32), &stmt.kind))
        });
        let mut writes = stmts.filter(|(_, kind)| match kind {
            StmtKind::Assign(place, _) => place.local == local && place.proj.is_empty(),
            StmtKind::Call(dest, _) | StmtKind::Await(dest, _) => *dest == local,
            StmtKind::StorageDead(_) => false,
        });
        let (at, only) = writes.next().filter(|_| writes.next().is_none())?;
        match only {
            StmtKind::Assign(
                _,
                Rvalue::Use(Operand::Use(from)) | Rvalue::Ref { place: from, .. },
            )
            | StmtKind::Await(_, Operand::Use(from)) => Some(from),
            StmtKind::Call(_, call) => match &call.callee {
                Callee::Method { recv, .. } => {
                    let def = self.types.calls.get(&at)?.def?;
                    (!self.cx.program.is_local(def)).then_some(recv)
                }
                Callee::Path(_) | Callee::Value(_) => None,
            },
            _ => None,
        }
    }
}
