//! Control flow: `if`, `match`, loops, labelled blocks and the ways out of them.

use syn::{
    Arm, Block, Expr, ExprBreak, ExprContinue, ExprForLoop, ExprIf, ExprLoop, ExprMatch,
    ExprReturn, ExprWhile, Label, Lifetime, Pat,
};

use super::Lower;
use super::build::{Ext, Target};
use super::names::name;
use super::pattern::{Bind, binds, guard};
use crate::ir::body::{
    BlockId, Local, LoopKind, PatShape, Place, Proj, RETURN, Rvalue, Terminator,
};
use crate::name::Name;
use crate::source::Span;

/// One arm of a `match` under construction.
struct ArmPlan<'e> {
    /// The alternatives that bind on their own, each with its entry.
    entries: Vec<(&'e Pat, BlockId)>,
    guard: Option<&'e Expr>,
    body: &'e Expr,
    /// How many tests stand before the arm that follows.
    next: usize,
}

/// A pattern of a `match` in the order of the text.
struct Test {
    shape: PatShape,
    entry: BlockId,
    /// A guard asks for more; where it does not hold the value comes to the patterns behind it.
    asks: bool,
}

/// Whether there is always a next one: `1..`.
fn has_no_end(expr: &Expr) -> bool {
    match expr {
        Expr::Paren(x) => has_no_end(&x.expr),
        Expr::Group(x) => has_no_end(&x.expr),
        Expr::Range(x) => x.end.is_none(),
        _ => false,
    }
}

/// The patterns that a value is held against here. One that a pattern with a guard stands before, which takes all that this
/// one would, is come to only where that guard does not hold.
fn reached(tests: &[Test]) -> Vec<(PatShape, BlockId)> {
    let is_hidden = |at: usize, test: &Test| {
        let before = tests.iter().take(at).filter(|t| t.asks);
        before.map(|t| &t.shape).any(|s| takes_all(s, &test.shape))
    };
    let each = tests.iter().enumerate();
    each.filter(|(at, test)| !is_hidden(*at, test))
        .map(|(_, test)| (test.shape.clone(), test.entry))
        .collect()
}

/// Whether a pattern matches all that another one does.
fn takes_all(first: &PatShape, other: &PatShape) -> bool {
    match (first, other) {
        (PatShape::Any, _) => true,
        (PatShape::Variant(a, inside), PatShape::Variant(b, _)) => {
            let unqualified = a.qself.is_none() && b.qself.is_none();
            inside.is_empty() && unqualified && a.names().eq(b.names())
        }
        _ => false,
    }
}

impl Lower<'_> {
    pub(super) fn if_expr(&mut self, x: &ExprIf, dest: Option<Local>, ext: Ext) {
        let (otherwise, join) = (self.cur.block(), self.cur.block());
        let end = self.block_end(&x.then_branch);
        if has_let(&x.cond) {
            let around = self.cur.temps;
            let depth = self.cur.push_scope();
            // From 2024 on the scrutinee's temporaries end before the else branch.
            if self.edition >= 2024 {
                self.cur.temps = depth;
            }
            self.condition(&x.cond, otherwise, depth);
            self.terminating(end, |l| l.block(&x.then_branch, dest, ext));
            self.cur.temps = around;
            self.cur.pop_scope(end);
        } else {
            let then = self.cur.block();
            self.branch(&x.cond, then, otherwise);
            self.cur.switch(then);
            self.terminating(end, |l| l.block(&x.then_branch, dest, ext));
        }
        self.cur.goto(join);
        self.cur.switch(otherwise);
        match (&x.else_branch, dest) {
            (Some((_, e)), _) => {
                let end = self.one(super::span::expr_hi(e));
                self.terminating(end, |l| l.expr(e, dest, ext));
            }
            (None, Some(dest)) => {
                self.cur
                    .assign(Place::local(dest), Rvalue::Tuple(Vec::new()), end);
            }
            (None, None) => {}
        }
        self.cur.goto(join);
        self.cur.switch(join);
    }

    pub(super) fn match_expr(&mut self, x: &ExprMatch, dest: Option<Local>, ext: Ext) {
        let scrutinee = self.place(&x.expr, None);
        let mut tests = Vec::new();
        let mut plans = Vec::new();
        let arms: Vec<_> = x
            .arms
            .iter()
            .filter(|a| self.is_arm_elsewhere(a) || self.may_be(&a.attrs, *a))
            .collect();
        for arm in arms {
            let (pat, guard) = guard(&arm.pat);
            let mut entries = Vec::new();
            for case in cases(pat) {
                let entry = self.cur.block();
                tests.push(Test {
                    shape: self.shape(case),
                    entry,
                    // One that another build leaves out hides nothing.
                    asks: guard.is_some() && arm.attrs.is_empty(),
                });
                entries.push((case, entry));
            }
            plans.push(ArmPlan {
                entries,
                guard,
                body: &arm.body,
                next: tests.len(),
            });
        }
        if tests.is_empty() {
            return self.cur.end(Terminator::Unreachable);
        }
        let join = self.cur.block();
        self.cur.end(Terminator::Match {
            scrutinee: scrutinee.clone(),
            arms: reached(&tests),
        });
        for plan in &plans {
            self.arm(plan, &scrutinee, &tests, dest, ext);
            self.cur.goto(join);
        }
        self.cur.switch(join);
    }

    /// Whether it is an arm of another build that can be looked at in this one: one that takes every value would hide those
    /// behind it.
    fn is_arm_elsewhere(&self, arm: &Arm) -> bool {
        let (pat, _) = guard(&arm.pat);
        self.elsewhere(&arm.attrs)
            && cases(pat)
                .iter()
                .all(|case| self.shape(case) != PatShape::Any)
    }

    fn arm(
        &mut self,
        plan: &ArmPlan,
        scrutinee: &Place,
        tests: &[Test],
        dest: Option<Local>,
        ext: Ext,
    ) {
        let end = self.one(super::span::expr_hi(plan.body));
        let around = self.cur.temps;
        let scope = self.cur.push_scope();
        self.cur.temps = scope;
        if let Some(guard) = plan.guard {
            self.guarded(plan, guard, scrutinee, tests, scope);
        } else {
            let mut how = Bind::new(scope);
            self.enter(plan, scrutinee, &mut how);
        }
        self.expr(plan.body, dest, ext);
        self.cur.temps = around;
        self.cur.pop_scope(end);
    }

    /// Binds on every entry and meets in one block.
    fn enter(&mut self, plan: &ArmPlan, scrutinee: &Place, how: &mut Bind) {
        if let [(pat, entry)] = plan.entries.as_slice() {
            self.cur.switch(*entry);
            return self.bind(pat, scrutinee, how);
        }
        let meet = self.cur.block();
        for (pat, entry) in &plan.entries {
            self.cur.switch(*entry);
            self.bind(pat, scrutinee, how);
            self.cur.goto(meet);
        }
        self.cur.switch(meet);
    }

    /// A guard sees the pattern's names as borrows; only when it holds are they bound for good.
    fn guarded(
        &mut self,
        plan: &ArmPlan,
        guard: &Expr,
        scrutinee: &Place,
        tests: &[Test],
        scope: usize,
    ) {
        let rest = self.cur.block();
        self.cur.push_scope();
        self.enter(plan, scrutinee, &mut Bind::borrow());
        self.condition(guard, rest, scope);
        // What an `if let` guard binds lives as long as the arm.
        if let Some(inner) = self.cur.take_scope()
            && let Some(arm) = self.cur.scopes.last_mut()
        {
            arm.names.extend(inner.names);
            arm.drops.extend(inner.drops);
        }
        let holds = self.cur.block();
        self.cur.goto(holds);
        self.cur.switch(rest);
        let others = reached(tests.get(plan.next..).unwrap_or(&[]));
        if others.is_empty() {
            self.cur.end(Terminator::Unreachable);
        } else {
            self.cur.end(Terminator::Match {
                scrutinee: scrutinee.clone(),
                arms: others,
            });
        }
        self.cur.switch(holds);
        if let Some((pat, _)) = plan.entries.first() {
            self.bind(pat, scrutinee, &mut Bind::new(scope));
        }
    }

    // Loops.

    fn target(
        &mut self,
        label: Option<&Label>,
        exit: BlockId,
        again: Option<BlockId>,
        dest: Option<Local>,
    ) {
        let depth = self.cur.scopes.len();
        let label = label.map(|l| name(&l.name.ident));
        self.cur.targets.push(Target {
            label,
            is_loop: again.is_some(),
            exit,
            again,
            dest,
            depth,
        });
    }

    pub(super) fn block_expr(
        &mut self,
        label: Option<&Label>,
        block: &Block,
        dest: Option<Local>,
        ext: Ext,
    ) {
        let Some(label) = label else {
            return self.block(block, dest, ext);
        };
        let exit = self.cur.block();
        self.target(Some(label), exit, None, dest);
        self.block(block, dest, ext);
        self.cur.targets.pop();
        self.cur.goto(exit);
        self.cur.switch(exit);
    }

    pub(super) fn loop_expr(&mut self, x: &ExprLoop, dest: Option<Local>) {
        let span = self.range(x.loop_token.span, x.body.brace_token.span.close());
        let end = self.block_end(&x.body);
        let exit = self.cur.block();
        let (head, around) = self.cur.open_loop(LoopKind::Loop, span);
        self.cur.goto(head);
        self.cur.switch(head);
        self.target(x.label.as_ref(), exit, Some(head), dest);
        self.terminating(end, |l| l.block(&x.body, None, None));
        self.cur.goto(head);
        self.cur.targets.pop();
        self.cur.close_loop(around);
        self.cur.switch(exit);
    }

    pub(super) fn while_expr(&mut self, x: &ExprWhile, dest: Option<Local>) {
        let span = self.range(x.while_token.span, x.body.brace_token.span.close());
        let end = self.block_end(&x.body);
        let exit = self.cur.block();
        let (head, around) = self.cur.open_loop(LoopKind::While, span);
        self.cur.goto(head);
        self.cur.switch(head);
        self.target(x.label.as_ref(), exit, Some(head), None);
        self.terminating(end, |l| {
            let depth = l.cur.scopes.len() - 1;
            l.condition(&x.cond, exit, depth);
            l.block(&x.body, None, None);
        });
        self.cur.goto(head);
        self.cur.targets.pop();
        self.cur.close_loop(around);
        self.cur.switch(exit);
        self.give_unit(dest, end);
    }

    pub(super) fn for_expr(&mut self, x: &ExprForLoop, dest: Option<Local>) {
        let span = self.range(x.for_token.span, x.body.brace_token.span.close());
        let end = self.block_end(&x.body);
        self.scoped(end, |l| {
            let iter_span = l.expr_span(&x.expr);
            let iter = l.plain_temp(iter_span);
            l.expr(&x.expr, Some(iter), None);
            let scope = l.cur.scopes.len() - 1;
            l.cur.drop_in(scope, iter);
            let exit = l.cur.block();
            let endless = has_no_end(&x.expr);
            let kind = if endless {
                LoopKind::Loop
            } else {
                LoopKind::For
            };
            let (head, around) = l.cur.open_loop(kind, span);
            l.cur.goto(head);
            l.cur.switch(head);
            if !endless {
                let body = l.cur.block();
                l.cur.end(Terminator::Next {
                    iter,
                    body,
                    done: exit,
                });
                l.cur.switch(body);
            }
            l.target(x.label.as_ref(), exit, Some(head), None);
            l.terminating(end, |l| {
                let scope = l.cur.scopes.len() - 1;
                l.bind(
                    &x.pat,
                    &Place::local(iter).then(Proj::Index),
                    &mut Bind::new(scope),
                );
                l.block(&x.body, None, None);
            });
            l.cur.goto(head);
            l.cur.targets.pop();
            l.cur.close_loop(around);
            l.cur.switch(exit);
        });
        self.give_unit(dest, end);
    }

    fn give_unit(&mut self, dest: Option<Local>, span: Span) {
        if let (Some(dest), false) = (dest, self.cur.dead()) {
            self.cur
                .assign(Place::local(dest), Rvalue::Tuple(Vec::new()), span);
        }
    }

    // Ways out.

    fn find_target(&self, label: Option<&Lifetime>) -> Option<&Target> {
        let label: Option<Name> = label.map(|l| name(&l.ident));
        self.cur.targets.iter().rev().find(|t| match label {
            Some(_) => t.label == label,
            None => t.is_loop,
        })
    }

    pub(super) fn break_expr(&mut self, x: &ExprBreak) {
        let span = self.one(x.break_token.span);
        let Some((exit, dest, depth)) = self
            .find_target(x.label.as_ref())
            .map(|t| (t.exit, t.dest, t.depth))
        else {
            return self.cur.end(Terminator::Unreachable);
        };
        match &x.expr {
            Some(e) => self.expr(e, dest, None),
            None => self.give_unit(dest, span),
        }
        self.cur.emit_drops(depth, span);
        self.cur.goto(exit);
    }

    pub(super) fn continue_expr(&mut self, x: &ExprContinue) {
        let span = self.one(x.continue_token.span);
        let target = self
            .find_target(x.label.as_ref())
            .and_then(|t| Some((t.again?, t.depth)));
        let Some((again, depth)) = target else {
            return self.cur.end(Terminator::Unreachable);
        };
        self.cur.emit_drops(depth, span);
        self.cur.goto(again);
    }

    pub(super) fn return_expr(&mut self, x: &ExprReturn) {
        let span = self.one(x.return_token.span);
        match &x.expr {
            Some(e) => self.expr(e, Some(RETURN), None),
            None => self.give_unit(Some(RETURN), span),
        }
        self.leave(span);
    }
}

/// Whether a condition holds a `let` on its `&&` spine.
pub(super) fn has_let(e: &Expr) -> bool {
    match e {
        Expr::Let(_) => true,
        Expr::Paren(x) => has_let(&x.expr),
        Expr::Group(x) => has_let(&x.expr),
        Expr::Binary(x) if matches!(x.op, syn::BinOp::And(_)) => {
            has_let(&x.right) || has_let(&x.left)
        }
        _ => false,
    }
}

/// The alternatives of a pattern that bind names each on its own; else the pattern as a whole.
fn cases(pat: &Pat) -> Vec<&Pat> {
    match pat {
        Pat::Paren(p) => cases(&p.pat),
        Pat::Or(p) if p.cases.iter().any(binds) => p.cases.iter().collect(),
        other => vec![other],
    }
}
