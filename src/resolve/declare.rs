//! Reads what is declared, before any body: parameters get their bounds, impls are sorted by what they are for, functions
//! get signatures.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::def::{DefId, DefKind, Program};
use super::known::Known;
use super::sig::{Head, ImplInfo, ParamInfo, Sig, Types, head_of};
use super::ty::{ParamId, TraitRef, Ty};
use super::written::{TyScope, generics_of};
use crate::ir::item::Receiver;
use crate::ir::ty::{Bound, TyRef};
use crate::name::Name;

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
        self.name_traits(program);
    }

    /// Bounds may name types of parameters whose own bounds are read later (`Outer: Layer<Inner::Service>`): by now it is
    /// known of which trait these are.
    fn name_traits(&mut self, program: &Program<'_>) {
        for index in 0..self.params.len() {
            let named = |ty: &Ty| match ty {
                Ty::Proj(base, None, name) => match &**base {
                    Ty::Param(param) => {
                        let of = self.bound_with(program, *param, *name)?;
                        Some(Ty::Proj(Arc::clone(base), Some(of), *name))
                    }
                    _ => None,
                },
                _ => None,
            };
            let bounds = &self.params[index].bounds;
            self.params[index].bounds = bounds.iter().map(|b| b.map(&mut |t| named(t))).collect();
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
                within: Some(id),
            };
            let self_ty = self.lower(program, &scope, self_ty);
            scope.self_ty = Some(self_ty.clone());
            // Of a trait nobody described none is known: its methods are still methods of this type.
            let reference = of_trait.and_then(|path| self.trait_named(program, &scope, path));
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

    /// `#[derive(Clone)]`, and `#[derive(Default)]` of enums: impls nobody wrote out.
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
                let is_enum = matches!(def.kind, DefKind::Enum { .. });
                let of = match (derive.name.as_str(), name.name.as_str()) {
                    ("derive", "Clone") => self.known.clone,
                    // Of a struct it is written out.
                    ("derive", "Default") if is_enum => self.known.default,
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
                            within: None,
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
