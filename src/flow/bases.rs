//! Functions whose struct nobody gets as it is: every caller takes it for the base of another (`S { client, ..base() }`).
//!
//! What such a function puts into a field that all of these give anew goes no further, so that a client made for it is one
//! that nothing is sent through. Code out of sight that can call the function gets the struct whole. Nor does anything go
//! further that is made by a derived `default()` for which no code in sight asks, and none out of sight can, or hardly does:
//! there are other ways to make the struct, and the program takes those.

use rustc_hash::{FxHashMap, FxHashSet};

use super::cx::Cx;
use super::entries::{is_entry, is_test, trait_impl};
use super::learned::Replaced;
use crate::ir::body::{Body, Call, Callee, Local, Operand, Place, RETURN, Rvalue, StmtKind};
use crate::name::Name;
use crate::resolve::def::{BodyId, DefId, DefKind};
use crate::resolve::infer::BodyTypes;
use crate::resolve::sig::body_of;
use crate::resolve::ty::Ty;

/// Functions that hand on what another one makes, over which is followed who takes it.
const HANDED_ON: usize = 4;

/// What a caller does with the struct it gets.
enum Use {
    /// Takes it for the base of another, which gives these fields itself.
    Base(FxHashSet<Name>),
    /// Hands it on as it is.
    Returned(BodyId),
    /// Anything else.
    Other,
}

type Uses = FxHashMap<BodyId, Vec<Use>>;

/// Finds the fields.
pub(super) fn learn(cx: &Cx<'_, '_, '_>) -> Replaced {
    let mut out = Replaced::default();
    let made: FxHashMap<BodyId, DefId> = cx
        .bodies
        .iter()
        .filter_map(|(id, types)| Some((*id, makes(cx, *id, types)?)))
        .collect();
    if made.is_empty() {
        return out;
    }
    let uses = uses(cx, &made);
    let made_otherwise = made_otherwise(cx);
    for (id, of) in &made {
        let mut found = Found::default();
        found.follow(cx, &uses, *id, HANDED_ON);
        let only_outside = || !uses.contains_key(id) && made_otherwise.contains(of);
        let unused = found.fields.is_none() && (!found.seen_outside || only_outside());
        let unused = unused && cx.is_derived(*id);
        if unused {
            let all = cx.types.fields.get(of).into_iter().flatten();
            found.fields = Some(all.map(|(name, _)| *name).collect());
        }
        for name in found.fields.into_iter().flatten() {
            out.insert(*id, (*of, name), found.seen_outside);
        }
    }
    out
}

/// The struct of the program's that a function returns, if it has a client or the like in a field.
fn makes(cx: &Cx<'_, '_, '_>, id: BodyId, types: &BodyTypes) -> Option<DefId> {
    let Ty::Adt(def, _) = types.local(RETURN) else {
        return None;
    };
    let info = cx.program.body(id);
    let is_fn = matches!(cx.program.def(info.owner).kind, DefKind::Fn { .. });
    if info.parent.is_some() || !is_fn || !cx.program.is_local(*def) {
        return None;
    }
    let fields = cx.types.fields.get(def)?;
    let matters = |(_, ty): &(Name, Ty)| cx.facts.role_in(ty, |_| true).is_some();
    fields.iter().any(matters).then_some(*def)
}

/// The structs that code written by hand puts together itself.
fn made_otherwise(cx: &Cx<'_, '_, '_>) -> FxHashSet<DefId> {
    let mut out = FxHashSet::default();
    for (id, types) in &cx.bodies {
        if is_test(cx, *id) || cx.is_derived(*id) {
            continue;
        }
        for (at, stmt) in cx.body(*id).placed() {
            let named = match &stmt.kind {
                StmtKind::Assign(_, Rvalue::Struct { .. }) => types.paths.get(&at),
                StmtKind::Call(..) => types.calls.get(&at),
                _ => None,
            };
            let def = named.and_then(|target| target.def);
            out.extend(def.filter(|def| is_constructor(cx, *def)));
        }
    }
    out
}

/// What all callers do with what these functions make.
fn uses(cx: &Cx<'_, '_, '_>, made: &FxHashMap<BodyId, DefId>) -> Uses {
    let mut out = Uses::default();
    let by_default: FxHashMap<DefId, BodyId> = made
        .iter()
        .filter(|(id, _)| trait_impl(cx.program, cx.program.body(**id).owner).is_some())
        .map(|(id, of)| (*of, *id))
        .collect();
    for (id, types) in &cx.bodies {
        if is_test(cx, *id) {
            continue;
        }
        let named = types.paths.values().filter_map(|target| target.def);
        for body in named.filter_map(|def| body_of(cx.program, def)) {
            out.entry(body).or_default().push(Use::Other);
        }
        calls_of(cx, *id, types, made, &by_default, &mut out);
    }
    out
}

/// Who makes the structs that a type is made of.
fn named_in(ty: &Ty, by_default: &FxHashMap<DefId, BodyId>) -> Vec<BodyId> {
    let mut found = Vec::new();
    ty.any(&mut |ty| {
        if let Ty::Adt(def, _) = ty {
            found.extend(by_default.get(def));
        }
        false
    });
    found
}

fn calls_of(
    cx: &Cx<'_, '_, '_>,
    id: BodyId,
    types: &BodyTypes,
    made: &FxHashMap<BodyId, DefId>,
    by_default: &FxHashMap<DefId, BodyId>,
    out: &mut Uses,
) {
    let body = cx.body(id);
    for (block, b) in body.blocks.iter().enumerate() {
        for (index, stmt) in b.stmts.iter().enumerate() {
            let StmtKind::Call(dest, call) = &stmt.kind else {
                continue;
            };
            let called = types.calls.get(&(block as u32, index as u32));
            let called = called.and_then(|target| target.def);
            let callee = called.and_then(|def| body_of(cx.program, def));
            match callee {
                Some(callee) if made.contains_key(&callee) => {
                    let what = used(body, id, *dest);
                    out.entry(callee).or_default().push(what);
                }
                Some(_) => {}
                None if called.is_some_and(|def| is_constructor(cx, def)) => {}
                // Code out of sight that yields one may have asked the trait for it, unless it was given one.
                None => {
                    let given = given(cx, id, call, by_default);
                    for of in named_in(types.local(*dest), by_default) {
                        if !given.contains(&of) {
                            out.entry(of).or_default().push(Use::Other);
                        }
                    }
                }
            }
        }
    }
}

fn is_constructor(cx: &Cx<'_, '_, '_>, def: DefId) -> bool {
    let kind = &cx.program.def(def).kind;
    matches!(kind, DefKind::Struct { .. } | DefKind::Variant { .. })
}

/// Who makes the structs that a call is given, where it does not say that it asks for a default: `unwrap_or_default()`,
/// `mem::take(..)`.
fn given(
    cx: &Cx<'_, '_, '_>,
    id: BodyId,
    call: &Call,
    by_default: &FxHashMap<DefId, BodyId>,
) -> Vec<BodyId> {
    let (name, on) = match &call.callee {
        Callee::Method { recv, name, .. } => (Some(*name), Some(recv)),
        Callee::Path(path) => (path.last(), None),
        Callee::Value(_) => (None, None),
    };
    if name.is_some_and(|n| n.as_str().contains("default") || n == "take") {
        return Vec::new();
    }
    let args = call.args.iter().filter_map(|arg| match arg {
        Operand::Use(place) => Some(place),
        Operand::Lit(_) => None,
    });
    args.chain(on)
        .flat_map(|place| named_in(&cx.place_ty(id, place), by_default))
        .collect()
}

/// What becomes of the struct that a call puts into this local.
fn used(body: &Body, id: BodyId, dest: Local) -> Use {
    if dest == RETURN {
        return Use::Returned(id);
    }
    // What has a name may be used more than once.
    let decl = body.locals.get(dest.0 as usize);
    if decl.is_none_or(|d| d.name.is_some()) {
        return Use::Other;
    }
    let whole = |operand: &Operand| matches!(operand, Operand::Use(p) if *p == Place::local(dest));
    for (to, value) in body.assigns() {
        match value {
            Rvalue::Struct {
                fields,
                base: Some(base),
                ..
            } if whole(base) => {
                return Use::Base(fields.iter().map(|(name, _)| *name).collect());
            }
            Rvalue::Use(from) if whole(from) && *to == Place::local(RETURN) => {
                return Use::Returned(id);
            }
            _ => {}
        }
    }
    Use::Other
}

/// Who takes what a function makes.
#[derive(Default)]
struct Found {
    /// The fields that all of them give anew, once one is seen.
    fields: Option<FxHashSet<Name>>,
    /// Code out of sight may get it whole.
    seen_outside: bool,
}

impl Found {
    /// Adds who takes what this body makes.
    fn follow(&mut self, cx: &Cx<'_, '_, '_>, uses: &Uses, id: BodyId, depth: usize) {
        self.seen_outside |= is_seen_outside(cx, id);
        for one in uses.get(&id).into_iter().flatten() {
            match one {
                Use::Base(given) => match &mut self.fields {
                    Some(fields) => fields.retain(|name| given.contains(name)),
                    None => self.fields = Some(given.clone()),
                },
                Use::Returned(by) if depth > 0 => self.follow(cx, uses, *by, depth - 1),
                Use::Returned(_) | Use::Other => self.fields = Some(FxHashSet::default()),
            }
        }
    }
}

/// Whether code out of sight can call a function: of a trait's it needs the type.
fn is_seen_outside(cx: &Cx<'_, '_, '_>, id: BodyId) -> bool {
    let owner = cx.program.body(id).owner;
    match trait_impl(cx.program, owner) {
        Some(of) => {
            let mut impls = cx.types.impls.iter().filter(|i| i.def == of);
            impls.any(|i| match &i.self_ty {
                Ty::Adt(def, _) => cx.program.is_exported(*def),
                _ => true,
            })
        }
        None => is_entry(cx, id),
    }
}
