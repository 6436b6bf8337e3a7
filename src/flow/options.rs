//! Which `Option` parameters and fields are always, or never, given a value: what decides whether `if let Some(limit) =
//! limit` sets a bound is what the callers pass.
//!
//! One pass over all calls and stores before bodies are run; what is handed on as it is takes the answer of what it came from.
//! A function that can be called from out of sight, or is used as a value, may be given anything. A field is another matter: if
//! all that is put into it in sight is a value, then who wants none has to say so, out of sight, and that is their choice.

use rustc_hash::{FxHashMap, FxHashSet};

use super::cx::Cx;
use super::entries::is_entry;
use super::learned::{Options, Param};
use super::tables::FieldKey;
use super::value::Shape;
use super::writes::{Write, Writes, writes};
use crate::ir::body::{Body, BodyKind, Callee, Local, Operand, Place, Proj, Rvalue, StmtKind};
use crate::ir::item::Receiver;
use crate::resolve::def::{BodyId, DefId, DefKind};
use crate::resolve::infer::BodyTypes;
use crate::resolve::sig::body_of;

/// Where an `Option` comes to: a parameter of a body, or a field.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Slot {
    Param(Param),
    Field(FieldKey),
}

/// What one call passes, or one store puts.
#[derive(Clone, Copy)]
enum Given {
    Shape(Shape),
    /// What came to another place.
    Same(Slot),
}

/// What comes to each place.
type AllGiven = FxHashMap<Slot, Vec<Given>>;

/// What a local is given that is a parameter, or captures one from the body around.
pub(super) fn of_local(cx: &Cx<'_, '_, '_>, body: BodyId, local: Local) -> Shape {
    let info = cx.program.body(body);
    let is_optional = cx
        .bodies
        .get(&body)
        .is_some_and(|t| cx.is_option(t.local(local).peel_refs()));
    if !is_optional {
        return Shape::Any;
    }
    if let Some(index) = info.body.params.iter().position(|p| *p == local) {
        return if is_given(info.body, &writes(info.body), local) {
            cx.options.shape(body, index as u16)
        } else {
            Shape::Any
        };
    }
    let capture = info.body.captures.iter().find(|c| c.inner == local);
    match (capture, info.parent) {
        (Some(capture), Some(parent)) if !writes(info.body).contains_key(&local) => {
            of_local(cx, parent, capture.outer)
        }
        _ => Shape::Any,
    }
}

/// One pass over all calls and stores.
pub(super) fn learn(cx: &Cx<'_, '_, '_>) -> Options {
    let mut given = AllGiven::default();
    let mut literal = FxHashSet::default();
    for (id, types) in &cx.bodies {
        let mut giver = Giver {
            cx,
            id: *id,
            types,
            writes: None,
        };
        giver.calls(&mut given);
        if !cx.program.body(*id).in_test {
            giver.stores(&mut given, &mut literal);
        }
        for target in types.paths.values() {
            if let Some(body) = target.def.and_then(|d| body_of(cx.program, d)) {
                anything(cx, body, &mut given);
            }
        }
    }
    let seen = settle(&given, |_| None);
    let is_filled = |slot: &Slot| match slot {
        Slot::Field(key) => {
            seen.get(slot) == Some(&Shape::Yes)
                && literal.contains(key)
                && is_plainly_made(cx, key.0)
        }
        Slot::Param(_) => false,
    };
    let filled: FxHashSet<Slot> = given.keys().filter(|s| is_filled(s)).copied().collect();
    let shapes = settle(&given, |slot| match slot {
        Slot::Field(_) if filled.contains(&slot) => Some(Shape::Yes),
        Slot::Field(_) => Some(Shape::Any),
        Slot::Param((body, _)) => {
            (is_entry(cx, body) || !given.contains_key(&slot)).then_some(Shape::Any)
        }
    });
    let params = shapes.into_iter().filter_map(|(slot, shape)| match slot {
        Slot::Param(param) => Some((param, shape)),
        Slot::Field(_) => None,
    });
    let fields = filled.into_iter().filter_map(|slot| match slot {
        Slot::Field(key) => Some(key),
        Slot::Param(_) => None,
    });
    Options::new(params.collect(), fields.collect())
}

fn anything(cx: &Cx<'_, '_, '_>, body: BodyId, given: &mut AllGiven) {
    for index in 0..cx.body(body).params.len() {
        let slot = Slot::Param((body, index as u16));
        given
            .entry(slot)
            .or_default()
            .push(Given::Shape(Shape::Any));
    }
}

/// Whether values of a struct are made by literals alone: what derives and attributes that we do not know make of it may leave
/// out what it likes.
fn is_plainly_made(cx: &Cx<'_, '_, '_>, owner: DefId) -> bool {
    const PLAIN: [&str; 8] = [
        "Debug",
        "Clone",
        "Copy",
        "PartialEq",
        "Eq",
        "Hash",
        "PartialOrd",
        "Ord",
    ];
    let def = cx.program.def(owner);
    let plain = |segments: &[crate::ir::ty::Segment]| match segments {
        [one] => ["must_use", "non_exhaustive", "repr"].contains(&one.name.as_str()),
        [first, .., last] => first.name.as_str() == "derive" && PLAIN.contains(&last.name.as_str()),
        [] => true,
    };
    matches!(def.kind, DefKind::Struct { tuple: false, .. })
        && def
            .item
            .is_some_and(|item| item.attrs.iter().all(|a| plain(&a.segments)))
}

/// What one body passes and puts.
struct Giver<'a, 'b, 'c, 'd> {
    cx: &'a Cx<'b, 'c, 'd>,
    id: BodyId,
    types: &'a BodyTypes,
    writes: Option<Writes>,
}

impl Giver<'_, '_, '_, '_> {
    fn calls(&mut self, given: &mut AllGiven) {
        let cx = self.cx;
        for (block, b) in cx.body(self.id).blocks.iter().enumerate() {
            for (index, stmt) in b.stmts.iter().enumerate() {
                let StmtKind::Call(_, call) = &stmt.kind else {
                    continue;
                };
                let at = (block as u32, index as u32);
                let called = self.types.calls.get(&at).and_then(|t| t.def);
                let Some(callee) = called.and_then(|d| body_of(cx.program, d)) else {
                    continue;
                };
                let first = usize::from(matches!(call.callee, Callee::Method { .. }));
                for (position, operand) in call.args.iter().enumerate() {
                    let index = (position + first) as u16;
                    if cx.is_option(cx.param_ty(callee, index).peel_refs()) {
                        let what = self.passed(operand);
                        let slot = Slot::Param((callee, index));
                        given.entry(slot).or_default().push(what);
                    }
                }
            }
        }
    }

    /// What comes to fields: by literals, by assignments, and by whoever may write through `&mut`; and which of them literals
    /// write.
    fn stores(&mut self, given: &mut AllGiven, literal: &mut FxHashSet<FieldKey>) {
        let cx = self.cx;
        for (block, b) in cx.body(self.id).blocks.iter().enumerate() {
            for (index, stmt) in b.stmts.iter().enumerate() {
                let at = (block as u32, index as u32);
                let mut put = |key: FieldKey, what: Given| {
                    given.entry(Slot::Field(key)).or_default().push(what);
                };
                match &stmt.kind {
                    StmtKind::Assign(place, value) => {
                        if let Some(key) = self.field(place) {
                            put(key, self.assigned(at, value));
                        }
                        match value {
                            Rvalue::Ref {
                                mutable: true,
                                place,
                            } => {
                                if let Some(key) = self.field(place) {
                                    put(key, Given::Shape(Shape::Any));
                                }
                            }
                            Rvalue::Struct { fields, .. } => {
                                let owner = self.types.paths.get(&at).and_then(|t| t.def);
                                for (name, operand) in fields {
                                    if let Some(key) = owner.and_then(|o| self.optional((o, *name)))
                                    {
                                        let what = self.passed(operand);
                                        put(key, what);
                                        literal.insert(key);
                                    }
                                }
                            }
                            _ => {}
                        }
                    }
                    StmtKind::Call(_, call) => {
                        if let Callee::Method { recv, .. } = &call.callee
                            && let Some(key) = self.field(recv)
                            && self.may_write(at)
                        {
                            put(key, Given::Shape(Shape::Any));
                        }
                    }
                    StmtKind::Await(..) | StmtKind::StorageDead(_) => {}
                }
            }
        }
    }

    /// Whether the method called here may write what it is called on.
    fn may_write(&self, at: (u32, u32)) -> bool {
        let Some(def) = self.types.calls.get(&at).and_then(|t| t.def) else {
            return true;
        };
        match &self.cx.program.def(def).kind {
            DefKind::Fn { item, .. } => {
                !matches!(item.receiver, Some(Receiver::Ref | Receiver::Value))
            }
            _ => true,
        }
    }

    fn assigned(&mut self, at: (u32, u32), value: &Rvalue) -> Given {
        match value {
            Rvalue::Use(operand) => self.passed(operand),
            Rvalue::Path(_) => self.named(at),
            _ => Given::Shape(Shape::Any),
        }
    }

    fn named(&self, at: (u32, u32)) -> Given {
        let def = self.types.paths.get(&at).and_then(|t| t.def);
        let none = def.is_some() && def == self.cx.types.known.none;
        Given::Shape(if none { Shape::No } else { Shape::Any })
    }

    /// The field of the user's that a place is, if it is an `Option` of a setting.
    fn field(&self, place: &Place) -> Option<FieldKey> {
        let (Proj::Field(name), before) = place.proj.split_last()? else {
            return None;
        };
        let mut ty = self.types.local(place.local).clone();
        for index in 0..before.len() {
            ty = self.cx.step_ty(self.id, place, index, &ty);
        }
        self.optional((self.cx.field_owner(&ty, *name)?, *name))
    }

    fn optional(&self, key: FieldKey) -> Option<FieldKey> {
        let fields = self.cx.types.fields.get(&key.0)?;
        let (_, ty) = fields.iter().find(|(name, _)| *name == key.1)?;
        let local = self.cx.program.is_local(key.0);
        // Who gives no client out of sight chooses the one made here, with what it lacks.
        let settles = self.cx.facts.role_in(ty, |_| true).is_none();
        (local && settles && self.cx.is_option(ty)).then_some(key)
    }

    fn part(&self, place: &Place) -> Given {
        match self.field(place) {
            Some(key) => Given::Same(Slot::Field(key)),
            None => Given::Shape(Shape::Any),
        }
    }

    fn called_on<'b>(&self, body: &'b Body, at: (u32, u32)) -> Called<'b> {
        let stmt = body.stmt(at);
        let def = self.types.calls.get(&at).and_then(|t| t.def);
        if let Some(StmtKind::Call(dest, call)) = stmt.map(|s| &s.kind)
            && let Callee::Method { recv, .. } = &call.callee
            && def.is_some_and(|d| self.cx.keeps_shape(d))
            && self.cx.is_option(self.types.local(*dest).peel_refs())
            && self
                .cx
                .is_option(self.cx.place_ty(self.id, recv).peel_refs())
        {
            return Called::Place(recv);
        }
        let some = def.is_some() && def == self.cx.types.known.some;
        Called::Made(if some { Shape::Yes } else { Shape::Any })
    }

    /// What an operand is: the local it stands in is written once, by `Some(..)`, `None`, or from a parameter or field.
    fn passed(&mut self, operand: &Operand) -> Given {
        let Operand::Use(place) = operand else {
            return Given::Shape(Shape::Any);
        };
        let body = self.cx.body(self.id);
        let mut writes = self.writes.take().unwrap_or_else(|| writes(body));
        let what = self.of_place(body, &mut writes, place);
        self.writes = Some(writes);
        what
    }

    fn of_place(&self, body: &Body, writes: &mut Writes, place: &Place) -> Given {
        if !place.proj.is_empty() {
            return self.part(place);
        }
        let mut local = place.local;
        // Copies of copies are few; a longer chain is not worth following.
        for _ in 0..4 {
            if let Some(index) = body.params.iter().position(|p| *p == local) {
                return if is_given(body, writes, local) {
                    Given::Same(Slot::Param((self.id, index as u16)))
                } else {
                    Given::Shape(Shape::Any)
                };
            }
            match writes.get(&local).map_or(&[][..], Vec::as_slice) {
                [Write::Call(at)] => match self.called_on(body, *at) {
                    Called::Place(of) if of.proj.is_empty() => local = of.local,
                    Called::Place(of) => return self.part(of),
                    Called::Made(shape) => return Given::Shape(shape),
                },
                [Write::Path(at)] => return self.named(*at),
                [Write::Copy(from)] => local = *from,
                [Write::Part(from)] => return self.part(from),
                _ => return Given::Shape(Shape::Any),
            }
        }
        Given::Shape(Shape::Any)
    }
}

/// What the result of a call is.
enum Called<'b> {
    /// As much of a value as what it is called on: `limit.map(..)`.
    Place(&'b Place),
    Made(Shape),
}

/// Whether a parameter of a function still is what was passed: nothing writes it.
fn is_given(body: &Body, writes: &Writes, local: Local) -> bool {
    matches!(body.kind, BodyKind::Fn { .. }) && !writes.contains_key(&local)
}

/// The least answer that agrees with all that comes: what is handed round in a circle says nothing by itself. `fixed` tells
/// what is known beforehand.
fn settle(given: &AllGiven, fixed: impl Fn(Slot) -> Option<Shape>) -> FxHashMap<Slot, Shape> {
    let mut known: FxHashMap<Slot, Shape> = FxHashMap::default();
    for slot in given.keys() {
        known.extend(fixed(*slot).map(|shape| (*slot, shape)));
    }
    loop {
        let mut changed = false;
        for (slot, list) in given {
            if known.get(slot) == Some(&Shape::Any) || fixed(*slot).is_some() {
                continue;
            }
            let mut joined: Option<Shape> = None;
            for one in list {
                let shape = match one {
                    Given::Shape(shape) => Some(*shape),
                    Given::Same(from) => known.get(from).copied().or_else(|| fixed(*from)),
                };
                joined = match (joined, shape) {
                    (None, other) | (other, None) => other,
                    (Some(a), Some(b)) if a == b => Some(a),
                    _ => Some(Shape::Any),
                };
            }
            if let Some(shape) = joined
                && known.get(slot) != Some(&shape)
            {
                known.insert(*slot, shape);
                changed = true;
            }
        }
        if !changed {
            return known;
        }
    }
}
