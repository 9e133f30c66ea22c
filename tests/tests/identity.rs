//! Invariant I8 end to end: who asked is the kernel's word, what one may see and do follows from it, and what was refused is
//! recorded too. Two uids, so it takes root.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use palisade_tests::instance::text;
use palisade_tests::other::{Desk, OTHER, as_other, control_group, open_door};
use palisade_tests::skip::{is_root, skip};
use palisade_tests::{Client, Instance};
use serde_json::Value;
use std::path::Path;

/// An instance with one call of root and one of the other uid on record, and what the other uid needs to ask about them.
fn two_users() -> (Instance, Desk) {
    let instance = Instance::start();
    let load = Path::new(env!("CARGO_BIN_EXE_load"));
    let desk = Desk::new(&[load, &instance.built.path("palisade")]);
    desk.faces(&instance);
    let cwd = instance.workspace.to_string_lossy().into_owned();
    let socket = instance.layout().guard_socket();
    Client::connect(&socket).judge(b"echo of-root", &cwd).expect("answered");
    open_door(&instance, true);
    let mut load = as_other(desk.path("load"), &[]);
    let output = load.arg(&socket).args(["1", "1", "/", "echo of-the-other"]).output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
    open_door(&instance, false);
    (instance, desk)
}

/// The uids stamped on the decisions in a document of `palisade log --json`.
fn uids(document: &[u8]) -> Vec<(u64, String)> {
    let document: Value = serde_json::from_slice(document).expect("JSON");
    let of = |event: &Value| Some((event["peer"]["uid"].as_u64()?, event["text"].as_str().unwrap_or("").to_owned()));
    document["events"].as_array().expect("events").iter().filter_map(of).collect()
}

#[test]
fn an_event_bears_the_uid_that_the_kernel_reports() {
    if !is_root() {
        return skip("an_event_bears_the_uid_that_the_kernel_reports", "only root can ask as two uids");
    }
    let (instance, _desk) = two_users();
    let decided = instance.log(&["--kind", "decision"]);
    let stamped: Vec<_> =
        decided.iter().map(|event| (event["text"].as_str().unwrap(), event["peer"]["uid"].as_u64().unwrap())).collect();
    assert_eq!(stamped, [("echo of-root", 0), ("echo of-the-other", u64::from(OTHER))]);
    for event in &decided {
        assert!(event["peer"]["pid"].as_u64() > Some(1) && event["peer"]["started"].is_u64(), "{event}");
        assert_eq!(event["agent"], "claude-code", "what a client says of itself is beside it, as asserted");
    }
    let serves: Vec<_> =
        instance.status()["workers"].as_array().unwrap().iter().filter_map(|it| it["serves"].as_u64()).collect();
    assert_eq!(serves, [0, u64::from(OTHER)], "and each has a classifier of its own");
}

#[test]
fn a_member_sees_its_own_events_and_nobody_elses_whatever_it_asks_for() {
    if !is_root() {
        return skip(
            "a_member_sees_its_own_events_and_nobody_elses_whatever_it_asks_for",
            "only root can ask as two uids",
        );
    }
    let (instance, desk) = two_users();
    let group = control_group(&instance);
    let own = vec![(u64::from(OTHER), "echo of-the-other".to_owned())];
    open_door(&instance, true);
    let ask = |arguments: &[&str]| {
        let output = desk.palisade(&[group], &[&["log", "--json"], arguments].concat()).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", text(&output));
        uids(&output.stdout)
    };
    assert_eq!(ask(&[]), own);
    assert_eq!(ask(&["--kind", "decision"]), own);
    assert_eq!(ask(&["--user", "root"]), []);
    open_door(&instance, false);
    let all = instance.palisade(&["log", "--json", "--kind", "decision"]);
    assert_eq!(uids(&all.stdout).len(), 2, "its operator sees both");
}

#[test]
fn without_the_group_the_control_socket_is_closed() {
    if !is_root() {
        return skip("without_the_group_the_control_socket_is_closed", "only root can ask as two uids");
    }
    let (instance, desk) = two_users();
    open_door(&instance, true);
    for command in ["log", "status", "stop", "verify"] {
        let output = desk.palisade(&[], &[command]).output().unwrap();
        assert_eq!(output.status.code(), Some(77), "{command}: {}", text(&output));
    }
    open_door(&instance, false);
}

#[test]
fn a_stop_by_another_uid_is_refused_with_77_and_recorded() {
    if !is_root() {
        return skip("a_stop_by_another_uid_is_refused_with_77_and_recorded", "only root can ask as two uids");
    }
    let (instance, desk) = two_users();
    let (supervisor, group) = (instance.pid(), control_group(&instance));
    open_door(&instance, true);
    let output = desk.palisade(&[group], &["stop"]).output().unwrap();
    open_door(&instance, false);
    assert_eq!(output.status.code(), Some(77), "{}", text(&output));
    assert_eq!(instance.pid(), supervisor, "it runs on");
    let asked = instance.log(&["--kind", "control"]);
    assert_eq!(asked.len(), 1, "{asked:?}");
    assert_eq!(asked[0]["peer"]["uid"], OTHER);
    assert!(asked[0]["detail"].as_str().unwrap().contains("refused"), "{asked:?}");
    assert!(instance.stop().status.success(), "its operator may");
}
