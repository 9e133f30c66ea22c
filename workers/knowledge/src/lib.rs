//! What is known about programs and rules: `programs/*.toml`, `rules/*.toml` and `side-doors.toml`, compiled into static tables.
//!
//! Nothing is parsed, built or allocated at run time: a worker that asks about a program searches a sorted array. What only people
//! read ([`Page`], [`Category`]) lies in tables of its own, so that a worker which never asks for it does not carry it.

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod door;
mod markdown;
mod program;
mod rule;
mod spelling;
mod words;

pub use door::{Does, Door, doors};
pub use program::{Entry, Example, Family, Form, FormPage, Operands, Page, Program, Raise, Taken};
pub use program::{named_by, names, nearest, page, pages, program};
pub use rule::{Category, Rule, Undo, categories, rule, rules};
pub use spelling::usual_name;
pub use words::word_fits;
