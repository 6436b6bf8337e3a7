//! `macro_rules!` of the same file, and of other files of the workspace: definitions, and matching a call against them.
//!
//! Good enough for the macros people write beside their code: first arm that matches, greedy repetitions. Anything else is no
//! match, and the call is read like that of an unknown macro.

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};
use rustc_hash::{FxHashMap, FxHashSet};
use std::cell::RefCell;
use std::rc::Rc;
use syn::parse::{ParseStream, Parser};
use syn::{Ident, Macro};

use super::hygiene;
use super::transcribe::{Maker, transcribe};
use crate::lower::Lower;
use crate::lower::span::{name, path_lo};
use crate::macros::{DefIndex, Home, Macros};
use crate::name::Name;
use crate::parse;

/// How deep expansions may nest.
const DEPTH_LIMIT: u32 = 32;

/// A macro's arms: what they match and what they become.
#[derive(Debug)]
pub(in crate::lower) struct Rules {
    arms: Vec<Arm>,
}

/// A definition in another file, as a call in this one sees it.
#[derive(Clone, Debug)]
pub(in crate::lower) struct Foreign {
    rules: Rc<Rules>,
    /// What `$crate` is here.
    home: Home,
}

/// A definition, and what `$crate` is if it is of another file.
type Meant = (Rc<Rules>, Option<Home>);

/// The definitions of other files that this thread took apart, for one set of macros: a file that calls an error macro is
/// one of hundreds that do. Nobody asks where their tokens stand, which is known in the file they were first read for only.
type Taken = (u64, FxHashMap<DefIndex, Option<Rc<Rules>>>);

thread_local! {
    static TAKEN: RefCell<Taken> = RefCell::default();
}

#[derive(Debug)]
struct Arm {
    matchers: Vec<Matcher>,
    body: Vec<TokenTree>,
    /// What the body binds by itself.
    binds: FxHashSet<Name>,
}

#[derive(Debug)]
enum Matcher {
    Token(TokenTree),
    Group(Delimiter, Vec<Matcher>),
    Var(Name, Fragment),
    Repeat {
        inner: Vec<Matcher>,
        separator: Vec<TokenTree>,
        op: char,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fragment {
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

pub(super) type Bindings = FxHashMap<Name, Binding>;

impl Lower<'_> {
    /// Takes up a definition.
    pub(super) fn define_rules(&mut self, ident: &Ident, tokens: &TokenStream) {
        match arms(tokens) {
            Some(arms) => {
                self.rules.insert(name(ident), Rc::new(Rules { arms }));
            }
            // Hidden all the same.
            None => {
                self.rules.remove(&name(ident));
            }
        }
    }

    /// The definition that a call means, if it is one of the workspace.
    pub(super) fn rules_of(&mut self, mac: &Macro) -> Option<Meant> {
        let path: Vec<Name> = mac.path.segments.iter().map(|s| name(&s.ident)).collect();
        let (last, prefix) = path.split_last()?;
        if prefix.is_empty()
            && let Some(rules) = self.rules.get(last)
        {
            return Some((rules.clone(), None));
        }
        if self.macros.knows(*last)
            && let Some(foreign) = self.rules_elsewhere(mac, &path)
        {
            return Some((foreign.rules, Some(foreign.home)));
        }
        let first = prefix.first()?;
        let here = matches!(first.as_str(), "crate" | "self" | "super");
        let rules = here.then(|| self.rules.get(last).cloned())?;
        rules.map(|rules| (rules, None))
    }

    /// A definition in another file, or one of this file that a path or an import names.
    fn rules_elsewhere(&mut self, mac: &Macro, path: &[Name]) -> Option<Foreign> {
        let file = self.file.0 as usize;
        let call = self.mac_span(mac);
        let at = self.in_macro.unwrap_or(call).lo;
        let global = mac.path.leading_colon.is_some();
        let def = self.macros.find(file, at, path, global)?;
        if let Some(known) = self.foreign.get(&def) {
            return known.clone();
        }
        let home = self.macros.home(def, file);
        let foreign = home.and_then(|home| {
            let rules = taken(self.macros, def)?;
            Some(Foreign { rules, home })
        });
        self.foreign.insert(def, foreign.clone());
        foreign
    }

    /// What the call of one of the workspace's macros becomes.
    pub(super) fn expansion(&mut self, mac: &Macro) -> Option<TokenStream> {
        let (rules, home) = self.rules_of(mac)?;
        if self.expansion_depth >= DEPTH_LIMIT {
            return None;
        }
        let input: Vec<TokenTree> = mac.tokens.clone().into_iter().collect();
        for arm in &rules.arms {
            let mut run = Run {
                input: &input,
                budget: &mut self.expansion_budget,
            };
            let mut bindings = Bindings::default();
            if run.sequence(&arm.matchers, 0, &mut bindings) == Some(input.len()) {
                let maker = Maker {
                    binds: &arm.binds,
                    depth: self.expansion_depth + 1,
                    home,
                    // Positions in another file mean nothing here: all of it stands at the call.
                    at: home.map(|_| call_span(mac)),
                };
                return transcribe(&arm.body, &bindings, maker, &mut self.expansion_budget);
            }
        }
        None
    }
}

/// A definition of another file, taken apart.
fn taken(macros: &Macros<'_>, def: DefIndex) -> Option<Rc<Rules>> {
    TAKEN.with_borrow_mut(|(of, taken)| {
        if *of != macros.id() {
            (*of, *taken) = (macros.id(), FxHashMap::default());
        }
        let read = || {
            let arms = arms(&parse::tokens(macros.arms(def))?)?;
            Some(Rc::new(Rules { arms }))
        };
        taken.entry(def).or_insert_with(read).clone()
    })
}

/// From a call's first token to its last.
fn call_span(mac: &Macro) -> proc_macro2::Span {
    let (first, last) = (path_lo(None, &mac.path), mac.delimiter.span().close());
    first.join(last).unwrap_or(first)
}

/// Takes the arms of a definition apart.
fn arms(tokens: &TokenStream) -> Option<Vec<Arm>> {
    let mut arms = Vec::new();
    let mut trees = tokens.clone().into_iter().peekable();
    while trees.peek().is_some() {
        let (Some(TokenTree::Group(pattern)), Some(_), Some(_), Some(TokenTree::Group(body))) =
            (trees.next(), trees.next(), trees.next(), trees.next())
        else {
            return None;
        };
        let body: Vec<TokenTree> = body.stream().into_iter().collect();
        let mut binds = FxHashSet::default();
        hygiene::bound(&body, true, &mut binds);
        arms.push(Arm {
            matchers: matchers(pattern.stream())?,
            body,
            binds,
        });
        if let Some(TokenTree::Punct(p)) = trees.peek()
            && p.as_char() == ';'
        {
            trees.next();
        }
    }
    Some(arms)
}

fn matchers(tokens: TokenStream) -> Option<Vec<Matcher>> {
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
