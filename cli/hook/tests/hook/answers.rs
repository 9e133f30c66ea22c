//! Golden stdin → stdout, stderr and exit code, against a double of the supervisor.

use crate::double::{Scratch, answer, denied, passed, rest, shell, shell_in_mode, take};
use palisade_protocol::bounded::Text;
use palisade_protocol::call::{Op, Prompts};
use palisade_protocol::frame;
use palisade_protocol::guard::{FromGuard, Refusal, RefusalCode, ToGuard};
use palisade_protocol::hello::Hello;
use palisade_protocol::limits::BODY_MAX;
use palisade_protocol::verdict::{Class, Decision};
use std::io::Write;
use std::process::Stdio;
use std::time::{Duration, Instant};

#[test]
fn an_allowed_call_passes_in_silence_and_arrives_as_it_was_said() {
    let scratch = Scratch::new();
    let server = scratch.serve(|mut stream| {
        let said = take(&mut stream);
        frame::write(&mut stream, &answer(Decision::Allow, Class::Safe)).unwrap();
        said
    });
    passed(&scratch.hook(&shell("ls -la \"x\"\n")));
    let (call, body) = server.join().unwrap();
    assert_eq!(body, b"ls -la \"x\"\n");
    assert_eq!((&*call.agent, &*call.session, &*call.call, &*call.tool), ("claude-code", "7c1e", "toolu_01A", "Bash"));
    assert_eq!((&call.cwd[..], call.op, call.prompts), (&b"/home/a/p"[..], Op::Shell, Prompts::Shown));
}

#[test]
fn an_ask_is_one_object_and_exit_0() {
    let scratch = Scratch::new();
    let server = scratch.serve(|mut stream| {
        take(&mut stream);
        frame::write(&mut stream, &answer(Decision::Ask, Class::Ambiguous)).unwrap();
    });
    let output = scratch.hook(&shell("x"));
    server.join().unwrap();
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "{\"hookSpecificOutput\":{\"hookEventName\":\"PreToolUse\",\"permissionDecision\":\"ask\",\"permissionDecisionReason\":\
         \"Palisade: It deletes a tree (rule fs.delete.recursive, record 42).\"}}\n"
    );
    assert_eq!((output.stderr.as_slice(), output.status.code()), (&b""[..], Some(0)));
}

#[test]
fn an_ask_in_a_mode_that_shows_no_prompt_is_a_deny() {
    let scratch = Scratch::new();
    let server = scratch.serve(|mut stream| {
        let (call, _) = take(&mut stream);
        frame::write(&mut stream, &answer(Decision::Ask, Class::Ambiguous)).unwrap();
        call.prompts
    });
    denied(&scratch.hook(&shell_in_mode("x", "bypassPermissions")));
    assert_eq!(server.join().unwrap(), Prompts::Skipped);
}

#[test]
fn deny_and_hold_are_denied_three_times_over_and_name_rule_and_way_out() {
    for (decision, class, says) in [
        (Decision::Deny, Class::Catastrophic, "No approval changes this"),
        (Decision::Deny, Class::Ambiguous, "Nobody could be asked"),
        (Decision::Hold, Class::Destructive, "no queue in which a person could approve it"),
    ] {
        let scratch = Scratch::new();
        let server = scratch.serve(move |mut stream| {
            take(&mut stream);
            frame::write(&mut stream, &answer(decision, class)).unwrap();
        });
        let reason = denied(&scratch.hook(&shell("rm -rf /")));
        server.join().unwrap();
        assert!(reason.contains("rule fs.delete.recursive, record 42") && reason.contains(says), "{reason}");
        assert!(reason.contains("own terminal"), "{reason}");
    }
}

#[test]
fn a_body_of_many_chunks_arrives_whole() {
    let scratch = Scratch::new();
    let server = scratch.serve(|mut stream| {
        let (_, body) = take(&mut stream);
        frame::write(&mut stream, &answer(Decision::Allow, Class::Safe)).unwrap();
        body
    });
    let content: String = (0..3_000_000u32).map(|at| char::from(b'a' + (at % 26) as u8)).collect();
    let payload = format!(
        r#"{{"hook_event_name":"PreToolUse","cwd":"/","tool_name":"Write","tool_input":{{"file_path":"/x","content":"{content}"}}}}"#
    );
    passed(&scratch.hook(payload.as_bytes()));
    assert_eq!(server.join().unwrap(), content.as_bytes());
}

#[test]
fn a_refusal_denies_with_the_supervisors_words() {
    let scratch = Scratch::new();
    let server = scratch.serve(|mut stream| {
        take(&mut stream);
        let refusal = Refusal { code: RefusalCode::Quota, text: Text::cut("too many requests of uid 7") };
        frame::write(&mut stream, &FromGuard::Refused(refusal)).unwrap();
    });
    assert!(denied(&scratch.hook(&shell("ls"))).contains("too many requests of uid 7"));
    server.join().unwrap();
}

#[test]
fn a_supervisor_of_another_version_denies_and_both_versions_are_named() {
    let scratch = Scratch::new();
    let server = scratch.serve(|mut stream| {
        let _: ToGuard = frame::read(&mut stream).unwrap();
        let hello = Hello { version: 999, ..Hello::ours() };
        frame::write(&mut stream, &FromGuard::Hello(hello)).unwrap();
        rest(&mut stream);
    });
    assert!(denied(&scratch.hook(&shell("ls"))).contains("protocol version 999"));
    server.join().unwrap();
}

#[test]
fn garbage_a_hang_up_and_an_answer_before_the_greeting_deny() {
    let garbage: [&[u8]; 4] = [b"HTTP/1.1 200 OK\r\n\r\n", b"", &[0, 0, 0, 0], &[255, 255, 255, 255]];
    for bytes in garbage {
        let scratch = Scratch::new();
        let server = scratch.serve(move |mut stream| {
            let _: ToGuard = frame::read(&mut stream).unwrap();
            stream.write_all(bytes).unwrap();
        });
        let reason = denied(&scratch.hook(&shell("ls")));
        server.join().unwrap();
        assert!(reason.contains("gave no answer"), "{reason}");
    }
    let scratch = Scratch::new();
    let server = scratch.serve(|mut stream| {
        let _: ToGuard = frame::read(&mut stream).unwrap();
        frame::write(&mut stream, &answer(Decision::Allow, Class::Safe)).unwrap();
        rest(&mut stream);
    });
    assert!(denied(&scratch.hook(&shell("ls"))).contains("out of turn"));
    server.join().unwrap();
}

#[test]
fn a_supervisor_that_never_answers_is_not_dead_and_denies_at_the_deadline() {
    let scratch = Scratch::new();
    let server = scratch.serve(|mut stream| rest(&mut stream));
    let begun = Instant::now();
    let reason = denied(&scratch.hook(&shell("ls")));
    let waited = begun.elapsed();
    server.join().unwrap();
    assert!(reason.contains("did not answer in time"), "{reason}");
    assert!(waited >= Duration::from_millis(1900) && waited < Duration::from_secs(10), "{waited:?}");
}

#[test]
fn an_answer_that_trickles_in_does_not_stretch_the_deadline() {
    let scratch = Scratch::new();
    let server = scratch.serve(|mut stream| {
        let bytes = frame::encode(&FromGuard::Hello(Hello::ours())).unwrap();
        for byte in bytes.iter().cycle().take(200) {
            if stream.write_all(&[*byte]).is_err() {
                break;
            }
            std::thread::sleep(Duration::from_millis(150));
        }
    });
    let begun = Instant::now();
    denied(&scratch.hook(&shell("ls")));
    let waited = begun.elapsed();
    // The trickle goes on for three times as long.
    assert!(waited < Duration::from_secs(10), "{waited:?}");
    server.join().unwrap();
}

#[test]
fn a_payload_that_cannot_be_read_is_denied_without_a_word_to_the_supervisor() {
    let mut huge = shell("x");
    huge.resize(BODY_MAX + 1, b' ');
    let cases: [(&[u8], &str); 6] = [
        (b"", "it ends too early"),
        (b"not json", "it is not JSON"),
        (b"\xff\xff", "not UTF-8"),
        (br#"{"hook_event_name":"PreToolUse","tool_name":"Bash","tool_input":{}}"#, "command is missing"),
        (br#"{"hook_event_name":"NewGate","tool_name":"Bash","tool_input":{"command":"ls"}}"#, "NewGate"),
        (&huge, "longer than 16 MiB"),
    ];
    for (payload, says) in cases {
        let scratch = Scratch::new();
        let reason = denied(&scratch.hook(payload));
        assert!(reason.contains(says) && reason.contains("rule hook.input"), "{reason}");
    }
}

#[test]
fn events_that_are_not_ours_to_decide_are_silent() {
    for event in ["PostToolUse", "SessionStart", "SessionEnd", "PermissionRequest", "UserPromptSubmit", "ConfigChange"]
    {
        let scratch = Scratch::new();
        passed(&scratch.hook(format!(r#"{{"hook_event_name":"{event}","tool_name":"Bash"}}"#).as_bytes()));
    }
}

#[test]
fn an_answer_nobody_reads_is_exit_2_and_no_panic() {
    let scratch = Scratch::new();
    let server = scratch.serve(|mut stream| {
        take(&mut stream);
        frame::write(&mut stream, &answer(Decision::Ask, Class::Ambiguous)).unwrap();
    });
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = scratch.command(&shell("x"), Stdio::from(writer));
    server.join().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(2), &b""[..]));
}
