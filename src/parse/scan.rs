//! A byte scanner that knows just enough of Rust's lexis never to be fooled by strings, characters and comments.

/// What a lexeme is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// `// ..`, up to the line break.
    Line,
    /// `/* .. */`, nested.
    Block,
    /// Any string, byte, character or number literal, and lifetimes.
    Literal,
    /// An identifier or keyword.
    Ident,
    /// `(`, `[`, `{`.
    Open,
    /// `)`, `]`, `}`.
    Close,
    /// Any other single byte.
    Punct,
}

/// One lexeme.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lexeme {
    pub(crate) kind: Kind,
    pub(crate) lo: usize,
    pub(crate) hi: usize,
}

/// Yields lexemes, white space left out.
pub(crate) struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Scan<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Scan {
            bytes: text.as_bytes(),
            at: 0,
        }
    }

    pub(crate) fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn line_comment(&mut self) {
        while self.at < self.bytes.len() && self.peek(0) != b'\n' {
            self.at += 1;
        }
    }

    fn block_comment(&mut self) {
        let mut depth = 0_usize;
        while self.at < self.bytes.len() {
            match (self.peek(0), self.peek(1)) {
                (b'/', b'*') => {
                    depth += 1;
                    self.at += 2;
                }
                (b'*', b'/') => {
                    depth -= 1;
                    self.at += 2;
                    if depth == 0 {
                        return;
                    }
                }
                _ => self.at += 1,
            }
        }
        self.at = self.bytes.len();
    }

    /// From the opening quote.
    fn quoted(&mut self, quote: u8) {
        self.at += 1;
        while self.at < self.bytes.len() {
            match self.peek(0) {
                b'\\' => self.at += 2,
                b if b == quote => {
                    self.at += 1;
                    return;
                }
                _ => self.at += 1,
            }
        }
        self.at = self.bytes.len();
    }

    /// From the first `#` or `"` after `r`. Returns false for a raw identifier, and stays where it is.
    fn raw_string(&mut self) -> bool {
        let mut hashes = 0;
        while self.peek(hashes) == b'#' {
            hashes += 1;
        }
        if self.peek(hashes) != b'"' {
            return false;
        }
        self.at += hashes + 1;
        while self.at < self.bytes.len() {
            let closes = self.peek(0) == b'"' && (1..=hashes).all(|i| self.peek(i) == b'#');
            self.at += 1;
            if closes {
                self.at += hashes;
                return true;
            }
        }
        true
    }

    fn ident(&mut self) -> Kind {
        let lo = self.at;
        while is_ident(self.peek(0)) {
            self.at += 1;
        }
        let text = self.bytes.get(lo..self.at).unwrap_or(b"");
        match (text, self.peek(0)) {
            (b"r" | b"br" | b"cr", b'"' | b'#') => {
                if self.raw_string() {
                    return Kind::Literal;
                }
                // `r#ident`.
                if text == b"r" && self.peek(0) == b'#' && is_ident(self.peek(1)) {
                    self.at += 1;
                    while is_ident(self.peek(0)) {
                        self.at += 1;
                    }
                }
                Kind::Ident
            }
            (b"b" | b"c", b'"') => {
                self.quoted(b'"');
                Kind::Literal
            }
            (b"b", b'\'') => {
                self.quoted(b'\'');
                Kind::Literal
            }
            _ => Kind::Ident,
        }
    }

    /// From a `'`: a character or a lifetime.
    fn quote(&mut self) {
        if self.peek(1) == b'\\' {
            return self.quoted(b'\'');
        }
        let width = match self.peek(1) {
            0..=0x7f => 1,
            0x80..=0xdf => 2,
            0xe0..=0xef => 3,
            _ => 4,
        };
        if self.peek(1 + width) == b'\'' {
            self.at += width + 2;
            return;
        }
        self.at += 1;
        while is_ident(self.peek(0)) {
            self.at += 1;
        }
    }

    fn number(&mut self) {
        while is_ident(self.peek(0)) || (self.peek(0) == b'.' && self.peek(1).is_ascii_digit()) {
            self.at += 1;
        }
    }
}

impl Iterator for Scan<'_> {
    type Item = Lexeme;

    fn next(&mut self) -> Option<Lexeme> {
        while matches!(self.peek(0), b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c) {
            self.at += 1;
        }
        let lo = self.at;
        let byte = *self.bytes.get(lo)?;
        let kind = match (byte, self.peek(1)) {
            (b'/', b'/') => {
                self.line_comment();
                Kind::Line
            }
            (b'/', b'*') => {
                self.block_comment();
                Kind::Block
            }
            (b'"', _) => {
                self.quoted(b'"');
                Kind::Literal
            }
            (b'\'', _) => {
                self.quote();
                Kind::Literal
            }
            (b'0'..=b'9', _) => {
                self.number();
                Kind::Literal
            }
            (b'(' | b'[' | b'{', _) => {
                self.at += 1;
                Kind::Open
            }
            (b')' | b']' | b'}', _) => {
                self.at += 1;
                Kind::Close
            }
            (b, _) if is_ident(b) => self.ident(),
            _ => {
                self.at += 1;
                Kind::Punct
            }
        };
        self.at = self.at.min(self.bytes.len());
        Some(Lexeme {
            kind,
            lo,
            hi: self.at,
        })
    }
}

fn is_ident(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}
