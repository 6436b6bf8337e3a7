//! Code that is passed in and run: what a callee makes of its callers' closures and futures, and what these make of a builder
//! they are given (`f(Client::builder()).build()`).

use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::apply::DEPTH;
use super::overlaid;
use super::returned::{Passed, Ran};
use crate::catalog::schema::Role;
use crate::flow::entries::is_entry;
use crate::flow::interp::Interp;
use crate::flow::interp::future::yielded_by;
use crate::flow::state::State;
use crate::flow::tables::{Fate, ParamOut, Part};
use crate::flow::value::{
    ClientSrc, Future, HandsOut, Own, Request, SiteKey, Slots, Thing, Value, Work,
};
use crate::resolve::def::{BodyId, DefId};
use crate::resolve::sig::body_of;
use crate::resolve::ty::Ty;
use crate::source::Span;

/// More parameters are not asked for the code that is passed for them.
const ASKED: usize = 16;

impl Interp<'_, '_, '_, '_> {
    /// Runs the futures and closures that are passed for a parameter as the callee runs them: what is awaited under a bound
    /// waits under it here. What they come to is the caller's if the callee hands it out.
    pub(super) fn run_passed(
        &mut self,
        state: &mut State,
        arg: &Value,
        done: &ParamOut,
        passed: &Passed<'_>,
        handed_out: HandsOut,
        guard: Option<Span>,
        span: Span,
    ) -> Ran {
        if !done.runs() {
            return Ran::default();
        }
        let site = passed.site;
        let given = self.given_to_code(state, done, passed);
        let is_code = |(thing, _): &&(Thing, Own)| {
            matches!(
                thing,
                Thing::Future(_) | Thing::Closure(..) | Thing::Function(_)
            )
        };
        let code = Value {
            things: arg.things.iter().filter(is_code).cloned().collect(),
            ..Value::default()
        };
        let made = self.call_things(state, &code, &given, site, span);
        let output = match done.awaited {
            Some(inner) => self.perform(state, &made, inner.or(guard), site, span),
            None if done.made_spawned => self.spawn(state, &made, site, span).1,
            // Its caller awaits it.
            None if handed_out.made => Value::default(),
            // Who awaits it is not seen.
            None => {
                let is_future = |thing: &Thing| matches!(thing, Thing::Future(_));
                let (futures, mut output) = made.clone().parted(is_future);
                output.join(&self.perform(state, &futures, guard, site, span));
                output
            }
        };
        let mut ran = Ran { made, output };
        for (thing, _) in &arg.things {
            if let Thing::Param(body, index, _) = thing
                && *body == self.id
            {
                self.hands_on_param(*index, done, &given, guard, &mut ran);
            }
        }
        if !handed_out.output {
            for (ob, own) in ran.output.obligations(self.id) {
                if own == Own::Owned {
                    self.settle(state, ob, Fate::ESCAPED, Some(span));
                }
            }
        }
        ran
    }

    /// The body at hand passes on what its own callers bring: what is done to it there is done to it here.
    fn hands_on_param(
        &mut self,
        index: u16,
        done: &ParamOut,
        given: &[Value],
        guard: Option<Span>,
        ran: &mut Ran,
    ) {
        let ty = self.cx.param_ty(self.id, index);
        if !self.cx.is_code(ty.peel_refs()) && !self.brings_code(self.id, index) {
            return;
        }
        self.does_to(index, |param| {
            param.called |= done.called;
            param.give(given);
            param.made_spawned |= done.made_spawned;
            if let Some(inner) = done.awaited {
                param.await_under(inner.or(guard));
            }
        });
        ran.output.join(&yielded_by(self.id, index));
        ran.made.join(&self.made_by_param(self.id, index));
    }

    /// What a callee calls the code in a parameter with, in terms of what this body passed.
    fn given_to_code(
        &mut self,
        state: &mut State,
        done: &ParamOut,
        passed: &Passed<'_>,
    ) -> Vec<Value> {
        let given = done.given.iter();
        given
            .map(|value| brought(&self.substitute(state, value, passed, DEPTH)))
            .collect()
    }

    /// What code in a parameter makes when it is called: a future, if its type says so, or what it comes to.
    pub(super) fn made_by_param(&self, body: BodyId, index: u16) -> Value {
        if !self.cx.makes_future(&self.cx.param_ty(body, index)) {
            return yielded_by(body, index);
        }
        let work = Work::Yield(body, index);
        Value {
            unknown: true,
            ..Value::of(Thing::Future(Arc::new(Future { work, guard: None })))
        }
    }

    /// The closures and functions behind a callee, those that callers pass for a parameter included, and whether there may
    /// be some out of sight.
    pub(in crate::flow::interp) fn code_behind(&self, callee: &Value) -> (Value, bool) {
        let mut out = Value::default();
        let mut unseen = callee.unknown || callee.things.is_empty();
        let mut asked: FxHashSet<(BodyId, u16)> = FxHashSet::default();
        let mut work: Vec<(Thing, Own)> = callee.things.clone();
        while let Some((thing, own)) = work.pop() {
            match thing {
                Thing::Closure(..) | Thing::Function(_) => out.add(thing, own),
                Thing::Param(body, index, _) => {
                    if !asked.insert((body, index)) {
                        continue;
                    }
                    let known = self.known(Part::Param(body, index));
                    let given = known.params.get(&(body, index));
                    let is_code = self.brings_code(body, index);
                    unseen |= !is_code || is_entry(self.cx, body) || asked.len() > ASKED;
                    match given {
                        Some(given) if !given.is_plain() && asked.len() <= ASKED => {
                            unseen |= given.unknown;
                            work.extend(given.things.iter().cloned());
                        }
                        _ => unseen = true,
                    }
                }
                _ => unseen = true,
            }
        }
        (out, unseen)
    }

    /// What passed code makes that is a request by its type (`build().send()`): who passes the code knows what it goes through, and
    /// what is set on it; what is set here is set besides.
    pub(in crate::flow::interp) fn requests_of_code(
        &self,
        mut value: Value,
        ty: &Ty,
        site: SiteKey,
    ) -> Value {
        let made = |(t, _): &(Thing, Own)| matches!(t, Thing::Yield(body, _) if *body == self.id);
        if !value.things.iter().any(made) {
            return value;
        }
        let Some(role) = self.cx.facts.role_in(ty, |r| r == Role::Request) else {
            return value;
        };
        for (thing, _) in &mut value.things {
            if let Thing::Yield(body, index) = *thing
                && body == self.id
            {
                *thing = Thing::Request(Arc::new(Request {
                    site,
                    family: role.family,
                    clients: vec![ClientSrc::Made(body, index)],
                    slots: Slots::default(),
                    empty: false,
                    empty_if: Vec::new(),
                }));
            }
        }
        value
    }

    /// Whether a parameter is code, or an `Option` of it: what is called where it is there is what a caller gave.
    pub(super) fn brings_code(&self, body: BodyId, index: u16) -> bool {
        let ty = self.cx.param_ty(body, index);
        let open = |t: &Ty| matches!(t, Ty::FnPtr(..) | Ty::Param(_) | Ty::Bounded(_));
        match ty.peel_refs() {
            of @ Ty::Adt(_, args) if self.cx.is_option(of) => args.iter().any(open),
            of => open(of) || self.cx.is_code(of),
        }
    }

    /// What code that is called makes of the builders it is given, if that code is not here but passed in, or out of sight:
    /// then it may have set anything.
    pub(super) fn by_passed_code(&mut self, callee: &Value, args: &[Value], ret: &Ty) -> Value {
        let builds = |v: &Value| v.things.iter().any(|(t, _)| matches!(t, Thing::Builder(_)));
        let mut out = Value::default();
        if !args.iter().any(builds) {
            return out;
        }
        let (code, unseen) = self.code_behind(callee);
        for (thing, _) in &code.things {
            let done_here = callee.things.iter().any(|(t, _)| t == thing);
            if !done_here {
                out.join(&self.made_of(thing, args, ret));
            }
        }
        if unseen {
            // A method that lets its callers change a builder made elsewhere need not be called.
            let made_here = |(t, _): &(Thing, Own)| match t {
                Thing::Builder(builder) => builder.site.0 == self.id,
                _ => false,
            };
            let args_made_here = args.iter().map(|arg| {
                let mut arg = arg.clone();
                arg.things.retain(made_here);
                arg
            });
            let made_here: Vec<Value> = args_made_here.collect();
            self.shaped_by_others(&made_here);
            for arg in args {
                let mut passed = self.filtered(arg, ret);
                let is_builder = |(t, _): &(Thing, Own)| matches!(t, Thing::Builder(_));
                passed.things.retain(is_builder);
                out.join(&passed);
            }
            out.unknown = true;
        }
        out
    }

    /// The builders among what a closure or function makes of arguments.
    fn made_of(&self, code: &Thing, args: &[Value], ret: &Ty) -> Value {
        let body = match code {
            Thing::Closure(body, _) => *body,
            Thing::Function(def) => match body_of(self.cx.program, *def) {
                Some(body) => body,
                None => return self.made_by_name(*def, args, ret),
            },
            _ => return Value::default(),
        };
        let mut out = Value::default();
        let Some(done) = self.known(Part::Body(body)).bodies.get(&body) else {
            return out;
        };
        for (thing, own) in &done.ret.things {
            match thing {
                Thing::Param(owner, index, slots) if *owner == body => {
                    let given = args.get(usize::from(*index));
                    for (thing, own) in given.into_iter().flat_map(|v| &v.things) {
                        if matches!(thing, Thing::Builder(_)) {
                            out.add(overlaid(thing, slots), *own);
                        }
                    }
                }
                Thing::Builder(_) => out.add(thing.clone(), *own),
                _ => {}
            }
        }
        out.unknown = done.ret.unknown && out.things.is_empty();
        out
    }

    /// A function of the catalogue by name: `ClientBuilder::no_proxy` sets nothing that counts.
    fn made_by_name(&self, def: DefId, args: &[Value], ret: &Ty) -> Value {
        let facts = self.cx.facts_of(def);
        let sets = facts.iter().any(|f| f.sets.is_some() || f.clears.is_some());
        let mut out = Value::default();
        if sets || self.cx.role(ret, Role::Builder).is_none() {
            out.unknown = true;
            return out;
        }
        for arg in args {
            out.join(&self.filtered(arg, ret));
        }
        out
    }
}

/// What code that is called is given to work with: clients, requests, and what the caller's own callers pass. What is owed for
/// stays with who acquired it.
pub(super) fn brought(arg: &Value) -> Value {
    let is_brought = |(t, _): &&(Thing, Own)| {
        matches!(t, Thing::Client(_) | Thing::Request(_) | Thing::Param(..))
    };
    Value {
        things: arg.things.iter().filter(is_brought).cloned().collect(),
        unknown: arg.unknown,
        ..Value::default()
    }
}
