//! What git runs by its configuration and its options; the rest of git is in the knowledge base.

use super::super::Machine;
use palisade_language::words::{Origin, Value};
use palisade_protocol::verdict::Class;

impl Machine<'_> {
    /// Configuration that git runs commands by; the rest is the knowledge base's.
    pub(super) fn git(&mut self, args: &[Value]) -> Option<Value> {
        let words: Vec<String> = args.iter().map(Value::display).collect();
        let mut at = 0;
        while at < words.len() {
            if words[at] == "-c" || words[at] == "--config-env" {
                if let Some((key, value)) = words.get(at + 1).and_then(|setting| setting.split_once('=')) {
                    let (key, value) = (key.to_owned(), value.to_owned());
                    self.git_setting(&key, &value);
                }
                at += 2;
            } else if matches!(words[at].as_str(), "-C" | "--git-dir" | "--work-tree" | "--namespace") {
                at += 2;
            } else if words[at].starts_with("--exec-path=") {
                self.note(Class::Ambiguous, "exec.option", "lets git run programs from another place");
                at += 1;
            } else if words[at].starts_with('-') {
                at += 1;
            } else {
                break;
            }
        }
        let verb = words.get(at).map(String::as_str).unwrap_or("");
        let rest = &words[(at + 1).min(words.len())..];
        match verb {
            "config" => {
                let reads = rest.iter().any(|word| {
                    matches!(
                        word.as_str(),
                        "--get" | "--list" | "-l" | "--get-all" | "--get-regexp" | "get" | "list" | "--show-origin"
                    )
                });
                let operands: Vec<&String> = rest
                    .iter()
                    .filter(|word| !word.starts_with('-') && !matches!(word.as_str(), "set" | "add" | "unset"))
                    .collect();
                let unsets = rest.iter().any(|word| word.starts_with("--unset") || word == "unset");
                if reads || (operands.len() == 1 && !unsets) {
                    return Some(Value::unknown(Origin::Output));
                }
                if let [key, value, ..] = operands.as_slice() {
                    let (key, value) = ((*key).clone(), (*value).clone());
                    self.git_setting(&key, &value);
                }
                if operands.first().is_some_and(|key| key.eq_ignore_ascii_case("core.hookspath")) {
                    self.note(Class::Destructive, "git.hooks", "changes which checks the repository runs");
                }
                None
            }
            "add" | "stage" => {
                let paths: Vec<Value> = args[(at + 1).min(args.len())..]
                    .iter()
                    .filter(|arg| !arg.prefix().starts_with('-'))
                    .cloned()
                    .collect();
                for path in paths {
                    self.read_effect(&path);
                }
                None
            }
            "rebase" if rest.iter().any(|word| word == "-x" || word == "--exec" || word.starts_with("--exec=")) => None,
            "push" | "fetch" | "clone" | "pull" => {
                if verb == "push" {
                    self.sent = true;
                }
                if rest.iter().any(|word| word.starts_with("ext::")) {
                    self.note(Class::Catastrophic, "exec.option", "runs a command as git's transport");
                }
                let upload = rest.iter().position(|word| {
                    word == "--upload-pack" || word == "--receive-pack" || (verb == "clone" && word == "-u")
                });
                if let Some(at) = upload
                    && let Some(command) = rest.get(at + 1).cloned()
                {
                    self.script(&command, None);
                }
                None
            }
            _ => None,
        }
    }

    fn git_setting(&mut self, key: &str, value: &str) {
        let key = key.to_ascii_lowercase();
        let runs = key.starts_with("alias.") && value.starts_with('!')
            || [
                "core.fsmonitor",
                "core.pager",
                "core.sshcommand",
                "core.editor",
                "core.askpass",
                "core.gitproxy",
                "sequence.editor",
                "diff.external",
                "gpg.program",
                "credential.helper",
                "core.alternaterefscommand",
                "gpg.ssh.program",
                "uploadpack.packobjectshook",
            ]
            .contains(&key.as_str())
            || key.starts_with("pager.")
            || [
                ".textconv",
                ".command",
                ".driver",
                ".cmd",
                ".clean",
                ".smudge",
                ".process",
                ".helper",
                ".program",
                ".sshcommand",
            ]
            .iter()
            .any(|end| key.ends_with(end));
        if runs
            && !matches!(
                value,
                "true" | "false" | "cat" | "" | "less" | "vim" | "nano" | "store" | "cache" | "osxkeychain" | "delta"
            )
        {
            self.script(value.trim_start_matches('!'), None);
            self.note(Class::Ambiguous, "git.config.exec", format!("makes git run a command ({key})"));
        }
        if matches!(key.as_str(), "protocol.ext.allow" | "include.path" | "http.sslverify" | "http.proxy")
            || key.starts_with("url.")
            || key.starts_with("includeif.")
        {
            self.note(Class::Ambiguous, "git.config", format!("changes how git connects or what it reads ({key})"));
        }
    }
}
