//! Clients that come about otherwise than by a constructor's call, and requests that leave theirs.

use std::collections::BTreeSet;
use std::sync::Arc;

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

/// The builders that come in through a parameter.
#[derive(Default)]
pub(super) struct PassedBuilders {
    /// One for each place where one is made.
    pub(super) builders: Vec<Builder>,
    /// The parameters they come through.
    pub(super) through: BTreeSet<(BodyId, u16)>,
}

impl PassedBuilders {
    fn add(&mut self, builder: &Builder, slots: Slots) {
        match self.builders.iter_mut().find(|b| b.site == builder.site) {
            Some(known) => known.slots = known.slots.join(&slots),
            None => self.builders.push(Builder {
                slots,
                ..builder.clone()
            }),
        }
    }
}

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

    /// `given.unwrap_or_default()`: where none was given, the call makes one. What is lent of it (`entry.or_default()`) stays where
    /// it was missing.
    fn defaults(&mut self, doing: &Doing, value: &mut Value) {
        let role = self.cx.facts.role(doing.ret.peel_refs());
        let client = role.filter(|r| r.role == Role::Client);
        let Some(family) = client.and_then(|r| r.family) else {
            return;
        };
        let slots = Slots::default();
        let by = (doing.site, self.variant, None);
        let made = Thing::Client(self.tables.client(by, family, &slots, doing.def));
        if matches!(doing.ret, Ty::Ref(_)) {
            self.keep_clients(&Value::of(made.clone()), true);
            value.add(made, Own::Mut);
        } else {
            value.add(made, Own::Owned);
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

    /// The builders that callers pass for a parameter, each with what is set on it from there on, and whether there may be
    /// others out of sight.
    pub(super) fn builders_passed(
        &self,
        body: BodyId,
        index: u16,
        since: &Slots,
    ) -> (PassedBuilders, bool) {
        let mut out = PassedBuilders::default();
        let mut unseen = false;
        let mut work = vec![(body, index, since.clone())];
        while let Some((body, index, since)) = work.pop() {
            if !out.through.insert((body, index)) {
                continue;
            }
            let known = self.known(Part::Param(body, index));
            let given = known.params.get(&(body, index));
            let Some(given) = given.filter(|v| !v.is_plain() && out.through.len() <= HANDED_ON)
            else {
                unseen = true;
                continue;
            };
            unseen |= given.unknown || is_entry(self.cx, body);
            for (thing, _) in &given.things {
                let with = |slots: &Slots| slots.clone().then(&since);
                match thing {
                    Thing::Builder(builder) => out.add(builder, with(&builder.slots)),
                    Thing::Param(body, index, slots) => work.push((*body, *index, with(slots))),
                    _ => unseen = true,
                }
            }
        }
        (out, unseen)
    }

    /// Whether a client that a callee gives out may be one that it built for this call: each caller gets the client of the
    /// builder it passed, not those of the others.
    pub(super) fn is_built_for(&self, id: ClientId, callee: BodyId, args: &[Value]) -> bool {
        let rec = self.tables.clients.get(id.0 as usize);
        let Some((rec, own)) = rec.and_then(|rec| Some((rec, rec.builder?))) else {
            return true;
        };
        // A parameter of the caller's own brings whichever its callers pass.
        let other = |thing: &Thing| matches!(thing, Thing::Builder(b) if b.site != own);
        let brings_others = |index: u16| {
            let arg = args.get(usize::from(index));
            arg.is_some_and(|v| {
                !v.unknown && !v.things.is_empty() && v.things.iter().all(|(t, _)| other(t))
            })
        };
        let mut through = rec.through.iter();
        !through.any(|(body, index)| *body == callee && brings_others(*index))
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
