//! Associated types: what a projection comes to, by impls, bounds and closures.

use std::sync::Arc;

use super::{DEPTH, Lookup, NoCallables, match_all, match_ty};
use crate::name::Name;
use crate::resolve::def::{DefId, Program};
use crate::resolve::sig::{Types, head_of};
use crate::resolve::ty::{Subst, TraitRef, Ty};

impl Types {
    /// Resolves projections as far as impls and bounds tell.
    pub fn normalize(&self, program: &Program<'_>, ty: &Ty) -> Ty {
        Lookup {
            program,
            types: self,
            callables: &NoCallables,
        }
        .normalize(ty)
    }
}

impl Lookup<'_, '_> {
    /// Resolves projections as far as impls, bounds and closures tell.
    pub fn normalize(&self, ty: &Ty) -> Ty {
        self.normalize_at(ty, DEPTH)
    }

    fn normalize_at(&self, ty: &Ty, depth: u32) -> Ty {
        if depth == 0 {
            return Ty::Unknown;
        }
        if !ty.any(&mut |t| matches!(t, Ty::Proj(..))) {
            return ty.clone();
        }
        ty.map(&mut |t| self.resolved(t, depth))
    }

    /// What a projection comes to; `None` of all other types.
    fn resolved(&self, ty: &Ty, depth: u32) -> Option<Ty> {
        let Ty::Proj(base, of, name) = ty else {
            return None;
        };
        // Bounds may name one another's types without end.
        let Some(depth) = depth.checked_sub(1) else {
            return Some(Ty::Unknown);
        };
        let base = self.normalize_at(base, depth);
        let of = of
            .as_ref()
            .map(|of| of.map(&mut |t| self.resolved(t, depth)));
        Some(match self.assoc_at(&base, of.as_ref(), *name, depth) {
            Some(found) => self.normalize_at(&found, depth),
            None => Ty::Proj(Arc::new(base), of.map(Arc::new), *name),
        })
    }

    /// The associated type `name` of `ty`, by the trait if given.
    pub fn assoc(&self, ty: &Ty, of: Option<DefId>, name: Name) -> Option<Ty> {
        self.assoc_at(ty, of.map(TraitRef::bare).as_ref(), name, DEPTH)
    }

    pub(super) fn assoc_at(
        &self,
        ty: &Ty,
        of: Option<&TraitRef>,
        name: Name,
        depth: u32,
    ) -> Option<Ty> {
        if depth == 0 {
            return None;
        }
        let trait_def = of.map(|of| of.trait_def);
        match ty {
            Ty::Unknown | Ty::Var(_) => return None,
            Ty::AsyncFn(output) if name == "Output" => return Some((**output).clone()),
            Ty::Async(body) | Ty::Closure(body) if name == "Output" => {
                return self.callables.callable(*body).map(|(_, ret)| ret);
            }
            Ty::FnDef(def, subst) if name == "Output" => {
                return self.types.sigs.get(def).map(|s| s.ret.subst(subst));
            }
            Ty::FnPtr(_, ret) if name == "Output" => return Some((**ret).clone()),
            _ => {}
        }
        if let Some(found) = self.assoc_of_bounds(ty, trait_def, name) {
            return Some(found);
        }
        let args: &[Ty] = of.map(|of| &*of.args).unwrap_or_default();
        let traits: Vec<DefId> = match trait_def {
            Some(of) => vec![of],
            None => self
                .types
                .traits_with
                .get(&name)
                .cloned()
                .unwrap_or_default(),
        };
        for trait_def in traits {
            if let Some((found, subst)) = self.assoc_of_impls(trait_def, args, ty, name, depth) {
                return Some(self.normalize_at(&found.subst(&subst), depth - 1));
            }
        }
        let (found, subst) = self.assoc_out_of_sight(ty, name)?;
        Some(self.normalize_at(&found.subst(&subst), depth - 1))
    }

    /// What the impls of a trait say, first of all that with these arguments of the trait, which it may speak of
    /// (`impl<S> Layer<S> for TimeoutLayer` makes a `Timeout<S>`).
    fn assoc_of_impls(
        &self,
        trait_def: DefId,
        args: &[Ty],
        ty: &Ty,
        name: Name,
        depth: u32,
    ) -> Option<(&Ty, Subst)> {
        let mut other = None;
        for (info, mut subst) in self.impls_of(trait_def, ty, depth - 1) {
            let Some(found) = info.types.get(&name) else {
                continue;
            };
            let own = info.of_trait.as_ref().map(|of| &*of.args);
            if match_all(own.unwrap_or_default(), args, &info.generics, &mut subst) {
                return Some((found, subst));
            }
            other.get_or_insert((found, subst));
        }
        other
    }

    /// What an impl of a trait nobody described says of its type, where only one says it: of several none is known to
    /// be meant.
    fn assoc_out_of_sight(&self, ty: &Ty, name: Name) -> Option<(&Ty, Subst)> {
        let impls = self.types.inherent.get(&head_of(ty)?)?;
        let mut named = impls.iter().filter_map(|index| {
            let info = self.types.impls.get(*index)?;
            Some((info, info.types.get(&name)?))
        });
        let (info, found) = named.next()?;
        let mut subst = Subst::default();
        let meant =
            named.next().is_none() && match_ty(&info.self_ty, ty, &info.generics, &mut subst);
        meant.then_some((found, subst))
    }

    fn assoc_of_bounds(&self, ty: &Ty, of: Option<DefId>, name: Name) -> Option<Ty> {
        self.nearest(self.bounds_of(ty), ty, |bound| {
            let (_, found) = bound.bindings.iter().find(|(n, _)| *n == name)?;
            let fits = of.is_none_or(|of| {
                of == bound.trait_def || self.types.known.closure_trait(of).is_some()
            });
            fits.then(|| found.clone())
        })
    }
}
