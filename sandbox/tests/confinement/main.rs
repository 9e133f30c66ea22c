//! Real workers, really confined: as root in both modes (the rootless one as uid 65534), as an ordinary user in the rootless one.
//!
//! This executable is also the worker: `Executable::load` takes a copy of it under a worker's name, and [`worker::main`] runs
//! when it is started as one. Each test states a claim; its name is printed with the mode.

#![allow(clippy::unwrap_used)]

mod ends;
mod overgranted;
mod privileges;
mod rig;
mod starts;
mod worker;

use palisade_sandbox::Mode;
use std::process::{Command, ExitCode};

/// A claim, and what shows it. A test that cannot run here says why.
type Test = (&'static str, fn(&rig::Rig) -> Result<(), rig::Skip>);

fn main() -> ExitCode {
    let name = std::env::args().next().unwrap_or_default();
    if let Some(kind) = rig::kind_of(&name) {
        worker::main(kind);
        return ExitCode::SUCCESS;
    }
    match std::env::args().nth(1).as_deref() {
        Some("--list") => ExitCode::SUCCESS,
        Some("--as-supervisor") => privileges::as_supervisor(),
        Some("--overgranted") => overgranted::start_one(),
        _ => run_all(),
    }
}

fn run_all() -> ExitCode {
    let filter = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).unwrap_or_default();
    let tests: Vec<Test> = [starts::TESTS, ends::TESTS, privileges::TESTS, overgranted::TESTS].concat();
    let rig = rig::Rig::new();
    if rig.mode == Mode::System {
        // Something to lose: whoever starts a test may be in no group at all.
        nix::unistd::setgroups(&[nix::unistd::Gid::from_raw(61_999)]).expect("joins a group");
    }
    let mode = rig.mode.word();
    let (mut run, mut failed, mut skipped) = (0, 0, 0);
    for (name, test) in tests.iter().filter(|(name, _)| name.contains(&filter)) {
        match std::panic::catch_unwind(|| test(&rig)) {
            Ok(Ok(())) => {
                run += 1;
                println!("test {mode}::{name} ... ok");
            }
            Ok(Err(rig::Skip(why))) => {
                skipped += 1;
                println!("SKIPPED {mode}::{name}: {why}");
            }
            Err(_) => {
                failed += 1;
                println!("test {mode}::{name} ... FAILED");
            }
        }
    }
    let outcome = if failed == 0 { "ok" } else { "FAILED" };
    // In libtest's words, so that whoever adds up a run's results counts these too.
    println!("test result: {outcome}. {run} passed; {failed} failed; {skipped} skipped loudly ({mode})");
    let rootless = if rig.mode == Mode::System { as_an_ordinary_user(&filter) } else { true };
    if failed == 0 && rootless { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Runs everything again as uid 65534, from a copy that it may read.
fn as_an_ordinary_user(filter: &str) -> bool {
    use std::os::unix::process::CommandExt;
    let dir = rig::readable_copy_of_this_test();
    let mut command = Command::new(dir.path().join("confinement"));
    command.arg(filter).uid(65534).gid(65534).current_dir("/").env_clear();
    if let Ok(chosen) = std::env::var("PALISADE_OVERGRANT") {
        command.env("PALISADE_OVERGRANT", chosen);
    }
    command.status().is_ok_and(|status| status.success())
}
