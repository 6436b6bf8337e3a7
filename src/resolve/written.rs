//! Written types become types: names in their scope, aliases followed, defaults filled in.

use std::sync::Arc;

use super::def::{DefId, DefKind, Namespace, Program, Res};
use super::sig::Types;
use super::ty::{Args, ParamId, Subst, TraitRef, Ty};
use crate::ir::item::Generics;
use crate::ir::ty::{Bound, PathRef, TyRef};
use crate::name::Name;

/// Deepest nesting of aliases and projections followed; a circle ends as unknown.
const DEPTH: u32 = 24;

/// Where a written type is read: its module, the parameters in scope, and what `Self` is.
#[derive(Clone, Debug)]
pub struct TyScope {
    /// Module.
    pub module: DefId,
    /// Parameters in scope by name, inner ones later.
    pub params: Vec<(Name, ParamId)>,
    /// `Self`.
    pub self_ty: Option<Ty>,
    /// The impl it is in, whose own types are meant by `Self::Name`.
    pub within: Option<DefId>,
}

/// The types that need no declaration.
pub const PRIMITIVES: &[&str] = &[
    "bool", "char", "str", "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64",
    "i128", "isize", "f32", "f64",
];

impl Types {
    /// The scope a definition's own types are read in.
    pub fn scope_of(&self, program: &Program<'_>, id: DefId) -> TyScope {
        let mut chain = Vec::new();
        let mut at = Some(id);
        while let Some(current) = at {
            let def = program.def(current);
            if matches!(def.kind, DefKind::Mod { .. }) {
                break;
            }
            chain.push(current);
            at = def.parent;
        }
        let module = program.module_of(id);
        let mut scope = TyScope {
            module,
            params: Vec::new(),
            self_ty: None,
            within: None,
        };
        for current in chain.into_iter().rev() {
            let def = program.def(current);
            if let (Some(generics), Some(ids)) =
                (generics_of(&def.kind), self.generics.get(&current))
            {
                scope.params.extend(
                    generics
                        .params
                        .iter()
                        .map(|p| p.name)
                        .zip(ids.iter().copied()),
                );
            }
            match &def.kind {
                DefKind::Trait { .. } => {
                    scope.self_ty = self.self_params.get(&current).map(|p| Ty::Param(*p));
                }
                DefKind::Impl { self_ty, .. } => {
                    scope.self_ty = Some(self.lower(program, &scope, self_ty));
                    scope.within = Some(current);
                }
                DefKind::Struct { .. } | DefKind::Enum { .. } => {
                    scope.self_ty = Some(Ty::Adt(current, self.own_args(current)));
                }
                _ => {}
            }
        }
        scope
    }

    /// A definition's own parameters as arguments.
    pub fn own_args(&self, id: DefId) -> Args {
        self.generics.get(&id).map_or_else(
            || Arc::from([]),
            |ids| ids.iter().map(|p| Ty::Param(*p)).collect(),
        )
    }

    /// Bounds as trait references; traits nobody described are left out.
    pub fn bounds(
        &self,
        program: &Program<'_>,
        scope: &TyScope,
        written: &[Bound],
    ) -> Vec<TraitRef> {
        written
            .iter()
            .filter_map(|b| self.trait_ref(program, scope, &b.path, DEPTH))
            .collect()
    }

    /// The trait that an impl names; none if nobody described it.
    pub(super) fn trait_named(
        &self,
        program: &Program<'_>,
        scope: &TyScope,
        path: &PathRef,
    ) -> Option<TraitRef> {
        self.trait_ref(program, scope, path, DEPTH)
    }

    fn trait_ref(
        &self,
        program: &Program<'_>,
        scope: &TyScope,
        path: &PathRef,
        depth: u32,
    ) -> Option<TraitRef> {
        let names: Vec<Name> = path.names().collect();
        let (Res::Def(def), taken) =
            program.resolve_names(scope.module, path.global, &names, Namespace::Types)?
        else {
            return None;
        };
        if taken != names.len() || !matches!(program.def(def).kind, DefKind::Trait { .. }) {
            return None;
        }
        let last = path.segments.last()?;
        let args = last
            .args
            .iter()
            .map(|a| self.lower_at(program, scope, a, depth))
            .collect();
        let bindings = last
            .bindings
            .iter()
            .map(|(n, t)| (*n, self.lower_at(program, scope, t, depth)))
            .collect();
        Some(TraitRef {
            trait_def: def,
            args,
            bindings,
        })
    }

    /// A written type as a type.
    pub fn lower(&self, program: &Program<'_>, scope: &TyScope, ty: &TyRef) -> Ty {
        self.lower_at(program, scope, ty, DEPTH)
    }

    fn lower_at(&self, program: &Program<'_>, scope: &TyScope, ty: &TyRef, depth: u32) -> Ty {
        if depth == 0 {
            return Ty::Unknown;
        }
        let list = |items: &[TyRef]| -> Args {
            items
                .iter()
                .map(|t| self.lower_at(program, scope, t, depth - 1))
                .collect()
        };
        match ty {
            TyRef::Path(path) => self.lower_path(program, scope, path, depth - 1),
            TyRef::Ref { inner, .. } => self.lower_at(program, scope, inner, depth - 1).reference(),
            TyRef::Tuple(items) => Ty::Tuple(list(items)),
            TyRef::Slice(inner) => {
                Ty::Slice(Arc::new(self.lower_at(program, scope, inner, depth - 1)))
            }
            TyRef::Impl(bounds) | TyRef::Dyn(bounds) => Ty::Bounded(
                bounds
                    .iter()
                    .filter_map(|b| self.trait_ref(program, scope, &b.path, depth - 1))
                    .collect(),
            ),
            TyRef::Fn { params, ret } => Ty::FnPtr(
                list(params),
                Arc::new(self.lower_at(program, scope, ret, depth - 1)),
            ),
            TyRef::Never => Ty::Never,
            TyRef::Ptr(_) | TyRef::Infer => Ty::Unknown,
        }
    }

    fn lower_path(&self, program: &Program<'_>, scope: &TyScope, path: &PathRef, depth: u32) -> Ty {
        if let Some(qself) = &path.qself {
            let base = self.lower_at(program, scope, qself, depth);
            return match path.segments.get(path.trait_segments..) {
                Some([one]) => {
                    let of = self.trait_in_front(program, scope, path, depth);
                    self.projection(program, base, of, one.name)
                }
                _ => Ty::Unknown,
            };
        }
        let Some(first) = path.segments.first() else {
            return Ty::Unknown;
        };
        let start = if first.name == "Self" {
            scope.self_ty.clone()
        } else {
            scope
                .params
                .iter()
                .rev()
                .find(|(n, _)| !path.global && *n == first.name)
                .map(|(_, p)| Ty::Param(*p))
        };
        if let Some(base) = start {
            let own = path
                .segments
                .get(1)
                .filter(|_| first.name == "Self")
                .and_then(|s| self.own_type(program, scope, s.name, depth));
            let (base, taken) = own.map_or((base, 1), |own| (own, 2));
            return path
                .segments
                .iter()
                .skip(taken)
                .fold(base, |ty, s| self.named_after(program, ty, s.name));
        }
        let names: Vec<Name> = path.names().collect();
        let Some((res, taken)) =
            program.resolve_names(scope.module, path.global, &names, Namespace::Types)
        else {
            return match path.as_ident() {
                Some(name) if PRIMITIVES.contains(&name.as_str()) => Ty::Prim(name),
                _ => Ty::Unknown,
            };
        };
        let Some(segment) = taken.checked_sub(1).and_then(|i| path.segments.get(i)) else {
            return Ty::Unknown;
        };
        let args: Args = segment
            .args
            .iter()
            .map(|a| self.lower_at(program, scope, a, depth))
            .collect();
        let base = match res {
            Res::External(name) => return Ty::External(name, args),
            Res::Def(def) => self.adt(program, def, args, depth),
        };
        path.segments
            .iter()
            .skip(taken)
            .fold(base, |ty, s| self.named_after(program, ty, s.name))
    }

    /// What `Self::Name` means in an impl that says so itself: another impl of the same type, of the same trait with other
    /// arguments too, may say otherwise.
    fn own_type(
        &self,
        program: &Program<'_>,
        scope: &TyScope,
        name: Name,
        depth: u32,
    ) -> Option<Ty> {
        let DefKind::Impl { members, .. } = &program.def(scope.within?).kind else {
            return None;
        };
        match &program.def(*members.get(&name)?).kind {
            DefKind::Alias { generics, ty, .. } if generics.params.is_empty() && depth > 0 => {
                Some(self.lower_at(program, scope, ty, depth - 1))
            }
            _ => None,
        }
    }

    /// A definition used as a type, aliases followed and missing arguments filled.
    fn adt(&self, program: &Program<'_>, def: DefId, args: Args, depth: u32) -> Ty {
        match &program.def(def).kind {
            DefKind::Struct { generics, .. } | DefKind::Enum { generics, .. } => {
                Ty::Adt(def, self.fill(program, def, generics, args, depth))
            }
            DefKind::Alias { generics, ty, .. } => {
                if depth == 0 {
                    return Ty::Unknown;
                }
                let args = self.fill(program, def, generics, args, depth);
                let scope = self.scope_of(program, def);
                let body = self.lower_at(program, &scope, ty, depth - 1);
                body.subst(&self.subst_of(def, &args))
            }
            DefKind::Variant { .. } => program
                .def(def)
                .parent
                .map_or(Ty::Unknown, |e| Ty::Adt(e, self.own_args(e))),
            // Edition 2015: a bare trait is `dyn`.
            DefKind::Trait { .. } => Ty::Bounded(Arc::from([TraitRef {
                trait_def: def,
                args,
                bindings: Arc::from([]),
            }])),
            _ => Ty::Unknown,
        }
    }

    fn fill(
        &self,
        program: &Program<'_>,
        def: DefId,
        generics: &Generics,
        args: Args,
        depth: u32,
    ) -> Args {
        if args.len() >= generics.params.len() {
            return args;
        }
        let scope = self.scope_of_generics(program, def, generics);
        let rest = generics
            .params
            .iter()
            .skip(args.len())
            .map(|p| match &p.default {
                Some(default) => self.lower_at(program, &scope, default, depth.saturating_sub(1)),
                None => Ty::Unknown,
            });
        args.iter().cloned().chain(rest).collect()
    }

    fn scope_of_generics(&self, program: &Program<'_>, def: DefId, generics: &Generics) -> TyScope {
        let ids = self.generics.get(&def).cloned().unwrap_or_default();
        let params = generics.params.iter().map(|p| p.name).zip(ids).collect();
        TyScope {
            module: program.module_of(def),
            params,
            self_ty: None,
            within: None,
        }
    }

    /// A definition's parameters mapped to arguments.
    pub fn subst_of(&self, def: DefId, args: &[Ty]) -> Subst {
        let ids = self
            .generics
            .get(&def)
            .map(Vec::as_slice)
            .unwrap_or_default();
        ids.iter().copied().zip(args.iter().cloned()).collect()
    }

    /// `base::name`, resolved if the base is known.
    pub fn named_after(&self, program: &Program<'_>, base: Ty, name: Name) -> Ty {
        let of = match &base {
            Ty::Param(param) => self.bound_with(program, *param, name),
            _ => None,
        };
        self.projection(program, base, of, name)
    }

    /// `<base as of>::name`, resolved if the base is known.
    fn projection(
        &self,
        program: &Program<'_>,
        base: Ty,
        of: Option<Arc<TraitRef>>,
        name: Name,
    ) -> Ty {
        let unresolved = Ty::Proj(Arc::new(base), of, name);
        self.normalize(program, &unresolved)
    }

    /// The trait that a parameter is bound by and that has a type of this name.
    pub(super) fn bound_with(
        &self,
        program: &Program<'_>,
        param: ParamId,
        name: Name,
    ) -> Option<Arc<TraitRef>> {
        let has = |of: &&TraitRef| match &program.def(of.trait_def).kind {
            DefKind::Trait { members, .. } => members.contains_key(&name),
            _ => false,
        };
        let info = self.params.get(param.0 as usize)?;
        info.bounds.iter().find(has).cloned().map(Arc::new)
    }

    /// The trait of `<T as Trait>::Name`.
    fn trait_in_front(
        &self,
        program: &Program<'_>,
        scope: &TyScope,
        path: &PathRef,
        depth: u32,
    ) -> Option<Arc<TraitRef>> {
        let segments = path.segments.get(..path.trait_segments)?;
        let of = PathRef {
            qself: None,
            trait_segments: 0,
            segments: segments.to_vec(),
            ..path.clone()
        };
        self.trait_ref(program, scope, &of, depth).map(Arc::new)
    }
}

/// The declared generics of a definition that has any.
pub fn generics_of<'a>(kind: &DefKind<'a>) -> Option<&'a Generics> {
    match kind {
        DefKind::Fn { item, .. } => Some(&item.generics),
        DefKind::Struct { generics, .. }
        | DefKind::Enum { generics, .. }
        | DefKind::Trait { generics, .. }
        | DefKind::Impl { generics, .. }
        | DefKind::Alias { generics, .. } => Some(generics),
        _ => None,
    }
}
