//! The real client, from its stdin to its exit code.

#![allow(clippy::unwrap_used, missing_docs)]

mod alone;
mod answers;
mod double;
