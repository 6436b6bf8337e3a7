//! From what bodies did to the resources a lint sees.

mod address;
mod blocking;
mod brought;
mod events;
mod houses;
mod last_send;
mod lives;
mod reads;
mod remedies;
mod requests;
mod responses;
mod shared;
mod tasks;

use std::collections::BTreeSet;

use events::Steps;
use rustc_hash::FxHashMap;

use super::context::Contexts;
use super::cx::Cx;
use super::resource::{
    Acquires, AskedCall, CallSite, Callee, CrateRef, Resources, Site, VersionSource,
};
use super::tables::{Ending, Fate, FieldKey, ResKind, Tables};
use super::value::{ClientId, ClientSrc, MOST, ResId, SiteKey, Thing, Value};
use crate::ir::item::Vis;
use crate::name::Name;
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
    /// Where responses are looked at.
    looked: FxHashMap<ResId, BTreeSet<Span>>,
    /// The bodies that return each client.
    handed_out: FxHashMap<ClientId, BTreeSet<BodyId>>,
    /// What the last runs of bodies noted.
    steps: Steps,
}

/// Everything that was found, in order of place.
pub(super) fn resources(
    cx: &Cx<'_, '_, '_>,
    tables: &Tables,
    order: &[BodyId],
    asked: Option<Span>,
) -> Resources {
    let mut builder = Builder {
        cx,
        tables,
        contexts: Contexts::build(cx, tables, order),
        order,
        endings: FxHashMap::default(),
        foreign: FxHashMap::default(),
        stored: FxHashMap::default(),
        instances: FxHashMap::default(),
        looked: FxHashMap::default(),
        handed_out: FxHashMap::default(),
        steps: Steps::default(),
    };
    builder.gather();
    builder.steps = builder.gather_steps();
    let mut out = Resources::default();
    builder.requests_and_clients(&mut out);
    builder.responses(&mut out);
    builder.tasks(&mut out);
    builder.remedies(&mut out);
    calls(cx, &mut out);
    if let Some(asked) = asked {
        out.asked = calls_in(cx, asked);
    }
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
            for (res, at) in &done.looked {
                self.looked.entry(*res).or_default().insert(*at);
            }
            done.ret.clients(&mut |source, _| {
                if let ClientSrc::Client(client) = source {
                    self.handed_out.entry(*client).or_default().insert(*id);
                }
            });
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

    /// The endings of a resource, with those of the places it was handed out to where it was returned.
    fn is_handed_out(&self, id: ResId) -> bool {
        self.endings
            .get(&id)
            .is_some_and(|l| l.iter().any(|e| e.fate.any(Fate::RETURNED)))
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

    /// Where a resource that was handed out is reported: at its origin if all who got it lost it, else where it was lost. What
    /// is spawned for each caller is each caller's own.
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
        let theirs = self
            .tables
            .rec(root)
            .is_some_and(|r| !r.spawned.passed.is_empty());
        let everywhere = !theirs
            && !ends.is_empty()
            && ends.iter().all(|i| lost(self, *i))
            && !self.leaves_crate(root);
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
                    .is_some_and(|r| super::entries::is_entry(self.cx, r.site.0))
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

    /// Whether more is kept in a field than is told apart: what becomes of each is not known.
    fn is_crowded(&self, key: FieldKey) -> bool {
        let full = |v: &Value| v.things.len() >= MOST;
        let Some(kept) = self.tables.fields.get(&key) else {
            return false;
        };
        let given = kept.things.iter().filter_map(|(t, _)| match t {
            Thing::Param(body, index, _) => self.tables.params.get(&(*body, *index)),
            _ => None,
        });
        full(kept) || given.into_iter().any(full)
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
}

/// All who got it lost it.
struct LostElsewhere;

/// Every call resolved to a catalogue path, and how many were not resolved at all.
fn calls(cx: &Cx<'_, '_, '_>, out: &mut Resources) {
    let mut unresolved = 0;
    let mut known: FxHashMap<DefId, (Name, Option<Acquires>)> = FxHashMap::default();
    for (id, types) in &cx.bodies {
        for (at, target) in &types.calls {
            match target.def {
                Some(def) if !cx.program.is_local(def) => {
                    let (path, acquires) = *known
                        .entry(def)
                        .or_insert_with(|| (Name::new(&cx.program.path(def)), cx.acquires(def)));
                    out.calls.push(CallSite {
                        at: cx.call_spans((*id, *at)).0,
                        path,
                        acquires,
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
    let mut seen = BTreeSet::new();
    for body in &cx.program.bodies {
        if is_local(cx, body.krate) && seen.insert(body.file.file) {
            out.counts.unread_macros += body.file.unread.len();
            out.counts.generated += body.file.generated.len();
        }
    }
}

/// Every call whose name stands in a place, and where it leads.
fn calls_in(cx: &Cx<'_, '_, '_>, place: Span) -> Vec<AskedCall> {
    let mut out = Vec::new();
    for (id, types) in &cx.bodies {
        if cx.body(*id).span.file != place.file {
            continue;
        }
        for (at, target) in &types.calls {
            let at = cx.call_spans((*id, *at)).0;
            // A column may be in a path whose first segment is elsewhere.
            if at.hi <= place.lo || place.hi <= at.lo {
                continue;
            }
            let to = match (target.def, target.external, &target.value) {
                (Some(def), ..) => leads_to(cx, def),
                (None, Some(path), _) => Callee::External(path.to_string()),
                (None, None, Some(_)) => Callee::Value,
                (None, None, None) => Callee::Unresolved,
            };
            out.push(AskedCall { at, to });
        }
    }
    out.sort_unstable();
    out.dedup();
    out
}

fn leads_to(cx: &Cx<'_, '_, '_>, def: DefId) -> Callee {
    let path = cx.program.path(def);
    match cx.program.catalog_of(def) {
        None => Callee::Local(path),
        Some((krate, version, known_by)) => Callee::Catalogued {
            path,
            krate: krate.to_owned(),
            version: version.to_string(),
            known_by,
            fact: !cx.facts_of(def).is_empty(),
        },
    }
}

fn is_local(cx: &Cx<'_, '_, '_>, id: crate::resolve::def::CrateId) -> bool {
    matches!(cx.program.krate(id).origin, Origin::Local(_))
}
