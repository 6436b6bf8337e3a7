//! What is said of a response by its status, in a comparison or a pattern it is held against, and of a task by its handle.

use super::Interp;
use crate::flow::state::State;
use crate::flow::tables::Fate;
use crate::flow::value::{Ob, Said, Value};
use crate::ir::body::{BinOp, Lit, Operand, PatShape};
use crate::resolve::ty::Ty;

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
            PatShape::Or(list) => {
                let all: Option<Vec<Said>> = list.iter().map(|s| self.said_by(s, ty)).collect();
                let all = all?;
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
            _ => None,
        }
    }

    /// What a comparison with a status says of its response, and whether negated.
    pub(super) fn compared(
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
pub(super) fn says(state: &mut State, ob: Ob, said: Said, holds: bool) {
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

/// What a status by its number says of its response. (Without a body: RFC 9110, section 6.4.1.)
fn said_by_number(status: u64) -> Option<Said> {
    match status {
        100..=199 | 204 | 205 | 304 => Some(Said::NothingLeft),
        200..=299 => Some(Said::Success),
        400..=599 => Some(Said::Failure),
        _ => None,
    }
}
