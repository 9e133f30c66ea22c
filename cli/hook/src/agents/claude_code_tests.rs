use super::*;
use serde_json::json;

fn heard(tool: &str, input: serde_json::Value) -> Proposal {
    let payload = json!({
        "session_id": "7c1e", "transcript_path": "/home/a/.claude/projects/-p/7c1e.jsonl", "cwd": "/home/a/p",
        "permission_mode": "default", "hook_event_name": "PreToolUse", "tool_name": tool, "tool_input": input,
        "tool_use_id": "toolu_01A", "something_new": {"a": [1]}
    });
    match hear(payload.to_string().as_bytes()) {
        Ok(Heard::Proposal(proposal)) => *proposal,
        other => panic!("{other:?}"),
    }
}

fn path(text: &str) -> Path {
    Blob::new(text.as_bytes()).unwrap()
}

#[test]
fn every_tool_becomes_the_operation_that_it_is() {
    let mcp = |server, tool| Op::Mcp { server: Text::cut(server), tool: Text::cut(tool) };
    for (tool, input, op, body) in [
        ("Bash", json!({"command": "rm -rf build", "timeout": 1}), Op::Shell, "rm -rf build"),
        ("Monitor", json!({"command": "tail -f x"}), Op::Shell, "tail -f x"),
        ("Write", json!({"file_path": "/p/x", "content": "hi\n"}), Op::Write { path: path("/p/x") }, "hi\n"),
        (
            "Edit",
            json!({"file_path": "x", "old_string": "a", "new_string": "b", "replace_all": false}),
            Op::Edit { path: path("x") },
            "b",
        ),
        (
            "MultiEdit",
            json!({"file_path": "x", "edits": [{"old_string": "a", "new_string": "b"}, {"new_string": "c"}]}),
            Op::Edit { path: path("x") },
            "b\nc",
        ),
        (
            "NotebookEdit",
            json!({"notebook_path": "n.ipynb", "edit_mode": "delete"}),
            Op::Edit { path: path("n.ipynb") },
            "",
        ),
        ("Read", json!({"file_path": "~/.ssh/id"}), Op::Read { path: path("~/.ssh/id") }, ""),
        ("Glob", json!({"pattern": "**/*"}), Op::Search { path: path(".") }, "**/*"),
        ("Grep", json!({"pattern": "x", "path": "/etc"}), Op::Search { path: path("/etc") }, "x"),
        ("WebFetch", json!({"url": "https://a/b", "prompt": "p"}), Op::Fetch, "https://a/b"),
        ("TodoWrite", json!({"todos": []}), Op::Internal, r#"{"todos":[]}"#),
        ("Task", json!({"prompt": "p"}), Op::Internal, r#"{"prompt":"p"}"#),
        ("mcp__github__create_issue", json!({"repo": "x"}), mcp("github", "create_issue"), r#"{"repo":"x"}"#),
        ("mcp__plugin_a_fs__read__all", json!({}), mcp("plugin_a_fs", "read__all"), "{}"),
        ("mcp__broken", json!({}), Op::Other, "{}"),
        ("NewTool", json!({"x": 1}), Op::Other, r#"{"x":1}"#),
    ] {
        let proposal = heard(tool, input);
        assert_eq!((&proposal.call.op, proposal.body.as_slice()), (&op, body.as_bytes()), "{tool}");
        assert_eq!(&*proposal.call.tool, tool);
        assert_eq!((&*proposal.call.session, &*proposal.call.call), ("7c1e", "toolu_01A"));
        assert_eq!(proposal.call.cwd, path("/home/a/p"));
    }
}

#[test]
fn a_question_counts_as_shown_only_where_a_person_is_known_to_see_it() {
    for (extra, shown) in [
        (r#""permission_mode":"default""#, true),
        (r#""permission_mode":"plan""#, true),
        (r#""permission_mode":"acceptEdits""#, true),
        (r#""permission_mode":"auto""#, true),
        (r#""permission_mode":"bypassPermissions""#, false),
        (r#""permission_mode":"dontAsk""#, false),
        (r#""permission_mode":"of the future""#, false),
        (r#""cursor_version":"3.13""#, false),
        (r#""permission_mode":"default","cursor_version":"3.13""#, false),
        (r#""permission_mode":"default","turn_id":"t-17","model":"m""#, false),
    ] {
        let payload =
            format!(r#"{{"hook_event_name":"PreToolUse","tool_name":"Bash","tool_input":{{"command":"ls"}},{extra}}}"#);
        let Ok(Heard::Proposal(proposal)) = hear(payload.as_bytes()) else { panic!("{payload}") };
        assert_eq!(proposal.call.prompts == Prompts::Shown, shown, "{extra}");
    }
}

#[test]
fn what_is_not_understood_is_an_error_that_quotes_nothing() {
    for (payload, said) in [
        ("", "it ends too early"),
        ("{", "it ends too early"),
        ("hello sk-live-1", "it is not JSON"),
        (r#"{"hook_event_name":"PreToolUse"}{}"#, "it is not JSON"),
        (r#"{"tool_name":"Bash"}"#, "hook_event_name is missing"),
        (r#"{"hook_event_name":"BeforeEverything","tool_name":"Bash"}"#, "the event \"BeforeEverything\" is unknown"),
        (r#"{"hook_event_name":"PreToolUse","tool_input":{}}"#, "tool_name is missing"),
        (r#"{"hook_event_name":"PreToolUse","tool_name":"Bash"}"#, "tool_input is missing"),
        (r#"{"hook_event_name":"PreToolUse","tool_name":"Bash","tool_input":"ls"}"#, "tool_input is not an object"),
        (r#"{"hook_event_name":"PreToolUse","tool_name":"Bash","tool_input":{}}"#, "command is missing"),
        (r#"{"hook_event_name":"PreToolUse","tool_name":"Bash","tool_input":{"command":7}}"#, "another type"),
        (
            r#"{"hook_event_name":"PreToolUse","tool_name":"Bash","tool_input":{"command":"ls","command":"sk-live-1"}}"#,
            "command stands there twice",
        ),
        (r#"{"hook_event_name":"PreToolUse","tool_name":"Write","tool_input":{"content":""}}"#, "file_path is missing"),
        (r#"{"hook_event_name":"PreToolUse","tool_name":"Read","tool_input":{"file_path":""}}"#, "the path is empty"),
    ] {
        let why = hear(payload.as_bytes()).unwrap_err();
        assert!(why.contains(said) && !why.contains("sk-live"), "{payload}: {why}");
    }
    assert_eq!(hear(b"\xff\xfe"), Err("it is not UTF-8".to_owned()));
    let long = format!(r#"{{"hook_event_name":"PreToolUse","tool_name":"{}","tool_input":{{}}}}"#, "x".repeat(129));
    assert!(hear(long.as_bytes()).unwrap_err().contains("tool_name"));
}

#[test]
fn events_that_decide_nothing_are_silent() {
    for event in OBSERVED {
        let payload = format!(r#"{{"hook_event_name":"{event}","prompt":"x"}}"#);
        assert_eq!(hear(payload.as_bytes()), Ok(Heard::Silence), "{event}");
    }
}

#[test]
fn the_three_replies_are_exactly_what_claude_reads() {
    assert_eq!(speak(&Reply::Pass), Printed::default());
    let asked = speak(&Reply::Ask("say \"yes\"".to_owned()));
    assert_eq!(
        asked.stdout,
        "{\"hookSpecificOutput\":{\"hookEventName\":\"PreToolUse\",\"permissionDecision\":\"ask\",\
         \"permissionDecisionReason\":\"say \\\"yes\\\"\"}}\n"
    );
    assert_eq!((asked.stderr.as_str(), asked.exit), ("", 0));
    let denied = speak(&Reply::Deny("no".to_owned()));
    assert_eq!(
        denied.stdout,
        "{\"hookSpecificOutput\":{\"hookEventName\":\"PreToolUse\",\"permissionDecision\":\"deny\",\
         \"permissionDecisionReason\":\"no\"}}\n"
    );
    assert_eq!((denied.stderr.as_str(), denied.exit), ("no\n", 2));
}
