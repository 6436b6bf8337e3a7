//! What the catalogue says of a call, carried out: it spawns, reads, drops, bounds, tells, waits.

use std::sync::Arc;

use crate::catalog::schema::{CallFact, DropDoes, Pays, Reads, Role, Tells};
use crate::flow::interp::Interp;
use crate::flow::interp::call::Doing;
use crate::flow::interp::call::guarded;
use crate::flow::resource::Phase;
use crate::flow::state::State;
use crate::flow::tables::{Fate, Manner, ResKind, ResRec, Spawned};
use crate::flow::turns;
use crate::flow::value::{
    Extent, Future, Konst, Ob, Own, Reading, Said, Shape, Thing, Value, Work,
};
use crate::name::Name;
use crate::resolve::ty::Ty;

impl Interp<'_, '_, '_, '_> {
    /// A function of the catalogue.
    pub(super) fn catalogued(&mut self, state: &mut State, mut doing: Doing) -> Value {
        let facts = self.cx.facts_of(doing.def);
        let outer = self.manner;
        self.manner = Manner {
            once: facts.iter().any(|f| f.once.is_some()),
            may_block: facts.iter().any(|f| f.may_block),
            ..Manner::default()
        };
        for (thing, own) in doing.args.iter().flat_map(|v| &v.things) {
            if let (Thing::Client(id), Own::Owned) = (thing, own) {
                self.tables.give_client(*id);
            }
        }
        if facts.iter().any(|f| f.takes_connection) {
            self.takes_connection(&doing);
        }
        self.slot_given_away(state, &doing);
        let mut done = None;
        for fact in &facts {
            self.settings(state, fact, &mut doing);
            if let Some(value) = self.fact(state, fact, &doing) {
                done = Some(value);
            }
        }
        let mut value = match done {
            Some(value) => value,
            None => self.by_signature(state, &doing),
        };
        self.among(&doing, &mut value);
        self.of_clients(state, &facts, &doing, &mut value);
        for fact in &facts {
            self.made_without(fact, &doing, &mut value);
        }
        if facts.iter().any(|f| f.tracked && f.spawns.is_none()) {
            value.add(Thing::Tracked(doing.name_span), Own::Owned);
        }
        if facts.iter().any(|f| f.empty) && self.cx.question(&doing.ret) {
            value.add(Thing::Function(doing.def), Own::Owned);
        }
        self.manner = outer;
        value
    }

    /// The connection that a response came by is the caller's from here on.
    fn takes_connection(&mut self, doing: &Doing) {
        for (ob, _) in doing.args.iter().flat_map(|v| v.obligations(self.id)) {
            if let Ob::Res(id) = ob
                && let Some(sent) = self.tables.rec(id).and_then(|r| r.request)
            {
                self.tables.taken.insert(sent);
            }
        }
    }

    /// A function or closure that the callee will run for each request: nothing is known of its arguments.
    fn handler(&mut self, state: &mut State, index: i8, doing: &Doing) -> Value {
        let code = doing.arg(index).and_then(|i| doing.args.get(i)).cloned();
        let code = code.unwrap_or_default();
        let outer = std::mem::replace(
            &mut self.manner,
            Manner {
                handler: true,
                ..Manner::default()
            },
        );
        for body in self.bodies_of_code(&code) {
            self.edge(body, None, true, doing.site);
        }
        self.manner = outer;
        for value in &doing.args {
            self.escape(state, value, doing.span);
        }
        Value::unknown()
    }

    /// Carries out what the catalogue says; `Some` if the result is settled by that.
    pub(super) fn fact(
        &mut self,
        state: &mut State,
        fact: &CallFact,
        doing: &Doing,
    ) -> Option<Value> {
        if fact.diverges && !self.cx.is_future(&doing.ret) {
            self.diverged = true;
            return Some(Value::default());
        }
        if fact.sends == [Phase::Connect] {
            return Some(self.connects(doing));
        }
        if !fact.sends.is_empty() {
            return Some(self.sends(state, fact, doing));
        }
        if let Some(reads) = fact.reads {
            if self.is_poll(doing) {
                self.polled(state, doing);
                return None;
            }
            return Some(self.reads(state, reads, doing));
        }
        if let Some(index) = fact.spawns {
            return Some(self.spawns(state, fact, index, doing));
        }
        if let Some(index) = fact.handler {
            return Some(self.handler(state, index, doing));
        }
        if let Some(pays) = fact.pays {
            return Some(self.pays(state, pays, doing));
        }
        if let Some(index) = fact.bounds {
            return Some(self.bounds(state, index, doing));
        }
        if fact.races {
            return Some(self.races(doing));
        }
        if let Some(index) = fact.runs {
            let value = doing
                .arg(index)
                .and_then(|i| doing.args.get(i))
                .cloned()
                .unwrap_or_default();
            let futures = self.call_things(state, &value, &[], doing.site, doing.span);
            return Some(self.perform(state, &futures, None, doing.site, doing.span));
        }
        if let Some(slot) = &fact.slot_mut {
            let local = doing.recv.as_ref().map(|p| p.local.0)?;
            return Some(Value {
                things: vec![(
                    Thing::SlotOf(local, Name::new(slot), doing.name_span),
                    Own::Owned,
                )],
                ..Value::default()
            });
        }
        if fact.discards || fact.drops || fact.forgets || fact.escapes {
            return Some(self.disposes(state, fact, doing));
        }
        if fact.timer && !self.cx.is_future(&doing.ret) {
            self.held_asleep(state, doing.span);
        }
        if fact.timer || fact.signal {
            return Some(self.waits(fact, doing));
        }
        if let Some(tells) = fact.tells {
            return Some(self.tells(tells, doing));
        }
        None
    }

    fn waits(&mut self, fact: &CallFact, doing: &Doing) -> Value {
        if !self.cx.is_future(&doing.ret) {
            return Value::default();
        }
        let work = if fact.timer {
            Work::Timer
        } else {
            Work::Signal(doing.name_span)
        };
        let mut out = Value::of(Thing::Future(Arc::new(Future { work, guard: None })));
        // `run_until_cancelled(future)`: what it is given runs inside.
        for (thing, own) in self.gather(doing, |t| matches!(t, Thing::Future(_))) {
            out.add(thing, own);
        }
        out
    }

    /// A connection made ahead of all requests: the client at its end, with the settings of what it was made from.
    fn connects(&mut self, doing: &Doing) -> Value {
        let (roots, input_role) = self.roots(doing);
        let unknown = self.may_bring_another(doing);
        let family = self.family_of(doing);
        let mut out = Value::default();
        self.client_result(doing, &roots, input_role, unknown, family, &mut out);
        out
    }

    /// `is_some()`: which variant it is, of a local.
    fn present(&self, present: bool, doing: &Doing) -> Value {
        let shape = doing.args.first().map_or(Shape::Any, |v| v.shape);
        let local = doing.recv.as_ref().filter(|p| p.proj.is_empty());
        let things = local.map(|p| (Thing::Present(p.local.0, !present), Own::Owned));
        let given = doing.args.first().into_iter().flat_map(|v| &v.things);
        let slots = given.filter_map(|(thing, _)| match thing {
            Thing::SlotOf(local, name, at) => Some(Thing::IsSet(*local, *name, *at, !present)),
            _ => None,
        });
        let things = things.into_iter().chain(slots.map(|t| (t, Own::Owned)));
        Value {
            things: things.collect(),
            shape: match (shape, present) {
                (Shape::Yes, true) | (Shape::No, false) => Shape::Yes,
                (Shape::Yes, false) | (Shape::No, true) => Shape::No,
                (Shape::Any, _) => Shape::Any,
            },
            ..Value::default()
        }
    }

    pub(super) fn tells(&mut self, tells: Tells, doing: &Doing) -> Value {
        if matches!(tells, Tells::Present | Tells::Absent) {
            return self.present(tells == Tells::Present, doing);
        }
        let mut out = Value::default();
        for value in &doing.args {
            self.looked_at(value, doing.name_span);
            for (thing, _) in &value.things {
                let ob = match thing {
                    Thing::Handle(id) if tells == Tells::Ended => Some(Ob::Res(*id)),
                    Thing::Response(id) => Some(Ob::Res(*id)),
                    Thing::Param(body, index, _) if *body == self.id => Some(Ob::Param(*index)),
                    Thing::StatusOf(ob) => Some(*ob),
                    _ => None,
                };
                if let Some(ob) = ob {
                    let thing = match tells {
                        Tells::Status => Thing::StatusOf(ob),
                        Tells::Success => Thing::Says(ob, Said::Success, false),
                        Tells::Failure => Thing::Says(ob, Said::Failure, false),
                        Tells::Ended => Thing::Says(ob, Said::NothingLeft, false),
                        Tells::Present | Tells::Absent => continue,
                    };
                    out.add(thing, Own::Owned);
                }
            }
        }
        out
    }

    fn disposes(&mut self, state: &mut State, fact: &CallFact, doing: &Doing) -> Value {
        for value in &doing.args {
            for (ob, own) in value.obligations(self.id) {
                if own == Own::Shared {
                    continue;
                }
                let is_handle = matches!(ob, Ob::Res(id) if self.tables.rec(id).is_some_and(|r| r.kind == ResKind::Handle));
                let fate = if fact.forgets {
                    Fate::FORGOTTEN
                } else if fact.escapes {
                    Fate::ESCAPED
                } else if is_handle {
                    // Dropping a handle, even written out, does not end its task.
                    Fate::DROPPED
                } else {
                    Fate::PURPOSE
                };
                self.settle(state, ob, fate, Some(doing.name_span));
            }
            if fact.forgets {
                self.keep_clients(value, true);
            }
            if fact.escapes {
                self.escape(state, value, doing.span);
            }
        }
        Value {
            unknown: fact.escapes,
            ..Value::default()
        }
    }

    /// A future under a bound: the same future, guarded.
    pub(super) fn bounds(&mut self, state: &mut State, index: i8, doing: &Doing) -> Value {
        let mut out = Value::default();
        let Some(value) = doing.arg(index).and_then(|i| doing.args.get(i)) else {
            return Value::unknown();
        };
        let duration = doing
            .args
            .iter()
            .enumerate()
            .find(|(i, _)| doing.arg(index) != Some(*i));
        let endless = duration.is_some_and(|(_, v)| v.konst == Some(Konst::Huge));
        let guard = (!endless).then_some(doing.name_span);
        for (thing, own) in &value.things {
            out.add(guarded(thing, guard), *own);
        }
        out.unknown = value.unknown;
        if guard.is_some() {
            self.timed(state, value);
            self.put_behind(value, doing.name_span);
        }
        out
    }

    /// Handles that a bound owns are dropped when the time is up.
    fn timed(&mut self, state: &mut State, value: &Value) {
        for (ob, own) in value.obligations(self.id) {
            if own == Own::Owned
                && let Some(standing) = state.obs.get_mut(&ob)
            {
                standing.fate = standing.fate.with(Fate::TIMED);
            }
        }
    }

    fn pays(&mut self, state: &mut State, pays: Pays, doing: &Doing) -> Value {
        let fate = match pays {
            Pays::Join => Fate::JOINED,
            Pays::Abort => Fate::ABORTED,
        };
        for value in &doing.args {
            for (ob, _) in value.obligations(self.id) {
                self.settle(state, ob, fate, Some(doing.name_span));
            }
        }
        let mut out = Value::unknown();
        if pays == Pays::Join {
            for value in &doing.args {
                out.join(&self.filtered(&value.results(), &doing.ret));
            }
            out.unknown = true;
        }
        out
    }

    fn spawns(&mut self, state: &mut State, fact: &CallFact, index: i8, doing: &Doing) -> Value {
        let value = doing
            .arg(index)
            .and_then(|i| doing.args.get(i))
            .cloned()
            .unwrap_or_default();
        let (mut spawned, results) = self.spawn(state, &value, doing.site, doing.span);
        let what = doing.arg(index).and_then(|i| doing.tys.get(i));
        spawned.driver |= what.is_some_and(|ty| self.cx.role(ty, Role::Driver).is_some());
        let tracked = fact.tracked
            || spawned.tracked.is_some()
            || self.ends_with_owner(doing, fact.may_block);
        let (site, def) = (doing.site, doing.def);
        let id = self.tables.resource(site, None, || ResRec {
            kind: ResKind::Handle,
            site,
            def: Some(def),
            origin: None,
            request: None,
            spawned: Spawned::default(),
            empty_if: Vec::new(),
        });
        self.tables.spawn(id, spawned);
        let drop = self.cx.handle_drop(&doing.ret);
        let fate = if tracked {
            Fate::TRACKED
        } else if matches!(drop, Some(DropDoes::Aborts | DropDoes::Joins)) {
            Fate::ABORTED
        } else {
            Fate::LIVE
        };
        self.acquire(state, id, fate);
        if tracked && let Some(at) = self.let_go_by_owner(doing) {
            self.settle(state, Ob::Res(id), Fate::FORGOTTEN, Some(at));
        }
        if self.cx.role(&doing.ret, Role::Handle).is_none() && !fact.tracked {
            // It returns nothing to join: lost where it stands.
            self.settle(state, Ob::Res(id), Fate::DROPPED, Some(doing.name_span));
            self.let_go(state, &results, doing.name_span);
            return Value::default();
        }
        let mut out = Value::of(Thing::Handle(id));
        let (results, others) = results.parted(|t| self.cx.speaks_of(&doing.ret, t));
        self.let_go(state, &others, doing.name_span);
        if !results.obligations(self.id).is_empty() {
            let work = Work::Done(vec![results].into());
            out.add(
                Thing::Future(Arc::new(Future { work, guard: None })),
                Own::Owned,
            );
        }
        out
    }

    fn is_poll(&self, doing: &Doing) -> bool {
        let poll = self.cx.types.known.poll;
        matches!(doing.ret, Ty::Adt(def, _) if Some(def) == poll)
    }

    /// What a poll reads is read, but it waits for nothing: how long that may take, and how much comes together, is for those to
    /// say who go on polling.
    fn polled(&mut self, state: &mut State, doing: &Doing) {
        let given = doing.args.first().map(|v| v.obligations(self.id));
        for (ob, own) in given.into_iter().flatten() {
            if own != Own::Shared {
                self.settle(state, ob, Fate::READ, Some(doing.name_span));
            }
        }
    }

    fn reads(&mut self, state: &mut State, reads: Reads, doing: &Doing) -> Value {
        let source = doing.args.first().cloned().unwrap_or_default();
        // Through `&` nothing can be read, and what a call takes along is read by what it runs, if at all.
        let of = Value {
            things: source
                .things
                .into_iter()
                .filter(|(thing, own)| *own != Own::Shared && !is_call(thing))
                .collect(),
            ..Value::default()
        }
        .bodies(self.id);
        let later = self.cx.is_future(&doing.ret);
        let given_code = doing
            .tys
            .iter()
            .skip(1)
            .any(|t| matches!(t.peel_refs(), Ty::Closure(_) | Ty::FnDef(..)));
        let turns = turns::around(self.body, doing.site.1.0);
        let piece = reads == Reads::Step;
        let opened = piece && self.yields_source(doing);
        let ends = match (piece, &turns) {
            (false, _) => false,
            // How far it is read is up to whoever takes from it.
            _ if opened => false,
            // One piece, taken once; `for_each(..)` takes all there are.
            (true, None) => !given_code,
            (true, Some(turn)) => turns::ends_at_a_size(self.cx, self.id, turn),
        };
        let reading = Reading {
            at: doing.name_span,
            extent: match reads {
                Reads::Whole | Reads::Limited => Extent::Whole,
                Reads::Copy => Extent::Copied,
                Reads::Step if opened => Extent::Opened,
                Reads::Step => match &turns {
                    Some(turn) if turns::piles_up(self.cx, self.id, turn) => Extent::Kept,
                    _ => Extent::Piece,
                },
            },
            limited: ends
                || reads == Reads::Limited
                || doing.tys.first().is_some_and(|t| self.cx.facts.limits(t)),
            decodes: !piece && self.decodes(doing),
            turns: turns.map(|t| t.span),
            body: self.id,
            of,
        };
        if later {
            let mut out = self.items(doing);
            out.add(
                Thing::Future(Arc::new(Future {
                    work: Work::Read(reading),
                    guard: None,
                })),
                Own::Owned,
            );
            return out;
        }
        self.reading(state, &reading, None);
        let mut out = Value::default();
        if reading.extent == Extent::Opened {
            for ob in reading.of {
                out.add(Thing::Stream(ob), Own::Owned);
            }
        }
        out
    }

    /// Whether a call that reads yields what its caller asks for, by a type parameter that nothing it is given decides.
    fn decodes(&self, doing: &Doing) -> bool {
        let Some(sig) = self.cx.types.sigs.get(&doing.def) else {
            return false;
        };
        let given = |ty: &Ty| sig.params.iter().any(|p| p.any(&mut |t| t == ty));
        let chosen = |ty: &Ty| matches!(ty, Ty::Param(id) if sig.own.contains(id)) && !given(ty);
        sig.ret.any(&mut |ty| chosen(ty))
    }

    /// Whether a call that reads in pieces yields what the pieces are taken from, not a piece.
    fn yields_source(&self, doing: &Doing) -> bool {
        if doing.ret == Ty::Unknown || self.cx.is_future(&doing.ret) {
            return false;
        }
        match &doing.ret {
            Ty::Bounded(_) | Ty::Param(_) => true,
            // `Option<Result<Bytes>>`, `usize`: a piece. Anything else made of the receiver is a way to pieces.
            Ty::Adt(def, _) => {
                let known = self.cx.types.known;
                ![known.option, known.result].contains(&Some(*def))
                    && self
                        .cx
                        .holds(&doing.ret, &Thing::Stream(Ob::Param(0)))
                        .is_some()
            }
            _ => false,
        }
    }
}

/// Whether this is the future of a call: one among others that are waited for, and no body.
fn is_call(thing: &Thing) -> bool {
    matches!(thing, Thing::Future(future) if matches!(future.work, Work::Call(..)))
}
