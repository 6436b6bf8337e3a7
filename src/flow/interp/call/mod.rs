//! Calls: bodies in sight are applied, the catalogue's facts carried out, the rest follows from signatures.

mod apply;
mod clients;
mod contents;
mod facts;
mod owner;
mod passed;
mod request;
mod returned;
mod role;
mod signature;

use std::sync::Arc;

use crate::flow::interp::Interp;
use crate::flow::state::State;
use crate::flow::value::{Future, Own, Shape, SiteKey, Thing, Value, Work};
use crate::ir::body::{Call, Callee, Local, Operand, Place};
use crate::name::Name;
use crate::resolve::def::{BodyId, DefId, DefKind};
use crate::resolve::sig::body_of;
use crate::resolve::ty::Ty;
use crate::source::Span;

use request::asked_by;
pub(super) use returned::guarded;
use returned::overlaid;
pub(super) use signature::{only_code, without_code};

/// More impls than a call through `dyn` is followed into.
const IMPLS: usize = 6;

/// Deepest nesting of `Deref`s looked through.
const MOST_DEREFS: usize = 6;

/// A call being carried out.
pub(super) struct Doing {
    pub(super) site: SiteKey,
    pub(super) def: DefId,
    /// The receiver's place, if it has one.
    pub(super) recv: Option<Place>,
    /// Arguments, the receiver first if there is one.
    pub(super) args: Vec<Value>,
    /// Their types.
    pub(super) tys: Vec<Ty>,
    pub(super) has_self: bool,
    pub(super) name_span: Span,
    span: Span,
    /// Type of the result.
    pub(super) ret: Ty,
}

impl Doing {
    /// Argument by the catalogue's counting: `-1` is the receiver.
    fn arg(&self, index: i8) -> Option<usize> {
        match (index, self.has_self) {
            (-1, true) => Some(0),
            (i, true) if i >= 0 => Some(i as usize + 1),
            (i, false) if i >= 0 => Some(i as usize),
            // A method called by path: its receiver is the first argument.
            (-1, false) => Some(0),
            _ => None,
        }
    }
}

impl Interp<'_, '_, '_, '_> {
    pub(super) fn call(
        &mut self,
        state: &mut State,
        at: (u32, u32),
        call: &Call,
        dest: Local,
    ) -> Value {
        let target = self.types.calls.get(&at).cloned();
        let site = self.site(at);
        let ret = self.ty(dest).clone();
        let def = target.as_ref().and_then(|t| t.def);
        let value_call = target.as_ref().and_then(|t| t.value.clone());
        let sig = def.and_then(|d| self.cx.types.sigs.get(&d));
        let by_value = sig.is_none_or(|s| s.self_by_value);
        let mut args = Vec::new();
        let mut tys = Vec::new();
        let mut recv = None;
        if let Callee::Method { recv: place, .. } = &call.callee {
            let recv_ty = self.cx.place_ty(self.id, place);
            let moves = by_value && sig.is_some() && !matches!(recv_ty, Ty::Ref(_));
            let value = if moves {
                self.take(state, place, call.span)
            } else {
                self.read(state, place).borrowed(true)
            };
            let wanted = target.as_ref().map(|t| t.self_ty.peel_refs());
            let behind = wanted
                .and_then(|w| self.behind_derefs(state, &value, &recv_ty, w, site, call.span));
            let (value, recv_ty) = behind.unwrap_or((value, recv_ty));
            args.push(value);
            tys.push(recv_ty);
            recv = Some(place.clone());
            if !moves && self.may_write(def) {
                if self.may_change(def, &ret) {
                    Self::unsettle(state, place.local);
                } else {
                    Self::unfill(state, place.local);
                }
            }
        }
        for operand in &call.args {
            tys.push(match operand {
                Operand::Use(place) => self.cx.place_ty(self.id, place),
                Operand::Lit(lit) => Ty::of_literal(lit).unwrap_or(Ty::Unknown),
            });
            args.push(self.operand(state, operand, call.span));
        }
        let Some(def) = def else {
            if let (Some(_), Callee::Value(place)) = (&value_call, &call.callee) {
                let callee = self.read(state, place);
                let mut out = self.call_value(state, &callee, &args, site, call.span);
                let made = self.by_passed_code(&callee, &args, &ret);
                if made
                    .things
                    .iter()
                    .any(|(t, _)| matches!(t, Thing::Builder(_)))
                {
                    out.unknown = made.unknown;
                }
                out.join(&made);
                return self.requests_of_code(out, &ret, site);
            }
            return self.unknown_call_of(state, &args, &tys, call.span);
        };
        if value_call.is_some() && !matches!(self.cx.program.def(def).kind, DefKind::Fn { .. }) {
            return self.construct(state, def, args, call.span);
        }
        let has_self = sig.is_some_and(|s| s.has_self);
        let doing = Doing {
            site,
            def,
            recv,
            args,
            tys,
            has_self,
            name_span: call.name_span,
            span: call.span,
            ret,
        };
        self.dispatch(state, doing)
    }

    /// What a `Deref` of the program's own makes of a receiver whose method is that of what is behind it, and its type.
    fn behind_derefs(
        &mut self,
        state: &mut State,
        value: &Value,
        ty: &Ty,
        wanted: &Ty,
        site: SiteKey,
        span: Span,
    ) -> Option<(Value, Ty)> {
        let head = |ty: &Ty| match ty {
            Ty::Adt(def, _) => Some(*def),
            _ => None,
        };
        let wanted = head(wanted)?;
        let (mut value, mut at, mut through) = (value.clone(), ty.peel_refs().clone(), false);
        for _ in 0..MOST_DEREFS {
            let owner = head(&at)?;
            if owner == wanted {
                return through.then_some((value, at));
            }
            // What the standard library's pointers hold is seen through them anyway.
            if self.cx.program.is_local(owner) {
                let found = self
                    .cx
                    .lookup()
                    .assoc_fn(&at, Name::new("deref"), 0, true)?;
                let body = body_of(self.cx.program, found.def)?;
                let given = [value.borrowed(false)];
                value = self.apply(state, body, &given, None, site, span, false);
                through = true;
            }
            at = self.cx.lookup().deref(&at)?.peel_refs().clone();
        }
        None
    }

    /// Calls a function by definition from elsewhere than a call expression (a function passed by name).
    pub(super) fn call_def(
        &mut self,
        state: &mut State,
        def: DefId,
        args: &[Value],
        site: SiteKey,
        span: Span,
    ) -> Value {
        let (ret, tys, has_self) = match self.cx.types.sigs.get(&def) {
            Some(sig) => (sig.ret.clone(), sig.params.clone(), sig.has_self),
            None => return self.construct(state, def, args.to_vec(), span),
        };
        let mut args = args.to_vec();
        args.resize(tys.len(), Value::default());
        let doing = Doing {
            site,
            def,
            recv: None,
            args,
            tys,
            has_self,
            name_span: span,
            span,
            ret,
        };
        self.dispatch(state, doing)
    }

    fn dispatch(&mut self, state: &mut State, mut doing: Doing) -> Value {
        if let Some(from) = self.conversion(&doing) {
            doing.def = from;
            doing.has_self = false;
        }
        match &self.cx.program.def(doing.def).kind {
            DefKind::Fn {
                body: Some(body),
                item,
            } => {
                let args = doing.args;
                if item.is_async {
                    for (index, arg) in args.iter().enumerate() {
                        self.pass(*body, index as u16, arg);
                    }
                    self.makes(*body, doing.site);
                    let work = Work::Call(*body, args.into(), doing.span);
                    return Value::of(Thing::Future(Arc::new(Future { work, guard: None })));
                }
                let result = self.apply(state, *body, &args, None, doing.site, doing.span, false);
                match self.cx.declared_by(doing.def) {
                    // An impl that is not in sight may have a body of its own.
                    Some(_) => result.unformed(),
                    None => result,
                }
            }
            DefKind::Fn { body: None, .. } if self.cx.program.is_local(doing.def) => {
                self.through_trait(state, doing)
            }
            DefKind::Fn { .. } => self.catalogued(state, doing),
            DefKind::Struct { .. } | DefKind::Variant { .. } => {
                self.construct(state, doing.def, doing.args, doing.span)
            }
            _ => self.unknown_call(state, &doing.args, doing.span),
        }
    }

    /// Whether it is `Into::into` or `From::from` itself: which impl runs, types say.
    fn converts(&self, def: DefId) -> bool {
        let known = self.cx.types.known;
        let of = self.cx.declared_by(def);
        of.is_some() && [known.into, known.from].contains(&of)
    }

    /// What runs behind `x.into()` and `T::from(x)`: the impl that takes what `x` is.
    fn conversion(&self, doing: &Doing) -> Option<DefId> {
        let parent = self.cx.program.def(doing.def).parent?;
        let of_impl = || self.cx.types.trait_of_impl(parent).map(|t| t.trait_def);
        if !self.converts(doing.def) && of_impl() != self.cx.types.known.from {
            return None;
        }
        self.cx.lookup().conversion(doing.tys.first()?, &doing.ret)
    }

    /// A trait's function without a body: whatever impls are in sight.
    fn through_trait(&mut self, state: &mut State, doing: Doing) -> Value {
        let impls = self.cx.lookup().implementors(doing.def);
        let bodies: Vec<(DefId, BodyId)> = impls
            .into_iter()
            .filter_map(|d| Some((d, body_of(self.cx.program, d)?)))
            .collect();
        if bodies.is_empty() || bodies.len() > IMPLS {
            return self.unknown_call(state, &doing.args, doing.span);
        }
        let declared_async = self.is_async_fn(doing.def);
        let mut out = Value::default();
        for (def, body) in bodies {
            let is_async = self.is_async_fn(def);
            let ret = self.cx.types.sigs.get(&def).map(|s| &s.ret);
            if declared_async && !is_async && !ret.is_some_and(|r| self.cx.is_future(r)) {
                // It stands for another build, in which the trait's function is not async either.
                continue;
            }
            let result = if is_async {
                for (index, arg) in doing.args.iter().enumerate() {
                    self.pass(body, index as u16, arg);
                }
                self.makes(body, doing.site);
                Value::of(Thing::Future(Arc::new(Future {
                    work: Work::Call(body, doing.args.clone().into(), doing.span),
                    guard: None,
                })))
            } else {
                let outer = self.manner;
                // Which impl it is depends on a type that is not known here.
                self.manner.unsure = true;
                let result = self.apply(
                    state,
                    body,
                    &doing.args,
                    None,
                    doing.site,
                    doing.span,
                    false,
                );
                self.manner = outer;
                result
            };
            out.join(&result.unformed());
        }
        out
    }

    fn is_async_fn(&self, def: DefId) -> bool {
        matches!(self.cx.program.def(def).kind, DefKind::Fn { item, .. } if item.is_async)
    }

    /// A tuple struct's or variant's value.
    fn construct(&mut self, state: &mut State, def: DefId, args: Vec<Value>, span: Span) -> Value {
        let known = self.cx.types.known;
        if self.cx.program.is_local(def) {
            let mut out = Value::default();
            for (index, value) in args.into_iter().enumerate() {
                let key = (def, Name::new(&index.to_string()));
                out.join(&self.put(state, key, value, span));
            }
            return out;
        }
        let mut out = Value::default();
        for value in &args {
            out.join(value);
        }
        out.shape = if Some(def) == known.ok || Some(def) == known.some {
            Shape::Yes
        } else if Some(def) == known.err {
            Shape::No
        } else {
            Shape::Any
        };
        out.konst = args.first().and_then(|v| v.konst);
        out.err = Some(def) == known.err || args.iter().any(|v| v.err);
        out
    }

    fn call_value(
        &mut self,
        state: &mut State,
        callee: &Value,
        args: &[Value],
        site: SiteKey,
        span: Span,
    ) -> Value {
        if callee.things.is_empty() {
            return self.unknown_call(state, args, span);
        }
        self.call_things(state, callee, args, site, span)
    }

    /// A call that leads where we do not see.
    fn unknown_call(&mut self, state: &mut State, args: &[Value], span: Span) -> Value {
        for arg in args {
            self.escape(state, arg, span);
        }
        self.shaped_by_others(args);
        Value::unknown()
    }

    /// A call by a name that leads where we do not see, of arguments of these types.
    fn unknown_call_of(
        &mut self,
        state: &mut State,
        args: &[Value],
        tys: &[Ty],
        span: Span,
    ) -> Value {
        let mut rest = Vec::new();
        for (arg, ty) in args.iter().zip(tys) {
            // Whoever gets a client behind a layer sends through the layer.
            let bound = self.cx.facts.bounds_calls(ty);
            let (clients, other) = arg
                .clone()
                .parted(|t| bound && matches!(t, Thing::Client(_)));
            self.put_behind(&clients, span);
            self.keep_clients(&clients, false);
            rest.push(other);
        }
        self.unknown_call(state, &rest, span)
    }

    /// The clients in a value are given on behind what bounds each call.
    fn put_behind(&mut self, clients: &Value, at: Span) {
        for (thing, _) in &clients.things {
            if let Thing::Client(id) = thing {
                self.tables.bound_client(*id, at);
            }
        }
    }

    /// Notes of builders that code we do not see may have set anything on them.
    pub(in crate::flow::interp) fn shaped_by_others(&mut self, args: &[Value]) {
        for (thing, own) in args.iter().flat_map(|a| &a.things) {
            if let Thing::Builder(builder) = thing
                && *own != Own::Shared
            {
                self.tables.shape(builder.site);
            }
        }
    }

    fn gather(&self, doing: &Doing, pick: impl Fn(&Thing) -> bool) -> Vec<(Thing, Own)> {
        doing
            .args
            .iter()
            .flat_map(|v| v.things.iter())
            .filter(|(t, _)| pick(t))
            .cloned()
            .collect()
    }
}
