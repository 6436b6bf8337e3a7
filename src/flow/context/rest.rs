//! Loops that rest: each turn of them waits for a time that is written in the code, and long.

use rustc_hash::FxHashSet;

use crate::flow::cx::Cx;
use crate::flow::turns::is_in;
use crate::ir::body::{
    BinOp, Body, Call, Callee, Lit, LoopId, Operand, Place, Proj, Rvalue, StmtKind,
};
use crate::resolve::def::BodyId;
use crate::resolve::infer::At;

/// Milliseconds from which on a wait is long: a pool would save one handshake a minute at the most.
const LONG: u64 = 60_000;

/// Deepest chain of definitions followed to a number.
const DEEPEST: usize = 8;

/// How fast a loop turns: the faster, the less.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Pace {
    /// As fast as it can, or nearly so.
    Busy,
    /// Every turn waits for a time that is given from elsewhere.
    Given,
    /// Every turn waits long.
    Long,
}

/// How fast a loop turns.
pub(super) fn pace(cx: &Cx<'_, '_, '_>, id: BodyId, wanted: LoopId) -> Pace {
    let rests =
        |least: &Pace| every_turn(cx.body(id), wanted, |block| waits(cx, id, block) >= *least);
    [Pace::Long, Pace::Given]
        .into_iter()
        .find(rests)
        .unwrap_or(Pace::Busy)
}

/// Whether every turn of a loop goes through one of these blocks.
fn every_turn(body: &Body, wanted: LoopId, through: impl Fn(u32) -> bool) -> bool {
    let Some(head) = body.loops.get(wanted.0 as usize).map(|l| l.head) else {
        return false;
    };
    let resting: FxHashSet<u32> = (0..body.blocks.len() as u32)
        .filter(|block| is_in(body, *block, wanted) && through(*block))
        .collect();
    if resting.is_empty() || resting.contains(&head.0) {
        return !resting.is_empty();
    }
    // No way from the head to the head that goes around them.
    let mut seen: FxHashSet<u32> = FxHashSet::default();
    let mut work = vec![head.0];
    while let Some(at) = work.pop() {
        let Some(block) = body.blocks.get(at as usize) else {
            continue;
        };
        for next in block.term.successors() {
            if next == head {
                return false;
            }
            if is_in(body, next.0, wanted) && !resting.contains(&next.0) && seen.insert(next.0) {
                work.push(next.0);
            }
        }
    }
    true
}

/// How long a block waits for timers.
fn waits(cx: &Cx<'_, '_, '_>, id: BodyId, block: u32) -> Pace {
    let block = cx.body(id).blocks.get(block as usize);
    let reading = Reading { cx, id };
    let mut pace = Pace::Busy;
    for stmt in block.into_iter().flat_map(|b| &b.stmts) {
        let StmtKind::Await(_, Operand::Use(future)) = &stmt.kind else {
            continue;
        };
        let Some(Found::Call(at, call)) = reading.definition(future) else {
            continue;
        };
        if !reading.is_timer(at) {
            continue;
        }
        match reading.longest(call) {
            Some(time) if time >= LONG => return Pace::Long,
            Some(_) => {}
            None if reading.given(call) => pace = Pace::Given,
            None => {}
        }
    }
    pace
}

/// The numbers of a body.
#[derive(Clone, Copy)]
struct Reading<'x, 'c, 'p, 't> {
    cx: &'x Cx<'c, 'p, 't>,
    id: BodyId,
}

/// What a local is made by.
enum Found<'b> {
    Call(At, &'b Call),
    Value(At, &'b Rvalue),
}

impl<'x> Reading<'x, '_, '_, '_> {
    /// The one statement that makes a local.
    fn definition(&self, place: &Place) -> Option<Found<'x>> {
        let body = self.cx.body(self.id);
        let given = body.params.contains(&place.local)
            || body.captures.iter().any(|c| c.inner == place.local);
        if given || place.proj.iter().any(|step| *step != Proj::Deref) {
            return None;
        }
        let (at, only) = body.written_once(place.local)?;
        match only {
            StmtKind::Assign(_, value) => Some(Found::Value(at, value)),
            StmtKind::Call(_, call) => Some(Found::Call(at, call)),
            StmtKind::Await(..) | StmtKind::StorageDead(_) => None,
        }
    }

    fn is_timer(&self, at: At) -> bool {
        self.cx.facts_at((self.id, at)).iter().any(|f| f.timer)
    }

    /// The longest time among what a call is given: `sleep(time)`, `interval_at(start, period)`; of a method what its
    /// receiver was made of.
    fn longest(&self, call: &Call) -> Option<u64> {
        let most = |call: &Call| {
            let given = call.args.iter();
            given.filter_map(|a| self.number(a, DEEPEST)).max()
        };
        most(call).or_else(|| {
            let Callee::Method { recv, .. } = &call.callee else {
                return None;
            };
            match self.definition(&self.origin(recv))? {
                Found::Call(_, made) => most(made),
                Found::Value(..) => None,
            }
        })
    }

    /// Whether the time a call is given, or its receiver was made of, comes from outside of the body, or from a setting.
    fn given(&self, call: &Call) -> bool {
        let any = |call: &Call| call.args.iter().any(|a| self.comes_in(a, DEEPEST));
        any(call) || {
            let Callee::Method { recv, .. } = &call.callee else {
                return false;
            };
            let made = self.definition(&self.origin(recv));
            matches!(made, Some(Found::Call(_, made)) if any(made))
        }
    }

    /// Whether a number or duration is a parameter's, a capture's or a field's, as it is or in other units.
    fn comes_in(&self, operand: &Operand, depth: usize) -> bool {
        let (Some(depth), Operand::Use(place)) = (depth.checked_sub(1), operand) else {
            return false;
        };
        let body = self.cx.body(self.id);
        let is_field = place.proj.iter().any(|step| matches!(step, Proj::Field(_)));
        if is_field
            || body.params.contains(&place.local)
            || body.captures.iter().any(|c| c.inner == place.local)
        {
            return true;
        }
        match self.definition(place) {
            Some(Found::Call(at, call)) => {
                self.unit(at).is_some() && call.args.iter().any(|a| self.comes_in(a, depth))
            }
            Some(Found::Value(_, value)) => match value {
                Rvalue::Use(of) | Rvalue::Cast { value: of, .. } => self.comes_in(of, depth),
                Rvalue::Ref { place, .. } => self.comes_in(&Operand::Use(place.clone()), depth),
                Rvalue::Binary { lhs, rhs, .. } => {
                    self.comes_in(lhs, depth) || self.comes_in(rhs, depth)
                }
                _ => false,
            },
            None => false,
        }
    }

    /// The place behind references and moves.
    fn origin(&self, place: &Place) -> Place {
        let mut at = place.clone();
        for _ in 0..DEEPEST {
            match self.definition(&at) {
                Some(Found::Value(
                    _,
                    Rvalue::Ref { place, .. } | Rvalue::Use(Operand::Use(place)),
                )) => at = place.clone(),
                _ => break,
            }
        }
        at
    }

    /// A number, or a duration in milliseconds.
    fn number(&self, operand: &Operand, depth: usize) -> Option<u64> {
        let depth = depth.checked_sub(1)?;
        let place = match operand {
            Operand::Lit(Lit::Int(n)) => return Some(*n),
            Operand::Lit(_) => return None,
            Operand::Use(place) => place,
        };
        match self.definition(place)? {
            Found::Call(at, call) => {
                let count = self.number(call.args.first()?, depth)?;
                count.checked_mul(self.unit(at)?)
            }
            Found::Value(at, value) => match value {
                Rvalue::Use(of) | Rvalue::Cast { value: of, .. } => self.number(of, depth),
                Rvalue::Ref { place, .. } => self.number(&Operand::Use(place.clone()), depth),
                Rvalue::Binary { op, lhs, rhs } => {
                    let (lhs, rhs) = (self.number(lhs, depth)?, self.number(rhs, depth)?);
                    match op {
                        BinOp::Mul => lhs.checked_mul(rhs),
                        BinOp::Add => lhs.checked_add(rhs),
                        BinOp::Sub => lhs.checked_sub(rhs),
                        BinOp::Div => lhs.checked_div(rhs),
                        _ => None,
                    }
                }
                Rvalue::Path(_) => {
                    let there = Reading {
                        cx: self.cx,
                        id: self.cx.const_at(self.id, at)?,
                    };
                    let out = Place::local(crate::ir::body::RETURN);
                    there.number(&Operand::Use(out), depth)
                }
                _ => None,
            },
        }
    }

    /// The milliseconds in what a constructor of the standard library's durations counts.
    fn unit(&self, at: At) -> Option<u64> {
        let def = self.cx.program.def(self.cx.callee((self.id, at))?);
        if self.cx.program.std != Some(def.krate) {
            return None;
        }
        match def.name.as_str() {
            "from_millis" => Some(1),
            "new" | "from_secs" => Some(1000),
            "from_mins" => Some(60_000),
            "from_hours" => Some(3_600_000),
            _ => None,
        }
    }
}
