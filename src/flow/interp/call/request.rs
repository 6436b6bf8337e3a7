//! Requests: what a call sets on them, which client they go through, and how they are sent.

use std::sync::Arc;

use crate::catalog::schema::{CallFact, Role, Zero};
use crate::flow::facts::FamilyId;
use crate::flow::interp::Interp;
use crate::flow::interp::call::Doing;
use crate::flow::interp::place::{set_slot, slot_kind};
use crate::flow::resource::Phase;
use crate::flow::state::State;
use crate::flow::tables::{Fate, Part, Waits};
use crate::flow::value::{
    ClientSrc, Future, Konst, Ob, Own, Request, SlotKind, SlotState, Slots, Thing, Value, Work,
};
use crate::name::Name;
use crate::resolve::def::BodyId;
use crate::resolve::ty::Ty;
use crate::source::Span;

impl Interp<'_, '_, '_, '_> {
    /// Setters write slots of what they are called on.
    pub(super) fn settings(&mut self, state: &mut State, fact: &CallFact, doing: &mut Doing) {
        let (name, kind) = match (&fact.sets, &fact.clears) {
            (Some(name), _) => {
                let index = fact.value + usize::from(doing.has_self);
                let Some(value) = doing.args.get(index) else {
                    return;
                };
                let ty = doing.tys.get(index).cloned().unwrap_or(Ty::Unknown);
                let mut kind = slot_kind(value, self.cx.is_option(&ty));
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
        if kind != SlotKind::Infinite {
            self.limit_body(doing, name, slot.at);
        }
        if let Some(receiver) = doing.args.first_mut() {
            receiver.things.extend(question);
            for (thing, _) in &receiver.things {
                if let Thing::Client(id) = thing {
                    self.tables.set_on_client(*id, name, slot);
                }
            }
            set_slot(receiver, name, slot);
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

    /// What a constructor or free function makes without a setting that the rest of its family has by default.
    pub(super) fn made_without(&mut self, fact: &CallFact, doing: &Doing, made: &mut Value) {
        let Some(name) = fact.clears.as_ref().filter(|_| !doing.has_self) else {
            return;
        };
        let name = Name::new(name);
        let slot = SlotState {
            kind: SlotKind::Infinite,
            at: doing.name_span,
        };
        for (thing, _) in &made.things {
            if let Thing::Client(id) = thing {
                self.tables.set_on_client(*id, name, slot);
            }
        }
        set_slot(made, name, slot);
    }

    /// A response may be given the bound for what is still to come: its body.
    fn limit_body(&mut self, doing: &Doing, setting: Name, at: Span) {
        let family = self.family_of(doing).map(|f| self.cx.facts.family(f));
        let slot = family.and_then(|f| f?.slot(setting));
        if !slot.is_some_and(|s| s.covers.body.is_some()) {
            return;
        }
        let owed = doing.args.first().map(|given| given.obligations(self.id));
        for (ob, _) in owed.into_iter().flatten() {
            if let Ob::Res(response) = ob {
                self.tables.limit_body(response, at);
            }
        }
    }

    /// A request that was a plain question until now: a crate's settings were written into it (`Configurable::timeout` of an
    /// `http::request::Builder`, `agent.configure_request(request).timeout_global(..)`). What it goes through is told where it is sent.
    fn set_on_question(&self, doing: &Doing) -> Option<(Thing, Own)> {
        let asked = |ty: &Ty| self.cx.role(ty.peel_refs(), Role::Question).is_some();
        doing.tys.first().filter(|ty| asked(ty))?;
        let set = |(thing, _): &(Thing, Own)| matches!(thing, Thing::Request(_));
        if doing.args.first()?.things.iter().any(set) {
            return None;
        }
        let request = Request {
            site: doing.site,
            family: Some(self.family_of(doing)?),
            clients: Vec::new(),
            slots: Slots::default(),
            empty: false,
            empty_if: Vec::new(),
        };
        Some((Thing::Request(Arc::new(request)), Own::Owned))
    }

    pub(super) fn sends(&mut self, state: &mut State, fact: &CallFact, doing: &Doing) -> Value {
        if fact.streams {
            return self.streams(state, fact, doing);
        }
        let whole = fact.sends.contains(&Phase::Body);
        let request = self.request_of(fact, doing);
        let has_response = !whole && self.has_response(doing);
        let waits = if self.cx.is_future(&doing.ret) {
            Waits::Future
        } else {
            Waits::Call
        };
        let request = self.sending(doing.site, request, doing.def, has_response, whole, waits);
        // Sent through a layer that bounds the call.
        let layered = doing.tys.first().filter(|_| doing.has_self);
        let layered = layered.is_some_and(|ty| self.cx.facts.bounds_calls(ty));
        let guard = layered.then_some(doing.name_span);
        if waits == Waits::Future {
            let work = Work::Send(doing.site, Arc::new(request));
            return Value::of(Thing::Future(Arc::new(Future { work, guard })));
        }
        self.send(state, doing.site, &request, guard, doing.site)
    }

    /// A stream over a response that is asked for when the stream is read. Nothing is owed for it: it has no end to be read to.
    fn streams(&mut self, state: &mut State, fact: &CallFact, doing: &Doing) -> Value {
        let request = self.request_of(fact, doing);
        self.sending(doing.site, request, doing.def, true, false, Waits::Read);
        let rec = self
            .known(Part::Request(doing.site))
            .requests
            .get(&doing.site);
        let Some(id) = rec.and_then(|r| r.response) else {
            return Value::unknown();
        };
        self.acquire(state, id, Fate::EMPTY);
        Value::of(Thing::Stream(Ob::Res(id)))
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

    pub(in crate::flow::interp) fn is_request(&self, body: BodyId, index: u16) -> bool {
        self.cx
            .role(&self.cx.param_ty(body, index), Role::Request)
            .is_some()
    }

    /// The clients among receiver and arguments; `None` if no part of the call is a client.
    pub(super) fn clients_of(&self, doing: &Doing) -> Option<Vec<ClientSrc>> {
        for (value, ty) in doing.args.iter().zip(&doing.tys) {
            if self
                .cx
                .role(ty.peel_refs(), Role::Client)
                .is_some_and(|_| self.is_client(ty) || self.cx.facts.bounds_calls(ty))
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
    pub(super) fn family_of(&self, doing: &Doing) -> Option<FamilyId> {
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

    /// Whether a value is a constant that stands for a failure: `StatusCode::NOT_FOUND`.
    pub(in crate::flow::interp) fn says_failure(&self, value: &Value) -> bool {
        let mut things = value.things.iter();
        things.any(|(t, _)| matches!(t, Thing::Function(def) if self.cx.facts.says_failure(*def)))
    }

    /// `request(Method::HEAD, ..)`: an argument that the catalogue says makes for an empty body, on every way on which it is known.
    pub(in crate::flow::interp) fn says_empty(&self, value: &Value) -> bool {
        let mut empty = false;
        for (thing, _) in &value.things {
            match thing {
                Thing::Function(def) if self.cx.facts.says_no_body(*def) => empty = true,
                Thing::Function(def) if self.cx.answers_question(*def) => return false,
                Thing::Request(made) => empty |= made.empty,
                _ => {}
            }
        }
        empty
    }

    /// Notes what a call passes for a parameter. Nothing is said of most methods a request may have: that one is passed counts.
    pub(in crate::flow::interp) fn pass(&mut self, body: BodyId, index: u16, value: &Value) {
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
