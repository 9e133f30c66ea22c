//! The benchmark: what one verdict costs inside the library, over the corpus and over what is known to be expensive.
//!
//! `cargo bench -p palisade-classifier` prints a table. A row is judged several times and its median counts; nothing is
//! asserted: a busy machine is not a defect. What a worker costs to start, and what it keeps, stands in the benchmark of
//! `palisade-tests`.

#![allow(clippy::unwrap_used, missing_docs)]

#[path = "../tests/common/mod.rs"]
mod common;

use common::pathological::worlds::{self, WIDEST};
use common::{corpus, pathological, shell, shell_in};
use palisade_protocol::limits::COMMAND_MAX;
use std::time::{Duration, Instant};

const ROUNDS: usize = 9;
/// What no input may cost, and how many of the costliest are shown.
const LIMIT: Duration = Duration::from_millis(20);
const SHOWN: usize = 12;

fn main() {
    // `cargo test` runs benches with `--test`: the table is not wanted then.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let began = Instant::now();
    shell("ls");
    println!("{:<34}{:>10}", "the first verdict of a process", micros(began.elapsed()));
    println!("{:<34}{:>10}{:>10}{:>10}{:>10}", "", "p50", "p99", "max", "mean");
    let mut all = Vec::new();
    for side in ["dangerous", "ordinary"] {
        let rows = ["development", "validation"].into_iter().flat_map(|part| corpus::rows(side, part));
        let times: Vec<Duration> = rows.map(|row| median(&row.command)).collect();
        all.extend(times.iter().copied());
        line(&format!("{side}, {} commands", times.len()), times);
    }
    line("both", all);
    expensive();
}

fn median(command: &str) -> Duration {
    let mut times: Vec<Duration> = (0..ROUNDS)
        .map(|_| {
            let began = Instant::now();
            std::hint::black_box(shell(std::hint::black_box(command)));
            began.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[ROUNDS / 2]
}

fn line(what: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let at = |share: f64| micros(times[((times.len() - 1) as f64 * share) as usize]);
    let mean = times.iter().sum::<Duration>() / times.len() as u32;
    println!("{what:<34}{:>10}{:>10}{:>10}{:>10}", at(0.5), at(0.99), at(1.0), micros(mean));
}

fn micros(time: Duration) -> String {
    format!("{:.1} µs", time.as_secs_f64() * 1e6)
}

fn expensive() {
    let code = [pathological::languages::inputs(), pathological::sql::inputs()].concat();
    let named = code.into_iter().map(|text| (text[..text.floor_char_boundary(40)].to_owned(), text));
    let inputs: Vec<(String, String)> = pathological::inputs().into_iter().chain(named).collect();
    let mut times: Vec<(Duration, String)> = inputs
        .into_iter()
        .map(|(name, mut text)| {
            text.truncate(text.floor_char_boundary(COMMAND_MAX));
            let time = |_| {
                let began = Instant::now();
                std::hint::black_box(shell(&text));
                began.elapsed()
            };
            ((0..3).map(time).min().unwrap(), name)
        })
        .collect();
    for (name, command) in worlds::commands() {
        let began = Instant::now();
        std::hint::black_box(shell_in(&WIDEST, &command));
        // With what it takes to make up such a world and to decode it.
        times.push((began.elapsed(), name));
    }
    times.sort_unstable();
    let over = times.iter().filter(|(time, _)| *time > LIMIT).count();
    println!("\n{} expensive inputs, {over} over {} ms; the costliest:", times.len(), LIMIT.as_millis());
    for (time, name) in times.iter().rev().take(SHOWN) {
        println!("{:>10}  {name}", micros(*time));
    }
}
