//! What programs write to their standard output, as far as that is known.

use super::Machine;
use crate::paths::Zone;
use palisade_language::words::{Origin, Piece, Value};
use palisade_protocol::verdict::Class;

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

impl Machine<'_> {
    /// What a program writes to its standard output, as far as that is known.
    pub(super) fn output(
        &mut self,
        name: &str,
        args: &[Value],
        input: &Option<Value>,
        origin: Option<Origin>,
    ) -> Value {
        if let Some(value) = self.pure(name, args, input.as_ref()) {
            return value;
        }
        match name {
            "mktemp" | "tempfile" => return self.temporary(args),
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
            "git" if args.iter().any(|arg| arg.display().contains("FETCH_HEAD")) => {
                return Value::unknown(Origin::Network);
            }
            "printenv" if args.is_empty() || args.iter().any(|arg| names_secret(&arg.display())) => {
                return Value::unknown(Origin::Secret);
            }
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
                // Of a whole environment this picks just the secrets.
                self.credential |= about && !counts && !self.secret_read && input.is_some();
                return Value::unknown(if about && !counts { Origin::Secret } else { Origin::Output });
            }
            "git" => {
                if let Some(root) = self.git_root(args) {
                    return root;
                }
            }
            _ => {}
        }
        if GIVES_WORD.contains(&name) {
            return Value::unknown(Origin::Number);
        }
        if FETCHES.contains(&name) {
            return Value::unknown(origin.unwrap_or(Origin::Network).max(Origin::Network));
        }
        let lists =
            LISTS_FILES.contains(&name) && !(matches!(name, "ls" | "tree" | "locate") && self.lists_elsewhere(args));
        let own = if lists { Origin::Project } else { Origin::Output };
        Value::unknown(origin.unwrap_or(own).max(own))
    }

    /// Whether names of another place than the project are listed.
    fn lists_elsewhere(&self, args: &[Value]) -> bool {
        let outside = |value: &Value| {
            !matches!(
                self.place(value).zone,
                Zone::Workspace | Zone::WorkspaceRoot | Zone::Hook | Zone::Git | Zone::OwnTemp
            )
        };
        let mut operands = args.iter().filter(|arg| !arg.prefix().starts_with('-')).peekable();
        match operands.peek() {
            None => outside(&Value::text(".")),
            Some(_) => operands.any(outside),
        }
    }

    /// The path that `mktemp` prints: where it is told to, or where it is its own.
    fn temporary(&self, args: &[Value]) -> Value {
        let mut directory = None;
        for (at, arg) in args.iter().enumerate() {
            match arg.prefix() {
                "-p" if arg.known().is_some() => directory = args.get(at + 1).cloned(),
                text if text.starts_with("--tmpdir=") => directory = Some(crate::knowledge::tail(arg, 9)),
                text if text.starts_with("-p") => directory = Some(crate::knowledge::tail(arg, 2)),
                text if text.starts_with('/') && text.contains('/') => {
                    let above = text.rsplit_once('/').map_or("", |(above, _)| above);
                    directory = Some(Value::text(if above.is_empty() { "/" } else { above }));
                }
                _ => {}
            }
        }
        let Some(mut path) = directory else { return Value::unknown(Origin::Temporary) };
        if matches!(self.place(&path).zone, Zone::Temp | Zone::OwnTemp) {
            return Value::unknown(Origin::Temporary);
        }
        path.push_text("/");
        path.push(Piece::Unknown(Origin::Number));
        path
    }

    /// `command -v NAME` and the like: where a program lies.
    pub(super) fn located(name: &str) -> Value {
        Value { pieces: vec![Piece::Text(format!("/usr/bin/{name}\n"))] }
    }
}

/// Whether a variable holds something that is not for everyone, by its name.
fn names_secret(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    ["TOKEN", "SECRET", "PASSWORD", "PASSWD", "_KEY", "CREDENTIAL", "API_KEY", "DATABASE_URL", "_PAT"]
        .iter()
        .any(|part| upper.contains(part))
}
