//! Reads of bodies: who reads which response, and under which bound.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use super::Builder;
use crate::flow::resource::BodyRead;
use crate::flow::value::{Ob, ResId};
use crate::source::Span;

impl Builder<'_, '_, '_, '_> {
    pub(super) fn reads(&self) -> FxHashMap<ResId, BTreeSet<(Span, bool, bool, bool)>> {
        let mut out: FxHashMap<ResId, BTreeSet<(Span, bool, bool, bool)>> = FxHashMap::default();
        for id in self.order {
            let Some(done) = self.tables.bodies.get(id) else {
                continue;
            };
            for read in &done.reads {
                let guarded = read.guard.is_some() || !self.contexts.is_open(*id);
                for ob in &read.of {
                    if let Ob::Res(res) = ob {
                        out.entry(*res).or_default().insert((
                            read.at,
                            read.stepwise,
                            read.limited,
                            guarded,
                        ));
                    }
                }
            }
        }
        out
    }

    /// Reads of a response, also where it was handed out to.
    pub(super) fn reads_of(
        &self,
        reads: &FxHashMap<ResId, BTreeSet<(Span, bool, bool, bool)>>,
        id: ResId,
    ) -> Vec<BodyRead> {
        let instances = self.instances.get(&id).into_iter().flatten().copied();
        let mut all: BTreeSet<(Span, bool, bool, bool)> = BTreeSet::new();
        for res in std::iter::once(id).chain(instances) {
            all.extend(reads.get(&res).into_iter().flatten().copied());
        }
        all.into_iter()
            .map(|(at, stepwise, limited, guarded)| BodyRead {
                at,
                stepwise,
                limited,
                guarded,
            })
            .collect()
    }
}
