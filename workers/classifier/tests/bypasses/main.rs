//! What once got past a guard, ours or another's. Each test is one trick, its name is the claim, and its rows are spellings of
//! something that is catastrophic in its plain form.

#![allow(clippy::unwrap_used)]

#[path = "../common/mod.rs"]
mod common;

mod carriers;
mod flow;
mod options;
mod others;
mod peers;
mod rewritten;
mod spellings;
mod words;
mod wrappers;

use common::shell;
use palisade_protocol::verdict::Class;

fn all(class: Class, rows: &[&str]) {
    let wrong: Vec<String> = rows
        .iter()
        .filter_map(|row| {
            let (verdict, _) = shell(row);
            (verdict.class < class).then(|| format!("{} ({}): {row}", verdict.class, verdict.rule))
        })
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// The worst of it is known for sure.
#[track_caller]
fn caught(rows: &[&str]) {
    all(Class::Catastrophic, rows);
}

/// It is at least held.
#[track_caller]
fn held(rows: &[&str]) {
    all(Class::Destructive, rows);
}

/// It is at least asked about.
#[track_caller]
fn noticed(rows: &[&str]) {
    all(Class::Ambiguous, rows);
}
