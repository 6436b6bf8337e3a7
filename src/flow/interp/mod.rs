//! The abstract interpreter: runs one body over its ways and writes down what it does.

mod branch;
mod call;
mod effect;
mod end;
mod future;
mod place;
mod rvalue;

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::{FxHashMap, FxHashSet};

use super::cx::Cx;
use super::options;
use super::state::{Standing, State, Ways};
use super::tables::{BodyOut, Fate, FieldKey, Manner, ParamOut, Part, Since, Step, Tables, Traced};
use super::value::{ClientSrc, Ob, Own, Shape, SiteKey, Slots, Thing, Value, VariantId};
use crate::ir::body::{BlockId, Body, Local, Place, RETURN, Stmt, StmtKind, Terminator};
use crate::resolve::def::BodyId;
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
    /// How what is being run is run.
    running: Running,
    /// Futures made for a once-guard: whoever awaits them, they run once.
    pub(super) once: FxHashSet<BodyId>,
    /// Locals that are references, worked out when first asked for.
    lent: OnceCell<FxHashMap<Local, Option<Place>>>,
    /// What more than one branch asks.
    questions: branch::Questions,
    /// Calls that give out a struct with a request in it, by whom, in which field, and what is written there on all ways.
    made: BTreeMap<SiteKey, (BodyId, FieldKey, Since)>,
    /// A way that ends well was followed to its end.
    ended_well: bool,
}

/// How the work of a future is run.
#[derive(Clone, Copy, Default)]
struct Running {
    /// As a task of its own.
    aside: bool,
    /// Adaptors take what comes out of it.
    adapted: bool,
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
        running: Running::default(),
        once: FxHashSet::default(),
        lent: OnceCell::new(),
        questions: branch::Questions::of(cx, id, types),
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
        self.note_kept_on(&ways);
    }

    /// What enters a loop without exit is not seen at any end: what was settled by then stays so.
    fn note_kept_on(&mut self, ways: &BTreeMap<BlockId, Ways>) {
        let body = self.body;
        for of in body.loops.iter().filter(|l| body.is_endless(l)) {
            for state in ways.get(&of.head).into_iter().flat_map(Ways::all) {
                self.kept_on(state);
            }
        }
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
                let output = self.requests_of_code(output, self.ty(*dest), (self.id, at));
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
        let (output, inside) = output.parted(|thing| match thing {
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
            Terminator::Select {
                arms,
                otherwise,
                at_once,
            } => self.select(&state, arms, *otherwise, *at_once),
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

    pub(super) fn span_of(&self, local: Local) -> Span {
        self.body
            .locals
            .get(local.0 as usize)
            .map_or(self.body.span, |l| l.span)
    }

    /// Notes what the body does to one of its parameters or captures.
    fn does_to(&mut self, index: u16, what: impl FnOnce(&mut ParamOut)) {
        if let Some(param) = self.out.params.get_mut(usize::from(index)) {
            what(param);
        }
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
