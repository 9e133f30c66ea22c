//! `log --follow`, and `log -n 0`: what is asked of the supervisor and when, against a double that serves every connection.

use crate::bench::{Bench, code, stderr, stdout};
use crate::control::sample_status;
use palisade_protocol::bounded::{Blob, Text};
use palisade_protocol::codec;
use palisade_protocol::control::{FromControl, Status, ToControl};
use palisade_protocol::event::{Event, SCHEMA, What};
use palisade_protocol::frame;
use palisade_protocol::guard::{Refusal, RefusalCode};
use palisade_protocol::hello::Hello;
use palisade_protocol::reader::{Head, Query, Row};
use std::io::ErrorKind;
use std::os::unix::net::{UnixListener, UnixStream};
use std::process::{Child, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// A command looks three times a second; one that ended never looks again.
const PATIENCE: Duration = Duration::from_secs(20);

/// Serves one connection after the other with `converse`, each with its number from 0 on, until that says false.
fn serve(bench: &Bench, mut converse: impl FnMut(usize, UnixStream) -> bool + Send + 'static) -> JoinHandle<()> {
    let socket = bench.layout().control_socket();
    std::fs::create_dir_all(socket.parent().unwrap()).unwrap();
    let listener = UnixListener::bind(socket).unwrap();
    listener.set_nonblocking(true).unwrap();
    std::thread::spawn(move || {
        for number in 0.. {
            assert!(number < 20, "it goes on and on");
            if !converse(number, accept(&listener)) {
                return;
            }
        }
    })
}

fn accept(listener: &UnixListener) -> UnixStream {
    let begun = Instant::now();
    loop {
        match listener.accept() {
            Ok((stream, _)) => return stream,
            Err(why) if why.kind() == ErrorKind::WouldBlock && begun.elapsed() < PATIENCE => {
                std::thread::sleep(Duration::from_millis(5));
            }
            Err(why) => panic!("nobody asks any more: {why}"),
        }
    }
}

/// Greets, and answers until the client hangs up.
fn answer(mut stream: UnixStream, mut with: impl FnMut(ToControl) -> Vec<FromControl>) {
    assert_eq!(frame::read::<ToControl>(&mut stream).unwrap(), ToControl::Hello(Hello::ours()));
    frame::write(&mut stream, &FromControl::Hello(Hello::ours())).unwrap();
    while let Ok(request) = frame::read(&mut stream) {
        with(request).iter().for_each(|message| frame::write(&mut stream, message).unwrap());
    }
}

fn head(seq: u64) -> FromControl {
    FromControl::Status(Box::new(Status { head: Some(Head { seq, chain: [0; 32] }), ..sample_status() }))
}

fn rows(seq: u64) -> Vec<FromControl> {
    let event = Some(Event { v: SCHEMA, peer: None, what: What::Stopped { because: Text::cut("asked") } });
    let row = Row { seq, wall_ns: 0, boot_ns: 0, boot_id: [0; 16], event };
    vec![FromControl::Rows(Blob::new(codec::encode(&vec![row]).unwrap()).unwrap()), FromControl::Done]
}

fn log(bench: &Bench, words: &[&str]) -> Child {
    let state = bench.path("state");
    let words = [&["--state", state.to_str().unwrap(), "log"], words].concat();
    bench.command(&words).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// What a command that would go on for ever has said by now.
fn end(mut child: Child) -> (String, String) {
    child.kill().unwrap();
    let output = child.wait_with_output().unwrap();
    (stdout(&output), stderr(&output))
}

#[test]
fn following_asks_again_only_when_something_was_recorded_and_for_what_came_after() {
    let bench = Bench::new();
    let (queries, asked) = std::sync::mpsc::channel();
    let mut looks = 0;
    let server = serve(&bench, move |_, stream| {
        answer(stream, |request| match request {
            ToControl::Status => {
                looks += 1;
                vec![head(if looks < 4 { 5 } else { 9 })]
            }
            ToControl::Log(query) => {
                queries.send(*query).unwrap();
                vec![FromControl::Done]
            }
            other => panic!("{other:?}"),
        });
        looks < 5
    });
    let child = log(&bench, &["--follow", "--class", "catastrophic"]);
    server.join().unwrap();
    let (shown, said) = end(child);
    assert_eq!((shown.as_str(), said.as_str()), ("", ""));
    // Nothing ever matches: the first query, one when the newest record became known, one when it was another.
    let after: Vec<_> = asked.iter().map(|query: Query| query.after_seq).collect();
    assert_eq!(after, [None, None, Some(5)]);
}

#[test]
fn following_outlives_a_refusal_and_a_restart() {
    let bench = Bench::new();
    let server = serve(&bench, |number, mut stream| {
        match number {
            0 => answer(stream, |_| rows(4)),
            1 => {
                let text = Text::cut("too many connections");
                let refusal = FromControl::Refused(Refusal { code: RefusalCode::Quota, text });
                frame::write(&mut stream, &refusal).unwrap();
                while frame::read::<ToControl>(&mut stream).is_ok() {}
            }
            2 => drop(stream),
            _ => answer(stream, |request| match request {
                ToControl::Log(query) => {
                    assert_eq!(query.after_seq, Some(4));
                    rows(5)
                }
                _ => vec![head(5)],
            }),
        }
        number < 4
    });
    let child = log(&bench, &["--follow"]);
    server.join().unwrap();
    let (shown, said) = end(child);
    let line = |seq| format!("     {seq}  1970-01-01T00:00:00.000Z  palisade    stopped: asked\n");
    assert_eq!(shown, [line(4), line(5)].concat());
    assert_eq!(said, "palisade: the supervisor refused: too many connections; still waiting\n");
}

#[test]
fn of_none_nothing_is_shown_but_what_follows() {
    let serve_rows = |number, stream| {
        answer(stream, |request| match request {
            ToControl::Log(query) if number == 0 => {
                assert_eq!((query.limit, query.after_seq), (1, None));
                rows(4)
            }
            ToControl::Log(query) => {
                assert_eq!((query.limit, query.after_seq), (0, Some(4)));
                rows(5)
            }
            _ => vec![head(5)],
        });
        number < 2
    };
    let bench = Bench::new();
    let server = serve(&bench, serve_rows);
    let child = log(&bench, &["-n", "0", "--follow"]);
    server.join().unwrap();
    assert_eq!(end(child).0, "     5  1970-01-01T00:00:00.000Z  palisade    stopped: asked\n");

    let bench = Bench::new();
    let server = serve(&bench, move |number, stream| {
        serve_rows(number, stream);
        false
    });
    let output = log(&bench, &["-n", "0"]).wait_with_output().unwrap();
    server.join().unwrap();
    assert_eq!((code(&output), stdout(&output).as_str()), (0, ""), "{}", stderr(&output));
}
