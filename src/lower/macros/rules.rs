//! `macro_rules!` of the same file, and of other files of the workspace: definitions, and which one a call means.
//!
//! Good enough for the macros people write beside their code: first arm that matches, greedy repetitions. Anything else is no
//! match, and the call is read like that of an unknown macro.

use proc_macro2::{TokenStream, TokenTree};
use rustc_hash::{FxHashMap, FxHashSet};
use std::cell::RefCell;
use std::rc::Rc;
use syn::{Ident, Macro};

use super::hygiene;
use super::matching::{self, Matcher, matchers};
use super::paste::pasted;
use super::transcribe::{Maker, transcribe};
use crate::catalog::schema::Grammar;
use crate::lower::Lower;
use crate::lower::names::name;
use crate::lower::span::path_lo;
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

    /// Whether a call becomes other tokens: those of a definition of the workspace, or its own with names pasted.
    pub(in crate::lower) fn expands(&mut self, mac: &Macro) -> bool {
        self.rules_of(mac).is_some() || self.grammar(mac) == Some(Grammar::Paste)
    }

    /// What such a call becomes.
    pub(super) fn expansion(&mut self, mac: &Macro) -> Option<TokenStream> {
        if self.expansion_depth >= DEPTH_LIMIT {
            return None;
        }
        let Some((rules, home)) = self.rules_of(mac) else {
            let pastes = self.grammar(mac) == Some(Grammar::Paste);
            return pastes.then(|| pasted(&mac.tokens)).flatten();
        };
        let input: Vec<TokenTree> = mac.tokens.clone().into_iter().collect();
        for arm in &rules.arms {
            if let Some(bindings) =
                matching::matched(&arm.matchers, &input, &mut self.expansion_budget)
            {
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
