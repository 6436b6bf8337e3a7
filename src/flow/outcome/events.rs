//! What became of clients, responses and tasks, place by place: evidence for whoever asks.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;

use super::Builder;
use crate::flow::resource::{Event, Events, Happening};
use crate::flow::tables::{Fate, Traced};
use crate::flow::value::{ClientId, ResId};
use crate::resolve::def::BodyId;

/// What each fate is called, the one that says most about a resource last.
const CALLED: [(Fate, Happening); 11] = [
    (Fate::STORED, Happening::Stored),
    (Fate::READ, Happening::Read),
    (Fate::JOINED, Happening::Joined),
    (Fate::ABORTED, Happening::Aborted),
    (Fate::TRACKED, Happening::Tracked),
    (Fate::ESCAPED, Happening::Escaped),
    (Fate::EMPTY, Happening::Empty),
    (Fate::DROPPED, Happening::Dropped),
    (Fate::PURPOSE, Happening::DroppedOnPurpose),
    (Fate::SELECT, Happening::LostInSelect),
    (Fate::FORGOTTEN, Happening::Forgotten),
];

/// Events by what they happened to.
#[derive(Default)]
pub(super) struct Steps(FxHashMap<Traced, BTreeSet<Event>>);

impl Steps {
    /// Those of a client or resource alone.
    pub(super) fn of(&self, traced: Traced) -> impl Iterator<Item = Event> {
        self.0.get(&traced).into_iter().flatten().cloned()
    }
}

impl Builder<'_, '_, '_, '_> {
    /// All that the last runs of all bodies noted.
    pub(super) fn gather_steps(&self) -> Steps {
        let mut out = Steps::default();
        let mut names: BTreeMap<_, String> = BTreeMap::new();
        for step in self
            .order
            .iter()
            .filter_map(|id| self.tables.steps.get(id))
            .flatten()
        {
            let name = |key| {
                names
                    .entry(key)
                    .or_insert_with(|| self.field_name(key))
                    .clone()
            };
            let field = step.field.map(name);
            let entry = out.0.entry(step.of).or_default();
            for (_, what) in CALLED.iter().filter(|(fate, _)| step.fate.any(*fate)) {
                entry.insert(Event {
                    at: step.at,
                    what: *what,
                    field: field.clone(),
                });
            }
        }
        out
    }

    /// What became of a response or handle, also where it was handed out to.
    pub(super) fn events_of(&self, id: ResId) -> Events {
        let mut all: Vec<Event> = self.steps.of(Traced::Res(id)).collect();
        if self.is_handed_out(id) {
            let site = self.tables.rec(id).map(|rec| rec.site.0);
            all.extend(site.map(|body| self.returned_by(body)));
            for instance in self.instances.get(&id).into_iter().flatten() {
                all.extend(self.steps.of(Traced::Res(*instance)));
                let site = self.tables.rec(*instance).map(|rec| rec.site);
                all.extend(site.map(|site| Event {
                    at: self.cx.call_spans(site).0,
                    what: Happening::HandedOut,
                    field: None,
                }));
            }
        }
        if let Some(looked) = self.looked.get(&id) {
            all.extend(looked.iter().map(|at| Event {
                at: *at,
                what: Happening::LookedAt,
                field: None,
            }));
        }
        all.into_iter().collect()
    }

    /// What became of a client.
    pub(super) fn events_of_client(&self, id: ClientId) -> Events {
        let mut all: Vec<Event> = self.steps.of(Traced::Client(id)).collect();
        for body in self.handed_out.get(&id).into_iter().flatten() {
            all.push(self.returned_by(*body));
            let calls = self.contexts.callers(*body).iter();
            let calls = calls.filter(|(_, edge)| self.gets(edge.at, *body, id));
            all.extend(calls.map(|(_, edge)| Event {
                at: self.cx.call_spans(edge.at).0,
                what: Happening::HandedOut,
                field: None,
            }));
        }
        all.into_iter().collect()
    }

    fn returned_by(&self, body: BodyId) -> Event {
        let owner = self.cx.program.body(body).owner;
        Event {
            at: self.cx.program.def(owner).span,
            what: Happening::Returned,
            field: None,
        }
    }
}
