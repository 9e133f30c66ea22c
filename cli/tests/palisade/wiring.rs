//! `init`: into Claude Code's settings and out again.

use crate::bench::{Bench, code, mode, stderr, stdout};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

const ODD: &str = "{ \"model\":\"x\",\r\n   \"n\": 1.50, \"hooks\": {\"PreToolUse\": [ {\"matcher\":\"Bash\",\"hooks\":[{\"type\":\"command\",\"command\":\"theirs\"}]} ],\n\t\"Stop\": [] } }";

fn installed() -> (Bench, PathBuf) {
    let bench = Bench::new();
    bench.program("palisade-hook", "");
    let settings = bench.path("home/.claude/settings.json");
    std::fs::create_dir(settings.parent().unwrap()).unwrap();
    (bench, settings)
}

#[test]
fn init_and_remove_leave_every_byte_and_the_mode_as_they_were() {
    for original in [ODD, "{}", "{}\n", "{\n    \"a\": [1, 2]\n}\n", "{\"hooks\":{\"PreToolUse\":[]}}"] {
        let (bench, settings) = installed();
        std::fs::write(&settings, original).unwrap();
        std::fs::set_permissions(&settings, PermissionsExt::from_mode(0o640)).unwrap();
        assert_eq!(code(&bench.run(&["init", "--agent", "claude-code"])), 0);
        let wired = std::fs::read_to_string(&settings).unwrap();
        let entry = &serde_json::from_str::<serde_json::Value>(&wired).unwrap()["hooks"]["PreToolUse"];
        let ours = entry.as_array().unwrap().last().unwrap();
        let program = bench.path("bin/palisade-hook");
        assert_eq!(ours["hooks"][0]["command"], program.to_str().unwrap());
        assert_eq!((&ours["matcher"], &ours["hooks"][0]["onFailure"]), (&"*".into(), &"block".into()));
        assert_eq!(wired.contains("theirs"), original.contains("theirs"));
        assert_eq!(mode(&settings), 0o640);

        assert!(stdout(&bench.run(&["init"])).contains("nothing to change"));
        assert_eq!(std::fs::read_to_string(&settings).unwrap(), wired);

        assert_eq!(code(&bench.run(&["init", "--remove"])), 0);
        assert_eq!(std::fs::read_to_string(&settings).unwrap(), original);
        assert_eq!(mode(&settings), 0o640);
        let left: Vec<_> = std::fs::read_dir(settings.parent().unwrap()).unwrap().collect();
        assert_eq!(left.len(), 1, "{left:?}");
    }
}

#[test]
fn a_file_that_was_not_there_is_gone_again() {
    let (bench, settings) = installed();
    assert_eq!(code(&bench.run(&["init"])), 0);
    assert_eq!(mode(&settings), 0o600);
    assert_eq!(code(&bench.run(&["init", "--remove"])), 0);
    assert!(!settings.exists());
    assert!(stdout(&bench.run(&["init", "--remove"])).contains("nothing to change"));
}

#[test]
fn what_others_added_meanwhile_stays_when_we_leave() {
    let (bench, settings) = installed();
    std::fs::write(&settings, "{\n  \"a\": 1\n}\n").unwrap();
    bench.run(&["init"]);
    let wired = std::fs::read_to_string(&settings).unwrap();
    std::fs::write(&settings, wired.replace("\"a\": 1", "\"a\": 1,\n  \"b\": 2")).unwrap();
    assert_eq!(code(&bench.run(&["init", "--remove"])), 0);
    assert_eq!(std::fs::read_to_string(&settings).unwrap(), "{\n  \"a\": 1,\n  \"b\": 2\n}\n");
}

#[test]
fn a_dry_run_shows_the_change_and_makes_none() {
    let (bench, settings) = installed();
    std::fs::write(&settings, "{\n  \"a\": 1\n}\n").unwrap();
    let output = bench.run(&["init", "--dry-run"]);
    assert_eq!(code(&output), 0);
    assert!(stdout(&output).contains("+") && stdout(&output).contains("palisade-hook"), "{}", stdout(&output));
    assert_eq!(std::fs::read_to_string(&settings).unwrap(), "{\n  \"a\": 1\n}\n");
    assert_eq!(std::fs::read_dir(settings.parent().unwrap()).unwrap().count(), 1);
}

#[test]
fn links_and_what_is_not_json_are_refused_untouched() {
    let (bench, settings) = installed();
    for text in ["{ // mine\n}", "[]", "", "{\"hooks\": 1}"] {
        std::fs::write(&settings, text).unwrap();
        let output = bench.run(&["init"]);
        assert_eq!(code(&output), 78, "{text}: {}", stderr(&output));
        assert_eq!(std::fs::read_to_string(&settings).unwrap(), text);
    }
    std::fs::remove_file(&settings).unwrap();
    let elsewhere = bench.path("home/elsewhere.json");
    std::fs::write(&elsewhere, "{}").unwrap();
    std::os::unix::fs::symlink(&elsewhere, &settings).unwrap();
    let output = bench.run(&["init"]);
    assert_eq!(code(&output), 78);
    assert!(stderr(&output).contains("symbolic link"), "{}", stderr(&output));
    assert_eq!(std::fs::read_to_string(&elsewhere).unwrap(), "{}");
}

#[test]
fn an_instance_of_its_own_is_named_in_the_entry() {
    let (bench, settings) = installed();
    let output = bench.run_here(&["init"]);
    if std::path::Path::new("/etc/palisade").exists() {
        assert_eq!(code(&output), 78);
        return;
    }
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let document: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&settings).unwrap()).unwrap();
    let state = bench.path("state");
    let expected = serde_json::json!(["--state", state.to_str().unwrap(), "claude-code"]);
    assert_eq!(document["hooks"]["PreToolUse"][0]["hooks"][0]["args"], expected);
}

#[test]
fn without_the_hook_client_nothing_is_wired() {
    let bench = Bench::new();
    let output = bench.run(&["init"]);
    assert_eq!(code(&output), 78);
    assert!(stderr(&output).contains("palisade-hook is not beside"), "{}", stderr(&output));
    assert!(!bench.path("home/.claude").exists());
    // The settings directory may be elsewhere.
    bench.program("palisade-hook", "");
    let dir = bench.path("elsewhere");
    let output = bench.command(&["init"]).env("CLAUDE_CONFIG_DIR", &dir).output().unwrap();
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let text = std::fs::read_to_string(dir.join("settings.json")).unwrap();
    assert!(text.contains("palisade-hook"));
}
