//! What is not a message, and who says nothing: neither ends the supervisor, delays others, or fills the journal.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use palisade_protocol::bounded::Text;
use palisade_protocol::call::{Body, Chunk};
use palisade_protocol::control::ToControl;
use palisade_protocol::frame;
use palisade_protocol::guard::ToGuard;
use palisade_protocol::hello::Hello;
use palisade_protocol::limits::CLIENT_DEADLINE;
use palisade_tests::client::{judge_twice_if_late, shell_call};
use palisade_tests::skip::skip;
use palisade_tests::{Client, Instance};
use std::io::Read;
use std::time::{Duration, Instant};

/// xorshift64*.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() >> 16) as usize % limit.max(1)
    }
}

/// Frames that a client may send, to be damaged.
fn seeds() -> Vec<Vec<u8>> {
    let (body, _) = Body::split(b"ls -la");
    let chunk = ToGuard::Chunk(Chunk::new(*b"more").unwrap());
    let wrong = ToGuard::Hello(Hello { magic: 1, version: 77, build: Text::cut("old") });
    let propose = ToGuard::Propose { call: Box::new(shell_call("/tmp")), body };
    let guard = [ToGuard::Hello(Hello::ours()), propose, chunk, wrong];
    let control = [ToControl::Hello(Hello::ours()), ToControl::Status, ToControl::Verify, ToControl::Observe];
    let mut frames: Vec<Vec<u8>> = guard.iter().map(|message| frame::encode(message).unwrap()).collect();
    frames.extend(control.iter().map(|message| frame::encode(message).unwrap()));
    frames
}

fn damaged(seeds: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut bytes = Vec::new();
    for _ in 0..=random.below(4) {
        bytes.extend_from_slice(&seeds[random.below(seeds.len())]);
    }
    for _ in 0..random.below(6) {
        let at = random.below(bytes.len());
        match random.below(5) {
            0 => bytes[at] = random.next() as u8,
            1 => bytes.truncate(at + 1),
            2 => bytes.insert(at, random.next() as u8),
            3 => bytes[at] ^= 1 << random.below(8),
            _ => bytes.extend((0..random.below(300)).map(|_| random.next() as u8)),
        }
        if bytes.is_empty() {
            bytes.push(0);
        }
    }
    bytes
}

/// One in some million damaged streams asks for a stop in good order, and gets it.
fn is_a_stop(mut stream: &[u8]) -> bool {
    let greeted = matches!(frame::read(&mut stream), Ok(ToControl::Hello(hello)) if hello.check().is_ok());
    greeted && std::iter::from_fn(|| frame::read(&mut stream).ok()).any(|message| matches!(message, ToControl::Stop))
}

/// What a call takes as a rule: a machine may stall once.
fn median(mut took: Vec<Duration>) -> Duration {
    took.sort_unstable();
    took[took.len() / 2]
}

#[test]
fn malformed_frames_never_end_the_supervisor_and_are_recorded_at_a_bounded_rate() {
    let seconds = std::env::var("FUZZ_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(3);
    let instance = Instance::start();
    let (pid, layout, seeds) = (instance.pid(), instance.layout(), seeds());
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let began = Instant::now();
    let mut sent = 0u64;
    while began.elapsed() < Duration::from_secs(seconds) {
        let socket = if random.below(4) == 0 { layout.control_socket() } else { layout.guard_socket() };
        let bytes = damaged(&seeds, &mut random);
        if is_a_stop(&bytes) {
            continue;
        }
        let mut client = Client::silent(&socket).expect("connects");
        if client.raw(&bytes).is_ok() && random.below(3) == 0 {
            client.stream.shutdown(std::net::Shutdown::Write).unwrap();
            let _ = client.stream.read(&mut [0; 256]);
        }
        sent += 1;
    }
    assert!(sent > 100);
    let cwd = instance.workspace.to_string_lossy().into_owned();
    let (answer, _) = judge_twice_if_late(&layout.guard_socket(), b"ls", &cwd);
    assert_eq!(answer.decision.word(), "allow", "{answer:?}");
    assert_eq!(instance.pid(), pid, "the same supervisor");
    std::thread::sleep(Duration::from_millis(1200));
    let recorded = loop {
        let took = began.elapsed().as_secs();
        match instance.log(&["--kind", "malformed"]).len() as u64 {
            0 => assert!(took < seconds + 15, "no record of {sent} malformed streams"),
            recorded => break recorded,
        }
    };
    // One a second: those that had time to begin before the log was read.
    let took = began.elapsed().as_secs();
    assert!(recorded <= took + 1, "{recorded} records of {sent} malformed streams in {took} s");
    assert_eq!(instance.verify().0, 20);
    println!("{sent} damaged streams in {seconds} s");
}

#[test]
fn ten_thousand_idle_connections_delay_nobody() {
    let wanted = 10_000;
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
    setrlimit(Resource::RLIMIT_NOFILE, hard, hard).unwrap();
    let possible = usize::try_from(hard).unwrap_or(usize::MAX).saturating_sub(200).min(wanted);
    if possible < wanted {
        skip(
            "the last of ten thousand idle connections",
            &format!("the descriptor limit here is {hard}: {possible} are opened"),
        );
    }
    let instance = Instance::start();
    let socket = instance.layout().guard_socket();
    let cwd = instance.workspace.to_string_lossy().into_owned();
    let (mut idle, mut repeated) = (Vec::new(), 0);
    let mut took = Vec::new();
    for at in 0..possible {
        idle.push(Client::silent(&socket).expect("connects"));
        if at % 500 == 0 {
            let began = Instant::now();
            let (answer, late) = judge_twice_if_late(&socket, b"ls", &cwd);
            took.push(began.elapsed());
            assert_eq!(answer.decision.word(), "allow", "{answer:?}");
            repeated += usize::from(late);
        }
    }
    let usual = median(took);
    assert!(usual < CLIENT_DEADLINE, "a call took {usual:?} beside {possible} idle connections");
    assert!(repeated <= 1, "{repeated} calls were late beside {possible} idle connections");
    let open = instance.status()["connections"].as_u64().unwrap();
    assert!(open < 200, "{open} of one uid are still open");
}

#[test]
fn a_connection_that_trickles_is_closed_and_nobody_waits_for_it() {
    let instance = Instance::start();
    let socket = instance.layout().guard_socket();
    let cwd = instance.workspace.to_string_lossy().into_owned();
    let mut slow = Client::silent(&socket).expect("connects");
    let hello = frame::encode(&ToGuard::Hello(Hello::ours())).unwrap();
    let began = Instant::now();
    let (mut closed, mut took) = (false, Vec::new());
    for byte in hello.iter().cycle().take(40) {
        closed = slow.raw(&[*byte]).is_err();
        if closed {
            break;
        }
        let answered = Instant::now();
        Client::connect(&socket).judge(b"ls", &cwd).expect("answered");
        took.push(answered.elapsed());
        std::thread::sleep(Duration::from_millis(250));
    }
    let usual = median(took);
    assert!(usual < CLIENT_DEADLINE, "a call took {usual:?} beside a connection that trickles");
    // Bytes in time for one frame make a hello; after it nothing whole ever comes.
    let _ = slow.stream.set_read_timeout(Some(Duration::from_secs(5)));
    let ended = closed || std::iter::from_fn(|| slow.read().ok()).take(3).count() < 3;
    assert!(ended, "still served after {:?}", began.elapsed());
}

#[test]
fn a_client_of_another_version_is_told_both_versions() {
    let instance = Instance::start();
    let mut client = Client::silent(&instance.layout().guard_socket()).expect("connects");
    let hello = Hello { version: 999, build: Text::cut("9.9.9"), ..Hello::ours() };
    frame::write(&mut client.stream, &ToGuard::Hello(hello)).unwrap();
    let mut said = String::new();
    while let Ok(frame) = client.read() {
        said.push_str(&format!("{frame:?}"));
    }
    assert!(said.contains("Refused") && said.contains("999") && said.contains("9.9.9"), "{said}");
    assert!(said.contains("1 (build"), "ours: {said}");
}
