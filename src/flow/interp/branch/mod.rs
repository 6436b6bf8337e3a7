//! Where ways part: conditions, `match` arms and the ends of loops, and what each way knows of the value that was asked.

mod answers;
mod status;
mod variant;

pub(super) use answers::Questions;

use super::Interp;
use crate::flow::state::State;
use crate::flow::tables::Fate;
use crate::flow::value::{Own, Shape, Thing, Value};
use crate::ir::body::{BlockId, Lit, Local, Operand, PatShape, Place, Proj};
use crate::resolve::ty::Ty;

impl Interp<'_, '_, '_, '_> {
    pub(super) fn branch(
        &mut self,
        state: State,
        cond: &Operand,
        then: BlockId,
        otherwise: BlockId,
    ) -> Vec<(BlockId, State)> {
        let value = match cond {
            Operand::Use(place) => self.read(&state, place),
            Operand::Lit(Lit::Bool(b)) => Value {
                shape: if *b { Shape::Yes } else { Shape::No },
                ..Value::default()
            },
            Operand::Lit(_) => Value::default(),
        };
        let mut ways = Vec::new();
        for (target, holds, skip) in [(then, true, Shape::No), (otherwise, false, Shape::Yes)] {
            if value.shape == skip {
                continue;
            }
            let mut state = state.clone();
            if !self.answer(&mut state, holds) {
                continue;
            }
            for (thing, _) in &value.things {
                match thing {
                    Thing::Says(ob, said, negated) => {
                        status::says(&mut state, *ob, *said, holds != *negated);
                    }
                    Thing::Present(local, negated) => {
                        let place = Place::local(Local(*local));
                        self.refine(&mut state, &Value::default(), &place, holds != *negated);
                    }
                    Thing::IsSet(local, name, at, negated) if holds != *negated => {
                        self.is_set(&mut state, Local(*local), *name, *at);
                    }
                    _ => {}
                }
            }
            ways.push((target, state));
        }
        ways
    }

    pub(super) fn arms(
        &mut self,
        state: &State,
        scrutinee: &Place,
        arms: &[(PatShape, BlockId)],
    ) -> Vec<(BlockId, State)> {
        let held = self.read(state, scrutinee);
        let ty = self.cx.place_ty(self.id, scrutinee);
        let mut out = Vec::new();
        let mut seen_yes = false;
        let mut seen_no = false;
        let mut asked: Vec<Place> = Vec::new();
        for (shape, block) in arms {
            let mut state = state.clone();
            if let Some(said) = self.said_by(shape, &ty) {
                for (thing, _) in &held.things {
                    if let Thing::StatusOf(ob) = thing {
                        status::says(&mut state, *ob, said, true);
                    }
                }
            }
            let polarity = self.polarity(shape, &ty);
            match polarity {
                Some(yes) => {
                    if held.shape == if yes { Shape::No } else { Shape::Yes } {
                        continue;
                    }
                    let plain = match shape {
                        PatShape::Variant(_, inside) => inside.is_empty(),
                        other => matches!(other, PatShape::Lit(_)),
                    };
                    seen_yes |= yes && plain;
                    seen_no |= !yes && plain;
                    asked.extend(self.innermost(scrutinee, shape).filter(|_| !plain));
                    self.refine(&mut state, &held, scrutinee, yes);
                    self.refine_inside(&mut state, scrutinee, shape);
                }
                // The rest after `Ok(..)` is `Err(..)`, as far as guards let us say so.
                None if seen_yes && !seen_no && *shape == PatShape::Any => {
                    if held.shape == Shape::Yes {
                        continue;
                    }
                    self.refine(&mut state, &held, scrutinee, false);
                }
                None => {}
            }
            if *shape == PatShape::Any {
                for place in &asked {
                    self.refine_rest(&mut state, place);
                }
            }
            out.push((*block, state));
        }
        out
    }

    /// What a pattern says of the inside of a variant: `Ok(None)`.
    fn refine_inside(&mut self, state: &mut State, place: &Place, shape: &PatShape) {
        let PatShape::Variant(path, inside) = shape else {
            return;
        };
        for (field, shape) in inside {
            let step = Proj::Variant {
                path: path.clone(),
                field: *field,
            };
            let place = place.clone().then(step);
            let ty = self.cx.place_ty(self.id, &place);
            if let Some(yes) = self.polarity(shape, &ty) {
                let held = self.read(state, &place);
                self.refine(state, &held, &place, yes);
                self.refine_inside(state, &place, shape);
            }
        }
    }

    /// The place in the middle of a pattern of nothing but successes: of `Ok(Some(x))` what is in the `Ok`.
    fn innermost(&self, place: &Place, shape: &PatShape) -> Option<Place> {
        let PatShape::Variant(path, inside) = shape else {
            return None;
        };
        if self.polarity(shape, &self.cx.place_ty(self.id, place)) != Some(true) {
            return None;
        }
        match inside.as_slice() {
            [] => Some(place.clone()),
            [(field, shape)] => {
                let step = Proj::Variant {
                    path: path.clone(),
                    field: *field,
                };
                self.innermost(&place.clone().then(step), shape)
            }
            _ => None,
        }
    }

    /// The rest after a pattern of nothing but successes: one of them failed, and what is carried by all of them does not exist,
    /// unless one of the errors on the way may carry it.
    fn refine_rest(&mut self, state: &mut State, place: &Place) {
        let held = state.get(place.local);
        let error_has = |at: usize| match self.cx.place_ty(self.id, &place.around(at)).peel_refs() {
            Ty::Adt(_, args) => args
                .get(1)
                .is_some_and(|e| held.things.iter().any(|(thing, _)| self.carries(e, thing))),
            _ => false,
        };
        if !(0..place.proj.len()).any(error_has) {
            self.refine(state, &Value::default(), place, false);
        }
    }

    /// Whether an error may carry this. What one of open type carries is the caller's own, and no response.
    fn carries(&self, error: &Ty, thing: &Thing) -> bool {
        !matches!(error, Ty::Unknown | Ty::Var(_))
            && self.cx.holds(error, thing).is_some()
            && self.cx.speaks_of(error, thing)
    }

    /// Whether a pattern means success (`Ok`, `Some`, `true`) or the other side.
    fn polarity(&self, shape: &PatShape, ty: &Ty) -> Option<bool> {
        match shape {
            PatShape::Variant(path, _) => {
                let def = self.cx.constructor(self.id, path, ty)?;
                let known = self.cx.types.known;
                if [known.ok, known.some, known.ready].contains(&Some(def)) {
                    Some(true)
                } else if [known.err, known.none, known.pending].contains(&Some(def)) {
                    Some(false)
                } else {
                    None
                }
            }
            PatShape::Lit(Lit::Bool(b)) => Some(*b),
            PatShape::Or(list) => {
                let mut all = list.iter().map(|s| self.polarity(s, ty));
                let first = all.next()??;
                all.all(|p| p == Some(first)).then_some(first)
            }
            _ => None,
        }
    }

    /// On the success side the value is `Ok`/`Some`; on the other what only success carries does not exist.
    pub(super) fn refine(&mut self, state: &mut State, held: &Value, place: &Place, yes: bool) {
        for (thing, _) in &held.things {
            if let Thing::Says(ob, said, negated) = thing {
                status::says(state, *ob, *said, yes != *negated);
            }
        }
        if let (true, Some(lent)) = (place.proj.is_empty(), self.lent(place.local)) {
            self.refine(state, &Value::default(), &lent, yes);
        }
        if !self.wraps_all(place) {
            return;
        }
        if yes {
            self.has_slot(state, place.local);
        }
        let local = place.local;
        let mut value = state.get(local);
        if place.proj.is_empty() {
            value.shape = if yes { Shape::Yes } else { Shape::No };
        }
        if !yes {
            let error = match self.cx.place_ty(self.id, place).peel_refs() {
                Ty::Adt(_, args) => args.get(1).cloned(),
                _ => None,
            };
            let stays = |thing: &Thing| error.as_ref().is_some_and(|e| self.carries(e, thing));
            let gone: Vec<(Thing, Own)> = value
                .things
                .iter()
                .filter(|(t, _)| !stays(t))
                .cloned()
                .collect();
            value.things.retain(|(t, _)| stays(t));
            let gone = Value {
                things: gone,
                ..Value::default()
            };
            let built = gone.things.iter().filter_map(|(thing, own)| match thing {
                Thing::Client(id) if *own == Own::Owned => Some(*id),
                _ => None,
            });
            state.missing.extend(built);
            for (ob, own) in gone.obligations(self.id) {
                if own == Own::Owned
                    && let Some(standing) = state.obs.get_mut(&ob)
                    && standing.fate.any(Fate::LIVE)
                {
                    standing.fate = Fate::ABSENT;
                }
            }
        }
        state.set(local, value);
    }

    /// A loop over what an iterator owns is over when nothing is left of it: what became of each was settled in its turn.
    pub(super) fn used_up(&self, state: &mut State, iter: Local) {
        for (ob, own) in state.get(iter).obligations(self.id) {
            if own == Own::Owned
                && let Some(standing) = state.obs.get_mut(&ob)
                && standing.fate == Fate::LIVE
            {
                standing.fate = Fate::ABSENT;
            }
        }
    }

    /// Whether all that a local holds is in this place of it: the way leads through `Ok`, `Some` and references only.
    fn wraps_all(&self, place: &Place) -> bool {
        let known = self.cx.types.known;
        place.proj.iter().enumerate().all(|(at, step)| match step {
            Proj::TryOk | Proj::Deref => true,
            Proj::Variant { path, .. } => {
                let ty = self.cx.place_ty(self.id, &place.around(at));
                let def = self.cx.constructor(self.id, path, &ty);
                def.is_some() && [known.ok, known.some, known.ready].contains(&def)
            }
            _ => false,
        })
    }
}
