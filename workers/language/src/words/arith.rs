//! The shell's arithmetic over known numbers. What is not known stays so, and what an expression assigns is assigned.
//!
//! A name in it may hold another expression, and a subscript in that may hold a substitution, which the shell then runs: such
//! texts are handed back in [`Outcome::runs`].

use super::env::{Environment, Variable};
use super::number::{compute, number};
use super::value::{Origin, Value};

/// Levels of brackets, operators and names that hold expressions.
const LEVELS_MAX: u32 = 24;

/// Names looked up in one expression; each may hold another expression.
const LOOKUPS_MAX: u32 = 64;

/// What an expression comes to.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// Its value, if it is known.
    pub(super) number: Option<i64>,
    /// Texts whose substitutions run when it is evaluated.
    pub(super) runs: Vec<String>,
    /// How many names were looked up, each of which may have held an expression.
    pub(super) lookups: u32,
}

/// Evaluates `text`, assignments included.
pub(super) fn evaluate(text: &str, environment: &mut Environment) -> Outcome {
    let mut reader =
        Reader { text: text.as_bytes(), at: 0, environment, level: 0, lookups: 0, runs: Vec::new(), sure: true };
    if text.contains(['?', ';']) || text.contains("&&") || text.contains("||") {
        // Only one side is evaluated.
        reader.sure = false;
    }
    let mut number = reader.comma();
    reader.blanks();
    let done = reader.at == reader.text.len();
    if !done {
        number = None;
    }
    let (runs, lookups) = (std::mem::take(&mut reader.runs), reader.lookups);
    if !done {
        blur(text, environment);
    }
    Outcome { number, runs, lookups }
}

/// Makes every name unknown that `text` may assign to: one that an assignment, `++` or `--` stands next to, or any if that
/// cannot be told.
pub(super) fn blur(text: &str, environment: &mut Environment) {
    if !text.contains('=') && !text.contains("++") && !text.contains("--") && !text.contains('…') {
        return;
    }
    let names = text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    for name in names.filter(|name| name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')) {
        environment.assign(name, Value::unknown(Origin::Number));
    }
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
    environment: &'a mut Environment,
    level: u32,
    lookups: u32,
    runs: Vec<String>,
    /// Every part of it is evaluated.
    sure: bool,
}

/// Binary operators, the loosest first; those of one row bind alike.
const OPERATORS: &[&[&str]] = &[
    &["||"],
    &["&&"],
    &["|"],
    &["^"],
    &["&"],
    &["==", "!="],
    &["<=", ">=", "<", ">"],
    &["<<", ">>"],
    &["+", "-"],
    &["*", "/", "%"],
    &["**"],
];
const ASSIGNMENTS: &[&str] = &["<<=", ">>=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "="];

impl Reader<'_> {
    fn blanks(&mut self) {
        while self.text.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
    }

    fn next_is(&self, token: &str) -> bool {
        self.text[self.at..].starts_with(token.as_bytes())
    }

    fn eat(&mut self, token: &str) -> bool {
        self.blanks();
        let found = self.next_is(token);
        if found {
            self.at += token.len();
        }
        found
    }

    fn comma(&mut self) -> Option<i64> {
        let mut value = self.ternary();
        while self.eat(",") {
            value = self.ternary();
        }
        value
    }

    fn ternary(&mut self) -> Option<i64> {
        if self.level >= LEVELS_MAX {
            return None;
        }
        self.level += 1;
        let mut value = self.binary(0);
        if self.eat("?") {
            let (yes, no);
            yes = self.ternary();
            no = if self.eat(":") { self.ternary() } else { None };
            value = value.and_then(|test| if test != 0 { yes } else { no });
        }
        self.level -= 1;
        value
    }

    fn operator(&mut self, row: &[&'static str]) -> Option<&'static str> {
        self.blanks();
        let found = row.iter().copied().find(|token| self.next_is(token))?;
        let after = self.text.get(self.at + found.len()).copied();
        // A longer operator that begins alike, or an assignment.
        let longer = match found {
            "|" => after == Some(b'|'),
            "&" => after == Some(b'&'),
            "<" => after == Some(b'<'),
            ">" => after == Some(b'>'),
            "*" => after == Some(b'*'),
            _ => false,
        };
        if longer || (after == Some(b'=') && !matches!(found, "==" | "!=" | "<=" | ">=" | "||" | "&&")) {
            return None;
        }
        self.at += found.len();
        Some(found)
    }

    fn binary(&mut self, row: usize) -> Option<i64> {
        let Some(tokens) = OPERATORS.get(row) else { return self.unary() };
        let mut left = self.binary(row + 1);
        while let Some(token) = self.operator(tokens) {
            let right = if token == "**" { self.binary(row) } else { self.binary(row + 1) };
            left = left.zip(right).and_then(|(left, right)| compute(token, left, right));
        }
        left
    }

    fn unary(&mut self) -> Option<i64> {
        if self.level >= LEVELS_MAX {
            return None;
        }
        self.level += 1;
        let value = self.unary_inner();
        self.level -= 1;
        value
    }

    fn unary_inner(&mut self) -> Option<i64> {
        self.blanks();
        for (token, step) in [("++", 1), ("--", -1)] {
            if self.eat(token) {
                self.blanks();
                let name = self.name()?;
                let value = self.look_up(&name).and_then(|value| value.checked_add(step));
                self.assign(&name, value);
                return value;
            }
        }
        match self.text.get(self.at)? {
            b'-' => {
                self.at += 1;
                self.unary()?.checked_neg()
            }
            b'+' => {
                self.at += 1;
                self.unary()
            }
            b'!' => {
                self.at += 1;
                Some(i64::from(self.unary()? == 0))
            }
            b'~' => {
                self.at += 1;
                Some(!self.unary()?)
            }
            b'(' => {
                self.at += 1;
                let value = self.comma();
                if self.eat(")") { value } else { None }
            }
            b'0'..=b'9' => self.literal(),
            _ => {
                let name = self.name()?;
                self.named(&name)
            }
        }
    }

    fn literal(&mut self) -> Option<i64> {
        let start = self.at;
        while self.text.get(self.at).is_some_and(|byte| byte.is_ascii_alphanumeric() || b"#@_".contains(byte)) {
            self.at += 1;
        }
        number(std::str::from_utf8(&self.text[start..self.at]).ok()?)
    }

    fn name(&mut self) -> Option<String> {
        let start = self.at;
        while self.text.get(self.at).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_') {
            self.at += 1;
        }
        let name = std::str::from_utf8(&self.text[start..self.at]).ok()?;
        (!name.is_empty() && !name.as_bytes()[0].is_ascii_digit()).then(|| name.to_owned())
    }

    /// A name, with its subscript, and what is assigned to it.
    fn named(&mut self, name: &str) -> Option<i64> {
        let mut index = None;
        if self.text.get(self.at) == Some(&b'[') {
            self.at += 1;
            let value = self.comma();
            if !self.eat("]") {
                return None;
            }
            index = Some(value);
        }
        self.blanks();
        for token in ASSIGNMENTS {
            if self.next_is(token) && !self.next_is("==") {
                self.at += token.len();
                let right = self.ternary();
                let value = match token.strip_suffix('=') {
                    Some("") | None => right,
                    Some(operator) => {
                        let left = self.look_up(name);
                        left.zip(right).and_then(|(left, right)| compute(operator, left, right))
                    }
                };
                match index {
                    Some(_) => self.environment.blur(name),
                    None => self.assign(name, value),
                }
                return value;
            }
        }
        for (token, step) in [("++", 1), ("--", -1)] {
            if self.next_is(token) {
                self.at += 2;
                let value = self.look_up(name);
                match index {
                    Some(_) => self.environment.blur(name),
                    None => self.assign(name, value.and_then(|value| value.checked_add(step))),
                }
                return value;
            }
        }
        match index {
            None => self.look_up(name),
            Some(index) => {
                let element = usize::try_from(index?).ok()?;
                let text = self.environment.elements(name)?.get(element)?.known()?;
                self.value_of(&text)
            }
        }
    }

    fn look_up(&mut self, name: &str) -> Option<i64> {
        let text = self.environment.get(name).known()?;
        self.value_of(&text)
    }

    /// A variable's text as a number, or as the expression that it is.
    fn value_of(&mut self, text: &str) -> Option<i64> {
        if text.contains("$(") || text.contains('`') {
            if self.runs.len() < 8 && !self.runs.iter().any(|known| known == text) {
                self.runs.push(text.to_owned());
            }
            return None;
        }
        let trimmed = text.trim();
        if trimmed.is_empty() {
            return Some(0);
        }
        if let Some(number) = number(trimmed) {
            return Some(number);
        }
        self.lookups += 1;
        if self.level >= LEVELS_MAX || self.lookups > LOOKUPS_MAX || text.len() > 256 {
            return None;
        }
        let mut inner = Reader {
            text: text.as_bytes(),
            at: 0,
            environment: self.environment,
            level: self.level + 4,
            lookups: self.lookups,
            runs: std::mem::take(&mut self.runs),
            sure: self.sure,
        };
        let value = inner.comma();
        inner.blanks();
        let (whole, lookups, runs) = (inner.at == text.len(), inner.lookups, std::mem::take(&mut inner.runs));
        (self.lookups, self.runs) = (lookups, runs);
        value.filter(|_| whole)
    }

    fn assign(&mut self, name: &str, value: Option<i64>) {
        let value = match value.filter(|_| self.sure) {
            Some(number) => Value::text(number.to_string()),
            None => Value::unknown(Origin::Number),
        };
        match self.environment.variable(name) {
            Some(Variable::Array(_) | Variable::Map(_)) => self.environment.blur(name),
            _ => self.environment.assign(name, value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(text: &str) -> (Option<i64>, Environment) {
        let mut environment = Environment::default();
        environment.assign("x", Value::text("3"));
        environment.assign("y", Value::text("x+1"));
        environment.assign("evil", Value::text("a[$(rm)]"));
        environment.set("a", Variable::Array(vec![Value::text("7"), Value::text("8")]));
        let outcome = evaluate(text, &mut environment);
        (outcome.number, environment)
    }

    #[test]
    fn numbers_operators_and_names_come_to_what_the_shell_makes_of_them() {
        for (text, expected) in [
            ("1+2*3", 7),
            ("(1+2)*3", 9),
            ("2**3**2", 512),
            ("7/2", 3),
            ("-7%3", -1),
            ("1<<4|1", 17),
            ("0x10 + 010 + 2#101", 29),
            ("1 ? 5 : 6", 5),
            ("!0 + ~0", 0),
            ("3>2 && 2>=2", 1),
            ("x", 3),
            ("y*2", 8),
            ("a[1]", 8),
            ("a[x-3]", 7),
            ("1,2", 2),
            ("x=5", 5),
            ("x++", 3),
            ("++x", 4),
        ] {
            assert_eq!(run(text).0, Some(expected), "{text}");
        }
        for text in ["", "1+", "nope", "1/0", "(1", "1 2", "evil", "a[", &"(".repeat(5000), &"-".repeat(5000)] {
            assert_eq!(run(text).0, None, "{text:.20}");
        }
    }

    #[test]
    fn what_is_assigned_is_assigned_and_what_may_be_is_unknown() {
        let x = |text: &str| run(text).1.get("x").known();
        assert_eq!(x("x=5").as_deref(), Some("5"));
        assert_eq!(x("x+=2").as_deref(), Some("5"));
        assert_eq!(x("x++").as_deref(), Some("4"));
        assert_eq!(x("1 && (x=5)"), None);
        assert_eq!(x("x=nope"), None);
        assert_eq!(x("x=5 5").as_deref(), None);
        assert_eq!(x("x==5").as_deref(), Some("3"));
    }

    #[test]
    fn a_name_that_holds_a_substitution_runs_it() {
        let mut environment = Environment::default();
        environment.assign("x", Value::text("a[$(rm)]"));
        assert_eq!(evaluate("1 + x", &mut environment).runs, ["a[$(rm)]"]);
        environment.assign("x", Value::text("x"));
        assert_eq!(evaluate("x", &mut environment).number, None, "a name that holds itself ends");
    }
}
