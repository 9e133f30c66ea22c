//! Redirections, here-documents and here-strings.

use super::Parser;
use super::word::Until;
use crate::ast::{FaultKind, Part, Redirect, RedirectKind, Span, Word};

impl Parser<'_> {
    /// A redirection, if one begins here: `[n|{name}]op word`.
    pub(super) fn redirect(&mut self) -> Option<Redirect> {
        let start = self.at;
        let prefix = self.redirect_prefix()?;
        let fd = self.text[start..start + prefix].parse().ok();
        self.advance(prefix);
        // Longest operators first.
        const OPERATORS: [&str; 13] = ["&>>", "<<<", "<<-", "<<", "<>", "<&", "&>", ">>", ">&", ">|", "<", ">", ""];
        let operator = OPERATORS.iter().find(|operator| self.starts_with(operator)).copied().unwrap_or("");
        self.advance(operator.len());
        if operator == "<<" || operator == "<<-" {
            let body = self.here_document(operator == "<<-");
            return Some(Redirect {
                fd,
                kind: RedirectKind::HereDocument(body),
                forced: false,
                span: self.span_from(start),
            });
        }
        // zsh's `>!` writes even where it is told not to; to bash it is a file's name, and what follows an argument.
        let forced = matches!(operator, ">" | ">>")
            && self.peek() == Some(b'!')
            && self.peek_at(1).is_some_and(|byte| b" \t/~.$\"'".contains(&byte));
        if forced {
            self.bump();
        }
        self.skip_blanks();
        let word = self.word().unwrap_or_else(|| {
            self.fault(FaultKind::Unexpected, Span { start, end: self.at });
            Word { parts: Vec::new(), span: self.span_from(start) }
        });
        let kind = match operator {
            "<" => RedirectKind::Read(word),
            ">>" => RedirectKind::Append(word),
            "<>" => RedirectKind::ReadWrite(word),
            "&>" => RedirectKind::Both(word),
            "&>>" => RedirectKind::BothAppend(word),
            "<<<" => RedirectKind::HereString(word),
            "<&" => RedirectKind::Duplicate(word),
            ">&" if is_descriptor(&word) => RedirectKind::Duplicate(word),
            ">&" => RedirectKind::Both(word),
            _ => RedirectKind::Write(word),
        };
        Some(Redirect { fd, kind, forced, span: self.span_from(start) })
    }

    /// The length of what precedes the operator of a redirection that begins here; `None` if none begins here.
    fn redirect_prefix(&self) -> Option<usize> {
        let rest = &self.bytes[self.at..];
        let operator = |at: usize| match rest.get(at) {
            // `<(` and `>(` are process substitutions, which are words.
            Some(b'<' | b'>') => rest.get(at + 1) != Some(&b'('),
            Some(b'&') => at == 0 && rest.get(1) == Some(&b'>'),
            _ => false,
        };
        if operator(0) {
            return Some(0);
        }
        let digits = rest.iter().take(10).take_while(|byte| byte.is_ascii_digit()).count();
        if digits > 0 && matches!(rest.get(digits), Some(b'<' | b'>')) {
            return Some(digits);
        }
        if rest.first() == Some(&b'{') {
            let name =
                rest[1..].iter().take(64).take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
            if name > 0 && rest.get(name + 1) == Some(&b'}') && matches!(rest.get(name + 2), Some(b'<' | b'>')) {
                return Some(name + 2);
            }
        }
        None
    }

    /// Reads the delimiter here and the body behind this line's end.
    fn here_document(&mut self, strip_tabs: bool) -> Vec<Part> {
        self.skip_blanks();
        let start = self.at;
        let Some((delimiter, quoted)) = self.delimiter() else {
            self.fault(FaultKind::Unexpected, Span { start, end: self.at });
            return Vec::new();
        };
        let line_end = match self.bodies {
            Some(bodies) => Some(bodies.start),
            None => self.bytes[self.at..].iter().position(|byte| *byte == b'\n').map(|found| self.at + found),
        };
        let Some(line_end) = line_end else {
            self.fault(FaultKind::Unclosed, Span { start, end: self.bytes.len() });
            return Vec::new();
        };
        let begin = self.bodies.map_or(line_end + 1, |bodies| bodies.end);
        let mut body = String::new();
        let mut at = begin;
        let mut closed = false;
        while at < self.bytes.len() {
            let end =
                self.bytes[at..].iter().position(|byte| *byte == b'\n').map_or(self.bytes.len(), |found| at + found);
            let mut line = &self.text[at..end];
            if strip_tabs {
                line = line.trim_start_matches('\t');
            }
            at = (end + 1).min(self.bytes.len());
            if line == delimiter {
                closed = true;
                break;
            }
            body.push_str(line);
            body.push('\n');
        }
        if !closed {
            self.fault(FaultKind::Unclosed, Span { start, end: self.bytes.len() });
        }
        self.bodies = Some(Span { start: line_end, end: at });
        if !self.budget.take(body.len() + (line_end - self.at) / 8 + 1) {
            self.halt(FaultKind::TooMuchWork);
            return Vec::new();
        }
        if quoted {
            return vec![Part::Quoted(body)];
        }
        self.inner(&body, |parser| parser.parts_until(Until::EndOfText)).unwrap_or_default()
    }

    /// A here-document's delimiter: its text after quote removal, and whether any of it was quoted.
    fn delimiter(&mut self) -> Option<(String, bool)> {
        let start = self.at;
        let mut text = String::new();
        let mut quoted = false;
        while let Some(byte) = self.peek() {
            match byte {
                b' ' | b'\t' | b'\n' | b';' | b'&' | b'|' | b'<' | b'>' | b'(' | b')' => break,
                b'\'' | b'"' => {
                    quoted = true;
                    self.bump();
                    while let Some(inner) = self.peek().filter(|inner| *inner != byte && *inner != b'\n') {
                        self.push_char(&mut text, inner);
                    }
                    if self.peek() == Some(byte) {
                        self.bump();
                    }
                }
                b'\\' => {
                    quoted = true;
                    self.bump();
                    if let Some(next) = self.peek().filter(|next| *next != b'\n') {
                        self.push_char(&mut text, next);
                    }
                }
                other => self.push_char(&mut text, other),
            }
        }
        (self.at > start).then_some((text, quoted))
    }
}

/// Whether the word after `>&` copies or closes a descriptor instead of naming a file.
fn is_descriptor(word: &Word) -> bool {
    match word.parts.as_slice() {
        [Part::Literal(text)] => {
            text == "-" || (!text.is_empty() && text.trim_end_matches('-').bytes().all(|byte| byte.is_ascii_digit()))
        }
        _ => false,
    }
}
