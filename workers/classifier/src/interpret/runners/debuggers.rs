//! Debuggers: their own commands, given on the command line. What only looks at a program of the project or at what it left behind is
//! followed; a debugger that is handed a running process, a script, or a command that calls or changes something is asked about.

use super::super::Machine;
use palisade_language::words::{Origin, Value};

/// First words of commands that show something, or that start and stop the program that is debugged.
const SHOWS: &[&str] = &[
    "bt",
    "backtrace",
    "where",
    "info",
    "i",
    "frame",
    "f",
    "up",
    "down",
    "list",
    "l",
    "disassemble",
    "disas",
    "ptype",
    "whatis",
    "quit",
    "q",
    "show",
    "thread",
    "break",
    "b",
    "tbreak",
    "run",
    "r",
    "start",
    "continue",
    "c",
    "next",
    "n",
    "step",
    "s",
    "finish",
    "image",
    "register",
    "breakpoint",
    "process",
    "target",
    "settings",
    "help",
    "x",
    "print",
    "p",
    "set",
    "version",
    "display",
    "kill",
    "k",
    "delete",
    "watch",
    "catch",
    "starti",
    "rwatch",
    "v",
    "po",
    "source-list",
];

/// What `set` may change: how things are shown.
const SETTINGS: &[&str] =
    &["pagination", "confirm", "print", "width", "height", "disassembly-flavor", "style", "listsize"];

/// Options without a value, and with one that is a name or a number.
const PLAIN: &[&str] = &[
    "-batch",
    "--batch",
    "-q",
    "-quiet",
    "--quiet",
    "-silent",
    "-nx",
    "--nx",
    "-n",
    "-nh",
    "-b",
    "--no-lldbinit",
    "--batch-silent",
    "-return-child-result",
    "--return-child-result",
    "--version",
    "-readnow",
    "-X",
];
const VALUED: &[&str] = &["-ex", "-eval-command", "--eval-command", "-o", "--one-line", "-k", "--one-line-on-crash"];
const FILES: &[&str] = &["-c", "-core", "--core", "-s", "-e", "-se", "--symbols", "--exec", "-f", "--file"];

impl Machine<'_> {
    /// `gdb -batch -ex COMMAND… PROGRAM CORE`; `None` leaves the rest to what is known of the program.
    pub(super) fn debugger(&mut self, args: &[Value]) -> Option<Value> {
        let mut harmless = true;
        let mut batch = false;
        let mut program: Option<Vec<Value>> = None;
        let mut runs = false;
        let mut at = 0;
        while let Some(arg) = args.get(at) {
            let text = arg.known().unwrap_or_else(|| arg.prefix().to_owned());
            harmless &= arg.known().is_some();
            at += 1;
            batch |= matches!(text.as_str(), "-batch" | "--batch" | "-b" | "--batch-silent");
            if matches!(text.as_str(), "--args" | "-args" | "--") {
                program = Some(args[at..].to_vec()).filter(|line| !line.is_empty());
                break;
            } else if PLAIN.contains(&text.as_str()) {
            } else if VALUED.contains(&text.as_str()) || text == "-iex" {
                let command = args.get(at).and_then(Value::known).unwrap_or_default();
                at += 1;
                if let Some(command) = command.strip_prefix('!').or_else(|| command.strip_prefix("shell ")) {
                    self.script(command, None);
                }
                harmless &= shows(&command);
                runs |= matches!(command.split_whitespace().next(), Some("run" | "r" | "start" | "process" | "starti"));
            } else if FILES.contains(&text.as_str()) {
                if let Some(file) = args.get(at) {
                    self.read_effect(file);
                    at += 1;
                }
            } else if text.starts_with('-') {
                harmless = false;
            } else if program.is_none() {
                // What stands behind it is a core, or the number of a process to enter.
                program = Some(vec![arg.clone()]);
            } else {
                harmless &= !text.bytes().all(|byte| byte.is_ascii_digit());
            }
        }
        if (runs || args.iter().any(|arg| arg.known().as_deref() == Some("--args")))
            && let Some(line) = &program
        {
            self.argv(line, None);
        }
        (harmless && batch && program.is_some()).then(|| Value::unknown(Origin::Output))
    }
}

/// Whether a debugger's command shows something: no expression in it calls a function or assigns.
fn shows(command: &str) -> bool {
    let command = command.trim();
    if let Some(rest) = command.strip_prefix("thread apply ") {
        let behind = rest.split_once(' ').map_or("", |(_, command)| command);
        return shows(behind.trim_start_matches("-- "));
    }
    let inner = command;
    let mut words = inner.split_whitespace();
    let first = words.next().unwrap_or("").split('/').next().unwrap_or("");
    let plain = !inner.contains(['(', '=', '!', '|', '`', ';', '$', '>', '"']);
    let second = words.next();
    let allowed = match first {
        "set" => second.is_some_and(|name| SETTINGS.contains(&name)),
        "target" => matches!(second, Some("list" | "modules" | "core")),
        "process" => matches!(second, Some("launch" | "status")),
        "thread" => second
            .is_none_or(|word| matches!(word, "list" | "backtrace" | "info" | "select") || word.parse::<u32>().is_ok()),
        "frame" | "f" => second.is_none_or(|word| word != "apply"),
        "breakpoint" => matches!(second, Some("list" | "set")),
        "settings" => matches!(second, Some("list" | "show")),
        "register" => second == Some("read"),
        _ => true,
    };
    plain && allowed && SHOWS.contains(&first)
}

#[cfg(test)]
mod tests {
    use super::shows;

    #[test]
    fn what_calls_or_changes_something_does_not_only_show() {
        for command in
            ["bt full", "thread apply all bt", "info registers", "p argv", "x/10i main", "set pagination off"]
        {
            assert!(shows(command), "{command}");
        }
        for command in [
            "thread apply 1 shell id",
            "frame apply all shell id",
            "register write rax 1",
            "p system(\"id\")",
            "call f()",
            "shell id",
            "!id",
            "set var x = 1",
            "python import os",
            "source a.py",
            "attach 1",
        ] {
            assert!(!shows(command), "{command}");
        }
    }
}
