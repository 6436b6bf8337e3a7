//! Who runs whom: whether a body may run with nothing around it that bounds its waits.

use rustc_hash::{FxHashMap, FxHashSet};

use super::cx::Cx;
use super::tables::{Edge, Tables};
use crate::resolve::def::{BodyId, DefKind, Program};

/// Answers about the call graph.
#[derive(Debug, Default)]
pub(super) struct Contexts {
    open: FxHashSet<BodyId>,
    callers: FxHashMap<BodyId, Vec<(BodyId, Edge)>>,
}

impl Contexts {
    pub(super) fn build(cx: &Cx<'_, '_, '_>, tables: &Tables, order: &[BodyId]) -> Contexts {
        let mut contexts = Contexts::default();
        for id in order {
            for edge in tables.bodies.get(id).into_iter().flat_map(|o| &o.edges) {
                contexts
                    .callers
                    .entry(edge.callee)
                    .or_default()
                    .push((*id, edge.clone()));
            }
        }
        let mut work: Vec<BodyId> = order
            .iter()
            .copied()
            .filter(|id| {
                let called = contexts.callers.contains_key(id);
                !called || tables.roots.contains(id) || is_entry(cx.program, *id)
            })
            .collect();
        contexts.spread(tables, &mut work);
        // A circle nobody enters is entered from somewhere we do not see.
        for id in order {
            if !contexts.open.contains(id) && !contexts.reached(tables, *id) {
                contexts.spread(tables, &mut vec![*id]);
            }
        }
        contexts
    }

    fn spread(&mut self, tables: &Tables, work: &mut Vec<BodyId>) {
        while let Some(id) = work.pop() {
            if !self.open.insert(id) {
                continue;
            }
            for edge in tables.bodies.get(&id).into_iter().flat_map(|o| &o.edges) {
                if edge.guard.is_none() || edge.spawned {
                    work.push(edge.callee);
                }
            }
        }
    }

    /// Whether every way to a body leads over a bound from a body that is open.
    fn reached(&self, _tables: &Tables, id: BodyId) -> bool {
        let mut seen = FxHashSet::default();
        let mut work = vec![id];
        while let Some(at) = work.pop() {
            if self.open.contains(&at) {
                return true;
            }
            if seen.insert(at) {
                work.extend(self.callers.get(&at).into_iter().flatten().map(|(c, _)| *c));
            }
        }
        false
    }

    /// Whether a body may run with nothing around it that bounds its waits.
    pub(super) fn is_open(&self, id: BodyId) -> bool {
        self.open.contains(&id)
    }

    /// The calls of a body in sight.
    pub(super) fn callers(&self, id: BodyId) -> &[(BodyId, Edge)] {
        self.callers.get(&id).map(Vec::as_slice).unwrap_or_default()
    }
}

/// Whether a body is run from outside: `main`, public functions of libraries, functions of trait impls, handlers.
pub(super) fn is_entry(program: &Program<'_>, id: BodyId) -> bool {
    let info = program.body(id);
    if info.parent.is_some() {
        return false;
    }
    let def = program.def(info.owner);
    if !matches!(def.kind, DefKind::Fn { .. }) {
        return false;
    }
    let of_trait = def.parent.is_some_and(|p| {
        matches!(
            program.def(p).kind,
            DefKind::Impl {
                of_trait: Some(_),
                ..
            }
        )
    });
    let attributed = def.item.is_some_and(|i| {
        i.attrs
            .iter()
            .any(|a| is_handler_attribute(a.last().map_or("", |n| n.as_str())))
    });
    of_trait || attributed || def.name == "main" || program.is_exported(info.owner)
}

/// Attributes that register a function with a framework.
pub(super) fn is_handler_attribute(name: &str) -> bool {
    matches!(
        name,
        "get"
            | "post"
            | "put"
            | "delete"
            | "patch"
            | "head"
            | "options"
            | "route"
            | "handler"
            | "debug_handler"
            | "command"
            | "main"
    )
}
