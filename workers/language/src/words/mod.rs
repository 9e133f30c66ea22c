//! Words to values: the shell's expansions, as far as their outcome is the same wherever and whenever the command runs.

mod arith;
mod braces;
mod env;
mod evaluate;
mod expand;
mod fields;
mod lookup;
mod number;
mod parameter;
mod pattern;
mod value;

pub use env::{Environment, Variable, names_secret};
pub use expand::{Expander, Substitute};
pub use pattern::{fits, matches};
pub use value::{Origin, Piece, Value};
