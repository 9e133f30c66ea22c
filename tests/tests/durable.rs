//! Invariant I5, its durable side: a journal that writes every record and never says that one is on the disk. What is proven safe
//! needs no more than the write; whatever else is answered must wait for the disk, and is not answered as recorded without it.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use palisade_protocol::guard::Answer;
use palisade_tests::instance::text;
use palisade_tests::skip::skip;
use palisade_tests::{Built, Client, Instance, payloads};

/// Has the journal keep back its `Durable` for the record that holds it; see `protocol/src/misbehave.rs`.
const MARKER: &str = "misbehave-journal-undurable";

/// What is said of a call whose record did not become durable: that, or that two journals in a row have taken all the time there is.
const NOT_RECORDED: [&str; 2] = ["journal.unavailable", "supervisor.late"];

fn cwd(instance: &Instance) -> String {
    instance.workspace.to_string_lossy().into_owned()
}

fn judged(instance: &Instance, command: &str) -> Answer {
    let mut client = Client::connect(&instance.layout().guard_socket());
    client.judge(command.as_bytes(), &cwd(instance)).expect("answered")
}

#[test]
fn a_safe_call_is_allowed_once_it_is_written() {
    let instance = Instance::start_with(Built::beset(), "");
    for round in 0..3 {
        let answer = judged(&instance, &format!("echo {MARKER}"));
        assert_eq!(answer.decision.word(), "allow", "{round}: {answer:?}");
        assert!(answer.seq.is_some());
    }
    let ended = instance.log(&["--kind", "worker.exited"]);
    assert!(
        !ended.iter().any(|it| it.to_string().contains("journal")),
        "nobody waited for what it keeps back: {ended:?}"
    );
}

#[test]
fn a_denial_is_not_called_recorded_before_it_is_durable() {
    let instance = Instance::start_with(Built::beset(), "");
    let honest = judged(&instance, "rm -rf /");
    assert_eq!((honest.decision.word(), honest.rule.as_str()), ("deny", "fs.delete.recursive"), "{honest:?}");
    assert!(honest.seq.is_some());
    let answer = judged(&instance, &format!("rm -rf / # {MARKER}"));
    assert_eq!((answer.decision.word(), answer.seq), ("deny", None), "{answer:?}");
    assert!(NOT_RECORDED.contains(&answer.rule.as_str()), "{answer:?}");
    assert_eq!(instance.verify().0, 20);
}

#[test]
fn a_question_or_a_hold_is_a_denial_where_its_record_does_not_become_durable() {
    for (command, honest) in [("some-unknown-program --flag", "ask"), ("rm -rf build", "hold")] {
        let instance = Instance::start_with(Built::beset(), "");
        let Some(output) = instance.hook_at_a_terminal(&payloads::bash(command, &cwd(&instance))) else {
            let why = "script(1) gives it a terminal";
            return skip("a_question_or_a_hold_is_a_denial_where_its_record_does_not_become_durable", why);
        };
        let decided = instance.log(&["--kind", "decision"]);
        assert_eq!(decided[0]["decision"], honest, "{}", text(&output));
        let unrecorded = |said: &str| NOT_RECORDED.iter().any(|rule| said.contains(rule));
        assert!(!unrecorded(&text(&output)), "{}", text(&output));
        let marked = payloads::bash(&format!("{command} # {MARKER}"), &cwd(&instance));
        let output = instance.hook_at_a_terminal(&marked).expect("as before");
        let said = text(&output);
        assert_eq!(output.status.code(), Some(2), "{honest}: {said}");
        assert!(unrecorded(&said) && said.contains("deny"), "{honest}: {said}");
    }
}

#[test]
fn what_the_operator_asks_is_done_though_its_record_does_not_become_durable_and_the_journal_stays_whole() {
    let instance = Instance::start_with(Built::beset(), "");
    judged(&instance, &format!("rm -rf / # {MARKER}"));
    let stop = instance.stop();
    assert!(stop.status.success(), "{}", text(&stop));
    assert_eq!(instance.verify().0, 20);
}
