//! Tasks: how each handle ended, and how the task does.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::{Builder, LostElsewhere};
use crate::catalog::schema::Role;
use crate::flow::resource::{Phase, Resources, Task, TaskOutcome};
use crate::flow::tables::{Fate, FieldKey, ResKind};
use crate::flow::tasks::{self, Around, Unbounded};
use crate::flow::value::ResId;
use crate::resolve::def::{BodyId, DefId, DefKind};
use crate::source::Span;

impl Builder<'_, '_, '_, '_> {
    pub(super) fn tasks(&self, out: &mut Resources) {
        let open = self.open_sends(out);
        let around = Around::new(self.cx, self.tables, &self.contexts);
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
            let end = tasks::end_of(self.cx, self.tables, rec);
            let let_go = self
                .endings
                .get(&id)
                .is_some_and(|l| l.iter().any(|e| e.fate.any(Fate::FORGOTTEN)));
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
                .map(|key| self.field_name(*key));
            let mut requests: Vec<usize> = Vec::new();
            for body in tasks::runs(self.tables, &tasks::spawned_by(self.tables, rec)) {
                requests.extend(open.get(&body).into_iter().flatten());
            }
            requests.sort_unstable();
            requests.dedup();
            let role = self.handle_role(origin.def);
            out.tasks.push(Task {
                site: self.site(rec.site, origin.def),
                krate: self.krate(origin.def),
                kind,
                own_thread: fact.iter().any(|f| f.may_block),
                no_handle: role.is_none(),
                outcome,
                lost_at: endings.iter().find_map(|e| e.dropped),
                holder,
                ends: end.ends,
                signal: end.signal_at(),
                endless_at: end.endless_at,
                let_go,
                per_item: around
                    .unbounded_loop(origin.site)
                    .or_else(|| around.unbounded_calls(rec.site, origin))
                    .or_else(|| {
                        let spawned_here = root == id;
                        around.unbounded_items(rec.site).filter(|_| spawned_here)
                    })
                    .map(|Unbounded { at, sure }| (at, sure)),
                setting: tasks::setting(&around, rec, origin.site, &end),
                open_requests: requests,
                drop_note: role
                    .filter(|_| !let_go)
                    .and_then(|r| r.fact.drop_note.clone())
                    .unwrap_or_default(),
                remedy: None,
                events: self.events_of(id),
            });
        }
    }

    /// A field as the code knows it: `Worker::handle`, and the variant for one of its fields.
    pub(super) fn field_name(&self, (owner, name): FieldKey) -> String {
        let def = self.cx.program.def(owner);
        match (&def.kind, def.parent.map(|p| self.cx.program.def(p))) {
            (DefKind::Variant { .. }, Some(of)) => format!("{}::{}", of.name, def.name),
            _ => format!("{}::{name}", def.name),
        }
    }

    fn handle_role(&self, def: Option<DefId>) -> Option<crate::flow::facts::RoleOf<'_>> {
        let sig = self.cx.types.sigs.get(&def?)?;
        self.cx.role(&sig.ret, Role::Handle)
    }

    /// Requests with an open phase by the body that sends them.
    fn open_sends(&self, out: &Resources) -> FxHashMap<BodyId, Vec<usize>> {
        let open: BTreeMap<Span, usize> = out
            .requests
            .iter()
            .enumerate()
            .filter(|(_, r)| r.together.iter().any(|b| b.open().contains(&Phase::Head)))
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
        // A type that wraps a handle may offer both: to join it, and to let it go.
        let own = endings.iter().fold(Fate::default(), |a, e| a.with(e.fate));
        let offers = foreign.any(Fate::JOINED.with(Fate::ABORTED));
        if own.any(Fate::FORGOTTEN) || foreign.any(Fate::FORGOTTEN) && !offers {
            return TaskOutcome::Lost;
        }
        if all.any(Fate::SELECT) && !all.any(Fate::ABORTED.with(Fate::ESCAPED)) {
            return TaskOutcome::LostInSelect;
        }
        if all.any(Fate::TRACKED) {
            return TaskOutcome::Tracked;
        }
        if all.any(Fate::JOINED) {
            let also = Fate::ABORTED.with(Fate::ESCAPED).with(Fate::RETURNED);
            return if own.any(Fate::TIMED) && !all.any(also) {
                TaskOutcome::LostInTimeout
            } else {
                TaskOutcome::Joined
            };
        }
        if all.any(Fate::ABORTED) {
            return TaskOutcome::Aborted;
        }
        if all.any(Fate::STORED) {
            let public =
                self.stored.get(&id).into_iter().flatten().any(|k| {
                    self.is_public_field(*k) || self.is_crowded(*k) || self.is_shared_out(*k)
                });
            // A field of nobody in sight is no field that nothing joins.
            let known = self.stored.contains_key(&id);
            return if public || !known || all.any(Fate::ESCAPED.with(Fate::RETURNED)) {
                TaskOutcome::Escaped
            } else {
                TaskOutcome::LostInField
            };
        }
        if all.any(paid) {
            return TaskOutcome::Escaped;
        }
        if all.any(Fate::DROPPED) {
            let (name, call) = self.tables.rec(id).map_or_else(
                || self.cx.call_spans((BodyId(0), (0, 0))),
                |r| self.cx.call_spans(r.site),
            );
            let at = endings.iter().find_map(|e| e.dropped);
            let here = at.is_none_or(|at| at.contains(call) || at == name);
            return if here {
                TaskOutcome::Lost
            } else {
                TaskOutcome::Dropped
            };
        }
        // Asked until it was over, on every way: nobody lets go of it before.
        if all.any(Fate::EMPTY) {
            return TaskOutcome::Joined;
        }
        TaskOutcome::Unknown
    }
}

impl From<LostElsewhere> for TaskOutcome {
    fn from(_: LostElsewhere) -> Self {
        TaskOutcome::Dropped
    }
}
