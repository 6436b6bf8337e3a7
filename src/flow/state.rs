//! The state at a point of a body: what locals hold, and how each obligation stands on this way.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::tables::{Fate, Since};
use super::value::{ClientId, Ob, Own, SiteKey, Slots, Value, VariantId};
use crate::ir::body::Local;
use crate::resolve::def::BodyId;
use crate::source::Span;

/// Ways kept apart per block; over it they are joined.
const WAYS: usize = 10;

/// How an obligation stands.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Standing {
    /// What became of it so far.
    pub(super) fate: Fate,
    /// Where it was dropped.
    pub(super) dropped: Option<Span>,
    /// Whether the response is known to be a failure.
    pub(super) failed: Option<bool>,
}

/// The state at a point.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct State {
    /// What locals hold, by local; one that is not listed holds nothing of interest. Ways share what they have in common.
    env: Vec<(Local, Arc<Value>)>,
    /// For which callers of the body.
    pub(super) variant: VariantId,
    pub(super) obs: BTreeMap<Ob, Standing>,
    /// Clients that could not be built on this way.
    pub(super) missing: BTreeSet<ClientId>,
    /// Calls that gave out a struct with a request in it, and the bound written there since.
    pub(super) made: BTreeMap<SiteKey, Since>,
    /// Settings written on what parameters are references to.
    pub(super) written: BTreeMap<u16, Slots>,
    /// What was answered to questions that the body asks again.
    pub(super) answers: BTreeMap<u32, bool>,
}

impl State {
    fn find(&self, local: Local) -> Result<usize, usize> {
        self.env.binary_search_by_key(&local, |(l, _)| *l)
    }

    pub(super) fn peek(&self, local: Local) -> Option<&Value> {
        let (_, value) = self.env.get(self.find(local).ok()?)?;
        Some(value)
    }

    /// What all locals hold.
    pub(super) fn values(&self) -> impl Iterator<Item = &Value> {
        self.env.iter().map(|(_, value)| &**value)
    }

    pub(super) fn get(&self, local: Local) -> Value {
        self.peek(local).cloned().unwrap_or_default()
    }

    pub(super) fn set(&mut self, local: Local, value: Value) {
        let is_nothing = value == Value::default();
        match self.find(local) {
            Ok(at) if is_nothing => drop(self.env.remove(at)),
            Ok(at) => {
                if let Some((_, slot)) = self.env.get_mut(at) {
                    *slot = Arc::new(value);
                }
            }
            Err(_) if is_nothing => {}
            Err(at) => self.env.insert(at, (local, Arc::new(value))),
        }
    }

    pub(super) fn join_into(&mut self, local: Local, value: &Value) {
        let mut joined = self.get(local);
        if joined.merge(value) {
            self.set(local, joined);
        }
    }

    /// Whether any local still owns this obligation.
    pub(super) fn owner_of(&self, ob: Ob, body: BodyId) -> Option<Local> {
        self.owners(ob, body).next()
    }

    /// The locals that own this obligation.
    pub(super) fn owners(&self, ob: Ob, body: BodyId) -> impl Iterator<Item = Local> + '_ {
        let owns = move |v: &Value| {
            !v.things.is_empty()
                && v.obligations(body)
                    .iter()
                    .any(|(o, own)| *o == ob && *own == Own::Owned)
        };
        let with_values = self.env.iter();
        with_values
            .filter(move |(_, v)| owns(v))
            .map(|(local, _)| *local)
    }

    /// Joins another way into this one; `true` if that changes what locals hold.
    fn join(&mut self, other: &State) -> bool {
        let mut news = self.join_env(other);
        if self.answers != other.answers {
            let before = self.answers.len();
            self.answers.retain(|q, a| other.answers.get(q) == Some(a));
            news |= self.answers.len() != before;
        }
        if self.missing != other.missing {
            let before = self.missing.len();
            self.missing.retain(|id| other.missing.contains(id));
            news |= self.missing.len() != before;
        }
        if self.made != other.made {
            let before = self.made.clone();
            for (site, theirs) in &other.made {
                let mine = self.made.entry(*site).or_insert(*theirs);
                *mine = mine.filter(|_| theirs.is_some());
            }
            news |= self.made != before;
        }
        if self.written != other.written {
            let before = self.written.clone();
            for index in other.written.keys() {
                self.written.entry(*index).or_default();
            }
            for (index, slots) in &mut self.written {
                let theirs = other.written.get(index).cloned().unwrap_or_default();
                *slots = slots.join(&theirs);
            }
            news |= self.written != before;
        }
        for (ob, standing) in &other.obs {
            match self.obs.get_mut(ob) {
                None => {
                    self.obs.insert(*ob, standing.clone());
                }
                Some(mine) => {
                    mine.fate = mine.fate.with(standing.fate);
                    mine.dropped = mine.dropped.max(standing.dropped);
                    if mine.failed != standing.failed {
                        mine.failed = None;
                    }
                }
            }
        }
        news
    }

    fn join_env(&mut self, other: &State) -> bool {
        let nothing = Value::default();
        let mut news = false;
        let mut theirs = other.env.iter().peekable();
        let mut joined = Vec::with_capacity(self.env.len().max(other.env.len()));
        for (local, mine) in std::mem::take(&mut self.env) {
            while let Some((l, v)) = theirs.next_if(|(l, _)| *l < local) {
                news |= join_one(&mut joined, *l, Arc::default(), v);
            }
            match theirs.next_if(|(l, _)| *l == local) {
                Some((_, v)) if Arc::ptr_eq(&mine, v) => joined.push((local, mine)),
                Some((_, v)) => news |= join_one(&mut joined, local, mine, v),
                None => news |= join_one(&mut joined, local, mine, &nothing),
            }
        }
        for (l, v) in theirs {
            news |= join_one(&mut joined, *l, Arc::default(), v);
        }
        self.env = joined;
        news
    }
}

fn join_one(
    into: &mut Vec<(Local, Arc<Value>)>,
    local: Local,
    mut mine: Arc<Value>,
    other: &Value,
) -> bool {
    let mut value = (*mine).clone();
    let news = value.merge(other);
    if news {
        mine = Arc::new(value);
    }
    if *mine != Value::default() {
        into.push((local, mine));
    }
    news
}

/// The ways that reach a block.
#[derive(Clone, Default, Debug)]
pub(super) struct Ways {
    states: Vec<State>,
    /// Which of them were not followed since they changed.
    fresh: Vec<usize>,
}

impl Ways {
    /// Adds a way; `true` if something is new.
    pub(super) fn add(&mut self, state: &State) -> bool {
        let of_same = |s: &State| s.variant == state.variant;
        let alike = |s: &State| of_same(s) && s.obs == state.obs && s.answers == state.answers;
        let same = self.states.iter().position(alike);
        if same.is_none() && self.states.iter().filter(|s| of_same(s)).count() < WAYS {
            self.fresh.push(self.states.len());
            self.states.push(state.clone());
            return true;
        }
        // Over the limit all further ones go with the first.
        let first = || self.states.iter().position(of_same);
        let at = same.or_else(first).unwrap_or(0);
        let Some(slot) = self.states.get_mut(at) else {
            return false;
        };
        let before = same.is_none().then(|| slot.obs.clone());
        let news = slot.join(state) | before.is_some_and(|b| b != slot.obs);
        if news && !self.fresh.contains(&at) {
            self.fresh.push(at);
        }
        news
    }

    /// All of them.
    pub(super) fn all(&self) -> &[State] {
        &self.states
    }

    /// The ways that were not followed since they changed.
    pub(super) fn take_fresh(&mut self) -> Vec<State> {
        let mut fresh = std::mem::take(&mut self.fresh);
        fresh.sort_unstable();
        fresh
            .iter()
            .filter_map(|i| self.states.get(*i).cloned())
            .collect()
    }
}
