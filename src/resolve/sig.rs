//! Signatures: written types become types, parameters get their bounds, impls are sorted by what they are for.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::def::{BodyId, DefId, DefKind, Namespace, Program, Res};
use super::ty::{Args, ParamId, Subst, TraitRef, Ty};
use crate::ir::item::{Generics, Receiver};
use crate::ir::ty::{Bound, PathRef, TyRef};
use crate::name::Name;

/// Deepest nesting of aliases and projections followed; a circle ends as unknown.
const DEPTH: u32 = 24;

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

/// Makes [`Known`] and the list of the paths it looks up.
macro_rules! known {
    ($($name:ident: $path:literal,)*) => {
        /// Definitions of the standard library that the rules of the language themselves name.
        #[derive(Clone, Copy, Debug, Default)]
        #[allow(missing_docs)] // each is the item of that name
        pub struct Known {
            $(pub $name: Option<DefId>,)*
        }

        /// Where they are, in the crate.
        pub const KNOWN_PATHS: &[&str] = &[$($path),*];

        impl Known {
            fn find(program: &Program<'_>) -> Known {
                let Some(std) = program.std else {
                    return Known::default();
                };
                let root = program.krate(std).root;
                let get = |path: &str| {
                    let names: Vec<Name> = path.split("::").map(Name::new).collect();
                    match program.resolve_names(root, false, &names, Namespace::Types) {
                        Some((Res::Def(def), taken)) if taken == names.len() => Some(def),
                        _ => None,
                    }
                };
                Known { $($name: get($path),)* }
            }
        }
    };
}

known! {
    option: "option::Option",
    result: "result::Result",
    some: "option::Option::Some",
    none: "option::Option::None",
    ok: "result::Result::Ok",
    ready: "task::Poll::Ready",
    pending: "task::Poll::Pending",
    err: "result::Result::Err",
    error: "error::Error",
    boxed: "boxed::Box",
    vec: "vec::Vec",
    string: "string::String",
    deref: "ops::Deref",
    future: "future::Future",
    into_future: "future::IntoFuture",
    iterator: "iter::Iterator",
    into_iterator: "iter::IntoIterator",
    fn_once: "ops::FnOnce",
    fn_mut: "ops::FnMut",
    fn_: "ops::Fn",
    async_fn_once: "ops::AsyncFnOnce",
    async_fn_mut: "ops::AsyncFnMut",
    async_fn: "ops::AsyncFn",
    default: "default::Default",
    clone: "clone::Clone",
    into: "convert::Into",
    from: "convert::From",
    index: "ops::Index",
    drop: "ops::Drop",
    range: "ops::Range",
    range_inclusive: "ops::RangeInclusive",
}

impl Known {
    /// Whether it is a range of numbers.
    pub fn is_range(&self, def: DefId) -> bool {
        self.range == Some(def) || self.range_inclusive == Some(def)
    }

    /// Whether it is one of the closure traits, and whether an async one.
    pub fn closure_trait(&self, def: DefId) -> Option<bool> {
        let def = Some(def);
        if [self.fn_once, self.fn_mut, self.fn_].contains(&def) {
            Some(false)
        } else if [self.async_fn_once, self.async_fn_mut, self.async_fn].contains(&def) {
            Some(true)
        } else {
            None
        }
    }
}

/// Where a written type is read: its module, the parameters in scope, and what `Self` is.
#[derive(Clone, Debug)]
pub struct TyScope {
    /// Module.
    pub module: DefId,
    /// Parameters in scope by name, inner ones later.
    pub params: Vec<(Name, ParamId)>,
    /// `Self`.
    pub self_ty: Option<Ty>,
}

/// The types that need no declaration.
pub const PRIMITIVES: &[&str] = &[
    "bool", "char", "str", "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64",
    "i128", "isize", "f32", "f64",
];

impl Types {
    /// Reads all signatures, fields and impls of a program.
    pub fn build(program: &Program<'_>) -> Types {
        let mut types = Types {
            known: Known::find(program),
            ..Types::default()
        };
        types.declare_params(program);
        // Of traits with functions of one name the language's own come first: theirs are in scope far more often.
        for traits in types.traits_with.values_mut() {
            traits.sort_by_key(|t| Some(program.def(*t).krate) != program.std);
        }
        types.read_bounds(program);
        types.read_impls(program);
        types.read_derives(program);
        types.read_items(program);
        types
    }

    fn new_param(&mut self, name: Name, owner: DefId) -> ParamId {
        let id = ParamId(self.params.len() as u32);
        self.params.push(ParamInfo {
            name,
            owner,
            bounds: Vec::new(),
        });
        id
    }

    fn declare_params(&mut self, program: &Program<'_>) {
        for (index, def) in program.defs.iter().enumerate() {
            let id = DefId(index as u32);
            if let DefKind::Trait { members, .. } = &def.kind {
                let param = self.new_param(Name::new("Self"), id);
                self.self_params.insert(id, param);
                let mut names: Vec<Name> = members.keys().copied().collect();
                names.sort_unstable();
                for name in names {
                    self.traits_with.entry(name).or_default().push(id);
                }
            }
            if let Some(generics) = generics_of(&def.kind) {
                let ids = generics
                    .params
                    .iter()
                    .map(|p| self.new_param(p.name, id))
                    .collect();
                self.generics.insert(id, ids);
            }
        }
    }

    fn read_bounds(&mut self, program: &Program<'_>) {
        for (index, def) in program.defs.iter().enumerate() {
            let id = DefId(index as u32);
            let Some(generics) = generics_of(&def.kind) else {
                continue;
            };
            if generics.params.iter().all(|p| p.bounds.is_empty()) && generics.wheres.is_empty() {
                if let DefKind::Trait { supers, .. } = &def.kind
                    && !supers.is_empty()
                {
                    self.read_supers(program, id, supers);
                }
                continue;
            }
            let scope = self.scope_of(program, id);
            let ids = self.generics.get(&id).cloned().unwrap_or_default();
            for (param, written) in ids.iter().zip(&generics.params) {
                let bounds = self.bounds(program, &scope, &written.bounds);
                self.params[param.0 as usize].bounds.extend(bounds);
            }
            for (ty, written) in &generics.wheres {
                // `where Self: ..` on a trait's method holds there only. (And a trait that became its own supertrait by
                // it would be looked up without end.)
                if let Ty::Param(param) = self.lower(program, &scope, ty)
                    && !self.is_self_of_another(param, id)
                {
                    let bounds = self.bounds(program, &scope, written);
                    self.params[param.0 as usize].bounds.extend(bounds);
                }
            }
            if let DefKind::Trait { supers, .. } = &def.kind {
                self.read_supers(program, id, supers);
            }
        }
    }

    /// Whether a parameter is the `Self` of a trait, and that is not this very trait.
    fn is_self_of_another(&self, param: ParamId, id: DefId) -> bool {
        let info = self.params.get(param.0 as usize);
        info.is_some_and(|p| p.owner != id && self.self_params.get(&p.owner) == Some(&param))
    }

    /// A trait's `Self` implements the trait's supertraits.
    fn read_supers(&mut self, program: &Program<'_>, id: DefId, supers: &[Bound]) {
        let scope = self.scope_of(program, id);
        let bounds = self.bounds(program, &scope, supers);
        if let Some(param) = self.self_params.get(&id) {
            self.params[param.0 as usize].bounds.extend(bounds);
        }
    }

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
                Some([one]) => self.projection(program, base, None, one.name),
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
            return path
                .segments
                .iter()
                .skip(1)
                .fold(base, |ty, s| self.projection(program, ty, None, s.name));
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
            .fold(base, |ty, s| self.projection(program, ty, None, s.name))
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

    /// `<base as of>::name`, resolved if the base is known.
    pub fn projection(&self, program: &Program<'_>, base: Ty, of: Option<DefId>, name: Name) -> Ty {
        let unresolved = Ty::Proj(Arc::new(base), of, name);
        self.normalize(program, &unresolved)
    }

    fn read_impls(&mut self, program: &Program<'_>) {
        for &id in &program.impls {
            let DefKind::Impl {
                of_trait,
                self_ty,
                members,
                ..
            } = &program.def(id).kind
            else {
                continue;
            };
            let module = program.module_of(id);
            let names = generics_of(&program.def(id).kind)
                .map(|g| g.params.iter().map(|p| p.name))
                .into_iter()
                .flatten();
            let ids = self.generics.get(&id).cloned().unwrap_or_default();
            let mut scope = TyScope {
                module,
                params: names.zip(ids.iter().copied()).collect(),
                self_ty: None,
            };
            let self_ty = self.lower(program, &scope, self_ty);
            scope.self_ty = Some(self_ty.clone());
            let reference = of_trait.and_then(|path| self.trait_ref(program, &scope, path, DEPTH));
            if of_trait.is_some() && reference.is_none() {
                // A trait nobody described: its methods are still methods of this type.
            }
            let mut info = ImplInfo {
                def: id,
                generics: ids,
                self_ty,
                of_trait: reference,
                types: FxHashMap::default(),
                fns: FxHashMap::default(),
            };
            for (name, member) in members {
                match &program.def(*member).kind {
                    DefKind::Alias { ty, .. } => {
                        let ty = self.lower(program, &scope, ty);
                        info.types.insert(*name, ty);
                    }
                    // Consts are looked up by the same paths.
                    DefKind::Fn { .. } | DefKind::Static { .. } => {
                        info.fns.insert(*name, *member);
                    }
                    _ => {}
                }
            }
            let index = self.impls.len();
            let head = head_of(&info.self_ty).unwrap_or(Head::Blanket);
            match &info.of_trait {
                Some(t) => self.index_trait_impl(t.trait_def, head, index),
                None => self.inherent.entry(head).or_default().push(index),
            }
            self.by_impl.insert(id, index);
            self.impls.push(info);
        }
    }

    fn index_trait_impl(&mut self, of: DefId, head: Head, index: usize) {
        self.trait_impls.entry((of, head)).or_default().push(index);
        self.by_trait.entry(of).or_default().push(index);
        self.by_head.entry(head).or_default().push(index);
    }

    /// The trait a written impl is of.
    pub fn trait_of_impl(&self, def: DefId) -> Option<&TraitRef> {
        self.impls.get(*self.by_impl.get(&def)?)?.of_trait.as_ref()
    }

    /// `#[derive(Default)]`, `#[derive(Clone)]`: impls nobody wrote out.
    fn read_derives(&mut self, program: &Program<'_>) {
        for (index, def) in program.defs.iter().enumerate() {
            let (DefKind::Struct { .. } | DefKind::Enum { .. }, Some(item)) = (&def.kind, def.item)
            else {
                continue;
            };
            let id = DefId(index as u32);
            for attr in &item.attrs {
                let [derive, name] = attr.segments.as_slice() else {
                    continue;
                };
                let of = match (derive.name.as_str(), name.name.as_str()) {
                    ("derive", "Clone") => self.known.clone,
                    ("derive", "Default") => self.known.default,
                    _ => None,
                };
                let Some(trait_def) = of else { continue };
                let info = ImplInfo {
                    def: id,
                    generics: self.generics.get(&id).cloned().unwrap_or_default(),
                    self_ty: Ty::Adt(id, self.own_args(id)),
                    of_trait: Some(TraitRef {
                        trait_def,
                        args: Arc::from([]),
                        bindings: Arc::from([]),
                    }),
                    types: FxHashMap::default(),
                    fns: FxHashMap::default(),
                };
                self.index_trait_impl(trait_def, Head::Def(id), self.impls.len());
                self.impls.push(info);
            }
        }
    }

    fn read_items(&mut self, program: &Program<'_>) {
        for (index, def) in program.defs.iter().enumerate() {
            let id = DefId(index as u32);
            match &def.kind {
                DefKind::Fn { .. } => {
                    let sig = self.signature(program, id);
                    self.sigs.insert(id, sig);
                }
                DefKind::Struct { fields, .. } => {
                    let scope = self.scope_of(program, id);
                    let list = fields
                        .iter()
                        .map(|f| (f.name, self.lower(program, &scope, &f.ty)))
                        .collect();
                    self.fields.insert(id, list);
                }
                DefKind::Variant { variant } => {
                    let scope = def
                        .parent
                        .map(|e| self.scope_of(program, e))
                        .unwrap_or(TyScope {
                            module: program.module_of(id),
                            params: Vec::new(),
                            self_ty: None,
                        });
                    let list = variant
                        .fields
                        .iter()
                        .map(|f| (f.name, self.lower(program, &scope, &f.ty)))
                        .collect();
                    self.fields.insert(id, list);
                }
                DefKind::Static { ty, .. } => {
                    let scope = self.scope_of(program, id);
                    let ty = self.lower(program, &scope, ty);
                    self.statics.insert(id, ty);
                }
                _ => {}
            }
        }
    }

    fn signature(&mut self, program: &Program<'_>, id: DefId) -> Sig {
        let DefKind::Fn { item, .. } = &program.def(id).kind else {
            return Sig {
                params: Vec::new(),
                has_self: false,
                self_by_value: false,
                ret: Ty::Unknown,
                generics: Vec::new(),
                own: Vec::new(),
            };
        };
        let scope = self.scope_of(program, id);
        let own = self.generics.get(&id).cloned().unwrap_or_default();
        let mut generics = own.clone();
        if let Some(parent) = program.def(id).parent {
            generics.extend(self.generics.get(&parent).into_iter().flatten());
            generics.extend(self.self_params.get(&parent));
        }
        let self_ty = scope.self_ty.clone().unwrap_or(Ty::Unknown);
        let mut params = Vec::new();
        let mut self_by_value = false;
        match &item.receiver {
            None => {}
            Some(Receiver::Value) => {
                self_by_value = true;
                params.push(self_ty);
            }
            Some(Receiver::Ref | Receiver::RefMut) => params.push(self_ty.reference()),
            Some(Receiver::Typed(ty)) => {
                let ty = self.lower(program, &scope, ty);
                self_by_value = !matches!(ty, Ty::Ref(_));
                params.push(ty);
            }
        }
        for written in &item.params {
            let ty = self.lower(program, &scope, written);
            // `impl Trait` in an argument is a parameter without a name.
            let ty = ty.map(&mut |t| match t {
                Ty::Bounded(bounds) if matches!(written, TyRef::Impl(_)) => {
                    let param = ParamId(self.params.len() as u32);
                    self.params.push(ParamInfo {
                        name: Name::new("impl"),
                        owner: id,
                        bounds: bounds.to_vec(),
                    });
                    generics.push(param);
                    Some(Ty::Param(param))
                }
                _ => None,
            });
            params.push(ty);
        }
        let ret = self.lower(program, &scope, &item.ret);
        let ret = if item.is_async {
            Ty::AsyncFn(Arc::new(ret))
        } else {
            ret
        };
        Sig {
            params,
            has_self: item.receiver.is_some(),
            self_by_value,
            ret,
            generics,
            own,
        }
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
