//! Programs: what the knowledge base says about them, applied to their arguments.

use super::Machine;
use super::runners::Discard;
use crate::findings::Finding;
use crate::knowledge::{has_subcommands, knows, read_line};
use crate::paths::Zone;
use palisade_knowledge::{Entry, Operands, Taken};
use palisade_language::words::{Origin, Piece, Value};
use palisade_protocol::verdict::{Class, Operation};

/// Directories whose programs are the ones that their names say.
const PROGRAM_DIRECTORIES: &[&str] = &[
    "/bin",
    "/usr/bin",
    "/sbin",
    "/usr/sbin",
    "/usr/local/bin",
    "/usr/local/sbin",
    "/opt/homebrew/bin",
    "/usr/games",
    "/snap/bin",
];
const PROJECT_DIRECTORIES: &[&str] =
    &["node_modules/.bin", ".venv/bin", "venv/bin", "vendor/bin", "bin", "env/bin", "."];

/// Programs that a project brings along in its own tree.
const OWN_PROGRAMS: &[&str] = &["gradlew", "mvnw", "rails", "rake", "configure", "manage.py"];

/// Programs whose output is names from the project.
const LISTS_FILES: &[&str] = &["find", "fd", "ls", "git", "rg", "grep", "tree", "fdfind", "locate"];
/// Programs whose output comes from another host.
const FETCHES: &[&str] = &[
    "lynx",
    "w3m",
    "links",
    "elinks",
    "nc",
    "ncat",
    "netcat",
    "socat",
    "telnet",
    "dig",
    "host",
    "nslookup",
    "drill",
    "gsutil",
    "s3cmd",
    "ftp",
    "lftp",
    "tftp",
    "http",
    "https",
    "xh",
    "axel",
    "ipfs",
    "websocat",
    "GET",
    "lwp-request",
    "aria2c",
];

/// Programs whose output is a number or a name without slashes and blanks.
const GIVES_WORD: &[&str] = &[
    "date",
    "nproc",
    "wc",
    "id",
    "whoami",
    "uname",
    "hostname",
    "pgrep",
    "pidof",
    "seq",
    "uuidgen",
    "stat",
    "expr",
    "getconf",
    "arch",
    "cksum",
    "md5sum",
    "sha256sum",
    "tput",
    "jobs",
];

/// Programs that change things, and that without an argument only show them.
const SHOWS_ALONE: &[&str] =
    &["mount", "systemctl", "nmcli", "ip", "nft", "ufw", "swapon", "losetup", "networkctl", "snap"];

impl Machine<'_> {
    /// A program is run by name.
    pub(super) fn program(&mut self, name: &str, args: &[Value], input: Option<Value>) -> Value {
        let base = name.rsplit('/').next().unwrap_or(name);
        if name.contains('/')
            && let Some(content) = self.content(&Value::text(name))
        {
            let path = self.place(&Value::text(name)).path;
            if self.made.contains(&path) && content.origin() == Some(Origin::Mixed) && !self.brought {
                return Value::unknown(Origin::Output);
            }
            return self.script_value(&content, "exec.written");
        }
        let file = Value::text(name);
        if name.contains('/')
            && !PROGRAM_DIRECTORIES.iter().any(|known| name.starts_with(known))
            && !self.trusted_path(name, base)
            && let Some(text) = self.shell_text_of(&file)
        {
            return self.shell_file(&file, &text, args, input);
        }
        if name.contains('/') && !self.trusted_path(name, base) {
            let place = self.place(&file);
            if self.runs_unread(&file) {
                if !knows(base) {
                    return Value::unknown(Origin::Output);
                }
            } else if place.path.starts_with("/etc/init.d/") {
                self.note(Class::Destructive, "service.change", "acts on a service");
            } else {
                self.unread(&place, name);
            }
            if !knows(base) {
                return self.runner(base, args, &input).unwrap_or(Value::unknown(Origin::Output));
            }
        }
        self.suspect(base, args);
        if base == "cargo" && args.first().is_some_and(|arg| arg.prefix().starts_with('+')) {
            // The toolchain.
            return self.program(base, &args[1..], input);
        }
        self.after_clone(base, args);
        let out = match self.runner(base, args, &input) {
            Some(out) => out,
            None => self.by_knowledge(base, args, input),
        };
        self.started_by_name(base, args);
        out
    }

    /// A file with a shell's script in it is run.
    pub(super) fn shell_file(&mut self, file: &Value, text: &str, args: &[Value], input: Option<Value>) -> Value {
        let positional = self.env.positional.replace(args.to_vec());
        let out = match self.runs_unread(file) {
            true => {
                self.project_text(text);
                Value::unknown(Origin::Output)
            }
            false => self.script(text, input),
        };
        self.env.positional = positional;
        out
    }

    /// Whether a program that is named by its path is the one that its name says: the system's, or one that the project has
    /// installed for itself or begins with.
    fn trusted_path(&self, name: &str, base: &str) -> bool {
        let directory = name.strip_suffix(base).unwrap_or(name).trim_end_matches('/');
        if PROGRAM_DIRECTORIES.contains(&directory) {
            return true;
        }
        let place = self.place(&Value::text(name));
        if place.exact && place.path.rsplit_once('/').is_some_and(|(above, _)| PROGRAM_DIRECTORIES.contains(&above)) {
            return true;
        }
        if place.zone != Zone::Workspace || !knows(base) {
            return false;
        }
        let inside = directory.trim_start_matches("./");
        PROJECT_DIRECTORIES.iter().any(|known| {
            (inside == *known || inside.strip_suffix(known).is_some_and(|rest| rest.ends_with('/')))
                && (known.ends_with("bin") && known.contains('/') || OWN_PROGRAMS.contains(&base))
        })
    }

    fn by_knowledge(&mut self, name: &str, args: &[Value], input: Option<Value>) -> Value {
        if matches!(name, "echo" | "printf" | ":" | "true" | "false" | "test" | "[") {
            return self.output(name, args, &input, args.iter().filter_map(Value::origin).max());
        }
        let Some(line) = read_line(name, args) else {
            return self.unknown_program(name, args);
        };
        if line.entry.wrap.is_none() && (line.only_help || asks_about_itself(name, args, line.entry)) {
            return Value::unknown(Origin::Output);
        }
        let says = |text: &str| format!("{text} ({name})");
        let mut class = if line.calm || line.harmless { Class::Safe } else { line.entry.class };
        let mut spoken = (line.entry.rule, line.entry.says);
        if !line.calm {
            for raise in &line.raises {
                if raise.class > class {
                    class = raise.class;
                    spoken = (raise.rule, raise.says);
                }
            }
        }
        let acts = ["service.", "process.", "debug.", "system.", "disk.mount", "pkg."]
            .iter()
            .any(|begin| spoken.0.starts_with(begin));
        if (class > Class::Safe && acts || matches!(name, "pkill" | "killall" | "skill" | "xkill"))
            && Self::names_guard(args)
        {
            self.note(Class::Catastrophic, "guard.process", "acts on Palisade itself");
        }
        if matches!(name, "pidof" | "pgrep" | "systemctl" | "ps" | "pkill") && Self::names_guard(args) {
            self.guard_named = true;
        }
        if self.guard_named
            && matches!(
                name,
                "kill" | "renice" | "gdb" | "strace" | "ltrace" | "chrt" | "taskset" | "cgexec" | "prlimit"
            )
        {
            self.note(Class::Catastrophic, "guard.process", "acts on Palisade's own process");
        }
        if line.unlisted {
            self.note(
                Class::Ambiguous,
                "program.option",
                format!("gives {name} an option that is not known to be harmless"),
            );
        }
        let operands: Vec<Value> = line.operands.iter().map(|(_, value)| value.clone()).collect();
        if matches!(spoken.0, "net.send" | "net.connect") && class == Class::Ambiguous && asks_own_host(name, &operands)
        {
            class = Class::Safe;
        }
        let files = matches!(line.entry.operands, Operands::Delete);
        if class > Class::Safe && !(files && class == Class::Destructive) {
            let finding = Finding::new(class, spoken.0, says(spoken.1)).does(operation(spoken.0));
            let finding = match name == "git" && class == Class::Destructive && self.pushes_own_branch(args) {
                true => Finding { class: Class::Ambiguous, ..finding },
                false => finding,
            };
            let discards = if name == "git" { self.git_discards(args) } else { None };
            match discards.filter(|_| class < Class::Catastrophic) {
                None => self.find(finding),
                Some(Discard::Nothing) => {}
                Some(Discard::Kept(how)) => {
                    let says = "discards files that git has as they are, or that are made again".to_owned();
                    self.find(
                        Finding::new(Class::Destructive, "git.discard.kept", says).does(Operation::Delete).kept(how),
                    );
                }
                Some(Discard::Files) => {
                    let finding = Finding {
                        class: Class::Destructive,
                        ..finding.does(Operation::Delete).to("changed files of the project", true)
                    };
                    self.find(if self.map.contains() { finding.inside() } else { finding });
                }
            }
        }
        let mut origin = input.as_ref().and_then(Value::origin);
        for (kind, value) in &line.taken {
            match kind {
                Taken::Word => {}
                Taken::In => origin = origin.max(self.read_effect(value).origin()),
                Taken::Out => {
                    if let Some(command) = value.prefix().strip_prefix(['|', '!']) {
                        // strace, and what reads names as it does, writes to a command.
                        let command = command.to_owned();
                        self.script(&command, None);
                        self.note(Class::Ambiguous, "exec.option", says("writes to a command"));
                    } else if value.known().as_deref() != Some("-") {
                        let place = self.place(value);
                        self.write_effect(&place, false, false);
                        self.remember(&place, Value::unknown(Origin::Mixed), false);
                        if self.made.len() < 16 && self.compiles_own(name, &line.operands) {
                            self.made.push(place.path);
                        }
                    }
                }
                Taken::Shell => {
                    self.script_value(value, "exec.option");
                }
            }
        }
        if let Some(count) = line.entry.wrap.map(usize::from) {
            if operands.len() > count {
                return self.argv(&operands[count..], input);
            }
            return match name {
                "env" | "printenv" if operands.is_empty() => Value::unknown(Origin::Secret),
                _ => Value::unknown(Origin::Output),
            };
        }
        let mut operands = operands;
        if matches!(line.entry.operands, Operands::Copy | Operands::Move | Operands::Link)
            && let Some((_, directory)) = line.taken.iter().find(|(kind, _)| *kind == Taken::Out)
        {
            // With `-t DIR` every operand is a source.
            operands.push(directory.clone());
        }
        // `install -d` makes every directory that it names.
        let makes = |arg: &Value| {
            let text = arg.prefix();
            text.starts_with("--d") || text.starts_with('-') && !text.starts_with("--") && text.contains('d')
        };
        let kind = match line.entry.operands {
            Operands::Copy if name == "install" && args.iter().any(makes) => Operands::Write,
            kind => kind,
        };
        if !line.calm {
            origin = origin.max(self.operands(kind, &operands, line.recursive, &input));
        }
        if line.entry.net && args.iter().any(|arg| arg.origin() == Some(Origin::Secret)) {
            self.note(Class::Catastrophic, "secret.exfiltration", says("sends secrets to another host"));
        }
        if line.entry.net && class > Class::Safe {
            self.sent = true;
        }
        self.output(name, args, &input, origin)
    }

    fn unknown_program(&mut self, name: &str, args: &[Value]) -> Value {
        if knows(name) {
            self.note(Class::Ambiguous, "program.subcommand", format!("uses {name} in a way that is not known"));
            return Value::unknown(Origin::Output);
        }
        // Whatever it is, somebody installed it, and these say that it is to do nothing.
        let nothing = |arg: &Value| {
            matches!(arg.known().as_deref(), Some("--version" | "--help" | "--dry-run" | "version" | "help"))
        };
        let asks = !args.is_empty() && args.iter().all(nothing) && !name.contains('/');
        if !asks {
            self.find(
                Finding::new(Class::Ambiguous, "program.unknown", format!("runs {name}, which is not known"))
                    .to(name, false),
            );
        }
        // An unknown wrapper must not hide a known verb.
        for (at, arg) in args.iter().enumerate().take(8) {
            let Some(word) = arg.known() else { continue };
            let base = word.rsplit('/').next().unwrap_or(&word).to_owned();
            if matches!(
                base.as_str(),
                "rm" | "dd" | "mkfs" | "shred" | "sh" | "bash" | "sudo" | "find" | "chmod" | "chown" | "wipefs"
            ) && at + 1 < args.len()
            {
                return self.argv(&args[at..], None);
            }
        }
        Value::unknown(Origin::Output)
    }

    /// What a program writes to its standard output, as far as that is known.
    fn output(&mut self, name: &str, args: &[Value], input: &Option<Value>, origin: Option<Origin>) -> Value {
        if let Some(value) = self.pure(name, args, input.as_ref()) {
            return value;
        }
        match name {
            "mktemp" | "tempfile" => return Value::unknown(Origin::Temporary),
            "which" | "type" | "whereis" => {
                let word = args.iter().filter_map(Value::known).find(|word| !word.starts_with('-'));
                return word.map_or(Value::unknown(Origin::Output), |word| Value::text(format!("/usr/bin/{word}\n")));
            }
            "realpath" | "readlink" => {
                if let Some(path) = args.iter().rfind(|arg| !arg.prefix().starts_with('-')) {
                    let place = self.place(path);
                    if place.exact {
                        return Value::text(place.path);
                    }
                }
            }
            "printenv" if args.is_empty() => return Value::unknown(Origin::Secret),
            "yes" => {
                if self.forked && self.looping {
                    self.note(Class::Destructive, "resource.processor", "starts endless processes in a loop");
                }
                return Value::text("y\n");
            }
            "cut" if args.iter().filter_map(Value::known).any(|arg| arg == "-f1") => {
                return Value::unknown(Origin::Output);
            }
            "grep" | "egrep" | "rg" if origin == Some(Origin::Secret) => {
                let pattern = args.iter().map(Value::display).collect::<String>().to_lowercase();
                let about =
                    ["token", "secret", "key", "pass", "cred", "auth", ".*"].iter().any(|word| pattern.contains(word));
                let counts = args.iter().filter_map(Value::known).any(|arg| arg == "-c" || arg == "-q" || arg == "-l");
                return Value::unknown(if about && !counts { Origin::Secret } else { Origin::Output });
            }
            "git"
                if args
                    .iter()
                    .map(Value::display)
                    .collect::<Vec<_>>()
                    .join(" ")
                    .starts_with("rev-parse --show-toplevel") =>
            {
                return self.cwd.clone().map_or(Value::unknown(Origin::Mixed), Value::text);
            }
            _ => {}
        }
        if GIVES_WORD.contains(&name) {
            return Value::unknown(Origin::Number);
        }
        if FETCHES.contains(&name) {
            return Value::unknown(origin.unwrap_or(Origin::Network).max(Origin::Network));
        }
        let own = if LISTS_FILES.contains(&name) { Origin::Project } else { Origin::Output };
        Value::unknown(origin.unwrap_or(own).max(own))
    }

    /// `command -v NAME` and the like: where a program lies.
    pub(super) fn located(name: &str) -> Value {
        Value { pieces: vec![Piece::Text(format!("/usr/bin/{name}\n"))] }
    }
}

/// Whether the one argument asks a program what it is. `-h` halts some programs, and `help` is a file's name to others.
fn asks_about_itself(name: &str, args: &[Value], entry: &Entry) -> bool {
    let [only] = args else { return args.is_empty() && SHOWS_ALONE.contains(&name) };
    match only.known().as_deref() {
        Some("--help" | "--version") => true,
        Some("-h" | "-V" | "-version") => entry.class <= Class::Ambiguous && entry.operands == Operands::Words,
        Some("help" | "version") => has_subcommands(name),
        _ => false,
    }
}

/// Whether a client of the web talks to a service of this very host.
fn asks_own_host(name: &str, operands: &[Value]) -> bool {
    const CLIENTS: [&str; 9] = ["http", "https", "xh", "xhs", "httpie", "curlie", "websocat", "wscat", "grpcurl"];
    let words: Vec<String> = operands.iter().map(Value::display).collect();
    let address = match words.first().map(String::as_str) {
        Some("GET" | "POST" | "PUT" | "PATCH" | "HEAD" | "OPTIONS" | "get" | "post" | "put" | "patch" | "head") => {
            words.get(1)
        }
        _ => words.first(),
    };
    const STORES: [&str; 10] =
        [":2375", ":2376", ":2379", ":6443", ":8001", ":8200", ":8500", ":9200", ":10250", ":5984"];
    let local = |address: &String| {
        (address.starts_with(':') || super::web::is_local(address)) && !STORES.iter().any(|port| address.contains(port))
    };
    CLIENTS.contains(&name)
        && address.is_some_and(local)
        && !words.iter().any(|word| word.contains(":@") || word.contains("=@"))
}

fn operation(rule: &str) -> Operation {
    match rule.split('.').next().unwrap_or("") {
        "fs" => Operation::Write,
        "disk" => Operation::Device,
        "perm" | "auth" => Operation::Permission,
        "net" | "cloud" | "cluster" | "forge" | "sync" | "infra" => Operation::Network,
        "secret" => Operation::Read,
        "service" | "system" | "kernel" | "boot" | "process" | "session" | "log" => Operation::System,
        "db" | "backup" | "queue" => Operation::Delete,
        _ => Operation::Execute,
    }
}
