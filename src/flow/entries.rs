//! Where code out of sight comes in: what runs a body from outside, and which code is test code.

use super::cx::Cx;
use crate::catalog::schema::{Role, Runs};
use crate::resolve::def::{BodyId, DefId, DefKind, Origin, Program};

/// Whether a body is run from outside: `main`, public functions of libraries, functions of trait impls, handlers.
pub(super) fn is_entry(cx: &Cx<'_, '_, '_>, id: BodyId) -> bool {
    let info = cx.program.body(id);
    if info.parent.is_some() {
        return false;
    }
    let def = cx.program.def(info.owner);
    if !matches!(def.kind, DefKind::Fn { .. }) {
        return false;
    }
    trait_impl(cx.program, info.owner).is_some()
        || attributed(cx, info.owner).is_some()
        || def.name == "main"
        || cx.program.is_exported(info.owner)
}

/// The impl of a trait that a function stands in.
pub(super) fn trait_impl(program: &Program<'_>, function: DefId) -> Option<DefId> {
    let parent = program.def(function).parent?;
    matches!(
        program.def(parent).kind,
        DefKind::Impl {
            of_trait: Some(_),
            ..
        }
    )
    .then_some(parent)
}

/// When a function runs, by an attribute of its own or of the impl around it.
pub(super) fn attributed(cx: &Cx<'_, '_, '_>, function: DefId) -> Option<Runs> {
    let def = cx.program.def(function);
    let on = |id: DefId| {
        let def = cx.program.def(id);
        let attrs = def.item.map(|i| &i.attrs[..]).unwrap_or_default();
        attrs.iter().find_map(|a| cx.facts.runs(cx.program, id, a))
    };
    let around = def
        .parent
        .filter(|p| matches!(cx.program.def(*p).kind, DefKind::Impl { .. }));
    on(function).or_else(|| around.and_then(on))
}

/// Whether the catalogue says that functions of this impl's trait are run for each request.
pub(super) fn serves(cx: &Cx<'_, '_, '_>, of_impl: DefId) -> bool {
    let info = cx.types.impls.iter().find(|i| i.def == of_impl);
    info.and_then(|i| i.of_trait.as_ref())
        .and_then(|t| cx.facts.roles.get(&t.trait_def))
        .is_some_and(|r| r.role == Role::Service)
}

/// Code of tests, benches and examples: it says nothing about how often the rest runs.
pub(super) fn is_test(cx: &Cx<'_, '_, '_>, id: BodyId) -> bool {
    let info = cx.program.body(id);
    let origin = &cx.program.krate(info.krate).origin;
    info.in_test || matches!(origin, Origin::Local(l) if l.is_test)
}
