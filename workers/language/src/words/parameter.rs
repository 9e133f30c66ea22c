//! What is done with a parameter's value: defaults, trimming, replacing, slicing, case.

use super::env::Variable;
use super::expand::{Expander, Substitute};
use super::pattern;
use super::value::{Origin, Value};
use crate::ast::{Parameter, ParameterOp, Part};

/// Characters of a value that a pattern is trimmed from.
const TRIMMED_MAX: usize = 512;

impl<S: Substitute> Expander<'_, S> {
    pub(super) fn operate(&mut self, parameter: &Parameter, value: Value) -> Value {
        match &parameter.op {
            ParameterOp::Plain => value,
            ParameterOp::Length => match value.known() {
                Some(text) => Value::text(text.chars().count().to_string()),
                None => Value::unknown(Origin::Number),
            },
            ParameterOp::Default { kind, colon, word } => self.default(parameter, *kind, *colon, word, value),
            ParameterOp::Trim { suffix, longest, pattern } => {
                let pattern = self.pattern(pattern);
                // Each length is tried, and each try looks at the text: quadratic, so only short texts.
                let short = Some(&value).filter(|value| value.size() <= 4 * TRIMMED_MAX).and_then(known_chars);
                let Some((pattern, text)) = pattern.clone().zip(short) else { return trimmed(&value, pattern) };
                if text.len() > TRIMMED_MAX || !self.with.budget().take(text.len() * (text.len() / 4 + 1)) {
                    return changed(&value);
                }
                match pattern::trim(&pattern, &text, *suffix, *longest) {
                    Some(length) if *suffix => Value::text(text[..text.len() - length].iter().collect::<String>()),
                    Some(length) => Value::text(text[length..].iter().collect::<String>()),
                    None => changed(&value),
                }
            }
            ParameterOp::Replace { mode, pattern, with } => {
                let glob = self.pattern(pattern);
                let pattern = self.template(pattern).known();
                let with = self.template(with).known();
                let size = value.size();
                self.with.budget().take(size);
                match (value.known(), pattern, with) {
                    (Some(text), Some(pattern), Some(with)) if pattern.contains(['*', '?', '[', '(']) => {
                        let text: Vec<char> = text.chars().collect();
                        let found = glob.filter(|_| {
                            text.len() <= 96 && self.with.budget().take(text.len() * text.len() * text.len() / 16 + 1)
                        });
                        let replaced = found.and_then(|glob| pattern::replace(&glob, &text, *mode, &with));
                        replaced.map_or_else(|| changed(&value), Value::text)
                    }
                    (Some(text), Some(pattern), Some(with)) if !pattern.is_empty() => Value::text(match mode {
                        b'/' => text.replace(&pattern, &with),
                        b'#' => text.strip_prefix(&pattern).map_or(text.clone(), |rest| format!("{with}{rest}")),
                        b'%' => text.strip_suffix(&pattern).map_or(text.clone(), |rest| format!("{rest}{with}")),
                        _ => text.replacen(&pattern, &with, 1),
                    }),
                    _ => changed(&value),
                }
            }
            ParameterOp::Slice { offset, length } => {
                let number = |value: Value| value.known().and_then(|text| text.parse::<i64>().ok());
                let offset = number(self.arithmetic(offset));
                let length = match length {
                    Some(length) => number(self.arithmetic(length)).map(Some),
                    None => Some(None),
                };
                match (known_chars(&value), offset, length) {
                    (Some(text), Some(offset), Some(length)) => {
                        let size = text.len() as i64;
                        let from = if offset < 0 { size + offset } else { offset }.clamp(0, size);
                        let to = match length {
                            None => size,
                            Some(length) if length < 0 => size + length,
                            Some(length) => from.saturating_add(length),
                        };
                        let to = to.clamp(from, size);
                        Value::text(text[from as usize..to as usize].iter().collect::<String>())
                    }
                    // A part of a path may be all that is above it, or nothing.
                    _ => trimmed(&value, None),
                }
            }
            ParameterOp::Case { upper, all } => match value.known() {
                Some(text) => {
                    let change = |text: &str| if *upper { text.to_uppercase() } else { text.to_lowercase() };
                    let first = text.chars().next().map_or(0, char::len_utf8);
                    Value::text(if *all {
                        change(&text)
                    } else {
                        format!("{}{}", change(&text[..first]), &text[first..])
                    })
                }
                None => changed(&value),
            },
            ParameterOp::Transform(b'E') => match value.known() {
                Some(text) => Value::text(crate::pure::unescape(&text)),
                None => changed(&value),
            },
            ParameterOp::Transform(b'U' | b'L' | b'Q' | b'a' | b'A' | b'K' | b'k' | b'P' | b'u') => {
                match parameter.op {
                    ParameterOp::Transform(b'U') => {
                        value.known().map_or(changed(&value), |text| Value::text(text.to_uppercase()))
                    }
                    ParameterOp::Transform(b'L') => {
                        value.known().map_or(changed(&value), |text| Value::text(text.to_lowercase()))
                    }
                    ParameterOp::Transform(b'Q') => value,
                    // A prompt string runs the substitutions in it; as text it is itself.
                    ParameterOp::Transform(b'P')
                        if value.known().is_some_and(|text| !text.contains(['\\', '$', '`'])) =>
                    {
                        value
                    }
                    ParameterOp::Transform(b'P') => match value.known() {
                        Some(text) => {
                            let shown = self.prompt(&text);
                            if text.contains('\\') { changed(&shown) } else { shown }
                        }
                        None => changed(&value),
                    },
                    _ => Value::unknown(Origin::Mixed),
                }
            }
            ParameterOp::Transform(_) | ParameterOp::Other => Value::unknown(Origin::Mixed),
        }
    }

    fn default(&mut self, parameter: &Parameter, kind: u8, colon: bool, word: &[Part], value: Value) -> Value {
        let set = self.with.environment().is_set(&parameter.name)
            || (self.with.environment().positional.is_some()
                && parameter.name.bytes().all(|byte| byte.is_ascii_digit()));
        let well_known = value.origin().is_none() && !value.is_empty();
        // The word is evaluated in any case: a substitution in it may run. What it sets may then be set or not.
        let plain = word.iter().all(|part| matches!(part, Part::Literal(_) | Part::Quoted(_)));
        let size = self.with.environment().size();
        let before = (!plain && self.with.budget().take(size)).then(|| self.with.environment().clone());
        let alternative = self.template(word);
        if let Some(before) = before {
            self.with.environment().merge(&before);
        }
        // The shell sets these itself.
        if !set
            && !well_known
            && matches!(parameter.name.as_str(), "0" | "_" | "REPLY") | parameter.name.starts_with("BASH")
        {
            return Value::unknown(Origin::Mixed);
        }
        match kind {
            b'+' if set && !(colon && value.is_empty()) => alternative,
            b'+' if set => Value::default(),
            b'+' => Value::unknown(Origin::Mixed),
            _ if set && !(colon && value.is_empty()) => value,
            _ if !set && well_known => value,
            b'=' => {
                if value.origin() != Some(Origin::Unset) {
                    self.with.environment().set(&parameter.name, Variable::Scalar(alternative.clone()));
                }
                alternative
            }
            b'-' => alternative,
            // `${x:?}`: the command does not run when it is unset or empty.
            _ => Value::unknown(Origin::Input),
        }
    }

    fn pattern(&mut self, parts: &[Part]) -> Option<Vec<char>> {
        let mut out = Vec::new();
        for part in parts {
            match part {
                Part::Literal(text) => out.extend(text.chars()),
                other => {
                    for character in self.unsplit(other).known()?.chars() {
                        if "*?[\\".contains(character) {
                            out.push('\\');
                        }
                        out.push(character);
                    }
                }
            }
        }
        Some(out)
    }
}

fn known_chars(value: &Value) -> Option<Vec<char>> {
    value.known().map(|text| text.chars().collect())
}

/// A value of which a part was taken away by a pattern. What is left of a path of its own may be the directory that it lies in, or
/// nothing, unless the pattern is a text that is not likely there.
fn trimmed(value: &Value, pattern: Option<Vec<char>>) -> Value {
    let wild = |pattern: &Vec<char>| pattern.iter().any(|character| "*?[".contains(*character));
    let everything = |pattern: &Vec<char>| pattern.iter().all(|character| *character == '*');
    match value.origin() {
        Some(Origin::Temporary) if pattern.as_ref().is_none_or(wild) => Value::unknown(Origin::Mixed),
        Some(Origin::Project | Origin::Number) if pattern.as_ref().is_none_or(everything) => {
            Value::unknown(Origin::Mixed)
        }
        _ => changed(value),
    }
}

/// A value after a change that could not be followed: as unknown as its worst part, and at least mixed.
pub(super) fn changed(value: &Value) -> Value {
    Value::unknown(value.origin().unwrap_or(Origin::Mixed))
}
