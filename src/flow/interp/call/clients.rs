//! Clients that come about otherwise than by a constructor's call, and requests that leave theirs.

use std::collections::BTreeSet;
use std::sync::Arc;

use rustc_hash::FxHashSet;

use crate::catalog::schema::{CallFact, Role};
use crate::flow::entries::is_entry;
use crate::flow::interp::Interp;
use crate::flow::interp::call::Doing;
use crate::flow::state::State;
use crate::flow::tables::{Asked, Part};
use crate::flow::value::{Builder, ClientId, ClientSrc, Own, Request, Slots, Thing, Value};
use crate::resolve::def::BodyId;
use crate::resolve::ty::Ty;

/// Through more functions than these no builder is followed back to who made it.
const HANDED_ON: usize = 16;

impl Interp<'_, '_, '_, '_> {
    /// What a call of the catalogue means for the clients in what it yields.
    pub(super) fn of_clients(
        &mut self,
        state: &State,
        facts: &[&CallFact],
        doing: &Doing,
        value: &mut Value,
    ) {
        if facts.iter().any(|f| f.defaults) {
            self.defaults(doing, value);
        }
        self.stands_in(state, facts.iter().any(|f| f.instead), doing, value);
        self.leaves_client(&doing.ret, value);
    }

    /// `given.unwrap_or_default()`: where none was given, the call makes one.
    fn defaults(&mut self, doing: &Doing, value: &mut Value) {
        let role = self.cx.facts.role(&doing.ret);
        let client = role.filter(|r| r.role == Role::Client);
        if let Some(family) = client.and_then(|r| r.family) {
            let slots = Slots::default();
            let id = self
                .tables
                .client(doing.site, self.variant, family, &slots, doing.def, None);
            value.add(Thing::Client(id), Own::Owned);
        }
    }

    /// Notes which clients are there only where building others has failed: what this call gives in their stead, and what
    /// is made on a way that is taken then.
    fn stands_in(&mut self, state: &State, instead: bool, doing: &Doing, value: &Value) {
        let clients = |of: &Value| -> BTreeSet<ClientId> {
            let id = |(thing, _): &(Thing, Own)| match thing {
                Thing::Client(id) => Some(*id),
                _ => None,
            };
            of.things.iter().filter_map(id).collect()
        };
        let made = clients(value);
        if made.is_empty() {
            return;
        }
        let given: BTreeSet<ClientId> = doing.args.iter().flat_map(&clients).collect();
        let built = doing.args.first().filter(|_| instead).map(clients);
        let mut missing = built.unwrap_or_default();
        missing.extend(&state.missing);
        for other in made.difference(&given) {
            let stands_in = missing.iter().filter(|b| *b != other);
            self.out.stand_ins.extend(stands_in.map(|b| (*other, *b)));
        }
    }

    /// Whether a parameter of the body at hand is a builder of clients.
    pub(super) fn is_builder(&self, body: BodyId, index: u16) -> bool {
        let ty = self.cx.param_ty(body, index);
        let role = self.cx.facts.role(ty.peel_refs());
        body == self.id && role.is_some_and(|r| r.role == Role::Builder)
    }

    /// The builder that callers pass for a parameter, with what is set on it from there on, and whether there may be others.
    /// Where callers in sight pass different ones, none: what one of them sets is not to be told of another's client.
    pub(super) fn builder_passed(
        &self,
        body: BodyId,
        index: u16,
        since: &Slots,
    ) -> (Option<Builder>, bool) {
        let mut out: Option<Builder> = None;
        let mut unseen = false;
        let mut seen = FxHashSet::default();
        let mut work = vec![(body, index, since.clone())];
        while let Some((body, index, since)) = work.pop() {
            if !seen.insert((body, index)) {
                continue;
            }
            let known = self.known(Part::Param(body, index));
            let given = known.params.get(&(body, index));
            let Some(given) = given.filter(|v| !v.is_plain() && seen.len() <= HANDED_ON) else {
                unseen = true;
                continue;
            };
            unseen |= given.unknown || is_entry(self.cx, body);
            for (thing, _) in &given.things {
                let with = |slots: &Slots| {
                    let mut slots = slots.clone();
                    slots.overlay(&since);
                    slots
                };
                match thing {
                    Thing::Builder(builder) => {
                        let builder = Builder {
                            slots: with(&builder.slots),
                            ..(**builder).clone()
                        };
                        if out.as_ref().is_some_and(|known| *known != builder) {
                            return (None, true);
                        }
                        out = Some(builder);
                    }
                    Thing::Param(body, index, slots) => work.push((*body, *index, with(slots))),
                    _ => unseen = true,
                }
            }
        }
        (out, unseen)
    }

    /// A request that carries no client goes through whatever sends it.
    fn leaves_client(&mut self, ret: &Ty, value: &mut Value) {
        let bare = |ty: &Ty| {
            let role = self.cx.facts.role_in(ty, |r| r == Role::Request);
            role.is_some_and(|r| r.fact.bare)
        };
        if value.things.is_empty() || !bare(ret) {
            return;
        }
        let mut things = std::mem::take(&mut value.things);
        for (thing, _) in &mut things {
            if let Thing::Request(request) = thing
                && !request.clients.is_empty()
            {
                self.asks(&request.clients, Asked::Bare);
                *request = Arc::new(Request {
                    clients: Vec::new(),
                    ..(**request).clone()
                });
            }
        }
        for (thing, own) in things {
            value.add(thing, own);
        }
    }

    /// Notes of the clients of a request that it is sent elsewhere.
    pub(in crate::flow::interp) fn asks(&mut self, clients: &[ClientSrc], how: Asked) {
        let own =
            |source: &&ClientSrc| matches!(source, ClientSrc::Client(_) | ClientSrc::Param(..));
        let clients = clients.iter().filter(own).cloned();
        self.out.asked.extend(clients.map(|source| (source, how)));
    }
}
