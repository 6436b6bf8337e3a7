//! What is said of a response by its status, in a comparison or a pattern it is held against, and of a task by its handle.

use crate::flow::interp::Interp;
use crate::flow::interp::call::Doing;
use crate::flow::state::State;
use crate::flow::tables::Fate;
use crate::flow::value::{Ob, Own, Said, Thing, Value};
use crate::ir::body::{
    BinOp, Body, Lit, Local, Operand, PatShape, Place, Proj, RETURN, Rvalue, StmtKind,
};
use crate::name::Name;
use crate::resolve::def::BodyId;
use crate::resolve::infer::At;
use crate::resolve::sig::Sig;
use crate::resolve::ty::Ty;

/// More copies and constants between a list and its use are not followed.
const DEEPEST: u32 = 4;

impl Interp<'_, '_, '_, '_> {
    /// What a pattern for a status says of its response, if it is a status that it is held against.
    pub(super) fn said_by(&self, shape: &PatShape, ty: &Ty) -> Option<Said> {
        match shape {
            PatShape::Variant(path, _) => {
                let def = self.cx.constant(path, ty)?;
                if self.cx.facts.says_no_body(def) {
                    Some(Said::NothingLeft)
                } else {
                    self.cx.facts.says_failure(def).then_some(Said::Failure)
                }
            }
            PatShape::Lit(Lit::Int(status)) => said_by_number(*status),
            PatShape::Range(first, last) => said_by_range(*first, *last),
            PatShape::Or(list) => {
                let all: Option<Vec<Said>> = list.iter().map(|s| self.said_by(s, ty)).collect();
                one_of(&all?)
            }
            _ => None,
        }
    }

    /// `[404, 410].contains(&status)`, by its signature: what it says of a response that its status is one of these.
    pub(in crate::flow::interp) fn among(&self, doing: &Doing, out: &mut Value) {
        let of_std = self.cx.program.std == Some(self.cx.program.def(doing.def).krate);
        let sig = self.cx.types.sigs.get(&doing.def).filter(|_| of_std);
        let asks = |sig: &Sig| match sig.params.as_slice() {
            [Ty::Ref(_), Ty::Ref(item)] => matches!(**item, Ty::Param(_)) && is_bool(&sig.ret),
            _ => false,
        };
        if !sig.is_some_and(asks) {
            return;
        }
        let given = doing.args.iter().skip(1).flat_map(|v| &v.things);
        let statuses: Vec<Ob> = given
            .filter_map(|(thing, _)| match thing {
                Thing::StatusOf(ob) => Some(*ob),
                _ => None,
            })
            .collect();
        let list = doing.recv.as_ref().filter(|_| !statuses.is_empty());
        let said = list.and_then(|list| self.said_in(self.id, list, DEEPEST));
        for ob in statuses.iter().filter(|_| said.is_some()) {
            out.things
                .retain(|(thing, _)| *thing != Thing::StatusOf(*ob));
            out.things
                .extend(said.map(|said| (Thing::Says(*ob, said, false), Own::Owned)));
        }
        out.things.sort_unstable();
    }

    /// What a status says that is in the list or range which a place holds.
    fn said_in(&self, id: BodyId, place: &Place, depth: u32) -> Option<Said> {
        if depth == 0 || place.proj.iter().any(|step| *step != Proj::Deref) {
            return None;
        }
        let (at, value) = made(self.cx.body(id), place.local)?;
        match value {
            // A vector may have more in it by now.
            Rvalue::Array { items, vec: false } => {
                let said = items.iter().map(|item| self.said_by_item(id, item));
                one_of(&said.collect::<Option<Vec<Said>>>()?)
            }
            Rvalue::Range(ends) => match ends.as_slice() {
                [Operand::Lit(Lit::Int(first)), Operand::Lit(Lit::Int(end))] => {
                    // Whether the end is one of them is not told apart: `200..300` and `200..=299` say the same.
                    let last = if end % 100 == 0 {
                        end.checked_sub(1)?
                    } else {
                        *end
                    };
                    said_by_range(*first, last)
                }
                _ => None,
            },
            Rvalue::Use(Operand::Use(from)) | Rvalue::Ref { place: from, .. } => {
                self.said_in(id, from, depth - 1)
            }
            Rvalue::Path(_) => {
                let body = self.cx.const_at(id, at)?;
                self.said_in(body, &Place::local(RETURN), depth - 1)
            }
            _ => None,
        }
    }

    fn said_by_item(&self, id: BodyId, item: &Operand) -> Option<Said> {
        let place = match item {
            Operand::Lit(Lit::Int(status)) => return said_by_number(*status),
            Operand::Lit(_) => return None,
            Operand::Use(place) => place,
        };
        let (at, Rvalue::Path(_)) = made(self.cx.body(id), place.local)? else {
            return None;
        };
        let def = self.cx.bodies.get(&id)?.paths.get(&at)?.def?;
        if self.cx.program.is_local(def) {
            None
        } else if self.cx.facts.says_no_body(def) {
            Some(Said::NothingLeft)
        } else if self.cx.facts.says_failure(def) {
            Some(Said::Failure)
        } else {
            Some(Said::Success)
        }
    }

    /// What a comparison with a status says of its response, and whether negated.
    pub(in crate::flow::interp) fn compared(
        &self,
        op: BinOp,
        (lhs, left): (&Operand, &Value),
        (rhs, right): (&Operand, &Value),
    ) -> Option<(Said, bool)> {
        match op {
            BinOp::Eq | BinOp::Ne => {
                let number = [lhs, rhs].into_iter().find_map(|operand| match operand {
                    Operand::Lit(Lit::Int(n)) => Some(*n),
                    _ => None,
                });
                let said = if let Some(number) = number {
                    said_by_number(number)?
                } else if self.says_empty(left) || self.says_empty(right) {
                    Said::NothingLeft
                } else if self.says_failure(left) || self.says_failure(right) {
                    Said::Failure
                } else {
                    Said::Success
                };
                Some((said, op == BinOp::Ne))
            }
            // `status >= 400`, and the other way round. `>` and `>=` are not told apart.
            BinOp::Greater | BinOp::Less => match rhs {
                Operand::Lit(Lit::Int(399 | 400)) => Some((Said::Failure, op == BinOp::Less)),
                Operand::Lit(Lit::Int(401..=599)) if op == BinOp::Greater => {
                    Some((Said::Failure, false))
                }
                _ => None,
            },
            _ => None,
        }
    }
}

/// What an answer says of a response or task on the way where it `holds`, or does not.
pub(in crate::flow::interp) fn says(state: &mut State, ob: Ob, said: Said, holds: bool) {
    let Some(standing) = state.obs.get_mut(&ob) else {
        return;
    };
    match (said, holds) {
        (Said::Success, _) => standing.failed = Some(!holds),
        (Said::Failure, true) => standing.failed = Some(true),
        // Nothing is owed for it any more.
        (Said::NothingLeft, true) if standing.fate.any(Fate::LIVE) => {
            standing.fate = standing.fate.without(Fate::LIVE).with(Fate::EMPTY);
        }
        _ => {}
    }
}

fn is_bool(ty: &Ty) -> bool {
    *ty == Ty::Prim(Name::bool())
}

/// What it says to be one of several.
fn one_of(all: &[Said]) -> Option<Said> {
    let any = |said| all.contains(&said);
    // A failure may have a body; a success beside anything else leaves all open.
    if any(Said::Success) && (any(Said::Failure) || any(Said::NothingLeft)) {
        None
    } else if any(Said::Failure) {
        Some(Said::Failure)
    } else {
        all.first().copied()
    }
}

/// What is written to a local, if nothing else is.
fn made(body: &Body, local: Local) -> Option<(At, &Rvalue)> {
    let mut writes = body.writes(local);
    match (writes.next()?, writes.next()) {
        ((at, StmtKind::Assign(place, value)), None) if place.proj.is_empty() => Some((at, value)),
        _ => None,
    }
}

/// What a status between these says of its response.
fn said_by_range(first: u64, last: u64) -> Option<Said> {
    match (first, last) {
        (100..=199, 100..=199) => Some(Said::NothingLeft),
        (200..=299, 200..=299) => Some(Said::Success),
        (400..=599, 400..=599) => Some(Said::Failure),
        _ => None,
    }
}

/// What a status by its number says of its response. (Without a body: RFC 9110, section 6.4.1.)
fn said_by_number(status: u64) -> Option<Said> {
    match status {
        100..=199 | 204 | 205 | 304 => Some(Said::NothingLeft),
        200..=299 => Some(Said::Success),
        400..=599 => Some(Said::Failure),
        _ => None,
    }
}
