//! The clients' own commands between statements: `\dt`, `.tables`, `source`. Some run programs, write files, or read more
//! statements from files.

use super::super::super::Machine;
use super::engine::Engine;
use super::lexer::{Reading, tokens};
use palisade_language::words::Value;
use palisade_protocol::verdict::Class;

/// psql's commands that only show something or format.
const SHOWS: &[&str] = &[
    "l",
    "q",
    "x",
    "timing",
    "conninfo",
    "pset",
    "a",
    "t",
    "T",
    "C",
    "f",
    "H",
    "encoding",
    "echo",
    "qecho",
    "warn",
    "set",
    "unset",
    "prompt",
    "z",
    "h",
    "help",
    "?",
    "copyright",
    "errverbose",
    "sf",
    "sv",
    "gdesc",
    "gx",
    "g",
    "G",
    "p",
    "r",
    "if",
    "else",
    "elif",
    "endif",
    "watch",
    "crosstabview",
    "bind",
    "parse",
    "s",
    "u",
    "c",
    "connect",
    "N",
    "n",
];

/// The same for sqlite3 and duckdb.
const LITE_SHOWS: &[&str] = &[
    "tables",
    "schema",
    "mode",
    "headers",
    "header",
    "quit",
    "exit",
    "width",
    "timer",
    "show",
    "databases",
    "indexes",
    "indices",
    "help",
    "dbinfo",
    "stats",
    "echo",
    "eqp",
    "explain",
    "nullvalue",
    "separator",
    "print",
    "bail",
    "changes",
    "fullschema",
    "limit",
    "lint",
    "prompt",
    "version",
    "dump",
    "maxrows",
    "columns",
    "rows",
    "scanstats",
    "vfsinfo",
    "vfslist",
    "vfsname",
    "progress",
    "timeout",
    "sha3sum",
    "selftest",
    "expert",
];

/// Commands in one text that are looked at.
const COMMANDS_MAX: usize = 32;
/// mysql's letters that take the rest of the line.
const ALL_LINE: &[char] = &['!', '.', 'T', 'P', 'e', 'd', 'u', 'r', 'C'];

impl Machine<'_> {
    /// Judges the client's own commands, and gives the text without them.
    pub(super) fn client_commands(&mut self, text: &str, engine: Engine) -> String {
        match engine {
            Engine::Postgres => self.backslashes(text, engine),
            Engine::Sqlite | Engine::DuckDb => self.dotted(text),
            Engine::MySql => {
                let text = self.backslashes(text, engine);
                self.words(&text)
            }
            Engine::Oracle | Engine::Cassandra | Engine::TSql | Engine::Hive | Engine::Snowflake => self.words(text),
            Engine::Unknown => {
                let text = self.backslashes(text, engine);
                self.dotted(&text)
            }
            _ => text.to_owned(),
        }
    }

    /// psql's and mysql's: a backslash outside of quotes, up to the end of the line. The text behind it is read anew, so that a
    /// quote in a command hides nothing that follows.
    fn backslashes(&mut self, text: &str, engine: Engine) -> String {
        let mut out = text.to_owned();
        if !text.contains('\\') {
            return out;
        }
        for (at, reading) in engine.readings(text).into_iter().enumerate() {
            let (mut from, mut kept, mut commands) = (0, String::new(), 0);
            while let Some(begin) = self.backslash_at(&text[from..], reading) {
                let begin = from + begin;
                let line = text[begin..].find('\n').map_or(text.len(), |end| begin + end);
                // mysql goes on with the statement behind a letter.
                let end = if engine == Engine::MySql
                    && !ALL_LINE.contains(&text[begin + 1..].chars().next().unwrap_or('!'))
                {
                    (begin + 2).min(line)
                } else {
                    line
                };
                kept.push_str(&text[from..begin]);
                kept.push_str(" ; ");
                from = end;
                commands += 1;
                if commands > COMMANDS_MAX || !text.is_char_boundary(end) {
                    self.unknown_command();
                    break;
                }
                for (index, command) in text[begin + 1..end].split('\\').enumerate() {
                    // `\\` only separates.
                    if index == 0 || !command.is_empty() {
                        self.backslash(command.trim(), engine);
                    }
                }
            }
            kept.push_str(text.get(from..).unwrap_or(""));
            if at == 0 {
                out = kept;
            }
        }
        out
    }

    /// Where the first backslash outside of quotes and comments stands.
    fn backslash_at(&mut self, text: &str, reading: Reading) -> Option<usize> {
        if !text.contains('\\') || !self.budget.take(text.len() * 2 + 8) {
            return None;
        }
        tokens(text, reading).iter().find(|token| token.is('\\')).map(|token| token.start)
    }

    fn backslash(&mut self, command: &str, engine: Engine) {
        let end = command.find(|character: char| character.is_whitespace()).unwrap_or(command.len());
        let (name, argument) = (&command[..end], command[end..].trim());
        let name = if name.starts_with('!') { "!" } else { name };
        match name {
            "!" => self.shelled(command.trim_start_matches('!')),
            "gexec" => self.note(Class::Destructive, "db.code", "runs the rows of a query as statements"),
            "g" | "gx" | "o" | "out" | "w" | "write" | "T" | "P"
                if !(argument.is_empty() || name == "T" && engine == Engine::Postgres) =>
            {
                match argument.strip_prefix('|') {
                    Some(program) => self.shelled(program),
                    None if name == "P" => self.shelled(argument),
                    None => self.client_writes(argument.trim_matches(['\'', ' '])),
                }
            }
            "o" | "out" | "P" => {}
            "copy" => self.backslash_copy(argument),
            "i" | "ir" | "include" | "include_relative" | "." => self.client_reads(argument),
            "e" | "ef" | "ev" | "edit" | "password" | "setenv" | "cd" | "lo_export" | "lo_import" | "lo_unlink"
            | "gset" => self.note(
                Class::Ambiguous,
                "exec.option",
                format!("uses the database client's command {name}, which may run or write something"),
            ),
            _ if name.starts_with('d') && engine != Engine::MySql => {}
            _ if SHOWS.contains(&name.trim_end_matches('+')) => {
                if argument.contains('`') {
                    self.shelled(argument.split('`').nth(1).unwrap_or(""));
                }
            }
            _ => self.unknown_command(),
        }
    }

    fn backslash_copy(&mut self, argument: &str) {
        let words: Vec<&str> = argument.split_whitespace().collect();
        let at = |word: &str| words.iter().rposition(|other| other.eq_ignore_ascii_case(word));
        if let Some(at) = at("program") {
            let command = words[at + 1..].join(" ");
            return self.shelled(command.trim_matches('\''));
        }
        if let Some(at) = at("to")
            && let Some(file) = words.get(at + 1)
        {
            if !matches!(file.to_ascii_lowercase().as_str(), "stdout" | "pstdout") {
                self.client_writes(file.trim_matches('\''));
            }
            return;
        }
        self.note(Class::Ambiguous, "db.copy", "copies between tables and files");
    }

    /// sqlite3's and duckdb's: a dot at the beginning of a line.
    fn dotted(&mut self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        for line in text.split_inclusive('\n') {
            let begin = line.trim_start();
            let dotted = begin.starts_with('.') && begin[1..].starts_with(|next: char| next.is_ascii_alphabetic());
            if !dotted {
                out.push_str(line);
                continue;
            }
            let line = begin.trim_end();
            let (name, argument) = line[1..].split_once(char::is_whitespace).unwrap_or((&line[1..], ""));
            let name = name.trim_end_matches(';');
            let first = argument.split_whitespace().next().unwrap_or("").trim_matches(['"', '\'']);
            match name {
                "shell" | "system" | "sh" => self.shelled(argument),
                "output" | "once" | "log" | "excel" | "save" | "backup" | "clone" | "trace" if !first.is_empty() => {
                    match argument.trim_matches(['"', '\'']).strip_prefix('|') {
                        Some(program) => self.shelled(program),
                        None if matches!(first, "stdout" | "stderr" | "off") => {}
                        None => self
                            .client_writes(argument.split_whitespace().last().unwrap_or("").trim_matches(['"', '\''])),
                    }
                }
                "output" | "once" | "log" | "trace" => {}
                "read" => self.client_reads(argument),
                "import" => match first.strip_prefix('|') {
                    Some(_) => self.shelled(argument.trim_matches(['"', '\'']).trim_start_matches('|')),
                    None => self.note(Class::Ambiguous, "db.copy", "copies between tables and files"),
                },
                "restore" => self.note(Class::Destructive, "db.restore", "replaces a database by another one"),
                "load" => self.note(Class::Destructive, "db.exec", "loads code into the database client"),
                "dump" if !argument.is_empty() => {}
                _ if LITE_SHOWS.contains(&name) => {}
                _ => self.unknown_command(),
            }
            out.push('\n');
        }
        out
    }

    /// Commands that are words: `source x.sql`, `tee f`, `system ls`, `host rm`, `@script`, `:!! cmd`, `!cmd`.
    fn words(&mut self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        for line in text.split_inclusive('\n') {
            let begin = line.trim_start();
            let (name, argument) =
                begin.trim_end().trim_end_matches(';').split_once(char::is_whitespace).unwrap_or((begin.trim(), ""));
            let argument = argument.trim();
            // Only where no statement is under way: else it is a name in one.
            if !(out.trim_end().is_empty() || out.trim_end().ends_with([';', '/'])) {
                out.push_str(line);
                continue;
            }
            match name.to_ascii_lowercase().as_str() {
                "source" | ":r" | "start"
                    if !argument.is_empty() && !argument.to_ascii_lowercase().starts_with("transaction") =>
                {
                    self.client_reads(argument)
                }
                "tee" | ":out" | ":error" | "spool" | "capture" => {
                    self.client_writes(argument.trim_matches(['"', '\'']))
                }
                "system" | "host" | "pager" | ":!!" | "\\!" | "ho" | "shell" | "!" => self.shelled(argument),
                "edit" | ":ed" | "delimiter" => self.unknown_command(),
                "nopager" | "notee" => {}
                other if other.starts_with('!') => self.shelled(&begin[1..]),
                other if other.starts_with('@') && !other.starts_with("@@") => {
                    self.client_reads(begin.trim_start_matches('@').trim())
                }
                _ => {
                    out.push_str(line);
                    continue;
                }
            }
            out.push('\n');
        }
        out
    }

    fn shelled(&mut self, command: &str) {
        self.script(command.trim(), None);
        self.note(Class::Ambiguous, "exec.option", "runs a program from the database client");
    }

    fn client_writes(&mut self, path: &str) {
        let place = self.place(&Value::text(path.trim_end_matches(';')));
        self.write_effect(&place, false, false);
    }

    fn client_reads(&mut self, path: &str) {
        self.note(
            Class::Ambiguous,
            "db.unread",
            format!("runs the statements of {}, which were not read", path.trim_end_matches(';')),
        );
    }

    fn unknown_command(&mut self) {
        self.note(Class::Ambiguous, "exec.option", "uses a command of the database client that is not known");
    }
}
