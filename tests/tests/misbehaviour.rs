//! Workers that lie on their channel: each kind, told through what it reads, sends what its permit table does not allow. The
//! supervisor under test is the shipped one. Whatever comes ends that worker as a breach, the asker gets caution, and nobody else
//! notices.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use palisade_tests::instance::text;
use palisade_tests::skip::{is_root, skip};
use palisade_tests::{Built, Client, Instance};
use std::time::{Duration, Instant};

/// What a worker can do with one packet; `protocol/src/misbehave.rs` says what each is.
const PACKETS: [&str; 10] =
    ["empty", "cut", "longer", "garbage", "claim", "oversize", "unknown", "mirror", "smuggle", "wrong"];

/// Those that are seen only after the honest answer has been given.
const AFTERWARDS: [&str; 2] = ["replay", "flood"];

/// How long a client may wait, whatever a worker does: the supervisor's own deadline, and what a busy machine adds to it. One that
/// waits for a worker waits for ever, and these give up after ten seconds.
const DEADLINE: Duration = Duration::from_secs(9);

/// Answered so soon, a request met none of the supervisor's deadlines.
const AT_ONCE: Duration = Duration::from_millis(400);

fn judged(instance: &Instance, command: &str) -> (String, Duration) {
    let began = Instant::now();
    let mut client = Client::connect(&instance.layout().guard_socket());
    let answer = client.judge(command.as_bytes(), &instance.workspace.to_string_lossy()).expect("answered");
    (answer.decision.word().to_owned(), began.elapsed())
}

/// The events of this kind, once there is one that names the worker's kind.
fn recorded(instance: &Instance, kind: &str, worker: &str) -> String {
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        let events = instance.log(&["--kind", kind]);
        if let Some(found) = events.iter().map(ToString::to_string).find(|event| event.contains(worker)) {
            return found;
        }
        assert!(Instant::now() < deadline, "no {kind} of a {worker}: {events:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The supervisor is the same process, judges as before, and its journal is whole.
fn unharmed(instance: &Instance, supervisor: i32, how: &str) {
    assert_eq!(instance.pid(), supervisor, "{how}");
    let deadline = Instant::now() + Duration::from_secs(10);
    while judged(instance, "ls -la").0 != "allow" {
        assert!(Instant::now() < deadline, "{how}: service did not come back");
        std::thread::sleep(Duration::from_millis(50));
    }
    whole(instance, how);
}

fn whole(instance: &Instance, how: &str) {
    let (code, said) = instance.verify();
    assert_eq!(code, 20, "{how}: {said}");
}

/// A worker that lied twice is not started again: the request was tried on two of them. Where a deadline may have come before the
/// second lie, it is asked for again.
fn quarantined(instance: &Instance, supervisor: i32, kind: &str, how: &str, waited: Duration) {
    assert_eq!(instance.pid(), supervisor, "{how}");
    let deadline = Instant::now() + Duration::from_secs(15);
    loop {
        let status = instance.status().to_string();
        if status.contains("quarantined") && status.contains(kind) {
            break;
        }
        assert!(waited > AT_ONCE && Instant::now() < deadline, "{how} after {waited:?}: {status}");
        judged(instance, &format!("echo misbehave-{kind}-{how}"));
    }
    assert_eq!(judged(instance, "ls -la").0, "deny", "{how}: what cannot be judged and recorded is not allowed");
}

#[test]
fn a_classifier_that_lies_is_ended_as_a_breach_and_its_asker_gets_caution() {
    for how in PACKETS {
        let instance = Instance::start_with(Built::beset(), "");
        let supervisor = instance.pid();
        let (decision, waited) = judged(&instance, &format!("echo misbehave-classifier-{how}"));
        assert_eq!(decision, "deny", "{how}");
        assert!(waited < DEADLINE, "{how}: {waited:?}");
        recorded(&instance, "breach", "classifier");
        quarantined(&instance, supervisor, "classifier", how, waited);
        whole(&instance, how);
    }
}

#[test]
fn a_classifier_that_answers_again_and_again_is_ended_as_a_breach() {
    for how in AFTERWARDS {
        let instance = Instance::start_with(Built::beset(), "");
        let supervisor = instance.pid();
        let (decision, waited) = judged(&instance, &format!("echo misbehave-classifier-{how}"));
        assert_eq!(decision, "allow", "{how}: the first answer was honest");
        assert!(waited < DEADLINE, "{how}: {waited:?}");
        recorded(&instance, "breach", "classifier");
        unharmed(&instance, supervisor, how);
    }
}

#[test]
fn a_classifier_that_says_nothing_is_ended_as_hung() {
    let instance = Instance::start_with(Built::beset(), "");
    let supervisor = instance.pid();
    let (decision, waited) = judged(&instance, "echo misbehave-classifier-silent");
    assert_eq!(decision, "deny");
    assert!(waited < DEADLINE, "{waited:?}");
    assert!(recorded(&instance, "worker.exited", "classifier").contains("hung"));
    unharmed(&instance, supervisor, "silent");
}

#[test]
fn a_lying_classifier_of_one_uid_is_not_felt_by_another() {
    if !is_root() {
        return skip("a_lying_classifier_of_one_uid_is_not_felt_by_another", "only root can ask as two uids");
    }
    let instance = Instance::start_with(Built::beset(), "");
    let door = |mode| std::fs::set_permissions(&instance.dir, std::os::unix::fs::PermissionsExt::from_mode(mode));
    door(0o711).unwrap();
    let mut load = std::process::Command::new("setpriv");
    load.args(["--reuid", "65534", "--regid", "65534", "--clear-groups", env!("CARGO_BIN_EXE_load")]);
    load.arg(instance.layout().guard_socket()).args(["2", "2000"]).arg(&instance.workspace).arg("ls -la");
    let load = load.current_dir("/").stdout(std::process::Stdio::piped()).spawn().expect("starts");
    for how in ["flood", "cut", "flood"] {
        judged(&instance, &format!("echo misbehave-classifier-{how}"));
    }
    let output = load.wait_with_output().expect("ends");
    door(0o700).unwrap();
    let outcome: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let [allowed, late] = [&outcome["counts"]["allow"], &outcome["late"]].map(|count| count.as_u64().unwrap());
    // One in a hundred may meet a stall of the machine.
    assert!(allowed + late == 2000 && late <= 20, "{outcome}");
    recorded(&instance, "breach", "classifier");
}

#[test]
fn a_journal_that_lies_is_ended_as_a_breach_and_what_it_would_not_prove_is_not_allowed() {
    for how in PACKETS.into_iter().chain(["forge"]) {
        let instance = Instance::start_with(Built::beset(), "");
        let supervisor = instance.pid();
        let (decision, waited) = judged(&instance, &format!("echo misbehave-journal-{how}"));
        assert_eq!(decision, "deny", "{how}");
        assert!(waited < DEADLINE, "{how}: {waited:?}");
        quarantined(&instance, supervisor, "journal", how, waited);
        // Its operator may still stop it, and the next start finds a whole journal.
        assert!(instance.stop().status.success(), "{how}");
        assert!(instance.palisade(&["up"]).status.success(), "{how}");
        unharmed(&instance, instance.pid(), how);
    }
}

#[test]
fn a_journal_that_answers_again_and_again_is_ended_as_a_breach() {
    for how in AFTERWARDS {
        let instance = Instance::start_with(Built::beset(), "");
        let supervisor = instance.pid();
        let (decision, waited) = judged(&instance, &format!("echo misbehave-journal-{how}"));
        assert_eq!(decision, "allow", "{how}: the first answer was honest");
        assert!(waited < DEADLINE, "{how}: {waited:?}");
        recorded(&instance, "breach", "journal");
        unharmed(&instance, supervisor, how);
    }
}

#[test]
fn a_journal_that_says_nothing_is_ended_as_hung_and_what_it_would_not_prove_is_not_allowed() {
    let instance = Instance::start_with(Built::beset(), "");
    let supervisor = instance.pid();
    let (decision, waited) = judged(&instance, "echo misbehave-journal-silent");
    assert_eq!(decision, "deny");
    assert!(waited < DEADLINE, "{waited:?}");
    assert!(recorded(&instance, "worker.exited", "journal").contains("hung"));
    unharmed(&instance, supervisor, "silent");
}

#[test]
fn a_reader_that_lies_fails_its_query_and_nothing_else() {
    for how in PACKETS.into_iter().chain(AFTERWARDS).filter(|how| *how != "wrong") {
        let instance = Instance::start_with(Built::beset(), "");
        let supervisor = instance.pid();
        let began = Instant::now();
        let output = instance.palisade(&["log", "--session", &format!("misbehave-reader-{how}")]);
        assert!(began.elapsed() < Duration::from_secs(15), "{how}");
        assert!(!output.status.success(), "{how}: {}", text(&output));
        recorded(&instance, "breach", "reader");
        unharmed(&instance, supervisor, how);
    }
}

#[test]
fn a_compiler_that_lies_is_a_refusal_to_start_that_says_so() {
    for how in PACKETS.into_iter().filter(|how| !["smuggle", "wrong"].contains(how)).chain(["silent"]) {
        let instance = Instance::prepare(Built::beset(), &format!("# misbehave-compiler-{how}\n"));
        let up = instance.palisade(&["up"]);
        assert!(!up.status.success(), "{how}");
        assert!(text(&up).contains("compiler"), "{how}: {}", text(&up));
    }
}
