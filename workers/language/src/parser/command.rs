//! Lists, pipelines, and the words that open and close commands.

use super::Parser;
use crate::ast::{Command, FaultKind, Item, Join, List, Node, Pipeline, Span};

/// What may end a list of commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// Only the end of the text; closing words and brackets are faults and are skipped.
    EndOfText,
    /// Any closing word or bracket: what opened the list looks whether it is the right one.
    Closer,
}

const CLOSERS: [&str; 8] = ["then", "elif", "else", "fi", "do", "done", "esac", "}"];

impl Parser<'_> {
    pub(super) fn list(&mut self, stop: Stop) -> List {
        let mut list = List::default();
        if !self.enter() {
            return list;
        }
        loop {
            self.skip_lines();
            let before = self.at;
            match self.peek() {
                None => break,
                Some(b')') if stop == Stop::Closer => break,
                Some(b';') if matches!(self.peek_at(1), Some(b';' | b'&')) && stop == Stop::Closer => break,
                Some(b')' | b';' | b'|' | b'&') => {
                    self.fault(FaultKind::Unexpected, Span { start: before, end: before + 1 });
                    self.bump();
                    continue;
                }
                _ => {}
            }
            if let Some(word) = self.reserved()
                && CLOSERS.contains(&word)
            {
                if stop == Stop::Closer {
                    break;
                }
                let length = word.len();
                self.advance(length);
                self.fault(FaultKind::Unexpected, self.span_from(before));
                continue;
            }
            let item = self.item();
            list.items.push(item);
            if self.at == before {
                self.fault(FaultKind::Unexpected, Span { start: before, end: before + 1 });
                self.bump();
            }
        }
        self.leave();
        list
    }

    fn item(&mut self) -> Item {
        let first = self.pipeline();
        let mut rest = Vec::new();
        loop {
            self.skip_blanks();
            let join = if self.eat("&&") {
                Join::And
            } else if self.eat("||") {
                Join::Or
            } else {
                break;
            };
            self.skip_lines();
            rest.push((join, self.pipeline()));
        }
        let mut background = false;
        match self.peek() {
            Some(b'&') => {
                self.bump();
                background = true;
            }
            Some(b';') if !matches!(self.peek_at(1), Some(b';' | b'&')) => self.bump(),
            _ => {}
        }
        Item { first, rest, background }
    }

    fn pipeline(&mut self) -> Pipeline {
        let mut negated = false;
        loop {
            self.skip_blanks();
            match self.reserved() {
                Some("!") => {
                    negated = !negated;
                    self.bump();
                }
                Some("time") => {
                    self.advance(4);
                    self.skip_blanks();
                    while matches!(self.reserved(), Some("-p" | "--")) {
                        self.advance(2);
                        self.skip_blanks();
                    }
                }
                _ => break,
            }
        }
        let mut stages = vec![self.command()];
        loop {
            self.skip_blanks();
            if self.peek() != Some(b'|') || self.peek_at(1) == Some(b'|') {
                break;
            }
            self.bump();
            if self.peek() == Some(b'&') {
                self.bump();
            }
            self.skip_lines();
            stages.push(self.command());
        }
        Pipeline { stages, negated }
    }

    pub(super) fn command(&mut self) -> Node {
        self.skip_blanks();
        let start = self.at;
        if !self.enter() {
            return Node { command: Command::Unknown, redirects: Vec::new(), span: self.span_from(start) };
        }
        let mut node = match self.compound() {
            Some(command) => Node { command, redirects: Vec::new(), span: Span::default() },
            None => self.simple(),
        };
        loop {
            self.skip_blanks();
            match self.redirect() {
                Some(redirect) => node.redirects.push(redirect),
                None => break,
            }
        }
        node.span = self.span_from(start);
        if node.span.start == node.span.end {
            self.fault(FaultKind::Unexpected, node.span);
        }
        self.leave();
        node
    }

    /// The unquoted word here if it could be a reserved one; stays unread.
    pub(super) fn reserved(&self) -> Option<&str> {
        let rest = &self.bytes[self.at..];
        let length =
            rest.iter().take(10).take_while(|byte| byte.is_ascii_alphabetic() || b"{}[]!-".contains(byte)).count();
        let ends = rest.get(length).is_none_or(|byte| b" \t\r\n;&|()<>".contains(byte));
        (length > 0 && ends).then(|| &self.text[self.at..self.at + length])
    }

    pub(super) fn close_word(&mut self, word: &str) {
        self.skip_lines();
        if self.reserved() == Some(word) {
            self.advance(word.len());
        } else {
            self.fault(FaultKind::Unclosed, self.span_from(self.at));
        }
    }
}
