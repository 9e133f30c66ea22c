//! Claude Code: the `PreToolUse` hook (documented at code.claude.com/docs/en/hooks).
//!
//! Only `PreToolUse` is ours to decide. An ordinary call is answered with silence, never with `allow`: an `allow` would skip
//! Claude's own prompt.

use super::{Heard, Proposal};
use crate::answer::{EXIT_DENIED, Printed, Reply};
use palisade_protocol::bounded::{Blob, Text};
use palisade_protocol::call::{Call, Op, Path, Prompts};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;

pub(super) const NAME: &str = "claude-code";

/// Events that only tell us something, or that Claude's own flow decides. Any other name is unknown, and might gate.
const OBSERVED: &[&str] = &[
    "PermissionRequest",
    "PermissionDenied",
    "PostToolUse",
    "PostToolUseFailure",
    "PostToolBatch",
    "UserPromptSubmit",
    "UserPromptExpansion",
    "SessionStart",
    "SessionEnd",
    "Setup",
    "Stop",
    "StopFailure",
    "SubagentStart",
    "SubagentStop",
    "Notification",
    "PreCompact",
    "PostCompact",
    "ConfigChange",
    "InstructionsLoaded",
    "CwdChanged",
    "FileChanged",
    "TaskCreated",
    "TaskCompleted",
    "TeammateIdle",
    "Elicitation",
    "ElicitationResult",
];

/// Tools of the agent itself that change nothing on the host.
const INTERNAL: &[&str] = &[
    "Agent",
    "AskUserQuestion",
    "BashOutput",
    "EnterPlanMode",
    "ExitPlanMode",
    "KillBash",
    "KillShell",
    "ListMcpResourcesTool",
    "LSP",
    "SendMessage",
    "Skill",
    "SlashCommand",
    "Task",
    "TaskCreate",
    "TaskGet",
    "TaskList",
    "TaskOutput",
    "TaskStop",
    "TaskUpdate",
    "TodoRead",
    "TodoWrite",
    "ToolSearch",
    "WebSearch",
];

#[derive(Deserialize)]
struct Payload<'a> {
    #[serde(borrow)]
    hook_event_name: Cow<'a, str>,
    #[serde(borrow, default)]
    session_id: Cow<'a, str>,
    #[serde(borrow, default)]
    cwd: Cow<'a, str>,
    #[serde(borrow, default)]
    permission_mode: Cow<'a, str>,
    #[serde(borrow, default)]
    tool_name: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    tool_input: Option<&'a RawValue>,
    #[serde(borrow, default)]
    tool_use_id: Cow<'a, str>,
    /// Set by Cursor, which loads Claude's settings and cannot ask on most events.
    #[serde(borrow, default)]
    cursor_version: Option<&'a RawValue>,
    /// Set by Codex, which takes a question for a failed hook and runs the call.
    #[serde(borrow, default)]
    turn_id: Option<&'a RawValue>,
}

pub(super) fn hear(payload: &[u8]) -> Result<Heard, String> {
    let text = std::str::from_utf8(payload).map_err(|_| "it is not UTF-8")?;
    let payload: Payload<'_> = serde_json::from_str(text).map_err(|why| said(&why))?;
    match &*payload.hook_event_name {
        "PreToolUse" => {}
        observed if OBSERVED.contains(&observed) => return Ok(Heard::Silence),
        unknown => return Err(format!("the event {unknown:?} is unknown to this version")),
    }
    let prompts = prompts(&payload);
    let tool = payload.tool_name.ok_or("tool_name is missing")?;
    let input = payload.tool_input.ok_or("tool_input is missing")?.get();
    if !input.starts_with('{') {
        return Err("tool_input is not an object".to_owned());
    }
    let (op, body) = operation(&tool, input)?;
    let call = Call {
        agent: Text::cut(NAME),
        session: Text::new(payload.session_id).map_err(|why| format!("session_id: {why}"))?,
        call: Text::new(payload.tool_use_id).map_err(|why| format!("tool_use_id: {why}"))?,
        cwd: Blob::new(payload.cwd.as_bytes()).map_err(|why| format!("cwd: {why}"))?,
        prompts,
        tool: Text::new(tool).map_err(|why| format!("tool_name: {why}"))?,
        op,
    };
    Ok(Heard::Proposal(Box::new(Proposal { call, body })))
}

/// Only the modes that are known to put a question before a person count as showing it. No mode at all is another program
/// that has loaded Claude's settings; those run the call when asked.
fn prompts(payload: &Payload<'_>) -> Prompts {
    let asks = matches!(&*payload.permission_mode, "default" | "plan" | "acceptEdits" | "auto");
    let claude = payload.cursor_version.is_none() && payload.turn_id.is_none();
    if asks && claude { Prompts::Shown } else { Prompts::Skipped }
}

fn operation(tool: &str, input: &str) -> Result<(Op, Vec<u8>), String> {
    match tool {
        "Bash" | "Monitor" => Ok((Op::Shell, field::<Command<'_>>(tool, input)?.command.into_owned().into_bytes())),
        "Write" => {
            let Write { file_path, content } = field(tool, input)?;
            Ok((Op::Write { path: path(tool, &file_path)? }, content.into_owned().into_bytes()))
        }
        "Edit" => {
            let Edit { file_path, new_string } = field(tool, input)?;
            Ok((Op::Edit { path: path(tool, &file_path)? }, new_string.into_owned().into_bytes()))
        }
        "MultiEdit" => {
            let MultiEdit { file_path, edits } = field(tool, input)?;
            let body = edits.iter().map(|edit| &*edit.new_string).collect::<Vec<_>>().join("\n");
            Ok((Op::Edit { path: path(tool, &file_path)? }, body.into_bytes()))
        }
        "NotebookEdit" => {
            let NotebookEdit { notebook_path, new_source } = field(tool, input)?;
            Ok((Op::Edit { path: path(tool, &notebook_path)? }, new_source.into_owned().into_bytes()))
        }
        "Read" => Ok((Op::Read { path: path(tool, &field::<Read<'_>>(tool, input)?.file_path)? }, Vec::new())),
        "LS" => Ok((Op::Read { path: path(tool, &field::<List<'_>>(tool, input)?.path)? }, Vec::new())),
        "Glob" | "Grep" => {
            let Search { pattern, path: below } = field(tool, input)?;
            let below = below.unwrap_or(Cow::Borrowed("."));
            Ok((Op::Search { path: path(tool, &below)? }, pattern.into_owned().into_bytes()))
        }
        "WebFetch" => Ok((Op::Fetch, field::<Fetch<'_>>(tool, input)?.url.into_owned().into_bytes())),
        internal if INTERNAL.contains(&internal) => Ok((Op::Internal, input.as_bytes().to_vec())),
        other => Ok((mcp(other).unwrap_or(Op::Other), input.as_bytes().to_vec())),
    }
}

/// `mcp__<server>__<tool>`; a plugin's server is called `plugin_<plugin>_<server>`. Which underscores end the server's name is
/// not written anywhere: the first pair after the prefix does.
fn mcp(tool: &str) -> Option<Op> {
    let (server, tool) = tool.strip_prefix("mcp__")?.split_once("__")?;
    if server.is_empty() || tool.is_empty() {
        return None;
    }
    Some(Op::Mcp { server: Text::new(server).ok()?, tool: Text::new(tool).ok()? })
}

fn path(tool: &str, text: &str) -> Result<Path, String> {
    if text.is_empty() {
        return Err(format!("tool_input of {tool}: the path is empty"));
    }
    Blob::new(text.as_bytes()).map_err(|why| format!("tool_input of {tool}: the path: {why}"))
}

fn field<'a, T: Deserialize<'a>>(tool: &str, input: &'a str) -> Result<T, String> {
    serde_json::from_str(input).map_err(|why| format!("tool_input of {tool}: {}", said(&why)))
}

/// What is wrong, without a byte of the payload: serde's messages quote values, and a value may be a secret.
fn said(why: &serde_json::Error) -> String {
    let text = why.to_string();
    let missing = text.strip_prefix("missing field `").and_then(|rest| rest.split_once('`'));
    let twice = text.strip_prefix("duplicate field `").and_then(|rest| rest.split_once('`'));
    match (missing, twice, why.classify()) {
        (Some((name, _)), _, _) => format!("{name} is missing"),
        (_, Some((name, _)), _) => format!("{name} stands there twice"),
        (_, _, serde_json::error::Category::Eof) => "it ends too early".to_owned(),
        (_, _, serde_json::error::Category::Data) => {
            format!("a field has another type than expected, near line {} column {}", why.line(), why.column())
        }
        _ => format!("it is not JSON, near line {} column {}", why.line(), why.column()),
    }
}

#[derive(Deserialize)]
struct Command<'a> {
    #[serde(borrow)]
    command: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Write<'a> {
    #[serde(borrow)]
    file_path: Cow<'a, str>,
    #[serde(borrow)]
    content: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Edit<'a> {
    #[serde(borrow)]
    file_path: Cow<'a, str>,
    #[serde(borrow)]
    new_string: Cow<'a, str>,
}

#[derive(Deserialize)]
struct MultiEdit<'a> {
    #[serde(borrow)]
    file_path: Cow<'a, str>,
    #[serde(borrow)]
    edits: Vec<NewText<'a>>,
}

#[derive(Deserialize)]
struct NewText<'a> {
    #[serde(borrow)]
    new_string: Cow<'a, str>,
}

#[derive(Deserialize)]
struct NotebookEdit<'a> {
    #[serde(borrow)]
    notebook_path: Cow<'a, str>,
    /// Absent where a cell is deleted.
    #[serde(borrow, default)]
    new_source: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Read<'a> {
    #[serde(borrow)]
    file_path: Cow<'a, str>,
}

#[derive(Deserialize)]
struct List<'a> {
    #[serde(borrow)]
    path: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Search<'a> {
    #[serde(borrow)]
    pattern: Cow<'a, str>,
    #[serde(borrow, default)]
    path: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Fetch<'a> {
    #[serde(borrow)]
    url: Cow<'a, str>,
}

/// The reply as Claude Code reads it: nothing, or one JSON object; a deny also on stderr and in the exit code, because each of
/// the three alone is ignored by some version of some program that loads these settings.
pub(super) fn speak(reply: &Reply) -> Printed {
    match reply {
        Reply::Pass => Printed::default(),
        Reply::Ask(reason) => Printed { stdout: decision("ask", reason), ..Printed::default() },
        Reply::Deny(reason) => {
            Printed { stdout: decision("deny", reason), stderr: format!("{reason}\n"), exit: EXIT_DENIED }
        }
    }
}

fn decision(word: &str, reason: &str) -> String {
    // Only the reason needs escaping; a string always serialises.
    let reason = serde_json::to_string(reason).unwrap_or_else(|_| "\"\"".to_owned());
    format!(
        "{{\"hookSpecificOutput\":{{\"hookEventName\":\"PreToolUse\",\"permissionDecision\":\"{word}\",\
         \"permissionDecisionReason\":{reason}}}}}\n"
    )
}

#[cfg(test)]
#[path = "claude_code_tests.rs"]
mod tests;
