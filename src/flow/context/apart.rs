//! Whether two places of a body exclude each other.

use crate::flow::value::SiteKey;
use crate::ir::body::{BlockId, Body};

/// Whether no way leads from either of two places to the other. The branches of a `select!` are numbered by no block: they may
/// lead anywhere.
pub(super) fn apart(body: &Body, one: SiteKey, two: SiteKey) -> bool {
    excluded(body, one, two, None)
}

/// The same, except for ways through the next turn of a loop around both: what is done there is done anew.
pub(super) fn apart_in_one_turn(body: &Body, one: SiteKey, two: SiteKey) -> bool {
    let around = |site: SiteKey| {
        let block = body.blocks.get(site.1.0 as usize);
        let innermost = block.and_then(|b| b.in_loop);
        std::iter::successors(innermost, |l| body.loops.get(l.0 as usize)?.parent)
    };
    let common = around(one).find(|l| around(two).any(|other| other == *l));
    let head = common.and_then(|l| body.loops.get(l.0 as usize));
    excluded(body, one, two, head.map(|l| l.head))
}

fn excluded(body: &Body, one: SiteKey, two: SiteKey, turn: Option<BlockId>) -> bool {
    let (one, two) = (BlockId(one.1.0), BlockId(two.1.0));
    let known = |id: BlockId| body.blocks.get(id.0 as usize).is_some();
    let leads = |from: BlockId, to: BlockId| {
        body.reaches(from, |at, _| at == to, |at| Some(at) == turn && at != from)
    };
    known(one) && known(two) && !leads(one, two) && !leads(two, one)
}
