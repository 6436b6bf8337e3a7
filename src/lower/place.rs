//! Places: what can be borrowed, assigned to, or called a method on without moving it.

use syn::{Expr, UnOp};

use super::Lower;
use super::build::Ext;
use super::names::member;
use crate::ir::body::{Operand, Place, Proj, RETURN, Rvalue, Terminator};
use crate::source::Span;

impl Lower<'_> {
    /// The place of `e`; of a value expression, the temporary that holds it, which lives to the end of the statement or,
    /// with `ext`, of that scope.
    pub(super) fn place(&mut self, e: &Expr, ext: Ext) -> Place {
        match e {
            Expr::Paren(x) => self.place(&x.expr, ext),
            Expr::Group(x) => self.place(&x.expr, ext),
            Expr::Path(x) => match self.local_path(x) {
                Some(local) => Place::local(local),
                None => self.plain_place(e, ext),
            },
            Expr::Field(x) => self
                .place(&x.base, ext)
                .then(Proj::Field(member(&x.member))),
            Expr::Index(x) => {
                let place = self.place(&x.expr, ext);
                self.operand(&x.index, None);
                place.then(Proj::Index)
            }
            Expr::Unary(x) if matches!(x.op, UnOp::Deref(_)) => {
                self.place(&x.expr, ext).then(Proj::Deref)
            }
            Expr::Try(x) => {
                let value = self.place(&x.expr, None);
                let span = self.expr_span(e);
                self.question_mark(value, span)
            }
            // Borrows, numbers and names of items own nothing.
            Expr::Reference(_)
            | Expr::RawAddr(_)
            | Expr::Lit(_)
            | Expr::Range(_)
            | Expr::Let(_) => self.plain_place(e, ext),
            Expr::Binary(x) if !matches!(x.op, syn::BinOp::Add(_)) => self.plain_place(e, ext),
            _ => {
                let span = self.expr_span(e);
                let temp = self.plain_temp(span);
                self.expr(e, Some(temp), ext);
                // Declared when it holds its value: what was made on the way is dropped after it.
                self.cur.drop_in(ext.unwrap_or(self.cur.temps), temp);
                Place::local(temp)
            }
        }
    }

    fn plain_place(&mut self, e: &Expr, ext: Ext) -> Place {
        let span = self.expr_span(e);
        let temp = self.plain_temp(span);
        self.expr(e, Some(temp), ext);
        Place::local(temp)
    }

    /// `value?`: goes on with what is inside, or leaves with the residual.
    pub(super) fn question_mark(&mut self, value: Place, span: Span) -> Place {
        let (ok, err) = (self.cur.block(), self.cur.block());
        self.cur.end(Terminator::Try {
            value: value.clone(),
            ok,
            err,
        });
        self.cur.switch(err);
        let residual = Rvalue::Use(Operand::Use(value.clone().then(Proj::TryErr)));
        self.cur.assign(Place::local(RETURN), residual, span);
        self.leave(span);
        self.cur.switch(ok);
        value.then(Proj::TryOk)
    }

    /// Drops everything and returns.
    pub(super) fn leave(&mut self, span: Span) {
        self.cur.emit_drops(0, span);
        self.cur.end(Terminator::Return);
    }
}
