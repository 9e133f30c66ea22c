//! Tools of servers and of the agents themselves: what they are given, and where they write. Each row was once silent.

use crate::common::called;
use palisade_protocol::bounded::Text;
use palisade_protocol::call::{Op, Path};
use palisade_protocol::verdict::Class;

fn mcp(tool: &str, body: &str) -> Class {
    called(Op::Mcp { server: Text::cut("x"), tool: Text::cut(tool) }, body).class
}

#[test]
fn what_a_looking_tool_is_given_is_looked_at() {
    for (tool, body) in [
        ("query", "{\"q\":\"drop table x\"}"),
        ("query", "{\"text\":\"DELETE FROM users\"}"),
        ("query", "{\"q\":\"with x as (delete from users returning *) select * from x\"}"),
        ("query", "{\"input\":[\"truncate users\"]}"),
        ("query", "{\"q\":\"(delete from users)\"}"),
        ("query", "{\"q\":\"/* a */ delete from users\"}"),
        ("get", "{\"args\":\"delete ns prod\"}"),
        ("get", "{\"args\":[\"delete\",\"ns\",\"prod\"]}"),
        ("get", "{\"method\":\"DELETE\"}"),
        ("get", "{\"code\":\"import os;os.system()\"}"),
        ("search_and_replace", "{}"),
        ("find_replace", "{}"),
        ("list_erase", "{}"),
        ("check_and_trash", "{}"),
        ("get_rid_of", "{}"),
        ("version_rollback", "{}"),
        ("summarize_overwrite", "{}"),
    ] {
        assert_ne!(mcp(tool, body), Class::Safe, "{tool} {body}");
    }
    for (tool, body) in [
        ("query", "{\"q\":\"select 1\"}"),
        ("search", "{\"query\":\"delete branch on merge\"}"),
        ("search_issues", "{\"text\":\"update the readme\"}"),
        ("list_issues", "{\"state\":\"open\",\"sort\":\"updated\"}"),
        ("get_file", "{\"path\":\"src/main.rs\"}"),
        ("search", "{\"q\":\"with care\"}"),
    ] {
        assert_eq!(mcp(tool, body), Class::Safe, "{tool} {body}");
    }
}

#[test]
fn files_that_make_something_run_are_never_written_silently() {
    for path in [
        "/run/user/1000/systemd/user/x.service",
        ".claude/agents/a.md",
        ".claude/commands/a.md",
        "sub/.claude/commands/a.md",
        ".cargo/config.toml",
        "sub/.cargo/config",
        ".pre-commit-config.yaml",
        "sub/.vscode/tasks.json",
        ".qwen/settings.json",
        ".opencode/plugin/x.js",
        ".GIT/config",
        "/tmp/x/.git/config",
        "lefthook.yml",
        ".github/workflows/a.yml",
    ] {
        let verdict = called(Op::Write { path: Path::new(path).unwrap() }, "x");
        assert_ne!(verdict.class, Class::Safe, "{path}");
    }
    for path in ["src/a.rs", "Cargo.toml", "docs/github/a.md", ".gitignore", "/tmp/x/a"] {
        let verdict = called(Op::Write { path: Path::new(path).unwrap() }, "x");
        assert_eq!(verdict.class, Class::Safe, "{path}");
    }
}
