//! Lookup by type: methods with autoderef, associated types, whether a type implements a trait.

mod assoc;

use super::def::{BodyId, CrateId, DefId, DefKind, Program};
use super::sig::{Head, ImplInfo, Types, head_of};
use super::ty::{ParamId, Subst, TraitRef, Ty};
use crate::name::Name;

/// Longest chain of derefs and deepest nesting of bounds followed.
const DEPTH: u32 = 10;
/// How many bounds of one type are looked at, supertraits included.
const BOUNDS: usize = 64;

/// What inference knows about the body at hand: its closures and async blocks, and what its crate can name.
pub trait Callables {
    /// The parameters and the result of a closure or async block.
    fn callable(&self, body: BodyId) -> Option<(Vec<Ty>, Ty)>;

    /// Whether the body at hand may mean a trait of this crate: of two versions of one, that which its crate depends on.
    fn may_name(&self, _program: &Program<'_>, _krate: CrateId) -> bool {
        true
    }
}

/// Nothing is known about closures.
#[derive(Debug, Clone, Copy)]
pub struct NoCallables;

impl Callables for NoCallables {
    fn callable(&self, _: BodyId) -> Option<(Vec<Ty>, Ty)> {
        None
    }
}

/// A method or associated function found for a type.
#[derive(Clone, Debug)]
pub struct Found {
    /// The function.
    pub def: DefId,
    /// What the parameters of its impl or trait stand for (`Self` of the trait included).
    pub subst: Subst,
    /// The type at the deref step where it was found.
    pub self_ty: Ty,
    /// How many derefs that took.
    pub derefs: u32,
}

/// Lookups over a program.
#[derive(Clone, Copy)]
pub struct Lookup<'p, 'a> {
    /// The program.
    pub program: &'p Program<'a>,
    /// Its types.
    pub types: &'p Types,
    /// Closures of the body at hand.
    pub callables: &'p dyn Callables,
}

/// Matches a pattern with parameters against a type. Unknown parts match anything.
pub fn match_ty(pattern: &Ty, ty: &Ty, params: &[ParamId], subst: &mut Subst) -> bool {
    match (pattern, ty) {
        (Ty::Param(p), _) if params.contains(p) => match subst.get(*p) {
            None => {
                subst.insert(*p, ty.clone());
                true
            }
            Some(Ty::Unknown | Ty::Var(_)) => true,
            Some(_) => true,
        },
        (Ty::Unknown | Ty::Var(_) | Ty::Proj(..), _)
        | (_, Ty::Unknown | Ty::Var(_) | Ty::Never | Ty::Proj(..)) => true,
        (Ty::Adt(a, xs), Ty::Adt(b, ys)) => a == b && match_all(xs, ys, params, subst),
        (Ty::External(a, xs), Ty::External(b, ys)) => a == b && match_all(xs, ys, params, subst),
        (Ty::Prim(a), Ty::Prim(b)) => a == b,
        (Ty::Ref(a), Ty::Ref(b)) | (Ty::Slice(a), Ty::Slice(b)) => match_ty(a, b, params, subst),
        (Ty::Tuple(xs), Ty::Tuple(ys)) => xs.len() == ys.len() && match_all(xs, ys, params, subst),
        (Ty::Bounded(a), Ty::Bounded(b)) => match (a.first(), b.first()) {
            (Some(a), Some(b)) => {
                if a.trait_def != b.trait_def {
                    return false;
                }
                for (name, pattern) in a.bindings.iter() {
                    if let Some((_, ty)) = b.bindings.iter().find(|(n, _)| n == name) {
                        match_ty(pattern, ty, params, subst);
                    }
                }
                match_all(&a.args, &b.args, params, subst)
            }
            _ => true,
        },
        (Ty::FnPtr(a, r), Ty::FnPtr(b, s)) => {
            match_all(a, b, params, subst) && match_ty(r, s, params, subst)
        }
        _ => pattern == ty,
    }
}

fn match_all(xs: &[Ty], ys: &[Ty], params: &[ParamId], subst: &mut Subst) -> bool {
    xs.iter()
        .zip(ys)
        .all(|(x, y)| match_ty(x, y, params, subst))
}

impl Lookup<'_, '_> {
    /// The first answer among bounds and their supertraits, nearest first, each asked once: traits that name one another
    /// in their bounds have more ways through them than can be walked.
    fn nearest<T>(
        &self,
        bounds: &[TraitRef],
        ty: &Ty,
        mut answer: impl FnMut(&TraitRef) -> Option<T>,
    ) -> Option<T> {
        let mut known = bounds.to_vec();
        for at in 0..BOUNDS {
            let bound = known.get(at)?.clone();
            if let Some(found) = answer(&bound) {
                return Some(found);
            }
            for above in self.supers(bound.trait_def) {
                let above = self.instantiate(above, &bound, ty);
                if known.len() < BOUNDS && !known.contains(&above) {
                    known.push(above);
                }
            }
        }
        None
    }

    /// The bounds that a parameter, `impl Trait` or `dyn Trait` is known by.
    fn bounds_of<'t>(&'t self, ty: &'t Ty) -> &'t [TraitRef] {
        match ty {
            Ty::Bounded(bounds) => bounds,
            Ty::Param(param) => self.bounds_of_param(*param),
            _ => &[],
        }
    }

    fn bounds_of_param(&self, param: ParamId) -> &[TraitRef] {
        let info = self.types.params.get(param.0 as usize);
        info.map(|p| p.bounds.as_slice()).unwrap_or_default()
    }

    fn supers(&self, trait_def: DefId) -> &[TraitRef] {
        let param = self.types.self_params.get(&trait_def);
        param.map(|p| self.bounds_of_param(*p)).unwrap_or_default()
    }

    fn instantiate(&self, bound: &TraitRef, through: &TraitRef, self_ty: &Ty) -> TraitRef {
        let subst = self.trait_subst(through, self_ty);
        bound.map(&mut |t| match t {
            Ty::Param(p) => subst.get(*p).cloned(),
            _ => None,
        })
    }

    /// A trait's parameters and `Self` mapped.
    pub fn trait_subst(&self, of: &TraitRef, self_ty: &Ty) -> Subst {
        let mut subst = self.types.subst_of(of.trait_def, &of.args);
        if let Some(param) = self.types.self_params.get(&of.trait_def) {
            subst.insert(*param, self_ty.clone());
        }
        subst
    }

    /// Impls of a trait for a type, with what their parameters stand for.
    pub fn impls_of(&self, trait_def: DefId, ty: &Ty, depth: u32) -> Vec<(&ImplInfo, Subst)> {
        let mut out = Vec::new();
        if depth == 0 {
            return out;
        }
        let heads = [
            head_of(ty).filter(|h| *h != Head::Blanket),
            Some(Head::Blanket),
        ];
        for head in heads.into_iter().flatten() {
            for index in self
                .types
                .trait_impls
                .get(&(trait_def, head))
                .into_iter()
                .flatten()
            {
                let Some(info) = self.types.impls.get(*index) else {
                    continue;
                };
                let mut subst = Subst::default();
                if match_ty(&info.self_ty, ty, &info.generics, &mut subst)
                    && if matches!(head, Head::Blanket | Head::Ref) {
                        self.bounds_hold(info, &subst, depth - 1)
                    } else {
                        !self.is_refuted(info, &subst, depth - 1)
                    }
                {
                    out.push((info, subst));
                }
            }
        }
        out
    }

    /// Whether the argument of a type is a trait object, or `impl Trait`, of a trait that the impl does not ask for:
    /// `Box<dyn Read>` is no future. Of other arguments too little is known to say so.
    fn is_refuted(&self, info: &ImplInfo, subst: &Subst, depth: u32) -> bool {
        info.generics.iter().any(|param| {
            let Some(ty @ Ty::Bounded(known)) = subst.get(*param) else {
                return false;
            };
            let asked = self.types.params.get(param.0 as usize);
            known.iter().any(|b| !self.is_marker(b.trait_def))
                && asked.is_some_and(|p| {
                    !p.bounds
                        .iter()
                        .all(|b| self.implements_at(ty, b.trait_def, depth))
                })
        })
    }

    fn bounds_hold(&self, info: &ImplInfo, subst: &Subst, depth: u32) -> bool {
        info.generics.iter().all(|param| {
            let Some(ty) = subst.get(*param) else {
                return true;
            };
            if matches!(ty, Ty::Unknown | Ty::Var(_))
                && head_of(&info.self_ty) != Some(Head::Blanket)
            {
                return true;
            }
            self.bounds_of_param(*param).iter().all(|b| {
                self.implements_at(ty, b.trait_def, depth) && self.can_be_called(ty, b, info, depth)
            })
        })
    }

    /// Whether nothing is known of a closure or function that speaks against the way a bound calls it: as many arguments, and
    /// what it returns is what the impl asks of that (a future of `impl<Fut: Future, F: FnMut() -> Fut> Trait for F`).
    fn can_be_called(&self, ty: &Ty, bound: &TraitRef, info: &ImplInfo, depth: u32) -> bool {
        if depth == 0 || self.types.known.closure_trait(bound.trait_def).is_none() {
            return true;
        }
        let takes = match ty {
            Ty::Closure(body) => self
                .callables
                .callable(*body)
                .map(|(params, _)| params.len()),
            Ty::FnDef(def, _) => self.types.sigs.get(def).map(|s| s.params.len()),
            Ty::FnPtr(params, _) => Some(params.len()),
            _ => return true,
        };
        if let (Some(takes), Some(Ty::Tuple(given))) = (takes, bound.args.first())
            && takes != given.len()
        {
            return false;
        }
        let asked = bound.bindings.iter().find_map(|(name, of)| match of {
            Ty::Param(p) if info.generics.contains(p) => {
                let bounds = &self.types.params.get(p.0 as usize)?.bounds;
                Some((*name, bounds))
            }
            _ => None,
        });
        let Some((name, asked)) = asked else {
            return true;
        };
        let returned = self.assoc_at(ty, Some(bound), name, depth - 1);
        returned.is_none_or(|returned| {
            // Of anything else it is not known for sure.
            !matches!(returned, Ty::Adt(..) | Ty::Prim(_) | Ty::Tuple(_))
                || asked
                    .iter()
                    .all(|b| self.implements_at(&returned, b.trait_def, depth - 1))
        })
    }

    /// Whether a type is known to implement a trait.
    pub fn implements(&self, ty: &Ty, trait_def: DefId) -> bool {
        self.implements_at(ty, trait_def, DEPTH)
    }

    fn implements_at(&self, ty: &Ty, trait_def: DefId, depth: u32) -> bool {
        if depth == 0 {
            return false;
        }
        let known = &self.types.known;
        match ty {
            Ty::Async(_) | Ty::AsyncFn(_) if Some(trait_def) == known.future => return true,
            Ty::Closure(_) | Ty::FnDef(..) | Ty::FnPtr(..)
                if known.closure_trait(trait_def).is_some() =>
            {
                return true;
            }
            Ty::Bounded(_) | Ty::Param(_) if self.bounds_imply(self.bounds_of(ty), trait_def) => {
                return true;
            }
            Ty::Unknown | Ty::Var(_) => return false,
            _ => {}
        }
        // A trait nobody implements in sight (`Send`, `Sized`): taken as given.
        if self.is_marker(trait_def) {
            return true;
        }
        !self.impls_of(trait_def, ty, depth - 1).is_empty()
    }

    fn is_marker(&self, trait_def: DefId) -> bool {
        matches!(&self.program.def(trait_def).kind, DefKind::Trait { members, .. } if members.is_empty())
            && self.program.catalog_of(trait_def).is_some()
    }

    fn bounds_imply(&self, bounds: &[TraitRef], trait_def: DefId) -> bool {
        let mut known: Vec<DefId> = bounds.iter().map(|b| b.trait_def).collect();
        let mut at = 0;
        while let Some(bound) = known.get(at).copied() {
            if bound == trait_def {
                return true;
            }
            at += 1;
            for above in self.supers(bound) {
                if !known.contains(&above.trait_def) {
                    known.push(above.trait_def);
                }
            }
        }
        false
    }

    /// The method `name` of a receiver of this type, with autoderef.
    pub fn method(&self, receiver: &Ty, name: Name) -> Option<Found> {
        let mut ty = self.normalize(receiver);
        for derefs in 0..DEPTH {
            // What is behind a reference and takes `&self` is met before anything of the reference itself.
            if let Ty::Ref(inner) = &ty
                && let Some(found) = self.assoc_fn(inner, name, derefs + 1, true)
                && self
                    .types
                    .sigs
                    .get(&found.def)
                    .is_some_and(|s| !s.self_by_value)
            {
                return Some(found);
            }
            if let Some(found) = self.assoc_fn(&ty, name, derefs, true) {
                return Some(found);
            }
            match self.deref(&ty) {
                Some(next) => ty = next,
                None => return self.assumed_clone(receiver, name),
            }
        }
        None
    }

    /// What is cloned can be cloned, whether or not we saw the impl (`derive`, an interface that does not say).
    fn assumed_clone(&self, receiver: &Ty, name: Name) -> Option<Found> {
        if name != "clone" {
            return None;
        }
        let ty = self.normalize(receiver).peel_refs().clone();
        if !matches!(
            ty,
            Ty::Adt(..) | Ty::External(..) | Ty::Param(_) | Ty::Bounded(_)
        ) {
            return None;
        }
        let trait_def = self.types.known.clone?;
        let DefKind::Trait { members, .. } = &self.program.def(trait_def).kind else {
            return None;
        };
        let def = members.get(&name).copied()?;
        let of = TraitRef::bare(trait_def);
        Some(Found {
            def,
            subst: self.trait_subst(&of, &ty),
            self_ty: ty,
            derefs: 0,
        })
    }

    /// One deref step.
    pub fn deref(&self, ty: &Ty) -> Option<Ty> {
        match ty {
            Ty::Ref(inner) => Some(self.normalize(inner)),
            Ty::Adt(..) => self.assoc(ty, Some(self.types.known.deref?), Name::target()),
            _ => None,
        }
    }

    /// A function of exactly this type, `methods` only if it must take `self`.
    pub fn assoc_fn(&self, ty: &Ty, name: Name, derefs: u32, methods: bool) -> Option<Found> {
        let found = |def: DefId, subst: Subst| Found {
            def,
            subst,
            self_ty: ty.clone(),
            derefs,
        };
        let fits = |def: DefId| !methods || self.types.sigs.get(&def).is_some_and(|s| s.has_self);
        if let Some(head) = head_of(ty) {
            for index in self.types.inherent.get(&head).into_iter().flatten() {
                let Some(info) = self.types.impls.get(*index) else {
                    continue;
                };
                let mut subst = Subst::default();
                if let Some(def) = info.fns.get(&name)
                    && fits(*def)
                    && match_ty(&info.self_ty, ty, &info.generics, &mut subst)
                {
                    return Some(found(*def, subst));
                }
            }
        }
        if let Some((def, subst)) = self.fn_of_bounds(ty, name)
            && fits(def)
        {
            return Some(found(def, subst));
        }
        if matches!(ty, Ty::Unknown | Ty::Var(_)) {
            return None;
        }
        let mut far = None;
        for trait_def in self.types.traits_with.get(&name).into_iter().flatten() {
            let DefKind::Trait { members, .. } = &self.program.def(*trait_def).kind else {
                continue;
            };
            let Some(member) = members.get(&name).copied() else {
                continue;
            };
            let krate = self.program.def(*trait_def).krate;
            let near = self.callables.may_name(self.program, krate);
            if !near && far.is_some()
                || !fits(member)
                || !matches!(self.program.def(member).kind, DefKind::Fn { .. })
            {
                continue;
            }
            if matches!(ty, Ty::Ref(_)) && self.ref_blocks(*trait_def, ty) {
                continue;
            }
            if let Some((info, mut subst)) = self.impls_of(*trait_def, ty, DEPTH).into_iter().next()
            {
                if let Some(of) = &info.of_trait {
                    let of = of.map(&mut |t| match t {
                        Ty::Param(p) => subst.get(*p).cloned(),
                        _ => None,
                    });
                    // A parameter that only the caller's use can tell (`U` of `impl<T, U: From<T>> Into<U> for T`) stays open.
                    let open = |t: &Ty| matches!(t, Ty::Param(p) if info.generics.contains(p));
                    let told = self.trait_subst(&of, ty);
                    subst.extend(told.into_iter().filter(|(_, t)| !open(t)));
                }
                let def = info.fns.get(&name).copied().unwrap_or(member);
                let found = found(def, subst);
                if near {
                    return Some(found);
                }
                far = far.or(Some(found));
                continue;
            }
            let builtin = matches!(
                ty,
                Ty::Async(_) | Ty::AsyncFn(_) | Ty::Closure(_) | Ty::FnDef(..) | Ty::FnPtr(..)
            );
            if builtin && self.implements(ty, *trait_def) {
                let of = TraitRef::bare(*trait_def);
                let found = found(member, self.trait_subst(&of, ty));
                if near {
                    return Some(found);
                }
                far = far.or(Some(found));
            }
        }
        far
    }

    /// A blanket impl would take `&T` where the method of `T` itself is meant (autoref comes after the value step):
    /// if the referent has the trait and the method borrows, the referent's is the one.
    fn ref_blocks(&self, trait_def: DefId, ty: &Ty) -> bool {
        let Ty::Ref(inner) = ty else { return false };
        let direct = self.types.trait_impls.contains_key(&(trait_def, Head::Ref));
        !direct && self.implements(inner, trait_def)
    }

    fn fn_of_bounds(&self, ty: &Ty, name: Name) -> Option<(DefId, Subst)> {
        self.nearest(self.bounds_of(ty), ty, |bound| {
            let DefKind::Trait { members, .. } = &self.program.def(bound.trait_def).kind else {
                return None;
            };
            let def = *members.get(&name)?;
            matches!(self.program.def(def).kind, DefKind::Fn { .. })
                .then(|| (def, self.trait_subst(bound, ty)))
        })
    }

    /// The function that runs when a trait's function is called on this type: the impl's, if there is one.
    pub fn select(&self, trait_fn: DefId, self_ty: &Ty) -> Option<(DefId, Subst)> {
        let def = self.program.def(trait_fn);
        let trait_def = def
            .parent
            .filter(|p| matches!(self.program.def(*p).kind, DefKind::Trait { .. }))?;
        let mut ty = self.normalize(self_ty);
        for _ in 0..DEPTH {
            for (info, subst) in self.impls_of(trait_def, &ty, DEPTH) {
                if let Some(found) = info.fns.get(&def.name) {
                    return Some((*found, subst));
                }
            }
            ty = self.deref(&ty)?;
        }
        None
    }

    /// The `from` of this workspace that turns one type into another, where just one can be meant.
    pub fn conversion(&self, source: &Ty, target: &Ty) -> Option<DefId> {
        let from = self.types.known.from?;
        let impls = self.impls_of(from, target, DEPTH);
        let mut fitting = impls.iter().filter(|(info, subst)| {
            let wanted = info.of_trait.as_ref().and_then(|of| of.args.first());
            self.program.is_local(info.def)
                && wanted.is_some_and(|wanted| {
                    match_ty(wanted, source, &info.generics, &mut subst.clone())
                })
        });
        let (info, _) = fitting.next()?;
        let only = fitting.next().is_none();
        info.fns.values().next().copied().filter(|_| only)
    }

    /// All impls' functions for a trait's function, for calls through `dyn`.
    pub fn implementors(&self, trait_fn: DefId) -> Vec<DefId> {
        let def = self.program.def(trait_fn);
        let Some(parent) = def.parent else {
            return Vec::new();
        };
        let of_this = self.types.by_trait.get(&parent).into_iter().flatten();
        of_this
            .filter_map(|i| self.types.impls.get(*i)?.fns.get(&def.name).copied())
            .collect()
    }

    /// A map from the names of a struct's or variant's fields to their types for these arguments.
    pub fn field(&self, ty: &Ty, name: Name) -> Option<Ty> {
        match ty {
            Ty::Adt(def, args) => {
                let fields = self.types.fields.get(def)?;
                let (_, field) = fields.iter().find(|(n, _)| *n == name)?;
                Some(self.normalize(&field.subst(&self.types.subst_of(*def, args))))
            }
            Ty::Tuple(items) => items.get(name.parse::<usize>().ok()?).cloned(),
            _ => None,
        }
    }
}
