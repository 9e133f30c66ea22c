//! The shell's language, read without running it: input guards, grammar, constant words, a second opinion, and redaction.
//!
//! Pure and total. Every byte in here was written by somebody who may want the reader to crash, to hang or to look away; so
//! nothing does I/O, nothing recurses deeper than [`limits::DEPTH_MAX`], and all work draws on a [`limits::Budget`].
//!
//! ```text
//! bytes -> guards -> parser -> ast -> words (constant values) -> whoever judges
//!      \-> scan (second opinion, no parser)      \-> redact (no parser either)
//! ```
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod ast;
pub mod guards;
pub mod limits;
pub mod parser;
pub mod pure;
pub mod redact;
pub mod scan;
pub mod words;
