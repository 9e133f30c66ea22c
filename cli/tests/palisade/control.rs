//! Commands that ask the supervisor, against a double that answers one request with what the test says.

use crate::bench::{Bench, code, json, stderr, stdout};
use nix::unistd::{getegid, geteuid};
use palisade_protocol::bounded::{Blob, List, Text};
use palisade_protocol::codec;
use palisade_protocol::control::{FromControl, KernelView, Limit, Observed, Status, ToControl};
use palisade_protocol::event::{Event, SCHEMA, What};
use palisade_protocol::frame::{self, FrameError};
use palisade_protocol::guard::{Refusal, RefusalCode};
use palisade_protocol::hello::Hello;
use palisade_protocol::reader::{Outcome, Query, Report, Row};
use palisade_protocol::verdict::Class;
use palisade_protocol::worker::{FdReport, Kind};
use palisade_sandbox::{Mode, declaration, expected_landlock, expected_seccomp};
use std::os::unix::net::UnixListener;
use std::thread::JoinHandle;

/// Serves one connection: greets, then answers every request until the client hangs up.
pub fn serve(bench: &Bench, answer: impl Fn(ToControl) -> FromControl + Send + 'static) -> JoinHandle<()> {
    serve_requests(bench, false, answer)
}

/// The same; with `once` the connection ends after the first answer.
fn serve_requests(
    bench: &Bench,
    once: bool,
    answer: impl Fn(ToControl) -> FromControl + Send + 'static,
) -> JoinHandle<()> {
    let socket = bench.layout().control_socket();
    std::fs::create_dir_all(socket.parent().unwrap()).unwrap();
    let listener = UnixListener::bind(socket).unwrap();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        assert_eq!(frame::read::<ToControl>(&mut stream).unwrap(), ToControl::Hello(Hello::ours()));
        frame::write(&mut stream, &FromControl::Hello(Hello::ours())).unwrap();
        loop {
            match frame::read(&mut stream) {
                Ok(request) => frame::write(&mut stream, &answer(request)).unwrap(),
                Err(FrameError::Closed | FrameError::Stream(_)) => return,
                Err(why) => panic!("{why}"),
            }
            if once {
                return;
            }
        }
    })
}

pub fn sample_status() -> Status {
    Status {
        version: Text::cut("0.0.0"),
        pid: 4711,
        system: false,
        uptime_ms: 61_000,
        degraded: List::default(),
        locked: false,
        fail_closed: false,
        head: None,
        journal: Text::cut("recording"),
        append_only: false,
        workers: List::default(),
        connections: 1,
        decided: 3,
    }
}

/// A worker that is exactly what is declared, as a rootless run would observe it.
fn sample_worker(kind: Kind) -> Observed {
    let declared = declaration(kind);
    let limit = |limit: &palisade_sandbox::matrix::Limit| Limit {
        name: Text::cut(limit.row),
        soft: limit.value.of(Mode::Rootless),
        hard: limit.value.of(Mode::Rootless),
    };
    Observed {
        kind,
        pid: 4712,
        serves: None,
        uid: geteuid().as_raw(),
        gid: getegid().as_raw(),
        kernel: Some(KernelView {
            uids: [geteuid().as_raw(); 4],
            gids: [getegid().as_raw(); 4],
            groups: List::default(),
            caps: [0; 5],
            no_new_privs: true,
            seccomp_mode: 2,
            seccomp_filters: 1,
            threads: 1,
            limits: List::first(declared.limits.iter().map(limit).collect()),
        }),
        fds: List::first(
            declared.fds.iter().map(|fd| FdReport { number: fd.number, kind: fd.kind, access: fd.access }).collect(),
        ),
        seccomp: expected_seccomp(kind),
        landlock: expected_landlock(kind),
        missing: List::default(),
        verified: true,
        differences: List::default(),
    }
}

fn observing(bench: &Bench, worker: Observed) -> JoinHandle<()> {
    serve(bench, move |request| match request {
        ToControl::Status => FromControl::Status(Box::new(sample_status())),
        ToControl::Observe => FromControl::Observed(List::first(vec![worker.clone()])),
        other => panic!("{other:?}"),
    })
}

#[test]
fn status_says_first_what_is_not_protected() {
    let bench = Bench::new();
    let server = serve(&bench, |_| {
        let degraded = List::first(vec![Text::cut("landlock.scope")]);
        FromControl::Status(Box::new(Status { degraded, ..sample_status() }))
    });
    let text = stdout(&bench.run_here(&["status"]));
    server.join().unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert!(
        lines[0].starts_with("DEGRADED: this kernel lacks landlock.scope") && lines[0].contains("ROOTLESS"),
        "{text}"
    );
    assert!(lines[1].starts_with("UNLOCKED"), "{text}");
}

#[test]
fn status_as_json_is_one_versioned_document() {
    let bench = Bench::new();
    let server = serve(&bench, |_| FromControl::Status(Box::new(sample_status())));
    let document = json(&bench.run_here(&["status", "--json"]));
    server.join().unwrap();
    assert_eq!((&document["schema"], &document["pid"]), (&"palisade.status/1".into(), &4711.into()));
    assert_eq!((&document["mode"], &document["locked"]), (&"rootless".into(), &false.into()));
}

#[test]
fn a_worker_as_declared_agrees_and_exits_0() {
    for kind in Kind::ALL {
        let bench = Bench::new();
        let server = observing(&bench, sample_worker(kind));
        let output = bench.run_here(&["permissions", "--observed", "--json"]);
        server.join().unwrap();
        let document = json(&output);
        assert_eq!(document["workers"][0]["differences"], serde_json::json!([]), "{}", kind.word());
        assert_eq!(code(&output), 0);
    }
}

#[test]
fn one_thing_more_than_declared_is_found_here_too_and_exits_65() {
    let mut more = Vec::new();
    for change in 0..5 {
        let mut worker = sample_worker(Kind::Classifier);
        let kernel = worker.kernel.as_mut().unwrap();
        match change {
            0 => kernel.caps[2] = 1 << 7,
            1 => kernel.no_new_privs = false,
            2 => worker.seccomp[0] ^= 1,
            3 => worker.landlock[0] ^= 1,
            _ => {
                let mut fds = worker.fds.to_vec();
                fds.push(FdReport { number: 9, ..fds[0] });
                worker.fds = List::first(fds);
            }
        }
        more.push(worker);
    }
    for worker in more {
        let bench = Bench::new();
        let server = observing(&bench, worker);
        let output = bench.run_here(&["permissions", "--observed"]);
        server.join().unwrap();
        assert_eq!(code(&output), 65, "{}", stdout(&output));
        assert!(stdout(&output).contains("  DIFFERENT "), "{}", stdout(&output));
    }
}

#[test]
fn the_supervisors_own_finding_counts_even_where_ours_is_none() {
    let bench = Bench::new();
    let mut worker = sample_worker(Kind::Journal);
    worker.differences = List::first(vec![Text::cut("it held descriptor 9")]);
    let server = observing(&bench, worker);
    let output = bench.run_here(&["permissions", "--observed", "--worker", "journal"]);
    server.join().unwrap();
    assert_eq!(code(&output), 65);
    assert!(stdout(&output).contains("it held descriptor 9"));
}

#[test]
fn every_filter_of_log_reaches_the_supervisor_and_rows_are_shown() {
    let bench = Bench::new();
    let server = serve_requests(&bench, true, |request| {
        let ToControl::Log(query) = request else { panic!("{request:?}") };
        let expected = Query {
            since_ns: Some(1_795_255_200_000_000_000),
            until_ns: Some(1_795_258_800_000_000_000),
            after_seq: Some(3),
            uid: Some(0),
            agent: Some(Text::cut("claude-code")),
            session: Some(Text::cut("s")),
            class: Some(Class::Destructive),
            kind: Some(palisade_protocol::event::EventKind::Stopped),
            limit: 5,
        };
        assert_eq!(*query, expected);
        let what = What::Stopped { because: Text::cut("asked\u{1b}[2J") };
        let event = Some(Event { v: SCHEMA, peer: None, what });
        let row = Row { seq: 4, wall_ns: 1_795_255_200_000_000_000, boot_ns: 0, boot_id: [0; 16], event };
        FromControl::Rows(Blob::new(codec::encode(&vec![row]).unwrap()).unwrap())
    });
    let output = bench.run_here(&[
        "log",
        "--since",
        "2026-11-21T10:00:00Z",
        "--until",
        "2026-11-21T12:00:00+01:00",
        "--after",
        "3",
        "--user",
        "0",
        "--agent",
        "claude-code",
        "--session",
        "s",
        "--class",
        "destructive",
        "--kind",
        "stopped",
        "-n",
        "5",
    ]);
    server.join().unwrap();
    assert_eq!(stdout(&output), "     4  2026-11-21T10:00:00.000Z  palisade    stopped: asked\\u{1b}[2J\n");
    // The double never said `Done`: what came is shown, and the break is told.
    assert_eq!(code(&output), 69, "{}", stderr(&output));
}

#[test]
fn verify_exits_with_the_outcomes_number() {
    for outcome in [Outcome::ChainOnly, Outcome::Diverged, Outcome::Tampered, Outcome::Truncated, Outcome::Unreadable] {
        let bench = Bench::new();
        let server = serve(&bench, move |_| {
            FromControl::Report(Box::new(Report {
                outcome,
                at_seq: Some(9),
                finding: Text::cut("found"),
                records: 8,
                segments: 1,
                bytes: 960,
                torn_accounted: 1,
                payloads_missing: 2,
                head: None,
                head_compared: false,
            }))
        });
        let output = bench.run_here(&["verify"]);
        server.join().unwrap();
        assert_eq!(code(&output), i32::from(outcome.code()));
        assert!(stdout(&output).starts_with(&format!("{} at record 9: found\n8 records", outcome.word())));
        assert!(
            stdout(&output).contains("there was no head") && stdout(&output).contains("What this check cannot see")
        );
    }
}

#[test]
fn refusals_have_the_exit_codes_of_their_kinds() {
    for (refused, expected) in [(RefusalCode::Permission, 77), (RefusalCode::Quota, 75), (RefusalCode::Unavailable, 1)]
    {
        let bench = Bench::new();
        let server =
            serve(&bench, move |_| FromControl::Refused(Refusal { code: refused, text: Text::cut("not you") }));
        let output = bench.run_here(&["stop"]);
        server.join().unwrap();
        assert_eq!(
            (code(&output), stderr(&output).as_str()),
            (expected, "palisade: the supervisor refused: not you\n")
        );
    }
}

/// Serves one connection that is told `greeting` and no more.
fn greet(bench: &Bench, greeting: FromControl) -> JoinHandle<()> {
    let socket = bench.layout().control_socket();
    std::fs::create_dir_all(socket.parent().unwrap()).unwrap();
    let listener = UnixListener::bind(socket).unwrap();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        frame::write(&mut stream, &greeting).unwrap();
        // Until the client hangs up, so that what was said is not lost with the connection.
        while frame::read::<ToControl>(&mut stream).is_ok() {}
    })
}

#[test]
fn a_refusal_at_the_greeting_has_the_same_exit_codes_and_is_no_outcome_of_verify() {
    for words in [&["status"][..], &["verify"]] {
        for (refused, expected) in [(RefusalCode::Quota, 75), (RefusalCode::Stopping, 75), (RefusalCode::Version, 69)] {
            let bench = Bench::new();
            let server = greet(&bench, FromControl::Refused(Refusal { code: refused, text: Text::cut("not now") }));
            let output = bench.run_here(words);
            server.join().unwrap();
            assert_eq!(
                (code(&output), stdout(&output).as_str(), stderr(&output).as_str()),
                (expected, "", "palisade: the supervisor refused: not now\n"),
                "{words:?}"
            );
        }
    }
}

#[test]
fn a_supervisor_of_another_version_is_69_and_says_what_to_do() {
    for words in [&["status"][..], &["verify"]] {
        let bench = Bench::new();
        let server = greet(&bench, FromControl::Hello(Hello { version: 9999, ..Hello::ours() }));
        let output = bench.run_here(words);
        server.join().unwrap();
        assert_eq!((code(&output), stdout(&output).as_str()), (69, ""), "{}", stderr(&output));
        assert!(stderr(&output).contains("protocol version 9999") && stderr(&output).contains("restart Palisade"));
    }
}

#[test]
fn stop_waits_until_the_lock_is_free() {
    let bench = Bench::new();
    let server = serve(&bench, |_| FromControl::Stopping);
    let lock = std::fs::File::create(bench.layout().lock()).unwrap();
    lock.lock().unwrap();
    let begun = std::time::Instant::now();
    let holder = std::thread::spawn(move || {
        std::thread::sleep(std::time::Duration::from_millis(300));
        drop(lock);
    });
    let output = bench.run_here(&["stop"]);
    assert!(begun.elapsed() >= std::time::Duration::from_millis(250), "{:?}", begun.elapsed());
    assert_eq!((code(&output), stdout(&output).as_str()), (0, "palisade has stopped\n"));
    holder.join().unwrap();
    server.join().unwrap();
}
