//! Queues behind iterators of the program's own: a loop over one ends when no more can come.

use super::signal::Source;
use super::sources::Finder;
use crate::flow::tasks::graph::{derived, result_at};
use crate::ir::body::{BlockId, RETURN, Terminator};
use crate::name::Name;
use crate::resolve::def::BodyId;
use crate::resolve::sig::body_of;
use crate::resolve::ty::Ty;
use crate::source::Span;

/// Functions that hand on what another one took from a queue.
const HANDED_ON: u32 = 3;

/// Deepest nesting of types looked at for an impl.
const NESTED: u32 = 3;

impl Finder<'_, '_, '_, '_> {
    /// The loops of a body over what takes its items from a queue.
    pub(super) fn iterated(&self, id: BodyId) -> Vec<Source> {
        let Some(types) = self.cx.bodies.get(&id) else {
            return Vec::new();
        };
        let blocks = (0..).map(BlockId).zip(&self.cx.body(id).blocks);
        let over = blocks.filter_map(|(at, b)| match &b.term {
            Terminator::Next { iter, .. } => Some((at, *iter)),
            _ => None,
        });
        over.filter_map(|(block, iter)| {
            let at = self.queue_behind(types.local(iter))?;
            Some(Source::new(at, block, iter, false))
        })
        .collect()
    }

    /// Where the `next` of what a loop goes over waits for a queue.
    fn queue_behind(&self, ty: &Ty) -> Option<Span> {
        let (known, lookup) = (self.cx.types.known, self.cx.lookup());
        let made = lookup.assoc(ty, known.into_iterator, Name::new("IntoIter"));
        let iter = made.as_ref().unwrap_or(ty);
        let Ty::Adt(def, _) = iter else {
            return None;
        };
        let of = known.iterator.filter(|_| self.cx.program.is_local(*def))?;
        let impls = lookup.impls_of(of, iter, NESTED);
        let mut nexts = impls
            .iter()
            .filter_map(|(info, _)| info.fns.get(&Name::new("next")));
        let next = nexts.find_map(|next| body_of(self.cx.program, *next))?;
        self.takes(next, HANDED_ON)
    }

    /// Where a function waits for what it returns.
    fn takes(&self, id: BodyId, depth: u32) -> Option<Span> {
        let body = self.cx.body(id);
        let own = self.direct(id);
        let mut own = own
            .iter()
            .filter(|s| derived(body, s.local).contains(&RETURN));
        if let Some(source) = own.next() {
            return Some(source.at);
        }
        let done = self.tables.bodies.get(&id).filter(|_| depth > 0)?;
        let inline = done.edges.iter().filter(|e| !e.spawned && e.at.0 == id);
        inline
            .filter(|e| result_at(body, e.at.1).is_some_and(|l| derived(body, l).contains(&RETURN)))
            .find_map(|e| self.takes(e.callee, depth - 1))
    }
}
