//! Structs with a request in them that a helper gives out, and whose callers write its bound: `let mut m = Message::get(url);
//! *m.request.timeout_mut() = Some(limit)`. What the helper put in the field is not what is sent.

use crate::catalog::schema::Role;
use crate::flow::entries::is_entry;
use crate::flow::interp::Interp;
use crate::flow::interp::place::with_slot;
use crate::flow::state::State;
use crate::flow::tables::FieldKey;
use crate::flow::value::{SiteKey, SlotKind, SlotState, Slots, Thing, Value};
use crate::ir::body::{Local, StmtKind};
use crate::name::Name;
use crate::resolve::def::BodyId;
use crate::resolve::sig::body_of;
use crate::resolve::ty::Ty;

/// More moves and results between a call and a local are not followed.
const DEEPEST: usize = 6;

impl Interp<'_, '_, '_, '_> {
    /// The field of a struct of the program's that is a request, if this is one, or what it may be there of.
    fn request_field(&self, ty: &Ty) -> Option<FieldKey> {
        let Ty::Adt(def, args) = ty else { return None };
        let known = self.cx.types.known;
        if [known.option, known.result, known.boxed].contains(&Some(*def)) {
            return self.request_field(args.first()?);
        }
        if !self.cx.program.is_local(*def) {
            return None;
        }
        let fields = self.cx.types.fields.get(def)?;
        let is_request = |ty: &Ty| {
            let role = self.cx.facts.role(ty);
            role.is_some_and(|r| r.role == Role::Request)
        };
        let mut requests = fields.iter().filter(|(_, ty)| is_request(ty));
        match (requests.next(), requests.next()) {
            (Some((name, _)), None) => Some((*def, *name)),
            _ => None,
        }
    }

    /// The body in sight that a call runs and that gives out such a struct.
    fn giver(&self, at: (u32, u32)) -> Option<(BodyId, FieldKey)> {
        let def = self.types.calls.get(&at)?.def?;
        let field = self.request_field(&self.cx.types.sigs.get(&def)?.ret)?;
        Some((body_of(self.cx.program, def)?, field))
    }

    /// Notes that a call gives out such a struct: nothing was written in it yet.
    pub(in crate::flow::interp) fn gives_out(&self, state: &mut State, at: (u32, u32)) {
        if self.giver(at).is_some() {
            state.made.insert((self.id, at), None);
        }
    }

    /// A slot is written of what a local holds.
    pub(super) fn set_since(&self, state: &mut State, of: Local, name: Name, slot: SlotState) {
        if state.made.is_empty() {
            return;
        }
        if let Some(site) = self.given_out_at(of)
            && let Some(since) = state.made.get_mut(&site)
        {
            *since = (slot.kind == SlotKind::Finite).then_some((name, slot));
        }
    }

    /// A request is put in a field of what a local holds, with the bounds it has by then.
    pub(super) fn replaced_since(&self, state: &mut State, of: Local, value: &Value) {
        let slots = value.things.iter().filter_map(|(thing, _)| match thing {
            Thing::Request(request) => Some(&request.slots),
            _ => None,
        });
        for (name, slot) in slots.flat_map(Slots::iter) {
            if slot.kind == SlotKind::Finite {
                self.set_since(state, of, name, slot);
            }
        }
    }

    /// The call whose result a local is.
    fn given_out_at(&self, local: Local) -> Option<SiteKey> {
        let mut local = local;
        for _ in 0..DEEPEST {
            let (at, only) = self.body.written_once(local)?;
            if matches!(only, StmtKind::Call(..)) && self.giver(at).is_some() {
                return Some((self.id, at));
            }
            local = only.taken_from()?.local;
        }
        None
    }

    /// Where a way ends well: what was written by then.
    pub(in crate::flow::interp) fn note_made(&mut self, state: &State) {
        for (site, since) in &state.made {
            let Some((giver, field)) = self.giver(site.1) else {
                continue;
            };
            let since = since.filter(|_| !is_entry(self.cx, giver));
            let known = self.made.entry(*site).or_insert((giver, field, since));
            known.2 = known.2.filter(|_| since.is_some());
        }
    }

    /// What is in a field, with the bounds that all callers write of those that gave it out.
    pub(super) fn as_sent(&self, value: &mut Value) {
        for (thing, _) in &mut value.things {
            if let Thing::Request(request) = thing
                && let Some((name, slot)) = self.tables.set_since(request.site.0)
            {
                *thing = with_slot(thing, name, slot);
            }
        }
    }
}
