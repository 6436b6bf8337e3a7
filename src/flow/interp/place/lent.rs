//! Locals that stand for a place: references to one place and never to another.

use rustc_hash::FxHashMap;

use crate::flow::interp::Interp;
use crate::ir::body::{Body, Local, Place, Rvalue, StmtKind};

impl Interp<'_, '_, '_, '_> {
    /// The place that a local is a reference to, if it is never anything else.
    pub(in crate::flow::interp) fn lent(&self, local: Local) -> Option<Place> {
        let lent = self.lent.get_or_init(|| references(self.body));
        lent.get(&local)?.clone()
    }
}

/// The locals that are only ever a reference to one place, with that place; `None` for those that are something else too.
fn references(body: &Body) -> FxHashMap<Local, Option<Place>> {
    let mut out: FxHashMap<Local, Option<Place>> = FxHashMap::default();
    for stmt in body.stmts() {
        match &stmt.kind {
            StmtKind::Assign(to, Rvalue::Ref { place, .. }) if to.proj.is_empty() => {
                out.entry(to.local)
                    .and_modify(|known| {
                        if known.as_ref() != Some(place) {
                            *known = None;
                        }
                    })
                    .or_insert_with(|| Some(place.clone()));
            }
            StmtKind::Assign(to, _) if to.proj.is_empty() => {
                out.insert(to.local, None);
            }
            StmtKind::Call(to, _) | StmtKind::Await(to, _) => {
                out.insert(*to, None);
            }
            StmtKind::Assign(..) | StmtKind::StorageDead(_) => {}
        }
    }
    out
}
