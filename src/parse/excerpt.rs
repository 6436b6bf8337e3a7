//! The part of the catalogue's interfaces that a program can come across.
//!
//! Interfaces are large, and a program speaks of little of them. A function is called by its name, so one that the program
//! never says need not be read. A type is met because the program says its name or because something that is read has it in
//! its signature; an impl, because its trait and its type are met. What is left out of that is as good as not there: no name
//! in the program leads to it, and no type.

use super::bodies::PIECE;
use super::scan::{Kind as Lex, Lexeme, Scan};
use super::words::{Words, words};

/// Interface text as items, with a mark on those that are needed.
#[derive(Debug)]
pub struct Outline<'t> {
    items: Vec<Item<'t>>,
}

/// What can be come across.
#[derive(Debug)]
pub struct Met {
    /// What the program says: functions and constants are used by these words.
    said: Words,
    /// Those, and what the signatures of needed items name: types, traits and modules.
    named: Words,
}

impl Met {
    /// To begin with: what the program says, and what the language itself leads to.
    pub fn new(said: Words, language: &Words) -> Self {
        let mut named = said.clone();
        named.add(language);
        Met { said, named }
    }

    fn name_all(&mut self, text: &str) {
        self.named.extend(words(text));
    }
}

/// Marks what is needed in all outlines, until nothing more is.
pub fn mark(outlines: &mut [Outline<'_>], met: &mut Met) {
    loop {
        let mut news = false;
        for outline in &mut *outlines {
            news |= visit(&mut outline.items, met, true);
        }
        if !news {
            return;
        }
    }
}

impl<'t> Outline<'t> {
    /// Reads a text. Whatever it is, all of it is in some item.
    pub fn read(text: &'t str) -> Self {
        let lexemes: Vec<Lexeme> = Scan::new(text)
            .filter(|l| !matches!(l.kind, Lex::Line | Lex::Block))
            .collect();
        let mut reader = Reader {
            text,
            lexemes: &lexemes,
            at: 0,
        };
        let mut items = Vec::new();
        while reader.at < lexemes.len() {
            items.extend(reader.items());
            // A `}` too much ends nothing.
            reader.at += 1;
        }
        Outline { items }
    }

    /// The text of what was marked, in pieces of whole items.
    pub fn marked(&self) -> Vec<String> {
        let mut pieces = vec![String::new()];
        for item in self.items.iter().filter(|i| i.needed) {
            if pieces.last().is_some_and(|p| p.len() > PIECE) {
                pieces.push(String::new());
            }
            if let Some(piece) = pieces.last_mut() {
                item.write(piece);
            }
        }
        pieces
    }
}

#[derive(Debug)]
struct Item<'t> {
    text: &'t str,
    kind: Kind<'t>,
    name: &'t str,
    /// Up to the opening brace, of what has members.
    head: &'t str,
    inner: Vec<Item<'t>>,
    needed: bool,
}

#[derive(Debug)]
enum Kind<'t> {
    Module,
    Use(Vec<Import<'t>>),
    /// A struct, enum or union.
    Type,
    /// A type alias or associated type, with what its target begins with.
    Alias(Option<&'t str>),
    Trait,
    Impl {
        /// The trait's own name.
        of: Option<&'t str>,
        /// What the self type begins with, behind references: one of them has to be met. Nothing if it is for anything.
        heads: Vec<&'t str>,
    },
    /// A function, const or static.
    Value,
    /// What we do not know is always read.
    Other,
}

/// One name of a `use`.
#[derive(Debug)]
struct Import<'t> {
    target: &'t str,
    /// `None` for a glob.
    bound: Option<&'t str>,
}

fn visit(items: &mut [Item<'_>], met: &mut Met, in_needed: bool) -> bool {
    let mut news = false;
    for item in items {
        news |= item.visit(met, in_needed);
    }
    news
}

impl Item<'_> {
    /// Marks the item and its members as far as they are needed by now; whether that is news.
    fn visit(&mut self, met: &mut Met, in_needed: bool) -> bool {
        let was = self.needed;
        match &self.kind {
            Kind::Module => {
                let news = visit(&mut self.inner, met, was);
                self.needed = was || met.named.contains(self.name) || self.has_needed();
                return news || self.needed != was;
            }
            Kind::Use(imports) => {
                return import(imports, &mut self.needed, self.text, met, in_needed);
            }
            Kind::Trait => {
                self.needed = was || met.named.contains(self.name) || self.has_met(met);
            }
            Kind::Impl { of, heads } => {
                let meets = |name: &&str| met.named.contains(name);
                self.needed = was
                    || of.as_ref().is_none_or(meets)
                        && (heads.is_empty() || heads.iter().any(meets))
                        && (of.is_some() || self.has_met(met));
            }
            Kind::Alias(target) => {
                if target.is_some_and(|t| met.named.contains(t)) {
                    met.named.insert(self.name);
                }
                self.needed = was || met.named.contains(self.name);
            }
            Kind::Type => self.needed = was || met.named.contains(self.name),
            Kind::Value => self.needed = was || met.said.contains(self.name),
            Kind::Other => self.needed = true,
        }
        if !self.needed {
            return false;
        }
        if !was {
            met.named.insert(self.name);
            met.name_all(if self.head.is_empty() {
                self.text
            } else {
                self.head
            });
        }
        self.members(met) || !was
    }

    fn write(&self, out: &mut String) {
        if self.head.is_empty() {
            out.push_str(self.text);
        } else {
            out.push_str(self.head);
            out.push('\n');
            for member in self.inner.iter().filter(|i| i.needed) {
                member.write(out);
            }
            out.push('}');
        }
        out.push('\n');
    }

    /// Marks the members of a needed trait or impl.
    fn members(&mut self, met: &mut Met) -> bool {
        let mut news = false;
        for member in &mut self.inner {
            let is_met = match member.kind {
                Kind::Value => met.said.contains(member.name),
                _ => true,
            };
            if is_met && !member.needed {
                member.needed = true;
                met.name_all(member.text);
                news = true;
            }
        }
        // A trait without members is one that says nothing of its types; not so one whose members nobody calls.
        if matches!(self.kind, Kind::Trait)
            && !self.has_needed()
            && let Some(first) = self.inner.first_mut()
        {
            first.needed = true;
            met.name_all(first.text);
            news = true;
        }
        news
    }

    fn has_needed(&self) -> bool {
        self.inner.iter().any(|i| i.needed)
    }

    /// Whether some member may be asked for: a function the program calls, a type that is projected to.
    fn has_met(&self, met: &Met) -> bool {
        self.inner.iter().any(|member| match member.kind {
            Kind::Value => met.said.contains(member.name),
            _ => met.named.contains(member.name),
        })
    }
}

/// A `use` is needed if it binds something that is met; a glob goes with its module. A name and what it renames are met
/// together.
fn import(
    imports: &[Import<'_>],
    needed: &mut bool,
    text: &str,
    met: &mut Met,
    in_needed: bool,
) -> bool {
    let was = *needed;
    let mut news = false;
    for import in imports {
        match import.bound {
            None => *needed |= in_needed,
            Some(bound) if bound == import.target => *needed |= met.named.contains(bound),
            Some(bound) if met.named.contains(bound) => {
                *needed = true;
                news |= met.named.insert(import.target);
            }
            Some(bound) if met.named.contains(import.target) => {
                *needed = true;
                news |= met.named.insert(bound);
            }
            Some(_) => {}
        }
    }
    if *needed && !was {
        // The modules on the way; the names at its ends were looked at above.
        let ends = |word: &&str| {
            imports
                .iter()
                .any(|i| i.target == *word || i.bound == Some(word))
        };
        for word in words(text).filter(|w| !ends(w)) {
            met.named.insert(word);
        }
        for glob in imports.iter().filter(|i| i.bound.is_none()) {
            met.named.insert(glob.target);
        }
    }
    news || *needed != was
}

struct Reader<'t, 'l> {
    text: &'t str,
    lexemes: &'l [Lexeme],
    at: usize,
}

impl<'t> Reader<'t, '_> {
    fn word(&self, at: usize) -> &'t str {
        let lexeme = self.lexemes.get(at);
        lexeme.map_or("", |l| self.text.get(l.lo..l.hi).unwrap_or_default())
    }

    fn between(&self, from: usize, to: usize) -> &'t str {
        match (self.lexemes.get(from), self.lexemes.get(to)) {
            (Some(first), Some(last)) => self.text.get(first.lo..last.hi).unwrap_or_default(),
            (Some(first), None) => self.text.get(first.lo..).unwrap_or_default(),
            _ => "",
        }
    }

    /// The items up to the `}` around them, or the end.
    fn items(&mut self) -> Vec<Item<'t>> {
        let mut items = Vec::new();
        while self.at < self.lexemes.len() && self.word(self.at) != "}" {
            items.push(self.item());
        }
        items
    }

    fn item(&mut self) -> Item<'t> {
        let first = self.at;
        let keyword = self.keyword();
        let name_at = self.at;
        let mut item = Item {
            text: "",
            kind: Kind::Other,
            name: self.word(name_at),
            head: "",
            inner: Vec::new(),
            needed: false,
        };
        // What has an `=` ends with a semicolon, whatever braces stand in its value.
        let has_block = !matches!(keyword, "use" | "type" | "const" | "static");
        let mut depth = 0_usize;
        while let Some(lexeme) = self.lexemes.get(self.at) {
            match (lexeme.kind, self.word(self.at)) {
                (Lex::Open, "{") if depth == 0 && matches!(keyword, "mod" | "trait" | "impl") => {
                    item.head = self.between(first, self.at);
                    self.at += 1;
                    item.inner = self.items();
                    break;
                }
                (Lex::Open, _) => depth += 1,
                (Lex::Close, "}") if depth <= 1 && has_block => break,
                (Lex::Close, _) => depth = depth.saturating_sub(1),
                (Lex::Punct, ";") if depth == 0 => break,
                _ => {}
            }
            self.at += 1;
        }
        item.text = self.between(first, self.at);
        item.kind = match keyword {
            "mod" => Kind::Module,
            "use" => Kind::Use(self.imports(name_at, self.at)),
            "struct" | "enum" | "union" => Kind::Type,
            "type" => Kind::Alias(alias_target(item.text)),
            "trait" => Kind::Trait,
            "impl" => impl_kind(item.head),
            "fn" | "const" | "static" => Kind::Value,
            _ => Kind::Other,
        };
        if matches!(keyword, "impl" | "use") {
            item.name = "";
        }
        self.at += 1;
        item
    }

    /// Goes behind the word that says what the item is.
    fn keyword(&mut self) -> &'t str {
        while let Some(lexeme) = self.lexemes.get(self.at) {
            let word = self.word(self.at);
            match (lexeme.kind, word) {
                // An attribute, the reach of a `pub`.
                (Lex::Open, "[" | "(") => {
                    while self.at < self.lexemes.len() && !matches!(self.word(self.at), "]" | ")") {
                        self.at += 1;
                    }
                }
                (Lex::Ident, "pub" | "unsafe" | "async" | "default" | "extern" | "auto") => {}
                // `const fn` is a function.
                (Lex::Ident, "const")
                    if matches!(self.word(self.at + 1), "fn" | "unsafe" | "async") => {}
                (Lex::Punct, "#") | (Lex::Literal, _) => {}
                _ => {
                    self.at += 1;
                    return word;
                }
            }
            self.at += 1;
        }
        ""
    }

    /// The names at the ends of a `use` tree.
    fn imports(&self, from: usize, to: usize) -> Vec<Import<'t>> {
        let mut out = Vec::new();
        // The last segment in front of each open brace: what `self` inside of it stands for.
        let mut outer: Vec<&str> = Vec::new();
        let mut last = "";
        let mut at = from;
        while at < to {
            let word = self.word(at);
            let is_end = matches!(self.word(at + 1), "," | "}" | ";" | "as");
            match word {
                "{" => outer.push(last),
                "}" => drop(outer.pop()),
                "*" => out.push(Import {
                    target: last,
                    bound: None,
                }),
                "," | ":" | ";" => {}
                _ if is_end => {
                    let target = match (word, outer.last()) {
                        ("self", Some(outer)) => *outer,
                        _ => word,
                    };
                    let renamed = self.word(at + 1) == "as";
                    let bound = if renamed { self.word(at + 2) } else { target };
                    out.push(Import {
                        target,
                        bound: Some(bound),
                    });
                    at += if renamed { 2 } else { 0 };
                }
                _ => last = word,
            }
            at += 1;
        }
        out
    }
}

/// The tokens of a head, each with how many angle brackets are open around it.
fn angled(head: &str) -> Vec<(&str, Lex, usize)> {
    let mut depth = 0_usize;
    let mut out: Vec<(&str, Lex, usize)> = Vec::new();
    for lexeme in Scan::new(head) {
        let word = head.get(lexeme.lo..lexeme.hi).unwrap_or_default();
        let after_dash = out.last().is_some_and(|(w, _, _)| *w == "-");
        match word {
            "<" => depth += 1,
            ">" if !after_dash => depth = depth.saturating_sub(1),
            _ => {}
        }
        out.push((word, lexeme.kind, depth));
    }
    out
}

/// The last segments of the paths in some tokens, type arguments left out.
fn ends<'t>(tokens: &[(&'t str, Lex, usize)]) -> Vec<&'t str> {
    const NO_NAMES: [&str; 8] = [
        "mut", "dyn", "impl", "const", "fn", "unsafe", "extern", "for",
    ];
    let mut out = Vec::new();
    for (at, (word, kind, depth)) in tokens.iter().enumerate() {
        let leads_on = tokens.get(at + 1).is_some_and(|(w, _, _)| *w == ":");
        if *kind == Lex::Ident && *depth == 0 && !leads_on && !NO_NAMES.contains(word) {
            out.push(*word);
        }
    }
    out
}

fn impl_kind(head: &str) -> Kind<'_> {
    let tokens = angled(head);
    let start = tokens
        .iter()
        .position(|(w, _, _)| *w == "impl")
        .map_or(0, |i| i + 1);
    let rest = tokens.get(start..).unwrap_or_default();
    // `<'a, T: Bound, const N: usize>`.
    let mut generics: Vec<&str> = Vec::new();
    let mut begins = 0;
    if rest.first().is_some_and(|(w, _, _)| *w == "<") {
        begins = rest
            .iter()
            .position(|(_, _, d)| *d == 0)
            .map_or(rest.len(), |i| i + 1);
        let mut before = "<";
        for (word, kind, depth) in rest.iter().take(begins).skip(1) {
            if *kind == Lex::Ident
                && *depth == 1
                && matches!(before, "<" | "," | "const")
                && *word != "const"
            {
                generics.push(word);
            }
            before = word;
        }
    }
    let rest = rest.get(begins..).unwrap_or_default();
    let end = rest
        .iter()
        .position(|(w, _, d)| *d == 0 && (*w == "where" || *w == "{"));
    let rest = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
    let is_for = |i: usize| {
        let next = rest.get(i + 1).is_some_and(|(w, _, _)| *w == "<");
        rest.get(i).is_some_and(|(w, _, d)| *w == "for" && *d == 0) && !next
    };
    let (of, ty) = match (0..rest.len()).find(|i| is_for(*i)) {
        Some(at) => {
            let (of, ty) = rest.split_at(at);
            (ends(of).last().copied(), ty)
        }
        None => (None, rest),
    };
    let heads = ends(ty)
        .into_iter()
        .filter(|h| !generics.contains(h))
        .collect();
    Kind::Impl { of, heads }
}

fn alias_target(text: &str) -> Option<&str> {
    let tokens = angled(text);
    let from = tokens.iter().position(|(w, _, d)| *w == "=" && *d == 0)?;
    ends(tokens.get(from..)?).first().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a program that says these words can come across.
    fn excerpt(text: &str, said: &str) -> String {
        let mut outlines = [Outline::read(text)];
        mark(
            &mut outlines,
            &mut Met::new(words(said).collect(), &Words::default()),
        );
        let all: String = outlines.iter().flat_map(Outline::marked).collect();
        all.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn functions_are_kept_if_they_are_said_and_types_if_something_kept_has_them() {
        let text = "mod a { pub struct Client; impl Client { fn new() -> Self; fn get(&self) -> crate::b::Request; } } \
                    mod b { struct Request(u8); struct Other { x: [u8; 3] } impl Request { const MAX: u8; fn send(self) -> Sent; } } \
                    struct Sent;";
        assert_eq!(excerpt(text, "nothing"), "");
        assert_eq!(excerpt(text, "Client"), "mod a { pub struct Client; }");
        assert_eq!(
            excerpt(text, "Client new get"),
            "mod a { pub struct Client; impl Client { fn new() -> Self; fn get(&self) -> crate::b::Request; } } \
             mod b { struct Request(u8); }"
        );
        // A method of a type nobody meets is as good as not there.
        assert_eq!(excerpt(text, "send"), "");
        assert!(excerpt(text, "Client get send").contains("struct Sent;"));
        assert_eq!(excerpt(text, "b MAX"), "mod b { }");
    }

    #[test]
    fn an_impl_is_kept_if_its_trait_and_its_type_are() {
        let text = "trait T { type Out; fn go(&self) -> Self::Out; } struct A; struct B; struct C<X>; \
                    impl T for A { type Out = B; } impl<'a, X: Copy> T for &'a C<X> where X: Send { type Out = X; } \
                    impl<X> T for X { type Out = u8; }";
        let both = excerpt(text, "A go");
        assert!(
            both.contains("impl T for A { type Out = B; }") && both.contains("struct B;"),
            "{both}"
        );
        assert!(!both.contains("for &'a C"), "{both}");
        assert!(
            excerpt(text, "T C")
                .contains("impl<'a, X: Copy> T for &'a C<X> where X: Send { type Out = X; }")
        );
        assert!(excerpt(text, "T").contains("impl<X> T for X"));
        assert_eq!(excerpt(text, "A"), "struct A;");
    }

    #[test]
    fn a_trait_stays_one_with_members_whoever_calls_them() {
        let text = "trait T: Up { fn a(); fn b(); } trait Up {} trait Marker {}";
        assert_eq!(
            excerpt(text, "T Marker"),
            "trait T: Up { fn a(); } trait Up { } trait Marker { }"
        );
        assert_eq!(excerpt(text, "b"), "trait T: Up { fn b(); } trait Up { }");
    }

    #[test]
    fn names_are_followed_through_uses_and_aliases() {
        let text = "pub use self::inner::{self, Real as Alias, Other}; pub use inner::prelude::*; type Short<T> = inner::Long<T, u8>; \
                    mod inner { struct Real; struct Other; struct Long<A, B>; impl super::Alias { fn f(); } mod prelude { pub use super::Third; } struct Third; }";
        let real = excerpt(text, "Alias f");
        assert!(
            real.contains("struct Real;") && real.contains("impl super::Alias { fn f(); }"),
            "{real}"
        );
        assert!(
            !real.contains("struct Other") && !real.contains("Long"),
            "{real}"
        );
        assert!(excerpt(text, "Short").contains("struct Long<A, B>;"));
        let third = excerpt(text, "Third");
        assert!(
            third.contains("mod prelude { pub use super::Third; } struct Third;"),
            "{third}"
        );
    }

    #[test]
    fn whatever_a_text_is_all_of_it_is_in_some_item() {
        for text in [
            "}",
            "fn f(",
            "mod a { fn f();",
            "struct A } fn g();",
            "impl",
            "use a::{b",
            "#[x",
            "let x = 1;",
        ] {
            let outline = Outline::read(text);
            let len: usize = outline.items.iter().map(|i| i.text.len()).sum();
            assert!(len + 2 >= text.trim().len(), "{text}: {outline:?}");
        }
    }

    #[test]
    fn the_beginning_of_a_function_is_no_constant() {
        let text = "#[must_use] pub const unsafe fn f() -> A; const C: fn() -> B = x; pub(crate) async fn g(); struct A; struct B;";
        assert_eq!(
            excerpt(text, "f"),
            "#[must_use] pub const unsafe fn f() -> A; struct A;"
        );
        assert_eq!(excerpt(text, "C"), "const C: fn() -> B = x; struct B;");
        assert_eq!(excerpt(text, "g"), "pub(crate) async fn g();");
    }
}
