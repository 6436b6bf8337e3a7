//! What stands around a spawn: whether it happens once, at start-up, or again and again.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashSet;

use super::graph::{asked, block, block_of, derived, result_at, turning};
use crate::catalog::schema::Role;
use crate::flow::context::Contexts;
use crate::flow::cx::Cx;
use crate::flow::entries::{is_entry, trait_impl};
use crate::flow::tables::{Edge, ResRec, Tables};
use crate::flow::value::SiteKey;
use crate::ir::body::{
    BlockId, BodyKind, Lit, Local, LoopId, LoopKind, Operand, Rvalue, StmtKind, Terminator,
};
use crate::ir::item::Receiver;
use crate::resolve::def::{BodyId, CrateId, DefId, DefKind, LocalCrate, Origin};
use crate::resolve::ty::Ty;
use crate::source::Span;

/// Longest chain of callers that is asked.
const DEPTH: u32 = 12;

/// Answers about where a body stands in the run.
pub(in crate::flow) struct Around<'x, 'p, 'a, 'c> {
    pub(super) cx: &'x Cx<'p, 'a, 'c>,
    pub(super) tables: &'x Tables,
    contexts: &'x Contexts,
    /// Libraries that a program of the same package uses, worked out when first asked for.
    with_program: OnceCell<FxHashSet<CrateId>>,
}

impl<'x, 'p, 'a, 'c> Around<'x, 'p, 'a, 'c> {
    pub(in crate::flow) fn new(
        cx: &'x Cx<'p, 'a, 'c>,
        tables: &'x Tables,
        contexts: &'x Contexts,
    ) -> Self {
        Around {
            cx,
            tables,
            contexts,
            with_program: OnceCell::new(),
        }
    }
}

/// A spawn: where it stands, and the call that was handed the task's handle if it stands in a function that hands it out. Such a
/// function has other callers, who say nothing about this task.
pub(super) struct Spawn {
    at: SiteKey,
    handed: Option<Handed>,
}

/// The call that is handed a handle, and the bodies that it runs.
struct Handed {
    to: SiteKey,
    inside: FxHashSet<BodyId>,
}

/// A loop without a known end around a spawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::flow) struct Unbounded {
    /// The loop.
    pub(in crate::flow) at: Span,
    /// It is known to have no end; else it is as long as something we cannot see.
    pub(in crate::flow) sure: bool,
}

impl Around<'_, '_, '_, '_> {
    /// The spawn at `at`, whose handle the call at `to` is handed.
    pub(super) fn spawn(&self, to: SiteKey, at: SiteKey) -> Spawn {
        let handed = (to != at).then(|| Handed {
            to,
            inside: self.run_by(to),
        });
        Spawn {
            at,
            handed: handed.filter(|h| h.inside.contains(&at.0)),
        }
    }

    /// The bodies that a call runs.
    fn run_by(&self, call: SiteKey) -> FxHashSet<BodyId> {
        let edges = |id: BodyId| {
            let body = self.tables.bodies.get(&id);
            body.into_iter().flat_map(|b| &b.edges)
        };
        let called = edges(call.0).filter(|e| e.at == call);
        let mut work: Vec<BodyId> = called.map(|e| e.callee).collect();
        let mut seen = FxHashSet::default();
        while let Some(id) = work.pop() {
            if seen.insert(id) {
                work.extend(edges(id).map(|e| e.callee));
            }
        }
        seen
    }

    /// The calls of a body that may lead to the spawn.
    fn callers(&self, id: BodyId, spawn: &Spawn) -> impl Iterator<Item = &Edge> {
        let handed = spawn.handed.as_ref().filter(|h| h.inside.contains(&id));
        let on_the_way = move |caller: &BodyId, edge: &Edge| {
            handed.is_none_or(|h| edge.at == h.to || h.inside.contains(caller))
        };
        let callers = self.contexts.callers(id).iter();
        callers
            .filter(move |(caller, edge)| !self.is_test(*caller) && on_the_way(caller, edge))
            .map(|(_, edge)| edge)
    }

    /// Whether a spawn happens per request, tick or item.
    pub(super) fn repeated(&self, spawn: &Spawn) -> bool {
        self.repeats(spawn, true)
    }

    /// The same without the lists that are gone through: what they hold, a configuration's entries as a rule, may be few
    /// and known when the process starts.
    pub(super) fn unlisted(&self, spawn: &Spawn) -> bool {
        self.repeats(spawn, false)
    }

    fn repeats(&self, spawn: &Spawn, lists: bool) -> bool {
        // What is called again and again may spawn once, behind a guard: its call says something all the same.
        let to = spawn.handed.as_ref().map(|h| h.to);
        let sites = to.into_iter().chain([spawn.at]);
        sites
            .into_iter()
            .any(|at| self.repeated_at(at, spawn, lists, DEPTH, &mut BTreeSet::new()))
    }

    fn repeated_at(
        &self,
        site: SiteKey,
        spawn: &Spawn,
        lists: bool,
        depth: u32,
        seen: &mut BTreeSet<BodyId>,
    ) -> bool {
        let body = self.cx.body(site.0);
        let turns = turning(body, block_of(body, site.1))
            .into_iter()
            .any(|l| self.turns_often(site.0, l, lists));
        if turns {
            return true;
        }
        if depth == 0 || !seen.insert(site.0) || self.is_once(site) {
            return false;
        }
        if self.is_handler(site.0) {
            return true;
        }
        self.callers(site.0, spawn).any(|edge| {
            lists && self.per_item(edge.at)
                || self.repeated_at(edge.at, spawn, lists, depth - 1, seen)
        })
    }

    /// Whether a loop turns as often as there is work; a count (`0..n`) is a decision.
    fn turns_often(&self, id: BodyId, of: LoopId, lists: bool) -> bool {
        let body = self.cx.body(id);
        let Some(found) = body.loops.get(of.0 as usize) else {
            return false;
        };
        match found.kind {
            LoopKind::Loop | LoopKind::While => true,
            LoopKind::For => lists && !self.iterated(id, of).is_some_and(|ty| self.is_count(&ty)),
        }
    }

    /// What a `for` loop goes over.
    fn iterated(&self, id: BodyId, of: LoopId) -> Option<Ty> {
        let body = self.cx.body(id);
        let head = body.loops.get(of.0 as usize)?.head;
        match &block(body, head)?.term {
            Terminator::Next { iter, .. } => Some(self.cx.bodies.get(&id)?.local(*iter).clone()),
            _ => None,
        }
    }

    /// Whether it is a range of numbers, or an array.
    fn is_count(&self, ty: &Ty) -> bool {
        let range = |t: &Ty| matches!(t, Ty::Adt(def, _) if self.cx.types.known.is_range(*def));
        matches!(ty.peel_refs(), Ty::Slice(_)) && !matches!(ty, Ty::Ref(_))
            || ty.any(&mut |t| range(t))
    }

    /// A closure that an iterator's or stream's adaptor calls per item.
    fn per_item(&self, site: SiteKey) -> bool {
        let Some(target) = self
            .cx
            .bodies
            .get(&site.0)
            .and_then(|t| t.calls.get(&site.1))
        else {
            return false;
        };
        let known = self.cx.types.known;
        let of = target.def.and_then(|d| self.cx.declared_by(d));
        of.is_some() && of == known.iterator && !self.is_count(&target.self_ty)
    }

    fn is_test(&self, id: BodyId) -> bool {
        self.cx.program.body(id).in_test
    }

    /// A function that a framework calls per request or command.
    fn is_handler(&self, id: BodyId) -> bool {
        self.contexts.is_handler(self.cx, id)
    }

    /// Whether what stands here happens at most once per process by itself: behind a once-guard, in a static's value.
    fn is_once(&self, site: SiteKey) -> bool {
        let body = self.cx.body(site.0);
        if body.kind == BodyKind::Init {
            return true;
        }
        let by_cell = |at| self.cx.facts_at(at).iter().any(|f| f.once.is_some());
        let callers = self.contexts.callers(site.0);
        if !callers.is_empty() && callers.iter().all(|(_, edge)| by_cell(edge.at)) {
            return true;
        }
        self.behind_a_flag(site)
    }

    /// Whether a flag that only the first finds unset decides about the way to here.
    fn behind_a_flag(&self, site: SiteKey) -> bool {
        let body = self.cx.body(site.0);
        let Some(types) = self.cx.bodies.get(&site.0) else {
            return false;
        };
        let here = block_of(body, site.1);
        if self.behind_what_runs_once(site.0, here) {
            return true;
        }
        body.blocks.iter().enumerate().any(|(index, found)| {
            found.stmts.iter().enumerate().any(|(nth, stmt)| {
                let StmtKind::Call(dest, _) = &stmt.kind else {
                    return false;
                };
                let first = types
                    .calls
                    .get(&(index as u32, nth as u32))
                    .and_then(|t| t.def)
                    .is_some_and(|d| self.cx.facts_of(d).iter().any(|f| f.first));
                first && {
                    let of = derived(body, *dest);
                    body.blocks.iter().any(|b| {
                        let ways = b.term.successors();
                        let reach =
                            |from: BlockId| body.reaches(from, |at, _| at == here, |_| false);
                        ways.len() > 1
                            && asked(&b.term).is_some_and(|l| of.contains(&l))
                            && ways.iter().any(|w| reach(*w))
                            && !ways.iter().all(|w| reach(*w))
                    })
                }
            })
        })
    }

    /// Whether the way to here is that of a truth which only code that runs once makes one: `call_once(|| first = true)`.
    fn behind_what_runs_once(&self, id: BodyId, here: BlockId) -> bool {
        let body = self.cx.body(id);
        let once = |at| self.cx.facts_at((id, at)).iter().any(|f| f.once.is_some());
        let given = body.placed().filter_map(|(at, stmt)| match &stmt.kind {
            StmtKind::Call(_, call) if once(at) => {
                Some(call.args.iter().filter_map(Operand::local))
            }
            _ => None,
        });
        let given: Vec<Local> = given.flatten().collect();
        let made = |flag: Local| {
            let code = self.cx.program.captures(id, flag);
            let by_once = code.iter().any(|(child, inner)| {
                is_given(self.cx, id, *child, &given) && self.only_says(*child, *inner, true)
            });
            by_once && self.only_says(id, flag, false)
        };
        let reach = |from: BlockId| body.reaches(from, |at, _| at == here, |_| false);
        body.blocks.iter().any(|b| match &b.term {
            Terminator::If {
                cond: Operand::Use(flag),
                then,
                otherwise,
            } => flag.proj.is_empty() && reach(*then) && !reach(*otherwise) && made(flag.local),
            _ => false,
        })
    }

    /// Whether all that a body writes to a local is this one truth.
    fn only_says(&self, id: BodyId, local: Local, truth: bool) -> bool {
        let said = Rvalue::Use(Operand::Lit(Lit::Bool(truth)));
        let mut writes = self.cx.body(id).writes(local).peekable();
        writes.peek().is_some()
            && writes.all(|(_, w)| matches!(w, StmtKind::Assign(_, value) if *value == said))
    }

    /// Whether a spawn happens once, when the process starts (or once per process): in `main` or a function only `main` leads
    /// to, outside any loop; under a once-guard; in a static's value.
    pub(super) fn at_startup(&self, spawn: &Spawn) -> bool {
        self.startup_at(spawn.at, spawn, DEPTH, &mut BTreeMap::new())
    }

    fn startup_at(
        &self,
        site: SiteKey,
        spawn: &Spawn,
        depth: u32,
        known: &mut BTreeMap<BodyId, bool>,
    ) -> bool {
        let body = self.cx.body(site.0);
        if self.is_once(site) {
            return true;
        }
        if depth == 0 || !turning(body, block_of(body, site.1)).is_empty() {
            return false;
        }
        let info = self.cx.program.body(site.0);
        if info.parent.is_none() && self.in_main(site.0) {
            return true;
        }
        // What calls itself runs more than once; what is called from two places of one function is asked about once.
        if let Some(known) = known.get(&site.0) {
            return *known;
        }
        known.insert(site.0, false);
        let handed = spawn.handed.as_ref();
        if handed.is_none_or(|h| !h.inside.contains(&site.0)) && self.called_from_elsewhere(site.0)
        {
            return false;
        }
        if self.started_by_an_object(site.0, spawn) {
            return false;
        }
        let mut callers = self.callers(site.0, spawn).peekable();
        let only_at_startup = callers.peek().is_some()
            && callers.all(|edge| {
                !self.per_item(edge.at) && self.startup_at(edge.at, spawn, depth - 1, known)
            });
        known.insert(site.0, only_at_startup);
        only_at_startup
    }

    /// Whether more than one of the functions that an object of a library offers leads here: each object starts what it needs
    /// when it is first asked for something, and a `main` in sight says nothing of how many objects there are.
    fn started_by_an_object(&self, id: BodyId, spawn: &Spawn) -> bool {
        let program = self.cx.program;
        let outermost = |id: BodyId| program.body(program.outward(id).last().unwrap_or(id)).owner;
        let offered = |owner: &DefId| {
            let asked = match &program.def(*owner).kind {
                DefKind::Fn { item, .. } => {
                    matches!(item.receiver, Some(Receiver::Ref | Receiver::RefMut))
                }
                _ => false,
            };
            asked && program.is_exported(*owner)
        };
        let callers = self.callers(id, spawn);
        let offered: BTreeSet<DefId> = callers
            .map(|edge| outermost(edge.at.0))
            .filter(offered)
            .collect();
        offered.len() > 1
    }

    /// Whether callers out of sight may run a body, once or often.
    fn called_from_elsewhere(&self, id: BodyId) -> bool {
        let is_root =
            || self.tables.roots.contains(&id) && self.cx.program.body(id).parent.is_none();
        // What calls `default()` names the type, in a static's value mostly.
        let dispatched = self.of_trait(id) && !self.of_default(id);
        self.is_handler(id) || dispatched || is_root()
    }

    fn is_program(&self, id: BodyId) -> bool {
        let krate = self.cx.program.body(id).krate;
        matches!(
            &self.cx.program.krate(krate).origin,
            Origin::Local(LocalCrate { is_lib: false, .. })
        )
    }

    /// Whether a body's function is called from where we do not see: what it is given may be anything.
    pub(super) fn is_entry(&self, id: BodyId) -> bool {
        let at = self.cx.program.outward(id).last().unwrap_or(id);
        is_entry(self.cx, at) || self.contexts.callers(at).is_empty()
    }

    /// Whether a body stands in a library that no program of the run calls: nobody in sight says how often it runs. One
    /// that its own package's program uses is that program's first, whether or not the way from its `main` is in sight.
    pub(super) fn in_library(&self, id: BodyId) -> bool {
        !self.is_program(id)
            && !self.contexts.is_reached(id, |from| self.in_main(from))
            && !self
                .have_a_program()
                .contains(&self.cx.program.body(id).krate)
    }

    /// The libraries of which a program of the same package calls something.
    fn have_a_program(&self) -> &FxHashSet<CrateId> {
        self.with_program.get_or_init(|| {
            let program = self.cx.program;
            let local = |krate: CrateId| match &program.krate(krate).origin {
                Origin::Local(local) => Some(local),
                Origin::Catalog { .. } => None,
            };
            let mut out = FxHashSet::default();
            for (body, types) in &self.cx.bodies {
                let Some(own) = local(program.body(*body).krate) else {
                    continue;
                };
                if own.is_lib || own.is_build || self.is_test(*body) {
                    continue;
                }
                let targets = types.calls.values().chain(types.paths.values());
                let named = targets.filter_map(|t| Some(program.def(t.def?).krate));
                let is_own =
                    |krate: &CrateId| local(*krate).is_some_and(|l| l.package == own.package);
                out.extend(named.filter(is_own));
            }
            out
        })
    }

    /// Whether a body is a program's `main`, or stands in it.
    fn in_main(&self, id: BodyId) -> bool {
        let owner = self.cx.program.body(id).owner;
        self.cx.program.def(owner).name == "main" && self.is_program(id)
    }

    fn of_trait(&self, id: BodyId) -> bool {
        trait_impl(self.cx.program, self.cx.program.body(id).owner).is_some()
    }

    /// Whether a body is of `impl Default`.
    fn of_default(&self, id: BodyId) -> bool {
        let owner = self.cx.program.def(self.cx.program.body(id).owner);
        let of = owner.parent.and_then(|p| self.cx.types.trait_of_impl(p));
        of.is_some_and(|t| Some(t.trait_def) == self.cx.types.known.default)
    }

    /// Whether a body is of a function whose signature somebody else wrote: an impl of a trait that is not the user's.
    pub(super) fn for_foreign_trait(&self, id: BodyId) -> bool {
        let owner = self.cx.program.def(self.cx.program.body(id).owner);
        let Some(parent) = owner.parent else {
            return false;
        };
        if !self.of_trait(id) {
            return false;
        }
        self.cx
            .types
            .trait_of_impl(parent)
            .is_none_or(|t| !self.cx.program.is_local(t.trait_def))
    }

    /// The loop around a spawn that has no known end, if nothing in it limits how many run.
    pub(in crate::flow) fn unbounded_loop(&self, site: SiteKey) -> Option<Unbounded> {
        let body = self.cx.body(site.0);
        let mut around = turning(body, block_of(body, site.1));
        if around.iter().any(|l| self.limited(site, *l)) {
            return None;
        }
        around.retain(|l| !self.is_done_in_turn(site, *l));
        let found: Vec<Unbounded> = around
            .iter()
            .filter_map(|l| self.unbounded(site.0, *l))
            .collect();
        found
            .iter()
            .find(|u| u.sure)
            .or_else(|| found.first())
            .copied()
    }

    /// The adaptor of an iterator that runs a closure around a spawn for each of its items, if nothing in that closure limits
    /// how many run.
    pub(in crate::flow) fn unbounded_items(&self, site: SiteKey) -> Option<Unbounded> {
        let (program, body) = (self.cx.program, self.cx.body(site.0));
        if !turning(body, block_of(body, site.1)).is_empty() {
            return None;
        }
        let is_code = |id: &BodyId| program.body(*id).parent.is_some();
        let code: Vec<BodyId> = program.outward(site.0).take_while(is_code).collect();
        let limits = |id: &BodyId| self.limits_in(*id, self.cx.body(*id).stmts());
        if code.iter().any(limits) {
            return None;
        }
        let mut runs = code.iter().flat_map(|id| self.contexts.callers(*id));
        let (_, edge) =
            runs.find(|(_, edge)| self.per_item(edge.at) && !self.becomes_stream(edge.at))?;
        Some(Unbounded {
            at: self.cx.call_spans(edge.at).0,
            sure: false,
        })
    }

    /// Whether what an adaptor makes is turned into a stream, which asks for one item after the other.
    fn becomes_stream(&self, adaptor: SiteKey) -> bool {
        let body = self.cx.body(adaptor.0);
        let (Some(types), Some(made)) =
            (self.cx.bodies.get(&adaptor.0), result_at(body, adaptor.1))
        else {
            return false;
        };
        let is_stream = |ty: &Ty| !self.cx.is_future(ty) && self.cx.yields(ty).is_some();
        let mut made = derived(body, made).into_iter();
        made.any(|local| is_stream(types.local(local)))
    }

    /// The loop without a known end around a call of a spawner, which spawns what it is passed, if neither limits how many run.
    pub(in crate::flow) fn unbounded_calls(
        &self,
        call: SiteKey,
        spawned: &ResRec,
    ) -> Option<Unbounded> {
        let spawn = self.spawn(call, spawned.site);
        let handed = spawn
            .handed
            .filter(|_| !spawned.spawned.passed.is_empty())?;
        let limits = |id: &BodyId| self.limits_in(*id, self.cx.body(*id).stmts());
        if handed.inside.iter().any(limits) {
            return None;
        }
        self.unbounded_loop(call)
    }

    fn unbounded(&self, id: BodyId, of: LoopId) -> Option<Unbounded> {
        let body = self.cx.body(id);
        let found = body.loops.get(of.0 as usize)?;
        let sure = match found.kind {
            LoopKind::Loop => true,
            // Whether to go on is asked of something that is waited for.
            LoopKind::While => self.head_waits(id, of),
            LoopKind::For => {
                let ty = self.iterated(id, of)?;
                if self.is_count(&ty) {
                    return None;
                }
                self.cx.role(&ty, Role::Signal).is_some()
            }
        };
        // `while n < 10`: as long as its condition says, which is no item's loop.
        (sure || found.kind == LoopKind::For).then_some(Unbounded {
            at: found.span,
            sure,
        })
    }

    /// Whether the condition of a loop waits for something.
    fn head_waits(&self, id: BodyId, of: LoopId) -> bool {
        let body = self.cx.body(id);
        let Some(found) = body.loops.get(of.0 as usize) else {
            return false;
        };
        let mut at = found.head;
        for _ in 0..8 {
            let Some(here) = block(body, at) else {
                return false;
            };
            for (nth, stmt) in here.stmts.iter().enumerate() {
                let waits = match &stmt.kind {
                    StmtKind::Await(..) => true,
                    StmtKind::Call(..) => {
                        let facts = self.cx.facts_at((id, (at.0, nth as u32)));
                        facts.iter().any(|f| f.signal)
                    }
                    _ => false,
                };
                if waits {
                    return true;
                }
            }
            match &here.term {
                Terminator::Goto(next) => at = *next,
                _ => return false,
            }
        }
        false
    }
}

/// Whether a closure of a body is among these locals.
fn is_given(cx: &Cx<'_, '_, '_>, id: BodyId, closure: BodyId, given: &[Local]) -> bool {
    cx.body(id).assigns().any(|(place, value)| match value {
        Rvalue::Closure(idx) => {
            given.contains(&place.local) && cx.program.child_of(id, *idx) == Some(closure)
        }
        _ => false,
    })
}
