//! No supervisor: what counts as dead, and what is denied without a policy.
//!
//! What a confined classifier lets pass is tested end to end, where one is built.

use crate::double::{HOOK, Scratch, denied, shell};
use nix::unistd::geteuid;
use palisade_protocol::codec;
use palisade_protocol::compile::PolicyFile;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::process::{Command, Stdio};

fn write_policy(scratch: &Scratch, fail_closed: bool, mode: u32) {
    let policy = PolicyFile { fail_closed, ..PolicyFile::default() };
    let path = scratch.layout().policy_file();
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, codec::encode(&policy).unwrap()).unwrap();
    std::fs::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
}

#[test]
fn without_supervisor_and_policy_everything_is_denied_and_the_repair_is_named() {
    let scratch = Scratch::new();
    let reason = denied(&scratch.hook(&shell("ls")));
    assert!(reason.contains("no compiled policy") && reason.contains("rule guard.policy"), "{reason}");
    assert!(reason.contains(&format!("palisade --state {} up", scratch.path().display())), "{reason}");
}

#[test]
fn a_socket_that_nobody_listens_on_is_dead_too() {
    let scratch = Scratch::new();
    let socket = scratch.layout().guard_socket();
    std::fs::create_dir_all(socket.parent().unwrap()).unwrap();
    drop(UnixListener::bind(&socket).unwrap());
    assert!(socket.exists());
    assert!(denied(&scratch.hook(&shell("ls"))).contains("no supervisor runs"));
}

#[test]
fn what_is_not_a_socket_is_not_dead_and_denies() {
    let scratch = Scratch::new();
    write_policy(&scratch, false, 0o644);
    std::fs::create_dir_all(scratch.layout().run).unwrap();
    // ENOTDIR: neither a missing socket nor a refused connection.
    std::fs::remove_dir(scratch.layout().run).unwrap();
    std::fs::write(scratch.layout().run, b"").unwrap();
    let reason = denied(&scratch.hook(&shell("ls")));
    assert!(reason.contains("cannot be used") && !reason.contains("no supervisor runs"), "{reason}");
}

#[test]
fn fail_closed_denies_everything() {
    let scratch = Scratch::new();
    write_policy(&scratch, true, 0o644);
    assert!(denied(&scratch.hook(&shell("ls"))).contains("rule guard.closed"));
}

#[test]
fn a_policy_that_others_may_write_is_no_policy() {
    let scratch = Scratch::new();
    write_policy(&scratch, false, 0o666);
    assert!(denied(&scratch.hook(&shell("ls"))).contains("rule guard.policy"));
}

#[test]
fn a_state_directory_must_be_ours_private_and_no_link() {
    let scratch = Scratch::new();
    let run = |state: &std::path::Path| {
        let mut command = Command::new(HOOK);
        command.arg("--state").arg(state).arg("claude-code").env_clear();
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdin.take());
        denied(&child.wait_with_output().unwrap())
    };
    let open = scratch.path().join("open");
    std::fs::create_dir(&open).unwrap();
    std::fs::set_permissions(&open, PermissionsExt::from_mode(0o755)).unwrap();
    assert!(run(&open).contains("chmod 700"));

    let link = scratch.path().join("link");
    std::os::unix::fs::symlink(scratch.path(), &link).unwrap();
    assert!(run(&link).contains("links are not followed"));
    assert!(run(&link.join("")).contains("links are not followed"));
    assert!(run(&scratch.path().join("missing")).contains("does not exist"));
    if !geteuid().is_root() {
        assert!(run(std::path::Path::new("/")).contains("belongs to uid 0"));
    }
}

#[test]
fn an_unknown_agent_is_a_usage_error_with_help() {
    for words in [&["nobody"][..], &[], &["claude-code", "x"], &["--agent", "claude-code"]] {
        let output = Command::new(HOOK).args(words).env_clear().stdin(Stdio::null()).output().unwrap();
        assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(64), &b""[..]), "{words:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("Usage: palisade-hook"));
    }
}
