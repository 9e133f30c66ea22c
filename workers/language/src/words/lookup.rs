//! A parameter's value in the environment: variables, elements of arrays, positional parameters.

use super::expand::{Expander, Substitute};
use super::value::{Origin, Value};
use crate::ast::{Parameter, ParameterOp, Part};
use crate::limits::DEPTH_MAX;

impl<S: Substitute> Expander<'_, S> {
    /// `$@`, `${a[@]}` and their relatives: several fields.
    pub(super) fn all_elements(&mut self, parameter: &Parameter) -> Option<Vec<Value>> {
        if parameter.indirect || !matches!(parameter.op, ParameterOp::Plain) {
            return None;
        }
        let all = |parts: &[Part]| matches!(parts, [Part::Literal(text)] if text == "@" || text == "*");
        let elements = match &parameter.index {
            None if parameter.name == "@" || parameter.name == "*" => self.with.environment().positional.clone(),
            Some(index) if all(index) => self.with.environment().elements(&parameter.name),
            _ => None,
        }?;
        let size: usize = elements.iter().map(|element| 8 + element.size() / 4).sum();
        if !self.with.budget().take(size) {
            return Some(vec![Value::unknown(Origin::Mixed)]);
        }
        Some(elements)
    }

    pub(super) fn parameter(&mut self, parameter: &Parameter) -> Value {
        if self.depth >= DEPTH_MAX || !self.with.budget().take(2) {
            return Value::unknown(Origin::Mixed);
        }
        self.depth += 1;
        let value = self.parameter_value(parameter);
        let value = self.operate(parameter, value);
        self.depth -= 1;
        let size = value.size();
        self.with.budget().take(size / 8);
        value
    }

    fn parameter_value(&mut self, parameter: &Parameter) -> Value {
        let mut name = parameter.name.clone();
        if parameter.indirect {
            match self.with.environment().get(&name).known() {
                Some(target) => name = target,
                None => return Value::unknown(Origin::Mixed),
            }
        }
        let Some(index) = &parameter.index else { return self.with.environment().get(&name) };
        let index = self.template(index).known();
        let elements = self.with.environment().elements(&name);
        match (index.as_deref(), elements) {
            (Some("@" | "*"), Some(elements)) => {
                let mut all = Value::default();
                for (at, element) in elements.iter().enumerate() {
                    if at > 0 {
                        all.push_text(" ");
                    }
                    all.append(element);
                }
                all
            }
            (Some(index), Some(elements)) => match index.parse::<usize>() {
                Ok(index) => elements.get(index).cloned().unwrap_or_default(),
                Err(_) => Value::unknown(Origin::Mixed),
            },
            (_, None) => Value::unknown(Origin::Unset),
            (None, _) => Value::unknown(Origin::Mixed),
        }
    }
}
