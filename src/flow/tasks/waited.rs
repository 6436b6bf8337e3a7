//! Tasks that somebody waits for by other means than their handle, and tasks that wait for others.

use super::graph::{block_of, loops_around, turning};
use super::trace::{Made, given, is_awaited, source, trace};
use crate::catalog::schema::{Pays, Role};
use crate::flow::cx::Cx;
use crate::flow::value::SiteKey;
use crate::ir::body::{BlockId, Local, Place, StmtKind};
use crate::resolve::def::BodyId;
use crate::resolve::infer::At;

/// Whether a task is given a permit, and the spawner then takes several of the same semaphore at once: those that the tasks have
/// it waits for.
pub(super) fn takes_all_permits(cx: &Cx<'_, '_, '_>, site: SiteKey, permit: Local) -> bool {
    let body = cx.body(site.0);
    let is_permit = |l: Local| {
        cx.role(&cx.place_ty(site.0, &Place::local(l)), Role::Permit)
            .is_some()
    };
    let given = trace(body, permit);
    if given.made != Made::Await || !is_permit(permit) {
        return false;
    }
    let future_of = |taken: Local| {
        body.stmts().find_map(|s| match &s.kind {
            StmtKind::Await(dest, future) if *dest == taken => future.local(),
            _ => None,
        })
    };
    let Some(semaphore) = future_of(given.whole).map(|f| source(body, f)) else {
        return false;
    };
    let here = block_of(body, site.1);
    let inside = turning(body, here);
    let behind = |at: BlockId| {
        let repeated = loops_around(body, at).iter().any(|l| inside.contains(l));
        !repeated && body.reaches(here, |b, _| b == at, |_| false)
    };
    let blocks = (0..).map(BlockId).zip(&body.blocks);
    blocks.filter(|(at, _)| behind(*at)).any(|(_, block)| {
        block.stmts.iter().any(|s| match &s.kind {
            StmtKind::Call(dest, call) => {
                let of = call.callee.receiver().map(|p| source(body, p.local));
                // How many is said.
                let several = of == Some(semaphore) && !call.args.is_empty();
                several && is_awaited(body, *dest)
            }
            _ => false,
        })
    })
}

/// Whether the task waits for another, whose handle the spawning function was given by its caller: it ends with that one, and
/// sees how that ends.
pub(super) fn watches(cx: &Cx<'_, '_, '_>, site: SiteKey) -> bool {
    let body = cx.body(site.0);
    given(cx, site).into_iter().any(|g| {
        let ty = cx.place_ty(site.0, &Place::local(g.outer));
        let whole = source(body, g.outer);
        cx.role(&ty, Role::Handle).is_some()
            && body.params.contains(&whole)
            && g.inner
                .is_some_and(|(child, inner)| waits_for(cx, child, inner))
    })
}

/// Whether a body awaits or joins the task whose handle a local holds.
fn waits_for(cx: &Cx<'_, '_, '_>, id: BodyId, local: Local) -> bool {
    let body = cx.body(id);
    let is_it = |l: Local| {
        let trace = trace(body, l);
        trace.whole == local && trace.part.is_none()
    };
    let joins = |at: At| {
        let facts = cx.facts_at((id, at));
        facts.iter().any(|f| f.pays == Some(Pays::Join))
    };
    body.blocks.iter().enumerate().any(|(index, block)| {
        let mut stmts = block.stmts.iter().enumerate();
        stmts.any(|(nth, stmt)| match &stmt.kind {
            StmtKind::Await(_, future) => future.local().is_some_and(is_it),
            StmtKind::Call(_, call) => {
                call.callee.receiver().is_some_and(|p| is_it(p.local))
                    && joins((index as u32, nth as u32))
            }
            _ => false,
        })
    })
}
