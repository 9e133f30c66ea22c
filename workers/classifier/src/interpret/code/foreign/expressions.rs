//! Expressions: operands joined by operators, and what is assigned from them.

use super::language::Language;
use super::lexer::Token;
use super::reader::Reader;
use super::thing::Thing;
use palisade_language::limits::DEPTH_MAX;
use palisade_language::words::Origin;
use palisade_protocol::verdict::Class;

impl Reader<'_, '_> {
    /// `const {a, b: c} = require('fs')`
    pub(super) fn destructure(&mut self) {
        self.at += 2;
        let mut names: Vec<(String, String)> = Vec::new();
        while self.at < self.tokens.len() && !self.is("}") {
            let name = self.name_at(0).to_owned();
            if !name.is_empty() {
                if self.is_at(1, ":") && !self.name_at(2).is_empty() {
                    names.push((name, self.name_at(2).to_owned()));
                    self.at += 2;
                } else {
                    names.push((name.clone(), name));
                }
            }
            self.at += 1;
        }
        self.at += 1;
        if !self.is("=") {
            return;
        }
        self.at += 1;
        let source = self.expression();
        for (name, local) in names {
            let thing = match &source {
                Thing::Named(module) => Thing::Named(format!("{module}.{name}")),
                other => Thing::unknown(other.origin().unwrap_or(Origin::Mixed).max(Origin::Mixed)),
            };
            self.bind(&local, thing);
        }
    }

    pub(super) fn expression(&mut self) -> Thing {
        if self.machine.depth + 2 >= DEPTH_MAX || !self.machine.budget.take(8) {
            self.machine.note(Class::Ambiguous, "limit.nesting", "nests too deep to follow");
            self.at = self.tokens.len();
            return Thing::unknown(Origin::Mixed);
        }
        self.machine.depth += 1;
        let thing = self.joined();
        self.machine.depth -= 1;
        thing
    }

    pub(super) fn joined(&mut self) -> Thing {
        let mut left = self.operand();
        loop {
            let operator = match self.peek() {
                Some(Token::Op(operator)) => *operator,
                Some(Token::Name(name))
                    if matches!(
                        name.as_str(),
                        "and"
                            | "or"
                            | "not"
                            | "in"
                            | "is"
                            | "if"
                            | "else"
                            | "unless"
                            | "x"
                            | "instanceof"
                            | "while"
                            | "until"
                    ) =>
                {
                    self.at += 1;
                    let right = self.operand();
                    left = left.mixed(&right);
                    continue;
                }
                _ => return left,
            };
            match operator {
                "=" | "," | ";" | ":" | ")" | "]" | "}" | "{" => return left,
                _ if self.language.joins(operator) => {
                    self.after_operator();
                    let right = self.operand();
                    left = match (&left, &right) {
                        (Thing::List(first), Thing::List(second)) => {
                            Thing::List(first.iter().chain(second).take(256).cloned().collect())
                        }
                        _ => {
                            let mut value = left.value();
                            value.append(&right.value());
                            Thing::Value(value)
                        }
                    };
                }
                "/" if matches!(self.language, Language::Python | Language::Ruby | Language::Groovy) => {
                    self.after_operator();
                    let right = self.operand();
                    let mut value = left.value();
                    value.push_text("/");
                    value.append(&right.value());
                    left = Thing::Value(value);
                }
                "=>" => {
                    // What stands before was a parameter or a key.
                    self.after_operator();
                    let body = self.operand();
                    left = if self.language == Language::Js { Thing::Function } else { body };
                }
                _ => {
                    self.after_operator();
                    let before = self.at;
                    let right = self.operand();
                    if self.at == before && matches!(operator, "|" | "?" | "!" | "->") {
                        return left;
                    }
                    left = left.mixed(&right);
                }
            }
        }
    }

    pub(super) fn after_operator(&mut self) {
        self.at += 1;
        while matches!(self.peek(), Some(Token::Line)) {
            self.at += 1;
        }
    }

    pub(super) fn operand(&mut self) -> Thing {
        // Signs and words before an operand.
        let mut guard = 0;
        while guard < 64 {
            match self.peek() {
                Some(Token::Op(
                    "-" | "!" | "+" | "*" | "**" | "&" | "@" | "\\" | "..." | "~" | "++" | "--" | "?" | ".",
                )) => self.at += 1,
                Some(Token::Name(name))
                    if self.language.is_keyword(name)
                        && !(matches!(name.as_str(), "for" | "foreach")
                            || self.is_at(1, "=")
                            || self.is_at(1, ".")
                            || name == "do" && self.is_at(1, "|")) =>
                {
                    self.at += 1
                }
                _ => break,
            }
            guard += 1;
        }
        let first = match self.peek().cloned() {
            Some(Token::Text(parts)) => {
                self.at += 1;
                let mut value = self.text(&parts);
                while self.language == Language::Python
                    && let Some(Token::Text(parts)) = self.peek().cloned()
                {
                    self.at += 1;
                    value.append(&self.text(&parts));
                }
                Thing::Value(value)
            }
            Some(Token::Number(number)) => {
                self.at += 1;
                Thing::text(number)
            }
            Some(Token::Command(parts)) => {
                self.at += 1;
                let command = self.text(&parts);
                self.shell(&command)
            }
            Some(Token::Inert) => {
                self.at += 1;
                Thing::unknown(Origin::Number)
            }
            Some(Token::Op("(")) => {
                self.at += 1;
                let mut items = self.items(")");
                if items.len() == 1 {
                    items.remove(0).thing
                } else {
                    Thing::List(items.into_iter().map(|item| item.thing).collect())
                }
            }
            Some(Token::Op("[")) => {
                self.at += 1;
                Thing::List(self.items("]").into_iter().map(|item| item.thing).collect())
            }
            Some(Token::Op("{")) => {
                self.at += 1;
                Thing::List(self.items("}").into_iter().map(|item| item.thing).collect())
            }
            Some(Token::Name(name)) if name == "for" || name == "foreach" => {
                self.at += 1;
                self.loop_head();
                return Thing::unknown(Origin::Number);
            }
            Some(Token::Name(name))
                if matches!(name.as_str(), "function" | "lambda" | "fn" | "sub" | "proc" | "class" | "def")
                    && !self.is_at(1, ".") =>
            {
                self.definition();
                return Thing::Function;
            }
            Some(Token::Name(name)) => {
                self.at += 1;
                if self.is("=") || self.is("<-") || self.is(":=") {
                    return self.assign(&name);
                }
                if matches!(self.peek(), Some(Token::Op("+=" | "||=" | ".=" | "&&=" | "??=" | "-=" | "*="))) {
                    self.after_operator();
                    let thing = self.expression();
                    self.bind(&name, Thing::unknown(thing.origin().max(Some(Origin::Mixed)).unwrap_or(Origin::Mixed)));
                    return thing;
                }
                if self.is("=>") && self.language == Language::Js {
                    if !self.scope.contains_key(&name) {
                        self.bind(&name, Thing::unknown(Origin::Mixed));
                    }
                    return Thing::Function;
                }
                match self.scope.get(&name) {
                    Some(thing) => thing.clone(),
                    None => Thing::Named(name),
                }
            }
            _ => return Thing::unknown(Origin::Number),
        };
        self.postfix(first)
    }

    /// `name = …`
    pub(super) fn assign(&mut self, name: &str) -> Thing {
        // Of several names each gets a part of it.
        let several = self.at >= 2 && matches!(self.tokens.get(self.at - 2), Some(Token::Op(",")));
        self.after_operator();
        let thing = self.expression();
        let several = several || self.is(",") && !matches!(self.language, Language::Js);
        let thing = if several {
            Thing::unknown(thing.origin().max(Some(Origin::Mixed)).unwrap_or(Origin::Mixed))
        } else {
            thing
        };
        self.bind(name, thing.clone());
        thing
    }
}
