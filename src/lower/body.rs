//! Where bodies begin: functions, closures, async blocks, initialisers; their parameters and what they capture.

use syn::{Block, Expr, ExprClosure, FnArg, Pat, Signature};

use super::Lower;
use super::build::Builder;
use super::pattern::Bind;
use super::span::sig_lo;
use crate::ir::BodyIdx;
use crate::ir::body::{BodyKind, Local, Place, RETURN, Terminator};
use crate::ir::ty::{PathRef, TyRef};
use crate::name::Name;
use crate::source::Span;

impl Lower<'_> {
    pub(super) fn fn_body(&mut self, sig: &Signature, block: &Block) -> BodyIdx {
        let kind = BodyKind::Fn {
            is_async: sig.asyncness.is_some(),
        };
        let span = self.range(sig_lo(sig), block.brace_token.span.close());
        let builder = Builder::new(kind, self.here(), span);
        let end = self.block_end(block);
        self.with_body(builder, |l| {
            l.root(end, |l| {
                l.fn_params(sig);
                l.terminating(end, |l| l.block(block, Some(RETURN), None));
            });
        })
    }

    /// The scope around everything, and the way out.
    fn root(&mut self, end: Span, fill: impl FnOnce(&mut Self)) {
        self.terminating(end, fill);
        self.cur.end(Terminator::Return);
    }

    fn fn_params(&mut self, sig: &Signature) {
        let mut apart = Vec::new();
        for input in &sig.inputs {
            match input {
                FnArg::Receiver(r) => {
                    let span = self.one(r.self_token.span);
                    let this = TyRef::Path(Box::new(PathRef::plain(&["Self"], span)));
                    let ty = match &r.kind {
                        syn::ReceiverKind::Reference(_, _, m) => TyRef::Ref {
                            mutable: m.is_some(),
                            inner: Box::new(this),
                        },
                        syn::ReceiverKind::Typed(_, ty) => self.ty(ty),
                        _ => this,
                    };
                    let local = self
                        .cur
                        .local(Some(Name::new("self")), Some(ty), span, false);
                    self.add_param(local);
                    self.cur.bind(Name::new("self"), local);
                }
                FnArg::Typed(p) => {
                    if self.may_be(&p.attrs, p) {
                        let ty = self.ty(&p.ty);
                        self.param(&p.pat, Some(ty), &mut apart);
                    }
                }
            }
        }
        self.take_apart(&apart);
    }

    fn add_param(&mut self, local: Local) {
        self.cur.params.push(local);
        let scope = self.cur.scopes.len().saturating_sub(1);
        self.cur.drop_in(scope, local);
    }

    /// Declares a parameter; one that is more than a name is put aside to be taken apart when all are declared.
    fn param<'p>(&mut self, pat: &'p Pat, ty: Option<TyRef>, apart: &mut Vec<(&'p Pat, Local)>) {
        let span = self.pat_span(pat);
        if let Some((name, by_ref)) = simple_name(pat) {
            let local = self.cur.local(Some(name), ty, span, by_ref);
            self.add_param(local);
            self.cur.bind(name, local);
        } else {
            let local = self.cur.local(None, ty, span, false);
            self.add_param(local);
            apart.push((pat, local));
        }
    }

    fn take_apart(&mut self, apart: &[(&Pat, Local)]) {
        let scope = self.cur.scopes.len().saturating_sub(1);
        for (pat, local) in apart {
            self.bind(pat, &Place::local(*local), &mut Bind::new(scope));
        }
    }

    /// A closure's body.
    pub(super) fn closure(&mut self, e: &ExprClosure, span: Span) -> BodyIdx {
        let kind = BodyKind::Closure {
            is_move: e.capture.is_some(),
            is_async: e.asyncness.is_some(),
        };
        let builder = Builder::new(kind, self.here(), span);
        let end = self.one(super::span::expr_hi(&e.body));
        self.with_body(builder, |l| {
            if let syn::ReturnType::Type(_, ty) = &e.output {
                let ty = l.ty(ty);
                l.cur.set_ty(RETURN, ty.clone());
                l.cur.ret = Some(ty);
            }
            l.root(end, |l| {
                let mut apart = Vec::new();
                for input in &e.inputs {
                    match input {
                        Pat::Type(p) => {
                            let ty = l.ty(&p.ty);
                            l.param(&p.pat, Some(ty), &mut apart);
                        }
                        pat => l.param(pat, None, &mut apart),
                    }
                }
                l.take_apart(&apart);
                l.terminating(end, |l| l.expr(&e.body, Some(RETURN), None));
            });
        })
    }

    /// An async block's body; its statements may also come from a macro.
    pub(super) fn async_body(
        &mut self,
        is_move: bool,
        span: Span,
        end: Span,
        stmts: &[syn::Stmt],
    ) -> BodyIdx {
        let yields = false;
        self.future_body(BodyKind::Async { is_move, yields }, span, end, stmts)
    }

    /// The body of a block that becomes a future or stream.
    pub(super) fn future_body(
        &mut self,
        kind: BodyKind,
        span: Span,
        end: Span,
        stmts: &[syn::Stmt],
    ) -> BodyIdx {
        let builder = Builder::new(kind, self.here(), span);
        self.with_body(builder, |l| {
            l.root(end, |l| l.stmts_block(stmts, end, Some(RETURN), None));
        })
    }

    /// The body of a static's or const's initialiser.
    pub(super) fn init_body(&mut self, e: &Expr) -> Option<BodyIdx> {
        if self.interface {
            return None;
        }
        let span = self.expr_span(e);
        let builder = Builder::new(BodyKind::Init, self.here(), span);
        Some(self.with_body(builder, |l| l.root(span, |l| l.expr(e, Some(RETURN), None))))
    }

    /// A body for code that stands in an item macro.
    pub(super) fn loose_body(&mut self, span: Span, fill: impl FnOnce(&mut Self)) {
        if !self.interface {
            let builder = Builder::new(BodyKind::Init, self.here(), span);
            self.with_body(builder, |l| l.root(span, fill));
        }
    }
}

/// The name and whether it is bound by `ref`, of a pattern that is nothing but a name.
pub(super) fn simple_name(pat: &Pat) -> Option<(Name, bool)> {
    match pat {
        Pat::Ident(p) if p.subpat.is_none() && !super::pattern::is_const_like(p) => {
            Some((super::names::local_name(&p.ident), p.by_ref.is_some()))
        }
        Pat::Paren(p) => simple_name(&p.pat),
        _ => None,
    }
}
