//! What a call returns: the callee's answer in terms of what was passed, and what it acquired acquired anew by the caller.

use std::sync::Arc;

use crate::flow::interp::Interp;
use crate::flow::interp::place::with_slot;
use crate::flow::state::State;
use crate::flow::tables::{Fate, Part, RequestRec, ResKind};
use crate::flow::value::{
    ClientSrc, Future, Ob, Own, Reading, Request, ResId, SiteKey, Slots, Thing, Value, Work,
};
use crate::resolve::def::BodyId;
use crate::source::Span;

/// What a call gave to the body it runs.
pub(super) struct Passed<'v> {
    pub(super) callee: BodyId,
    /// Parameters, then captures.
    pub(super) args: &'v [Value],
    /// What came of the code and futures in each of them.
    pub(super) runs: &'v [Ran],
    pub(super) site: SiteKey,
}

/// What came of the code and futures that were passed for a parameter, where the callee runs them.
#[derive(Default)]
pub(super) struct Ran {
    /// The futures that the code made.
    pub(super) made: Value,
    /// What these, or the code itself, came to.
    pub(super) output: Value,
}

impl Passed<'_> {
    fn arg(&self, index: u16) -> Option<&Value> {
        self.args.get(usize::from(index))
    }

    fn made(&self, index: u16) -> Option<&Value> {
        self.runs.get(usize::from(index)).map(|ran| &ran.made)
    }
}

impl Interp<'_, '_, '_, '_> {
    /// A returned value with the callee's parameters replaced by the arguments, and what it acquired acquired anew here.
    pub(super) fn substitute(
        &mut self,
        state: &mut State,
        value: &Value,
        passed: &Passed<'_>,
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
                Thing::Param(body, index, slots) if *body == passed.callee => {
                    match passed.arg(*index) {
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
                    if let Some(thing) = self.acquire_from(state, *id, passed) {
                        out.add(thing, *own);
                    }
                }
                Thing::Future(future) => {
                    let work = self.substitute_work(state, &future.work, passed, depth);
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
                            // What the parameter held, or made, takes the place of "run the parameter".
                            let given = match future.work {
                                Work::Param(_, index) => passed.arg(index),
                                Work::Yield(_, index) => passed.made(index),
                                _ => None,
                            };
                            for (thing, own) in given.into_iter().flat_map(|v| &v.things) {
                                out.add(guarded(thing, future.guard), *own);
                            }
                        }
                    }
                }
                Thing::Closure(body, captured) => {
                    let captured = captured
                        .iter()
                        .map(|v| self.substitute(state, v, passed, depth - 1))
                        .collect();
                    out.add(Thing::Closure(*body, captured), *own);
                }
                Thing::Request(request) => match made_by(request, passed) {
                    Some(ran) => out.join(&self.as_made(request, ran)),
                    None => {
                        let request = self.substitute_request(request, passed);
                        out.add(Thing::Request(Arc::new(request)), *own);
                    }
                },
                Thing::Stream(Ob::Param(index)) => {
                    for ob in passed
                        .arg(*index)
                        .map(|a| a.bodies(self.id))
                        .unwrap_or_default()
                    {
                        out.add(Thing::Stream(ob), *own);
                    }
                }
                Thing::StatusOf(Ob::Param(_)) | Thing::Says(Ob::Param(_), ..) => {
                    if let Some(thing) = self.about(thing, passed) {
                        out.add(thing, *own);
                    }
                }
                Thing::Yield(body, index) if *body == passed.callee => {
                    if let Some(ran) = passed.runs.get(usize::from(*index)) {
                        out.join(&ran.output);
                    }
                }
                Thing::SlotOf(..) | Thing::Present(..) | Thing::IsSet(..) => {}
                Thing::Client(id) if !self.is_built_for(*id, passed.callee, passed.args) => {}
                other => out.add(other.clone(), *own),
            }
        }
        out
    }

    /// A check a helper makes of a parameter's response is a check of what was passed.
    fn about(&self, thing: &Thing, passed: &Passed<'_>) -> Option<Thing> {
        let (Thing::StatusOf(Ob::Param(index)) | Thing::Says(Ob::Param(index), ..)) = thing else {
            return None;
        };
        let (ob, _) = passed.arg(*index)?.obligations(self.id).first().copied()?;
        Some(match thing {
            Thing::Says(_, said, negated) => Thing::Says(ob, *said, *negated),
            _ => Thing::StatusOf(ob),
        })
    }

    /// The requests that passed code made, with what the callee set on them since.
    fn as_made(&self, request: &Request, ran: &Ran) -> Value {
        let mut out = Value {
            unknown: ran.output.unknown,
            ..Value::default()
        };
        for (thing, own) in &ran.output.things {
            match thing {
                Thing::Request(_) | Thing::Param(..) => {
                    out.add(overlaid(thing, &request.slots), *own);
                }
                Thing::Yield(body, index) if *body == self.id => {
                    let handed_on = Request {
                        clients: vec![ClientSrc::Made(*body, *index)],
                        ..request.clone()
                    };
                    out.add(Thing::Request(Arc::new(handed_on)), *own);
                }
                _ => out.unknown = true,
            }
        }
        out
    }

    fn substitute_request(&mut self, request: &Request, passed: &Passed<'_>) -> Request {
        let mut clients = Vec::new();
        for source in &request.clients {
            match source {
                ClientSrc::Param(body, index) if *body == passed.callee => {
                    match passed.arg(*index) {
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
            if param.0 != passed.callee {
                empty_if.push(*param);
            } else if let Some(arg) = passed.arg(param.1) {
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

    fn substitute_work(
        &mut self,
        state: &mut State,
        work: &Work,
        passed: &Passed<'_>,
        depth: u32,
    ) -> Option<Work> {
        Some(match work {
            Work::Send(call, request) => {
                let request = self.substitute_request(request, passed);
                // The request is told apart by what this caller passed; the sending call stays the callee's.
                let known = self.known(Part::Request(*call)).requests.get(call).cloned();
                if let Some(rec) = known {
                    self.tables.request(RequestRec {
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
                    .map(|v| self.substitute(state, v, passed, depth - 1))
                    .collect(),
                *at,
            ),
            Work::Async(body, inner) => Work::Async(
                *body,
                inner
                    .iter()
                    .map(|v| self.substitute(state, v, passed, depth - 1))
                    .collect(),
            ),
            Work::Then(parts, adaptors) => Work::Then(
                parts
                    .iter()
                    .map(|v| self.substitute(state, v, passed, depth - 1))
                    .collect(),
                adaptors.clone(),
            ),
            Work::Done(results) => Work::Done(
                results
                    .iter()
                    .map(|v| self.substitute(state, v, passed, depth - 1))
                    .collect(),
            ),
            Work::Read(reading) => {
                let mut of = Vec::new();
                for ob in &reading.of {
                    match ob {
                        Ob::Param(index) => {
                            if let Some(arg) = passed.arg(*index) {
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
            Work::Param(body, _) | Work::Yield(body, _) if *body == passed.callee => return None,
            other => other.clone(),
        })
    }

    /// A response or handle that a callee hands out is this caller's to settle.
    fn acquire_from(&mut self, state: &mut State, id: ResId, passed: &Passed<'_>) -> Option<Thing> {
        let Some(rec) = self.tables.rec(id).cloned() else {
            return Some(Thing::Response(id));
        };
        let known = self
            .known(Part::Body(passed.callee))
            .bodies
            .get(&passed.callee);
        let ends = known.and_then(|out| out.endings.get(&id));
        if ends.is_some_and(|ends| ends.iter().all(|e| !e.fate.any(Fate::RETURNED))) {
            // Settled where it comes from: what is returned came of it, but is not it.
            return None;
        }
        let tables = match (rec.origin, rec.request) {
            (None, Some(sent)) => self.known(Part::Request(sent)),
            _ => &*self.tables,
        };
        let asked: Vec<&Value> = tables
            .empty_if(id)
            .iter()
            .filter(|(body, _)| *body == passed.callee)
            .filter_map(|(_, index)| passed.arg(*index))
            .collect();
        let empty = asked.iter().any(|v| self.says_empty(v));
        let empty_if: Vec<(BodyId, u16)> = asked
            .iter()
            .flat_map(|v| super::asked_by(v, self.id))
            .collect();
        let new = self.tables.anew(id, passed.site, empty_if);
        let mut tracked = false;
        if rec.kind == ResKind::Handle {
            let spawned = self.spawned_for(&rec.spawned, passed.callee, passed.args);
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

/// What came of the code that a request of the callee's was made by, if it was.
fn made_by<'r>(request: &Request, passed: &'r Passed<'_>) -> Option<&'r Ran> {
    let mut made = request.made().filter(|(body, _)| *body == passed.callee);
    made.find_map(|(_, index)| passed.runs.get(usize::from(index)))
}
