//! Simple commands: assignments, words and redirections in the order in which they stand.

use super::Parser;
use super::word::{Until, is_name_start};
use crate::ast::{Assigned, Assignment, Command, FaultKind, Node, Part, RedirectKind, Simple, Span, Word};
use std::rc::Rc;

/// Builtins whose arguments may be assignments.
const DECLARING: [&str; 7] = ["declare", "typeset", "local", "export", "readonly", "alias", "let"];

impl Parser<'_> {
    pub(super) fn simple(&mut self) -> Node {
        let start = self.at;
        let mut simple = Simple::default();
        let mut redirects = Vec::new();
        let mut declaring = false;
        loop {
            self.skip_blanks();
            if let Some(redirect) = self.redirect() {
                if let (RedirectKind::Write(word) | RedirectKind::Append(word), true) =
                    (&redirect.kind, redirect.forced)
                {
                    simple.words.push(word.clone());
                }
                redirects.push(redirect);
                continue;
            }
            match self.peek() {
                None | Some(b'\n' | b';' | b'&' | b'|' | b')') => break,
                Some(b'(') => {
                    if simple.words.len() == 1 && simple.assignments.is_empty() && self.empty_parens() {
                        let span = simple.words[0].span;
                        let name = self.text[span.start..span.end].to_owned();
                        self.skip_lines();
                        let body = Rc::new(self.command());
                        return Node {
                            command: Command::Function { name, body },
                            redirects,
                            span: self.span_from(start),
                        };
                    }
                    self.fault(FaultKind::Unexpected, Span { start: self.at, end: self.at + 1 });
                    self.bump();
                    continue;
                }
                _ => {}
            }
            if (simple.words.is_empty() || declaring) && self.assignment_begins() {
                match self.assignment() {
                    Ok(assignment) => simple.assignments.push(assignment),
                    Err(word) => simple.words.push(word),
                }
                continue;
            }
            let Some(word) = self.word() else { break };
            if simple.words.is_empty() {
                declaring = DECLARING.contains(&&self.text[word.span.start..word.span.end.min(self.text.len())]);
            }
            simple.words.push(word);
        }
        Node { command: Command::Simple(simple), redirects, span: self.span_from(start) }
    }

    /// `( )` and nothing in it, consumed.
    fn empty_parens(&mut self) -> bool {
        let blanks = self.bytes[self.at + 1..].iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let empty = self.peek_at(1 + blanks) == Some(b')');
        if empty {
            self.advance(blanks + 2);
        }
        empty
    }

    fn assignment_begins(&self) -> bool {
        let rest = &self.bytes[self.at..];
        let length = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
        rest.first().is_some_and(|byte| is_name_start(*byte))
            && match rest.get(length) {
                Some(b'=' | b'[') => true,
                Some(b'+') => rest.get(length + 1) == Some(&b'='),
                _ => false,
            }
    }

    /// An assignment, or the word that it turned out to be. Nothing is read twice: a subscript that was read stays read.
    fn assignment(&mut self) -> Result<Assignment, Word> {
        let start = self.at;
        let length =
            self.bytes[start..].iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
        let name = self.text[start..start + length].to_owned();
        self.advance(length);
        let mut index = None;
        if self.eat("[") {
            let parts = self.parts_until(Until::Bracket);
            let closed = self.eat("]");
            if !closed || !(self.peek() == Some(b'=') || self.starts_with("+=")) {
                let mut all = vec![Part::Literal(format!("{name}["))];
                all.extend(parts);
                if closed {
                    all.push(Part::Literal("]".to_owned()));
                }
                return Err(self.word_after(start, all).unwrap_or_default());
            }
            index = Some(parts);
        }
        let append = self.eat("+=");
        if !append {
            self.eat("=");
        }
        let value = if self.peek() == Some(b'(') {
            self.bump();
            Assigned::Array(self.array())
        } else {
            let at = self.at;
            Assigned::Scalar(self.word().unwrap_or(Word { parts: Vec::new(), span: Span { start: at, end: at } }))
        };
        Ok(Assignment { name, append, index, value, span: self.span_from(start) })
    }

    fn array(&mut self) -> Vec<Word> {
        let mut words = Vec::new();
        let start = self.at;
        loop {
            self.skip_lines();
            match self.peek() {
                None => {
                    self.fault(FaultKind::Unclosed, self.span_from(start));
                    return words;
                }
                Some(b')') => {
                    self.bump();
                    return words;
                }
                _ => {}
            }
            match self.word() {
                Some(word) => words.push(word),
                None => {
                    self.fault(FaultKind::Unexpected, Span { start: self.at, end: self.at + 1 });
                    self.bump();
                }
            }
        }
    }
}
