//! Matching a call's tokens against the pattern of a `macro_rules!` arm: what each variable stands for.

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};
use rustc_hash::FxHashMap;
use syn::Ident;
use syn::parse::{ParseStream, Parser};

use crate::lower::names::name;
use crate::name::Name;

/// A part of an arm's pattern.
#[derive(Debug)]
pub(super) enum Matcher {
    Token(TokenTree),
    Group(Delimiter, Vec<Matcher>),
    Var(Name, Fragment),
    Repeat {
        inner: Vec<Matcher>,
        separator: Vec<TokenTree>,
        op: char,
    },
}

/// What kind of code a variable takes (`$it:expr`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fragment {
    Expr,
    Ident,
    Ty,
    Tt,
    Literal,
    Pat,
    Block,
    Path,
    Stmt,
    Lifetime,
    Vis,
    Item,
    Meta,
}

/// What a variable stands for.
#[derive(Clone, Debug)]
pub(super) enum Binding {
    One(TokenStream),
    Many(Vec<Binding>),
}

/// What each variable of a pattern stands for.
pub(super) type Bindings = FxHashMap<Name, Binding>;

/// What the variables of a pattern stand for if all of the input matches it.
pub(super) fn matched(
    pattern: &[Matcher],
    input: &[TokenTree],
    budget: &mut usize,
) -> Option<Bindings> {
    let mut bindings = Bindings::default();
    let mut run = Run { input, budget };
    (run.sequence(pattern, 0, &mut bindings)? == input.len()).then_some(bindings)
}

/// Takes a pattern apart.
pub(super) fn matchers(tokens: TokenStream) -> Option<Vec<Matcher>> {
    let mut out = Vec::new();
    let mut trees = tokens.into_iter();
    while let Some(tree) = trees.next() {
        match tree {
            TokenTree::Punct(p) if p.as_char() == '$' => match trees.next()? {
                TokenTree::Ident(var) => {
                    let (_colon, TokenTree::Ident(fragment)) = (trees.next()?, trees.next()?)
                    else {
                        return None;
                    };
                    out.push(Matcher::Var(
                        name(&var),
                        fragment_kind(&fragment.to_string())?,
                    ));
                }
                TokenTree::Group(group) => {
                    let (separator, op) = repetition(&mut trees)?;
                    out.push(Matcher::Repeat {
                        inner: matchers(group.stream())?,
                        separator,
                        op,
                    });
                }
                _ => return None,
            },
            TokenTree::Group(group) => {
                out.push(Matcher::Group(group.delimiter(), matchers(group.stream())?));
            }
            other => out.push(Matcher::Token(other)),
        }
    }
    Some(out)
}

/// What follows `$( .. )`: a separator, if any, and `*`, `+` or `?`.
pub(super) fn repetition(
    trees: &mut impl Iterator<Item = TokenTree>,
) -> Option<(Vec<TokenTree>, char)> {
    let mut separator = Vec::new();
    loop {
        let tree = trees.next()?;
        match &tree {
            // `$(..)+*` would be a `+` separator: nobody writes that.
            TokenTree::Punct(p) if matches!(p.as_char(), '*' | '+' | '?') => {
                return Some((separator, p.as_char()));
            }
            _ if separator.len() < 3 => separator.push(tree),
            _ => return None,
        }
    }
}

fn fragment_kind(text: &str) -> Option<Fragment> {
    Some(match text {
        "expr" | "expr_2021" => Fragment::Expr,
        "ident" => Fragment::Ident,
        "ty" => Fragment::Ty,
        "tt" => Fragment::Tt,
        "literal" => Fragment::Literal,
        "pat" | "pat_param" => Fragment::Pat,
        "block" => Fragment::Block,
        "path" => Fragment::Path,
        "stmt" => Fragment::Stmt,
        "lifetime" => Fragment::Lifetime,
        "vis" => Fragment::Vis,
        "item" => Fragment::Item,
        "meta" => Fragment::Meta,
        _ => return None,
    })
}

/// One attempt to match.
struct Run<'a> {
    input: &'a [TokenTree],
    budget: &'a mut usize,
}

impl Run<'_> {
    /// Matches all of `matchers` from `at`; says where that ends.
    fn sequence(
        &mut self,
        matchers: &[Matcher],
        at: usize,
        bindings: &mut Bindings,
    ) -> Option<usize> {
        let mut at = at;
        for matcher in matchers {
            at = self.one(matcher, at, bindings)?;
        }
        Some(at)
    }

    fn one(&mut self, matcher: &Matcher, at: usize, bindings: &mut Bindings) -> Option<usize> {
        match matcher {
            Matcher::Token(want) => same(want, self.input.get(at)?).then_some(at + 1),
            Matcher::Group(delimiter, inner) => {
                let TokenTree::Group(group) = self.input.get(at)? else {
                    return None;
                };
                if group.delimiter() != *delimiter {
                    return None;
                }
                let trees: Vec<TokenTree> = group.stream().into_iter().collect();
                let mut inside = Run {
                    input: &trees,
                    budget: self.budget,
                };
                (inside.sequence(inner, 0, bindings)? == trees.len()).then_some(at + 1)
            }
            Matcher::Var(var, fragment) => {
                let len = self.fragment(*fragment, at)?;
                let tokens = self.input.get(at..at + len)?.iter().cloned();
                bindings.insert(*var, Binding::One(wrapped(*fragment, tokens)));
                Some(at + len)
            }
            Matcher::Repeat {
                inner,
                separator,
                op,
            } => self.repeat(inner, separator, *op, at, bindings),
        }
    }

    fn repeat(
        &mut self,
        inner: &[Matcher],
        separator: &[TokenTree],
        op: char,
        at: usize,
        bindings: &mut Bindings,
    ) -> Option<usize> {
        if let ([Matcher::Var(var, Fragment::Tt)], [], '*' | '+') = (inner, separator, op) {
            return self.rest(*var, op, at, bindings);
        }
        let mut turns: Vec<Bindings> = Vec::new();
        let mut end = at;
        while end < self.input.len() && !(op == '?' && turns.len() == 1) {
            let mut begin = end;
            if !turns.is_empty() {
                let parts = self
                    .input
                    .get(begin..begin + separator.len())
                    .unwrap_or(&[]);
                if parts.len() != separator.len()
                    || !separator.iter().zip(parts).all(|(a, b)| same(a, b))
                {
                    break;
                }
                begin += separator.len();
            }
            let mut turn = Bindings::default();
            match self.sequence(inner, begin, &mut turn) {
                Some(next) if next > begin => end = next,
                _ => break,
            }
            turns.push(turn);
        }
        if op == '+' && turns.is_empty() {
            return None;
        }
        let mut vars = Vec::new();
        variables(inner, &mut vars);
        for var in vars {
            let many = turns.iter_mut().filter_map(|t| t.remove(&var)).collect();
            bindings.insert(var, Binding::Many(many));
        }
        Some(end)
    }

    /// `$($rest:tt)*`: all there is.
    fn rest(&self, var: Name, op: char, at: usize, bindings: &mut Bindings) -> Option<usize> {
        let (mut many, mut end) = (Vec::new(), at);
        while let Some(len) = self.token_len(end) {
            let token = self.input.get(end..end + len)?;
            many.push(Binding::One(token.iter().cloned().collect()));
            end += len;
        }
        if op == '+' && many.is_empty() {
            return None;
        }
        bindings.insert(var, Binding::Many(many));
        Some(end)
    }

    /// How many trees the fragment takes.
    fn fragment(&mut self, fragment: Fragment, at: usize) -> Option<usize> {
        let first = self.input.get(at);
        let second = self.input.get(at + 1);
        let single = matches!(first, Some(TokenTree::Group(g)) if g.delimiter() == Delimiter::None);
        match fragment {
            Fragment::Tt => self.token_len(at),
            Fragment::Ident => match first? {
                TokenTree::Ident(ident) if ident != "_" => Some(1),
                _ if single => Some(1),
                _ => None,
            },
            Fragment::Lifetime => match (first?, second?) {
                (TokenTree::Punct(p), TokenTree::Ident(_)) if p.as_char() == '\'' => Some(2),
                _ => None,
            },
            Fragment::Literal => match (first?, second) {
                (TokenTree::Literal(_), _) => Some(1),
                (TokenTree::Ident(i), _) if i == "true" || i == "false" => Some(1),
                (TokenTree::Punct(p), Some(TokenTree::Literal(_))) if p.as_char() == '-' => Some(2),
                _ if single => Some(1),
                _ => None,
            },
            Fragment::Block => match first? {
                TokenTree::Group(g)
                    if matches!(g.delimiter(), Delimiter::Brace | Delimiter::None) =>
                {
                    Some(1)
                }
                _ => None,
            },
            _ => {
                // What stands alone before a separator needs no parser.
                let ends = second.is_none_or(
                    |t| matches!(t, TokenTree::Punct(p) if matches!(p.as_char(), ',' | ';')),
                );
                let plain = matches!(first, Some(TokenTree::Ident(i)) if fragment != Fragment::Vis && !is_keyword(&i.to_string()));
                if ends && plain && !matches!(fragment, Fragment::Item) {
                    return Some(1);
                }
                self.parsed_len(fragment, at)
            }
        }
    }

    /// One token tree as rustc counts them: `'a` and `=>` are one.
    fn token_len(&self, at: usize) -> Option<usize> {
        let TokenTree::Punct(first) = self.input.get(at)? else {
            return Some(1);
        };
        if first.spacing() == Spacing::Alone {
            return Some(1);
        }
        let mut text = first.as_char().to_string();
        if text == "'" {
            return Some(2);
        }
        let mut len = 1;
        while let (Some(TokenTree::Punct(last)), Some(TokenTree::Punct(next))) =
            (self.input.get(at + len - 1), self.input.get(at + len))
        {
            text.push(next.as_char());
            if last.spacing() == Spacing::Alone || !is_operator(&text) {
                break;
            }
            len += 1;
        }
        Some(len)
    }

    fn parsed_len(&mut self, fragment: Fragment, at: usize) -> Option<usize> {
        let rest = self.input.get(at..)?;
        // Each attempt copies the rest: quadratic, so it is paid for.
        *self.budget = self.budget.checked_sub(rest.len())?;
        let parser =
            |input: ParseStream| {
                match fragment {
                    Fragment::Expr => drop(input.parse::<syn::Expr>()?),
                    Fragment::Ty => drop(input.parse::<syn::Type>()?),
                    Fragment::Pat => drop(syn::Pat::parse_multi_with_leading_vert(input)?),
                    Fragment::Path => drop(input.parse::<syn::Path>()?),
                    Fragment::Stmt => drop(input.parse::<syn::Stmt>().or_else(|_| {
                        input.parse::<syn::Expr>().map(|e| syn::Stmt::Expr(e, None))
                    })?),
                    Fragment::Vis => drop(input.parse::<syn::Visibility>()?),
                    Fragment::Item => drop(input.parse::<syn::Item>()?),
                    Fragment::Meta => drop(input.parse::<syn::Meta>()?),
                    _ => return Err(input.error("no parser")),
                }
                Ok(input.parse::<TokenStream>()?.into_iter().count())
            };
        let left = parser.parse2(rest.iter().cloned().collect()).ok()?;
        rest.len().checked_sub(left)
    }
}

fn variables(matchers: &[Matcher], out: &mut Vec<Name>) {
    for matcher in matchers {
        match matcher {
            Matcher::Var(name, _) => out.push(*name),
            Matcher::Group(_, inner) | Matcher::Repeat { inner, .. } => variables(inner, out),
            Matcher::Token(_) => {}
        }
    }
}

fn same(want: &TokenTree, have: &TokenTree) -> bool {
    match (want, have) {
        (TokenTree::Ident(a), TokenTree::Ident(b)) => a == b,
        (TokenTree::Punct(a), TokenTree::Punct(b)) => a.as_char() == b.as_char(),
        (TokenTree::Literal(a), TokenTree::Literal(b)) => a.to_string() == b.to_string(),
        _ => false,
    }
}

/// An expression or type of several tokens stays one thing wherever it is put.
fn wrapped(fragment: Fragment, tokens: impl Iterator<Item = TokenTree>) -> TokenStream {
    let trees: Vec<TokenTree> = tokens.collect();
    let simple = |t: &TokenTree| {
        matches!(t, TokenTree::Ident(_)) || matches!(t, TokenTree::Punct(p) if p.as_char() == ':')
    };
    let wrap = match fragment {
        Fragment::Expr => trees.len() > 1,
        Fragment::Ty => !trees.iter().all(simple),
        _ => false,
    };
    let span = trees.first().map(TokenTree::span);
    let stream: TokenStream = trees.into_iter().collect();
    let (true, Some(span)) = (wrap, span) else {
        return stream;
    };
    let mut group = proc_macro2::Group::new(Delimiter::None, stream);
    group.set_span(span);
    TokenStream::from(TokenTree::Group(group))
}

fn is_operator(text: &str) -> bool {
    matches!(
        text,
        "=>" | "->"
            | "::"
            | ".."
            | "..="
            | "..."
            | "=="
            | "!="
            | "<="
            | ">="
            | "&&"
            | "||"
            | "+="
            | "-="
            | "*="
            | "/="
            | "%="
            | "^="
            | "&="
            | "|="
            | "<<"
            | ">>"
            | "<<="
            | ">>="
            | "<-"
    )
}

fn is_keyword(text: &str) -> bool {
    syn::parse_str::<Ident>(text).is_err() && !matches!(text, "self" | "Self")
}
