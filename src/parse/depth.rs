//! Gauges how deep a tree would be, from bytes alone: `catch_unwind` does not catch a stack overflow.
//!
//! Two measures, both upper bounds by and large. *Heavy* levels make the parser itself recurse: brackets, prefix
//! operators, keywords that take an expression, type arguments. *Light* ones only make the tree deep, since the parser
//! loops over them: binary operators, method chains. A separator ends a chain, a closing bracket ends a level.

use super::scan::{Kind, Lexeme, Scan};

/// How many levels of heavy nesting are read.
pub(super) const LIMIT: u32 = 1000;
/// How many links a chain may have.
const LIGHT_LIMIT: u32 = 4000;

#[derive(Clone, Copy, Default)]
struct Level {
    heavy: u32,
    light: u32,
    angle: u32,
}

#[derive(Default)]
struct Gauge {
    levels: Vec<Level>,
    now: Level,
    heavy: u32,
    light: u32,
    /// Whether the last token could end an operand, so that an operator after it is a binary one.
    operand: bool,
}

impl Gauge {
    fn heavy(&mut self) {
        self.now.heavy += 1;
        self.heavy += 1;
    }

    fn light(&mut self) {
        self.now.light += 1;
        self.light += 1;
    }

    fn end_chain(&mut self) {
        self.heavy -= self.now.heavy;
        self.light -= self.now.light;
        self.now.heavy = 0;
        self.now.light = 0;
    }

    fn end_statement(&mut self) {
        self.end_chain();
        self.heavy -= self.now.angle;
        self.now.angle = 0;
    }

    fn open(&mut self) {
        self.heavy += 1;
        self.levels.push(std::mem::take(&mut self.now));
        self.operand = false;
    }

    fn close(&mut self) {
        self.end_statement();
        if let Some(outer) = self.levels.pop() {
            self.heavy -= 1;
            self.now = outer;
        }
        self.operand = true;
    }
}

/// The byte at which the text goes beyond the limits, if it does.
pub(super) fn too_deep(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut gauge = Gauge::default();
    let mut scan = Scan::new(text);
    let mut after_brace = false;
    let mut after_else = false;
    let mut skip_until = 0;
    while let Some(lexeme) = scan.next() {
        if matches!(lexeme.kind, Kind::Line | Kind::Block) || lexeme.lo < skip_until {
            continue;
        }
        let word = bytes.get(lexeme.lo..lexeme.hi).unwrap_or(b"");
        if after_brace && !continues(lexeme.kind, word) {
            gauge.end_statement();
            gauge.operand = false;
        }
        after_brace = false;
        let was_else = std::mem::take(&mut after_else);
        match lexeme.kind {
            Kind::Open => gauge.open(),
            Kind::Close => {
                gauge.close();
                after_brace = word == b"}";
            }
            Kind::Literal => gauge.operand = true,
            Kind::Ident => {
                gauge.operand = !is_prefix_word(word);
                after_else = word == b"else";
                if !gauge.operand && !(was_else && word == b"if") {
                    gauge.heavy();
                }
            }
            Kind::Punct => skip_until = punct(&mut gauge, bytes, lexeme),
            Kind::Line | Kind::Block => {}
        }
        if gauge.heavy > LIMIT || gauge.light > LIGHT_LIMIT {
            return Some(lexeme.lo);
        }
    }
    None
}

/// Whether what follows a `}` goes on with the same expression.
fn continues(kind: Kind, word: &[u8]) -> bool {
    match kind {
        Kind::Ident => word == b"else" || word == b"as",
        Kind::Punct => word != b"#",
        Kind::Close => true,
        _ => false,
    }
}

fn is_prefix_word(word: &[u8]) -> bool {
    matches!(
        word,
        b"if"
            | b"match"
            | b"while"
            | b"return"
            | b"break"
            | b"yield"
            | b"for"
            | b"in"
            | b"move"
            | b"mut"
            | b"ref"
            | b"box"
            | b"impl"
            | b"dyn"
            | b"unsafe"
            | b"let"
            | b"else"
            | b"as"
            | b"async"
            | b"become"
    )
}

/// Handles one operator; returns the byte up to which it was consumed.
fn punct(gauge: &mut Gauge, bytes: &[u8], lexeme: Lexeme) -> usize {
    let at = |i: usize| bytes.get(lexeme.lo + i).copied().unwrap_or(0);
    let byte = at(0);
    match (byte, at(1)) {
        (b';', _) => gauge.end_statement(),
        (b',', _) => gauge.end_chain(),
        (b'=', b'>') => {
            gauge.end_chain();
            gauge.operand = false;
            return lexeme.lo + 2;
        }
        (b'#', b'!') => {
            gauge.operand = false;
            return lexeme.lo + 2;
        }
        (b'#' | b'$' | b':' | b'~' | b'\\', _) => {}
        (b'?', _) if gauge.operand => {
            gauge.light();
            return lexeme.hi;
        }
        (b'<', next) if next != b'=' && next != b'<' => {
            gauge.light();
            // `a < b` as rustfmt writes comparisons opens nothing.
            let spaced = next == b' ' && lexeme.lo > 0 && bytes.get(lexeme.lo - 1) == Some(&b' ');
            if !spaced {
                gauge.now.angle += 1;
                gauge.heavy += 1;
            }
        }
        (b'>', _) if gauge.now.angle > 0 => {
            gauge.now.angle -= 1;
            gauge.heavy -= 1;
            gauge.operand = true;
            return lexeme.hi;
        }
        (b'-', b'>') => {
            gauge.light();
            gauge.operand = false;
            return lexeme.lo + 2;
        }
        _ if gauge.operand => {
            gauge.light();
            gauge.operand = false;
            return lexeme.lo + operator_len(at(0), at(1), at(2));
        }
        _ => gauge.heavy(),
    }
    gauge.operand = false;
    lexeme.hi
}

fn operator_len(a: u8, b: u8, c: u8) -> usize {
    match (a, b, c) {
        (b'.', b'.', b'=' | b'.') | (b'<', b'<', b'=') | (b'>', b'>', b'=') => 3,
        (b'&', b'&', _) | (b'|', b'|', _) | (b'.', b'.', _) | (b'<', b'<', _) | (b'>', b'>', _) => {
            2
        }
        (
            b'=' | b'!' | b'<' | b'>' | b'+' | b'-' | b'*' | b'/' | b'%' | b'^' | b'&' | b'|',
            b'=',
            _,
        ) => 2,
        _ => 1,
    }
}
