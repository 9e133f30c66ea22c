//! Runs the hostile workers: one process for each probe, arm and kind, every outcome exact. Test builds only.
//!
//! `palisade-hostile DIR [kind=K] [arm=A] [probe=N] [table]`: DIR holds workers that were built with the feature `hostile`.
//! The last line counts; the exit code is 0 only if every outcome was the expected one and no unlisted control failed.

mod attempt;
mod field;

use attempt::{Attempt, Seen};
use field::Field;
use palisade_protocol::worker::Kind;
use palisade_sandbox::hostile::{Arm, Effect, Outcome, Probe, be_a_sibling, probes};
use palisade_sandbox::process::Exit;
use palisade_sandbox::{Executable, Mode};
use std::path::PathBuf;
use std::process::ExitCode;

/// What is to be run.
struct Selection {
    dir: PathBuf,
    kind: Option<String>,
    arm: Option<String>,
    probe: Option<u16>,
    table: bool,
}

/// What came of it.
#[derive(Default)]
struct Count {
    run: usize,
    invalid: usize,
    listed: usize,
    skipped: usize,
    wrong: usize,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        Some("--sibling") => be_a_sibling(),
        None => {
            eprintln!("usage: palisade-hostile DIR [kind=K] [arm=A] [probe=N] [table]");
            return ExitCode::from(64);
        }
        Some(_) => {}
    }
    let value = |key: &str| arguments.iter().find_map(|word| word.strip_prefix(key)).map(str::to_owned);
    let selection = Selection {
        dir: PathBuf::from(&arguments[0]),
        kind: value("kind="),
        arm: value("arm="),
        probe: value("probe=").and_then(|number| number.parse().ok()),
        table: arguments.iter().any(|word| word == "table"),
    };
    match run(&selection) {
        Ok(count) => {
            let Count { run, invalid, listed, skipped, wrong } = count;
            println!(
                "{}: probes run {run}, wrong {wrong}, invalid {invalid}, invalid with a listed reason {listed}, skipped {skipped}",
                Mode::current().word()
            );
            if wrong == 0 && invalid == 0 && run > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(why) => {
            eprintln!("palisade-hostile: {why}");
            ExitCode::FAILURE
        }
    }
}

/// One thread a kind.
fn run(selection: &Selection) -> Result<Count, String> {
    let chosen = |kind: &Kind| selection.kind.as_ref().is_none_or(|word| word == kind.word());
    let mut all = Count::default();
    std::thread::scope(|scope| {
        let kinds = Kind::ALL.into_iter().filter(chosen);
        let threads: Vec<_> = kinds.map(|kind| scope.spawn(move || run_kind(selection, kind))).collect();
        for thread in threads {
            let count = thread.join().map_err(|_| "a thread panicked".to_owned())??;
            all.run += count.run;
            all.invalid += count.invalid;
            all.listed += count.listed;
            all.skipped += count.skipped;
            all.wrong += count.wrong;
        }
        Ok(all)
    })
}

fn run_kind(selection: &Selection, kind: Kind) -> Result<Count, String> {
    let mode = Mode::current();
    let mut count = Count::default();
    let executable = Executable::load(kind, &selection.dir).map_err(|why| why.to_string())?;
    let field = Field::new(mode)?;
    for probe in probes().iter().filter(|probe| selection.probe.is_none_or(|number| number == probe.number)) {
        if probe.concerns(kind) {
            let attempt = Attempt { executable: &executable, mode, field: &field, probe };
            judge(&attempt, selection, &mut count)?;
        }
    }
    if let (None, Some(probe)) = (selection.probe, probes().first()) {
        match (Attempt { executable: &executable, mode, field: &field, probe }).stop()? {
            Exit::Code(0) => count.run += 1,
            exit => {
                count.wrong += 1;
                println!("WRONG   {} asked to stop: {exit:?}, expected Code(0)", kind.word());
            }
        }
    }
    Ok(count)
}

/// All arms of one probe. A control that fails takes the meaning from the arms that it controls, and only from those: that
/// seccomp ends the process does not depend on what the call would have done.
fn judge(attempt: &Attempt<'_>, selection: &Selection, count: &mut Count) -> Result<(), String> {
    let (probe, kind, mode) = (attempt.probe, attempt.executable.kind(), attempt.mode);
    let mut row = Vec::new();
    let mut controlled = true;
    for arm in Arm::ALL.into_iter().filter(|arm| selection.arm.as_ref().is_none_or(|word| word == arm.word())) {
        if !arm.seccomp() && mode == Mode::Rootless && probe.takes_privilege() {
            count.skipped += 1;
            row.push("skipped".to_owned());
            continue;
        }
        if !arm.seccomp() && !controlled {
            row.push("-".to_owned());
            continue;
        }
        let expected = probe.expected(kind, mode, arm);
        let seen = attempt.run(arm)?;
        let fits = fits(probe, expected, &seen);
        row.push(seen.to_string());
        match (fits, arm.seccomp(), probe.exempt) {
            (true, _, _) => count.run += 1,
            (false, false, Some(why)) => {
                count.listed += 1;
                controlled = false;
                println!(
                    "listed  {} {:>3} {}: {} got {seen}: {why}",
                    kind.word(),
                    probe.number,
                    probe.name,
                    arm.word()
                );
            }
            (false, false, None) if arm == Arm::Root => {
                count.invalid += 1;
                controlled = false;
                println!("INVALID {} {:>3} {}: the control got {seen}", kind.word(), probe.number, probe.name);
            }
            (false, _, _) => {
                count.wrong += 1;
                let (kind, number, name, arm) = (kind.word(), probe.number, probe.name, arm.word());
                println!("WRONG   {kind} {number:>3} {name}: {arm} got {seen}, expected {expected}");
            }
        }
    }
    if selection.table {
        println!("{:<10} {:>3} {:<50} {}", kind.word(), probe.number, probe.name, row.join(" "));
    }
    Ok(())
}

/// The outcome is exact, and what it must leave behind, or must not, was looked at.
fn fits(probe: &Probe, expected: Outcome, seen: &Seen) -> bool {
    let effect = match probe.effect {
        Effect::None => true,
        _ => seen.effect == (expected == Outcome::Allowed),
    };
    seen.outcome == Some(expected) && effect
}
