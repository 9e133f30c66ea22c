//! Programs that read code in another language: which they are, and where on their command line the code stands.
//!
//! No language is parsed here. Code counts as harmless only if every name in it is on a short list; code that deletes, writes,
//! runs or connects is judged with the strings that stand in it. What is neither is asked about.

mod editors;
mod foreign;
mod names;
mod sql;
mod stores;

use super::Machine;
use palisade_language::words::{Origin, Value};
use palisade_protocol::verdict::Class;

impl Machine<'_> {
    /// Interpreters, stream editors, and clients of databases.
    pub(super) fn code(&mut self, name: &str, args: &[Value], input: &Option<Value>) -> Option<Value> {
        let language = name.trim_end_matches(|character: char| character.is_ascii_digit() || character == '.');
        match language {
            "python" | "pypy" | "ipython" => Some(self.interpreter(name, args, input, &["-c"], &["-W", "-X", "-Q"])),
            "node" | "nodejs" | "bun" | "tsx" | "ts-node"
                if name != "bun" || args.first().and_then(Value::known).as_deref() == Some("-e") =>
            {
                Some(self.interpreter(
                    name,
                    args,
                    input,
                    &["-e", "--eval", "-p", "--print", "-pe"],
                    &["-r", "--require", "--import"],
                ))
            }
            "perl" | "ruby" | "lua" | "luajit" | "Rscript" | "R" | "julia" | "elixir" | "raku" | "osascript"
            | "groovy" | "scala" | "tclsh" | "racket" | "guile" => Some(self.interpreter(
                name,
                args,
                input,
                &[
                    "-e", "-E", "-ne", "-pe", "-le", "-lne", "-ane", "-nE", "-lane", "-0777ne", "-pi", "-pie", "-i",
                    "-rne", "-0pe",
                ],
                &["-I", "-M", "-m", "-r"],
            )),
            "php" => Some(self.interpreter(name, args, input, &["-r", "-R", "-B", "-E"], &["-d", "-c"])),
            "pwsh" | "powershell" => {
                Some(self.interpreter(name, args, input, &["-c", "-Command", "-command", "-EncodedCommand"], &[]))
            }
            "awk" | "gawk" | "mawk" | "nawk" | "original-awk" => Some(self.awk(args, input)),
            "sed" | "gsed" => Some(self.sed(args, input)),
            "psql" | "mysql" | "mariadb" | "sqlite" | "cqlsh" | "sqlcmd" | "duckdb" | "clickhouse-client"
            | "cockroach" | "usql" | "mycli" | "pgcli" | "snowsql" | "trino" | "presto" | "beeline" | "hive"
            | "sqlplus" => Some(self.database(args, input)),
            "mongosh" | "mongo" => Some(self.mongo(args, input)),
            "redis-cli" | "valkey-cli" | "keydb-cli" => Some(self.redis(args, input)),
            _ => None,
        }
    }

    fn interpreter(
        &mut self,
        name: &str,
        args: &[Value],
        input: &Option<Value>,
        code_flags: &[&str],
        value_flags: &[&str],
    ) -> Value {
        let mut at = 0;
        let mut in_place = false;
        let mut found = false;
        while let Some(arg) = args.get(at) {
            let text = arg.known().unwrap_or_else(|| arg.prefix().to_owned());
            at += 1;
            if matches!(text.as_str(), "--version" | "-V" | "-v" | "--help" | "-version") && args.len() == 1 {
                return Value::unknown(Origin::Output);
            }
            if code_flags.contains(&text.as_str())
                || (name == "perl" && text.starts_with('-') && !text.starts_with("--") && text.ends_with(['e', 'E']))
            {
                in_place |= text.starts_with("-pi") || text == "-i" || (name == "perl" && text.contains('i'));
                if text == "-pi" || text == "-i" {
                    continue;
                }
                if let Some(code) = args.get(at) {
                    at += 1;
                    found = true;
                    match code.known() {
                        Some(code) => self.foreign(name, &code),
                        None => {
                            self.script_value(&Value::unknown(code.origin().unwrap_or(Origin::Mixed)), "exec.code");
                        }
                    }
                }
                continue;
            }
            if text == "-m" && name.starts_with("py") {
                return self.python_module(&args[at..], input);
            }
            if text == "-" || text == "/dev/stdin" {
                break;
            }
            if value_flags.contains(&text.as_str()) {
                at += 1;
                continue;
            }
            if text.starts_with('-') {
                in_place |= text.starts_with("-i") && (name == "perl" || name == "ruby");
                continue;
            }
            if found {
                if in_place {
                    let place = self.place(arg);
                    self.write_effect(&place, false, false);
                } else {
                    self.read_effect(arg);
                }
                continue;
            }
            // A script file.
            match self.content(arg) {
                Some(content) => match content.known() {
                    Some(code) => self.foreign(name, &code),
                    None => {
                        self.script_value(&content, "exec.written");
                    }
                },
                None => self.note(
                    Class::Ambiguous,
                    "program.unread",
                    format!("runs the program {}, which was not read", arg.display()),
                ),
            }
            return Value::unknown(Origin::Output);
        }
        if !found {
            match input {
                Some(input) => match input.known() {
                    Some(code) => self.foreign(name, &code),
                    None => {
                        self.script_value(input, "exec.stdin");
                    }
                },
                None => self.note(Class::Ambiguous, "exec.interactive", format!("starts {name}, which reads code")),
            }
        }
        let origin = input.as_ref().and_then(Value::origin).filter(|_| found);
        Value::unknown(origin.unwrap_or(Origin::Output))
    }

    fn python_module(&mut self, args: &[Value], input: &Option<Value>) -> Value {
        let module = args.first().and_then(Value::known).unwrap_or_default();
        match module.as_str() {
            "json.tool" | "pytest" | "unittest" | "venv" | "timeit" | "this" | "site" | "sysconfig" | "platform"
            | "mypy" | "black" | "ruff" | "isort" | "flake8" | "pylint" | "compileall" | "py_compile" | "doctest"
            | "coverage" | "build" | "tokenize" | "ast" | "dis" | "calendar" | "base64" | "zipfile" | "tarfile"
            | "cProfile" | "pdb_help" | "tox" | "nox" | "sphinx" | "mkdocs" => {
                Value::unknown(input.as_ref().and_then(Value::origin).unwrap_or(Origin::Output))
            }
            "pip" | "pipx" | "uv" => self.argv(args, input.clone()),
            "" => Value::unknown(Origin::Output),
            other => {
                self.note(Class::Ambiguous, "program.unread", format!("runs the module {other}, which was not read"));
                Value::unknown(Origin::Output)
            }
        }
    }
}
