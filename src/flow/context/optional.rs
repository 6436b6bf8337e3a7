//! Bounds that an `Option<Duration>` decides on: whoever gives none asks for none.

use crate::flow::cx::Cx;
use crate::flow::tables::Tables;
use crate::flow::value::SiteKey;
use crate::ir::body::{Block, BlockId, Body, Place, Terminator};
use crate::resolve::def::BodyId;
use crate::resolve::ty::Ty;
use crate::source::Span;

/// The bound of another send or call of a body, where a limit that may be given decides between that and the send at `site`.
pub(in crate::flow) fn bound_if_given(
    cx: &Cx<'_, '_, '_>,
    tables: &Tables,
    id: BodyId,
    site: SiteKey,
) -> Option<Span> {
    let body = cx.body(id);
    let here = block_in(id, site)?;
    let bounded = bounded(tables, id);
    if bounded.is_empty() {
        return None;
    }
    let decides = |(from, block): (BlockId, &Block)| {
        let Terminator::Match { scrutinee, arms } = &block.term else {
            return None;
        };
        if !is_limit(cx, id, scrutinee) {
            return None;
        }
        let arms = arms.iter().map(|(_, arm)| *arm);
        let parts = |one, other| arms.clone().any(|arm| parts(body, from, arm, one, other));
        let found = bounded
            .iter()
            .find(|(at, _)| parts(here, *at) && parts(*at, here));
        found.map(|(_, guard)| *guard)
    };
    (0..).map(BlockId).zip(&body.blocks).find_map(decides)
}

fn block_in(id: BodyId, site: SiteKey) -> Option<BlockId> {
    (site.0 == id).then_some(BlockId(site.1.0))
}

/// What a body sends or calls under a bound, and that bound.
fn bounded(tables: &Tables, id: BodyId) -> Vec<(BlockId, Span)> {
    let Some(done) = tables.bodies.get(&id) else {
        return Vec::new();
    };
    let sent = done.sent.iter().map(|s| (s.site, s.guard));
    let called = done.edges.iter().map(|e| (e.at, e.guard));
    sent.chain(called)
        .filter_map(|(at, guard)| Some((block_in(id, at)?, guard?)))
        .collect()
}

/// Whether an arm of the match at `from` leads to the one place and not to the other, before the match is come to again.
fn parts(body: &Body, from: BlockId, arm: BlockId, one: BlockId, other: BlockId) -> bool {
    let leads = |to: BlockId| body.reaches(arm, |at, _| at == to, |at| at == from);
    leads(one) && !leads(other)
}

/// Whether a place is an `Option<Duration>`.
fn is_limit(cx: &Cx<'_, '_, '_>, id: BodyId, place: &Place) -> bool {
    let ty = cx.place_ty(id, place);
    let ty = ty.peel_refs();
    let duration = cx.types.known.duration;
    cx.is_option(ty) && ty.any(&mut |t| matches!(t, Ty::Adt(def, _) if Some(*def) == duration))
}
