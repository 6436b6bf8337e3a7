//! What a body keeps to itself: locals that nobody else gets, and what is done with them.

use super::cx::Cx;
use super::value::SiteKey;
use crate::catalog::schema::Pays;
use crate::ir::body::{
    Block, BlockId, Body, BodyKind, Call, Local, Operand, Rvalue, Stmt, StmtKind, Terminator,
};
use crate::resolve::def::BodyId;
use crate::resolve::infer::At;

/// Whether a local is dropped where its life ends, if not before: nobody else gets it, and its life does end. What a call takes
/// that stops its tasks is done with; but work that blocks goes on there.
pub(super) fn is_dropped(cx: &Cx<'_, '_, '_>, id: BodyId, local: Local, may_block: bool) -> bool {
    let body = cx.body(id);
    let ended = |at: At| {
        let stops = |pays| pays == Some(Pays::Abort) && !may_block;
        cx.facts_at((id, at))
            .iter()
            .any(|f| f.drops || stops(f.pays))
    };
    let is_it = |operand: &Operand| operand.place().is_some_and(|p| p.whole() == Some(local));
    let given_away = body.placed().any(|(at, stmt)| match &stmt.kind {
        StmtKind::Assign(_, value) => moved_by(value, local),
        StmtKind::Call(_, call) => {
            let by_value = || {
                let sig = cx.callee((id, at)).and_then(|d| cx.types.sigs.get(&d));
                sig.is_none_or(|s| s.self_by_value)
            };
            let receiver = call.callee.receiver();
            let consumed = receiver.is_some_and(|p| p.whole() == Some(local)) && by_value();
            (consumed || call.args.iter().any(is_it)) && !ended(at)
        }
        StmtKind::Await(_, future) => is_it(future),
        StmtKind::StorageDead(_) => false,
    });
    let taken = || {
        cx.program
            .captures(id, local)
            .into_iter()
            .any(|(child, _)| moves(cx.body(child)))
    };
    let over = |b: &Block| {
        let ends = |s: &Stmt| matches!(s.kind, StmtKind::StorageDead(l) if l == local);
        matches!(b.term, Terminator::Return) || b.stmts.iter().any(ends)
    };
    !given_away && !taken() && body.reaches(BlockId(0), |_, b| over(b), |_| false)
}

/// The calls made on a local, or given it: in its body, and in what captures it there.
pub(super) fn calls_with(cx: &Cx<'_, '_, '_>, id: BodyId, local: Local) -> Vec<SiteKey> {
    let mut out = Vec::new();
    let mut work = vec![(id, local)];
    while let Some((id, local)) = work.pop() {
        let own = cx.body(id).placed();
        let with =
            own.filter(|(_, s)| matches!(&s.kind, StmtKind::Call(_, call) if gets(call, local)));
        out.extend(with.map(|(at, _)| (id, at)));
        work.extend(cx.program.captures(id, local));
    }
    out
}

/// Whether a call is made on a local, or given it.
fn gets(call: &Call, local: Local) -> bool {
    let args = call.args.iter().filter_map(Operand::place);
    let receiver = call.callee.receiver();
    receiver
        .into_iter()
        .chain(args)
        .any(|p| p.whole() == Some(local))
}

/// Whether anything is done with a local.
pub(super) fn is_read(body: &Body, local: Local) -> bool {
    body.stmts().any(|stmt| match &stmt.kind {
        StmtKind::Assign(_, value) => {
            let mut read = false;
            value.places(&mut |place| read |= place.local == local);
            read
        }
        StmtKind::Call(_, call) => gets(call, local),
        StmtKind::Await(_, future) => future.local() == Some(local),
        StmtKind::StorageDead(_) => false,
    })
}

/// Whether a local is moved into what is computed.
fn moved_by(value: &Rvalue, local: Local) -> bool {
    if matches!(
        value,
        Rvalue::Ref { .. } | Rvalue::Touch { .. } | Rvalue::Binary { .. }
    ) {
        return false;
    }
    let mut moved = false;
    value.places(&mut |place| moved |= place.whole() == Some(local));
    moved
}

/// Whether a closure or block takes what it names.
pub(super) fn moves(body: &Body) -> bool {
    match body.kind {
        BodyKind::Closure { is_move, .. } | BodyKind::Async { is_move, .. } => is_move,
        _ => false,
    }
}
