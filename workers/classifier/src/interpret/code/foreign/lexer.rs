//! Code of other languages cut into tokens. Total and linear: every text has tokens, and what cannot be told apart (a quote
//! that may begin a string or divide) is noted as doubt.

use super::language::Language;

/// One part of a string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    Text(String),
    /// Code between the string's text: `#{…}`, `${…}`, `{…}` of an f-string.
    Code(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// A name, with its sigil where the language has them.
    Name(String),
    Text(Vec<Part>),
    Number(String),
    /// A command between backquotes, `qx{}` or `%x()`.
    Command(Vec<Part>),
    /// A regular expression, or a list of words: nothing in it runs.
    Inert,
    /// One operator.
    Op(&'static str),
    Other(char),
    Line,
}

/// The tokens, and whether some of it may be read in another way.
pub(super) fn tokens(code: &str, language: Language) -> (Vec<Token>, bool) {
    let mut lexer = Lexer { chars: code.chars().collect(), at: 0, language, out: Vec::new(), doubt: false };
    while lexer.at < lexer.chars.len() {
        lexer.step();
    }
    (lexer.out, lexer.doubt)
}

/// Operators of more than one character, the longer ones first.
const OPERATORS: &[&str] = &[
    "===", "!==", "**=", "//=", "||=", "&&=", "??=", "...", "<=>", "==", "!=", "<=", ">=", "=>", "->", "::", "+=",
    "-=", "*=", "/=", ".=", "&&", "||", "??", "?.", "++", "--", "**", "=~", "!~", "<-", "|>", ":=", "..", "<<", ">>",
    "=", "+", ".", ",", ";", ":", "(", ")", "[", "]", "{", "}", "/", "%", "*", "-", "!", "?", "<", ">", "&", "|", "@",
    "\\", "^", "~",
];

struct Lexer {
    chars: Vec<char>,
    at: usize,
    language: Language,
    out: Vec<Token>,
    doubt: bool,
}

impl Lexer {
    fn peek(&self, ahead: usize) -> char {
        self.chars.get(self.at + ahead).copied().unwrap_or('\0')
    }

    fn starts(&self, text: &str) -> bool {
        text.chars().enumerate().all(|(at, character)| self.peek(at) == character)
    }

    fn step(&mut self) {
        use Language::*;
        let language = self.language;
        let character = self.peek(0);
        match character {
            '\n' => {
                self.at += 1;
                self.out.push(Token::Line);
            }
            _ if character.is_whitespace() => self.at += 1,
            '#' if language == Perl && self.out.last() == Some(&Token::Other('$')) => self.at += 1,
            '#' if matches!(language, Python | Perl | Ruby | R | Julia | Elixir)
                || language == Php && self.peek(1) != '['
                || self.at == 0 && self.peek(1) == '!' =>
            {
                self.line_comment();
            }
            '/' if matches!(language, Js | Php | Groovy) && self.peek(1) == '/' => {
                self.line_comment();
            }
            '-' if language == Lua && self.peek(1) == '-' => {
                if self.starts("--[[") {
                    self.until("]]", 4);
                } else {
                    self.line_comment();
                }
            }
            '/' if matches!(language, Js | Php | Groovy) && self.peek(1) == '*' => self.until("*/", 2),
            '[' if language == Lua && self.peek(1) == '[' => {
                let from = self.at + 2;
                self.until("]]", 2);
                let end = self.at.saturating_sub(2).max(from).min(self.chars.len());
                let text = self.chars[from.min(end)..end].iter().collect();
                self.out.push(Token::Text(vec![Part::Text(text)]));
            }
            '"' | '\'' if matches!(language, Python | Julia | Elixir | Groovy) && self.triple(character) => {
                self.at += 3;
                let parts = self.body(Close::Triple(character), language != Python || self.is_formatted(), false);
                self.out.push(Token::Text(parts));
            }
            '"' => {
                self.at += 1;
                let interpolates = match language {
                    Python => self.is_formatted(),
                    Ruby | Perl | Php | Groovy | Julia | Elixir => true,
                    Js | Lua | R => false,
                };
                let parts = self.body(Close::One('"'), interpolates, self.is_raw());
                self.out.push(Token::Text(parts));
            }
            '\'' => {
                self.at += 1;
                let interpolates = language == Python && self.is_formatted();
                let raw = self.is_raw() || matches!(language, Perl | Ruby | Php);
                let parts = self.body(Close::One('\''), interpolates, raw);
                self.out.push(Token::Text(parts));
            }
            '`' => {
                self.at += 1;
                let parts = self.body(Close::One('`'), true, false);
                self.out.push(match language {
                    Js => Token::Text(parts),
                    R => Token::Name(text_of(&parts)),
                    _ => Token::Command(parts),
                });
            }
            '/' if matches!(language, Js | Perl | Ruby | Groovy) && self.regex_may_begin() => {
                self.at += 1;
                self.regex('/');
            }
            '%' if language == Ruby && (self.operand_may_begin() || self.blank_before_only()) && self.percent() => {}
            '<' if matches!(language, Perl | Ruby)
                && self.peek(1) == '<'
                && matches!(self.peek(2), '~' | '-' | '"' | '\'' | 'A'..='Z') =>
            {
                self.doubt |= self.operand_may_begin();
                self.operator();
            }
            '<' if language == Perl && self.operand_may_begin() => self.angle(),
            ':' if language == Ruby && is_name(self.peek(1)) && !matches!(self.out.last(), Some(Token::Op(":"))) => {
                self.at += 1;
                self.name();
                if let Some(Token::Name(name)) = self.out.pop() {
                    self.out.push(Token::Text(vec![Part::Text(name)]));
                }
            }
            '0'..='9' => {
                let from = self.at;
                while self.peek(0).is_ascii_alphanumeric()
                    || self.peek(0) == '_'
                    || self.peek(0) == '.' && self.peek(1).is_ascii_digit()
                {
                    self.at += 1;
                }
                let number = self.chars[from..self.at].iter().collect();
                self.out.push(Token::Number(number));
            }
            '$' | '@' | '%' | '&'
                if language.has_sigils()
                    && (is_name(self.peek(1)) || self.peek(1) == '{' && character != '%')
                    && (matches!(character, '$' | '@') || language == Perl && self.operand_may_begin()) =>
            {
                self.at += 1;
                while matches!(self.peek(0), '$' | '@' | '{' | '^') {
                    self.at += 1;
                }
                self.name();
                if let Some(Token::Name(name)) = self.out.pop() {
                    let sigil = if language == Perl { '$' } else { character };
                    self.out.push(Token::Name(format!("{sigil}{name}")));
                }
                if self.peek(0) == '}' {
                    self.at += 1;
                }
            }
            '$' if language == Perl
                && matches!(self.peek(1), '0'..='9' | '&' | '!' | '@' | '/' | '\\' | ',' | ';' | '.') =>
            {
                self.at += 2;
                self.out.push(Token::Inert);
            }
            _ if is_name_begin(character) || character == '$' && language == Js => self.worded(),
            _ => self.operator(),
        }
    }

    fn operator(&mut self) {
        match OPERATORS.iter().find(|operator| self.starts(operator)) {
            Some(operator) => {
                self.at += operator.len();
                self.out.push(Token::Op(operator));
            }
            None => {
                self.out.push(Token::Other(self.peek(0)));
                self.at += 1;
            }
        }
    }

    fn name(&mut self) {
        let from = self.at;
        let dotted = self.language == Language::R;
        while is_name(self.peek(0))
            || dotted && self.peek(0) == '.' && is_name(self.peek(1))
            || matches!(self.peek(0), '?' | '!')
                && matches!(self.language, Language::Ruby | Language::Elixir)
                && self.peek(1) != '='
                && self.at > from
            || self.peek(0) == '$' && self.language == Language::Js
        {
            self.at += 1;
        }
        let name = self.chars[from..self.at].iter().collect();
        self.out.push(Token::Name(name));
    }

    /// A name, or one of Perl's quoting words.
    fn worded(&mut self) {
        self.name();
        let Some(Token::Name(name)) = self.out.last().cloned() else { return };
        let quotes = self.language == Language::Perl
            && matches!(name.as_str(), "q" | "qq" | "qw" | "qx" | "qr" | "m" | "s" | "tr" | "y");
        if !quotes || matches!(self.out.iter().rev().nth(1), Some(Token::Op("->" | "{")) if self.peek(0) == '}') {
            return;
        }
        let mut skip = 0;
        while self.peek(skip).is_whitespace() {
            skip += 1;
        }
        let open = self.peek(skip);
        if open == '\0' || open.is_alphanumeric() || matches!(open, ',' | ';' | ')' | '=') || self.starts_at(skip, "=>")
        {
            return;
        }
        self.out.pop();
        self.at += skip + 1;
        match name.as_str() {
            "q" | "qw" | "qq" | "qx" => {
                let parts = self.body(closing(open), matches!(name.as_str(), "qq" | "qx"), name == "q" || name == "qw");
                match name.as_str() {
                    "qx" => self.out.push(Token::Command(parts)),
                    "qw" => self.words(&parts),
                    _ => self.out.push(Token::Text(parts)),
                }
            }
            "m" | "qr" => self.regex_of(open),
            _ => {
                self.skip_body(closing(open));
                let mut from = self.at;
                if closing(open) != Close::One(open) {
                    while self.peek(0).is_whitespace() {
                        self.at += 1;
                    }
                    self.at += 1;
                    from = self.at;
                }
                self.skip_body(closing(if closing(open) == Close::One(open) { open } else { '{' }));
                let end = self.at.saturating_sub(1).max(from).min(self.chars.len());
                let replacement: String = self.chars[from.min(end)..end].iter().collect();
                self.flags(&replacement, name == "s");
            }
        }
    }

    /// A list of words stands for as many strings.
    fn words(&mut self, parts: &[Part]) {
        for (at, word) in text_of(parts).split_whitespace().take(64).enumerate() {
            if at > 0 {
                self.out.push(Token::Op(","));
            }
            self.out.push(Token::Text(vec![Part::Text(word.to_owned())]));
        }
    }

    fn starts_at(&self, ahead: usize, text: &str) -> bool {
        text.chars().enumerate().all(|(at, character)| self.peek(ahead + at) == character)
    }

    /// Flags behind a pattern: `e` runs the replacement.
    fn flags(&mut self, replacement: &str, may_run: bool) {
        let mut runs = false;
        while self.peek(0).is_ascii_alphabetic() {
            runs |= self.peek(0) == 'e';
            self.at += 1;
        }
        if runs && may_run {
            self.out.push(Token::Text(vec![Part::Code(replacement.to_owned())]));
        } else {
            if replacement.contains("@{") {
                self.doubt = true;
            }
            self.out.push(Token::Inert);
        }
    }

    fn regex(&mut self, close: char) {
        let from = self.at;
        while self.at < self.chars.len() && self.peek(0) != close && self.peek(0) != '\n' {
            if self.peek(0) == '[' && self.language == Language::Js {
                while self.at < self.chars.len() && !matches!(self.peek(0), ']' | '\n') {
                    self.at += 1 + usize::from(self.peek(0) == '\\');
                }
            }
            self.at += 1 + usize::from(self.peek(0) == '\\');
        }
        self.at = self.at.min(self.chars.len());
        self.doubtful_pattern(from);
        self.at += 1;
        self.flags("", false);
    }

    fn regex_of(&mut self, open: char) {
        let from = self.at;
        self.skip_body(closing(open));
        self.doubtful_pattern(from);
        self.flags("", false);
    }

    /// Perl runs `(?{ … })` and `@{[ … ]}` in a pattern, Ruby `#{…}`.
    fn doubtful_pattern(&mut self, from: usize) {
        let text: String = self.chars[from.min(self.at)..self.at.min(self.chars.len())].iter().collect();
        self.doubt |=
            self.language != Language::Js && ["(?{", "(??{", "@{", "#{"].iter().any(|mark| text.contains(mark));
    }

    /// `%w[a b]`, `%x(cmd)`, `%q()`: whether it was one.
    fn percent(&mut self) -> bool {
        let (kind, open) = match self.peek(1) {
            letter @ ('w' | 'W' | 'q' | 'Q' | 'i' | 'x' | 'r') => (letter, self.peek(2)),
            open => ('Q', open),
        };
        if !matches!(open, '(' | '[' | '{' | '<' | '|' | '!' | '/') {
            return false;
        }
        self.at += if self.peek(1) == open { 2 } else { 3 };
        let parts = self.body(closing(open), !matches!(kind, 'w' | 'q' | 'i'), false);
        match kind {
            'x' => self.out.push(Token::Command(parts)),
            'w' | 'W' | 'i' => {
                self.out.push(Token::Op("["));
                self.words(&parts);
                self.out.push(Token::Op("]"));
            }
            'r' => self.out.push(Token::Inert),
            _ => self.out.push(Token::Text(parts)),
        }
        true
    }

    /// Perl's `<STDIN>`, `<$fh>` and `<*.c>`.
    fn angle(&mut self) {
        let rest =
            self.chars[self.at + 1..].iter().take(256).position(|character| matches!(character, '>' | '\n' | ' '));
        match rest {
            Some(length) if self.peek(length + 1) == '>' => {
                let inner: String = self.chars[self.at + 1..self.at + 1 + length].iter().collect();
                self.at += length + 2;
                if inner.contains(['*', '?', '.', '/']) {
                    self.out.push(Token::Name("glob".to_owned()));
                    self.out.push(Token::Op("("));
                    self.out.push(Token::Text(vec![Part::Text(inner)]));
                    self.out.push(Token::Op(")"));
                } else {
                    self.out.push(Token::Inert);
                }
            }
            _ => self.operator(),
        }
    }

    fn line_comment(&mut self) {
        while self.at < self.chars.len() && self.peek(0) != '\n' {
            // PHP's end tag ends a comment too.
            if self.language == Language::Php && self.starts("?>") {
                break;
            }
            self.at += 1;
        }
    }

    fn until(&mut self, end: &str, from: usize) {
        self.at = (self.at + from).min(self.chars.len());
        while self.at < self.chars.len() && !self.starts(end) {
            self.at += 1;
        }
        self.at = (self.at + end.len()).min(self.chars.len());
    }

    fn triple(&self, quote: char) -> bool {
        self.peek(1) == quote && self.peek(2) == quote
    }

    /// The letters before a quote: `f`, `rb`. They are taken off the tokens when the string is read.
    fn prefix(&self) -> &str {
        match self.out.last() {
            Some(Token::Name(name))
                if self.language == Language::Python
                    && name.len() <= 2
                    && name.chars().all(|letter| "rRbBfFuU".contains(letter))
                    && self.at > 0 =>
            {
                name
            }
            _ => "",
        }
    }

    fn is_formatted(&self) -> bool {
        self.prefix().contains(['f', 'F'])
    }

    fn is_raw(&self) -> bool {
        self.prefix().contains(['r', 'R'])
    }

    /// A string's body up to behind its end.
    fn body(&mut self, close: Close, interpolates: bool, raw: bool) -> Vec<Part> {
        if !self.prefix().is_empty() {
            self.out.pop();
        }
        let (mut parts, mut text, mut depth) = (Vec::new(), String::new(), 0u32);
        while self.at < self.chars.len() {
            let character = self.peek(0);
            match close {
                Close::One(end) if character == end => break,
                Close::Triple(end) if character == end && self.triple(end) => {
                    self.at += 2;
                    break;
                }
                Close::Pair(_, end) if character == end && depth == 0 => break,
                Close::Pair(open, end) => {
                    depth += u32::from(character == open);
                    depth -= u32::from(character == end);
                }
                _ => {}
            }
            if character == '\\' {
                self.at += 1;
                self.escape(&mut text, raw);
                continue;
            }
            if interpolates && let Some(length) = self.interpolation(&mut text, &mut parts) {
                self.at += length;
                continue;
            }
            text.push(character);
            self.at += 1;
        }
        self.at = (self.at + 1).min(self.chars.len());
        if !text.is_empty() || parts.is_empty() {
            parts.push(Part::Text(text));
        }
        parts
    }

    fn escape(&mut self, text: &mut String, raw: bool) {
        let next = self.peek(0);
        if self.at >= self.chars.len() {
            return;
        }
        self.at += 1;
        if raw {
            if !matches!(next, '\'' | '\\') {
                text.push('\\');
            }
            text.push(next);
            return;
        }
        let digits = match next {
            'x' => 2,
            'u' if self.peek(0) == '{' => 0,
            'u' => 4,
            '0'..='7' => {
                let octal: String =
                    self.chars[self.at - 1..].iter().take(3).take_while(|digit| digit.is_digit(8)).collect();
                self.at += octal.len() - 1;
                text.extend(u32::from_str_radix(&octal, 8).ok().and_then(char::from_u32));
                return;
            }
            'n' => return text.push('\n'),
            't' => return text.push('\t'),
            'r' => return text.push('\r'),
            '\n' => return,
            other => return text.push(other),
        };
        let hex: String = match digits {
            0 => {
                self.at += 1;
                let hex: String = self.chars[self.at.min(self.chars.len())..]
                    .iter()
                    .take(8)
                    .take_while(|digit| digit.is_ascii_hexdigit())
                    .collect();
                self.at += hex.len() + 1;
                hex
            }
            digits => {
                let hex: String =
                    self.chars[self.at..].iter().take(digits).take_while(|digit| digit.is_ascii_hexdigit()).collect();
                self.at += hex.len();
                hex
            }
        };
        self.at = self.at.min(self.chars.len());
        text.extend(u32::from_str_radix(&hex, 16).ok().and_then(char::from_u32));
    }

    /// Code or a variable inside of a string: how long it is.
    fn interpolation(&mut self, text: &mut String, parts: &mut Vec<Part>) -> Option<usize> {
        use Language::*;
        let open = match (self.language, self.peek(0), self.peek(1)) {
            (Python, '{', '{') | (Python, '}', '}') => {
                text.push(self.peek(0));
                return Some(2);
            }
            (Python, '{', _) => 1,
            (Ruby | Elixir, '#', '{') => 2,
            (Js | Groovy, '$', '{') => 2,
            (Php, '{', '$') => 1,
            (Php, '$', '{') | (Julia, '$', '(') | (Perl, '@' | '$', '{') => 2,
            (Perl, '$' | '@', next) | (Php | Groovy | Julia, '$', next) if is_name_begin(next) => {
                let mut length = 1;
                while is_name(self.peek(length)) {
                    length += 1;
                }
                let name: String = self.chars[self.at + 1..self.at + length].iter().collect();
                let sigil = if matches!(self.language, Perl | Php) { "$" } else { "" };
                flush(text, parts);
                parts.push(Part::Code(format!("{sigil}{name}")));
                return Some(length);
            }
            _ => return None,
        };
        let (mut depth, mut end) = (1u32, open);
        while depth > 0 && self.at + end < self.chars.len() {
            match self.peek(end) {
                '{' | '(' | '[' => depth += 1,
                '}' | ')' | ']' => depth -= 1,
                _ => {}
            }
            end += 1;
        }
        let close = end.saturating_sub(1).max(open);
        let mut code: String = self.chars[self.at + open..(self.at + close).min(self.chars.len())].iter().collect();
        if self.language == Perl && is_name_begin(self.peek(open)) {
            code.insert(0, '$');
        }
        flush(text, parts);
        parts.push(Part::Code(code));
        Some(end)
    }

    fn skip_body(&mut self, close: Close) {
        let mut depth = 0u32;
        while self.at < self.chars.len() {
            let character = self.peek(0);
            match close {
                Close::One(end) | Close::Triple(end) if character == end => break,
                Close::Pair(_, end) if character == end && depth == 0 => break,
                Close::Pair(open, end) => {
                    depth += u32::from(character == open);
                    depth -= u32::from(character == end);
                }
                _ => {}
            }
            self.at += 1 + usize::from(character == '\\');
        }
        self.at = (self.at + 1).min(self.chars.len());
    }

    /// Whether what stands before is no operand.
    fn operand_may_begin(&self) -> bool {
        match self.out.last() {
            None | Some(Token::Line | Token::Other(_)) => true,
            Some(Token::Op(operator)) => !matches!(*operator, ")" | "]" | "}" | "++" | "--"),
            Some(Token::Name(name)) => {
                matches!(
                    name.as_str(),
                    "return"
                        | "if"
                        | "unless"
                        | "and"
                        | "or"
                        | "not"
                        | "when"
                        | "print"
                        | "split"
                        | "grep"
                        | "map"
                        | "puts"
                        | "while"
                        | "until"
                        | "in"
                        | "typeof"
                        | "join"
                        | "push"
                        | "for"
                        | "foreach"
                        | "case"
                        | "elsif"
                        | "unlink"
                )
            }
            Some(_) => false,
        }
    }

    fn regex_may_begin(&self) -> bool {
        self.operand_may_begin() || self.language == Language::Ruby && self.blank_before_only()
    }

    /// `puts /x/` has a blank before and none behind.
    fn blank_before_only(&self) -> bool {
        let blank = self.at > 0 && self.chars[self.at - 1].is_whitespace() && !self.peek(1).is_whitespace();
        blank && matches!(self.out.last(), Some(Token::Name(_)))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Close {
    One(char),
    Triple(char),
    Pair(char, char),
}

fn closing(open: char) -> Close {
    match open {
        '(' => Close::Pair('(', ')'),
        '[' => Close::Pair('[', ']'),
        '{' => Close::Pair('{', '}'),
        '<' => Close::Pair('<', '>'),
        other => Close::One(other),
    }
}

fn flush(text: &mut String, parts: &mut Vec<Part>) {
    if !text.is_empty() {
        parts.push(Part::Text(std::mem::take(text)));
    }
}

/// The text of the parts that are text.
pub(super) fn text_of(parts: &[Part]) -> String {
    parts.iter().map(|part| if let Part::Text(text) = part { text.as_str() } else { "" }).collect()
}

fn is_name_begin(character: char) -> bool {
    character.is_alphabetic() || character == '_'
}

fn is_name(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}
