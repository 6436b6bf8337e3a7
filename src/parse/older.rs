//! Rust that the compiler reads and syn does not, turned into something of the same length that is the same to the analysis:
//! offsets stay. Tried on a file that does not parse as it stands.
//!
//! Of the edition 2015 these are function traits as types without `dyn`, which become function pointers, and parameters of
//! trait functions that have no name, which nothing can ask for and which are left out. `pub impl` is for attribute macros.

use super::scan::{Kind, Lexeme, Scan};

/// The text so changed, if there is anything to change.
pub(super) fn renew(text: &str) -> Option<String> {
    let mut older = Older::new(text);
    older.all();
    if older.out == text.as_bytes() {
        return None;
    }
    String::from_utf8(older.out).ok()
}

struct Older<'a> {
    text: &'a str,
    lexemes: Vec<Lexeme>,
    /// For each opening bracket, by its index, the index of the closing one.
    closes: Vec<usize>,
    out: Vec<u8>,
}

impl<'a> Older<'a> {
    fn new(text: &'a str) -> Self {
        let lexemes: Vec<Lexeme> = Scan::new(text).collect();
        let mut closes = vec![lexemes.len(); lexemes.len()];
        let mut open = Vec::new();
        for (index, lexeme) in lexemes.iter().enumerate() {
            match lexeme.kind {
                Kind::Open => open.push(index),
                Kind::Close => {
                    if let Some(slot) = open.pop().and_then(|at: usize| closes.get_mut(at)) {
                        *slot = index;
                    }
                }
                _ => {}
            }
        }
        Older {
            text,
            lexemes,
            closes,
            out: text.as_bytes().to_vec(),
        }
    }

    /// The word at an index, nothing beyond the ends.
    fn word(&self, at: usize) -> &'a str {
        let lexeme = self.lexemes.get(at);
        lexeme
            .and_then(|l| self.text.get(l.lo..l.hi))
            .unwrap_or_default()
    }

    fn before(&self, at: usize) -> &'a str {
        at.checked_sub(1).map_or("", |at| self.word(at))
    }

    /// The index behind what stands at this one, a group as a whole.
    fn behind(&self, at: usize) -> usize {
        match self.lexemes.get(at) {
            Some(l) if l.kind == Kind::Open => self.closes.get(at).map_or(at, |c| *c) + 1,
            _ => at + 1,
        }
    }

    /// Spaces from one lexeme up to another.
    fn blank(&mut self, from: usize, to: usize) {
        let lo = self.lexemes.get(from).map_or(self.text.len(), |l| l.lo);
        let hi = self.lexemes.get(to).map_or(self.text.len(), |l| l.lo);
        self.spaces(lo, hi);
    }

    fn spaces(&mut self, lo: usize, hi: usize) {
        for byte in self.out.get_mut(lo..hi).into_iter().flatten() {
            if !matches!(*byte, b'\n' | b'\r') {
                *byte = b' ';
            }
        }
    }

    fn all(&mut self) {
        let mut at = 0;
        while at < self.lexemes.len() {
            match self.word(at) {
                "macro_rules" if self.word(at + 1) == "!" => at += 2,
                "pub" => {
                    let next = if self.word(at + 1) == "(" {
                        self.behind(at + 1)
                    } else {
                        at + 1
                    };
                    if self.word(next) == "impl" {
                        self.blank(at, next);
                    }
                }
                "trait" => self.nameless(at),
                "Fn" | "FnMut" | "FnOnce" if self.word(at + 1) == "(" && self.is_bare(at) => {
                    self.pointer(at);
                }
                _ => {}
            }
            at += 1;
        }
    }

    /// Whether a function trait stands where a type is expected, not where one is bounded.
    fn is_bare(&self, at: usize) -> bool {
        let mut at = at;
        // `for<'a> Fn(&'a T)`
        if self.before(at) == ">" {
            while at > 0 && self.before(at) != "<" {
                at -= 1;
            }
            at = at.saturating_sub(1);
            if self.before(at) != "for" {
                return false;
            }
            at = at.saturating_sub(1);
        }
        let before = self.before(at);
        matches!(before, "<" | "&" | "mut" | "=" | "(" | "for") || before.starts_with('\'')
    }

    /// `FnMut(A) -> B + Send` becomes `fn(A) -> B`.
    fn pointer(&mut self, at: usize) {
        let Some(name) = self.lexemes.get(at).copied() else {
            return;
        };
        self.spaces(name.lo, name.hi);
        for (slot, letter) in self.out.iter_mut().skip(name.lo).zip(b"fn") {
            *slot = *letter;
        }
        let mut end = self.end_of_type(self.behind(at + 1), "+");
        if self.before(at) == "(" && self.word(end) == ")" {
            end += 1;
        }
        if self.word(end) == "+" {
            self.blank(end, self.end_of_type(end, ""));
        }
    }

    /// The index behind the rest of a type: at what ends a type, or at this.
    fn end_of_type(&self, from: usize, stop: &str) -> usize {
        let mut angles = 0_usize;
        let mut at = from;
        while let Some(lexeme) = self.lexemes.get(at) {
            match self.word(at) {
                "<" => angles += 1,
                ">" if self.before(at) == "-" => {}
                ">" if angles > 0 => angles -= 1,
                ">" | "," | ";" | "=" | "{" | "where" if angles == 0 => break,
                word if angles == 0 && word == stop => break,
                _ if lexeme.kind == Kind::Close => break,
                _ => {}
            }
            at = self.behind(at);
        }
        at
    }

    /// Leaves out what has no name among the parameters of a trait's functions.
    fn nameless(&mut self, at: usize) {
        let mut at = at + 1;
        while at < self.lexemes.len() && !matches!(self.word(at), "{" | ";" | "}") {
            at = self.behind(at);
        }
        if self.word(at) != "{" {
            return;
        }
        let end = self.behind(at).saturating_sub(1);
        at += 1;
        while at < end {
            if self.word(at) == "fn" {
                let mut angles = 0_usize;
                at += 1;
                while at < end && (angles > 0 || self.word(at) != "(") {
                    match self.word(at) {
                        "<" => angles += 1,
                        ">" if self.before(at) != "-" => angles = angles.saturating_sub(1),
                        _ => {}
                    }
                    at += 1;
                }
                self.name_no_more(at);
            }
            at = self.behind(at);
        }
    }

    /// Whether a colon is one of `::`.
    fn is_path(&self, colon: usize) -> bool {
        let lo = self.lexemes.get(colon).map_or(0, |l| l.lo);
        let colon = |at: usize| self.text.as_bytes().get(at) == Some(&b':');
        colon(lo + 1) || lo.checked_sub(1).is_some_and(colon)
    }

    fn name_no_more(&mut self, open: usize) {
        let end = self.behind(open).saturating_sub(1);
        let mut start = open + 1;
        while start < end {
            let stop = self.end_of_type(start, "").min(end);
            let mut words = (start..stop).map(|i| (i, self.word(i)));
            let named = words.clone().any(|(i, w)| w == ":" && !self.is_path(i));
            let receiver = self.before(stop) == "self"
                && words.all(|(_, w)| matches!(w, "&" | "mut" | "self") || w.starts_with('\''));
            let next = (stop + 1).min(end);
            if !named && !receiver {
                self.blank(start, next);
            }
            start = next.max(start + 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::renew;

    /// What becomes of a text: as long as before, and read.
    fn renewed(text: &str) -> String {
        let out = renew(text).unwrap_or_else(|| panic!("nothing to change in {text}"));
        assert_eq!(out.len(), text.len(), "{out}");
        assert!(syn::parse_str::<syn::File>(text).is_err(), "{text}");
        syn::parse_str::<syn::File>(&out).unwrap_or_else(|e| panic!("{e}: {out}"));
        out.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn function_traits_without_dyn_are_function_pointers() {
        for (text, new) in [
            ("type A = Fn(&B) + Send + Sync;", "type A = fn(&B) ;"),
            (
                "type A = Vec<Box<FnMut(&mut B<'a, C>) -> D<E> + Send>>;",
                "type A = Vec<Box<fn (&mut B<'a, C>) -> D<E> >>;",
            ),
            (
                "type A = (Fn(&B) -> C<D>) + Send;",
                "type A = (fn(&B) -> C<D>) ;",
            ),
            (
                "fn f(a: &'a for<'b> FnOnce(&'b u8), b: u8) {}",
                "fn f(a: &'a for<'b> fn (&'b u8), b: u8) {}",
            ),
            ("impl A for Fn(u8) {}", "impl A for fn(u8) {}"),
        ] {
            assert_eq!(renewed(text), new);
        }
    }

    #[test]
    fn bounds_stay() {
        let text = "struct S(Box<Fn(u8)>); fn f<F: Fn(u8) -> u8 + Send>(f: F) where F: FnMut(u8) + 'static {}";
        let new = "struct S(Box<fn(u8)>); fn f<F: Fn(u8) -> u8 + Send>(f: F) where F: FnMut(u8) + 'static {}";
        assert_eq!(renewed(text), new);
    }

    #[test]
    fn parameters_without_a_name_are_left_out() {
        for (text, new) in [
            (
                "trait T { fn f(&self, &mut A<B, C>) -> D; fn g(&'a mut self, A, b: ::c::B, D) {} }",
                "trait T { fn f(&self, ) -> D; fn g(&'a mut self, b: ::c::B, ) {} }",
            ),
            (
                "trait T: A where Self: B { fn f<M: Into<N>>(self, M, (A, B)); fn g(::a::B); }",
                "trait T: A where Self: B { fn f<M: Into<N>>(self, ); fn g( ); }",
            ),
            (
                "trait T { fn f(u8) { let a = g(1, 2); } }",
                "trait T { fn f( ) { let a = g(1, 2); } }",
            ),
        ] {
            assert_eq!(renewed(text), new);
        }
    }

    #[test]
    fn impls_are_said_to_be_public() {
        assert_eq!(
            renewed("#[ext] pub(super) impl A { fn f() {} }"),
            "#[ext] impl A { fn f() {} }"
        );
    }

    #[test]
    fn what_is_no_rust_is_walked_over() {
        for text in [
            "trait",
            "trait T { fn f(",
            "pub(",
            "Fn(",
            "= Fn(",
            "trait T { fn",
            "(Fn()) +",
            "{ ) Fn(",
            "é = Fn(é) + é",
        ] {
            let _ = renew(text);
        }
    }
}
