//! What cannot run here is skipped loudly: printed with its reason, and counted in the summary.

use std::io::Write;

/// Says that a test does not run here, and why. `.ci/run` counts these lines, so `test` is one word.
pub fn skip(test: &str, why: &str) {
    say(&format!("SKIPPED {}: {why}", test.replace(' ', "_")));
}

/// Says a line past the test runner's capture, so that a passing run shows it too.
pub fn say(line: &str) {
    // The capture is of the printing macros, not of the stream.
    std::io::stderr().write_all(format!("{line}\n").as_bytes()).expect("said loudly");
}

/// Whether we are root.
pub fn is_root() -> bool {
    nix::unistd::Uid::effective().is_root()
}
