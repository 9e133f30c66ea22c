//! The reader worker: one job over the journal's segments, which it is handed one at a time and never trusts.
//!
//! [`scan`] finds where the chain ends, [`verify`] checks all of it, [`find`] returns events. [`session`] is the order in which a
//! job is asked for; [`serve`] is the loop around it. Memory is constant however long the journal is.

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod find;
pub mod rows;
pub mod scan;
pub mod serve;
pub mod session;
pub mod verify;

#[cfg(test)]
mod testing;
