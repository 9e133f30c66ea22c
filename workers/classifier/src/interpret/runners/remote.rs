//! `ssh`: the command on the other host is judged like one of this host. Where it only looks, and is known word for word, nobody
//! needs to be asked; anything that changes something over there is asked about, however harmless it would be in a project here.

use super::super::Machine;
use crate::findings::Finding;
use palisade_language::words::{Origin, Value};
use palisade_protocol::verdict::{Class, Operation};

/// Letters of options that take a value.
const VALUED: &str = "BbcDEeFIiJLlmOopQRSWw";

/// Letters that neither run, write nor open anything on this host.
const QUIET: &str = "46CnNqTtvxapliJoSGf";

/// Settings that only say how and where to connect.
const CONNECTS: &[&str] = &[
    "batchmode",
    "connecttimeout",
    "connectionattempts",
    "stricthostkeychecking",
    "loglevel",
    "serveraliveinterval",
    "serveralivecountmax",
    "user",
    "port",
    "hostname",
    "identityfile",
    "identitiesonly",
    "controlmaster",
    "controlpath",
    "controlpersist",
    "requesttty",
    "preferredauthentications",
    "passwordauthentication",
    "kbdinteractiveauthentication",
    "pubkeyauthentication",
    "addressfamily",
    "compression",
    "hostkeyalgorithms",
    "proxyjump",
    "clearallforwardings",
];

/// Families whose programs look where they are called harmless.
const LOOKING: &[&str] = &["coreutils-list", "system-info", "text-read", "text-filter", "shell", "wrappers"];

/// The same by name: what is harmless of these asks, lists or shows.
const LOOKS: &[&str] = &[
    "systemctl",
    "journalctl",
    "rpm",
    "dpkg",
    "dpkg-query",
    "apt-cache",
    "apt",
    "yum",
    "dnf",
    "zypper",
    "pacman",
    "apk",
    "snap",
    "crontab",
    "nginx",
    "apachectl",
    "apache2ctl",
    "haproxy",
    "ss",
    "netstat",
    "ip",
    "ifconfig",
    "route",
    "dig",
    "host",
    "nslookup",
    "ping",
    "traceroute",
    "tracepath",
    "mtr",
    "psql",
    "mysql",
    "redis-cli",
    "mongosh",
    "pg_isready",
    "mysqladmin",
    "kubectl",
    "helm",
    "zpool",
    "zfs",
    "lvs",
    "vgs",
    "pvs",
    "mdadm",
    "smartctl",
    "getenforce",
    "sestatus",
    "ufw",
    "iptables",
    "nft",
    "firewall-cmd",
    "fail2ban-client",
    "loginctl",
    "hostnamectl",
    "timedatectl",
    "chronyc",
    "openssl",
    "nvidia-smi",
    "lsof",
    "fuser",
    "supervisorctl",
    "rabbitmqctl",
    "nomad",
    "consul",
    "ceph",
    "sinfo",
    "squeue",
    "sacct",
    "bash",
    "sh",
    "sudo",
    "find",
    "grep",
    "awk",
    "sed",
    "sort",
    "head",
    "tail",
    "wc",
    "cut",
    "uniq",
    "tr",
    "ls",
    "cat",
    "stat",
    "du",
    "df",
    "ps",
    "pgrep",
    "getent",
    "id",
    "sha256sum",
    "md5sum",
    "curl",
    "jq",
    "lsblk",
    "findmnt",
    "blkid",
    "sysctl",
    "last",
    "who",
    "w",
    "file",
    "readlink",
    "realpath",
    "xargs",
    "nproc",
];

impl Machine<'_> {
    pub(super) fn ssh(&mut self, name: &str, args: &[Value], input: &Option<Value>) -> Value {
        if let [only] = args
            && matches!(only.known().as_deref(), Some("-V" | "--version"))
        {
            return Value::unknown(Origin::Output);
        }
        let mut at = 0;
        let mut plain = name == "ssh";
        let mut silent = false;
        let mut shows = false;
        while let Some(text) = args
            .get(at)
            .map(|arg| arg.known().unwrap_or_else(|| arg.prefix().to_owned()))
            .filter(|text| text.starts_with('-') && text.len() > 1)
        {
            let letter = text.chars().nth(text.len() - 1).unwrap_or(' ');
            let first = text.chars().nth(1).unwrap_or(' ');
            let (key, value) = if VALUED.contains(first) && text.len() > 2 {
                (first, text[2..].to_owned())
            } else if VALUED.contains(letter) {
                at += 1;
                (letter, args.get(at).map(Value::display).unwrap_or_default())
            } else {
                (' ', String::new())
            };
            let letters = if key == first { &text[1..2] } else { &text[1..] };
            plain &= args.get(at).is_some_and(|arg| arg.known().is_some() || key == 'i')
                && letters.chars().all(|letter| QUIET.contains(letter));
            match key {
                'o' => plain &= self.ssh_setting(&value),
                // The settings for a host, and what this program is able to do.
                ' ' if letters == "G" => shows = true,
                ' ' if letters.contains('n') => silent = true,
                'I' => self.loads_library("ssh", &value),
                'R' => self.note(Class::Catastrophic, "net.tunnel", "lets another host reach into this one"),
                'L' | 'D' if ["0.0.0.0:", "*:", "[::]:"].iter().any(|all| value.trim().starts_with(all)) => {
                    self.note(Class::Catastrophic, "net.tunnel", "lets everybody on the network through this host");
                }
                'L' | 'D' | 'w' => self.note(Class::Ambiguous, "net.tunnel", "opens a tunnel to another host"),
                _ => {}
            }
            at += 1;
        }
        if shows && args.len() == at + 1 && args[at].known().is_some() {
            return Value::unknown(Origin::Output);
        }
        self.sent = true;
        let remote = args.get(at + 1..).unwrap_or(&[]);
        // A host's name goes to name servers, so what is in it is told to others.
        let told = args.get(at..).unwrap_or(&[]);
        let sends = told.iter().chain(input).any(|value| value.origin() == Some(Origin::Secret));
        if sends {
            self.note(Class::Catastrophic, "secret.exfiltration", "sends secrets to another host");
        }
        let reachable = args.get(at).is_some_and(|host| host.origin() != Some(Origin::Network));
        // What comes in is kept over there as long as the command pleases.
        let told_nothing = silent || input.as_ref().is_none_or(Value::is_empty);
        let words = !remote.is_empty() && remote.iter().all(|word| word.known().is_some());
        let plain = plain && reachable && !sends && told_nothing && words;
        let (cwd, written) = (self.cwd.take(), std::mem::take(&mut self.written));
        let before = std::mem::take(self.findings);
        let (away, acts) = (std::mem::replace(&mut self.away, true), std::mem::replace(&mut self.acts_away, false));
        if !remote.is_empty() {
            let text: Vec<String> = remote.iter().map(Value::display).collect();
            self.script(&text.join(" "), input.clone());
        } else if let Some(text) = input.as_ref().and_then(Value::known) {
            self.script(&text, None);
        }
        let found = std::mem::replace(self.findings, before).into_list();
        let harmless = |one: &Finding| one.class == Class::Safe && one.operation != Operation::Write;
        let looks = plain && !self.acts_away && found.iter().all(harmless);
        (self.away, self.acts_away) = (away, acts || !looks);
        (self.cwd, self.written) = (cwd, written);
        found.into_iter().for_each(|finding| self.findings.add(finding));
        if !looks {
            self.find(
                Finding::new(Class::Ambiguous, "remote.shell", "runs commands on another host")
                    .does(Operation::Network),
            );
        }
        Value::unknown(Origin::Network)
    }

    /// Whether `-o NAME=VALUE` only says how to connect.
    fn ssh_setting(&mut self, setting: &str) -> bool {
        let (name, value) = setting.trim().split_once(['=', ' ']).unwrap_or((setting.trim(), ""));
        let name = name.to_ascii_lowercase();
        if ["proxycommand", "localcommand", "knownhostscommand", "match"].contains(&name.as_str()) {
            self.hooked_script(value);
            self.note(Class::Ambiguous, "exec.option", "runs a command through an option of ssh");
        }
        // A host's key is added to this file, whichever it is.
        CONNECTS.contains(&name.as_str()) || name == "userknownhostsfile" && matches!(value, "/dev/null" | "none")
    }

    /// A program runs on another host: whether it may do more than look.
    pub(in super::super) fn runs_away(&mut self, base: &str, args: &[Value]) {
        if !self.away {
            return;
        }
        let words: Vec<String> =
            args.iter().filter_map(Value::known).filter(|word| !word.starts_with('-')).take(2).collect();
        let verbs = [words.first().map_or("", String::as_str), words.get(1).map_or("", String::as_str)];
        let looks = match (base, verbs) {
            ("git", [verb, _]) => matches!(
                verb,
                "log"
                    | "status"
                    | "show"
                    | "diff"
                    | "rev-parse"
                    | "describe"
                    | "branch"
                    | "remote"
                    | "ls-files"
                    | "blame"
            ),
            ("docker" | "podman" | "nerdctl", ["compose", verb]) | ("docker-compose", [verb, _]) => {
                matches!(verb, "ps" | "logs" | "ls" | "top" | "images" | "config" | "version")
            }
            ("docker" | "podman" | "nerdctl", [verb, _]) => matches!(
                verb,
                "ps" | "logs"
                    | "images"
                    | "inspect"
                    | "stats"
                    | "info"
                    | "version"
                    | "top"
                    | "port"
                    | "diff"
                    | "events"
            ),
            // One listens, the other passes on what is over there.
            ("kubectl", ["port-forward" | "proxy" | "cp", _]) => false,
            _ => {
                LOOKS.contains(&base)
                    || palisade_knowledge::page(base).is_some_and(|page| LOOKING.contains(&page.family.name))
            }
        };
        self.acts_away |= !looks;
    }
}
