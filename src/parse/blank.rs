//! Text that says nothing to the analysis, turned into spaces before syn sees it: comments, and test modules that are not
//! asked for. Offsets stay.
//!
//! A third of the bytes of real code are such text; documentation costs syn an attribute per line.

use super::outline::{Outline, Outliner};
use super::scan::{Kind, Lexeme, Scan};
use super::words::Words;

/// What of a file is not read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tests {
    /// Everything is read.
    Read,
    /// Modules under `#[cfg(test)]` exist only in name.
    Left,
}

/// The text with spaces where nothing has to be read, and the words and the outline of the rest.
pub(super) fn blank(text: &str, tests: Tests) -> (String, Words, Outline) {
    let mut out = text.as_bytes().to_vec();
    let mut words = Words::default();
    let mut outliner = Outliner::new(text);
    let mut gate = Gate::Closed;
    let mut depth = 0_usize;
    // The depth at which the module being blanked began, and the byte after its brace.
    let mut module: Option<(usize, usize)> = None;
    for lexeme in Scan::new(text) {
        let word = text.get(lexeme.lo..lexeme.hi).unwrap_or_default();
        match lexeme.kind {
            Kind::Line | Kind::Block => {
                spaces(&mut out, lexeme.lo, lexeme.hi);
                continue;
            }
            Kind::Open => {
                if word == "{" && gate == Gate::Module && tests == Tests::Left && module.is_none() {
                    module = Some((depth, lexeme.hi));
                }
                depth += 1;
            }
            Kind::Close => {
                depth = depth.saturating_sub(1);
                if let Some((at, lo)) = module
                    && at == depth
                {
                    // A directive has to be answered for, wherever it stands.
                    let inside = text.get(lo..lexeme.lo).unwrap_or_default();
                    if !inside.contains("linger:") {
                        spaces(&mut out, lo, lexeme.lo);
                    }
                    module = None;
                }
            }
            Kind::Ident if module.is_none() => _ = words.insert(word),
            Kind::Literal | Kind::Ident | Kind::Punct => {}
        }
        gate = gate.next(lexeme, word);
        // Of a module that is blanked its brackets remain.
        if module.is_none_or(|(_, lo)| lexeme.lo < lo) {
            outliner.next(lexeme, word);
        }
    }
    // Only whole lexemes were overwritten, byte by byte with ASCII: the rest is what it was.
    let out = String::from_utf8(out).unwrap_or_else(|_| text.to_owned());
    let outline = outliner.finish(&out);
    (out, words, outline)
}

fn spaces(out: &mut [u8], lo: usize, hi: usize) {
    for byte in out.get_mut(lo..hi).into_iter().flatten() {
        if !matches!(*byte, b'\n' | b'\r') {
            *byte = b' ';
        }
    }
}

/// How much of `#[cfg(test)] #[other(..)] pub(crate) mod name {` was seen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Gate {
    Closed,
    /// So many tokens of `# [ cfg ( test ) ]`.
    Attribute(u8),
    /// Behind it, so deep inside of a further attribute or of `pub(..)`.
    Behind(u8),
    /// `mod`.
    Keyword,
    /// And its name.
    Module,
}

const ATTRIBUTE: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];

impl Gate {
    fn next(self, lexeme: Lexeme, word: &str) -> Gate {
        match self {
            Gate::Attribute(n) if ATTRIBUTE.get(usize::from(n)) == Some(&word) => {
                if usize::from(n) + 1 == ATTRIBUTE.len() {
                    Gate::Behind(0)
                } else {
                    Gate::Attribute(n + 1)
                }
            }
            Gate::Behind(deep) => match (lexeme.kind, word) {
                (Kind::Open, "[" | "(") => Gate::Behind(deep.saturating_add(1)),
                (Kind::Close, "]" | ")") if deep > 0 => Gate::Behind(deep - 1),
                _ if deep > 0 => self,
                (_, "#" | "pub") => self,
                (_, "mod") => Gate::Keyword,
                _ => Gate::Closed,
            },
            Gate::Keyword if lexeme.kind == Kind::Ident => Gate::Module,
            _ if word == "#" => Gate::Attribute(1),
            _ => Gate::Closed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blanked(text: &str, tests: Tests) -> String {
        blank(text, tests).0
    }

    #[test]
    fn comments_become_spaces_and_offsets_stay() {
        let text = "/// é\nfn f() { /* a /* b */ */ \"// no\" } // c\r\n";
        let got = blanked(text, Tests::Left);
        assert_eq!(got.len(), text.len());
        let blanks = " ".repeat(" /* a /* b */ */ ".len());
        assert_eq!(got.trim(), format!("fn f() {{{blanks}\"// no\" }}"));
        assert_eq!(got.find("fn"), text.find("fn"));
    }

    #[test]
    fn test_modules_are_emptied_unless_they_are_asked_for() {
        let text = "fn f() {} #[cfg(test)] #[allow(x(y))] pub(crate) mod tests { fn g() { {} } } fn h() {}";
        assert_eq!(blanked(text, Tests::Read), text);
        let got = blanked(text, Tests::Left);
        assert!(!got.contains("fn g"), "{got}");
        assert!(
            got.contains("mod tests {") && got.contains("} fn h() {}"),
            "{got}"
        );
        assert_eq!(got.len(), text.len());
    }

    #[test]
    fn what_only_looks_like_a_test_module_is_read() {
        for text in [
            "#[cfg(not(test))] mod a { fn g() {} }",
            "#[cfg(test)] fn a() { fn g() {} }",
            "#[cfg(any(test, x))] mod a { fn g() {} }",
            "#[cfg(test)] use a; mod b { fn g() {} }",
            "#[cfg(test)] mod a; mod b { fn g() {} }",
            "#[cfg_attr(test, x)] mod a { fn g() {} }",
            // Somebody answers for a suppression.
            "#[cfg(test)] mod a { /* linger: allow(x) */ fn g() {} }",
        ] {
            assert!(blanked(text, Tests::Left).contains("fn g"), "{text}");
        }
    }
}
