//! A piece of code in another language: cut into tokens, its constants followed, each call judged by a table of what functions
//! do. Code is harmless only if every function that it calls, and every module that it loads, is known to be.

mod calls;
mod constants;
mod expressions;
mod imports;
mod language;
mod lexer;
mod on_files;
mod on_network;
mod on_processes;
mod on_values;
mod postfix;
mod pure;
mod reader;
mod table;
mod thing;
mod values;

pub(super) use constants::decode_bytes;

use super::super::Machine;
use language::Language;
use palisade_language::words::{Origin, Value};
use palisade_protocol::verdict::Class;
use reader::Reader;

/// What reading costs a byte, in units of the budget.
const BYTE_COST: usize = 6;

impl Machine<'_> {
    /// Code of another language; what it prints.
    pub(in crate::interpret) fn foreign(&mut self, interpreter: &str, code: &str) -> Value {
        if !self.budget.take(code.len() * BYTE_COST + 64) {
            return Value::unknown(Origin::Mixed);
        }
        self.code_alarms(interpreter, code);
        let Some(language) = Language::of(interpreter) else {
            self.unread_language(interpreter, code);
            return Value::unknown(Origin::Output);
        };
        if self.depth + 4 >= palisade_language::limits::DEPTH_MAX {
            self.note(Class::Ambiguous, "limit.nesting", "nests scripts too deep to follow");
            return Value::unknown(Origin::Mixed);
        }
        self.depth += 1;
        let nested = std::mem::replace(&mut self.nested, true);
        let mut reader = Reader::new(self, language, interpreter, code);
        reader.run();
        let Reader { unknown, doubt, origin, endless, forked, connects, redirects, .. } = reader;
        self.nested = nested;
        self.depth -= 1;
        if forked && endless {
            self.note(Class::Catastrophic, "resource.fork-bomb", "starts processes without end");
        }
        if endless
            && ![
                "break", "sleep", "return", "exit", "input", "read", "accept", "recv", "next", "await", "Timeout",
                "last", "gets", "die",
            ]
            .iter()
            .any(|word| code.contains(word))
        {
            let grows = ["push", "alloc", "append", "+=", "extend", "concat", "repeat", "<<", "x=", ".="]
                .iter()
                .any(|word| code.contains(word));
            match grows {
                true => self.note(Class::Destructive, "resource.memory", "takes up memory without end"),
                false => self.note(Class::Ambiguous, "resource.processor", "runs without end"),
            }
        }
        if connects && redirects {
            self.note(Class::Catastrophic, "remote.exec.code", "runs what comes from another host");
        }
        if connects && self.secret_read {
            self.sent = true;
        }
        if acts_on_palisade(code) {
            self.note(Class::Catastrophic, "guard.stop", "acts on Palisade itself");
        }
        if !unknown.is_empty() {
            let what = unknown.join(", ");
            let message = format!("runs {interpreter} code whose effects are not all known: {what}");
            self.note(Class::Ambiguous, "code.unknown", message);
        } else if doubt {
            let message = format!("runs {interpreter} code that can be read in more than one way");
            self.note(Class::Ambiguous, "code.unknown", message);
        }
        Value::unknown(origin)
    }

    /// Code in a language that is not read here: its strings are looked at as commands, and it is asked about unless it
    /// consists of nothing but a printed constant.
    fn unread_language(&mut self, interpreter: &str, code: &str) {
        if interpreter.starts_with("tcl") || interpreter == "wish" || interpreter == "expect" {
            self.tcl(code);
        }
        self.unread_deeds(code);
        for quote in ['"', '\''] {
            for text in code.split(quote).skip(1).step_by(2).take(16) {
                if let Some((alarm, _)) = palisade_language::scan::scan(text, palisade_language::scan::Mode::Wary) {
                    self.note(Class::Destructive, alarm.rule(), alarm.reason());
                }
            }
        }
        if let Some((alarm, _)) = palisade_language::scan::scan(code, palisade_language::scan::Mode::Wary) {
            self.note(Class::Destructive, alarm.rule(), alarm.reason());
        }
        let words: Vec<&str> = code
            .split(|character: char| !(character.is_alphanumeric() || character == '_'))
            .filter(|word| !word.is_empty() && !word.bytes().all(|byte| byte.is_ascii_digit()))
            .collect();
        let prints = ["puts", "print", "println", "display", "say", "expr", "string", "length"];
        let quoted = code.contains(['[', '`', '$', '|', '(', '{', ';', '\n']);
        if quoted || !words.first().is_some_and(|first| prints.contains(first)) {
            self.note(
                Class::Ambiguous,
                "code.unknown",
                format!("runs {interpreter} code whose effects are not all known"),
            );
        }
    }
}

impl Machine<'_> {
    /// What code of a language that is not read runs or deletes, as far as its texts spell it out.
    fn unread_deeds(&mut self, code: &str) {
        const RUNS: [&str; 12] = [
            "system", "shell", "cmd", "command", "exec", "process", "spawn", "popen", "run", "/sh ", "(sh ", "Process",
        ];
        const DELETES: [&str; 10] = [
            "delete-directory",
            "delete-file",
            "delete-tree",
            "deleteRecursively",
            "delete_directory",
            "deltree",
            "removeDir",
            "Files.delete",
            "del_dir",
            "removeTree",
        ];
        let texts = super::alarms::literals(code);
        if RUNS.iter().any(|word| code.contains(word)) {
            let words: Vec<Value> = texts.iter().map(|text| super::tcl::path_value(text)).collect();
            self.carried(&words, &None);
        }
        if DELETES.iter().any(|word| code.contains(word)) {
            for text in texts.iter().filter(|text| text.starts_with(['/', '~', '.'])) {
                let place = self.place(&super::tcl::path_value(text));
                self.delete_effect(&place, true);
            }
        }
    }
}

/// Code that names Palisade beside something that stops, deletes or changes.
fn acts_on_palisade(code: &str) -> bool {
    let lower = code.to_ascii_lowercase();
    lower.contains("palisade")
        && [
            "kill",
            "remove",
            "unlink",
            "rmtree",
            "terminate",
            "signal",
            "delete",
            "'w'",
            "\"w\"",
            "write",
            "chmod",
            "rename",
        ]
        .iter()
        .any(|word| lower.contains(word))
        && ["/palisade", "palisaded", "palisade.", "palisade'", "palisade\"", "palisade-"]
            .iter()
            .any(|word| lower.contains(word))
        && !lower.contains("palisade/src")
}

/// Whether a text is likely a statement to a database.
fn looks_like_sql(text: &str) -> bool {
    let first = text.trim_start().split(|character: char| !character.is_ascii_alphabetic()).next().unwrap_or("");
    [
        "select", "insert", "update", "delete", "drop", "create", "alter", "truncate", "with", "pragma", "grant",
        "revoke", "begin", "commit", "vacuum", "explain", "show", "replace", "merge", "attach", "set", "call", "copy",
        "values",
    ]
    .contains(&first.to_ascii_lowercase().as_str())
        && text.trim().contains(char::is_whitespace)
}

/// A connection that is no network's: a database in a file.
fn pure_database(path: &str, value: &Value) -> bool {
    path.starts_with("sqlite3.") || path.starts_with("duckdb.") || value.known().as_deref() == Some(":memory:")
}
