//! `palisade-hook [--state DIR] AGENT`: what an agent's hook starts. Everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(palisade_hook::run(std::env::args_os().skip(1)))
}
