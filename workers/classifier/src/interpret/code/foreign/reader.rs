//! Reads code of another language from its beginning to its end and follows constants: what is assigned once, what is joined,
//! what is imported under which name. Each call is judged as it is met, whether or not it would be reached.

use super::language::Language;
use super::lexer::{Token, tokens};
use super::thing::Thing;
use crate::interpret::Machine;
use palisade_language::words::Origin;
use std::collections::{BTreeMap, BTreeSet};

/// Names that are not known and of which the verdict tells.
const UNKNOWN_MAX: usize = 4;

pub(super) struct Reader<'r, 'm> {
    pub machine: &'r mut Machine<'m>,
    pub language: Language,
    /// The interpreter's name, for what is said.
    pub interpreter: &'r str,
    pub tokens: Vec<Token>,
    pub at: usize,
    pub scope: BTreeMap<String, Thing>,
    /// Functions and classes that the code itself defines.
    pub defined: BTreeSet<String>,
    /// Assigned more than once: what it holds where is not followed.
    pub unstable: BTreeSet<String>,
    pub unknown: Vec<String>,
    /// Some of it may be read in another way.
    pub doubt: bool,
    /// Where what it prints comes from.
    pub origin: Origin,
    pub endless: bool,
    pub forked: bool,
    pub connects: bool,
    pub redirects: bool,
    pub comprehensions: u32,
}

impl<'r, 'm> Reader<'r, 'm> {
    pub(super) fn new(machine: &'r mut Machine<'m>, language: Language, interpreter: &'r str, code: &str) -> Self {
        let (tokens, doubt) = tokens(code, language);
        let mut reader = Self {
            machine,
            language,
            interpreter,
            tokens,
            at: 0,
            scope: BTreeMap::new(),
            defined: BTreeSet::new(),
            unstable: BTreeSet::new(),
            unknown: Vec::new(),
            doubt,
            origin: Origin::Output,
            endless: false,
            forked: false,
            connects: false,
            redirects: false,
            comprehensions: 0,
        };
        reader.survey();
        reader
    }

    /// What is defined, and what is assigned more than once.
    pub(super) fn survey(&mut self) {
        let mut assigned: BTreeMap<&str, u32> = BTreeMap::new();
        for two in self.tokens.windows(2) {
            match two {
                [Token::Name(name), Token::Op("=" | "<-" | ":=")] => *assigned.entry(name).or_default() += 1,
                [
                    Token::Name(name),
                    Token::Op("+=" | "-=" | "*=" | "/=" | "||=" | ".=" | "&&=" | "??=" | "++" | "<<"),
                ] => *assigned.entry(name).or_default() += 2,
                [Token::Name(word), Token::Name(name)]
                    if matches!(word.as_str(), "def" | "function" | "sub" | "fn" | "class" | "defmodule" | "defp") =>
                {
                    self.defined.insert(name.clone());
                }
                _ => {}
            }
        }
        let words: Vec<&str> =
            self.tokens.iter().map(|token| if let Token::Name(name) = token { name.as_str() } else { "" }).collect();
        self.endless = words.windows(1).any(|word| word == ["loop"])
            || self.tokens.windows(3).any(|three| {
                matches!(three, [Token::Name(word), Token::Op("("), Token::Op(";")] if word == "for")
                    || matches!(three, [Token::Name(word), Token::Op("("), Token::Number(_)] if word == "while")
                    || matches!(three, [Token::Name(word), Token::Op("("), Token::Name(truth)]
                        if word == "while" && truth.eq_ignore_ascii_case("true"))
            })
            || self.tokens.windows(2).any(|two| {
                matches!(two, [Token::Name(word), Token::Number(_)] if word == "while" || word == "until")
                    || matches!(two, [Token::Name(word), Token::Name(truth)] if word == "while" && truth.eq_ignore_ascii_case("true"))
                    || matches!(two, [Token::Number(_), Token::Name(word)] if word == "while")
                    || matches!(two, [Token::Name(word), Token::Name(call)] if word == "fork" && call == "while")
            });
        self.unstable = assigned.into_iter().filter(|(_, times)| *times > 1).map(|(name, _)| name.to_owned()).collect();
    }

    /// Reads all of it.
    pub(super) fn run(&mut self) -> Thing {
        let mut last = Thing::unknown(Origin::Number);
        while self.at < self.tokens.len() {
            let before = self.at;
            match self.statement() {
                Some(thing) => last = thing,
                None if self.at == before => self.at += 1,
                None => {}
            }
        }
        last
    }

    pub(super) fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    pub(super) fn is(&self, operator: &str) -> bool {
        matches!(self.peek(), Some(Token::Op(found)) if *found == operator)
    }

    pub(super) fn is_at(&self, ahead: usize, operator: &str) -> bool {
        matches!(self.tokens.get(self.at + ahead), Some(Token::Op(found)) if *found == operator)
    }

    pub(super) fn name_at(&self, ahead: usize) -> &str {
        match self.tokens.get(self.at + ahead) {
            Some(Token::Name(name)) => name,
            _ => "",
        }
    }

    pub(super) fn statement(&mut self) -> Option<Thing> {
        if !self.machine.budget.take(8) {
            self.at = self.tokens.len();
            return None;
        }
        match self.name_at(0).to_owned().as_str() {
            "import" | "from" | "use" | "using" | "require" | "library" | "loadNamespace" | "alias"
                if self.import() =>
            {
                None
            }
            "const" | "let" | "var" if self.is_at(1, "{") => {
                self.destructure();
                None
            }
            "for" | "foreach" => {
                self.at += 1;
                self.loop_head();
                None
            }
            "def" | "function" | "sub" | "fn" | "class" | "lambda" | "defmodule" | "module" | "defp"
                if !self.is_at(1, ".") && !self.is_at(1, "=") =>
            {
                self.definition();
                None
            }
            _ => {
                let before = self.at;
                let thing = self.expression();
                (self.at > before).then_some(thing)
            }
        }
    }

    /// `def f(a, b)`: the parameters may be anything.
    pub(super) fn definition(&mut self) {
        self.at += 1;
        while !self.name_at(0).is_empty() {
            self.at += 1;
        }
        while matches!(self.peek(), Some(Token::Op("(" | "," | ")" | "*" | "**" | "." | "::" | "&" | "...")))
            || !self.name_at(0).is_empty()
        {
            let name = self.name_at(0).to_owned();
            if !name.is_empty() {
                self.bind(&name, Thing::unknown(Origin::Input));
            }
            self.at += 1;
            if self.is("=") || self.is(":") {
                return;
            }
            if matches!(self.tokens.get(self.at.wrapping_sub(1)), Some(Token::Op(")"))) {
                return;
            }
        }
    }

    /// `for x in …`, `for (const x of …)`: the name is bound to what the rest gives.
    pub(super) fn loop_head(&mut self) {
        let mut names = Vec::new();
        let mut ahead = 0;
        while ahead < 12 {
            match self.tokens.get(self.at + ahead) {
                Some(Token::Name(name)) if matches!(name.as_str(), "in" | "of") => {
                    self.at += ahead + 1;
                    let thing = self.expression();
                    let element = thing.element();
                    names.iter().for_each(|name: &String| self.bind(name, element.clone()));
                    return;
                }
                Some(Token::Name(name)) if !self.language.is_keyword(name) => names.push(name.clone()),
                Some(Token::Name(_) | Token::Op("(" | "," | "[" | "]" | ")" | "*")) => {}
                _ => break,
            }
            ahead += 1;
        }
        // Perl: `for my $x (list)`, and `… for list`.
        if self.language == Language::Perl {
            let names: Vec<String> = names.into_iter().filter(|name| name.starts_with('$')).collect();
            self.at += names.len() + usize::from(matches!(self.name_at(0), "my" | "our"));
            let element = self.expression().element();
            names.iter().for_each(|name| self.bind(name, element.clone()));
            self.bind("$_", element);
        }
    }

    /// Binds a name, unless it is bound to different things in different places.
    pub(super) fn bind(&mut self, name: &str, thing: Thing) {
        if self.scope.len() >= 512 {
            return;
        }
        let thing = match self.scope.get(name) {
            _ if self.unstable.contains(name) => {
                Thing::unknown(thing.origin().max(Some(Origin::Mixed)).unwrap_or(Origin::Mixed))
            }
            Some(before) if *before != thing => before.mixed(&thing).mixed(&Thing::unknown(Origin::Mixed)),
            _ => thing,
        };
        self.scope.insert(name.to_owned(), thing);
    }

    pub(super) fn not_known(&mut self, what: &str) {
        if self.unknown.len() < UNKNOWN_MAX && !self.unknown.iter().any(|known| known == what) {
            self.unknown.push(what.to_owned());
        }
    }
}
