//! Which paths the interface of a file declares.
//!
//! This is the one place that reads interface text for the checks of [`super::check`]. It reads names and brackets only;
//! once `lower::lower_interface` is there, [`declared`] walks the items it returns instead, with the same answer.

use std::collections::{BTreeMap, BTreeSet};

/// The canonical paths that the blocks of one file declare, `root` being the crate's name in code.
///
/// An error says in which block, at which byte of its text, and what is wrong.
pub fn declared<'t>(
    root: &str,
    blocks: impl IntoIterator<Item = &'t str>,
) -> Result<BTreeSet<String>, (usize, usize, String)> {
    let mut found = Found::default();
    for (index, text) in blocks.into_iter().enumerate() {
        let tokens = tokens(text).map_err(|(at, what)| (index, at, what))?;
        let mut reader = Reader {
            tokens: &tokens,
            at: 0,
            end: text.len(),
            found: &mut found,
        };
        reader
            .items(&[root.to_owned()], 0)
            .map_err(|(at, what)| (index, at, what))?;
    }
    Ok(found.finish())
}

#[derive(Default)]
struct Found {
    paths: BTreeSet<String>,
    /// Names bound by `use`.
    aliases: BTreeMap<String, String>,
    /// The scope and the self type of each impl, with its members.
    impls: Vec<(Vec<String>, Vec<String>, Vec<String>)>,
}

impl Found {
    fn finish(mut self) -> BTreeSet<String> {
        for (scope, head, members) in std::mem::take(&mut self.impls) {
            let here = absolute(&scope, &head);
            let target = if self.paths.contains(&here) {
                here
            } else if let Some(alias) = self.aliases.get(&here) {
                alias.clone()
            } else {
                head.join("::")
            };
            self.paths
                .extend(members.into_iter().map(|m| format!("{target}::{m}")));
        }
        self.paths
    }
}

/// `path` as seen from `scope`.
fn absolute(scope: &[String], path: &[String]) -> String {
    let mut base = scope.to_vec();
    let mut rest = path;
    while let Some((first, more)) = rest.split_first() {
        match first.as_str() {
            "crate" => base.truncate(1),
            "super" => _ = base.pop(),
            "self" => {}
            _ => break,
        }
        rest = more;
    }
    base.extend_from_slice(rest);
    base.join("::")
}

#[derive(Debug, PartialEq)]
enum Token<'t> {
    Word(&'t str),
    Punct(char),
}

type Wrong = (usize, String);

fn tokens(text: &str) -> Result<Vec<(usize, Token<'_>)>, Wrong> {
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..)
        && let Some(c) = rest.chars().next()
    {
        let len = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("r#") {
            // A raw identifier is named without its prefix.
            2
        } else if c == '\'' {
            // A lifetime; its name is not one of ours.
            let name = rest.get(1..).unwrap_or_default();
            1 + name
                .find(|c: char| !c.is_alphanumeric() && c != '_')
                .unwrap_or(name.len())
        } else if c == '"' {
            match rest.get(1..).and_then(|r| r.find('"')) {
                Some(end) => end + 2,
                None => return Err((at, "a string that does not end".to_owned())),
            }
        } else if c.is_alphabetic() || c == '_' {
            let len = rest
                .find(|c: char| !c.is_alphanumeric() && c != '_')
                .unwrap_or(rest.len());
            out.push((at, Token::Word(rest.get(..len).unwrap_or_default())));
            len
        } else {
            if rest.starts_with("->") {
                // One token, lest its `>` close an angle bracket.
                at += 1;
                out.push((at, Token::Punct('→')));
            } else if !c.is_whitespace() {
                out.push((at, Token::Punct(c)));
            }
            c.len_utf8()
        };
        at += len;
    }
    Ok(out)
}

struct Reader<'a, 't> {
    tokens: &'a [(usize, Token<'t>)],
    at: usize,
    end: usize,
    found: &'a mut Found,
}

impl<'t> Reader<'_, 't> {
    fn peek(&self) -> Option<&Token<'t>> {
        self.tokens.get(self.at).map(|(_, t)| t)
    }

    fn offset(&self) -> usize {
        self.tokens.get(self.at).map_or(self.end, |(at, _)| *at)
    }

    fn wrong<T>(&self, what: &str) -> Result<T, Wrong> {
        Err((self.offset(), what.to_owned()))
    }

    fn name(&mut self) -> Result<String, Wrong> {
        match self.peek() {
            Some(Token::Word(word)) => {
                let word = (*word).to_owned();
                self.at += 1;
                Ok(word)
            }
            _ => self.wrong("expected a name"),
        }
    }

    /// Skips a bracketed group; stands on its opening bracket.
    fn group(&mut self) -> Result<(), Wrong> {
        let opened = self.offset();
        let mut depth = 0_usize;
        while let Some(token) = self.peek() {
            match token {
                Token::Punct('(' | '[' | '{') => depth += 1,
                Token::Punct(')' | ']' | '}') => depth = depth.saturating_sub(1),
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return Ok(());
            }
        }
        Err((opened, "a bracket that does not close".to_owned()))
    }

    /// Skips to the end of an item: past `;`, or past a `{ .. }` if there is no `;` before it.
    fn rest_of_item(&mut self) -> Result<(), Wrong> {
        loop {
            match self.peek() {
                None => return self.wrong("an item that does not end: `;` is missing"),
                Some(Token::Punct(';')) => {
                    self.at += 1;
                    return Ok(());
                }
                Some(Token::Punct('{')) => return self.group(),
                Some(Token::Punct('(' | '[')) => self.group()?,
                Some(Token::Punct('}')) => return self.wrong("`}` without `{`"),
                Some(_) => self.at += 1,
            }
        }
    }

    /// Items up to `}` or the end.
    fn items(&mut self, scope: &[String], depth: usize) -> Result<Vec<String>, Wrong> {
        let mut members = Vec::new();
        loop {
            let keyword = match self.peek() {
                None if depth == 0 => return Ok(members),
                None => return self.wrong("`}` is missing"),
                Some(Token::Punct('}')) if depth > 0 => {
                    self.at += 1;
                    return Ok(members);
                }
                Some(Token::Punct('#')) => {
                    self.at += 1;
                    self.group()?;
                    continue;
                }
                Some(Token::Word(word)) => *word,
                Some(_) => return self.wrong("expected an item"),
            };
            self.at += 1;
            match keyword {
                "pub" => {
                    if self.peek() == Some(&Token::Punct('(')) {
                        self.group()?;
                    }
                }
                "async" | "unsafe" | "default" => {}
                "mod" | "trait" => {
                    let name = self.name()?;
                    let inner = [scope, std::slice::from_ref(&name)].concat();
                    self.found.paths.insert(inner.join("::"));
                    while !matches!(self.peek(), None | Some(Token::Punct('{' | ';'))) {
                        self.at += 1;
                    }
                    if self.peek() != Some(&Token::Punct('{')) {
                        return self.wrong("expected `{`");
                    }
                    self.at += 1;
                    self.items(&inner, depth + 1)?;
                }
                "struct" | "union" | "type" | "static" | "const" | "fn" => {
                    let name = self.name()?;
                    // Of an impl's members only the impl knows where they belong.
                    self.found
                        .paths
                        .insert([scope, std::slice::from_ref(&name)].concat().join("::"));
                    members.push(name);
                    self.rest_of_item()?;
                }
                "enum" => {
                    let name = self.name()?;
                    let inner = [scope, std::slice::from_ref(&name)].concat();
                    self.found.paths.insert(inner.join("::"));
                    let from = self.at;
                    self.rest_of_item()?;
                    self.variants(&inner, from);
                }
                "impl" => self.implementation(scope, depth)?,
                "use" => {
                    self.import(scope, &mut Vec::new())?;
                    if self.peek() != Some(&Token::Punct(';')) {
                        return self.wrong("expected `;` after `use`");
                    }
                    self.at += 1;
                }
                other => {
                    self.at -= 1;
                    return self.wrong(&format!("`{other}` does not begin an item"));
                }
            }
        }
    }

    fn variants(&mut self, scope: &[String], from: usize) {
        let mut depth = 0_i32;
        let mut fresh = false;
        for (_, token) in self.tokens.get(from..self.at).unwrap_or_default() {
            match token {
                Token::Punct('{' | '(' | '[') => {
                    depth += 1;
                    fresh = depth == 1;
                }
                Token::Punct('}' | ')' | ']') => depth -= 1,
                Token::Punct(',') if depth == 1 => fresh = true,
                Token::Word(word) if depth == 1 && fresh => {
                    self.found
                        .paths
                        .insert(format!("{}::{word}", scope.join("::")));
                    fresh = false;
                }
                _ => {}
            }
        }
    }

    fn implementation(&mut self, scope: &[String], depth: usize) -> Result<(), Wrong> {
        // The header: generics, a trait and `for`, the self type. Only the words outside angle brackets count.
        let mut angle = 0_usize;
        let mut head: Vec<String> = Vec::new();
        let mut done = false;
        loop {
            match self.peek() {
                None => return self.wrong("expected `{` after `impl`"),
                Some(Token::Punct('{')) if angle == 0 => break,
                Some(Token::Punct('<')) => angle += 1,
                Some(Token::Punct('>')) => angle = angle.saturating_sub(1),
                Some(Token::Word("for")) if angle == 0 => head.clear(),
                Some(Token::Word("where")) if angle == 0 => done = true,
                Some(Token::Word("dyn" | "mut")) => {}
                Some(Token::Word(word)) if angle == 0 && !done => head.push((*word).to_owned()),
                Some(_) => {}
            }
            self.at += 1;
        }
        self.at += 1;
        // Members are collected under a scope no path can have, then moved to the self type's.
        let nowhere = vec!["<impl>".to_owned()];
        let members = self.items(&nowhere, depth + 1)?;
        self.found.impls.push((scope.to_vec(), head, members));
        Ok(())
    }

    /// One tree of a `use`, `prefix` being what stands before it.
    fn import(&mut self, scope: &[String], prefix: &mut Vec<String>) -> Result<(), Wrong> {
        let before = prefix.len();
        loop {
            match self.peek() {
                Some(Token::Punct(':')) => self.at += 1,
                Some(Token::Punct('*')) => {
                    self.at += 1;
                    break;
                }
                Some(Token::Punct('{')) => {
                    self.at += 1;
                    while self.peek() != Some(&Token::Punct('}')) {
                        self.import(scope, prefix)?;
                        if self.peek() == Some(&Token::Punct(',')) {
                            self.at += 1;
                        }
                    }
                    self.at += 1;
                    break;
                }
                Some(Token::Word("as")) => {
                    self.at += 1;
                    let name = self.name()?;
                    self.bind(scope, prefix, name);
                    break;
                }
                Some(Token::Word(_)) => {
                    let name = self.name()?;
                    prefix.push(name);
                    if !matches!(self.peek(), Some(Token::Punct(':') | Token::Word("as"))) {
                        if let Some(last) = prefix.last().cloned() {
                            self.bind(scope, prefix, last);
                        }
                        break;
                    }
                }
                _ => return self.wrong("expected a name, `*` or `{` in `use`"),
            }
        }
        prefix.truncate(before);
        Ok(())
    }

    fn bind(&mut self, scope: &[String], path: &[String], name: String) {
        let local = matches!(
            path.first().map(String::as_str),
            Some("crate" | "self" | "super")
        );
        let target = if local {
            absolute(scope, path)
        } else {
            path.join("::")
        };
        self.found
            .aliases
            .insert([scope, &[name]].concat().join("::"), target);
    }
}

#[cfg(test)]
mod tests {
    use super::declared;

    fn paths(text: &str) -> Vec<String> {
        match declared("k", [text]) {
            Ok(found) => found.into_iter().filter(|p| !p.starts_with('<')).collect(),
            Err(e) => panic!("{e:?}"),
        }
    }

    #[test]
    fn paths_of_modules_types_functions_and_methods() {
        let text = "
            pub use self::a::T as U; // a comment's fn x();
            mod a {
                struct T<B: Into<Option<u8>>>;
                impl<B> T<B> where B: Clone { fn m(self) -> impl Fn(u8) -> u8; async fn n(&mut self); }
                impl<B> From<crate::E> for T<B> { fn from(e: crate::E) -> Self; }
            }
            impl U { fn through_alias(&self); }
            mod r#async { fn f<'a>(x: &'a str) -> Result<(), E>; }
            enum E { One, Two(u8, u8), Three { x: u8 } }
            trait Tr: Sized { type Out; fn call(&self, x: [u8; 2]) -> Self::Out; }
            impl Tr for http::Request<()> { fn extra(&self); }
            struct Tuple(u8);
            type Result<T> = std::result::Result<T, E>;
        ";
        let found = paths(text);
        for path in [
            "k::a::T",
            "k::a::T::m",
            "k::a::T::n",
            "k::a::T::from",
            "k::a::T::through_alias",
            "k::async::f",
            "k::E",
            "k::E::Two",
            "k::E::Three",
            "k::Tr::call",
            "http::Request::extra",
            "k::Tuple",
            "k::Result",
        ] {
            assert!(
                found.iter().any(|p| p == path),
                "{path} is missing from {found:?}"
            );
        }
        assert!(
            !found
                .iter()
                .any(|p| p.ends_with("::x") || p.contains("k::m") || p == "k::U"),
            "{found:?}"
        );
    }

    #[test]
    fn an_error_says_where() {
        for (text, at) in [
            ("struct A", 8),
            ("mod a { fn f();", 15),
            ("fn f() }", 7),
            ("let x;", 0),
            ("impl A { fn f(; }", 17),
        ] {
            match declared("k", ["fn ok();", text]) {
                Err((block, byte, _)) => assert_eq!((block, byte), (1, at), "{text}"),
                Ok(found) => panic!("{text}: {found:?}"),
            }
        }
    }
}
