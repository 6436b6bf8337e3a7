//! Responses: how each ended, and where one was kept.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use super::{Builder, LostElsewhere};
use crate::catalog::schema::{DropDoes, Role};
use crate::flow::resource::{Happening, Held, Keeping, Resources, Response, ResponseOutcome};
use crate::flow::tables::{Fate, FieldKey, ResKind, Traced};
use crate::flow::value::{Ob, ResId, Thing};
use crate::ir::body::StmtKind;
use crate::resolve::def::BodyId;
use crate::resolve::ty::Ty;

impl Builder<'_, '_, '_, '_> {
    pub(super) fn responses(&self, out: &mut Resources) {
        let held = self.held();
        let sends = self.sends();
        for id in self.in_order(ResKind::Response) {
            let Some(rec) = self.tables.rec(id) else {
                continue;
            };
            let lost = |b: &Self, id| b.response_outcome(id) == ResponseOutcome::Unread;
            let here = || self.is_kept_between(id, &held).then_some(None);
            let Some(report) = self.reported(id, lost).or_else(here) else {
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
                client_ends: rec
                    .request
                    .is_some_and(|send| self.is_last_send(&sends, send, id)),
                unpooled: rec
                    .request
                    .is_some_and(|send| self.keeps_none(&sends, send)),
                dropped_at: endings
                    .iter()
                    .filter_map(|e| e.dropped)
                    .collect::<BTreeSet<_>>()
                    .into_iter()
                    .collect(),
                looked_at: self
                    .looked
                    .get(&id)
                    .into_iter()
                    .flatten()
                    .copied()
                    .collect(),
                held: held_list,
                drops_well: self.is_of_messages(id),
                drop_note: fill(role.and_then(|r| r.fact.drop_note.as_ref())),
                hold_note: fill(role.and_then(|r| r.fact.hold_note.as_ref())),
                advice: family
                    .map(|f| f.fill(&f.fact.body_advice))
                    .unwrap_or_default(),
                remedy: None,
                events: self.events_of(id),
            });
        }
    }

    /// Whether a response is kept by a function that got it from another, and hands it on.
    fn is_kept_between(&self, id: ResId, held: &FxHashMap<ResId, Vec<Held>>) -> bool {
        let is_kept = |all: &Vec<Held>| all.iter().any(Held::certain);
        self.is_handed_out(id) && held.get(&id).is_some_and(is_kept)
    }

    /// Whether a response is one of messages: nothing is owed for those that nobody takes.
    pub(super) fn is_of_messages(&self, id: ResId) -> bool {
        let root = self.tables.rec(id).and_then(|rec| rec.origin).unwrap_or(id);
        let role = self.response_role(root);
        role.is_some_and(|r| r.fact.drop == Some(DropDoes::Nothing))
    }

    pub(super) fn response_role(&self, id: ResId) -> Option<crate::flow::facts::RoleOf<'_>> {
        let rec = self.tables.rec(id)?;
        let types = self.cx.bodies.get(&rec.site.0)?;
        // The type of any local that holds the result, or what its future yields.
        let body = self.cx.body(rec.site.0);
        let StmtKind::Call(dest, _) = &body.stmt(rec.site.1)?.kind else {
            return None;
        };
        let mut ty = types.local(*dest).clone();
        let known = self.cx.types.known;
        for _ in 0..3 {
            if let Some(role) = self.cx.role(&ty, Role::Response) {
                return Some(role);
            }
            let output = crate::name::Name::output();
            ty = [known.future, known.into_future]
                .into_iter()
                .find_map(|of| self.cx.lookup().assoc(&ty, of, output))?;
        }
        None
    }

    pub(super) fn response_outcome(&self, id: ResId) -> ResponseOutcome {
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
        if self.is_asked_without_body(id) {
            return ResponseOutcome::Empty;
        }
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

    /// Whether all callers in sight ask in a way that no body comes of: the method is theirs to say.
    fn is_asked_without_body(&self, id: ResId) -> bool {
        let asked = self.tables.empty_if(id);
        // Callers pass on what they are given in turn: all count as asking for none until one of them does not.
        let mut empty: BTreeSet<(BodyId, u16)> = BTreeSet::new();
        let mut work = asked.to_vec();
        while let Some(param) = work.pop() {
            if empty.insert(param) {
                let passed = self.tables.params.get(&param);
                let things = passed.into_iter().flat_map(|v| &v.things);
                work.extend(things.flat_map(|(thing, _)| match thing {
                    Thing::Param(body, index, _) => vec![(*body, *index)],
                    Thing::Request(made) => made.empty_if.clone(),
                    _ => Vec::new(),
                }));
            }
        }
        loop {
            let before = empty.len();
            let known = empty.clone();
            empty.retain(|param| self.passes_no_body(*param, &known));
            if empty.len() == before {
                return asked.iter().any(|param| empty.contains(param));
            }
        }
    }

    /// Whether everything passed for a parameter asks for no body, if these parameters do.
    fn passes_no_body(&self, param: (BodyId, u16), empty: &BTreeSet<(BodyId, u16)>) -> bool {
        self.tables.params.get(&param).is_some_and(|value| {
            !value.unknown
                && !value.things.is_empty()
                && value.things.iter().all(|(thing, _)| match thing {
                    Thing::Function(def) => self.cx.facts.says_no_body(*def),
                    Thing::Param(body, index, _) => empty.contains(&(*body, *index)),
                    Thing::Request(made) => {
                        made.empty || made.empty_if.iter().any(|p| empty.contains(p))
                    }
                    _ => false,
                })
        })
    }

    fn held(&self) -> FxHashMap<ResId, Vec<Held>> {
        let mut out: FxHashMap<ResId, Vec<Held>> = FxHashMap::default();
        for id in self.order {
            let Some(done) = self.tables.bodies.get(id) else {
                continue;
            };
            for held in &done.held {
                let Ob::Res(res) = held.ob else { continue };
                let keeping = if held.sleeping {
                    Keeping::Asleep
                } else {
                    Keeping::Waiting
                };
                out.entry(res).or_default().push(Held {
                    at: held.at,
                    keeping,
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
                    keeping: Keeping::Forgotten,
                }));
            }
        }
        out
    }

    /// Whether a parameter of its type says what a field holds: a stream over the body it may be, as well as the response.
    fn is_open_field(&self, (owner, name): FieldKey) -> bool {
        let fields = self.cx.types.fields.get(&owner).into_iter().flatten();
        let mut ty = fields.filter(|(field, _)| *field == name).map(|(_, ty)| ty);
        ty.any(|ty| ty.any(&mut |t| matches!(t, Ty::Param(_))))
    }

    /// A response kept in a private field or static that nothing in the crate reads.
    fn held_in_field(&self, id: ResId) -> Option<Held> {
        let keys = self.stored.get(&id)?;
        let foreign = self.foreign.get(&id).copied().unwrap_or_default();
        let read = self
            .steps
            .of(Traced::Res(id))
            .any(|e| e.what == Happening::Read);
        if read
            || foreign.any(Fate::SETTLED.with(Fate::RETURNED))
            || keys
                .iter()
                .any(|k| self.is_public_field(*k) || self.is_crowded(*k) || self.is_open_field(*k))
        {
            return None;
        }
        let (owner, name) = *keys.iter().next()?;
        let at = self.tables.rec(id).map(|r| self.cx.call_spans(r.site).0)?;
        let owner = self.cx.program.def(owner).name;
        Some(Held {
            at,
            keeping: Keeping::InField(format!("{owner}::{name}")),
        })
    }
}

impl From<LostElsewhere> for ResponseOutcome {
    fn from(_: LostElsewhere) -> Self {
        ResponseOutcome::Unread
    }
}
