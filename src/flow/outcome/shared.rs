//! Fields that hold a pointer which others may hold too: what is put behind it may be taken out elsewhere.

use super::Builder;
use crate::flow::tables::FieldKey;
use crate::ir::body::{
    Body, Call, Callee, Local, Operand, Place, Proj, Rvalue, Stmt, StmtKind, Terminator,
};
use crate::resolve::def::{BodyId, DefId};
use crate::resolve::infer::At;
use crate::resolve::ty::Ty;

impl Builder<'_, '_, '_, '_> {
    /// Whether a field holds a shared pointer (`Arc<Mutex<..>>`) that comes from elsewhere, or is given elsewhere.
    pub(super) fn is_shared_out(&self, key: FieldKey) -> bool {
        let fields = self.cx.types.fields.get(&key.0).into_iter().flatten();
        let mut tys = fields.filter(|(name, _)| *name == key.1).map(|(_, ty)| ty);
        if !tys.any(|ty| self.is_pointer(ty)) {
            return false;
        }
        self.cx.bodies.keys().any(|id| {
            let body = self.cx.body(*id);
            let blocks = body.blocks.iter().enumerate();
            let mut stmts = blocks.flat_map(|(block, b)| {
                let stmts = b.stmts.iter().enumerate();
                stmts.map(move |(index, stmt)| ((block as u32, index as u32), stmt))
            });
            stmts.any(|(at, stmt)| self.shares(*id, at, stmt, key))
        })
    }

    /// Whether what is behind a type may have several owners.
    fn is_pointer(&self, ty: &Ty) -> bool {
        let known = self.cx.types.known;
        match ty {
            Ty::Adt(def, args) if [known.option, known.boxed].contains(&Some(*def)) => {
                args.iter().any(|ty| self.is_pointer(ty))
            }
            Ty::Adt(..) => {
                let behind = self.cx.lookup().deref(ty);
                behind.is_some_and(|ty| !matches!(ty, Ty::Slice(_) | Ty::Prim(_)))
            }
            Ty::Ref(_) => true,
            _ => false,
        }
    }

    /// Whether a statement puts a pointer into the field that is not new, or gives the one in it away.
    fn shares(&self, id: BodyId, at: At, stmt: &Stmt, key: FieldKey) -> bool {
        let in_field = |place: &Place| self.is_field(id, place, key);
        match &stmt.kind {
            StmtKind::Assign(to, value) => {
                let made = match value {
                    Rvalue::Struct { fields, .. } if self.names(id, at) == Some(key.0) => {
                        let of_key = fields.iter().find(|(name, _)| *name == key.1);
                        of_key.is_some_and(|(_, operand)| !self.is_new(id, operand))
                    }
                    Rvalue::Use(operand) if in_field(to) => !self.is_new(id, operand),
                    _ => false,
                };
                let mut given = false;
                value.places(&mut |place| given |= in_field(place));
                made || given
            }
            StmtKind::Call(dest, call) => {
                let mut places = call.args.iter().filter_map(|arg| match arg {
                    Operand::Use(place) => Some(place),
                    Operand::Lit(_) => None,
                });
                places.any(in_field)
                    || self.puts_in(id, at, call, key)
                    || self.clones(id, *dest, call, key)
            }
            StmtKind::Await(..) | StmtKind::StorageDead(_) => false,
        }
    }

    /// Whether a place ends in the field, by its name or in a pattern.
    fn is_field(&self, id: BodyId, place: &Place, key: FieldKey) -> bool {
        let Some(last) = place.proj.last() else {
            return false;
        };
        match last {
            Proj::Field(name) if *name == key.1 => self.cx.field_at(id, place) == Some(key),
            Proj::Variant { path, field } if *field == key.1 => {
                let around = place.around(place.proj.len() - 1);
                let ty = self.cx.place_ty(id, &around);
                self.cx.constructor(id, path, &ty) == Some(key.0)
            }
            _ => false,
        }
    }

    fn names(&self, id: BodyId, at: At) -> Option<DefId> {
        self.cx.bodies.get(&id)?.paths.get(&at)?.def
    }

    /// Whether a call makes the struct of the field, by position, of a pointer that is not new.
    fn puts_in(&self, id: BodyId, at: At, call: &Call, key: FieldKey) -> bool {
        let makes = self.cx.callee((id, at)) == Some(key.0);
        let of_key = key.1.as_str().parse::<usize>().ok();
        let operand = of_key.filter(|_| makes).and_then(|i| call.args.get(i));
        operand.is_some_and(|operand| !self.is_new(id, operand))
    }

    /// Whether a method makes another pointer of the one in the field.
    fn clones(&self, id: BodyId, dest: Local, call: &Call, key: FieldKey) -> bool {
        let Callee::Method { recv, .. } = &call.callee else {
            return false;
        };
        self.is_field(id, recv, key) && {
            let place = self.cx.place_ty(id, recv);
            let made = self.cx.bodies.get(&id).map(|t| t.local(dest));
            made.is_some_and(|ty| ty.peel_refs() == place.peel_refs())
        }
    }

    /// Whether a closure or async block of a body has a local too.
    pub(super) fn is_captured(&self, id: BodyId, local: Local) -> bool {
        let bodies = self.cx.program.bodies.iter();
        let mut inner = bodies.filter(|info| info.parent == Some(id));
        inner.any(|info| info.body.captures.iter().any(|c| c.outer == local))
    }

    /// Whether a pointer is made for this one place: by a function of somebody else's that is given none, and used nowhere
    /// else.
    fn is_new(&self, id: BodyId, operand: &Operand) -> bool {
        let Operand::Use(place) = operand else {
            return true;
        };
        let body = self.cx.body(id);
        let Some(types) = self.cx.bodies.get(&id).filter(|_| place.proj.is_empty()) else {
            return false;
        };
        if uses(body, place.local) > 1 || self.is_captured(id, place.local) {
            return false;
        }
        let mut writes = body.writes(place.local);
        let head = |ty: &Ty| match ty.peel_refs() {
            Ty::Adt(def, _) => Some(*def),
            _ => None,
        };
        match (writes.next(), writes.next()) {
            (Some((at, StmtKind::Call(_, call))), None) => {
                let callee = types.calls.get(&at).and_then(|t| t.def);
                let given = call.args.iter().any(|arg| match arg {
                    Operand::Use(arg) => {
                        head(&self.cx.place_ty(id, arg)) == head(types.local(place.local))
                    }
                    Operand::Lit(_) => false,
                });
                matches!(call.callee, Callee::Path(_))
                    && callee.is_some_and(|def| !self.cx.program.is_local(def))
                    && !given
            }
            (Some((_, StmtKind::Assign(_, Rvalue::Use(from)))), None) => self.is_new(id, from),
            _ => false,
        }
    }
}

/// How often a local is read, moved, lent or captured.
fn uses(body: &Body, local: Local) -> usize {
    let mut count = 0;
    let mut one = |place: &Place| count += usize::from(place.local == local);
    for block in &body.blocks {
        for stmt in &block.stmts {
            match &stmt.kind {
                StmtKind::Assign(_, value) => value.places(&mut one),
                StmtKind::Call(_, call) => {
                    if let Callee::Method { recv, .. } | Callee::Value(recv) = &call.callee {
                        one(recv);
                    }
                    for arg in &call.args {
                        if let Operand::Use(place) = arg {
                            one(place);
                        }
                    }
                }
                StmtKind::Await(_, Operand::Use(place)) => one(place),
                StmtKind::Await(..) | StmtKind::StorageDead(_) => {}
            }
        }
        if let Terminator::Match { scrutinee, .. } = &block.term {
            one(scrutinee);
        }
    }
    count
}
