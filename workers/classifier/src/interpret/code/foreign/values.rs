//! Values: text with expressions in it, elements of what is known, variables of the environment.

use super::language::Language;
use super::lexer::{Part, tokens};
use super::reader::Reader;
use super::thing::Thing;
use super::{pure, table};
use palisade_language::limits::DEPTH_MAX;
use palisade_language::words::{Origin, Piece, Value};
use palisade_protocol::verdict::Class;

impl Reader<'_, '_> {
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
    pub(super) fn inner(&mut self, code: &str) -> Thing {
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

    pub(super) fn index(&mut self, thing: Thing, index: &Thing) -> Thing {
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
    pub(super) fn machine_variable(&mut self, name: &str) -> Thing {
        match self.machine.env.is_set(name) {
            true => Thing::Value(self.machine.env.get(name)),
            false => Thing::unknown(Origin::Unset),
        }
    }
}
