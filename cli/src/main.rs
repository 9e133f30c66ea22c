//! `palisade`: everything that a person asks of Palisade. See the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(palisade_cli::run(std::env::args_os()))
}
