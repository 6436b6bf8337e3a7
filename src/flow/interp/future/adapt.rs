//! Adaptors of futures and streams: code put behind them is given what comes out, when it comes out.

use std::sync::Arc;

use crate::flow::entries::is_entry;
use crate::flow::interp::Interp;
use crate::flow::interp::call::{Doing, only_code, without_code};
use crate::flow::state::State;
use crate::flow::tables::{Fate, Manner};
use crate::flow::value::{Adaptor, Future, Ob, Own, Shape, SiteKey, Thing, Value, Work};
use crate::resolve::infer::OUT_OF_SIGHT;
use crate::resolve::ty::Ty;
use crate::source::Span;

impl Interp<'_, '_, '_, '_> {
    /// A call that takes a future or stream by value, and code, and makes another one of them: the code runs when that is
    /// awaited, on what the first one yields.
    pub(in crate::flow::interp) fn later(&mut self, doing: &Doing) -> Option<Value> {
        let sig = self.cx.types.sigs.get(&doing.def)?;
        if doing.recv.is_none() || !doing.has_self || !sig.self_by_value {
            return None;
        }
        let (first, others) = doing.args.split_first()?;
        if !first.things.iter().any(|(thing, _)| is_pending(thing)) {
            return None;
        }
        // A stream of futures that nothing awaits yet hands the futures themselves on.
        let given = self.cx.yields(doing.tys.first()?)?;
        if self.cx.is_future(&given) {
            return None;
        }
        self.cx.yields(&doing.ret)?;
        let outer = self.manner;
        let mut beside = Value::default();
        let mut runs = false;
        let mut many = false;
        for (index, arg) in others.iter().enumerate() {
            beside.join(arg);
            let code = only_code(arg);
            if code.things.is_empty() || !self.takes_code(doing, index + 1) {
                continue;
            }
            runs = true;
            self.calls(doing, index + 1);
            many |= self.manner.many;
            for body in self.bodies_of_code(&code) {
                self.makes(body, doing.site);
            }
        }
        self.manner = outer;
        if !runs {
            return None;
        }
        let adaptor = Adaptor {
            site: doing.site,
            at: doing.name_span,
            many,
        };
        // A chain of adaptors is one list.
        let (mut parts, mut adaptors) = match first.things.as_slice() {
            [(Thing::Future(future), Own::Owned)] if future.guard.is_none() => match &future.work {
                Work::Then(parts, adaptors) => (parts.to_vec(), adaptors.to_vec()),
                _ => (vec![first.clone()], Vec::new()),
            },
            _ => (vec![first.clone()], Vec::new()),
        };
        parts.push(beside);
        adaptors.push(adaptor);
        let work = Work::Then(parts.into(), adaptors.into());
        Some(Value {
            unknown: first.unknown,
            ..Value::of(Thing::Future(Arc::new(Future { work, guard: None })))
        })
    }

    /// A future that code out of sight gets and awaits: what the code in it lets go of is lost. What it sends and reads is
    /// told by those in sight who await it.
    pub(in crate::flow::interp) fn awaited_by_others(
        &mut self,
        state: &State,
        future: &Arc<Future>,
    ) {
        if !matches!(future.work, Work::Then(..)) || !is_entry(self.cx, self.id) {
            return;
        }
        let mut then = state.clone();
        let out = self.out.clone();
        let held = Value::of(Thing::Future(future.clone()));
        let site = (self.id, (OUT_OF_SIGHT, 0));
        self.perform(&mut then, &held, None, site, self.body.span);
        self.out = out;
        for (ob, standing) in &then.obs {
            if let Ob::Res(id) = ob
                && standing.fate == Fate::DROPPED
                && !state.obs.contains_key(ob)
            {
                let error = standing.failed == Some(true);
                self.ending(*id, Fate::DROPPED, standing.dropped, error);
            }
        }
    }

    /// What a call that runs through a stream awaits beside the pieces of bodies: futures that the stream's turns wait for.
    pub(in crate::flow::interp) fn items(&mut self, doing: &Doing) -> Value {
        if let Some(value) = self.later(doing) {
            return value;
        }
        let mut out = Value::default();
        let given = doing.tys.first().and_then(|ty| self.cx.yields(ty));
        if given.is_none_or(|ty| self.cx.is_future(&ty)) {
            return out;
        }
        let pending = doing.args.iter().take(1).flat_map(|v| &v.things);
        for (thing, _) in pending.filter(|(thing, _)| is_pending(thing)) {
            out.add(thing.clone(), Own::Owned);
        }
        out
    }

    /// What comes out behind an adaptor, given what comes out before it.
    pub(super) fn adapt(
        &mut self,
        state: &mut State,
        given: Value,
        adaptor: Adaptor,
        beside: &Value,
        guard: Option<Span>,
        site: SiteKey,
    ) -> Value {
        let (before, behind) = self.cx.method_tys(adaptor.site);
        let comes = self.cx.yields(&before).unwrap_or(Ty::Unknown);
        let yields = self.cx.yields(&behind).unwrap_or(Ty::Unknown);
        // What is not said to come out may have been read inside.
        let (given, inside) = given.parted(|thing| self.cx.speaks_of(&comes, thing));
        self.escape(state, &inside, adaptor.at);
        let mut pool = without_code(beside);
        pool.join(&given);
        let outer = self.manner;
        self.manner = Manner {
            many: adaptor.many,
            ..outer
        };
        let mut taken: Vec<Thing> = Vec::new();
        let mut called = Value::default();
        for (code, own) in only_code(beside).things {
            let params = self.params_of_code(&code);
            let lent = params.iter().all(|ty| matches!(ty, Ty::Ref(_)));
            let takes = |(thing, _): &&(Thing, Own)| {
                params
                    .iter()
                    .any(|ty| self.cx.holds(ty, thing) == Some(false))
            };
            if !lent {
                taken.extend(given.things.iter().filter(takes).map(|(t, _)| t.clone()));
            }
            let args = if lent {
                pool.borrowed(false)
            } else {
                pool.clone()
            };
            let code = Value {
                things: vec![(code, own)],
                ..Value::default()
            };
            let result = self.call_things(state, &code, &[args], site, adaptor.at);
            called.join(&Value {
                shape: Shape::Any,
                konst: None,
                ..result
            });
        }
        self.manner = outer;
        let mut out = Value {
            unknown: given.unknown || called.unknown,
            ..Value::default()
        };
        let hands_out_futures = self.hands_out_futures(&yields);
        let mut awaited = Value::default();
        let mut gone = Value::default();
        for (thing, own) in called.things {
            let waits = match &thing {
                Thing::Future(_) => !hands_out_futures,
                Thing::Handle(_) => self.cx.holds(&yields, &thing).is_none(),
                _ => false,
            };
            if waits {
                awaited.add(thing, own);
            } else {
                out.add(thing, own);
            }
        }
        if !awaited.things.is_empty() {
            out.join(&self.perform(state, &awaited, guard, site, adaptor.at));
        }
        for (thing, own) in given.things {
            if taken.contains(&thing) {
                continue;
            }
            if yields == Ty::Unknown || self.cx.holds(&yields, &thing).is_some() {
                out.add(thing, own);
            } else {
                gone.add(thing, own);
            }
        }
        self.escape(state, &gone, adaptor.at);
        out.shape = Shape::Any;
        out
    }

    fn params_of_code(&self, code: &Thing) -> Vec<Ty> {
        match code {
            Thing::Closure(body, _) => (0..self.cx.body(*body).params.len())
                .map(|index| self.cx.param_ty(*body, index as u16))
                .collect(),
            Thing::Function(def) => match self.cx.types.sigs.get(def) {
                Some(sig) => sig.params.clone(),
                None => vec![Ty::Unknown],
            },
            _ => Vec::new(),
        }
    }

    /// Whether what comes out is a future that somebody else awaits: `map_ok(|response| response.text())`.
    fn hands_out_futures(&self, ty: &Ty) -> bool {
        self.cx.is_future(ty)
            || matches!(ty, Ty::Adt(_, args) | Ty::Tuple(args) if args.iter().any(|a| self.cx.is_future(a)))
    }
}

fn is_pending(thing: &Thing) -> bool {
    matches!(thing, Thing::Future(future) if !matches!(future.work, Work::Timer | Work::Signal(_)))
}
