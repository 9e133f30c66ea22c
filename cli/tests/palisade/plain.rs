//! What needs nobody else: misuse, missing things, and what is only printed.

use crate::bench::{Bench, code, json, stderr, stdout};
use palisade_protocol::worker::Kind;
use std::os::unix::fs::PermissionsExt;

#[test]
fn misuse_is_64_and_never_2() {
    let bench = Bench::new();
    for words in [
        &["no-such-command"][..],
        &[],
        &["log", "--since", "yesterday"],
        &["log", "--class", "bad"],
        &["log", "--user", "no such user"],
        &["permissions", "--worker", "nobody"],
        &["doctor"],
        &["hook", "nobody"],
        &["judge", "a", "b"],
        &["judge", "--jsonl", "ls"],
    ] {
        let output = bench.run(words);
        assert_eq!((code(&output), stdout(&output).as_str()), (64, ""), "{words:?}: {}", stderr(&output));
        assert!(!stderr(&output).is_empty());
    }
    assert_eq!(code(&bench.run(&["--help"])), 0);
    assert_eq!(code(&bench.run(&["--version"])), 0);
}

#[test]
fn doctor_without_a_check_names_the_one_there_is() {
    let bench = Bench::new();
    let said = stderr(&bench.run(&["doctor"]));
    assert!(said.starts_with("palisade: ") && said.contains("`palisade doctor --permissions`"), "{said}");
}

#[test]
fn without_a_supervisor_the_next_step_is_named() {
    let bench = Bench::new();
    let up = format!("`palisade --state {} up`", bench.path("state").display());
    for words in [&["status"][..], &["permissions", "--observed"]] {
        let output = bench.run_here(words);
        assert_eq!(code(&output), 69, "{}", stderr(&output));
        assert!(stderr(&output).contains(&up), "{}", stderr(&output));
    }
    let output = bench.run_here(&["stop"]);
    assert_eq!(
        (code(&output), stderr(&output).as_str()),
        (69, "palisade: there is nothing to stop: no supervisor runs\n")
    );
}

#[test]
fn a_missing_journal_is_unreadable_and_says_what_a_chain_cannot_see() {
    let bench = Bench::new();
    let empty = bench.path("home");
    for words in [&["verify"][..], &["verify", "--dir", "/nonexistent"], &["verify", "--dir", empty.to_str().unwrap()]]
    {
        let output = bench.run_here(words);
        assert_eq!(code(&output), 50, "{}", stderr(&output));
        assert!(stdout(&output).starts_with("UNREADABLE: there is no journal at "), "{}", stdout(&output));
        assert!(stdout(&output).contains("What this check cannot see:"));
    }
    assert_eq!(json(&bench.run_here(&["verify", "--json"]))["code"], 50);
}

#[test]
fn a_state_directory_that_is_a_link_or_open_to_others_is_78() {
    let bench = Bench::new();
    let link = bench.path("link");
    std::os::unix::fs::symlink(bench.path("state"), &link).unwrap();
    let output = bench.run(&["--state", link.to_str().unwrap(), "status"]);
    assert_eq!(code(&output), 78);
    assert!(stderr(&output).contains("links are not followed"), "{}", stderr(&output));
    let state = bench.path("state");
    std::fs::set_permissions(&state, PermissionsExt::from_mode(0o750)).unwrap();
    let output = bench.run_here(&["status"]);
    assert_eq!(code(&output), 78);
    assert!(stderr(&output).contains("chmod 700"), "{}", stderr(&output));
}

#[test]
fn the_matrix_is_printed_for_people_scripts_and_documents() {
    let bench = Bench::new();
    let text = stdout(&bench.run(&["permissions"]));
    let table = stdout(&bench.run(&["permissions", "--markdown"]));
    let document = json(&bench.run(&["permissions", "--json"]));
    let rows = document["workers"].as_array().unwrap();
    assert_eq!(rows.len(), 1 + Kind::ALL.len());
    for kind in Kind::ALL {
        let row = rows.iter().find(|row| row["worker"] == kind.word()).unwrap();
        let (capability, compromise) = (row["capability"].as_str().unwrap(), row["compromise"].as_str().unwrap());
        assert!(text.contains(&format!("{}: {capability}\n", kind.word())) && text.contains(compromise));
        let line = table.lines().find(|line| line.starts_with(&format!("| {} |", kind.word()))).unwrap();
        assert!(line.contains(capability) && line.ends_with(&format!("{compromise} |")), "{line}");
        let only = json(&bench.run(&["permissions", "--json", "--worker", kind.word()]));
        assert_eq!(only["workers"], serde_json::json!([row]));
    }
    assert_eq!(stdout(&bench.run(&["doctor", "--permissions"])), text);
}

#[test]
fn limits_names_what_this_version_lacks() {
    let bench = Bench::new();
    let text = stdout(&bench.run(&["limits"]));
    for lack in ["no snapshots", "no queue", "no vault", "not sealed", "Root", "rootless"] {
        assert!(text.contains(lack), "{lack}");
    }
    let document = json(&bench.run(&["limits", "--json"]));
    assert!(document["gaps"].as_array().unwrap().len() > 5);
}

#[test]
fn completions_and_manual_pages_are_written() {
    let bench = Bench::new();
    for shell in ["bash", "zsh", "fish"] {
        assert!(stdout(&bench.run(&["completions", shell])).contains("palisade"), "{shell}");
    }
    let dir = bench.path("man");
    assert_eq!(code(&bench.run(&["man", dir.to_str().unwrap()])), 0);
    for page in ["palisade.1", "palisade-verify.1", "palisade-init.1"] {
        assert!(dir.join(page).is_file(), "{page}");
    }
    assert!(!dir.join("palisade-start-detached.1").exists());
}

#[test]
fn judge_without_a_classifier_is_a_matter_of_configuration() {
    let bench = Bench::new();
    let output = bench.run_here(&["judge", "ls"]);
    // Only where no package has put one in its place.
    if !std::path::Path::new("/usr/lib/palisade/palisade-classifier").exists() {
        assert_eq!(code(&output), 78, "{}", stderr(&output));
        assert!(stderr(&output).contains("palisade-classifier"));
    }
}

#[test]
fn a_dry_run_reads_only_regular_files_and_says_where_it_looked() {
    let bench = Bench::new();
    let none = bench.run_here(&["dry-run"]);
    assert_eq!(code(&none), 1, "{}", stderr(&none));
    assert!(stderr(&none).contains("`palisade dry-run --file ~/.bash_history`"), "{}", stderr(&none));
    let fifo = bench.path("fifo");
    nix::unistd::mkfifo(&fifo, nix::sys::stat::Mode::S_IRUSR).unwrap();
    for path in [&fifo, &bench.path("home"), std::path::Path::new("/dev/null")] {
        let output = bench.run_here(&["dry-run", "--file", path.to_str().unwrap()]);
        assert_eq!(code(&output), 64, "{}", stderr(&output));
        assert!(stderr(&output).contains("not a regular file"), "{}", stderr(&output));
    }
    assert_eq!(code(&bench.run_here(&["dry-run", "--file", "/nonexistent"])), 1);
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure_and_changes_no_exit_code() {
    let bench = Bench::new();
    let state = bench.path("state");
    for (words, expected) in
        [(&["limits"][..], 0), (&["permissions"], 0), (&["completions", "bash"], 0), (&["verify"], 50)]
    {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let words = [&["--state", state.to_str().unwrap()], words].concat();
        let output = bench.command(&words).stdout(writer).output().unwrap();
        assert_eq!((code(&output), stderr(&output).as_str()), (expected, ""), "{words:?}");
    }
}
