//! How long a client lives, and how often it is built anew: a pool that dies with each request is none.

use std::collections::BTreeSet;

use rustc_hash::{FxHashMap, FxHashSet};

use super::Builder;
use crate::catalog::schema::Role;
use crate::flow::context::{Often, Outside, Why};
use crate::flow::resource::{Rebuilt, Repeats, Resources};
use crate::flow::value::{ClientId, SiteKey};
use crate::ir::body::{BodyKind, Call, Callee, Local, Operand, Place, Proj, StmtKind, Terminator};
use crate::ir::item::Receiver;
use crate::resolve::def::{BodyId, DefKind};
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
            let ends = self.ends(*id);
            client.rebuilt = ends
                .iter()
                .filter_map(|site| self.rebuilt_at(*site, *id, &through))
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
            {
                request.rebuilt = self.repeats(shot, shot, false);
            }
        }
    }

    /// Whether a one-shot call goes through a client that its crate keeps.
    pub(super) fn is_shared(&self, site: SiteKey) -> bool {
        let called = self
            .cx
            .bodies
            .get(&site.0)
            .and_then(|t| t.calls.get(&site.1));
        let def = called.and_then(|t| t.def);
        def.is_some_and(|d| self.cx.facts_of(d).iter().any(|f| f.shared))
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
                work.extend(calls.filter(|(_, e)| !e.manner.once).map(|(_, e)| e.at));
            }
        }
        ends
    }

    /// How a client that comes to a body at this place, and goes no further, is repeated.
    fn rebuilt_at(&self, site: SiteKey, id: ClientId, sends: &[SiteKey]) -> Option<Rebuilt> {
        let done = self.tables.bodies.get(&site.0)?;
        if matches!(self.cx.body(site.0).kind, BodyKind::Init) {
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
            Often::Rests(again) => (Repeats::Loop, Some(again.at)),
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
            by_item: self.depends_on_item(site),
            by_argument: self.depends_on_argument(site),
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
        let mut tainted: FxHashSet<Local> = FxHashSet::default();
        let iters: Vec<Local> = body
            .blocks
            .iter()
            .filter_map(|b| match &b.term {
                Terminator::Next { iter, .. } => Some(*iter),
                _ => None,
            })
            .collect();
        let is_item = |p: &Place| p.proj.first() == Some(&Proj::Index) && iters.contains(&p.local);
        self.flows_into(site, &mut tainted, &is_item)
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
        let body = self.cx.body(site.0);
        let mut target = None;
        loop {
            let before = tainted.len();
            for (block_index, block) in body.blocks.iter().enumerate() {
                for (index, stmt) in block.stmts.iter().enumerate() {
                    let mut reads = Vec::new();
                    let dest = match &stmt.kind {
                        StmtKind::Assign(place, value) => {
                            value.places(&mut |p| reads.push(p.clone()));
                            place.local
                        }
                        StmtKind::Call(dest, call) => {
                            if (block_index as u32, index as u32) == site.1 {
                                target = Some(*dest);
                            }
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
                    }
                }
            }
            if tainted.len() == before {
                break;
            }
        }
        target.is_some_and(|t| tainted.contains(&t))
    }
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
