//! Type inference for one body and the closures and async blocks in it: forward, with variables, twice where the first
//! pass left a method's receiver open.
//!
//! It never fails: what cannot be told stays [`Ty::Unknown`].

mod call;
mod place;
mod table;

use std::cell::{OnceCell, RefCell};
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::def::{BodyId, CrateId, DefId, DefKind, Dep, Origin, Program};
use super::lookup::{Callables, Lookup};
use super::sig::Types;
use super::ty::{Subst, Ty};
use super::written::TyScope;
use crate::ir::body::{
    Body, BodyKind, Lit, Local, Operand, Place, RETURN, Rvalue, StmtKind, Terminator,
};
use crate::name::Name;
use table::Table;

/// A statement of a body: block and index.
pub type At = (u32, u32);

/// Stands for the block of a place where a branch of a `select!` is waited for; the branch's own block is the index then.
pub const BRANCH: u32 = u32::MAX;

/// Stands for the block of a place that is not in the text: code out of sight awaits there what a body hands out.
pub const OUT_OF_SIGHT: u32 = u32::MAX - 1;

/// What a call leads to.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// The function, constructor or variant, if it is of the run or the catalogue.
    pub def: Option<DefId>,
    /// The path, if it is of a crate nobody described.
    pub external: Option<Name>,
    /// The type whose method or associated function it is.
    pub self_ty: Ty,
    /// What generic parameters stand for.
    pub subst: Arc<Subst>,
    /// A call of a closure or function value: what is called.
    pub value: Option<Ty>,
}

/// The types of one body.
#[derive(Clone, Debug, Default)]
pub struct BodyTypes {
    /// Types of its locals.
    pub locals: Vec<Ty>,
    /// Calls by place.
    pub calls: FxHashMap<At, Target>,
    /// Paths used as values (`Rvalue::Path`, `Rvalue::Struct`) by place.
    pub paths: FxHashMap<At, Target>,
}

impl BodyTypes {
    /// The type of a local.
    pub fn local(&self, local: Local) -> &Ty {
        self.locals.get(local.0 as usize).unwrap_or(&Ty::Unknown)
    }
}

struct Frame {
    locals: Vec<Ty>,
    params: Vec<Ty>,
    done: bool,
    iters: FxHashSet<Local>,
}

/// What is known so far, shared with lookups.
struct Known {
    /// Closures and async blocks.
    code: RefCell<FxHashMap<BodyId, (Vec<Ty>, Ty)>>,
    /// The crate of the body.
    of: CrateId,
    /// What this crate depends on, worked out when first asked for.
    near: OnceCell<FxHashSet<CrateId>>,
}

impl Callables for Known {
    fn callable(&self, body: BodyId) -> Option<(Vec<Ty>, Ty)> {
        self.code.borrow().get(&body).cloned()
    }

    fn may_name(&self, program: &Program<'_>, krate: CrateId) -> bool {
        let is_local = matches!(program.krate(krate).origin, Origin::Local(_));
        is_local || program.std == Some(krate) || {
            let near = self.near.get_or_init(|| dependencies(program, self.of));
            near.contains(&krate)
        }
    }
}

/// The described crates that a crate depends on, and those they hand on.
fn dependencies(program: &Program<'_>, of: CrateId) -> FxHashSet<CrateId> {
    let mut out = FxHashSet::default();
    let mut work = vec![of];
    while let Some(krate) = work.pop() {
        for dep in program.krate(krate).deps.values() {
            if let Dep::Crate(dep) = dep
                && !matches!(program.krate(*dep).origin, Origin::Local(_))
                && out.insert(*dep)
            {
                work.push(*dep);
            }
        }
    }
    out
}

pub(super) struct Infer<'p, 'a> {
    program: &'p Program<'a>,
    types: &'p Types,
    table: Table,
    frames: FxHashMap<BodyId, Frame>,
    known: Known,
    calls: FxHashMap<(BodyId, At), Target>,
    paths: FxHashMap<(BodyId, At), Target>,
    scope: TyScope,
    children: FxHashMap<BodyId, FxHashMap<u32, BodyId>>,
    open_receivers: usize,
}

/// Infers a body that is written in no other, with everything written in it.
pub fn infer(program: &Program<'_>, types: &Types, root: BodyId) -> FxHashMap<BodyId, BodyTypes> {
    let owner = program.body(root).owner;
    let mut scope = types.scope_of(program, owner);
    scope.module = program.body(root).scope;
    let mut infer = Infer {
        program,
        types,
        table: Table::default(),
        frames: FxHashMap::default(),
        known: Known {
            code: RefCell::default(),
            of: program.body(root).krate,
            near: OnceCell::new(),
        },
        calls: FxHashMap::default(),
        paths: FxHashMap::default(),
        scope,
        children: FxHashMap::default(),
        open_receivers: 0,
    };
    infer.run(root);
    infer.finish()
}

impl<'a> Infer<'_, 'a> {
    fn run(&mut self, root: BodyId) {
        for pass in 0..3 {
            self.open_receivers = 0;
            for frame in self.frames.values_mut() {
                frame.done = false;
            }
            self.enter(root, None);
            let open = self.table.open_roots();
            self.body(root);
            // A pass that told nothing of what was open before it would be followed by the very same.
            if self.open_receivers == 0 || pass > 0 && self.table.are_open_apart(&open) {
                break;
            }
        }
    }

    fn lookup(&self) -> Lookup<'_, 'a> {
        Lookup {
            program: self.program,
            types: self.types,
            callables: &self.known,
        }
    }

    /// The type with variables followed and projections resolved, as far as they go now.
    fn ty(&self, ty: &Ty) -> Ty {
        let resolved = self.table.resolve(ty);
        if !resolved.any(&mut |t| matches!(t, Ty::Proj(..))) {
            return resolved;
        }
        let normal = self.lookup().normalize(&resolved);
        if normal == resolved {
            resolved
        } else {
            self.table.resolve(&normal)
        }
    }

    fn written(&mut self, ty: &crate::ir::ty::TyRef) -> Ty {
        let lowered = self.types.lower(self.program, &self.scope, ty);
        self.table.open(&lowered)
    }

    /// Makes the locals of a body, its captures being those of the parent.
    fn enter(&mut self, id: BodyId, parent: Option<BodyId>) {
        if self.frames.contains_key(&id) {
            return;
        }
        let info = self.program.body(id);
        let body = info.body;
        let mut locals: Vec<Ty> = Vec::with_capacity(body.locals.len());
        for decl in &body.locals {
            let ty = match &decl.ty {
                Some(ty) => self.written(ty),
                None => self.table.fresh(),
            };
            locals.push(ty);
        }
        if let Some(parent) = parent.and_then(|p| self.frames.get(&p)) {
            for capture in &body.captures {
                let (Some(outer), Some(inner)) = (
                    parent.locals.get(capture.outer.0 as usize),
                    locals.get_mut(capture.inner.0 as usize),
                ) else {
                    continue;
                };
                *inner = outer.clone();
            }
        }
        self.declare(id, body, &mut locals);
        let at = |l: &Local| locals.get(l.0 as usize).cloned().unwrap_or(Ty::Unknown);
        let params: Vec<Ty> = body.params.iter().map(at).collect();
        let mut result = at(&RETURN);
        if matches!(body.kind, BodyKind::Closure { is_async: true, .. }) {
            result = Ty::AsyncFn(Arc::new(result));
        }
        self.known
            .code
            .borrow_mut()
            .insert(id, (params.clone(), result));
        let iters = body.blocks.iter().filter_map(|b| match &b.term {
            Terminator::Next { iter, .. } => Some(*iter),
            _ => None,
        });
        let iters = iters.collect();
        self.frames.insert(
            id,
            Frame {
                locals,
                params,
                done: false,
                iters,
            },
        );
    }

    /// Gives parameters and result the types their function or static declares.
    fn declare(&mut self, id: BodyId, body: &Body, locals: &mut [Ty]) {
        let info = self.program.body(id);
        if let Some(ret) = &body.ret {
            let ret = self.written(ret);
            if let Some(slot) = locals.first() {
                self.table.unify(slot, &ret);
            }
        }
        if info.parent.is_some() {
            return;
        }
        match &self.program.def(info.owner).kind {
            DefKind::Fn { .. } => {
                let Some(sig) = self.types.sigs.get(&info.owner) else {
                    return;
                };
                for (param, ty) in body.params.iter().zip(&sig.params) {
                    if let Some(slot) = locals.get(param.0 as usize) {
                        let ty = self.table.open(ty);
                        self.table.unify(slot, &ty);
                    }
                }
                let ret = match (&sig.ret, body.kind) {
                    (Ty::AsyncFn(output), BodyKind::Fn { is_async: true }) => (**output).clone(),
                    (other, _) => other.clone(),
                };
                // `impl Trait` hides a type from callers, not from the function's own body.
                let ret = match ret {
                    Ty::Bounded(_) => Ty::Unknown,
                    other => other,
                };
                let ret = self.table.open(&ret);
                if let Some(slot) = locals.first() {
                    self.table.unify(slot, &ret);
                }
            }
            DefKind::Static { .. } => {
                if let (Some(ty), Some(slot)) =
                    (self.types.statics.get(&info.owner), locals.first())
                {
                    // The initialiser of a `lazy_static!` has the type behind the cell.
                    let inner = match ty {
                        Ty::Adt(def, args) if self.is_cell(*def) => {
                            args.first().cloned().unwrap_or(Ty::Unknown)
                        }
                        other => other.clone(),
                    };
                    let cell = matches!(body.kind, BodyKind::Init) && inner != *ty;
                    let wanted = if cell { self.table.fresh() } else { inner };
                    let wanted = self.table.open(&wanted);
                    self.table.unify(slot, &wanted);
                }
            }
            _ => {}
        }
    }

    fn is_cell(&self, def: DefId) -> bool {
        matches!(
            self.program.def(def).name.as_str(),
            "LazyLock" | "LocalKey" | "Lazy"
        )
    }

    fn local_ty(&self, body: BodyId, local: Local) -> Ty {
        self.frames
            .get(&body)
            .and_then(|f| f.locals.get(local.0 as usize))
            .cloned()
            .unwrap_or(Ty::Unknown)
    }

    fn body(&mut self, id: BodyId) {
        match self.frames.get_mut(&id) {
            Some(frame) if !frame.done => frame.done = true,
            _ => return,
        }
        let info = self.program.body(id);
        let outer = std::mem::replace(&mut self.scope.module, info.scope);
        let body = info.body;
        for (block_index, block) in body.blocks.iter().enumerate() {
            for (index, stmt) in block.stmts.iter().enumerate() {
                self.stmt(id, (block_index as u32, index as u32), &stmt.kind);
            }
            self.terminator(id, &block.term);
        }
        // Closures nobody called yet.
        for child in self.child_bodies(id) {
            self.enter(child, Some(id));
            self.body(child);
        }
        self.scope.module = outer;
    }

    fn child_bodies(&self, id: BodyId) -> Vec<BodyId> {
        let info = self.program.body(id);
        let mut out = Vec::new();
        for block in &info.body.blocks {
            for stmt in &block.stmts {
                if let StmtKind::Assign(_, Rvalue::Closure(idx) | Rvalue::Async(idx)) = &stmt.kind
                    && let Some(child) =
                        self.program
                            .body_ids
                            .get(&(info.krate, info.file.file, *idx))
                {
                    out.push(*child);
                }
            }
        }
        out
    }

    fn child(&mut self, id: BodyId, idx: crate::ir::BodyIdx) -> Option<BodyId> {
        if let Some(found) = self.children.get(&id).and_then(|m| m.get(&idx.0)) {
            return Some(*found);
        }
        let info = self.program.body(id);
        let child = self
            .program
            .body_ids
            .get(&(info.krate, info.file.file, idx))
            .copied()?;
        self.children.entry(id).or_default().insert(idx.0, child);
        Some(child)
    }

    fn stmt(&mut self, id: BodyId, at: At, kind: &StmtKind) {
        match kind {
            StmtKind::Assign(place, value) => {
                let expected = self.place_ty(id, place);
                let got = self.rvalue(id, at, value, &expected);
                self.table.unify(&expected, &got);
            }
            StmtKind::Call(dest, call) => {
                let expected = self.local_ty(id, *dest);
                let got = self.call(id, at, call);
                self.table.unify(&expected, &got);
            }
            StmtKind::Await(dest, future) => {
                let ty = self.operand(id, future);
                let ty = self.ty(&ty);
                if let Ty::Async(body) = ty {
                    self.body(body);
                }
                let output = self.await_output(&ty);
                let expected = self.local_ty(id, *dest);
                self.table.unify(&expected, &output);
            }
            StmtKind::StorageDead(_) => {}
        }
    }

    /// What awaiting a value of this type yields.
    fn await_output(&mut self, ty: &Ty) -> Ty {
        let output = Name::output();
        let known = self.types.known;
        let mut at = ty.clone();
        for _ in 0..6 {
            for of in [known.future, known.into_future] {
                if let Some(found) = self.lookup().assoc(&at, of, output) {
                    return self.table.open(&found);
                }
            }
            match self.lookup().deref(&at) {
                Some(next) => at = next,
                None => break,
            }
        }
        self.table.fresh()
    }

    fn terminator(&mut self, id: BodyId, term: &Terminator) {
        match term {
            Terminator::Select { arms, .. } => {
                for arm in arms {
                    let ty = self.local_ty(id, arm.future);
                    let ty = self.ty(&ty);
                    let output = self.await_output(&ty);
                    let expected = self.local_ty(id, arm.output);
                    self.table.unify(&expected, &output);
                }
            }
            Terminator::If {
                cond: Operand::Use(place),
                ..
            } => {
                let ty = self.place_ty(id, place);
                self.table.unify(&ty, &Ty::Prim(Name::bool()));
            }
            _ => {}
        }
    }

    fn operand(&mut self, id: BodyId, operand: &Operand) -> Ty {
        match operand {
            Operand::Use(place) => self.place_ty(id, place),
            Operand::Lit(lit) => self.lit(lit),
        }
    }

    fn lit(&mut self, lit: &Lit) -> Ty {
        Ty::of_literal(lit).unwrap_or_else(|| self.table.fresh())
    }

    fn rvalue(&mut self, id: BodyId, at: At, value: &Rvalue, expected: &Ty) -> Ty {
        match value {
            Rvalue::Use(operand) => self.operand(id, operand),
            Rvalue::Ref { place, .. } => self.place_ty(id, place).reference(),
            Rvalue::Tuple(items) => Ty::Tuple(items.iter().map(|i| self.operand(id, i)).collect()),
            Rvalue::Array { items, vec } => {
                let element = self.table.fresh();
                for item in items {
                    let ty = self.operand(id, item);
                    self.table.unify(&element, &ty);
                }
                match self.types.known.vec {
                    Some(def) if *vec => Ty::Adt(def, Arc::from([element])),
                    _ => Ty::Slice(Arc::new(element)),
                }
            }
            Rvalue::Struct { path, fields, base } => {
                self.struct_value(id, at, path, fields, base.as_ref())
            }
            Rvalue::Path(path) => {
                let target = self.value_path(id, path);
                let ty = self.path_value_ty(&target, expected);
                self.paths.insert((id, at), target);
                ty
            }
            Rvalue::Closure(idx) => match self.child(id, *idx) {
                Some(child) => {
                    self.enter(child, Some(id));
                    Ty::Closure(child)
                }
                None => Ty::Unknown,
            },
            Rvalue::Async(idx) => match self.child(id, *idx) {
                Some(child) => {
                    self.enter(child, Some(id));
                    self.body(child);
                    Ty::Async(child)
                }
                None => Ty::Unknown,
            },
            Rvalue::Unary { value, .. } => self.operand(id, value),
            Rvalue::Binary { op, lhs, rhs } => {
                use crate::ir::body::BinOp;
                let left = self.operand(id, lhs);
                self.operand(id, rhs);
                match op {
                    BinOp::Eq | BinOp::Ne | BinOp::Less | BinOp::Greater => Ty::Prim(Name::bool()),
                    _ => left,
                }
            }
            Rvalue::Cast { ty, .. } => self.written(ty),
            Rvalue::Range(items) => {
                let ends: Vec<Ty> = items.iter().map(|item| self.operand(id, item)).collect();
                match (self.types.known.range, ends.into_iter().next()) {
                    (Some(range), Some(end)) => Ty::Adt(range, Arc::from([end])),
                    _ => self.table.fresh(),
                }
            }
            Rvalue::Touch { ty, .. } => match ty {
                Some(ty) => self.written(ty),
                None => self.table.fresh(),
            },
            Rvalue::Opaque { .. } => self.table.fresh(),
        }
    }

    fn finish(self) -> FxHashMap<BodyId, BodyTypes> {
        let mut out: FxHashMap<BodyId, BodyTypes> = FxHashMap::default();
        for (id, frame) in &self.frames {
            let locals = frame.locals.iter().map(|t| self.ty(t)).collect();
            out.insert(
                *id,
                BodyTypes {
                    locals,
                    ..BodyTypes::default()
                },
            );
        }
        for ((id, at), target) in &self.calls {
            if let Some(types) = out.get_mut(id) {
                types.calls.insert(*at, self.finished(target));
            }
        }
        for ((id, at), target) in &self.paths {
            if let Some(types) = out.get_mut(id) {
                types.paths.insert(*at, self.finished(target));
            }
        }
        out
    }

    /// A target with its types resolved, and a trait's function replaced by the impl's where the type is known by now.
    fn finished(&self, target: &Target) -> Target {
        let self_ty = self.ty(&target.self_ty);
        let mut def = target.def;
        let subst = self.table.resolve_subst(&target.subst);
        if let Some(function) = def
            && let Some((selected, _)) = self.lookup().select(function, &self_ty)
        {
            def = Some(selected);
        }
        Target {
            def,
            external: target.external,
            self_ty,
            subst,
            value: target.value.as_ref().map(|t| self.ty(t)),
        }
    }

    fn place_ty(&mut self, id: BodyId, place: &Place) -> Ty {
        let mut ty = self.local_ty(id, place.local);
        for (index, step) in place.proj.iter().enumerate() {
            let is_iter = index == 0
                && self
                    .frames
                    .get(&id)
                    .is_some_and(|f| f.iters.contains(&place.local));
            ty = self.project(id, &ty, step, is_iter);
        }
        ty
    }
}
