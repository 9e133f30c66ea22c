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

/// Keys whose value is code in another language.
pub(super) fn is_code(key: &str) -> bool {
    matches!(key, "code" | "source_code" | "python" | "javascript" | "js" | "program" | "expression" | "snippet")
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
