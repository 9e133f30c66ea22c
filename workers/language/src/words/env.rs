//! Variables as a script sets them.

use super::value::{Origin, Piece, Value};
use std::collections::{BTreeMap, BTreeSet};

/// A variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Variable {
    /// One value.
    Scalar(Value),
    /// An indexed array.
    Array(Vec<Value>),
    /// An associative array.
    Map(BTreeMap<String, Value>),
}

/// The variables known at one point of a script. A name that is not in here was not set by it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Environment {
    variables: BTreeMap<String, Variable>,
    /// Names whose value does not follow from what is assigned to them: read-only, references, converted.
    odd: BTreeSet<String>,
    /// `$1`, `$2` …; `None`: not known.
    pub positional: Option<Vec<Value>>,
    /// `$0`.
    pub zero: Option<String>,
}

/// Ends of the names of variables that hold secrets.
const SECRETS: [&str; 14] = [
    "TOKEN",
    "SECRET",
    "PASSWORD",
    "PASSWD",
    "API_KEY",
    "APIKEY",
    "ACCESS_KEY",
    "SECRET_KEY",
    "PRIVATE_KEY",
    "CREDENTIALS",
    "AUTH",
    "PASSPHRASE",
    "ACCESS_KEY_ID",
    "COOKIE",
];

/// Whether a variable that the caller's environment sets holds a secret, by its name.
pub fn names_secret(name: &str) -> bool {
    SECRETS.iter().any(|end| name.ends_with(end))
}

/// Variables held at once; more make the rest unknown.
const VARIABLES_MAX: usize = 4096;

impl Environment {
    /// Sets a variable.
    pub fn set(&mut self, name: &str, variable: Variable) {
        let variable = if self.odd.contains(name) { Variable::Scalar(Value::unknown(Origin::Mixed)) } else { variable };
        if self.variables.len() < VARIABLES_MAX || self.variables.contains_key(name) {
            self.variables.insert(name.to_owned(), variable);
        }
    }

    /// Sets a variable to one value.
    pub fn assign(&mut self, name: &str, value: Value) {
        self.set(name, Variable::Scalar(value));
    }

    /// From now on whatever is assigned to the variable may not be what it holds.
    pub fn distrust(&mut self, name: &str) {
        if self.odd.len() < VARIABLES_MAX {
            self.odd.insert(name.to_owned());
        }
    }

    /// The variable as the script set it.
    pub fn variable(&self, name: &str) -> Option<&Variable> {
        self.variables.get(name)
    }

    /// Makes a variable again what [`Self::variable`] said of it.
    pub fn put_back(&mut self, name: &str, variable: Option<Variable>) {
        match variable {
            Some(variable) => self.set(name, variable),
            None => {
                self.variables.remove(name);
            }
        }
    }

    /// Makes a variable one of several values.
    pub fn blur(&mut self, name: &str) {
        self.assign(name, Value::unknown(Origin::Mixed));
    }

    /// Makes each variable one of several values.
    pub fn blur_all(&mut self) {
        self.variables.values_mut().for_each(|variable| *variable = Variable::Scalar(Value::unknown(Origin::Mixed)));
    }

    /// Forgets a variable: it is empty now, whatever the caller's environment holds.
    pub fn unset(&mut self, name: &str) {
        self.assign(name, Value::default());
    }

    /// Whether the script set it.
    pub fn is_set(&self, name: &str) -> bool {
        self.variables.contains_key(name)
    }

    /// The cost of a copy, in work units.
    pub fn size(&self) -> usize {
        let elements: usize = self
            .variables
            .values()
            .map(|variable| match variable {
                Variable::Scalar(value) => 1 + value.size() / 64,
                Variable::Array(values) => 1 + values.len(),
                Variable::Map(values) => 1 + 2 * values.len(),
            })
            .sum();
        8 * (1 + elements + self.odd.len() + self.positional.as_ref().map_or(0, Vec::len))
    }

    /// All elements of a variable: one for a scalar.
    pub fn elements(&self, name: &str) -> Option<Vec<Value>> {
        match self.variables.get(name)? {
            Variable::Scalar(value) => Some(vec![value.clone()]),
            Variable::Array(values) => Some(values.clone()),
            Variable::Map(values) => Some(values.values().cloned().collect()),
        }
    }

    /// The subscripts of a variable's elements.
    pub fn keys(&self, name: &str) -> Option<Vec<Value>> {
        match self.variables.get(name)? {
            Variable::Scalar(value) => value.known().map(|_| vec![Value::text("0")]),
            Variable::Array(values) => Some((0..values.len()).map(|at| Value::text(at.to_string())).collect()),
            Variable::Map(values) => Some(values.keys().map(Value::text).collect()),
        }
    }

    /// The value of `$name`.
    pub fn get(&self, name: &str) -> Value {
        match self.variables.get(name) {
            Some(Variable::Scalar(value)) => return value.clone(),
            Some(Variable::Array(values)) => return values.first().cloned().unwrap_or_default(),
            Some(Variable::Map(values)) => return values.get("0").cloned().unwrap_or_default(),
            None => {}
        }
        match name {
            "HOME" => Value::piece(Piece::Home),
            "PWD" => Value::piece(Piece::Cwd),
            "IFS" => Value::text(" \t\n"),
            "0" => self.zero.clone().map_or(Value::unknown(Origin::Input), Value::text),
            "?" | "#" | "$" | "!" | "UID" | "EUID" | "PPID" | "RANDOM" | "SECONDS" | "LINENO" | "COLUMNS" | "LINES"
            | "EPOCHSECONDS" | "BASHPID" | "SHLVL" => match (name, &self.positional) {
                ("#", Some(positional)) => Value::text(positional.len().to_string()),
                _ => Value::unknown(Origin::Number),
            },
            "-" => Value::unknown(Origin::Number),
            "@" | "*" => self.joined(),
            "BASH" | "SHELL" => Value::text("/bin/bash"),
            _ => match name.parse::<usize>() {
                Ok(number) => match &self.positional {
                    // `${00}` is the name of the shell, as `$0` is.
                    Some(positional) => match number.checked_sub(1) {
                        Some(at) => positional.get(at).cloned().unwrap_or_default(),
                        None => Value::unknown(Origin::Input),
                    },
                    None => Value::unknown(Origin::Input),
                },
                Err(_) if names_secret(name) => Value::unknown(Origin::Secret),
                Err(_) => Value::unknown(Origin::Unset),
            },
        }
    }

    fn joined(&self) -> Value {
        let Some(positional) = &self.positional else { return Value::unknown(Origin::Input) };
        let mut all = Value::default();
        for (at, value) in positional.iter().enumerate() {
            if at > 0 {
                all.push_text(" ");
            }
            all.append(value);
        }
        all
    }

    /// What holds whichever of the two ways was taken: what differs becomes unknown.
    pub fn merge(&mut self, other: &Self) {
        if self == other {
            return;
        }
        for (name, theirs) in &other.variables {
            match self.variables.get(name) {
                Some(ours) if ours == theirs => {}
                _ => self.assign(name, Value::unknown(Origin::Mixed)),
            }
        }
        let ours: Vec<String> =
            self.variables.keys().filter(|name| !other.variables.contains_key(*name)).cloned().collect();
        for name in ours {
            self.assign(&name, Value::unknown(Origin::Mixed));
        }
        self.odd.extend(other.odd.iter().cloned());
        if self.positional != other.positional {
            self.positional = None;
        }
    }
}
