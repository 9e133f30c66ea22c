//! A kernel that lacks a protection: refused by name, and once the operator accepts the loss, everything works without it: the
//! supervisor, the commands that need none, and a hook whose supervisor is dead.
//!
//! The lack is made by a filter that answers as an older kernel does; every process below this thread inherits it.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use nix::errno::Errno;
use nix::libc;
use palisade_protocol::worker::Kind;
use palisade_sandbox::declaration;
use palisade_tests::instance::text;
use palisade_tests::skip::{is_root, skip};
use palisade_tests::{Built, Instance, payloads};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

/// `PR_SET_MDWE`: Linux before 6.3 does not know it.
const PR_SET_MDWE: u64 = 65;

/// Makes this thread, and what it starts, see a kernel on which this system call fails so.
fn lacking(call: i64, first_argument: Option<u64>, errno: Errno) {
    let rules = first_argument.into_iter().map(|value| {
        let condition = SeccompCondition::new(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, value).unwrap();
        SeccompRule::new(vec![condition]).unwrap()
    });
    let (otherwise, then) = (SeccompAction::Allow, SeccompAction::Errno(errno as u32));
    let arch = std::env::consts::ARCH.try_into().unwrap();
    let filter = SeccompFilter::new(BTreeMap::from([(call, rules.collect())]), otherwise, then, arch).unwrap();
    let program: BpfProgram = filter.try_into().unwrap();
    seccompiler::apply_filter(&program).unwrap();
}

fn hook(instance: &Instance, command: &str) -> i32 {
    instance.hook(&payloads::bash(command, &instance.workspace.to_string_lossy())).status.code().unwrap_or(-1)
}

/// What must hold on a kernel that lacks these.
fn refused_by_name_and_accepted_by_name(names: &[&str]) {
    let refused = Instance::prepare(Built::release(), "").palisade(&["up"]);
    assert_ne!(refused.status.code(), Some(0));
    assert!(text(&refused).contains(&format!("degraded = [\"{}\"", names[0])), "{}", text(&refused));

    let instance = Instance::start_with(Built::release(), &format!("degraded = {names:?}"));
    assert_eq!(instance.status()["degraded"], serde_json::json!(names));
    assert_eq!((hook(&instance, "ls"), hook(&instance, "rm -rf /")), (0, 2));
    instance.kill();

    assert_eq!((hook(&instance, "ls"), hook(&instance, "rm -rf /")), (0, 2), "a hook alone");
    for (arguments, code) in [(&["judge", "ls"][..], 0), (&["log"], 0), (&["verify"], 20)] {
        let output = instance.palisade(arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", text(&output));
        assert!(text(&output).contains(&format!("this kernel lacks {}", names[0])), "{arguments:?}: {}", text(&output));
    }

    // What was accepted once is in the compiled policy; without that the hook denies.
    std::fs::write(instance.layout().config_file(), "").unwrap();
    assert_ne!(instance.palisade(&["up"]).status.code(), Some(0));
}

#[test]
fn a_kernel_without_mdwe_is_refused_by_name_and_can_be_accepted() {
    lacking(libc::SYS_prctl, Some(PR_SET_MDWE), Errno::EINVAL);
    refused_by_name_and_accepted_by_name(&["mdwe"]);
}

#[test]
fn a_kernel_without_landlock_is_refused_by_name_and_can_be_accepted() {
    lacking(libc::SYS_landlock_create_ruleset, None, Errno::ENOSYS);
    let names: Vec<&str> = declaration(Kind::Classifier).landlock.iter().map(|protection| protection.name).collect();
    refused_by_name_and_accepted_by_name(&names);
}

#[test]
fn a_client_of_roots_takes_its_worker_uids_from_the_configured_range() {
    if !is_root() {
        return skip(
            "a_client_of_roots_takes_its_worker_uids_from_the_configured_range",
            "only root's workers change uid",
        );
    }
    let instance = Instance::start_with(Built::release(), "[workers]\nuid_base = 300000");
    let mut judge = instance.command(&["judge", "--jsonl"]);
    let mut judge = judge.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    judge.stdin.as_mut().unwrap().write_all(b"{\"cmd\":\"ls\"}\n").unwrap();
    let mut verdict = String::new();
    BufReader::new(judge.stdout.as_mut().unwrap()).read_line(&mut verdict).unwrap();
    let children = std::fs::read_to_string(format!("/proc/{0}/task/{0}/children", judge.id())).unwrap();
    let status = std::fs::read_to_string(format!("/proc/{}/status", children.trim())).unwrap();
    let uid: u32 =
        status.lines().find_map(|line| line.strip_prefix("Uid:\t")?.split('\t').next()?.parse().ok()).unwrap();
    drop(judge.stdin.take());
    assert_eq!(judge.wait().unwrap().code(), Some(0), "{verdict}");
    assert!((301_000..301_024).contains(&uid), "{uid}");
}
