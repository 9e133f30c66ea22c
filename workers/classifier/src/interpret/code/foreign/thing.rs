//! What an expression of another language may give, as far as it is known.

use palisade_language::words::{Origin, Value};

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Thing {
    Value(Value),
    List(Vec<Thing>),
    /// A module, a function or an object, by the name that it has everywhere.
    Named(String),
    /// A function that stands in the code itself, and was read there.
    Function,
}

/// An argument, and the name that it is given under.
#[derive(Debug, Clone)]
pub(super) struct Argument {
    pub name: String,
    pub thing: Thing,
}

impl Thing {
    pub(super) fn unknown(origin: Origin) -> Self {
        Self::Value(Value::unknown(origin))
    }

    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Value(Value::text(text))
    }

    /// As one value. Several become something unknown.
    pub(super) fn value(&self) -> Value {
        match self {
            Self::Value(value) => value.clone(),
            Self::List(items) if items.len() == 1 => items[0].value(),
            Self::List(items) => {
                Value::unknown(items.iter().filter_map(Self::origin).max().unwrap_or(Origin::Mixed).max(Origin::Mixed))
            }
            Self::Named(_) | Self::Function => Value::unknown(Origin::Mixed),
        }
    }

    pub(super) fn origin(&self) -> Option<Origin> {
        match self {
            Self::Value(value) => value.origin(),
            Self::List(items) => items.iter().filter_map(Self::origin).max(),
            _ => None,
        }
    }

    pub(super) fn known(&self) -> Option<String> {
        match self {
            Self::Value(value) => value.known(),
            Self::List(items) if items.len() == 1 => items[0].known(),
            _ => None,
        }
    }

    /// Its values, one by one.
    pub(super) fn values(&self) -> Vec<Value> {
        match self {
            Self::List(items) => items.iter().take(256).map(Self::value).collect(),
            other => vec![other.value()],
        }
    }

    /// What a loop over it gives.
    pub(super) fn element(&self) -> Self {
        match self {
            Self::List(items) if items.len() == 1 => items[0].clone(),
            Self::List(items) => {
                Self::unknown(items.iter().filter_map(Self::origin).max().unwrap_or(Origin::Mixed).max(Origin::Mixed))
            }
            Self::Value(value) if value.known().is_none() => Self::Value(value.clone()),
            _ => Self::unknown(Origin::Mixed),
        }
    }

    /// Computed out of both: nothing is known but where it comes from.
    pub(super) fn mixed(&self, other: &Self) -> Self {
        Self::unknown(self.origin().max(other.origin()).unwrap_or(Origin::Number))
    }
}
