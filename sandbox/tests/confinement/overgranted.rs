//! One grant more than declared, of each sort, and the same verification that every start runs.

use crate::Test;
use crate::rig::Rig;
#[cfg(feature = "overgrant")]
use crate::rig::{Skip, readable_copy_of_this_test};
use palisade_protocol::worker::Kind;
use palisade_sandbox::StartError;
use std::process::ExitCode;

/// Run by `tests/tests/confinement.rs`, which builds them with the feature.
#[cfg(not(feature = "overgrant"))]
pub const TESTS: &[Test] = &[];

#[cfg(feature = "overgrant")]
pub const TESTS: &[Test] = &[
    ("nothing_more_than_declared_is_accepted", |rig| refused(rig, "nothing", None)),
    ("one_capability_more_than_declared_is_refused", |rig| refused(rig, "cap", Some("capabilities"))),
    ("one_descriptor_more_than_declared_is_refused", |rig| refused(rig, "fd", Some("descriptor 7"))),
    ("one_system_call_more_than_declared_is_refused", |rig| refused(rig, "syscall", Some("seccomp program"))),
    ("one_landlock_rule_more_than_declared_is_refused", |rig| refused(rig, "landlock", Some("Landlock"))),
];

/// In a process of its own, because the overgrant is chosen by an environment variable.
#[cfg(feature = "overgrant")]
fn refused(rig: &Rig, overgrant: &str, difference: Option<&str>) -> Result<(), Skip> {
    if overgrant == "cap" && rig.mode == palisade_sandbox::Mode::Rootless {
        return Err(Skip("an ordinary user has no capability to grant"));
    }
    let dir = readable_copy_of_this_test();
    let mut command = std::process::Command::new(dir.path().join("confinement"));
    let output = command.arg("--overgranted").env("PALISADE_OVERGRANT", overgrant).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    match difference {
        None => assert!(output.status.success(), "{said}"),
        Some(difference) => {
            assert_eq!(output.status.code(), Some(65), "{said}");
            assert!(said.contains(difference), "{said}");
        }
    }
    Ok(())
}

/// The other process: exits 65 with the differences of the first kind that was refused.
pub fn start_one() -> ExitCode {
    let rig = Rig::new();
    for kind in Kind::ALL {
        match rig.start(kind) {
            Ok(_) => {}
            Err(StartError::Differs { differences, observed }) => {
                assert!(!observed.verified && !observed.differences.is_empty());
                println!("{differences:?}");
                return ExitCode::from(65);
            }
            Err(why) => {
                println!("{why}");
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}
