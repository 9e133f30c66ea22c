//! The fields that a word becomes: where unquoted blanks part it, and which of its characters are patterns.

use super::value::{Piece, Value};
use crate::limits::FIELDS_MAX;

/// The fields of a word under construction.
#[derive(Default)]
pub(super) struct Fields {
    pub(super) done: Vec<Value>,
    pub(super) current: Value,
    /// The current field exists though it may be empty (it was quoted).
    pub(super) open: bool,
}

impl Fields {
    pub(super) fn end(&mut self) {
        if self.open || !self.current.pieces.is_empty() {
            if self.done.len() < FIELDS_MAX {
                self.done.push(std::mem::take(&mut self.current));
            } else {
                self.current = Value::default();
            }
            self.open = false;
        }
    }

    /// Appends an unquoted expansion's result, split where the separators say: blanks among them only part words, each of the
    /// others ends one, an empty one too.
    pub(super) fn split(&mut self, value: &Value, separators: &str) {
        for piece in &value.pieces {
            let (Piece::Text(text) | Piece::Dialect(text)) = piece else {
                self.current.push(piece.clone());
                continue;
            };
            let mut rest = text.as_str();
            loop {
                let at = rest.find(|letter| separators.contains(letter));
                let field = &rest[..at.unwrap_or(rest.len())];
                match piece {
                    Piece::Dialect(_) if field.is_empty() => {}
                    Piece::Dialect(_) => self.current.push(Piece::Dialect(field.to_owned())),
                    _ => push_globs(&mut self.current, field),
                }
                let Some(at) = at else { break };
                let separator = rest[at..].chars().next().unwrap_or(' ');
                self.open |= !separator.is_whitespace();
                self.end();
                rest = &rest[at + separator.len_utf8()..];
            }
        }
    }
}

/// Unquoted text: pattern characters are active.
pub(super) fn push_globs(value: &mut Value, text: &str) {
    let mut rest = text;
    // Looked for once: else each bracket without an end would have the whole rest searched.
    let mut closes = text.contains(']');
    while let Some(at) = rest.find(['*', '?', '[']) {
        value.push_text(&rest[..at]);
        let end = match rest.as_bytes()[at] {
            b'[' if closes => rest[at..].find(']').map(|end| at + end + 1),
            b'[' => None,
            _ => Some(at + 1),
        };
        closes &= end.is_some() || rest.as_bytes()[at] != b'[';
        let Some(end) = end else {
            // A lone bracket, `[` the command for one, is itself.
            value.push_text(&rest[at..at + 1]);
            rest = &rest[at + 1..];
            continue;
        };
        value.push(Piece::Glob(rest[at..end].to_owned()));
        rest = &rest[end..];
    }
    value.push_text(rest);
}
