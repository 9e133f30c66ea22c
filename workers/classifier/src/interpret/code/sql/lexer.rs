//! Statements cut into tokens as one kind of database reads them. Total: every text has tokens, in linear time.

/// How a database, or the client before it, reads text. Where they differ, a literal to one holds statements to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Reading {
    /// A backslash in a string takes the next character along.
    pub backslash: bool,
    /// Comments nest.
    pub nests: bool,
    /// `#` begins a comment.
    pub hash: bool,
    /// `--` begins a comment only before a blank, and what stands in `/*! */` runs.
    pub mysql: bool,
    /// `$tag$ … $tag$` is a string.
    pub dollar: bool,
    /// `"…"` is a string, not a name.
    pub double_is_text: bool,
    /// `[…]` is a name.
    pub brackets: bool,
}

/// One token; words are in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    Word(String),
    /// A quoted name.
    Name(String),
    Literal(String),
    Number(String),
    Symbol(char),
}

/// A token and where it stands in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub kind: Kind,
    pub start: usize,
    pub end: usize,
}

impl Token {
    /// The bare word, if it is one.
    pub(super) fn word(&self) -> &str {
        match &self.kind {
            Kind::Word(word) => word,
            _ => "",
        }
    }

    pub(super) fn is(&self, symbol: char) -> bool {
        self.kind == Kind::Symbol(symbol)
    }
}

/// The tokens of a text.
pub(super) fn tokens(text: &str, reading: Reading) -> Vec<Token> {
    let mut lexer = Lexer { text, bytes: text.as_bytes(), at: 0, reading, out: Vec::new(), executable: 0 };
    while lexer.at < lexer.bytes.len() {
        lexer.step();
    }
    lexer.out
}

struct Lexer<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    reading: Reading,
    out: Vec<Token>,
    /// Inside so many of MySQL's `/*! … */`.
    executable: usize,
}

impl Lexer<'_> {
    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn push(&mut self, kind: Kind, start: usize) {
        self.out.push(Token { kind, start, end: self.at });
    }

    fn step(&mut self) {
        let start = self.at;
        match self.bytes[self.at] {
            byte if byte.is_ascii_whitespace() => self.at += 1,
            b'-' if self.peek(1) == b'-'
                && (!self.reading.mysql || self.at + 2 >= self.bytes.len() || self.peek(2) <= b' ') =>
            {
                self.line_comment();
            }
            b'#' if self.reading.hash => self.line_comment(),
            b'/' if self.peek(1) == b'*' => self.comment(),
            b'*' if self.executable > 0 && self.peek(1) == b'/' => {
                self.executable -= 1;
                self.at += 2;
            }
            b'\'' => {
                let escapes = self.reading.backslash || self.escape_string();
                let text = self.quoted(b'\'', escapes);
                self.push(Kind::Literal(text), start);
            }
            b'"' if self.reading.double_is_text => {
                let text = self.quoted(b'"', self.reading.backslash);
                self.push(Kind::Literal(text), start);
            }
            quote @ (b'"' | b'`') => {
                let name = self.quoted(quote, self.reading.backslash && quote == b'`');
                self.push(Kind::Name(name.to_lowercase()), start);
            }
            b'[' if self.reading.brackets && !self.after_operand() => {
                let name = self.quoted(b']', false);
                self.push(Kind::Name(name.to_lowercase()), start);
            }
            b'$' if self.reading.dollar => match self.dollar_tag() {
                Some(tag) => {
                    let from = start + tag;
                    let mark = &self.text[start..from];
                    let end = self.text[from..].find(mark).map_or(self.text.len(), |end| from + end);
                    self.at = (end + tag).min(self.text.len());
                    let literal = self.text[from..end].to_owned();
                    self.push(Kind::Literal(literal), start);
                }
                None => self.symbol(),
            },
            byte if byte.is_ascii_digit() => {
                while matches!(self.peek(0), b'0'..=b'9' | b'.' | b'_' | b'a'..=b'z' | b'A'..=b'Z') {
                    self.at += 1;
                }
                let number = self.text[start..self.at].to_owned();
                self.push(Kind::Number(number), start);
            }
            byte if is_word(byte) => {
                while is_word(self.peek(0)) || self.peek(0) == b'$' && !self.reading.dollar {
                    self.at += 1;
                }
                let word = self.text[start..self.at].to_lowercase();
                self.push(Kind::Word(word), start);
            }
            _ => self.symbol(),
        }
    }

    fn symbol(&mut self) {
        let start = self.at;
        let symbol = self.text[start..].chars().next().unwrap_or(' ');
        self.at += symbol.len_utf8();
        self.push(Kind::Symbol(symbol), start);
    }

    fn line_comment(&mut self) {
        while self.at < self.bytes.len() && self.bytes[self.at] != b'\n' {
            self.at += 1;
        }
    }

    fn comment(&mut self) {
        if self.reading.mysql && matches!(self.peek(2), b'!' | b'M') {
            self.at += 3 + usize::from(self.peek(2) == b'M' && self.peek(3) == b'!');
            // A version number may follow.
            while self.peek(0).is_ascii_digit() {
                self.at += 1;
            }
            self.executable += 1;
            return;
        }
        let mut depth = 0;
        while self.at < self.bytes.len() {
            match (self.bytes[self.at], self.peek(1)) {
                (b'/', b'*') if depth == 0 || self.reading.nests => {
                    depth += 1;
                    self.at += 2;
                }
                (b'*', b'/') => {
                    depth -= 1;
                    self.at += 2;
                }
                _ => self.at += 1,
            }
            if depth == 0 {
                break;
            }
        }
        self.at = self.at.min(self.bytes.len());
    }

    /// From the opening quote to behind the closing one, which counts as itself when it is doubled.
    fn quoted(&mut self, close: u8, escapes: bool) -> String {
        self.at += 1;
        let mut out = Vec::new();
        while self.at < self.bytes.len() {
            let byte = self.bytes[self.at];
            if byte == close {
                if self.peek(1) != close {
                    break;
                }
                self.at += 1;
            } else if byte == b'\\' && escapes && self.at + 1 < self.bytes.len() {
                self.at += 1;
            }
            out.push(self.bytes[self.at]);
            self.at += 1;
        }
        self.at = (self.at + 1).min(self.bytes.len());
        String::from_utf8_lossy(&out).into_owned()
    }

    /// `E'…'`: Postgres reads backslashes in it.
    fn escape_string(&self) -> bool {
        self.out.last().is_some_and(|last| last.end == self.at && last.word() == "e")
    }

    /// An index stands behind an operand, a quoted name does not.
    fn after_operand(&self) -> bool {
        self.out.last().is_some_and(|last| {
            last.end == self.at && (!matches!(last.kind, Kind::Symbol(_)) || last.is(')') || last.is(']'))
        })
    }

    /// The length of `$tag$`.
    fn dollar_tag(&self) -> Option<usize> {
        let rest = &self.bytes[self.at + 1..];
        let name = rest.iter().take_while(|byte| is_word(**byte)).count();
        (rest.get(name) == Some(&b'$') && !rest.first().is_some_and(u8::is_ascii_digit)).then_some(name + 2)
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, reading: Reading) -> String {
        let one = |token: Token| match token.kind {
            Kind::Word(text) => text,
            Kind::Name(text) => format!("<{text}>"),
            Kind::Literal(text) => format!("'{text}'"),
            Kind::Number(text) => text,
            Kind::Symbol(symbol) => symbol.to_string(),
        };
        tokens(text, reading).into_iter().map(one).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn each_database_reads_its_own_way() {
        let plain = Reading::default();
        let mysql = Reading { backslash: true, mysql: true, hash: true, double_is_text: true, ..plain };
        let postgres = Reading { dollar: true, nests: true, ..plain };
        for (text, reading, expected) in [
            ("a 'b''c' -- x\nD", plain, "a 'b'c' d"),
            ("1--1;drop", mysql, "1 - - 1 ; drop"),
            ("1--1;drop", plain, "1"),
            ("/*!50000 drop*/ x", mysql, "drop x"),
            ("/* /* */ drop */", plain, "drop * /"),
            ("/* /* */ drop */ x", postgres, "x"),
            ("'\\' ; drop", plain, "'\\' ; drop"),
            ("'\\' ; drop", mysql, "'' ; drop'"),
            ("e'\\'; drop'", postgres, "e ''; drop'"),
            ("$a$ ; $a$ x", postgres, "' ; ' x"),
            ("\"Drop\" `x`", plain, "<drop> <x>"),
            ("\"Drop\"", mysql, "'Drop'"),
            ("é'", plain, "é ''"),
            ("'", plain, "''"),
            ("/*", plain, ""),
        ] {
            assert_eq!(shown(text, reading), expected, "{text}");
        }
    }
}
