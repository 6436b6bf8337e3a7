//! What is learned of the whole program before bodies are run, and asked wherever one is.

use rustc_hash::{FxHashMap, FxHashSet};

use super::tables::FieldKey;
use super::value::Shape;
use crate::name::Name;
use crate::resolve::def::{BodyId, DefId};
use crate::resolve::ty::Ty;

/// A parameter of a body.
pub(super) type Param = (BodyId, u16);

/// What is known of `Option` parameters and fields.
#[derive(Debug, Default)]
pub(super) struct Options {
    shapes: FxHashMap<Param, Shape>,
    filled: FxHashSet<FieldKey>,
}

impl Options {
    pub(super) fn new(shapes: FxHashMap<Param, Shape>, filled: FxHashSet<FieldKey>) -> Self {
        Options { shapes, filled }
    }

    /// What a parameter is given by every call: always a value, never one, or either.
    pub(super) fn shape(&self, body: BodyId, index: u16) -> Shape {
        self.shapes
            .get(&(body, index))
            .copied()
            .unwrap_or(Shape::Any)
    }

    /// Whether a field always has a value, as far as is seen.
    pub(super) fn is_filled(&self, field: FieldKey) -> bool {
        self.filled.contains(&field)
    }
}

/// The structs that hold one response in one field of their own.
#[derive(Debug, Default)]
pub(super) struct Wrappers {
    types: FxHashSet<DefId>,
    fields: FxHashSet<FieldKey>,
}

impl Wrappers {
    /// Adds the struct of this field, which holds the response.
    pub(super) fn insert(&mut self, field: FieldKey) {
        self.types.insert(field.0);
        self.fields.insert(field);
    }

    /// Whether a type is one of them.
    pub(super) fn contains(&self, ty: &Ty) -> bool {
        matches!(ty, Ty::Adt(def, _) if self.types.contains(def))
    }

    /// Whether this field is what one of them wraps.
    pub(super) fn wraps(&self, of: DefId, field: Name) -> bool {
        self.fields.contains(&(of, field))
    }
}

/// The fields that are written anew wherever the struct that a body makes goes, and whether code out of sight may get that
/// struct as it is.
#[derive(Debug, Default)]
pub(super) struct Replaced(FxHashMap<(BodyId, FieldKey), bool>);

impl Replaced {
    /// Adds one.
    pub(super) fn insert(&mut self, by: BodyId, field: FieldKey, seen_outside: bool) {
        self.0.insert((by, field), seen_outside);
    }

    /// Whether what a body makes is always made anew somewhere.
    pub(super) fn is_by(&self, body: BodyId) -> bool {
        self.0.keys().any(|(by, _)| *by == body)
    }

    /// Whether what a body puts into a field is replaced: if so, whether code out of sight may get it before.
    pub(super) fn get(&self, by: BodyId, field: FieldKey) -> Option<bool> {
        self.0.get(&(by, field)).copied()
    }
}
