//! Requests that code which is passed in makes (`build().send()`): what they go through, and what they bring along.

use super::Builder;
use super::requests::Brought;
use crate::flow::entries::is_entry;
use crate::flow::value::{ClientSrc, Request, Thing, Value};
use crate::resolve::def::BodyId;
use crate::resolve::sig::body_of;

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
    pub(super) fn bring(&self, request: &Request, out: &mut Brought, depth: u32) {
        let (made, others): (Vec<ClientSrc>, Vec<ClientSrc>) = request
            .clients
            .iter()
            .cloned()
            .partition(|source| matches!(source, ClientSrc::Made(..)));
        if made.is_empty() || !others.is_empty() {
            out.add(&self.expand(&others).0, &request.slots);
        }
        for source in made {
            if let ClientSrc::Made(code, at) = source {
                let mut brought = Brought::default();
                self.brought_by_code(code, at, &mut brought, depth - 1);
                out.hand_on(brought, &request.slots);
            }
        }
    }

    /// Adds the settings of the requests that passed code makes.
    pub(super) fn brought_by_code(&self, body: BodyId, index: u16, out: &mut Brought, depth: u32) {
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
        for (outer, at) in made.handed_on {
            self.brought_by_code(outer, at, out, depth - 1);
        }
    }
}
