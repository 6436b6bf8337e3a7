//! Calls of bodies in sight: what the callee does to its arguments, and what it returns in terms of them.

use std::sync::Arc;

use crate::flow::interp::Interp;
use crate::flow::interp::place::with_slot;
use crate::flow::state::State;
use crate::flow::tables::{Fate, ParamOut, Part, ReadRec, ResKind, ResRec, Spawned, Traced};
use crate::flow::value::{Future, Ob, Own, Reading, Request, SiteKey, Slots, Thing, Value, Work};
use crate::ir::body::BodyKind;
use crate::name::Name;
use crate::resolve::def::BodyId;
use crate::resolve::ty::Ty;
use crate::source::Span;

/// Deepest nesting of futures and closures followed in a returned value.
const DEPTH: u32 = 5;

impl Interp<'_, '_, '_, '_> {
    /// Runs a body with these arguments (captures behind the parameters).
    pub(in crate::flow::interp) fn apply(
        &mut self,
        state: &mut State,
        callee: BodyId,
        args: &[Value],
        guard: Option<Span>,
        site: SiteKey,
        span: Span,
        spawned: bool,
    ) -> Value {
        self.edge(callee, guard, spawned, site);
        for (index, arg) in args.iter().enumerate() {
            self.pass(callee, index as u16, arg);
        }
        let variant = self.variant_of(callee, args, site, span);
        let (params, ret, reads) = match self.known(Part::Body(callee)).bodies.get(&callee) {
            Some(out) => {
                let ret = match variant {
                    Some(variant) => out.rets.get(&variant).cloned().unwrap_or_default(),
                    None => out.ret.clone(),
                };
                (out.params.clone(), ret, out.reads.clone())
            }
            // Not run yet: what it does will be known in the next round.
            None => (
                Vec::new(),
                Value::default(),
                std::collections::BTreeSet::new(),
            ),
        };
        for (index, arg) in args.iter().enumerate() {
            let done = params.get(index);
            self.apply_param(state, arg, done, span, guard, site);
            self.pass_reads(&reads, index as u16, arg, guard);
        }
        let mut result = self.substitute(state, &ret, callee, args, site, DEPTH);
        result.shape = ret.shape;
        result.konst = ret.konst;
        result.err = ret.err;
        result.filled = ret.filled;
        result
    }

    /// Reads the callee makes of a parameter are reads of what was passed.
    fn pass_reads(
        &mut self,
        reads: &std::collections::BTreeSet<ReadRec>,
        index: u16,
        arg: &Value,
        guard: Option<Span>,
    ) {
        let wanted = Ob::Param(index);
        for read in reads.iter().filter(|r| r.reading.of.contains(&wanted)) {
            let of = arg.bodies(self.id);
            if !of.is_empty() {
                self.out.reads.insert(ReadRec {
                    reading: Reading {
                        of,
                        ..read.reading.clone()
                    },
                    guard: read.guard.or(guard),
                });
            }
        }
    }

    fn apply_param(
        &mut self,
        state: &mut State,
        arg: &Value,
        done: Option<&ParamOut>,
        span: Span,
        guard: Option<Span>,
        site: SiteKey,
    ) {
        let Some(done) = done else { return };
        if done.kept {
            self.keep_clients(arg, true);
        }
        for (ob, own) in arg.obligations(self.id) {
            if own == Own::Shared && !done.well.any(Fate::SETTLED) {
                continue;
            }
            let all = done.well.with(done.badly);
            let paid = all
                .without(Fate::LIVE)
                .without(Fate::ABSENT)
                .without(Fate::RETURNED);
            let fate = if done.well.any(Fate::SETTLED) {
                // Paid where it ends well; what the error ways do is the error ways' business.
                // A handle that one branch waits for is lost where another wins.
                let kept = Fate::SETTLED.with(Fate::STORED);
                let kept = if own == Own::Owned {
                    kept.with(Fate::SELECT).with(Fate::TIMED)
                } else {
                    kept
                };
                Some(Fate(paid.0 & kept.0))
            } else if done.well.any(Fate::STORED) {
                Some(Fate::STORED)
            } else if done.well.any(Fate::RETURNED) {
                None
            } else if own == Own::Owned && all.any(Fate::DROPPED) {
                if done.well.any(Fate::LIVE) && !done.well.any(Fate::DROPPED) {
                    // What ends well has it in a place that is not followed; only what fails is seen to drop it.
                    Some(Fate::ESCAPED)
                } else {
                    self.paid_on_failure(state, ob, done, span);
                    Some(Fate::DROPPED)
                }
            } else if paid.any(Fate::SETTLED) {
                Some(Fate(paid.0 & Fate::SETTLED.0))
            } else if own == Own::Owned && all.any(Fate::SELECT.with(Fate::FORGOTTEN)) {
                Some(Fate(all.0 & (Fate::SELECT.0 | Fate::FORGOTTEN.0)))
            } else {
                None
            };
            if let Some(fate) = fate {
                let at = if fate.any(Fate::DROPPED) {
                    done.dropped.or(Some(span))
                } else {
                    Some(span)
                };
                self.settle(state, ob, fate, at);
                if fate.any(Fate::STORED) && own == Own::Owned {
                    for key in &done.fields {
                        self.note_stored(ob, *key);
                    }
                }
            }
        }
        // A future or closure that the callee runs runs under the callee's bound.
        if let Some(inner) = done.runs {
            let inner = inner.or(done.awaits.flatten());
            self.passes_on(arg, inner.or(guard));
            let runnable = Value {
                things: arg
                    .things
                    .iter()
                    .filter(|(t, _)| {
                        matches!(
                            t,
                            Thing::Future(_) | Thing::Closure(..) | Thing::Function(_)
                        )
                    })
                    .cloned()
                    .collect(),
                ..Value::default()
            };
            if !runnable.things.is_empty() {
                let futures = self.call_things(state, &runnable, &[], site, span);
                let output = self.perform(state, &futures, inner.or(guard), site, span);
                for (ob, own) in output.obligations(self.id) {
                    if own == Own::Owned {
                        self.settle(state, ob, Fate::ESCAPED, Some(span));
                    }
                }
            }
        }
        if done.spawned {
            let (_, results) = self.spawn(state, arg, site, span);
            self.let_go(state, &results, span);
        }
    }

    /// What a parameter holds is run by whom it is handed on to.
    fn passes_on(&mut self, arg: &Value, guard: Option<Span>) {
        for (thing, _) in &arg.things {
            if let Thing::Param(body, index, _) = thing
                && *body == self.id
                && let Some(param) = self.out.params.get_mut(usize::from(*index))
            {
                param.runs.get_or_insert(guard);
            }
        }
    }

    /// A callee that drops an argument where it ends well may have paid for it where it fails (`check(response)?` reads the
    /// body of an error): that is a way of its own.
    fn paid_on_failure(&mut self, state: &State, ob: Ob, done: &ParamOut, span: Span) {
        let paid = Fate(done.badly.0 & Fate::SETTLED.0);
        if paid == Fate::default() {
            return;
        }
        match ob {
            Ob::Res(id) if state.obs.get(&ob).is_some_and(|s| s.fate.any(Fate::LIVE)) => {
                self.happens(Traced::Res(id), paid, span, None);
                self.ending(id, paid, None, true);
            }
            Ob::Res(_) => {}
            Ob::Param(index) => {
                if let Some(param) = self.out.params.get_mut(usize::from(index)) {
                    param.badly = param.badly.with(paid);
                }
            }
        }
    }

    /// Calls closures and functions among the things; futures stay. Arguments go to whatever parameter can hold them.
    pub(in crate::flow::interp) fn call_things(
        &mut self,
        state: &mut State,
        value: &Value,
        args: &[Value],
        site: SiteKey,
        span: Span,
    ) -> Value {
        let mut out = Value {
            unknown: value.unknown,
            ..Value::default()
        };
        for (thing, own) in &value.things {
            match thing {
                Thing::Closure(body, captured) => {
                    let mut all = self.spread(*body, args);
                    all.extend(captured.iter().cloned());
                    if matches!(
                        self.cx.body(*body).kind,
                        BodyKind::Closure { is_async: true, .. }
                    ) {
                        // Like an `async fn`: what is called runs nothing yet.
                        for (index, arg) in all.iter().enumerate() {
                            self.pass(*body, index as u16, arg);
                        }
                        self.makes(*body, site);
                        let work = Work::Call(*body, all.into(), span);
                        out.add(
                            Thing::Future(Arc::new(Future { work, guard: None })),
                            Own::Owned,
                        );
                        continue;
                    }
                    let result = self.apply(state, *body, &all, None, site, span, false);
                    out.join(&Value {
                        shape: crate::flow::value::Shape::Any,
                        ..result
                    });
                }
                Thing::Function(def) => {
                    let args = self.spread_over(*def, args);
                    let result = self.call_def(state, *def, &args, site, span);
                    out.join(&Value {
                        shape: crate::flow::value::Shape::Any,
                        ..result
                    });
                }
                Thing::Param(body, index, _) if *body == self.id => {
                    if let Some(param) = self.out.params.get_mut(usize::from(*index)) {
                        param.runs.get_or_insert(None);
                    }
                    // Where the parameter is the code itself, who calls chooses what is set.
                    if !self.brings_code(*body, *index) {
                        self.shaped_by_others(args);
                    }
                    if self.gives_future(&self.cx.param_ty(*body, *index)) {
                        let work = Work::Given(*body, *index);
                        out.add(
                            Thing::Future(Arc::new(Future { work, guard: None })),
                            Own::Owned,
                        );
                    }
                    out.unknown = true;
                }
                _ => out.add(thing.clone(), *own),
            }
        }
        out
    }

    /// Whether code of this type, once called, gives a future.
    fn gives_future(&self, ty: &Ty) -> bool {
        let ty = ty.peel_refs();
        let known = self.cx.types.known;
        match ty {
            Ty::FnPtr(_, ret) => self.cx.is_future(ret),
            _ => self.cx.bounds_of(ty).iter().any(|bound| {
                match known.closure_trait(bound.trait_def) {
                    Some(true) => true,
                    Some(false) => {
                        let given =
                            self.cx
                                .lookup()
                                .assoc(ty, Some(bound.trait_def), Name::output());
                        given.is_some_and(|ty| self.cx.is_future(&ty))
                    }
                    None => false,
                }
            }),
        }
    }

    /// Distributes values over a closure's parameters, by what each can hold. One value per parameter goes as it is.
    fn spread(&mut self, body: BodyId, args: &[Value]) -> Vec<Value> {
        let count = self.cx.body(body).params.len();
        let mut pool = Value::default();
        for arg in args {
            pool.join(arg);
        }
        (0..count)
            .map(|i| {
                let ty = self.cx.param_ty(body, i as u16);
                let given = if args.len() == count {
                    args.get(i)
                } else {
                    None
                };
                self.filtered(given.unwrap_or(&pool), &ty)
            })
            .collect()
    }

    /// The same for a function or constructor passed by name.
    fn spread_over(&self, def: crate::resolve::def::DefId, args: &[Value]) -> Vec<Value> {
        let wanted: Vec<Ty> = match self.cx.types.sigs.get(&def) {
            Some(sig) => sig.params.clone(),
            None => self
                .cx
                .types
                .fields
                .get(&def)
                .into_iter()
                .flatten()
                .map(|(_, t)| t.clone())
                .collect(),
        };
        let mut pool = Value::default();
        for arg in args {
            pool.join(arg);
        }
        wanted.iter().map(|ty| self.filtered(&pool, ty)).collect()
    }

    /// A returned value with the callee's parameters replaced by the arguments, and what it acquired acquired anew here.
    #[allow(clippy::too_many_arguments)] // one recursion, carried state included
    fn substitute(
        &mut self,
        state: &mut State,
        value: &Value,
        callee: BodyId,
        args: &[Value],
        site: SiteKey,
        depth: u32,
    ) -> Value {
        let mut out = Value {
            unknown: value.unknown,
            ..Value::default()
        };
        if depth == 0 {
            return Value::unknown();
        }
        for (thing, own) in &value.things {
            match thing {
                Thing::Param(body, index, slots) if *body == callee => {
                    match args.get(usize::from(*index)) {
                        Some(arg) => {
                            for (thing, arg_own) in &arg.things {
                                let own = if *own == Own::Owned { *arg_own } else { *own };
                                out.add(overlaid(thing, slots), own);
                            }
                            out.unknown |= arg.unknown;
                        }
                        None => out.unknown = true,
                    }
                }
                Thing::Response(id) | Thing::Handle(id) if *own == Own::Owned => {
                    if let Some(thing) = self.acquire_from(state, *id, callee, args, site) {
                        out.add(thing, *own);
                    }
                }
                Thing::Future(future) => {
                    let work = self.substitute_work(state, &future.work, callee, args, site, depth);
                    match work {
                        Some(work) => {
                            out.add(
                                Thing::Future(Arc::new(Future {
                                    work,
                                    guard: future.guard,
                                })),
                                *own,
                            );
                        }
                        None => {
                            // What the parameter held takes the place of "run the parameter".
                            if let Work::Param(_, index) = future.work
                                && let Some(arg) = args.get(usize::from(index))
                            {
                                for (thing, own) in &arg.things {
                                    out.add(guarded(thing, future.guard), *own);
                                }
                            }
                        }
                    }
                }
                Thing::Closure(body, captured) => {
                    let captured = captured
                        .iter()
                        .map(|v| self.substitute(state, v, callee, args, site, depth - 1))
                        .collect();
                    out.add(Thing::Closure(*body, captured), *own);
                }
                Thing::Request(request) => {
                    let request = self.substitute_request(request, callee, args);
                    out.add(Thing::Request(Arc::new(request)), *own);
                }
                Thing::Stream(Ob::Param(index)) => {
                    for ob in args
                        .get(usize::from(*index))
                        .map(|a| a.bodies(self.id))
                        .unwrap_or_default()
                    {
                        out.add(Thing::Stream(ob), *own);
                    }
                }
                Thing::StatusOf(Ob::Param(_)) | Thing::Says(Ob::Param(_), ..) => {
                    if let Some(thing) = self.about(thing, args) {
                        out.add(thing, *own);
                    }
                }
                Thing::SlotOf(..) | Thing::Present(..) | Thing::IsSet(..) => {}
                Thing::Client(id) if !self.is_built_for(*id, callee, args) => {}
                other => out.add(other.clone(), *own),
            }
        }
        out
    }

    /// A check a helper makes of a parameter's response is a check of what was passed.
    fn about(&self, thing: &Thing, args: &[Value]) -> Option<Thing> {
        let (Thing::StatusOf(Ob::Param(index)) | Thing::Says(Ob::Param(index), ..)) = thing else {
            return None;
        };
        let (ob, _) = args
            .get(usize::from(*index))?
            .obligations(self.id)
            .first()
            .copied()?;
        Some(match thing {
            Thing::Says(_, said, negated) => Thing::Says(ob, *said, *negated),
            _ => Thing::StatusOf(ob),
        })
    }

    fn substitute_request(&mut self, request: &Request, callee: BodyId, args: &[Value]) -> Request {
        use crate::flow::value::ClientSrc;
        let mut clients = Vec::new();
        for source in &request.clients {
            match source {
                ClientSrc::Param(body, index) if *body == callee => {
                    match args.get(usize::from(*index)) {
                        Some(arg) => clients.extend(self.client_sources(arg)),
                        None => clients.push(ClientSrc::Unknown),
                    }
                }
                other => clients.push(other.clone()),
            }
        }
        clients.sort_unstable();
        clients.dedup();
        let mut empty = request.empty;
        let mut empty_if = Vec::new();
        for param in &request.empty_if {
            if param.0 != callee {
                empty_if.push(*param);
            } else if let Some(arg) = args.get(usize::from(param.1)) {
                empty |= self.says_empty(arg);
                empty_if.extend(super::asked_by(arg, self.id));
            }
        }
        Request {
            clients,
            empty,
            empty_if,
            ..request.clone()
        }
    }

    #[allow(clippy::too_many_arguments)] // see `substitute`
    fn substitute_work(
        &mut self,
        state: &mut State,
        work: &Work,
        callee: BodyId,
        args: &[Value],
        site: SiteKey,
        depth: u32,
    ) -> Option<Work> {
        Some(match work {
            Work::Send(call, request) => {
                let request = self.substitute_request(request, callee, args);
                // The request is told apart by what this caller passed; the sending call stays the callee's.
                let known = self.known(Part::Request(*call)).requests.get(call).cloned();
                if let Some(rec) = known {
                    self.tables.request(crate::flow::tables::RequestRec {
                        request: request.clone(),
                        stale: false,
                        ..rec
                    });
                }
                Work::Send(*call, Arc::new(request))
            }
            Work::Call(body, inner, at) => Work::Call(
                *body,
                inner
                    .iter()
                    .map(|v| self.substitute(state, v, callee, args, site, depth - 1))
                    .collect(),
                *at,
            ),
            Work::Async(body, inner) => Work::Async(
                *body,
                inner
                    .iter()
                    .map(|v| self.substitute(state, v, callee, args, site, depth - 1))
                    .collect(),
            ),
            Work::Then(parts, adaptors) => Work::Then(
                parts
                    .iter()
                    .map(|v| self.substitute(state, v, callee, args, site, depth - 1))
                    .collect(),
                adaptors.clone(),
            ),
            Work::Done(results) => Work::Done(
                results
                    .iter()
                    .map(|v| self.substitute(state, v, callee, args, site, depth - 1))
                    .collect(),
            ),
            Work::Read(reading) => {
                let mut of = Vec::new();
                for ob in &reading.of {
                    match ob {
                        Ob::Param(index) => {
                            if let Some(arg) = args.get(usize::from(*index)) {
                                of.extend(arg.bodies(self.id));
                            }
                        }
                        Ob::Res(_) => of.push(*ob),
                    }
                }
                Work::Read(Reading {
                    of,
                    ..reading.clone()
                })
            }
            Work::Param(body, _) | Work::Given(body, _) if *body == callee => return None,
            other => other.clone(),
        })
    }

    /// A response or handle that a callee hands out is this caller's to settle.
    fn acquire_from(
        &mut self,
        state: &mut State,
        id: crate::flow::value::ResId,
        callee: BodyId,
        args: &[Value],
        site: SiteKey,
    ) -> Option<Thing> {
        let Some(rec) = self.tables.rec(id).cloned() else {
            return Some(Thing::Response(id));
        };
        let known = self.known(Part::Body(callee)).bodies.get(&callee);
        let ends = known.and_then(|out| out.endings.get(&id));
        if ends.is_some_and(|ends| ends.iter().all(|e| !e.fate.any(Fate::RETURNED))) {
            // Settled where it comes from: what is returned came of it, but is not it.
            return None;
        }
        let root = rec.origin.unwrap_or(id);
        let tables = match (rec.origin, rec.request) {
            (None, Some(sent)) => self.known(Part::Request(sent)),
            _ => &*self.tables,
        };
        let asked: Vec<&Value> = tables
            .empty_if(id)
            .iter()
            .filter(|(body, _)| *body == callee)
            .filter_map(|(_, index)| args.get(usize::from(*index)))
            .collect();
        let empty = asked.iter().any(|v| self.says_empty(v));
        let empty_if: Vec<(BodyId, u16)> = asked
            .iter()
            .flat_map(|v| super::asked_by(v, self.id))
            .collect();
        let new = self.tables.resource(site, Some(root), || ResRec {
            site,
            origin: Some(root),
            spawned: Spawned::default(),
            empty_if: Vec::new(),
            ..rec.clone()
        });
        self.tables.ask(new, empty_if);
        let mut tracked = false;
        if rec.kind == ResKind::Handle {
            let spawned = self.spawned_for(&rec.spawned, callee, args);
            tracked = spawned.tracked.is_some();
            self.tables.spawn(new, spawned);
        }
        let aborts = rec.kind == ResKind::Handle
            && state
                .obs
                .get(&Ob::Res(id))
                .is_some_and(|s| s.fate.any(Fate::ABORTED));
        let fate = match rec.kind {
            ResKind::Handle if aborts => Fate::ABORTED,
            ResKind::Handle if tracked => Fate::TRACKED,
            ResKind::Response if empty => Fate::EMPTY,
            _ => Fate::LIVE,
        };
        self.acquire(state, new, fate);
        Some(match rec.kind {
            ResKind::Response => Thing::Response(new),
            ResKind::Handle => Thing::Handle(new),
        })
    }
}

/// A thing with the settings a callee wrote over it.
pub(super) fn overlaid(thing: &Thing, slots: &Slots) -> Thing {
    slots
        .iter()
        .fold(thing.clone(), |t, (name, slot)| with_slot(&t, name, slot))
}

/// A thing under a bound.
pub(in crate::flow::interp) fn guarded(thing: &Thing, guard: Option<Span>) -> Thing {
    match (thing, guard) {
        (Thing::Future(future), Some(_)) if future.guard.is_none() => {
            Thing::Future(Arc::new(Future {
                work: future.work.clone(),
                guard,
            }))
        }
        (Thing::Param(body, index, _), Some(_)) => Thing::Future(Arc::new(Future {
            work: Work::Param(*body, *index),
            guard,
        })),
        _ => thing.clone(),
    }
}
