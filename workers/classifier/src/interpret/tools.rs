//! The agents' own tools and MCP tools, judged by the same places and effects as a command.

use super::Machine;
use super::arguments::{begins_as_statement, code_languages, hidden, is_command, is_question, is_verb_key};
use crate::findings::Finding;
use crate::paths::Zone;
use palisade_language::redact::redact;
use palisade_language::words::{Origin, Value};
use palisade_protocol::verdict::{Class, Operation};
use serde_json::Value as Json;

/// Arguments longer than this are not read; a person looks at them.
const ARGUMENTS_MAX: usize = 256 * 1024;
/// How deep arguments may nest and how many strings of them are looked at.
const DEPTH_MAX: u32 = 12;
const STRINGS_MAX: u32 = 512;

/// First words of tool names that only look.
const LOOKS: &[&str] = &[
    "get",
    "list",
    "search",
    "read",
    "find",
    "describe",
    "show",
    "view",
    "count",
    "status",
    "lookup",
    "check",
    "info",
    "explain",
    "resolve",
    "ping",
    "health",
    "version",
    "inspect",
    "summarize",
    "think",
    "sequentialthinking",
    "query",
    "select",
    "outline",
    "diff",
    "compare",
    "tree",
    "stat",
    "exists",
    "help",
    "docs",
    "preview",
    "validate",
    "screenshot",
    "snapshot",
    "history",
    "log",
    "logs",
    "whoami",
    "capabilities",
    "symbols",
    "references",
    "hover",
    "diagnostics",
];
/// Words anywhere in a tool's name that say that it does something.
const ACTS: &[&str] = &[
    "delete",
    "drop",
    "exec",
    "execute",
    "run",
    "remove",
    "destroy",
    "create",
    "update",
    "write",
    "edit",
    "set",
    "put",
    "post",
    "send",
    "upload",
    "move",
    "rename",
    "merge",
    "push",
    "publish",
    "deploy",
    "kill",
    "stop",
    "start",
    "restart",
    "purge",
    "clear",
    "reset",
    "apply",
    "approve",
    "revoke",
    "grant",
    "terminate",
    "truncate",
    "wipe",
    "insert",
    "upsert",
    "patch",
    "click",
    "type",
    "fill",
    "navigate",
    "evaluate",
    "eval",
    "install",
    "uninstall",
    "add",
    "fork",
    "transfer",
    "archive",
    "import",
    "invoke",
    "call",
    "shell",
    "bash",
    "command",
    "replace",
    "erase",
    "trash",
    "rollback",
    "overwrite",
    "rid",
    "revert",
    "restore",
    "undo",
    "clean",
    "cleanup",
    "flush",
    "prune",
    "disable",
    "enable",
    "cancel",
    "modify",
    "mutate",
    "rotate",
    "submit",
    "refund",
    "ban",
    "invite",
    "unlink",
    "shred",
    "format",
];

impl Machine<'_> {
    /// A file is created, replaced, or changed in part.
    pub(crate) fn tool_write(&mut self, path: &[u8], partly: bool) {
        match path_value(path) {
            Some(value) => {
                let place = self.place(&value);
                self.write_effect(&place, partly, false);
            }
            None => self.note(Class::Ambiguous, "fs.write.unknown", "writes to a path that cannot be read"),
        }
    }

    /// A file or directory is read or searched.
    pub(crate) fn tool_read(&mut self, path: &[u8]) {
        match path_value(path) {
            Some(value) => {
                self.read_effect(&value);
                let place = self.place(&value);
                if matches!(place.zone, Zone::Kernel) && place.path.ends_with("/environ") {
                    self.note(Class::Ambiguous, "secret.read", "reads a process's environment");
                }
            }
            None if path.is_empty() => {}
            None => self.note(Class::Ambiguous, "fs.read.unknown", "reads a path that cannot be read"),
        }
    }

    /// An address is fetched.
    pub(crate) fn tool_fetch(&mut self, body: &[u8]) {
        let text = String::from_utf8_lossy(&body[..body.len().min(8192)]);
        let address = text.trim();
        let host =
            address.strip_prefix("https://").map(|rest| rest.split(['/', '?', '#']).next().unwrap_or("")).unwrap_or("");
        let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
        let plain = !name.is_empty()
            && body.len() <= 2048
            && !host.contains('@')
            && name.contains('.')
            && name.chars().all(|character| character.is_ascii_alphanumeric() || ".-".contains(character))
            && !name.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
            && !name.ends_with(".internal")
            && !name.ends_with(".local")
            && redact(body).secrets == 0
            && address.split_once('?').is_none_or(|(_, query)| query.len() <= 256);
        if !self.asks_metadata(address) && !plain {
            self.find(
                Finding::new(Class::Ambiguous, "net.fetch", "fetches an address that is no plain public one")
                    .does(Operation::Network),
            );
        }
    }

    /// A tool of an MCP server.
    pub(crate) fn tool_mcp(&mut self, server: &str, tool: &str, body: &[u8]) {
        let words = name_words(tool);
        let looks = words.first().is_some_and(|first| LOOKS.contains(&first.as_str()))
            && !words.iter().any(|word| ACTS.contains(&word.as_str()));
        if !looks {
            self.note(Class::Ambiguous, "tool.mcp", format!("calls {tool} of {server}, which may change something"));
        }
        if server.contains("palisade") && !looks {
            self.note(Class::Catastrophic, "guard.change", "changes Palisade through a tool");
        }
        self.arguments(body);
    }

    /// A tool that is not known.
    pub(crate) fn tool_other(&mut self, tool: &str, body: &[u8]) {
        self.note(Class::Ambiguous, "tool.unknown", format!("uses the tool {tool}, which is not known"));
        self.arguments(body);
    }

    /// Looks at every string of the arguments.
    fn arguments(&mut self, body: &[u8]) {
        if body.is_empty() {
            return;
        }
        if body.len() > ARGUMENTS_MAX {
            self.note(Class::Ambiguous, "limit.arguments-too-long", "has arguments that are too long to read");
            return;
        }
        match serde_json::from_slice::<Json>(body) {
            Ok(json) => {
                let mut left = STRINGS_MAX;
                self.argument("", &json, 0, &mut left);
                let hidden = hidden(body);
                if !hidden.is_empty() {
                    self.note(
                        Class::Ambiguous,
                        "tool.malformed",
                        "has an argument twice, and readers differ in which one counts",
                    );
                }
                hidden.iter().for_each(|(key, text)| self.argument_text(key, text));
                if left == 0 {
                    self.note(Class::Ambiguous, "limit.arguments-too-long", "has too many arguments to read");
                }
            }
            Err(_) => self.note(Class::Ambiguous, "tool.malformed", "has arguments that are not JSON"),
        }
    }

    fn argument(&mut self, key: &str, json: &Json, depth: u32, left: &mut u32) {
        if *left == 0 {
            return;
        }
        if depth > DEPTH_MAX {
            *left = 0;
            return;
        }
        match json {
            Json::String(text) => {
                *left -= 1;
                self.argument_text(key, text);
            }
            Json::Array(items) => {
                let words: Option<Vec<&str>> = items.iter().map(Json::as_str).collect();
                if let Some(words) = words.filter(|words| is_command(key) && !words.is_empty()) {
                    let argv: Vec<Value> = words.into_iter().take(256).map(Value::text).collect();
                    self.argv(&argv, None);
                    *left -= 1;
                    return;
                }
                items.iter().for_each(|item| self.argument(key, item, depth + 1, left));
            }
            Json::Object(fields) => fields.iter().for_each(|(key, value)| self.argument(key, value, depth + 1, left)),
            _ => {}
        }
    }

    fn argument_text(&mut self, key: &str, text: &str) {
        if is_command(key) {
            self.script(text, None);
            return;
        }
        let lower = key.to_ascii_lowercase();
        if lower.contains("sql")
            || (is_question(&lower)
                && (begins_as_statement(text)
                    || ["/*", "--"].iter().any(|comment| text.trim_start().starts_with(comment))))
        {
            self.sql(text);
            return;
        }
        // Elsewhere it may be prose about a statement, so it is asked about and not taken for one.
        if begins_as_statement(text) && !text.trim_start().to_ascii_lowercase().starts_with("select") {
            self.note(Class::Ambiguous, "tool.statement", "has an argument that reads as a statement to a database");
        }
        if let [first, others @ ..] = code_languages(&lower) {
            self.foreign(first, text);
            // Code of one language is full of what another does not know; only what it surely does counts there.
            for other in others {
                let outer = std::mem::take(self.findings);
                self.foreign(other, text);
                let inner = std::mem::replace(self.findings, outer);
                for finding in inner.into_list().into_iter().filter(|finding| finding.class > Class::Ambiguous) {
                    self.find(finding);
                }
            }
        }
        let first: String = text.trim_start().chars().take_while(char::is_ascii_alphabetic).take(32).collect();
        if is_verb_key(&lower) && ACTS.contains(&first.to_ascii_lowercase().as_str()) {
            self.note(Class::Ambiguous, "tool.verb", format!("asks a tool to {}", first.to_ascii_lowercase()));
        }
        if let Some((alarm, _)) = palisade_language::scan::scan(text, palisade_language::scan::Mode::Strict) {
            self.note(Class::Ambiguous, alarm.rule(), format!("has an argument that {}", alarm.reason()));
        }
        if text.len() < 4096
            && (text.starts_with(['/', '~']) || lower.contains("path") || lower.contains("file"))
            && !text.contains('\n')
        {
            let value = path_value(text.as_bytes()).unwrap_or(Value::unknown(Origin::Input));
            self.read_effect(&value);
            let place = self.place(&value);
            if matches!(place.zone, Zone::Guard | Zone::Protected | Zone::Device) {
                self.find(
                    Finding::new(Class::Ambiguous, "tool.path", format!("names {}, which is guarded", place.path))
                        .to(place.path, true),
                );
            }
        }
    }
}

/// The words of `getFooBar`, `get_foo-bar`.
fn name_words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = vec![String::new()];
    let mut lower = false;
    for character in name.chars().take(256) {
        if !character.is_alphanumeric() || (character.is_uppercase() && lower) {
            words.push(String::new());
        }
        lower = character.is_lowercase();
        if character.is_alphanumeric()
            && let Some(last) = words.last_mut()
        {
            last.extend(character.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// A tool's path: no expansion but a leading `~`.
fn path_value(path: &[u8]) -> Option<Value> {
    let text = std::str::from_utf8(path).ok().filter(|text| !text.is_empty() && !text.contains('\0'))?;
    let text = text.strip_prefix("file://").unwrap_or(text);
    match text.strip_prefix('~').filter(|rest| rest.is_empty() || rest.starts_with('/')) {
        Some(rest) => {
            let mut value = Value::piece(palisade_language::words::Piece::Home);
            value.push_text(rest);
            Some(value)
        }
        None => Some(Value::text(text)),
    }
}
