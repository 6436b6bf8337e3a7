//! Questions about a call at a place: what is called, with which types, and where it stands in the text.

use super::Cx;
use crate::catalog::schema::CallFact;
use crate::flow::value::SiteKey;
use crate::ir::body::{BlockId, Body, Callee, StmtKind};
use crate::resolve::def::{DefId, DefKind};
use crate::resolve::infer::BRANCH;
use crate::resolve::ty::Ty;
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
