//! What is known across bodies: constructions, fields, statics, parameters, and the outcome of each body.

mod body;
mod fate;
mod records;

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::{FxHashMap, FxHashSet};

pub use self::body::{BodyOut, Edge, Ending, Given, ParamOut, Sent, Since, Step, Traced, Want};
pub use self::fate::Fate;
pub use self::records::{
    Asked, BuiltBy, ClientRec, HeldRec, Manner, ReadRec, RequestRec, ResKind, ResRec, Spawned,
    Waits,
};
use super::facts::FamilyId;
use super::value::{
    ClientId, ClientSrc, ResId, SiteKey, SlotKind, SlotState, Slots, Thing, Value, VariantId,
};
use crate::name::Name;
use crate::resolve::def::{BodyId, DefId};
use crate::source::Span;

/// A field of a struct or variant.
pub type FieldKey = (DefId, Name);

/// A part of the tables that the interpreter reads, and so a reason to run a body again.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Part {
    /// What a body does.
    Body(BodyId),
    /// What a field may hold.
    Field(FieldKey),
    /// What a static may hold.
    Static(DefId),
    /// A sending call.
    Request(SiteKey),
    /// What a parameter may hold.
    Param(BodyId, u16),
    /// With what a body is called that tells its callers apart.
    Callers(BodyId),
}

impl Part {
    /// Whether it is found anew in the last round: see [`Tables::begin_last_round`].
    pub fn is_found_anew(&self) -> bool {
        matches!(self, Part::Request(_))
    }
}

/// What is known across bodies. Grows only.
#[derive(Debug, Default)]
pub struct Tables {
    /// Clients.
    pub clients: Vec<ClientRec>,
    client_ids: FxHashMap<BuiltBy, ClientId>,
    /// Sending calls.
    pub requests: BTreeMap<SiteKey, RequestRec>,
    /// Responses and handles.
    pub res: Vec<ResRec>,
    res_ids: FxHashMap<(SiteKey, Option<ResId>), ResId>,
    /// What fields may hold.
    pub fields: FxHashMap<FieldKey, Value>,
    /// What statics may hold.
    pub statics: FxHashMap<DefId, Value>,
    /// What parameters may hold: the arguments of all calls in sight.
    pub params: FxHashMap<(BodyId, u16), Value>,
    /// Where builders were made that went to code we do not see, which may have set anything.
    pub shaped: FxHashSet<SiteKey>,
    /// Functions used as values, and bodies run from where we do not see.
    pub roots: FxHashSet<BodyId>,
    /// Sending calls whose connection is taken over by who gets the response.
    pub taken: FxHashSet<SiteKey>,
    /// Where responses were given a bound for the reads of their bodies.
    pub limited: FxHashMap<ResId, Span>,
    /// What callers write since in structs with a request in them, by the body that gave them out and the call.
    made: BTreeMap<BodyId, BTreeMap<SiteKey, Since>>,
    /// Outcomes by body.
    pub bodies: FxHashMap<BodyId, BodyOut>,
    /// What happened in each body's last run.
    pub steps: FxHashMap<BodyId, BTreeSet<Step>>,
    variants: Vec<Given>,
    variant_ids: FxHashMap<Given, VariantId>,
    /// How often bodies were chosen to tell their callers apart.
    splits: u32,
    /// The bodies that tell their callers apart.
    split: FxHashSet<BodyId>,
    /// Who calls them, with what: by callee, then caller.
    wanted: FxHashMap<BodyId, BTreeMap<BodyId, BTreeSet<Want>>>,
    /// Bodies that hand on what decides, without telling their own callers apart yet.
    handing_on: BTreeSet<BodyId>,
    /// Parts that changed since this was last emptied.
    changed: Vec<Part>,
    /// Whether something was written, since this was last asked, that is found anew in the last round.
    wrote_anew: bool,
}

impl Tables {
    /// The client that is built by this.
    pub fn client(&mut self, by: BuiltBy, family: FamilyId, slots: &Slots, def: DefId) -> ClientId {
        self.wrote_anew = true;
        if let Some(id) = self.client_ids.get(&by) {
            if let Some(rec) = self.clients.get_mut(id.0 as usize) {
                if std::mem::take(&mut rec.stale) {
                    rec.slots = slots.clone();
                    rec.builder = None;
                } else if rec.slots != *slots {
                    rec.slots = rec.slots.join(slots);
                }
            }
            return *id;
        }
        let id = ClientId(self.clients.len() as u32);
        let (site, variant, _) = by;
        self.clients.push(ClientRec {
            site,
            variant,
            family,
            slots: slots.clone(),
            later: Slots::default(),
            def,
            builder: None,
            through: BTreeSet::new(),
            escapes: false,
            behind: None,
            given: false,
            stale: false,
        });
        self.client_ids.insert(by, id);
        id
    }

    /// Notes where a client's builder was made, and which parameters it came through.
    pub fn note_builder(
        &mut self,
        id: ClientId,
        builder: SiteKey,
        through: &BTreeSet<(BodyId, u16)>,
    ) {
        if let Some(rec) = self.clients.get_mut(id.0 as usize) {
            rec.builder.get_or_insert(builder);
            rec.through.extend(through);
        }
    }

    /// A setter called on a client that is built already. Several places that disagree make a *maybe*.
    pub fn set_on_client(&mut self, id: ClientId, name: Name, slot: SlotState) {
        self.wrote_anew = true;
        let Some(rec) = self.clients.get_mut(id.0 as usize) else {
            return;
        };
        let settled = match rec.later.get(name) {
            None => slot,
            Some(known) => SlotState {
                kind: if known.kind == slot.kind {
                    slot.kind
                } else {
                    SlotKind::Maybe
                },
                at: known.at.min(slot.at),
            },
        };
        // Read when all bodies have run: no body's run depends on it.
        rec.later.set(name, settled);
    }

    /// Notes that a response was given a bound for the reads of its body.
    pub fn limit_body(&mut self, response: ResId, at: Span) {
        let known = self.limited.entry(response).or_insert(at);
        *known = at.min(*known);
    }

    /// Before the last round: what requests go through and which settings they and clients have is found anew. On the way to
    /// the fixpoint much is written down that was not known yet, and nothing takes it back.
    pub fn begin_last_round(&mut self) {
        for rec in self.requests.values_mut() {
            rec.stale = true;
        }
        for rec in &mut self.clients {
            rec.stale = true;
            rec.later = Slots::default();
        }
        self.shaped.clear();
    }

    /// Marks a builder as given to code that we do not see.
    pub fn shape(&mut self, site: SiteKey) {
        self.wrote_anew = true;
        self.shaped.insert(site);
    }

    /// Marks a client as gone where we do not see.
    pub fn escape_client(&mut self, id: ClientId) {
        if let Some(rec) = self.clients.get_mut(id.0 as usize) {
            rec.escapes = true;
        }
    }

    /// Marks a client as given to a function out of sight that takes it for its own.
    pub fn give_client(&mut self, id: ClientId) {
        if let Some(rec) = self.clients.get_mut(id.0 as usize) {
            rec.given = true;
        }
    }

    /// Marks a client as put behind what bounds each call.
    pub fn bound_client(&mut self, id: ClientId, at: Span) {
        if let Some(rec) = self.clients.get_mut(id.0 as usize) {
            rec.behind = Some(rec.behind.map_or(at, |known| known.min(at)));
        }
    }

    /// The resource yielded at a site.
    pub fn resource(
        &mut self,
        site: SiteKey,
        origin: Option<ResId>,
        make: impl FnOnce() -> ResRec,
    ) -> ResId {
        if let Some(id) = self.res_ids.get(&(site, origin)) {
            return *id;
        }
        let id = ResId(self.res.len() as u32);
        self.res.push(make());
        self.res_ids.insert((site, origin), id);
        id
    }

    /// The same resource as another body gets it, at this site: acquired anew there. `empty_if` are that body's parameters that
    /// may say that a response has no body.
    pub fn anew(&mut self, id: ResId, site: SiteKey, empty_if: Vec<(BodyId, u16)>) -> ResId {
        let Some(rec) = self.rec(id).cloned() else {
            return id;
        };
        let origin = Some(rec.origin.unwrap_or(id));
        let new = self.resource(site, origin, || ResRec {
            site,
            origin,
            spawned: Spawned::default(),
            empty_if: Vec::new(),
            ..rec
        });
        self.ask(new, empty_if);
        new
    }

    /// Adds what is spawned, for a handle.
    pub fn spawn(&mut self, id: ResId, spawned: Spawned) {
        if let Some(rec) = self.res.get_mut(id.0 as usize) {
            rec.spawned.join(spawned);
        }
    }

    /// The parameters that may say that a response has no body: of the body that sends for it, or that hands it on.
    pub fn empty_if(&self, id: ResId) -> &[(BodyId, u16)] {
        let Some(rec) = self.rec(id) else {
            return &[];
        };
        match (rec.origin, rec.request) {
            (None, Some(site)) => self
                .requests
                .get(&site)
                .map_or(&[], |r| r.request.empty_if.as_slice()),
            _ => &rec.empty_if,
        }
    }

    /// Adds to them, for a response that was handed on.
    pub fn ask(&mut self, id: ResId, params: Vec<(BodyId, u16)>) {
        if let Some(rec) = self.res.get_mut(id.0 as usize) {
            rec.empty_if.extend(params);
            rec.empty_if.sort_unstable();
            rec.empty_if.dedup();
        }
    }

    /// A resource.
    pub fn rec(&self, id: ResId) -> Option<&ResRec> {
        self.res.get(id.0 as usize)
    }

    /// Records a sending call, joined with what was recorded for it before.
    pub fn request(&mut self, rec: RequestRec) {
        self.wrote_anew = true;
        let part = Part::Request(rec.site);
        match self.requests.get_mut(&rec.site) {
            None => {
                self.requests.insert(rec.site, rec);
                self.changed.push(part);
            }
            Some(old) if old.stale => {
                old.request = rec.request;
                old.stale = false;
            }
            Some(old) => {
                let mut clients: Vec<ClientSrc> = old.request.clients.clone();
                clients.extend(rec.request.clients.iter().cloned());
                clients.sort_unstable();
                clients.dedup();
                let slots = if old.request.slots == rec.request.slots {
                    None
                } else {
                    Some(old.request.slots.join(&rec.request.slots))
                };
                if clients != old.request.clients
                    || slots.as_ref().is_some_and(|s| *s != old.request.slots)
                {
                    old.request.clients = clients;
                    if let Some(slots) = slots {
                        old.request.slots = slots;
                    }
                    self.changed.push(part);
                }
                let asked = old.request.empty_if.len();
                let more = rec.request.empty_if.into_iter();
                for param in more {
                    if !old.request.empty_if.contains(&param) {
                        old.request.empty_if.push(param);
                    }
                }
                if asked != old.request.empty_if.len() {
                    self.changed.push(part);
                }
                if old.response.is_none() && rec.response.is_some() {
                    old.response = rec.response;
                    self.changed.push(part);
                }
            }
        }
    }

    /// Adds to what a field may hold.
    pub fn store_field(&mut self, key: FieldKey, value: &Value) {
        if grow(self.fields.entry(key).or_default(), value) {
            self.changed.push(Part::Field(key));
        }
    }

    /// Notes what a caller writes since in the field of a struct that a body gave out to it.
    pub fn note_made(&mut self, site: SiteKey, giver: BodyId, field: FieldKey, since: Since) {
        let before = self.set_since(giver);
        self.made.entry(giver).or_default().insert(site, since);
        if self.set_since(giver) != before {
            self.changed.push(Part::Field(field));
        }
    }

    /// The bound that all callers write in the struct that a body gave out to them.
    pub fn set_since(&self, giver: BodyId) -> Since {
        let calls = self.made.get(&giver)?;
        let all: Option<Vec<(Name, SlotState)>> = calls.values().copied().collect();
        all?.first().copied()
    }

    /// Adds to what a static may hold.
    pub fn store_static(&mut self, def: DefId, value: &Value) {
        if grow(self.statics.entry(def).or_default(), value) {
            self.changed.push(Part::Static(def));
        }
    }

    /// Adds to what a parameter may hold.
    pub fn pass(&mut self, body: BodyId, index: u16, value: &Value) {
        if value.is_plain() {
            return;
        }
        if grow(self.params.entry((body, index)).or_default(), value) {
            self.changed.push(Part::Param(body, index));
        }
    }

    /// Marks a body as run from where we do not see.
    pub fn root(&mut self, body: BodyId) {
        self.roots.insert(body);
    }

    /// Keeps what a run of a body found.
    pub fn set_body(&mut self, body: BodyId, out: BodyOut) {
        if self.bodies.get(&body) == Some(&out) {
            return;
        }
        self.changed.push(Part::Body(body));
        let old = self.bodies.remove(&body).unwrap_or_default();
        if old.wants != out.wants {
            let both = old.wants.iter().chain(&out.wants);
            let callees: BTreeSet<BodyId> = both.map(|w| w.callee).collect();
            for callee in callees {
                let of = |wants: &BTreeSet<Want>| -> BTreeSet<Want> {
                    wants
                        .iter()
                        .filter(|w| w.callee == callee)
                        .copied()
                        .collect()
                };
                let (before, now) = (of(&old.wants), of(&out.wants));
                if before != now {
                    self.wanted.entry(callee).or_default().insert(body, now);
                    self.changed.push(Part::Callers(callee));
                }
            }
        }
        self.bodies.insert(body, out);
    }

    /// From here on these bodies tell their callers apart. What was made for callers of no kind until now may be made for
    /// fewer from now on, and so is made anew.
    pub fn split(&mut self, bodies: impl IntoIterator<Item = BodyId>) {
        self.split.extend(bodies);
        self.splits += 1;
        self.changed
            .extend(self.split.iter().copied().map(Part::Body));
    }

    /// The bodies that tell their callers apart.
    pub fn all_split(&self) -> impl Iterator<Item = BodyId> {
        self.split.iter().copied()
    }

    /// Callers of which nothing is known, of a body that tells them apart.
    pub fn others(&self) -> VariantId {
        VariantId(u32::MAX - self.splits)
    }

    /// Whether nothing is known of such callers.
    pub fn is_others(&self, variant: VariantId) -> bool {
        variant == VariantId::default() || variant >= self.others()
    }

    /// Whether a body tells its callers apart.
    pub fn is_split(&self, body: BodyId) -> bool {
        self.split.contains(&body)
    }

    /// Notes that a body hands on what it is given to one that tells its callers apart.
    pub fn hands_on(&mut self, body: BodyId) {
        self.handing_on.insert(body);
    }

    /// The bodies that were noted since this was last asked.
    pub fn take_handing_on(&mut self) -> BTreeSet<BodyId> {
        std::mem::take(&mut self.handing_on)
    }

    /// With what a body is called.
    pub fn wanted(&self, body: BodyId) -> impl Iterator<Item = &Want> {
        let callers = self.wanted.get(&body).into_iter();
        callers.flat_map(BTreeMap::values).flatten()
    }

    /// What callers of this kind give.
    pub fn given(&self, variant: VariantId) -> &[(u16, Option<FieldKey>, bool)] {
        let at = (variant.0 as usize).checked_sub(1);
        at.and_then(|at| self.variants.get(at))
            .map_or(&[], Vec::as_slice)
    }

    /// The kind of callers that give this.
    pub fn variant(&mut self, given: Given) -> VariantId {
        if given.is_empty() {
            return self.others();
        }
        if let Some(id) = self.variant_ids.get(&given) {
            return *id;
        }
        let id = VariantId(self.variants.len() as u32 + 1);
        self.variants.push(given.clone());
        self.variant_ids.insert(given, id);
        id
    }

    /// The bodies that make a client, builder or request, or send one, which is bounded for some of their callers, as it seems:
    /// by a setting that is written on some of their ways, or by a client of another construction.
    pub fn undecided(&self) -> BTreeSet<BodyId> {
        let some_ways = |slots: &Slots| {
            let kinds = [SlotKind::Sometimes, SlotKind::Maybe];
            slots.iter().any(|(_, s)| kinds.contains(&s.kind))
        };
        let built = self.clients.iter().filter(|rec| some_ways(&rec.slots));
        let mut out: BTreeSet<BodyId> = built.map(|rec| rec.site.0).collect();
        let sent = self.requests.values().map(|rec| &rec.request);
        out.extend(sent.filter(|r| some_ways(&r.slots)).map(|r| r.site.0));
        for (body, done) in &self.bodies {
            let own = |(thing, _): &&(Thing, super::value::Own)| match thing {
                Thing::Client(id) => {
                    let rec = self.clients.get(id.0 as usize);
                    rec.is_some_and(|rec| rec.site.0 == *body)
                }
                _ => false,
            };
            let begun = done.ret.things.iter().any(|(thing, _)| match thing {
                Thing::Builder(builder) => builder.site.0 == *body && some_ways(&builder.slots),
                Thing::Request(request) => request.site.0 == *body && some_ways(&request.slots),
                _ => false,
            });
            if begun || done.ret.things.iter().filter(own).count() > 1 {
                out.insert(*body);
            }
        }
        out
    }

    /// Whether a client is one of a body that tells its callers apart since, and comes about for none of them.
    pub fn is_superseded(&self, id: ClientId) -> bool {
        let rec = self.clients.get(id.0 as usize);
        rec.is_some_and(|rec| rec.stale && self.split.contains(&rec.site.0))
    }

    /// Whether something was written since this was last asked that the last round finds anew.
    pub fn take_wrote_anew(&mut self) -> bool {
        std::mem::take(&mut self.wrote_anew)
    }

    /// The parts that changed since this was last asked.
    pub fn take_changed(&mut self) -> Vec<Part> {
        std::mem::take(&mut self.changed)
    }
}

/// Adds to what something may hold, whatever its outermost variant or number is; `true` if that is news.
fn grow(slot: &mut Value, value: &Value) -> bool {
    let news = slot.merge(&Value {
        shape: super::value::Shape::Any,
        konst: None,
        ..value.clone()
    });
    debug_assert!(slot.konst.is_none() && slot.shape == super::value::Shape::Any);
    news
}
