//! What a type says of a signal: whether a value tells to stop, how it is asked, and what comes with its answer.

use super::signal::Holds;
use super::sources::Finder;
use crate::catalog::schema::Role;
use crate::flow::cx::Cx;
use crate::name::Name;
use crate::resolve::def::{DefId, DefKind};
use crate::resolve::ty::Ty;

impl Finder<'_, '_, '_, '_> {
    /// What a call's result of this type is of the signal that the call asks.
    pub(super) fn holds(&self, ty: &Ty) -> Holds {
        let looked_at = || self.cx.lookup().deref(ty).is_some();
        if self.cx.is_future(ty) {
            Holds::Wait
        } else if matches!(ty, Ty::Prim(name) if *name == "bool") || looked_at() {
            Holds::Query
        } else {
            Holds::Answer
        }
    }

    /// Whether a value of this type is itself what tells that it is time to stop, or a wait for it.
    pub(super) fn is_signal(&self, ty: &Ty) -> bool {
        // What an `async fn` yields is its result, not what it waits for.
        !matches!(ty, Ty::AsyncFn(_) | Ty::Async(_) | Ty::Tuple(_))
            && (self.cx.role(ty, Role::Signal).is_some() || self.wraps_signal(ty))
    }

    /// What is behind references and pins: `&mut Pin<&mut F>`, as `pin!` makes it.
    pub(super) fn pinned<'t>(&self, ty: &'t Ty) -> &'t Ty {
        let mut at = ty.peel_refs();
        while let Ty::Adt(def, args) = at
            && Some(*def) == self.cx.types.known.pin
            && let Some(inside) = args.first()
        {
            at = inside.peel_refs();
        }
        at
    }

    /// Whether a value is a future of the program's own around a signal: ready when that is, with no more to say.
    fn wraps_signal(&self, ty: &Ty) -> bool {
        let Ty::Adt(def, _) = ty.peel_refs() else {
            return false;
        };
        let (cx, lookup) = (self.cx, self.cx.lookup());
        let fields = cx.types.fields.get(def);
        let Some(fields) = fields.filter(|_| cx.program.is_local(*def)) else {
            return false;
        };
        let output = lookup.assoc(ty.peel_refs(), cx.types.known.future, Name::output());
        let tells = |t: &Ty| {
            let of = matches!(t, Ty::Adt(_, args) if args.first().is_none_or(|a| says_only(cx, a)));
            of && cx.facts.role(t).is_some_and(|r| r.role == Role::Signal)
        };
        output.is_some_and(|t| says_only(cx, &t))
            && fields.iter().any(|(_, t)| t.any(&mut |t| tells(t)))
    }

    /// Whether a call's answer, now or when it is awaited, is a `Result`.
    pub(super) fn may_fail(&self, ty: &Ty) -> bool {
        let known = self.cx.types.known;
        let is_result = |t: &Ty| matches!(t, Ty::Adt(def, _) if Some(*def) == known.result);
        is_result(ty)
            || self
                .cx
                .lookup()
                .assoc(ty, known.future, Name::output())
                .is_some_and(|t| is_result(&t))
    }

    /// Whether what is lent behind this is a `bool`, now or when it is awaited.
    pub(super) fn is_truth(&self, ty: &Ty) -> bool {
        let (known, lookup) = (self.cx.types.known, self.cx.lookup());
        let mut at = ty.clone();
        for _ in 0..4 {
            let next = match &at {
                Ty::Prim(name) => return *name == "bool",
                Ty::Adt(def, args) if Some(*def) == known.result || Some(*def) == known.option => {
                    args.first().cloned()
                }
                Ty::Ref(inside) => Some((**inside).clone()),
                _ => {
                    let lent = lookup.deref(&at);
                    lent.or_else(|| lookup.assoc(&at, known.future, Name::output()))
                }
            };
            match next {
                Some(next) => at = next,
                None => return false,
            }
        }
        false
    }

    /// Whether nothing comes with the answer: `()`, a `bool`, `Result<(), _>`.
    pub(super) fn is_bare(&self, ty: &Ty) -> bool {
        let known = self.cx.types.known;
        let mut at = ty.clone();
        for _ in 0..4 {
            match &at {
                Ty::Tuple(items) => return items.is_empty(),
                Ty::Prim(name) => return *name == "bool",
                Ty::Adt(def, args) if Some(*def) == known.result || Some(*def) == known.option => {
                    match args.first() {
                        Some(first) => at = first.clone(),
                        None => return false,
                    }
                }
                _ => {
                    let output = Name::output();
                    let lookup = self.cx.lookup();
                    if let Some(seen) = lookup.deref(&at) {
                        return says_only(self.cx, &seen);
                    }
                    let next = [known.future, known.into_future]
                        .into_iter()
                        .find_map(|of| lookup.assoc(&at, of, output));
                    match next {
                        Some(next) => at = next,
                        None => return false,
                    }
                }
            }
        }
        false
    }
}

/// Whether a value says that it is time, or which state things are in, and no more: `()`, a `bool`, a bare enum.
fn says_only(cx: &Cx<'_, '_, '_>, ty: &Ty) -> bool {
    let has_fields = |v: &DefId| cx.types.fields.get(v).is_some_and(|f| !f.is_empty());
    match ty {
        Ty::Tuple(items) => items.is_empty(),
        Ty::Prim(name) => *name == "bool",
        Ty::Adt(def, _) => match &cx.program.def(*def).kind {
            DefKind::Enum { variants, .. } => !variants.iter().any(has_fields),
            _ => false,
        },
        _ => false,
    }
}
