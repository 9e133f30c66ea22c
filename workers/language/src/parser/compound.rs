//! Compound commands: groups, branches, loops, tests, functions and coprocesses.

use super::Parser;
use super::command::Stop;
use super::word::Until;
use crate::ast::{Command, FaultKind, List, Word};
use std::rc::Rc;

impl Parser<'_> {
    /// A compound command, if one begins here.
    pub(super) fn compound(&mut self) -> Option<Command> {
        if self.peek() == Some(b'(') {
            if self.peek_at(1) == Some(b'(') && self.closes_twice(2) {
                self.advance(2);
                return Some(Command::Arith(self.arithmetic()));
            }
            self.bump();
            let list = self.list(Stop::Closer);
            self.close(")");
            return Some(Command::Subshell(list));
        }
        let word = self.reserved()?;
        if !matches!(word, "{" | "[[" | "if" | "while" | "until" | "for" | "select" | "case" | "function" | "coproc") {
            return None;
        }
        let length = word.len();
        let kind = word.as_bytes()[0];
        let (each, select) = (word == "select" || word == "for", word == "select");
        let function = word == "function";
        self.advance(length);
        Some(match kind {
            b'{' => {
                let list = self.list(Stop::Closer);
                self.close("}");
                Command::Group(list)
            }
            b'[' => self.test(),
            b'i' => self.conditional(),
            b'w' | b'u' => {
                let condition = self.list(Stop::Closer);
                let body = self.body();
                Command::Loop { condition, body }
            }
            _ if each => self.for_loop(select),
            _ if function => self.function_keyword(),
            b'c' if length == 4 => self.case(),
            _ => self.coproc(),
        })
    }

    fn arithmetic(&mut self) -> Word {
        let start = self.at;
        let parts = self.parts_until(Until::Paren);
        let word = Word { parts, span: self.span_from(start) };
        self.close("))");
        word
    }

    fn conditional(&mut self) -> Command {
        let mut arms = Vec::new();
        let mut otherwise = None;
        loop {
            let condition = self.list(Stop::Closer);
            self.close_word("then");
            let body = self.list(Stop::Closer);
            arms.push((condition, body));
            match self.reserved() {
                Some("elif") => self.advance(4),
                Some("else") => {
                    self.advance(4);
                    otherwise = Some(self.list(Stop::Closer));
                    break;
                }
                _ => break,
            }
        }
        self.close_word("fi");
        Command::If { arms, otherwise }
    }

    fn body(&mut self) -> List {
        self.skip_lines();
        if self.peek() == Some(b';') {
            self.bump();
            self.skip_lines();
        }
        if self.reserved() == Some("{") {
            self.bump();
            let list = self.list(Stop::Closer);
            self.close("}");
            return list;
        }
        self.close_word("do");
        let list = self.list(Stop::Closer);
        self.close_word("done");
        list
    }

    fn for_loop(&mut self, select: bool) -> Command {
        self.skip_blanks();
        if self.peek() == Some(b'(') && self.peek_at(1) == Some(b'(') {
            self.advance(2);
            let header = self.arithmetic();
            return Command::ArithFor { header, body: self.body() };
        }
        let name = self.word().map(|word| self.text[word.span.start..word.span.end].to_owned()).unwrap_or_default();
        self.skip_lines();
        let mut words = None;
        if self.reserved() == Some("in") {
            self.advance(2);
            let mut list = Vec::new();
            loop {
                self.skip_blanks();
                match self.word() {
                    Some(word) => list.push(word),
                    None => break,
                }
            }
            words = Some(list);
        }
        Command::For { name, words, select, body: self.body() }
    }

    fn case(&mut self) -> Command {
        self.skip_blanks();
        let subject = self.word().unwrap_or_default();
        self.skip_lines();
        self.close_word("in");
        let mut falls = false;
        let mut arms = Vec::new();
        loop {
            self.skip_lines();
            if self.peek().is_none() || self.reserved() == Some("esac") {
                break;
            }
            let before = self.at;
            self.eat("(");
            let mut patterns = Vec::new();
            loop {
                self.skip_blanks();
                match self.word() {
                    Some(word) => patterns.push(word),
                    None => break,
                }
                self.skip_blanks();
                if self.peek() != Some(b'|') {
                    break;
                }
                self.bump();
            }
            self.close(")");
            let body = self.list(Stop::Closer);
            arms.push((patterns, body));
            let fell = self.eat(";;&") || self.eat(";&");
            falls |= fell;
            if !(fell || self.eat(";;")) && self.reserved() != Some("esac") {
                self.fault(FaultKind::Unexpected, self.span_from(before));
                break;
            }
            if self.at == before {
                break;
            }
        }
        self.close_word("esac");
        Command::Case { subject, arms, falls }
    }

    /// The inside of `[[ … ]]`, flat: what matters in it is only what it expands.
    fn test(&mut self) -> Command {
        let mut words = Vec::new();
        let start = self.at;
        loop {
            self.skip_lines();
            if self.peek().is_none() {
                self.fault(FaultKind::Unclosed, self.span_from(start));
                break;
            }
            if self.reserved() == Some("]]") {
                self.advance(2);
                break;
            }
            match self.word() {
                Some(word) => words.push(word),
                None => self.bump(),
            }
        }
        Command::Test(words)
    }

    fn function_keyword(&mut self) -> Command {
        self.skip_blanks();
        let name = self.word().map(|word| self.text[word.span.start..word.span.end].to_owned()).unwrap_or_default();
        self.skip_blanks();
        if self.eat("(") {
            self.skip_blanks();
            self.close(")");
        }
        self.skip_lines();
        Command::Function { name, body: Rc::new(self.command()) }
    }

    /// `coproc [NAME] command`; a name stands only before a compound command.
    fn coproc(&mut self) -> Command {
        self.skip_blanks();
        let rest = &self.bytes[self.at..];
        let name = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
        let blanks = rest[name..].iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        if name > 0 && blanks > 0 && matches!(rest.get(name + blanks), Some(b'{' | b'(')) {
            self.advance(name);
        }
        Command::Coproc(Box::new(self.command()))
    }
}
