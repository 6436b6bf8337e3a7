//! Macro calls, each read under its own grammar.
//!
//! A macro of the same file is expanded if that is simple; one that the catalogue names is read under its grammar; any
//! other is tried as expressions, as statements and, where items stand, as items. What cannot be read at all touches every
//! local its tokens name, and is counted.

mod format;
mod hygiene;
mod items;
mod json;
mod matching;
mod parts;
mod paste;
mod rules;
mod select;
mod transcribe;
mod unknown;
mod values;

use proc_macro2::{TokenStream, TokenTree};
use syn::Macro;

use super::Lower;
use super::build::Ext;
use super::names::{local_name, name};
use crate::catalog::schema::Grammar;
use crate::ir::body::{Local, Place, Terminator};
use crate::ir::ty::{PathRef, TyRef};
use crate::name::Name;
use crate::source::Span;

pub(super) use rules::{Foreign, Rules};

impl Lower<'_> {
    /// Runs `read` with `span` as the macro call we are inside of, unless we are inside of one already.
    fn inside<T>(&mut self, span: Span, read: impl FnOnce(&mut Self) -> T) -> T {
        let around = self.in_macro;
        self.in_macro = around.or(Some(span));
        let result = read(self);
        self.in_macro = around;
        result
    }

    /// A macro call where an expression stands.
    pub(super) fn macro_call(&mut self, mac: &Macro, dest: Option<Local>, ext: Ext) {
        let span = self.mac_span(mac);
        self.inside(span, |l| {
            if l.expand_expr(mac, dest, ext) {
                return;
            }
            let grammar = l.grammar(mac);
            if !grammar.is_some_and(|g| l.by_grammar(g, mac, span, dest)) {
                l.unknown(mac, span, dest);
            }
        });
    }

    /// The grammar of a macro that the catalogue names.
    fn grammar(&self, mac: &Macro) -> Option<Grammar> {
        self.grammars.get(last_name(mac))
    }

    /// A macro call that stands as a statement and adds to the scope around it: items, rebound names, `let`s. Says whether it
    /// was one.
    pub(super) fn macro_stmt(&mut self, mac: &Macro) -> bool {
        let span = self.mac_span(mac);
        self.inside(span, |l| {
            if l.expands(mac) {
                return l.expand_stmts(mac, span);
            }
            match l.grammar(mac) {
                Some(Grammar::Pin) => l.pin_stmt(mac, span),
                Some(Grammar::CfgIf) => l.cfg_if_stmt(mac, span),
                Some(
                    Grammar::LazyStatic | Grammar::ThreadLocal | Grammar::Items | Grammar::Pinned,
                ) => l.items_stmt(mac),
                _ => false,
            }
        })
    }

    /// Reads a macro under its grammar; says whether it could be read.
    fn by_grammar(
        &mut self,
        grammar: Grammar,
        mac: &Macro,
        span: Span,
        dest: Option<Local>,
    ) -> bool {
        let tokens = &mac.tokens;
        match grammar {
            Grammar::Select => self.select(mac, span, dest),
            Grammar::Join => self.join(tokens, span, dest),
            Grammar::TryJoin => self.try_join(tokens, span, dest),
            Grammar::Vec => self.vec(tokens, span, dest),
            Grammar::Format | Grammar::FormatAfter => {
                self.make_text(mac, format_ty(last_name(mac), span), dest, span)
            }
            Grammar::Panic => {
                let Some(reads) = self.format(tokens) else {
                    return false;
                };
                self.touch(reads, None, span);
                self.cur.end(Terminator::Unreachable);
                true
            }
            Grammar::Bail => {
                let Some(reads) = self.format(tokens) else {
                    return false;
                };
                self.fail(reads, span);
                true
            }
            Grammar::Ensure => self.ensure(tokens, span, dest),
            Grammar::Matches => self.matches(tokens, span, dest),
            Grammar::Exprs => self.exprs(mac, span, dest),
            Grammar::Json => {
                let reads = self.json(tokens);
                self.touch(reads, dest, span);
                true
            }
            Grammar::Pin => self.pin(tokens, dest),
            Grammar::Stream => self.stream(tokens, span, dest),
            Grammar::Block => self.run_block(tokens, span, dest),
            Grammar::CfgIf => self.cfg_if_expr(tokens, span, dest),
            Grammar::LazyStatic | Grammar::ThreadLocal | Grammar::Items | Grammar::Pinned => {
                self.items_stmt(mac)
            }
            Grammar::Inert => {
                if last_name(mac) == "include" && out_dir_file(tokens).is_some() {
                    self.generated.push(span);
                }
                self.touch(Vec::new(), dest, span);
                true
            }
            // It could not be expanded; or it stands where only items can.
            Grammar::Paste | Grammar::Stubs => false,
            Grammar::Try => self.try_macro(tokens, span, dest),
            Grammar::Ready => self.ready(tokens, span, dest),
        }
    }

    /// Every local in scope that the tokens name, each once.
    pub(super) fn named_locals(&mut self, tokens: &TokenStream) -> Vec<Place> {
        let mut out = Vec::new();
        self.collect_locals(tokens.clone(), &mut out);
        out
    }

    fn collect_locals(&mut self, tokens: TokenStream, out: &mut Vec<Place>) {
        for tree in tokens {
            match tree {
                TokenTree::Ident(ident) => {
                    let span = self.one(ident.span());
                    if let Some(local) = self.lookup(local_name(&ident), span) {
                        push_once(out, local);
                    }
                }
                TokenTree::Group(group) => self.collect_locals(group.stream(), out),
                TokenTree::Literal(_) | TokenTree::Punct(_) => {}
            }
        }
    }
}

fn push_once(out: &mut Vec<Place>, local: Local) {
    let place = Place::local(local);
    if !out.contains(&place) {
        out.push(place);
    }
}

/// The last segment of a macro's path.
fn last_name(mac: &Macro) -> Name {
    mac.path
        .segments
        .last()
        .map_or_else(super::expr::no_name, |s| name(&s.ident))
}

/// What the standard macros yield.
fn format_ty(macro_name: Name, span: Span) -> Option<TyRef> {
    match macro_name.as_str() {
        "format" => Some(TyRef::Path(Box::new(PathRef::plain(&["String"], span)))),
        "print" | "println" | "eprint" | "eprintln" => Some(TyRef::unit()),
        _ => None,
    }
}

/// The file that `include!(concat!(env!("OUT_DIR"), "/made.rs"))` names, which only a build makes.
fn out_dir_file(tokens: &TokenStream) -> Option<String> {
    let mut texts = Vec::new();
    collect_texts(tokens.clone(), &mut texts);
    texts.iter().any(|t| t == "OUT_DIR").then(|| texts.pop())?
}

/// The string literals among tokens, in order.
fn collect_texts(tokens: TokenStream, out: &mut Vec<String>) {
    for tree in tokens {
        match tree {
            TokenTree::Literal(literal) => {
                if let syn::Lit::Str(text) = syn::Lit::new(literal) {
                    out.push(text.value());
                }
            }
            TokenTree::Group(group) => collect_texts(group.stream(), out),
            TokenTree::Ident(_) | TokenTree::Punct(_) => {}
        }
    }
}
