//! Clients of databases, and the statements in SQL that they are given.

use super::super::Machine;
use crate::findings::Finding;
use palisade_language::words::{Origin, Value};
use palisade_protocol::verdict::{Class, Operation};

impl Machine<'_> {
    /// A client of an SQL database: its statements, given or coming in.
    pub(super) fn database(&mut self, args: &[Value], input: &Option<Value>) -> Value {
        let mut statements: Vec<Value> = Vec::new();
        let mut at = 0;
        let mut operands = 0;
        let mut harmless = false;
        while let Some(arg) = args.get(at) {
            let text = arg.known().unwrap_or_else(|| arg.prefix().to_owned());
            at += 1;
            match text.as_str() {
                "-c" | "-e" | "--command" | "--execute" | "--query" | "-q" | "-Q" | "--eval" | "-cmd" => {
                    statements.extend(args.get(at).cloned());
                    at += 1;
                }
                "-f" | "--file" | "-i" => {
                    if let Some(file) = args.get(at) {
                        match self.content(file) {
                            Some(content) => statements.push(content),
                            None => self.note(
                                Class::Ambiguous,
                                "db.unread",
                                format!("runs the statements of {}, which were not read", file.display()),
                            ),
                        }
                    }
                    at += 1;
                }
                "-h" | "-p" | "-U" | "-d" | "-u" | "-P" | "-D" | "-H" | "-S" | "-v" | "--host" | "--port"
                | "--user" | "--username" | "--dbname" | "--database" | "-o" | "-F" => at += 1,
                "-l" | "--list" | "--version" | "--help" | "-V" => harmless = true,
                _ if text.starts_with("--command=") || text.starts_with("--execute=") => {
                    statements.push(crate::knowledge::tail(arg, 10))
                }
                _ if text.starts_with("-c") || text.starts_with("-e") && !text.starts_with("--") => {
                    statements.push(crate::knowledge::tail(arg, 2))
                }
                _ if text.starts_with('-') => {}
                _ => {
                    operands += 1;
                    // sqlite3 FILE STATEMENT
                    if operands > 1 && text.contains(' ') {
                        statements.push(arg.clone());
                    }
                }
            }
        }
        if statements.is_empty() {
            statements.extend(input.clone());
        }
        if statements.is_empty() && !harmless {
            self.note(Class::Ambiguous, "db.interactive", "opens a database session");
        }
        for statement in &statements {
            match statement.known() {
                Some(text) => self.sql(&text),
                None => {
                    self.sql(&statement.display());
                    self.note(Class::Ambiguous, "db.unknown", "runs statements that are not all known");
                }
            }
        }
        Value::unknown(Origin::Output)
    }

    /// SQL: comments and literals removed, the statements' verbs looked at.
    pub(in crate::interpret) fn sql(&mut self, text: &str) {
        if !self.budget.take(text.len() + 8) {
            return;
        }
        let bare = bare_sql(text);
        for statement in bare.split(';') {
            let words: Vec<&str> = statement
                .split(|character: char| {
                    !(character.is_alphanumeric()
                        || character == '_'
                        || character == '\\'
                        || character == '!'
                        || character == '.'
                        || character == '=')
                })
                .filter(|word| !word.is_empty())
                .collect();
            let Some(first) = words.first() else { continue };
            let has = |word: &str| words.contains(&word);
            let (class, rule, says): (Class, &'static str, &str) = match *first {
                "drop" if has("database") || has("schema") || has("keyspace") || has("table") || has("tablespace") => {
                    (Class::Catastrophic, "db.drop", "drops data for good")
                }
                "drop" => (Class::Destructive, "db.drop", "drops a part of a database"),
                "truncate" => (Class::Catastrophic, "db.truncate", "empties a table"),
                "delete" if has("where") && !always_true(&words) => (Class::Destructive, "db.delete", "deletes rows"),
                "delete" => (Class::Catastrophic, "db.delete", "deletes every row"),
                "update" if has("where") && !always_true(&words) => (Class::Destructive, "db.update", "changes rows"),
                "update" => (Class::Catastrophic, "db.update", "changes every row"),
                "alter" if has("drop") => (Class::Catastrophic, "db.drop", "drops a column or more"),
                "alter" | "grant" | "revoke" | "create" | "rename" | "comment" | "reindex" | "cluster" | "vacuum"
                | "set" | "reset" | "lock" | "call" | "do" | "exec" | "execute" | "load" | "replace" | "merge"
                | "import" | "kill" | "shutdown" | "purge" | "flush" | "attach" | "detach" => {
                    (Class::Ambiguous, "db.change", "changes a database")
                }
                "insert" => (Class::Ambiguous, "db.insert", "adds rows"),
                "copy" if has("program") => (Class::Catastrophic, "db.exec", "runs a program on the database's host"),
                "copy" | "\\copy" => (Class::Ambiguous, "db.copy", "copies between tables and files"),
                _ if first.starts_with("\\!") => {
                    (Class::Ambiguous, "exec.option", "runs a program from the database client")
                }
                "select" | "with" if has("into") && (has("outfile") || has("dumpfile")) => {
                    (Class::Destructive, "db.file", "writes a file on the database's host")
                }
                "with" if has("delete") || has("update") || has("insert") => {
                    (Class::Destructive, "db.change", "changes rows")
                }
                "select"
                    if words.iter().any(|word| {
                        matches!(
                            *word,
                            "pg_terminate_backend"
                                | "lo_import"
                                | "lo_export"
                                | "pg_read_file"
                                | "load_file"
                                | "pg_ls_dir"
                                | "dblink"
                                | "load_extension"
                                | "pg_drop_replication_slot"
                                | "sys_exec"
                                | "sys_eval"
                        )
                    }) =>
                {
                    (Class::Destructive, "db.function", "calls a function that reaches beyond the data")
                }
                "explain" if has("analyze") && (has("delete") || has("update") || has("insert")) => {
                    (Class::Destructive, "db.change", "runs the statement that it explains")
                }
                "select" | "explain" | "show" | "describe" | "desc" | "use" | "begin" | "commit" | "rollback"
                | "start" | "values" | "with" | "table" | "pragma" | "analyze" | "help" | "end" | "savepoint" => {
                    continue;
                }
                _ if first.starts_with("\\d")
                    || matches!(
                        *first,
                        "\\l"
                            | "\\dt"
                            | "\\q"
                            | "\\x"
                            | "\\c"
                            | "\\timing"
                            | ".tables"
                            | ".schema"
                            | ".mode"
                            | ".headers"
                    ) =>
                {
                    continue;
                }
                "xp_cmdshell" => (Class::Catastrophic, "db.exec", "runs a program on the database's host"),
                _ => (Class::Ambiguous, "db.unknown", "runs a statement that is not known"),
            };
            let class = if has("xp_cmdshell") { Class::Catastrophic } else { class };
            self.find(Finding::new(class, rule, says).does(Operation::Delete));
        }
    }
}

/// Lower case, without comments, string literals and quoted names' quotes.
fn bare_sql(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        match chars[at] {
            '\'' => {
                at += 1;
                while at < chars.len() {
                    if chars[at] == '\'' {
                        if chars.get(at + 1) != Some(&'\'') {
                            break;
                        }
                        at += 1;
                    }
                    at += 1;
                }
                out.push_str(" lit ");
            }
            '-' if chars.get(at + 1) == Some(&'-') => {
                while at < chars.len() && chars[at] != '\n' {
                    at += 1;
                }
                out.push(' ');
            }
            '/' if chars.get(at + 1) == Some(&'*') => {
                // MySQL runs what stands in `/*! … */`.
                let executable = chars.get(at + 2) == Some(&'!');
                at += 2 + usize::from(executable);
                if executable {
                    out.push(' ');
                    continue;
                }
                while at < chars.len() && !(chars[at] == '*' && chars.get(at + 1) == Some(&'/')) {
                    at += 1;
                }
                at += 1;
                out.push(' ');
            }
            '"' | '`' => out.push(' '),
            other => out.extend(other.to_lowercase()),
        }
        at += 1;
    }
    out
}

/// `where 1=1`, `where true`.
fn always_true(words: &[&str]) -> bool {
    let Some(at) = words.iter().position(|word| *word == "where") else { return false };
    matches!(words.get(at + 1..), Some(["true" | "1" | "1=1" | "lit=lit", ..]))
        || matches!(words.get(at + 1..), Some(["1", "=", "1", ..] | ["lit", "=", "lit", ..]))
        || words.windows(2).any(|two| two[0] == "or" && matches!(two[1], "1=1" | "true" | "1"))
}
