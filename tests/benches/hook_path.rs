//! The benchmark: what a hook costs, beside `/bin/true` in the same run, and what the parts behind it cost.
//!
//! `cargo bench -p palisade-tests` prints a table. Nothing in it is asserted: a busy machine is not a defect.

#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use palisade_hook::connect::Connection;
use palisade_hook::worker::Worker;
use palisade_protocol::call::Body;
use palisade_protocol::compile::PolicyFile;
use palisade_protocol::guard::{FromGuard, ToGuard};
use palisade_protocol::hello::Hello;
use palisade_protocol::worker::Kind;
use palisade_protocol::{classify, codec, frame};
use palisade_sandbox::Executable;
use palisade_sandbox::sealed::Sealed;
use palisade_segment::directory::{Name, list};
use palisade_tests::client::shell_call;
use palisade_tests::instance::{Instance, scratch};
use palisade_tests::{Built, payloads};
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const SPAWNS: usize = 1500;
const CALLS: usize = 5000;
const VERIFY_EVENTS: u64 = 1_000_000;
const SAFE: &str = "ls -la";
const DENIED: &str = "rm -rf /";

/// Safe by facts alone.
const BY_FACTS: &str = "sh list.sh";

fn main() {
    // `cargo test` runs benches with `--test`: the table is not wanted then.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let built = Built::release();
    let instance = Instance::start();
    println!("{:<58}{:>12}{:>12}{:>12}", "", "p50", "p99", "goal p50");
    let hook = processes(built, &instance);
    round_trips(&instance);
    memory(&instance);
    drop(instance);
    classifier_starts(built);
    starts(built);
    journal(built);
    println!("\nhook over /bin/true, ratio of medians in one run: {hook:.2}");
}

fn row(what: &str, mut times: Vec<Duration>, goal: &str) -> Duration {
    times.sort_unstable();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    println!("{what:<58}{:>12}{:>12}{goal:>12}", micros(at(0.5)), micros(at(0.99)));
    at(0.5)
}

fn micros(time: Duration) -> String {
    format!("{:.1} µs", time.as_secs_f64() * 1e6)
}

/// Whole processes, in turn, so that a drifting machine drifts under all of them.
fn processes(built: &Built, instance: &Instance) -> f64 {
    let dir = scratch();
    let file = |name: &str, command: &str| {
        let path = dir.join(name);
        std::fs::write(&path, payloads::bash(command, &instance.workspace.to_string_lossy())).unwrap();
        path
    };
    let (safe, denied) = (file("safe", SAFE), file("denied", DENIED));
    let hook = built.path("palisade-hook");
    let timed = |command: &mut Command, input: &Path| {
        command.stdin(File::open(input).unwrap()).stdout(Stdio::null()).stderr(Stdio::null());
        let began = Instant::now();
        command.spawn().unwrap().wait().unwrap();
        began.elapsed()
    };
    let asked = |input: &Path| timed(Command::new(&hook).arg("--state").arg(&instance.dir).arg("claude-code"), input);
    let mut times = [Vec::new(), Vec::new(), Vec::new()];
    for _ in 0..SPAWNS {
        times[0].push(timed(&mut Command::new("/bin/true"), &safe));
        times[1].push(asked(&safe));
        times[2].push(asked(&denied));
    }
    let [base, safe, denied] = times;
    let base = row("spawn /bin/true and wait", base, "");
    let safe = row("palisade-hook, safe command", safe, "");
    let denied = row("palisade-hook, denied command (durable record)", denied, "");
    let over = |time: Duration| (time.as_secs_f64() - base.as_secs_f64()) * 1e3;
    println!("{:<58}{:>12}{:>12}{:>12}", "  over /bin/true, safe", format!("{:+.3} ms", over(safe)), "", "0.45 ms");
    println!("{:<58}{:>12}", "  over /bin/true, denied", format!("{:+.3} ms", over(denied)));
    std::fs::remove_dir_all(dir).unwrap();
    safe.as_secs_f64() / base.as_secs_f64()
}

/// The hook's own connection, so that what is measured is what hooks do.
fn connected(socket: &Path) -> Connection {
    let mut connection = Connection::open(socket, Duration::from_secs(600)).unwrap();
    connection.send(&frame::encode(&ToGuard::Hello(Hello::ours())).unwrap()).unwrap();
    connection
}

fn judge(connection: &mut Connection, command: &str, cwd: &str) {
    let (body, _) = Body::split(command.as_bytes());
    let call = Box::new(shell_call(cwd));
    connection.send(&frame::encode(&ToGuard::Propose { call, body }).unwrap()).unwrap();
    while matches!(connection.receive().unwrap(), FromGuard::Hello(_)) {}
}

/// The socket round trip alone: judged, recorded, answered.
fn round_trips(instance: &Instance) {
    let socket = instance.layout().guard_socket();
    let cwd = instance.workspace.to_string_lossy().into_owned();
    let mut client = connected(&socket);
    let mut kept = |command: &str| -> Vec<Duration> {
        (0..CALLS)
            .map(|_| {
                let began = Instant::now();
                judge(&mut client, command, &cwd);
                began.elapsed()
            })
            .collect()
    };
    std::fs::write(instance.workspace.join("list.sh"), "ls -la\n").unwrap();
    let (safe, by_facts, denied) = (kept(SAFE), kept(BY_FACTS), kept(DENIED));
    let safe = row("round trip, safe (judged, recorded)", safe, "120 µs");
    let by_facts = row("round trip, safe by what a script holds", by_facts, "");
    // Two verdicts instead of one, and the way to the opener and back.
    println!("{:<58}{:>12}{:>12}{:>12}", "  one round of facts", micros(by_facts.saturating_sub(safe)), "", "150 µs");
    let denied = row("round trip, denied (judged, recorded durably)", denied, "");
    let connecting = (0..CALLS)
        .map(|_| {
            let began = Instant::now();
            judge(&mut connected(&socket), SAFE, &cwd);
            began.elapsed()
        })
        .collect();
    row("connect and round trip, safe", connecting, "");
    // The same disk, the same amount: what the durable record cannot be faster than.
    let mut file = File::create(instance.dir.join("fdatasync")).unwrap();
    let syncs = (0..CALLS / 5)
        .map(|_| {
            file.write_all(&[7; 700]).unwrap();
            let began = Instant::now();
            file.sync_data().unwrap();
            began.elapsed()
        })
        .collect();
    let sync = row("one fdatasync of 700 appended bytes, same filesystem", syncs, "");
    println!("{:<58}{:>12}", "  durable round trip beyond one fdatasync", micros(denied.saturating_sub(sync)));
}

fn memory(instance: &Instance) {
    let mut total = 0;
    let pids = [
        ("supervisor", vec![instance.pid()]),
        ("classifier", instance.workers("classifier")),
        ("opener", instance.workers("opener")),
        ("journal", instance.workers("journal")),
    ];
    for (what, pids) in pids {
        for pid in pids {
            let rollup = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup"));
            let Ok(rollup) = rollup else {
                println!("{what} {pid}: smaps_rollup is not readable; run the benchmark as root for memory figures");
                return;
            };
            let pss = rollup
                .lines()
                .find_map(|line| line.strip_prefix("Pss:")?.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok());
            let pss = pss.unwrap_or_default();
            println!("{:<58}{:>12}", format!("PSS {what}"), format!("{pss} KiB"));
            total += pss;
        }
    }
    println!("{:<58}{:>12}{:>12}{:>12}", "PSS together", format!("{:.1} MiB", total as f64 / 1024.0), "", "12 MiB");
}

/// A classifier with all that it knows: spawned, confined, verified and ready.
fn classifier_starts(built: &Built) {
    let executable = Executable::load(Kind::Classifier, &built.dir).unwrap();
    let file = PolicyFile::default();
    let policy = codec::encode(&file).unwrap();
    let times = (0..200)
        .map(|_| {
            let policy = Sealed::new(&policy).unwrap().open().unwrap();
            let began = Instant::now();
            let worker =
                Worker::<classify::Request, classify::Reply>::start(&executable, &[(5, policy)], &[], file.uid_base);
            let took = began.elapsed();
            worker.unwrap_or_else(|why| panic!("no classifier starts here: {why}"));
            took
        })
        .collect();
    row("a classifier, from spawn to verified and ready", times, "2 ms");
}

/// From nothing to ready, the command line's own process included.
fn starts(built: &Built) {
    let mut times = Vec::new();
    for _ in 0..20 {
        let instance = Instance::prepare(built, "");
        let began = Instant::now();
        assert!(instance.palisade(&["up"]).status.success());
        times.push(began.elapsed());
    }
    row("palisade up, empty journal (process included)", times, "30 ms");
}

/// Checking and scanning a large journal.
fn journal(built: &Built) {
    let instance = Instance::prepare(built, "");
    assert!(instance.palisade(&["up"]).status.success());
    assert!(instance.stop().status.success());
    let bytes = grow(&instance, VERIFY_EVENTS);
    let began = Instant::now();
    let output = instance.palisade(&["verify"]);
    let took = began.elapsed();
    let rate = VERIFY_EVENTS as f64 / took.as_secs_f64() / 1e6;
    println!(
        "{:<58}{:>12}{:>12}{:>12}",
        format!("verify {VERIFY_EVENTS} events, {} MiB (exit {})", bytes >> 20, output.status.code().unwrap_or(-1)),
        format!("{:.0} ms", took.as_secs_f64() * 1e3),
        format!("{rate:.2} M/s"),
        "1 M/s"
    );
    let began = Instant::now();
    assert!(instance.palisade(&["up"]).status.success());
    let took = began.elapsed();
    let per_gib = took.as_secs_f64() / (bytes as f64 / f64::from(1 << 30));
    println!("{:<58}{:>12}", "start with that journal, per GiB of it", format!("{:.0} ms", per_gib * 1e3));
}

/// Lengthens the stopped instance's journal by `events` records of about 500 bytes each; returns its size.
fn grow(instance: &Instance, events: u64) -> u64 {
    let dir = instance.layout().journal().join("seg");
    let names = std::fs::read_dir(&dir).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
    let last: Name = *list(names).segments.last().expect("a segment");
    palisade_tests::grow::segment(&dir, last, events);
    // The clean stop's note is about a shorter journal.
    std::fs::remove_file(instance.layout().journal().join("head")).unwrap();
    [last.log(), last.dat()].iter().map(|file| std::fs::metadata(dir.join(file)).unwrap().len()).sum()
}
