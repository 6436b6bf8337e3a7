//! Types, resolved.

use std::sync::Arc;

use super::def::{BodyId, DefId};
use crate::ir::body::Lit;
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
    /// `<T as Trait<A>>::Name`; the trait may be unknown.
    Proj(Arc<Ty>, Option<Arc<TraitRef>>, Name),
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

/// What parameters stand for, in order of the parameters: there are few, and one is made for every call.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Subst(Vec<(ParamId, Ty)>);

impl Subst {
    fn find(&self, param: ParamId) -> Result<usize, usize> {
        self.0.binary_search_by_key(&param, |(p, _)| *p)
    }

    /// What `param` stands for.
    pub fn get(&self, param: ParamId) -> Option<&Ty> {
        let (_, ty) = self.0.get(self.find(param).ok()?)?;
        Some(ty)
    }

    /// Lets `param` stand for a type, whatever it stood for.
    pub fn insert(&mut self, param: ParamId, ty: Ty) {
        match self.find(param) {
            Ok(at) => {
                if let Some((_, slot)) = self.0.get_mut(at) {
                    *slot = ty;
                }
            }
            Err(at) => self.0.insert(at, (param, ty)),
        }
    }

    /// Whether no parameter stands for anything.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All parameters with what they stand for.
    pub fn iter(&self) -> impl Iterator<Item = (ParamId, &Ty)> {
        self.0.iter().map(|(param, ty)| (*param, ty))
    }

    /// The same parameters for changed types.
    #[must_use]
    pub fn map(&self, mut change: impl FnMut(&Ty) -> Ty) -> Subst {
        Subst(self.0.iter().map(|(p, ty)| (*p, change(ty))).collect())
    }
}

impl Extend<(ParamId, Ty)> for Subst {
    fn extend<I: IntoIterator<Item = (ParamId, Ty)>>(&mut self, pairs: I) {
        for (param, ty) in pairs {
            self.insert(param, ty);
        }
    }
}

impl FromIterator<(ParamId, Ty)> for Subst {
    fn from_iter<I: IntoIterator<Item = (ParamId, Ty)>>(pairs: I) -> Self {
        let mut subst = Subst::default();
        subst.extend(pairs);
        subst
    }
}

impl IntoIterator for Subst {
    type Item = (ParamId, Ty);
    type IntoIter = std::vec::IntoIter<(ParamId, Ty)>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl Ty {
    /// The type of a literal; `None` for numbers, which what is done with them decides.
    pub fn of_literal(lit: &Lit) -> Option<Ty> {
        match lit {
            Lit::Bool(_) => Some(Ty::Prim(Name::bool())),
            Lit::Str(_) => Some(Ty::Prim(Name::str()).reference()),
            Lit::Char => Some(Ty::Prim(Name::char())),
            Lit::Int(_) | Lit::Float(_) => None,
        }
    }

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
        if with.is_empty() {
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
            Ty::FnDef(def, subst) => Ty::FnDef(*def, Arc::new(subst.map(|ty| ty.map(change)))),
            Ty::Proj(base, of, name) => {
                let of = of.as_ref().map(|of| Arc::new(of.map(change)));
                Ty::Proj(Arc::new(base.map(change)), of, *name)
            }
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
            Ty::Ref(inner) | Ty::Slice(inner) | Ty::AsyncFn(inner) => inner.any(pred),
            Ty::Proj(inner, of, _) => inner.any(pred) || of.iter().any(|of| of.any(pred)),
            Ty::FnPtr(params, ret) => params.iter().any(|a| a.any(pred)) || ret.any(pred),
            Ty::FnDef(_, subst) => subst.iter().any(|(_, a)| a.any(pred)),
            Ty::Bounded(bounds) => bounds.iter().any(|b| b.any(pred)),
            _ => false,
        }
    }
}

impl TraitRef {
    /// A trait whose arguments are not known.
    pub fn bare(trait_def: DefId) -> TraitRef {
        TraitRef {
            trait_def,
            args: Arc::from([]),
            bindings: Arc::from([]),
        }
    }

    /// See [`Ty::any`].
    fn any(&self, pred: &mut impl FnMut(&Ty) -> bool) -> bool {
        self.args.iter().any(|a| a.any(pred)) || self.bindings.iter().any(|(_, t)| t.any(pred))
    }

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
