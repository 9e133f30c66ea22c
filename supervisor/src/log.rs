//! One line on standard error for what an operator should see in the service's log. Never holds a call's text (I6).

use std::io::Write as _;

/// Writes one line, control characters made harmless: parts of it may come from a worker. A log that is full or gone ends nothing.
pub fn line(text: &str) {
    let clean: String = text.chars().map(|at| if at.is_control() { '\u{fffd}' } else { at }).collect();
    let _ = std::io::stderr().write_all(format!("palisaded: {clean}\n").as_bytes());
}
