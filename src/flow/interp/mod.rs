//! The abstract interpreter: runs one body over its ways and writes down what it does.

mod adapt;
mod answers;
mod apply;
mod call;
mod effect;
mod given_out;
mod guarded;
mod passed;
mod perform;
mod place;
mod race;
mod slots;
mod spawned;
mod status;
mod variant;

use std::cell::{OnceCell, RefCell};
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::{FxHashMap, FxHashSet};

use super::cx::Cx;
use super::options;
use super::state::{Standing, State, Ways};
use super::tables::{
    BodyOut, Ending, Fate, FieldKey, HeldRec, Manner, ParamOut, Part, ResKind, Since, Step, Tables,
    Traced,
};
use super::value::{ClientSrc, Konst, Ob, Own, Shape, SiteKey, Slots, Thing, Value, VariantId};
use crate::ir::body::{
    BinOp, BlockId, Body, BodyKind, Lit, Local, Loop, LoopKind, Operand, PatShape, Place, Proj,
    RETURN, Rvalue, Stmt, StmtKind, Terminator,
};
use crate::ir::ty::PathRef;
use crate::resolve::def::{BodyId, DefKind};
use crate::resolve::infer::BodyTypes;
use crate::resolve::ty::Ty;
use crate::source::Span;

/// Times a block is run before its ways are no longer followed: a fixpoint that oscillates ends here.
const TURNS: u32 = 40;

pub(super) struct Interp<'x, 'p, 'a, 'c> {
    pub(super) cx: &'x Cx<'p, 'a, 'c>,
    pub(super) tables: &'x mut Tables,
    pub(super) id: BodyId,
    pub(super) body: &'a Body,
    pub(super) types: &'x BodyTypes,
    pub(super) out: BodyOut,
    /// What happened, and where.
    steps: BTreeSet<Step>,
    /// Parts of the tables it read.
    read: RefCell<FxHashSet<Part>>,
    /// The statement at hand: its block and its place there; behind the last one is the terminator.
    at: (u32, u32),
    /// What of the body's own awaits stands under a bound is told by callers; this is the bound in force right here.
    pub(super) diverged: bool,
    /// What the call being carried out makes of the code it was given.
    pub(super) manner: Manner,
    /// For which callers the way at hand is taken.
    pub(super) variant: VariantId,
    /// What is being run runs as a task of its own.
    aside: bool,
    /// Futures made for a once-guard: whoever awaits them, they run once.
    pub(super) once: FxHashSet<BodyId>,
    /// Locals that are references, worked out when first asked for.
    lent: OnceCell<FxHashMap<Local, Option<Place>>>,
    /// What more than one branch asks.
    questions: answers::Questions,
    /// Calls that give out a struct with a request in it, by whom, in which field, and what is written there on all ways.
    made: BTreeMap<SiteKey, (BodyId, FieldKey, Since)>,
    /// A way that ends well was followed to its end.
    ended_well: bool,
}

/// Runs a body and returns what it does, and which parts of the tables that rests on.
pub(super) fn run(
    cx: &Cx<'_, '_, '_>,
    tables: &mut Tables,
    id: BodyId,
) -> (BodyOut, FxHashSet<Part>) {
    let Some(types) = cx.bodies.get(&id) else {
        return (BodyOut::default(), FxHashSet::default());
    };
    let body = cx.body(id);
    let mut interp = Interp {
        cx,
        tables,
        id,
        body,
        types,
        out: BodyOut::default(),
        steps: BTreeSet::new(),
        read: RefCell::default(),
        at: (0, 0),
        diverged: false,
        manner: Manner::default(),
        variant: VariantId::default(),
        aside: false,
        once: FxHashSet::default(),
        lent: OnceCell::new(),
        questions: answers::Questions::of(cx, id, types),
        made: BTreeMap::new(),
        ended_well: false,
    };
    interp.all();
    for (site, (giver, field, since)) in std::mem::take(&mut interp.made) {
        interp.tables.note_made(site, giver, field, since);
    }
    interp.tables.steps.insert(id, interp.steps);
    (interp.out, interp.read.into_inner())
}

impl Interp<'_, '_, '_, '_> {
    /// The tables, to read this part of them: if it changes, this body is run again. All reads of these parts go through here.
    pub(super) fn known(&self, part: Part) -> &Tables {
        self.read.borrow_mut().insert(part);
        self.tables
    }

    pub(super) fn ty(&self, local: Local) -> &Ty {
        self.types.local(local)
    }

    fn entry(&mut self) -> State {
        let mut state = State::default();
        let params = self.body.params.iter().copied();
        let captures = self.body.captures.iter().map(|c| c.inner);
        let all: Vec<Local> = params.chain(captures).collect();
        for (index, local) in all.iter().enumerate() {
            self.out.params.push(ParamOut::default());
            let ty = self.ty(*local).clone();
            let index = index as u16;
            let own = if matches!(ty, Ty::Ref(_)) {
                Own::Mut
            } else {
                Own::Owned
            };
            let mut value = Value {
                shape: options::of_local(self.cx, self.id, *local),
                ..Value::default()
            };
            value.add(Thing::Param(self.id, index, Slots::default()), own);
            state.set(*local, value);
            state.obs.insert(
                Ob::Param(index),
                Standing {
                    fate: Fate::LIVE,
                    dropped: None,
                    failed: None,
                },
            );
        }
        state
    }

    fn all(&mut self) {
        let mut ways: BTreeMap<BlockId, Ways> = BTreeMap::new();
        let mut turns: BTreeMap<BlockId, u32> = BTreeMap::new();
        let entries = self.entries();
        let most = TURNS * entries.len() as u32;
        for entry in &entries {
            ways.entry(BlockId(0)).or_default().add(entry);
        }
        let mut work = BTreeSet::from([BlockId(0)]);
        while let Some(block) = work.pop_first() {
            let turn = turns.entry(block).or_default();
            *turn += 1;
            if *turn > most {
                continue;
            }
            let states = ways
                .get_mut(&block)
                .map(Ways::take_fresh)
                .unwrap_or_default();
            for state in states {
                for (next, state) in self.block(block, state) {
                    if ways.entry(next).or_default().add(&state) {
                        work.insert(next);
                    }
                }
            }
        }
        self.note_carried(&ways);
    }

    /// Clients that a turn of a loop hands to the next one are not built per turn.
    fn note_carried(&mut self, ways: &BTreeMap<BlockId, Ways>) {
        for of in &self.body.loops {
            for state in ways.get(&of.head).into_iter().flat_map(Ways::all) {
                for value in state.values() {
                    value.clients(&mut |source, own| {
                        if let (ClientSrc::Client(id), Own::Owned) = (source, own) {
                            self.out.carried.insert(*id);
                        }
                    });
                }
            }
        }
    }

    /// Runs one way through a block; returns where it goes on.
    fn block(&mut self, id: BlockId, mut state: State) -> Vec<(BlockId, State)> {
        let Some(block) = self.body.blocks.get(id.0 as usize) else {
            return Vec::new();
        };
        self.variant = state.variant;
        for (index, stmt) in block.stmts.iter().enumerate() {
            self.diverged = false;
            self.at = (id.0, index as u32);
            self.stmt(&mut state, self.at, stmt);
            if self.diverged {
                self.end(&state, true);
                return Vec::new();
            }
        }
        self.at = (id.0, block.stmts.len() as u32);
        self.terminator(state, &block.term)
    }

    fn stmt(&mut self, state: &mut State, at: (u32, u32), stmt: &Stmt) {
        match &stmt.kind {
            StmtKind::Assign(place, value) => {
                let value = self.rvalue(state, at, value, stmt.span);
                self.assign(state, place, value, stmt.span);
            }
            StmtKind::Call(dest, call) => {
                let value = self.call(state, at, call, *dest);
                self.written_through(state, at, call);
                self.gives_out(state, at);
                self.replace(state, *dest, value, stmt.span);
            }
            StmtKind::Await(dest, future) => {
                let value = self.operand(state, future, stmt.span);
                self.note_wait(&value);
                let (awaited, lent) = self.lent_by_await(&value, future, *dest);
                let mut output = self.perform(state, &awaited, None, (self.id, at), stmt.span);
                for (thing, own) in lent {
                    output.add(thing, own);
                }
                let output = self.yielded(state, output, *dest, stmt.span);
                self.held_across(state, &value, stmt.span);
                self.replace(state, *dest, output, stmt.span);
            }
            StmtKind::StorageDead(local) => self.storage_dead(state, *local, stmt.span),
        }
        self.ask_anew(state, stmt);
    }

    /// What comes out of a future, as far as the type of what comes out can hold it: the rest stayed with adaptors inside.
    fn yielded(&mut self, state: &mut State, output: Value, dest: Local, span: Span) -> Value {
        let ty = self.ty(dest);
        let (output, inside) = adapt::parted(output, |thing| match thing {
            Thing::Response(id) | Thing::Handle(id) => {
                let standing = state.obs.get(&Ob::Res(*id));
                standing.is_none_or(|s| !s.fate.any(Fate::LIVE))
                    || self.cx.holds(ty, thing).is_some()
            }
            _ => true,
        });
        self.escape(state, &inside, span);
        output
    }

    fn terminator(&mut self, state: State, term: &Terminator) -> Vec<(BlockId, State)> {
        match term {
            Terminator::Goto(next) => vec![(*next, state)],
            Terminator::If {
                cond,
                then,
                otherwise,
            } => self.branch(state, cond, *then, *otherwise),
            Terminator::Match { scrutinee, arms } => self.arms(&state, scrutinee, arms),
            Terminator::Try { value, ok, err } => {
                let held = self.read(&state, value);
                let (mut well, mut badly) = (state.clone(), state);
                self.refine(&mut badly, &held, value, false);
                self.refine(&mut well, &held, value, true);
                match held.shape {
                    Shape::Yes => vec![(*ok, well)],
                    Shape::No => vec![(*err, badly)],
                    Shape::Any => vec![(*ok, well), (*err, badly)],
                }
            }
            Terminator::Next { iter, body, done } => {
                let (turn, mut over) = (state.clone(), state);
                self.used_up(&mut over, *iter);
                vec![(*body, turn), (*done, over)]
            }
            Terminator::Select { arms, otherwise } => self.select(&state, arms, *otherwise),
            Terminator::Return => {
                let mut state = state;
                self.drop_captures(&mut state);
                let given = state.get(RETURN);
                let error = given.shape == Shape::No || given.err;
                self.returned(&state);
                if !error {
                    self.note_written(&state);
                }
                self.end(&state, error);
                Vec::new()
            }
            Terminator::Unreachable => {
                self.end(&state, true);
                Vec::new()
            }
        }
    }

    fn branch(
        &mut self,
        state: State,
        cond: &Operand,
        then: BlockId,
        otherwise: BlockId,
    ) -> Vec<(BlockId, State)> {
        let value = match cond {
            Operand::Use(place) => self.read(&state, place),
            Operand::Lit(Lit::Bool(b)) => Value {
                shape: if *b { Shape::Yes } else { Shape::No },
                ..Value::default()
            },
            Operand::Lit(_) => Value::default(),
        };
        let mut ways = Vec::new();
        for (target, holds, skip) in [(then, true, Shape::No), (otherwise, false, Shape::Yes)] {
            if value.shape == skip {
                continue;
            }
            let mut state = state.clone();
            if !self.answer(&mut state, holds) {
                continue;
            }
            for (thing, _) in &value.things {
                match thing {
                    Thing::Says(ob, said, negated) => {
                        status::says(&mut state, *ob, *said, holds != *negated);
                    }
                    Thing::Present(local, negated) => {
                        let place = Place::local(Local(*local));
                        self.refine(&mut state, &Value::default(), &place, holds != *negated);
                    }
                    Thing::IsSet(local, name, at, negated) if holds != *negated => {
                        self.is_set(&mut state, Local(*local), *name, *at);
                    }
                    _ => {}
                }
            }
            ways.push((target, state));
        }
        ways
    }

    fn arms(
        &mut self,
        state: &State,
        scrutinee: &Place,
        arms: &[(PatShape, BlockId)],
    ) -> Vec<(BlockId, State)> {
        let held = self.read(state, scrutinee);
        let ty = self.cx.place_ty(self.id, scrutinee);
        let mut out = Vec::new();
        let mut seen_yes = false;
        let mut seen_no = false;
        for (shape, block) in arms {
            let mut state = state.clone();
            if let Some(said) = self.said_by(shape, &ty) {
                for (thing, _) in &held.things {
                    if let Thing::StatusOf(ob) = thing {
                        status::says(&mut state, *ob, said, true);
                    }
                }
            }
            let polarity = self.polarity(shape, &ty);
            match polarity {
                Some(yes) => {
                    if held.shape == if yes { Shape::No } else { Shape::Yes } {
                        continue;
                    }
                    let plain = match shape {
                        PatShape::Variant(_, inside) => inside.is_empty(),
                        other => matches!(other, PatShape::Lit(_)),
                    };
                    seen_yes |= yes && plain;
                    seen_no |= !yes && plain;
                    self.refine(&mut state, &held, scrutinee, yes);
                    self.refine_inside(&mut state, scrutinee, shape);
                }
                // The rest after `Ok(..)` is `Err(..)`, as far as guards let us say so.
                None if seen_yes && !seen_no && *shape == PatShape::Any => {
                    if held.shape == Shape::Yes {
                        continue;
                    }
                    self.refine(&mut state, &held, scrutinee, false);
                }
                None => {}
            }
            out.push((*block, state));
        }
        out
    }

    /// What a pattern says of the inside of a variant: `Ok(None)`.
    fn refine_inside(&mut self, state: &mut State, place: &Place, shape: &PatShape) {
        let PatShape::Variant(path, inside) = shape else {
            return;
        };
        for (field, shape) in inside {
            let step = Proj::Variant {
                path: path.clone(),
                field: *field,
            };
            let place = place.clone().then(step);
            let ty = self.cx.place_ty(self.id, &place);
            if let Some(yes) = self.polarity(shape, &ty) {
                let held = self.read(state, &place);
                self.refine(state, &held, &place, yes);
                self.refine_inside(state, &place, shape);
            }
        }
    }

    /// Whether a pattern means success (`Ok`, `Some`, `true`) or the other side.
    fn polarity(&self, shape: &PatShape, ty: &Ty) -> Option<bool> {
        match shape {
            PatShape::Variant(path, _) => {
                let def = self.cx.constructor(self.id, path, ty)?;
                let known = self.cx.types.known;
                if [known.ok, known.some, known.ready].contains(&Some(def)) {
                    Some(true)
                } else if [known.err, known.none, known.pending].contains(&Some(def)) {
                    Some(false)
                } else {
                    None
                }
            }
            PatShape::Lit(Lit::Bool(b)) => Some(*b),
            PatShape::Or(list) => {
                let mut all = list.iter().map(|s| self.polarity(s, ty));
                let first = all.next()??;
                all.all(|p| p == Some(first)).then_some(first)
            }
            _ => None,
        }
    }

    /// On the success side the value is `Ok`/`Some`; on the other what only success carries does not exist.
    fn refine(&mut self, state: &mut State, held: &Value, place: &Place, yes: bool) {
        for (thing, _) in &held.things {
            if let Thing::Says(ob, said, negated) = thing {
                status::says(state, *ob, *said, yes != *negated);
            }
        }
        if let (true, Some(lent)) = (place.proj.is_empty(), self.lent(place.local)) {
            self.refine(state, &Value::default(), &lent, yes);
        }
        if !self.wraps_all(place) {
            return;
        }
        if yes {
            self.has_slot(state, place.local);
        }
        let local = place.local;
        let mut value = state.get(local);
        if place.proj.is_empty() {
            value.shape = if yes { Shape::Yes } else { Shape::No };
        }
        if !yes {
            let error = match self.cx.place_ty(self.id, place).peel_refs() {
                Ty::Adt(_, args) => args.get(1).cloned(),
                _ => None,
            };
            let stays = |thing: &Thing| match &error {
                Some(ty) => {
                    !matches!(ty, Ty::Unknown | Ty::Var(_)) && self.cx.holds(ty, thing).is_some()
                }
                None => false,
            };
            let gone: Vec<(Thing, Own)> = value
                .things
                .iter()
                .filter(|(t, _)| !stays(t))
                .cloned()
                .collect();
            value.things.retain(|(t, _)| stays(t));
            let gone = Value {
                things: gone,
                ..Value::default()
            };
            let built = gone.things.iter().filter_map(|(thing, own)| match thing {
                Thing::Client(id) if *own == Own::Owned => Some(*id),
                _ => None,
            });
            state.missing.extend(built);
            for (ob, own) in gone.obligations(self.id) {
                if own == Own::Owned
                    && let Some(standing) = state.obs.get_mut(&ob)
                    && standing.fate.any(Fate::LIVE)
                {
                    standing.fate = Fate::ABSENT;
                }
            }
        }
        state.set(local, value);
    }

    /// A loop over what an iterator owns is over when nothing is left of it: what became of each was settled in its turn.
    fn used_up(&self, state: &mut State, iter: Local) {
        for (ob, own) in state.get(iter).obligations(self.id) {
            if own == Own::Owned
                && let Some(standing) = state.obs.get_mut(&ob)
                && standing.fate == Fate::LIVE
            {
                standing.fate = Fate::ABSENT;
            }
        }
    }

    /// Whether all that a local holds is in this place of it: the way leads through `Ok`, `Some` and references only.
    fn wraps_all(&self, place: &Place) -> bool {
        let known = self.cx.types.known;
        place.proj.iter().enumerate().all(|(at, step)| match step {
            Proj::TryOk | Proj::Deref => true,
            Proj::Variant { path, .. } => {
                let ty = self.cx.place_ty(self.id, &place.around(at));
                let def = self.cx.constructor(self.id, path, &ty);
                def.is_some() && [known.ok, known.some, known.ready].contains(&def)
            }
            _ => false,
        })
    }

    /// The place that a local is a reference to, if it is never anything else.
    pub(super) fn lent(&self, local: Local) -> Option<Place> {
        let lent = self.lent.get_or_init(|| references(self.body));
        lent.get(&local)?.clone()
    }

    pub(super) fn span_of(&self, local: Local) -> Span {
        self.body
            .locals
            .get(local.0 as usize)
            .map_or(self.body.span, |l| l.span)
    }

    fn rvalue(&mut self, state: &mut State, at: (u32, u32), value: &Rvalue, span: Span) -> Value {
        match value {
            Rvalue::Use(operand) => self.operand(state, operand, span),
            Rvalue::Ref { mutable, place } => {
                let value = self.read(state, place).borrowed(*mutable);
                if *mutable {
                    Self::unfill(state, place.local);
                }
                value
            }
            Rvalue::Tuple(items) | Rvalue::Array { items, .. } => {
                let mut out = Value::default();
                let mut err = false;
                for item in items {
                    let value = self.operand(state, item, span);
                    err |= value.err;
                    out.join(&Value {
                        shape: Shape::Any,
                        konst: None,
                        ..value
                    });
                }
                out.err = err;
                out
            }
            Rvalue::Struct { fields, base, .. } => {
                self.struct_literal(state, at, fields, base.as_ref(), span)
            }
            Rvalue::Path(path) => self.path_value(at, path),
            Rvalue::Closure(idx) | Rvalue::Async(idx) => {
                let info = self.cx.program.body(self.id);
                let key = (info.krate, info.file.file, *idx);
                let Some(child) = self.cx.program.body_ids.get(&key).copied() else {
                    return Value::unknown();
                };
                self.closure(state, child, span)
            }
            Rvalue::Unary { not, value } => {
                let mut value = self.operand_read(state, value);
                if *not {
                    for (thing, _) in &mut value.things {
                        if let Thing::Says(.., negated)
                        | Thing::Present(_, negated)
                        | Thing::IsSet(.., negated) = thing
                        {
                            *negated = !*negated;
                        }
                    }
                    value.shape = match value.shape {
                        Shape::Yes => Shape::No,
                        Shape::No => Shape::Yes,
                        Shape::Any => Shape::Any,
                    };
                }
                value
            }
            Rvalue::Binary { op, lhs, rhs } => self.binary(state, *op, lhs, rhs),
            Rvalue::Cast { value, .. } => self.operand_read(state, value),
            Rvalue::Range(items) => {
                for item in items {
                    self.operand_read(state, item);
                }
                Value::default()
            }
            Rvalue::Touch { reads, .. } => {
                for place in reads {
                    let value = self.read(state, place);
                    self.looked_at(&value, span);
                }
                Value::default()
            }
            Rvalue::Opaque { touches, .. } => {
                for place in touches {
                    let value = self.read(state, place);
                    self.escape(state, &value, span);
                }
                Value::unknown()
            }
        }
    }

    fn binary(&mut self, state: &mut State, op: BinOp, lhs: &Operand, rhs: &Operand) -> Value {
        let (left, right) = (self.operand_read(state, lhs), self.operand_read(state, rhs));
        let mut out = Value::default();
        for (thing, _) in left.things.iter().chain(&right.things) {
            if let Thing::StatusOf(ob) = thing
                && let Some((said, negated)) = self.compared(op, (lhs, &left), (rhs, &right))
            {
                out.add(Thing::Says(*ob, said, negated), Own::Owned);
            }
        }
        // `while read < buffer.len()`, with nothing read yet: what a count from zero runs up to is seldom nothing.
        let (least, most) = match op {
            BinOp::Less => (left.konst, right.konst),
            BinOp::Greater => (right.konst, left.konst),
            _ => (None, None),
        };
        if least == Some(Konst::Zero) && most != Some(Konst::Zero) && self.at_head_of_while() {
            out.shape = Shape::Yes;
        }
        if matches!(op, BinOp::Mul | BinOp::Add | BinOp::Sub | BinOp::Div) {
            out.konst = match (left.konst, right.konst) {
                (Some(Konst::Huge), _) | (_, Some(Konst::Huge)) if op != BinOp::Div => {
                    Some(Konst::Huge)
                }
                (Some(Konst::Zero), _) | (_, Some(Konst::Zero)) if op == BinOp::Mul => {
                    Some(Konst::Zero)
                }
                (Some(_), Some(_)) => Some(Konst::Some),
                _ => None,
            };
        }
        out
    }

    /// Whether the block at hand decides whether a `while` loop turns.
    fn at_head_of_while(&self) -> bool {
        let heads = |l: &Loop| l.kind == LoopKind::While && l.head.0 == self.at.0;
        self.body.loops.iter().any(heads)
    }

    /// A closure or async block with what it captures: moved in if it says `move` or consumes it, else borrowed.
    fn closure(&mut self, state: &mut State, child: BodyId, span: Span) -> Value {
        let body = self.cx.body(child);
        let (is_move, is_async) = match body.kind {
            BodyKind::Closure { is_move, .. } => (is_move, false),
            BodyKind::Async { is_move } => (is_move, true),
            _ => (false, false),
        };
        let offset = body.params.len();
        let mut captured = Vec::new();
        for (index, capture) in body.captures.iter().enumerate() {
            let consumed = self
                .known(Part::Body(child))
                .bodies
                .get(&child)
                .and_then(|o| o.params.get(offset + index))
                .is_some_and(|p| p.consumed);
            let place = Place::local(capture.outer);
            let value = if is_move || consumed {
                self.take(state, &place, span)
            } else {
                let value = self.read(state, &place).borrowed(true);
                Self::unfill(state, place.local);
                value
            };
            self.pass(child, (offset + index) as u16, &value);
            captured.push(value);
        }
        if is_async {
            let work = super::value::Work::Async(child, captured.into());
            Value::of(Thing::Future(std::sync::Arc::new(super::value::Future {
                work,
                guard: None,
            })))
        } else {
            Value::of(Thing::Closure(child, captured.into()))
        }
    }

    /// A const, static, function or unit constructor as a value.
    fn path_value(&mut self, at: (u32, u32), path: &PathRef) -> Value {
        let Some(target) = self.types.paths.get(&at) else {
            return Value::unknown();
        };
        let Some(def) = target.def else {
            // `u64::MAX`: primitives have no definition to look up.
            let huge = path.last().is_some_and(|n| n == "MAX");
            return Value {
                konst: huge.then_some(Konst::Huge),
                unknown: !huge,
                ..Value::default()
            };
        };
        if self
            .cx
            .facts
            .of(def)
            .iter()
            .any(|f| f.empty || f.tells.is_some())
        {
            return Value::of(Thing::Function(def));
        }
        let known = self.cx.types.known;
        match &self.cx.program.def(def).kind {
            DefKind::Static { is_const, body, .. } => {
                let known_here = self.known(Part::Static(def));
                let mut value = known_here.statics.get(&def).cloned().unwrap_or_default();
                if let (true, Some(body)) = (*is_const, body)
                    && let Some(out) = self.known(Part::Body(*body)).bodies.get(body)
                {
                    value.join(&out.ret);
                    value.konst = out.ret.konst;
                    value.shape = out.ret.shape;
                }
                match self.cx.program.def(def).name.as_str() {
                    "MAX" => value.konst = Some(Konst::Huge),
                    "ZERO" => value.konst = Some(Konst::Zero),
                    _ => {}
                }
                let borrowed = if *is_const {
                    value.clone()
                } else {
                    value.borrowed(false)
                };
                Value {
                    konst: value.konst,
                    shape: value.shape,
                    ..borrowed
                }
            }
            DefKind::Fn { body, .. } => {
                if let Some(body) = body {
                    self.tables.root(*body);
                }
                Value::of(Thing::Function(def))
            }
            DefKind::Variant { .. } if Some(def) == known.none => Value {
                shape: Shape::No,
                ..Value::default()
            },
            DefKind::Variant { variant } if !variant.fields.is_empty() => {
                Value::of(Thing::Function(def))
            }
            DefKind::Struct { tuple: true, .. } => Value::of(Thing::Function(def)),
            _ => Value::default(),
        }
    }

    /// What a response kept by a named local or container waits through.
    fn held_across(&mut self, state: &State, awaited: &Value, span: Span) {
        let concerned: Vec<Ob> = awaited
            .obligations(self.id)
            .into_iter()
            .map(|(o, _)| o)
            .collect();
        let sleeping = self.is_timer(awaited);
        for (ob, standing) in &state.obs {
            let Ob::Res(id) = ob else { continue };
            let is_response = self
                .tables
                .rec(*id)
                .is_some_and(|r| r.kind == ResKind::Response);
            if !is_response || standing.fate != Fate::LIVE || concerned.contains(ob) {
                continue;
            }
            // The one this very await yields is not held across it.
            let fresh = self
                .tables
                .rec(*id)
                .and_then(|r| r.request)
                .is_some_and(|s| awaits_send(awaited, s));
            if fresh {
                continue;
            }
            if state.owner_of(*ob, self.id).is_some_and(|l| {
                self.body
                    .locals
                    .get(l.0 as usize)
                    .is_some_and(|d| d.name.is_some())
            }) {
                self.out.held.insert(HeldRec {
                    ob: *ob,
                    at: span,
                    sleeping,
                });
            }
        }
    }

    /// What was moved into an async block is dropped where the block ends.
    fn drop_captures(&mut self, state: &mut State) {
        if !matches!(self.body.kind, BodyKind::Async { is_move: true }) {
            return;
        }
        for capture in &self.body.captures {
            self.storage_dead(state, capture.inner, self.span_of(capture.inner));
        }
    }

    /// What the body hands out.
    fn returned(&mut self, state: &State) {
        let value = state.get(RETURN);
        for (thing, _) in &value.things {
            if let Thing::Future(future) = thing {
                self.stays_bounded(future);
                self.awaited_by_others(state, future);
            }
        }
        for (ob, _) in value.obligations(self.id) {
            if let Ob::Res(id) = ob
                && !state.obs.contains_key(&ob)
            {
                // Kept in a field since, and now in the caller's hands.
                let fate = self.out.foreign.entry(id).or_default();
                *fate = fate.with(Fate::RETURNED);
            }
        }
        if std::mem::replace(&mut self.out.returns, true) {
            self.out.ret.join(&value);
        } else {
            self.out.ret = value.clone();
        }
        if self.tables.is_split(self.id) {
            match self.out.rets.entry(state.variant) {
                Entry::Vacant(first) => drop(first.insert(value)),
                Entry::Occupied(mut known) => known.get_mut().join(&value),
            }
        }
    }

    /// A way's end: how each obligation stands then.
    fn end(&mut self, state: &State, error: bool) {
        let returned: Vec<Ob> = state
            .get(RETURN)
            .obligations(self.id)
            .into_iter()
            .map(|(o, _)| o)
            .collect();
        for (ob, standing) in &state.obs {
            let mut fate = standing.fate;
            if fate.any(Fate::LIVE) && returned.contains(ob) {
                fate = fate.without(Fate::LIVE).with(Fate::RETURNED);
            }
            let error = error || standing.failed == Some(true);
            match ob {
                Ob::Res(id) => self.ending(*id, fate, standing.dropped, error),
                Ob::Param(index) => {
                    let slot = self.out.params.get_mut(usize::from(*index));
                    if let Some(param) = slot {
                        let side = if error {
                            &mut param.badly
                        } else {
                            &mut param.well
                        };
                        *side = side.with(fate);
                        param.dropped = param.dropped.max(standing.dropped);
                    }
                }
            }
        }
    }

    pub(super) fn ending(
        &mut self,
        id: super::value::ResId,
        fate: Fate,
        dropped: Option<Span>,
        error: bool,
    ) {
        self.out.endings.entry(id).or_default().insert(Ending {
            fate,
            dropped,
            error,
        });
    }

    /// Notes that something happened to a client or resource, and where.
    pub(super) fn happens(&mut self, of: Traced, fate: Fate, at: Span, field: Option<FieldKey>) {
        self.steps.insert(Step {
            of,
            fate,
            at,
            statement: self.at,
            field,
        });
    }

    pub(super) fn site(&self, at: (u32, u32)) -> SiteKey {
        (self.id, at)
    }
}

/// The locals that are only ever a reference to one place, with that place; `None` for those that are something else too.
fn references(body: &Body) -> FxHashMap<Local, Option<Place>> {
    let mut out: FxHashMap<Local, Option<Place>> = FxHashMap::default();
    for stmt in body.blocks.iter().flat_map(|b| &b.stmts) {
        match &stmt.kind {
            StmtKind::Assign(to, Rvalue::Ref { place, .. }) if to.proj.is_empty() => {
                out.entry(to.local)
                    .and_modify(|known| {
                        if known.as_ref() != Some(place) {
                            *known = None;
                        }
                    })
                    .or_insert_with(|| Some(place.clone()));
            }
            StmtKind::Assign(to, _) if to.proj.is_empty() => {
                out.insert(to.local, None);
            }
            StmtKind::Call(to, _) | StmtKind::Await(to, _) => {
                out.insert(*to, None);
            }
            StmtKind::Assign(..) | StmtKind::StorageDead(_) => {}
        }
    }
    out
}

fn awaits_send(value: &Value, site: SiteKey) -> bool {
    use super::value::Work;
    value.things.iter().any(
        |(t, _)| matches!(t, Thing::Future(f) if matches!(&f.work, Work::Send(s, _) if *s == site)),
    )
}
