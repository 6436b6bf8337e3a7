//! What expressions without a call come to: literals, operators, paths, and closures with what they capture.

use std::sync::Arc;

use super::Interp;
use crate::flow::state::State;
use crate::flow::tables::Part;
use crate::flow::turns::is_in;
use crate::flow::value::{Future, Konst, Own, Shape, Thing, Value, Work};
use crate::ir::body::{
    BinOp, BodyKind, Local, Loop, LoopId, LoopKind, Operand, Place, Rvalue, StmtKind,
};
use crate::ir::ty::PathRef;
use crate::resolve::def::{BodyId, DefKind};
use crate::source::Span;

impl Interp<'_, '_, '_, '_> {
    pub(super) fn rvalue(
        &mut self,
        state: &mut State,
        at: (u32, u32),
        value: &Rvalue,
        span: Span,
    ) -> Value {
        match value {
            Rvalue::Use(operand) => self.operand(state, operand, span),
            Rvalue::Ref { mutable, place } => {
                let value = self.read(state, place).borrowed(*mutable);
                if *mutable {
                    Self::unsettle(state, place.local);
                }
                value
            }
            Rvalue::Tuple(items) | Rvalue::Array { items, .. } => {
                let mut out = Value::default();
                let mut err = false;
                for item in items {
                    let value = self.operand(state, item, span);
                    err |= value.err;
                    out.join(&Value {
                        shape: Shape::Any,
                        konst: None,
                        ..value
                    });
                }
                out.err = err;
                out
            }
            Rvalue::Struct { fields, base, .. } => {
                self.struct_literal(state, at, fields, base.as_ref(), span)
            }
            Rvalue::Path(path) => self.path_value(at, path),
            Rvalue::Closure(idx) | Rvalue::Async(idx) => {
                match self.cx.program.child_of(self.id, *idx) {
                    Some(child) => self.closure(state, child, span),
                    None => Value::unknown(),
                }
            }
            Rvalue::Unary { not, value } => {
                let mut value = self.operand_read(state, value);
                if *not {
                    for (thing, _) in &mut value.things {
                        if let Thing::Says(.., negated)
                        | Thing::Present(_, negated)
                        | Thing::IsSet(.., negated) = thing
                        {
                            *negated = !*negated;
                        }
                    }
                    value.shape = match value.shape {
                        Shape::Yes => Shape::No,
                        Shape::No => Shape::Yes,
                        Shape::Any => Shape::Any,
                    };
                }
                value
            }
            Rvalue::Binary { op, lhs, rhs } => self.binary(state, *op, lhs, rhs),
            Rvalue::Cast { value, .. } => self.operand_read(state, value),
            Rvalue::Range(items) => {
                for item in items {
                    self.operand_read(state, item);
                }
                Value::default()
            }
            Rvalue::Touch { reads, .. } => {
                for place in reads {
                    let value = self.read(state, place);
                    self.looked_at(&value, span);
                }
                Value::default()
            }
            Rvalue::Opaque { touches, .. } => {
                for place in touches {
                    let value = self.read(state, place);
                    self.escape(state, &value, span);
                }
                Value::unknown()
            }
        }
    }

    fn binary(&mut self, state: &mut State, op: BinOp, lhs: &Operand, rhs: &Operand) -> Value {
        let (left, right) = (self.operand_read(state, lhs), self.operand_read(state, rhs));
        let mut out = Value::default();
        for (thing, _) in left.things.iter().chain(&right.things) {
            if let Thing::StatusOf(ob) = thing
                && let Some((said, negated)) = self.compared(op, (lhs, &left), (rhs, &right))
            {
                out.add(Thing::Says(*ob, said, negated), Own::Owned);
            }
        }
        // `while read < buffer.len()`, with nothing read yet: what a count from zero runs up to is seldom nothing.
        let sides = match op {
            BinOp::Less => Some((lhs, left.konst, right.konst)),
            BinOp::Greater => Some((rhs, right.konst, left.konst)),
            _ => None,
        };
        if let Some((count, Some(Konst::Zero), most)) = sides
            && most != Some(Konst::Zero)
            && self.is_counted(count)
        {
            out.shape = Shape::Yes;
        }
        if matches!(op, BinOp::Mul | BinOp::Add | BinOp::Sub | BinOp::Div) {
            out.konst = match (left.konst, right.konst) {
                (Some(Konst::Huge), _) | (_, Some(Konst::Huge)) if op != BinOp::Div => {
                    Some(Konst::Huge)
                }
                (Some(Konst::Zero), _) | (_, Some(Konst::Zero)) if op == BinOp::Mul => {
                    Some(Konst::Zero)
                }
                (Some(_), Some(_)) => Some(Konst::Some),
                _ => None,
            };
        }
        out
    }

    /// Whether the block at hand decides whether a `while` loop turns that writes this: the zero of `while left > 0` is none of
    /// its turn's doing, and says nothing of what is left.
    fn is_counted(&self, count: &Operand) -> bool {
        let Operand::Use(count) = count else {
            return false;
        };
        let heads = |l: &Loop| l.kind == LoopKind::While && l.head.0 == self.at.0;
        let Some(of) = self.body.loops.iter().position(heads) else {
            return false;
        };
        let lent = |kind: &StmtKind| match kind {
            StmtKind::Assign(_, Rvalue::Ref { mutable, place }) => {
                *mutable && place.local == count.local
            }
            _ => false,
        };
        let lent = self.body.placed().filter(|(_, stmt)| lent(&stmt.kind));
        let written = self.body.writes(count.local).map(|(at, _)| at);
        let mut changed = written.chain(lent.map(|(at, _)| at));
        changed.any(|(block, _)| is_in(self.body, block, LoopId(of as u32)))
    }

    /// A closure or async block with what it captures: moved in if it says `move` or consumes it, else borrowed.
    fn closure(&mut self, state: &mut State, child: BodyId, span: Span) -> Value {
        let body = self.cx.body(child);
        let (is_move, is_async) = match body.kind {
            BodyKind::Closure { is_move, .. } => (is_move, false),
            BodyKind::Async { is_move, .. } => (is_move, true),
            _ => (false, false),
        };
        let offset = body.params.len();
        let mut captured = Vec::new();
        for (index, capture) in body.captures.iter().enumerate() {
            let consumed = self
                .known(Part::Body(child))
                .bodies
                .get(&child)
                .and_then(|o| o.params.get(offset + index))
                .is_some_and(|p| p.consumed);
            let place = Place::local(capture.outer);
            let written = self.writes(child, capture.inner);
            let mut value = if is_move || consumed {
                self.take(state, &place, span)
            } else {
                let value = self.read(state, &place).borrowed(true);
                if written {
                    Self::unsettle(state, place.local);
                } else {
                    Self::unfill(state, place.local);
                }
                value
            };
            if written {
                // It may run more than once, and finds then what it wrote itself.
                value = value.unformed();
            }
            self.pass(child, (offset + index) as u16, &value);
            captured.push(value);
        }
        if is_async {
            let work = Work::Async(child, captured.into());
            Value::of(Thing::Future(Arc::new(Future { work, guard: None })))
        } else {
            Value::of(Thing::Closure(child, captured.into()))
        }
    }

    /// Whether a closure or async block writes a local that it captures, itself or by one inside it.
    fn writes(&self, body: BodyId, inner: Local) -> bool {
        let by_one_inside = |child: BodyId| {
            let mut captures = self.cx.body(child).captures.iter();
            captures.any(|c| c.outer == inner && self.writes(child, c.inner))
        };
        let lends_or_hands_on = |value: &Rvalue| match value {
            Rvalue::Ref { mutable, place } => *mutable && place.local == inner,
            Rvalue::Closure(idx) | Rvalue::Async(idx) => {
                let child = self.cx.program.child_of(body, *idx);
                child.is_some_and(by_one_inside)
            }
            _ => false,
        };
        self.cx.body(body).stmts().any(|stmt| match &stmt.kind {
            StmtKind::Assign(to, value) => to.local == inner || lends_or_hands_on(value),
            _ => false,
        })
    }

    /// A const, static, function or unit constructor as a value.
    fn path_value(&mut self, at: (u32, u32), path: &PathRef) -> Value {
        let Some(target) = self.types.paths.get(&at) else {
            return Value::unknown();
        };
        let Some(def) = target.def else {
            // `u64::MAX`: primitives have no definition to look up.
            let huge = path.last().is_some_and(|n| n == "MAX");
            return Value {
                konst: huge.then_some(Konst::Huge),
                unknown: !huge,
                ..Value::default()
            };
        };
        let facts = self.cx.facts.of(def);
        // `Method::GET` is another answer than `Method::HEAD`, which says that there is no body.
        if facts.iter().any(|f| f.empty || f.tells.is_some()) || self.cx.answers_question(def) {
            return Value::of(Thing::Function(def));
        }
        let known = self.cx.types.known;
        match &self.cx.program.def(def).kind {
            DefKind::Static { is_const, body, .. } => {
                let known_here = self.known(Part::Static(def));
                let mut value = known_here.statics.get(&def).cloned().unwrap_or_default();
                if let (true, Some(body)) = (*is_const, body)
                    && let Some(out) = self.known(Part::Body(*body)).bodies.get(body)
                {
                    value.join(&out.ret);
                    value.konst = out.ret.konst;
                    value.shape = out.ret.shape;
                }
                match self.cx.program.def(def).name.as_str() {
                    "MAX" => value.konst = Some(Konst::Huge),
                    "ZERO" => value.konst = Some(Konst::Zero),
                    _ => {}
                }
                let borrowed = if *is_const {
                    value.clone()
                } else {
                    value.borrowed(false)
                };
                Value {
                    konst: value.konst,
                    shape: value.shape,
                    ..borrowed
                }
            }
            DefKind::Fn { body, .. } => {
                if let Some(body) = body {
                    self.tables.root(*body);
                }
                Value::of(Thing::Function(def))
            }
            DefKind::Variant { .. } if Some(def) == known.none => Value {
                shape: Shape::No,
                ..Value::default()
            },
            DefKind::Variant { variant } if !variant.fields.is_empty() => {
                Value::of(Thing::Function(def))
            }
            DefKind::Struct { tuple: true, .. } => Value::of(Thing::Function(def)),
            _ => Value::default(),
        }
    }
}
