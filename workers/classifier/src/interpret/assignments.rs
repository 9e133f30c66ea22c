//! Assignments: to variables, to arrays and to single elements of them, and what their subscripts run.

use super::Machine;
use palisade_language::ast::{Assigned, Assignment, Part, Word};
use palisade_language::words::{Origin, Value, Variable};
use std::collections::BTreeMap;

/// Elements of one array that are told apart.
const ELEMENTS_MAX: usize = 1024;

impl Machine<'_> {
    /// Sets a variable, and notes what setting it makes other programs do.
    pub(super) fn assign(&mut self, assignment: &Assignment) {
        let index = assignment.index.as_ref().map(|index| self.template(index));
        let name = assignment.name.as_str();
        match &assignment.value {
            Assigned::Scalar(word) => {
                let mut value = self.single(word);
                self.influence(name, &value);
                match index {
                    None => {
                        if assignment.append {
                            let mut whole = self.env.get(name);
                            whole.append(&value);
                            value = whole;
                        }
                        self.env.assign(name, value);
                    }
                    Some(index) => self.assign_element(name, &index, value, assignment.append),
                }
            }
            Assigned::Array(words) => self.assign_array(name, words, assignment.append),
        }
    }

    /// Makes a variable an associative array, unless it is one.
    pub(super) fn associate(&mut self, name: &str) {
        if !matches!(self.env.variable(name), Some(Variable::Map(_))) {
            self.env.set(name, Variable::Map(BTreeMap::new()));
        }
    }

    fn assign_element(&mut self, name: &str, index: &Value, value: Value, append: bool) {
        self.budget.take(self.env.elements(name).map_or(0, |values| 8 * values.len()));
        if let Some(Variable::Map(values)) = self.env.variable(name) {
            let mut values = values.clone();
            let Some(key) = index.known().filter(|_| values.len() < ELEMENTS_MAX) else { return self.env.blur(name) };
            join(values.entry(key).or_default(), value, append);
            return self.env.set(name, Variable::Map(values));
        }
        let mut values = self.env.elements(name).unwrap_or_default();
        let at = self.arithmetic(index).known().and_then(|text| text.parse::<i64>().ok());
        let at = at.map(|at| if at < 0 { at + values.len() as i64 } else { at });
        match at.and_then(|at| usize::try_from(at).ok()).filter(|at| *at < ELEMENTS_MAX) {
            Some(at) => {
                values.resize(values.len().max(at + 1), Value::default());
                join(&mut values[at], value, append);
                self.env.set(name, Variable::Array(values));
            }
            None => self.env.assign(name, Value::unknown(Origin::Mixed)),
        }
    }

    fn assign_array(&mut self, name: &str, words: &[Word], append: bool) {
        if !append {
            let empty = match self.env.variable(name) {
                Some(Variable::Map(_)) => Variable::Map(BTreeMap::new()),
                _ => Variable::Array(Vec::new()),
            };
            self.env.set(name, empty);
        }
        let mut values = self.env.elements(name).unwrap_or_default();
        if !self.budget.take(8 * values.len()) {
            return self.env.blur(name);
        }
        let mut keyed = matches!(self.env.variable(name), Some(Variable::Map(_)));
        for word in words {
            if !matches!(word.parts.first(), Some(Part::Literal(text)) if text.starts_with('[')) {
                values.extend(self.fields(word));
                continue;
            }
            // `[subscript]=value`
            let whole = self.template(&word.parts);
            let text = whole.prefix().to_owned();
            let Some(at) = text.find("]=") else {
                values.push(whole);
                continue;
            };
            if !keyed && !values.is_empty() {
                self.env.set(name, Variable::Array(values.clone()));
            }
            keyed = true;
            let value = crate::knowledge::tail(&whole, at + 2);
            self.assign_element(name, &Value::text(&text[1..at]), value, false);
        }
        if !keyed {
            values.truncate(ELEMENTS_MAX);
            self.env.set(name, Variable::Array(values));
        }
    }

    /// The words of `[`, `test` and `[[`: numbers are expressions there, and names may have subscripts.
    pub(super) fn tested(&mut self, values: &[Value]) {
        const NUMERIC: [&str; 6] = ["-eq", "-ne", "-lt", "-le", "-gt", "-ge"];
        let known: Vec<Option<String>> = values.iter().map(Value::known).collect();
        let numeric = known.iter().flatten().any(|word| NUMERIC.contains(&word.as_str()));
        let named = known.iter().flatten().any(|word| word == "-v" || word == "-R");
        for value in values.iter().filter(|_| numeric || named) {
            if numeric && value.prefix().starts_with(|first: char| first.is_ascii_alphabetic() || first == '_') {
                self.arithmetic(value);
            }
            self.subscript(value);
        }
    }
}

fn join(element: &mut Value, value: Value, append: bool) {
    if append {
        element.append(&value);
    } else {
        *element = value;
    }
}
