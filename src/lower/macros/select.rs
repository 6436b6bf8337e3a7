//! `select!`: tokio's, futures' and, as far as it goes, crossbeam's.

use proc_macro2::TokenStream;
use syn::parse::{Parse, ParseStream};
use syn::{Expr, Ident, Macro, Pat, Token};

use super::last_name;
use crate::ir::body::{BlockId, Local, Operand, Place, Rvalue, SelectArm, Terminator};
use crate::lower::Lower;
use crate::lower::names::name;
use crate::lower::pattern::Bind;
use crate::lower::span::expr_hi;
use crate::source::Span;

struct Select {
    arms: Vec<Arm>,
    /// More than one where both `complete` and `default` are there.
    otherwise: Vec<Expr>,
    /// futures' dialect: a bare name is polled by reference.
    by_reference: bool,
    /// What is done otherwise is done at once (`default`).
    at_once: bool,
}

impl Select {
    /// Whether its `else` is never come to: a branch whose pattern does not fit is switched off, and `else` is for when
    /// all are; one that takes whatever comes is not.
    fn always_ready_to_win(&self) -> bool {
        let takes_all = |arm: &Arm| arm.guard.is_none() && arm.pat.as_ref().is_some_and(fits_all);
        !self.by_reference && self.arms.iter().any(takes_all)
    }
}

/// Whether a pattern fits whatever it meets, for certain: a name in capitals may be a constant or a variant.
fn fits_all(pat: &Pat) -> bool {
    match pat {
        Pat::Wild(_) | Pat::Rest(_) => true,
        Pat::Ident(bound) => {
            let first = bound.ident.to_string().chars().next();
            let named = first.is_some_and(|c| c == '_' || c.is_lowercase());
            named
                && bound
                    .subpat
                    .as_ref()
                    .is_none_or(|(_, inner)| fits_all(inner))
        }
        Pat::Tuple(tuple) => tuple.elems.iter().all(fits_all),
        Pat::Reference(reference) => fits_all(&reference.pat),
        Pat::Paren(inner) => fits_all(&inner.pat),
        Pat::Type(typed) => fits_all(&typed.pat),
        _ => false,
    }
}

struct Arm {
    pat: Option<Pat>,
    future: Expr,
    guard: Option<Expr>,
    handler: Expr,
}

impl Parse for Select {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        let mut select = Select {
            arms: Vec::new(),
            otherwise: Vec::new(),
            by_reference: false,
            at_once: false,
        };
        if input.peek(Ident) && input.peek2(Token![;]) {
            // `biased;`
            let _: Ident = input.parse()?;
            let _: Token![;] = input.parse()?;
        }
        while !input.is_empty() {
            if input.parse::<Option<Token![else]>>()?.is_some() {
                select.otherwise.push(handler(input)?);
            } else if input.peek(Ident) && input.peek2(Token![=>]) {
                // `complete =>`, `default =>`.
                let named: Ident = input.parse()?;
                select.at_once |= named == "default";
                select.by_reference = true;
                select.otherwise.push(handler(input)?);
            } else if input.peek(Ident) && input.peek2(syn::token::Paren) && input.peek3(Token![=>])
            {
                // crossbeam's `default(timeout) =>`.
                let _: Ident = input.parse()?;
                let wait = parenthesized(input)?;
                let future = syn::parse2(wait)?;
                select.arms.push(Arm {
                    pat: None,
                    future,
                    guard: None,
                    handler: handler(input)?,
                });
            } else if input.peek(Ident) && input.peek2(syn::token::Paren) && input.peek3(Token![->])
            {
                // crossbeam's `recv(channel) -> message =>`.
                let _: Ident = input.parse()?;
                let tokens = parenthesized(input)?;
                let future = syn::parse2(quote::quote!((#tokens)))?;
                let _: Token![->] = input.parse()?;
                let pat = Pat::parse_multi_with_leading_vert(input)?;
                select.arms.push(Arm {
                    pat: Some(pat),
                    future,
                    guard: None,
                    handler: handler(input)?,
                });
            } else {
                select.arms.push(arm(input)?);
            }
        }
        Ok(select)
    }
}

fn parenthesized(input: ParseStream) -> syn::Result<TokenStream> {
    let inside;
    syn::parenthesized!(inside in input);
    inside.parse()
}

fn arm(input: ParseStream) -> syn::Result<Arm> {
    let pat = Pat::parse_multi_with_leading_vert(input)?;
    let _: Token![=] = input.parse()?;
    let future = input.parse()?;
    let mut guard = None;
    if input.parse::<Option<Token![,]>>()?.is_some() {
        let _: Token![if] = input.parse()?;
        guard = Some(input.parse()?);
    }
    Ok(Arm {
        pat: Some(pat),
        future,
        guard,
        handler: handler(input)?,
    })
}

fn handler(input: ParseStream) -> syn::Result<Expr> {
    let _: Token![=>] = input.parse()?;
    let handler = Expr::parse_with_earlier_boundary_rule(input)?;
    let _: Option<Token![,]> = input.parse()?;
    Ok(handler)
}

impl Lower<'_> {
    pub(super) fn select(&mut self, mac: &Macro, span: Span, dest: Option<Local>) -> bool {
        let Ok(select) = syn::parse2::<Select>(mac.tokens.clone()) else {
            return false;
        };
        let by_reference = select.by_reference || {
            let krate = mac.path.segments.first().map(|s| name(&s.ident));
            krate.is_some_and(|krate| self.grammars.borrows(krate, last_name(mac)))
        };
        let (join, around) = (self.cur.block(), self.cur.temps);
        let depth = self.cur.push_scope();
        self.cur.temps = depth;
        let mut arms = Vec::with_capacity(select.arms.len());
        for arm in &select.arms {
            if let Some(guard) = &arm.guard {
                self.operand(guard, None);
            }
            let future = self.future(&arm.future, by_reference);
            let output_span = self.expr_span(&arm.future);
            let output = self.plain_temp(output_span);
            arms.push(SelectArm {
                future,
                output,
                block: self.cur.block(),
            });
        }
        let otherwise = select.otherwise.first().map(|_| self.cur.block());
        self.cur.end(Terminator::Select {
            arms: arms.clone(),
            otherwise: otherwise.filter(|_| !select.always_ready_to_win()),
            at_once: select.at_once,
        });
        // The futures that lost are gone before a handler runs: each handler begins with their end.
        let entries = arms.iter().map(|a| a.block).chain(otherwise);
        for entry in entries {
            self.cur.switch(entry);
            self.cur.emit_drops(depth, span);
        }
        self.cur.take_scope();
        self.cur.temps = around;
        for (arm, made) in select.arms.iter().zip(&arms) {
            self.handler(
                arm.pat.as_ref(),
                Some(made.output),
                &arm.handler,
                made.block,
                dest,
            );
            self.cur.goto(join);
        }
        if let Some(block) = otherwise {
            self.handlers(&select.otherwise, block, (dest, join), span);
        }
        self.cur.switch(join);
        true
    }

    /// Does one of these from a block on, whichever: then what is behind the `select!`.
    fn handlers(
        &mut self,
        handlers: &[Expr],
        mut block: BlockId,
        (dest, join): (Option<Local>, BlockId),
        span: Span,
    ) {
        for (index, handler) in handlers.iter().enumerate() {
            let (mut this, mut next) = (block, block);
            if index + 1 < handlers.len() {
                (this, next) = (self.cur.block(), self.cur.block());
                self.cur.switch(block);
                let cond = Operand::Use(Place::local(self.plain_temp(span)));
                self.cur.end(Terminator::If {
                    cond,
                    then: this,
                    otherwise: next,
                });
            }
            self.handler(None, None, handler, this, dest);
            self.cur.goto(join);
            block = next;
        }
    }

    fn future(&mut self, e: &Expr, by_reference: bool) -> Local {
        let span = self.expr_span(e);
        let future = self.temp(span, None);
        match e {
            Expr::Path(_) | Expr::Field(_) if by_reference => {
                let place = self.place(e, None);
                self.cur.assign(
                    Place::local(future),
                    Rvalue::Ref {
                        mutable: true,
                        place,
                    },
                    span,
                );
            }
            _ => self.expr(e, Some(future), None),
        }
        future
    }

    fn handler(
        &mut self,
        pat: Option<&Pat>,
        output: Option<Local>,
        handler: &Expr,
        block: BlockId,
        dest: Option<Local>,
    ) {
        let end = self.one(expr_hi(handler));
        self.cur.switch(block);
        self.terminating(end, |l| {
            let scope = l.cur.scopes.len() - 1;
            if let Some(output) = output {
                l.cur.drop_in(scope, output);
                if let Some(pat) = pat {
                    l.bind(pat, &Place::local(output), &mut Bind::new(scope));
                }
            }
            l.expr(handler, dest, None);
        });
    }
}
