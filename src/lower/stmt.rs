//! Blocks and statements: scopes, `let`, `let .. else`, and who drops what when.

use syn::{Attribute, Block, Expr, Local as Let, Pat, Stmt};

use super::Lower;
use super::body::simple_name;
use super::build::{Ext, Scope};
use super::pattern::{Bind, binds_by_ref};
use crate::ir::body::{BlockId, Local, PatShape, Place, Rvalue, Terminator};
use crate::ir::ty::TyRef;
use crate::source::Span;

impl Lower<'_> {
    pub(super) fn block(&mut self, block: &Block, dest: Option<Local>, ext: Ext) {
        let end = self.block_end(block);
        self.stmts_block(&block.stmts, end, dest, ext);
    }

    /// A block's statements in a scope of their own.
    pub(super) fn stmts_block(&mut self, stmts: &[Stmt], end: Span, dest: Option<Local>, ext: Ext) {
        self.scoped(end, |l| l.stmts(stmts, end, dest, ext));
    }

    /// Statements in the scope at hand; the last may be the block's value.
    pub(super) fn stmts(&mut self, stmts: &[Stmt], end: Span, dest: Option<Local>, ext: Ext) {
        let mut valued = false;
        // Of several alternatives at the end the one in the build is the value, wherever it stands.
        let elsewhere: Vec<bool> = stmts.iter().map(|s| self.is_elsewhere(s)).collect();
        let built = stmts.iter().zip(elsewhere);
        let built: Vec<(&Stmt, bool)> = built
            .filter(|(s, elsewhere)| *elsewhere || self.is_built(s))
            .collect();
        let last = built.iter().rposition(|(_, elsewhere)| !elsewhere);
        let tails = self.conditional_tails(&built);
        let first_tail = built.len() - tails.len();
        for (at, (stmt, elsewhere)) in built.iter().enumerate().take(first_tail) {
            if *elsewhere {
                self.elsewhere_stmt(stmt);
            } else if Some(at) != last {
                self.stmt(stmt, &built, false, None, None);
            }
        }
        if !tails.is_empty() {
            self.one_of(&tails, end, |l, e| {
                l.tail_scope(l.expr_span(e), |l| l.expr(e, dest, ext));
            });
            valued = true;
        } else if let Some((last, _)) = last.and_then(|at| built.get(at)) {
            valued = self.stmt(last, &built, true, dest, ext);
        }
        if let (false, Some(dest)) = (valued || self.cur.dead(), dest) {
            self.cur
                .assign(Place::local(dest), Rvalue::Tuple(Vec::new()), end);
        }
    }

    /// Several values at the end under conditions that we cannot decide, or that hold in another build: one of them is in any
    /// build, and is the block's value.
    fn conditional_tails<'s>(&self, built: &[(&'s Stmt, bool)]) -> Vec<&'s Expr> {
        let mut out: Vec<&Expr> = Vec::new();
        let mut open = 0;
        for (stmt, elsewhere) in built.iter().rev() {
            let Stmt::Expr(e, None) = stmt else { break };
            let attrs = super::expr::attrs(e);
            let undecided = !elsewhere && self.included(attrs).is_none();
            let is_conditional = undecided || attrs.iter().any(|a| a.path().is_ident("cfg"));
            if !is_conditional {
                break;
            }
            open += usize::from(undecided || *elsewhere);
            out.push(e);
        }
        out.reverse();
        if out.len() < 2 || open == 0 {
            out.clear();
        }
        out
    }

    fn is_built(&self, stmt: &Stmt) -> bool {
        match stmt {
            Stmt::Local(local) => self.may_be(&local.attrs, local),
            Stmt::Expr(e, _) => self.may_be(super::expr::attrs(e), e),
            Stmt::Macro(m) => self.may_be(&m.attrs, m),
            // An item keeps its condition.
            Stmt::Item(_) => true,
        }
    }

    /// Whether it is a statement of another build that can be looked at in this one: a `let` would hide what is there.
    fn is_elsewhere(&self, stmt: &Stmt) -> bool {
        match stmt {
            Stmt::Expr(e, _) => self.elsewhere(super::expr::attrs(e)),
            Stmt::Macro(m) => self.elsewhere(&m.attrs),
            Stmt::Local(_) | Stmt::Item(_) => false,
        }
    }

    /// A statement of another build than this one: it may run, and declares nothing for what stands behind it.
    fn elsewhere_stmt(&mut self, stmt: &Stmt) {
        match stmt {
            Stmt::Expr(e, _) => {
                let span = self.expr_span(e);
                self.maybe(span, |l| l.terminating(span, |l| l.expr(e, None, None)));
            }
            Stmt::Macro(m) => {
                let span = self.mac_span(&m.mac);
                self.maybe(span, |l| {
                    l.terminating(span, |l| l.macro_call(&m.mac, None, None));
                });
            }
            Stmt::Local(_) | Stmt::Item(_) => {}
        }
    }

    /// Lowers one statement that may be in the build, of those `around` it; says whether it gave the block's value.
    fn stmt(
        &mut self,
        stmt: &Stmt,
        around: &[(&Stmt, bool)],
        last: bool,
        dest: Option<Local>,
        ext: Ext,
    ) -> bool {
        match stmt {
            Stmt::Local(local) => {
                self.let_stmt(local);
                false
            }
            Stmt::Item(item) => {
                let mut items = Vec::new();
                self.item(item, &mut items);
                self.cur.items.append(&mut items);
                false
            }
            Stmt::Expr(e, None) if last => {
                self.tail(e, dest, ext);
                true
            }
            Stmt::Expr(e, _) => {
                self.expr_stmt(e, around);
                false
            }
            Stmt::Macro(m) => {
                let span = self.mac_span(&m.mac);
                if last && m.semi_token.is_none() {
                    self.tail_scope(span, |l| l.macro_call(&m.mac, dest, ext));
                    return true;
                }
                if !self.macro_stmt(&m.mac) {
                    self.terminating(span, |l| l.macro_call(&m.mac, None, None));
                }
                false
            }
        }
    }

    /// From 2024 on a tail's temporaries end before the block's locals, until then with the statement around.
    fn tail_scope(&mut self, span: Span, fill: impl FnOnce(&mut Self)) {
        if self.edition >= 2024 {
            self.terminating(span, fill);
        } else {
            fill(self);
        }
    }

    fn tail(&mut self, e: &Expr, dest: Option<Local>, ext: Ext) {
        let span = self.expr_span(e);
        match self.included(super::expr::attrs(e)) {
            Some(_) => self.tail_scope(span, |l| l.expr(e, dest, ext)),
            None => self.maybe(span, |l| l.tail_scope(span, |l| l.expr(e, dest, ext))),
        }
    }

    fn expr_stmt(&mut self, e: &Expr, around: &[(&Stmt, bool)]) {
        let span = self.expr_span(e);
        if let Expr::Macro(m) = e
            && self.macro_stmt(&m.mac)
        {
            return;
        }
        let attrs = super::expr::attrs(e);
        let others = || around.iter().map(|(s, _)| attrs_of(s)).collect::<Vec<_>>();
        match self.included(attrs) {
            Some(_) => self.terminating(span, |l| l.expr(e, None, None)),
            None if self.presumed(attrs, &others()) => {
                self.unless_it_leaves(span, |l| l.terminating(span, |l| l.expr(e, None, None)));
            }
            // One alternative of several: what it does must not hide what the others do.
            None => self.maybe(span, |l| l.terminating(span, |l| l.expr(e, None, None))),
        }
    }

    /// Each of these on a way of its own, as if under conditions we know nothing about.
    pub(super) fn one_of<T>(&mut self, ways: &[T], span: Span, fill: impl Fn(&mut Self, &T)) {
        let join = self.cur.block();
        if let Some((last, before)) = ways.split_last() {
            for way in before {
                self.maybe(span, |l| {
                    fill(l, way);
                    l.cur.goto(join);
                });
            }
            fill(self, last);
        }
        self.cur.goto(join);
        self.cur.switch(join);
    }

    /// Runs `fill` on one of two branches, as if under a condition we know nothing about.
    pub(super) fn maybe(&mut self, span: Span, fill: impl FnOnce(&mut Self)) {
        let (then, after) = (self.cur.block(), self.cur.block());
        self.maybe_at(span, then, after);
        self.cur.switch(then);
        fill(self);
        self.cur.goto(after);
        self.cur.switch(after);
    }

    /// Goes on in one of these, as if under a condition we know nothing about.
    fn maybe_at(&mut self, span: Span, then: BlockId, otherwise: BlockId) {
        let cond = self.plain(
            Rvalue::Touch {
                reads: Vec::new(),
                ty: Some(self.bool_ty(span)),
                begins: None,
            },
            span,
        );
        self.cur.end(Terminator::If {
            cond,
            then,
            otherwise,
        });
    }

    /// Runs `fill` in line; but if what it does leads away (`return`), what stands behind it is reached past it.
    fn unless_it_leaves(&mut self, span: Span, fill: impl FnOnce(&mut Self)) {
        let (inside, after) = (self.cur.block(), self.cur.block());
        let before = self.cur.here();
        self.cur.goto(inside);
        self.cur.switch(inside);
        fill(self);
        let leaves = self.cur.dead();
        self.cur.goto(after);
        if leaves {
            self.cur.switch(before);
            self.maybe_at(span, inside, after);
        }
        self.cur.switch(after);
    }

    // `let`.

    fn let_stmt(&mut self, local: &Let) {
        let (pat, ty) = match &local.pat {
            Pat::Type(p) => (&*p.pat, Some(self.ty(&p.ty))),
            pat => (pat, None),
        };
        let home = self.cur.scopes.len().saturating_sub(1);
        let span = self.range(local.let_token.span, local.semi_token.span);
        let Some(init) = &local.init else {
            return self.let_later(pat, ty, home);
        };
        let around = self.cur.temps;
        self.cur.temps = self.cur.push_scope();
        match &init.diverge {
            None => self.let_init(pat, ty, &init.expr, home),
            Some((_, diverge)) => self.let_else(pat, ty, &init.expr, diverge, home, span),
        }
        self.cur.temps = around;
        // The names outlive the statement's temporaries.
        self.cur.emit_drops(home + 1, span);
        if let Some(Scope { names, .. }) = self.cur.take_scope()
            && let Some(scope) = self.cur.scopes.last_mut()
        {
            scope.names.extend(names);
        }
    }

    /// `let x;`
    fn let_later(&mut self, pat: &Pat, ty: Option<TyRef>, home: usize) {
        if let Some((name, by_ref)) = simple_name(pat) {
            let span = self.pat_span(pat);
            let local = self.cur.local(Some(name), ty, span, by_ref);
            self.cur.bind(name, local);
            self.cur.drop_in(home, local);
        }
    }

    fn let_init(&mut self, pat: &Pat, ty: Option<TyRef>, init: &Expr, home: usize) {
        if let Some((name, false)) = simple_name(pat) {
            let span = self.pat_span(pat);
            let local = self.cur.local(Some(name), ty, span, false);
            self.expr(init, Some(local), Some(home));
            self.cur.bind(name, local);
            self.cur.drop_in(home, local);
            return;
        }
        let place = self.place(init, binds_by_ref(pat).then_some(home));
        self.note_ty(&place, ty);
        self.bind(pat, &place, &mut Bind::new(home));
    }

    fn let_else(
        &mut self,
        pat: &Pat,
        ty: Option<TyRef>,
        init: &Expr,
        diverge: &Expr,
        home: usize,
        span: Span,
    ) {
        let place = self.place(init, binds_by_ref(pat).then_some(home));
        self.note_ty(&place, ty);
        let (ok, otherwise) = (self.cur.block(), self.cur.block());
        let arms = vec![(self.shape(pat), ok), (PatShape::Any, otherwise)];
        self.cur.end(Terminator::Match {
            scrutinee: place.clone(),
            arms,
        });
        self.cur.switch(otherwise);
        self.cur.emit_drops(home + 1, span);
        // The else block stands outside of the statement's temporaries and of the pattern's names.
        let (temps, scope) = (self.cur.temps, self.cur.take_scope());
        self.cur.temps = home;
        let end = self.expr_span(diverge);
        self.terminating(end, |l| l.expr(diverge, None, None));
        self.cur.end(Terminator::Unreachable);
        self.cur.scopes.extend(scope);
        self.cur.temps = temps;
        self.cur.switch(ok);
        self.bind(pat, &place, &mut Bind::new(home));
    }

    /// A declared type says what a temporary holds that a pattern takes apart.
    fn note_ty(&mut self, place: &Place, ty: Option<TyRef>) {
        if let (Some(ty), true) = (ty, place.proj.is_empty() && !self.cur.is_named(place.local)) {
            self.cur.set_ty(place.local, ty);
        }
    }
}

fn attrs_of(stmt: &Stmt) -> &[Attribute] {
    match stmt {
        Stmt::Local(local) => &local.attrs,
        Stmt::Expr(e, _) => super::expr::attrs(e),
        Stmt::Macro(m) => &m.attrs,
        Stmt::Item(_) => &[],
    }
}
