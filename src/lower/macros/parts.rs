//! The pieces macro grammars are made of, as syn parsers.

use proc_macro2::{TokenStream, TokenTree};
use syn::ext::IdentExt as _;
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, Ident, Stmt, Token, Type, Visibility};

use crate::ir::item::Cfg;
use crate::lower::cfg;
use crate::lower::names::name;
use crate::name::Name;

/// Comma-separated expressions; a leading `biased;` is passed over.
pub(super) fn exprs(tokens: &TokenStream) -> Option<Vec<Expr>> {
    let parser = |input: ParseStream| {
        if input.peek(Ident) && input.peek2(Token![;]) {
            let _: Ident = input.parse()?;
            let _: Token![;] = input.parse()?;
        }
        Punctuated::<Expr, Token![,]>::parse_terminated(input)
    };
    parser
        .parse2(tokens.clone())
        .ok()
        .map(|list| list.into_iter().collect())
}

/// Statements, the last maybe without semicolon.
pub(super) fn stmts(tokens: &TokenStream) -> Option<Vec<Stmt>> {
    syn::Block::parse_within.parse2(tokens.clone()).ok()
}

/// Items and nothing else.
pub(super) fn items(tokens: &TokenStream) -> Option<Vec<syn::Item>> {
    let parser = |input: ParseStream| {
        let mut items = Vec::new();
        while !input.is_empty() {
            items.push(input.parse()?);
        }
        Ok(items)
    };
    parser.parse2(tokens.clone()).ok()
}

/// An expression and what follows its comma.
pub(super) fn first_expr(tokens: &TokenStream) -> Option<(Expr, TokenStream)> {
    let parser = |input: ParseStream| {
        let first: Expr = input.parse()?;
        let _: Option<Token![,]> = input.parse()?;
        Ok((first, input.parse::<TokenStream>()?))
    };
    parser.parse2(tokens.clone()).ok()
}

/// One argument of a formatting or logging macro.
pub(super) enum Arg {
    /// `expr`, `?expr`, `%expr`.
    Expr(Box<Expr>),
    /// `name = expr`, `a.b = ?expr`, `"k" = expr`, `target: expr`.
    Named(Option<Name>, Box<Expr>),
    /// `{ k = v, .. }` before a message.
    Group(Vec<Arg>),
    /// `field = Empty`-like names without a value, and other things nobody reads.
    Nothing,
}

/// The arguments of a formatting or logging macro.
pub(super) fn args(tokens: &TokenStream) -> Option<Vec<Arg>> {
    parse_args.parse2(tokens.clone()).ok()
}

fn parse_args(input: ParseStream) -> syn::Result<Vec<Arg>> {
    let mut out = Vec::new();
    while !input.is_empty() {
        out.push(input.parse()?);
        if !input.is_empty() && input.parse::<Option<Token![,]>>()?.is_none() {
            let _: Token![;] = input.parse()?;
        }
    }
    Ok(out)
}

impl Parse for Arg {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        if input.peek(syn::token::Brace) {
            let ahead = input.fork();
            let group = ahead.parse::<proc_macro2::Group>()?;
            if let Ok(inside) = parse_args.parse2(group.stream()) {
                let _: proc_macro2::Group = input.parse()?;
                return Ok(Arg::Group(inside));
            }
        }
        if let Some(key) = key(input)? {
            sigil(input)?;
            return Ok(Arg::Named(key, Box::new(input.parse()?)));
        }
        sigil(input)?;
        // tracing's `{}` shorthand and a trailing `..`.
        if input.is_empty() {
            return Ok(Arg::Nothing);
        }
        Ok(Arg::Expr(Box::new(input.parse()?)))
    }
}

/// tracing's `?` and `%`.
fn sigil(input: ParseStream) -> syn::Result<()> {
    let _: Option<Token![?]> = input.parse()?;
    let _: Option<Token![%]> = input.parse()?;
    Ok(())
}

/// Takes `name =`, `a.b =`, `"k" =`, `name: `, log's `name:? =` if that is what stands here.
fn key(input: ParseStream) -> syn::Result<Option<Option<Name>>> {
    let ahead = input.fork();
    let mut simple = None;
    if ahead.peek(syn::LitStr) {
        let _: syn::LitStr = ahead.parse()?;
    } else if ahead.peek(Ident::peek_any) {
        let ident: Ident = syn::ext::IdentExt::parse_any(&ahead)?;
        simple = Some(name(&ident));
        while ahead.peek(Token![.]) && ahead.peek2(Ident::peek_any) {
            let _: Token![.] = ahead.parse()?;
            let _: Ident = syn::ext::IdentExt::parse_any(&ahead)?;
            simple = None;
        }
    } else {
        return Ok(None);
    }
    let assigns = |input: ParseStream| {
        input.peek(Token![=]) && !input.peek(Token![==]) && !input.peek(Token![=>])
    };
    if ahead.peek(Token![:]) && !ahead.peek(Token![::]) {
        let _: Token![:] = ahead.parse()?;
        sigil(&ahead)?;
        if ahead.peek(Ident) && (ahead.peek2(Token![=]) && !ahead.peek2(Token![==])) {
            let _: Ident = ahead.parse()?;
        }
        if assigns(&ahead) {
            let _: Token![=] = ahead.parse()?;
        }
    } else if assigns(&ahead) {
        let _: Token![=] = ahead.parse()?;
    } else {
        return Ok(None);
    }
    syn::parse::discouraged::Speculative::advance_to(input, &ahead);
    Ok(Some(simple))
}

/// One item of `lazy_static!` or `thread_local!`.
pub(super) struct StaticDecl {
    pub(super) attrs: Vec<Attribute>,
    pub(super) vis: Visibility,
    pub(super) keyword: proc_macro2::Span,
    pub(super) ident: Ident,
    pub(super) ty: Type,
    pub(super) init: Option<Expr>,
    pub(super) last: proc_macro2::Span,
}

impl Parse for StaticDecl {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        let attrs = input.call(Attribute::parse_outer)?;
        let vis = input.parse()?;
        let keyword = input.parse::<Token![static]>()?.span;
        let _: Option<Token![ref]> = input.parse()?;
        let ident: Ident = input.parse()?;
        let _: Token![:] = input.parse()?;
        let ty = input.parse()?;
        let mut last = ident.span();
        let mut init = None;
        if let Some(eq) = input.parse::<Option<Token![=]>>()? {
            last = eq.span;
            init = Some(input.parse()?);
        }
        if let Some(semi) = input.parse::<Option<Token![;]>>()? {
            last = semi.span;
        }
        Ok(StaticDecl {
            attrs,
            vis,
            keyword,
            ident,
            ty,
            init,
            last,
        })
    }
}

/// The declarations of `lazy_static!` or `thread_local!`.
pub(super) fn static_decls(tokens: &TokenStream) -> Option<Vec<StaticDecl>> {
    let parser = |input: ParseStream| {
        let mut out = Vec::new();
        while !input.is_empty() {
            out.push(input.parse()?);
        }
        Ok(out)
    };
    parser.parse2(tokens.clone()).ok()
}

/// The branches of `cfg_if!`: the predicate (none for the last `else`) and the tokens.
pub(super) fn cfg_branches(tokens: &TokenStream) -> Option<Vec<(Option<Cfg>, TokenStream)>> {
    let parser = |input: ParseStream| {
        let mut out = Vec::new();
        loop {
            let mut predicate = None;
            if input.parse::<Option<Token![if]>>()?.is_some() {
                let attrs = input.call(Attribute::parse_outer)?;
                predicate = Some(cfg::of_attrs(&attrs).pop().unwrap_or(Cfg::Unknown));
            }
            let group: proc_macro2::Group = input.parse()?;
            out.push((predicate, group.stream()));
            if input.parse::<Option<Token![else]>>()?.is_none() {
                return Ok(out);
            }
        }
    };
    parser.parse2(tokens.clone()).ok()
}

/// Top-level pieces between separators for which `is_separator` holds; `::`, `..=`, `==` and `=>` are no separators of one byte.
pub(super) fn split(tokens: &TokenStream, is_separator: impl Fn(&str) -> bool) -> Vec<TokenStream> {
    let mut out = Vec::new();
    let mut piece = Vec::new();
    let mut trees = tokens.clone().into_iter().peekable();
    while let Some(tree) = trees.next() {
        let TokenTree::Punct(punct) = &tree else {
            piece.push(tree);
            continue;
        };
        let mut run = punct.as_char().to_string();
        let mut run_trees = vec![tree.clone()];
        let mut joint = punct.spacing() == proc_macro2::Spacing::Joint && punct.as_char() != '\'';
        while joint {
            let Some(TokenTree::Punct(next)) = trees.peek() else {
                break;
            };
            // `,` and `;` always stand alone.
            if matches!(next.as_char(), ',' | ';' | '\'' | '$') {
                break;
            }
            run.push(next.as_char());
            joint = next.spacing() == proc_macro2::Spacing::Joint;
            run_trees.extend(trees.next());
        }
        if is_separator(&run) {
            out.push(piece.drain(..).collect());
        } else {
            piece.extend(run_trees);
        }
    }
    if !piece.is_empty() {
        out.push(piece.into_iter().collect());
    }
    out
}
