//! Programs that run other programs, or reach further, in ways that one line of data does not say.

mod carried;
mod containers;
mod copies;
mod debuggers;
mod discards;
mod find;
mod forge;
mod git;
mod images;
mod launch;
mod make;
mod own;
mod project;
mod remote;
mod repeat;
mod rights;
mod rsync;
mod small;
mod tar;
mod users;
mod wrappers;

pub(super) use carried::{is_loader, is_verb, may_carry};

pub(super) use discards::Discard;
pub(super) use find::Found;

use super::Machine;
use crate::knowledge::read_line;
use palisade_language::words::{Origin, Value};
use palisade_protocol::verdict::Class;

/// Shells, by their names.
pub(super) const SHELLS: &[&str] =
    &["sh", "bash", "dash", "zsh", "ksh", "mksh", "ash", "rbash", "fish", "csh", "tcsh", "busybox-sh", "yash"];

/// Interpreters of other languages that are met most, by their names.
pub(super) const LANGUAGES: &[&str] = &["python", "python3", "perl", "ruby", "node", "php"];

impl Machine<'_> {
    /// Evaluates a program that needs more than the knowledge base; `None` if it does not.
    pub(super) fn runner(&mut self, name: &str, args: &[Value], input: &Option<Value>) -> Option<Value> {
        if SHELLS.contains(&name) {
            return Some(self.shell(name, args, input));
        }
        Some(match name {
            "env" => return self.env_program(args, input),
            "cross-env" | "cross-env-shell" => return self.env_program(args, input),
            "lynx" | "w3m" | "links" | "elinks" => return self.text_browser(args),
            "open" | "xdg-open" => return self.opened(args),
            "trash" | "trash-put" => return self.trash(args),
            "gio" if args.first().is_some_and(|arg| arg.known().as_deref() == Some("trash")) => {
                return self.trash(&args[1..]);
            }
            "sudo" | "doas" => self.sudo(name, args, input)?,
            "command" => {
                if args.first().is_some_and(|arg| matches!(arg.known().as_deref(), Some("-v" | "-V"))) {
                    return Some(
                        args.get(1)
                            .and_then(Value::known)
                            .map_or(Value::unknown(Origin::Output), |name| Self::located(&name)),
                    );
                }
                return None;
            }
            "xargs" => self.xargs(args, input),
            "parallel" => self.parallel(args, input),
            "find" | "gfind" | "fd" | "fdfind" => self.find_program(name, args),
            "watch" | "hyperfine" => {
                let line = read_line(name, args)?;
                let text = line.operands.iter().map(|(_, value)| value.display()).collect::<Vec<_>>();
                if name == "watch" {
                    return Some(self.script(&text.join(" "), None));
                }
                for command in &text {
                    self.script(command, None);
                }
                return None;
            }
            "ssh" | "mosh" | "autossh" => self.ssh(name, args, input),
            "truncate" => {
                let line = read_line(name, args).filter(|line| !line.only_help && !line.operands.is_empty())?;
                for (_, file) in &line.operands {
                    let place = self.place(file);
                    self.write_effect(&place, false, true);
                }
                Value::default()
            }
            "dd" => self.dd(args, input),
            "tar" | "bsdtar" | "gtar" => {
                self.fetched_input = input.as_ref().and_then(Value::origin) == Some(Origin::Network);
                self.tar(args)
            }
            "rsync" => self.rsync(args),
            "chmod" | "chown" | "chgrp" => self.rights(name, args),
            "tmux" | "screen" => self.terminal(name, args)?,
            "git" => {
                let makes = |arg: &Value| {
                    matches!(
                        arg.known().as_deref(),
                        Some("commit" | "push" | "merge" | "rebase" | "am" | "cherry-pick" | "revert")
                    )
                };
                if args.iter().take(6).any(makes) {
                    self.commits_unchecked();
                }
                if args.iter().any(|arg| arg.known().as_deref() == Some("foreach")) {
                    self.carried(args, input);
                }
                return self.git(args);
            }
            "awk" | "gawk" | "mawk" => match self.pure(name, args, input.as_ref()) {
                Some(out) => out,
                None => return self.code(name, args, input),
            },
            "make" | "gmake" => self.make(args, input)?,
            "bun" if args.first().is_some_and(|arg| matches!(arg.prefix(), "-e" | "--eval" | "-p" | "--print")) => {
                return self.code(name, args, input);
            }
            "npm" | "pnpm" | "yarn" | "bun" => {
                if name == "yarn" && args.is_empty() {
                    return Some(self.argv(&[Value::text(name), Value::text("install")], input.clone()));
                }
                self.wrapper(name, args, input);
                self.package_script(args);
                self.package_settings(args);
                if let Some(out) = self.fetched_program(name, args, input) {
                    return Some(out);
                }
                return None;
            }
            "curl" | "wget" => self.web(name, args, input),
            "sftp" => {
                self.banged(input);
                self.scp(args);
                return None;
            }
            "scp" => self.scp(args),
            "su" | "runuser" => return self.other_user(name, args, input),
            "docker" | "podman" | "nerdctl" => {
                return match args.first().and_then(Value::known).as_deref() {
                    Some("cp") => self.copied_out(&args[1..]),
                    _ => self.container(args, input),
                };
            }
            "docker-compose" | "podman-compose" if args.first().is_some_and(|arg| arg.prefix().starts_with('-')) => {
                return self.compose(args, input);
            }
            "kubectl" | "oc" | "k" => {
                return match args.first().and_then(Value::known).as_deref() {
                    Some("cp") => self.copied_out(&args[1..]),
                    _ => self.passing_pod(args, input),
                };
            }
            "gh" | "glab" => return self.forge_text(name, args, input),
            "nc" | "ncat" | "netcat" | "socat" | "telnet" => {
                self.connected(name, args);
                return None;
            }
            "yes" if self.forked && self.endless => return None,
            "gcore" | "trap" => return None,
            // A look whether it lives, and the jobs of this very shell.
            "kill" if is_gentle(args, self.backgrounded && !self.named_processes) => Value::default(),
            "pgrep" | "pidof" | "ps" | "lsof" | "fuser" | "ss" | "netstat" | "pstree" | "jps" => {
                self.named_processes = true;
                return None;
            }
            "crontab" if input.is_some() || args.iter().any(|arg| arg.known().as_deref() == Some("-")) => {
                self.note(Class::Catastrophic, "persist.cron", "makes commands run again by themselves");
                Value::default()
            }
            "at" | "batch" => {
                if let Some(input) = input {
                    self.script_value(input, "persist.at");
                }
                return None;
            }
            _ => {
                if let Some(out) = self.wrapper(name, args, input) {
                    return Some(out);
                }
                if let Some(out) = self.fetched_program(name, args, input) {
                    return Some(out);
                }
                if let Some(out) = self.own_words(name, args) {
                    return Some(out);
                }
                return self.code(name, args, input);
            }
        })
    }
}

/// `kill -0 …` sends nothing; `kill %1` and `kill $!` end what this shell has started itself, and so does a number that the project
/// keeps in a file of its own.
fn is_gentle(args: &[Value], started: bool) -> bool {
    let own = |arg: &Value| {
        let of_project = arg.origin() == Some(Origin::Project);
        arg.known().is_none() && (of_project || started && arg.origin() == Some(Origin::Number))
    };
    let asks_to_end = |arg: &Value| {
        matches!(
            arg.known().as_deref(),
            Some(
                "-TERM"
                    | "-15"
                    | "-SIGTERM"
                    | "-INT"
                    | "-2"
                    | "-SIGINT"
                    | "-HUP"
                    | "-1"
                    | "-SIGHUP"
                    | "-QUIT"
                    | "-USR1"
                    | "-USR2"
            )
        )
    };
    if let [first, rest @ ..] = args
        && (own(first) && rest.iter().all(own) || asks_to_end(first) && !rest.is_empty() && rest.iter().all(own))
    {
        return true;
    }
    let words: Vec<String> = args.iter().map(|arg| arg.known().unwrap_or_default()).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["-0", _, ..] | ["-s" | "-n", "0", ..] => true,
        [flag, jobs @ ..] if flag.starts_with('-') && !flag.contains('9') => {
            !jobs.is_empty() && jobs.iter().all(|job| job.starts_with('%'))
        }
        jobs => !jobs.is_empty() && jobs.iter().all(|job| job.starts_with('%')),
    }
}
