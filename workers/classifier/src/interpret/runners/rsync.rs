//! `rsync`: whether it only rehearses, what it removes, and what its options run.

use super::super::Machine;
use crate::findings::Finding;
use crate::paths::{Place, Zone};
use palisade_language::words::{Origin, Value};
use palisade_protocol::verdict::{Class, Operation};

/// Long options with a value that changes nothing beside the copy. rsync takes no shortened names.
const VALUED: &[&str] = &[
    "exclude",
    "include",
    "filter",
    "exclude-from",
    "include-from",
    "files-from",
    "log-file-format",
    "bwlimit",
    "suffix",
    "compare-dest",
    "copy-dest",
    "link-dest",
    "port",
    "timeout",
    "contimeout",
    "max-size",
    "min-size",
    "max-delete",
    "modify-window",
    "block-size",
    "chmod",
    "chown",
    "usermap",
    "groupmap",
    "info",
    "debug",
    "out-format",
    "compress-level",
    "compress-choice",
    "checksum-choice",
    "checksum-seed",
    "iconv",
    "skip-compress",
    "stop-after",
    "stop-at",
    "max-alloc",
    "outbuf",
    "address",
    "protocol",
    "password-file",
    "read-batch",
];
/// Long options whose value is a place that is written to.
const WRITTEN: &[&str] = &["log-file", "backup-dir", "temp-dir", "partial-dir", "write-batch", "only-write-batch"];
const PLAIN: &[&str] = &[
    "verbose",
    "quiet",
    "checksum",
    "archive",
    "recursive",
    "relative",
    "backup",
    "update",
    "inplace",
    "append",
    "append-verify",
    "dirs",
    "mkpath",
    "links",
    "copy-links",
    "safe-links",
    "munge-links",
    "copy-dirlinks",
    "keep-dirlinks",
    "hard-links",
    "perms",
    "executability",
    "acls",
    "xattrs",
    "owner",
    "group",
    "devices",
    "specials",
    "times",
    "atimes",
    "open-noatime",
    "crtimes",
    "omit-dir-times",
    "omit-link-times",
    "sparse",
    "preallocate",
    "dry-run",
    "whole-file",
    "one-file-system",
    "existing",
    "ignore-existing",
    "ignore-missing-args",
    "ignore-errors",
    "partial",
    "delay-updates",
    "prune-empty-dirs",
    "numeric-ids",
    "ignore-times",
    "size-only",
    "fuzzy",
    "compress",
    "cvs-exclude",
    "from0",
    "secluded-args",
    "protect-args",
    "stats",
    "8-bit-output",
    "human-readable",
    "progress",
    "itemize-changes",
    "list-only",
    "fsync",
    "ipv4",
    "ipv6",
    "version",
    "help",
    "fake-super",
    "ignore-non-existing",
    "old-args",
    "blocking-io",
];

impl Machine<'_> {
    pub(super) fn rsync(&mut self, args: &[Value]) -> Value {
        let (mut dry, mut deletes, mut removes) = (false, false, false);
        let mut operands: Vec<Value> = Vec::new();
        let mut at = 0;
        while let Some(arg) = args.get(at) {
            let text = arg.known().unwrap_or_else(|| arg.prefix().to_owned());
            at += 1;
            if let Some(long) = text.strip_prefix("--").filter(|long| !long.is_empty()) {
                let name = long.split('=').next().unwrap_or("");
                let attached = name.len() < long.len();
                let value =
                    if attached { Some(crate::knowledge::tail(arg, name.len() + 3)) } else { args.get(at).cloned() };
                let takes = VALUED.contains(&name) || WRITTEN.contains(&name) || matches!(name, "rsh" | "rsync-path");
                at += usize::from(takes && !attached);
                match name {
                    "dry-run" | "list-only" | "version" | "help" => dry = true,
                    "remove-source-files" | "remove-sent-files" => removes = true,
                    _ if name.starts_with("del") || name == "force" => deletes = true,
                    "rsh" | "rsync-path" => self.rsync_runs(value),
                    _ if WRITTEN.contains(&name) => {
                        if let Some(value) = value {
                            let place = self.place(&value);
                            self.write_effect(&place, false, false);
                        }
                    }
                    _ if VALUED.contains(&name) || PLAIN.contains(&name) || name.starts_with("no-") => {}
                    _ => self.note(
                        Class::Ambiguous,
                        "exec.option",
                        format!("gives rsync the option --{name}, which is not known"),
                    ),
                }
            } else if text.starts_with('-') && text.len() > 1 {
                for (index, letter) in text.char_indices().skip(1) {
                    let end = index + letter.len_utf8();
                    match letter {
                        'n' => dry = true,
                        'e' | 'f' | 'B' | 'T' | 'M' | '@' => {
                            let attached = end < text.len() || arg.known().is_none();
                            let value =
                                if attached { Some(crate::knowledge::tail(arg, end)) } else { args.get(at).cloned() };
                            at += usize::from(!attached);
                            match letter {
                                'e' | 'M' => self.rsync_runs(value),
                                'T' => {
                                    if let Some(value) = value {
                                        let place = self.place(&value);
                                        self.write_effect(&place, false, false);
                                    }
                                }
                                _ => {}
                            }
                            break;
                        }
                        _ if "vqcarRbudlLkKHpEAXogDtUONSWxCFPzhi0468yImsJj".contains(letter) => {}
                        _ => self.note(Class::Ambiguous, "exec.option", "gives rsync an option that is not known"),
                    }
                }
            } else if text != "--" {
                operands.push(arg.clone());
            }
        }
        if dry {
            return Value::unknown(Origin::Output);
        }
        let takes_git = !args.iter().any(|arg| {
            let text = arg.display();
            text.contains(".git") || text == "-C" || text.contains("cvs-exclude")
        });
        self.rsync_copies(&operands, deletes, removes, takes_git);
        Value::unknown(Origin::Output)
    }

    /// A remote shell, or what is run at the other end. `ssh` and its options are how rsync connects anyway.
    fn rsync_runs(&mut self, value: Option<Value>) {
        match value.and_then(|value| value.known()) {
            Some(text) if text == "ssh" => {}
            Some(text) => {
                self.script(&text, None);
                self.note(Class::Ambiguous, "exec.option", "runs a command through an option of rsync");
            }
            None => self.note(Class::Ambiguous, "exec.option", "runs a command through an option of rsync"),
        }
    }

    fn rsync_copies(&mut self, operands: &[Value], deletes: bool, removes: bool, takes_git: bool) {
        let remote = |value: &Value| value.display().contains(':');
        let Some((last, sources)) = operands.split_last() else { return };
        for source in sources {
            if remote(source) {
                if removes {
                    self.note(Class::Destructive, "fs.delete", "removes what it copied from another host");
                }
                continue;
            }
            self.read_effect(source);
            if removes {
                let place = self.place(source);
                self.delete_effect(&place, true);
            }
        }
        if remote(last) {
            self.sent = true;
            let class = if deletes || removes { Class::Destructive } else { Class::Ambiguous };
            self.find(Finding::new(class, "net.copy", "copies to another host").does(Operation::Network));
            return;
        }
        let place = self.place(last);
        if deletes {
            self.delete_effect(&place, true);
        }
        // What a tree holds lands in the project's own directory, `.git` too if it has one.
        let trees = sources.iter().any(|source| source.display().ends_with('/'));
        let zone =
            if place.zone == Zone::WorkspaceRoot && !(trees && takes_git) { Zone::Workspace } else { place.zone };
        self.write_effect(&Place { zone, ..place }, false, false);
    }
}
