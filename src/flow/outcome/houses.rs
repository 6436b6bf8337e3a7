//! Clients that live in something of the program's which is built with them: their house. Where that dies, they do.

use std::collections::BTreeSet;

use rustc_hash::FxHashSet;

use super::Builder;
use crate::flow::value::{ClientId, SiteKey};
use crate::ir::body::{Call, Callee, Local, Operand, Place, RETURN, Rvalue, Stmt, StmtKind};
use crate::resolve::def::{BodyId, DefId};
use crate::resolve::ty::Ty;

/// Most functions that hand a house out, over which it is followed.
const MOST: usize = 16;

/// What becomes of a house in a body that came by it.
enum Stay {
    /// It is dropped with the run.
    Dies,
    /// It is what the body returns.
    HandedOut,
    /// It goes elsewhere, or that is not seen.
    Gone,
}

impl Builder<'_, '_, '_, '_> {
    /// The calls that yield the house of a client to a body in which it dies.
    pub(super) fn houses_end(&self, id: ClientId) -> BTreeSet<SiteKey> {
        let mut ends = BTreeSet::new();
        let mut seen: FxHashSet<BodyId> = FxHashSet::default();
        let mut work: Vec<(BodyId, DefId)> = self.builds_house(id).into_iter().collect();
        while let Some((made_by, house)) = work.pop() {
            if seen.len() >= MOST || !seen.insert(made_by) {
                continue;
            }
            let calls = self.contexts.callers(made_by).iter();
            // What a once-guard runs is kept by it.
            for (caller, edge) in calls.filter(|(_, e)| !e.manner.once) {
                match self.stay(edge.at, house) {
                    Stay::Dies => {
                        ends.insert(edge.at);
                    }
                    Stay::HandedOut => work.push((*caller, house)),
                    Stay::Gone => {}
                }
            }
        }
        ends
    }

    /// The body that makes a client's house and returns it, and what that is; none if the client goes elsewhere too.
    fn builds_house(&self, id: ClientId) -> Option<(BodyId, DefId)> {
        let mut found = None;
        for body in self.order {
            let Some(done) = self.tables.bodies.get(body) else {
                continue;
            };
            if done.gone.contains(&id) {
                return None;
            }
            for (_, house) in done.housed.iter().filter(|(of, _)| *of == id) {
                if found.is_some()
                    || !self.bears(&self.cx.place_ty(*body, &Place::local(RETURN)), *house)
                {
                    return None;
                }
                found = Some((*body, *house));
            }
        }
        found
    }

    /// Whether a value of a type holds one of `house` itself.
    fn bears(&self, ty: &Ty, house: DefId) -> bool {
        let known = self.cx.types.known;
        match ty {
            Ty::Adt(def, _) if *def == house => true,
            Ty::Adt(def, args)
                if [known.option, known.result, known.boxed].contains(&Some(*def)) =>
            {
                args.first().is_some_and(|inner| self.bears(inner, house))
            }
            _ => false,
        }
    }

    /// What becomes of the house that a call yields.
    fn stay(&self, site: SiteKey, house: DefId) -> Stay {
        let body = self.cx.body(site.0);
        let Some(start) = body.stmt(site.1).and_then(yields) else {
            return Stay::Gone;
        };
        let mut holders: FxHashSet<Local> = FxHashSet::from_iter([start]);
        let mut used = false;
        loop {
            let before = holders.len();
            for (at, stmt) in body.placed() {
                match self.step((site.0, at), stmt, &holders, house) {
                    Some(Moved::To(local)) => {
                        holders.insert(local);
                    }
                    Some(Moved::Away) => return Stay::Gone,
                    Some(Moved::Lent) => used = true,
                    None => {}
                }
            }
            if holders.len() == before {
                break;
            }
        }
        let captured = |local: &Local| self.is_captured(site.0, *local);
        let written_twice = |local: &Local| body.writes(*local).nth(1).is_some();
        if holders.contains(&RETURN) {
            return Stay::HandedOut;
        }
        // Kept across turns of a loop, or in something that runs later.
        if !used || holders.iter().any(|l| captured(l) || written_twice(l)) {
            return Stay::Gone;
        }
        Stay::Dies
    }

    /// What a statement does with the house that any of these locals holds.
    fn step(
        &self,
        at: SiteKey,
        stmt: &Stmt,
        holders: &FxHashSet<Local>,
        house: DefId,
    ) -> Option<Moved> {
        let holds = |place: &Place| {
            holders.contains(&place.local) && self.bears(&self.cx.place_ty(at.0, place), house)
        };
        let to = |dest: Local| {
            if self.bears(&self.cx.place_ty(at.0, &Place::local(dest)), house) {
                Moved::To(dest)
            } else {
                Moved::Away
            }
        };
        match &stmt.kind {
            StmtKind::Assign(dest, value) => {
                let mut moved = false;
                value.places(&mut |place| moved |= holds(place));
                match value {
                    _ if !moved => None,
                    Rvalue::Ref { .. } | Rvalue::Touch { .. } => Some(Moved::Lent),
                    _ if dest.proj.is_empty() => Some(to(dest.local)),
                    _ => Some(Moved::Away),
                }
            }
            StmtKind::Call(dest, call) => {
                if gives(call).any(&holds) {
                    return Some(to(*dest));
                }
                let Callee::Method { recv, .. } = &call.callee else {
                    return None;
                };
                if !holds(recv) {
                    return None;
                }
                let called = self.cx.callee(at);
                let sig = called.and_then(|def| self.cx.types.sigs.get(&def));
                Some(match (to(*dest), sig) {
                    (Moved::To(local), _) => Moved::To(local),
                    (_, Some(sig)) if !sig.self_by_value => Moved::Lent,
                    _ => Moved::Away,
                })
            }
            StmtKind::Await(dest, Operand::Use(future)) if holds(future) => Some(to(*dest)),
            StmtKind::Await(..) | StmtKind::StorageDead(_) => None,
        }
    }
}

/// Where a statement puts the house.
enum Moved {
    /// Into another local.
    To(Local),
    /// Out of sight.
    Away,
    /// It is only used.
    Lent,
}

/// The local that a call or await writes.
fn yields(stmt: &Stmt) -> Option<Local> {
    match &stmt.kind {
        StmtKind::Call(dest, _) | StmtKind::Await(dest, _) => Some(*dest),
        StmtKind::Assign(..) | StmtKind::StorageDead(_) => None,
    }
}

/// The places that a call gives away.
fn gives(call: &Call) -> impl Iterator<Item = &Place> {
    call.args.iter().filter_map(|arg| match arg {
        Operand::Use(place) => Some(place),
        Operand::Lit(_) => None,
    })
}
