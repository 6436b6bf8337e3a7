//! What the interpreter reads: program, types, facts, inferred bodies; and questions about types.

mod calls;

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::facts::{Facts, RoleOf};
use super::learned::{Options, Replaced, Wrappers};
use super::value::{Thing, Work};
use crate::catalog::schema::{CallFact, DropDoes, Role};
use crate::ir::body::{Body, Place, Proj, Terminator};
use crate::ir::ty::PathRef;
use crate::name::Name;
use crate::resolve::def::{BodyId, DefId, DefKind, Namespace, Program, Res};
use crate::resolve::infer::{At, BodyTypes};
use crate::resolve::lookup::{Callables, Lookup};
use crate::resolve::sig::Types;
use crate::resolve::ty::{TraitRef, Ty};

/// All that bodies are read against.
#[derive(Debug)]
pub struct Cx<'p, 'a, 'c> {
    /// Definitions.
    pub program: &'p Program<'a>,
    /// Signatures and impls.
    pub types: &'p Types,
    /// The catalogue.
    pub facts: &'p Facts<'c>,
    /// Inferred types of all bodies.
    pub bodies: FxHashMap<BodyId, BodyTypes>,
    /// What `Option` parameters are given.
    pub(super) options: Options,
    /// The user's types that are a response with something beside it.
    pub(super) wrappers: Wrappers,
    /// What bodies put into structs, and nobody gets.
    pub(super) replaced: Replaced,
}

impl Callables for Cx<'_, '_, '_> {
    fn callable(&self, body: BodyId) -> Option<(Vec<Ty>, Ty)> {
        let types = self.bodies.get(&body)?;
        let info = self.program.body(body);
        let params = info
            .body
            .params
            .iter()
            .map(|p| types.local(*p).clone())
            .collect();
        Some((params, types.locals.first().cloned().unwrap_or(Ty::Unknown)))
    }
}

impl<'a, 'c> Cx<'_, 'a, 'c> {
    /// Lookups by type.
    pub fn lookup(&self) -> Lookup<'_, 'a> {
        Lookup {
            program: self.program,
            types: self.types,
            callables: self,
        }
    }

    /// The body.
    pub fn body(&self, id: BodyId) -> &'a Body {
        self.program.body(id).body
    }

    /// The facts of a function, those of the trait's function it implements included.
    pub fn facts_of(&self, def: DefId) -> Vec<&'c CallFact> {
        let mut out: Vec<&'c CallFact> = self.facts.of(def).to_vec();
        let parent = self.program.def(def).parent;
        if let Some(DefKind::Impl {
            of_trait: Some(_), ..
        }) = parent.map(|p| &self.program.def(p).kind)
        {
            let of = parent.and_then(|p| self.types.trait_of_impl(p));
            if let Some(of) = of
                && let DefKind::Trait { members, .. } = &self.program.def(of.trait_def).kind
                && let Some(member) = members.get(&self.program.def(def).name)
            {
                out.extend(self.facts.of(*member));
            }
        }
        out
    }

    /// The type of a place.
    pub fn place_ty(&self, id: BodyId, place: &Place) -> Ty {
        let mut ty = self
            .bodies
            .get(&id)
            .map_or(Ty::Unknown, |t| t.local(place.local).clone());
        for index in 0..place.proj.len() {
            ty = self.step_ty(id, place, index, &ty);
        }
        ty
    }

    /// The type of a place up to this step, from the type before it.
    pub fn step_ty(&self, id: BodyId, place: &Place, index: usize, before: &Ty) -> Ty {
        let Some(step) = place.proj.get(index) else {
            return Ty::Unknown;
        };
        let iter = index == 0 && *step == Proj::Index && is_iterator(self.body(id), place);
        self.project(id, before, step, iter)
    }

    /// The type one step into a place.
    pub fn project(&self, id: BodyId, ty: &Ty, step: &Proj, iter: bool) -> Ty {
        match step {
            Proj::Field(name) => self.through(ty, |t| self.lookup().field(t, *name)),
            Proj::Deref => self.lookup().deref(ty).unwrap_or(Ty::Unknown),
            Proj::Index if iter => {
                let item = Name::item();
                let known = self.types.known;
                let found = [known.into_iterator, known.iterator];
                let found = found
                    .into_iter()
                    .find_map(|of| self.lookup().assoc(ty, of, item));
                found.unwrap_or(Ty::Unknown)
            }
            Proj::Index => self.through(ty, |t| match t {
                Ty::Slice(inner) => Some((**inner).clone()),
                other => self
                    .lookup()
                    .assoc(other, self.types.known.index, Name::output()),
            }),
            Proj::Variant { path, field } => self.variant_field(id, ty, path, *field),
            Proj::TryOk => match ty {
                Ty::Adt(_, args) => args.first().cloned().unwrap_or(Ty::Unknown),
                _ => Ty::Unknown,
            },
            Proj::TryErr => Ty::Unknown,
        }
    }

    fn through(&self, ty: &Ty, get: impl Fn(&Ty) -> Option<Ty>) -> Ty {
        let mut at = ty.clone();
        for _ in 0..8 {
            if let Some(found) = get(&at) {
                return found;
            }
            match self.lookup().deref(&at) {
                Some(next) => at = next,
                None => break,
            }
        }
        Ty::Unknown
    }

    fn variant_field(&self, id: BodyId, ty: &Ty, path: &PathRef, field: Name) -> Ty {
        let mut at = ty.clone();
        let mut by_ref = false;
        while let Ty::Ref(inner) = &at {
            by_ref = true;
            at = (**inner).clone();
        }
        let Some(def) = self.constructor(id, path, &at) else {
            return Ty::Unknown;
        };
        let owner = self.owner(def);
        let args: Arc<[Ty]> = match &at {
            Ty::Adt(found, args) if *found == owner => args.clone(),
            _ => self
                .types
                .own_args(owner)
                .iter()
                .map(|_| Ty::Unknown)
                .collect(),
        };
        let fields = self.types.fields.get(&def);
        let Some((_, found)) = fields.and_then(|l| l.iter().find(|(n, _)| *n == field)) else {
            return Ty::Unknown;
        };
        let found = self
            .lookup()
            .normalize(&found.subst(&self.types.subst_of(owner, &args)));
        if by_ref { found.reference() } else { found }
    }

    /// The struct or variant a pattern names.
    pub fn constructor(&self, id: BodyId, path: &PathRef, scrutinee: &Ty) -> Option<DefId> {
        let names: Vec<Name> = path.names().collect();
        let module = self.program.body(id).scope;
        let is_ctor = |def: DefId| {
            matches!(
                self.program.def(def).kind,
                DefKind::Struct { .. } | DefKind::Variant { .. }
            )
        };
        for namespace in [Namespace::Values, Namespace::Types] {
            if let Some((Res::Def(def), taken)) =
                self.program
                    .resolve_names(module, path.global, &names, namespace)
                && taken == names.len()
                && is_ctor(def)
            {
                return Some(def);
            }
        }
        // `Self::V`, an alias's variant: by the scrutinee's type.
        match scrutinee.peel_refs() {
            Ty::Adt(def, _) => match self
                .program
                .lookup_in(*def, path.last()?, Namespace::Values)
            {
                Some(Res::Def(variant)) if is_ctor(variant) => Some(variant),
                _ => matches!(self.program.def(*def).kind, DefKind::Struct { .. }).then_some(*def),
            },
            _ => None,
        }
    }

    /// The struct or enum a constructor's values belong to.
    pub fn owner(&self, def: DefId) -> DefId {
        match (&self.program.def(def).kind, self.program.def(def).parent) {
            (DefKind::Variant { .. }, Some(parent)) => parent,
            _ => def,
        }
    }

    /// The user's struct or variant type a field belongs to, for a place of this type.
    pub fn field_owner(&self, ty: &Ty, name: Name) -> Option<DefId> {
        let mut at = ty.clone();
        for _ in 0..8 {
            if let Ty::Adt(def, _) = &at
                && self
                    .types
                    .fields
                    .get(def)
                    .is_some_and(|l| l.iter().any(|(n, _)| *n == name))
            {
                return self.program.is_local(*def).then_some(*def);
            }
            at = self.lookup().deref(&at)?;
        }
        None
    }

    /// The innermost field of the user's that a place is in.
    pub fn field_at(&self, id: BodyId, place: &Place) -> Option<(DefId, Name)> {
        let steps = place.proj.iter().enumerate().rev();
        let mut fields = steps.filter_map(|(at, step)| match step {
            Proj::Field(name) => Some((at, *name)),
            _ => None,
        });
        fields.find_map(|(at, name)| {
            let owner = self.field_owner(&self.place_ty(id, &place.around(at)), name)?;
            Some((owner, name))
        })
    }

    /// The body of the constant that a path at this place of a body names.
    pub fn const_at(&self, id: BodyId, at: At) -> Option<BodyId> {
        let def = self.bodies.get(&id)?.paths.get(&at)?.def?;
        match self.program.def(def).kind {
            DefKind::Static {
                is_const: true,
                body,
                ..
            } => body,
            _ => None,
        }
    }

    /// The role of a thing's type, for the question whether a type can hold it.
    fn wants(thing: &Thing) -> Option<&'static [Role]> {
        match thing {
            Thing::Builder(_) => Some(&[Role::Builder, Role::Client]),
            Thing::Client(_) => Some(&[Role::Client, Role::Builder]),
            Thing::Request(_) => Some(&[Role::Request, Role::Builder, Role::Question]),
            Thing::Response(_) => Some(&[Role::Response]),
            Thing::Handle(_) => Some(&[Role::Handle]),
            _ => None,
        }
    }

    /// The constant that a pattern names, of the type of what is matched: `StatusCode::NO_CONTENT`.
    pub fn constant(&self, path: &PathRef, scrutinee: &Ty) -> Option<DefId> {
        let found = self
            .lookup()
            .assoc_fn(scrutinee.peel_refs(), path.last()?, 0, false)?;
        Some(found.def)
    }

    /// Whether a type names what a thing is, or something made of it.
    pub fn names(&self, ty: &Ty, thing: &Thing) -> bool {
        let roles = Self::wants(thing).unwrap_or_default();
        self.facts.role_in(ty, |r| roles.contains(&r)).is_some()
    }

    /// Whether a handle is in a value of this type, not just in a type that it is the output of.
    pub fn has_handle(&self, ty: &Ty) -> bool {
        match ty {
            _ if self.facts.role(ty).is_some_and(|r| r.role == Role::Handle) => true,
            Ty::Adt(_, args) | Ty::Tuple(args) => args.iter().any(|ty| self.has_handle(ty)),
            Ty::Ref(inner) | Ty::Slice(inner) => self.has_handle(inner),
            _ => false,
        }
    }

    /// Whether a value of this type can hold a thing; `Some(true)` if only behind a reference.
    pub fn holds(&self, ty: &Ty, thing: &Thing) -> Option<bool> {
        if let Some(roles) = Self::wants(thing) {
            return self.holds_role(ty, roles, false, 6);
        }
        match thing {
            Thing::Future(future) => match future.work {
                Work::Timer | Work::Signal(..) => {
                    (!is_scalar(ty)).then_some(matches!(ty, Ty::Ref(_)))
                }
                _ => self.may_run(ty, 5).then_some(matches!(ty, Ty::Ref(_))),
            },
            Thing::Function(def) if self.facts.says_no_body(*def) => {
                self.question(ty).then_some(matches!(ty, Ty::Ref(_)))
            }
            Thing::Closure(..) | Thing::Function(_) => {
                self.may_run(ty, 5).then_some(matches!(ty, Ty::Ref(_)))
            }
            Thing::Param(owner, index, _) => {
                let param = self.param_ty(*owner, *index);
                let asked = || self.question(ty) && self.question(&param);
                self.holds_kind(ty, &param)
                    .or_else(|| asked().then_some(matches!(ty, Ty::Ref(_))))
            }
            Thing::StatusOf(_) | Thing::Says(..) | Thing::Present(..) | Thing::IsSet(..) => {
                (!matches!(ty, Ty::Tuple(t) if t.is_empty())).then_some(false)
            }
            Thing::SlotOf(..) => (!is_scalar(ty)).then_some(true),
            Thing::Stream(_) => self.streams(ty, false, 6),
            Thing::Yield(..) => {
                let roles = [Role::Response, Role::Handle, Role::Client];
                self.holds_role(ty, &roles, false, 6)
            }
            Thing::Driver(_) | Thing::Tracked(_) => {
                (!is_scalar(ty)).then_some(matches!(ty, Ty::Ref(_)))
            }
            _ => None,
        }
    }

    /// Whether a type says itself that a response or handle is in it, not just nothing to the contrary.
    pub fn speaks_of(&self, ty: &Ty, thing: &Thing) -> bool {
        match thing {
            Thing::Response(_) => {
                self.names(ty, thing) || ty.any(&mut |t| self.wrappers.contains(t))
            }
            Thing::Handle(_) => self.names(ty, thing),
            _ => true,
        }
    }

    /// Whether a type is a request that knows no client, or holds one, or is what one is made of.
    pub fn question(&self, ty: &Ty) -> bool {
        self.facts.role_in(ty, |r| r == Role::Question).is_some()
    }

    /// Whether a constant is a part of a question: a method, `Method::GET`.
    pub fn answers_question(&self, def: DefId) -> bool {
        let ty = self.types.statics.get(&def);
        ty.is_some_and(|ty| self.question(ty))
    }

    /// Whether this is `Option`.
    pub(super) fn is_option(&self, ty: &Ty) -> bool {
        matches!(ty, Ty::Adt(def, _) if Some(*def) == self.types.known.option)
    }

    /// Whether a value of this type is there or not, or says yes or no.
    pub(super) fn is_optional(&self, ty: &Ty) -> bool {
        let ty = ty.peel_refs();
        self.is_option(ty) || matches!(ty, Ty::Prim(name) if *name == "bool")
    }

    /// Whether a field of this type is a setting that may be left out: nothing that is judged is in it, or may be.
    pub(super) fn is_setting(&self, ty: &Ty) -> bool {
        let Ty::Adt(def, args) = ty else {
            return self.is_optional(ty) && !matches!(ty, Ty::Ref(_));
        };
        Some(*def) == self.types.known.option
            && !args.iter().any(|a| a.any(&mut is_open))
            && self.facts.role_in(ty, |_| true).is_none()
    }

    /// Whether it is a struct of the program's with such fields.
    pub(super) fn has_optional(&self, ty: &Ty) -> bool {
        let Ty::Adt(def, _) = ty.peel_refs() else {
            return false;
        };
        let fields = self.types.fields.get(def).into_iter().flatten();
        self.program.is_local(*def)
            && matches!(self.program.def(*def).kind, DefKind::Struct { .. })
            && fields.into_iter().any(|(_, ty)| self.is_setting(ty))
    }

    /// Whether this field of a struct of the program's is one.
    pub(super) fn is_optional_field(&self, (owner, field): (DefId, Name)) -> bool {
        let mut fields = self.types.fields.get(&owner).into_iter().flatten();
        self.program.is_local(owner)
            && fields.any(|(name, ty)| *name == field && self.is_setting(ty))
    }

    /// Whether a body was written by a derive.
    pub(super) fn is_derived(&self, id: BodyId) -> bool {
        let of = self.program.def(self.program.body(id).owner).parent;
        let item = of.and_then(|of| self.program.def(of).item);
        let marked = |path: &PathRef| path.last().is_some_and(|n| n == "automatically_derived");
        item.is_some_and(|i| i.attrs.iter().any(marked))
    }

    /// Whether a method leaves the outermost variant what it is, where it yields the type it is called on.
    pub(super) fn keeps_shape(&self, def: DefId) -> bool {
        let name = self.program.def(def).name;
        matches!(
            name.as_str(),
            "map"
                | "map_err"
                | "as_ref"
                | "as_mut"
                | "cloned"
                | "copied"
                | "inspect"
                | "inspect_err"
                | "into"
        )
    }

    /// The declared type of a parameter or capture.
    pub fn param_ty(&self, body: BodyId, index: u16) -> Ty {
        self.known_param_ty(body, index)
            .cloned()
            .unwrap_or(Ty::Unknown)
    }

    fn known_param_ty(&self, body: BodyId, index: u16) -> Option<&Ty> {
        let ir = self.body(body);
        let index = usize::from(index);
        let capture = || Some(ir.captures.get(index - ir.params.len())?.inner);
        let local = ir.params.get(index).copied().or_else(capture)?;
        Some(self.bodies.get(&body)?.local(local))
    }

    /// Whether a parameter tells what a request asks for.
    pub fn asks(&self, body: BodyId, index: u16) -> bool {
        self.known_param_ty(body, index)
            .is_some_and(|ty| self.question(ty))
    }

    /// Whether a value of this type can hold what a parameter of that type holds; `Some(true)` if only behind a reference:
    /// `Option<&mut T>` lends what an `Option<T>` owns.
    fn holds_kind(&self, ty: &Ty, param: &Ty) -> Option<bool> {
        let lent = matches!(ty, Ty::Ref(_));
        if is_open(ty) || is_open(param.peel_refs()) {
            return (!is_scalar(ty)).then_some(lent);
        }
        let mut roles: Vec<Role> = Vec::new();
        param.any(&mut |t| {
            if let Some(role) = self.facts.role(t) {
                roles.push(role.role);
            } else if self.wrappers.contains(t) {
                roles.push(Role::Response);
            }
            is_open(t) && {
                roles.push(Role::Permit);
                false
            }
        });
        if roles.contains(&Role::Permit) {
            return self
                .holds_role(ty, &roles, false, 6)
                .or_else(|| self.may_run(ty, 4).then_some(lent));
        }
        if let Some(param_role) = self.facts.role(param.peel_refs()).map(|r| r.role)
            && matches!(param_role, Role::Builder | Role::Client | Role::Request)
        {
            return self.holds_role(ty, &[Role::Builder, Role::Client, Role::Request], false, 6);
        }
        self.holds_role(ty, &roles, false, 6)
    }

    fn holds_role(&self, ty: &Ty, roles: &[Role], by_ref: bool, depth: u32) -> Option<bool> {
        if depth == 0 || self.is_some_error(ty) {
            return None;
        }
        if is_open(ty) {
            return Some(by_ref);
        }
        if let Some(role) = self.facts.role(ty)
            && roles.contains(&role.role)
        {
            return Some(by_ref);
        }
        if roles.contains(&Role::Response) && self.wrappers.contains(ty) {
            return Some(by_ref);
        }
        match ty {
            Ty::Adt(_, args) | Ty::Tuple(args) | Ty::External(_, args) => args
                .iter()
                .find_map(|a| self.holds_role(a, roles, by_ref, depth - 1)),
            Ty::Ref(inner) => self.holds_role(inner, roles, true, depth - 1),
            Ty::Slice(inner) | Ty::AsyncFn(inner) => {
                self.holds_role(inner, roles, by_ref, depth - 1)
            }
            Ty::Closure(_) | Ty::Async(_) | Ty::FnDef(..) => Some(by_ref),
            _ => None,
        }
    }

    /// Whether a type is some error, `dyn Error`: no client, response or handle is one, and what an error carries is lost
    /// to those who see no more of it than that.
    fn is_some_error(&self, ty: &Ty) -> bool {
        let error = self.types.known.error;
        matches!(ty, Ty::Bounded(bounds) if bounds.iter().any(|b| Some(b.trait_def) == error))
    }

    /// Whether a type is made of nothing but numbers, truths and texts: no resource is in it.
    pub(super) fn is_plain(&self, ty: &Ty, depth: u32) -> bool {
        match ty {
            _ if depth == 0 => false,
            Ty::Prim(_) => true,
            Ty::Adt(def, args) if args.is_empty() && self.program.is_local(*def) => {
                let fields = self.types.fields.get(def);
                fields.is_some_and(|f| f.iter().all(|(_, ty)| self.is_plain(ty, depth - 1)))
            }
            Ty::Adt(def, _) => Some(*def) == self.types.known.string,
            _ => false,
        }
    }

    /// Whether a value of this type can be a stream or reader over a body: it is made of one, or says nothing of what it is
    /// made of. What has no parts that could be one is a piece.
    fn streams(&self, ty: &Ty, by_ref: bool, depth: u32) -> Option<bool> {
        if depth == 0 || self.is_some_error(ty) {
            return None;
        }
        match ty {
            Ty::Bounded(_) | Ty::Param(_) | Ty::Proj(..) => Some(by_ref),
            Ty::Closure(_) | Ty::Async(_) => Some(by_ref),
            Ty::Adt(_, args)
                if self
                    .facts
                    .role(ty)
                    .is_some_and(|r| r.role == Role::Response) =>
            {
                let _ = args;
                Some(by_ref)
            }
            Ty::Adt(_, args) | Ty::Tuple(args) | Ty::External(_, args) => {
                args.iter().find_map(|a| self.streams(a, by_ref, depth - 1))
            }
            Ty::Ref(inner) => self.streams(inner, true, depth - 1),
            Ty::Slice(inner) | Ty::AsyncFn(inner) => self.streams(inner, by_ref, depth - 1),
            _ => None,
        }
    }

    /// Whether a value of this type may be run: awaited or called.
    pub fn may_run(&self, ty: &Ty, depth: u32) -> bool {
        if depth == 0 {
            return false;
        }
        match ty {
            Ty::Async(_) | Ty::AsyncFn(_) | Ty::Closure(_) | Ty::FnDef(..) | Ty::FnPtr(..) => true,
            Ty::Unknown
            | Ty::Var(_)
            | Ty::Param(_)
            | Ty::Proj(..)
            | Ty::Bounded(_)
            | Ty::External(..) => true,
            Ty::Ref(inner) | Ty::Slice(inner) => self.may_run(inner, depth - 1),
            Ty::Adt(_, args) => {
                args.iter().any(|a| self.may_run(a, depth - 1)) || self.is_future(ty)
            }
            Ty::Tuple(args) => args.iter().any(|a| self.may_run(a, depth - 1)),
            Ty::Prim(_) | Ty::Never => false,
        }
    }

    /// Whether a call of this type is done when it returns, or only when its future is awaited.
    pub fn is_future(&self, ty: &Ty) -> bool {
        let known = self.types.known;
        match ty {
            Ty::Async(_) | Ty::AsyncFn(_) => true,
            _ => [known.future, known.into_future]
                .into_iter()
                .flatten()
                .any(|of| self.lookup().assoc(ty, Some(of), Name::output()).is_some()),
        }
    }

    /// What a generic type is asked for: the bounds of a parameter, or of an `impl Trait`.
    pub fn bounds_of<'t>(&'t self, ty: &'t Ty) -> &'t [TraitRef] {
        match ty {
            Ty::Bounded(bounds) => bounds,
            Ty::Param(param) => match self.types.params.get(param.0 as usize) {
                Some(info) => &info.bounds,
                None => &[],
            },
            _ => &[],
        }
    }

    /// Whether a value of this type is code to run: a future, or what can be called.
    pub fn is_code(&self, ty: &Ty) -> bool {
        let known = self.types.known;
        let called = |t: &TraitRef| known.closure_trait(t.trait_def).is_some();
        matches!(ty, Ty::Closure(_) | Ty::FnDef(..) | Ty::FnPtr(..))
            || self.is_future(ty)
            || self.bounds_of(ty).iter().any(called)
    }

    /// Whether code of this type makes a future when it is called.
    pub fn makes_future(&self, ty: &Ty) -> bool {
        let known = self.types.known;
        let makes = |bound: &TraitRef| match known.closure_trait(bound.trait_def) {
            Some(is_async) => {
                let mut bindings = bound.bindings.iter();
                is_async || bindings.any(|(name, ty)| *name == Name::output() && self.is_future(ty))
            }
            None => false,
        };
        match ty.peel_refs() {
            Ty::FnPtr(_, ret) => self.is_future(ret),
            Ty::Adt(_, args) => args.iter().any(|ty| self.makes_future(ty)),
            ty => self.bounds_of(ty).iter().any(makes),
        }
    }

    /// What comes out of a future, or of a stream with each turn. The standard library's traits with items are those of
    /// iterators, whose turns wait for nothing.
    pub fn yields(&self, ty: &Ty) -> Option<Ty> {
        let known = self.types.known;
        let output = [known.future, known.into_future]
            .into_iter()
            .flatten()
            .find_map(|of| self.lookup().assoc(ty, Some(of), Name::output()));
        output.or_else(|| {
            let traits = self.types.traits_with.get(&Name::item())?;
            traits
                .iter()
                .filter(|def| self.program.std != Some(self.program.def(**def).krate))
                .find_map(|def| self.lookup().assoc(ty, Some(*def), Name::item()))
        })
    }

    /// The role of the value behind a type, of this kind.
    pub fn role(&self, ty: &Ty, wanted: Role) -> Option<RoleOf<'c>> {
        self.facts.role_in(ty, |r| r == wanted)
    }

    /// What dropping a handle of this type does.
    pub fn handle_drop(&self, ty: &Ty) -> Option<DropDoes> {
        self.role(ty, Role::Handle).and_then(|r| r.fact.drop)
    }
}

/// A type that tells nothing about what it holds.
pub fn is_open(ty: &Ty) -> bool {
    matches!(
        ty,
        Ty::Unknown | Ty::Var(_) | Ty::Param(_) | Ty::Proj(..) | Ty::Bounded(_)
    )
}

fn is_scalar(ty: &Ty) -> bool {
    match ty {
        Ty::Prim(_) | Ty::Never => true,
        Ty::Tuple(items) => items.is_empty(),
        _ => false,
    }
}

/// Whether a place is the item of a `for` loop.
fn is_iterator(body: &Body, place: &Place) -> bool {
    body.blocks
        .iter()
        .any(|b| matches!(&b.term, Terminator::Next { iter, .. } if *iter == place.local))
}
