//! What is known of types without looking into a body: signatures, fields, impls and what they are looked up by.

use rustc_hash::FxHashMap;

use super::def::{BodyId, DefId, DefKind, Program};
use super::known::Known;
use super::ty::{ParamId, TraitRef, Ty};
use crate::name::Name;

/// A function's signature.
#[derive(Clone, Debug)]
pub struct Sig {
    /// Parameter types, the receiver first.
    pub params: Vec<Ty>,
    /// Whether the first parameter is a receiver.
    pub has_self: bool,
    /// Whether the receiver is taken by value.
    pub self_by_value: bool,
    /// What a call yields (a future for an `async fn`).
    pub ret: Ty,
    /// All parameters a call has to find types for: those of the impl or trait around it too.
    pub generics: Vec<ParamId>,
    /// Its own explicit parameters, for a turbofish.
    pub own: Vec<ParamId>,
}

/// An impl, ready for lookup.
#[derive(Clone, Debug)]
pub struct ImplInfo {
    /// The impl.
    pub def: DefId,
    /// Its parameters.
    pub generics: Vec<ParamId>,
    /// What it is for.
    pub self_ty: Ty,
    /// The trait, if any.
    pub of_trait: Option<TraitRef>,
    /// Associated types.
    pub types: FxHashMap<Name, Ty>,
    /// Functions.
    pub fns: FxHashMap<Name, DefId>,
}

/// What an impl's self type begins with: the key of the lookup.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Head {
    /// A struct, enum.
    Def(DefId),
    /// A type of an undescribed crate.
    External(Name),
    /// A primitive.
    Prim(Name),
    /// A tuple.
    Tuple,
    /// A slice or array.
    Slice,
    /// A reference.
    Ref,
    /// `dyn Trait`.
    Dyn(DefId),
    /// Anything (`impl<T: Bound> Trait for T`).
    Blanket,
}

/// Everything about types that does not depend on a body.
#[derive(Debug, Default)]
pub struct Types {
    /// Names of parameters and the definition they belong to.
    pub params: Vec<ParamInfo>,
    /// Parameters by definition (struct, enum, alias, trait, impl, fn).
    pub generics: FxHashMap<DefId, Vec<ParamId>>,
    /// `Self` of a trait.
    pub self_params: FxHashMap<DefId, ParamId>,
    /// Signatures of functions.
    pub sigs: FxHashMap<DefId, Sig>,
    /// Impls.
    pub impls: Vec<ImplInfo>,
    /// Inherent impls by head.
    pub inherent: FxHashMap<Head, Vec<usize>>,
    /// Trait impls by trait and head.
    pub trait_impls: FxHashMap<(DefId, Head), Vec<usize>>,
    /// The written impls by definition.
    pub by_impl: FxHashMap<DefId, usize>,
    /// Trait impls by trait.
    pub by_trait: FxHashMap<DefId, Vec<usize>>,
    /// Trait impls by head.
    pub by_head: FxHashMap<Head, Vec<usize>>,
    /// Traits that have a function or type of this name.
    pub traits_with: FxHashMap<Name, Vec<DefId>>,
    /// Field types of structs and variants.
    pub fields: FxHashMap<DefId, Vec<(Name, Ty)>>,
    /// Types of statics and consts.
    pub statics: FxHashMap<DefId, Ty>,
    /// Well-known definitions.
    pub known: Known,
}

/// A generic parameter.
#[derive(Clone, Debug)]
pub struct ParamInfo {
    /// Its name.
    pub name: Name,
    /// What it is declared by.
    pub owner: DefId,
    /// What it must implement.
    pub bounds: Vec<TraitRef>,
}

/// The lookup key of a type; `None` if it has none (unknown, a variable).
pub fn head_of(ty: &Ty) -> Option<Head> {
    match ty {
        Ty::Adt(def, _) => Some(Head::Def(*def)),
        Ty::External(name, _) => Some(Head::External(*name)),
        Ty::Prim(name) => Some(Head::Prim(*name)),
        Ty::Tuple(_) => Some(Head::Tuple),
        Ty::Slice(_) => Some(Head::Slice),
        Ty::Ref(_) => Some(Head::Ref),
        Ty::Bounded(bounds) => bounds.first().map(|b| Head::Dyn(b.trait_def)),
        Ty::Param(_) => Some(Head::Blanket),
        _ => None,
    }
}

/// The body of a function or static, if it has one.
pub fn body_of(program: &Program<'_>, id: DefId) -> Option<BodyId> {
    match program.def(id).kind {
        DefKind::Fn { body, .. } | DefKind::Static { body, .. } => body,
        _ => None,
    }
}
