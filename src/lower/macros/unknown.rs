//! Macros nobody told us about: tried as expressions, as statements, in pieces; else opaque.

use proc_macro2::TokenStream;
use syn::{Expr, Macro};

use super::parts;
use crate::ir::body::{Local, Operand, Place, Rvalue};
use crate::lower::Lower;
use crate::source::Span;

/// What an unknown macro's tokens are.
pub(super) enum Read {
    Exprs(Vec<Expr>),
    Stmts(Vec<syn::Stmt>),
    Nothing,
}

/// Tries the readings in turn.
pub(super) fn read(tokens: &TokenStream) -> Read {
    if let Some(exprs) = parts::exprs(tokens) {
        return Read::Exprs(exprs);
    }
    if let Some(stmts) = parts::stmts(tokens) {
        return Read::Stmts(stmts);
    }
    if let Some(args) = parts::args(tokens) {
        let mut exprs = Vec::new();
        flatten(args, &mut exprs);
        return Read::Exprs(exprs);
    }
    // `a => b, c => d` and the like.
    let pieces = parts::split(tokens, |p| matches!(p, "," | ";" | "=>" | "=" | "->"));
    let exprs: Option<Vec<Expr>> = pieces
        .into_iter()
        .filter(|p| !p.is_empty())
        .map(|p| syn::parse2(p).ok())
        .collect();
    exprs.map_or(Read::Nothing, Read::Exprs)
}

fn flatten(args: Vec<parts::Arg>, out: &mut Vec<Expr>) {
    for arg in args {
        match arg {
            parts::Arg::Expr(e) | parts::Arg::Named(_, e) => out.push(*e),
            parts::Arg::Group(args) => flatten(args, out),
            parts::Arg::Nothing => {}
        }
    }
}

impl Lower<'_> {
    pub(super) fn unknown(&mut self, mac: &Macro, span: Span, dest: Option<Local>) {
        let mut reads = Vec::new();
        match read(&mac.tokens) {
            Read::Exprs(exprs) => self.unknown_exprs(&exprs, &mut reads),
            Read::Stmts(stmts) => {
                let value = self.temp(span, None);
                self.stmts_block(&stmts, span, Some(value), None);
                reads.push(Place::local(value));
            }
            Read::Nothing => {
                self.unread.push(span);
                let path = self.boxed_path(None, &mac.path);
                let touches = self.named_locals(&mac.tokens);
                let dest = self.dest(dest, span);
                self.cur
                    .assign(Place::local(dest), Rvalue::Opaque { path, touches }, span);
                return;
            }
        }
        self.touch(reads, dest, span);
    }

    pub(super) fn unknown_exprs(&mut self, exprs: &[Expr], reads: &mut Vec<Place>) {
        for e in exprs {
            // `name = value` names an argument more often than it assigns.
            let e = if let Expr::Assign(x) = e { &x.right } else { e };
            match e {
                // A closure or block handed over is a value like any other.
                Expr::Closure(_) | Expr::Async(_) => {
                    if let Operand::Use(place) = self.operand(e, None) {
                        reads.push(place);
                    }
                }
                e => {
                    self.read(e, &[], reads);
                }
            }
        }
    }
}
