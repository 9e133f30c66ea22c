//! Commands inside the arguments of a program that is not known, or not known to run nothing: a wrapper hides no verb.
//!
//! The program is asked about in any case; what is found here can only make that more.

use super::super::Machine;
use super::{LANGUAGES, SHELLS};
use palisade_language::scan::{Mode, scan};
use palisade_language::words::{Origin, Value};
use palisade_protocol::verdict::Class;

/// Programs, beside shells and interpreters, whose name among another one's arguments is taken for a command that it runs. Names that are usual as a
/// subcommand of something else (`install`, `stop`, `kill`) are not among them.
const VERBS: &[&str] = &[
    "rm",
    "rmdir",
    "unlink",
    "shred",
    "srm",
    "dd",
    "wipefs",
    "blkdiscard",
    "mkswap",
    "fdisk",
    "sgdisk",
    "parted",
    "find",
    "truncate",
    "chmod",
    "chown",
    "chgrp",
    "chattr",
    "setfacl",
    "mv",
    "cp",
    "ln",
    "tee",
    "sudo",
    "doas",
    "su",
    "runuser",
    "env",
    "nice",
    "nohup",
    "timeout",
    "setsid",
    "xargs",
    "busybox",
    "toybox",
    "curl",
    "wget",
    "nc",
    "ncat",
    "socat",
    "ssh",
    "scp",
    "rsync",
    "tar",
    "systemctl",
    "iptables",
    "nft",
    "ufw",
    "userdel",
    "useradd",
    "usermod",
    "passwd",
    "chpasswd",
    "crontab",
    "insmod",
    "rmmod",
    "modprobe",
    "sysctl",
    "mount",
    "umount",
    "shutdown",
    "reboot",
    "poweroff",
    "dropdb",
    "psql",
    "mysql",
    "redis-cli",
    "kubectl",
    "docker",
    "podman",
    "git",
    "aws",
    "terraform",
];

/// Arguments that are looked at, and commands that are followed.
const ARGUMENTS_MAX: usize = 48;
const FOLLOWED_MAX: usize = 4;

/// Whether a rule that makes a program ambiguous leaves open that it runs its arguments.
pub(in super::super) fn may_carry(rule: &str) -> bool {
    const FAMILIES: [&str; 13] = [
        "program.",
        "priv.",
        "remote.",
        "vm.",
        "dev.",
        "debug.",
        "pkg.",
        "exec.",
        "cloud.",
        "cluster.",
        "infra.",
        "container.",
        "net.interface",
    ];
    FAMILIES.iter().any(|family| rule.starts_with(family))
}

/// Whether it is the dynamic loader, which runs the program that it is given.
pub(in super::super) fn is_loader(base: &str) -> bool {
    base.starts_with("ld-linux") || base.starts_with("ld-musl") || base == "ld.so" || base.starts_with("ld64.so")
}

impl Machine<'_> {
    /// Follows every command that the arguments may hold.
    pub(in super::super) fn carried(&mut self, args: &[Value], input: &Option<Value>) {
        let mut followed = 0;
        let mut at = 0;
        while at < args.len().min(ARGUMENTS_MAX) && followed < FOLLOWED_MAX {
            let Some(word) = args[at].known() else {
                at += 1;
                continue;
            };
            if is_verb(&word) && at + 1 < args.len() {
                self.argv(&args[at..], input.clone());
                return;
            }
            // `-c 'command'`, `--command=command`
            let text = match word.split_once('=') {
                Some((option, value)) if option.starts_with('-') || !option.contains([' ', '/']) => value,
                _ => word.as_str(),
            };
            if text.contains(char::is_whitespace) {
                followed += usize::from(self.carried_text(text));
            }
            at += 1;
        }
    }

    /// Follows a text if it begins with a command; whether it does.
    pub(in super::super) fn carried_text(&mut self, text: &str) -> bool {
        let text = text.trim_start_matches(['!', '|', ' ', '{', '[']);
        let first = text.split_whitespace().next().unwrap_or("");
        if is_verb(first) {
            self.script(text, None);
            return true;
        }
        if let Some((alarm, _)) = scan(text, Mode::Wary) {
            self.note(Class::Catastrophic, alarm.rule(), alarm.reason());
        }
        false
    }

    /// The dynamic loader: its options, the program, the program's arguments.
    pub(in super::super) fn loader(&mut self, args: &[Value], input: Option<Value>) -> Value {
        let mut at = 0;
        while let Some(option) = args.get(at).map(Value::prefix).filter(|arg| arg.starts_with("--")) {
            let takes = matches!(option, "--library-path" | "--preload" | "--audit" | "--argv0" | "--inhibit-rpath");
            at += 1 + usize::from(takes);
        }
        match args.get(at..) {
            Some(rest) if !rest.is_empty() => self.argv(rest, input),
            _ => Value::unknown(Origin::Output),
        }
    }
}

/// Whether a word among another program's arguments is taken for a command.
pub(in super::super) fn is_verb(word: &str) -> bool {
    let base = word.rsplit('/').next().unwrap_or(word);
    // A path is a program's if it is one of the system's, and no name of a file that happens to be called so.
    let path =
        !word.contains('/') || word.starts_with("/bin/") || word.starts_with("/usr/") || word.starts_with("/sbin/");
    let named = [VERBS, SHELLS, LANGUAGES].iter().any(|names| names.contains(&base));
    path && (named || base.starts_with("mkfs"))
}
