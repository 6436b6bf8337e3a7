//! From what bodies did to the resources a lint sees.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;

use super::bounds;
use super::context::Contexts;
use super::cx::Cx;
use super::resource::{
    BodyRead, Bound, Bounds, CallSite, Client, CrateRef, Held, Phase, PhaseBound, Request,
    Resources, Response, ResponseOutcome, Site, Task, TaskOutcome, VersionSource,
};
use super::tables::{Ending, Fate, FieldKey, ResKind, Tables};
use super::tasks;
use super::value::{ClientId, ClientSrc, Ob, ResId, SiteKey, Slots, Thing};
use crate::catalog::schema::Role;
use crate::ir::body::StmtKind;
use crate::ir::item::Vis;
use crate::resolve::def::{BodyId, DefId, DefKind, Origin};
use crate::source::Span;

struct Builder<'x, 'p, 'a, 'c> {
    cx: &'x Cx<'p, 'a, 'c>,
    tables: &'x Tables,
    contexts: Contexts,
    order: &'x [BodyId],
    endings: FxHashMap<ResId, BTreeSet<Ending>>,
    foreign: FxHashMap<ResId, Fate>,
    stored: FxHashMap<ResId, BTreeSet<FieldKey>>,
    instances: FxHashMap<ResId, Vec<ResId>>,
}

/// Everything that was found, in order of place.
pub(super) fn resources(cx: &Cx<'_, '_, '_>, tables: &Tables, order: &[BodyId]) -> Resources {
    let mut builder = Builder {
        cx,
        tables,
        contexts: Contexts::build(cx, tables, order),
        order,
        endings: FxHashMap::default(),
        foreign: FxHashMap::default(),
        stored: FxHashMap::default(),
        instances: FxHashMap::default(),
    };
    builder.gather();
    let mut out = Resources::default();
    builder.requests_and_clients(&mut out);
    builder.responses(&mut out);
    builder.tasks(&mut out);
    calls(cx, &mut out);
    out
}

impl Builder<'_, '_, '_, '_> {
    fn gather(&mut self) {
        for id in self.order {
            let Some(done) = self.tables.bodies.get(id) else {
                continue;
            };
            for (res, endings) in &done.endings {
                self.endings
                    .entry(*res)
                    .or_default()
                    .extend(endings.iter().cloned());
            }
            for (res, fate) in &done.foreign {
                let slot = self.foreign.entry(*res).or_default();
                *slot = slot.with(*fate);
            }
            for (res, key) in &done.stored {
                self.stored.entry(*res).or_default().insert(*key);
            }
        }
        for (index, rec) in self.tables.res.iter().enumerate() {
            if let Some(origin) = rec.origin {
                self.instances
                    .entry(origin)
                    .or_default()
                    .push(ResId(index as u32));
            }
        }
    }

    fn site(&self, key: SiteKey, def: Option<DefId>) -> Site {
        let (name, call) = self.cx.call_spans(key);
        let info = self.cx.program.body(key.0);
        Site {
            name,
            call,
            path: def.map(|d| self.cx.program.path(d)).unwrap_or_default(),
            within: self.cx.program.path(info.owner),
            in_test: info.in_test,
        }
    }

    fn krate(&self, def: Option<DefId>) -> CrateRef {
        match def {
            Some(def) => self.cx.facts.crate_of(self.cx.program, def),
            None => CrateRef {
                name: String::new(),
                version: String::new(),
                known_by: VersionSource::Newest,
            },
        }
    }

    /// The clients behind a source, and whether some are out of sight.
    fn expand(&self, sources: &[ClientSrc]) -> (BTreeSet<ClientId>, bool) {
        let mut clients = BTreeSet::new();
        let mut unknown = false;
        let mut seen: BTreeSet<(BodyId, u16)> = BTreeSet::new();
        let mut work: Vec<ClientSrc> = sources.to_vec();
        while let Some(source) = work.pop() {
            match source {
                ClientSrc::Client(id) => {
                    clients.insert(id);
                }
                ClientSrc::OneShot(_) => {}
                ClientSrc::Unknown => unknown = true,
                ClientSrc::Param(body, index) => {
                    if !seen.insert((body, index)) {
                        continue;
                    }
                    let Some(value) = self.tables.params.get(&(body, index)) else {
                        unknown = true;
                        continue;
                    };
                    unknown |= value.unknown;
                    for (thing, _) in &value.things {
                        match thing {
                            Thing::Client(id) => work.push(ClientSrc::Client(*id)),
                            Thing::Param(body, index, _) => {
                                work.push(ClientSrc::Param(*body, *index))
                            }
                            Thing::Request(request) => work.extend(request.clients.iter().cloned()),
                            _ => {}
                        }
                    }
                }
            }
        }
        (clients, unknown)
    }

    /// Settings a request parameter brings along: what every request passed in has, joined.
    fn param_slots(&self, sources: &[ClientSrc]) -> Option<Slots> {
        let mut joined: Option<Slots> = None;
        for source in sources {
            let ClientSrc::Param(body, index) = source else {
                continue;
            };
            let Some(value) = self.tables.params.get(&(*body, *index)) else {
                continue;
            };
            for (thing, _) in &value.things {
                if let Thing::Request(request) = thing {
                    joined = Some(match joined {
                        None => request.slots.clone(),
                        Some(known) => known.join(&request.slots),
                    });
                }
            }
        }
        joined
    }

    fn requests_and_clients(&mut self, out: &mut Resources) {
        let client_index = self.clients(out);
        let guards = self.guards();
        let reads = self.reads();
        for (key, rec) in &self.tables.requests {
            let (clients, unknown) = self.expand(&rec.request.clients);
            let one_shot = rec.request.clients.iter().find_map(|c| match c {
                ClientSrc::OneShot(site) => Some(*site),
                _ => None,
            });
            let mut slots = self.param_slots(&rec.request.clients).unwrap_or_default();
            slots.overlay(&rec.request.slots);
            let guard = guards.get(key).cloned().unwrap_or(None);
            let body_reads = rec
                .response
                .map(|id| self.reads_of(&reads, id))
                .unwrap_or_default();
            let family_id = rec.request.family;
            let mut bounds_list = Vec::new();
            let ids: Vec<ClientId> = clients.iter().copied().collect();
            for id in &ids {
                let Some(client) = self.tables.clients.get(id.0 as usize) else {
                    continue;
                };
                let Some(family) = self.cx.facts.family(client.family) else {
                    continue;
                };
                bounds_list.push(self.bounded(
                    bounds::of(family, &client.slots, &slots),
                    guard,
                    &body_reads,
                ));
            }
            let family = family_id.and_then(|f| self.cx.facts.family(f));
            let mut near = Vec::new();
            if let Some(family) = family {
                near = bounds::near_misses(family, &slots);
                if one_shot.is_some() {
                    bounds_list.push(self.bounded(
                        bounds::of(family, &Slots::default(), &slots),
                        guard,
                        &body_reads,
                    ));
                }
            }
            let index = out.requests.len();
            for id in &ids {
                if let Some(client) = client_index.get(id).and_then(|i| out.clients.get_mut(*i)) {
                    client.requests.push(index);
                }
            }
            let shot_def = one_shot.and_then(|site| self.called_at(site));
            out.requests.push(Request {
                site: self.site(*key, Some(rec.def)),
                krate: self.krate(Some(rec.def)),
                one_shot: one_shot.map(|site| self.site(site, shot_def)),
                clients: ids
                    .iter()
                    .filter_map(|id| client_index.get(id).copied())
                    .collect(),
                unknown_client: unknown,
                bounds: bounds_list,
                body_read: rec.whole || !body_reads.is_empty(),
                reads: body_reads,
                near,
                default_note: family
                    .map(|f| f.fill(&f.fact.default_note))
                    .unwrap_or_default(),
                advice: family
                    .map(|f| f.fill(&f.fact.request_advice))
                    .unwrap_or_default(),
            });
        }
    }

    fn called_at(&self, site: SiteKey) -> Option<DefId> {
        self.cx.bodies.get(&site.0)?.calls.get(&site.1)?.def
    }

    fn bounded(&self, mut bounds: Bounds, guard: Option<Span>, reads: &[BodyRead]) -> Bounds {
        if let Some(at) = guard {
            for phase in [Phase::Connect, Phase::Head] {
                let slot = bounds.get_mut(phase);
                if bounds::rank(slot.bound) < bounds::rank(Bound::Total) {
                    let by = Some("a bound around the wait".to_owned());
                    *slot = PhaseBound {
                        bound: Bound::Total,
                        by_default: false,
                        set_at: Some(at),
                        by,
                    };
                }
            }
        }
        if !reads.is_empty() && reads.iter().all(|r| r.guarded) && bounds.body.bound == Bound::None
        {
            bounds.body = PhaseBound {
                bound: Bound::Total,
                by_default: false,
                set_at: None,
                by: Some("a bound around the read".to_owned()),
            };
        }
        bounds
    }

    /// For each sending call the bound around it, if every way to it has one.
    fn guards(&self) -> BTreeMap<SiteKey, Option<Span>> {
        let mut out: BTreeMap<SiteKey, Option<Span>> = BTreeMap::new();
        for id in self.order {
            let Some(done) = self.tables.bodies.get(id) else {
                continue;
            };
            for sent in &done.sent {
                let guard = sent.guard.or_else(|| self.outer_guard(*id));
                match out.get_mut(&sent.site) {
                    None => {
                        out.insert(sent.site, guard);
                    }
                    Some(known) => *known = known.and(guard),
                }
            }
        }
        out
    }

    /// The bound that every way to a body leads over.
    fn outer_guard(&self, id: BodyId) -> Option<Span> {
        if self.contexts.is_open(id) {
            return None;
        }
        let mut seen = BTreeSet::new();
        let mut work = vec![id];
        while let Some(at) = work.pop() {
            if !seen.insert(at) {
                continue;
            }
            for (caller, edge) in self.contexts.callers(at) {
                if let Some(guard) = edge.guard {
                    return Some(guard);
                }
                work.push(*caller);
            }
        }
        None
    }

    fn reads(&self) -> FxHashMap<ResId, BTreeSet<(Span, bool, bool, bool)>> {
        let mut out: FxHashMap<ResId, BTreeSet<(Span, bool, bool, bool)>> = FxHashMap::default();
        for id in self.order {
            let Some(done) = self.tables.bodies.get(id) else {
                continue;
            };
            for read in &done.reads {
                let guarded = read.guard.is_some() || !self.contexts.is_open(*id);
                for ob in &read.of {
                    if let Ob::Res(res) = ob {
                        out.entry(*res).or_default().insert((
                            read.at,
                            read.stepwise,
                            read.limited,
                            guarded,
                        ));
                    }
                }
            }
        }
        out
    }

    /// Reads of a response, also where it was handed out to.
    fn reads_of(
        &self,
        reads: &FxHashMap<ResId, BTreeSet<(Span, bool, bool, bool)>>,
        id: ResId,
    ) -> Vec<BodyRead> {
        let instances = self.instances.get(&id).into_iter().flatten().copied();
        let mut all: BTreeSet<(Span, bool, bool, bool)> = BTreeSet::new();
        for res in std::iter::once(id).chain(instances) {
            all.extend(reads.get(&res).into_iter().flatten().copied());
        }
        all.into_iter()
            .map(|(at, stepwise, limited, guarded)| BodyRead {
                at,
                stepwise,
                limited,
                guarded,
            })
            .collect()
    }

    fn clients(&self, out: &mut Resources) -> FxHashMap<ClientId, usize> {
        let mut index = FxHashMap::default();
        let mut ids: Vec<ClientId> = (0..self.tables.clients.len() as u32)
            .map(ClientId)
            .collect();
        ids.sort_by_key(|id| {
            self.tables
                .clients
                .get(id.0 as usize)
                .map(|c| self.cx.call_spans(c.site).0)
        });
        for id in ids {
            let Some(rec) = self.tables.clients.get(id.0 as usize) else {
                continue;
            };
            let Some(family) = self.cx.facts.family(rec.family) else {
                continue;
            };
            index.insert(id, out.clients.len());
            out.clients.push(Client {
                site: self.site(rec.site, Some(rec.def)),
                krate: family.krate.clone(),
                bounds: bounds::of(family, &rec.slots, &Slots::default()),
                near: bounds::near_misses(family, &rec.slots),
                requests: Vec::new(),
                escapes: rec.escapes,
                settings_unknown: false,
                default_note: family.fill(&family.fact.default_note),
                advice: family.fill(&family.fact.client_advice),
            });
        }
        index
    }

    /// The endings of a resource, with those of the places it was handed out to where it was returned.
    fn is_handed_out(&self, id: ResId) -> bool {
        self.endings
            .get(&id)
            .is_some_and(|l| l.iter().any(|e| e.fate.any(Fate::RETURNED)))
    }

    fn responses(&self, out: &mut Resources) {
        let held = self.held();
        let looked = self.looked();
        for id in self.in_order(ResKind::Response) {
            let Some(rec) = self.tables.rec(id) else {
                continue;
            };
            let Some(report) = self.reported(id, |b, id| {
                b.response_outcome(id) == ResponseOutcome::Unread
            }) else {
                continue;
            };
            let outcome = report.unwrap_or_else(|| self.response_outcome(id));
            let endings = self.endings_for(id, outcome == ResponseOutcome::Unread);
            let root = rec.origin.unwrap_or(id);
            let def = self.tables.rec(root).and_then(|r| r.def);
            let role = self.response_role(root);
            let family = role
                .and_then(|r| r.family)
                .and_then(|f| self.cx.facts.family(f));
            let fill = |text: Option<&String>| {
                text.map(|t| family.map_or(t.clone(), |f| f.fill(t)))
                    .unwrap_or_default()
            };
            let mut held_list: Vec<Held> = held.get(&id).into_iter().flatten().cloned().collect();
            held_list.extend(self.held_in_field(id));
            out.responses.push(Response {
                site: self.site(rec.site, def),
                krate: self.krate(def),
                outcome,
                dropped_at: endings
                    .iter()
                    .filter_map(|e| e.dropped)
                    .collect::<BTreeSet<_>>()
                    .into_iter()
                    .collect(),
                looked_at: looked.get(&id).into_iter().flatten().copied().collect(),
                held: held_list,
                drop_note: fill(role.and_then(|r| r.fact.drop_note.as_ref())),
                hold_note: fill(role.and_then(|r| r.fact.hold_note.as_ref())),
                advice: family
                    .map(|f| f.fill(&f.fact.body_advice))
                    .unwrap_or_default(),
            });
        }
    }

    fn in_order(&self, kind: ResKind) -> Vec<ResId> {
        let mut ids: Vec<ResId> = (0..self.tables.res.len() as u32)
            .map(ResId)
            .filter(|id| self.tables.rec(*id).is_some_and(|r| r.kind == kind))
            .collect();
        ids.sort_by_key(|id| {
            self.tables
                .rec(*id)
                .map(|r| (self.cx.call_spans(r.site).0, r.origin.is_some()))
        });
        ids
    }

    /// Where a resource that was handed out is reported: at its origin if all who got it lost it, else where it was lost.
    /// `None`: not at this one. `Some(None)`: here, by its own endings.
    fn reported<T>(&self, id: ResId, lost: impl Fn(&Self, ResId) -> bool) -> Option<Option<T>>
    where
        T: From<LostElsewhere>,
    {
        let rec = self.tables.rec(id)?;
        let root = rec.origin.unwrap_or(id);
        let all: Vec<ResId> = self.instances.get(&root).cloned().unwrap_or_default();
        let ends: Vec<ResId> = all
            .into_iter()
            .filter(|i| !self.is_handed_out(*i))
            .collect();
        let everywhere =
            !ends.is_empty() && ends.iter().all(|i| lost(self, *i)) && !self.leaves_crate(root);
        match (rec.origin, everywhere) {
            (None, true) if self.is_handed_out(id) => Some(Some(T::from(LostElsewhere))),
            (None, _) => Some(None),
            (Some(_), true) => None,
            (Some(_), false) if self.is_handed_out(id) => None,
            (Some(_), false) => Some(None),
        }
    }

    /// Whether a resource is returned by a function that code out of sight can call.
    fn leaves_crate(&self, root: ResId) -> bool {
        let instances = self.instances.get(&root).into_iter().flatten().copied();
        std::iter::once(root)
            .chain(instances)
            .filter(|id| self.is_handed_out(*id))
            .any(|id| {
                self.tables
                    .rec(id)
                    .is_some_and(|r| super::context::is_entry(self.cx.program, r.site.0))
            })
    }

    fn endings_for(&self, id: ResId, with_instances: bool) -> BTreeSet<Ending> {
        let mut out = self.endings.get(&id).cloned().unwrap_or_default();
        if with_instances && self.is_handed_out(id) {
            for instance in self.instances.get(&id).into_iter().flatten() {
                out.extend(self.endings.get(instance).into_iter().flatten().cloned());
            }
        }
        out
    }

    fn response_role(&self, id: ResId) -> Option<super::facts::RoleOf<'_>> {
        let rec = self.tables.rec(id)?;
        let types = self.cx.bodies.get(&rec.site.0)?;
        // The type of any local that holds the result, or what its future yields.
        let info = self.cx.program.body(rec.site.0);
        let block = info.body.blocks.get(rec.site.1.0 as usize)?;
        let StmtKind::Call(dest, _) = &block.stmts.get(rec.site.1.1 as usize)?.kind else {
            return None;
        };
        let mut ty = types.local(*dest).clone();
        let known = self.cx.types.known;
        for _ in 0..3 {
            if let Some(role) = self.cx.role(&ty, Role::Response) {
                return Some(role);
            }
            let output = crate::name::Name::new("Output");
            ty = [known.future, known.into_future]
                .into_iter()
                .find_map(|of| self.cx.lookup().assoc(&ty, of, output))?;
        }
        None
    }

    fn response_outcome(&self, id: ResId) -> ResponseOutcome {
        let Some(endings) = self.endings.get(&id) else {
            return ResponseOutcome::Unknown;
        };
        let settled = Fate::READ
            .with(Fate::ESCAPED)
            .with(Fate::PURPOSE)
            .with(Fate::RETURNED)
            .with(Fate::FORGOTTEN);
        let some =
            |fate: Fate, error: bool| endings.iter().any(|e| e.fate.any(fate) && e.error == error);
        let any = |fate: Fate| endings.iter().any(|e| e.fate.any(fate));
        let foreign = self.foreign.get(&id).copied().unwrap_or_default();
        if any(Fate::EMPTY) && !any(Fate::DROPPED) {
            return ResponseOutcome::Empty;
        }
        let dropped_well = endings
            .iter()
            .any(|e| e.fate.any(Fate::DROPPED) && !e.fate.any(settled) && !e.error);
        let dropped_badly = some(Fate::DROPPED, true);
        if dropped_well {
            return if any(settled.with(Fate::STORED)) {
                ResponseOutcome::ReadOnSomeWays
            } else {
                ResponseOutcome::Unread
            };
        }
        if any(Fate::PURPOSE) {
            return ResponseOutcome::DroppedOnPurpose;
        }
        if any(Fate::STORED) {
            return if foreign.any(Fate::READ) {
                ResponseOutcome::Read
            } else {
                ResponseOutcome::Escaped
            };
        }
        if any(Fate::ESCAPED.with(Fate::RETURNED).with(Fate::FORGOTTEN)) {
            return ResponseOutcome::Escaped;
        }
        if dropped_badly {
            return ResponseOutcome::UnreadOnError;
        }
        if any(Fate::READ) {
            ResponseOutcome::Read
        } else {
            ResponseOutcome::Unknown
        }
    }

    fn held(&self) -> FxHashMap<ResId, Vec<Held>> {
        let mut out: FxHashMap<ResId, Vec<Held>> = FxHashMap::default();
        for id in self.order {
            let Some(done) = self.tables.bodies.get(id) else {
                continue;
            };
            for held in &done.held {
                let Ob::Res(res) = held.ob else { continue };
                let how = if held.sleeping {
                    "kept unread while this waits for time to pass"
                } else {
                    "kept unread across this await"
                };
                out.entry(res).or_default().push(Held {
                    at: held.at,
                    how: how.to_owned(),
                    certain: held.sleeping,
                });
            }
        }
        for (id, endings) in &self.endings {
            let is_response = self
                .tables
                .rec(*id)
                .is_some_and(|r| r.kind == ResKind::Response);
            if is_response && endings.iter().any(|e| e.fate.any(Fate::FORGOTTEN)) {
                let at = self.tables.rec(*id).map(|r| self.cx.call_spans(r.site).0);
                let entry = out.entry(*id).or_default();
                entry.extend(at.map(|at| Held {
                    at,
                    how: "forgotten: never dropped".to_owned(),
                    certain: true,
                }));
            }
        }
        out
    }

    /// A response kept in a private field or static that nothing in the crate reads.
    fn held_in_field(&self, id: ResId) -> Option<Held> {
        let keys = self.stored.get(&id)?;
        let foreign = self.foreign.get(&id).copied().unwrap_or_default();
        if foreign.any(Fate::SETTLED) || keys.iter().any(|k| self.is_public_field(*k)) {
            return None;
        }
        let (owner, name) = *keys.iter().next()?;
        let at = self.tables.rec(id).map(|r| self.cx.call_spans(r.site).0)?;
        let how = format!(
            "kept in the private field `{}::{name}`, which nothing reads",
            self.cx.program.def(owner).name
        );
        Some(Held {
            at,
            how,
            certain: false,
        })
    }

    fn is_public_field(&self, key: FieldKey) -> bool {
        let (owner, name) = key;
        match &self.cx.program.def(owner).kind {
            DefKind::Struct { fields, .. } => {
                fields
                    .iter()
                    .any(|f| f.name == name && f.vis == Vis::Public)
                    && self.cx.program.is_exported(owner)
            }
            // A variant's fields are as public as the enum.
            _ => self
                .cx
                .program
                .def(owner)
                .parent
                .is_some_and(|e| self.cx.program.is_exported(e)),
        }
    }

    fn looked(&self) -> FxHashMap<ResId, BTreeSet<Span>> {
        let mut out: FxHashMap<ResId, BTreeSet<Span>> = FxHashMap::default();
        for id in self.order {
            for (res, at) in self
                .tables
                .bodies
                .get(id)
                .into_iter()
                .flat_map(|o| &o.looked)
            {
                out.entry(*res).or_default().insert(*at);
            }
        }
        out
    }

    fn tasks(&self, out: &mut Resources) {
        let open = self.open_sends(out);
        for id in self.in_order(ResKind::Handle) {
            let Some(rec) = self.tables.rec(id) else {
                continue;
            };
            let lost = |b: &Self, id: ResId| {
                matches!(
                    b.task_outcome(id),
                    TaskOutcome::Lost | TaskOutcome::Dropped | TaskOutcome::LostInSelect
                )
            };
            let Some(report) = self.reported(id, lost) else {
                continue;
            };
            let outcome: TaskOutcome = report.unwrap_or_else(|| self.task_outcome(id));
            let root = rec.origin.unwrap_or(id);
            let Some(origin) = self.tables.rec(root) else {
                continue;
            };
            let end = tasks::end_of(self.cx, self.tables, origin);
            let fact = origin.def.map(|d| self.cx.facts_of(d)).unwrap_or_default();
            let kind = fact
                .iter()
                .find_map(|f| f.kind.clone())
                .unwrap_or_else(|| "task".to_owned());
            let endings = self.endings_for(id, true);
            let holder = self
                .stored
                .get(&id)
                .and_then(|k| k.iter().next())
                .map(|(_, n)| n.to_string());
            let mut requests: Vec<usize> = Vec::new();
            for body in &origin.spawned {
                requests.extend(open.get(body).into_iter().flatten());
            }
            requests.sort_unstable();
            requests.dedup();
            let role = self.handle_role(origin.def);
            out.tasks.push(Task {
                site: self.site(rec.site, origin.def),
                krate: self.krate(origin.def),
                kind,
                outcome,
                lost_at: endings.iter().filter_map(|e| e.dropped).next(),
                holder,
                ends: end.ends,
                signal: end.signal.map(|(at, _)| at),
                setting: tasks::setting(self.cx, origin, rec.site, &end),
                open_requests: requests,
                drop_note: role
                    .and_then(|r| r.fact.drop_note.clone())
                    .unwrap_or_default(),
            });
        }
    }

    fn handle_role(&self, def: Option<DefId>) -> Option<super::facts::RoleOf<'_>> {
        let sig = self.cx.types.sigs.get(&def?)?;
        self.cx.role(&sig.ret, Role::Handle)
    }

    /// Requests with an open phase by the body that sends them.
    fn open_sends(&self, out: &Resources) -> FxHashMap<BodyId, Vec<usize>> {
        let open: BTreeMap<Span, usize> = out
            .requests
            .iter()
            .enumerate()
            .filter(|(_, r)| r.bounds.iter().any(|b| b.open().contains(&Phase::Head)))
            .map(|(i, r)| (r.site.name, i))
            .collect();
        let mut map: FxHashMap<BodyId, Vec<usize>> = FxHashMap::default();
        for id in self.order {
            for sent in self.tables.bodies.get(id).into_iter().flat_map(|o| &o.sent) {
                if let Some(index) = open.get(&self.cx.call_spans(sent.site).0)
                    && sent.guard.is_none()
                {
                    map.entry(*id).or_default().push(*index);
                }
            }
        }
        map
    }

    fn task_outcome(&self, id: ResId) -> TaskOutcome {
        let Some(endings) = self.endings.get(&id) else {
            return TaskOutcome::Unknown;
        };
        let foreign = self.foreign.get(&id).copied().unwrap_or_default();
        let all = endings.iter().fold(foreign, |a, e| a.with(e.fate));
        let paid = Fate::JOINED
            .with(Fate::ABORTED)
            .with(Fate::TRACKED)
            .with(Fate::ESCAPED)
            .with(Fate::RETURNED);
        if all.any(Fate::SELECT) && !all.any(Fate::ABORTED.with(Fate::ESCAPED)) {
            return TaskOutcome::LostInSelect;
        }
        if all.any(Fate::TRACKED) {
            return TaskOutcome::Tracked;
        }
        if all.any(Fate::JOINED) {
            return TaskOutcome::Joined;
        }
        if all.any(Fate::ABORTED) {
            return TaskOutcome::Aborted;
        }
        if all.any(Fate::STORED) {
            let public = self
                .stored
                .get(&id)
                .into_iter()
                .flatten()
                .any(|k| self.is_public_field(*k));
            return if public || all.any(Fate::ESCAPED) {
                TaskOutcome::Escaped
            } else {
                TaskOutcome::LostInField
            };
        }
        if all.any(paid) {
            return TaskOutcome::Escaped;
        }
        if all.any(Fate::DROPPED) {
            let (name, call) = self
                .tables
                .rec(id)
                .map(|r| self.cx.call_spans(r.site))
                .unwrap_or_else(|| self.cx.call_spans((BodyId(0), (0, 0))));
            let at = endings.iter().find_map(|e| e.dropped);
            let here = at.is_none_or(|at| at.contains(call) || at == name);
            return if here {
                TaskOutcome::Lost
            } else {
                TaskOutcome::Dropped
            };
        }
        TaskOutcome::Unknown
    }
}

/// All who got it lost it.
struct LostElsewhere;

impl From<LostElsewhere> for ResponseOutcome {
    fn from(_: LostElsewhere) -> Self {
        ResponseOutcome::Unread
    }
}

impl From<LostElsewhere> for TaskOutcome {
    fn from(_: LostElsewhere) -> Self {
        TaskOutcome::Dropped
    }
}

/// Every call resolved to a catalogue path, and how many were not resolved at all.
fn calls(cx: &Cx<'_, '_, '_>, out: &mut Resources) {
    let mut unresolved = 0;
    for (id, types) in &cx.bodies {
        for (at, target) in &types.calls {
            match target.def {
                Some(def) if !cx.program.is_local(def) => {
                    out.calls.push(CallSite {
                        at: cx.call_spans((*id, *at)).0,
                        path: cx.program.path(def),
                    });
                }
                None if target.external.is_none() && target.value.is_none() => unresolved += 1,
                _ => {}
            }
        }
    }
    out.calls.sort_unstable();
    out.calls.dedup();
    out.counts.unresolved_calls = unresolved;
    out.counts.unread_macros = cx
        .program
        .bodies
        .iter()
        .filter(|b| is_local(cx, b.krate))
        .map(|b| b.file.file)
        .collect::<BTreeSet<_>>()
        .len();
    let mut seen = BTreeSet::new();
    out.counts.unread_macros = 0;
    for body in &cx.program.bodies {
        if is_local(cx, body.krate) && seen.insert(body.file.file) {
            out.counts.unread_macros += body.file.unread.len();
            out.counts.generated += body.file.generated.len();
        }
    }
}

fn is_local(cx: &Cx<'_, '_, '_>, id: crate::resolve::def::CrateId) -> bool {
    matches!(cx.program.krate(id).origin, Origin::Local(_))
}
