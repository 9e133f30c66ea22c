//! Claude Code's user settings: one `PreToolUse` entry for every tool, which blocks when it fails.

use super::HOOK;
use crate::failure::Failure;
use serde::Serialize;
use serde_json::ser::PrettyFormatter;
use serde_json::{Map, Serializer, Value, json};
use std::path::{Path, PathBuf};

/// The longest time that Claude Code gives a hook, in seconds. The client answers long before.
const TIMEOUT: u32 = 600;

/// `$CLAUDE_CONFIG_DIR/settings.json`, or `~/.claude/settings.json`.
pub(super) fn settings_file() -> Result<PathBuf, Failure> {
    let variable = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let dir = match (variable("CLAUDE_CONFIG_DIR"), variable("HOME")) {
        (Some(dir), _) => dir,
        (None, Some(home)) => home.join(".claude"),
        (None, None) => {
            return Err(Failure::configuration("HOME is not set to an absolute path: whose Claude Code is meant?"));
        }
    };
    Ok(dir.join("settings.json"))
}

/// The settings with our entry, and everything else as it was. Unchanged text where the entry is there already.
pub(super) fn with(text: Option<&str>, program: &Path, state: Option<&Path>) -> Result<String, Failure> {
    let original = text.unwrap_or("{}\n");
    let mut settings = parse(original)?;
    let before = settings.clone();
    let entries = entries(&mut settings)?;
    let ours = entry(program, state)?;
    let places: Vec<usize> = entries.iter().enumerate().filter(|(_, entry)| is_ours(entry)).map(|(at, _)| at).collect();
    match places.split_first() {
        None => entries.push(ours),
        Some((first, doubles)) => {
            entries[*first] = ours;
            for at in doubles.iter().rev() {
                entries.remove(*at);
            }
        }
    }
    if text.is_some() && settings == before {
        return Ok(original.to_owned());
    }
    written(&settings, original)
}

/// The settings without our entry; none where nothing is left and nothing was there before us.
pub(super) fn without(text: Option<&str>) -> Result<Option<String>, Failure> {
    let Some(original) = text else { return Ok(None) };
    let mut settings = parse(original)?;
    let Some(entries) =
        settings.get_mut("hooks").and_then(|hooks| hooks.get_mut("PreToolUse")).and_then(Value::as_array_mut)
    else {
        return Ok(Some(original.to_owned()));
    };
    let count = entries.len();
    entries.retain(|entry| !is_ours(entry));
    if entries.len() == count {
        return Ok(Some(original.to_owned()));
    }
    let emptied = entries.is_empty();
    if let Some(hooks) = settings.get_mut("hooks").and_then(Value::as_object_mut).filter(|_| emptied) {
        hooks.shift_remove("PreToolUse");
        if hooks.is_empty() {
            settings.shift_remove("hooks");
        }
    }
    if settings.is_empty() { Ok(None) } else { written(&settings, original).map(Some) }
}

fn parse(text: &str) -> Result<Map<String, Value>, Failure> {
    match serde_json::from_str(text) {
        Ok(Value::Object(settings)) => Ok(settings),
        Ok(_) => Err(Failure::configuration("the settings are not a JSON object: mend them first")),
        Err(why) => Err(Failure::configuration(format!(
            "the settings are not valid JSON, line {} column {}: mend them first (comments are not JSON)",
            why.line(),
            why.column()
        ))),
    }
}

fn entries(settings: &mut Map<String, Value>) -> Result<&mut Vec<Value>, Failure> {
    let wrong =
        |name: &str, kind: &str| Failure::configuration(format!("{name} in the settings is not {kind}: mend it first"));
    let hooks = settings.entry("hooks").or_insert_with(|| json!({}));
    let hooks = hooks.as_object_mut().ok_or_else(|| wrong("hooks", "an object"))?;
    let entries = hooks.entry("PreToolUse").or_insert_with(|| json!([]));
    entries.as_array_mut().ok_or_else(|| wrong("hooks.PreToolUse", "a list"))
}

fn entry(program: &Path, state: Option<&Path>) -> Result<Value, Failure> {
    let text = |path: &Path| {
        let text = path.to_str().map(str::to_owned);
        text.ok_or_else(|| Failure::configuration(format!("{} is not UTF-8, which JSON cannot say", path.display())))
    };
    let mut words = Vec::new();
    if let Some(dir) = state {
        let dir = std::path::absolute(dir).map_err(|why| Failure::file(dir, &why))?;
        words.extend(["--state".to_owned(), text(&dir)?]);
    }
    words.push("claude-code".to_owned());
    Ok(json!({
        "matcher": "*",
        "hooks": [{
            "type": "command", "command": text(program)?, "args": words, "timeout": TIMEOUT, "onFailure": "block",
        }],
    }))
}

/// An entry whose only hook starts our client, wherever it lies. An entry that somebody else added to is not ours to replace.
fn is_ours(entry: &Value) -> bool {
    let hooks = entry.get("hooks").and_then(Value::as_array);
    let command = hooks.filter(|hooks| hooks.len() == 1).and_then(|hooks| hooks[0].get("command")?.as_str());
    command.is_some_and(|command| Path::new(command).file_name().is_some_and(|name| name == HOOK))
}

/// The settings in the style of the text that they came from: its indentation, and its last line's end.
fn written(settings: &Map<String, Value>, style: &str) -> Result<String, Failure> {
    let indent = style.lines().find_map(|line| {
        let width = line.len() - line.trim_start_matches([' ', '\t']).len();
        (width > 0 && width < line.len()).then(|| &line[..width])
    });
    let mut out = Vec::new();
    let formatter = PrettyFormatter::with_indent(indent.unwrap_or("  ").as_bytes());
    settings
        .serialize(&mut Serializer::with_formatter(&mut out, formatter))
        .map_err(|why| Failure::failed(format!("the settings cannot be written: {why}")))?;
    if style.ends_with('\n') {
        out.push(b'\n');
    }
    String::from_utf8(out).map_err(|why| Failure::failed(why.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROGRAM: &str = "/opt/palisade/bin/palisade-hook";

    fn wired(text: Option<&str>) -> String {
        with(text, Path::new(PROGRAM), None).unwrap()
    }

    #[test]
    fn a_new_file_holds_our_entry_and_nothing_else() {
        let settings: Value = serde_json::from_str(&wired(None)).unwrap();
        assert_eq!(
            settings,
            json!({"hooks": {"PreToolUse": [{"matcher": "*", "hooks": [{
                "type": "command", "command": PROGRAM, "args": ["claude-code"], "timeout": 600, "onFailure": "block"}]}]}})
        );
        assert_eq!(without(Some(&wired(None))).unwrap(), None);
    }

    #[test]
    fn foreign_hooks_and_the_order_of_everything_stay() {
        let text = "{\n\t\"zebra\": 1,\n\t\"hooks\": {\n\t\t\"Stop\": [],\n\t\t\"PreToolUse\": [\n\t\t\t{\n\t\t\t\t\"matcher\": \"Bash\",\n\t\t\t\t\"hooks\": [\n\t\t\t\t\t{\n\t\t\t\t\t\t\"type\": \"command\",\n\t\t\t\t\t\t\"command\": \"theirs\"\n\t\t\t\t\t}\n\t\t\t\t]\n\t\t\t}\n\t\t]\n\t},\n\t\"apple\": 2.50\n}\n";
        let after = wired(Some(text));
        assert!(after.starts_with("{\n\t\"zebra\": 1,\n\t\"hooks\": {\n\t\t\"Stop\": [],"), "{after}");
        assert!(after.contains("theirs") && after.ends_with("\t\"apple\": 2.5\n}\n"), "{after}");
        assert_eq!(without(Some(&after)).unwrap().unwrap(), text.replace("2.50", "2.5"));
    }

    #[test]
    fn a_second_time_changes_nothing_and_a_moved_program_is_followed() {
        let once = wired(Some("{\"a\":1}"));
        assert_eq!(wired(Some(&once)), once);
        let moved = with(Some(&once), Path::new("/elsewhere/palisade-hook"), Some(Path::new("/s"))).unwrap();
        assert!(!moved.contains("/opt/") && moved.contains("/elsewhere/palisade-hook") && moved.contains("--state"));
        assert_eq!(moved.matches("onFailure").count(), 1);
    }

    #[test]
    fn what_is_not_as_expected_is_refused() {
        for text in ["", "[]", "{\"a\":1,}", "{// no\n}", "{\"hooks\":[]}", "{\"hooks\":{\"PreToolUse\":{}}}"] {
            assert!(with(Some(text), Path::new(PROGRAM), None).is_err(), "{text}");
        }
    }

    #[test]
    fn removing_what_is_not_there_changes_nothing() {
        for text in ["{}", "{ \"hooks\" : {} }", "{\"hooks\":{\"PreToolUse\":[{\"hooks\":[{\"command\":\"x\"}]}]}}"] {
            assert_eq!(without(Some(text)).unwrap().as_deref(), Some(text));
        }
    }
}
