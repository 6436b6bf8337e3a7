//! Macros that yield values: `vec!`, `join!`, `pin!`, `stream!`, `try!`, `ready!`.

use proc_macro2::{Group, TokenStream, TokenTree};
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Expr, Stmt, Token};

use super::parts;
use crate::ir::body::{
    BodyKind, Local, Operand, PatShape, Place, Proj, RETURN, Rvalue, StmtKind, Terminator,
};
use crate::ir::ty::PathRef;
use crate::lower::Lower;
use crate::lower::expr::named;
use crate::lower::names::local_name;
use crate::name::Name;
use crate::source::Span;

impl Lower<'_> {
    pub(super) fn vec(&mut self, tokens: &TokenStream, span: Span, dest: Option<Local>) -> bool {
        let parser = |input: ParseStream| {
            let list = Punctuated::<Expr, Token![,]>::parse_terminated;
            if input.is_empty() {
                return Ok((Vec::new(), None));
            }
            let first: Expr = input.parse()?;
            if input.parse::<Option<Token![;]>>()?.is_some() {
                return Ok((vec![first], Some(input.parse::<Expr>()?)));
            }
            let _: Option<Token![,]> = input.parse()?;
            Ok((std::iter::once(first).chain(list(input)?).collect(), None))
        };
        let Ok((items, len)) = parser.parse2(tokens.clone()) else {
            return false;
        };
        let items = self.operands(&items, None);
        if let Some(len) = len {
            self.operand(&len, None);
        }
        let dest = self.dest(dest, span);
        self.cur
            .assign(Place::local(dest), Rvalue::Array { items, vec: true }, span);
        true
    }

    /// Awaits every future in turn. They run side by side, but what is waited for is the same.
    fn await_all(&mut self, tokens: &TokenStream) -> Option<Vec<Local>> {
        let futures = parts::exprs(tokens)?;
        let mut begun = Vec::with_capacity(futures.len());
        for future in &futures {
            begun.push((self.operand(future, None), self.expr_span(future)));
        }
        let mut outputs = Vec::with_capacity(begun.len());
        for (future, span) in begun {
            let output = self.temp(span, None);
            self.cur.stmt(StmtKind::Await(output, future), span);
            outputs.push(output);
        }
        Some(outputs)
    }

    pub(super) fn join(&mut self, tokens: &TokenStream, span: Span, dest: Option<Local>) -> bool {
        let Some(outputs) = self.await_all(tokens) else {
            return false;
        };
        let values = outputs
            .into_iter()
            .map(|o| Operand::Use(Place::local(o)))
            .collect();
        let dest = self.dest(dest, span);
        self.cur
            .assign(Place::local(dest), Rvalue::Tuple(values), span);
        true
    }

    /// `Ok` of all outputs, or the first that is no `Ok`.
    pub(super) fn try_join(
        &mut self,
        tokens: &TokenStream,
        span: Span,
        dest: Option<Local>,
    ) -> bool {
        let Some(outputs) = self.await_all(tokens) else {
            return false;
        };
        let dest = self.dest(dest, span);
        let ok = named("Ok", span);
        let join = self.cur.block();
        let mut values = Vec::with_capacity(outputs.len());
        for output in outputs {
            let (good, bad) = (self.cur.block(), self.cur.block());
            let scrutinee = Place::local(output);
            let arms = vec![
                (PatShape::Variant(ok.clone(), Vec::new()), good),
                (PatShape::Any, bad),
            ];
            self.cur.end(Terminator::Match {
                scrutinee: scrutinee.clone(),
                arms,
            });
            self.cur.switch(bad);
            self.cur.assign(
                Place::local(dest),
                Rvalue::Use(Operand::Use(scrutinee.clone())),
                span,
            );
            self.cur.goto(join);
            self.cur.switch(good);
            let inside = Proj::Variant {
                path: ok.clone(),
                field: Name::new("0"),
            };
            values.push(Operand::Use(scrutinee.then(inside)));
        }
        let tuple = self.plain(Rvalue::Tuple(values), span);
        let result = Rvalue::Struct {
            path: ok,
            fields: vec![(Name::new("0"), tuple)],
            base: None,
        };
        self.cur.assign(Place::local(dest), result, span);
        self.cur.goto(join);
        self.cur.switch(join);
        true
    }

    /// `pin!(value)` is the value.
    pub(super) fn pin(&mut self, tokens: &TokenStream, dest: Option<Local>) -> bool {
        let Some(exprs) = parts::exprs(tokens) else {
            return false;
        };
        for e in &exprs {
            self.expr(e, dest, None);
        }
        true
    }

    /// `pin!(a, b);` rebinds names, `pin! { let a = f(); }` binds them.
    pub(super) fn pin_stmt(&mut self, mac: &syn::Macro, span: Span) -> bool {
        if let Some(stmts) = parts::stmts(&mac.tokens)
            && stmts.iter().all(|s| matches!(s, Stmt::Local(_)))
        {
            self.stmts(&stmts, span, None, None);
            return true;
        }
        let Some(exprs) = parts::exprs(&mac.tokens) else {
            return false;
        };
        let idents: Option<Vec<&syn::Ident>> = exprs
            .iter()
            .map(|e| match e {
                Expr::Path(p) => p.path.get_ident(),
                _ => None,
            })
            .collect();
        for ident in idents.iter().flatten() {
            let (name, at) = (local_name(ident), self.one(ident.span()));
            let Some(old) = self.lookup(name, at) else {
                continue;
            };
            let new = self.cur.local(Some(name), None, at, false);
            self.cur.assign(
                Place::local(new),
                Rvalue::Use(Operand::Use(Place::local(old))),
                span,
            );
            self.cur.bind(name, new);
            let scope = self.cur.scopes.len().saturating_sub(1);
            self.cur.drop_in(scope, new);
        }
        idents.is_some()
    }

    /// `stream! { .. yield x; .. }`: statements that run when somebody polls.
    pub(super) fn stream(&mut self, tokens: &TokenStream, span: Span, dest: Option<Local>) -> bool {
        let Some(stmts) = parts::stmts(&without_for_await(tokens.clone())) else {
            return false;
        };
        let kind = BodyKind::Async {
            is_move: true,
            yields: true,
        };
        let body = self.future_body(kind, span, span, &stmts);
        let dest = self.dest(dest, span);
        self.cur
            .assign(Place::local(dest), Rvalue::Async(body), span);
        true
    }

    /// Statements run in place.
    pub(super) fn run_block(
        &mut self,
        tokens: &TokenStream,
        span: Span,
        dest: Option<Local>,
    ) -> bool {
        let Some(stmts) = parts::stmts(tokens) else {
            return false;
        };
        self.stmts_block(&stmts, span, dest, None);
        true
    }

    pub(super) fn try_macro(
        &mut self,
        tokens: &TokenStream,
        span: Span,
        dest: Option<Local>,
    ) -> bool {
        let Some((e, _)) = parts::first_expr(tokens) else {
            return false;
        };
        let value = self.place(&e, None);
        let inside = self.question_mark(value, span);
        let dest = self.dest(dest, span);
        self.cur
            .assign(Place::local(dest), Rvalue::Use(Operand::Use(inside)), span);
        true
    }

    /// `ready!(poll)`: the value, or an early `Poll::Pending`.
    pub(super) fn ready(&mut self, tokens: &TokenStream, span: Span, dest: Option<Local>) -> bool {
        let Some((e, _)) = parts::first_expr(tokens) else {
            return false;
        };
        let scrutinee = self.place(&e, None);
        let path = |last| Box::new(PathRef::plain(&["std", "task", "Poll", last], span));
        let (ready, pending) = (self.cur.block(), self.cur.block());
        let arms = vec![
            (PatShape::Variant(path("Ready"), Vec::new()), ready),
            (PatShape::Any, pending),
        ];
        self.cur.end(Terminator::Match {
            scrutinee: scrutinee.clone(),
            arms,
        });
        self.cur.switch(pending);
        self.cur
            .assign(Place::local(RETURN), Rvalue::Path(path("Pending")), span);
        self.leave(span);
        self.cur.switch(ready);
        let inside = scrutinee.then(Proj::Variant {
            path: path("Ready"),
            field: Name::new("0"),
        });
        let dest = self.dest(dest, span);
        self.cur
            .assign(Place::local(dest), Rvalue::Use(Operand::Use(inside)), span);
        true
    }
}

/// `for await x in s` is `async_stream`'s own syntax: read as a plain `for`.
fn without_for_await(tokens: TokenStream) -> TokenStream {
    let mut after_for = false;
    tokens
        .into_iter()
        .filter_map(|tree| {
            let drop = after_for && matches!(&tree, TokenTree::Ident(i) if i == "await");
            after_for = matches!(&tree, TokenTree::Ident(i) if i == "for");
            match tree {
                _ if drop => None,
                TokenTree::Group(group) => {
                    let mut inner =
                        Group::new(group.delimiter(), without_for_await(group.stream()));
                    inner.set_span(group.span());
                    Some(TokenTree::Group(inner))
                }
                other => Some(other),
            }
        })
        .collect()
}
