//! Programs that take a command in a way of their own: as a text, behind words of theirs, or in their own small language.

use super::super::Machine;
use palisade_language::words::{Origin, Value};
use palisade_protocol::verdict::Class;

/// Options that take a command as one text, by program. An option's value may be its next word or stand behind `=`.
const TEXTS: &[(&str, &[&str])] = &[
    ("npx", &["-c", "--call"]),
    ("npm", &["-c", "--call"]),
    ("pnpx", &["-c"]),
    ("nix-shell", &["--run", "--command"]),
    ("sg", &["-c"]),
    ("nodemon", &["--exec", "-x"]),
    ("entr", &["-s"]),
    ("gcloud", &["--command"]),
    ("fly", &["-C", "--command"]),
    ("flyctl", &["-C", "--command"]),
    ("vagrant", &["-c", "--command"]),
    (
        "openvpn",
        &["--up", "--down", "--route-up", "--ipchange", "--client-connect", "--client-disconnect", "--tls-verify"],
    ),
    ("ansible", &["-a", "--args"]),
    ("fzf", &["--preview"]),
    ("sk", &["--preview", "-c", "--cmd"]),
    ("go", &["-exec", "--exec", "-toolexec", "--toolexec", "-vettool", "--vettool"]),
];

impl Machine<'_> {
    /// Follows the command that a program takes in its own way; `None` leaves the rest to what is known of the program.
    pub(super) fn wrapper(&mut self, name: &str, args: &[Value], input: &Option<Value>) -> Option<Value> {
        let module = |args: &[Value]| name == "ansible" && names_module(args);
        if let Some((_, options)) = TEXTS.iter().find(|(program, _)| *program == name).filter(|_| !module(args)) {
            for text in values(own_options(name, args), options) {
                self.script_value(&text, "exec.option");
                self.note(Class::Ambiguous, "exec.option", format!("has {name} run a command"));
            }
        }
        let words: Vec<String> = args.iter().map(|arg| arg.known().unwrap_or_default()).collect();
        let first = words.first().map_or("", String::as_str);
        let behind = |word: &str| words.iter().position(|one| one == word).and_then(|at| args.get(at + 1..));
        match (name, first) {
            ("mise" | "rtx", "exec" | "x") | ("asdf", "exec") | ("distrobox" | "toolbox", _) => {
                self.carried(args, input);
            }
            ("minikube", "kubectl") => {
                let line = behind("--").unwrap_or(&args[1..]);
                return Some(self.argv(&[std::slice::from_ref(&Value::text("kubectl")), line].concat(), input.clone()));
            }
            ("mix", "do") => return self.mix_do(&args[1..]),
            ("deno", "run") => return self.own_deno(&args[1..]),
            ("cargo", "watch") => {
                for text in values(args, &["-s", "--shell"]) {
                    self.script_value(&text, "exec.option");
                }
                for text in values(args, &["-x", "--exec"]).iter().filter_map(Value::known) {
                    self.script(&format!("cargo {text}"), None);
                    self.carried_text(&text);
                }
            }
            ("nix", "develop" | "shell" | "run") => {
                let command = behind("-c").or_else(|| behind("--command"));
                if let Some(rest) = command.filter(|rest| !rest.is_empty()) {
                    match rest {
                        [text] => self.script_value(text, "exec.option"),
                        rest => self.argv(rest, input.clone()),
                    };
                }
            }
            ("machinectl", "shell") | ("ip", "vrf" | "netns") | ("lxc" | "incus" | "multipass", "exec") => {
                self.carried(args.get(1..).unwrap_or(&[]), input);
            }
            ("heroku", "run" | "run:detached")
            | ("salt" | "pssh" | "parallel-ssh" | "pdsh" | "dsh" | "clush" | "mussh" | "orgalorg", _) => {
                self.joined(args)
            }
            ("watchexec" | "hyperfine" | "entr" | "expect", _) => {
                self.carried(args, input);
                if name == "expect" {
                    let texts = values(args, &["-c"]).iter().chain(input).filter_map(Value::known).collect::<Vec<_>>();
                    texts.iter().for_each(|text| self.expected(text));
                }
            }
            ("start-stop-daemon" | "daemonize" | "daemon", _) => self.daemon(args),
            ("gdb" | "lldb", _) => return self.debugger(args),
            ("apt" | "apt-get" | "aptitude" | "dpkg", _) => {
                for text in values(args, &["-o", "--option"]).iter().filter_map(Value::known) {
                    if let Some((option, command)) =
                        text.split_once('=').filter(|(option, _)| option.contains("Invoke"))
                    {
                        self.script(command, None);
                        self.note(Class::Ambiguous, "exec.option", format!("runs a command by {option}"));
                    }
                }
            }
            ("less" | "more" | "man", _) => {
                for word in words.iter().filter_map(|word| word.strip_prefix("+!").or_else(|| word.strip_prefix("+|")))
                {
                    self.script(word, None);
                    self.note(Class::Ambiguous, "exec.option", "runs a command from within a pager");
                }
            }
            ("yq" | "jq", _) if words.iter().any(|word| matches!(word.as_str(), "-i" | "--inplace" | "--in-place")) => {
                for file in args.iter().filter(|arg| !arg.prefix().starts_with('-')).skip(1) {
                    let place = self.place(file);
                    self.write_effect(&place, false, false);
                }
            }
            ("dc" | "ftp", _) => self.banged(input),
            ("fzf" | "sk", _) => {
                for text in words.iter().flat_map(|word| word.split(['(', ')', '+', ',', ':'])) {
                    if text.trim().contains(' ') {
                        self.hooked_script(text);
                    }
                }
            }
            ("exim" | "exim4" | "postconf", _) => {
                for text in words.iter().filter_map(|word| word.split_once("run{").map(|(_, rest)| rest)) {
                    self.hooked_script(text.split('}').next().unwrap_or(text));
                }
            }
            ("lftp", _) => self.lftp(&words, input),
            ("cmake", "-E") => {
                let rest = args.get(1..).unwrap_or(&[]);
                if self.cmake_tool(rest) {
                    return Some(Value::unknown(Origin::Output));
                }
            }
            ("rails", "runner" | "r")
            | ("manage.py", "shell" | "shell_plus")
            | ("artisan" | "drush", "tinker" | "php:eval") => {
                self.framework_code(name, args);
            }
            ("cargo", _) => {
                for text in values(args, &["--config"]).iter().filter_map(Value::known) {
                    if let Some((key, value)) = text.split_once('=')
                        && ["rustc", "wrapper", "runner", "linker", "rustdoc"].iter().any(|end| key.ends_with(end))
                    {
                        self.hooked_script(value.trim_matches(['"', '\'', ' ', '[', ']']));
                    }
                }
            }
            ("node" | "nodejs" | "ts-node" | "php" | "ruby" | "python" | "python3" | "perl", _) => {
                for word in words.iter().enumerate().filter_map(|(at, word)| {
                    let loads =
                        ["--require", "-r", "--import", "--loader", "--experimental-loader", "-d", "--env-file"];
                    let attached = word
                        .split_once('=')
                        .filter(|(option, _)| loads.contains(option))
                        .map(|(_, value)| value.to_owned());
                    let next = loads.contains(&word.as_str()).then(|| words.get(at + 1).cloned()).flatten();
                    attached.or(next)
                }) {
                    let path = word.rsplit('=').next().unwrap_or(&word).to_owned();
                    self.loads_library(name, &path);
                }
            }
            ("enable", "-f") => {
                let path = words.get(1).cloned().unwrap_or_default();
                self.loads_library("the shell", &path);
            }
            ("vim" | "vi" | "nvim" | "view" | "ex" | "ed" | "psql" | "mysql" | "mariadb" | "sqlite3", _) => {
                self.escaped(args, input);
            }
            _ => {}
        }
        None
    }

    /// Lines of a program's own language in which `!` begins a command of the shell.
    pub(in super::super) fn banged(&mut self, input: &Option<Value>) {
        for line in input.as_ref().and_then(Value::known).unwrap_or_default().lines().take(64) {
            if let Some(command) = line.trim_start().strip_prefix('!') {
                self.script(command, None);
                self.note(Class::Ambiguous, "exec.stdin", "runs a command of the shell");
            }
        }
    }

    /// Commands of an editor's or a database client's own language that run one of the shell.
    fn escaped(&mut self, args: &[Value], input: &Option<Value>) {
        let lines: Vec<String> = args.iter().chain(input).filter_map(Value::known).collect();
        for line in lines.iter().flat_map(|text| text.lines()).take(64) {
            let line = line.trim_start_matches(['+', ':', ' ']);
            let command = ["!", "\\! ", "\\!", ".shell ", ".system ", "system ", "silent !"]
                .iter()
                .find_map(|mark| line.strip_prefix(mark));
            if let Some(command) = command {
                self.hooked_script(command);
                self.note(Class::Ambiguous, "exec.option", "runs a command of the shell from within another program");
            }
        }
    }

    /// A program is made to load a file: one that anybody may have put there.
    pub(super) fn loads_library(&mut self, program: &str, path: &str) {
        let place = self.place(&Value::text(path));
        if path.contains('/') && matches!(place.zone, crate::paths::Zone::Temp) {
            let says = format!("makes {program} run or load {path}, which anybody may have put there");
            self.note(Class::Catastrophic, "exec.planted", says);
        }
    }

    /// Commands of lftp: what they delete over there, and what they send.
    fn lftp(&mut self, words: &[String], input: &Option<Value>) {
        let texts = words.iter().cloned().chain(input.iter().filter_map(Value::known));
        for text in texts.filter(|text| text.contains(' ')).collect::<Vec<_>>() {
            for command in text.split([';', '\n', '&']).map(str::trim) {
                let parts: Vec<&str> = command.split_whitespace().collect();
                let deletes = matches!(parts.first(), Some(&("rm" | "mrm" | "rmdir" | "glob")))
                    || parts.first() == Some(&"mirror")
                        && parts
                            .iter()
                            .any(|part| *part == "--delete" || *part == "-e" || *part == "--Remove-source-files");
                if deletes {
                    self.note(Class::Catastrophic, "sync.delete", "deletes on another host");
                }
                if matches!(parts.first(), Some(&("put" | "mput" | "mirror"))) {
                    for part in parts.iter().skip(1).filter(|part| part.contains('/')) {
                        let value = match part.strip_prefix("~/") {
                            Some(rest) => {
                                let mut value = Value::piece(palisade_language::words::Piece::Home);
                                value.push_text(&format!("/{rest}"));
                                value
                            }
                            None => Value::text(*part),
                        };
                        self.read_effect(&value);
                    }
                    self.sent = true;
                }
                if let Some(command) = command.strip_prefix('!') {
                    self.hooked_script(command);
                }
            }
        }
    }

    /// `cmake -E`: the tools that CMake brings along.
    fn cmake_tool(&mut self, args: &[Value]) -> bool {
        let verb = args.first().and_then(Value::known).unwrap_or_default();
        let rest = args.get(1..).unwrap_or(&[]);
        let mut line = match verb.as_str() {
            "remove_directory" | "rm" => vec![Value::text("rm"), Value::text("-rf")],
            "remove" => vec![Value::text("rm"), Value::text("-f")],
            "rename" => vec![Value::text("mv")],
            "copy" | "copy_directory" | "copy_if_different" => vec![Value::text("cp"), Value::text("-r")],
            "make_directory" => vec![Value::text("mkdir"), Value::text("-p")],
            "touch" | "echo" | "cat" | "sleep" | "true" | "false" => vec![Value::text(verb)],
            "env" | "time" => vec![Value::text("env")],
            _ => return false,
        };
        line.extend(rest.iter().filter(|arg| !arg.prefix().starts_with('-')).cloned());
        self.argv(&line, None);
        true
    }

    /// Code that a framework runs with the project's own models loaded: what it deletes is a database's.
    fn framework_code(&mut self, name: &str, args: &[Value]) {
        let language = match name {
            "rails" => "ruby",
            "manage.py" => "python3",
            _ => "php",
        };
        for text in args.iter().skip(1).filter_map(Value::known).filter(|text| text.contains(['.', ':', '('])) {
            let packed: String = text.chars().filter(|letter| !letter.is_whitespace()).collect();
            let all = [
                "delete_all",
                "destroy_all",
                "drop_database",
                "objects.all().delete()",
                "::truncate(",
                "->truncate(",
                "drop_table",
                "::query()->delete()",
                "purge",
            ];
            if all.iter().any(|part| packed.contains(part)) {
                self.note(Class::Catastrophic, "db.delete", "deletes everything that a model holds");
            } else if [".delete", ".destroy", "->delete", "update_all", ".update("]
                .iter()
                .any(|part| packed.contains(part))
            {
                self.note(Class::Destructive, "db.change", "changes a database");
            }
            self.foreign(language, &text);
        }
    }

    /// What a connection is handed to.
    pub(super) fn connected(&mut self, name: &str, args: &[Value]) {
        for text in values(args, &["-e", "-c", "--exec", "--sh-exec", "--lua-exec"]) {
            self.note(Class::Catastrophic, "net.shell", "gives whoever connects a program of this host");
            self.script_value(&text, "exec.option");
        }
        for text in args.iter().filter_map(Value::known).filter(|_| name == "socat") {
            let (kind, command) = text.split_once(':').unwrap_or((&text, ""));
            if kind.eq_ignore_ascii_case("exec")
                || kind.eq_ignore_ascii_case("system")
                || kind.eq_ignore_ascii_case("shell")
            {
                self.note(Class::Catastrophic, "net.shell", "gives whoever connects a program of this host");
                self.script(command.split(",pty").next().unwrap_or(command), None);
            }
        }
    }

    /// Operands that are joined to one command for another host.
    fn joined(&mut self, args: &[Value]) {
        let words = args.iter().filter_map(Value::known).filter(|word| !word.starts_with('-'));
        for text in words.filter(|word| word.contains(' ')).collect::<Vec<_>>() {
            self.script(&text, None);
        }
        self.carried(args, &None);
    }

    /// expect's own language: a word of it, then a command.
    fn expected(&mut self, text: &str) {
        for line in text.split(['\n', ';']).take(64) {
            let (word, rest) = line.trim().split_once(char::is_whitespace).unwrap_or((line, ""));
            if matches!(word, "spawn" | "exec" | "system" | "eval") {
                let command = rest.trim().trim_matches(['"', '{', '}']);
                self.script(command.trim_start_matches("-noecho "), None);
            }
        }
    }

    /// `start-stop-daemon --exec PROGRAM -- ARGUMENTS`
    fn daemon(&mut self, args: &[Value]) {
        let program = values(args, &["--exec", "-x", "--startas", "-a"]).into_iter().next();
        let rest = args.iter().position(|arg| arg.known().as_deref() == Some("--")).and_then(|at| args.get(at + 1..));
        match (program, rest) {
            (Some(program), Some(rest)) => {
                let mut line = vec![program];
                line.extend_from_slice(rest);
                self.argv(&line, None);
            }
            _ => self.carried(args, &None),
        }
    }
}

/// Whether Ansible's `-a` holds settings of a module and no command; what is put in by a template may still run one.
fn names_module(args: &[Value]) -> bool {
    let runs = |module: &Value| {
        let module = module.known().unwrap_or_default();
        matches!(
            module.rsplit('.').next(),
            None | Some("" | "command" | "shell" | "raw" | "script" | "expect" | "win_shell")
        )
    };
    let modules = values(args, &["-m", "--module-name"]);
    let plain =
        values(args, &["-a", "--args"]).iter().all(|text| text.known().is_some_and(|text| !text.contains("{{")));
    !modules.is_empty() && !modules.iter().any(runs) && plain
}

/// The options of a program that runs another one, and not those of that: `npx -c TEXT`, but `npx rollup -c`.
fn own_options<'a>(name: &str, args: &'a [Value]) -> &'a [Value] {
    if !matches!(name, "npx" | "pnpx" | "npm") {
        return args;
    }
    let mut at = 0;
    let mut verbs = if name == "npm" { 1 } else { 0 };
    while let Some(word) = args.get(at).map(Value::prefix) {
        let valued = matches!(word, "-p" | "--package" | "-w" | "--workspace" | "-c" | "--call");
        if word == "--" {
            break;
        } else if valued {
            at += 1;
        } else if !word.starts_with('-') {
            let runs = verbs == 1 && matches!(word, "exec" | "x");
            if !runs {
                break;
            }
            verbs = 0;
        }
        at += 1;
    }
    args.get(..at.min(args.len())).unwrap_or(args)
}

/// The values of options, attached by `=` or following.
fn values(args: &[Value], options: &[&str]) -> Vec<Value> {
    let mut out = Vec::new();
    for (at, arg) in args.iter().enumerate() {
        let text = arg.prefix();
        for option in options {
            if text == *option && arg.known().is_some() {
                out.extend(args.get(at + 1).cloned());
            } else if text.strip_prefix(option).is_some_and(|rest| rest.starts_with('=')) {
                out.push(crate::knowledge::tail(arg, option.len() + 1));
            }
        }
    }
    out.truncate(16);
    out
}
