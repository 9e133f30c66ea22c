//! Load: so many connections, so many proposals of one command, as whatever uid runs this. Prints what came back as JSON.
//!
//! usage: load SOCKET CONNECTIONS REQUESTS CWD COMMAND

#![allow(clippy::unwrap_used, clippy::expect_used)]

use palisade_protocol::verdict::Decision;
use palisade_tests::Client;
use palisade_tests::client::is_late;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [socket, connections, requests, cwd, command] = words.as_slice() else { panic!("five arguments") };
    let (socket, each) =
        (PathBuf::from(socket), requests.parse::<usize>().unwrap() / connections.parse::<usize>().unwrap());
    let threads: Vec<_> = (0..connections.parse().unwrap())
        .map(|_| {
            let (socket, cwd, command) = (socket.clone(), cwd.clone(), command.clone());
            std::thread::spawn(move || drive(&socket, each, &cwd, &command))
        })
        .collect();
    let (mut counts, mut seqs, mut slowest) = (BTreeMap::<&str, u64>::new(), Vec::new(), Duration::ZERO);
    let mut late = 0;
    for thread in threads {
        let seen = thread.join().expect("no connection fails");
        for decision in seen.decisions {
            *counts.entry(decision).or_default() += 1;
        }
        seqs.extend(seen.seqs);
        slowest = slowest.max(seen.slowest);
        late += seen.late;
    }
    // Late ones are counted as what they were answered, too.
    let slowest = slowest.as_secs_f64() * 1e3;
    println!("{}", json!({"counts": counts, "late": late, "seqs": seqs, "slowest_ms": slowest}));
}

/// What one connection was answered.
#[derive(Default)]
struct Seen {
    decisions: Vec<&'static str>,
    seqs: Vec<u64>,
    slowest: Duration,
    late: u64,
}

fn drive(socket: &std::path::Path, requests: usize, cwd: &str, command: &str) -> Seen {
    let mut client = Client::connect(socket);
    let mut seen = Seen::default();
    for _ in 0..requests {
        let began = Instant::now();
        let answer = client.judge(command.as_bytes(), cwd).expect("an answer");
        seen.slowest = seen.slowest.max(began.elapsed());
        assert!(answer.decision != Decision::Allow || answer.seq.is_some(), "an allow without its record");
        if answer.decision != Decision::Allow && seen.decisions.last() != Some(&answer.decision.word()) {
            eprintln!("{}: {}", answer.rule, answer.reason);
        }
        seen.late += u64::from(is_late(&answer));
        seen.decisions.push(answer.decision.word());
        seen.seqs.extend(answer.seq);
    }
    seen
}
