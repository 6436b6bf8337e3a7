//! Settings written otherwise than by a setter's call: through a reference to a slot, and through `&mut` by whoever is given
//! that.

use crate::flow::interp::Interp;
use crate::flow::interp::call::Doing;
use crate::flow::interp::place::{set_slot, slot_kind};
use crate::flow::state::State;
use crate::flow::tables::Part;
use crate::flow::value::{Own, SlotKind, SlotState, Slots, Thing};
use crate::ir::body::{Call, Callee, Local, Operand};
use crate::ir::item::Receiver;
use crate::name::Name;
use crate::resolve::def::{BodyId, DefKind};
use crate::resolve::sig::body_of;
use crate::resolve::ty::Ty;
use crate::source::Span;

/// More references to references than are followed.
const MOST_LENT: usize = 6;

impl Interp<'_, '_, '_, '_> {
    /// Writes a slot of whatever the local holds, and what it is a reference to.
    pub(in crate::flow::interp) fn write_slot(
        &mut self,
        state: &mut State,
        local: Local,
        name: Name,
        slot: SlotState,
    ) {
        let mut at = local;
        for _ in 0..MOST_LENT {
            let mut value = state.get(at);
            for (thing, own) in &value.things {
                if let (Thing::Param(body, index, _), Own::Mut) = (thing, own)
                    && *body == self.id
                {
                    state.written.entry(*index).or_default().write(name, slot);
                }
            }
            set_slot(&mut value, name, slot);
            state.set(at, value);
            self.set_since(state, at, name, slot);
            match self.lent(at) {
                Some(place) => at = place.local,
                None => return,
            }
        }
    }

    /// The slots that a local is a reference to, or to the inside of.
    fn slots_behind(state: &State, local: Local) -> Vec<(Local, Name, Span)> {
        let things = state.peek(local).into_iter().flat_map(|v| &v.things);
        let slot = |(thing, _): &(Thing, _)| match thing {
            Thing::SlotOf(local, name, at) => Some((Local(*local), *name, *at)),
            _ => None,
        };
        things.filter_map(slot).collect()
    }

    /// `if let Some(_) = request.timeout_mut()`: there is a bound on that way.
    pub(in crate::flow::interp) fn has_slot(&mut self, state: &mut State, local: Local) {
        for (of, name, at) in Self::slots_behind(state, local) {
            self.is_set(state, of, name, at);
        }
    }

    /// A slot is seen to be set on this way.
    pub(in crate::flow::interp) fn is_set(
        &mut self,
        state: &mut State,
        of: Local,
        name: Name,
        at: Span,
    ) {
        let kind = SlotKind::Finite;
        self.write_slot(state, of, name, SlotState { kind, at });
    }

    /// A function of the standard library that is given a reference to a slot, and what to put there: `slot.replace(d)`,
    /// `mem::replace(slot, Some(d))`; or that takes away what is there: `slot.take()`.
    pub(in crate::flow::interp) fn slot_given_away(&mut self, state: &mut State, doing: &Doing) {
        let def = self.cx.program.def(doing.def);
        if self.cx.program.std != Some(def.krate) {
            return;
        }
        let given = doing.args.first().into_iter().flat_map(|v| &v.things);
        let slot = |(thing, _): &(Thing, _)| match thing {
            Thing::SlotOf(local, name, _) => Some((Local(*local), *name)),
            _ => None,
        };
        let slots: Vec<(Local, Name)> = given.filter_map(slot).collect();
        let written = || -> Option<SlotKind> {
            let exclusive = match &def.kind {
                DefKind::Fn { item, .. } => match &item.receiver {
                    Some(receiver) => *receiver == Receiver::RefMut,
                    None => true,
                },
                _ => false,
            };
            let sig = self.cx.types.sigs.get(&doing.def).filter(|_| exclusive)?;
            let Some(Ty::Ref(whole)) = sig.params.first() else {
                return None;
            };
            let inside = match &**whole {
                Ty::Adt(_, args) if self.cx.is_option(whole) => args.first(),
                _ => None,
            };
            for (index, ty) in sig.params.iter().enumerate().skip(1) {
                let value = doing.args.get(index)?;
                if ty == &**whole {
                    let optional = doing.tys.get(index).is_some_and(|ty| self.cx.is_option(ty));
                    return Some(slot_kind(value, optional));
                }
                if Some(ty) == inside {
                    return Some(slot_kind(value, false));
                }
            }
            // `get_or_insert_with(..)` lends out what is there for certain.
            if matches!(&sig.ret, Ty::Ref(of) if Some(&**of) == inside) {
                return Some(SlotKind::Finite);
            }
            let takes = sig.ret == **whole && sig.params.len() == 1;
            takes.then_some(SlotKind::Infinite)
        };
        if slots.is_empty() {
            return;
        }
        if let Some(kind) = written() {
            let at = doing.name_span;
            for (local, name) in slots {
                self.write_slot(state, local, name, SlotState { kind, at });
            }
        }
    }

    /// Notes which settings are written on what the parameters are references to, where a way ends well.
    pub(in crate::flow::interp) fn note_written(&mut self, state: &State) {
        self.note_made(state);
        let first = !std::mem::replace(&mut self.ended_well, true);
        for (index, param) in self.out.params.iter_mut().enumerate() {
            let slots = state.written.get(&(index as u16)).cloned();
            let slots = slots.unwrap_or_default();
            param.written = if first {
                slots
            } else {
                param.written.join(&slots)
            };
        }
    }

    /// What a callee wrote on what it was given a reference to is written there.
    pub(in crate::flow::interp) fn written_through(
        &mut self,
        state: &mut State,
        at: (u32, u32),
        call: &Call,
    ) {
        let Some(target) = self.types.calls.get(&at) else {
            return;
        };
        let bodies: Vec<BodyId> = match (target.def, &call.callee) {
            (Some(def), _) => body_of(self.cx.program, def).into_iter().collect(),
            (None, Callee::Value(place)) => {
                let (code, _) = self.code_behind(&self.read(state, place));
                self.bodies_of_code(&code)
            }
            (None, _) => return,
        };
        if bodies.is_empty() {
            return;
        }
        let receiver = call.callee.receiver().map(|place| Some(place.local));
        let args = call.args.iter().map(Operand::local);
        let given: Vec<Option<Local>> = receiver.into_iter().chain(args).collect();
        for (index, local) in given.into_iter().enumerate() {
            let Some(local) = local else { continue };
            let mut written: Option<Slots> = None;
            for body in &bodies {
                let done = self.known(Part::Body(*body)).bodies.get(body);
                let done = done.and_then(|out| out.params.get(index));
                let slots = done.map(|p| p.written.clone()).unwrap_or_default();
                written = Some(match written {
                    None => slots,
                    Some(other) => other.join(&slots),
                });
            }
            for (name, slot) in written.iter().flat_map(Slots::iter) {
                self.write_slot(state, local, name, slot);
            }
        }
    }
}
