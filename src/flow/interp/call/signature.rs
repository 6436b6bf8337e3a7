//! What follows from a call's signature alone: closures that it calls, and the shape of what comes out.

use crate::flow::interp::Interp;
use crate::flow::interp::call::Doing;
use crate::flow::state::State;
use crate::flow::value::{Konst, Own, Shape, Thing, Value};
use crate::resolve::def::{BodyId, DefId};
use crate::resolve::sig::body_of;
use crate::resolve::ty::Ty;

impl Interp<'_, '_, '_, '_> {
    /// What follows from the signature alone: roles of the result, closures called, contents passed on by type.
    pub(super) fn by_signature(&mut self, state: &mut State, doing: &Doing) -> Value {
        if self.role_is_declared(doing)
            && let Some(value) = self.by_role(doing)
        {
            return value;
        }
        if let Some(value) = self.later(doing) {
            return value;
        }
        let mut pool: Vec<(Value, usize)> = Vec::new();
        let mut called = Value::default();
        let plain: Vec<Value> = doing.args.iter().map(without_code).collect();
        for (index, arg) in doing.args.iter().enumerate() {
            let code = only_code(arg);
            if !code.things.is_empty() && self.takes_code(doing, index) {
                self.calls(doing, index);
                let result = self.call_things(
                    state,
                    &code,
                    &plain_but(&plain, index),
                    doing.site,
                    doing.span,
                );
                if self.manner.once {
                    self.once.extend(bodies_of_futures(&result));
                }
                called.join(&Value {
                    shape: Shape::Any,
                    ..result
                });
                pool.push((without_code(arg), index));
            } else {
                pool.push((arg.clone(), index));
            }
        }
        self.pass_on(state, doing, &pool, &called)
    }

    /// Whether an argument is a closure or function that the callee calls (a future is passed on instead).
    pub(in crate::flow::interp) fn takes_code(&self, doing: &Doing, index: usize) -> bool {
        doing.tys.get(index).is_some_and(|t| {
            matches!(
                t.peel_refs(),
                Ty::Closure(_) | Ty::FnDef(..) | Ty::FnPtr(..) | Ty::Param(_) | Ty::Bounded(_)
            )
        })
    }

    /// The bodies in sight of what is code to call.
    pub(in crate::flow::interp) fn bodies_of_code(&self, code: &Value) -> Vec<BodyId> {
        let body = |(thing, _): &(Thing, Own)| match thing {
            Thing::Closure(body, _) => Some(*body),
            Thing::Function(def) => body_of(self.cx.program, *def),
            _ => None,
        };
        code.things.iter().filter_map(body).collect()
    }

    /// Notes whether the callee may call an argument as often as it likes (it asks for `Fn` or `FnMut`), and whether it says
    /// that it calls it at all.
    pub(in crate::flow::interp) fn calls(&mut self, doing: &Doing, index: usize) {
        let known = self.cx.types.known;
        let often = [known.fn_, known.fn_mut, known.async_fn, known.async_fn_mut];
        let once = [known.fn_once, known.async_fn_once];
        let sig = self.cx.types.sigs.get(&doing.def);
        let param = sig.and_then(|s| s.params.get(index));
        let bounds = param.map_or(&[][..], |ty| self.cx.bounds_of(ty));
        let asks = |of: &[Option<DefId>]| bounds.iter().any(|b| of.contains(&Some(b.trait_def)));
        let facts = self.cx.facts_of(doing.def);
        let mut retried = facts.iter().filter_map(|f| doing.arg(f.retries?));
        self.manner.retried = retried.any(|i| i == index);
        self.manner.many = asks(&often) && !self.manner.retried;
        let often = self.manner.many || self.manner.retried;
        let pointer = matches!(param, Some(Ty::FnPtr(..)));
        self.manner.unsure = !often && !asks(&once) && !pointer;
    }

    /// Of what fills this parameter, the types that can be in the result beside what a closure in sight makes: `and_then`
    /// of a `Result<T, E>` yields a `Result<U, E>`, of which only the error can be the receiver's. `None` where that does
    /// not follow. The standard library's signatures can be taken by their letter.
    pub(super) fn past_code(&self, doing: &Doing, index: usize) -> Option<Vec<Ty>> {
        if self.cx.program.std != Some(self.cx.program.def(doing.def).krate) {
            return None;
        }
        let given = |i: usize| doing.args.get(i).map(only_code);
        let mut others = (0..doing.args.len()).filter(|i| *i != index);
        let calls = others.any(|i| {
            self.takes_code(doing, i) && given(i).is_some_and(|code| !code.things.is_empty())
        });
        let sig = self.cx.types.sigs.get(&doing.def).filter(|_| calls)?;
        let open = |t: &Ty| matches!(t, Ty::Param(_));
        let vague = |t: &Ty| matches!(t, Ty::Proj(..) | Ty::Bounded(_) | Ty::Unknown);
        let (Ty::Adt(_, declared), Ty::Adt(_, actual)) =
            (sig.params.get(index)?, doing.tys.get(index)?)
        else {
            return None;
        };
        if sig.ret.any(&mut |t| vague(t))
            || !sig.ret.any(&mut |t| open(t))
            || !declared.iter().all(open)
        {
            return None;
        }
        let in_result = |param: &Ty| sig.ret.any(&mut |t| t == param);
        let shared = declared.iter().zip(actual.iter());
        Some(
            shared
                .filter(|(param, _)| in_result(param))
                .map(|(_, ty)| ty.clone())
                .collect(),
        )
    }

    pub(super) fn shape_of(&self, doing: &Doing) -> Shape {
        // The default of an `Option` or `bool` is `None` or `false`.
        let of = self.cx.declared_by(doing.def);
        let is_default = of.is_some() && of == self.cx.types.known.default;
        if is_default && !matches!(doing.ret, Ty::Ref(_)) && self.cx.is_optional(&doing.ret) {
            return Shape::No;
        }
        // `Some(x).into()`, `Ok(x).map_err(..)`: the outermost variant stays where the outermost type does.
        let first = doing.args.first().filter(|_| doing.has_self);
        match (first, doing.tys.first(), &doing.ret) {
            (Some(value), Some(Ty::Adt(a, _)), Ty::Adt(b, _))
                if a == b && self.cx.keeps_shape(doing.def) =>
            {
                value.shape
            }
            _ => Shape::Any,
        }
    }

    /// Durations made of literals: zero, endless, or something.
    pub(super) fn konst_of(&self, doing: &Doing) -> Option<Konst> {
        if self.cx.program.std != Some(self.cx.program.def(doing.def).krate) {
            return None;
        }
        let konsts: Vec<Konst> = doing.args.iter().filter_map(|v| v.konst).collect();
        if konsts.contains(&Konst::Huge) {
            Some(Konst::Huge)
        } else if !konsts.is_empty() && konsts.iter().all(|k| *k == Konst::Zero) {
            Some(Konst::Zero)
        } else if konsts.is_empty() {
            None
        } else {
            Some(Konst::Some)
        }
    }
}

fn is_code(thing: &Thing) -> bool {
    matches!(thing, Thing::Closure(..) | Thing::Function(_))
}

pub(in crate::flow::interp) fn only_code(value: &Value) -> Value {
    Value {
        things: value
            .things
            .iter()
            .filter(|(t, _)| is_code(t))
            .cloned()
            .collect(),
        ..Value::default()
    }
}

pub(in crate::flow::interp) fn without_code(value: &Value) -> Value {
    Value {
        things: value
            .things
            .iter()
            .filter(|(t, _)| !is_code(t))
            .cloned()
            .collect(),
        ..value.clone()
    }
}

/// All values but one, joined into the one list a closure's parameters choose from.
fn plain_but(values: &[Value], skip: usize) -> Vec<Value> {
    let mut pool = Value::default();
    for (index, value) in values.iter().enumerate() {
        if index != skip {
            pool.join(value);
        }
    }
    // Two equal entries: never mistaken for one argument per parameter unless there is one parameter to take them.
    vec![Value {
        shape: Shape::Any,
        konst: None,
        ..pool
    }]
}

/// The bodies that futures in a value will run.
fn bodies_of_futures(value: &Value) -> impl Iterator<Item = BodyId> {
    value.things.iter().flat_map(|(thing, _)| match thing {
        Thing::Future(future) => future.bodies(),
        _ => Vec::new(),
    })
}
