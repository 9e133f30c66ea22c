//! Hook payloads as Claude Code sends them.

use serde_json::{Value, json};

/// A `PreToolUse` payload.
pub fn pre_tool(tool: &str, input: Value, cwd: &str) -> String {
    json!({
        "session_id": "7c1e", "transcript_path": "/home/a/.claude/projects/-p/7c1e.jsonl", "cwd": cwd,
        "permission_mode": "default", "hook_event_name": "PreToolUse",
        "tool_name": tool, "tool_input": input, "tool_use_id": "toolu_01A",
    })
    .to_string()
}

/// A shell command.
pub fn bash(command: &str, cwd: &str) -> String {
    pre_tool(
        "Bash",
        json!({"command": command, "description": "a test", "timeout": 120_000, "run_in_background": false}),
        cwd,
    )
}
