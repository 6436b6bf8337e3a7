//! Where syntax stands, without printing it back to tokens as `syn::spanned` does.

use proc_macro2::{Span as Pm, TokenStream};
use syn::spanned::Spanned as _;
use syn::{Expr, Pat, Path, QSelf, RangeLimits, UnOp};

use super::Lower;
use crate::source::Span;

impl Lower<'_> {
    /// From the first byte of one token to the last of another.
    pub(super) fn range(&self, first: Pm, last: Pm) -> Span {
        if self.interface {
            // Nobody is shown a place in the catalogue, and to work it out costs as much as to lower the item.
            return Span::new(self.file, 0, 0);
        }
        let (lo, hi) = (self.lines.byte(first.start()), self.lines.byte(last.end()));
        if let Some(call) = self.in_macro {
            // Tokens of an expansion come from two places; what spans both, or neither's order, is the call itself.
            let inside = |at: u32| call.lo <= at && at <= call.hi;
            if hi < lo || inside(lo) != inside(hi) {
                return call;
            }
        }
        Span::new(self.file, lo, hi)
    }

    pub(super) fn one(&self, token: Pm) -> Span {
        self.range(token, token)
    }

    pub(super) fn expr_span(&self, e: &Expr) -> Span {
        self.range(expr_lo(e), expr_hi(e))
    }

    pub(super) fn path_span(&self, qself: Option<&QSelf>, path: &Path) -> Span {
        self.range(path_lo(qself, path), path_hi(path))
    }

    pub(super) fn mac_span(&self, mac: &syn::Macro) -> Span {
        self.range(path_lo(None, &mac.path), mac_hi(mac))
    }

    pub(super) fn pat_span(&self, pat: &Pat) -> Span {
        match pat {
            Pat::Ident(p) => self.one(p.ident.span()),
            Pat::Type(p) => self.pat_span(&p.pat),
            Pat::Wild(p) => self.one(p.underscore_token.span),
            other => self.tokens_span(&quote::ToTokens::to_token_stream(other)),
        }
    }

    pub(super) fn tokens_span(&self, tokens: &TokenStream) -> Span {
        let mut trees = tokens.clone().into_iter();
        let Some(first) = trees.next() else {
            return Span::new(self.file, 0, 0);
        };
        let last = trees
            .last()
            .map_or_else(|| tree_hi(&first), |t| tree_hi(&t));
        self.range(tree_lo(&first), last)
    }

    /// The closing brace: where a block's locals are dropped.
    pub(super) fn block_end(&self, block: &syn::Block) -> Span {
        self.one(block.brace_token.span.close())
    }
}

fn tree_lo(tree: &proc_macro2::TokenTree) -> Pm {
    match tree {
        proc_macro2::TokenTree::Group(g) => g.span_open(),
        other => other.span(),
    }
}

fn tree_hi(tree: &proc_macro2::TokenTree) -> Pm {
    match tree {
        proc_macro2::TokenTree::Group(g) => g.span_close(),
        other => other.span(),
    }
}

pub(super) fn path_lo(qself: Option<&QSelf>, path: &Path) -> Pm {
    if let Some(qself) = qself {
        return qself.lt_token.span;
    }
    if let Some(colons) = &path.leading_colon {
        return colons.spans.first().copied().unwrap_or_else(Pm::call_site);
    }
    path.segments
        .first()
        .map_or_else(Pm::call_site, |s| s.ident.span())
}

pub(super) fn path_hi(path: &Path) -> Pm {
    let Some(last) = path.segments.last() else {
        return Pm::call_site();
    };
    match &last.arguments {
        syn::PathArguments::None => last.ident.span(),
        syn::PathArguments::AngleBracketed(args) => args.gt_token.span,
        syn::PathArguments::Parenthesized(args) => args.paren_token.span.close(),
    }
}

fn mac_hi(mac: &syn::Macro) -> Pm {
    mac.delimiter.span().close()
}

fn limits(limits: &RangeLimits) -> Pm {
    match limits {
        RangeLimits::HalfOpen(t) => t.spans.first().copied().unwrap_or_else(Pm::call_site),
        RangeLimits::Closed(t) => t.spans.first().copied().unwrap_or_else(Pm::call_site),
    }
}

fn label(label: Option<&syn::Label>, keyword: Pm) -> Pm {
    label.map_or(keyword, |l| l.name.apostrophe)
}

fn closure_lo(x: &syn::ExprClosure) -> Pm {
    let first = x.lifetimes.as_ref().map(|l| l.for_token.span);
    let first = first
        .or(x.constness.as_ref().map(|t| t.span))
        .or(x.asyncness.as_ref().map(|t| t.span))
        .or(x.capture.as_ref().map(|t| t.span));
    first.unwrap_or(x.inputs_begin.span)
}

/// The first token, attributes left out.
pub(super) fn expr_lo(e: &Expr) -> Pm {
    let mut e = e;
    loop {
        return match e {
            Expr::Assign(x) => {
                e = &x.left;
                continue;
            }
            Expr::Await(x) => {
                e = &x.base;
                continue;
            }
            Expr::Binary(x) => {
                e = &x.left;
                continue;
            }
            Expr::Call(x) => {
                e = &x.func;
                continue;
            }
            Expr::Cast(x) => {
                e = &x.expr;
                continue;
            }
            Expr::Field(x) => {
                e = &x.base;
                continue;
            }
            Expr::Group(x) => {
                e = &x.expr;
                continue;
            }
            Expr::Index(x) => {
                e = &x.expr;
                continue;
            }
            Expr::MethodCall(x) => {
                e = &x.receiver;
                continue;
            }
            Expr::Try(x) => {
                e = &x.expr;
                continue;
            }
            Expr::Range(x) => match &x.start {
                Some(start) => {
                    e = start;
                    continue;
                }
                None => limits(&x.limits),
            },
            other => keyword_lo(other),
        };
    }
}

/// [`expr_lo`] of what begins with a token of its own.
fn keyword_lo(e: &Expr) -> Pm {
    match e {
        Expr::Array(x) => x.bracket_token.span.open(),
        Expr::Async(x) => x.async_token.span,
        Expr::Block(x) => label(x.label.as_ref(), x.block.brace_token.span.open()),
        Expr::Break(x) => x.break_token.span,
        Expr::Closure(x) => closure_lo(x),
        Expr::Const(x) => x.const_token.span,
        Expr::Continue(x) => x.continue_token.span,
        Expr::ForLoop(x) => label(x.label.as_ref(), x.for_token.span),
        Expr::If(x) => x.if_token.span,
        Expr::Infer(x) => x.underscore_token.span,
        Expr::Let(x) => x.let_token.span,
        Expr::Lit(x) => x.lit.span(),
        Expr::Loop(x) => label(x.label.as_ref(), x.loop_token.span),
        Expr::Macro(x) => path_lo(None, &x.mac.path),
        Expr::Match(x) => x.match_token.span,
        Expr::Paren(x) => x.paren_token.span.open(),
        Expr::Path(x) => path_lo(x.qself.as_ref(), &x.path),
        Expr::RawAddr(x) => x.and_token.span,
        Expr::Reference(x) => x.and_token.span,
        Expr::Repeat(x) => x.bracket_token.span.open(),
        Expr::Return(x) => x.return_token.span,
        Expr::Struct(x) => path_lo(x.qself.as_ref(), &x.path),
        Expr::TryBlock(x) => x.try_token.span,
        Expr::Tuple(x) => x.paren_token.span.open(),
        Expr::Unary(x) => match &x.op {
            UnOp::Deref(t) => t.span,
            UnOp::Not(t) => t.span,
            UnOp::Neg(t) => t.span,
            _ => Pm::call_site(),
        },
        Expr::Unsafe(x) => x.unsafe_token.span,
        Expr::Verbatim(t) => t
            .clone()
            .into_iter()
            .next()
            .map_or_else(Pm::call_site, |t| tree_lo(&t)),
        Expr::While(x) => label(x.label.as_ref(), x.while_token.span),
        Expr::Yield(x) => x.yield_token.span,
        _ => Pm::call_site(),
    }
}

/// The last token.
pub(super) fn expr_hi(e: &Expr) -> Pm {
    let mut e = e;
    loop {
        let next = match e {
            Expr::Assign(x) => Some(&x.right),
            Expr::Binary(x) => Some(&x.right),
            Expr::Break(x) => x.expr.as_ref(),
            Expr::Closure(x) => Some(&x.body),
            Expr::Group(x) => Some(&x.expr),
            Expr::Let(x) => Some(&x.expr),
            Expr::Range(x) => x.end.as_ref(),
            Expr::RawAddr(x) => Some(&x.expr),
            Expr::Reference(x) => Some(&x.expr),
            Expr::Return(x) => x.expr.as_ref(),
            Expr::Unary(x) => Some(&x.expr),
            Expr::Yield(x) => x.expr.as_ref(),
            Expr::If(x) => x.else_branch.as_ref().map(|(_, e)| e),
            _ => None,
        };
        match next {
            Some(next) => e = next,
            None => return end_hi(e),
        }
    }
}

/// [`expr_hi`] of what ends with a token of its own.
fn end_hi(e: &Expr) -> Pm {
    let block = |b: &syn::Block| b.brace_token.span.close();
    match e {
        Expr::Array(x) => x.bracket_token.span.close(),
        Expr::Async(x) => block(&x.block),
        Expr::Await(x) => x.await_token.span,
        Expr::Block(x) => block(&x.block),
        Expr::Break(x) => x
            .label
            .as_ref()
            .map_or(x.break_token.span, |l| l.ident.span()),
        Expr::Call(x) => x.paren_token.span.close(),
        Expr::Cast(x) => last_of(&quote::ToTokens::to_token_stream(&x.ty)),
        Expr::Const(x) => block(&x.block),
        Expr::Continue(x) => x
            .label
            .as_ref()
            .map_or(x.continue_token.span, |l| l.ident.span()),
        Expr::Field(x) => x.member.span(),
        Expr::ForLoop(x) => block(&x.body),
        Expr::If(x) => block(&x.then_branch),
        Expr::Index(x) => x.bracket_token.span.close(),
        Expr::Lit(x) => x.lit.span(),
        Expr::Loop(x) => block(&x.body),
        Expr::Macro(x) => mac_hi(&x.mac),
        Expr::Match(x) => x.brace_token.span.close(),
        Expr::MethodCall(x) => x.paren_token.span.close(),
        Expr::Paren(x) => x.paren_token.span.close(),
        Expr::Path(x) => path_hi(&x.path),
        Expr::Range(x) => match &x.limits {
            RangeLimits::HalfOpen(t) => t.spans.last().copied().unwrap_or_else(Pm::call_site),
            RangeLimits::Closed(t) => t.spans.last().copied().unwrap_or_else(Pm::call_site),
        },
        Expr::Repeat(x) => x.bracket_token.span.close(),
        Expr::Struct(x) => x.brace_token.span.close(),
        Expr::Try(x) => x.question_token.span,
        Expr::TryBlock(x) => block(&x.block),
        Expr::Tuple(x) => x.paren_token.span.close(),
        Expr::Unsafe(x) => block(&x.block),
        Expr::Verbatim(t) => last_of(t),
        Expr::While(x) => block(&x.body),
        other => keyword_lo(other),
    }
}

fn last_of(tokens: &TokenStream) -> Pm {
    tokens
        .clone()
        .into_iter()
        .last()
        .map_or_else(Pm::call_site, |t| tree_hi(&t))
}

/// The first token of a signature.
pub(super) fn sig_lo(sig: &syn::Signature) -> Pm {
    let safety = match &sig.safety {
        syn::Safety::Unsafe(t) => Some(t.span),
        syn::Safety::Safe(t) => Some(t.span),
        syn::Safety::Default => None,
    };
    let first = sig
        .constness
        .as_ref()
        .map(|t| t.span)
        .or(sig.asyncness.as_ref().map(|t| t.span))
        .or(safety);
    first
        .or(sig.abi.as_ref().map(|a| a.extern_token.span))
        .unwrap_or(sig.fn_token.span)
}
