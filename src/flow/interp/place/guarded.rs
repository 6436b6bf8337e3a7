//! What is put behind a guard or reference: `self.tasks.lock().unwrap().push(handle)` keeps the handle in the field.

use crate::catalog::schema::Role;
use crate::flow::interp::Interp;
use crate::flow::state::State;
use crate::flow::tables::{Fate, FieldKey};
use crate::flow::value::{Own, Thing, Value};
use crate::ir::body::{Local, Operand, Place, StmtKind};
use crate::resolve::ty::Ty;
use crate::source::Span;

/// More guards, results and references between a field and what is in it are not followed.
const DEEPEST: usize = 8;

impl Interp<'_, '_, '_, '_> {
    /// Keeps what is put into what a local lends: handles of tasks in the field that the local leads to, all else where we do
    /// not see it dropped.
    pub(in crate::flow::interp) fn keep_behind(
        &mut self,
        state: &mut State,
        guard: Local,
        kept: &Value,
        span: Span,
    ) {
        self.keep_clients(kept, true);
        let (mut tasks, mut others) = kept.clone().parted(|thing| self.is_task(thing));
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

    /// What is awaited of a future, and what is only behind the guard that it yields: `tasks.lock().await` waits for the lock,
    /// not for the tasks.
    pub(in crate::flow::interp) fn lent_by_await(
        &self,
        value: &Value,
        future: &Operand,
        dest: Local,
    ) -> (Value, Vec<(Thing, Own)>) {
        let future_ty = match future {
            Operand::Use(place) => self.cx.place_ty(self.id, place),
            Operand::Lit(_) => Ty::Unknown,
        };
        let waits_for_it =
            future_ty.any(&mut |ty| matches!(ty, Ty::Ref(of) if self.cx.has_handle(of)));
        let lent = |(thing, own): &(Thing, Own)| {
            matches!(thing, Thing::Handle(_) if *own == Own::Mut)
                && !waits_for_it
                && self.cx.has_handle(self.ty(dest))
        };
        let (lent, things) = value.things.iter().cloned().partition(lent);
        let awaited = Value {
            things,
            ..value.clone()
        };
        (awaited, lent)
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
        let (at, only) = self.body.written_once(local)?;
        if let StmtKind::Call(..) = only {
            let def = self.types.calls.get(&at)?.def?;
            if self.cx.program.is_local(def) {
                return None;
            }
        }
        only.taken_from()
    }
}
