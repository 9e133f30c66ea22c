//! Verdicts for tests.

use palisade_protocol::bounded::{List, Text};
use palisade_protocol::verdict::{Class, Effect, Operation, Recovery, Span, Verdict};

pub fn delete(target: &str, recovery: Recovery) -> Effect {
    Effect { operation: Operation::Delete, target: Text::cut(target), bounded: true, recovery, extent: None }
}

pub fn verdict(class: Class, contained: bool, effects: Vec<Effect>) -> Verdict {
    Verdict {
        class,
        rule: Text::cut("fs.delete.recursive"),
        reason: Text::cut("It deletes a tree."),
        spans: List::first(vec![Span { start: 0, end: 2 }]),
        effects: List::first(effects),
        contained,
        recoverable: false,
    }
}
