//! Settings by name, with what is known of each.

use crate::name::Name;
use crate::source::Span;

/// How a setting stands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum SlotKind {
    /// A bound.
    Finite,
    /// Switched off, or so long that it is none.
    Infinite,
    /// From an `Option` that may be `None`, or a bound on some ways and none on others.
    Maybe,
    /// A bound on some ways, not written on the others: what holds without it holds there.
    Sometimes,
    /// Written by something we cannot see.
    Unknown,
}

/// A setting and where it was written.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct SlotState {
    /// How it stands.
    pub kind: SlotKind,
    /// The setter's name.
    pub at: Span,
}

/// Settings by slot name, sorted. A slot that is absent was never written.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default)]
pub struct Slots(Vec<(Name, SlotState)>);

impl Slots {
    /// The state of a slot, if written.
    pub fn get(&self, name: Name) -> Option<SlotState> {
        self.0.iter().find(|(n, _)| *n == name).map(|(_, s)| *s)
    }

    /// Writes a slot: the last write wins.
    pub fn set(&mut self, name: Name, state: SlotState) {
        match self.0.binary_search_by(|(n, _)| n.cmp(&name)) {
            Ok(i) => {
                if let Some(entry) = self.0.get_mut(i) {
                    entry.1 = state;
                }
            }
            Err(i) => self.0.insert(i, (name, state)),
        }
    }

    /// Writes a slot that callees wrote: where they did so on some ways only, what was there before holds on the others.
    pub fn write(&mut self, name: Name, state: SlotState) {
        let before = self.get(name).map(|s| s.kind);
        let kind = match (state.kind, before) {
            (SlotKind::Sometimes, Some(SlotKind::Finite)) => SlotKind::Finite,
            (SlotKind::Sometimes, Some(SlotKind::Unknown)) => SlotKind::Unknown,
            (SlotKind::Sometimes, Some(SlotKind::Infinite | SlotKind::Maybe)) => SlotKind::Maybe,
            (kind, _) => kind,
        };
        self.set(name, SlotState { kind, ..state });
    }

    /// All written slots.
    pub fn iter(&self) -> impl Iterator<Item = (Name, SlotState)> + '_ {
        self.0.iter().copied()
    }

    /// Whether nothing was written.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Writes all of `later` over these.
    pub fn overlay(&mut self, later: &Slots) {
        for (name, state) in later.iter() {
            self.write(name, state);
        }
    }

    /// These with all of `later` written over them.
    #[must_use]
    pub fn then(mut self, later: &Slots) -> Slots {
        self.overlay(later);
        self
    }

    /// What holds where two ways meet: a slot written on one way only, or differently, is *maybe*.
    pub fn join(&self, other: &Slots) -> Slots {
        let mut out = Slots::default();
        for (name, state) in self.iter().chain(other.iter()) {
            if out.get(name).is_some() {
                continue;
            }
            let joined = match (self.get(name), other.get(name)) {
                (Some(a), Some(b)) if a.kind == b.kind => a.min(b),
                (Some(a), Some(b))
                    if [a.kind, b.kind].contains(&SlotKind::Finite)
                        && [a.kind, b.kind].contains(&SlotKind::Sometimes) =>
                {
                    SlotState {
                        kind: SlotKind::Sometimes,
                        at: a.at.min(b.at),
                    }
                }
                (Some(a), Some(b))
                    if a.kind == SlotKind::Unknown || b.kind == SlotKind::Unknown =>
                {
                    SlotState {
                        kind: SlotKind::Unknown,
                        at: a.at.min(b.at),
                    }
                }
                (Some(a), Some(b)) => {
                    // Of a bound and none the bound's place is the evidence.
                    let at = if a.kind == SlotKind::Finite {
                        a.at
                    } else {
                        b.at
                    };
                    SlotState {
                        kind: SlotKind::Maybe,
                        at,
                    }
                }
                _ if state.kind == SlotKind::Finite => SlotState {
                    kind: SlotKind::Sometimes,
                    at: state.at,
                },
                _ => state,
            };
            out.set(name, joined);
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FileId;

    fn at(lo: u32) -> Span {
        Span::new(FileId(0), lo, lo + 1)
    }

    #[test]
    fn a_bound_on_one_way_only_is_conditional_and_the_last_write_wins() {
        let timeout = Name::new("timeout");
        let mut a = Slots::default();
        a.set(
            timeout,
            SlotState {
                kind: SlotKind::Infinite,
                at: at(1),
            },
        );
        a.set(
            timeout,
            SlotState {
                kind: SlotKind::Finite,
                at: at(2),
            },
        );
        assert_eq!(a.get(timeout).map(|s| s.kind), Some(SlotKind::Finite));
        let joined = a.join(&Slots::default());
        assert_eq!(
            joined.get(timeout).map(|s| s.kind),
            Some(SlotKind::Sometimes)
        );
        assert_eq!(joined, Slots::default().join(&a));
    }
}
