//! Clients and the requests sent through them, with the bounds each is under.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;

use super::Builder;
use super::address::Addresses;
use crate::flow::bounds;
use crate::flow::context::bound_if_given;
use crate::flow::facts::{FamilyId, FamilyInfo};
use crate::flow::resource::{
    BodyRead, Bound, Bounds, Client, FamilyNotes, Phase, PhaseBound, Request, Resources,
};
use crate::flow::tables::{Asked, ClientRec, RequestRec, Sent, Waits};
use crate::flow::value::{ClientId, ClientSrc, SiteKey, Slots, Thing};
use crate::resolve::def::BodyId;
use crate::source::Span;

/// What bounds a wait from outside.
#[derive(Clone, Copy, Default)]
enum Around {
    /// On every way a bound.
    Always(Span),
    /// A bound on some ways, which on the others is not asked for.
    Sometimes(Span),
    /// Nothing.
    #[default]
    Nothing,
}

impl Around {
    fn always(self) -> Option<Span> {
        match self {
            Around::Always(at) => Some(at),
            Around::Sometimes(_) | Around::Nothing => None,
        }
    }

    fn bound(self) -> Option<(Bound, Span)> {
        match self {
            Around::Always(at) => Some((Bound::Total, at)),
            Around::Sometimes(at) => Some((Bound::Conditional, at)),
            Around::Nothing => None,
        }
    }

    /// What holds where both may be met.
    fn weaker(self, other: Around) -> Around {
        match (self, other) {
            (Around::Nothing, _) | (_, Around::Nothing) => Around::Nothing,
            (Around::Sometimes(at), _) | (_, Around::Sometimes(at)) => Around::Sometimes(at),
            (Around::Always(_), Around::Always(_)) => self,
        }
    }
}

/// The clients that one call constructs, with what the settings of all of them and of the requests through them have in common.
struct Alike {
    family: FamilyId,
    settings: Slots,
    requests: Slots,
}

impl Builder<'_, '_, '_, '_> {
    /// The clients behind a source, and whether some are out of sight.
    pub(super) fn expand(&self, sources: &[ClientSrc]) -> (BTreeSet<ClientId>, bool) {
        let mut clients = BTreeSet::new();
        let mut unknown = sources.is_empty();
        let mut seen: BTreeSet<ClientSrc> = BTreeSet::new();
        let mut work: Vec<ClientSrc> = sources.to_vec();
        while let Some(source) = work.pop() {
            if !seen.insert(source.clone()) {
                continue;
            }
            match source {
                ClientSrc::Client(id) => {
                    if !self.tables.is_superseded(id) {
                        clients.insert(id);
                    }
                }
                ClientSrc::OneShot(_) => {}
                ClientSrc::Unknown => unknown = true,
                ClientSrc::Made(body, index) => {
                    let made = self.made_by_code(body, index);
                    unknown |= made.unseen;
                    work.extend(made.things.iter().flat_map(|thing| sources_in(thing)));
                    let handed_on = made.handed_on.into_iter();
                    work.extend(handed_on.map(|(body, index)| ClientSrc::Made(body, index)));
                }
                ClientSrc::Param(body, index) => {
                    let Some(value) = self.tables.params.get(&(body, index)) else {
                        unknown = true;
                        continue;
                    };
                    unknown |= value.unknown;
                    work.extend(value.things.iter().flat_map(|(thing, _)| sources_in(thing)));
                }
            }
        }
        (clients, unknown)
    }

    pub(super) fn requests_and_clients(&mut self, out: &mut Resources) {
        let client_index = self.clients(out);
        let guards = self.guards();
        let reads = self.reads();
        let addresses = Addresses::new(self.cx);
        for (key, rec) in &self.tables.requests {
            let (clients, unknown) = self.expand(&rec.request.clients);
            let one_shot = rec.request.one_shot();
            let brought = self.brought(&rec.request);
            let slots = brought.of_all().then(&rec.request.slots);
            let around = guards.get(key).copied().unwrap_or_default();
            let guard = around.always();
            let body_reads = rec
                .response
                .map(|id| self.reads_of(&reads, id))
                .unwrap_or_default();
            let family_id = rec.request.family;
            let mut bounds_list = Vec::new();
            // One that is kept in a field may be that of any caller: such a request is not known to go through either.
            let mut alike: BTreeMap<SiteKey, Alike> = BTreeMap::new();
            let mut ids: Vec<ClientId> = clients.iter().copied().collect();
            let mut seen = BTreeSet::new();
            ids.retain(|id| client_index.get(id).is_none_or(|at| seen.insert(*at)));
            for id in &ids {
                let Some(client) = self.tables.clients.get(id.0 as usize) else {
                    continue;
                };
                let Some(family) = self.cx.facts.family(client.family) else {
                    continue;
                };
                let settings = client.settings();
                let slots = brought.of(*id).then(&rec.request.slots);
                bounds_list.push(self.bounded(
                    bounds::of(family, &settings, &slots),
                    around,
                    rec,
                    &body_reads,
                ));
                alike
                    .entry(client.site)
                    .and_modify(|known| {
                        known.settings = known.settings.join(&settings);
                        known.requests = known.requests.join(&slots);
                    })
                    .or_insert(Alike {
                        family: client.family,
                        settings,
                        requests: slots,
                    });
            }
            let together = alike.values().filter_map(|of| {
                let family = self.cx.facts.family(of.family)?;
                let bounds = bounds::of(family, &of.settings, &of.requests);
                Some(self.bounded(bounds, around, rec, &body_reads))
            });
            let mut together: Vec<Bounds> = together.collect();
            let family = family_id.and_then(|f| self.cx.facts.family(f));
            let mut near = Vec::new();
            if let Some(family) = family {
                near = bounds::near_misses(family, &slots);
                if one_shot.is_some() {
                    let bounds = bounds::of(family, &Slots::default(), &slots);
                    let bounds = self.bounded(bounds, around, rec, &body_reads);
                    together.push(bounds.clone());
                    bounds_list.push(bounds);
                }
            }
            let index = out.requests.len();
            for id in &ids {
                if let Some(client) = client_index.get(id).and_then(|i| out.clients.get_mut(*i)) {
                    client.requests.push(index);
                }
            }
            let shot_def = one_shot.and_then(|site| self.cx.callee(site));
            out.requests.push(Request {
                site: self.site(*key, Some(rec.def)),
                krate: self.krate(Some(rec.def)),
                one_shot: one_shot.map(|site| self.site(site, shot_def)),
                clients: ids
                    .iter()
                    .filter_map(|id| client_index.get(id).copied())
                    .collect(),
                unknown_client: unknown,
                given: brought.unseen,
                own: family.map(|f| bounds::set(f, &slots)).unwrap_or_default(),
                guard,
                bounds: bounds_list,
                together,
                body_read: rec.whole || !body_reads.is_empty(),
                whole: rec.whole,
                own_address: addresses.is_own(rec.request.site),
                idle_setting: family.and_then(FamilyInfo::idle_setting).map(str::to_owned),
                reads: body_reads,
                near,
                default_note: family
                    .map(|f| f.fill(&f.fact.default_note))
                    .unwrap_or_default(),
                advice: family
                    .map(|f| f.fill(&f.fact.request_advice))
                    .unwrap_or_default(),
                rebuilt: None,
                async_use: self.blocks_async(rec),
                notes: family.map(notes).unwrap_or_default(),
                remedy: None,
            });
        }
        for client in &mut out.clients {
            client.only_asks &= client.requests.is_empty();
        }
        self.rebuilt(out, &client_index);
    }

    /// The bounds with what stands around the sending call and the reads.
    fn bounded(
        &self,
        mut bounds: Bounds,
        around: Around,
        rec: &RequestRec,
        reads: &[BodyRead],
    ) -> Bounds {
        if let Some((bound, at)) = around.bound() {
            // A call that reads the body itself is waited for until the body's end.
            let phases = Phase::ALL.into_iter();
            for phase in phases.filter(|p| rec.whole || *p != Phase::Body) {
                let slot = bounds.get_mut(phase);
                if bounds::rank(slot.bound) < bounds::rank(bound) {
                    let by = Some("a bound around the wait".to_owned());
                    *slot = PhaseBound {
                        bound,
                        set_at: Some(at),
                        by,
                        ..PhaseBound::default()
                    };
                }
            }
        }
        let guarded = !reads.is_empty() && reads.iter().all(|r| r.guard != Bound::None);
        let sometimes = reads.iter().any(|r| r.guard == Bound::Conditional);
        // A stream that asks when it is read waits for all of it there.
        let within = Phase::ALL
            .into_iter()
            .filter(|p| rec.waits == Waits::Read || *p == Phase::Body);
        for phase in within.filter(|_| guarded) {
            let slot = bounds.get_mut(phase);
            if slot.bound == Bound::None {
                let idle = phase == Phase::Body && reads.iter().all(|r| r.guard == Bound::Idle);
                let bound = match (sometimes, idle) {
                    (true, _) => Bound::Conditional,
                    (false, true) => Bound::Idle,
                    (false, false) => Bound::Total,
                };
                *slot = PhaseBound {
                    bound,
                    set_at: reads.iter().find_map(|r| r.guard_at),
                    by: Some("a bound around the read".to_owned()),
                    ..PhaseBound::default()
                };
            }
        }
        bounds
    }

    /// For each sending call the bound around it.
    fn guards(&self) -> BTreeMap<SiteKey, Around> {
        let mut out: BTreeMap<SiteKey, Around> = BTreeMap::new();
        for id in self.order {
            let Some(done) = self.tables.bodies.get(id) else {
                continue;
            };
            for sent in &done.sent {
                let around = self.around(*id, sent, &done.sent);
                out.entry(sent.site)
                    .and_modify(|known| *known = (*known).weaker(around))
                    .or_insert(around);
            }
        }
        out
    }

    /// The bound around one of the ways on which a body sends a request.
    fn around(&self, id: BodyId, sent: &Sent, all: &BTreeSet<Sent>) -> Around {
        if let Some(at) = sent.guard.or_else(|| self.outer_guard(id)) {
            return Around::Always(at);
        }
        // One future is awaited once: under the bound, or on another way without it.
        let twin = all
            .iter()
            .filter(|s| s.site == sent.site)
            .find_map(|s| s.guard);
        twin.or_else(|| bound_if_given(self.cx, self.tables, id, sent.site))
            .or_else(|| self.contexts.bound_on_some_ways(self.cx, self.tables, id))
            .map_or(Around::Nothing, Around::Sometimes)
    }

    /// The bound that every way to a body leads over.
    pub(super) fn outer_guard(&self, id: BodyId) -> Option<Span> {
        if self.contexts.is_open(id) {
            return None;
        }
        self.contexts.above(id, |_, edge| edge.guard)
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
        // A request brings its client along.
        let returned = self.tables.bodies.values().map(|b| &b.ret);
        let things = returned
            .chain(self.tables.fields.values())
            .flat_map(|v| &v.things);
        let asking: BTreeSet<ClientId> = things
            .filter_map(|(thing, _)| match thing {
                Thing::Request(request) => Some(&request.clients),
                _ => None,
            })
            .flatten()
            .filter_map(|source| match source {
                ClientSrc::Client(id) => Some(*id),
                _ => None,
            })
            .collect();
        let mut made: FxHashMap<(SiteKey, Option<SiteKey>, Slots), usize> = FxHashMap::default();
        for id in ids {
            let Some(rec) = self.tables.clients.get(id.0 as usize) else {
                continue;
            };
            let Some(family) = self.cx.facts.family(rec.family) else {
                continue;
            };
            if self.tables.is_superseded(id) {
                continue;
            }
            let leaves = rec.escapes
                || rec.given
                || self.handed_out.contains_key(&id)
                || asking.contains(&id)
                || self.tables.bodies.values().any(|b| b.kept.contains(&id));
            let settings_unknown = rec.builder.is_some_and(|b| self.tables.shaped.contains(&b));
            let callers = self.callers_of(rec);
            // What tells callers apart need not make a difference.
            let passed = rec.builder.filter(|_| !rec.through.is_empty());
            let alike = made
                .entry((rec.site, passed, rec.settings()))
                .or_insert(out.clients.len());
            index.insert(id, *alike);
            if let Some(known) = out.clients.get_mut(*alike) {
                known.escapes |= rec.escapes;
                known.leaves |= leaves;
                known.behind = known.behind.or(rec.behind).filter(|_| !known.escapes);
                known.settings_unknown |= settings_unknown;
                known.site.in_test &= self.only_in_tests(rec, &callers);
                known.callers.extend(callers.iter().map(|(name, _)| *name));
                known.callers.sort_unstable();
                known.callers.dedup();
                let events = known.events.iter().cloned();
                known.events = events
                    .chain(self.events_of_client(id).iter().cloned())
                    .collect();
                continue;
            }
            let mut site = self.site(rec.site, Some(rec.def));
            site.in_test = self.only_in_tests(rec, &callers);
            out.clients.push(Client {
                site,
                callers: callers.iter().map(|(name, _)| *name).collect(),
                begun: rec
                    .builder
                    .filter(|b| b.0 == rec.site.0)
                    .map(|b| self.cx.call_spans(b).0),
                krate: family.krate.clone(),
                bounds: bounds::of(family, &rec.settings(), &Slots::default()),
                near: bounds::near_misses(family, &rec.settings()),
                requests: Vec::new(),
                stands_in_for: Vec::new(),
                asked: false,
                only_asks: false,
                limited: false,
                escapes: rec.escapes,
                leaves,
                behind: rec.behind.filter(|_| !rec.escapes),
                boundable: family.boundable(),
                settings_unknown,
                unasked: self.cx.is_derived(rec.site.0) && self.cx.replaced.is_by(rec.site.0),
                default_note: family.fill(&family.fact.default_note),
                advice: family.fill(&family.fact.client_advice),
                blocking: family.fact.blocking,
                pooled: family.fact.pooled && !bounds::keeps_none(family, &rec.settings()),
                remembers: bounds::remembers(family, &rec.settings()),
                builder: rec
                    .builder
                    .filter(|b| b.0 != rec.site.0)
                    .map(|b| self.site(b, self.cx.callee(b))),
                rebuilt: Vec::new(),
                async_use: self.built_in_async(rec, family),
                notes: notes(family),
                remedy: None,
                events: self.events_of_client(id),
            });
        }
        self.asked(out, &index);
        for (stands_in, built) in self.tables.bodies.values().flat_map(|b| &b.stand_ins) {
            if let (Some(at), Some(of)) = (index.get(stands_in), index.get(built))
                && let Some(client) = out.clients.get_mut(*at)
            {
                client.stands_in_for.push(*of);
            }
        }
        for client in &mut out.clients {
            client.stands_in_for.sort_unstable();
            client.stands_in_for.dedup();
        }
        index
    }
}

impl Builder<'_, '_, '_, '_> {
    /// The calls that decide that a client is built as it is: where functions hand on what they are given, those of the
    /// outermost.
    fn callers_of(&self, rec: &ClientRec) -> BTreeSet<(Span, BodyId)> {
        let mut out = BTreeSet::new();
        let mut seen = BTreeSet::new();
        let mut work = vec![(rec.site.0, rec.variant)];
        while let Some((body, variant)) = work.pop() {
            if self.tables.is_others(variant) || !seen.insert((body, variant)) {
                continue;
            }
            for want in self.tables.wanted(body).filter(|w| w.variant == variant) {
                if want.handed_on && !self.tables.is_others(want.of) {
                    work.push((want.at.0, want.of));
                } else {
                    out.insert((want.name, want.at.0));
                }
            }
        }
        out
    }

    /// Whether a client is built in test code, or for such alone.
    fn only_in_tests(&self, rec: &ClientRec, callers: &BTreeSet<(Span, BodyId)>) -> bool {
        let in_test = |body: BodyId| self.cx.program.body(body).in_test;
        in_test(rec.site.0) || !callers.is_empty() && callers.iter().all(|(_, body)| in_test(*body))
    }

    /// Notes of which clients requests are made that others send.
    fn asked(&self, out: &mut Resources, index: &FxHashMap<ClientId, usize>) {
        let mut how: BTreeMap<ClientId, BTreeSet<Asked>> = BTreeMap::new();
        for (source, asked) in self.tables.bodies.values().flat_map(|b| &b.asked) {
            let (clients, _) = self.expand(std::slice::from_ref(source));
            for id in clients {
                how.entry(id).or_default().insert(*asked);
            }
        }
        for (id, how) in how {
            let Some(client) = index.get(&id).and_then(|at| out.clients.get_mut(*at)) else {
                continue;
            };
            client.asked = true;
            let unlimited = how.contains(&Asked::Bound);
            let limited = how.contains(&Asked::Limited);
            client.only_asks = !client.leaves && !unlimited && !limited;
            client.limited = limited && !unlimited && !client.escapes;
        }
    }
}

fn notes(family: &FamilyInfo<'_>) -> FamilyNotes {
    let text = |t: &Option<String>| t.as_deref().map(|t| family.fill(t)).unwrap_or_default();
    FamilyNotes {
        reuse: text(&family.fact.reuse_note),
        reuse_advice: text(&family.fact.reuse_advice),
        in_async: text(&family.fact.async_note),
        in_async_advice: text(&family.fact.async_advice),
    }
}

/// Where the clients come from that a thing is, or that it goes through.
fn sources_in(thing: &Thing) -> Vec<ClientSrc> {
    match thing {
        Thing::Client(id) => vec![ClientSrc::Client(*id)],
        Thing::Param(body, index, _) => vec![ClientSrc::Param(*body, *index)],
        Thing::Yield(body, index) => vec![ClientSrc::Made(*body, *index)],
        Thing::Request(request) => request.clients.clone(),
        _ => Vec::new(),
    }
}
