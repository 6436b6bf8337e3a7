//! The state at a point of a body: what locals hold, and how each obligation stands on this way.

use std::collections::BTreeMap;

use super::tables::Fate;
use super::value::{Ob, Own, Value};
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
#[derive(Clone, PartialEq, Debug)]
pub(super) struct State {
    pub(super) env: Vec<Value>,
    pub(super) obs: BTreeMap<Ob, Standing>,
}

impl State {
    pub(super) fn new(locals: usize) -> State {
        State {
            env: vec![Value::default(); locals],
            obs: BTreeMap::new(),
        }
    }

    pub(super) fn get(&self, local: Local) -> Value {
        self.env.get(local.0 as usize).cloned().unwrap_or_default()
    }

    pub(super) fn set(&mut self, local: Local, value: Value) {
        if let Some(slot) = self.env.get_mut(local.0 as usize) {
            *slot = value;
        }
    }

    pub(super) fn join_into(&mut self, local: Local, value: &Value) {
        if let Some(slot) = self.env.get_mut(local.0 as usize) {
            slot.join(value);
        }
    }

    /// Whether any local still owns this obligation.
    pub(super) fn owner_of(&self, ob: Ob, body: BodyId) -> Option<Local> {
        let owns = |v: &Value| {
            v.obligations(body)
                .iter()
                .any(|(o, own)| *o == ob && *own == Own::Owned)
        };
        self.env.iter().position(owns).map(|i| Local(i as u32))
    }

    /// Joins another way into this one.
    fn join(&mut self, other: &State) {
        for (slot, value) in self.env.iter_mut().zip(&other.env) {
            slot.join(value);
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
    }
}

/// The ways that reach a block.
#[derive(Clone, Default, Debug)]
pub(super) struct Ways(pub(super) Vec<State>);

impl Ways {
    /// Adds a way; `true` if something is new.
    pub(super) fn add(&mut self, state: &State) -> bool {
        if let Some(same) = self.0.iter_mut().find(|s| s.obs == state.obs) {
            let before = same.env.clone();
            same.join(state);
            return same.env != before;
        }
        if self.0.len() < WAYS {
            self.0.push(state.clone());
            return true;
        }
        let Some(first) = self.0.first_mut() else {
            return false;
        };
        let before = first.clone();
        first.join(state);
        *first != before
    }
}
