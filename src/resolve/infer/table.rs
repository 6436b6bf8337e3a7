//! Inference variables: a table of what each stands for, and unification.

use std::sync::Arc;

use rustc_hash::FxHashSet;

use crate::resolve::ty::{Subst, Ty};

/// Deepest nesting unified; deeper parts stay as they are.
const DEPTH: u32 = 32;

/// The variables of one body and its closures.
#[derive(Debug, Default)]
pub(super) struct Table {
    bound: Vec<Option<Ty>>,
}

impl Table {
    /// A fresh variable.
    pub(super) fn fresh(&mut self) -> Ty {
        self.bound.push(None);
        Ty::Var(self.bound.len() as u32 - 1)
    }

    /// The type with its outermost variable followed.
    pub(super) fn shallow(&self, ty: &Ty) -> Ty {
        let mut at = ty.clone();
        for _ in 0..DEPTH {
            match at {
                Ty::Var(v) => match self.bound.get(v as usize) {
                    Some(Some(next)) => at = next.clone(),
                    _ => return at,
                },
                _ => return at,
            }
        }
        Ty::Unknown
    }

    /// The variables that stand for nothing yet.
    pub(super) fn open_roots(&self) -> Vec<u32> {
        let open = self.bound.iter().enumerate().filter(|(_, b)| b.is_none());
        open.map(|(var, _)| var as u32).collect()
    }

    /// Whether all of these still stand for nothing, and no two of them for the same.
    pub(super) fn are_open_apart(&self, vars: &[u32]) -> bool {
        let mut seen = FxHashSet::default();
        vars.iter().all(|var| match self.shallow(&Ty::Var(*var)) {
            Ty::Var(root) => seen.insert(root),
            _ => false,
        })
    }

    /// The type with all variables followed.
    pub(super) fn resolve(&self, ty: &Ty) -> Ty {
        self.resolve_at(ty, DEPTH)
    }

    fn resolve_at(&self, ty: &Ty, depth: u32) -> Ty {
        if depth == 0 {
            return Ty::Unknown;
        }
        let top = self.shallow(ty);
        if !top.any(&mut |t| matches!(t, Ty::Var(_))) {
            return top;
        }
        top.map(&mut |t| match t {
            Ty::Var(_) => {
                let next = self.shallow(t);
                Some(if matches!(next, Ty::Var(_)) {
                    next
                } else {
                    self.resolve_at(&next, depth - 1)
                })
            }
            _ => None,
        })
    }

    /// Makes two types one where they can be. A mismatch changes nothing: the code may not compile, or coerces.
    pub(super) fn unify(&mut self, a: &Ty, b: &Ty) {
        self.unify_at(a, b, DEPTH);
    }

    fn unify_at(&mut self, a: &Ty, b: &Ty, depth: u32) {
        if depth == 0 {
            return;
        }
        let (a, b) = (self.shallow(a), self.shallow(b));
        match (&a, &b) {
            (Ty::Var(x), Ty::Var(y)) if x == y => {}
            (Ty::Var(x), Ty::Var(_)) => self.bind(*x, &b),
            // Never and unknown say nothing about the other side.
            (_, Ty::Unknown | Ty::Never) | (Ty::Unknown | Ty::Never, _) => {}
            (Ty::Var(x), _) => self.bind(*x, &b),
            (_, Ty::Var(y)) => self.bind(*y, &a),
            (Ty::Adt(p, xs), Ty::Adt(q, ys)) if p == q => self.unify_all(xs, ys, depth),
            (Ty::External(p, xs), Ty::External(q, ys)) if p == q => self.unify_all(xs, ys, depth),
            (Ty::Tuple(xs), Ty::Tuple(ys)) => self.unify_all(xs, ys, depth),
            (Ty::Ref(x), Ty::Ref(y))
            | (Ty::Slice(x), Ty::Slice(y))
            | (Ty::AsyncFn(x), Ty::AsyncFn(y)) => {
                self.unify_at(x, y, depth - 1);
            }
            (Ty::FnPtr(xs, r), Ty::FnPtr(ys, s)) => {
                self.unify_all(xs, ys, depth);
                self.unify_at(r, s, depth - 1);
            }
            (Ty::Bounded(xs), Ty::Bounded(ys)) => {
                for x in xs.iter() {
                    if let Some(y) = ys.iter().find(|y| y.trait_def == x.trait_def) {
                        self.unify_all(&x.args, &y.args, depth);
                        for (name, ty) in x.bindings.iter() {
                            if let Some((_, other)) = y.bindings.iter().find(|(n, _)| n == name) {
                                self.unify_at(ty, other, depth - 1);
                            }
                        }
                    }
                }
            }
            _ => {}
        }
    }

    fn unify_all(&mut self, xs: &[Ty], ys: &[Ty], depth: u32) {
        for (x, y) in xs.iter().zip(ys) {
            self.unify_at(x, y, depth - 1);
        }
    }

    fn bind(&mut self, var: u32, ty: &Ty) {
        // A variable inside its own binding would make an endless type.
        let resolved = self.resolve(ty);
        if resolved.any(&mut |t| *t == Ty::Var(var)) {
            return;
        }
        if let Some(slot) = self.bound.get_mut(var as usize) {
            *slot = Some(resolved);
        }
    }

    /// Replaces unknown parts by variables, so that later uses can fill them.
    pub(super) fn open(&mut self, ty: &Ty) -> Ty {
        if !ty.any(&mut |t| matches!(t, Ty::Unknown)) {
            return ty.clone();
        }
        ty.map(&mut |t| matches!(t, Ty::Unknown).then(|| self.fresh()))
    }

    /// A substitution with its values resolved.
    pub(super) fn resolve_subst(&self, subst: &Subst) -> Arc<Subst> {
        Arc::new(subst.map(|ty| self.resolve(ty)))
    }
}
