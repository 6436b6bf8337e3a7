//! Whether a client ends with a response: where nothing more is sent through it, no connection was worth keeping.

use std::collections::BTreeSet;

use rustc_hash::{FxHashMap, FxHashSet};

use super::Builder;
use crate::flow::bounds;
use crate::flow::tables::{Fate, Traced};
use crate::flow::value::{ClientId, ClientSrc, ResId, SiteKey};
use crate::ir::body::{Block, Body, Rvalue, StmtKind};
use crate::resolve::def::BodyId;

/// A statement of a body: its block, its place there.
type At = (u32, u32);

/// Which clients a request may go through, and which requests go through a client.
#[derive(Default)]
pub(super) struct Sends {
    /// Only requests all of whose clients are known.
    clients: FxHashMap<SiteKey, BTreeSet<ClientId>>,
    through: FxHashMap<ClientId, Vec<SiteKey>>,
}

impl Builder<'_, '_, '_, '_> {
    /// Who sends through whom.
    pub(super) fn sends(&self) -> Sends {
        let mut sends = Sends::default();
        for (key, rec) in &self.tables.requests {
            let (clients, unknown) = self.expand(&rec.request.clients);
            for client in &clients {
                sends.through.entry(*client).or_default().push(*key);
            }
            if !unknown {
                sends.clients.insert(*key, clients);
            }
        }
        sends
    }

    /// Whether what a request goes through keeps no connection for a later one.
    pub(super) fn keeps_none(&self, sends: &Sends, send: SiteKey) -> bool {
        let none = |id: &ClientId| {
            let rec = self.tables.clients.get(id.0 as usize);
            rec.is_some_and(|rec| {
                let family = self.cx.facts.family(rec.family);
                family.is_some_and(|f| bounds::keeps_none(f, &rec.settings()))
            })
        };
        let clients = sends.clients.get(&send);
        clients.is_some_and(|all| !all.is_empty() && all.iter().all(none))
    }

    /// Whether on the ways on which this response of `send` is dropped, its client sends nothing more, not
    /// even while it is still there, and ends.
    pub(super) fn is_last_send(&self, sends: &Sends, send: SiteKey, response: ResId) -> bool {
        let Some(clients) = sends.clients.get(&send) else {
            return false;
        };
        let shots = self.tables.requests.get(&send).into_iter();
        let alone = shots.flat_map(|r| &r.request.clients).all(|c| match c {
            ClientSrc::OneShot(site) => !self.is_shared(*site),
            _ => true,
        });
        let ends_behind = |client: &ClientId| {
            let rec = self.tables.clients.get(client.0 as usize);
            let through = sends.through.get(client).map_or(&[][..], Vec::as_slice);
            rec.is_some_and(|r| !r.escapes)
                && self.ends_behind(&self.ends(*client), through, send, response)
        };
        alone && !self.is_shared(send) && clients.iter().all(ends_behind)
    }

    /// As `is_last_send`, for one client: `ends` are the places where it comes to the bodies it ends in, each a life of its
    /// own, and `through` is what sends through it in all of them.
    fn ends_behind(
        &self,
        ends: &BTreeSet<SiteKey>,
        through: &[SiteKey],
        send: SiteKey,
        response: ResId,
    ) -> bool {
        let life = |body: BodyId| ends.iter().filter(move |e| self.is_within(body, e.0));
        let mine: Vec<&SiteKey> = life(send.0).collect();
        if mine.is_empty() || !mine.iter().all(|end| self.same_turn(**end, send)) {
            return false;
        }
        let is_mine = |body: BodyId| mine.iter().any(|e| self.is_within(body, e.0));
        // What is called with a client sends through that of each caller in turn.
        let called_here = |body: BodyId| self.contexts.is_reached(body, is_mine);
        let elsewhere = |s: &SiteKey| {
            let called = || life(s.0).next().is_none() && called_here(s.0);
            s.0 != send.0 && (is_mine(s.0) || called())
        };
        if through.iter().any(elsewhere) {
            return false;
        }
        let body = self.cx.body(send.0);
        let start: FxHashSet<At> = mine.iter().filter(|e| e.0 == send.0).map(|e| e.1).collect();
        let lost = Fate::DROPPED.with(Fate::SELECT).with(Fate::FORGOTTEN);
        let steps = self.tables.steps.get(&send.0).into_iter().flatten();
        let drops: Vec<At> = steps
            .filter(|s| s.of == Traced::Res(response) && s.fate.any(lost))
            .map(|s| s.statement)
            .collect();
        let after = |from: &[At]| reached(body, from, &start);
        let while_there = after(&[send.1]);
        // Dropped out of our sight: anywhere behind.
        let behind = if drops.is_empty() {
            while_there.clone()
        } else {
            after(&drops)
        };
        let here = through.iter().filter(|s| s.0 == send.0).map(|s| s.1);
        let sends_again = |at: At| {
            behind.contains(&at)
                || (at != send.1 && while_there.contains(&at) && {
                    let then = after(&[at]);
                    drops.iter().any(|d| then.contains(d))
                })
        };
        !here.into_iter().any(sends_again)
    }

    /// Whether a body is another, or a closure or async block in it.
    fn is_within(&self, body: BodyId, around: BodyId) -> bool {
        self.cx.program.outward(body).any(|b| b == around)
    }

    /// Whether a closure or async block is made once for each time that `a` is passed, where `b` is in one; in the body of
    /// `a` itself the graph tells.
    fn same_turn(&self, a: SiteKey, b: SiteKey) -> bool {
        let turn = |body: BodyId, block: u32| {
            let block = self.cx.body(body).blocks.get(block as usize);
            block.map(|b| b.in_loop)
        };
        let mut body = b.0;
        while body != a.0 {
            let Some(parent) = self.cx.program.body(body).parent else {
                return false;
            };
            let Some(made) = self.made_in(parent, body) else {
                return false;
            };
            let once = if parent == a.0 {
                turn(a.0, a.1.0) == turn(parent, made)
            } else {
                turn(parent, made) == Some(None)
            };
            if !once {
                return false;
            }
            body = parent;
        }
        true
    }

    /// The block of a body in which a closure or async block of it is made.
    fn made_in(&self, parent: BodyId, child: BodyId) -> Option<u32> {
        let blocks = &self.cx.body(parent).blocks;
        let is_child = |idx| self.cx.program.child_of(parent, idx) == Some(child);
        let makes = |block: &Block| {
            block.stmts.iter().any(|s| match &s.kind {
                StmtKind::Assign(_, Rvalue::Closure(idx) | Rvalue::Async(idx)) => is_child(*idx),
                _ => false,
            })
        };
        blocks.iter().position(makes).map(|at| at as u32)
    }
}

/// The statements that may run behind these, where those of `stops` end the way: there another client is at hand.
fn reached(body: &Body, from: &[At], stops: &FxHashSet<At>) -> FxHashSet<At> {
    let mut seen: FxHashSet<At> = FxHashSet::default();
    let mut work: Vec<At> = from.iter().map(|(b, i)| (*b, i + 1)).collect();
    while let Some((at, mut index)) = work.pop() {
        let Some(block) = body.blocks.get(at as usize) else {
            continue;
        };
        let all = block.stmts.len() as u32;
        // What was walked from here before, or an earlier statement of the block, need not be again.
        while index < all && !stops.contains(&(at, index)) && seen.insert((at, index)) {
            index += 1;
        }
        if index == all && seen.insert((at, all)) {
            work.extend(block.term.successors().into_iter().map(|b| (b.0, 0)));
        }
    }
    seen
}
