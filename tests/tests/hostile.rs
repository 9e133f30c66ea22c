//! The hostile workers: the real worker binaries, built to do a numbered forbidden thing when told so over their real channel.
//!
//! The probes, their controls and their expected outcomes stand in `sandbox/src/hostile`; the runner `palisade-hostile` starts one
//! process for each kind, probe and arm (root, uid, process, landlock, seccomp, full), compares each outcome exactly and looks for each
//! effect. Here it is run as root and as an ordinary user, and its own count is checked.

use palisade_tests::built::{Built, workspace};
use palisade_tests::skip::{is_root, skip};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

/// An ordinary user that every host has.
const NOBODY: u32 = 65_534;

/// The runner and the workers where everyone may execute them, as long as a test lasts.
struct Copies(PathBuf);

impl Copies {
    fn for_test(name: &str) -> Self {
        static BUILT: OnceLock<PathBuf> = OnceLock::new();
        let built = BUILT.get_or_init(build);
        let dir = std::env::temp_dir().join(format!("palisade-hostile-{name}-{}", std::process::id()));
        std::fs::create_dir(&dir).expect("a fresh directory");
        let readable =
            |path: &Path| std::fs::set_permissions(path, PermissionsExt::from_mode(0o755)).expect("its mode");
        readable(&dir);
        for name in ["hostile", "classifier", "journal", "reader", "compiler"].map(|name| format!("palisade-{name}")) {
            std::fs::copy(built.join(&name), dir.join(&name)).unwrap_or_else(|why| panic!("{name}: {why}"));
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

/// In a target directory of their own, so that no other build ever has the feature; release code, as it is shipped, for the
/// target of the executables under test.
fn build() -> PathBuf {
    let shipped = &Built::release().dir;
    let triple = shipped.parent().and_then(Path::file_name).expect("a directory for each target");
    let target = shipped.ancestors().nth(2).expect("the target directory").join("hostile");
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(workspace()).args(["build", "--release", "--locked", "--quiet", "--bins", "--target"]);
    cargo.arg(triple).arg("--target-dir").arg(&target);
    for package in ["sandbox", "classifier", "journal", "reader", "compiler"] {
        cargo.args(["--package", &format!("palisade-{package}"), "--features", &format!("palisade-{package}/hostile")]);
    }
    // Optimised as a whole it would take minutes and behave the same.
    cargo.env("CARGO_PROFILE_RELEASE_LTO", "off").env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16");
    cargo.env_remove("CARGO_ENCODED_RUSTFLAGS").env_remove("RUSTFLAGS");
    assert!(cargo.status().expect("cargo runs").success(), "the hostile workers do not build");
    target.join(triple).join("release")
}

fn run(command: &mut Command) -> String {
    let Output { status, stdout, stderr } = command.output().expect("the runner runs");
    let said = String::from_utf8_lossy(&stdout).into_owned();
    println!("{said}{}", String::from_utf8_lossy(&stderr));
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
    // What takes privilege has no control here, and is what is skipped: 16 probes in four arms of four kinds.
    assert!(count(&said, "run") > 5_000 && count(&said, "skipped") == 256, "{said}");
}
