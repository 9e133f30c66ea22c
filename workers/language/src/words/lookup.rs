//! A parameter's value in the environment: variables, elements of arrays, positional parameters.

use super::env::Variable;
use super::expand::{Expander, Substitute};
use super::value::{Origin, Value};
use crate::ast::{Parameter, ParameterOp, Part};
use crate::limits::DEPTH_MAX;

impl<S: Substitute> Expander<'_, S> {
    /// `$@`, `${a[@]}`, `${a[@]#x}`, `${!a[@]}` and their relatives: several fields.
    pub(super) fn all_elements(&mut self, parameter: &Parameter) -> Option<Vec<Value>> {
        let all = |parts: &[Part]| matches!(parts, [Part::Literal(text)] if text == "@" || text == "*");
        let elements = match &parameter.index {
            _ if matches!(parameter.op, ParameterOp::Length | ParameterOp::Default { .. } | ParameterOp::Other) => None,
            None if parameter.indirect => None,
            None if parameter.name == "@" || parameter.name == "*" => self.with.environment().positional.clone(),
            Some(index) if all(index) && parameter.indirect => self.with.environment().keys(&parameter.name),
            Some(index) if all(index) => self.with.environment().elements(&parameter.name),
            _ => None,
        }?;
        let size: usize = elements.iter().map(|element| 8 + element.size() / 4).sum();
        if !self.with.budget().take(size) {
            return Some(vec![Value::unknown(Origin::Mixed)]);
        }
        match &parameter.op {
            ParameterOp::Plain => Some(elements),
            ParameterOp::Slice { offset, length } => {
                Some(self.some_elements(parameter, elements, offset, length.as_deref()))
            }
            _ => Some(elements.into_iter().map(|element| self.operate(parameter, element)).collect()),
        }
    }

    fn some_elements(
        &mut self,
        parameter: &Parameter,
        mut elements: Vec<Value>,
        offset: &[Part],
        length: Option<&[Part]>,
    ) -> Vec<Value> {
        if parameter.index.is_none() {
            // `$0` stands before the others.
            elements.insert(0, self.with.environment().get("0"));
        }
        let number = |value: Value| value.known().and_then(|text| text.parse::<i64>().ok());
        let from = number(self.arithmetic(offset));
        let count = length.map(|length| number(self.arithmetic(length)));
        let size = elements.len() as i64;
        match (from, count) {
            (Some(from), None | Some(Some(0..))) => {
                let from = if from < 0 { size.saturating_add(from) } else { from }.clamp(0, size);
                let count = count.flatten().unwrap_or(size);
                let to = from.saturating_add(count).min(size);
                elements[from as usize..to as usize].to_vec()
            }
            _ => vec![Value::unknown(elements.iter().filter_map(Value::origin).max().unwrap_or(Origin::Mixed))],
        }
    }

    pub(super) fn parameter(&mut self, parameter: &Parameter) -> Value {
        if self.depth >= DEPTH_MAX || !self.with.budget().take(2) {
            return Value::unknown(Origin::Mixed);
        }
        self.depth += 1;
        let each = if matches!(parameter.op, ParameterOp::Plain) { None } else { self.all_elements(parameter) };
        let value = match each {
            Some(elements) => joined(&elements),
            None => {
                let value = self.parameter_value(parameter);
                self.operate(parameter, value)
            }
        };
        self.depth -= 1;
        let size = value.size();
        self.with.budget().take(size / 8);
        value
    }

    fn parameter_value(&mut self, parameter: &Parameter) -> Value {
        let mut name = parameter.name.clone();
        if parameter.indirect {
            match self.with.environment().get(&name).known() {
                Some(target) => {
                    if target.contains('[') {
                        // The name's own subscript is evaluated, and what is substituted in it runs.
                        self.prompt(&target);
                    }
                    name = target;
                }
                None => return Value::unknown(Origin::Mixed),
            }
        }
        let Some(index) = &parameter.index else { return self.with.environment().get(&name) };
        let index = self.template(index);
        let Some(elements) = self.with.environment().elements(&name) else {
            // The subscript of what is not set is an expression all the same.
            self.arithmetic_of(&index);
            return Value::unknown(Origin::Unset);
        };
        match index.known().as_deref() {
            Some("@" | "*") => joined(&elements),
            Some(key) => match self.with.environment().variable(&name) {
                Some(Variable::Map(values)) => values.get(key).cloned().unwrap_or_default(),
                _ => self.element(&index, elements),
            },
            None => self.element(&index, elements),
        }
    }

    /// The element of an indexed array whose subscript is this expression.
    fn element(&mut self, index: &Value, elements: Vec<Value>) -> Value {
        let index = self.arithmetic_of(index).known().and_then(|text| text.parse::<i64>().ok());
        match index.map(|index| if index < 0 { index + elements.len() as i64 } else { index }) {
            Some(index) => usize::try_from(index).ok().and_then(|at| elements.get(at).cloned()).unwrap_or_default(),
            None => Value::unknown(elements.iter().filter_map(Value::origin).max().unwrap_or(Origin::Mixed)),
        }
    }
}

fn joined(elements: &[Value]) -> Value {
    let mut all = Value::default();
    for (at, element) in elements.iter().enumerate() {
        if at > 0 {
            all.push_text(" ");
        }
        all.append(element);
    }
    all
}
