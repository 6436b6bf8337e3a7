//! Code that is passed in and called: `f(Client::builder()).build()` builds what the callers' closures make of the builder.

use rustc_hash::FxHashSet;

use super::overlaid;
use crate::catalog::schema::Role;
use crate::flow::entries::is_entry;
use crate::flow::interp::Interp;
use crate::flow::tables::Part;
use crate::flow::value::{Own, Thing, Value};
use crate::resolve::def::{BodyId, DefId};
use crate::resolve::sig::body_of;
use crate::resolve::ty::Ty;

/// More parameters are not asked for the code that is passed for them.
const ASKED: usize = 16;

impl Interp<'_, '_, '_, '_> {
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
