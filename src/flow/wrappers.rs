//! The user's types that are a response with something beside it: what is owed for the response is owed for them.

use rustc_hash::FxHashSet;

use super::cx::Cx;
use super::learned::Wrappers;
use crate::catalog::schema::Role;
use crate::resolve::def::{DefId, DefKind};
use crate::resolve::ty::Ty;

/// Finds them by what their fields are declared to be.
pub(super) fn learn(cx: &Cx<'_, '_, '_>) -> Wrappers {
    let mut out = Wrappers::default();
    let left_out = left_out(cx);
    for (def, fields) in &cx.types.fields {
        let is_struct = matches!(cx.program.def(*def).kind, DefKind::Struct { .. });
        if !is_struct || !cx.program.is_local(*def) || left_out.contains(def) {
            continue;
        }
        let mut holding = fields.iter().filter(|(_, ty)| is_response(cx, ty));
        if let (Some((name, _)), None) = (holding.next(), holding.next()) {
            out.insert((*def, *name));
        }
    }
    out
}

/// A response by value, or one that may be there.
fn is_response(cx: &Cx<'_, '_, '_>, ty: &Ty) -> bool {
    let role = cx.facts.role(ty);
    if role.is_some_and(|r| r.role == Role::Response) {
        return true;
    }
    let known = cx.types.known;
    match ty {
        Ty::Adt(def, args) if [known.option, known.boxed].contains(&Some(*def)) => {
            args.first().is_some_and(|inner| is_response(cx, inner))
        }
        _ => false,
    }
}

/// Types that do something with what they hold when they are dropped or awaited, and errors: what an error carries is there
/// to tell what happened, and whoever drops it is on a way that ends badly.
fn left_out(cx: &Cx<'_, '_, '_>) -> FxHashSet<DefId> {
    let known = cx.types.known;
    let traits = [known.drop, known.future, known.into_future, known.error];
    let impls = traits.into_iter().flatten();
    let impls = impls.flat_map(|t| cx.types.by_trait.get(&t).into_iter().flatten());
    let of_impls = impls
        .filter_map(|i| cx.types.impls.get(*i))
        .map(|i| &i.self_ty);
    let errors = cx.types.sigs.values().filter_map(|sig| match &sig.ret {
        Ty::Adt(def, args) if Some(*def) == known.result => args.get(1),
        _ => None,
    });
    let head = |ty: &Ty| match ty.peel_refs() {
        Ty::Adt(def, _) => Some(*def),
        _ => None,
    };
    of_impls.chain(errors).filter_map(head).collect()
}
