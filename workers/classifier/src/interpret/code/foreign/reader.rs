//! Reads code of another language from its beginning to its end and follows constants: what is assigned once, what is joined,
//! what is imported under which name. Each call is judged as it is met, whether or not it would be reached.

use super::language::Language;
use super::lexer::{Part, Token, tokens};
use super::thing::{Argument, Thing};
use super::{pure, table};
use crate::interpret::Machine;
use palisade_language::limits::DEPTH_MAX;
use palisade_language::words::{Origin, Piece, Value};
use palisade_protocol::verdict::Class;
use std::collections::{BTreeMap, BTreeSet};

/// Names that are not known and of which the verdict tells.
const UNKNOWN_MAX: usize = 4;
/// Tokens of one import.
const IMPORT_MAX: usize = 200;

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
    comprehensions: u32,
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
    fn survey(&mut self) {
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

    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn is(&self, operator: &str) -> bool {
        matches!(self.peek(), Some(Token::Op(found)) if *found == operator)
    }

    fn is_at(&self, ahead: usize, operator: &str) -> bool {
        matches!(self.tokens.get(self.at + ahead), Some(Token::Op(found)) if *found == operator)
    }

    fn name_at(&self, ahead: usize) -> &str {
        match self.tokens.get(self.at + ahead) {
            Some(Token::Name(name)) => name,
            _ => "",
        }
    }

    fn statement(&mut self) -> Option<Thing> {
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
    fn definition(&mut self) {
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
    fn loop_head(&mut self) {
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

    /// Imports, in every language's own words; `false` if it is none.
    fn import(&mut self) -> bool {
        use Language::{Elixir, Js, Julia, Perl, Php, Python, R, Ruby};
        let own = match self.name_at(0) {
            "from" => self.language == Python,
            "import" => matches!(self.language, Python | Js | Julia | Elixir),
            "use" | "using" => matches!(self.language, Perl | Php | Julia),
            "require" => matches!(self.language, Ruby | R | Elixir),
            "library" | "loadNamespace" => self.language == R,
            _ => self.language == Elixir,
        };
        if !own {
            return false;
        }
        let end = self.tokens[self.at..]
            .iter()
            .take(IMPORT_MAX)
            .position(|token| matches!(token, Token::Line | Token::Op(";")))
            .map_or(self.tokens.len().min(self.at + IMPORT_MAX), |end| self.at + end);
        let words: Vec<Token> = self.tokens[self.at..end].to_vec();
        let word = self.name_at(0).to_owned();
        match (self.language, word.as_str()) {
            (Language::Python, "import") => {
                self.at = end;
                let mut names: Vec<(String, String)> = Vec::new();
                for part in words[1..].split(|token| *token == Token::Op(",")) {
                    let text: Vec<String> = part.iter().map(shown).collect();
                    let (module, alias) = match text.iter().position(|word| word == "as") {
                        Some(at) => (text[..at].concat(), text[at + 1..].concat()),
                        None => (text.concat(), text.concat()),
                    };
                    names.push((module, alias));
                }
                for (module, alias) in names {
                    self.imported(&module);
                    if alias != module {
                        self.bind(&alias, Thing::Named(module));
                    }
                }
                true
            }
            (Language::Python, "from") => {
                let Some(at) = words.iter().position(|token| *token == Token::Name("import".into())) else {
                    return false;
                };
                // In parentheses the names may go on over lines.
                let mut names: Vec<Token> = words[at + 1..].to_vec();
                self.at = end;
                if names.first() == Some(&Token::Op("(")) && !names.contains(&Token::Op(")")) {
                    while self.at < self.tokens.len() && !self.is(")") {
                        names.push(self.tokens[self.at].clone());
                        self.at += 1;
                    }
                    self.at += 1;
                }
                let module: String = words[1..at].iter().map(shown).collect();
                self.imported(&module);
                for part in names.split(|token| *token == Token::Op(",")) {
                    let text: Vec<String> = part
                        .iter()
                        .filter(|token| !matches!(token, Token::Op("(" | ")") | Token::Line))
                        .map(shown)
                        .collect();
                    match text.as_slice() {
                        [star] if star == "*" => self.doubt |= !pure::in_module(&format!("{module}.x")),
                        [name] => self.bind(name, Thing::Named(format!("{module}.{name}"))),
                        [name, _, alias] => self.bind(alias, Thing::Named(format!("{module}.{name}"))),
                        _ => {}
                    }
                }
                true
            }
            (Language::Js, "import")
                if words.iter().any(|token| matches!(token, Token::Text(_))) && !self.is_at(1, "(") =>
            {
                self.at = end;
                let module = words
                    .iter()
                    .rev()
                    .find_map(
                        |token| if let Token::Text(parts) = token { Some(super::lexer::text_of(parts)) } else { None },
                    )
                    .unwrap_or_default();
                let module = module.trim_start_matches("node:").to_owned();
                self.imported(&module);
                let module = canonical(&module);
                let (mut inside, mut last) = (false, String::new());
                let mut renamed = false;
                for token in &words[1..] {
                    match token {
                        Token::Op("{") => inside = true,
                        Token::Op("}") => inside = false,
                        Token::Name(name) if name == "as" => renamed = true,
                        Token::Name(name) if name == "from" => break,
                        Token::Name(name) if inside => {
                            let original = if std::mem::take(&mut renamed) { last.clone() } else { name.clone() };
                            self.bind(name, Thing::Named(format!("{module}.{original}")));
                            last = name.clone();
                        }
                        Token::Name(name) => self.bind(name, Thing::Named(module.clone())),
                        _ => {}
                    }
                }
                true
            }
            (Language::Ruby, "require") => {
                let text = words.iter().find_map(|token| {
                    if let Token::Text(parts) = token { Some(super::lexer::text_of(parts)) } else { None }
                });
                let Some(module) = text else { return false };
                self.at = end;
                self.imported(&module);
                true
            }
            (Language::Perl | Language::Php | Language::Julia, "use" | "using" | "import")
            | (Language::Elixir, "alias" | "import" | "require") => {
                self.at = (self.at + 1).min(end);
                let mut module = String::new();
                while let Some(Token::Name(_) | Token::Op("::" | "." | "\\")) = self.peek() {
                    module.push_str(&shown(&self.tokens[self.at]));
                    self.at += 1;
                }
                self.imported(&module);
                self.at = end;
                true
            }
            (Language::R, "library" | "require" | "loadNamespace") => {
                let module: String = words.iter().skip(2).take(1).map(shown).collect();
                self.imported(&module);
                self.at = end.min(self.at + 4);
                true
            }
            _ => false,
        }
    }

    /// A module is loaded. One that is not known is code that was not read.
    pub(super) fn imported(&mut self, module: &str) {
        let module = module.trim_start_matches("node:").trim_end_matches("/promises");
        let root = module.split(['.', '/']).next().unwrap_or("");
        let known = pure::is_module(module) || pure::is_module(root) || module.is_empty();
        if !(known || module.ends_with(".json")) {
            self.not_known(&format!("the module {module}"));
        }
    }

    pub(super) fn not_known(&mut self, what: &str) {
        if self.unknown.len() < UNKNOWN_MAX && !self.unknown.iter().any(|known| known == what) {
            self.unknown.push(what.to_owned());
        }
    }

    /// `const {a, b: c} = require('fs')`
    fn destructure(&mut self) {
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

    fn joined(&mut self) -> Thing {
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

    fn after_operator(&mut self) {
        self.at += 1;
        while matches!(self.peek(), Some(Token::Line)) {
            self.at += 1;
        }
    }

    fn operand(&mut self) -> Thing {
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
    fn assign(&mut self, name: &str) -> Thing {
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

    /// What follows an operand: attributes, calls, indices, blocks.
    fn postfix(&mut self, first: Thing) -> Thing {
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
    fn block_begins(&self) -> bool {
        self.language == Language::Ruby && self.is_at(1, "|") && (self.is("{") || self.name_at(0) == "do")
    }

    fn may_call(&self, thing: &Thing) -> bool {
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
    fn bare_arguments(&mut self) -> Vec<Argument> {
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
    fn items(&mut self, close: &'static str) -> Vec<Argument> {
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
    fn comprehension(&mut self) {
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

    /// A string with what stands in it.
    pub(super) fn text(&mut self, parts: &[Part]) -> Value {
        let mut value = Value::default();
        for part in parts {
            match part {
                Part::Text(text) => value.push_text(text),
                Part::Code(code) => {
                    let inner = self.inner(code);
                    value.append(&inner.value());
                }
            }
        }
        value
    }

    /// Code inside of a string.
    fn inner(&mut self, code: &str) -> Thing {
        if self.machine.depth + 4 >= DEPTH_MAX || !self.machine.budget.take(code.len() * 2 + 8) {
            self.machine.note(Class::Ambiguous, "limit.nesting", "nests too deep to follow");
            return Thing::unknown(Origin::Mixed);
        }
        // What stands behind `:` or `!` in an f-string says how it looks.
        let code = if self.language == Language::Python { code.split([':', '!']).next().unwrap_or(code) } else { code };
        let (inner, doubt) = tokens(code, self.language);
        self.doubt |= doubt;
        let outer = std::mem::replace(&mut self.tokens, inner);
        let at = std::mem::replace(&mut self.at, 0);
        self.machine.depth += 2;
        let thing = self.run();
        self.machine.depth -= 2;
        self.tokens = outer;
        self.at = at;
        thing
    }

    fn index(&mut self, thing: Thing, index: &Thing) -> Thing {
        match thing {
            Thing::Named(name) => {
                let key = index.known();
                match (name.as_str(), key) {
                    ("os.environ" | "process.env" | "ENV" | "$_ENV" | "$_SERVER" | "$ENV", Some(key)) => {
                        self.environment(&key)
                    }
                    ("sys.argv" | "process.argv" | "ARGV" | "$argv" | "$ARGV" | "arg", _) => {
                        Thing::unknown(Origin::Input)
                    }
                    // `process['binding']` is `process.binding`.
                    (_, Some(key)) if !name.starts_with(['$', '@']) && !key.is_empty() => {
                        if name == "globalThis" || name == "global" || name == "window" {
                            Thing::Named(key)
                        } else {
                            Thing::Named(format!("{name}.{key}"))
                        }
                    }
                    _ if name.starts_with(['$', '@']) => Thing::unknown(Origin::Mixed),
                    _ if pure::is_module(&name) || table::effect(self.language, &name).is_some() => {
                        self.not_known(&format!("a part of {name} that is chosen when it runs"));
                        Thing::unknown(Origin::Mixed)
                    }
                    _ => Thing::unknown(Origin::Mixed),
                }
            }
            Thing::List(items) => match index.known().and_then(|number| number.parse::<usize>().ok()) {
                Some(number) if number < items.len() => items[number].clone(),
                _ => Thing::List(items).element(),
            },
            Thing::Value(value) => {
                let same = value.origin();
                // Reversed: `[::-1]`
                Thing::unknown(same.unwrap_or(Origin::Mixed).max(Origin::Output))
            }
            Thing::Function => Thing::unknown(Origin::Mixed),
        }
    }

    /// A variable of the environment.
    pub(super) fn environment(&mut self, name: &str) -> Thing {
        let upper = name.to_ascii_uppercase();
        match upper.as_str() {
            "HOME" => Thing::Value(Value::piece(Piece::Home)),
            "PWD" => Thing::Value(Value::piece(Piece::Cwd)),
            _ if ["SECRET", "TOKEN", "PASSW", "API_KEY", "APIKEY", "PRIVATE", "CREDENTIAL", "ACCESS_KEY"]
                .iter()
                .any(|word| upper.contains(word)) =>
            {
                self.origin = self.origin.max(Origin::Secret);
                Thing::unknown(Origin::Secret)
            }
            _ => self.machine_variable(name),
        }
    }

    /// What the shell knows of a variable that it gives to the program.
    fn machine_variable(&mut self, name: &str) -> Thing {
        match self.machine.env.is_set(name) {
            true => Thing::Value(self.machine.env.get(name)),
            false => Thing::unknown(Origin::Unset),
        }
    }
}

fn shown(token: &Token) -> String {
    match token {
        Token::Name(name) => name.clone(),
        Token::Op(operator) => (*operator).to_owned(),
        Token::Text(parts) => super::lexer::text_of(parts),
        _ => String::new(),
    }
}

/// A module's name without what only says where it comes from.
pub(super) fn canonical(module: &str) -> String {
    match module.trim_start_matches("node:") {
        "fs/promises" => "fs.promises".to_owned(),
        "fs-extra" | "graceful-fs" => "fs".to_owned(),
        other => other.to_owned(),
    }
}
