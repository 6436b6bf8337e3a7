//! Types of places: fields, derefs, elements, and what patterns take apart.

use std::sync::Arc;

use super::Infer;
use crate::ir::body::{Operand, Proj};
use crate::ir::ty::PathRef;
use crate::name::Name;
use crate::resolve::def::{BodyId, DefId, DefKind};
use crate::resolve::infer::{At, Target};
use crate::resolve::ty::Ty;

impl Infer<'_, '_> {
    pub(super) fn project(&mut self, id: BodyId, ty: &Ty, step: &Proj, is_iter: bool) -> Ty {
        let base = self.ty(ty);
        match step {
            Proj::Field(name) => self.field(&base, *name),
            Proj::Deref => match self.lookup().deref(&base) {
                Some(inner) => self.table.open(&inner),
                None => self.table.fresh(),
            },
            Proj::Index if is_iter => self.item(&base),
            Proj::Index => self.element(&base),
            Proj::Variant { path, field } => self.variant_field(id, &base, path, *field),
            Proj::TryOk => self.try_ok(&base),
            Proj::TryErr => self.table.fresh(),
        }
    }

    fn field(&mut self, base: &Ty, name: Name) -> Ty {
        let mut at = base.clone();
        for _ in 0..8 {
            if let Some(found) = self.lookup().field(&at, name) {
                return self.table.open(&found);
            }
            match self.lookup().deref(&at) {
                Some(next) => at = next,
                None => break,
            }
        }
        if matches!(at, Ty::Var(_)) {
            self.open_receivers += 1;
        }
        self.table.fresh()
    }

    /// What a `for` loop over this yields.
    fn item(&mut self, base: &Ty) -> Ty {
        let name = Name::item();
        let known = self.types.known;
        for of in [known.into_iterator, known.iterator] {
            if let Some(found) = self.lookup().assoc(base, of, name) {
                return self.table.open(&found);
            }
        }
        match base {
            Ty::Slice(inner) => (**inner).clone(),
            Ty::Ref(inner) => match &**inner {
                Ty::Slice(element) => (**element).clone().reference(),
                other => {
                    let other = other.clone();
                    self.item(&other)
                }
            },
            _ => self.table.fresh(),
        }
    }

    /// What `[..]` of this yields.
    fn element(&mut self, base: &Ty) -> Ty {
        let mut at = base.clone();
        for _ in 0..8 {
            if let Ty::Slice(inner) = &at {
                return (**inner).clone();
            }
            if let Some(found) = self
                .lookup()
                .assoc(&at, self.types.known.index, Name::output())
            {
                return self.table.open(&found);
            }
            match self.lookup().deref(&at) {
                Some(next) => at = next,
                None => break,
            }
        }
        self.table.fresh()
    }

    fn try_ok(&mut self, base: &Ty) -> Ty {
        let known = self.types.known;
        match base {
            Ty::Adt(def, args) if Some(*def) == known.result || Some(*def) == known.option => {
                args.first().cloned().unwrap_or(Ty::Unknown)
            }
            Ty::Adt(def, args) if self.program.def(*def).name == "Poll" => {
                let inner = args.first().cloned().unwrap_or(Ty::Unknown);
                let inner = self.ty(&inner);
                let ok = self.try_ok(&inner);
                Ty::Adt(*def, Arc::from([ok]))
            }
            // `ControlFlow<B, C>` goes on with its second.
            Ty::Adt(def, args) if self.program.def(*def).name == "ControlFlow" => {
                args.get(1).cloned().unwrap_or(Ty::Unknown)
            }
            Ty::Var(_) => {
                self.open_receivers += 1;
                self.table.fresh()
            }
            _ => self.table.fresh(),
        }
    }

    /// A variant's or struct's field as a pattern names it.
    fn variant_field(&mut self, id: BodyId, base: &Ty, path: &PathRef, field: Name) -> Ty {
        let mut at = base.clone();
        let target = self.value_path(id, path);
        let Some(def) = target.def.or_else(|| self.type_path(path)) else {
            return self.table.fresh();
        };
        let owner = self.owner_type(def);
        let mut wraps = 0;
        // Default binding modes: patterns look through references (and, unstable, boxes).
        while let Ty::Ref(inner) = &at {
            at = self.ty(inner);
            wraps += 1;
        }
        let args = match &at {
            Ty::Adt(found, args) if *found == owner => args.clone(),
            Ty::Var(_) => {
                let fresh: Arc<[Ty]> = self
                    .types
                    .own_args(owner)
                    .iter()
                    .map(|_| self.table.fresh())
                    .collect();
                self.table.unify(&at, &Ty::Adt(owner, fresh.clone()));
                fresh
            }
            _ => self
                .types
                .own_args(owner)
                .iter()
                .map(|_| self.table.fresh())
                .collect(),
        };
        let Some((_, ty)) = self
            .types
            .fields
            .get(&def)
            .and_then(|l| l.iter().find(|(n, _)| *n == field))
        else {
            return self.table.fresh();
        };
        let ty = ty.subst(&self.types.subst_of(owner, &args));
        let ty = self.table.open(&ty);
        if wraps > 0 && !matches!(ty, Ty::Ref(_)) {
            ty.reference()
        } else {
            ty
        }
    }

    /// The struct or enum whose values a constructor makes.
    pub(super) fn owner_type(&self, def: DefId) -> DefId {
        match (&self.program.def(def).kind, self.program.def(def).parent) {
            (DefKind::Variant { .. }, Some(parent)) => parent,
            _ => def,
        }
    }

    pub(super) fn struct_value(
        &mut self,
        id: BodyId,
        at: At,
        path: &PathRef,
        fields: &[(Name, Operand)],
        base: Option<&Operand>,
    ) -> Ty {
        let mut target = self.value_path(id, path);
        if target.def.is_none_or(|d| !self.is_constructor(d)) {
            target.def = self.type_path(path).or(target.def);
        }
        let found = target.def.filter(|d| self.is_constructor(*d));
        self.paths.insert(
            (id, at),
            Target {
                def: found,
                ..target
            },
        );
        let Some(def) = found else {
            for (_, operand) in fields {
                self.operand(id, operand);
            }
            return self.table.fresh();
        };
        let owner = self.owner_type(def);
        let args: Arc<[Ty]> = self
            .types
            .own_args(owner)
            .iter()
            .map(|_| self.table.fresh())
            .collect();
        let subst = self.types.subst_of(owner, &args);
        for (name, operand) in fields {
            let got = self.operand(id, operand);
            if let Some((_, ty)) = self
                .types
                .fields
                .get(&def)
                .and_then(|l| l.iter().find(|(n, _)| n == name))
            {
                let declared = ty.subst(&subst);
                let declared = self.table.open(&declared);
                self.table.unify(&declared, &got);
            }
        }
        let ty = Ty::Adt(owner, args);
        if let Some(base) = base {
            let got = self.operand(id, base);
            self.table.unify(&ty, &got);
        }
        ty
    }

    fn is_constructor(&self, def: DefId) -> bool {
        matches!(
            self.program.def(def).kind,
            DefKind::Struct { .. } | DefKind::Variant { .. }
        )
    }
}
