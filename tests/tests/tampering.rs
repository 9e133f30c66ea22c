//! `palisade verify` on journals that somebody has been at.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use palisade_segment::frame::FRAME_LEN;
use palisade_tests::skip::is_root;
use palisade_tests::{Instance, payloads};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A stopped instance with some records, in one segment that may be changed.
fn stopped() -> (Instance, PathBuf, PathBuf) {
    let instance = Instance::start();
    let cwd = instance.workspace.to_string_lossy().into_owned();
    for at in 0..5 {
        instance.hook(&payloads::bash(&format!("echo {at}"), &cwd));
    }
    assert!(instance.stop().status.success());
    let seg = instance.layout().journal().join("seg");
    if is_root() {
        assert!(Command::new("chattr").args(["-R", "-a"]).arg(&seg).status().unwrap().success());
    }
    let log = the_one_with(&seg, "log");
    let dat = the_one_with(&seg, "dat");
    assert_eq!(instance.verify().0, 20, "untouched it holds");
    (instance, log, dat)
}

fn the_one_with(dir: &Path, ending: &str) -> PathBuf {
    let mut found: Vec<PathBuf> = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.retain(|path| path.extension().is_some_and(|it| it == ending));
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

fn verdict_after(change: impl Fn(&Instance, &mut Vec<u8>, &mut Vec<u8>)) -> (i32, String) {
    let (instance, log, dat) = stopped();
    let (mut frames, mut payloads) = (std::fs::read(&log).unwrap(), std::fs::read(&dat).unwrap());
    change(&instance, &mut frames, &mut payloads);
    std::fs::write(&log, frames).unwrap();
    std::fs::write(&dat, payloads).unwrap();
    instance.verify()
}

#[test]
fn an_edited_record_is_found_in_frame_and_payload() {
    let (code, said) = verdict_after(|_, frames, _| frames[3 * FRAME_LEN + 60] ^= 1);
    assert_eq!(code, 40, "{said}");
    assert!(said.contains('3'), "it names the record: {said}");
    let (code, said) = verdict_after(|_, _, payloads| {
        let at = payloads.len() - 3;
        payloads[at] ^= 1;
    });
    assert_eq!(code, 40, "{said}");
}

#[test]
fn reordered_removed_and_repeated_records_are_found() {
    let swapped = verdict_after(|_, frames, _| {
        let third: Vec<u8> = frames[2 * FRAME_LEN..3 * FRAME_LEN].to_vec();
        frames.copy_within(3 * FRAME_LEN..4 * FRAME_LEN, 2 * FRAME_LEN);
        frames[3 * FRAME_LEN..4 * FRAME_LEN].copy_from_slice(&third);
    });
    let removed = verdict_after(|_, frames, _| drop(frames.drain(2 * FRAME_LEN..3 * FRAME_LEN)));
    let repeated = verdict_after(|_, frames, _| frames.extend_from_within(2 * FRAME_LEN..3 * FRAME_LEN));
    for (code, said) in [swapped, removed, repeated] {
        assert!((40..=41).contains(&code), "{code}: {said}");
    }
}

#[test]
fn a_cut_inside_a_frame_and_a_cut_below_the_head_are_truncations() {
    let (code, said) = verdict_after(|_, frames, _| frames.truncate(frames.len() - 7));
    assert_eq!(code, 41, "{said}");
    let (code, said) = verdict_after(|_, frames, _| frames.truncate(frames.len() - FRAME_LEN));
    assert_eq!(code, 41, "{said}");
}

#[test]
fn an_empty_and_a_missing_journal_are_no_success() {
    let (code, said) = verdict_after(|_, frames, payloads| {
        frames.clear();
        payloads.clear();
    });
    assert!(code >= 30, "{code}: {said}");
    let (instance, log, dat) = stopped();
    std::fs::remove_file(log).unwrap();
    std::fs::remove_file(dat).unwrap();
    assert!(instance.verify().0 >= 30);
    std::fs::remove_dir_all(instance.layout().journal()).unwrap();
    assert!(instance.verify().0 >= 30);
}

#[test]
fn a_cut_below_the_live_head_is_found_while_the_supervisor_runs() {
    let instance = Instance::start();
    let cwd = instance.workspace.to_string_lossy().into_owned();
    for _ in 0..3 {
        instance.hook(&payloads::bash("ls", &cwd));
    }
    assert_eq!(instance.verify().0, 20);
    let seg = instance.layout().journal().join("seg");
    let log = the_one_with(&seg, "log");
    let length = std::fs::metadata(&log).unwrap().len();
    if is_root() {
        let refused = std::fs::File::options().write(true).open(&log);
        assert!(refused.is_err(), "append-only: even root must lift the flag first");
        assert!(Command::new("chattr").arg("-a").arg(&log).status().unwrap().success());
    }
    std::fs::File::options().write(true).open(&log).unwrap().set_len(length - FRAME_LEN as u64).unwrap();
    let (code, said) = instance.verify();
    assert_eq!(code, 41, "{said}");
}

#[test]
fn verify_says_what_an_unsealed_chain_cannot_see() {
    let instance = Instance::start();
    let (code, said) = instance.verify();
    assert_eq!(code, 20);
    assert!(said.contains("CHAIN-ONLY") && said.contains("seal"), "{said}");
}
