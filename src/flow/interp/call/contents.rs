//! Where what a call is given goes: into its result, into its receiver, or nowhere.

use crate::catalog::schema::{DropDoes, Role};
use crate::flow::interp::Interp;
use crate::flow::interp::call::Doing;
use crate::flow::state::State;
use crate::flow::tables::Fate;
use crate::flow::value::{Own, Shape, Thing, Value};
use crate::ir::item::Receiver;
use crate::resolve::def::DefKind;
use crate::resolve::ty::Ty;

impl Interp<'_, '_, '_, '_> {
    /// Contents of arguments go into the result where its type can hold them; by `&mut self` into the receiver; what was
    /// given by value and goes nowhere is dropped by the callee.
    pub(super) fn pass_on(
        &mut self,
        state: &mut State,
        doing: &Doing,
        pool: &[(Value, usize)],
        called: &Value,
    ) -> Value {
        let mut out = self.filtered(called, &doing.ret);
        let sig = self.cx.types.sigs.get(&doing.def);
        let declared_ret_is_self_ref = sig.is_some_and(|s| matches!(s.ret, Ty::Ref(_)));
        if declared_ret_is_self_ref {
            // `entry(key).or_insert_with(Client::new)`: what is lent out was put in.
            self.keep_clients(called, true);
        }
        for (value, index) in pool {
            let ty = doing.tys.get(*index).cloned().unwrap_or(Ty::Unknown);
            let by_value = match (*index, doing.has_self) {
                (0, true) => sig.is_some_and(|s| s.self_by_value),
                _ => !matches!(ty, Ty::Ref(_)),
            };
            let past_code = self.past_code(doing, *index).filter(|_| by_value);
            let mut flows = self.filtered(value, &doing.ret);
            if let Some(types) = past_code {
                let stays = |t: &Thing| types.iter().any(|ty| self.cx.holds(ty, t).is_some());
                flows.things.retain(|(t, _)| stays(t));
                out.join(&Value {
                    shape: Shape::Any,
                    konst: None,
                    ..flows
                });
                out.unknown |= value.unknown;
                continue;
            }
            if declared_ret_is_self_ref && by_value {
                self.keep_clients(&flows, true);
            }
            if declared_ret_is_self_ref {
                flows = flows.borrowed(true);
            }
            let into_receiver = doing.has_self && *index > 0 && by_value;
            let mut kept = Value::default();
            let stores = into_receiver && self.stores_in_receiver(doing);
            if stores {
                // `insert(key, value) -> Option<V>`: what comes out is what was there before.
                let recv_ty = doing.tys.first().cloned().unwrap_or(Ty::Unknown);
                flows
                    .things
                    .retain(|(t, _)| self.cx.holds(&recv_ty, t).is_none());
            }
            for (thing, own) in &value.things {
                let flowing = flows.things.iter().any(|(t, _)| t == thing);
                if flowing {
                    continue;
                }
                let recv_ty = doing.tys.first().cloned().unwrap_or(Ty::Unknown);
                if into_receiver && self.cx.holds(&recv_ty, thing).is_some() {
                    kept.add(thing.clone(), *own);
                } else if *own == Own::Owned && by_value {
                    self.consumed(state, thing, doing);
                }
            }
            if !kept.things.is_empty() {
                self.keep(state, doing, &kept);
            }
            if !by_value {
                self.borrowing(state, doing, *index, &mut flows);
                self.looked_at(value, doing.name_span);
            }
            out.join(&Value {
                shape: Shape::Any,
                konst: None,
                ..flows
            });
            out.unknown |= value.unknown;
        }
        self.own_clones(doing, &mut out);
        self.wrap_handles(state, doing, &out);
        out.shape = self.shape_of(doing);
        out.konst = self.konst_of(doing);
        out.filled = self.filled_of(doing);
        out
    }

    /// A client handed out by value is owned, though it was made from a borrowed one: a clone shares its pool.
    pub(super) fn own_clones(&self, doing: &Doing, out: &mut Value) {
        for (thing, own) in &mut out.things {
            if matches!(thing, Thing::Client(_)) && self.cx.holds(&doing.ret, thing) == Some(false)
            {
                *own = Own::Owned;
            }
        }
        out.things.sort_unstable();
        out.things.dedup();
    }

    /// Whether a method keeps what it is given: it takes `&mut self`.
    fn stores_in_receiver(&self, doing: &Doing) -> bool {
        matches!(&self.cx.program.def(doing.def).kind, DefKind::Fn { item, .. } if item.receiver == Some(Receiver::RefMut))
    }

    /// Whether the receiver is only the way to what the method belongs to: a lock's guard, an entry, a cell's borrow.
    fn through_guard(&self, doing: &Doing) -> bool {
        let head = |ty: &Ty| match ty.peel_refs() {
            Ty::Adt(def, _) => Some(*def),
            _ => None,
        };
        let declared = self
            .cx
            .types
            .sigs
            .get(&doing.def)
            .and_then(|s| s.params.first())
            .and_then(head);
        let given = doing.tys.first().and_then(head);
        declared.is_some()
            && given.is_some()
            && declared != given
            && given != self.cx.types.known.boxed
    }

    /// A borrowing method whose result *owns* contents moved them out (`take`, `pop`, `drain`): the receiver loses them. A
    /// shared borrow cannot.
    fn borrowing(&mut self, state: &mut State, doing: &Doing, index: usize, flows: &mut Value) {
        let sig = self.cx.types.sigs.get(&doing.def);
        let declared = sig
            .and_then(|s| s.params.get(index))
            .cloned()
            .unwrap_or(Ty::Unknown);
        let item = match &self.cx.program.def(doing.def).kind {
            DefKind::Fn { item, .. } => item.receiver.clone(),
            _ => None,
        };
        let exclusive = index == 0 && doing.has_self && matches!(item, Some(Receiver::RefMut))
            || (!doing.has_self && matches!(declared, Ty::Ref(_)));
        let owned_by_type = |i: &Self, thing: &Thing| i.cx.holds(&doing.ret, thing) == Some(false);
        let mut out = Value {
            unknown: flows.unknown,
            konst: flows.konst,
            shape: flows.shape,
            err: false,
            filled: flows.filled.clone(),
            things: Vec::new(),
        };
        let mut moved = Vec::new();
        for (thing, own) in &flows.things {
            let moves = exclusive
                && *own == Own::Mut
                && owned_by_type(self, thing)
                && matches!(
                    thing,
                    Thing::Response(_) | Thing::Handle(_) | Thing::Future(_) | Thing::Param(..)
                );
            if moves {
                out.add(thing.clone(), Own::Owned);
                moved.push(thing.clone());
            } else if matches!(thing, Thing::Handle(_)) && self.is_second_handle(doing) {
                out.add(thing.clone(), Own::Owned);
            } else {
                out.add(thing.clone(), *own);
            }
        }
        if !moved.is_empty()
            && let Some(place) = &doing.recv
        {
            let mut left = state.get(place.local);
            left.things
                .retain(|(t, own)| *own != Own::Owned || !moved.contains(t));
            state.set(place.local, left);
        }
        *flows = out;
    }

    /// Whether a borrowing method makes a handle beside the one it is called on (`abort_handle()`): the task is lost only
    /// with the last of them.
    fn is_second_handle(&self, doing: &Doing) -> bool {
        self.cx
            .facts
            .role(&doing.ret)
            .is_some_and(|r| r.role == Role::Handle)
    }

    /// Puts things into the receiver.
    fn keep(&mut self, state: &mut State, doing: &Doing, kept: &Value) {
        let Some(place) = &doing.recv else {
            self.escape(state, kept, doing.span);
            return;
        };
        // `self.handles.push(h)`: a field of the user's remembers.
        if let Some(key) = self.cx.field_at(self.id, place) {
            self.store(state, key, kept, doing.span);
        } else {
            let behind_ref =
                matches!(self.ty(place.local), Ty::Ref(_)) || self.through_guard(doing);
            if behind_ref {
                // The caller's collection, or one behind a guard: it leaves this body.
                self.keep_behind(state, place.local, kept, doing.span);
            } else {
                state.join_into(place.local, kept);
            }
        }
    }

    /// Something given by value to a function that does not give it back.
    fn consumed(&mut self, state: &mut State, thing: &Thing, doing: &Doing) {
        let value = Value {
            things: vec![(thing.clone(), Own::Owned)],
            ..Value::default()
        };
        // A conversion that we do not see into has made something of it.
        let drops = self.cx.program.std == Some(self.cx.program.def(doing.def).krate)
            && !self.converts(doing.def);
        if doing.has_self {
            // `cell.set(client)`, `sender.send(client)`: others have it now.
            self.keep_clients(&value, true);
        }
        if drops {
            self.lose_value(state, &value, Fate::DROPPED, doing.name_span, None);
        } else {
            self.escape(state, &value, doing.span);
        }
    }

    /// A handle wrapped in one whose drop ends the task is paid.
    fn wrap_handles(&mut self, state: &mut State, doing: &Doing, out: &Value) {
        if !matches!(
            self.cx.handle_drop(&doing.ret),
            Some(DropDoes::Aborts | DropDoes::Joins)
        ) {
            return;
        }
        for (ob, own) in out.obligations(self.id) {
            if own == Own::Owned {
                self.settle(state, ob, Fate::ABORTED, Some(doing.name_span));
            }
        }
    }
}
