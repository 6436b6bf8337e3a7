//! Follows values through bodies: resources with bounds and outcomes.
//!
//! Each body is run over its ways by the interpreter and leaves a [`tables::BodyOut`]: what it returns in terms of its
//! parameters, what it does to them, which bodies it runs, which requests it sends, how what it acquired ends. Bodies are
//! run in rounds until nothing grows; what all of them say together becomes [`resource::Resources`].

mod bases;
mod bounds;
mod carried;
mod context;
pub mod cx;
mod entries;
pub mod facts;
mod interp;
mod learned;
mod options;
mod outcome;
mod owned;
mod remedy;
pub mod resource;
mod state;
pub mod tables;
mod tasks;
mod turns;
pub mod value;
mod wrappers;
mod writes;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::guard::{Fault, guard};
use crate::ir::body::BodyKind;
use crate::resolve::def::DefId;
use crate::resolve::def::{BodyId, DefKind, Origin, Program};
use crate::resolve::infer::{self, BodyTypes};
use crate::resolve::sig::Types;
use crate::resolve::ty::{TraitRef, Ty};
use crate::source::Span;
use cx::Cx;
use facts::Facts;
use learned::{Options, Replaced, Wrappers};
use resource::Resources;
use tables::{Part, Tables};

/// Rounds over all bodies. Most programs are done after four; an oscillation ends here, and what it left is what is known.
const ROUNDS: usize = 10;

/// Over so many functions is handed on what decides how a client is built.
const HANDED_ON: usize = 4;

/// Finds all resources of a program; of the place that is asked about, also where each call leads.
pub fn analyze(
    program: &Program<'_>,
    types: &Types,
    facts: &Facts<'_>,
    inferred: Inferred,
    asked: Option<Span>,
) -> Resources {
    let Inferred { bodies, mut faults } = inferred;
    let mut cx = Cx {
        program,
        types,
        facts,
        bodies,
        options: Options::default(),
        wrappers: Wrappers::default(),
        replaced: Replaced::default(),
    };
    cx.wrappers = wrappers::learn(&cx);
    cx.options = options::learn(&cx);
    cx.replaced = bases::learn(&cx);
    let order = relevant(&cx);
    let mut tables = Tables::default();
    run_all(&cx, &mut tables, &order, &mut faults);
    let mut resources = outcome::resources(&cx, &tables, &order, asked);
    faults.sort_by_key(|(span, _)| *span);
    resources.faults = faults;
    resources
}

/// Runs bodies in rounds, in a second and later round only those that read something that changed since they ran.
fn run_all(
    cx: &Cx<'_, '_, '_>,
    tables: &mut Tables,
    order: &[BodyId],
    faults: &mut Vec<(Span, Fault)>,
) {
    let mut rounds = Rounds {
        cx,
        order,
        due: order.iter().copied().collect(),
        failed: FxHashSet::default(),
        readers: FxHashMap::default(),
        anew: FxHashSet::default(),
    };
    rounds.settle(tables, faults);
    // Who makes a client by what callers give tells them apart; then so does who hands that on.
    let mut split = tables.undecided();
    for _ in 0..HANDED_ON {
        split.retain(|id| !tables.is_split(*id));
        if split.is_empty() {
            break;
        }
        tables.split(split);
        rounds.due.extend(tables.all_split());
        rounds.wake(tables);
        rounds.settle(tables, faults);
        split = tables.take_handing_on();
    }
    rounds.last(tables);
}

/// The work of running bodies until nothing grows.
struct Rounds<'x, 'p, 'a, 'c> {
    cx: &'x Cx<'p, 'a, 'c>,
    order: &'x [BodyId],
    due: FxHashSet<BodyId>,
    failed: FxHashSet<BodyId>,
    readers: FxHashMap<Part, FxHashSet<BodyId>>,
    anew: FxHashSet<BodyId>,
}

impl Rounds<'_, '_, '_, '_> {
    fn settle(&mut self, tables: &mut Tables, faults: &mut Vec<(Span, Fault)>) {
        for _ in 0..ROUNDS {
            for id in self.order {
                if !self.due.remove(id) || self.failed.contains(id) {
                    continue;
                }
                match guard(|| run_body(self.cx, tables, *id)) {
                    Ok(read) => {
                        // What requests go through is found anew in the last round.
                        if tables.take_wrote_anew() || read.iter().any(Part::is_found_anew) {
                            self.anew.insert(*id);
                        }
                        for part in read {
                            self.readers.entry(part).or_default().insert(*id);
                        }
                    }
                    Err(fault) => {
                        self.failed.insert(*id);
                        faults.push((self.cx.body(*id).span, fault));
                    }
                }
                self.wake(tables);
            }
            if self.due.is_empty() {
                break;
            }
        }
    }

    /// Who read what changed since is to run again.
    fn wake(&mut self, tables: &mut Tables) {
        for part in tables.take_changed() {
            self.due
                .extend(self.readers.get(&part).into_iter().flatten());
        }
    }

    fn last(mut self, tables: &mut Tables) {
        tables.begin_last_round();
        // The others would only say again what they said.
        self.due.extend(&self.anew);
        for id in self.order {
            if self.due.contains(id) && !self.failed.contains(id) {
                // A body that fails only now keeps what it was known to do.
                drop(guard(|| run_body(self.cx, tables, *id)));
                self.wake(tables);
            }
        }
    }
}

/// Runs a body; returns what it read.
fn run_body(cx: &Cx<'_, '_, '_>, tables: &mut Tables, id: BodyId) -> FxHashSet<Part> {
    let (out, read) = interp::run(cx, tables, id);
    let info = cx.program.body(id);
    if info.body.kind == BodyKind::Init
        && let DefKind::Static { .. } = cx.program.def(info.owner).kind
    {
        tables.store_static(info.owner, &out.ret);
    }
    tables.set_body(id, out);
    read
}

/// The types of all bodies, and the bodies on which we failed.
#[derive(Debug, Default)]
pub struct Inferred {
    bodies: FxHashMap<BodyId, BodyTypes>,
    faults: Vec<(Span, Fault)>,
}

/// Types of all bodies. Inference of one body rests on nothing but signatures, so bodies are inferred side by side.
pub fn infer_all(program: &Program<'_>, types: &Types) -> Inferred {
    let roots: Vec<BodyId> = (0..program.bodies.len() as u32)
        .map(BodyId)
        .filter(|id| program.body(*id).parent.is_none())
        .filter(|id| {
            matches!(
                program.krate(program.body(*id).krate).origin,
                Origin::Local(_)
            )
        })
        .collect();
    let parts: Vec<_> = roots
        .par_iter()
        .map(|id| (*id, guard(|| infer::infer(program, types, *id))))
        .collect();
    let mut out = Inferred::default();
    for (id, part) in parts {
        match part {
            Ok(types) => out.bodies.extend(types),
            Err(fault) => out.faults.push((program.body(id).body.span, fault)),
        }
    }
    out
}

/// The bodies that can matter: those that touch a type or function of the catalogue with a role or fact, and, step by step,
/// those that call or are written in one of them. What only answers questions, constants, and what hands on whatever it is
/// given, can matter to these and to nobody else. Inner bodies come before the ones they are written in.
fn relevant(cx: &Cx<'_, '_, '_>) -> Vec<BodyId> {
    let mut ids: Vec<BodyId> = cx.bodies.keys().copied().collect();
    ids.sort_unstable();
    let holders = holders(cx);
    let mut graph = CallGraph::default();
    let (mut core, mut answering): (Vec<BodyId>, Vec<BodyId>) = (Vec::new(), Vec::new());
    let mut makers: FxHashSet<BodyId> = FxHashSet::default();
    let mut runners: FxHashSet<BodyId> = FxHashSet::default();
    for id in &ids {
        let Some(types) = cx.bodies.get(id) else {
            continue;
        };
        if let Some(parent) = cx.program.body(*id).parent {
            graph.add(parent, *id);
        }
        let mut acts = types
            .locals
            .iter()
            .any(|t| cx.facts.role_in(t, |_| true).is_some());
        acts = acts || types.locals.iter().any(|t| holds_one_of(t, &holders));
        // A const's value may matter wherever it is named.
        let mut answers = cx.body(*id).kind == BodyKind::Init;
        for target in types.calls.values().chain(types.paths.values()) {
            let Some(def) = target.def else { continue };
            for fact in cx.facts_of(def) {
                acts |= !fact.only_answers();
                answers = true;
            }
            for body in called_bodies(cx, def) {
                graph.add(*id, body);
            }
        }
        // Which of the optional settings it makes are given may matter to who calls it.
        let makes = |ty| cx.has_optional(ty) || cx.is_option(ty) && cx.is_setting(ty);
        if types.locals.first().is_some_and(makes) {
            makers.insert(*id);
        }
        // What it runs of its callers' code, and within what, matters to who passes some.
        let mut params = cx.body(*id).params.iter().map(|p| types.local(*p));
        if params.any(|ty| ty.any(&mut |t| cx.is_code(t))) {
            runners.insert(*id);
        }
        if acts {
            core.push(*id);
        } else if answers {
            answering.push(*id);
        }
    }
    let mut chosen = reached(core, &graph.callers, |_| true);
    let asking = reached(answering, &graph.callers, |_| true);
    let below = chosen.iter().copied().collect();
    let may_matter = |id| {
        asking.contains(&id) || makers.contains(&id) || runners.contains(&id) || passes_on(cx, id)
    };
    chosen.extend(reached(below, &graph.callees, may_matter));
    // Closures of a chosen body are run with it.
    for id in &ids {
        if cx
            .program
            .body(*id)
            .parent
            .is_some_and(|p| chosen.contains(&p))
        {
            chosen.insert(*id);
        }
    }
    callees_first(cx, &chosen)
}

/// Whether a function may hand on a value that it does not know the type of: back to its caller, as it is or in something
/// else, or into its receiver. What it is called on may come back as well: `fn log_error(self) -> Self` of any result.
fn passes_on(cx: &Cx<'_, '_, '_>, id: BodyId) -> bool {
    let info = cx.program.body(id);
    let Some(sig) = cx.types.sigs.get(&info.owner) else {
        return false;
    };
    if info.parent.is_some() {
        return false;
    }
    let receiver = sig.params.first().filter(|_| sig.has_self);
    let names = |of: &Ty, one: &Ty| of.any(&mut |t| t == one);
    sig.params.iter().enumerate().any(|(at, ty)| {
        let given = at > 0 || !sig.has_self;
        ty.any(&mut |t| {
            matches!(t, Ty::Param(_))
                && (names(&sig.ret, t) || given && receiver.is_some_and(|r| names(r, t)))
        })
    })
}

/// What runs where a function is called: its body, or those of all impls in sight where it is a trait's.
fn called_bodies(cx: &Cx<'_, '_, '_>, def: DefId) -> Vec<BodyId> {
    let body_of = |def| crate::resolve::sig::body_of(cx.program, def);
    if let Some(body) = body_of(def) {
        return vec![body];
    }
    if !cx.program.is_local(def) || !matches!(cx.program.def(def).kind, DefKind::Fn { .. }) {
        return Vec::new();
    }
    let impls = cx.lookup().implementors(def).into_iter();
    impls.filter_map(body_of).collect()
}

/// Who runs whom, and who is written in whom.
#[derive(Default)]
struct CallGraph {
    callers: FxHashMap<BodyId, Vec<BodyId>>,
    callees: FxHashMap<BodyId, Vec<BodyId>>,
}

impl CallGraph {
    fn add(&mut self, caller: BodyId, callee: BodyId) {
        self.callers.entry(callee).or_default().push(caller);
        self.callees.entry(caller).or_default().push(callee);
    }
}

/// What these lead to, they themselves included, on ways through what is wanted.
fn reached(
    from: Vec<BodyId>,
    edges: &FxHashMap<BodyId, Vec<BodyId>>,
    wanted: impl Fn(BodyId) -> bool,
) -> FxHashSet<BodyId> {
    let mut work = from;
    let mut found: FxHashSet<BodyId> = FxHashSet::default();
    while let Some(id) = work.pop() {
        if found.insert(id) {
            let next = edges.get(&id).into_iter().flatten().copied();
            work.extend(next.filter(|id| wanted(*id)));
        }
    }
    found
}

/// The bodies, each behind those that it calls or that are written in it, as far as they do not call each other in circles:
/// so most of what a body asks for is known when it is run.
fn callees_first(cx: &Cx<'_, '_, '_>, chosen: &FxHashSet<BodyId>) -> Vec<BodyId> {
    let mut inside: FxHashMap<BodyId, Vec<BodyId>> = FxHashMap::default();
    let mut ids: Vec<BodyId> = chosen.iter().copied().collect();
    ids.sort_unstable_by(|a, b| b.cmp(a));
    for id in &ids {
        if let Some(parent) = cx.program.body(*id).parent {
            inside.entry(parent).or_default().push(*id);
        }
    }
    let next = |id: BodyId| {
        let mut next = inside.get(&id).cloned().unwrap_or_default();
        if let Some(types) = cx.bodies.get(&id) {
            let mut called: Vec<BodyId> = types
                .calls
                .values()
                .chain(types.paths.values())
                .filter_map(|t| t.def)
                .flat_map(|def| called_bodies(cx, def))
                .filter(|b| chosen.contains(b))
                .collect();
            called.sort_unstable();
            called.dedup();
            next.extend(called);
        }
        next
    };
    let mut order = Vec::with_capacity(ids.len());
    let mut seen: FxHashSet<BodyId> = FxHashSet::default();
    for id in &ids {
        if !seen.insert(*id) {
            continue;
        }
        let mut open = vec![(*id, next(*id))];
        while let Some((at, rest)) = open.last_mut() {
            match rest.pop() {
                Some(callee) if seen.insert(callee) => open.push((callee, next(callee))),
                Some(_) => {}
                None => {
                    order.push(*at);
                    open.pop();
                }
            }
        }
    }
    order
}

/// The user's types that hold something with a role in a field, or a type that does, and the traits that stand for one:
/// `Arc<dyn Trait>` may be a client if the trait is implemented for one.
fn holders(cx: &Cx<'_, '_, '_>) -> FxHashSet<DefId> {
    let mut found: FxHashSet<DefId> = FxHashSet::default();
    loop {
        let before = found.len();
        for (def, fields) in &cx.types.fields {
            let owner = cx.owner(*def);
            if !cx.program.is_local(*def) || found.contains(&owner) {
                continue;
            }
            let holds = fields.iter().any(|(_, ty)| {
                cx.facts.role_in(ty, |_| true).is_some() || holds_one_of(ty, &found)
            });
            if holds {
                found.insert(owner);
            }
        }
        for info in &cx.types.impls {
            let local = |of: &&TraitRef| cx.program.is_local(of.trait_def);
            if let Some(of) = info.of_trait.as_ref().filter(local)
                && (cx.facts.role_in(&info.self_ty, |_| true).is_some()
                    || holds_one_of(&info.self_ty, &found))
            {
                found.insert(of.trait_def);
            }
        }
        if found.len() == before {
            return found;
        }
    }
}

/// Whether a type is made of one of these types, or says no more of itself than one of these traits.
fn holds_one_of(ty: &Ty, of: &FxHashSet<DefId>) -> bool {
    ty.any(&mut |t| match t {
        Ty::Adt(def, _) => of.contains(def),
        Ty::Bounded(bounds) => bounds.iter().any(|b| of.contains(&b.trait_def)),
        _ => false,
    })
}
