//! What a tool's argument is, by its key and its first words.

/// Keys whose value is a command.
pub(super) fn is_command(key: &str) -> bool {
    matches!(
        key.to_ascii_lowercase().as_str(),
        "command"
            | "cmd"
            | "script"
            | "shell"
            | "shell_command"
            | "bash"
            | "commands"
            | "argv"
            | "commandline"
            | "command_line"
    )
}

/// Keys whose value is asked of a database, if it reads as a statement.
pub(super) fn is_question(key: &str) -> bool {
    key.contains("query") || key.contains("statement") || key == "q"
}

/// The languages that a value may be code in, by its key: each of them is read where the key does not say.
pub(super) fn code_languages(key: &str) -> &'static [&'static str] {
    match key {
        "python" | "python_code" | "py" => &["python"],
        "javascript" | "js" | "typescript" | "ts" | "node" | "javascript_code" => &["node"],
        "ruby" => &["ruby"],
        "perl" => &["perl"],
        "php" => &["php"],
        "code" | "source_code" | "program" | "expression" | "snippet" => &["python", "node"],
        _ => &[],
    }
}

/// Keys whose value begins with what is to be done.
pub(super) fn is_verb_key(key: &str) -> bool {
    matches!(
        key,
        "args"
            | "arguments"
            | "params"
            | "flags"
            | "options"
            | "action"
            | "operation"
            | "op"
            | "method"
            | "verb"
            | "mode"
    )
}

/// Whether a text has the shape of an SQL statement, by its first words.
pub(super) fn begins_as_statement(text: &str) -> bool {
    let lower = text.trim_start_matches(|character: char| !character.is_alphabetic()).get(..4096.min(text.len()));
    let lower = lower.unwrap_or(text).to_ascii_lowercase();
    let words: Vec<&str> = lower
        .split(|character: char| !character.is_alphanumeric() && character != '_')
        .filter(|word| !word.is_empty())
        .collect();
    let then = |options: &[&str]| words.iter().skip(1).take(4).any(|word| options.contains(word));
    match words.first().copied().unwrap_or("") {
        "select" => true,
        "delete" => then(&["from"]),
        "insert" | "replace" | "merge" => then(&["into"]),
        "update" => words.iter().skip(1).take(8).any(|word| *word == "set"),
        "drop" | "alter" | "create" => then(&[
            "table",
            "database",
            "schema",
            "index",
            "view",
            "user",
            "role",
            "column",
            "function",
            "trigger",
            "keyspace",
            "sequence",
            "type",
            "extension",
            "tablespace",
        ]),
        "truncate" => words.len() < 8,
        "grant" | "revoke" => words.iter().any(|word| matches!(*word, "on" | "to" | "from")),
        "copy" => then(&["from", "to"]),
        "with" => {
            words.contains(&"as") && words.iter().any(|word| matches!(*word, "delete" | "update" | "insert" | "select"))
        }
        _ => false,
    }
}

/// Texts under keys that an object has more than once: one reader takes the first of them, the next one the last. `json` has
/// been found to be well-formed.
pub(super) fn hidden(json: &[u8]) -> Vec<(String, String)> {
    let (mut open, mut twice): (Vec<Vec<String>>, Vec<String>) = (Vec::new(), Vec::new());
    let mut texts: Vec<(String, String)> = Vec::new();
    let mut key = String::new();
    let mut at = 0;
    while at < json.len() {
        match json[at] {
            b'"' => {
                let end = string_end(json, at);
                let text: String = serde_json::from_slice(&json[at..end]).unwrap_or_default();
                at = end;
                if json[end..].iter().find(|byte| !byte.is_ascii_whitespace()) != Some(&b':') {
                    texts.push((key.clone(), text));
                    continue;
                }
                if let Some(keys) = open.last_mut() {
                    if keys.contains(&text) {
                        twice.push(text.clone());
                    } else if keys.len() < KEYS_MAX {
                        keys.push(text.clone());
                    }
                }
                key = text;
                continue;
            }
            b'{' => open.push(Vec::new()),
            b'}' => drop(open.pop()),
            _ => {}
        }
        at += 1;
    }
    texts.retain(|(key, _)| twice.contains(key));
    texts.truncate(KEYS_MAX);
    texts
}

/// Keys of one object that are compared, and texts that are looked at.
const KEYS_MAX: usize = 64;

fn string_end(json: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while at < json.len() {
        match json[at] {
            b'\\' => at += 1,
            b'"' => return at + 1,
            _ => {}
        }
        at += 1;
    }
    json.len()
}

#[cfg(test)]
mod tests {
    use super::hidden;

    #[test]
    fn a_key_that_is_there_twice_hides_nothing() {
        let texts = |json: &str| hidden(json.as_bytes()).into_iter().map(|(_, text)| text).collect::<Vec<_>>();
        assert_eq!(texts(r#"{"a":"x","a":"y"}"#), ["x", "y"]);
        assert_eq!(texts(r#"{"a":"x","\u0061" : "y"}"#), ["x", "y"]);
        assert!(texts(r#"{"o":{"a":"x"},"p":{"a":"y"},"s":["a","a","a:"],"b":"a"}"#).is_empty());
    }
}
