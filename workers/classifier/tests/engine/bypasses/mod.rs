//! What once got past a guard, ours or another's. Each test is one trick, its name is the claim, and its rows are spellings of
//! something that is catastrophic in its plain form.

mod carriers;
mod doors;
mod flow;
mod options;
mod others;
mod peers;
mod rewritten;
mod settings;
mod spellings;
mod unspoken;
mod words;
mod wrappers;

use crate::common::at_least;
use palisade_protocol::verdict::Class;

/// The worst of it is known for sure.
#[track_caller]
fn caught(rows: &[&str]) {
    at_least(Class::Catastrophic, rows);
}

/// It is at least held.
#[track_caller]
fn held(rows: &[&str]) {
    at_least(Class::Destructive, rows);
}
