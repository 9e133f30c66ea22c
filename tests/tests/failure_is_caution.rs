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
    instance.kill();
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
    let counts = || std::fs::read_dir(instance.layout().spool()).unwrap().map(Result::unwrap).collect::<Vec<_>>();
    assert_eq!(
        counts().iter().map(|count| count.metadata().unwrap().len()).collect::<Vec<_>>(),
        [16],
        "eight bytes each"
    );
    assert!(instance.palisade(&["up"]).status.success());
    assert_eq!(hook(&instance, "ls"), 0);
    let deadline = Instant::now() + Duration::from_secs(15);
    while !counts().is_empty() {
        assert!(Instant::now() < deadline, "what is recorded is forgotten: {:?}", counts());
        std::thread::sleep(Duration::from_millis(50));
    }
    let gaps = instance.log(&["--kind", "gap"]);
    let told: Vec<_> = gaps.iter().filter(|gap| gap.to_string().contains("no supervisor answered")).collect();
    assert_eq!(told.len(), 1, "{gaps:?}");
    assert!(told[0].to_string().contains("2 of them"), "{told:?}");
    assert_eq!(told[0]["peer"]["uid"], Uid::effective().as_raw(), "{told:?}");
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
    // Its own deadline is two seconds; without one it would wait for ever.
    assert!(took < Duration::from_secs(10), "{took:?}");
}

#[test]
fn a_question_is_asked_only_where_somebody_can_answer_it() {
    let instance = Instance::start();
    let cwd = instance.workspace.to_string_lossy().into_owned();
    let question = payloads::bash("some-unknown-program --flag", &cwd);
    // Without a terminal nobody is there. A session of its own makes sure of it.
    let mut alone = Command::new("setsid");
    alone.arg("--wait").arg(instance.built.path("palisade-hook")).arg("--state").arg(&instance.dir).arg("claude-code");
    let denied = run_with_input(&mut alone, question.as_bytes());
    // Under a test runner that has a terminal an ancestor has it too; then there is somebody.
    let has_terminal = std::fs::File::open("/dev/tty").is_ok();
    if !has_terminal {
        assert_eq!(denied.status.code(), Some(2), "{}", text(&denied));
    }
    let Some(asked) = instance.hook_at_a_terminal(&question) else {
        return skip("a_question_is_asked_only_where_somebody_can_answer_it", "script(1) gives it a terminal");
    };
    let said = text(&asked);
    assert_eq!(asked.status.code(), Some(0), "{said}");
    assert!(said.contains("\"permissionDecision\":\"ask\""), "{said}");
}

/// What the journal says of the one call whose classifier failed, under this mode, with somebody there to ask.
fn decided_without_a_classifier(fail_mode: &str) -> Option<(String, Instance)> {
    let instance = Instance::start_with(Built::beset(), &format!("fail_mode = \"{fail_mode}\""));
    let cwd = instance.workspace.to_string_lossy().into_owned();
    let output = instance.hook_at_a_terminal(&payloads::bash("ls # misbehave-classifier-garbage", &cwd))?;
    assert_eq!(output.status.code(), Some(2), "nothing that was not judged passes: {}", text(&output));
    let events = instance.log(&["--kind", "decision"]);
    assert_eq!(events.len(), 1, "{events:?}");
    assert!(events[0]["rule"].as_str().unwrap().starts_with("worker."), "{events:?}");
    Some((events[0]["decision"].as_str().unwrap().to_owned(), instance))
}

#[test]
fn with_a_failing_classifier_a_live_supervisor_holds_the_attended_and_fail_closed_denies_them() {
    let Some((cautious, _)) = decided_without_a_classifier("cautious") else {
        let why = "script(1) gives it a terminal";
        return skip("with_a_failing_classifier_a_live_supervisor_holds_the_attended_and_fail_closed_denies_them", why);
    };
    assert_eq!(cautious, "hold");
    let (closed, instance) = decided_without_a_classifier("closed").expect("as before");
    assert_eq!(closed, "deny");
    assert_eq!(instance.status()["fail_closed"], true);
}

#[test]
fn with_a_failing_classifier_the_unattended_are_denied_in_both_modes() {
    for fail_mode in ["cautious", "closed"] {
        let instance = Instance::start_with(
            Built::beset(),
            &format!("fail_mode = \"{fail_mode}\"\n[agents.claude-code]\nattended = false"),
        );
        for how in ["garbage", "silent"] {
            assert_eq!(hook(&instance, &format!("ls # misbehave-classifier-{how}")), 2, "{fail_mode} {how}");
        }
        let decided = instance.log(&["--kind", "decision"]);
        assert!(decided.len() == 2 && decided.iter().all(|event| event["decision"] == "deny"), "{decided:?}");
    }
}
