//! Parameters in braces, `${name…}`: the name, its subscript, and what is done with its value.

use super::Parser;
use super::word::{Until, is_name_start};
use crate::ast::{FaultKind, Parameter, ParameterOp};

impl Parser<'_> {
    /// Behind `${`, up to its `}`.
    pub(super) fn braced_parameter(&mut self, quoted: bool) -> Parameter {
        let mut parameter = Parameter { name: String::new(), indirect: false, index: None, op: ParameterOp::Plain };
        if self.peek() == Some(b'(') {
            // zsh's flags; with `e` among them what the variable holds is expanded once more.
            let start = self.at;
            let flags = self.bytes[start..].iter().take(24).take_while(|byte| **byte != b')').count();
            if self.bytes[start..start + flags].contains(&b'e') {
                self.fault(FaultKind::Unexpected, self.span_from(start));
            }
        }
        let length = self.peek() == Some(b'#')
            && self.peek_at(1).is_some_and(|byte| is_name_start(byte) || b"@*0123456789".contains(&byte));
        if length {
            self.bump();
        } else if self.peek() == Some(b'!')
            && self.peek_at(1).is_some_and(|byte| is_name_start(byte) || byte.is_ascii_digit())
        {
            parameter.indirect = true;
            self.bump();
        }
        parameter.name = match self.peek() {
            Some(byte) if is_name_start(byte) => self.name(),
            Some(b'0'..=b'9') => {
                let digits = self.bytes[self.at..].iter().take(9).take_while(|byte| byte.is_ascii_digit()).count();
                let name = self.text[self.at..self.at + digits].to_owned();
                self.advance(digits);
                name
            }
            Some(byte @ (b'@' | b'*' | b'#' | b'?' | b'-' | b'$' | b'!' | b'_')) => {
                self.bump();
                (byte as char).to_string()
            }
            _ => String::new(),
        };
        if self.peek() == Some(b'[') {
            self.bump();
            parameter.index = Some(self.parts_until(Until::Bracket));
            self.close("]");
        }
        parameter.op = if length { ParameterOp::Length } else { self.parameter_op(quoted) };
        parameter
    }

    fn parameter_op(&mut self, quoted: bool) -> ParameterOp {
        let to_brace = Until::Brace { also: 0, quoted };
        // Patterns keep their quoting even inside double quotes.
        let pattern_to = |also| Until::Brace { also, quoted: false };
        let Some(byte) = self.peek() else { return ParameterOp::Plain };
        match byte {
            b'}' => ParameterOp::Plain,
            b'-' | b'=' | b'?' | b'+' => {
                self.bump();
                ParameterOp::Default { kind: byte, colon: false, word: self.parts_until(to_brace) }
            }
            b':' => {
                self.bump();
                match self.peek() {
                    Some(kind @ (b'-' | b'=' | b'?' | b'+')) => {
                        self.bump();
                        ParameterOp::Default { kind, colon: true, word: self.parts_until(to_brace) }
                    }
                    _ => {
                        let offset = self.parts_until(Until::Brace { also: b':', quoted });
                        let length = self.eat(":").then(|| self.parts_until(to_brace));
                        ParameterOp::Slice { offset, length }
                    }
                }
            }
            b'#' | b'%' => {
                self.bump();
                let longest = self.peek() == Some(byte);
                if longest {
                    self.bump();
                }
                ParameterOp::Trim { suffix: byte == b'%', longest, pattern: self.parts_until(pattern_to(0)) }
            }
            b'/' => {
                self.bump();
                let mode = match self.peek() {
                    Some(mode @ (b'/' | b'#' | b'%')) => {
                        self.bump();
                        mode
                    }
                    _ => 0,
                };
                let pattern = self.parts_until(pattern_to(b'/'));
                let with = if self.eat("/") { self.parts_until(to_brace) } else { Vec::new() };
                ParameterOp::Replace { mode, pattern, with }
            }
            b'^' | b',' => {
                self.bump();
                let all = self.peek() == Some(byte);
                if all {
                    self.bump();
                }
                // With a pattern only what fits it changes.
                let chosen = !self.parts_until(pattern_to(0)).is_empty();
                if chosen { ParameterOp::Other } else { ParameterOp::Case { upper: byte == b'^', all } }
            }
            b'@' => {
                self.bump();
                let letter = self.peek().unwrap_or(0);
                self.parts_until(to_brace);
                ParameterOp::Transform(letter)
            }
            _ => {
                self.parts_until(to_brace);
                ParameterOp::Other
            }
        }
    }
}
