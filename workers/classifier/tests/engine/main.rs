//! The verdict engine, from outside: a command goes in and a verdict comes out. One binary for all of it, since linking one for
//! each file would take longer than the tests do; `cargo test -p palisade-classifier --test engine corpus` runs one file's.

#![allow(clippy::unwrap_used)]

#[path = "../common/mod.rs"]
mod common;

mod bypasses;
mod claims;
mod configured;
mod corpus;
mod databases;
mod deeds;
mod elsewhere;
mod errands;
mod everyday;
mod exhaustion;
mod facts;
mod generated;
mod guesses;
mod infrastructure;
mod interpreters;
mod knowledge;
mod languages;
mod leaving;
mod limits;
mod metamorphic;
mod options;
mod ordinary;
mod peers;
mod sql;
mod stores;
mod surroundings;
mod survivors;
mod tools;
