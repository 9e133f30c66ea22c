//! Statements in SQL, and the commands of clients between them.

use super::super::Machine;
use crate::findings::Finding;
use palisade_protocol::verdict::{Class, Operation};

impl Machine<'_> {
    /// SQL: comments and literals removed, the statements' verbs looked at.
    pub(in crate::interpret) fn sql(&mut self, text: &str) {
        if !self.budget.take(text.len() + 8) {
            return;
        }
        let (bare, odd) = bare_sql(text);
        if odd {
            self.note(Class::Ambiguous, "db.unknown", "runs statements that databases read in several ways");
        }
        self.client_lines(&bare);
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
                "select" if has("into") && !has("outfile") && !has("dumpfile") => {
                    (Class::Ambiguous, "db.change", "makes a table of what it selects")
                }
                "pragma" if statement.contains('=') => (Class::Ambiguous, "db.change", "changes a database's settings"),
                "select" | "with" if has("into") && (has("outfile") || has("dumpfile")) => {
                    (Class::Destructive, "db.file", "writes a file on the database's host")
                }
                "with" if has("delete") || has("update") || has("insert") => {
                    (Class::Destructive, "db.change", "changes rows")
                }
                "select" | "with" | "values" | "explain" | "table"
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
                                | "edit"
                                | "writefile"
                                | "readfile"
                                | "fts3_tokenizer"
                                | "lo_put"
                                | "lo_from_bytea"
                                | "dblink_exec"
                                | "query_to_xml"
                                | "set_config"
                                | "setval"
                                | "pg_cancel_backend"
                                | "pg_reload_conf"
                                | "pg_rotate_logfile"
                                | "pg_read_binary_file"
                                | "pg_file_write"
                                | "pg_logical_emit_message"
                                | "openrowset"
                                | "opendatasource"
                                | "read_csv"
                                | "system"
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

    /// The client's own commands, a line each: `.tables`, `\\dt`. Others run programs and write files.
    fn client_lines(&mut self, bare: &str) {
        let known = |word: &str| {
            word.starts_with("\\d")
                || matches!(
                    word,
                    "\\l"
                        | "\\q"
                        | "\\x"
                        | "\\c"
                        | "\\timing"
                        | "\\conninfo"
                        | "\\l+"
                        | ".tables"
                        | ".schema"
                        | ".mode"
                        | ".headers"
                        | ".header"
                        | ".dump"
                        | ".indexes"
                        | ".databases"
                        | ".quit"
                        | ".exit"
                        | ".width"
                        | ".timer"
                        | ".show"
                )
        };
        for line in bare.lines() {
            let line = line.trim_start();
            let word = line.split(|character: char| character.is_whitespace() || character == ';').next().unwrap_or("");
            let own = line.starts_with(['.', '\\']);
            if own && !known(word) || line.get(1..).is_some_and(|rest| rest.contains('\\')) || line.contains(";.") {
                self.note(Class::Ambiguous, "exec.option", "uses a command of the database client that is not known");
            }
        }
    }
}

/// Lower case, without comments, string literals and quoted names' quotes; and whether databases differ in how they read it,
/// so that a literal to one could hold statements to another.
fn bare_sql(text: &str) -> (String, bool) {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut odd = text.contains("$$");
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
                    odd |= chars[at] == '\\';
                    at += 1;
                }
                out.push_str(" lit ");
            }
            quote @ ('"' | '`') => {
                out.push(' ');
                at += 1;
                while at < chars.len() && chars[at] != quote {
                    odd |= chars[at] == '\\';
                    let plain = chars[at].is_alphanumeric() || chars[at] == '_';
                    out.extend(if plain { chars[at] } else { ' ' }.to_lowercase());
                    at += 1;
                }
                out.push(' ');
            }
            '-' if chars.get(at + 1) == Some(&'-') => {
                odd |= chars.get(at + 2).is_some_and(|next| !next.is_whitespace());
                while at < chars.len() && chars[at] != '\n' {
                    at += 1;
                }
                out.push('\n');
            }
            '/' if chars.get(at + 1) == Some(&'*') => {
                // MySQL runs what stands in `/*! … */`.
                let executable = matches!(chars.get(at + 2), Some('!' | 'M'));
                at += 2 + usize::from(executable);
                if executable {
                    out.push(' ');
                    continue;
                }
                while at < chars.len() && !(chars[at] == '*' && chars.get(at + 1) == Some(&'/')) {
                    // Some databases nest comments.
                    odd |= chars[at] == '/' && chars.get(at + 1) == Some(&'*');
                    at += 1;
                }
                at += 1;
                out.push(' ');
            }
            '#' => {
                odd = true;
                out.push(' ');
            }
            other => out.extend(other.to_lowercase()),
        }
        at += 1;
    }
    (out, odd)
}

/// `where 1=1`, `where true`.
fn always_true(words: &[&str]) -> bool {
    let Some(at) = words.iter().position(|word| *word == "where") else { return false };
    matches!(words.get(at + 1..), Some(["true" | "1" | "1=1" | "lit=lit", ..]))
        || matches!(words.get(at + 1..), Some(["1", "=", "1", ..] | ["lit", "=", "lit", ..]))
        || words.windows(2).any(|two| two[0] == "or" && matches!(two[1], "1=1" | "true" | "1"))
}
