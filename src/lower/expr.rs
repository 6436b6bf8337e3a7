//! Expressions: each is lowered into the local that takes its value, or for its effect alone.

use syn::{BinOp as SynOp, Expr, ExprClosure, ExprStruct, UnOp};

use super::Lower;
use super::build::Ext;
use super::names::{local_name, member, number};
use super::pattern::literal;
use crate::ir::body::{BinOp, Lit, Local, Operand, Place, Rvalue, StmtKind};
use crate::ir::ty::{PathRef, TyRef};
use crate::name::Name;
use crate::source::Span;

impl Lower<'_> {
    pub(super) fn bool_ty(&self, span: Span) -> TyRef {
        TyRef::Path(Box::new(PathRef::plain(&["bool"], span)))
    }

    /// Lowers `e` into `dest`; without one its value is dropped where Rust drops it. Where `ext` is given, `e` is an
    /// extending expression: temporaries it borrows live as long as that scope.
    pub(super) fn expr(&mut self, e: &Expr, dest: Option<Local>, ext: Ext) {
        match e {
            Expr::Paren(x) => self.expr(&x.expr, dest, ext),
            Expr::Group(x) => self.expr(&x.expr, dest, ext),
            Expr::Block(x) => self.block_expr(x.label.as_ref(), &x.block, dest, ext),
            Expr::Unsafe(x) => self.block(&x.block, dest, ext),
            Expr::Const(x) => self.block(&x.block, dest, ext),
            Expr::TryBlock(x) => self.block(&x.block, dest, ext),
            Expr::If(x) => self.if_expr(x, dest, ext),
            Expr::Match(x) => self.match_expr(x, dest, ext),
            Expr::Loop(x) => self.loop_expr(x, dest),
            Expr::While(x) => self.while_expr(x, dest),
            Expr::ForLoop(x) => self.for_expr(x, dest),
            Expr::Break(x) => self.break_expr(x),
            Expr::Continue(x) => self.continue_expr(x),
            Expr::Return(x) => self.return_expr(x),
            Expr::Assign(x) => {
                self.assign_expr(x);
                self.unit(dest, e);
            }
            Expr::Binary(x) if compound(&x.op).is_some() => {
                self.compound(x);
                self.unit(dest, e);
            }
            Expr::Call(x) => self.call(x, dest, ext),
            Expr::MethodCall(x) => self.method_call(x, dest),
            Expr::Await(x) => {
                let future = self.operand(&x.base, None);
                let span = self.expr_span(e);
                let dest = self.dest(dest, span);
                self.cur.stmt(StmtKind::Await(dest, future), span);
            }
            Expr::Macro(x) => self.macro_call(&x.mac, dest, ext),
            Expr::Yield(x) => {
                let span = self.expr_span(e);
                let value = x.expr.as_ref().map(|e| self.place(e, None));
                self.touch(value.into_iter().collect(), dest, span);
            }
            _ => self.value(e, dest, ext),
        }
    }

    /// The local that takes a value: the one asked for, or a temporary of the statement.
    pub(super) fn dest(&mut self, dest: Option<Local>, span: Span) -> Local {
        dest.unwrap_or_else(|| self.temp(span, None))
    }

    fn unit(&mut self, dest: Option<Local>, e: &Expr) {
        if let Some(dest) = dest {
            let span = self.expr_span(e);
            self.cur
                .assign(Place::local(dest), Rvalue::Tuple(Vec::new()), span);
        }
    }

    /// An expression that computes a value in one step.
    fn value(&mut self, e: &Expr, dest: Option<Local>, ext: Ext) {
        let value = self.rvalue(e, ext);
        let span = self.expr_span(e);
        let holds = match &value {
            Rvalue::Use(Operand::Use(_))
            | Rvalue::Tuple(_)
            | Rvalue::Array { .. }
            | Rvalue::Struct { .. } => true,
            Rvalue::Closure(_) | Rvalue::Async(_) | Rvalue::Opaque { .. } | Rvalue::Cast { .. } => {
                true
            }
            // Reading a place or making a number for nobody has no effect worth a word.
            _ => false,
        };
        if dest.is_some() || holds {
            let dest = self.dest(dest, span);
            self.cur.assign(Place::local(dest), value, span);
        }
    }

    fn rvalue(&mut self, e: &Expr, ext: Ext) -> Rvalue {
        match e {
            Expr::Reference(x) => {
                let place = self.place(&x.expr, ext.or(None));
                Rvalue::Ref {
                    mutable: x.mutability.is_some(),
                    place,
                }
            }
            Expr::RawAddr(x) => {
                let place = self.place(&x.expr, ext);
                Rvalue::Ref {
                    mutable: matches!(x.mutability, syn::PointerMutability::Mut(_)),
                    place,
                }
            }
            Expr::Array(x) => Rvalue::Array {
                items: self.operands(&x.elems, ext),
                vec: false,
            },
            Expr::Tuple(x) => Rvalue::Tuple(self.operands(&x.elems, ext)),
            Expr::Repeat(x) => {
                let item = self.operand(&x.expr, ext);
                self.operand(&x.len, None);
                Rvalue::Array {
                    items: vec![item],
                    vec: false,
                }
            }
            Expr::Struct(x) => self.struct_expr(x, ext),
            Expr::Closure(x) => self.closure_expr(x, e),
            Expr::Async(x) => {
                let (span, end) = (self.expr_span(e), self.block_end(&x.block));
                Rvalue::Async(self.async_body(x.capture.is_some(), span, end, &x.block.stmts))
            }
            Expr::Cast(x) => Rvalue::Cast {
                value: self.operand(&x.expr, ext),
                ty: self.ty(&x.ty),
            },
            Expr::Range(x) => {
                let parts = x
                    .start
                    .iter()
                    .chain(&x.end)
                    .map(|e| self.operand(e, None))
                    .collect();
                Rvalue::Range(parts)
            }
            Expr::Unary(x) if !matches!(x.op, UnOp::Deref(_)) => Rvalue::Unary {
                not: matches!(x.op, UnOp::Not(_)),
                value: self.operand(&x.expr, None),
            },
            Expr::Binary(x) => self.binary(x, e),
            Expr::Lit(x) => Rvalue::Use(Operand::Lit(literal(&x.lit))),
            Expr::Path(x) => match self.local_path(x) {
                Some(local) => Rvalue::Use(Operand::Use(Place::local(local))),
                None => Rvalue::Path(self.boxed_path(x.qself.as_ref(), &x.path)),
            },
            Expr::Let(_) => Rvalue::Use(self.bool_value(e)),
            Expr::Verbatim(tokens) if tokens.is_empty() => Rvalue::Tuple(Vec::new()),
            Expr::Verbatim(tokens) => {
                let span = self.tokens_span(tokens);
                self.unread.push(span);
                Rvalue::Opaque {
                    path: Box::new(PathRef::plain(&[], span)),
                    touches: self.named_locals(tokens),
                }
            }
            Expr::Field(_)
            | Expr::Index(_)
            | Expr::Unary(_)
            | Expr::Try(_)
            | Expr::Paren(_)
            | Expr::Group(_) => Rvalue::Use(self.operand(e, ext)),
            // `_`, and what syn may come to know: never back to `operand`, which would come back here.
            _ => Rvalue::Touch {
                reads: Vec::new(),
                ty: None,
                begins: None,
            },
        }
    }

    fn closure_expr(&mut self, x: &ExprClosure, e: &Expr) -> Rvalue {
        let span = self.expr_span(e);
        Rvalue::Closure(self.closure(x, span))
    }

    fn struct_expr(&mut self, x: &ExprStruct, ext: Ext) -> Rvalue {
        let path = self.boxed_path(x.qself.as_ref(), &x.path);
        let mut fields = Vec::with_capacity(x.fields.len());
        for field in &x.fields {
            if !self.may_be(&field.attrs, field) {
                continue;
            }
            fields.push((member(&field.member), self.operand(&field.expr, ext)));
        }
        let base = x.rest.as_ref().map(|e| self.operand(e, None));
        Rvalue::Struct { path, fields, base }
    }

    /// `&&` and `||` as a value are branches; the rest reads both sides. A left-leaning chain is walked, not recursed into.
    fn binary(&mut self, x: &syn::ExprBinary, e: &Expr) -> Rvalue {
        if matches!(x.op, SynOp::And(_) | SynOp::Or(_)) {
            return Rvalue::Use(self.bool_value(e));
        }
        let mut spine = vec![x];
        let mut left = &*x.left;
        while let Expr::Binary(inner) = left
            && !matches!(inner.op, SynOp::And(_) | SynOp::Or(_))
            && compound(&inner.op).is_none()
        {
            spine.push(inner);
            left = &inner.left;
        }
        let mut lhs = self.operand(left, None);
        while let Some(step) = spine.pop() {
            let rhs = self.operand(&step.right, None);
            let value = Rvalue::Binary {
                op: operator(&step.op),
                lhs,
                rhs,
            };
            if spine.is_empty() {
                return value;
            }
            let span = self.range(
                super::span::expr_lo(left),
                super::span::expr_hi(&step.right),
            );
            lhs = self.plain(value, span);
        }
        Rvalue::Use(lhs)
    }

    pub(super) fn operands<'e>(
        &mut self,
        items: impl IntoIterator<Item = &'e Expr>,
        ext: Ext,
    ) -> Vec<Operand> {
        let mut out = Vec::new();
        for item in items {
            if self.may_be(attrs(item), item) {
                out.push(self.operand(item, ext));
            }
        }
        out
    }

    /// The value of `e`: of a place as it stands, of a literal, else of a temporary.
    pub(super) fn operand(&mut self, e: &Expr, ext: Ext) -> Operand {
        match e {
            Expr::Paren(x) => self.operand(&x.expr, ext),
            Expr::Group(x) => self.operand(&x.expr, ext),
            Expr::Lit(x) => Operand::Lit(literal(&x.lit)),
            _ => Operand::Use(self.place(e, ext)),
        }
    }

    /// The local a path means, if it is a bare name of one.
    pub(super) fn local_path(&mut self, x: &syn::ExprPath) -> Option<Local> {
        if x.qself.is_some() {
            return None;
        }
        let ident = x.path.get_ident()?;
        let span = self.one(ident.span());
        self.lookup(local_name(ident), span)
    }

    fn assign_expr(&mut self, x: &syn::ExprAssign) {
        let span = self.range(
            super::span::expr_lo(&x.left),
            super::span::expr_hi(&x.right),
        );
        match &*x.left {
            // `_ = e` is `let _ = e`.
            Expr::Infer(_) => {
                self.place(&x.right, None);
            }
            Expr::Tuple(_) | Expr::Array(_) | Expr::Struct(_) | Expr::Call(_) => {
                let value = self.place(&x.right, None);
                self.assign_apart(&x.left, &value, span);
            }
            left => {
                let value = self.assigned(&x.right);
                let place = self.place(left, None);
                self.cur.assign(place, value, span);
            }
        }
    }

    /// A right-hand side that takes one step is assigned without a temporary.
    fn assigned(&mut self, e: &Expr) -> Rvalue {
        match e {
            Expr::Paren(x) => self.assigned(&x.expr),
            Expr::Reference(_)
            | Expr::Lit(_)
            | Expr::Struct(_)
            | Expr::Tuple(_)
            | Expr::Array(_)
            | Expr::Closure(_) => self.rvalue(e, None),
            Expr::Async(_) | Expr::Path(_) | Expr::Binary(_) | Expr::Cast(_) => {
                self.rvalue(e, None)
            }
            _ => Rvalue::Use(self.operand(e, None)),
        }
    }

    /// `(a, b.c) = value`.
    fn assign_apart(&mut self, left: &Expr, value: &Place, span: Span) {
        use crate::ir::body::Proj;
        match left {
            Expr::Infer(_) | Expr::Range(_) => {}
            Expr::Paren(x) => self.assign_apart(&x.expr, value, span),
            Expr::Tuple(x) => {
                for (index, e) in x.elems.iter().enumerate() {
                    self.assign_apart(e, &value.clone().then(Proj::Field(number(index))), span);
                }
            }
            Expr::Array(x) => {
                for e in &x.elems {
                    self.assign_apart(e, &value.clone().then(Proj::Index), span);
                }
            }
            Expr::Struct(x) => {
                let path = self.boxed_path(x.qself.as_ref(), &x.path);
                for f in &x.fields {
                    let step = Proj::Variant {
                        path: path.clone(),
                        field: member(&f.member),
                    };
                    self.assign_apart(&f.expr, &value.clone().then(step), span);
                }
            }
            Expr::Call(x) => {
                let Expr::Path(func) = &*x.func else { return };
                let path = self.boxed_path(func.qself.as_ref(), &func.path);
                for (index, e) in x.args.iter().enumerate() {
                    let step = Proj::Variant {
                        path: path.clone(),
                        field: number(index),
                    };
                    self.assign_apart(e, &value.clone().then(step), span);
                }
            }
            left => {
                let place = self.place(left, None);
                self.cur
                    .assign(place, Rvalue::Use(Operand::Use(value.clone())), span);
            }
        }
    }

    fn compound(&mut self, x: &syn::ExprBinary) {
        let span = self.range(
            super::span::expr_lo(&x.left),
            super::span::expr_hi(&x.right),
        );
        let rhs = self.operand(&x.right, None);
        let place = self.place(&x.left, None);
        let op = compound(&x.op).unwrap_or(BinOp::Other);
        let result = self.plain(
            Rvalue::Binary {
                op,
                lhs: Operand::Use(place.clone()),
                rhs,
            },
            span,
        );
        self.cur.assign(place, Rvalue::Use(result), span);
    }

    /// `dest = touch(reads)`.
    pub(super) fn touch(&mut self, reads: Vec<Place>, dest: Option<Local>, span: Span) {
        let dest = dest.unwrap_or_else(|| self.plain_temp(span));
        let value = Rvalue::Touch {
            reads,
            ty: None,
            begins: None,
        };
        self.cur.assign(Place::local(dest), value, span);
    }

    /// A known truth into a plain temporary's place.
    pub(super) fn assign_bool(&mut self, dest: Local, value: bool, span: Span) {
        self.cur.assign(
            Place::local(dest),
            Rvalue::Use(Operand::Lit(Lit::Bool(value))),
            span,
        );
    }
}

fn operator(op: &SynOp) -> BinOp {
    match op {
        SynOp::Eq(_) => BinOp::Eq,
        SynOp::Ne(_) => BinOp::Ne,
        SynOp::Lt(_) | SynOp::Le(_) => BinOp::Less,
        SynOp::Gt(_) | SynOp::Ge(_) => BinOp::Greater,
        SynOp::Add(_) => BinOp::Add,
        SynOp::Sub(_) => BinOp::Sub,
        SynOp::Mul(_) => BinOp::Mul,
        SynOp::Div(_) => BinOp::Div,
        _ => BinOp::Other,
    }
}

/// The operator of `a op= b`.
fn compound(op: &SynOp) -> Option<BinOp> {
    Some(match op {
        SynOp::AddAssign(_) => BinOp::Add,
        SynOp::SubAssign(_) => BinOp::Sub,
        SynOp::MulAssign(_) => BinOp::Mul,
        SynOp::DivAssign(_) => BinOp::Div,
        SynOp::RemAssign(_)
        | SynOp::BitXorAssign(_)
        | SynOp::BitAndAssign(_)
        | SynOp::BitOrAssign(_) => BinOp::Other,
        SynOp::ShlAssign(_) | SynOp::ShrAssign(_) => BinOp::Other,
        _ => return None,
    })
}

/// A path of one name, for what macros stand for.
pub(super) fn named(text: &str, span: Span) -> Box<PathRef> {
    Box::new(PathRef::plain(&[text], span))
}

/// An empty name: what has none.
pub(super) fn no_name() -> Name {
    Name::new("")
}

/// The attributes of an expression.
pub(super) fn attrs(e: &Expr) -> &[syn::Attribute] {
    match e {
        Expr::Array(x) => &x.attrs,
        Expr::Assign(x) => &x.attrs,
        Expr::Async(x) => &x.attrs,
        Expr::Await(x) => &x.attrs,
        Expr::Binary(x) => &x.attrs,
        Expr::Block(x) => &x.attrs,
        Expr::Break(x) => &x.attrs,
        Expr::Call(x) => &x.attrs,
        Expr::Cast(x) => &x.attrs,
        Expr::Closure(x) => &x.attrs,
        Expr::Continue(x) => &x.attrs,
        Expr::Field(x) => &x.attrs,
        Expr::ForLoop(x) => &x.attrs,
        Expr::If(x) => &x.attrs,
        Expr::Index(x) => &x.attrs,
        Expr::Lit(x) => &x.attrs,
        Expr::Loop(x) => &x.attrs,
        Expr::Macro(x) => &x.attrs,
        Expr::Match(x) => &x.attrs,
        Expr::MethodCall(x) => &x.attrs,
        Expr::Paren(x) => &x.attrs,
        Expr::Path(x) => &x.attrs,
        Expr::Reference(x) => &x.attrs,
        Expr::Return(x) => &x.attrs,
        Expr::Struct(x) => &x.attrs,
        Expr::Try(x) => &x.attrs,
        Expr::Tuple(x) => &x.attrs,
        Expr::Unary(x) => &x.attrs,
        Expr::Unsafe(x) => &x.attrs,
        Expr::While(x) => &x.attrs,
        _ => &[],
    }
}
