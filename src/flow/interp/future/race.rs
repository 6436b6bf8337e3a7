//! Races: of several futures the first that is ready counts, so one that is ready in time bounds the others.

use crate::flow::interp::Interp;
use crate::flow::interp::call::Doing;
use crate::flow::interp::call::guarded;
use crate::flow::state::State;
use crate::flow::tables::{BodyOut, Fate, Part};
use crate::flow::value::{Thing, Value, Work};
use crate::ir::body::{BlockId, SelectArm};
use crate::resolve::def::BodyId;
use crate::resolve::infer::BRANCH;

impl Interp<'_, '_, '_, '_> {
    /// One way for each arm of a `select!`: its future is ready, the others are lost.
    pub(in crate::flow::interp) fn select(
        &mut self,
        state: &State,
        arms: &[SelectArm],
        otherwise: Option<BlockId>,
        at_once: bool,
    ) -> Vec<(BlockId, State)> {
        self.out.waits = true;
        let futures: Vec<Value> = arms.iter().map(|a| state.get(a.future)).collect();
        let timer = arms
            .iter()
            .zip(&futures)
            .find(|(_, v)| self.is_timer(v))
            .map(|(a, _)| self.span_of(a.future));
        let first = arms.first().filter(|_| at_once);
        let guard = timer.or_else(|| first.map(|a| self.span_of(a.future)));
        let mut out = Vec::new();
        for (index, arm) in arms.iter().enumerate() {
            let mut state = state.clone();
            let Some(value) = futures.get(index) else {
                continue;
            };
            let own_guard = if self.is_timer(value) { None } else { guard };
            let site = (self.id, (BRANCH, arm.block.0));
            let span = self.span_of(arm.future);
            let output = self.perform(&mut state, value, own_guard, site, span);
            state.set(arm.future, Value::default());
            for (other_index, other) in arms.iter().enumerate() {
                if other_index != index {
                    self.lose(&mut state, other.future, Fate::SELECT, span);
                }
            }
            state.set(arm.output, output);
            out.push((arm.block, state));
        }
        if let Some(block) = otherwise {
            let mut state = state.clone();
            for arm in arms {
                let span = self.span_of(arm.future);
                self.lose(&mut state, arm.future, Fate::SELECT, span);
            }
            out.push((block, state));
        }
        out
    }

    /// A call whose future is ready with the first of the futures it is given (`futures::future::select(request, timer)`): all
    /// of them, those that are no timers bounded if one of them is.
    pub(in crate::flow::interp) fn races(&mut self, doing: &Doing) -> Value {
        let given: Vec<&Value> = doing.args.iter().collect();
        // A collection of futures (`select_all(list)`) is one value that holds them all.
        let mut things = given.iter().flat_map(|v| &v.things);
        let timed = things.any(|(t, _)| self.passes_time(t));
        let guard = timed.then_some(doing.name_span);
        let mut out = Value {
            unknown: given.iter().any(|v| v.unknown),
            ..Value::default()
        };
        for (thing, own) in given.iter().flat_map(|v| &v.things) {
            out.add(guarded(thing, guard), *own);
        }
        out
    }

    /// Whether a value is a future that only waits for time to pass: a timer, or a block that sleeps and does nothing else.
    pub(in crate::flow::interp) fn is_timer(&self, value: &Value) -> bool {
        !value.things.is_empty() && value.things.iter().all(|(t, _)| self.passes_time(t))
    }

    fn passes_time(&self, thing: &Thing) -> bool {
        let Thing::Future(future) = thing else {
            return false;
        };
        match &future.work {
            Work::Timer => true,
            Work::Call(body, ..) | Work::Async(body, _) => self.only_sleeps(*body),
            Work::Send(..)
            | Work::Read(_)
            | Work::Param(..)
            | Work::Yield(..)
            | Work::Then(..)
            | Work::Done(_)
            | Work::Signal(_) => false,
        }
    }

    fn only_sleeps(&self, body: BodyId) -> bool {
        let ends = self.cx.body(body).loops.is_empty();
        let out = self.known(Part::Body(body)).bodies.get(&body);
        ends && out.is_some_and(BodyOut::only_sleeps)
    }

    /// Notes what kind of wait the body has.
    pub(in crate::flow::interp) fn note_wait(&mut self, awaited: &Value) {
        if self.is_timer(awaited) {
            self.out.sleeps = true;
        } else {
            self.out.waits = true;
        }
    }
}
