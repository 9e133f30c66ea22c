//! The real command, from its arguments to its exit code, with doubles of the supervisor's process and of its control socket.
//!
//! What needs real workers is tested end to end, where they are built.

#![allow(clippy::unwrap_used, missing_docs)]

mod bench;
mod control;
mod follow;
mod plain;
mod starting;
mod wiring;
