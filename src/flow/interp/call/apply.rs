//! Calls of bodies in sight: what the callee does to its arguments, and what it returns in terms of them.

use std::sync::Arc;

use crate::flow::interp::Interp;
use crate::flow::interp::call::passed::brought;
use crate::flow::interp::call::returned::{Passed, Ran};
use crate::flow::interp::place::had_by_code;
use crate::flow::state::State;
use crate::flow::tables::{Fate, ParamOut, Part, ReadRec, Traced};
use crate::flow::value::{Future, Ob, Own, Reading, SiteKey, Thing, Value, Work};
use crate::ir::body::BodyKind;
use crate::resolve::def::BodyId;
use crate::source::Span;

/// Deepest nesting of futures and closures followed in a returned value.
pub(super) const DEPTH: u32 = 5;

impl Interp<'_, '_, '_, '_> {
    /// Runs a body with these arguments (captures behind the parameters).
    pub(in crate::flow::interp) fn apply(
        &mut self,
        state: &mut State,
        callee: BodyId,
        args: &[Value],
        guard: Option<Span>,
        site: SiteKey,
        span: Span,
        spawned: bool,
    ) -> Value {
        self.edge(callee, guard, spawned, site);
        for (index, arg) in args.iter().enumerate() {
            self.pass(callee, index as u16, arg);
        }
        let variant = self.variant_of(callee, args, site, span);
        let (params, ret, reads) = match self.known(Part::Body(callee)).bodies.get(&callee) {
            Some(out) => {
                let ret = match variant {
                    Some(variant) => out.rets.get(&variant).cloned().unwrap_or_default(),
                    None => out.ret.clone(),
                };
                (out.params.clone(), ret, out.reads.clone())
            }
            // Not run yet: what it does will be known in the next round.
            None => (
                Vec::new(),
                Value::default(),
                std::collections::BTreeSet::new(),
            ),
        };
        let mut runs: Vec<Ran> = Vec::with_capacity(args.len());
        for (index, arg) in args.iter().enumerate() {
            let index = index as u16;
            let ran = match params.get(usize::from(index)) {
                Some(done) => {
                    self.apply_param(state, arg, done, span, site);
                    let handed_out = ret.hands_out(callee, index);
                    // What code passed ahead of this one made may be what this one is called with.
                    let passed = Passed {
                        callee,
                        args,
                        runs: &runs,
                        site,
                    };
                    self.run_passed(state, arg, done, &passed, handed_out, guard, span)
                }
                None => Ran::default(),
            };
            runs.push(ran);
            self.pass_reads(&reads, index, arg, guard);
        }
        let passed = Passed {
            callee,
            args,
            runs: &runs,
            site,
        };
        let mut result = self.substitute(state, &ret, &passed, DEPTH);
        result.shape = ret.shape;
        result.konst = ret.konst;
        result.err = ret.err;
        result.filled = ret.filled;
        result
    }

    /// Reads the callee makes of a parameter are reads of what was passed.
    fn pass_reads(
        &mut self,
        reads: &std::collections::BTreeSet<ReadRec>,
        index: u16,
        arg: &Value,
        guard: Option<Span>,
    ) {
        let wanted = Ob::Param(index);
        for read in reads.iter().filter(|r| r.reading.of.contains(&wanted)) {
            let of = arg.bodies(self.id);
            if !of.is_empty() {
                self.out.reads.insert(ReadRec {
                    reading: Reading {
                        of,
                        ..read.reading.clone()
                    },
                    guard: read.guard.or(guard),
                });
            }
        }
    }

    /// Does to what is passed for a parameter what the callee does to it.
    fn apply_param(
        &mut self,
        state: &mut State,
        arg: &Value,
        done: &ParamOut,
        span: Span,
        site: SiteKey,
    ) {
        if done.kept {
            self.keep_clients(arg, true);
        }
        for (ob, own) in arg.obligations(self.id) {
            if own == Own::Shared && !done.well.any(Fate::SETTLED) {
                continue;
            }
            let all = done.well.with(done.badly);
            let paid = all
                .without(Fate::LIVE)
                .without(Fate::ABSENT)
                .without(Fate::RETURNED);
            let fate = if done.well.any(Fate::SETTLED) {
                // Paid where it ends well; what the error ways do is the error ways' business.
                // A handle that one branch waits for is lost where another wins.
                let kept = Fate::SETTLED.with(Fate::STORED);
                let kept = if own == Own::Owned {
                    kept.with(Fate::SELECT).with(Fate::TIMED)
                } else {
                    kept
                };
                Some(Fate(paid.0 & kept.0))
            } else if done.well.any(Fate::STORED) {
                let is_response = matches!(ob, Ob::Res(id) if !self.is_handle(id));
                // Code that has it in a field reads it; what is done with a handle there is followed.
                Some(
                    if is_response && had_by_code(arg, ob) && own == Own::Owned {
                        Fate::ESCAPED
                    } else {
                        Fate::STORED
                    },
                )
            } else if done.well.any(Fate::RETURNED) {
                None
            } else if own == Own::Owned && all.any(Fate::DROPPED) {
                if done.well.any(Fate::LIVE) && !done.well.any(Fate::DROPPED) {
                    // What ends well has it in a place that is not followed; only what fails is seen to drop it.
                    Some(Fate::ESCAPED)
                } else {
                    self.paid_on_failure(state, ob, done, span);
                    Some(Fate::DROPPED)
                }
            } else if paid.any(Fate::SETTLED) {
                Some(Fate(paid.0 & Fate::SETTLED.0))
            } else if own == Own::Owned && all.any(Fate::SELECT.with(Fate::FORGOTTEN)) {
                Some(Fate(all.0 & (Fate::SELECT.0 | Fate::FORGOTTEN.0)))
            } else {
                None
            };
            if let Some(fate) = fate {
                let at = if fate.any(Fate::DROPPED) {
                    done.dropped.or(Some(span))
                } else {
                    Some(span)
                };
                self.settle(state, ob, fate, at);
                if fate.any(Fate::STORED) && own == Own::Owned {
                    for key in &done.fields {
                        self.note_stored(ob, *key);
                    }
                }
            }
        }
        if done.spawned {
            let (_, results) = self.spawn(state, arg, site, span);
            self.let_go(state, &results, span);
        }
    }

    /// A callee that drops an argument where it ends well may have paid for it where it fails (`check(response)?` reads the
    /// body of an error): that is a way of its own.
    fn paid_on_failure(&mut self, state: &State, ob: Ob, done: &ParamOut, span: Span) {
        let paid = Fate(done.badly.0 & Fate::SETTLED.0);
        if paid == Fate::default() {
            return;
        }
        match ob {
            Ob::Res(id) if state.obs.get(&ob).is_some_and(|s| s.fate.any(Fate::LIVE)) => {
                self.happens(Traced::Res(id), paid, span, None);
                self.ending(id, paid, None, true);
            }
            Ob::Res(_) => {}
            Ob::Param(index) => {
                self.does_to(index, |param| param.badly = param.badly.with(paid));
            }
        }
    }

    /// Calls closures and functions among the things; futures stay. Arguments go to whatever parameter can hold them.
    pub(in crate::flow::interp) fn call_things(
        &mut self,
        state: &mut State,
        value: &Value,
        args: &[Value],
        site: SiteKey,
        span: Span,
    ) -> Value {
        let mut out = Value {
            unknown: value.unknown,
            ..Value::default()
        };
        for (thing, own) in &value.things {
            match thing {
                Thing::Closure(body, captured) => {
                    let mut all = self.spread(*body, args);
                    all.extend(captured.iter().cloned());
                    if matches!(
                        self.cx.body(*body).kind,
                        BodyKind::Closure { is_async: true, .. }
                    ) {
                        // Like an `async fn`: what is called runs nothing yet.
                        for (index, arg) in all.iter().enumerate() {
                            self.pass(*body, index as u16, arg);
                        }
                        self.makes(*body, site);
                        let work = Work::Call(*body, all.into(), span);
                        out.add(
                            Thing::Future(Arc::new(Future { work, guard: None })),
                            Own::Owned,
                        );
                        continue;
                    }
                    let result = self.apply(state, *body, &all, None, site, span, false);
                    out.join(&Value {
                        shape: crate::flow::value::Shape::Any,
                        ..result
                    });
                }
                Thing::Function(def) => {
                    let args = self.spread_over(*def, args);
                    let result = self.call_def(state, *def, &args, site, span);
                    out.join(&Value {
                        shape: crate::flow::value::Shape::Any,
                        ..result
                    });
                }
                Thing::Param(body, index, _) if *body == self.id => {
                    let given: Vec<Value> = args.iter().map(brought).collect();
                    self.does_to(*index, |param| {
                        param.called = true;
                        param.give(&given);
                    });
                    // Where the parameter is the code itself, who calls chooses what is set.
                    if !self.brings_code(*body, *index) {
                        self.shaped_by_others(args);
                    }
                    out.join(&self.made_by_param(*body, *index));
                    out.unknown = true;
                }
                _ => out.add(thing.clone(), *own),
            }
        }
        out
    }

    /// Distributes values over a closure's parameters, by what each can hold. One value per parameter goes as it is.
    fn spread(&mut self, body: BodyId, args: &[Value]) -> Vec<Value> {
        let count = self.cx.body(body).params.len();
        let mut pool = Value::default();
        for arg in args {
            pool.join(arg);
        }
        (0..count)
            .map(|i| {
                let ty = self.cx.param_ty(body, i as u16);
                let given = if args.len() == count {
                    args.get(i)
                } else {
                    None
                };
                self.filtered(given.unwrap_or(&pool), &ty)
            })
            .collect()
    }

    /// The same for a function or constructor passed by name.
    fn spread_over(&self, def: crate::resolve::def::DefId, args: &[Value]) -> Vec<Value> {
        let wanted: Vec<crate::resolve::ty::Ty> = match self.cx.types.sigs.get(&def) {
            Some(sig) => sig.params.clone(),
            None => self
                .cx
                .types
                .fields
                .get(&def)
                .into_iter()
                .flatten()
                .map(|(_, t)| t.clone())
                .collect(),
        };
        let mut pool = Value::default();
        for arg in args {
            pool.join(arg);
        }
        wanted.iter().map(|ty| self.filtered(&pool, ty)).collect()
    }
}
