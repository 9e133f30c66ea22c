//! What an expansion's result becomes: fields where `IFS` parts it, a number where it is arithmetic, commands where it is read
//! once more.

use super::arith;
use super::expand::{Expander, Substitute};
use super::fields::Fields;
use super::parameter::changed;
use super::value::{Origin, Piece, Value};
use crate::ast::Part;
use crate::parser::parse_template;

/// What a name in an expression costs: it is looked up, and read as an expression itself.
const LOOKUP_COST: usize = 8;

impl<S: Substitute> Expander<'_, S> {
    /// Parts at what `IFS` holds here.
    pub(super) fn split(&mut self, value: &Value, fields: &mut Fields) {
        let own = self.with.environment().is_set("IFS");
        match own.then(|| self.with.environment().get("IFS").known()) {
            None => fields.split(value, " \t\n"),
            Some(Some(separators)) => fields.split(value, &separators),
            Some(None) if value.known().is_some_and(|text| !text.chars().all(char::is_alphanumeric)) => {
                fields.current.push(Piece::Unknown(Origin::Mixed));
            }
            Some(None) => fields.current.append(value),
        }
    }

    /// What arithmetic comes to, after what it assigns and runs.
    pub fn arithmetic(&mut self, parts: &[Part]) -> Value {
        let value = self.template(parts);
        self.arithmetic_of(&value)
    }

    /// The same of an expression that is a value.
    pub fn arithmetic_of(&mut self, value: &Value) -> Value {
        let unknown = Value::unknown(Origin::Number);
        let Some(text) = value.known() else {
            arith::blur(&value.display(), self.with.environment());
            return unknown;
        };
        if !self.with.budget().take(text.len() + 1) {
            return unknown;
        }
        let outcome = arith::evaluate(&text, self.with.environment());
        self.with.budget().take(LOOKUP_COST * outcome.lookups as usize);
        for text in &outcome.runs {
            self.prompt(text);
        }
        outcome.number.map_or(unknown, |number| Value::text(number.to_string()))
    }

    /// A value whose own substitutions run: a prompt, or a subscript that is evaluated a second time.
    pub fn prompt(&mut self, text: &str) -> Value {
        let depth = self.depth;
        let (parts, faults) = parse_template(text, depth, self.with.budget());
        let value = self.template(&parts);
        if faults.is_empty() { value } else { changed(&value) }
    }
}
