//! Running futures: what awaiting, spawning or blocking on a value does.

mod adapt;
mod race;
mod spawned;

use super::Interp;
use crate::catalog::schema::Role;
use crate::flow::state::State;
use crate::flow::tables::{
    Edge, Fate, Part, ReadRec, RequestRec, ResKind, ResRec, Sent, Spawned, Waits,
};
use crate::flow::value::{
    Future, Ob, Own, Reading, Request, ResId, Shape, SiteKey, Thing, Value, Work,
};
use crate::resolve::def::BodyId;
use crate::source::Span;

/// What the code or future in a parameter of a body comes to: its callers know.
pub(in crate::flow::interp) fn yielded_by(body: BodyId, index: u16) -> Value {
    Value {
        unknown: true,
        ..Value::of(Thing::Yield(body, index))
    }
}

impl Interp<'_, '_, '_, '_> {
    /// Awaits everything a value holds; returns what comes out.
    pub(super) fn perform(
        &mut self,
        state: &mut State,
        value: &Value,
        guard: Option<Span>,
        site: SiteKey,
        span: Span,
    ) -> Value {
        let mut out = Value {
            unknown: value.unknown,
            ..Value::default()
        };
        for (thing, own) in &value.things {
            match thing {
                Thing::Future(future) => {
                    let guard = guard.or(future.guard);
                    let mut result = self.work(state, &future.work, guard, site, span);
                    if future.guard.is_some() {
                        // `timeout(..)` wraps the output in a `Result` of its own.
                        result.shape = Shape::Any;
                    }
                    out.join(&result);
                }
                Thing::Handle(id) => {
                    if *own != Own::Shared {
                        self.settle(state, Ob::Res(*id), Fate::JOINED, Some(span));
                    }
                    out.unknown = true;
                }
                Thing::Param(body, index, _) if *body == self.id => {
                    self.settle(state, Ob::Param(*index), Fate::JOINED, Some(span));
                    self.awaits_param(*index, guard);
                    // Its output is the caller's to know; a response in it passes through as the parameter. A handle's is none.
                    let ty = self.cx.param_ty(*body, *index);
                    if self.cx.role(ty.peel_refs(), Role::Handle).is_none() {
                        out.add(thing.clone(), *own);
                        out.add(Thing::Yield(*body, *index), Own::Owned);
                    }
                    out.unknown = true;
                }
                // The mark is the future's, not its output's.
                Thing::Tracked(_) => {}
                // An adaptor over a value: it comes out as it went in.
                _ => out.add(thing.clone(), *own),
            }
        }
        if value.things.len() == 1 && out.things.len() <= 1 {
            return out;
        }
        out.shape = Shape::Any;
        out
    }

    fn work(
        &mut self,
        state: &mut State,
        work: &Work,
        guard: Option<Span>,
        site: SiteKey,
        span: Span,
    ) -> Value {
        match work {
            Work::Send(call, request) => self.send(state, *call, request, guard, site),
            Work::Read(reading) => {
                self.reading(state, reading, guard);
                Value::default()
            }
            Work::Call(body, args, at) => self.apply(state, *body, args, guard, site, *at, false),
            Work::Async(body, captured) => {
                self.run_async(state, *body, captured, guard, site, span, false)
            }
            Work::Param(body, index) | Work::Yield(body, index) => {
                if *body != self.id {
                    return Value::unknown();
                }
                self.awaits_param(*index, guard);
                if matches!(work, Work::Param(..)) {
                    self.settle(state, Ob::Param(*index), Fate::JOINED, Some(span));
                }
                yielded_by(*body, *index)
            }
            Work::Then(parts, adaptors) => {
                let Some((first, code)) = parts.split_first() else {
                    return Value::unknown();
                };
                let outer = std::mem::replace(&mut self.running.adapted, true);
                let mut given = self.perform(state, first, guard, site, span);
                self.running.adapted = outer;
                for (adaptor, code) in adaptors.iter().zip(code) {
                    given = self.adapt(state, given, *adaptor, code, guard, site);
                }
                given
            }
            Work::Done(results) => {
                let mut out = Value::default();
                results.iter().for_each(|v| out.join(v));
                out
            }
            Work::Timer | Work::Signal(_) => Value::default(),
        }
    }

    /// Bodies are read: what is owed for them is paid.
    pub(super) fn reading(&mut self, state: &mut State, reading: &Reading, guard: Option<Span>) {
        for ob in &reading.of {
            self.settle(state, *ob, Fate::READ, Some(reading.at));
        }
        self.out.reads.insert(ReadRec {
            reading: reading.clone(),
            guard,
        });
    }

    /// Runs an async block: its captures are its arguments.
    pub(super) fn run_async(
        &mut self,
        state: &mut State,
        body: BodyId,
        captured: &[Value],
        guard: Option<Span>,
        site: SiteKey,
        span: Span,
        spawned: bool,
    ) -> Value {
        self.apply(state, body, captured, guard, site, span, spawned)
    }

    /// Sends a request where its future is awaited: a wait for its connection and head, and a response that somebody owes a
    /// read for.
    pub(super) fn send(
        &mut self,
        state: &mut State,
        call: SiteKey,
        request: &Request,
        guard: Option<Span>,
        site: SiteKey,
    ) -> Value {
        self.out.sent.insert(Sent { site: call, guard });
        let Some(rec) = self.known(Part::Request(call)).requests.get(&call) else {
            return Value::unknown();
        };
        let (response, empty) = (rec.response, request.empty);
        match response {
            None => Value::default(),
            Some(id) => {
                let id = self.acquired_by(id, call, request, site);
                self.acquire(state, id, if empty { Fate::EMPTY } else { Fate::LIVE });
                Value::of(Thing::Response(id))
            }
        }
    }

    /// The response as the body at hand gets it: where another function made the request's future, each of those who await
    /// it has one of its own, and whether that has a body is told by what it was asked with. What adaptors take that stand
    /// there is theirs.
    fn acquired_by(&mut self, id: ResId, call: SiteKey, request: &Request, site: SiteKey) -> ResId {
        let mut around = self.cx.program.outward(call.0);
        if self.running.adapted || around.any(|body| body == self.id) {
            return id;
        }
        self.tables.anew(id, site, request.empty_if.clone())
    }

    /// Records a sending call; the future (or the call itself) then performs it.
    pub(super) fn sending(
        &mut self,
        site: SiteKey,
        request: Request,
        def: crate::resolve::def::DefId,
        has_response: bool,
        whole: bool,
        waits: Waits,
    ) -> Request {
        let response = has_response.then(|| {
            self.tables.resource(site, None, || ResRec {
                kind: ResKind::Response,
                site,
                def: Some(def),
                origin: None,
                request: Some(site),
                spawned: Spawned::default(),
                empty_if: Vec::new(),
            })
        });
        self.tables.request(RequestRec {
            site,
            request: request.clone(),
            def,
            response,
            whole,
            waits,
            stale: false,
        });
        request
    }

    /// Spawns everything a value holds; returns what then runs, and what it comes to.
    pub(super) fn spawn(
        &mut self,
        state: &mut State,
        value: &Value,
        site: SiteKey,
        span: Span,
    ) -> (Spawned, Value) {
        let mut results = Value::default();
        for (thing, own) in &value.things {
            match thing {
                Thing::Future(future) => {
                    results.join(&self.spawn_work(state, future, site, span));
                }
                Thing::Closure(body, captured) => {
                    let params = self.cx.body(*body).params.len();
                    let mut args = vec![Value::default(); params];
                    args.extend(captured.iter().cloned());
                    results.join(&self.apply(state, *body, &args, None, site, span, true));
                }
                Thing::Function(def) => {
                    if let Some(body) = crate::resolve::sig::body_of(self.cx.program, *def) {
                        results.join(&self.apply(state, body, &[], None, site, span, true));
                    }
                }
                Thing::Param(body, index, _) if *body == self.id => {
                    self.spawns_param(*index);
                    self.settle(state, Ob::Param(*index), Fate::ESCAPED, Some(span));
                }
                Thing::Handle(id) | Thing::Response(id) if *own == Own::Owned => {
                    self.settle(state, Ob::Res(*id), Fate::ESCAPED, Some(span));
                }
                _ => {}
            }
        }
        (self.spawned(value), results)
    }

    fn spawn_work(
        &mut self,
        state: &mut State,
        future: &Future,
        site: SiteKey,
        span: Span,
    ) -> Value {
        match &future.work {
            Work::Call(body, args, at) => {
                self.apply(state, *body, args, future.guard, site, *at, true)
            }
            Work::Async(body, captured) => {
                self.run_async(state, *body, captured, future.guard, site, span, true)
            }
            Work::Signal(_) => Value::default(),
            Work::Param(body, index) => {
                if *body == self.id {
                    self.spawns_param(*index);
                }
                Value::unknown()
            }
            Work::Yield(body, index) => {
                if *body == self.id {
                    self.does_to(*index, |param| param.made_spawned = true);
                }
                yielded_by(*body, *index)
            }
            other => {
                let outer = std::mem::replace(&mut self.running.aside, true);
                let result = self.work(state, other, future.guard, site, span);
                self.running.aside = outer;
                result
            }
        }
    }

    fn awaits_param(&mut self, index: u16, guard: Option<Span>) {
        self.does_to(index, |param| param.await_under(guard));
    }

    fn spawns_param(&mut self, index: u16) {
        self.does_to(index, |param| param.spawned = true);
    }

    /// What a task comes to is seen by nobody here.
    pub(super) fn let_go(&mut self, state: &mut State, results: &Value, span: Span) {
        for (ob, _) in results.obligations(self.id) {
            self.settle(state, ob, Fate::ESCAPED, Some(span));
        }
    }

    /// Notes that a future is made which runs a body.
    pub(super) fn makes(&mut self, body: BodyId, at: SiteKey) {
        self.out.made.insert((body, at, self.manner));
    }

    pub(super) fn edge(&mut self, callee: BodyId, guard: Option<Span>, spawned: bool, at: SiteKey) {
        let mut manner = self.manner;
        manner.once |= self.once.contains(&callee);
        self.out.edges.insert(Edge {
            callee,
            guard,
            spawned: spawned || self.running.aside,
            manner,
            at,
        });
    }
}
