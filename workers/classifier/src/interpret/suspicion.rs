//! What the words of a command line say whatever the program: options whose names say that they run or write something, keys that are
//! handed to programs that send, and Palisade's own processes. It only adds to what is known of the program.

use super::Machine;
use super::runners::{LANGUAGES, SHELLS};
use crate::findings::Finding;
use crate::paths::{Place, Zone, is_guard_name};
use palisade_language::words::{Origin, Value};
use palisade_protocol::verdict::{Class, Operation};

/// Programs, beside shells and interpreters, whose words are text, code or another command line: each is read by itself.
pub(super) const READ_ELSEWHERE: &[&str] = &[
    "echo",
    "printf",
    "grep",
    "egrep",
    "fgrep",
    "rg",
    "ag",
    "ack",
    "sed",
    "gsed",
    "awk",
    "gawk",
    "mawk",
    "jq",
    "yq",
    "test",
    "[",
    "expr",
    "export",
    "declare",
    "local",
    "readonly",
    "typeset",
    "alias",
    "eval",
    "trap",
    "set",
    "read",
    "lua",
    "sudo",
    "doas",
    "env",
    "xargs",
    "find",
    "watch",
    "ssh",
    "git",
    "curl",
    "psql",
    "mysql",
    "sqlite3",
    "notify-send",
    "logger",
    "cowsay",
    "figlet",
    "say",
    "kill",
    "which",
    "type",
    "command",
];

/// Parts of an option's name that say that its value is run or loaded.
const RUNS: &[&str] = &[
    "exec",
    "command",
    "cmd",
    "hook",
    "pager",
    "editor",
    "viewer",
    "launcher",
    "wrapper",
    "plugin",
    "engine",
    "preload",
    "require",
    "loader",
    "on-",
    "handler",
    "helper",
    "askpass",
    "shell",
    "rsh",
    "runner",
    "prepend_file",
    "append_file",
    "init-file",
    "rcfile",
    "library",
    "provider",
];

/// Of these, the ones whose value is a command and nothing else.
const COMMANDS_OF: &[&str] = &[
    "exec", "command", "cmd", "hook", "pager", "editor", "viewer", "launcher", "askpass", "rsh", "on-", "renderer",
    "-ssh",
];

/// Parts of an option's name that say that its value is written.
const WRITES: &[&str] = &[
    "out",
    "log",
    "dest",
    "target-dir",
    "report",
    "trace",
    "dump",
    "save",
    "write",
    "directory-prefix",
    "export",
    "root",
];

/// Programs that send what they are given to other hosts.
const SENDS: &[&str] = &[
    "scp",
    "sftp",
    "ftp",
    "lftp",
    "tftp",
    "rsync",
    "rclone",
    "socat",
    "nc",
    "ncat",
    "netcat",
    "croc",
    "wormhole",
    "magic-wormhole",
    "mutt",
    "mail",
    "mailx",
    "sendmail",
    "swaks",
    "gh",
    "glab",
    "hub",
    "aws",
    "gsutil",
    "gcloud",
    "az",
    "azcopy",
    "s3cmd",
    "mc",
    "b2",
    "ipfs",
    "transfer",
    "http",
    "https",
    "xh",
    "httpie",
    "wget",
    "telnet",
    "dig",
    "host",
    "nslookup",
    "drill",
    "ping",
    "traceroute",
    "tracepath",
    "logger",
    "syncthing",
    "onionshare",
    "onionshare-cli",
    "ffsend",
    "pastebinit",
    "nmap",
    "whois",
    "finger",
    "mosquitto_pub",
    "websocat",
    "grpcurl",
    "smbclient",
    "smbget",
    "ncftpput",
    "kcat",
    "nats",
];

/// Options whose value is the key that proves who asks.
const PROVES: &[&str] = &[
    "-i",
    "-F",
    "-E",
    "-o",
    "-e",
    "-S",
    "-c",
    "-J",
    "--key",
    "--cert",
    "--cacert",
    "--identity",
    "--rsh",
    "--config",
    "--private-key",
];

/// First words of a value that is a command line, beside shells and interpreters.
const COMMANDS: &[&str] = &["curl", "wget", "nc", "ncat", "rm", "eval", "exec", "sudo", "cp", "mv", "touch", "tee"];

impl Machine<'_> {
    /// Looks at the words of `name ARGS`.
    pub(super) fn suspect(&mut self, name: &str, args: &[Value]) {
        if SENDS.contains(&name) {
            self.sent_by_name(name, args);
        }
        if [READ_ELSEWHERE, SHELLS, LANGUAGES].iter().any(|names| names.contains(&name))
            || args.len() > 256
            || crate::knowledge::wraps(name)
        {
            return;
        }
        for (at, arg) in args.iter().enumerate() {
            let Some(text) = arg.known() else { continue };
            if !text.starts_with(['-', '+']) || text.len() < 3 && text != "-c" {
                continue;
            }
            if let Some(command) = text.strip_prefix("+!").or_else(|| text.strip_prefix("-c:!")) {
                self.suspected_command(name, command);
                continue;
            }
            let (option, value) = match text.split_once('=') {
                Some((option, value)) => (option.to_owned(), Some(value.to_owned())),
                // The next word is only then the value if it is no option and looks like a path or a command line.
                None => (text.clone(), args.get(at + 1).and_then(Value::known).filter(|next| !next.starts_with('-'))),
            };
            let Some(value) = value.filter(|value| !value.is_empty() && value.len() < 4096) else { continue };
            self.suspected_option(name, &option, &value);
        }
    }

    fn suspected_option(&mut self, program: &str, option: &str, value: &str) {
        let lower = option.to_ascii_lowercase();
        let long = lower.starts_with("--") || lower.len() > 3;
        if let Some((_, command)) = value.rsplit_once("%pipe%") {
            return self.suspected_command(program, command);
        }
        if long && RUNS.iter().any(|hint| lower.contains(hint)) {
            if is_command_line(value) {
                return self.suspected_command(program, value);
            }
            let place = self.place(&Value::text(value));
            if place.zone == Zone::Temp && value.contains('/') {
                let says = format!("makes {program} run or load {value}, which anybody may have put there");
                return self.note(Class::Catastrophic, "exec.planted", says);
            }
        }
        // A path is a program; what it does is its own story.
        let named = ["./", "../", "/", "~/"].iter().any(|begin| value.starts_with(begin));
        if long && named && COMMANDS_OF.iter().any(|hint| lower.contains(hint)) {
            self.hooked_script(value);
            return;
        }
        // Settings that are a program.
        let code =
            [".js", ".cjs", ".mjs", ".ts", ".cts", ".py", ".rb", ".lua", ".sh"].iter().any(|end| value.ends_with(end));
        if code && (lower.contains("config") || lower == "-c") && self.place(&Value::text(value)).zone == Zone::Temp {
            let says = format!("makes {program} run or load {value}, which anybody may have put there");
            return self.note(Class::Catastrophic, "exec.planted", says);
        }
        if value.starts_with(['|', '!']) && is_command_line(value.trim_start_matches(['|', '!', ' '])) {
            return self.suspected_command(program, value.trim_start_matches(['|', '!', ' ']));
        }
        if long && WRITES.iter().any(|hint| lower.contains(hint)) && value.contains('/') && !value.contains("://") {
            let place = self.place(&Value::text(value));
            if is_sensitive(&place) {
                self.write_effect(&place, false, false);
            }
        }
    }

    fn suspected_command(&mut self, program: &str, command: &str) {
        self.note(Class::Ambiguous, "exec.option", format!("makes {program} run a command through an option"));
        self.hooked_script(command);
    }

    /// A program that sends is given a key by its name.
    fn sent_by_name(&mut self, name: &str, args: &[Value]) {
        for (at, arg) in args.iter().enumerate() {
            // To this one `-c` is a line of commands.
            let proves = at > 0
                && !(name == "smbclient" && args[at - 1].known().as_deref() == Some("-c"))
                && args[at - 1].known().is_some_and(|before| {
                    PROVES.contains(&before.as_str())
                        || ["--pass", "--token", "--secret", "--client-secret", "--user", "--header", "--auth"]
                            .iter()
                            .any(|begin| before.starts_with(begin))
                });
            let secret = arg.origin() == Some(Origin::Secret)
                && (self.secret_read || !matches!(name, "gh" | "aws" | "http" | "xh"));
            let shown = arg.display();
            let own = PROVES.iter().any(|option| shown.starts_with(&format!("{option}=")) && option.starts_with("--"));
            // `host:/home/me` is a place over there, and what goes there stands in another operand.
            let elsewhere = matches!(name, "scp" | "rsync" | "sftp" | "rclone") && is_on_host(&shown);
            let names = !proves
                && !elsewhere
                && !own
                && !shown.starts_with("--ex")
                && words_of(arg).iter().any(|word| self.holds_keys(word));
            if (secret && !proves) || names {
                self.find(
                    Finding::new(
                        Class::Catastrophic,
                        "secret.exfiltration",
                        "hands keys or credentials to a program that sends them",
                    )
                    .does(Operation::Network),
                );
                return;
            }
        }
    }

    /// Whether a path holds keys of the user or the system, by its name.
    fn holds_keys(&self, value: &Value) -> bool {
        let place = self.place(value);
        // A home that lies in a temporary directory makes no keys of that.
        let home = place.zone == Zone::HomeRoot && place.exact && !crate::paths::is_temporary(&place.path);
        let settings = place.path.ends_with("/.config") || place.path.ends_with("~/.config");
        place.exact && (home || settings || place.zone == Zone::Secret || crate::paths::is_secret_read(&place))
    }

    /// Whether words name Palisade's own service or processes.
    pub(super) fn names_guard(args: &[Value]) -> bool {
        args.iter().filter_map(Value::known).any(|word| {
            let word =
                word.trim_start_matches(['^', '[', '(', '\\']).trim_end_matches(['$', '*', ')']).to_ascii_lowercase();
            is_guard_name(&word.replace(['[', ']'], "")) && !word.contains('/')
        })
    }
}

/// The paths that a word may hold: all of it, or what stands behind `=`, `@` or `:`.
fn words_of(arg: &Value) -> Vec<Value> {
    let mut out = vec![arg.clone()];
    let prefix = arg.prefix().to_owned();
    for (at, _) in prefix.match_indices(['=', '@', ':', '<']) {
        out.push(crate::knowledge::tail(arg, at + 1));
    }
    // `put ~/.netrc` in one word.
    let spelled = arg.pieces.iter().all(|piece| {
        use palisade_language::words::Piece::{Home, Text};
        matches!(piece, Text(_) | Home)
    });
    if let Some(text) = Some(arg.display()).filter(|text| spelled && text.contains(' ') && text.len() < 1024) {
        out.extend(text.split([' ', ';']).filter(|word| word.contains('/')).map(home_value));
    }
    out
}

fn home_value(word: &str) -> Value {
    match word.strip_prefix("~/") {
        Some(rest) => {
            let mut value = Value::piece(palisade_language::words::Piece::Home);
            value.push_text("/");
            value.push_text(rest);
            value
        }
        None => Value::text(word),
    }
}

fn is_command_line(value: &str) -> bool {
    let first = value.split_whitespace().next().unwrap_or("");
    let base = first.rsplit('/').next().unwrap_or("");
    let shell = SHELLS.contains(&base);
    shell || (COMMANDS.contains(&base) || LANGUAGES.contains(&base)) && value.trim().contains(' ')
}

fn is_sensitive(place: &Place) -> bool {
    matches!(
        place.zone,
        Zone::System
            | Zone::Startup
            | Zone::Guard
            | Zone::Protected
            | Zone::Device
            | Zone::Kernel
            | Zone::Git
            | Zone::Secret
            | Zone::Root
            | Zone::Home
    )
}

/// `host:path`, as programs that copy between hosts read it: nothing of a path stands before the colon.
fn is_on_host(operand: &str) -> bool {
    let host = operand.split_once(':').map_or("", |(host, _)| host);
    !host.is_empty()
        && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-@".contains(&byte))
        && !host.starts_with('-')
}
