//! Tasks that are nothing but a call of code out of sight: `spawn(serve(socket, token.cancelled_owned()))`.

use crate::catalog::schema::Role;
use crate::flow::cx::Cx;
use crate::flow::value::SiteKey;
use crate::flow::writes::{Write, Writes, writes};
use crate::ir::body::{Body, Call, Callee, Local, Operand};
use crate::resolve::def::DefId;
use crate::resolve::infer::{At, BodyTypes};
use crate::resolve::sig::body_of;
use crate::source::Span;

/// More copies of copies are not followed.
const STEPS: usize = 4;

/// Where the call that is spawned here is given what tells it to end. What it does with that is out of sight; it takes it for
/// no other reason.
pub(super) fn told(cx: &Cx<'_, '_, '_>, site: SiteKey) -> Option<Span> {
    let body = cx.body(site.0);
    let types = cx.bodies.get(&site.0)?;
    let writes = writes(body);
    let spawn = named_call(body, site.1)?;
    spawn.args.iter().find_map(|future| {
        let (local, _) = whole(future, &writes)?;
        let [Write::Call(called)] = writes.get(&local)?.as_slice() else {
            return None;
        };
        let in_sight = target(types, *called)
            .is_some_and(|def| body_of(cx.program, def).is_some() || !cx.facts_of(def).is_empty());
        let call = named_call(body, *called)?;
        let tells = call
            .args
            .iter()
            .filter_map(|arg| whole(arg, &writes))
            .any(|(local, made)| {
                let waits = made.and_then(|at| target(types, at));
                waits.is_some_and(|def| cx.facts_of(def).iter().any(|f| f.signal))
                    || cx
                        .role(types.local(local).peel_refs(), Role::Signal)
                        .is_some()
            });
        (!in_sight && tells).then_some(call.name_span)
    })
}

/// The local that an operand is, as it was first written, and the call it comes from.
fn whole(operand: &Operand, writes: &Writes) -> Option<(Local, Option<At>)> {
    let Operand::Use(place) = operand else {
        return None;
    };
    let mut local = place.proj.is_empty().then_some(place.local)?;
    for _ in 0..STEPS {
        match writes.get(&local).map(Vec::as_slice) {
            Some([Write::Copy(from)]) => local = *from,
            Some([Write::Call(at)]) => return Some((local, Some(*at))),
            _ => break,
        }
    }
    Some((local, None))
}

fn target(types: &BodyTypes, at: At) -> Option<DefId> {
    types.calls.get(&at)?.def
}

/// The call of a function or method by its name.
fn named_call(body: &Body, at: At) -> Option<&Call> {
    body.call(at)
        .filter(|call| !matches!(call.callee, Callee::Value(_)))
}
