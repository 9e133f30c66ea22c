//! Words: quotes, expansions, substitutions.

use super::Parser;
use super::command::Stop;
use crate::ast::{Fault, FaultKind, Parameter, ParameterOp, Part, Word};

/// Where a run of parts ends. The ending byte stays unread, except for [`Until::Quote`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Until {
    /// At the end: a here-document's body.
    EndOfText,
    /// Behind `"`.
    Quote,
    /// At `}`, and at this byte too if it is not 0.
    Brace { also: u8, quoted: bool },
    /// At the `)` that closes more than was opened.
    Paren,
    /// At the `]` that closes more than was opened, or the line's end.
    Bracket,
}

impl Until {
    /// Whether `'` and `"` quote here.
    fn quotes(self) -> bool {
        !matches!(self, Self::EndOfText | Self::Quote | Self::Brace { quoted: true, .. })
    }
}

impl Parser<'_> {
    /// A word, if one begins here.
    pub(super) fn word(&mut self) -> Option<Word> {
        let start = self.at;
        self.word_after(start, Vec::new())
    }

    /// The rest of a word that began at `start` and has these parts already.
    pub(super) fn word_after(&mut self, start: usize, mut parts: Vec<Part>) -> Option<Word> {
        if !self.enter() {
            return None;
        }
        while let Some(byte) = self.peek() {
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' | b';' | b'&' | b'|' | b'(' | b')' => break,
                b'<' | b'>' => {
                    if self.peek_at(1) != Some(b'(') {
                        break;
                    }
                    self.advance(2);
                    let list = self.list(Stop::Closer);
                    self.close(")");
                    let list = Box::new(list);
                    parts.push(if byte == b'<' { Part::Process(list) } else { Part::Sink(list) });
                }
                b'?' | b'*' | b'+' | b'@' | b'!' if self.peek_at(1) == Some(b'(') => {
                    push_text(&mut parts, &format!("{}(", byte as char));
                    self.advance(2);
                    parts.extend(self.parts_until(Until::Paren));
                    self.close(")");
                    push_text(&mut parts, ")");
                }
                _ => self.part(&mut parts, true, false),
            }
        }
        self.leave();
        (self.at > start).then(|| Word { parts, span: self.span_from(start) })
    }

    /// Parts up to where `until` says.
    pub(super) fn parts_until(&mut self, until: Until) -> Vec<Part> {
        let mut parts = Vec::new();
        if !self.enter() {
            return parts;
        }
        let start = self.at;
        let mut open = 0u32;
        loop {
            let Some(byte) = self.peek() else {
                if until != Until::EndOfText {
                    self.fault(FaultKind::Unclosed, self.span_from(start));
                }
                break;
            };
            match (until, byte) {
                (Until::Quote, b'"') => {
                    self.bump();
                    break;
                }
                (Until::Brace { .. }, b'}') => break,
                (Until::Brace { also, .. }, other) if other == also => break,
                (Until::Bracket, b'\n') => break,
                (Until::Paren, b'(') | (Until::Bracket, b'[') => {
                    open += 1;
                    self.literal_byte(&mut parts);
                }
                (Until::Paren, b')') | (Until::Bracket, b']') => {
                    if open == 0 {
                        break;
                    }
                    open -= 1;
                    self.literal_byte(&mut parts);
                }
                _ => self.part(&mut parts, until.quotes(), matches!(until, Until::Quote)),
            }
        }
        self.leave();
        parts
    }

    /// One part. `quotes`: quotes and backslashes work as outside of double quotes.
    fn part(&mut self, parts: &mut Vec<Part>, quotes: bool, in_double: bool) {
        match self.peek() {
            Some(b'\\') => self.backslash(parts, quotes, in_double),
            Some(b'\'') if quotes => self.single_quoted(parts),
            Some(b'"') if quotes => {
                self.bump();
                let inner = self.parts_until(Until::Quote);
                parts.push(Part::Double(inner));
            }
            Some(b'$') => self.dollar(parts, quotes),
            Some(b'`') => self.backquoted(parts, in_double),
            _ => self.literal_byte(parts),
        }
    }

    fn backslash(&mut self, parts: &mut Vec<Part>, quotes: bool, in_double: bool) {
        let next = self.peek_at(1);
        let escapes = quotes || matches!(next, Some(b'$' | b'`' | b'\\' | b'\n')) || (in_double && next == Some(b'"'));
        self.bump();
        match next {
            Some(b'\n') if escapes => self.bump(),
            Some(byte) if escapes => {
                let mut text = String::new();
                self.push_char(&mut text, byte);
                parts.push(Part::Quoted(text));
            }
            _ => push_text(parts, "\\"),
        }
    }

    fn single_quoted(&mut self, parts: &mut Vec<Part>) {
        let start = self.at;
        self.bump();
        let rest = &self.text[self.at..];
        match rest.find('\'') {
            Some(length) => {
                parts.push(Part::Quoted(rest[..length].to_owned()));
                self.advance(length + 1);
            }
            None => {
                parts.push(Part::Quoted(rest.to_owned()));
                self.fault(FaultKind::Unclosed, crate::ast::Span { start, end: self.bytes.len() });
                self.advance(rest.len());
            }
        }
    }

    fn dollar(&mut self, parts: &mut Vec<Part>, quotes: bool) {
        let start = self.at;
        // A continued line is one before anything else is read, so the dollar may stand on the line above.
        while self.bytes[self.at + 1..].starts_with(b"\\\n") {
            self.advance(2);
        }
        match self.peek_at(1) {
            Some(b'\'') if quotes => self.ansi_c(parts),
            Some(b'"') if quotes => {
                self.advance(2);
                let inner = self.parts_until(Until::Quote);
                parts.push(Part::Double(inner));
            }
            Some(b'(') if self.peek_at(2) == Some(b'(') && self.closes_twice(3) => {
                self.advance(3);
                let inner = self.parts_until(Until::Paren);
                self.close("))");
                parts.push(Part::Arith(inner));
            }
            Some(b'(') => {
                self.advance(2);
                let list = self.list(Stop::Closer);
                self.close(")");
                parts.push(Part::Substitution(Box::new(list)));
            }
            Some(b'[') => {
                self.advance(2);
                let inner = self.parts_until(Until::Bracket);
                self.close("]");
                parts.push(Part::Arith(inner));
            }
            Some(b'{') => {
                self.advance(2);
                let parameter = self.braced_parameter(!quotes);
                self.close("}");
                parts.push(Part::Parameter(Box::new(parameter)));
            }
            Some(byte) if is_name_start(byte) => {
                self.bump();
                let name = self.name();
                parts.push(plain(name));
            }
            Some(byte @ (b'0'..=b'9' | b'@' | b'*' | b'#' | b'?' | b'-' | b'$' | b'!')) => {
                self.advance(2);
                parts.push(plain((byte as char).to_string()));
            }
            _ if self.at > start => {
                push_text(parts, "$");
                self.bump();
            }
            _ => self.literal_byte(parts),
        }
    }

    /// Whether the `(` `ahead - 1` bytes on is closed by a `)` that another `)` follows at once: arithmetic, not a subshell.
    pub(super) fn closes_twice(&mut self, ahead: usize) -> bool {
        let mut open = 1u32;
        let mut at = self.at + ahead;
        let mut quote = 0u8;
        let mut found = false;
        while let Some(byte) = self.bytes.get(at) {
            match *byte {
                b'\\' if quote != b'\'' => at += 1,
                other if quote == other => quote = 0,
                _ if quote != 0 => {}
                b'\'' | b'"' => quote = *byte,
                b'(' => open += 1,
                b')' => {
                    open -= 1;
                    if open == 0 {
                        found = self.bytes.get(at + 1) == Some(&b')');
                        break;
                    }
                }
                _ => {}
            }
            at += 1;
        }
        if !self.budget.take((at - self.at) / 4 + 1) {
            self.halt(FaultKind::TooMuchWork);
        }
        found
    }

    /// `$'…'`, decoded.
    fn ansi_c(&mut self, parts: &mut Vec<Part>) {
        let start = self.at;
        self.advance(2);
        let from = self.at;
        loop {
            match self.peek() {
                None => {
                    self.fault(FaultKind::Unclosed, self.span_from(start));
                    break;
                }
                Some(b'\'') => break,
                Some(b'\\') => self.advance(2),
                _ => self.bump(),
            }
        }
        let end = self.at.min(self.bytes.len());
        let raw = self.text.get(from..end).unwrap_or("");
        parts.push(Part::Quoted(crate::pure::unescape(raw)));
        if self.peek() == Some(b'\'') {
            self.bump();
        }
    }

    /// Backquotes: the inside is unescaped once and read again.
    fn backquoted(&mut self, parts: &mut Vec<Part>, in_double: bool) {
        let start = self.at;
        self.bump();
        let mut inside = String::new();
        loop {
            match self.peek() {
                None => {
                    self.fault(FaultKind::Unclosed, self.span_from(start));
                    break;
                }
                Some(b'`') => {
                    self.bump();
                    break;
                }
                Some(b'\\') => {
                    let next = self.peek_at(1);
                    self.bump();
                    if matches!(next, Some(b'`' | b'\\' | b'$')) || (in_double && next == Some(b'"')) {
                        self.push_char(&mut inside, next.unwrap_or(b'`'));
                    } else {
                        inside.push('\\');
                    }
                }
                Some(byte) => self.push_char(&mut inside, byte),
            }
        }
        let list = self.inner(&inside, |parser| parser.list(Stop::EndOfText)).unwrap_or_default();
        parts.push(Part::Substitution(Box::new(list)));
    }

    /// Reads another text one level deeper, on the same budget. Its faults are ours.
    pub(super) fn inner<T>(&mut self, text: &str, read: impl FnOnce(&mut Parser<'_>) -> T) -> Option<T> {
        if !self.enter() {
            return None;
        }
        let mut parser = Parser::new(text, self.depth, self.budget);
        let value = read(&mut parser);
        let kinds: Vec<FaultKind> = parser.faults.iter().map(|Fault { kind, .. }| *kind).collect();
        for kind in kinds {
            self.fault(kind, self.span_from(self.at.saturating_sub(1)));
        }
        self.leave();
        Some(value)
    }

    /// Expects a closing token.
    pub(super) fn close(&mut self, token: &str) {
        if !self.eat(token) {
            self.fault(FaultKind::Unclosed, self.span_from(self.at));
        }
    }

    pub(super) fn name(&mut self) -> String {
        let mut name = String::new();
        loop {
            let part = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte == b'_';
            let length = self.bytes[self.at..].iter().take_while(part).count();
            name.push_str(&self.text[self.at..self.at + length]);
            self.advance(length);
            // A name goes on behind a continued line.
            if !self.eat("\\\n") {
                return name;
            }
        }
    }

    fn literal_byte(&mut self, parts: &mut Vec<Part>) {
        let Some(byte) = self.peek() else { return };
        if !matches!(parts.last(), Some(Part::Literal(_))) {
            parts.push(Part::Literal(String::new()));
        }
        if let Some(Part::Literal(text)) = parts.last_mut() {
            let mut taken = std::mem::take(text);
            self.push_char(&mut taken, byte);
            if let Some(Part::Literal(text)) = parts.last_mut() {
                *text = taken;
            }
        }
    }

    /// Consumes the character that begins with `first`, whole.
    pub(super) fn push_char(&mut self, text: &mut String, first: u8) {
        let width = match first {
            0..=0x7f => 1,
            0xc0..=0xdf => 2,
            0xe0..=0xef => 3,
            _ => 4,
        };
        match self.text.get(self.at..self.at + width) {
            Some(character) => text.push_str(character),
            None => text.push(char::REPLACEMENT_CHARACTER),
        }
        self.advance(width);
    }
}

fn plain(name: String) -> Part {
    Part::Parameter(Box::new(Parameter { name, indirect: false, index: None, op: ParameterOp::Plain }))
}

fn push_text(parts: &mut Vec<Part>, text: &str) {
    match parts.last_mut() {
        Some(Part::Literal(existing)) => existing.push_str(text),
        _ => parts.push(Part::Literal(text.to_owned())),
    }
}

pub(super) fn is_name_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_'
}
