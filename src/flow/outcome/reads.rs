//! Reads of bodies: who reads which response, how, and under which bound.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use super::Builder;
use crate::flow::resource::{BodyRead, Bound, Manner};
use crate::flow::tables::ReadRec;
use crate::flow::value::{Extent, Ob, ResId};
use crate::ir::body::BodyKind;
use crate::resolve::def::BodyId;
use crate::source::Span;

/// Reads by the response they are of.
pub(super) type Reads = FxHashMap<ResId, BTreeSet<BodyRead>>;

impl Builder<'_, '_, '_, '_> {
    /// All reads, by the response they are of.
    pub(super) fn reads(&self) -> Reads {
        let mut out = Reads::default();
        for id in self.order {
            let reads = self
                .tables
                .bodies
                .get(id)
                .into_iter()
                .flat_map(|o| &o.reads);
            for rec in reads {
                for ob in &rec.reading.of {
                    if let Ob::Res(res) = ob {
                        let read = self.body_read(*id, rec, *res);
                        out.entry(*res).or_default().insert(read);
                    }
                }
            }
        }
        out
    }

    fn body_read(&self, done_in: BodyId, rec: &ReadRec, of: ResId) -> BodyRead {
        let reading = &rec.reading;
        let outer = || {
            let open = self.contexts.is_open(done_in);
            (!open).then(|| self.outer_guard(done_in)).flatten()
        };
        let its_own = || self.tables.limited.get(&of).copied();
        let always = rec.guard.or_else(its_own).or_else(outer);
        let guard_at = always.or_else(|| self.read_guard_on_some_ways(done_in, rec));
        // A bound inside the loop is there anew for each piece, and one piece is no more than one wait. One outside of a stream
        // that reads as it is asked for the next is around each of its own pieces.
        let each = |g| {
            let anew = reading.turns.map_or(reading.limited, |t| t.contains(g));
            anew || self.asked_from(reading.body, g)
        };
        let in_pieces = matches!(reading.extent, Extent::Piece | Extent::Kept);
        let guard = match (always, guard_at) {
            (None, None) => Bound::None,
            (None, Some(_)) => Bound::Conditional,
            (Some(at), _) if in_pieces && each(at) => Bound::Idle,
            (Some(_), _) => Bound::Total,
        };
        let info = self.cx.program.body(reading.body);
        BodyRead {
            at: reading.at,
            manner: match reading.extent {
                Extent::Whole | Extent::Kept => Manner::Buffered,
                Extent::Copied => Manner::Copied,
                Extent::Piece => Manner::Pieces,
                Extent::Opened => Manner::HandedOn,
                Extent::Gathered => Manner::Gathered,
            },
            limited: reading.limited,
            decoded: reading.decodes,
            messages: self.is_of_messages(of),
            guard,
            guard_at,
            within: self.cx.program.path(info.owner),
            in_test: info.in_test,
        }
    }

    /// Whether a place is outside of the stream whose body this is, or is written in.
    fn asked_from(&self, id: BodyId, at: Span) -> bool {
        let mut inside = Some(id);
        while let Some(id) = inside {
            let body = self.cx.body(id);
            if matches!(body.kind, BodyKind::Async { yields: true, .. }) {
                return !body.span.contains(at);
            }
            inside = self.cx.program.body(id).parent;
        }
        false
    }

    /// The bound around a read that on other ways is not asked for: around the future that reads, or around all that the body
    /// does.
    fn read_guard_on_some_ways(&self, done_in: BodyId, rec: &ReadRec) -> Option<Span> {
        let reads = self.tables.bodies.get(&done_in).map(|b| &b.reads);
        let twins = reads.into_iter().flatten();
        let mut same = twins.filter(|r| r.reading.at == rec.reading.at);
        same.find_map(|r| r.guard).or_else(|| {
            self.contexts
                .bound_on_some_ways(self.cx, self.tables, done_in)
        })
    }

    /// Reads of a response, also where it was handed out to. What only makes a stream is no read where the pieces are seen
    /// to be taken.
    pub(super) fn reads_of(&self, reads: &Reads, id: ResId) -> Vec<BodyRead> {
        let instances = self.instances.get(&id).into_iter().flatten().copied();
        let mut all: BTreeSet<BodyRead> = BTreeSet::new();
        for res in std::iter::once(id).chain(instances) {
            all.extend(reads.get(&res).into_iter().flatten().cloned());
        }
        if all.iter().any(|r| r.manner != Manner::HandedOn) {
            all.retain(|r| r.manner != Manner::HandedOn);
        }
        all.into_iter().collect()
    }
}
