//! What is known across bodies: constructions, fields, statics, parameters, and the outcome of each body.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::{FxHashMap, FxHashSet};

use super::facts::FamilyId;
use super::value::{
    ClientId, ClientSrc, Ob, Reading, Request, ResId, SiteKey, SlotKind, SlotState, Slots, Thing,
    Value, VariantId,
};
use crate::name::Name;
use crate::resolve::def::{BodyId, DefId};
use crate::source::Span;

/// What can become of something owed for. A set, since ways may differ.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default)]
pub struct Fate(pub u16);

impl Fate {
    /// Still owed for.
    pub const LIVE: Fate = Fate(1);
    /// The body was read.
    pub const READ: Fate = Fate(2);
    /// The task was joined.
    pub const JOINED: Fate = Fate(4);
    /// The task was stopped, or will be when its handle is dropped.
    pub const ABORTED: Fate = Fate(8);
    /// It went where we do not see.
    pub const ESCAPED: Fate = Fate(16);
    /// It is kept in a field or static.
    pub const STORED: Fate = Fate(32);
    /// Dropped unpaid.
    pub const DROPPED: Fate = Fate(64);
    /// Dropped, written out.
    pub const PURPOSE: Fate = Fate(128);
    /// Returned.
    pub const RETURNED: Fate = Fate(256);
    /// It does not exist on this way (the `Err` arm).
    pub const ABSENT: Fate = Fate(512);
    /// Lost in a `select!` that took it by value.
    pub const SELECT: Fate = Fate(1024);
    /// A set, scope or tracker owns it.
    pub const TRACKED: Fate = Fate(2048);
    /// Nothing is owed for it: the body is empty by protocol, the task is seen to be over.
    pub const EMPTY: Fate = Fate(4096);
    /// Forgotten: neither dropped nor reachable.
    pub const FORGOTTEN: Fate = Fate(8192);
    /// Given by value to a bound: whoever waits for it lets it go when the time is up.
    pub const TIMED: Fate = Fate(16384);

    /// Everything that pays for it or takes it out of our hands.
    pub const SETTLED: Fate = Fate(2 | 4 | 8 | 16 | 128 | 2048 | 4096);

    /// Whether any of `other` is in it.
    pub fn any(self, other: Fate) -> bool {
        self.0 & other.0 != 0
    }

    /// Both.
    #[must_use]
    pub fn with(self, other: Fate) -> Fate {
        Fate(self.0 | other.0)
    }

    /// Without `other`.
    #[must_use]
    pub fn without(self, other: Fate) -> Fate {
        Fate(self.0 & !other.0)
    }
}

/// A field of a struct or variant.
pub type FieldKey = (DefId, Name);

/// What a caller is seen to give or not: by parameter or capture, and the field of it. Sorted.
pub type Given = Vec<(u16, Option<FieldKey>, bool)>;

/// A call of a body that tells its callers apart.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Want {
    /// Who is called.
    pub callee: BodyId,
    /// With what.
    pub variant: VariantId,
    /// Where.
    pub at: SiteKey,
    /// The callee's name there.
    pub name: Span,
    /// For which callers of the body around.
    pub of: VariantId,
    /// The body around was given what decides, and hands it on.
    pub handed_on: bool,
}

/// What tells clients apart: the constructing call, the callers for whom it is made, and where its builder was made if it
/// came in through a parameter.
pub type BuiltBy = (SiteKey, VariantId, Option<SiteKey>);

/// The bound that is written in a struct since it was given out, if one is.
pub type Since = Option<(Name, SlotState)>;

/// A client by its construction.
#[derive(Clone, Debug)]
pub struct ClientRec {
    /// The constructing call.
    pub site: SiteKey,
    /// For which callers.
    pub variant: VariantId,
    /// Whose settings.
    pub family: FamilyId,
    /// Settings.
    pub slots: Slots,
    /// Settings written when it was built already.
    pub later: Slots,
    /// The function called.
    pub def: DefId,
    /// Where its builder was made, if it had one.
    pub builder: Option<SiteKey>,
    /// The parameters through which the builder came to where it is built.
    pub through: BTreeSet<(BodyId, u16)>,
    /// It went where we do not see.
    pub escapes: bool,
    /// Where it is put behind what bounds each call.
    pub behind: Option<Span>,
    /// It is given to a function out of sight that takes it for its own.
    pub given: bool,
    /// What is known of it is to be found anew.
    stale: bool,
}

impl ClientRec {
    /// All its settings: what was written last counts.
    pub fn settings(&self) -> Slots {
        let mut slots = self.slots.clone();
        slots.overlay(&self.later);
        slots
    }
}

/// What waits for the answer to a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Waits {
    /// The call: it returns when the answer is there, and its thread stands still.
    Call,
    /// The future that it returns.
    Future,
    /// Each read of the stream that it returns.
    Read,
}

/// A sending call.
#[derive(Clone, Debug)]
pub struct RequestRec {
    /// The call.
    pub site: SiteKey,
    /// What is sent.
    pub request: Request,
    /// The function called.
    pub def: DefId,
    /// The response, if it makes one.
    pub response: Option<ResId>,
    /// Reads the whole body itself.
    pub whole: bool,
    /// What waits for the answer.
    pub waits: Waits,
    /// What is known of its request is to be found anew.
    pub stale: bool,
}

/// What a resource is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ResKind {
    /// A response.
    Response,
    /// A task's handle.
    Handle,
}

/// A response or handle.
#[derive(Clone, Debug)]
pub struct ResRec {
    /// What it is.
    pub kind: ResKind,
    /// The call that yields it: the acquiring one, or a call of a function that hands it out.
    pub site: SiteKey,
    /// The function called there.
    pub def: Option<DefId>,
    /// Where it was acquired, if by a function that handed it out.
    pub origin: Option<ResId>,
    /// The sending call (responses).
    pub request: Option<SiteKey>,
    /// What was spawned (handles): for one that was handed out, by the call that it was handed to.
    pub spawned: Spawned,
    /// Parameters of the body it is handed on in that may say it has no body (responses; see [`Tables::empty_if`]).
    pub empty_if: Vec<(BodyId, u16)>,
}

/// What a spawn runs.
#[derive(Clone, Debug, Default)]
pub struct Spawned {
    /// Bodies in sight.
    pub bodies: Vec<BodyId>,
    /// What these are given and run: it asks for its caller, as what they call does.
    pub inside: Vec<BodyId>,
    /// Futures or closures of somebody's, out of sight from here: a parameter's, or what is not known.
    pub unseen: bool,
    /// The driver of a connection.
    pub driver: bool,
    /// Somebody answers for it already: where that was arranged.
    pub tracked: Option<Span>,
    /// It runs until this is told.
    pub told: Option<Span>,
    /// The parameters whose futures or closures are spawned: whatever callers pass in.
    pub passed: Vec<(BodyId, u16)>,
}

impl Spawned {
    /// Adds what another round found at the same place. What is unseen is told by the last round, which knows the most.
    pub fn join(&mut self, more: Spawned) {
        self.bodies.extend(more.bodies);
        self.bodies.sort_unstable();
        self.bodies.dedup();
        self.inside.extend(more.inside);
        self.inside.sort_unstable();
        self.inside.dedup();
        self.passed.extend(more.passed);
        self.passed.sort_unstable();
        self.passed.dedup();
        self.unseen = more.unseen;
        self.driver |= more.driver;
        self.tracked = self.tracked.or(more.tracked);
        self.told = self.told.or(more.told);
    }
}

/// What a call makes of the code it is given: facts of the catalogue, and of its signature.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
#[allow(clippy::struct_excessive_bools)] // each is an observation of its own, not a state
pub struct Manner {
    /// At most once per process (`OnceLock::get_or_init`).
    pub once: bool,
    /// As often as it likes (it asks for `Fn` or `FnMut`).
    pub many: bool,
    /// Until it succeeds: mostly once.
    pub retried: bool,
    /// For each request, message or event.
    pub handler: bool,
    /// Perhaps it runs something else, or only keeps it: nothing says that it calls this, or when (`Box::new(|| ..)`).
    pub unsure: bool,
    /// On a thread that may block.
    pub may_block: bool,
}

/// A call of one body from another.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Edge {
    /// Who is run.
    pub callee: BodyId,
    /// Under a bound set here.
    pub guard: Option<Span>,
    /// As a task of its own.
    pub spawned: bool,
    /// What the call between makes of it.
    pub manner: Manner,
    /// Where.
    pub at: SiteKey,
}

/// A request sent by a body.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Sent {
    /// The sending call.
    pub site: SiteKey,
    /// The bound around it.
    pub guard: Option<Span>,
}

/// What becomes of a request that a client made, where its sending is not in sight.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Asked {
    /// It carries no client: it goes through whatever sends it.
    Bare,
    /// It goes through the client that made it.
    Bound,
    /// So too, and it brings a bound for the wait of its own.
    Limited,
}

/// A read of a body by a body.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct ReadRec {
    /// The reading call.
    pub reading: Reading,
    /// The bound around it.
    pub guard: Option<Span>,
}

/// One way a resource ended.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Ending {
    /// What became of it.
    pub fate: Fate,
    /// Where it was dropped.
    pub dropped: Option<Span>,
    /// The way ends in an error.
    pub error: bool,
}

/// Something that happened to a client or resource, and where. What becomes of a resource rests on its [`Ending`]s; this
/// tells the places, for what is shown and for what can come behind them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Step {
    /// To which.
    pub of: Traced,
    /// What.
    pub fate: Fate,
    /// Where.
    pub at: Span,
    /// In which statement of the body: its block, its place there; behind the last one is the terminator.
    pub statement: (u32, u32),
    /// The field it is stored in.
    pub field: Option<FieldKey>,
}

/// What is traced.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Traced {
    /// A client.
    Client(ClientId),
    /// A response or handle.
    Res(ResId),
}

/// A response kept across something.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct HeldRec {
    /// Which.
    pub ob: Ob,
    /// The wait.
    pub at: Span,
    /// The wait is for time to pass.
    pub sleeping: bool,
}

/// What a body does to one of its parameters or captures.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[allow(clippy::struct_excessive_bools)] // each is an observation of its own, not a state
pub struct ParamOut {
    /// On ways that end well.
    pub well: Fate,
    /// On ways that end in an error.
    pub badly: Fate,
    /// Where it is dropped.
    pub dropped: Option<Span>,
    /// It is moved out of its place.
    pub consumed: bool,
    /// The code it holds is called.
    pub called: bool,
    /// The future it holds, or that the code makes, is awaited: under this bound, if it always is under one.
    pub awaited: Option<Option<Span>>,
    /// What it holds is spawned.
    pub spawned: bool,
    /// The future that the code it holds makes is spawned.
    pub made_spawned: bool,
    /// A client in it outlives the run.
    pub kept: bool,
    /// The fields it is stored in.
    pub fields: BTreeSet<FieldKey>,
    /// Settings written on what it is a reference to, on ways that end well.
    pub written: Slots,
}

impl ParamOut {
    /// Whether what it holds is run.
    pub fn runs(&self) -> bool {
        self.called || self.awaited.is_some()
    }

    /// Notes that what it holds is awaited under this bound. One await without is enough to wait without bound.
    pub fn await_under(&mut self, guard: Option<Span>) {
        self.awaited = Some(match (self.awaited, guard) {
            (Some(known), Some(guard)) => known.map(|known| known.min(guard)),
            (_, guard) => guard,
        });
    }
}

/// All a body does.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct BodyOut {
    /// What it returns, in terms of its parameters.
    pub ret: Value,
    /// The same for each kind of caller, where these are told apart.
    pub rets: BTreeMap<VariantId, Value>,
    /// Calls of bodies that tell their callers apart.
    pub wants: BTreeSet<Want>,
    /// Parameters, then captures.
    pub params: Vec<ParamOut>,
    /// Bodies it runs.
    pub edges: BTreeSet<Edge>,
    /// Requests it sends.
    pub sent: BTreeSet<Sent>,
    /// Bodies it reads.
    pub reads: BTreeSet<ReadRec>,
    /// How resources acquired here end.
    pub endings: BTreeMap<ResId, BTreeSet<Ending>>,
    /// What it does to resources acquired elsewhere.
    pub foreign: BTreeMap<ResId, Fate>,
    /// Where responses are looked at.
    pub looked: BTreeSet<(ResId, Span)>,
    /// Responses kept across waits.
    pub held: BTreeSet<HeldRec>,
    /// Where obligations are stored.
    pub stored: BTreeSet<(ResId, FieldKey)>,
    /// Whether a `Return` is reachable.
    pub returns: bool,
    /// Where futures of an `async fn` are made, whoever runs them, and what the call between makes of the function if it was
    /// given by name.
    pub made: BTreeSet<(BodyId, SiteKey, Manner)>,
    /// Clients that stand in for others, which could not be built.
    pub stand_ins: BTreeSet<(ClientId, ClientId)>,
    /// Clients, or what holds them, that requests are made of which others send.
    pub asked: BTreeSet<(ClientSrc, Asked)>,
    /// Clients that outlive the run: stored, or gone where we do not see.
    pub kept: BTreeSet<ClientId>,
    /// Clients built in a loop that are still there in its next turn.
    pub carried: BTreeSet<ClientId>,
    /// Whether it awaits a timer.
    pub sleeps: bool,
    /// Whether it awaits anything else.
    pub waits: bool,
}

impl BodyOut {
    /// Whether all it waits for is that time passes.
    pub fn only_sleeps(&self) -> bool {
        self.sleeps && !self.waits
    }
}

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

    /// The bodies that make a client, builder or request which is bounded for some of their callers, as it seems: by a
    /// setting that is written on some of their ways, or by a client of another construction.
    pub fn undecided(&self) -> BTreeSet<BodyId> {
        let some_ways = |slots: &Slots| {
            let kinds = [SlotKind::Sometimes, SlotKind::Maybe];
            slots.iter().any(|(_, s)| kinds.contains(&s.kind))
        };
        let built = self.clients.iter().filter(|rec| some_ways(&rec.slots));
        let mut out: BTreeSet<BodyId> = built.map(|rec| rec.site.0).collect();
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
