//! What a file says of macros and modules, by its lexemes alone: enough to tell which `macro_rules!` a call in another file
//! means, before any file has a tree.
//!
//! Only items outside of functions count: what a function's block defines is nobody else's.

use super::scan::{Kind, Lexeme};
use super::words;
use crate::ir::cfg;
use crate::ir::item::Cfg;
use crate::name::Name;

/// A file's items, as far as macros depend on them, in the order of the text.
#[derive(Clone, Debug, Default)]
pub struct Outline {
    /// The items.
    pub entries: Vec<Entry>,
    /// `#![macro_use]`: what the file defines goes on behind the `mod` that names it.
    pub macro_use: bool,
    /// Names that a `use .. as name` gives: a macro may be called by one.
    pub aliases: Vec<Name>,
}

/// An item.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its first byte.
    pub lo: u32,
    /// One past its last byte.
    pub hi: u32,
    /// Under which conditions it is there.
    pub cfg: Vec<Cfg>,
    /// What it is.
    pub kind: EntryKind,
}

/// What an item is.
#[derive(Clone, Debug)]
pub enum EntryKind {
    /// `macro_rules! name { .. }`
    Rules {
        /// What it defines.
        name: Name,
        /// `#[macro_export]`: it stands at the crate's root.
        exported: bool,
        /// Where its arms stand, between its braces.
        at: (usize, usize),
        /// The arms, comments left out.
        arms: String,
    },
    /// `mod name;` or `mod name { .. }`
    Mod {
        /// The module.
        name: Name,
        /// `#[macro_use]`: what it defines goes on behind it.
        macro_use: bool,
        /// What its `#[path]`s name.
        paths: Vec<(Option<Cfg>, String)>,
        /// Its items, if they stand here.
        inline: Option<Vec<Entry>>,
    },
    /// `use ..;`
    Use(Vec<Leaf>),
    /// `extern crate name as alias;`
    Extern {
        /// The crate.
        name: Name,
        /// What it is called here.
        alias: Name,
        /// `#[macro_use]`: its macros are known everywhere in this crate.
        macro_use: bool,
    },
}

/// A leaf of a `use`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaf {
    /// `::path`
    pub global: bool,
    /// The path; that of the module, if everything in it is meant.
    pub path: Vec<Name>,
    /// The name it gives; `None` for `*`.
    pub bound: Option<Name>,
}

/// How much of an item was seen.
#[derive(Clone, Copy, Debug)]
enum Head {
    /// Nothing but attributes and a visibility.
    Start,
    /// `#`, `#!`
    Hash {
        inner: bool,
    },
    /// `#[`, from the byte behind it.
    Attr {
        inner: bool,
        lo: usize,
    },
    Mod,
    Named(Name),
    Macro,
    /// `macro_rules!`
    Bang,
    Rules(Name),
    /// From the byte behind the bracket.
    Arms(Name, usize),
    Use(usize),
    Extern,
    Crate,
    Krate(Name),
    As(Name),
    Alias(Name, Name),
    /// Any other item, up to its semicolon or brace.
    Other,
}

/// A module whose end is not seen yet.
struct Open {
    lo: usize,
    attrs: Vec<(usize, usize)>,
    name: Name,
    around: Vec<Entry>,
}

/// Takes a file's lexemes, comments left out, and makes its outline.
pub(super) struct Outliner<'t> {
    text: &'t str,
    outline: Outline,
    open: Vec<Open>,
    /// Brackets open since the item at hand began.
    depth: usize,
    head: Head,
    lo: Option<usize>,
    attrs: Vec<(usize, usize)>,
}

impl<'t> Outliner<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Outliner {
            text,
            outline: Outline::default(),
            open: Vec::new(),
            depth: 0,
            head: Head::Start,
            lo: None,
            attrs: Vec::new(),
        }
    }

    /// What was seen. `blanked` is the text without comments, byte for byte.
    pub(super) fn finish(mut self, blanked: &str) -> Outline {
        // A file that ends inside of a module has no tree either.
        while let Some(open) = self.open.pop() {
            self.outline.entries = open.around;
        }
        fill(&mut self.outline.entries, blanked);
        self.outline
    }

    pub(super) fn next(&mut self, lexeme: Lexeme, word: &str) {
        match lexeme.kind {
            Kind::Open => self.opened(lexeme, word),
            Kind::Close => self.closed(lexeme, word),
            _ if self.depth > 0 => {}
            _ => self.token(lexeme, word),
        }
    }

    fn opened(&mut self, lexeme: Lexeme, word: &str) {
        self.lo.get_or_insert(lexeme.lo);
        if self.depth == 0 {
            match (self.head, word) {
                (Head::Named(name), "{") => {
                    self.open.push(Open {
                        lo: self.lo.unwrap_or(lexeme.lo),
                        attrs: std::mem::take(&mut self.attrs),
                        name,
                        around: std::mem::take(&mut self.outline.entries),
                    });
                    return self.restart();
                }
                (Head::Hash { inner }, "[") => {
                    self.head = Head::Attr {
                        inner,
                        lo: lexeme.hi,
                    };
                }
                (Head::Rules(name), _) => self.head = Head::Arms(name, lexeme.hi),
                // `pub(crate)`
                (Head::Start, "(") | (Head::Use(_), _) => {}
                _ => self.head = Head::Other,
            }
        }
        self.depth += 1;
    }

    fn closed(&mut self, lexeme: Lexeme, word: &str) {
        if self.depth == 0 {
            if word == "}"
                && let Some(open) = self.open.pop()
            {
                let entries = std::mem::replace(&mut self.outline.entries, open.around);
                self.attrs = open.attrs;
                self.lo = Some(open.lo);
                self.module(open.name, Some(entries), lexeme.hi);
            }
            return self.restart();
        }
        self.depth -= 1;
        if self.depth > 0 {
            return;
        }
        match self.head {
            Head::Attr { inner, lo } => {
                if !inner {
                    self.attrs.push((lo, lexeme.lo));
                } else if self.text.get(lo..lexeme.lo).map(str::trim) == Some("macro_use") {
                    self.outline.macro_use |= self.open.is_empty();
                }
                self.head = Head::Start;
            }
            Head::Arms(name, lo) => {
                let attrs = self.attr_texts();
                let exported = attrs.iter().any(|a| says(a, "macro_export"));
                let kind = EntryKind::Rules {
                    name,
                    exported,
                    at: (lo, lexeme.lo),
                    // Put in when all comments are known.
                    arms: String::new(),
                };
                self.entry(kind, lexeme.hi);
            }
            Head::Other if word == "}" => self.restart(),
            _ => {}
        }
    }

    /// A token outside of all brackets.
    fn token(&mut self, lexeme: Lexeme, word: &str) {
        self.lo.get_or_insert(lexeme.lo);
        let ident = lexeme.kind == Kind::Ident;
        let name = || Name::new(word.strip_prefix("r#").unwrap_or(word));
        self.head = match (self.head, word) {
            (Head::Use(lo), ";") => {
                let leaves = leaves(self.text.get(lo..lexeme.lo).unwrap_or_default());
                for leaf in &leaves {
                    if let Some(bound) = leaf.bound
                        && leaf.path.last() != Some(&bound)
                    {
                        self.outline.aliases.push(bound);
                    }
                }
                return self.entry(EntryKind::Use(leaves), lexeme.hi);
            }
            (Head::Use(lo), _) => Head::Use(lo),
            (Head::Named(name), ";") => return self.module(name, None, lexeme.hi),
            (Head::Krate(name), ";") => return self.krate(name, name, lexeme.hi),
            (Head::Alias(name, alias), ";") => return self.krate(name, alias, lexeme.hi),
            (_, ";") => return self.restart(),
            (Head::Start | Head::Hash { .. }, "#") => Head::Hash { inner: false },
            (Head::Hash { .. }, "!") => Head::Hash { inner: true },
            (Head::Start, "pub") => Head::Start,
            (Head::Start, "mod") => Head::Mod,
            (Head::Start, "use") => Head::Use(lexeme.hi),
            (Head::Start, "macro_rules") => Head::Macro,
            (Head::Start, "extern") => Head::Extern,
            (Head::Mod, _) if ident => Head::Named(name()),
            (Head::Macro, "!") => Head::Bang,
            (Head::Bang, _) if ident => Head::Rules(name()),
            (Head::Extern, "crate") => Head::Crate,
            (Head::Crate, _) if ident => Head::Krate(name()),
            (Head::Krate(krate), "as") => Head::As(krate),
            (Head::As(krate), _) if ident => Head::Alias(krate, name()),
            _ => Head::Other,
        };
    }

    fn restart(&mut self) {
        self.head = Head::Start;
        self.lo = None;
        self.attrs.clear();
    }

    fn attr_texts(&self) -> Vec<&'t str> {
        let texts = self
            .attrs
            .iter()
            .filter_map(|(lo, hi)| self.text.get(*lo..*hi));
        texts.map(str::trim).collect()
    }

    fn entry(&mut self, kind: EntryKind, hi: usize) {
        let cfg = self
            .attr_texts()
            .iter()
            .filter_map(|a| condition(a))
            .collect();
        self.outline.entries.push(Entry {
            lo: self.lo.unwrap_or(hi) as u32,
            hi: hi as u32,
            cfg,
            kind,
        });
        self.restart();
    }

    fn module(&mut self, name: Name, inline: Option<Vec<Entry>>, hi: usize) {
        let attrs = self.attr_texts();
        let kind = EntryKind::Mod {
            name,
            macro_use: attrs.iter().any(|a| says(a, "macro_use")),
            paths: attrs.iter().filter_map(|a| path(a)).collect(),
            inline,
        };
        self.entry(kind, hi);
    }

    fn krate(&mut self, name: Name, alias: Name, hi: usize) {
        let macro_use = self.attr_texts().iter().any(|a| says(a, "macro_use"));
        self.entry(
            EntryKind::Extern {
                name,
                alias,
                macro_use,
            },
            hi,
        );
    }
}

/// Puts the texts of the definitions in.
fn fill(entries: &mut [Entry], text: &str) {
    for entry in entries {
        match &mut entry.kind {
            EntryKind::Rules { at, arms, .. } => {
                text.get(at.0..at.1).unwrap_or_default().clone_into(arms);
            }
            EntryKind::Mod {
                inline: Some(inner),
                ..
            } => fill(inner, text),
            _ => {}
        }
    }
}

/// Whether an attribute is this one, maybe under a condition.
fn says(attr: &str, word: &str) -> bool {
    attr.starts_with(word)
        || (attr.starts_with("cfg_attr") && words::words(attr).any(|w| w == word))
}

/// `cfg(..)`; what is under a `cfg_attr` may hold.
fn condition(attr: &str) -> Option<Cfg> {
    let inside = attr.strip_prefix("cfg")?.trim_start();
    let inside = inside.strip_prefix('(')?.strip_suffix(')')?;
    Some(cfg::parse(inside.trim().trim_end_matches(',')).unwrap_or(Cfg::Unknown))
}

/// `path = ".."`, maybe under a condition.
fn path(attr: &str) -> Option<(Option<Cfg>, String)> {
    let conditional = attr.starts_with("cfg_attr");
    if !conditional && !attr.starts_with("path") {
        return None;
    }
    let (_, value) = attr.rsplit_once("path")?;
    let value = value.trim_start().strip_prefix('=')?.trim_start();
    let value = value.strip_prefix('"')?;
    let (value, _) = value.split_once('"')?;
    Some((conditional.then_some(Cfg::Unknown), value.to_owned()))
}

/// Deeper nesting than anybody writes.
const DEEPEST: usize = 32;

/// The leaves of what stands between `use` and `;`.
fn leaves(tree: &str) -> Vec<Leaf> {
    let mut out = Vec::new();
    let lexemes = super::scan::Scan::new(tree)
        .filter(|l| !matches!(l.kind, Kind::Line | Kind::Block))
        .filter_map(|l| tree.get(l.lo..l.hi));
    let mut lexemes = lexemes.peekable();
    let mut prefix = Vec::new();
    branch(&mut lexemes, false, &mut prefix, &mut out, 0);
    out
}

fn branch<'t>(
    lexemes: &mut std::iter::Peekable<impl Iterator<Item = &'t str>>,
    global: bool,
    prefix: &mut Vec<Name>,
    out: &mut Vec<Leaf>,
    depth: usize,
) {
    let kept = prefix.len();
    let mut global = global;
    while let Some(word) = lexemes.peek().copied() {
        match word {
            "," | "}" => break,
            ":" => {
                global |= prefix.is_empty();
                lexemes.next();
            }
            "{" => {
                lexemes.next();
                if depth < DEEPEST {
                    loop {
                        branch(lexemes, global, prefix, out, depth + 1);
                        if lexemes.next() != Some(",") {
                            break;
                        }
                    }
                }
                prefix.truncate(kept);
                return;
            }
            "*" => {
                lexemes.next();
                out.push(Leaf {
                    global,
                    path: prefix.clone(),
                    bound: None,
                });
                prefix.truncate(kept);
                return;
            }
            "as" => {
                lexemes.next();
                let alias = lexemes.next().unwrap_or_default();
                leaf(global, prefix, Some(alias), out);
                prefix.truncate(kept);
                return;
            }
            word => {
                prefix.push(Name::new(word.strip_prefix("r#").unwrap_or(word)));
                lexemes.next();
            }
        }
    }
    if prefix.len() > kept {
        leaf(global, prefix, None, out);
    }
    prefix.truncate(kept);
}

fn leaf(global: bool, path: &[Name], alias: Option<&str>, out: &mut Vec<Leaf>) {
    let mut path = path.to_vec();
    if path.len() > 1 && path.last().is_some_and(|n| *n == "self") {
        path.pop();
    }
    let bound = alias.map(Name::new).or(path.last().copied());
    if bound.is_some() && alias != Some("_") {
        out.push(Leaf {
            global,
            path,
            bound,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::super::blank::Tests;
    use super::*;

    fn outline(text: &str) -> Outline {
        super::super::prepare(text, Tests::Left).1
    }

    /// The outline in short: names, `+` where macros go on behind or are exported, modules with what is in them.
    fn short(entries: &[Entry]) -> String {
        let one = |entry: &Entry| {
            let cfg: Vec<String> = entry.cfg.iter().map(|c| format!("[{c}]")).collect();
            let cfg = cfg.concat();
            let kind = match &entry.kind {
                EntryKind::Rules { name, exported, .. } => {
                    format!("{name}!{}", if *exported { "+" } else { "" })
                }
                EntryKind::Mod {
                    name,
                    macro_use,
                    paths,
                    inline,
                } => {
                    let inside = inline
                        .as_ref()
                        .map_or(String::new(), |i| format!("({})", short(i)));
                    let paths: Vec<String> = paths.iter().map(|(_, p)| format!("={p}")).collect();
                    let paths = paths.concat();
                    format!("{name}{inside}{paths}{}", if *macro_use { "+" } else { "" })
                }
                EntryKind::Use(leaves) => {
                    let leaves = leaves.iter().map(|l| {
                        let path: Vec<&str> = l.path.iter().map(|n| n.as_str()).collect();
                        let bound = l.bound.map_or("*", Name::as_str);
                        format!(
                            "{}{}={bound}",
                            if l.global { "::" } else { "" },
                            path.join("::")
                        )
                    });
                    format!("use {}", leaves.collect::<Vec<_>>().join(","))
                }
                EntryKind::Extern {
                    name,
                    alias,
                    macro_use,
                } => format!("extern {name}={alias}{}", if *macro_use { "+" } else { "" }),
            };
            format!("{cfg}{kind}")
        };
        entries.iter().map(one).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn macros_modules_and_imports_are_seen_in_their_order() {
        let text = "#![macro_use] //! doc\n#[macro_use] extern crate a as b; extern crate c;\n\
            pub(crate) mod x; #[macro_use]#[path = \"q/z.rs\"] mod y;\n\
            #[macro_export] macro_rules! m { () => { mod no; } }\n\
            mod inner { macro_rules! n( () => {} ); pub mod deep; }\n\
            macro_rules! last { () => {} }";
        let got = outline(text);
        assert!(got.macro_use);
        assert_eq!(
            short(&got.entries),
            "extern a=b+ extern c=c x y=q/z.rs+ m!+ inner(n! deep) last!"
        );
    }

    #[test]
    fn what_stands_in_other_items_is_not_the_modules() {
        let text = "fn f<const N: usize = { 3 }>() -> [u8; 2] { macro_rules! no { () => {} } mod no; }\n\
            const C: T = T { a: [1; 2] }; impl A { fn g() {} } struct S(u8); enum E { A { b: u8 } }\n\
            foo! { mod no; } bar!(mod no;); static F: fn() = || { mod_(); }; mod yes;";
        assert_eq!(short(&outline(text).entries), "yes");
    }

    #[test]
    fn imports_are_flattened_to_what_they_bind() {
        let text = "use a::b; pub use ::c::{d, e as f, self, g::{h, *}, /* x */ i::r#try,}; use crate::j as _;";
        let got = outline(text);
        assert_eq!(
            short(&got.entries),
            "use a::b=b use ::c::d=d,::c::e=f,::c=c,::c::g::h=h,::c::g=*,::c::i::try=try use "
        );
        assert_eq!(got.aliases, [Name::new("f")]);
    }

    #[test]
    fn conditions_stand_beside_what_they_are_about() {
        let text = "#[cfg(feature = \"a\")] macro_rules! m { () => {} }\n\
            #[cfg(not(feature = \"a\"))] #[doc = \"x\"] macro_rules! m { () => {} }\n\
            #[cfg(test)] mod tests { macro_rules! no { () => {} } } #[cfg_attr(x, macro_use)] mod z;";
        assert_eq!(
            short(&outline(text).entries),
            "[feature = \"a\"]m! [not(feature = \"a\")]m! [test]tests() z+"
        );
    }

    #[test]
    fn a_definitions_text_is_what_stands_between_its_braces_without_comments() {
        let got = outline("macro_rules! m { /* é */ () => { \"é\" } }");
        let [
            Entry {
                kind: EntryKind::Rules { arms, .. },
                ..
            },
        ] = got.entries.as_slice()
        else {
            panic!("one definition")
        };
        assert_eq!(arms.trim(), "() => { \"é\" }");
    }

    #[test]
    fn text_that_is_no_rust_yields_what_was_whole() {
        for text in [
            "mod a; mod b {",
            "mod a; } } mod b",
            "mod a; #[",
            "mod a; use x::{y",
        ] {
            assert_eq!(short(&outline(text).entries), "a", "{text}");
        }
    }
}
