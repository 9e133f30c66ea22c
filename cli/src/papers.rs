//! Completion scripts and manual pages, made from the command line's own description.

use crate::arguments::Arguments;
use crate::failure::Failure;
use clap::CommandFactory;
use clap_complete::Shell;
use std::path::Path;

/// Prints a completion script.
pub fn completions(shell: Shell) -> Result<u8, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "palisade", &mut script);
    say_part!("{}", String::from_utf8_lossy(&script));
    Ok(0)
}

/// Writes `palisade.1` and one page a command into `dir`.
pub fn manual(dir: &Path) -> Result<u8, Failure> {
    std::fs::create_dir_all(dir).map_err(|why| Failure::file(dir, &why))?;
    clap_mangen::generate_to(Arguments::command(), dir).map_err(|why| Failure::file(dir, &why))?;
    Ok(0)
}
