//! Calls: bodies in sight are applied, the catalogue's facts carried out, the rest follows from signatures.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Interp;
use super::apply::guarded;
use super::place::{slot_kind, with_slot};
use crate::catalog::schema::{CallFact, DropDoes, Pays, Reads, Role, Tells, Zero};
use crate::flow::resource::Phase;
use crate::flow::state::State;
use crate::flow::tables::{Fate, Manner, ResKind, ResRec};
use crate::flow::turns;
use crate::flow::value::{
    Builder, ClientId, ClientSrc, Extent, Future, Konst, Ob, Own, Reading, Request, Shape, SiteKey,
    SlotKind, SlotState, Slots, Thing, Value, Work,
};
use crate::ir::body::{Call, Callee, Local, Operand, Place, Proj};
use crate::name::Name;
use crate::resolve::def::{BodyId, DefId, DefKind};
use crate::resolve::sig::body_of;
use crate::resolve::ty::Ty;
use crate::source::Span;

/// More impls than a call through `dyn` is followed into.
const IMPLS: usize = 6;

/// A call being carried out.
pub(super) struct Doing {
    site: SiteKey,
    def: DefId,
    /// The receiver's place, if it has one.
    recv: Option<Place>,
    /// Arguments, the receiver first if there is one.
    pub(super) args: Vec<Value>,
    /// Their types.
    tys: Vec<Ty>,
    has_self: bool,
    pub(super) name_span: Span,
    span: Span,
    /// Type of the result.
    ret: Ty,
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
            args.push(value);
            tys.push(recv_ty);
            recv = Some(place.clone());
        }
        for operand in &call.args {
            tys.push(match operand {
                Operand::Use(place) => self.cx.place_ty(self.id, place),
                Operand::Lit(_) => Ty::Unknown,
            });
            args.push(self.operand(state, operand, call.span));
        }
        let Some(def) = def else {
            if let (Some(_), Callee::Value(place)) = (&value_call, &call.callee) {
                let callee = self.read(state, place);
                return self.call_value(state, &callee, &args, site, call.span);
            }
            return self.unknown_call(state, &args, call.span);
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
                    self.out.made.insert((*body, doing.site));
                    let work = Work::Call(*body, args.into(), doing.span);
                    return Value::of(Thing::Future(Arc::new(Future { work, guard: None })));
                }
                self.apply(state, *body, &args, None, doing.site, doing.span, false)
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
        let parent = self.cx.program.def(def).parent;
        parent.is_some() && [known.into, known.from].contains(&parent)
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
        let bodies: Vec<(DefId, crate::resolve::def::BodyId)> = impls
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
                self.out.made.insert((body, doing.site));
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
            out.join(&Value {
                shape: Shape::Any,
                ..result
            });
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
            for (index, value) in args.iter().enumerate() {
                self.store(state, (def, Name::new(&index.to_string())), value, span);
            }
            return Value::default();
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
        Value::unknown()
    }

    /// A function of the catalogue.
    fn catalogued(&mut self, state: &mut State, mut doing: Doing) -> Value {
        let facts = self.cx.facts_of(doing.def);
        let outer = self.manner;
        self.manner = Manner {
            once: facts.iter().any(|f| f.once.is_some()),
            may_block: facts.iter().any(|f| f.may_block),
            ..Manner::default()
        };
        let mut done = None;
        for fact in &facts {
            self.settings(state, fact, &mut doing);
            if let Some(value) = self.fact(state, fact, &doing) {
                done = Some(value);
            }
        }
        let mut value = match done {
            Some(value) => value,
            None => self.by_signature(state, &doing),
        };
        if facts.iter().any(|f| f.instead) {
            self.stand_in(&doing, &value);
        }
        if facts.iter().any(|f| f.tracked && f.spawns.is_none()) {
            value.add(Thing::Tracked(doing.name_span), Own::Owned);
        }
        if facts.iter().any(|f| f.empty) && self.cx.question(&doing.ret) {
            value.add(Thing::Function(doing.def), Own::Owned);
        }
        self.manner = outer;
        value
    }

    /// Notes which clients are there only where building others has failed.
    fn stand_in(&mut self, doing: &Doing, value: &Value) {
        let clients = |of: &Value| -> BTreeSet<ClientId> {
            let id = |(thing, _): &(Thing, Own)| match thing {
                Thing::Client(id) => Some(*id),
                _ => None,
            };
            of.things.iter().filter_map(id).collect()
        };
        let built = doing.args.first().map(clients).unwrap_or_default();
        for other in clients(value).difference(&built) {
            self.out
                .stand_ins
                .extend(built.iter().map(|b| (*other, *b)));
        }
    }

    /// A function or closure that the callee will run for each request: nothing is known of its arguments.
    fn handler(&mut self, state: &mut State, index: i8, doing: &Doing) -> Value {
        let code = doing.arg(index).and_then(|i| doing.args.get(i)).cloned();
        let code = code.unwrap_or_default();
        let outer = std::mem::replace(
            &mut self.manner,
            Manner {
                handler: true,
                ..Manner::default()
            },
        );
        for (thing, _) in &code.things {
            let body = match thing {
                Thing::Closure(body, _) => Some(*body),
                Thing::Function(def) => body_of(self.cx.program, *def),
                _ => None,
            };
            if let Some(body) = body {
                self.edge(body, None, true, doing.site);
            }
        }
        self.manner = outer;
        for value in &doing.args {
            self.escape(state, value, doing.span);
        }
        Value::unknown()
    }

    /// Setters write slots of what they are called on.
    fn settings(&mut self, state: &mut State, fact: &CallFact, doing: &mut Doing) {
        let (name, kind) = match (&fact.sets, &fact.clears) {
            (Some(name), _) => {
                let index = fact.value + usize::from(doing.has_self);
                let Some(value) = doing.args.get(index) else {
                    return;
                };
                let ty = doing.tys.get(index).cloned().unwrap_or(Ty::Unknown);
                let optional = match &ty {
                    Ty::Adt(def, _) => Some(*def) == self.cx.types.known.option,
                    _ => false,
                };
                let mut kind = slot_kind(value, optional);
                if fact.zero == Zero::Disables && value.konst == Some(Konst::Zero) {
                    kind = SlotKind::Infinite;
                }
                (name, kind)
            }
            (None, Some(name)) => (name, SlotKind::Infinite),
            _ => return,
        };
        let name = Name::new(name);
        let slot = SlotState {
            kind,
            at: doing.name_span,
        };
        if !doing.has_self {
            return;
        }
        let question = self.set_on_question(doing);
        if let Some(receiver) = doing.args.first_mut() {
            receiver.things.extend(question);
            for (thing, _) in &receiver.things {
                if let Thing::Client(id) = thing {
                    self.tables.set_on_client(*id, name, slot);
                }
            }
            receiver.things = receiver
                .things
                .iter()
                .map(|(t, own)| (with_slot(t, name, slot), *own))
                .collect();
            receiver.things.sort_unstable();
        }
        let borrowed = self
            .cx
            .types
            .sigs
            .get(&doing.def)
            .is_some_and(|s| !s.self_by_value)
            || doing.tys.first().is_some_and(|t| matches!(t, Ty::Ref(_)));
        if borrowed && let Some(place) = &doing.recv {
            self.write_slot(state, place.local, name, slot);
        }
    }

    /// A request that was a plain question until now: a crate's settings were written into it (`Configurable::timeout` of an
    /// `http::request::Builder`). What it goes through is told where it is sent.
    fn set_on_question(&self, doing: &Doing) -> Option<(Thing, Own)> {
        let asked = |ty: &Ty| self.cx.role(ty.peel_refs(), Role::Question).is_some();
        doing.tys.first().filter(|ty| asked(ty))?;
        let set = |(thing, _): &(Thing, Own)| matches!(thing, Thing::Request(_));
        if doing.args.first()?.things.iter().any(set) {
            return None;
        }
        let request = Request {
            site: doing.site,
            family: Some(*self.cx.facts.call_families.get(&doing.def)?),
            clients: Vec::new(),
            slots: Slots::default(),
            empty: false,
            empty_if: Vec::new(),
        };
        Some((Thing::Request(Arc::new(request)), Own::Owned))
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

    /// Carries out what the catalogue says; `Some` if the result is settled by that.
    fn fact(&mut self, state: &mut State, fact: &CallFact, doing: &Doing) -> Option<Value> {
        if fact.diverges {
            self.diverged = true;
            return Some(Value::default());
        }
        if fact.sends == [Phase::Connect] {
            return Some(self.connects(doing));
        }
        if !fact.sends.is_empty() {
            return Some(self.sends(state, fact, doing));
        }
        if let Some(reads) = fact.reads {
            return Some(self.reads(state, reads, doing));
        }
        if let Some(index) = fact.spawns {
            return Some(self.spawns(state, fact, index, doing));
        }
        if let Some(index) = fact.handler {
            return Some(self.handler(state, index, doing));
        }
        if let Some(pays) = fact.pays {
            return Some(self.pays(state, pays, doing));
        }
        if let Some(index) = fact.bounds {
            return Some(self.bounds(index, doing));
        }
        if fact.races {
            return Some(self.races(doing));
        }
        if let Some(index) = fact.runs {
            let value = doing
                .arg(index)
                .and_then(|i| doing.args.get(i))
                .cloned()
                .unwrap_or_default();
            let futures = self.call_things(state, &value, &[], doing.site, doing.span);
            return Some(self.perform(state, &futures, None, doing.site, doing.span));
        }
        if let Some(slot) = &fact.slot_mut {
            let local = doing.recv.as_ref().map(|p| p.local.0)?;
            return Some(Value {
                things: vec![(
                    Thing::SlotOf(local, Name::new(slot), doing.name_span),
                    Own::Owned,
                )],
                ..Value::default()
            });
        }
        if fact.discards || fact.drops || fact.forgets || fact.escapes {
            return Some(self.disposes(state, fact, doing));
        }
        if fact.timer || fact.signal {
            return Some(self.waits(fact, doing));
        }
        if let Some(tells) = fact.tells {
            return Some(self.tells(tells, doing));
        }
        None
    }

    fn waits(&mut self, fact: &CallFact, doing: &Doing) -> Value {
        if !self.cx.is_future(&doing.ret) {
            return Value::default();
        }
        let work = if fact.timer {
            Work::Timer
        } else {
            Work::Signal(doing.name_span)
        };
        let mut out = Value::of(Thing::Future(Arc::new(Future { work, guard: None })));
        // `run_until_cancelled(future)`: what it is given runs inside.
        for (thing, own) in self.gather(doing, |t| matches!(t, Thing::Future(_))) {
            out.add(thing, own);
        }
        out
    }

    /// A connection made ahead of all requests: the client at its end, with the settings of what it was made from.
    fn connects(&mut self, doing: &Doing) -> Value {
        let (roots, input_role) = self.roots(doing);
        let unknown = doing.args.iter().any(|v| v.unknown);
        let family = self.family_of(doing);
        let mut out = Value::default();
        self.client_result(doing, &roots, input_role, unknown, family, &mut out);
        out
    }

    /// `is_some()`: which variant it is, of a local.
    fn present(&self, present: bool, doing: &Doing) -> Value {
        let shape = doing.args.first().map_or(Shape::Any, |v| v.shape);
        let local = doing.recv.as_ref().filter(|p| p.proj.is_empty());
        let things = local.map(|p| (Thing::Present(p.local.0, !present), Own::Owned));
        Value {
            things: things.into_iter().collect(),
            shape: match (shape, present) {
                (Shape::Yes, true) | (Shape::No, false) => Shape::Yes,
                (Shape::Yes, false) | (Shape::No, true) => Shape::No,
                (Shape::Any, _) => Shape::Any,
            },
            ..Value::default()
        }
    }

    fn tells(&mut self, tells: Tells, doing: &Doing) -> Value {
        if matches!(tells, Tells::Present | Tells::Absent) {
            return self.present(tells == Tells::Present, doing);
        }
        let mut out = Value::default();
        for value in &doing.args {
            self.looked_at(value, doing.name_span);
            for (thing, _) in &value.things {
                let ob = match thing {
                    Thing::Response(id) => Some(Ob::Res(*id)),
                    Thing::Param(body, index, _) if *body == self.id => Some(Ob::Param(*index)),
                    Thing::StatusOf(ob) => Some(*ob),
                    _ => None,
                };
                if let Some(ob) = ob {
                    let thing = match tells {
                        Tells::Status => Thing::StatusOf(ob),
                        Tells::Success => Thing::Succeeded(ob, false),
                        Tells::Failure => Thing::Succeeded(ob, true),
                        Tells::Present | Tells::Absent => continue,
                    };
                    out.add(thing, Own::Owned);
                }
            }
        }
        out
    }

    fn disposes(&mut self, state: &mut State, fact: &CallFact, doing: &Doing) -> Value {
        for value in &doing.args {
            for (ob, own) in value.obligations(self.id) {
                if own == Own::Shared {
                    continue;
                }
                let is_handle = matches!(ob, Ob::Res(id) if self.tables.rec(id).is_some_and(|r| r.kind == ResKind::Handle));
                let fate = if fact.forgets {
                    Fate::FORGOTTEN
                } else if fact.escapes {
                    Fate::ESCAPED
                } else if is_handle {
                    // Dropping a handle, even written out, does not end its task.
                    Fate::DROPPED
                } else {
                    Fate::PURPOSE
                };
                self.settle(state, ob, fate, Some(doing.name_span));
            }
            if fact.forgets {
                self.keep_clients(value, true);
            }
            if fact.escapes {
                self.escape(state, value, doing.span);
            }
        }
        Value {
            unknown: fact.escapes,
            ..Value::default()
        }
    }

    /// A future under a bound: the same future, guarded.
    fn bounds(&mut self, index: i8, doing: &Doing) -> Value {
        let mut out = Value::default();
        let Some(value) = doing.arg(index).and_then(|i| doing.args.get(i)) else {
            return Value::unknown();
        };
        let duration = doing
            .args
            .iter()
            .enumerate()
            .find(|(i, _)| doing.arg(index) != Some(*i));
        let endless = duration.is_some_and(|(_, v)| v.konst == Some(Konst::Huge));
        let guard = (!endless).then_some(doing.name_span);
        for (thing, own) in &value.things {
            out.add(guarded(thing, guard), *own);
        }
        out.unknown = value.unknown;
        out
    }

    fn pays(&mut self, state: &mut State, pays: Pays, doing: &Doing) -> Value {
        let fate = match pays {
            Pays::Join => Fate::JOINED,
            Pays::Abort => Fate::ABORTED,
        };
        for value in &doing.args {
            for (ob, _) in value.obligations(self.id) {
                self.settle(state, ob, fate, Some(doing.name_span));
            }
        }
        Value::unknown()
    }

    fn spawns(&mut self, state: &mut State, fact: &CallFact, index: i8, doing: &Doing) -> Value {
        let value = doing
            .arg(index)
            .and_then(|i| doing.args.get(i))
            .cloned()
            .unwrap_or_default();
        let spawned = self.spawn(state, &value, doing.site, doing.span);
        let (site, def) = (doing.site, doing.def);
        let id = self.tables.resource(site, None, || ResRec {
            kind: ResKind::Handle,
            site,
            def: Some(def),
            origin: None,
            request: None,
            spawned: spawned.bodies.clone(),
            spawns_param: spawned.param,
            driver: spawned.driver,
            told: spawned.told,
            passed: spawned.passed.clone(),
            empty_if: Vec::new(),
        });
        if let Some(rec) = self.tables.res.get_mut(id.0 as usize) {
            for body in &spawned.bodies {
                if !rec.spawned.contains(body) {
                    rec.spawned.push(*body);
                }
            }
            rec.spawns_param |= spawned.param;
            rec.driver |= spawned.driver;
            rec.told = rec.told.or(spawned.told);
            for param in &spawned.passed {
                if !rec.passed.contains(param) {
                    rec.passed.push(*param);
                }
            }
        }
        let what = doing.arg(index).and_then(|i| doing.tys.get(i));
        let drives = what.is_some_and(|ty| self.cx.role(ty, Role::Driver).is_some());
        if let Some(rec) = self.tables.res.get_mut(id.0 as usize) {
            rec.driver |= drives;
        }
        let drop = self.cx.handle_drop(&doing.ret);
        let fate = if fact.tracked || spawned.tracked.is_some() {
            Fate::TRACKED
        } else if matches!(drop, Some(DropDoes::Aborts | DropDoes::Joins)) {
            Fate::ABORTED
        } else {
            Fate::LIVE
        };
        self.acquire(state, id, fate);
        if self.cx.role(&doing.ret, Role::Handle).is_none() && !fact.tracked {
            // It returns nothing to join: lost where it stands.
            self.settle(state, Ob::Res(id), Fate::DROPPED, Some(doing.name_span));
            return Value::default();
        }
        Value::of(Thing::Handle(id))
    }

    fn reads(&mut self, state: &mut State, reads: Reads, doing: &Doing) -> Value {
        let source = doing.args.first().cloned().unwrap_or_default();
        // Through `&` nothing can be read.
        let of = Value {
            things: source
                .things
                .into_iter()
                .filter(|(_, own)| *own != Own::Shared)
                .collect(),
            ..Value::default()
        }
        .bodies(self.id);
        let later = self.cx.is_future(&doing.ret);
        let given_code = doing
            .tys
            .iter()
            .skip(1)
            .any(|t| matches!(t.peel_refs(), Ty::Closure(_) | Ty::FnDef(..)));
        let turns = turns::around(self.body, doing.site.1.0);
        let piece = reads == Reads::Step;
        let opened = piece && self.yields_source(doing);
        let ends = match (piece, &turns) {
            (false, _) => false,
            // How far it is read is up to whoever takes from it.
            _ if opened => false,
            // One piece, taken once; `for_each(..)` takes all there are.
            (true, None) => !given_code,
            (true, Some(turn)) => turns::ends_at_a_size(self.cx, self.id, turn),
        };
        let reading = Reading {
            at: doing.name_span,
            extent: match reads {
                Reads::Whole | Reads::Limited => Extent::Whole,
                Reads::Copy => Extent::Copied,
                Reads::Step if opened => Extent::Opened,
                Reads::Step => match &turns {
                    Some(turn) if turns::piles_up(self.cx, self.id, turn) => Extent::Kept,
                    _ => Extent::Piece,
                },
            },
            limited: ends
                || reads == Reads::Limited
                || doing.tys.first().is_some_and(|t| self.cx.facts.limits(t)),
            turns: turns.map(|t| t.span),
            body: self.id,
            of,
        };
        if later {
            return Value::of(Thing::Future(Arc::new(Future {
                work: Work::Read(reading),
                guard: None,
            })));
        }
        self.reading(state, &reading, None);
        let mut out = Value::default();
        if reading.extent == Extent::Opened {
            for ob in reading.of {
                out.add(Thing::Stream(ob), Own::Owned);
            }
        }
        out
    }

    /// Whether a call that reads in pieces yields what the pieces are taken from, not a piece.
    fn yields_source(&self, doing: &Doing) -> bool {
        if doing.ret == Ty::Unknown || self.cx.is_future(&doing.ret) {
            return false;
        }
        match &doing.ret {
            Ty::Bounded(_) | Ty::Param(_) => true,
            // `Option<Result<Bytes>>`, `usize`: a piece. Anything else made of the receiver is a way to pieces.
            Ty::Adt(def, _) => {
                let known = self.cx.types.known;
                ![known.option, known.result].contains(&Some(*def))
                    && self
                        .cx
                        .holds(&doing.ret, &Thing::Stream(crate::flow::value::Ob::Param(0)))
                        .is_some()
            }
            _ => false,
        }
    }

    fn sends(&mut self, state: &mut State, fact: &CallFact, doing: &Doing) -> Value {
        let whole = fact.sends.contains(&Phase::Body);
        let request = self.request_of(fact, doing);
        let has_response = !whole && self.has_response(doing);
        let blocks = !self.cx.is_future(&doing.ret);
        let request = self.sending(doing.site, request, doing.def, has_response, whole, blocks);
        if !blocks {
            let work = Work::Send(doing.site, Arc::new(request));
            return Value::of(Thing::Future(Arc::new(Future { work, guard: None })));
        }
        self.send(state, doing.site, &request, None)
    }

    /// Whether what a sending call yields in the end holds a response.
    fn has_response(&self, doing: &Doing) -> bool {
        let mut ty = doing.ret.clone();
        let known = self.cx.types.known;
        for _ in 0..3 {
            if self.cx.role(&ty, Role::Response).is_some() {
                return true;
            }
            let output = Name::output();
            let next = [known.future, known.into_future]
                .into_iter()
                .find_map(|of| self.cx.lookup().assoc(&ty, of, output));
            match next {
                Some(next) => ty = next,
                None => break,
            }
        }
        false
    }

    /// The request a sending call sends: one that was built, or one made on the spot.
    fn request_of(&mut self, fact: &CallFact, doing: &Doing) -> Request {
        let made = self.gather(doing, |t| matches!(t, Thing::Request(_)));
        let clients = self.clients_of(doing);
        if let Some((Thing::Request(request), _)) = made.first() {
            let mut request = (**request).clone();
            for (other, _) in made.iter().skip(1) {
                if let Thing::Request(other) = other {
                    request.clients.extend(other.clients.iter().cloned());
                    request.slots = request.slots.join(&other.slots);
                    request.empty &= other.empty;
                }
            }
            // `client.execute(request)`: it goes through this client whatever it was made by.
            if let Some(clients) = clients {
                request.clients = clients;
            } else if request.clients.is_empty() && fact.one_shot {
                request.clients = vec![ClientSrc::OneShot(doing.site)];
            } else if self.goes_through_unknown(doing) {
                request.clients = vec![ClientSrc::Unknown];
            }
            request.clients.sort_unstable();
            request.clients.dedup();
            return request;
        }
        let family = self.family_of(doing);
        let params = self.gather(doing, |t| matches!(t, Thing::Param(..)));
        let request_param = params.iter().find_map(|(t, _)| match t {
            Thing::Param(body, index, slots) if self.is_request(*body, *index) => {
                Some((*body, *index, slots.clone()))
            }
            _ => None,
        });
        if let Some((body, index, slots)) = request_param {
            let clients = clients.unwrap_or_else(|| vec![ClientSrc::Param(body, index)]);
            return Request {
                site: doing.site,
                family,
                clients,
                slots,
                empty: fact.empty,
                empty_if: vec![(body, index)],
            };
        }
        let takes_request = doing
            .tys
            .iter()
            .any(|t| self.cx.role(t, Role::Request).is_some());
        let clients = clients.unwrap_or_else(|| {
            if takes_request {
                vec![ClientSrc::Unknown]
            } else {
                vec![ClientSrc::OneShot(doing.site)]
            }
        });
        Request {
            site: doing.site,
            family,
            clients,
            slots: Slots::default(),
            empty: fact.empty || doing.args.iter().any(|v| self.says_empty(v)),
            empty_if: self.questions_of(doing),
        }
    }

    /// Whether a request is sent by a method of something that is neither a request nor a client we know: it does not go
    /// alone, however it was made.
    fn goes_through_unknown(&self, doing: &Doing) -> bool {
        let receiver = doing.tys.first().filter(|_| doing.has_self);
        receiver.is_some_and(|ty| {
            let roles = |r| matches!(r, Role::Request | Role::Builder | Role::Client);
            self.cx.facts.role_in(ty, roles).is_none()
        })
    }

    fn is_request(&self, body: crate::resolve::def::BodyId, index: u16) -> bool {
        self.cx
            .role(&self.cx.param_ty(body, index), Role::Request)
            .is_some()
    }

    /// The clients among receiver and arguments; `None` if no part of the call is a client.
    fn clients_of(&self, doing: &Doing) -> Option<Vec<ClientSrc>> {
        for (value, ty) in doing.args.iter().zip(&doing.tys) {
            if self
                .cx
                .role(ty.peel_refs(), Role::Client)
                .is_some_and(|_| self.is_client(ty))
            {
                return Some(self.client_sources(value));
            }
        }
        None
    }

    fn is_client(&self, ty: &Ty) -> bool {
        let mut at = ty.clone();
        for _ in 0..6 {
            if self
                .cx
                .facts
                .role(&at)
                .is_some_and(|r| r.role == Role::Client)
            {
                return true;
            }
            match self.cx.lookup().deref(&at) {
                Some(next) => at = next,
                None => return false,
            }
        }
        false
    }

    /// The family of settings a call is about.
    fn family_of(&self, doing: &Doing) -> Option<crate::flow::facts::FamilyId> {
        let pick = |ty: &Ty| {
            self.cx.facts.role_in(ty, |r| {
                matches!(
                    r,
                    Role::Request | Role::Client | Role::Builder | Role::Response
                )
            })
        };
        let from = doing.tys.iter().chain(std::iter::once(&doing.ret));
        let direct = from.filter_map(pick).find_map(|r| r.family);
        let named = || self.cx.facts.call_families.get(&doing.def).copied();
        direct.or_else(named).or_else(|| {
            let output = Name::output();
            let known = self.cx.types.known;
            let inner = [known.future, known.into_future]
                .into_iter()
                .find_map(|of| self.cx.lookup().assoc(&doing.ret, of, output))?;
            pick(&inner).and_then(|r| r.family)
        })
    }

    /// What follows from the signature alone: roles of the result, closures called, contents passed on by type.
    fn by_signature(&mut self, state: &mut State, doing: &Doing) -> Value {
        if self.role_is_declared(doing)
            && let Some(value) = self.by_role(doing)
        {
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

    /// Whether it is the function itself that speaks of the role its result has, not just what fills its parameters: a
    /// container of clients is no client. `Default`, `From` and `Into` speak of whatever they are for.
    fn role_is_declared(&self, doing: &Doing) -> bool {
        let Some(sig) = self.cx.types.sigs.get(&doing.def) else {
            return false;
        };
        let roles = |r: Role| matches!(r, Role::Client | Role::Builder | Role::Request);
        if self.cx.facts.role_in(&sig.ret, roles).is_some() {
            return true;
        }
        let known = self.cx.types.known;
        let parent = self.cx.program.def(doing.def).parent;
        parent.is_some()
            && [known.default, known.from, known.into].contains(&parent)
            && self.outermost_role(&doing.ret, roles)
    }

    fn outermost_role(&self, ty: &Ty, pred: impl Fn(Role) -> bool) -> bool {
        self.cx.facts.role(ty).is_some_and(|r| pred(r.role))
    }

    /// Whether an argument is a closure or function that the callee calls (a future is passed on instead).
    fn takes_code(&self, doing: &Doing, index: usize) -> bool {
        doing.tys.get(index).is_some_and(|t| {
            matches!(
                t.peel_refs(),
                Ty::Closure(_) | Ty::FnDef(..) | Ty::FnPtr(..) | Ty::Param(_) | Ty::Bounded(_)
            )
        })
    }

    /// Notes whether the callee may call an argument as often as it likes (it asks for `Fn` or `FnMut`), and whether it says
    /// that it calls it at all.
    fn calls(&mut self, doing: &Doing, index: usize) {
        let known = self.cx.types.known;
        let often = [known.fn_, known.fn_mut, known.async_fn, known.async_fn_mut];
        let once = [known.fn_once, known.async_fn_once];
        let sig = self.cx.types.sigs.get(&doing.def);
        let bounds = match sig.and_then(|s| s.params.get(index)) {
            Some(Ty::Bounded(bounds)) => &bounds[..],
            Some(Ty::Param(param)) => match self.cx.types.params.get(param.0 as usize) {
                Some(info) => &info.bounds[..],
                None => &[],
            },
            _ => &[],
        };
        let asks = |of: &[Option<DefId>]| bounds.iter().any(|b| of.contains(&Some(b.trait_def)));
        let facts = self.cx.facts_of(doing.def);
        let mut retried = facts.iter().filter_map(|f| doing.arg(f.retries?));
        self.manner.retried = retried.any(|i| i == index);
        self.manner.many = asks(&often) && !self.manner.retried;
        let often = self.manner.many || self.manner.retried;
        let pointer = matches!(sig.and_then(|s| s.params.get(index)), Some(Ty::FnPtr(..)));
        self.manner.unsure = !often && !asks(&once) && !pointer;
    }

    /// Of what fills this parameter, the types that can be in the result beside what a closure in sight makes: `and_then`
    /// of a `Result<T, E>` yields a `Result<U, E>`, of which only the error can be the receiver's. `None` where that does
    /// not follow. The standard library's signatures can be taken by their letter.
    fn past_code(&self, doing: &Doing, index: usize) -> Option<Vec<Ty>> {
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

    /// Contents of arguments go into the result where its type can hold them; by `&mut self` into the receiver; what was
    /// given by value and goes nowhere is dropped by the callee.
    fn pass_on(
        &mut self,
        state: &mut State,
        doing: &Doing,
        pool: &[(Value, usize)],
        called: &Value,
    ) -> Value {
        let mut out = self.filtered(called, &doing.ret);
        let sig = self.cx.types.sigs.get(&doing.def);
        let declared_ret_is_self_ref = sig.is_some_and(|s| matches!(s.ret, Ty::Ref(_)));
        if declared_ret_is_self_ref {
            // `entry(key).or_insert_with(Client::new)`: what is lent out was put in.
            self.keep_clients(called, true);
        }
        for (value, index) in pool {
            let ty = doing.tys.get(*index).cloned().unwrap_or(Ty::Unknown);
            let by_value = match (*index, doing.has_self) {
                (0, true) => sig.is_some_and(|s| s.self_by_value),
                _ => !matches!(ty, Ty::Ref(_)),
            };
            let past_code = self.past_code(doing, *index).filter(|_| by_value);
            let mut flows = self.filtered(value, &doing.ret);
            if let Some(types) = past_code {
                let stays = |t: &Thing| types.iter().any(|ty| self.cx.holds(ty, t).is_some());
                flows.things.retain(|(t, _)| stays(t));
                out.join(&Value {
                    shape: Shape::Any,
                    konst: None,
                    ..flows
                });
                out.unknown |= value.unknown;
                continue;
            }
            if declared_ret_is_self_ref && by_value {
                self.keep_clients(&flows, true);
            }
            if declared_ret_is_self_ref {
                flows = flows.borrowed(true);
            }
            let into_receiver = doing.has_self && *index > 0 && by_value;
            let mut kept = Value::default();
            let stores = into_receiver && self.stores_in_receiver(doing);
            if stores {
                // `insert(key, value) -> Option<V>`: what comes out is what was there before.
                let recv_ty = doing.tys.first().cloned().unwrap_or(Ty::Unknown);
                flows
                    .things
                    .retain(|(t, _)| self.cx.holds(&recv_ty, t).is_none());
            }
            for (thing, own) in &value.things {
                let flowing = flows.things.iter().any(|(t, _)| t == thing);
                if flowing {
                    continue;
                }
                let recv_ty = doing.tys.first().cloned().unwrap_or(Ty::Unknown);
                if into_receiver && self.cx.holds(&recv_ty, thing).is_some() {
                    kept.add(thing.clone(), *own);
                } else if *own == Own::Owned && by_value {
                    self.consumed(state, thing, doing);
                }
            }
            if !kept.things.is_empty() {
                self.keep(state, doing, &kept);
            }
            if !by_value {
                self.borrowing(state, doing, *index, &mut flows);
                self.looked_at(value, doing.name_span);
            }
            out.join(&Value {
                shape: Shape::Any,
                konst: None,
                ..flows
            });
            out.unknown |= value.unknown;
        }
        self.own_clones(doing, &mut out);
        self.wrap_handles(state, doing, &out);
        out.shape = self.shape_of(doing, &out);
        out.konst = self.konst_of(doing);
        out
    }

    /// A client handed out by value is owned, though it was made from a borrowed one: a clone shares its pool.
    fn own_clones(&self, doing: &Doing, out: &mut Value) {
        for (thing, own) in &mut out.things {
            if matches!(thing, Thing::Client(_)) && self.cx.holds(&doing.ret, thing) == Some(false)
            {
                *own = Own::Owned;
            }
        }
        out.things.sort_unstable();
        out.things.dedup();
    }

    /// Whether a method keeps what it is given: it takes `&mut self`.
    fn stores_in_receiver(&self, doing: &Doing) -> bool {
        use crate::ir::item::Receiver;
        matches!(&self.cx.program.def(doing.def).kind, DefKind::Fn { item, .. } if item.receiver == Some(Receiver::RefMut))
    }

    /// Whether the receiver is only the way to what the method belongs to: a lock's guard, an entry, a cell's borrow.
    fn through_guard(&self, doing: &Doing) -> bool {
        let head = |ty: &Ty| match ty.peel_refs() {
            Ty::Adt(def, _) => Some(*def),
            _ => None,
        };
        let declared = self
            .cx
            .types
            .sigs
            .get(&doing.def)
            .and_then(|s| s.params.first())
            .and_then(head);
        let given = doing.tys.first().and_then(head);
        declared.is_some()
            && given.is_some()
            && declared != given
            && given != self.cx.types.known.boxed
    }

    /// A borrowing method whose result *owns* contents moved them out (`take`, `pop`, `drain`): the receiver loses them. A
    /// shared borrow cannot.
    fn borrowing(&mut self, state: &mut State, doing: &Doing, index: usize, flows: &mut Value) {
        let sig = self.cx.types.sigs.get(&doing.def);
        let declared = sig
            .and_then(|s| s.params.get(index))
            .cloned()
            .unwrap_or(Ty::Unknown);
        let item = match &self.cx.program.def(doing.def).kind {
            DefKind::Fn { item, .. } => item.receiver.clone(),
            _ => None,
        };
        use crate::ir::item::Receiver;
        let exclusive = index == 0 && doing.has_self && matches!(item, Some(Receiver::RefMut))
            || (!doing.has_self && matches!(declared, Ty::Ref(_)));
        let owned_by_type = |i: &Self, thing: &Thing| i.cx.holds(&doing.ret, thing) == Some(false);
        let mut out = Value {
            unknown: flows.unknown,
            konst: flows.konst,
            shape: flows.shape,
            err: false,
            things: Vec::new(),
        };
        let mut moved = Vec::new();
        for (thing, own) in &flows.things {
            let moves = exclusive
                && *own == Own::Mut
                && owned_by_type(self, thing)
                && matches!(
                    thing,
                    Thing::Response(_) | Thing::Handle(_) | Thing::Future(_) | Thing::Param(..)
                );
            if moves {
                out.add(thing.clone(), Own::Owned);
                moved.push(thing.clone());
            } else if matches!(thing, Thing::Handle(_)) && self.is_second_handle(doing) {
                out.add(thing.clone(), Own::Owned);
            } else {
                out.add(thing.clone(), *own);
            }
        }
        if !moved.is_empty()
            && let Some(place) = &doing.recv
        {
            let mut left = state.get(place.local);
            left.things
                .retain(|(t, own)| *own != Own::Owned || !moved.contains(t));
            state.set(place.local, left);
        }
        *flows = out;
    }

    /// Whether a borrowing method makes a handle beside the one it is called on (`abort_handle()`): the task is lost only
    /// with the last of them.
    fn is_second_handle(&self, doing: &Doing) -> bool {
        self.cx
            .facts
            .role(&doing.ret)
            .is_some_and(|r| r.role == Role::Handle)
    }

    /// Puts things into the receiver.
    fn keep(&mut self, state: &mut State, doing: &Doing, kept: &Value) {
        let Some(place) = &doing.recv else {
            self.escape(state, kept, doing.span);
            return;
        };
        // `self.handles.push(h)`: a field of the user's remembers.
        let field = place
            .proj
            .iter()
            .enumerate()
            .rev()
            .find_map(|(i, step)| match step {
                Proj::Field(name) => {
                    let base = Place {
                        local: place.local,
                        proj: place.proj.iter().take(i).cloned().collect(),
                    };
                    let owner = self
                        .cx
                        .field_owner(&self.cx.place_ty(self.id, &base), *name)?;
                    Some((owner, *name))
                }
                _ => None,
            });
        if let Some(key) = field {
            self.store(state, key, kept, doing.span);
        } else {
            let behind_ref =
                matches!(self.ty(place.local), Ty::Ref(_)) || self.through_guard(doing);
            if behind_ref {
                self.keep_clients(kept, true);
                // The caller's collection, or one behind a guard: it leaves this body.
                for (ob, own) in kept.obligations(self.id) {
                    if own == Own::Owned {
                        self.settle(state, ob, Fate::ESCAPED, Some(doing.span));
                    }
                }
            } else {
                state.join_into(place.local, kept);
            }
        }
    }

    /// Something given by value to a function that does not give it back.
    fn consumed(&mut self, state: &mut State, thing: &Thing, doing: &Doing) {
        let value = Value {
            things: vec![(thing.clone(), Own::Owned)],
            ..Value::default()
        };
        // A conversion that we do not see into has made something of it.
        let drops = self.cx.program.std == Some(self.cx.program.def(doing.def).krate)
            && !self.converts(doing.def);
        if doing.has_self {
            // `cell.set(client)`, `sender.send(client)`: others have it now.
            self.keep_clients(&value, true);
        }
        if drops {
            self.lose_value(state, &value, Fate::DROPPED, doing.name_span, None);
        } else {
            self.escape(state, &value, doing.span);
        }
    }

    /// A handle wrapped in one whose drop ends the task is paid.
    fn wrap_handles(&mut self, state: &mut State, doing: &Doing, out: &Value) {
        if !matches!(
            self.cx.handle_drop(&doing.ret),
            Some(DropDoes::Aborts | DropDoes::Joins)
        ) {
            return;
        }
        for (ob, own) in out.obligations(self.id) {
            if own == Own::Owned {
                self.settle(state, ob, Fate::ABORTED, Some(doing.name_span));
            }
        }
    }

    fn shape_of(&self, doing: &Doing, _out: &Value) -> Shape {
        // `Some(x).into()`, `Ok(x).map_err(..)`: the outermost variant stays where the outermost type does.
        let first = doing.args.first().filter(|_| doing.has_self);
        match (first, doing.tys.first(), &doing.ret) {
            (Some(value), Some(Ty::Adt(a, _)), Ty::Adt(b, _))
                if a == b && self.keeps_shape(doing) =>
            {
                value.shape
            }
            _ => Shape::Any,
        }
    }

    fn keeps_shape(&self, doing: &Doing) -> bool {
        let name = self.cx.program.def(doing.def).name;
        matches!(
            name.as_str(),
            "map"
                | "map_err"
                | "as_ref"
                | "as_mut"
                | "cloned"
                | "copied"
                | "inspect"
                | "inspect_err"
                | "into"
        )
    }

    /// Durations made of literals: zero, endless, or something.
    fn konst_of(&self, doing: &Doing) -> Option<Konst> {
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

    /// The builders, clients and requests that a call is given, and whether its types say that it is given one.
    fn roots(&self, doing: &Doing) -> (Vec<(Thing, Own)>, bool) {
        let roots = self.gather(doing, |t| {
            matches!(
                t,
                Thing::Builder(_) | Thing::Client(_) | Thing::Request(_) | Thing::Param(..)
            )
        });
        let roots: Vec<(Thing, Own)> = roots
            .into_iter()
            .filter(|(t, _)| match t {
                Thing::Param(body, index, _) => {
                    let ty = self.cx.param_ty(*body, *index);
                    self.cx
                        .facts
                        .role_in(&ty, |r| {
                            matches!(r, Role::Client | Role::Builder | Role::Request)
                        })
                        .is_some()
                }
                _ => true,
            })
            .collect();
        let input_role = doing.tys.iter().any(|t| {
            self.cx
                .facts
                .role_in(t, |r| {
                    matches!(r, Role::Client | Role::Builder | Role::Request)
                })
                .is_some()
        });
        (roots, input_role)
    }

    /// Calls whose result has a role: clients are built, builders and requests made or passed on.
    fn by_role(&mut self, doing: &Doing) -> Option<Value> {
        let role = self.cx.facts.role_in(&doing.ret, |r| {
            matches!(r, Role::Client | Role::Builder | Role::Request)
        })?;
        let behind_ref = matches!(doing.ret, Ty::Ref(_));
        let (roots, input_role) = self.roots(doing);
        let unknown = doing.args.iter().any(|v| v.unknown);
        let mut out = Value::default();
        match role.role {
            Role::Request => {
                let requests: Vec<_> = roots
                    .iter()
                    .filter(|(t, _)| matches!(t, Thing::Request(_)))
                    .cloned()
                    .collect();
                for (thing, own) in &requests {
                    out.add(thing.clone(), *own);
                }
                if !requests.is_empty() {
                    return Some(out);
                }
                let from_request = doing
                    .tys
                    .iter()
                    .any(|t| self.cx.role(t, Role::Request).is_some());
                if from_request {
                    for (thing, own) in &roots {
                        out.add(thing.clone(), *own);
                    }
                    out.unknown = roots.is_empty();
                    return Some(out);
                }
                let clients = self.clients_of(doing).unwrap_or_else(|| {
                    // Made of a client, builder or request that we cannot see: that is no call of its own.
                    let made_of = if input_role {
                        ClientSrc::Unknown
                    } else {
                        ClientSrc::OneShot(doing.site)
                    };
                    vec![made_of]
                });
                let empty = self.cx.facts_of(doing.def).iter().any(|f| f.empty)
                    || doing.args.iter().any(|v| self.says_empty(v));
                let given = doing.args.iter().skip(usize::from(doing.has_self));
                let empty_if = given.flat_map(|v| params_of(v, self.id)).collect();
                let slots = Slots::default();
                let request = Request {
                    site: doing.site,
                    family: role.family,
                    clients,
                    slots,
                    empty,
                    empty_if,
                };
                out.add(Thing::Request(Arc::new(request)), Own::Owned);
            }
            Role::Builder => {
                if input_role {
                    for (thing, own) in &roots {
                        out.add(thing.clone(), if behind_ref { Own::Mut } else { *own });
                    }
                    out.unknown = roots.is_empty() || unknown;
                } else if self.may_bring_settings(doing) {
                    out.unknown = true;
                } else if let Some(family) = role.family {
                    let builder = Builder {
                        site: doing.site,
                        family,
                        slots: Slots::default(),
                    };
                    out.add(Thing::Builder(Arc::new(builder)), Own::Owned);
                }
            }
            _ => self.client_result(doing, &roots, input_role, unknown, role.family, &mut out),
        }
        self.own_clones(doing, &mut out);
        Some(out)
    }

    fn client_result(
        &mut self,
        doing: &Doing,
        roots: &[(Thing, Own)],
        input_role: bool,
        unknown: bool,
        family: Option<crate::flow::facts::FamilyId>,
        out: &mut Value,
    ) {
        let brought = brought_along(doing);
        for (thing, own) in roots {
            match thing {
                // It is part of the client that the receiver builds, not one of its own.
                Thing::Builder(builder) if brought.contains(builder) => {}
                Thing::Builder(builder) => {
                    let mut slots = builder.slots.clone();
                    for part in &brought {
                        slots.overlay(&part.slots);
                    }
                    let id = self.tables.client(
                        doing.site,
                        builder.family,
                        &slots,
                        doing.def,
                        Some(builder.site),
                    );
                    out.add(Thing::Client(id), Own::Owned);
                }
                other => out.add(other.clone(), *own),
            }
        }
        if input_role {
            out.unknown |= roots.is_empty() || unknown;
            return;
        }
        // No client or builder goes in: this call makes one, unless it gives out one it keeps.
        let takes_self = self
            .cx
            .types
            .sigs
            .get(&doing.def)
            .is_some_and(|s| s.has_self);
        match family {
            Some(family) if !takes_self => {
                let slots = Slots::default();
                let id = self
                    .tables
                    .client(doing.site, family, &slots, doing.def, None);
                out.add(Thing::Client(id), Own::Owned);
            }
            _ => {
                for value in &doing.args {
                    for (thing, own) in &value.things {
                        if matches!(thing, Thing::Client(_)) {
                            out.add(thing.clone(), *own);
                        }
                    }
                }
                out.unknown |= out.things.is_empty();
            }
        }
    }

    /// Whether a builder is made from a value of open type that may be one already: its settings are the caller's.
    fn may_bring_settings(&self, doing: &Doing) -> bool {
        let Some(sig) = self.cx.types.sigs.get(&doing.def) else {
            return false;
        };
        let converts = |ty: &Ty| match ty {
            Ty::Param(param) => self.cx.types.params.get(param.0 as usize).is_some_and(|p| {
                let mut args = p.bounds.iter().flat_map(|b| b.args.iter());
                args.any(|a| self.cx.role(a, Role::Builder).is_some())
            }),
            _ => false,
        };
        let open = |ty: &Ty| {
            matches!(
                ty,
                Ty::Param(_) | Ty::Bounded(_) | Ty::Proj(..) | Ty::Unknown
            )
        };
        let given = sig.params.iter().zip(&doing.tys);
        given
            .into_iter()
            .any(|(declared, actual)| converts(declared) && open(actual))
    }

    /// Whether a value is a constant that stands for a failure: `StatusCode::NOT_FOUND`.
    pub(super) fn says_failure(&self, value: &Value) -> bool {
        let tells = |t: &Thing| match t {
            Thing::Function(def) => {
                let facts = self.cx.facts.of(*def);
                facts.iter().any(|f| f.tells == Some(Tells::Failure))
            }
            _ => false,
        };
        value.things.iter().any(|(t, _)| tells(t))
    }

    /// `request(Method::HEAD, ..)`: an argument that the catalogue says makes for an empty body.
    pub(super) fn says_empty(&self, value: &Value) -> bool {
        let says = |t: &Thing| match t {
            Thing::Function(def) => self.cx.facts.says_no_body(*def),
            Thing::Request(made) => made.empty,
            _ => false,
        };
        value.things.iter().any(|(t, _)| says(t))
    }

    /// Notes what a call passes for a parameter. Nothing is said of most methods a request may have: that one is passed counts.
    pub(super) fn pass(&mut self, body: BodyId, index: u16, value: &Value) {
        if value.is_plain() && self.cx.asks(body, index) {
            self.tables.pass(body, index, &Value::unknown());
        } else {
            self.tables.pass(body, index, value);
        }
    }

    /// The parameters that tell what is asked for by a call that is given a request without a client.
    fn questions_of(&self, doing: &Doing) -> Vec<(BodyId, u16)> {
        let given = doing.args.iter().flat_map(|v| params_of(v, self.id));
        given
            .filter(|(body, index)| self.cx.asks(*body, *index))
            .collect()
    }
}

/// The parameters of a body among the things in a value.
pub(super) fn params_of(value: &Value, body: BodyId) -> impl Iterator<Item = (BodyId, u16)> {
    value.things.iter().filter_map(move |(t, _)| match t {
        Thing::Param(owner, index, _) if *owner == body => Some((*owner, *index)),
        _ => None,
    })
}

/// The parameters of a body that tell whether what is asked for with this value has a body.
pub(super) fn asked_by(value: &Value, body: BodyId) -> Vec<(BodyId, u16)> {
    let of_requests = value.things.iter().flat_map(|(t, _)| match t {
        Thing::Request(made) => made.empty_if.as_slice(),
        _ => &[],
    });
    let own = of_requests.filter(|(owner, _)| *owner == body).copied();
    params_of(value, body).chain(own).collect()
}

fn is_code(thing: &Thing) -> bool {
    matches!(thing, Thing::Closure(..) | Thing::Function(_))
}

fn only_code(value: &Value) -> Value {
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

fn without_code(value: &Value) -> Value {
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
    value.things.iter().filter_map(|(thing, _)| match thing {
        Thing::Future(future) => match &future.work {
            Work::Call(body, ..) | Work::Async(body, _) => Some(*body),
            _ => None,
        },
        _ => None,
    })
}

/// The builders among the arguments of a call whose receiver is one too: parts with settings of their own, as the connector
/// in `builder.build(connector)`.
fn brought_along(doing: &Doing) -> Vec<Arc<Builder>> {
    let builders = |value: &Value| -> Vec<Arc<Builder>> {
        let builder = |(thing, _): &(Thing, Own)| match thing {
            Thing::Builder(builder) => Some(builder.clone()),
            _ => None,
        };
        value.things.iter().filter_map(builder).collect()
    };
    let Some((receiver, others)) = doing.args.split_first().filter(|_| doing.has_self) else {
        return Vec::new();
    };
    let own = builders(receiver);
    if own.is_empty() {
        return Vec::new();
    }
    let mut parts: Vec<Arc<Builder>> = others.iter().flat_map(builders).collect();
    parts.retain(|part| !own.contains(part));
    parts
}
