//! Calls and value paths: who is called, with what types, yielding what.

use std::sync::Arc;

use super::{At, Infer, Target};
use crate::ir::body::{Call, Callee};
use crate::ir::ty::{PathRef, TyRef};
use crate::name::Name;
use crate::resolve::def::{BodyId, DefId, DefKind, Namespace, Res};
use crate::resolve::lookup::Found;
use crate::resolve::ty::{ParamId, Subst, TraitRef, Ty};

impl Infer<'_, '_> {
    pub(super) fn call(&mut self, id: BodyId, at: At, call: &Call) -> Ty {
        match &call.callee {
            Callee::Path(path) => {
                let target = self.value_path(id, path);
                let args: Vec<Ty> = call.args.iter().map(|a| self.operand(id, a)).collect();
                let ret = self.apply_target(&target, &args);
                self.record(id, at, target);
                ret
            }
            Callee::Method {
                recv,
                name,
                args: turbofish,
            } => self.method_call(id, at, call, recv, *name, turbofish),
            Callee::Value(place) => {
                let callee = self.place_ty(id, place);
                let callee = self.ty(&callee);
                let args: Vec<Ty> = call.args.iter().map(|a| self.operand(id, a)).collect();
                let ret = self.call_value(&callee, &args);
                let target = Target {
                    def: match &callee {
                        Ty::FnDef(def, _) => Some(*def),
                        _ => None,
                    },
                    external: None,
                    self_ty: Ty::Unknown,
                    subst: Arc::default(),
                    value: Some(callee),
                };
                self.record(id, at, target);
                ret
            }
        }
    }

    fn record(&mut self, id: BodyId, at: At, target: Target) {
        self.calls.insert((id, at), target);
    }

    fn method_call(
        &mut self,
        id: BodyId,
        at: At,
        call: &Call,
        recv: &crate::ir::body::Place,
        name: Name,
        turbofish: &[TyRef],
    ) -> Ty {
        let receiver = self.place_ty(id, recv);
        let receiver = self.ty(&receiver);
        let args: Vec<Ty> = call.args.iter().map(|a| self.operand(id, a)).collect();
        self.returns(&receiver);
        // A field that holds a closure is called as `(self.f)(..)`, so a method it is.
        let Some(found) = self.lookup().method(&receiver, name) else {
            if receiver.peel_refs().any(&mut |t| matches!(t, Ty::Var(_))) {
                self.open_receivers += 1;
            }
            let mut target = Target {
                def: None,
                external: None,
                self_ty: receiver.clone(),
                subst: Arc::default(),
                value: None,
            };
            if let Ty::External(path, _) = receiver.peel_refs() {
                target.external = Some(Name::new(&format!("{path}::{name}")));
            }
            self.record(id, at, target);
            return self.table.fresh();
        };
        let (target, ret) = self.apply_found(&found, Some(&receiver), &args, turbofish);
        self.record(id, at, target);
        ret
    }

    /// Finds out what a closure returns: which trait's method is meant may hang on that.
    fn returns(&mut self, closure: &Ty) {
        let Ty::Closure(body) = *closure.peel_refs() else {
            return;
        };
        self.body(body);
        let known = self.known.code.borrow().get(&body).cloned();
        if let Some((params, ret)) = known {
            let ret = self.ty(&ret);
            self.known.code.borrow_mut().insert(body, (params, ret));
        }
    }

    /// Calls a function found by type: fresh variables for what is open, arguments unified, bounds used.
    fn apply_found(
        &mut self,
        found: &Found,
        receiver: Option<&Ty>,
        args: &[Ty],
        turbofish: &[TyRef],
    ) -> (Target, Ty) {
        let mut subst = found.subst.clone();
        let ret = self.apply_fn(
            found.def,
            &mut subst,
            receiver.map(|_| &found.self_ty),
            args,
            turbofish,
        );
        let target = Target {
            def: Some(found.def),
            external: None,
            self_ty: found.self_ty.clone(),
            subst: Arc::new(subst),
            value: None,
        };
        (target, ret)
    }

    /// Calls `def`: parameters get variables where `subst` does not know them, arguments are unified, closures inferred.
    fn apply_fn(
        &mut self,
        def: DefId,
        subst: &mut Subst,
        receiver: Option<&Ty>,
        args: &[Ty],
        turbofish: &[TyRef],
    ) -> Ty {
        let Some(sig) = self.types.sigs.get(&def) else {
            return self.table.fresh();
        };
        for param in &sig.generics {
            if subst.get(*param).is_none() {
                let fresh = self.table.fresh();
                subst.insert(*param, fresh);
            }
        }
        for (param, written) in sig.own.iter().zip(turbofish) {
            let ty = self.written(written);
            if let Some(slot) = subst.get(*param).cloned() {
                self.table.unify(&slot, &ty);
            }
        }
        let mut params = sig.params.iter();
        if sig.has_self {
            let wanted = params.next();
            match receiver {
                // The receiver was adjusted to fit; only its inside can still tell something.
                Some(receiver) => {
                    if let Some(wanted) = wanted {
                        let wanted = wanted.subst(subst);
                        let wanted = wanted.peel_refs().clone();
                        self.table.unify(&wanted, receiver.peel_refs());
                    }
                }
                None => {
                    if let (Some(wanted), Some(first)) = (wanted, args.first()) {
                        let wanted = wanted.subst(subst);
                        self.unify_arg(&wanted, first);
                    }
                }
            }
        }
        let rest = if sig.has_self && receiver.is_none() {
            args.get(1..).unwrap_or_default()
        } else {
            args
        };
        for (wanted, got) in params.zip(rest) {
            let wanted = wanted.subst(subst);
            self.unify_arg(&wanted, got);
        }
        self.use_bounds(&sig.generics, subst);
        let ret = sig.ret.subst(subst);
        let ret = self.table.open(&ret);
        self.ty(&ret)
    }

    /// Unifies a parameter with an argument, looking through a reference the argument may be coerced by.
    fn unify_arg(&mut self, wanted: &Ty, got: &Ty) {
        let wanted = self.ty(wanted);
        let mut got = self.ty(got);
        if let (Ty::Ref(inner), Ty::Ref(_)) = (&wanted, &got) {
            // `&Arc<T>` where `&T` is wanted.
            if let Ty::Adt(want, _) = inner.peel_refs() {
                for _ in 0..4 {
                    let head = match got.peel_refs() {
                        Ty::Adt(def, _) => Some(*def),
                        _ => None,
                    };
                    if head == Some(*want) || head.is_none() {
                        break;
                    }
                    match self.lookup().deref(got.peel_refs()) {
                        Some(next) => got = next.reference(),
                        None => break,
                    }
                }
            }
        }
        self.table.unify(&wanted, &got);
        // `impl Trait<Assoc = X>` and `dyn Trait` parameters: the argument's own associated types fill what is open.
        if let Ty::Bounded(bounds) = wanted.peel_refs() {
            let bounds: Vec<TraitRef> = bounds.to_vec();
            let got = got.peel_refs().clone();
            for bound in bounds {
                self.use_bound(&got, &bound);
            }
        }
    }

    /// What the bounds of a call's parameters tell once arguments are known: plain ones first, then closures in order (their
    /// parameters come from the others), then plain ones again (which may rest on the closures' results).
    fn use_bounds(&mut self, generics: &[ParamId], subst: &Subst) {
        for round in 0..2 {
            for closures in [false, true] {
                for param in generics {
                    let Some(ty) = subst.get(*param).cloned() else {
                        continue;
                    };
                    let ty = self.ty(&ty);
                    let Some(info) = self.types.params.get(param.0 as usize) else {
                        continue;
                    };
                    for bound in &info.bounds {
                        let is_closure = self.types.known.closure_trait(bound.trait_def).is_some();
                        if is_closure != closures || (is_closure && round == 1) {
                            continue;
                        }
                        let bound = bound.map(&mut |t| match t {
                            Ty::Param(p) => subst.get(*p).cloned(),
                            _ => None,
                        });
                        self.use_bound(&ty, &bound);
                    }
                }
            }
        }
    }

    fn use_bound(&mut self, ty: &Ty, bound: &TraitRef) {
        let known = self.types.known;
        if let Some(is_async) = known.closure_trait(bound.trait_def) {
            let wanted: Vec<Ty> = match bound.args.first() {
                Some(Ty::Tuple(items)) => items.to_vec(),
                _ => Vec::new(),
            };
            let ret = self.call_value(ty, &wanted);
            if let Some((_, output)) = bound.bindings.iter().find(|(n, _)| *n == "Output") {
                let ret = if is_async {
                    let ret = self.ty(&ret);
                    self.await_output(&ret)
                } else {
                    ret
                };
                self.table.unify(output, &ret);
            }
            return;
        }
        if matches!(ty, Ty::Var(_) | Ty::Unknown) {
            return;
        }
        if let Ty::Async(body) = ty {
            self.body(*body);
        }
        for (name, wanted) in bound.bindings.iter() {
            if let Some(found) = self.lookup().assoc(ty, Some(bound.trait_def), *name) {
                let found = self.table.open(&found);
                self.table.unify(wanted, &found);
            }
        }
        // `Into<T>`, `From<T>`, `Extend<T>`: one impl in sight fills the argument.
        if bound
            .args
            .iter()
            .any(|a| matches!(self.table.shallow(a), Ty::Var(_)))
        {
            let lookup = self.lookup();
            let impls = lookup.impls_of(bound.trait_def, ty, 6);
            if let [(info, subst)] = impls.as_slice()
                && let Some(of) = &info.of_trait
            {
                let pairs: Vec<(Ty, Ty)> = bound
                    .args
                    .iter()
                    .cloned()
                    .zip(of.args.iter().map(|a| a.subst(subst)))
                    .collect();
                for (wanted, found) in pairs {
                    let found = self.table.open(&found);
                    if !matches!(found, Ty::Param(_)) {
                        self.table.unify(&wanted, &found);
                    }
                }
            }
        }
    }

    /// Calls a closure, function item or pointer.
    pub(super) fn call_value(&mut self, callee: &Ty, args: &[Ty]) -> Ty {
        let callee = self.ty(callee);
        match callee.peel_refs() {
            Ty::Closure(body) => {
                let body = *body;
                let Some(frame) = self.frames.get(&body) else {
                    return self.table.fresh();
                };
                for (param, arg) in frame.params.clone().iter().zip(args) {
                    self.unify_arg(param, arg);
                }
                self.body(body);
                let known = self
                    .known
                    .code
                    .borrow()
                    .get(&body)
                    .map(|(_, ret)| ret.clone());
                known.unwrap_or(Ty::Unknown)
            }
            Ty::FnDef(def, subst) => {
                let mut subst = (**subst).clone();
                if self.types.sigs.contains_key(def) {
                    self.apply_fn(*def, &mut subst, None, args, &[])
                } else {
                    self.construct(*def, args)
                }
            }
            Ty::FnPtr(params, ret) => {
                for (param, arg) in params.iter().zip(args) {
                    self.table.unify(param, arg);
                }
                self.table.open(ret)
            }
            Ty::Bounded(bounds) => {
                let output = bounds
                    .iter()
                    .find_map(|b| b.bindings.iter().find(|(n, _)| *n == "Output"));
                match output.map(|(_, t)| t.clone()) {
                    Some(t) => self.table.open(&t),
                    None => self.table.fresh(),
                }
            }
            Ty::Param(_) => {
                let found = self.lookup().assoc(
                    callee.peel_refs(),
                    self.types.known.fn_once,
                    Name::output(),
                );
                match found {
                    Some(t) => self.table.open(&t),
                    None => self.table.fresh(),
                }
            }
            Ty::Adt(..) => match self.lookup().deref(callee.peel_refs()) {
                Some(inner) => self.call_value(&inner, args),
                None => self.table.fresh(),
            },
            _ => self.table.fresh(),
        }
    }

    /// A tuple struct's or variant's value.
    fn construct(&mut self, def: DefId, args: &[Ty]) -> Ty {
        let owner = self.owner_type(def);
        let own: Arc<[Ty]> = self
            .types
            .own_args(owner)
            .iter()
            .map(|_| self.table.fresh())
            .collect();
        let subst = self.types.subst_of(owner, &own);
        if let Some(fields) = self.types.fields.get(&def) {
            let fields: Vec<Ty> = fields.iter().map(|(_, t)| t.subst(&subst)).collect();
            for (field, arg) in fields.iter().zip(args) {
                let field = self.table.open(field);
                self.table.unify(&field, arg);
            }
        }
        Ty::Adt(owner, own)
    }

    fn apply_target(&mut self, target: &Target, args: &[Ty]) -> Ty {
        let Some(def) = target.def else {
            return self.table.fresh();
        };
        match self.program.def(def).kind {
            DefKind::Fn { .. } => {
                let mut subst = (*target.subst).clone();
                self.apply_fn(def, &mut subst, None, args, &[])
            }
            DefKind::Struct { .. } | DefKind::Variant { .. } => self.construct(def, args),
            DefKind::Static { .. } => {
                let ty = self.types.statics.get(&def).cloned().unwrap_or(Ty::Unknown);
                self.call_value(&ty, args)
            }
            _ => self.table.fresh(),
        }
    }

    /// The definition a path names as a type: a struct behind aliases and `Self`.
    pub(super) fn type_path(&mut self, path: &PathRef) -> Option<DefId> {
        let ty = self.types.lower(
            self.program,
            &self.scope,
            &TyRef::Path(Box::new(path.clone())),
        );
        match ty {
            Ty::Adt(def, _) => Some(def),
            _ => None,
        }
    }

    /// What a path in value position leads to.
    pub(super) fn value_path(&mut self, id: BodyId, path: &PathRef) -> Target {
        let none = Target {
            def: None,
            external: None,
            self_ty: Ty::Unknown,
            subst: Arc::default(),
            value: None,
        };
        let module = self.program.body(id).scope;
        let segments = &path.segments;
        if let Some(qself) = &path.qself {
            let self_ty = self.written(qself);
            let Some(name) = path.last() else { return none };
            return self.associated(
                &self_ty,
                name,
                segments
                    .last()
                    .map(|s| s.args.as_slice())
                    .unwrap_or_default(),
                none,
            );
        }
        let Some(first) = segments.first() else {
            return none;
        };
        let by_scope = if first.name == "Self" {
            self.scope.self_ty.clone()
        } else {
            let in_scope = self
                .scope
                .params
                .iter()
                .rev()
                .find(|(n, _)| !path.global && *n == first.name);
            in_scope.map(|(_, p)| Ty::Param(*p))
        };
        if let Some(base) = by_scope {
            return self.on_type(&base, segments.get(1..).unwrap_or_default(), none);
        }
        let names: Vec<Name> = path.names().collect();
        match self
            .program
            .resolve_names(module, path.global, &names, Namespace::Values)
        {
            Some((Res::Def(def), taken)) if taken == names.len() => {
                let args = segments
                    .last()
                    .map(|s| s.args.as_slice())
                    .unwrap_or_default();
                let subst = self.own_subst(def, args);
                Target {
                    def: Some(def),
                    subst: Arc::new(subst),
                    ..none
                }
            }
            Some((Res::Def(def), taken)) => {
                let base =
                    self.def_as_type(def, taken.checked_sub(1).and_then(|i| segments.get(i)));
                self.on_type(&base, segments.get(taken..).unwrap_or_default(), none)
            }
            Some((Res::External(name), taken)) => {
                let rest = names.iter().skip(taken);
                let full = rest.fold(name.to_string(), |a, n| format!("{a}::{n}"));
                Target {
                    external: Some(Name::new(&full)),
                    ..none
                }
            }
            // `u64::from(x)`, `str::parse`: primitives are in no scope.
            None => match segments.as_slice() {
                [one, rest @ ..] if !rest.is_empty() => {
                    let base = self.written(&TyRef::Path(Box::new(PathRef {
                        global: false,
                        qself: None,
                        trait_segments: 0,
                        segments: vec![one.clone()],
                        span: path.span,
                    })));
                    self.on_type(&base, rest, none)
                }
                _ => none,
            },
        }
    }

    /// Turbofish arguments of a function's own parameters.
    fn own_subst(&mut self, def: DefId, args: &[TyRef]) -> Subst {
        let own: Vec<ParamId> = self.types.generics.get(&def).cloned().unwrap_or_default();
        own.into_iter()
            .zip(args)
            .map(|(p, a)| (p, self.written(a)))
            .collect::<Vec<_>>()
            .into_iter()
            .collect()
    }

    /// A definition as the type at the head of an associated path; open arguments get variables.
    fn def_as_type(&mut self, def: DefId, segment: Option<&crate::ir::ty::Segment>) -> Ty {
        let Some(segment) = segment else {
            return Ty::Unknown;
        };
        match &self.program.def(def).kind {
            DefKind::Struct { .. } | DefKind::Enum { .. } => {
                let given: Vec<Ty> = segment.args.iter().map(|a| self.written(a)).collect();
                let own = self.types.own_args(def);
                let args = (0..own.len())
                    .map(|i| given.get(i).cloned().unwrap_or_else(|| self.table.fresh()));
                let args = args.collect::<Vec<_>>();
                Ty::Adt(def, args.into())
            }
            DefKind::Alias { .. } => {
                // Lowered in the alias's own scope, its parameters opened.
                let DefKind::Alias { ty, .. } = &self.program.def(def).kind else {
                    return Ty::Unknown;
                };
                let scope = self.types.scope_of(self.program, def);
                let lowered = self.types.lower(self.program, &scope, ty);
                let own = self.types.own_args(def);
                let given: Vec<Ty> = segment.args.iter().map(|a| self.written(a)).collect();
                let args: Vec<Ty> = (0..own.len())
                    .map(|i| given.get(i).cloned().unwrap_or_else(|| self.table.fresh()))
                    .collect();
                let lowered = lowered.subst(&self.types.subst_of(def, &args));
                self.table.open(&lowered)
            }
            DefKind::Trait { .. } => {
                let args = segment.args.iter().map(|a| self.written(a)).collect();
                let bound = TraitRef {
                    trait_def: def,
                    args,
                    bindings: Arc::from([]),
                };
                // `Default::default()`: the trait's function, on a type that the context will tell.
                Ty::Bounded(Arc::from([bound]))
            }
            _ => Ty::Unknown,
        }
    }

    /// The rest of a path after a type: a variant or an associated function.
    fn on_type(&mut self, base: &Ty, rest: &[crate::ir::ty::Segment], none: Target) -> Target {
        match rest {
            [] => match base {
                // `Self(..)`, `Self`.
                Ty::Adt(def, _) => Target {
                    def: Some(*def),
                    self_ty: base.clone(),
                    ..none
                },
                _ => none,
            },
            [one] => {
                if let Ty::Adt(def, _) = base
                    && let Some(Res::Def(variant)) = self.variant_of(*def, one.name)
                {
                    return Target {
                        def: Some(variant),
                        self_ty: base.clone(),
                        ..none
                    };
                }
                self.associated(base, one.name, &one.args, none)
            }
            [first, others @ ..] => {
                let next = self
                    .types
                    .named_after(self.program, base.clone(), first.name);
                self.on_type(&next, others, none)
            }
        }
    }

    fn variant_of(&self, def: DefId, name: Name) -> Option<Res> {
        match self.program.def(def).kind {
            DefKind::Enum { .. } => self.program.lookup_in(def, name, Namespace::Values),
            _ => None,
        }
    }

    /// An associated function of a type, by path.
    fn associated(&mut self, base: &Ty, name: Name, args: &[TyRef], none: Target) -> Target {
        let base = self.ty(base);
        if let Ty::Bounded(bounds) = &base
            && let [bound] = &**bounds
            && let DefKind::Trait { members, .. } = &self.program.def(bound.trait_def).kind
            && let Some(member) = members.get(&name).copied()
        {
            let self_ty = self.table.fresh();
            let subst = self.lookup().trait_subst(bound, &self_ty);
            return Target {
                def: Some(member),
                self_ty,
                subst: Arc::new(subst),
                ..none
            };
        }
        if let Ty::External(path, _) = &base {
            return Target {
                external: Some(Name::new(&format!("{path}::{name}"))),
                self_ty: base.clone(),
                ..none
            };
        }
        let Some(found) = self.lookup().assoc_fn(&base, name, 0, false) else {
            return Target {
                self_ty: base,
                ..none
            };
        };
        let mut subst = found.subst;
        subst.extend(self.own_subst(found.def, args));
        Target {
            def: Some(found.def),
            self_ty: base,
            subst: Arc::new(subst),
            ..none
        }
    }

    /// The type of a path used as a value.
    pub(super) fn path_value_ty(&mut self, target: &Target, _expected: &Ty) -> Ty {
        let Some(def) = target.def else {
            return self.table.fresh();
        };
        match &self.program.def(def).kind {
            DefKind::Static { .. } => {
                let ty = self.types.statics.get(&def).cloned().unwrap_or(Ty::Unknown);
                let ty = ty.subst(&target.subst);
                self.table.open(&ty)
            }
            DefKind::Struct { fields, .. } if fields.is_empty() => self.construct(def, &[]),
            DefKind::Variant { variant } if variant.fields.is_empty() => self.construct(def, &[]),
            DefKind::Fn { .. } | DefKind::Struct { .. } | DefKind::Variant { .. } => {
                Ty::FnDef(def, Arc::new((*target.subst).clone()))
            }
            _ => self.table.fresh(),
        }
    }
}
