//! What a spawn runs: of the value it is given, and of what callers pass to a function that spawns.

use crate::flow::cx::is_open;
use crate::flow::interp::Interp;
use crate::flow::tables::{ParamOut, Part, Spawned};
use crate::flow::value::{Future, Thing, Value, Work};
use crate::resolve::def::BodyId;
use crate::resolve::sig::body_of;

impl Interp<'_, '_, '_, '_> {
    /// What runs where a value is spawned.
    pub(in crate::flow::interp) fn spawned(&self, value: &Value) -> Spawned {
        let mut out = Spawned::default();
        for (thing, _) in &value.things {
            self.note_spawned(thing, &mut out);
        }
        out
    }

    /// What a callee spawns for the call that passes these arguments: what the callers of others pass is no matter of this one.
    pub(in crate::flow::interp) fn spawned_for(
        &self,
        of: &Spawned,
        callee: BodyId,
        args: &[Value],
    ) -> Spawned {
        let mut out = Spawned {
            unseen: of.unseen && of.passed.is_empty(),
            passed: Vec::new(),
            ..of.clone()
        };
        for (body, index) in &of.passed {
            let given = args.get(usize::from(*index)).filter(|_| *body == callee);
            let Some(given) = given.filter(|v| !v.things.is_empty()) else {
                out.unseen = true;
                continue;
            };
            out.unseen |= given.unknown;
            for (thing, _) in &given.things {
                self.note_spawned(thing, &mut out);
            }
        }
        out
    }

    fn note_spawned(&self, thing: &Thing, out: &mut Spawned) {
        match thing {
            Thing::Future(future) => self.note_future(future, out),
            Thing::Closure(body, _) => self.note_closure(*body, out),
            Thing::Function(def) => out.bodies.extend(body_of(self.cx.program, *def)),
            Thing::Param(body, index, _) if *body == self.id => {
                out.unseen = true;
                out.passed.push((*body, *index));
            }
            Thing::Driver(_) => out.driver = true,
            Thing::Tracked(at) => out.tracked = Some(*at),
            _ => {}
        }
    }

    /// Of a closure that makes the future that is spawned (`spawn(|| async move { .. })`), that future runs.
    fn note_closure(&self, closure: BodyId, out: &mut Spawned) {
        let known = self.known(Part::Body(closure)).bodies.get(&closure);
        let made = known.into_iter().flat_map(|o| &o.ret.things);
        let mut futures = made
            .filter_map(|(thing, _)| match thing {
                Thing::Future(future) => Some(future),
                _ => None,
            })
            .peekable();
        if futures.peek().is_none() {
            out.bodies.push(closure);
        }
        for future in futures {
            self.note_future(future, out);
        }
    }

    fn note_future(&self, future: &Future, out: &mut Spawned) {
        out.bodies.extend(future.bodies());
        match &future.work {
            Work::Call(body, args, _) => self.note_inside(*body, 0, args, out),
            Work::Async(body, captured) => {
                let offset = self.cx.body(*body).params.len();
                self.note_inside(*body, offset, captured, out);
            }
            Work::Signal(at) => out.told = Some(*at),
            Work::Param(body, index) | Work::Yield(body, index) => {
                out.unseen = true;
                if *body == self.id {
                    out.passed.push((*body, *index));
                }
            }
            _ => {}
        }
    }

    /// What a spawned body is given (or captures) and runs is as good as spawned: a tracked future, a function passed by name,
    /// a future of the caller's.
    fn note_inside(&self, body: BodyId, offset: usize, given: &[Value], out: &mut Spawned) {
        let known = self.known(Part::Body(body)).bodies.get(&body);
        let runs = |index: usize| {
            let param = known.and_then(|o| o.params.get(offset + index));
            param.is_some_and(ParamOut::runs)
        };
        let given = given.iter().enumerate().filter(|(index, _)| runs(*index));
        for (thing, _) in given.flat_map(|(_, v)| &v.things) {
            match thing {
                Thing::Tracked(at) => out.tracked = Some(*at),
                Thing::Function(def) => out.inside.extend(body_of(self.cx.program, *def)),
                Thing::Closure(body, _) => out.inside.push(*body),
                Thing::Future(future) => match &future.work {
                    Work::Param(body, index) | Work::Yield(body, index) if *body == self.id => {
                        out.passed.push((*body, *index));
                    }
                    _ => out.inside.extend(future.bodies()),
                },
                Thing::Param(owner, index, _) if *owner == self.id => {
                    let ty = self.cx.param_ty(*owner, *index);
                    out.unseen |= is_open(ty.peel_refs());
                    // A connection that the task works on is no task.
                    if self.cx.is_code(ty.peel_refs()) {
                        out.passed.push((*owner, *index));
                    }
                }
                _ => {}
            }
        }
    }
}
