//! `up`: what it makes of what a starting supervisor says. The supervisor here is a shell script that says one thing.

use crate::bench::{Bench, code, mode, stderr, stdout};
use crate::control::{sample_status, serve};
use palisade_protocol::control::{FromControl, ToControl};

/// Says `line` on the descriptor that follows `--ready-fd`, and ends with `exit`.
fn double(bench: &Bench, line: &str, then: &str) {
    bench.program("palisade-classifier", "");
    bench.program(
        "palisaded",
        &format!(
            "#!/bin/sh\nprintf '%s\\n' \"$@\" > '{}'\nfor fd; do :; done\nprintf '{line}' > /proc/self/fd/$fd\n{then}\n",
            bench.path("arguments").display()
        ),
    );
}

#[test]
fn a_ready_supervisor_is_reported_with_its_pid_and_gets_the_documented_arguments() {
    let bench = Bench::new();
    double(&bench, "ready\\n", "echo $$ > \"${0%/*}/pid\"");
    let output = bench.run_here(&["up"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(stdout(&output).starts_with("palisade is ready (pid "), "{}", stdout(&output));
    let layout = bench.layout();
    let said = std::fs::read_to_string(bench.path("arguments")).unwrap();
    let words: Vec<&str> = said.lines().collect();
    let bin = bench.path("bin");
    let expected =
        ["--config-dir", layout.config.to_str().unwrap(), "--run-dir", layout.run.to_str().unwrap(), "--state-dir"];
    assert_eq!(&words[..5], &expected);
    assert_eq!(&words[5..8], &[layout.state.to_str().unwrap(), "--workers-dir", bin.to_str().unwrap()]);
    assert_eq!(words[8], "--ready-fd");
    for dir in [&layout.config, &layout.run, &layout.state] {
        assert_eq!(mode(dir), 0o700);
    }
}

#[test]
fn a_directory_for_state_is_made_private() {
    let bench = Bench::new();
    double(&bench, "ready\\n", "");
    let fresh = bench.path("fresh");
    assert_eq!(code(&bench.run(&["--state", fresh.to_str().unwrap(), "up"])), 0);
    assert_eq!(mode(&fresh), 0o700);
}

#[test]
fn a_supervisor_that_refuses_is_quoted_with_its_exit_code() {
    let bench = Bench::new();
    double(&bench, "error: this kernel lacks landlock\\n", "exit 78");
    let output = bench.run_here(&["up"]);
    assert_eq!(code(&output), 78);
    assert_eq!(stderr(&output), "palisade: the supervisor did not start: this kernel lacks landlock\n");
}

#[test]
fn a_supervisor_that_dies_unheard_is_told_with_how_it_ended() {
    let bench = Bench::new();
    double(&bench, "", "kill -9 $$");
    let output = bench.run_here(&["up"]);
    assert_eq!(code(&output), 1);
    assert!(stderr(&output).contains("before it was ready (signal: 9"), "{}", stderr(&output));
}

#[test]
fn one_that_runs_already_is_success_and_named() {
    let bench = Bench::new();
    double(&bench, "locked\\n", "exit 75");
    let server = serve(&bench, |request| match request {
        ToControl::Status => FromControl::Status(Box::new(sample_status())),
        other => panic!("{other:?}"),
    });
    let output = bench.run_here(&["up"]);
    assert_eq!((code(&output), stdout(&output).as_str()), (0, "palisade is already running (pid 4711)\n"));
    server.join().unwrap();
}

#[test]
fn a_start_that_is_locked_out_looks_again_ever_more_seldom() {
    let bench = Bench::new();
    bench.program("palisade-classifier", "");
    bench.program(
        "palisaded",
        &format!(
            "#!/bin/sh\nfor fd; do :; done\necho >> '{0}'\n[ $(wc -l < '{0}') -gt 3 ] && word=ready || word=locked\n\
             echo $word > /proc/self/fd/$fd\n",
            bench.path("starts").display()
        ),
    );
    let begun = std::time::Instant::now();
    let output = bench.run_here(&["up"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    // 100, 200 and 400 ms: a hundred that look every 100 ms leave the one that they wait for no time to get ready.
    assert!(begun.elapsed() >= std::time::Duration::from_millis(700), "{:?}", begun.elapsed());
}

#[test]
fn without_the_supervisors_program_the_repair_is_named() {
    let bench = Bench::new();
    let output = bench.run_here(&["up"]);
    if !std::path::Path::new("/usr/lib/palisade/palisaded").exists() {
        assert_eq!(code(&output), 78);
        assert!(stderr(&output).contains("palisaded is not beside"), "{}", stderr(&output));
    }
}
