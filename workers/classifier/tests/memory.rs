//! What one verdict takes: memory at its peak, on everything that is known to be expensive.
//!
//! One test in a binary of its own: the allocator counts for the whole process. Time is measured by the benchmark `verdict` of
//! `palisade-tests`, in a release build and by hand: a clock in a test would say how busy the machine is.

#![allow(clippy::unwrap_used)]

mod common;

use common::pathological::worlds::{self, WIDEST};
use common::{pathological, shell, shell_in};
use palisade_protocol::limits::COMMAND_MAX;
use peak_alloc::PeakAlloc;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

const MEMORY_MAX: usize = 32 * 1024 * 1024;

#[test]
fn no_verdict_takes_more_memory_than_its_limit() {
    // What is built once is not this verdict's.
    shell("ls");
    let mut most = (0, String::new());
    let mut measure = |name: String, judged: &dyn Fn()| {
        let before = ALLOCATOR.current_usage();
        ALLOCATOR.reset_peak_usage();
        judged();
        let taken = ALLOCATOR.peak_usage() - before;
        assert!(taken <= MEMORY_MAX, "{name} takes {taken} bytes");
        if taken > most.0 {
            most = (taken, name);
        }
    };
    for (name, input) in pathological::inputs() {
        measure(name, &|| drop(shell(&input[..input.len().min(COMMAND_MAX)])));
    }
    for (name, command) in worlds::commands() {
        measure(name, &|| drop(shell_in(&WIDEST, &command)));
    }
    println!("the most: {} KiB, {}", most.0 / 1024, most.1);
}
