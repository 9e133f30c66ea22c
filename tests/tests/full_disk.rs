//! Invariant I10 where the disk is full: what could not be recorded is denied and counted, what Palisade itself does is still
//! recorded from the reserve, and the count is a gap as soon as there is space. A small tmpfs as the disk, so it takes root.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use nix::mount::{MsFlags, mount, umount};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use palisade_protocol::guard::Answer;
use palisade_tests::instance::remove;
use palisade_tests::skip::{is_root, skip};
use palisade_tests::{Built, Client, Instance};
use std::fs::File;
use std::io::Write;
use std::path::PathBuf;
use std::time::{Duration, Instant};

const TEST: &str = "a_full_disk_denies_keeps_the_life_cycle_and_becomes_a_gap_of_the_right_count";

/// The instance's directory as a disk of its own, for as long as this lives.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn under(instance: &Instance) -> nix::Result<Self> {
        let none = MsFlags::empty();
        mount(Some("tmpfs"), &instance.dir, Some("tmpfs"), none, Some("size=6m,mode=0700"))?;
        Ok(Self(instance.dir.clone()))
    }

    /// Takes all the space there is.
    fn fill(&self) {
        let mut file = File::create(self.0.join("fill")).unwrap();
        let full = (0..).find_map(|_| file.write_all(&[1; 4096]).err()).unwrap();
        assert_eq!(full.kind(), std::io::ErrorKind::StorageFull);
    }

    fn free(&self) {
        std::fs::remove_file(self.0.join("fill")).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = umount(&self.0);
        self.0.parent().map(remove);
    }
}

fn judged(instance: &Instance, command: &str) -> Answer {
    let mut client = Client::connect(&instance.layout().guard_socket());
    client.judge(command.as_bytes(), &instance.workspace.to_string_lossy()).expect("answered")
}

fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(15);
    while !holds() {
        assert!(Instant::now() < deadline, "never: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn journal(instance: &Instance) -> String {
    instance.status()["journal"].as_str().expect("its condition").to_owned()
}

fn whole(instance: &Instance, when: &str) {
    let (code, said) = instance.verify();
    assert_eq!(code, 20, "{when}: {said}");
}

#[test]
fn a_full_disk_denies_keeps_the_life_cycle_and_becomes_a_gap_of_the_right_count() {
    if !is_root() {
        return skip(TEST, "mounting a small disk takes root");
    }
    let instance = Instance::prepare(Built::release(), "");
    let disk = match SmallDisk::under(&instance) {
        Ok(disk) => disk,
        Err(why) => return skip(TEST, &format!("no tmpfs can be mounted ({why})")),
    };
    // Moved behind the disk: what was declared last goes first.
    let instance = instance;
    assert!(instance.palisade(&["up"]).status.success());
    assert_eq!(judged(&instance, "echo before").decision.word(), "allow");
    disk.fill();

    // What still fits the last page is recorded; then every call is denied, the proven safe too.
    let mut denied = 0;
    for round in 0..200 {
        let answer = judged(&instance, "echo meanwhile");
        assert_eq!(answer.seq.is_some(), answer.decision.word() == "allow", "{answer:?}");
        if answer.decision.word() == "deny" {
            assert_eq!(answer.rule.as_str(), "journal.unavailable", "{answer:?}");
            denied += 1;
        } else {
            assert_eq!(denied, 0, "round {round}: allowed while the disk is full");
        }
        if denied == 7 {
            break;
        }
    }
    assert_eq!(denied, 7, "the disk never was full");
    assert!(journal(&instance).starts_with("full"), "{}", journal(&instance));
    whole(&instance, "while the disk is full");

    // The life cycle goes to the reserve.
    for pid in instance.workers("classifier") {
        kill(Pid::from_raw(pid), Signal::SIGKILL).unwrap();
    }
    until("the worker's end on record", || {
        instance.log(&["--kind", "worker.exited"]).iter().any(|event| event.to_string().contains("killed"))
    });
    assert!(instance.log(&["--kind", "gap"]).is_empty(), "nothing is told before it is over");

    // What anybody can send does not use the reserve up.
    for round in 0..200 {
        assert_eq!(judged(&instance, "echo meanwhile").seq, None, "round {round}: recorded on a full disk");
        denied += 1;
    }
    assert!(journal(&instance).starts_with("full"), "{}", journal(&instance));

    disk.free();
    until("recording again", || journal(&instance) == "recording");
    let answer = judged(&instance, "echo after");
    assert_eq!((answer.decision.word(), answer.seq.is_some()), ("allow", true), "{answer:?}");
    until("the gap on record", || !instance.log(&["--kind", "gap"]).is_empty());
    let gaps = instance.log(&["--kind", "gap"]);
    assert_eq!(gaps.len(), 1, "{gaps:?}");
    let told = gaps[0]["detail"].as_str().unwrap();
    assert!(told.contains("could not be written") && told.contains(&format!(", {denied} of them")), "{told}");
    whole(&instance, "with space again");
    assert!(instance.stop().status.success());
    whole(&instance, "after the stop");
}
