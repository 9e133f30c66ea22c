//! Invariant I7 from the client's side: what a hook answers where the supervisor is dead, silent, or closed by its operator; and
//! where somebody is, or is not, there to be asked.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, Uid};
use palisade_tests::instance::{run_with_input, text};
use palisade_tests::skip::skip;
use palisade_tests::{Built, Instance, payloads};
use std::process::Command;
use std::time::{Duration, Instant};

fn hook(instance: &Instance, command: &str) -> i32 {
    let output = instance.hook(&payloads::bash(command, &instance.workspace.to_string_lossy()));
    output.status.code().unwrap_or(-1)
}

fn killed(config: &str) -> Instance {
    let instance = Instance::start_with(Built::release(), config);
    kill(Pid::from_raw(instance.pid()), Signal::SIGKILL).unwrap();
    std::thread::sleep(Duration::from_millis(100));
    instance
}

#[test]
fn with_a_dead_supervisor_the_proven_safe_passes_counted_and_the_count_becomes_a_gap() {
    let instance = killed("");
    assert_eq!(hook(&instance, "ls -la"), 0);
    assert_eq!(hook(&instance, "git status"), 0);
    assert_eq!(hook(&instance, "rm -rf build"), 2);
    assert_eq!(hook(&instance, "rm -rf /"), 2);
    assert_eq!(hook(&instance, "some-unknown-program"), 2);
    let spool = instance.layout().spool(Uid::effective().as_raw());
    assert_eq!(std::fs::metadata(&spool).expect("a spool").len(), 16, "two calls, eight bytes each");
    assert!(instance.palisade(&["up"]).status.success());
    assert_eq!(hook(&instance, "ls"), 0);
    let gaps = instance.log(&["--kind", "gap"]);
    assert!(gaps.iter().any(|gap| gap.to_string().contains("no supervisor answered")), "{gaps:?}");
    assert!(!spool.exists(), "what is recorded is forgotten");
}

#[test]
fn fail_closed_denies_the_proven_safe_too() {
    let instance = killed("fail_mode = \"closed\"");
    assert_eq!(hook(&instance, "ls -la"), 2);
}

#[test]
fn without_a_compiled_policy_everything_is_denied() {
    let instance = killed("");
    std::fs::remove_file(instance.layout().policy_file()).unwrap();
    assert_eq!(hook(&instance, "ls -la"), 2);
    std::fs::write(instance.layout().policy_file(), "not a policy").unwrap();
    assert_eq!(hook(&instance, "ls -la"), 2);
}

#[test]
fn a_supervisor_that_says_nothing_is_not_dead_and_its_silence_is_a_no() {
    let instance = Instance::start();
    let pid = Pid::from_raw(instance.pid());
    kill(pid, Signal::SIGSTOP).unwrap();
    let began = Instant::now();
    let code = hook(&instance, "ls -la");
    let took = began.elapsed();
    kill(pid, Signal::SIGCONT).unwrap();
    assert_eq!(code, 2);
    assert!(took < Duration::from_secs(4), "{took:?}");
}

#[test]
fn a_question_is_asked_only_where_somebody_can_answer_it() {
    let instance = Instance::start();
    let cwd = instance.workspace.to_string_lossy().into_owned();
    let payload = instance.workspace.join("payload.json");
    std::fs::write(&payload, payloads::bash("some-unknown-program --flag", &cwd)).unwrap();
    // Without a terminal nobody is there. A session of its own makes sure of it.
    let mut alone = Command::new("setsid");
    let line = [
        instance.built.path("palisade-hook").into_os_string(),
        "--state".into(),
        instance.dir.clone().into_os_string(),
    ];
    alone.arg("--wait").args(&line).arg("claude-code");
    let denied = run_with_input(&mut alone, &std::fs::read(&payload).unwrap());
    // Under a test runner that has a terminal an ancestor has it too; then there is somebody.
    let has_terminal = std::fs::File::open("/dev/tty").is_ok();
    if !has_terminal {
        assert_eq!(denied.status.code(), Some(2), "{}", text(&denied));
    }
    let shell =
        format!("{} --state {} claude-code < {}", line[0].to_string_lossy(), instance.dir.display(), payload.display());
    let asked = match Command::new("script").args(["--quiet", "--return", "--command", &shell, "/dev/null"]).output() {
        Ok(output) => output,
        Err(_) => {
            return skip("a_question_is_asked_only_where_somebody_can_answer_it", "script(1) gives it a terminal");
        }
    };
    let said = text(&asked);
    assert_eq!(asked.status.code(), Some(0), "{said}");
    assert!(said.contains("\"permissionDecision\":\"ask\""), "{said}");
}
