//! What cannot run here is skipped loudly: printed with its reason, and counted in the summary.

use std::fs::File;
use std::io::Write;

/// Says that a test does not run here, and why. `.ci/run` counts these lines.
pub fn skip(test: &str, why: &str) {
    let line = format!("SKIPPED {test}: {why}\n");
    // Past the test runner's capture, so that a passing run shows it too.
    match File::options().append(true).open("/dev/stderr") {
        Ok(mut out) => drop(out.write_all(line.as_bytes())),
        Err(_) => eprint!("{line}"),
    }
}

/// Whether we are root.
pub fn is_root() -> bool {
    nix::unistd::Uid::effective().is_root()
}
