//! Who writes each local of a body.

use rustc_hash::FxHashMap;

use crate::ir::body::{Body, Local, Operand, Place, Rvalue, StmtKind};
use crate::resolve::infer::At;

/// One write of a local.
pub(super) enum Write {
    /// A call's result.
    Call(At),
    /// What a path names.
    Path(At),
    /// Another local.
    Copy(Local),
    /// A part of one.
    Part(Place),
    /// Anything else; a mutable borrow too, through which it may be written.
    Other,
}

/// By the local.
pub(super) type Writes = FxHashMap<Local, Vec<Write>>;

/// All writes of a body; that a parameter is passed is none.
pub(super) fn writes(body: &Body) -> Writes {
    let mut out = Writes::default();
    for (block, b) in body.blocks.iter().enumerate() {
        for (index, stmt) in b.stmts.iter().enumerate() {
            let at = (block as u32, index as u32);
            match &stmt.kind {
                StmtKind::Call(dest, _) => out.entry(*dest).or_default().push(Write::Call(at)),
                StmtKind::Await(dest, _) => out.entry(*dest).or_default().push(Write::Other),
                StmtKind::Assign(place, value) => {
                    let write = match value {
                        _ if !place.proj.is_empty() => Write::Other,
                        Rvalue::Path(_) => Write::Path(at),
                        Rvalue::Use(Operand::Use(from)) if from.proj.is_empty() => {
                            Write::Copy(from.local)
                        }
                        Rvalue::Use(Operand::Use(from)) => Write::Part(from.clone()),
                        _ => Write::Other,
                    };
                    out.entry(place.local).or_default().push(write);
                    if let Rvalue::Ref {
                        mutable: true,
                        place,
                    } = value
                    {
                        out.entry(place.local).or_default().push(Write::Other);
                    }
                }
                StmtKind::StorageDead(_) => {}
            }
        }
    }
    out
}
