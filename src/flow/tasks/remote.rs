//! Servers that something beside them can end: `let handle = server.handle(); spawn(server)`.

use super::graph::{derived, unawaited};
use super::trace::{given, is_awaited, moved_from, source};
use crate::flow::cx::Cx;
use crate::flow::value::SiteKey;
use crate::ir::body::{Local, Operand, Place, RETURN, Rvalue, StmtKind};
use crate::resolve::def::BodyId;
use crate::source::Span;

/// Where a task gets, or gives out, what can end it from beside: of what it is given, ahead of the spawn, or in what it runs.
pub(super) fn told(cx: &Cx<'_, '_, '_>, site: SiteKey, runs: &[BodyId]) -> Option<Span> {
    let given: Vec<Local> = given(cx, site).into_iter().map(|g| g.outer).collect();
    let ahead = cx.body(site.0).placed().find_map(|(at, stmt)| {
        let StmtKind::Call(dest, call) = &stmt.kind else {
            return None;
        };
        let body = cx.body(site.0);
        let asked = || {
            let of = call.callee.receiver().map(|p| moved_from(body, p.local));
            let same = given.iter().any(|g| Some(moved_from(body, *g)) == of);
            same && is_kept(cx, site.0, *dest)
        };
        let facts = cx.facts_at((site.0, at));
        let told = facts.iter().any(|f| f.remote) && asked() || {
            let of = unawaited(body, *dest);
            given.iter().any(|g| of.contains(g)) && is_shared(cx, (site.0, at))
        };
        told.then_some(call.name_span)
    });
    ahead.or_else(|| runs.iter().find_map(|id| told_inside(cx, *id)))
}

/// Where a body makes what it awaits of what others have too.
fn told_inside(cx: &Cx<'_, '_, '_>, id: BodyId) -> Option<Span> {
    let body = cx.body(id);
    body.placed().find_map(|(at, stmt)| {
        let StmtKind::Call(dest, call) = &stmt.kind else {
            return None;
        };
        let awaited = is_shared(cx, (id, at)) && is_awaited(body, *dest);
        awaited.then_some(call.name_span)
    })
}

/// Whether a call is given what can end what it makes, and others have that too.
fn is_shared(cx: &Cx<'_, '_, '_>, at: SiteKey) -> bool {
    let body = cx.body(at.0);
    let facts = cx.facts_at(at);
    let Some(call) = body.call(at.1) else {
        return false;
    };
    let which = facts.iter().find_map(|f| f.remote_in);
    let arg = which.and_then(|index| call.args.get(usize::from(index))?.local());
    arg.is_some_and(|local| {
        let whole = source(body, local);
        let from_outside =
            body.params.contains(&whole) || body.captures.iter().any(|c| c.inner == whole);
        from_outside || mentions(cx, at.0, whole) > 1
    })
}

/// Whether anything is made of, or asked of, what a local holds.
fn is_kept(cx: &Cx<'_, '_, '_>, id: BodyId, local: Local) -> bool {
    let mut of = derived(cx.body(id), local).into_iter();
    of.any(|l| mentions(cx, id, l) > 0)
}

/// How often a local is called on, passed other than to be dropped, put in a struct or captured.
fn mentions(cx: &Cx<'_, '_, '_>, id: BodyId, local: Local) -> usize {
    let body = cx.body(id);
    let is_it = |p: &Place| p.local == local;
    let drops = |at| cx.facts_at((id, at)).iter().any(|f| f.drops);
    let read = body.placed().filter(|(at, s)| match &s.kind {
        StmtKind::Call(_, call) => {
            let recv = call.callee.receiver().is_some_and(is_it);
            let given = call
                .args
                .iter()
                .filter_map(Operand::local)
                .any(|l| l == local);
            (recv || given) && !drops(*at)
        }
        StmtKind::Assign(place, Rvalue::Use(Operand::Use(from))) => {
            is_it(from) && (place.local == RETURN || !place.proj.is_empty())
        }
        StmtKind::Assign(_, Rvalue::Struct { fields, .. }) => {
            let mut values = fields.iter().filter_map(|(_, value)| value.local());
            values.any(|l| l == local)
        }
        _ => false,
    });
    read.count() + cx.program.captures(id, local).len()
}
