//! One word at a time: braces, tilde, parameters, substitutions, splitting.

use super::braces::{self, Opaque, Token};
use super::env::Environment;
use super::fields::{Fields, push_globs};
use super::value::{Origin, Piece, Value};
use crate::ast::{List, Part, Word};
use crate::limits::{Budget, DEPTH_MAX, FIELDS_MAX};

/// What expansion needs of whoever evaluates commands.
pub trait Substitute {
    /// The variables, which expansions such as `${x:=y}` set.
    fn environment(&mut self) -> &mut Environment;
    /// The work that is left.
    fn budget(&mut self) -> &mut Budget;
    /// What `$(list)` writes.
    fn substitute(&mut self, list: &List) -> Value;
    /// What `<(list)` stands for.
    fn process(&mut self, list: &List) -> Value;
    /// What `>(list)` stands for.
    fn sink(&mut self, list: &List) -> Value;
}

/// Expands words in the surroundings of a [`Substitute`].
pub struct Expander<'a, S: Substitute> {
    pub(super) with: &'a mut S,
    pub(super) depth: u32,
}

impl<'a, S: Substitute> Expander<'a, S> {
    /// An expander; `depth` is how deep the caller is nested.
    pub fn new(with: &'a mut S, depth: u32) -> Self {
        Self { with, depth }
    }

    /// All fields that a word becomes.
    pub fn fields(&mut self, word: &Word) -> Vec<Value> {
        if let [Part::Literal(text)] = word.parts.as_slice()
            && !text.contains(['{', '~', '*', '?', '[', '\\'])
        {
            self.with.budget().take(1 + text.len() / 8);
            return vec![Value::text(text.as_str())];
        }
        let has_braces = word.parts.iter().any(|part| matches!(part, Part::Literal(text) if text.contains('{')));
        if !has_braces {
            let mut fields = Fields::default();
            self.parts(&word.parts, &mut fields, true);
            fields.end();
            return fields.done;
        }
        let opaque: Vec<Opaque<'_>> = word.parts.iter().map(Opaque).collect();
        let mut tokens = Vec::new();
        for part in &opaque {
            match part.0 {
                Part::Literal(text) => tokens.extend(text.chars().map(Token::Char)),
                _ => tokens.push(Token::Part(part)),
            }
        }
        if tokens.len() > 4096 || !self.with.budget().take(tokens.len() * 4) {
            return vec![Value::unknown(Origin::Mixed)];
        }
        let Some(alternatives) = braces::expand(&tokens, 0) else {
            return vec![Value::unknown(Origin::Mixed)];
        };
        let mut all = Vec::new();
        for alternative in alternatives {
            if !self.with.budget().take(alternative.len() + 1) {
                return vec![Value::unknown(Origin::Mixed)];
            }
            let mut fields = Fields::default();
            let mut text = String::new();
            let mut first = true;
            for token in alternative {
                match token {
                    Token::Char(character) => text.push(character),
                    Token::Part(part) => {
                        self.literal(&std::mem::take(&mut text), &mut fields, first);
                        self.part(part.0, &mut fields);
                        first = false;
                    }
                }
            }
            self.literal(&text, &mut fields, first);
            fields.end();
            all.extend(fields.done);
        }
        all.truncate(FIELDS_MAX);
        all
    }

    /// A word where no splitting happens: an assignment's value, a redirection's target, a case subject.
    pub fn single(&mut self, word: &Word) -> Value {
        let mut all = Value::default();
        for (at, part) in word.parts.iter().enumerate() {
            match part {
                Part::Literal(text) => {
                    let mut fields = Fields::default();
                    self.literal(text, &mut fields, at == 0);
                    fields.end();
                    fields.done.iter().for_each(|field| all.append(field));
                }
                other => all.append(&self.unsplit(other)),
            }
        }
        all
    }

    /// Parts as inside double quotes: no splitting, no patterns.
    pub fn template(&mut self, parts: &[Part]) -> Value {
        let mut all = Value::default();
        if self.depth >= DEPTH_MAX || !self.with.budget().take(1) {
            return Value::unknown(Origin::Mixed);
        }
        self.depth += 1;
        for part in parts {
            let value = self.unsplit(part);
            all.append(&value);
        }
        self.depth -= 1;
        all
    }

    fn parts(&mut self, parts: &[Part], fields: &mut Fields, beginning: bool) {
        if self.depth >= DEPTH_MAX {
            fields.current.push(Piece::Unknown(Origin::Mixed));
            return;
        }
        self.depth += 1;
        for (at, part) in parts.iter().enumerate() {
            match part {
                Part::Literal(text) => self.literal(text, fields, beginning && at == 0),
                other => self.part(other, fields),
            }
        }
        self.depth -= 1;
    }

    fn literal(&mut self, text: &str, fields: &mut Fields, beginning: bool) {
        self.with.budget().take(1 + text.len() / 8);
        let mut rest = text;
        if beginning && let Some(after) = text.strip_prefix('~') {
            let end = after.find('/').unwrap_or(after.len());
            match &after[..end] {
                "" => {
                    let home = self.with.environment().get("HOME");
                    fields.current.append(&home);
                }
                "+" => fields.current.push(Piece::Cwd),
                "-" => fields.current.push(Piece::Unknown(Origin::Unset)),
                "root" => fields.current.push_text("/root"),
                user => fields.current.push_text(&format!("/home/{user}")),
            }
            rest = &after[end..];
        }
        if rest.contains(['(', ')', '|']) {
            // Only an extended pattern leaves these unquoted in a word.
            fields.current.push(Piece::Glob(rest.to_owned()));
        } else {
            push_globs(&mut fields.current, rest);
        }
    }

    fn part(&mut self, part: &Part, fields: &mut Fields) {
        match part {
            Part::Literal(text) => self.literal(text, fields, false),
            Part::Quoted(_) => {
                fields.open = true;
                let value = self.unsplit(part);
                fields.current.append(&value);
            }
            Part::Double(inner) => {
                if let [Part::Parameter(parameter)] = inner.as_slice()
                    && let Some(elements) = self.all_elements(parameter)
                {
                    for (at, element) in elements.iter().enumerate() {
                        if at > 0 {
                            fields.end();
                        }
                        fields.open = true;
                        fields.current.append(element);
                    }
                    return;
                }
                fields.open = true;
                let value = self.template(inner);
                fields.current.append(&value);
            }
            Part::Parameter(parameter) => {
                if let Some(elements) = self.all_elements(parameter) {
                    for (at, element) in elements.iter().enumerate() {
                        if at > 0 {
                            fields.end();
                        }
                        self.split(element, fields);
                    }
                    return;
                }
                let value = self.parameter(parameter);
                self.split(&value, fields);
            }
            Part::Substitution(_) => {
                let value = self.unsplit(part);
                self.split(&value, fields);
            }
            Part::Arith(_) | Part::Process(_) | Part::Sink(_) => {
                let value = self.unsplit(part);
                fields.current.append(&value);
            }
        }
    }

    /// A part's value without splitting.
    pub(super) fn unsplit(&mut self, part: &Part) -> Value {
        if !self.with.budget().take(1) {
            return Value::unknown(Origin::Mixed);
        }
        match part {
            Part::Literal(text) | Part::Quoted(text) => {
                self.with.budget().take(text.len() / 8);
                Value::text(text.as_str())
            }
            Part::Double(inner) => self.template(inner),
            Part::Parameter(parameter) => self.parameter(parameter),
            Part::Arith(inner) => self.arithmetic(inner),
            Part::Substitution(list) => {
                let mut value = self.with.substitute(list);
                if let Some(Piece::Text(text) | Piece::Dialect(text)) = value.pieces.last_mut() {
                    text.truncate(text.trim_end_matches('\n').len());
                }
                value
            }
            Part::Process(list) => self.with.process(list),
            Part::Sink(list) => self.with.sink(list),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ast::Command;
    use crate::limits::STEPS_MAX;
    use crate::parser::parse;
    use crate::words::Variable;

    /// Runs nothing but `echo`/`printf` with known words, as the smallest possible evaluator.
    struct Plain {
        environment: Environment,
        budget: Budget,
    }

    impl Substitute for Plain {
        fn environment(&mut self) -> &mut Environment {
            &mut self.environment
        }
        fn budget(&mut self) -> &mut Budget {
            &mut self.budget
        }
        fn substitute(&mut self, list: &List) -> Value {
            let Some(Command::Simple(simple)) = list.items.first().map(|item| &item.first.stages[0].command) else {
                return Value::unknown(Origin::Output);
            };
            let words: Vec<String> = simple
                .words
                .iter()
                .flat_map(|word| Expander::new(self, 0).fields(word))
                .map(|value| value.known().unwrap_or_default())
                .collect();
            match crate::pure::output(&words[0], &words[1..], None) {
                Some(out) => Value::text(out.text),
                None => Value::unknown(Origin::Output),
            }
        }
        fn process(&mut self, _: &List) -> Value {
            Value::piece(Piece::Stream(0))
        }
        fn sink(&mut self, _: &List) -> Value {
            Value::piece(Piece::Stream(0))
        }
    }

    fn expand(text: &str) -> Vec<Value> {
        let mut plain = Plain { environment: Environment::default(), budget: Budget::new(STEPS_MAX) };
        plain.environment.positional = Some(vec![Value::text("one"), Value::text("two words")]);
        plain.environment.set("a", Variable::Array(vec![Value::text("x"), Value::text("y")]));
        plain.environment.set("m", Variable::Map([("k".to_owned(), Value::text("v"))].into()));
        for (name, value) in
            [("rm", "rm"), ("s", "xrmx"), ("p", "/usr/local/bin"), ("r", "rm"), ("two", "-r -f"), ("up", "RM")]
        {
            plain.environment.assign(name, Value::text(value));
        }
        let script = parse(text, 0, &mut Budget::new(STEPS_MAX));
        assert_eq!(script.faults, [], "{text}");
        match &script.list.items[0].first.stages[0].command {
            Command::Simple(simple) => {
                simple.words.iter().flat_map(|word| Expander::new(&mut plain, 0).fields(word)).collect()
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_spelling_of_a_known_word_becomes_that_word() {
        for (text, expected) in [
            ("r''m", "rm"),
            ("\"rm\"", "rm"),
            ("r\\m", "rm"),
            ("$'\\x72m'", "rm"),
            ("$'\\162\\155'", "rm"),
            ("$rm", "rm"),
            ("${rm}", "rm"),
            ("${s:1:2}", "rm"),
            ("${s/x/}", "rmx"),
            ("${s//x/}", "rm"),
            ("${s#x}", "rmx"),
            ("${p##*/}", "bin"),
            ("${p%/*}", "/usr/local"),
            ("${up,,}", "rm"),
            ("${!r}", "rm"),
            ("${a[1]}", "y"),
            ("${a[-1]}", "y"),
            ("${a[1-1]}", "x"),
            ("${m[k]}", "v"),
            ("${s//[!a-w]/}", "rm"),
            ("${s/%?/}", "xrm"),
            ("${s: -3:2}", "rm"),
            ("$[1+2]", "3"),
            ("\"-${a[@]:1}-\"", "-y-"),
            ("$(printf r%s m)", "rm"),
            ("`echo rm`", "rm"),
            ("${nope:-rm}", "rm"),
            ("$((1+1))", "2"),
            ("$((2))", "2"),
            ("${#rm}", "2"),
            ("~/x", "~/x"),
            ("~+/x", "./x"),
            ("${s@Q}", "xrmx"),
            ("\"$HOME\"/x", "~/x"),
            ("$1", "one"),
            ("a{b}c", "a{b}c"),
            ("'*'", "*"),
        ] {
            let fields = expand(text);
            assert_eq!(fields.iter().map(Value::display).collect::<Vec<_>>(), [expected], "{text}");
        }
    }

    #[test]
    fn one_word_becomes_several_where_the_shell_says_so() {
        for (text, expected) in [
            ("{rm,-rf,/x}", vec!["rm", "-rf", "/x"]),
            ("\"${a[@]:1}\"", vec!["y"]),
            ("\"${@:2}\"", vec!["two words"]),
            ("${a[@]/x/z}", vec!["z", "y"]),
            ("${!a[@]}", vec!["0", "1"]),
            ("/{bin,lib}", vec!["/bin", "/lib"]),
            ("a{1..3}", vec!["a1", "a2", "a3"]),
            ("{a,b{c,d}}", vec!["a", "bc", "bd"]),
            ("\"$@\"", vec!["one", "two words"]),
            ("$@", vec!["one", "two", "words"]),
            ("$two", vec!["-r", "-f"]),
            ("\"$two\"", vec!["-r -f"]),
            ("rm${IFS}-rf", vec!["rm", "-rf"]),
            ("\"${a[@]}\"", vec!["x", "y"]),
            ("''", vec![""]),
        ] {
            let fields = expand(text);
            assert_eq!(fields.iter().map(Value::display).collect::<Vec<_>>(), expected, "{text}");
        }
    }

    #[test]
    fn fields_end_where_ifs_says() {
        let with = |separators: &str| {
            let mut fields = Fields::default();
            fields.split(&Value::text("rm:-rf: /x"), separators);
            fields.end();
            fields.done.iter().map(Value::display).collect::<Vec<_>>()
        };
        assert_eq!(with(":"), ["rm", "-rf", " /x"]);
        assert_eq!(with(": "), ["rm", "-rf", "/x"]);
        assert_eq!(with(""), ["rm:-rf: /x"]);
        assert_eq!(with("r"), ["", "m:-", "f: /x"]);
    }

    #[test]
    fn globs_are_active_only_unquoted() {
        assert!(matches!(expand("*.rs")[0].pieces[0], Piece::Glob(_)));
        assert_eq!(expand("'*'.rs")[0].known().as_deref(), Some("*.rs"));
    }

    #[test]
    fn brace_bombs_are_unknown_not_slow() {
        let bomb = "{a,b}".repeat(40);
        assert_eq!(expand(&bomb), [Value::unknown(Origin::Mixed)]);
        assert_eq!(expand("{1..1000000}"), [Value::unknown(Origin::Mixed)]);
    }
}
