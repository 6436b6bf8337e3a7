//! Calls: of paths, of methods, of values.

use syn::{Expr, ExprCall, ExprMethodCall};

use super::Lower;
use super::build::Ext;
use super::names::name;
use super::span::{expr_hi, expr_lo};
use crate::ir::body::{Call, Callee, Local, Operand, Place, StmtKind};
use crate::source::Span;

impl Lower<'_> {
    pub(super) fn call(&mut self, x: &ExprCall, dest: Option<Local>, ext: Ext) {
        let (callee, name_span) = self.callee(&x.func);
        // `Some(&temp())` extends what a struct literal would; a constructor is told by its capital.
        let makes = matches!(&callee, Callee::Path(p) if p.last().is_some_and(|n| n.starts_with(char::is_uppercase)));
        let args = self.operands(&x.args, if makes { ext } else { None });
        let span = self.range(expr_lo(&x.func), x.paren_token.span.close());
        self.emit_call(callee, args, name_span, span, dest);
    }

    fn callee(&mut self, func: &Expr) -> (Callee, Span) {
        match func {
            Expr::Group(x) => self.callee(&x.expr),
            Expr::Path(x) => {
                let span = self.path_span(x.qself.as_ref(), &x.path);
                match self.local_path(x) {
                    Some(local) => (Callee::Value(Place::local(local)), span),
                    None => (
                        Callee::Path(self.boxed_path(x.qself.as_ref(), &x.path)),
                        span,
                    ),
                }
            }
            other => {
                let span = self.range(expr_lo(other), expr_hi(other));
                (Callee::Value(self.place(other, None)), span)
            }
        }
    }

    pub(super) fn method_call(&mut self, x: &ExprMethodCall, dest: Option<Local>) {
        let recv = self.place(&x.receiver, None);
        let args = self.operands(&x.args, None);
        let callee = Callee::Method {
            recv,
            name: name(&x.method),
            args: self.turbofish(x.turbofish.as_ref()),
        };
        let span = self.range(expr_lo(&x.receiver), x.paren_token.span.close());
        self.emit_call(callee, args, self.one(x.method.span()), span, dest);
    }

    pub(super) fn emit_call(
        &mut self,
        callee: Callee,
        args: Vec<Operand>,
        name_span: Span,
        span: Span,
        dest: Option<Local>,
    ) {
        let dest = self.dest(dest, span);
        let call = Call {
            callee,
            args,
            name_span,
            span,
            in_macro: self.in_macro,
        };
        self.cur.stmt(StmtKind::Call(dest, Box::new(call)), span);
    }
}
