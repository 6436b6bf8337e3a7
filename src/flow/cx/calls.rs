//! Questions about a call at a place: what is called, with which types, and where it stands in the text.

use super::Cx;
use crate::catalog::schema::{CallFact, Phase, Role};
use crate::flow::resource::Acquires;
use crate::flow::value::SiteKey;
use crate::ir::body::{BlockId, Body, Callee, StmtKind};
use crate::resolve::def::{DefId, DefKind};
use crate::resolve::infer::BRANCH;
use crate::resolve::ty::{TraitRef, Ty};
use crate::source::Span;

impl<'c> Cx<'_, '_, 'c> {
    /// The function that is called.
    pub fn callee(&self, (body, at): SiteKey) -> Option<DefId> {
        self.bodies.get(&body)?.calls.get(&at)?.def
    }

    /// The trait that declares a function, not that of an impl it stands in.
    pub fn declared_by(&self, def: DefId) -> Option<DefId> {
        let parent = self.program.def(def).parent?;
        matches!(self.program.def(parent).kind, DefKind::Trait { .. }).then_some(parent)
    }

    /// The facts of the function that is called.
    pub fn facts_at(&self, site: SiteKey) -> Vec<&'c CallFact> {
        let def = self.callee(site);
        def.map(|d| self.facts_of(d)).unwrap_or_default()
    }

    /// What a function of the catalogue acquires wherever it is called, whatever it is given.
    pub fn acquires(&self, def: DefId) -> Option<Acquires> {
        let facts = self.facts_of(def);
        if facts.iter().any(|f| f.spawns.is_some()) {
            return Some(Acquires::Task);
        }
        // A connection made ahead of all requests is a client.
        let sends = |f: &&CallFact| !f.sends.is_empty() && f.sends != [Phase::Connect];
        if facts.iter().any(sends) {
            return Some(Acquires::Request);
        }
        let sig = self.types.sigs.get(&def)?;
        let role = |ty: &Ty| self.facts.role_in(ty, |_| true).is_some();
        let to_role = |bounds: &[TraitRef]| bounds.iter().flat_map(|b| b.args.iter()).any(role);
        // `impl Into<Builder>`.
        let converts = |ty: &Ty| match ty {
            Ty::Param(param) => {
                let info = self.types.params.get(param.0 as usize);
                info.is_some_and(|p| to_role(&p.bounds))
            }
            Ty::Bounded(bounds) => to_role(bounds),
            _ => false,
        };
        let given = |ty: &Ty| role(ty) || ty.any(&mut |t| converts(t));
        let of_others = sig.has_self || sig.params.iter().any(given);
        let client = self.facts.role_in(&sig.ret, |r| r == Role::Client)?;
        // One with the settings of what it is given is the giver's.
        let of_given = facts.iter().any(|f| f.same || f.escapes);
        let own = client.family.is_some() && !of_others && !of_given;
        own.then_some(Acquires::Client)
    }

    /// The types of a method call's receiver and of what it comes to.
    pub fn method_tys(&self, (body, at): SiteKey) -> (Ty, Ty) {
        let stmt = self.body(body).stmt(at);
        let (Some(StmtKind::Call(dest, call)), Some(types)) =
            (stmt.map(|s| &s.kind), self.bodies.get(&body))
        else {
            return (Ty::Unknown, Ty::Unknown);
        };
        let receiver = match &call.callee {
            Callee::Method { recv, .. } => self.place_ty(body, recv),
            Callee::Path(_) | Callee::Value(_) => Ty::Unknown,
        };
        (receiver, types.local(*dest).clone())
    }

    /// The name of a call's callee in the text, and the whole call.
    pub fn call_spans(&self, site: SiteKey) -> (Span, Span) {
        let info = self.program.body(site.0);
        if site.1.0 == BRANCH
            && let Some(spans) = branch_spans(info.body, BlockId(site.1.1))
        {
            return spans;
        }
        match info.body.stmt(site.1) {
            Some(stmt) => match &stmt.kind {
                StmtKind::Call(_, call) => (call.name_span, call.span),
                _ => (stmt.span, stmt.span),
            },
            None => (info.body.span, info.body.span),
        }
    }
}

/// The name and the whole of what a branch of a `select!` waits for: the call that makes its future, or all of its text.
fn branch_spans(body: &Body, block: BlockId) -> Option<(Span, Span)> {
    let (_, arm) = body.branch(block)?;
    let mut stmts = body.stmts();
    let call = stmts.find_map(|s| match &s.kind {
        StmtKind::Call(made, call) if *made == arm.future => Some((call.name_span, call.span)),
        _ => None,
    });
    call.or_else(|| {
        let local = body.locals.get(arm.future.0 as usize)?;
        Some((local.span, local.span))
    })
}
