//! `python3 -m MODULE`: a module of the standard library is a program of its own.

use super::super::Machine;
use crate::paths::Zone;
use palisade_language::words::{Origin, Value};
use palisade_protocol::verdict::Class;

/// A module that is as well known as a program of the same name.
fn is_tool(module: &str) -> bool {
    const FAMILIES: [&str; 6] =
        ["linters", "test-runners", "dev-programs", "packages-languages", "compilers", "database-migrations"];
    palisade_knowledge::page(module).is_some_and(|page| FAMILIES.contains(&page.family.name))
}

impl Machine<'_> {
    pub(super) fn python_module(&mut self, args: &[Value], input: &Option<Value>) -> Value {
        let module = args.first().and_then(Value::known).unwrap_or_default();
        let rest = args.get(1..).unwrap_or(&[]);
        let through = Value::unknown(input.as_ref().and_then(Value::origin).unwrap_or(Origin::Output));
        match module.as_str() {
            "cProfile" | "profile" | "trace" | "pdb" | "doctest" | "pyinstrument" | "kernprof" | "memory_profiler"
            | "scalene" => {
                self.profiled(rest);
            }
            "unittest" | "this" | "site" | "sysconfig" | "platform" | "calendar" | "build" => {}
            "ast" | "dis" | "tokenize" | "base64" | "compileall" | "py_compile" => {
                return self.reads(&operands(rest), through);
            }
            // Programs that are as well known by their own names.
            "pip" | "pipx" | "uv" | "pytest" | "mypy" | "black" | "ruff" | "isort" | "flake8" | "pylint" | "tox"
            | "nox" | "virtualenv" => return self.argv(args, input.clone()),
            "coverage" => return self.coverage(rest, input),
            "timeit" => self.timeit(rest),
            "venv" => {
                let clears = rest.iter().any(|arg| arg.prefix().starts_with("--c"));
                for directory in operands(rest) {
                    let place = self.place(&directory);
                    if clears {
                        self.delete_effect(&place, true);
                    }
                    self.write_effect(&place, false, false);
                }
            }
            "http.server" => self.serves_files(rest),
            "json.tool" => {
                let files = operands(rest);
                let files: Vec<Value> = files.into_iter().filter(|file| !is_number(file)).collect();
                self.writes(files.get(1..).unwrap_or(&[]));
                return self.reads(files.get(..1).unwrap_or(&[]), through);
            }
            "zipfile" | "tarfile" => {
                let extracts = rest.iter().any(|arg| {
                    let text = arg.prefix();
                    text.starts_with("-e") || text.starts_with("--e")
                });
                let lists =
                    rest.iter().any(|arg| matches!(arg.known().as_deref(), Some("-l" | "--list" | "-t" | "--test")));
                let files = operands(rest);
                if extracts {
                    let here = [Value::text("./x")];
                    self.writes(files.get(1..).filter(|to| !to.is_empty()).unwrap_or(&here));
                } else if !lists {
                    self.writes(files.get(..1).unwrap_or(&[]));
                    return self.reads(files.get(1..).unwrap_or(&[]), through);
                }
            }
            "pydoc" => {}
            known if is_tool(known) => return self.argv(args, input.clone()),
            "" => self.note(Class::Ambiguous, "program.unread", "runs a module whose name is not known"),
            other
                if other.contains('.') && self.runs_unread(&Value::text(format!("{}.py", other.replace('.', "/")))) => {
            }
            other => {
                self.note(Class::Ambiguous, "program.unread", format!("runs the module {other}, which was not read"));
            }
        }
        through
    }

    /// `http.server` shows a directory to whoever can reach the port: to everybody, unless it is bound to this host.
    fn serves_files(&mut self, args: &[Value]) {
        let after = |names: [&str; 2]| {
            args.iter().position(|arg| arg.known().is_some_and(|text| names.contains(&text.as_str()))).map(|at| at + 1)
        };
        let directory = after(["-d", "--directory"]).and_then(|at| args.get(at)).cloned();
        let place = self.place(&directory.unwrap_or(Value::text(".")));
        let host = after(["-b", "--bind"]).and_then(|at| args.get(at)).and_then(Value::known);
        if !matches!(place.zone, Zone::Workspace | Zone::WorkspaceRoot | Zone::Temp | Zone::OwnTemp) {
            self.note(Class::Catastrophic, "net.tunnel", format!("shows {} to everybody on the network", place.path));
        } else if !matches!(host.as_deref(), Some("127.0.0.1" | "localhost" | "::1")) {
            self.note(Class::Ambiguous, "net.tunnel", "shows the project's files to everybody on the network");
        }
    }

    /// A script of the project behind the options of what measures it.
    fn profiled(&mut self, args: &[Value]) {
        let mut at = 0;
        while let Some(text) = args.get(at).and_then(Value::known).filter(|text| text.starts_with('-')) {
            at += 1;
            match text.as_str() {
                "-o" | "--outfile" | "-C" | "--coverdir" | "-f" | "--file" => {
                    self.writes(args.get(at..at + 1).unwrap_or(&[]));
                    at += 1;
                }
                "-s" | "-c" => {
                    if text == "-c" {
                        self.note(Class::Ambiguous, "code.unknown", "debugs by commands");
                    }
                    at += 1;
                }
                "-m" => {
                    self.python_module(args.get(at..).unwrap_or(&[]), &None);
                    return;
                }
                _ => {}
            }
        }
        for file in args.get(at..at + 1).unwrap_or(&[]) {
            if !self.runs_unread(&file.clone()) {
                self.note(Class::Ambiguous, "program.unread", "runs a program, which was not read");
            }
        }
    }

    /// `coverage run` runs a program; its other words only report.
    pub(super) fn coverage(&mut self, args: &[Value], input: &Option<Value>) -> Value {
        let words: Vec<String> = args.iter().map(Value::display).collect();
        if words.first().is_some_and(|verb| verb == "run") {
            return match words.iter().position(|word| word == "-m") {
                Some(at) => self.python_module(&args[at + 1..], input),
                None => {
                    self.profiled(&args[1..]);
                    Value::unknown(Origin::Output)
                }
            };
        }
        if !words.first().is_some_and(|verb| {
            matches!(verb.as_str(), "report" | "combine" | "html" | "xml" | "json" | "lcov" | "help" | "--version")
        }) {
            self.note(Class::Ambiguous, "program.subcommand", "uses coverage in a way that is not known");
        }
        if let Some(at) = words.iter().position(|word| matches!(word.as_str(), "-o" | "-d" | "--directory")) {
            self.writes(args.get(at + 1..at + 2).unwrap_or(&[]));
        }
        Value::unknown(Origin::Output)
    }

    /// Every operand of `timeit` is code, and so is its setup.
    fn timeit(&mut self, args: &[Value]) {
        let mut at = 0;
        while let Some(arg) = args.get(at) {
            let text = arg.known().unwrap_or_else(|| arg.prefix().to_owned());
            at += 1;
            let code = match text.as_str() {
                "-n" | "-r" | "-u" | "--number" | "--repeat" | "--unit" => {
                    at += 1;
                    continue;
                }
                "-p" | "-v" | "--process" | "--verbose" | "--" => continue,
                "-s" | "--setup" => {
                    at += 1;
                    args.get(at - 1).cloned().unwrap_or_default()
                }
                _ if text.starts_with("--setup=") => crate::knowledge::tail(arg, 8),
                _ if text.starts_with("-s") => crate::knowledge::tail(arg, 2),
                _ => arg.clone(),
            };
            match code.known() {
                Some(code) => {
                    self.foreign("python", &code);
                }
                None => self.note(Class::Ambiguous, "code.unknown", "times code that is not known"),
            }
        }
    }

    fn writes(&mut self, files: &[Value]) {
        for file in files {
            let place = self.place(file);
            self.write_effect(&place, false, false);
        }
    }

    fn reads(&mut self, files: &[Value], through: Value) -> Value {
        let origin = files.iter().fold(through.origin(), |origin, file| origin.max(self.read_effect(file).origin()));
        Value::unknown(origin.unwrap_or(Origin::Output))
    }
}

/// The words that are no options.
fn operands(args: &[Value]) -> Vec<Value> {
    args.iter().filter(|arg| !arg.prefix().starts_with('-')).cloned().collect()
}

fn is_number(value: &Value) -> bool {
    value.known().is_some_and(|text| text.bytes().all(|byte| byte.is_ascii_digit()))
}
