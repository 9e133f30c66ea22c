//! What the processes of a running instance hold, by the kernel's word.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use palisade_tests::instance::text;
use palisade_tests::other::{Desk, as_other};
use palisade_tests::skip::{is_root, skip};
use palisade_tests::{Built, Instance};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;

fn field(pid: i32, name: &str) -> String {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(&format!("{name}:")));
    line.unwrap_or_else(|| panic!("no {name}")).trim().to_owned()
}

fn all_pids(instance: &Instance) -> Vec<i32> {
    [vec![instance.pid()], instance.workers("journal"), instance.workers("classifier")].concat()
}

#[test]
fn a_system_run_holds_exactly_five_capabilities_and_no_worker_is_root() {
    if !is_root() {
        return skip("a_system_run_holds_exactly_five_capabilities_and_no_worker_is_root", "a system run needs root");
    }
    let instance = Instance::start();
    // KILL 5, SETGID 6, SETUID 7, SETPCAP 8, LINUX_IMMUTABLE 9 (capabilities(7)).
    let five = "00000000000003e0";
    let supervisor = instance.pid();
    for set in ["CapPrm", "CapEff", "CapBnd"] {
        assert_eq!(field(supervisor, set), five, "{set}");
    }
    for set in ["CapInh", "CapAmb"] {
        assert_eq!(field(supervisor, set), "0000000000000000", "{set}");
    }
    assert_eq!(field(supervisor, "Groups"), "");
    let mut uids = BTreeSet::new();
    for pid in all_pids(&instance) {
        let uid = field(pid, "Uid");
        let numbers: BTreeSet<&str> = uid.split_whitespace().collect();
        assert!(numbers.len() == 1 && !numbers.contains("0"), "{pid} runs as {uid}");
        assert!(uids.insert(uid), "no two processes share a uid");
        assert_eq!(field(pid, "NoNewPrivs"), "1");
    }
    for pid in [instance.workers("journal"), instance.workers("classifier")].concat() {
        for set in ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"] {
            assert_eq!(field(pid, set), "0000000000000000", "{pid} {set}");
        }
        assert_eq!(field(pid, "Seccomp"), "2");
    }
}

#[test]
fn one_thing_more_than_declared_is_refused_and_shown_with_exit_65() {
    let built = Built::overgranting();
    for thing in ["cap", "fd", "syscall", "landlock"] {
        if thing == "cap" && !is_root() {
            skip("one capability more than declared", "only root has one to give");
            continue;
        }
        // It starts as declared; the grant comes with the next classifier.
        let instance = Instance::prepare(built, "");
        let grant = instance.workspace.join("grant");
        let up = instance.command(&["up"]).env("PALISADE_OVERGRANT", &grant).output().unwrap();
        assert!(up.status.success(), "{}", palisade_tests::instance::text(&up));
        let agrees = instance.palisade(&["permissions", "--observed"]);
        assert_eq!(agrees.status.code(), Some(0), "{}", palisade_tests::instance::text(&agrees));
        std::fs::write(&grant, thing).unwrap();
        for pid in instance.workers("classifier") {
            nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), nix::sys::signal::Signal::SIGKILL).unwrap();
        }
        let answer = instance.hook(&palisade_tests::payloads::bash("ls", "/"));
        assert_eq!(answer.status.code(), Some(2), "{thing}: an unverified classifier answers nothing");
        let observed = instance.palisade(&["permissions", "--observed"]);
        let said = palisade_tests::instance::text(&observed);
        assert_eq!(observed.status.code(), Some(65), "{thing}: {said}");
    }
}

#[test]
fn the_supervisor_stays_small_enough_to_read() {
    let mut lines = 0;
    let mut dirs = vec![palisade_tests::built::workspace().join("supervisor/src")];
    while let Some(dir) = dirs.pop() {
        for entry in std::fs::read_dir(dir).unwrap().map(Result::unwrap) {
            if entry.file_type().unwrap().is_dir() {
                dirs.push(entry.path());
                continue;
            }
            let text = std::fs::read_to_string(entry.path()).unwrap();
            let tests = text.find("\n#[cfg(test)]\nmod ").unwrap_or(text.len());
            let code = text[..tests].lines().map(str::trim);
            lines += code.filter(|line| !line.is_empty() && !line.starts_with("//")).count();
        }
    }
    assert!(lines < 3000, "{lines} lines of code");
}

#[test]
fn every_tree_holds_only_its_guests() {
    let output = Command::new(palisade_tests::built::workspace().join(".ci/trees")).output().unwrap();
    assert!(output.status.success(), "{}", palisade_tests::instance::text(&output));
}

#[test]
fn the_permission_matrix_in_the_documents_is_the_declared_one() {
    if !Built::release().dir.components().any(|part| part.as_os_str().to_string_lossy().ends_with("-musl")) {
        let why = "the page is of the musl build; a glibc worker needs one system call more to abort";
        return skip("the_permission_matrix_in_the_documents_is_the_declared_one", why);
    }
    let printed = Command::new(Built::release().path("palisade")).args(["permissions", "--markdown"]).output().unwrap();
    assert!(printed.status.success());
    let document = std::fs::read_to_string(palisade_tests::built::workspace().join("docs/permissions.md")).unwrap();
    let table = String::from_utf8_lossy(&printed.stdout).into_owned();
    assert!(
        document.ends_with(table.trim_end()) || document.trim_end().ends_with(table.trim_end()),
        "docs/permissions.md is out of date: replace its table with the output of `palisade permissions --markdown`"
    );
}

#[test]
fn a_rootless_instance_runs_where_there_is_no_root_to_become() {
    const TEST: &str = "a_rootless_instance_runs_where_there_is_no_root_to_become";
    if !is_root() {
        return skip(TEST, "only root can become a user of its own choice");
    }
    let built = Built::release();
    let names = ["palisade", "palisaded", "palisade-hook"].into_iter();
    let workers = ["classifier", "journal", "reader", "compiler", "opener"].map(|kind| format!("palisade-{kind}"));
    let executables: Vec<_> = names.map(str::to_owned).chain(workers).map(|name| built.path(&name)).collect();
    let desk = Desk::new(&executables.iter().map(PathBuf::as_path).collect::<Vec<_>>());
    // In a user namespace of one uid, `setresuid(0, …)` is not forbidden but meaningless (EINVAL, `setresuid(2)`).
    let unshared = |arguments: &[&str]| {
        let mut unshare = as_other("unshare", &[]);
        unshare.args(["--user", "--map-current-user"]).args(arguments);
        unshare.output().unwrap()
    };
    if !unshared(&["true"]).status.success() {
        return skip(TEST, "unshare(1) makes no user namespace here");
    }
    let (palisade, state) = (desk.path("palisade"), desk.state());
    let up = unshared(&[palisade.to_str().unwrap(), "--state", state.to_str().unwrap(), "up"]);
    assert!(up.status.success(), "{}", text(&up));
    let seen = desk.palisade(&[], &["permissions", "--observed"]).output().unwrap();
    let stop = desk.palisade(&[], &["stop"]).output().unwrap();
    assert!(seen.status.success(), "{}", text(&seen));
    assert!(stop.status.success(), "{}", text(&stop));
}
