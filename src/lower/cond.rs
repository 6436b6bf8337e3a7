//! Conditions: every `&&`, `||`, `!` and `let` is an edge of its own.

use syn::{BinOp, Expr, Pat, UnOp};

use super::Lower;
use super::pattern::{Bind, binds_by_ref};
use crate::ir::body::{BlockId, Lit, Operand, PatShape, Place, Rvalue, Terminator};

impl Lower<'_> {
    /// Goes to `then` or `otherwise`. No `let` stands in `e`, and its temporaries end before either.
    pub(super) fn branch(&mut self, e: &Expr, then: BlockId, otherwise: BlockId) {
        match e {
            Expr::Paren(x) => self.branch(&x.expr, then, otherwise),
            Expr::Group(x) => self.branch(&x.expr, then, otherwise),
            Expr::Unary(x) if matches!(x.op, UnOp::Not(_)) => self.branch(&x.expr, otherwise, then),
            Expr::Binary(x) if matches!(x.op, BinOp::And(_)) => {
                let more = self.cur.block();
                self.branch(&x.left, more, otherwise);
                self.cur.switch(more);
                self.branch(&x.right, then, otherwise);
            }
            Expr::Binary(x) if matches!(x.op, BinOp::Or(_)) => {
                let more = self.cur.block();
                self.branch(&x.left, then, more);
                self.cur.switch(more);
                self.branch(&x.right, then, otherwise);
            }
            Expr::Lit(syn::ExprLit {
                lit: syn::Lit::Bool(lit),
                ..
            }) => {
                self.cur.goto(if lit.value { then } else { otherwise });
            }
            _ => {
                if let Some(holds) = self.cfg_holds(e) {
                    self.cur.goto(if holds { then } else { otherwise });
                    return;
                }
                let cond = self.leaf(e);
                self.cur.end(Terminator::If {
                    cond,
                    then,
                    otherwise,
                });
            }
        }
    }

    /// A truth value that outlives the temporaries it was made with.
    fn leaf(&mut self, e: &Expr) -> Operand {
        let span = self.expr_span(e);
        self.terminating(span, |l| {
            if let Expr::Path(_) | Expr::Field(_) = e {
                let place = l.place(e, None);
                if l.cur.is_named(place.local) {
                    return Operand::Use(place);
                }
                return l.plain(Rvalue::Use(Operand::Use(place)), span);
            }
            let value = l.plain_temp(span);
            l.expr(e, Some(value), None);
            Operand::Use(Place::local(value))
        })
    }

    /// `e` as a value, by branches.
    pub(super) fn bool_value(&mut self, e: &Expr) -> Operand {
        let span = self.expr_span(e);
        let value = self.plain_temp(span);
        let (yes, no, after) = (self.cur.block(), self.cur.block(), self.cur.block());
        self.terminating(span, |l| {
            let depth = l.cur.scopes.len() - 1;
            l.condition(e, no, depth);
            l.cur.emit_drops(depth, span);
            l.cur.goto(yes);
        });
        for (block, truth) in [(yes, true), (no, false)] {
            self.cur.switch(block);
            self.cur.assign(
                Place::local(value),
                Rvalue::Use(Operand::Lit(Lit::Bool(truth))),
                span,
            );
            self.cur.goto(after);
        }
        self.cur.switch(after);
        Operand::Use(Place::local(value))
    }

    /// A condition that may hold `let`s: goes on in the current block where it holds, else to `fail` after the drops of the
    /// scopes from `depth` on. Names are bound in the innermost scope.
    pub(super) fn condition(&mut self, e: &Expr, fail: BlockId, depth: usize) {
        match e {
            Expr::Paren(x) => self.condition(&x.expr, fail, depth),
            Expr::Group(x) => self.condition(&x.expr, fail, depth),
            Expr::Binary(x) if matches!(x.op, BinOp::And(_)) => {
                self.condition(&x.left, fail, depth);
                self.condition(&x.right, fail, depth);
            }
            Expr::Let(x) => self.let_condition(&x.pat, &x.expr, fail, depth),
            _ => {
                let next = self.cur.block();
                let (edge, made) = self.fail_edge(fail, depth);
                self.branch(e, next, edge);
                self.finish_edge(made, fail, depth, e);
                self.cur.switch(next);
            }
        }
    }

    fn let_condition(&mut self, pat: &Pat, e: &Expr, fail: BlockId, depth: usize) {
        let home = self.cur.scopes.len().saturating_sub(1);
        let scrutinee = self.place(e, binds_by_ref(pat).then_some(home));
        let next = self.cur.block();
        let shape = self.shape(pat);
        let (edge, made) = self.fail_edge(fail, depth);
        self.cur.end(Terminator::Match {
            scrutinee: scrutinee.clone(),
            arms: vec![(shape, next), (PatShape::Any, edge)],
        });
        self.finish_edge(made, fail, depth, e);
        self.cur.switch(next);
        self.bind(pat, &scrutinee, &mut Bind::new(home));
    }

    /// Where a failing condition goes: straight on, or to a block that drops first.
    fn fail_edge(&mut self, fail: BlockId, depth: usize) -> (BlockId, Option<BlockId>) {
        if self.cur.has_drops(depth) {
            let edge = self.cur.block();
            (edge, Some(edge))
        } else {
            (fail, None)
        }
    }

    fn finish_edge(&mut self, edge: Option<BlockId>, fail: BlockId, depth: usize, e: &Expr) {
        let Some(edge) = edge else { return };
        let span = self.expr_span(e);
        self.cur.switch(edge);
        self.cur.emit_drops(depth, span);
        self.cur.goto(fail);
    }
}
