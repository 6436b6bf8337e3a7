//! How a way through a body ends: what it hands out, and how each obligation stands then; and what a response waits through.

use std::collections::btree_map::Entry;

use super::Interp;
use crate::flow::state::{Standing, State};
use crate::flow::tables::{Ending, Fate, HeldRec, ResKind};
use crate::flow::value::{Ob, ResId, SiteKey, Thing, Value, Work};
use crate::ir::body::{BodyKind, RETURN};
use crate::source::Span;

impl Interp<'_, '_, '_, '_> {
    /// What a response kept by a named local or container waits through.
    pub(super) fn held_across(&mut self, state: &State, awaited: &Value, span: Span) {
        self.held_through(state, awaited, self.is_timer(awaited), span);
    }

    /// The same, where the thread itself waits for time to pass.
    pub(super) fn held_asleep(&mut self, state: &State, span: Span) {
        self.held_through(state, &Value::default(), true, span);
    }

    fn held_through(&mut self, state: &State, awaited: &Value, sleeping: bool, span: Span) {
        let concerned: Vec<Ob> = awaited
            .obligations(self.id)
            .into_iter()
            .map(|(o, _)| o)
            .collect();
        for (ob, standing) in &state.obs {
            let Ob::Res(id) = ob else { continue };
            let is_response = self
                .tables
                .rec(*id)
                .is_some_and(|r| r.kind == ResKind::Response);
            if !is_response || standing.fate != Fate::LIVE || concerned.contains(ob) {
                continue;
            }
            // The one this very await yields is not held across it.
            let fresh = self
                .tables
                .rec(*id)
                .and_then(|r| r.request)
                .is_some_and(|s| awaits_send(awaited, s));
            if fresh {
                continue;
            }
            if state.owner_of(*ob, self.id).is_some_and(|l| {
                self.body
                    .locals
                    .get(l.0 as usize)
                    .is_some_and(|d| d.name.is_some())
            }) {
                self.out.held.insert(HeldRec {
                    ob: *ob,
                    at: span,
                    sleeping,
                });
            }
        }
    }

    /// What was moved into an async block is dropped where the block ends.
    pub(super) fn drop_captures(&mut self, state: &mut State) {
        if !matches!(self.body.kind, BodyKind::Async { is_move: true, .. }) {
            return;
        }
        for capture in &self.body.captures {
            self.storage_dead(state, capture.inner, self.span_of(capture.inner));
        }
    }

    /// What the body hands out.
    pub(super) fn returned(&mut self, state: &State) {
        let value = state.get(RETURN);
        for (thing, _) in &value.things {
            if let Thing::Future(future) = thing {
                self.stays_bounded(future);
                self.awaited_by_others(state, future);
            }
        }
        for (ob, _) in value.obligations(self.id) {
            if let Ob::Res(id) = ob
                && !state.obs.contains_key(&ob)
            {
                // Kept in a field since, and now in the caller's hands.
                let fate = self.out.foreign.entry(id).or_default();
                *fate = fate.with(Fate::RETURNED);
            }
        }
        if std::mem::replace(&mut self.out.returns, true) {
            self.out.ret.join(&value);
        } else {
            self.out.ret = value.clone();
        }
        if self.tables.is_split(self.id) {
            match self.out.rets.entry(state.variant) {
                Entry::Vacant(first) => drop(first.insert(value)),
                Entry::Occupied(mut known) => known.get_mut().join(&value),
            }
        }
    }

    /// A way's end: how each obligation stands then.
    pub(super) fn end(&mut self, state: &State, error: bool) {
        let returned: Vec<Ob> = state
            .get(RETURN)
            .obligations(self.id)
            .into_iter()
            .map(|(o, _)| o)
            .collect();
        for (ob, standing) in &state.obs {
            let mut fate = standing.fate;
            if fate.any(Fate::LIVE) && returned.contains(ob) {
                fate = fate.without(Fate::LIVE).with(Fate::RETURNED);
            }
            self.stands(*ob, standing, fate, error);
        }
    }

    /// A way that has no end, in a loop without exit: what is still owed for is kept for as long as the body runs, and says nothing.
    pub(super) fn kept_on(&mut self, state: &State) {
        for (ob, standing) in &state.obs {
            if !standing.fate.any(Fate::LIVE) {
                self.stands(*ob, standing, standing.fate, false);
            }
        }
    }

    /// How an obligation stands in the end.
    fn stands(&mut self, ob: Ob, standing: &Standing, fate: Fate, error: bool) {
        let error = error || standing.failed == Some(true);
        match ob {
            Ob::Res(id) => self.ending(id, fate, standing.dropped, error),
            Ob::Param(index) => {
                let slot = self.out.params.get_mut(usize::from(index));
                if let Some(param) = slot {
                    let side = if error {
                        &mut param.badly
                    } else {
                        &mut param.well
                    };
                    *side = side.with(fate);
                    param.dropped = param.dropped.max(standing.dropped);
                }
            }
        }
    }

    pub(super) fn ending(&mut self, id: ResId, fate: Fate, dropped: Option<Span>, error: bool) {
        self.out.endings.entry(id).or_default().insert(Ending {
            fate,
            dropped,
            error,
        });
    }
}

fn awaits_send(value: &Value, site: SiteKey) -> bool {
    value.things.iter().any(
        |(t, _)| matches!(t, Thing::Future(f) if matches!(&f.work, Work::Send(s, _) if *s == site)),
    )
}
