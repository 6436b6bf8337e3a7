//! Which `Option` parameters are always, or never, given a value: what decides whether `if let Some(limit) = limit` sets a
//! bound is what the callers pass.
//!
//! One pass over all calls before bodies are run; a parameter handed on as it is takes the answer of the one it came from.
//! A function that can be called from out of sight, or is used as a value, may be given anything.

use rustc_hash::FxHashMap;

use super::cx::Cx;
use super::entries::is_entry;
use super::learned::{OptionParams, Param};
use super::value::Shape;
use crate::ir::body::{Body, BodyKind, Callee, Local, Operand, Rvalue, StmtKind};
use crate::resolve::def::BodyId;
use crate::resolve::infer::BodyTypes;
use crate::resolve::sig::body_of;
use crate::resolve::ty::Ty;

/// What one call passes.
enum Given {
    Shape(Shape),
    /// What the caller itself was given.
    Same(Param),
}

/// What a local is given that is a parameter, or captures one from the body around.
pub(super) fn of_local(cx: &Cx<'_, '_, '_>, body: BodyId, local: Local) -> Shape {
    let info = cx.program.body(body);
    let is_optional = cx
        .bodies
        .get(&body)
        .is_some_and(|t| is_option(cx, t.local(local)));
    if !is_optional {
        return Shape::Any;
    }
    if let Some(index) = info.body.params.iter().position(|p| *p == local) {
        return if is_given(info.body, &writes(info.body), local) {
            cx.options.shape(body, index as u16)
        } else {
            Shape::Any
        };
    }
    let capture = info.body.captures.iter().find(|c| c.inner == local);
    match (capture, info.parent) {
        (Some(capture), Some(parent)) if !writes(info.body).contains_key(&local) => {
            of_local(cx, parent, capture.outer)
        }
        _ => Shape::Any,
    }
}

/// One pass over all calls.
pub(super) fn learn(cx: &Cx<'_, '_, '_>) -> OptionParams {
    let mut given: FxHashMap<Param, Vec<Given>> = FxHashMap::default();
    for (id, types) in &cx.bodies {
        calls(cx, *id, types, &mut given);
        for target in types.paths.values() {
            if let Some(body) = target.def.and_then(|d| body_of(cx.program, d)) {
                anything(cx, body, &mut given);
            }
        }
    }
    let shapes = settle(cx, &given);
    OptionParams::new(shapes)
}

fn anything(cx: &Cx<'_, '_, '_>, body: BodyId, given: &mut FxHashMap<Param, Vec<Given>>) {
    for index in 0..cx.body(body).params.len() {
        let list = given.entry((body, index as u16)).or_default();
        list.push(Given::Shape(Shape::Any));
    }
}

fn calls(
    cx: &Cx<'_, '_, '_>,
    id: BodyId,
    types: &BodyTypes,
    given: &mut FxHashMap<Param, Vec<Given>>,
) {
    let body = cx.body(id);
    let mut writes: Option<Writes> = None;
    for (block_index, block) in body.blocks.iter().enumerate() {
        for (index, stmt) in block.stmts.iter().enumerate() {
            let StmtKind::Call(_, call) = &stmt.kind else {
                continue;
            };
            let at = (block_index as u32, index as u32);
            let Some(callee) = types
                .calls
                .get(&at)
                .and_then(|t| t.def)
                .and_then(|d| body_of(cx.program, d))
            else {
                continue;
            };
            let first = usize::from(matches!(call.callee, Callee::Method { .. }));
            for (position, operand) in call.args.iter().enumerate() {
                let index = (position + first) as u16;
                if is_option(cx, &cx.param_ty(callee, index)) {
                    let what = passed(
                        cx,
                        id,
                        body,
                        types,
                        writes.get_or_insert_with(|| self::writes(body)),
                        operand,
                    );
                    given.entry((callee, index)).or_default().push(what);
                }
            }
        }
    }
}

fn is_option(cx: &Cx<'_, '_, '_>, ty: &Ty) -> bool {
    matches!(ty.peel_refs(), Ty::Adt(def, _) if Some(*def) == cx.types.known.option)
}

/// What an argument is: the local it stands in is written once, by `Some(..)`, `None`, or from a parameter.
fn passed(
    cx: &Cx<'_, '_, '_>,
    id: BodyId,
    body: &Body,
    types: &BodyTypes,
    writes: &Writes,
    operand: &Operand,
) -> Given {
    let Operand::Use(place) = operand else {
        return Given::Shape(Shape::Any);
    };
    if !place.proj.is_empty() {
        return Given::Shape(Shape::Any);
    }
    let mut local = place.local;
    // Copies of copies are few; a longer chain is not worth following.
    for _ in 0..4 {
        if let Some(index) = body.params.iter().position(|p| *p == local) {
            return if is_given(body, writes, local) {
                Given::Same((id, index as u16))
            } else {
                Given::Shape(Shape::Any)
            };
        }
        match writes.get(&local).map_or(&[][..], Vec::as_slice) {
            [Write::Call(at)] => {
                let def = types.calls.get(at).and_then(|t| t.def);
                let some = def.is_some() && def == cx.types.known.some;
                return Given::Shape(if some { Shape::Yes } else { Shape::Any });
            }
            [Write::Path(at)] => {
                let def = types.paths.get(at).and_then(|t| t.def);
                let none = def.is_some() && def == cx.types.known.none;
                return Given::Shape(if none { Shape::No } else { Shape::Any });
            }
            [Write::Copy(from)] => local = *from,
            _ => return Given::Shape(Shape::Any),
        }
    }
    Given::Shape(Shape::Any)
}

/// Whether a parameter of a function still is what was passed: nothing writes it.
fn is_given(body: &Body, writes: &Writes, local: Local) -> bool {
    matches!(body.kind, BodyKind::Fn { .. }) && !writes.contains_key(&local)
}

enum Write {
    Call((u32, u32)),
    Path((u32, u32)),
    Copy(Local),
    Other,
}

/// Who writes each local of a body.
type Writes = FxHashMap<Local, Vec<Write>>;

fn writes(body: &Body) -> Writes {
    let mut out = Writes::default();
    for (block, b) in body.blocks.iter().enumerate() {
        for (index, stmt) in b.stmts.iter().enumerate() {
            let at = (block as u32, index as u32);
            match &stmt.kind {
                StmtKind::Call(dest, _) => out.entry(*dest).or_default().push(Write::Call(at)),
                StmtKind::Await(dest, _) => out.entry(*dest).or_default().push(Write::Other),
                StmtKind::Assign(place, value) => {
                    let write = match value {
                        _ if !place.proj.is_empty() => Write::Other,
                        Rvalue::Path(_) => Write::Path(at),
                        Rvalue::Use(Operand::Use(from)) if from.proj.is_empty() => {
                            Write::Copy(from.local)
                        }
                        _ => Write::Other,
                    };
                    out.entry(place.local).or_default().push(write);
                    // A mutable borrow may write.
                    if let Rvalue::Ref {
                        mutable: true,
                        place,
                    } = value
                    {
                        out.entry(place.local).or_default().push(Write::Other);
                    }
                }
                StmtKind::StorageDead(_) => {}
            }
        }
    }
    out
}

/// The least answer that agrees with every call: parameters handed round in a circle say nothing by themselves.
fn settle(cx: &Cx<'_, '_, '_>, given: &FxHashMap<Param, Vec<Given>>) -> FxHashMap<Param, Shape> {
    let mut known: FxHashMap<Param, Shape> = FxHashMap::default();
    for param in given.keys() {
        if is_entry(cx, param.0) {
            known.insert(*param, Shape::Any);
        }
    }
    loop {
        let mut changed = false;
        for (param, list) in given {
            if known.get(param) == Some(&Shape::Any) {
                continue;
            }
            let mut joined: Option<Shape> = None;
            for one in list {
                let shape = match one {
                    Given::Shape(shape) => Some(*shape),
                    Given::Same(from) if given.contains_key(from) => known.get(from).copied(),
                    Given::Same(_) => Some(Shape::Any),
                };
                joined = match (joined, shape) {
                    (None, other) | (other, None) => other,
                    (Some(a), Some(b)) if a == b => Some(a),
                    _ => Some(Shape::Any),
                };
            }
            if let Some(shape) = joined
                && known.get(param) != Some(&shape)
            {
                known.insert(*param, shape);
                changed = true;
            }
        }
        if !changed {
            return known;
        }
    }
}
