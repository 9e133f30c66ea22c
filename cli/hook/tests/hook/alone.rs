//! No supervisor: what counts as dead, what is denied without a policy, and how a count reaches the next supervisor.
//!
//! What a confined classifier lets pass is tested end to end, where one is built.

use crate::double::{HOOK, Scratch, answer, denied, passed, rest, shell, take};
use nix::unistd::geteuid;
use palisade_protocol::codec;
use palisade_protocol::compile::PolicyFile;
use palisade_protocol::frame;
use palisade_protocol::guard::{FromGuard, ToGuard};
use palisade_protocol::verdict::{Class, Decision};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
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
fn what_ran_unwatched_is_told_after_the_answer_and_forgotten_once_noted() {
    let scratch = Scratch::new();
    let spool = scratch.layout().spool(geteuid().as_raw());
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(spool.parent().unwrap()).unwrap();
    let stamps = [[7u64, 0].map(u64::to_le_bytes).concat(), 9u64.to_le_bytes().to_vec()].concat();
    for noted in [false, true] {
        std::fs::write(&spool, &stamps).unwrap();
        std::fs::set_permissions(&spool, PermissionsExt::from_mode(0o600)).unwrap();
        let _ = std::fs::remove_file(scratch.layout().guard_socket());
        let server = scratch.serve(move |mut stream| {
            take(&mut stream);
            frame::write(&mut stream, &answer(Decision::Allow, Class::Safe)).unwrap();
            let told: ToGuard = frame::read(&mut stream).unwrap();
            if noted {
                frame::write(&mut stream, &FromGuard::Noted).unwrap();
                rest(&mut stream);
            }
            told
        });
        passed(&scratch.hook(&shell("ls")));
        assert_eq!(server.join().unwrap(), ToGuard::Unwatched { count: 3, since_ns: 7 });
        assert_eq!(spool.exists(), !noted);
    }
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
