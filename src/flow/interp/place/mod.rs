//! Reading, moving out of, and writing to places.

mod given_out;
mod guarded;
mod lent;
mod slots;

use rustc_hash::FxHashSet;

use super::Interp;
use crate::flow::state::State;
use crate::flow::tables::{Fate, FieldKey, Part, ReadRec, ResKind, Traced};
use crate::flow::value::{
    ClientSrc, Extent, Konst, Ob, Own, ResId, Shape, SlotKind, SlotState, Thing, Value,
};
use crate::ir::body::{Lit, Local, Operand, Place, Proj};
use crate::name::Name;
use crate::resolve::def::{BodyId, DefId};
use crate::resolve::sig::Head;
use crate::resolve::ty::Ty;
use crate::source::Span;

/// More parameters of parameters than are followed from one field.
const PASSED: usize = 32;

impl Interp<'_, '_, '_, '_> {
    pub(super) fn operand(&mut self, state: &mut State, operand: &Operand, span: Span) -> Value {
        match operand {
            Operand::Use(place) => self.take(state, place, span),
            Operand::Lit(lit) => literal(lit),
        }
    }

    /// The operand's value without moving it.
    pub(super) fn operand_read(&mut self, state: &State, operand: &Operand) -> Value {
        match operand {
            Operand::Use(place) => self.read(state, place),
            Operand::Lit(lit) => literal(lit),
        }
    }

    /// What a place holds.
    pub(super) fn read(&self, state: &State, place: &Place) -> Value {
        let mut value = state.get(place.local);
        if place.proj.is_empty() {
            return value;
        }
        let mut ty = self.ty(place.local).clone();
        for (index, step) in place.proj.iter().enumerate() {
            let next = self.cx.step_ty(self.id, place, index, &ty);
            let inside = self.step(&value, &ty, step, &next);
            let around = std::mem::replace(&mut value, inside);
            if let Proj::Field(name) = step
                && let Some(owner) = self.cx.field_owner(&ty, *name)
            {
                if value.shape == Shape::Any {
                    value.shape = around.fills((owner, *name));
                }
                value.filled = around.filled;
            }
            ty = next;
        }
        value
    }

    fn step(&self, value: &Value, ty: &Ty, step: &Proj, next: &Ty) -> Value {
        match step {
            Proj::Field(name) => match self.cx.field_owner(ty, *name) {
                Some(owner) if self.cx.wrappers.wraps(owner, *name) => {
                    self.wrapped(value, (owner, *name), ty, next)
                }
                Some(owner) => self.field_value((owner, *name), ty, next),
                None => self.in_tuple(self.filtered(value, next), ty, next),
            },
            Proj::Variant { path, field } => match self.cx.constructor(self.id, path, ty) {
                Some(def) if self.cx.wrappers.wraps(def, *field) => {
                    self.wrapped(value, (def, *field), ty, next)
                }
                Some(def) if self.cx.program.is_local(def) => {
                    self.field_value((def, *field), ty, next)
                }
                Some(def) if Some(def) == self.cx.types.known.err => {
                    let mut out = self.filtered(value, next);
                    out.shape = Shape::Any;
                    out
                }
                _ => self.filtered(value, next),
            },
            Proj::TryErr => Value {
                shape: Shape::No,
                ..Value::default()
            },
            Proj::Deref | Proj::Index | Proj::TryOk => self.filtered(value, next),
        }
    }

    /// What a field of the user's may hold, held the way the place holds it.
    fn field_value(&self, key: (DefId, Name), base: &Ty, next: &Ty) -> Value {
        let mut value = self
            .known(Part::Field(key))
            .fields
            .get(&key)
            .cloned()
            .unwrap_or_default();
        self.passed_in(&mut value);
        self.as_sent(&mut value);
        if value.is_plain() && self.may_matter(next) {
            // Nobody in sight assigns it: it comes from where we do not see.
            value.unknown = true;
        }
        if self.cx.options.is_filled(key) {
            value.shape = Shape::Yes;
        }
        if matches!(base, Ty::Ref(_)) || !matches!(base, Ty::Adt(..)) {
            value.borrowed(true)
        } else {
            value
        }
    }

    /// What a wrapper holds: what it was made of. Of one that comes from out of sight, what any was made of: so reads in a
    /// public method are reads of the requests behind it.
    fn wrapped(&self, value: &Value, key: FieldKey, base: &Ty, next: &Ty) -> Value {
        let mut out = self.filtered(value, next);
        if self.known(Part::Field(key)).fields.contains_key(&key) {
            out.join(&self.field_value(key, base, next).borrowed(true));
        }
        out
    }

    /// Adds what callers passed for the parameters in a value: a constructor's argument is in the field it was put in.
    fn passed_in(&self, value: &mut Value) {
        let params = |v: &Value| -> Vec<(BodyId, u16)> {
            let each = v.things.iter().filter_map(|(t, own)| match t {
                Thing::Param(body, index, _) if *own == Own::Owned => Some((*body, *index)),
                _ => None,
            });
            each.collect()
        };
        let mut work = params(value);
        let mut seen = FxHashSet::default();
        while let Some((body, index)) = work.pop() {
            if body == self.id || !seen.insert((body, index)) || seen.len() > PASSED {
                continue;
            }
            let known = self.known(Part::Param(body, index));
            let Some(given) = known.params.get(&(body, index)) else {
                continue;
            };
            for (thing, own) in &given.things {
                if matches!(thing, Thing::Handle(_) | Thing::Response(_)) {
                    value.add(thing.clone(), *own);
                }
            }
            work.extend(params(given));
        }
    }

    /// A part of a tuple that says nothing of what it is has not what another part says that it is.
    fn in_tuple(&self, mut value: Value, tuple: &Ty, part: &Ty) -> Value {
        if let Ty::Tuple(parts) = tuple.peel_refs() {
            let elsewhere = |thing: &Thing| {
                !self.cx.names(part, thing) && parts.iter().any(|t| self.cx.names(t, thing))
            };
            value.things.retain(|(thing, _)| !elsewhere(thing));
        }
        value
    }

    fn may_matter(&self, ty: &Ty) -> bool {
        self.cx.facts.role_in(ty, |_| true).is_some()
    }

    /// The part of a value that a place of this type can hold.
    pub(super) fn filtered(&self, value: &Value, ty: &Ty) -> Value {
        let mut out = Value {
            unknown: value.unknown,
            konst: value.konst,
            shape: Shape::Any,
            err: false,
            filled: value.filled.clone(),
            things: Vec::new(),
        };
        for (thing, own) in &value.things {
            match self.cx.holds(ty, thing) {
                Some(true) => out.add(
                    thing.clone(),
                    if *own == Own::Shared {
                        Own::Shared
                    } else {
                        Own::Mut
                    },
                ),
                Some(false) => out.add(thing.clone(), *own),
                None => {}
            }
        }
        out
    }

    /// Moves the value out of a place. What is `Copy` or borrowed stays where it is.
    pub(super) fn take(&mut self, state: &mut State, place: &Place, _span: Span) -> Value {
        let value = self.read(state, place);
        let owned: Vec<&(Thing, Own)> = value
            .things
            .iter()
            .filter(|(_, own)| *own == Own::Owned)
            .collect();
        if owned.is_empty() {
            return value;
        }
        for (thing, _) in &owned {
            if let Thing::Param(owner, index, _) = thing
                && *owner == self.id
                && let Some(param) = self.out.params.get_mut(usize::from(*index))
                && place.proj.is_empty()
            {
                param.consumed = true;
            }
        }
        let through_ref = place.proj.contains(&Proj::Deref);
        let mut left = state.get(place.local);
        if place.proj.is_empty() {
            left = Value {
                unknown: false,
                ..Value::default()
            };
        } else if !through_ref {
            left.things.retain(|pair| !owned.contains(&pair));
        }
        let value = value.clone();
        state.set(place.local, left);
        value
    }

    /// Writes a value to a place: the old value of a whole local is dropped, a field of the user's remembers.
    pub(super) fn assign(&mut self, state: &mut State, place: &Place, value: Value, span: Span) {
        let Some(last) = place.proj.last() else {
            self.replace(state, place.local, value, span);
            return;
        };
        let slot_targets: Vec<(u32, Name, Span)> = state
            .get(place.local)
            .things
            .iter()
            .filter_map(|(t, _)| match t {
                Thing::SlotOf(local, name, at) => Some((*local, *name, *at)),
                _ => None,
            })
            .collect();
        if !slot_targets.is_empty() && *last == Proj::Deref {
            let optional = self.cx.is_option(&self.cx.place_ty(self.id, place));
            for (local, name, at) in slot_targets {
                let kind = slot_kind(&value, optional);
                self.write_slot(state, Local(local), name, SlotState { kind, at });
            }
            return;
        }
        let base = place.around(place.proj.len() - 1);
        let base_ty = self.cx.place_ty(self.id, &base);
        let owner = match last {
            Proj::Field(name) => self.cx.field_owner(&base_ty, *name).map(|o| (o, *name)),
            _ => None,
        };
        match owner {
            Some(key) => {
                self.refill(state, &base, key, &value);
                self.replaced_since(state, place.local, &value);
                self.store(state, key, &value, span);
            }
            // Through a guard or reference: it is kept where we do not see it dropped.
            None if place.proj.contains(&Proj::Deref) => {
                self.keep_behind(state, place.local, &value, span);
            }
            None => {
                let own = Value {
                    shape: Shape::Any,
                    konst: None,
                    ..value
                };
                state.join_into(place.local, &own);
            }
        }
    }

    /// Stores a value in a field of the user's.
    pub(super) fn store(
        &mut self,
        state: &mut State,
        key: (DefId, Name),
        value: &Value,
        span: Span,
    ) {
        if !self.is_lent(key) {
            self.keep_clients(value, true);
        }
        self.store_rest(state, key, value, span);
    }

    /// The same, where what has the field is made right here: a client goes where that goes.
    fn store_in_new(&mut self, state: &mut State, key: (DefId, Name), value: &Value, span: Span) {
        if !self.is_lent(key) {
            self.house_clients(value, self.cx.owner(key.0));
        }
        self.store_rest(state, key, value, span);
    }

    /// The types that a field is declared with.
    fn declared(&self, (owner, field): FieldKey) -> impl Iterator<Item = &Ty> {
        let fields = self.cx.types.fields.get(&owner).into_iter().flatten();
        let named = fields.filter(move |(name, _)| *name == field);
        named.map(|(_, ty)| ty)
    }

    /// Whether a field holds only what is lent to it.
    fn is_lent(&self, key: FieldKey) -> bool {
        self.declared(key).any(|ty| matches!(ty, Ty::Ref(_)))
    }

    fn store_rest(&mut self, state: &mut State, key: FieldKey, value: &Value, span: Span) {
        // A struct for values of any type may poll them, and those who know the type come by them through its traits.
        let is_open = |ty: &Ty| ty.any(&mut |part| matches!(part, Ty::Param(_)));
        let of_any_type = self.declared(key).any(is_open);
        // Where the type of what is written is not known, that of the field may be.
        let plain = self.declared(key).find(|ty| self.cx.is_plain(ty, 3));
        let kept = plain.map(|ty| Value {
            things: self.filtered(value, ty).things,
            ..value.clone()
        });
        let value = kept.as_ref().unwrap_or(value);
        if !self.is_lent(key) {
            self.clients_stored(value, key, span);
        }
        self.gather_stored(value, key);
        for (ob, own) in value.obligations(self.id) {
            if own == Own::Owned && (had_by_code(value, ob) || of_any_type) {
                // A future in the field waits for it or reads it: it is whose who polls that.
                self.settle(state, ob, Fate::ESCAPED, Some(span));
            } else if own == Own::Owned {
                self.settle(state, ob, Fate::STORED, None);
                self.note_stored(ob, key);
                if let Ob::Res(id) = ob {
                    self.happens(Traced::Res(id), Fate::STORED, span, Some(key));
                }
            }
        }
        self.tables.store_field(key, value);
    }

    /// A stream over a body that is kept in a future of the program's own: that takes the pieces, and comes to one value.
    fn gather_stored(&mut self, value: &Value, key: FieldKey) {
        let owner = Head::Def(self.cx.owner(key.0));
        let impls = &self.cx.types.trait_impls;
        let future = self.cx.types.known.future;
        if !future.is_some_and(|of| impls.contains_key(&(of, owner))) {
            return;
        }
        for (thing, _) in &value.things {
            let Thing::Stream(ob) = thing else { continue };
            let opened =
                |r: &ReadRec| r.reading.extent == Extent::Opened && r.reading.of.contains(ob);
            let reads = std::mem::take(&mut self.out.reads).into_iter();
            self.out.reads = reads
                .map(|mut rec| {
                    if opened(&rec) {
                        rec.reading.extent = Extent::Gathered;
                    }
                    rec
                })
                .collect();
        }
    }

    pub(in crate::flow::interp) fn is_handle(&self, id: ResId) -> bool {
        let rec = self.tables.rec(id);
        rec.is_some_and(|r| r.kind == ResKind::Handle)
    }

    /// Puts a value into a field of something that is being made. A wrapper holds its response itself: that is the result, and
    /// the rest is stored.
    pub(super) fn put(
        &mut self,
        state: &mut State,
        key: (DefId, Name),
        value: Value,
        span: Span,
    ) -> Value {
        if !self.cx.wrappers.wraps(key.0, key.1) {
            match self.cx.replaced.get(self.id, key) {
                Some(seen_outside) if value.obligations(self.id).is_empty() => {
                    self.put_in_base(&value, key, seen_outside, span);
                }
                _ => self.store_in_new(state, key, &value, span),
            }
            return Value::default();
        }
        self.tables.store_field(key, &value);
        Value {
            shape: Shape::Any,
            konst: None,
            err: false,
            ..value
        }
    }

    /// What is made is a base, and who takes it gives this field anew.
    fn put_in_base(&mut self, value: &Value, key: FieldKey, seen_outside: bool, span: Span) {
        if seen_outside {
            self.keep_clients(value, true);
            self.clients_stored(value, key, span);
        }
    }

    fn clients_stored(&mut self, value: &Value, key: FieldKey, span: Span) {
        let mut stored = Vec::new();
        value.clients(&mut |source, _| {
            if let ClientSrc::Client(id) = source {
                stored.push(*id);
            }
        });
        for id in stored {
            self.happens(Traced::Client(id), Fate::STORED, span, Some(key));
        }
    }

    /// Notes the field in which something owed for is kept.
    pub(super) fn note_stored(&mut self, ob: Ob, key: FieldKey) {
        match ob {
            Ob::Res(id) => {
                self.out.stored.insert((id, key));
            }
            Ob::Param(index) => {
                if let Some(param) = self.out.params.get_mut(usize::from(index)) {
                    param.fields.insert(key);
                }
            }
        }
    }

    /// Overwrites a local, dropping what it owned.
    pub(super) fn replace(&mut self, state: &mut State, local: Local, value: Value, span: Span) {
        self.lose(state, local, Fate::DROPPED, span);
        state.set(local, value);
    }

    /// A struct literal: fields of the user's types remember, those of the catalogue's types are just contents.
    pub(super) fn struct_literal(
        &mut self,
        state: &mut State,
        at: (u32, u32),
        fields: &[(Name, Operand)],
        base: Option<&Operand>,
        span: Span,
    ) -> Value {
        let def = self.types.paths.get(&at).and_then(|t| t.def);
        let local = def.filter(|d| self.cx.program.is_local(*d));
        let mut out = Value::default();
        let mut filled = Value::default();
        for (name, operand) in fields {
            let value = self.operand(state, operand, span);
            if let Some(def) = local {
                self.fills(&mut filled, (def, *name), &value);
            }
            match local {
                Some(def) => out.join(&self.put(state, (def, *name), value, span)),
                None => out.join(&Value {
                    shape: Shape::Any,
                    konst: None,
                    ..value
                }),
            }
        }
        if let Some(base) = base {
            let value = self.operand(state, base, span);
            out.join(&value);
            let given = |key: &(DefId, Name)| {
                Some(key.0) == local && fields.iter().any(|(name, _)| *name == key.1)
            };
            for (key, yes) in value.filled.iter().filter(|(key, _)| !given(key)) {
                filled.fill(*key, (*yes).into());
            }
        }
        out.filled = filled.filled;
        out
    }
}

/// Writes a slot of everything in a value.
pub(super) fn set_slot(value: &mut Value, name: Name, slot: SlotState) {
    for (thing, _) in &mut value.things {
        *thing = with_slot(thing, name, slot);
    }
    value.things.sort_unstable();
}

/// A thing with one of its settings written.
pub(super) fn with_slot(thing: &Thing, name: Name, slot: SlotState) -> Thing {
    use std::sync::Arc;
    match thing {
        Thing::Builder(builder) => {
            let mut builder = (**builder).clone();
            builder.slots.write(name, slot);
            Thing::Builder(Arc::new(builder))
        }
        Thing::Request(request) => {
            let mut request = (**request).clone();
            request.slots.write(name, slot);
            Thing::Request(Arc::new(request))
        }
        Thing::Param(body, index, slots) => {
            let mut slots = slots.clone();
            slots.write(name, slot);
            Thing::Param(*body, *index, slots)
        }
        other => other.clone(),
    }
}

/// What a value does to the slot it is written to. `optional` if its type is an `Option`.
pub(super) fn slot_kind(value: &Value, optional: bool) -> SlotKind {
    match (value.konst, value.shape) {
        (_, Shape::No) => SlotKind::Infinite,
        (Some(Konst::Huge), _) => SlotKind::Infinite,
        (_, Shape::Any) if optional => SlotKind::Maybe,
        _ => SlotKind::Finite,
    }
}

fn literal(lit: &Lit) -> Value {
    match lit {
        Lit::Int(0) => Value {
            konst: Some(Konst::Zero),
            ..Value::default()
        },
        // A million years in seconds, half a century in microseconds: nobody means a bound by either.
        Lit::Int(n) if *n > 1 << 50 => Value {
            konst: Some(Konst::Huge),
            ..Value::default()
        },
        Lit::Int(_) => Value {
            konst: Some(Konst::Some),
            ..Value::default()
        },
        Lit::Float(f) if *f == 0.0 => Value {
            konst: Some(Konst::Zero),
            ..Value::default()
        },
        Lit::Float(_) => Value {
            konst: Some(Konst::Some),
            ..Value::default()
        },
        Lit::Bool(b) => Value {
            shape: if *b { Shape::Yes } else { Shape::No },
            ..Value::default()
        },
        Lit::Str(_) | Lit::Char => Value::default(),
    }
}

/// Whether a handle or response is in a value only by code that has it, and is nowhere that value itself.
pub(in crate::flow::interp) fn had_by_code(value: &Value, ob: Ob) -> bool {
    let Ob::Res(id) = ob else {
        return false;
    };
    let mut things = value.things.iter();
    !things.any(|(t, _)| matches!(t, Thing::Handle(held) | Thing::Response(held) if *held == id))
}
