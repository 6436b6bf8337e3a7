//! How long a client lives, and how often it is built anew: a pool that dies with each request is none.

use std::collections::BTreeSet;

use rustc_hash::{FxHashMap, FxHashSet};

use super::Builder;
use crate::catalog::schema::Role;
use crate::flow::context::{Often, Outside, Why};
use crate::flow::resource::{Rebuilt, Repeats, Resources};
use crate::flow::turns::is_in;
use crate::flow::value::{ClientId, ClientSrc, SiteKey};
use crate::ir::body::{
    BlockId, Body, BodyKind, Call, Callee, Local, LoopId, Operand, Place, Proj, Stmt, StmtKind,
    Terminator,
};
use crate::ir::item::Receiver;
use crate::resolve::def::{BodyId, DefId, DefKind};
use crate::resolve::infer::At;
use crate::resolve::sig::body_of;
use crate::resolve::ty::Ty;

/// Deepest chain of functions that hand a client out.
const MOST: usize = 64;

impl Builder<'_, '_, '_, '_> {
    /// Notes for each client, and each one-shot request, where it is built again and again, and dropped.
    pub(super) fn rebuilt(&self, out: &mut Resources, index: &FxHashMap<ClientId, usize>) {
        let sends: Vec<SiteKey> = self.tables.requests.keys().copied().collect();
        for (id, at) in index {
            let Some(client) = out.clients.get_mut(*at) else {
                continue;
            };
            let through = client.requests.iter().filter_map(|r| sends.get(*r));
            let through: Vec<SiteKey> = through.copied().collect();
            // Where each request takes its connection along, no later one could use it.
            if !through.is_empty() && through.iter().all(|at| self.tables.taken.contains(at)) {
                client.pooled = false;
                continue;
            }
            let ends = self.ends(*id);
            // One that is made of nothing is the same for whatever its house is made from: it could be handed in.
            let start = self.tables.clients.get(id.0 as usize).map(|rec| rec.site);
            let own = start.is_none_or(|site| self.depends_on_argument(site));
            let houses = self.houses_end(*id).into_iter().filter_map(|site| {
                let rebuilt = self.rebuilt_at(site, *id, &through)?;
                Some(Rebuilt {
                    housed: true,
                    by_argument: rebuilt.by_argument && own,
                    ..rebuilt
                })
            });
            client.rebuilt = ends
                .iter()
                .filter_map(|site| self.rebuilt_at(*site, *id, &through))
                .chain(houses)
                .collect();
            client.rebuilt.sort();
            client.rebuilt.dedup();
        }
        for ((key, rec), request) in self.tables.requests.iter().zip(&mut out.requests) {
            let shot = rec.request.one_shot();
            let pooled = rec.request.family.and_then(|f| self.cx.facts.family(f));
            let asks = rec.response.is_some() || rec.whole;
            if let Some(shot) = shot
                && asks
                && pooled.is_some_and(|f| f.fact.pooled)
                && !self.is_shared(*key)
                && !self.is_shared(shot)
                && !self.tables.taken.contains(key)
            {
                request.rebuilt = self.repeats(shot, shot, false);
            }
        }
    }

    /// Whether a one-shot call goes through a client that its crate keeps.
    pub(super) fn is_shared(&self, site: SiteKey) -> bool {
        self.cx.facts_at(site).iter().any(|f| f.shared)
    }

    /// The places where a client comes to a body that does not hand it on: the construction itself, or calls of what does.
    pub(super) fn ends(&self, id: ClientId) -> BTreeSet<SiteKey> {
        let mut ends = BTreeSet::new();
        let Some(rec) = self.tables.clients.get(id.0 as usize) else {
            return ends;
        };
        let mut seen: FxHashSet<BodyId> = FxHashSet::default();
        let mut work: Vec<SiteKey> = vec![rec.site];
        while let Some(site) = work.pop() {
            if self.keeps(site.0, id) {
                continue;
            }
            let hands_out = self
                .handed_out
                .get(&id)
                .is_some_and(|b| b.contains(&site.0));
            if !hands_out {
                ends.insert(site);
            } else if seen.len() < MOST && seen.insert(site.0) {
                let calls = self.contexts.callers(site.0).iter();
                // What a once-guard runs is kept by it.
                let calls = calls.filter(|(_, e)| !e.manner.once).map(|(_, e)| e.at);
                work.extend(calls.filter(|at| self.gets(*at, site.0, id)));
            }
        }
        ends
    }

    /// Whether a client is among what a body hands to this caller.
    pub(super) fn gets(&self, at: SiteKey, body: BodyId, id: ClientId) -> bool {
        if !self.tables.is_split(body) {
            return true;
        }
        let wants = self.tables.wanted(body).filter(|w| w.at == at);
        let rets = self.tables.bodies.get(&body).map(|done| &done.rets);
        let mut values = wants.filter_map(|w| rets?.get(&w.variant)).peekable();
        let mut found = values.peek().is_none();
        for value in values {
            value.clients(&mut |source, _| found |= *source == ClientSrc::Client(id));
        }
        found
    }

    /// How a client that comes to a body at this place, and goes no further, is repeated.
    fn rebuilt_at(&self, site: SiteKey, id: ClientId, sends: &[SiteKey]) -> Option<Rebuilt> {
        let done = self.tables.bodies.get(&site.0)?;
        let body = self.cx.body(site.0);
        // What never returns keeps what it built.
        if matches!(body.kind, BodyKind::Init) || body.stays(BlockId(site.1.0)) {
            return None;
        }
        let start = self.tables.clients.get(id.0 as usize)?.site;
        let mut rebuilt = self.repeats(site, start, done.carried.contains(&id))?;
        rebuilt.serves_many = self
            .contexts
            .repeats_below(self.cx, self.tables, site, sends);
        rebuilt.asks_once = self.contexts.asks_once(self.cx, self.tables, site.0, sends);
        Some(rebuilt)
    }

    /// Whether a client outlives the run of a body: it is in a field, a static, or gone where we do not see.
    fn keeps(&self, body: BodyId, id: ClientId) -> bool {
        let done = self.tables.bodies.get(&body);
        done.is_some_and(|d| d.kept.contains(&id))
    }

    /// `site` is where the client comes to the body that drops it, `start` where it is built.
    fn repeats(&self, site: SiteKey, start: SiteKey, carried: bool) -> Option<Rebuilt> {
        let often = if carried {
            // It outlives the turn of the loop it is built in.
            self.contexts.runs(site.0)
        } else {
            self.contexts.often(self.cx, site)
        };
        let around = self.contexts.runs(site.0);
        let (repeats, by) = match often {
            Often::Never | Often::Once => return None,
            Often::Outside(of) => {
                let repeats = match of {
                    Outside::Public => Repeats::Public,
                    Outside::Trait => Repeats::Trait,
                    Outside::Callback => Repeats::Callback,
                    Outside::Unseen => Repeats::Unseen,
                };
                (repeats, None)
            }
            Often::Rests(again) | Often::Paced(again) => (Repeats::Loop, Some(again.at)),
            Often::Again(again) => {
                let repeats = match again.why {
                    Why::Closure => Repeats::Closure,
                    Why::Retry => Repeats::Retry,
                    Why::Loop => Repeats::Loop,
                    Why::Handler => Repeats::Handler,
                };
                (repeats, Some(again.at))
            }
        };
        let info = self.cx.program.body(site.0);
        let owner = self.cx.program.def(info.owner);
        let item = match &owner.kind {
            DefKind::Fn { item, .. } => Some(*item),
            _ => None,
        };
        Some(Rebuilt {
            at: self.cx.call_spans(site).0,
            repeats,
            by,
            rests: matches!(often, Often::Rests(_)),
            paced: matches!(often, Often::Paced(_)),
            direct: site == start
                && match repeats {
                    Repeats::Loop => often != around,
                    Repeats::Handler => self.contexts.is_handler(self.cx, site.0),
                    _ => false,
                },
            within: self.cx.program.path(info.owner),
            in_test: info.in_test,
            // What is used up by the call could not keep a client for the next one.
            has_self: item.is_some_and(|i| !matches!(i.receiver, None | Some(Receiver::Value))),
            takes_request: self.takes_request(site.0),
            by_item: self.depends_on_item(site) || self.given_by_turn(site),
            by_argument: self.depends_on_argument(site),
            housed: false,
            serves_many: false,
            asks_once: false,
        })
    }

    /// Whether one of a function's parameters is a request.
    fn takes_request(&self, body: BodyId) -> bool {
        let params = 0..self.cx.body(body).params.len() as u16;
        let request = |ty: &Ty| self.cx.role(ty.peel_refs(), Role::Request).is_some();
        params
            .into_iter()
            .any(|i| request(&self.cx.param_ty(body, i)))
    }

    /// Whether what is built at a place is built from the item of the loop around it: each turn needs another.
    fn depends_on_item(&self, site: SiteKey) -> bool {
        let body = self.cx.body(site.0);
        self.flows_into(site, &mut FxHashSet::default(), &items(body))
    }

    /// Whether it is built from what each turn of a loop gives to the function around it, wherever a loop calls that.
    fn given_by_turn(&self, site: SiteKey) -> bool {
        let params = self.cx.body(site.0).params.iter().enumerate();
        let which: Vec<usize> = params
            .filter(|(_, local)| {
                let mut tainted = FxHashSet::from_iter([**local]);
                self.flows_into(site, &mut tainted, &|_| false)
            })
            .map(|(index, _)| index)
            .collect();
        if which.is_empty() {
            return false;
        }
        let mut looped = false;
        for at in self.calls_of(site.0) {
            let body = self.cx.body(at.0);
            let block = body.blocks.get(at.1.0 as usize);
            let Some(call) = body.call(at.1) else {
                continue;
            };
            let Some(of) = block.and_then(|b| b.in_loop) else {
                continue;
            };
            let skip = usize::from(matches!(call.callee, Callee::Method { .. }));
            let given = which
                .iter()
                .filter_map(|i| call.args.get(i.checked_sub(skip)?));
            if !given
                .into_iter()
                .any(|arg| self.made_by_turn(at.0, of, arg))
            {
                return false;
            }
            looped = true;
        }
        looped
    }

    /// Where a body is called, or its future made.
    fn calls_of(&self, id: BodyId) -> Vec<SiteKey> {
        let callers = self.contexts.callers(id).iter();
        let mut out: Vec<SiteKey> = callers.clone().map(|(_, e)| e.at).collect();
        for (caller, _) in callers {
            let made = self.tables.bodies.get(caller).into_iter();
            let made = made.flat_map(|b| &b.made).filter(|(c, ..)| *c == id);
            out.extend(made.map(|(_, at, _)| *at));
        }
        out.sort_unstable();
        out.dedup();
        out
    }

    /// Whether an operand is made of the item of a loop, or of what the loop asks a function of the program for. One that only
    /// gives out what is there gives the same with each turn.
    fn made_by_turn(&self, id: BodyId, of: LoopId, operand: &Operand) -> bool {
        let body = self.cx.body(id);
        let Operand::Use(wanted) = operand else {
            return false;
        };
        let is_item = items(body);
        let mut tainted: FxHashSet<Local> = FxHashSet::default();
        let blocks = body.blocks.iter().enumerate();
        for (index, block) in blocks.filter(|(index, _)| is_in(body, *index as u32, of)) {
            for (nth, stmt) in block.stmts.iter().enumerate() {
                if let StmtKind::Call(dest, _) = &stmt.kind
                    && self.chooses((id, (index as u32, nth as u32)))
                {
                    tainted.insert(*dest);
                }
            }
        }
        self.taint(id, None, &mut tainted, &is_item);
        tainted.contains(&wanted.local) || is_item(wanted)
    }

    /// Whether a call leads to a function of the program that does more than give out what is there.
    fn chooses(&self, at: SiteKey) -> bool {
        let called = self.cx.callee(at);
        let Some(inside) = called.and_then(|def| body_of(self.cx.program, def)) else {
            return false;
        };
        let only_looks = |def: DefId| {
            let def = self.cx.program.def(def);
            let changes = matches!(&def.kind, DefKind::Fn { item, .. } if item.receiver == Some(Receiver::RefMut));
            self.cx.program.std == Some(def.krate) && !changes
        };
        let types = self.cx.bodies.get(&inside);
        let calls = types.into_iter().flat_map(|t| t.calls.values());
        calls
            .into_iter()
            .any(|target| !target.def.is_some_and(only_looks))
    }

    /// Whether it is built from an argument of the function: another caller may need another.
    fn depends_on_argument(&self, site: SiteKey) -> bool {
        let body = self.cx.body(site.0);
        let has_self = match &self.cx.program.def(self.cx.program.body(site.0).owner).kind {
            DefKind::Fn { item, .. } => item.receiver.is_some(),
            _ => false,
        };
        let skip = usize::from(has_self && matches!(body.kind, BodyKind::Fn { .. }));
        let mut tainted: FxHashSet<Local> = body.params.iter().skip(skip).copied().collect();
        if matches!(body.kind, BodyKind::Closure { .. }) {
            tainted.extend(body.params.iter().copied());
        }
        self.flows_into(site, &mut tainted, &|_| false)
    }

    /// Whether anything of `tainted`, or a place that `source` tells, goes into the result of the call at a place.
    fn flows_into(
        &self,
        site: SiteKey,
        tainted: &mut FxHashSet<Local>,
        source: &dyn Fn(&Place) -> bool,
    ) -> bool {
        let target = self.taint(site.0, Some(site.1), tainted, source);
        target.is_some_and(|t| tainted.contains(&t))
    }

    /// The local that a method changes: `headers` of `headers.insert(name, token)`. A field of a larger whole says nothing of
    /// what else is in it: `self.seen.insert(url)`.
    fn changes(&self, at: SiteKey, stmt: &Stmt) -> Option<Local> {
        let StmtKind::Call(_, call) = &stmt.kind else {
            return None;
        };
        let changed = call.callee.receiver()?.whole()?;
        let method = &self.cx.program.def(self.cx.callee(at)?).kind;
        let changes =
            matches!(method, DefKind::Fn { item, .. } if item.receiver == Some(Receiver::RefMut));
        changes.then_some(changed)
    }

    /// Adds to `tainted` what anything of it, or a place that `source` tells, goes into; returns what holds the result of the
    /// call at a place.
    fn taint(
        &self,
        id: BodyId,
        call_at: Option<At>,
        tainted: &mut FxHashSet<Local>,
        source: &dyn Fn(&Place) -> bool,
    ) -> Option<Local> {
        let body = self.cx.body(id);
        let target = call_at.and_then(|at| match body.stmt(at)?.kind {
            StmtKind::Call(dest, _) => Some(dest),
            _ => None,
        });
        loop {
            let before = tainted.len();
            for (at, stmt) in body.placed() {
                let mut reads = Vec::new();
                let dest = match &stmt.kind {
                    StmtKind::Assign(place, value) => {
                        value.places(&mut |p| reads.push(p.clone()));
                        place.local
                    }
                    StmtKind::Call(dest, call) => {
                        call_places(call, &mut reads);
                        *dest
                    }
                    StmtKind::Await(dest, Operand::Use(place)) => {
                        reads.push(place.clone());
                        *dest
                    }
                    StmtKind::Await(..) | StmtKind::StorageDead(_) => continue,
                };
                if reads
                    .iter()
                    .any(|p| tainted.contains(&p.local) || source(p))
                {
                    tainted.insert(dest);
                    // What is done to it afterwards does not go into how it was made.
                    let changed = self.changes((id, at), stmt);
                    tainted.extend(changed.filter(|local| Some(*local) != target));
                }
            }
            if tainted.len() == before {
                return target;
            }
        }
    }
}

/// Whether a place is the item of a loop of the body.
fn items(body: &Body) -> impl Fn(&Place) -> bool {
    let iters: Vec<Local> = body
        .blocks
        .iter()
        .filter_map(|b| match &b.term {
            Terminator::Next { iter, .. } => Some(*iter),
            _ => None,
        })
        .collect();
    move |p| p.proj.first() == Some(&Proj::Index) && iters.contains(&p.local)
}

fn call_places(call: &Call, reads: &mut Vec<Place>) {
    match &call.callee {
        Callee::Method { recv, .. } => reads.push(recv.clone()),
        Callee::Value(place) => reads.push(place.clone()),
        Callee::Path(_) => {}
    }
    for arg in &call.args {
        if let Operand::Use(place) = arg {
            reads.push(place.clone());
        }
    }
}
