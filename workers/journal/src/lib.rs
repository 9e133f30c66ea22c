//! The journal worker: records in, sequence numbers out. It can append to one segment's two files and do nothing else.
//!
//! One process writes one segment; its end, of whatever kind, is the end of that segment. [`journal`] is the order of
//! operations, with the files behind a trait; [`serve`] is the loop around it; [`sink`] is the files.

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod journal;
pub mod serve;
pub mod sink;
