//! From settings to phases: which waits of a request are bounded, and by what.

use super::facts::FamilyInfo;
use super::resource::{Bound, Bounds, NearMiss, Phase, PhaseBound};
use super::value::{SlotKind, SlotState, Slots};
use crate::catalog::schema::{Cover, Covers, Slot};
use crate::name::Name;
use crate::source::Span;

fn cover(covers: Covers, phase: Phase) -> Option<Cover> {
    match phase {
        Phase::Connect => covers.connect,
        Phase::Head => covers.head,
        Phase::Body => covers.body,
    }
}

/// The bounds of a request through a client: its own slots replace the client's of the same name.
pub(super) fn of(family: &FamilyInfo<'_>, client: &Slots, request: &Slots) -> Bounds {
    let mut bounds = Bounds::default();
    for slot in &family.slots {
        let name = Name::new(&slot.name);
        let (own, of_client) = (request.get(name), client.get(name));
        for phase in Phase::ALL {
            let Some(cover) = cover(slot.covers, phase) else {
                continue;
            };
            let mut found = bound_of(slot, own.or(of_client), cover);
            if found.bound == Bound::Conditional && own.is_some() {
                // On the ways on which the request brings none, the client's holds.
                let beneath = bound_of(slot, of_client, cover);
                if rank(beneath.bound) > rank(found.bound) {
                    found = beneath;
                }
            }
            let known = bounds.get_mut(phase);
            let idle = [known.bound, found.bound].contains(&Bound::Idle) || known.idle_too;
            if rank(found.bound) > rank(known.bound) {
                *known = found;
            }
            known.idle_too = idle && known.bound == Bound::Total;
        }
    }
    bounds
}

/// The bounds these slots alone set, defaults apart.
pub(super) fn set(family: &FamilyInfo<'_>, slots: &Slots) -> Bounds {
    let mut bounds = of(family, &Slots::default(), slots);
    for phase in Phase::ALL {
        let known = bounds.get_mut(phase);
        if known.by_default {
            *known = PhaseBound::default();
        }
    }
    bounds
}

fn bound_of(slot: &Slot, state: Option<SlotState>, cover: Cover) -> PhaseBound {
    let full = match cover {
        Cover::Total => Bound::Total,
        Cover::Idle => Bound::Idle,
    };
    match state {
        None => match &slot.default {
            Some(default) => PhaseBound {
                bound: full,
                by_default: true,
                set_at: None,
                by: Some(format!("{} ({default} by default)", slot.name)),
                idle_too: false,
            },
            None => PhaseBound::default(),
        },
        Some(state) => {
            let bound = match state.kind {
                SlotKind::Finite => full,
                SlotKind::Infinite => Bound::None,
                // On the other ways the default holds.
                SlotKind::Sometimes if slot.default.is_some() => full,
                SlotKind::Sometimes | SlotKind::Maybe => Bound::Conditional,
                SlotKind::Unknown => Bound::Unknown,
            };
            PhaseBound {
                bound,
                by_default: false,
                set_at: Some(state.at),
                by: Some(slot.name.clone()),
                idle_too: false,
            }
        }
    }
}

/// Of two bounds on one phase the one that is surer to hold counts.
pub(super) fn rank(bound: Bound) -> u8 {
    match bound {
        Bound::None => 0,
        Bound::Conditional => 1,
        Bound::Unknown => 2,
        Bound::Idle => 3,
        Bound::Total => 4,
    }
}

/// Whether these settings keep no connection for a later request.
pub(super) fn keeps_none(family: &FamilyInfo<'_>, slots: &Slots) -> bool {
    let off = |(name, state): (Name, super::value::SlotState)| {
        state.kind == SlotKind::Infinite && family.slot(name).is_some_and(|s| s.keeps)
    };
    slots.iter().any(off)
}

/// Where a client of these settings is given something of its own to keep from one request to the next.
pub(super) fn remembers(family: &FamilyInfo<'_>, slots: &Slots) -> Option<Span> {
    let own = |(name, state): (Name, super::value::SlotState)| {
        let given = state.kind != SlotKind::Infinite;
        (given && family.slot(name)?.remembers).then_some(state.at)
    };
    slots.iter().find_map(own)
}

/// Setters that were called and do not cover all of a request.
pub(super) fn near_misses(family: &FamilyInfo<'_>, slots: &Slots) -> Vec<NearMiss> {
    let mut out = Vec::new();
    for (name, state) in slots.iter() {
        let Some(slot) = family.slot(name).filter(|s| !s.keeps && !s.remembers) else {
            continue;
        };
        match (state.kind, &slot.near) {
            (SlotKind::Infinite, _) => {
                out.push(NearMiss {
                    at: state.at,
                    text: format!("this switches `{name}` off"),
                });
            }
            (_, Some(near)) => out.push(NearMiss {
                at: state.at,
                text: format!("this {near}"),
            }),
            _ => {}
        }
    }
    out.sort_by_key(|n| n.at);
    out
}
