//! Types, resolved.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::def::{BodyId, DefId};
use crate::name::Name;

/// A generic parameter, numbered over the whole run.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct ParamId(pub u32);

/// Type arguments.
pub type Args = Arc<[Ty]>;

/// A type.
#[derive(Clone, PartialEq, Debug)]
pub enum Ty {
    /// We do not know.
    Unknown,
    /// `!`.
    Never,
    /// `u32`, `str`, `bool`, …
    Prim(Name),
    /// A struct or enum of the run or the catalogue.
    Adt(DefId, Args),
    /// A type of a crate nobody described, by path.
    External(Name, Args),
    /// `&T`, `&mut T`. Mutability makes no difference here.
    Ref(Arc<Ty>),
    /// A tuple; unit is the empty one.
    Tuple(Args),
    /// `[T]`, `[T; N]`.
    Slice(Arc<Ty>),
    /// A function item, with what its parameters stand for.
    FnDef(DefId, Arc<Subst>),
    /// `fn(A) -> B`.
    FnPtr(Args, Arc<Ty>),
    /// A closure.
    Closure(BodyId),
    /// An async block, or the future of an `async` closure.
    Async(BodyId),
    /// The future of an `async fn`, by its output.
    AsyncFn(Arc<Ty>),
    /// A generic parameter.
    Param(ParamId),
    /// `<T as Trait>::Name`; the trait may be unknown.
    Proj(Arc<Ty>, Option<DefId>, Name),
    /// `impl A + B`, `dyn A + B`.
    Bounded(Arc<[TraitRef]>),
    /// An inference variable.
    Var(u32),
}

/// A trait with arguments and associated types: `Iterator<Item = T>`.
#[derive(Clone, PartialEq, Debug)]
pub struct TraitRef {
    /// The trait.
    pub trait_def: DefId,
    /// Its arguments. `Fn(A, B)` has the one argument `(A, B)`.
    pub args: Args,
    /// Associated types.
    pub bindings: Arc<[(Name, Ty)]>,
}

/// What parameters stand for.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Subst(pub FxHashMap<ParamId, Ty>);

impl Subst {
    /// What `param` stands for.
    pub fn get(&self, param: ParamId) -> Option<&Ty> {
        self.0.get(&param)
    }
}

impl Ty {
    /// `()`.
    pub fn unit() -> Ty {
        Ty::Tuple(Arc::from([]))
    }

    /// `&self`.
    #[must_use]
    pub fn reference(self) -> Ty {
        Ty::Ref(Arc::new(self))
    }

    /// The type behind any number of references.
    pub fn peel_refs(&self) -> &Ty {
        let mut at = self;
        while let Ty::Ref(inner) = at {
            at = inner;
        }
        at
    }

    /// Replaces parameters.
    #[must_use]
    pub fn subst(&self, with: &Subst) -> Ty {
        if with.0.is_empty() {
            return self.clone();
        }
        self.map(&mut |ty| match ty {
            Ty::Param(id) => with.get(*id).cloned(),
            _ => None,
        })
    }

    /// Rebuilds the type, replacing whatever `change` gives a new type for (outermost first).
    #[must_use]
    pub fn map(&self, change: &mut impl FnMut(&Ty) -> Option<Ty>) -> Ty {
        if let Some(new) = change(self) {
            return new;
        }
        let mut list = |args: &Args| -> Args { args.iter().map(|a| a.map(change)).collect() };
        match self {
            Ty::Adt(def, args) => Ty::Adt(*def, list(args)),
            Ty::External(path, args) => Ty::External(*path, list(args)),
            Ty::Tuple(args) => Ty::Tuple(list(args)),
            Ty::Ref(inner) => Ty::Ref(Arc::new(inner.map(change))),
            Ty::Slice(inner) => Ty::Slice(Arc::new(inner.map(change))),
            Ty::AsyncFn(inner) => Ty::AsyncFn(Arc::new(inner.map(change))),
            Ty::FnPtr(params, ret) => {
                let params = list(params);
                Ty::FnPtr(params, Arc::new(ret.map(change)))
            }
            Ty::FnDef(def, subst) => {
                let inner = subst.0.iter().map(|(k, v)| (*k, v.map(change))).collect();
                Ty::FnDef(*def, Arc::new(Subst(inner)))
            }
            Ty::Proj(base, of, name) => Ty::Proj(Arc::new(base.map(change)), *of, *name),
            Ty::Bounded(bounds) => Ty::Bounded(bounds.iter().map(|b| b.map(change)).collect()),
            Ty::Unknown
            | Ty::Never
            | Ty::Prim(_)
            | Ty::Closure(_)
            | Ty::Async(_)
            | Ty::Param(_)
            | Ty::Var(_) => self.clone(),
        }
    }

    /// Whether `pred` holds of the type or anything in it.
    pub fn any(&self, pred: &mut impl FnMut(&Ty) -> bool) -> bool {
        if pred(self) {
            return true;
        }
        match self {
            Ty::Adt(_, args) | Ty::External(_, args) | Ty::Tuple(args) => {
                args.iter().any(|a| a.any(pred))
            }
            Ty::Ref(inner) | Ty::Slice(inner) | Ty::AsyncFn(inner) | Ty::Proj(inner, _, _) => {
                inner.any(pred)
            }
            Ty::FnPtr(params, ret) => params.iter().any(|a| a.any(pred)) || ret.any(pred),
            Ty::FnDef(_, subst) => subst.0.values().any(|a| a.any(pred)),
            Ty::Bounded(bounds) => bounds.iter().any(|b| {
                b.args.iter().any(|a| a.any(pred)) || b.bindings.iter().any(|(_, t)| t.any(pred))
            }),
            _ => false,
        }
    }
}

impl TraitRef {
    /// See [`Ty::map`].
    #[must_use]
    pub fn map(&self, change: &mut impl FnMut(&Ty) -> Option<Ty>) -> TraitRef {
        TraitRef {
            trait_def: self.trait_def,
            args: self.args.iter().map(|a| a.map(change)).collect(),
            bindings: self
                .bindings
                .iter()
                .map(|(n, t)| (*n, t.map(change)))
                .collect(),
        }
    }
}
