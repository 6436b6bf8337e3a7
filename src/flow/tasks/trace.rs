//! Where a local of the spawning body comes from, and what of it a task is given.

use rustc_hash::FxHashSet;

use super::graph::derived;
use crate::flow::cx::Cx;
use crate::flow::value::SiteKey;
use crate::ir::BodyIdx;
use crate::ir::body::{Body, Callee, Local, Operand, Place, Proj, Rvalue, StmtKind};
use crate::name::Name;
use crate::resolve::def::BodyId;
use crate::resolve::sig::body_of;

/// Longest chain of moves, borrows and calls a local is traced through.
const STEPS: usize = 24;

/// Where a local's value comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Made {
    /// An await.
    Await,
    /// A call that takes nothing that is traced further.
    Call,
    /// An async block or closure.
    Code(BodyIdx),
    /// Something else, or nothing in this body.
    Other,
}

/// The end of a trace: how the value was made, in which local, and which part of it was taken.
pub(super) struct Trace {
    pub(super) made: Made,
    /// The local that held the whole.
    pub(super) whole: Local,
    /// The field of the tuple it was taken out of.
    pub(super) part: Option<Name>,
    /// Calls on the way.
    pub(super) calls: usize,
    /// It is a part of what a call made of another part: `ws.split()`, where `(ws, _)` was yielded.
    pub(super) split_again: bool,
}

/// What the task captures or is given, traced in the spawning body: the local there, and the one inside if it is a capture.
pub(super) struct Given {
    pub(super) outer: Local,
    pub(super) inner: Option<(BodyId, Local)>,
}

/// Whether something a local is asked for is awaited.
pub(super) fn is_awaited(body: &Body, local: Local) -> bool {
    let of = derived(body, local);
    body.stmts().any(
        |s| matches!(&s.kind, StmtKind::Await(_, future) if future.local().is_some_and(|l| of.contains(&l))),
    )
}

/// What the spawning call is given: its arguments, or what the closure or async block among them captures.
pub(super) fn given(cx: &Cx<'_, '_, '_>, site: SiteKey) -> Vec<Given> {
    let info = cx.program.body(site.0);
    let body = info.body;
    let Some(call) = body.call(site.1) else {
        return Vec::new();
    };
    let mut out = Vec::new();
    for local in call.args.iter().filter_map(Operand::local) {
        match code_in(body, local) {
            Some(idx) => {
                let Some(child) = cx.program.child_of(site.0, idx) else {
                    continue;
                };
                for capture in &cx.body(child).captures {
                    out.push(Given {
                        outer: capture.outer,
                        inner: Some((child, capture.inner)),
                    });
                }
            }
            None => out.push(Given {
                outer: local,
                inner: None,
            }),
        }
    }
    out
}

/// The async block or closure that a local holds, or that the call which made it was given among other things
/// (`Instrument::instrument(async { .. }, span)`).
fn code_in(body: &Body, local: Local) -> Option<BodyIdx> {
    let code = |l: Local| match trace(body, l).made {
        Made::Code(idx) => Some(idx),
        _ => None,
    };
    code(local).or_else(|| {
        let whole = trace(body, local).whole;
        let mut made = body.stmts().filter_map(|s| match &s.kind {
            StmtKind::Call(dest, call) if *dest == whole => Some(call),
            _ => None,
        });
        made.next()?
            .args
            .iter()
            .filter_map(Operand::local)
            .find_map(code)
    })
}

/// Follows a local back to where its value was made.
pub(super) fn trace(body: &Body, start: Local) -> Trace {
    let mut out = Trace {
        made: Made::Other,
        whole: start,
        part: None,
        calls: 0,
        split_again: false,
    };
    for _ in 0..STEPS {
        let Some(step) = definition(body, out.whole) else {
            return out;
        };
        match step {
            Step::From(place) => {
                for proj in &place.proj {
                    if let Proj::Field(name) = proj {
                        out.split_again |= out.part.is_some() && out.calls > 0;
                        out.part = Some(*name);
                    }
                }
                out.whole = place.local;
            }
            Step::Through(local) => {
                out.calls += 1;
                out.whole = local;
            }
            Step::Made(made) => {
                out.made = made;
                return out;
            }
        }
    }
    out
}

/// The local that held the whole and the field of it that a local holds, through moves alone.
pub(super) fn part_of(body: &Body, local: Local) -> Option<(Local, Name)> {
    let mut at = local;
    for _ in 0..STEPS {
        let Step::From(place) = definition(body, at)? else {
            return None;
        };
        let field = place.proj.iter().find_map(|p| match p {
            Proj::Field(name) => Some(*name),
            _ => None,
        });
        if field.is_some() {
            return field.map(|name| (place.local, name));
        }
        at = place.local;
    }
    None
}

/// The local that a value was moved or borrowed from, and which part of that it is.
pub(super) fn moved_from(body: &Body, local: Local) -> (Local, Option<Name>) {
    let (mut at, mut part) = (local, None);
    for _ in 0..STEPS {
        let Some(Step::From(place)) = definition(body, at) else {
            break;
        };
        let mut fields = place.proj.iter().filter_map(|proj| match proj {
            Proj::Field(name) => Some(*name),
            _ => None,
        });
        part = fields.next_back().or(part);
        at = place.local;
    }
    (at, part)
}

/// The local that a value comes from, through moves, borrows and calls.
pub(super) fn source(body: &Body, of: Local) -> Local {
    trace(body, of).whole
}

enum Step<'b> {
    From(&'b Place),
    Through(Local),
    Made(Made),
}

/// The one statement that gives a local its value.
fn definition(body: &Body, local: Local) -> Option<Step<'_>> {
    let mut found = None;
    for stmt in body.stmts() {
        let step = match &stmt.kind {
            StmtKind::Assign(place, value) if place.local == local && place.proj.is_empty() => {
                match value {
                    Rvalue::Use(Operand::Use(from)) | Rvalue::Ref { place: from, .. } => {
                        Step::From(from)
                    }
                    Rvalue::Async(idx) | Rvalue::Closure(idx) => Step::Made(Made::Code(*idx)),
                    _ => Step::Made(Made::Other),
                }
            }
            StmtKind::Call(dest, call) if *dest == local => match &call.callee {
                Callee::Method { recv, .. } if recv.proj.is_empty() => Step::Through(recv.local),
                Callee::Method { .. } => Step::Made(Made::Call),
                Callee::Path(_) | Callee::Value(_) => match call.args.first() {
                    Some(Operand::Use(place)) if call.args.len() == 1 => Step::Through(place.local),
                    _ => Step::Made(Made::Call),
                },
            },
            StmtKind::Await(dest, _) if *dest == local => Step::Made(Made::Await),
            _ => continue,
        };
        if found.is_some() {
            // Assigned in several places: which one counts is not for a shape to say.
            return None;
        }
        found = Some(step);
    }
    found
}

/// The locals that hold the other parts of what this local holds.
pub(super) fn other_parts(body: &Body, whole: Local, part: Name) -> Vec<Local> {
    parts(body, whole, |field| field != part)
}

/// The locals that hold such parts of what this local holds.
pub(super) fn parts(body: &Body, whole: Local, wanted: impl Fn(Name) -> bool) -> Vec<Local> {
    let of: FxHashSet<Local> = derived(body, whole);
    let mut out = Vec::new();
    for stmt in body.stmts() {
        if let StmtKind::Assign(place, Rvalue::Use(Operand::Use(from))) = &stmt.kind
            && of.contains(&from.local)
            && place.proj.is_empty()
        {
            let field = from.proj.iter().rev().find_map(|p| match p {
                Proj::Field(name) => Some(*name),
                _ => None,
            });
            if field.is_some_and(&wanted) {
                out.push(place.local);
            }
        }
    }
    out
}

/// The body in sight of the call that a future comes from.
pub(super) fn called_body(cx: &Cx<'_, '_, '_>, id: BodyId, future: Local) -> Option<BodyId> {
    let body = cx.body(id);
    let mut at = future;
    for _ in 0..STEPS {
        let mut writes = body.writes(at);
        let call = writes.find(|(_, kind)| matches!(kind, StmtKind::Call(..)));
        let def = call.and_then(|(here, _)| cx.callee((id, here)));
        if let Some(found) = def.and_then(|d| body_of(cx.program, d)) {
            return Some(found);
        }
        match definition(body, at)? {
            Step::From(place) => at = place.local,
            Step::Through(local) => at = local,
            Step::Made(_) => return None,
        }
    }
    None
}
