//! Command lines of clients of SQL databases: where the statements stand, and which options are harmless.

use super::super::Machine;
use palisade_language::words::{Origin, Value};
use palisade_protocol::verdict::Class;

/// Options without a value, over the clients.
const PLAIN: &[&str] = &[
    "-A",
    "-t",
    "-x",
    "-X",
    "-q",
    "-1",
    "-a",
    "-b",
    "-e",
    "-E",
    "-n",
    "-s",
    "-w",
    "-W",
    "-z",
    "-0",
    "-N",
    "-B",
    "-r",
    "-f",
    "-l",
    "--csv",
    "--no-psqlrc",
    "--tuples-only",
    "--no-align",
    "--expanded",
    "--quiet",
    "--single-transaction",
    "--echo-all",
    "--no-password",
    "--batch",
    "--silent",
    "--skip-column-names",
    "--table",
    "--vertical",
    "--raw",
    "--force",
    "--ssl",
    "--compress",
    "--no-auto-rehash",
    "--list",
    "--insecure",
];
/// Options with a value that is a name or a number.
const VALUED: &[&str] = &[
    "-h",
    "-p",
    "-U",
    "-d",
    "-u",
    "-P",
    "-D",
    "-S",
    "-v",
    "-F",
    "-R",
    "--host",
    "--port",
    "--user",
    "--username",
    "--dbname",
    "--database",
    "--password",
    "--set",
    "--variable",
    "--field-separator",
    "--record-separator",
    "--pset",
    "--protocol",
    "--socket",
    "--default-character-set",
    "--connect-timeout",
    "--ssl-mode",
    "--url",
    "--format",
];
const LITE: &[&str] = &[
    "header", "noheader", "csv", "json", "column", "line", "list", "html", "box", "markdown", "table", "tabs", "quote",
    "readonly", "bail", "batch", "safe", "ascii", "stats", "echo",
];
const LITE_VALUED: &[&str] = &["separator", "nullvalue", "newline"];

impl Machine<'_> {
    /// A client of an SQL database: its statements, given or coming in. An option that is on no list may run a program, log
    /// to a file or read another configuration.
    pub(super) fn database(&mut self, name: &str, args: &[Value], input: &Option<Value>) -> Value {
        let mut statements: Vec<Value> = Vec::new();
        let mut at = 0;
        let mut operands = 0;
        let mut harmless = false;
        let lite = name.starts_with("sqlite") || name.starts_with("duckdb");
        let my = matches!(name, "mysql" | "mariadb" | "mycli");
        while let Some(arg) = args.get(at) {
            let text = arg.known().unwrap_or_else(|| arg.prefix().to_owned());
            at += 1;
            let option = text.split('=').next().unwrap_or("");
            let attached = option.len() < text.len();
            match text.as_str() {
                "-l" | "--list" | "--version" | "--help" | "-V" | "-version" | "-help" if args.len() == 1 => {
                    harmless = true
                }
                "-c" | "-e" | "--command" | "--execute" | "--query" | "-q" | "-Q" | "--eval" | "-cmd" | "--cmd"
                    if !(name == "psql" && matches!(text.as_str(), "-e" | "-q")) =>
                {
                    statements.extend(args.get(at).cloned());
                    at += 1;
                }
                "-f" | "--file" | "-i" | "-init" | "--init" if !(my && text == "-f") => {
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
                "-p" if my => {}
                _ if PLAIN.contains(&text.as_str()) || lite && LITE.contains(&text.trim_start_matches('-')) => {}
                _ if VALUED.contains(&option) || lite && LITE_VALUED.contains(&text.trim_start_matches('-')) => {
                    at += usize::from(!attached);
                }
                "--command" | "--execute" => {}
                _ if matches!(option, "--command" | "--execute") => statements.push(crate::knowledge::tail(arg, 10)),
                _ if text.starts_with('-') && !text.starts_with("--") && text.len() > 2 && !lite => {
                    match text.as_bytes().get(1) {
                        Some(b'c') => statements.push(crate::knowledge::tail(arg, 2)),
                        Some(b'e') if my => statements.push(crate::knowledge::tail(arg, 2)),
                        Some(b'h' | b'p' | b'U' | b'd' | b'u' | b'P' | b'D' | b'S' | b'v' | b'F') => {}
                        // Letters without a value, and perhaps one at the end that is followed by statements.
                        _ if text[1..].bytes().all(|letter| b"AtxXqaEnswWzNBs".contains(&letter)) => {}
                        _ if text.as_bytes()[1..text.len() - 1]
                            .iter()
                            .all(|letter| b"AtxXqanswNB".contains(letter))
                            && text.ends_with(['c', 'e']) =>
                        {
                            statements.extend(args.get(at).cloned());
                            at += 1;
                        }
                        _ => self.unlisted(name, &text),
                    }
                }
                _ if text.starts_with('-') && text.len() > 1 => self.unlisted(name, &text),
                _ => {
                    operands += 1;
                    // sqlite3 FILE STATEMENT
                    if operands > 1 && (lite || text.contains(' ')) {
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

    pub(super) fn unlisted(&mut self, name: &str, option: &str) {
        let option = option.split('=').next().unwrap_or("");
        self.note(
            Class::Ambiguous,
            "exec.option",
            format!("gives {name} the option {option}, which may run or write something"),
        );
    }
}
