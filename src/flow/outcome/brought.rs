//! What the requests bring along that a function sends and does not make itself: those it is given, and those that code makes
//! which it is passed (`build().send()`).

use std::collections::{BTreeMap, BTreeSet};

use super::Builder;
use crate::catalog::schema::Role;
use crate::flow::entries::is_entry;
use crate::flow::value::{ClientId, ClientSrc, Request, Slots, Thing, Value};
use crate::resolve::def::BodyId;
use crate::resolve::sig::body_of;

/// Longest chain of functions over which a request is handed on.
const DEEPEST: u32 = 6;

/// The settings of requests that a function is given to send.
#[derive(Default)]
pub(super) struct Brought {
    /// What those have in common that come to a client: of two callers with clients of their own, one may set what the other
    /// does not.
    by_client: BTreeMap<ClientId, Slots>,
    /// What all have in common; `None` if none is in sight.
    joined: Option<Slots>,
    /// Code out of sight hands some in.
    pub(super) unseen: bool,
}

impl Brought {
    /// Adds a request made of these clients.
    fn add(&mut self, clients: &BTreeSet<ClientId>, slots: &Slots) {
        for id in clients {
            self.add_of(*id, slots);
        }
        self.add_to_all(slots);
    }

    /// Adds what came in elsewhere and is handed on, with settings written since.
    fn hand_on(&mut self, passed: Brought, since: &Slots) {
        self.unseen |= passed.unseen;
        for (id, slots) in passed.by_client {
            self.add_of(id, &slots.then(since));
        }
        self.add_to_all(&passed.joined.unwrap_or_default().then(since));
    }

    fn add_of(&mut self, id: ClientId, slots: &Slots) {
        let known = self.by_client.get(&id).map(|known| known.join(slots));
        let joined = known.unwrap_or_else(|| slots.clone());
        self.by_client.insert(id, joined);
    }

    fn add_to_all(&mut self, slots: &Slots) {
        let known = self.joined.take().map(|known| known.join(slots));
        self.joined = Some(known.unwrap_or_else(|| slots.clone()));
    }

    /// The settings with which a client's requests come.
    pub(super) fn of(&self, id: ClientId) -> Slots {
        let known = self.by_client.get(&id).or(self.joined.as_ref());
        known.cloned().unwrap_or_default()
    }

    /// The settings with which all come, whatever they go through.
    pub(super) fn of_all(&self) -> Slots {
        self.joined.clone().unwrap_or_default()
    }
}

/// What the code makes that callers pass for a parameter.
#[derive(Default)]
pub(super) struct MadeByCode<'t> {
    /// What it makes.
    pub(super) things: Vec<&'t Thing>,
    /// The parameters of callers that hand on what they were passed themselves.
    pub(super) handed_on: Vec<(BodyId, u16)>,
    /// Some of the code is out of sight.
    pub(super) unseen: bool,
}

impl<'t> MadeByCode<'t> {
    fn add(&mut self, value: &'t Value) {
        self.unseen |= value.things.is_empty();
        self.things
            .extend(value.things.iter().map(|(thing, _)| thing));
    }
}

impl Builder<'_, '_, '_, '_> {
    /// Settings that a request brings along which is handed over: what the requests passed in have.
    pub(super) fn brought(&self, request: &Request) -> Brought {
        let through = request.clients.iter().filter_map(|source| match source {
            ClientSrc::Param(body, index) => Some((*body, *index)),
            _ => None,
        });
        let params: BTreeSet<(BodyId, u16)> = through.chain(request.empty_if.clone()).collect();
        let mut out = Brought::default();
        for (body, index) in params {
            self.brought_by(body, index, &mut out, DEEPEST);
        }
        for (body, index) in request.made() {
            self.brought_by_code(body, index, &mut out, DEEPEST);
        }
        out
    }

    fn brought_by(&self, body: BodyId, index: u16, out: &mut Brought, depth: u32) {
        let ty = self.cx.param_ty(body, index);
        if depth == 0 || self.cx.role(ty.peel_refs(), Role::Request).is_none() {
            return;
        }
        let given = self.tables.params.get(&(body, index));
        out.unseen |= is_entry(self.cx, body) || given.is_none_or(|v| v.unknown);
        for (thing, _) in given.iter().flat_map(|v| &v.things) {
            match thing {
                Thing::Request(request) => self.bring(request, out, depth),
                Thing::Param(outer, at, slots) if (*outer, *at) != (body, index) => {
                    let mut passed = Brought::default();
                    self.brought_by(*outer, *at, &mut passed, depth - 1);
                    out.hand_on(passed, slots);
                }
                _ => {}
            }
        }
    }

    /// What the code makes that callers pass for a parameter of a body.
    pub(super) fn made_by_code(&self, body: BodyId, index: u16) -> MadeByCode<'_> {
        let mut out = MadeByCode {
            unseen: is_entry(self.cx, body),
            ..MadeByCode::default()
        };
        let Some(given) = self.tables.params.get(&(body, index)) else {
            out.unseen = true;
            return out;
        };
        out.unseen |= given.unknown || given.things.is_empty();
        for (thing, _) in &given.things {
            match thing {
                Thing::Closure(code, _) => self.add_made(*code, &mut out),
                Thing::Function(def) => match body_of(self.cx.program, *def) {
                    Some(code) => self.add_made(code, &mut out),
                    None => out.unseen = true,
                },
                Thing::Param(outer, at, _) => out.handed_on.push((*outer, *at)),
                _ => out.unseen = true,
            }
        }
        out
    }

    /// Adds what a body makes, and what the futures come to that it makes.
    fn add_made<'s>(&'s self, code: BodyId, out: &mut MadeByCode<'s>) {
        let Some(done) = self.tables.bodies.get(&code) else {
            out.unseen = true;
            return;
        };
        out.add(&done.ret);
        let futures = done.ret.things.iter().flat_map(|(thing, _)| match thing {
            Thing::Future(future) => future.bodies(),
            _ => Vec::new(),
        });
        for inner in futures {
            if let Some(done) = self.tables.bodies.get(&inner) {
                out.add(&done.ret);
            }
        }
    }

    /// Adds a request that is handed over, where passed code made it with the settings that code gave it.
    fn bring(&self, request: &Request, out: &mut Brought, depth: u32) {
        let by_code = |source: &&ClientSrc| matches!(source, ClientSrc::Made(..));
        let others = request.clients.iter().filter(|source| !by_code(source));
        let others: Vec<ClientSrc> = others.cloned().collect();
        if !others.is_empty() || request.clients.is_empty() {
            out.add(&self.expand(&others).0, &request.slots);
        }
        for (code, at) in request.made() {
            let mut brought = Brought::default();
            self.brought_by_code(code, at, &mut brought, depth - 1);
            out.hand_on(brought, &request.slots);
        }
    }

    /// Adds the settings of the requests that passed code makes.
    fn brought_by_code(&self, body: BodyId, index: u16, out: &mut Brought, depth: u32) {
        if depth == 0 {
            return;
        }
        let made = self.made_by_code(body, index);
        out.unseen |= made.unseen;
        for thing in made.things {
            match thing {
                Thing::Request(request) => self.bring(request, out, depth),
                Thing::Param(code, at, slots) => {
                    let mut passed = Brought::default();
                    self.brought_by(*code, *at, &mut passed, depth - 1);
                    out.hand_on(passed, slots);
                }
                Thing::Yield(code, at) => self.brought_by_code(*code, *at, out, depth - 1),
                _ => {}
            }
        }
        let handed_on = made.handed_on.into_iter();
        for (outer, at) in handed_on.filter(|of| *of != (body, index)) {
            self.brought_by_code(outer, at, out, depth - 1);
        }
    }
}
