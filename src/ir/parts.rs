//! What the parts of a statement are: the place an operand reads, what a method is called on.

use super::body::{Callee, Local, Operand, Place};

impl Place {
    /// The local, where this is all of it.
    pub fn whole(&self) -> Option<Local> {
        self.proj.is_empty().then_some(self.local)
    }
}

impl Operand {
    /// The place it reads.
    pub fn place(&self) -> Option<&Place> {
        match self {
            Operand::Use(place) => Some(place),
            Operand::Lit(_) => None,
        }
    }

    /// The local it reads, or reads a part of.
    pub fn local(&self) -> Option<Local> {
        self.place().map(|place| place.local)
    }
}

impl Callee {
    /// What a method is called on.
    pub fn receiver(&self) -> Option<&Place> {
        match self {
            Callee::Method { recv, .. } => Some(recv),
            Callee::Path(_) | Callee::Value(_) => None,
        }
    }
}
