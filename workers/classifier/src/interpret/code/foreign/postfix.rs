//! What stands behind an operand: attributes, calls and their arguments, indexes, comprehensions.

use super::language::Language;
use super::lexer::Token;
use super::reader::Reader;
use super::table;
use super::thing::{Argument, Thing};
use palisade_language::limits::DEPTH_MAX;
use palisade_protocol::verdict::Class;

impl Reader<'_, '_> {
    /// What follows an operand: attributes, calls, indices, blocks.
    pub(super) fn postfix(&mut self, first: Thing) -> Thing {
        let mut thing = first;
        loop {
            match self.peek() {
                Some(Token::Op("." | "?." | "::" | "->" | "\\"))
                    if !self.name_at(1).is_empty() && !self.language.joins(if self.is(".") { "." } else { "" }) =>
                {
                    let name = self.name_at(1).to_owned();
                    let separator = if self.is("::") || self.is("\\") { "::" } else { "." };
                    self.at += 2;
                    thing = self.attribute(thing, separator, &name);
                }
                Some(Token::Op("->" | "?." | "."))
                    if self.is_at(1, "[") || self.is_at(1, "{") || self.is_at(1, "(") =>
                {
                    self.at += 1
                }
                Some(Token::Op("(")) => {
                    self.at += 1;
                    let arguments = self.items(")");
                    thing = self.call(thing, arguments);
                }
                Some(Token::Op(":")) if self.language == Language::Lua && !self.name_at(1).is_empty() => {
                    let name = self.name_at(1).to_owned();
                    self.at += 2;
                    thing = self.attribute(thing, ".", &name);
                }
                // `FileUtils.rm_rf %w[a b]` gives a list, where a value would be indexed.
                Some(Token::Op("["))
                    if self.language == Language::Ruby
                        && matches!(&thing, Thing::Named(name) if name.contains('.') && table::effect(Language::Ruby, name).is_some()) =>
                {
                    let arguments = self.bare_arguments();
                    thing = self.call(thing, arguments);
                }
                Some(Token::Op("[")) => {
                    self.at += 1;
                    let index = Thing::List(self.items("]").into_iter().map(|item| item.thing).collect());
                    thing = self.index(thing, &index);
                }
                Some(Token::Op("{")) if self.language == Language::Perl && matches!(thing, Thing::Named(_)) => {
                    self.at += 1;
                    let index = Thing::List(self.items("}").into_iter().map(|item| item.thing).collect());
                    thing = self.index(thing, &index);
                }
                Some(Token::Op("{")) | Some(Token::Name(_)) if self.block_begins() => {
                    self.at += 2;
                    while self.at < self.tokens.len() && !self.is("|") {
                        let name = self.name_at(0).to_owned();
                        if !name.is_empty() {
                            let element = thing.element();
                            self.bind(&name, element);
                        }
                        self.at += 1;
                    }
                    self.at += 1;
                    return thing;
                }
                Some(Token::Text(parts))
                    if matches!(self.language, Language::Js | Language::Julia) && matches!(thing, Thing::Named(_)) =>
                {
                    // A template with a tag before it.
                    let parts = parts.clone();
                    self.at += 1;
                    let value = self.text(&parts);
                    thing = self.call(thing, vec![Argument { name: String::new(), thing: Thing::Value(value) }]);
                }
                Some(Token::Text(_) | Token::Number(_) | Token::Name(_) | Token::Command(_) | Token::Inert)
                    if self.language.calls_bare() && self.may_call(&thing) =>
                {
                    let arguments = self.bare_arguments();
                    thing = self.call(thing, arguments);
                }
                _ => break,
            }
        }
        if let Thing::Named(name) = &thing
            && self.language.calls_bare()
            && !self.is("=")
            && !self.is("=>")
        {
            // In these languages a bare name may be a call.
            let name = name.clone();
            return self.bare(&name);
        }
        thing
    }

    /// Ruby's `{ |x|` and `do |x|`.
    pub(super) fn block_begins(&self) -> bool {
        self.language == Language::Ruby && self.is_at(1, "|") && (self.is("{") || self.name_at(0) == "do")
    }

    pub(super) fn may_call(&self, thing: &Thing) -> bool {
        let Thing::Named(name) = thing else { return false };
        !name.starts_with(['$', '@'])
            && match self.peek() {
                Some(Token::Name(next)) => {
                    !self.language.is_keyword(next)
                        || matches!(next.as_str(), "my" | "new" | "self" | "local" | "true" | "false" | "nil")
                }
                _ => true,
            }
    }

    /// Arguments without parentheses, up to the end of the statement.
    pub(super) fn bare_arguments(&mut self) -> Vec<Argument> {
        let mut arguments = Vec::new();
        loop {
            let before = self.at;
            let name = if self.is_at(1, ":") && !self.name_at(0).is_empty() {
                self.name_at(0).to_owned()
            } else {
                String::new()
            };
            if !name.is_empty() {
                self.at += 2;
            }
            let thing = self.expression();
            arguments.push(Argument { name, thing });
            if self.is(",") && arguments.len() < 256 {
                self.after_operator();
                continue;
            }
            if self.at == before {
                break;
            }
            // Perl's file handle before a list: `print STDERR "x"`.
            if matches!(self.peek(), Some(Token::Text(_) | Token::Number(_))) {
                continue;
            }
            break;
        }
        arguments
    }

    /// The items up to a closing bracket.
    pub(super) fn items(&mut self, close: &'static str) -> Vec<Argument> {
        let mut items = Vec::new();
        if self.machine.depth + 2 >= DEPTH_MAX {
            self.machine.note(Class::Ambiguous, "limit.nesting", "nests too deep to follow");
            self.at = self.tokens.len();
            return items;
        }
        self.comprehension();
        while self.at < self.tokens.len() && !self.is(close) {
            let before = self.at;
            let keyword =
                (self.is_at(1, "=") || self.is_at(1, ":") || self.is_at(1, "=>") && self.language != Language::Js)
                    && !self.name_at(0).is_empty()
                    && close != "}"
                    && !self.name_at(0).starts_with('$');
            let name = if keyword { self.name_at(0).to_owned() } else { String::new() };
            let key = close == "}" && self.is_at(1, ":") && !self.name_at(0).is_empty();
            if keyword || key {
                self.at += 2;
            }
            match self.statement() {
                Some(thing) => {
                    if let Thing::Named(function) = &thing {
                        self.mentioned(&function.clone());
                    }
                    if items.len() < 256 {
                        items.push(Argument { name, thing });
                    }
                }
                None if self.at == before => self.at += 1,
                None => {}
            }
        }
        self.at += 1;
        items
    }

    /// `… for x in y` inside of brackets: the name is bound before what uses it is read.
    pub(super) fn comprehension(&mut self) {
        if self.language != Language::Python || self.comprehensions >= 2 {
            return;
        }
        let (mut depth, begin) = (0i32, self.at);
        for at in begin..self.tokens.len().min(begin + 400) {
            match &self.tokens[at] {
                Token::Op("(" | "[" | "{") => depth += 1,
                Token::Op(")" | "]" | "}") => depth -= 1,
                Token::Name(name) if name == "for" && depth == 0 => {
                    self.at = at + 1;
                    self.comprehensions += 1;
                    self.loop_head();
                    self.comprehensions -= 1;
                    break;
                }
                _ => {}
            }
            if depth < 0 {
                break;
            }
        }
        self.at = begin;
    }
}
