//! Invariant I9: one uid takes all it can get, and another is served as if it were alone. Two uids, so it takes root.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use palisade_protocol::limits::CLIENT_DEADLINE;
use palisade_tests::Instance;
use palisade_tests::client::judge_twice_if_late;
use palisade_tests::instance::text;
use palisade_tests::other::{Desk, as_other, open_door};
use palisade_tests::payloads::bash;
use palisade_tests::skip::{is_root, skip};
use palisade_tests::system::{ROOT, System};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Floods share a processor with whom they flood, so one runs at a time: what is looked at is the supervisor, not the scheduler.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// What a supervisor may ever have held: two bodies of 16 MiB for the uid, their connections, and itself.
const MEMORY_KIB: u64 = 160 * 1024;

struct Flood(Child);

impl Drop for Flood {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts a flood as the other uid, and waits until it has had time to fill what it fills.
fn flood(instance: &Instance, desk: &Desk, how: &str) -> Flood {
    let mut command = as_other(desk.path("flood"), &[]);
    let mut child = command.arg(instance.layout().guard_socket()).arg(how).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "flooding\n");
    std::thread::sleep(Duration::from_millis(1000));
    Flood(child)
}

fn peak_kib(pid: i32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
    line.split_ascii_whitespace().next().and_then(|number| number.parse().ok()).expect("a number")
}

fn not_felt_by_another(how: &str) {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let instance = Instance::start();
    let desk = Desk::new(&[Path::new(env!("CARGO_BIN_EXE_flood"))]);
    let (socket, cwd) = (instance.layout().guard_socket(), instance.workspace.to_string_lossy().into_owned());
    let supervisor = instance.pid();
    open_door(&instance, true);
    let mut flooding = flood(&instance, &desk, how);
    let (mut took, mut repeated) = (Vec::new(), 0);
    for _ in 0..100 {
        // A connection each, as hooks make them. Its verdict and its record have come before the supervisor's own deadline, or
        // the answer were another; one that a stall of the machine has made late is asked for once more.
        let began = Instant::now();
        let (answer, late) = judge_twice_if_late(&socket, b"ls -la", &cwd);
        took.push(began.elapsed());
        repeated += usize::from(late);
        assert_eq!(answer.decision.word(), "allow", "{how}: {answer:?}");
        std::thread::sleep(Duration::from_millis(10));
    }
    assert!(flooding.0.try_wait().unwrap().is_none(), "{how}: the flood went on all the time");
    open_door(&instance, false);
    let open = instance.status()["connections"].as_u64().unwrap();
    drop(flooding);
    took.sort_unstable();
    println!("{how}: calls of another uid took {:?} in the middle and {:?} at most", took[50], took[99]);
    assert!(took[50] < CLIENT_DEADLINE, "{how}: a call of another uid took {:?}", took[50]);
    assert!(repeated <= 3, "{how}: {repeated} of 100 calls of another uid were late");
    assert!(open < 200, "{how}: {open} connections were held");
    let peak = peak_kib(supervisor);
    assert!(peak < MEMORY_KIB, "{how}: the supervisor has held {peak} KiB");
    assert_eq!(instance.pid(), supervisor, "{how}");
}

#[test]
fn idle_connections_of_one_uid_are_not_felt_by_another() {
    if !is_root() {
        return skip("idle_connections_of_one_uid_are_not_felt_by_another", "only root can ask as two uids");
    }
    not_felt_by_another("idle");
}

#[test]
fn frames_of_one_uid_that_never_end_are_not_felt_by_another() {
    if !is_root() {
        return skip("frames_of_one_uid_that_never_end_are_not_felt_by_another", "only root can ask as two uids");
    }
    not_felt_by_another("slow");
}

#[test]
fn bodies_of_one_uid_are_not_felt_by_another_and_take_no_more_memory_than_its_share() {
    if !is_root() {
        let why = "only root can ask as two uids";
        return skip("bodies_of_one_uid_are_not_felt_by_another_and_take_no_more_memory_than_its_share", why);
    }
    not_felt_by_another("bodies");
}

#[test]
fn calls_without_end_of_one_uid_are_not_felt_by_another() {
    if !is_root() {
        return skip("calls_without_end_of_one_uid_are_not_felt_by_another", "only root can ask as two uids");
    }
    not_felt_by_another("proposals");
}

#[test]
fn forty_users_have_at_most_thirty_two_classifiers_and_each_is_answered() {
    const TEST: &str = "forty_users_have_at_most_thirty_two_classifiers_and_each_is_answered";
    if !is_root() {
        return skip(TEST, "only root can ask as forty uids");
    }
    let asked = System::with(|system| {
        assert!(system.palisade(ROOT, &["up"]).status.success());
        // All at once: those whose classifier is being started count like those whose is there.
        let started = (64_100..64_140).map(|uid| {
            let mut hook = system.command((uid, uid), "palisade-hook", &["claude-code"]);
            let mut hook = hook.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
            hook.stdin.take().unwrap().write_all(bash("echo here", "/").as_bytes()).unwrap();
            (uid, hook)
        });
        for (uid, hook) in started.collect::<Vec<_>>() {
            let mut answer = hook.wait_with_output().unwrap();
            // So many starts may take a slow machine longer than a call may wait; that is no quota, and the next call finds room.
            if ["worker.late", "supervisor.late", "did not answer in time"].iter().any(|it| text(&answer).contains(it))
            {
                answer = system.hook((uid, uid), &["claude-code"], &bash("echo here", "/"));
            }
            assert_eq!(answer.status.code(), Some(0), "{uid}: {}", text(&answer));
        }
        let status = system.status();
        let live = |worker: &&serde_json::Value| worker["kind"] == "classifier" && worker["pid"].as_u64() != Some(0);
        assert_eq!(status["workers"].as_array().unwrap().iter().filter(live).count(), 32, "{status}");
    });
    if let Err(why) = asked {
        skip(TEST, &why);
    }
}
