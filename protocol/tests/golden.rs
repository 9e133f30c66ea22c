//! One message of each family as bytes. A change of any of these is a change of the protocol: it takes a new
//! `PROTOCOL_VERSION`, and where a file on disk holds it (`journal/head`, `policy.bin`) a new version of that file too.
//!
//! The bytes follow from the encoding's rules alone: integers up to 250 are one byte, larger ones a mark (251, 252, 253) and
//! two, four or eight bytes, little-endian; signed ones are zigzag; texts, byte strings and lists begin with their length; an
//! enum with its variant's number; an option with 0 or 1; fields follow each other.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use palisade_protocol::bounded::{Blob, List, Text};
use palisade_protocol::call::{Body, Call, Chunk, Op, Prompts};
use palisade_protocol::compile::{self, Config, Policy, PolicyFile, Taught, TaughtOperands};
use palisade_protocol::control::{FromControl, ToControl};
use palisade_protocol::guard::{Answer, FromGuard, ToGuard};
use palisade_protocol::hello::Hello;
use palisade_protocol::journal::{self, Append, Failure, Mark};
use palisade_protocol::packet::Packet;
use palisade_protocol::reader::{self, Head, Job, Query};
use palisade_protocol::verdict::{Class, Decision, Effect, Extent, Operation, Recovery, Verdict};
use palisade_protocol::worker::Opening;
use palisade_protocol::{classify, codec};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt::Debug;

/// `golden` is written as texts and hexadecimal bytes: `"Bash"` in quotes, everything else in hexadecimal.
fn holds<T: Serialize + DeserializeOwned + PartialEq + Debug>(message: &T, golden: &str) {
    let mut expected = Vec::new();
    for (at, part) in golden.split('"').enumerate() {
        if at % 2 == 1 {
            expected.extend_from_slice(part.as_bytes());
        } else {
            let digits: Vec<u8> = part.chars().filter_map(|digit| Some(digit.to_digit(16)? as u8)).collect();
            expected.extend(digits.chunks(2).map(|pair| pair[0] * 16 + pair[1]));
        }
    }
    let bytes = codec::encode(message).expect("encodes");
    let shown = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x} ")).collect::<String>();
    assert_eq!(shown(&bytes), shown(&expected), "{message:?}");
    assert_eq!(codec::decode::<T>(&expected).as_ref(), Ok(message));
}

/// So many times the same byte.
fn times(count: usize, byte: &str) -> String {
    byte.repeat(count)
}

fn hello() -> Hello {
    Hello { magic: 0x504c_5344, version: 1, build: Text::cut("0.1.0") }
}

fn call() -> Call {
    Call {
        agent: Text::cut("a"),
        session: Text::cut("s"),
        call: Text::default(),
        cwd: Blob::new(*b"/w").unwrap(),
        prompts: Prompts::Shown,
        tool: Text::cut("Bash"),
        op: Op::Shell,
    }
}

const HELLO: &str = r#"fc 44534c50 01 05 "0.1.0""#;
const CALL: &str = r#"01 "a" 01 "s" 00 02 "/w" 00 04 "Bash" 00"#;

#[test]
fn client_and_guard_speak_in_these_bytes() {
    holds(&ToGuard::Hello(hello()), &format!("00 {HELLO}"));
    let body = Body::split(b"ls").0;
    holds(&ToGuard::Propose { call: Box::new(call()), body }, &format!(r#"01 {CALL} 02 02 "ls""#));
    holds(&ToGuard::Chunk(Chunk::new(*b"rest").unwrap()), r#"02 04 "rest""#);
    let answer = Answer {
        decision: Decision::Deny,
        class: Class::Catastrophic,
        rule: Text::cut("r"),
        reason: Text::cut("why"),
        seq: Some(70_000),
    };
    holds(&FromGuard::Answer(Box::new(answer)), r#"01 03 03 01 "r" 03 "why" 01 fc 70110100"#);
}

#[test]
fn client_and_control_speak_in_these_bytes() {
    holds(&ToControl::Hello(hello()), &format!("00 {HELLO}"));
    holds(&ToControl::Stop, "02");
    let query = Query { uid: Some(1000), session: Some(Text::cut("s")), ..Query::default() };
    holds(&ToControl::Log(Box::new(query)), r#"03 00 00 00 01 fb e803 00 01 01 "s" 00 00 00"#);
    holds(&FromControl::Rows(Blob::new(*b"abc").unwrap()), r#"03 03 "abc""#);
}

#[test]
fn the_classifier_is_spoken_to_in_these_bytes() {
    let body = Body::split(b"ls").0;
    let request = Packet { id: 251, body: classify::Request::Judge { call: Box::new(call()), body } };
    holds(&request, &format!(r#"fb fb00 00 {CALL} 02 02 "ls""#));
    let verdict = Verdict {
        class: Class::Safe,
        rule: Text::cut("r"),
        reason: Text::cut("w"),
        spans: List::default(),
        effects: List::first(vec![Effect {
            operation: Operation::Delete,
            target: Text::cut("a"),
            bounded: true,
            recovery: Recovery::Snapshot,
            extent: Some(Extent { files: 3, bytes: 4, complete: true }),
        }]),
        contained: true,
        recoverable: false,
    };
    let reply = classify::Reply::Judged { verdict: Box::new(verdict), redacted: Text::cut("ls"), secrets: 2 };
    holds(
        &Packet { id: 7, body: reply },
        r#"07 00 00 01 "r" 01 "w" 00 01 02 01 "a" 01 04 01 03 04 01 01 00 02 "ls" 02"#,
    );
}

#[test]
fn the_journal_is_spoken_to_in_these_bytes() {
    let begin = journal::Request::Begin { seq: 3, chain: [9; 32], boot_id: [8; 16] };
    holds(&begin, &format!("00 03 {} {}", times(32, "09"), times(16, "08")));
    let append =
        Append { kind: 5, flags: 1, wall_ns: 250, boot_ns: 65_536, payload: Blob::new(*b"p").unwrap(), durable: true };
    holds(&journal::Request::Append(append), r#"01 05 01 fa fc 00000100 01 "p" 01"#);
    let mark = Mark { seq: 3, chain: [9; 32], log_length: 120, payload_length: 33 };
    holds(&journal::Reply::Recorded(mark), &format!("01 03 {} 78 21", times(32, "09")));
    holds(&journal::Reply::Durable, "02");
    holds(&journal::Reply::Failed(Failure::Sync(5)), "03 02 0a");
}

#[test]
fn the_reader_is_spoken_to_in_these_bytes() {
    let head = Head { seq: 251, chain: [9; 32] };
    let job = Box::new(Job::Verify { head: Some(head) });
    let request = reader::Request::Job { job, genesis: Blob::new(*b"g").unwrap() };
    holds(&request, &format!(r#"00 01 01 fb fb00 {} 01 "g""#, times(32, "09")));
    holds(&reader::Request::Segment { name: Text::cut("00") }, r#"01 02 "00""#);
    holds(&reader::Reply::Done, "02");
}

#[test]
fn the_compiler_is_spoken_to_in_these_bytes() {
    holds(&compile::Request::Compile(Blob::new(*b"x=1").unwrap()), r#"00 03 "x=1""#);
    let config = Config {
        degraded: List::first(vec![Text::cut("mdwe")]),
        fail_closed: false,
        attended: List::first(vec![Text::cut("a")]),
        uid_base: 70_000,
        segment_max: 64 << 20,
        policy: Policy { protect: List::first(vec![Blob::new(*b"/d").unwrap()]), programs: List::default() },
    };
    let golden = r#"00 01 04 "mdwe" 00 01 01 "a" fc 70110100 fc 00000004 01 02 "/d" 00"#;
    holds(&compile::Reply::Compiled(Box::new(config)), golden);
}

#[test]
fn a_worker_opens_in_these_bytes() {
    holds(&Opening::LaunchFailed { step: Text::cut("s"), errno: 13 }, r#"01 01 "s" 1a"#);
}

#[test]
fn what_lies_on_the_disk_is_these_bytes() {
    holds(&Head { seq: 250, chain: [9; 32] }, &format!("fa {}", times(32, "09")));
    let protect = List::first(vec![Blob::new(*b"/srv/data").unwrap()]);
    let degraded = List::first(vec![Text::cut("mdwe")]);
    let taught = Taught {
        names: List::first(vec![Text::cut("ship")]),
        words: Text::cut("it"),
        class: Class::Destructive,
        says: Text::cut("s"),
        operands: TaughtOperands::Write,
    };
    let policy = Policy { protect, programs: List::first(vec![taught]) };
    let file = PolicyFile { hello: hello(), fail_closed: true, policy, degraded, uid_base: 70_000 };
    let golden = r#"01 01 09 "/srv/data" 01 01 04 "ship" 02 "it" 02 01 "s" 02 01 04 "mdwe" fc 70110100"#;
    holds(&file, &format!("{HELLO} {golden}"));
}
