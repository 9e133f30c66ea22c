//! The hostile workers: the real worker binaries, built to do a numbered forbidden thing when told so over their real channel.
//!
//! The probes, their controls and their expected outcomes stand in `sandbox/src/hostile`; the runner `palisade-hostile` starts one
//! process for each kind, probe and arm (root, uid, process, landlock, seccomp, full), compares each outcome exactly and looks for each
//! effect. Here it is run as root and as an ordinary user, and its own count is checked.

use palisade_tests::Built;
use palisade_tests::instance::copy_executable;
use palisade_tests::skip::{is_root, say, skip};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// An ordinary user that every host has.
const NOBODY: u32 = 65_534;

/// The runner and the workers where everyone may execute them, as long as a test lasts.
struct Copies(PathBuf);

impl Copies {
    fn for_test(name: &str) -> Self {
        let built = Built::hostile();
        let dir = std::env::temp_dir().join(format!("palisade-hostile-{name}-{}", std::process::id()));
        std::fs::create_dir(&dir).expect("a fresh directory");
        let readable =
            |path: &Path| std::fs::set_permissions(path, PermissionsExt::from_mode(0o755)).expect("its mode");
        readable(&dir);
        let kinds = ["hostile", "classifier", "journal", "reader", "compiler", "opener"];
        for name in kinds.map(|name| format!("palisade-{name}")) {
            copy_executable(&built.path(&name), &dir.join(&name));
            readable(&dir.join(&name));
        }
        Self(dir)
    }

    fn runner(&self) -> Command {
        let mut command = Command::new(self.0.join("palisade-hostile"));
        command.arg(&self.0).env_clear().current_dir("/");
        command
    }
}

impl Drop for Copies {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn run(command: &mut Command) -> String {
    let Output { status, stdout, stderr } = command.output().expect("the runner runs");
    let said = String::from_utf8_lossy(&stdout).into_owned();
    println!("{said}{}", String::from_utf8_lossy(&stderr));
    // The counts are for whoever reads a passing run, too.
    say(said.lines().last().unwrap_or("no probe was counted"));
    assert!(status.success(), "{status}: see the lines WRONG and INVALID");
    said
}

/// The number before which a word stands in the last line.
fn count(said: &str, word: &str) -> usize {
    let line = said.lines().last().expect("a summary");
    let (_, after) = line.split_once(&format!("{word} ")).unwrap_or_else(|| panic!("no {word} in {line}"));
    after.split([',', ' ']).next().and_then(|number| number.parse().ok()).expect("a number")
}

#[test]
fn every_probe_ends_as_its_layers_say_when_started_by_root() {
    if !is_root() {
        return skip("every_probe_ends_as_its_layers_say_when_started_by_root", "its control arm needs root");
    }
    let copies = Copies::for_test("root");
    let said = run(&mut copies.runner());
    assert!(said.ends_with('\n') && said.lines().last().is_some_and(|line| line.starts_with("system:")), "{said}");
    assert!(count(&said, "run") > 5_000 && count(&said, "skipped") == 0, "{said}");
}

#[test]
fn every_probe_ends_as_its_layers_say_when_started_by_an_ordinary_user() {
    let copies = Copies::for_test("user");
    let mut command = copies.runner();
    if is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    let said = run(&mut command);
    assert!(said.lines().last().is_some_and(|line| line.starts_with("rootless:")), "{said}");
    // What takes privilege has no control here, and is what is skipped: 16 probes in four arms of five kinds.
    assert!(count(&said, "run") > 5_000 && count(&said, "skipped") == 320, "{said}");
}
