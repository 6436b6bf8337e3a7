//! Effects on obligations: settled, escaped, dropped, looked at.

use super::Interp;
use crate::flow::bounds;
use crate::flow::resource::{Bound, Phase};
use crate::flow::state::{Standing, State};
use crate::flow::tables::{Asked, BodyOut, Fate, ResKind, Sent, Traced};
use crate::flow::value::{
    ClientId, ClientSrc, Future, Ob, Own, Request, ResId, Slots, Thing, Value, Work,
};
use crate::ir::body::Local;
use crate::resolve::def::DefId;
use crate::resolve::infer::OUT_OF_SIGHT;
use crate::source::Span;

impl Interp<'_, '_, '_, '_> {
    /// Something becomes of an obligation. What was settled before stays settled.
    pub(super) fn settle(&mut self, state: &mut State, ob: Ob, fate: Fate, span: Option<Span>) {
        let is_handle = matches!(ob, Ob::Res(id) if self.tables.rec(id).is_some_and(|r| r.kind == ResKind::Handle));
        // What a stream of handles yields are the tasks' results.
        let fate = if fate == Fate::READ && is_handle {
            Fate::JOINED
        } else {
            fate
        };
        if let (Ob::Res(id), Some(at)) = (ob, span) {
            let lost = fate.any(Fate::DROPPED.with(Fate::SELECT));
            let live = state.obs.get(&ob).is_none_or(|s| s.fate.any(Fate::LIVE));
            if live || !lost {
                self.happens(Traced::Res(id), fate, at, None);
            }
        }
        match state.obs.get_mut(&ob) {
            Some(standing) => {
                let was_live = standing.fate.any(Fate::LIVE);
                if fate.any(Fate::DROPPED.with(Fate::SELECT)) && !was_live {
                    return;
                }
                standing.fate = standing.fate.without(Fate::LIVE);
                if was_live && fate.any(Fate::SETTLED) {
                    // Paid now; earlier shadows of other ways do not matter any more.
                    standing.fate = standing.fate.without(Fate::STORED);
                }
                standing.fate = standing.fate.with(fate);
                if fate.any(Fate::DROPPED.with(Fate::SELECT).with(Fate::FORGOTTEN)) {
                    standing.dropped = span;
                }
            }
            None => {
                if let Ob::Res(id) = ob {
                    let entry = self.out.foreign.entry(id).or_default();
                    *entry = entry.with(fate);
                }
            }
        }
    }

    /// A new obligation. If the last turn's still stands, that one ends here.
    pub(super) fn acquire(&mut self, state: &mut State, id: ResId, fate: Fate) {
        let ob = Ob::Res(id);
        if let Some(old) = state.obs.get(&ob).cloned() {
            if old.fate.any(Fate::LIVE) {
                // Still kept while the next one comes: a collection.
                self.ending(id, old.fate, old.dropped, false);
            } else {
                self.ending(id, old.fate, old.dropped, old.failed == Some(true));
            }
        }
        state.obs.insert(
            ob,
            Standing {
                fate,
                dropped: None,
                failed: None,
            },
        );
    }

    /// A local's life ends: what it owns is dropped.
    pub(super) fn storage_dead(&mut self, state: &mut State, local: Local, span: Span) {
        if state.peek(local).is_none_or(Value::is_plain) {
            state.set(local, Value::default());
            return;
        }
        self.lose(state, local, Fate::DROPPED, span);
        state.set(local, Value::default());
    }

    /// What a local owns is lost.
    pub(super) fn lose(&mut self, state: &mut State, local: Local, fate: Fate, span: Span) {
        let value = state.get(local);
        if value.things.is_empty() {
            return;
        }
        let named = self
            .body
            .locals
            .get(local.0 as usize)
            .and_then(|d| d.name)
            .is_some();
        let span = if named { self.span_of(local) } else { span };
        self.lose_value(state, &value, fate, span, Some(local));
    }

    /// What a value owns is lost.
    pub(super) fn lose_value(
        &mut self,
        state: &mut State,
        value: &Value,
        fate: Fate,
        span: Span,
        from: Option<Local>,
    ) {
        for (ob, own) in value.obligations(self.id) {
            if own != Own::Owned {
                continue;
            }
            // After a join two locals may seem to own one thing: it is lost with the last.
            let elsewhere = state.owners(ob, self.id).any(|l| Some(l) != from);
            if !elsewhere {
                self.settle(state, ob, fate, Some(span));
            }
        }
    }

    /// A value goes where we do not see.
    pub(super) fn escape(&mut self, state: &mut State, value: &Value, span: Span) {
        self.keep_clients(value, false);
        for (ob, own) in value.obligations(self.id) {
            if own != Own::Shared {
                self.settle(state, ob, Fate::ESCAPED, Some(span));
            }
        }
        for (thing, _) in &value.things {
            match thing {
                Thing::Client(id) => {
                    self.tables.escape_client(*id);
                    self.happens(Traced::Client(*id), Fate::ESCAPED, span, None);
                }
                Thing::Closure(body, _) => self.tables.root(*body),
                Thing::Future(future) => self.future_escapes(state, future, span),
                // Whoever got it sends it.
                Thing::Request(request) => {
                    let how = if self.is_limited(request) {
                        Asked::Limited
                    } else {
                        Asked::Bound
                    };
                    self.asks(&request.clients, how);
                }
                Thing::Param(body, index, _) if self.is_request(*body, *index) => {
                    self.asks(&[ClientSrc::Param(*body, *index)], Asked::Bound);
                }
                _ => {}
            }
        }
    }

    /// Whether a request brings what bounds the waits for the connection and the response.
    fn is_limited(&self, request: &Request) -> bool {
        let family = request.family.and_then(|f| self.cx.facts.family(f));
        family.is_some_and(|family| {
            let set = bounds::of(family, &Slots::default(), &request.slots);
            let bounded = |phase| matches!(set.get(phase).bound, Bound::Total | Bound::Idle);
            request.slots.iter().next().is_some()
                && [Phase::Connect, Phase::Head].into_iter().all(bounded)
        })
    }

    fn future_escapes(&mut self, state: &mut State, future: &Future, span: Span) {
        match &future.work {
            Work::Async(..) | Work::Call(..) if future.guard.is_some() => {
                self.stays_bounded(future);
            }
            Work::Async(body, _) | Work::Call(body, _, _) => self.tables.root(*body),
            Work::Send(..) | Work::Read(..) | Work::Then(..) | Work::Done(_) => {
                for body in future.bodies() {
                    self.tables.root(body);
                }
                // Whoever awaits it sends it; its response is theirs.
                let site = (self.id, (OUT_OF_SIGHT, 0));
                let held = Value::of(Thing::Future(std::sync::Arc::new(future.clone())));
                let output = self.perform(state, &held, None, site, span);
                for (ob, _) in output.obligations(self.id) {
                    self.settle(state, ob, Fate::ESCAPED, Some(span));
                }
            }
            _ => {}
        }
    }

    /// A future given on under a bound stays under it, whoever waits for it.
    pub(super) fn stays_bounded(&mut self, future: &Future) {
        let guard = future.guard;
        if guard.is_none() {
            return;
        }
        match &future.work {
            Work::Send(site, _) => {
                self.out.sent.insert(Sent { site: *site, guard });
            }
            Work::Async(body, _) | Work::Call(body, ..) => {
                self.edge(*body, guard, false, (self.id, (0, 0)));
            }
            Work::Then(parts, _) => {
                for (thing, _) in parts.first().into_iter().flat_map(|first| &first.things) {
                    if let Thing::Future(inner) = thing {
                        self.stays_bounded(&Future {
                            work: inner.work.clone(),
                            guard: inner.guard.or(guard),
                        });
                    }
                }
            }
            _ => {}
        }
    }

    /// The clients in a value outlive this run: they are in a field, a static, or where we do not see. `by_value` if the place
    /// they go to holds them itself; otherwise those that are only lent stay what they are.
    pub(super) fn keep_clients(&mut self, value: &Value, by_value: bool) {
        self.outlive(value, by_value, |out, id| out.gone.insert(id));
    }

    /// The clients in a value outlive this run as a part of something of this type, which is being made.
    pub(super) fn house_clients(&mut self, value: &Value, owner: DefId) {
        self.outlive(value, true, |out, id| out.housed.insert((id, owner)));
    }

    fn outlive(
        &mut self,
        value: &Value,
        by_value: bool,
        mut note: impl FnMut(&mut BodyOut, ClientId) -> bool,
    ) {
        let this = self.id;
        let out = &mut self.out;
        value.clients(&mut |source, own| match source {
            ClientSrc::Client(id) if by_value || own == Own::Owned => {
                out.kept.insert(*id);
                note(out, *id);
            }
            ClientSrc::Param(body, index) if *body == this && (by_value || own != Own::Shared) => {
                if let Some(param) = out.params.get_mut(usize::from(*index)) {
                    param.kept = true;
                }
            }
            _ => {}
        });
    }

    /// A response is looked at, not read.
    pub(super) fn looked_at(&mut self, value: &Value, span: Span) {
        for (thing, _) in &value.things {
            if let Thing::Response(id) = thing {
                self.out.looked.insert((*id, span));
            }
        }
    }

    /// Where the clients among these things come from.
    pub(super) fn client_sources(&self, value: &Value) -> Vec<ClientSrc> {
        let mut out = Vec::new();
        for (thing, _) in &value.things {
            match thing {
                Thing::Client(id) => out.push(ClientSrc::Client(*id)),
                Thing::Param(body, index, _) => out.push(ClientSrc::Param(*body, *index)),
                _ => {}
            }
        }
        // Nothing at all: what yields it was not run yet, or never yields one.
        if value.unknown {
            out.push(ClientSrc::Unknown);
        }
        out.sort_unstable();
        out.dedup();
        out
    }
}
