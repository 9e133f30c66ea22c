//! What git runs by its configuration and its options; the rest of git is in the knowledge base.

use super::super::Machine;
use crate::findings::Finding;
use crate::paths::{Place, Zone, is_secret_read};
use palisade_language::words::{Origin, Value};
use palisade_protocol::verdict::{Class, Operation};

impl Machine<'_> {
    /// What `git rev-parse --show-toplevel` prints; `None` for anything else.
    pub(in super::super) fn git_root(&mut self, args: &[Value]) -> Option<Value> {
        let asks = |at: usize, word: &str| args.get(at).and_then(Value::known).as_deref() == Some(word);
        if !asks(0, "rev-parse") || !asks(1, "--show-toplevel") {
            return None;
        }
        let Some(cwd) = self.cwd.clone() else { return Some(Value::unknown(Origin::Project)) };
        self.world.wants_git(&format!("{cwd}/x"));
        // Most calls are made at the root: what is asked about what lies below it is asked under that name.
        if self.world.asks() {
            return Some(Value::text(cwd));
        }
        let root = self.map.root_around(&cwd).filter(|_| self.world.observed());
        Some(root.map_or(Value::unknown(Origin::Project), Value::text))
    }

    /// Configuration that git runs commands by; the rest is the knowledge base's.
    pub(super) fn git(&mut self, args: &[Value]) -> Option<Value> {
        let words: Vec<String> = args.iter().map(Value::display).collect();
        let mut at = 0;
        while at < words.len() {
            if words[at] == "-c" {
                let setting = words.get(at + 1).cloned().unwrap_or_default();
                // A key without a value is switched on.
                let (key, value) = setting.split_once('=').unwrap_or((&setting, "true"));
                self.git_setting(key, value);
                if !is_plain_setting(key) {
                    self.note(Class::Ambiguous, "git.config", format!("runs git with another {key}"));
                }
                at += 2;
            } else if words[at].starts_with("--config-env") {
                self.note(Class::Ambiguous, "git.config", "runs git with a setting from a variable");
                at += 1 + usize::from(!words[at].contains('='));
            } else if matches!(words[at].as_str(), "-C" | "--git-dir" | "--work-tree") {
                if let Some(directory) = args.get(at + 1) {
                    self.git_elsewhere(&directory.clone());
                }
                at += 2;
            } else if let Some(("--git-dir" | "--work-tree", _)) = words[at].split_once('=') {
                let skip = words[at].find('=').map_or(0, |at| at + 1);
                self.git_elsewhere(&crate::knowledge::tail(&args[at], skip));
                at += 1;
            } else if words[at] == "--namespace" {
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
            "mv" => {
                if let Some(target) = args.last() {
                    let place = self.place(target);
                    self.moved(&place);
                }
                None
            }
            // `REVISION:PATH` prints the file as it was.
            "show" | "cat-file" | "archive" => {
                for arg in &args[(at + 1).min(args.len())..] {
                    let file = arg.prefix().find(':').map(|colon| crate::knowledge::tail(arg, colon + 1));
                    if let Some(file) = file.filter(|file| is_secret_read(&self.place(file))) {
                        self.read_effect(&file);
                    }
                }
                None
            }
            "config" => {
                let reads = rest.iter().any(|word| {
                    matches!(
                        word.as_str(),
                        "--get" | "--list" | "-l" | "--get-all" | "--get-regexp" | "get" | "list" | "--show-origin"
                    )
                });
                let elsewhere = rest.iter().any(|word| {
                    matches!(word.as_str(), "-f" | "--file" | "--system")
                        || word.starts_with("--file=")
                        || word.starts_with("--blob")
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
                let alias = operands.first().is_some_and(|key| key.to_ascii_lowercase().starts_with("alias."));
                let harmless = match operands.as_slice() {
                    // An alias is judged where it is used: to the knowledge base it is a command that is not known.
                    [_, value] if alias => !value.starts_with('!'),
                    [key] | [key, _] => alias || is_plain_setting(key),
                    _ => false,
                };
                if harmless
                    && !elsewhere
                    && !words[..at].iter().any(|word| word == "-C" || word.starts_with("--git-dir"))
                {
                    return Some(Value::unknown(Origin::Output));
                }
                if operands.first().is_some_and(|key| key.eq_ignore_ascii_case("core.hookspath")) {
                    let place = operands.get(1).map(|path| self.place(&Value::text(path.as_str())));
                    let planted = place.is_some_and(|place| place.zone == Zone::Temp);
                    let class = if planted { Class::Catastrophic } else { Class::Destructive };
                    self.note(class, "git.hooks", "changes which checks the repository runs");
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
            "init" => {
                let plain = rest.iter().all(|word| {
                    !word.starts_with('-')
                        || matches!(word.as_str(), "-q" | "--quiet" | "--bare" | "-b" | "-")
                        || ["--initial-branch", "--object-format", "--shared"]
                            .iter()
                            .any(|option| word.starts_with(option))
                });
                let named = rest.iter().rposition(|word| !word.starts_with('-')).filter(|at| {
                    *at == 0 || !matches!(rest[*at - 1].as_str(), "-b" | "--initial-branch" | "--object-format")
                });
                let directory = named.and_then(|named| args.get(at + 1 + named).cloned()).unwrap_or(Value::text("."));
                let place = self.place(&directory);
                // A repository decides what counts as a project: one that holds more than a project is asked about.
                let own = match place.zone {
                    Zone::Workspace | Zone::Temp | Zone::OwnTemp => place.exact,
                    Zone::WorkspaceRoot => self.map.contains(),
                    _ => false,
                };
                (plain && own && at == 0).then(|| Value::unknown(Origin::Output))
            }
            "remote" if rest.first().is_some_and(|word| word == "add") => {
                let name = rest.iter().skip(1).find(|word| !word.starts_with('-')).cloned();
                self.remotes.extend(name.filter(|_| self.remotes.len() < 16));
                None
            }
            "clone" if self.clones(rest, &args[(at + 1).min(args.len())..]) && at == 0 => {
                Some(Value::unknown(Origin::Output))
            }
            "rebase" if rest.iter().any(|word| word == "-x" || word == "--exec" || word.starts_with("--exec=")) => None,
            "push" | "fetch" | "clone" | "pull" => {
                if verb == "push" {
                    self.sent = true;
                    self.shared_references(rest);
                    if rest.iter().any(|word| self.remotes.contains(word)) {
                        self.note(Class::Ambiguous, "git.remote", "pushes to an address that it has just given git");
                    }
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

    /// References that others rest on are deleted, or moved by force, in a published repository.
    fn shared_references(&mut self, words: &[String]) {
        let flag = |names: &[&str]| words.iter().any(|word| names.contains(&word.as_str()));
        if flag(&["-n", "--dry-run"]) {
            return;
        }
        let deletes = flag(&["-d", "--delete"]);
        let leased = words.iter().any(|word| word.starts_with("--force-with-lease"));
        let names: Vec<&str> = words.iter().map(String::as_str).filter(|word| !word.starts_with('-')).skip(1).collect();
        let taken: Vec<&str> = match deletes || leased {
            true => names.iter().map(|name| name.split(':').next_back().unwrap_or(name)).collect(),
            false => names.iter().filter_map(|name| name.strip_prefix(':')).collect(),
        };
        if taken.iter().any(|name| is_shared(name)) || (deletes && taken.is_empty()) {
            self.find(
                Finding::new(
                    Class::Catastrophic,
                    "git.history.remote",
                    "deletes or rewrites published references that others rest on",
                )
                .does(Operation::Network),
            );
        }
    }

    /// Whether a clone only fetches: from a web address or another host's repository, to a place of the project or a temporary one.
    fn clones(&mut self, words: &[String], args: &[Value]) -> bool {
        const VALUED: [&str; 9] =
            ["-b", "--branch", "--depth", "-o", "--origin", "-j", "--jobs", "--filter", "--shallow-since"];
        const PLAIN: [&str; 17] = [
            "-q",
            "--quiet",
            "-v",
            "--verbose",
            "--progress",
            "-n",
            "--no-checkout",
            "--bare",
            "--mirror",
            "--single-branch",
            "--no-single-branch",
            "--no-tags",
            "--sparse",
            "-l",
            "--local",
            "--shallow-submodules",
            "--no-hardlinks",
        ];
        let mut operands = Vec::new();
        let mut at = 0;
        while let (Some(word), Some(arg)) = (words.get(at), args.get(at)) {
            at += 1;
            if VALUED.contains(&word.as_str()) {
                at += 1;
            } else if !word.starts_with('-') {
                operands.push(arg);
            } else if !PLAIN.contains(&word.as_str())
                && !VALUED.iter().any(|option| {
                    option.len() > 2 && word.strip_prefix(option).is_some_and(|rest| rest.starts_with('='))
                })
            {
                return false;
            }
        }
        let (Some(from), true) = (operands.first().and_then(|from| from.known()), operands.len() <= 2) else {
            return false;
        };
        let web = from.starts_with("https://")
            || (from.starts_with("git@") && from.contains(':'))
            || from.starts_with("ssh://git@");
        let own = {
            let place = self.place(&Value::text(from.as_str()));
            !from.contains(':')
                && matches!(place.zone, Zone::Workspace | Zone::WorkspaceRoot | Zone::Temp | Zone::OwnTemp)
        };
        let into = match operands.get(1) {
            Some(directory) => self.place(directory),
            None => self.place(&Value::text("./x")),
        };
        let inside = matches!(into.zone, Zone::Workspace | Zone::Temp | Zone::OwnTemp);
        let signed = from.contains('@') && !from.starts_with("git@") && !from.starts_with("ssh://git@");
        let plain = (web || own) && !signed && inside;
        self.cloned |= plain;
        plain
    }

    /// Another repository's own configuration says what git runs.
    fn git_elsewhere(&mut self, directory: &Value) {
        let place = self.place(directory);
        if !matches!(place.zone, Zone::Workspace | Zone::WorkspaceRoot | Zone::OwnTemp) && !is_own_git(&place) {
            let shown = directory.display();
            self.note(Class::Ambiguous, "git.elsewhere", format!("runs git by the settings of {shown}"));
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
            self.hooked += 1;
            // A helper is told what opens the repository.
            let told = key.ends_with(".helper").then(|| Value::unknown(Origin::Secret));
            self.script(value.trim_start_matches('!'), told);
            self.hooked -= 1;
            self.note(Class::Ambiguous, "git.config.exec", format!("makes git run a command ({key})"));
        }
        let host = |text: &str| {
            let rest = text.split("://").last().unwrap_or("");
            rest.rsplit('@').next().unwrap_or("").split(['/', ':']).next().unwrap_or("").to_owned()
        };
        if let Some(inner) = key
            .strip_prefix("url.")
            .and_then(|rest| rest.strip_suffix(".insteadof").or(rest.strip_suffix(".pushinsteadof")))
            && host(inner) != host(&value.to_ascii_lowercase())
            && host(inner).contains('.')
            && host(value).contains('.')
        {
            self.note(Class::Catastrophic, "net.trust", "sends git to another host than the one that is named");
        }
        let unchecked =
            key.starts_with("http.") && key.ends_with(".sslverify") && !matches!(value, "true" | "1" | "yes" | "on");
        let redirected = (key.starts_with("http.") || key.starts_with("https.") || key.starts_with("remote."))
            && (key.ends_with(".proxy") || key.ends_with(".sslcainfo"))
            || key.starts_with("url.http://") && key.ends_with("insteadof");
        if (unchecked || redirected) && !value.is_empty() {
            self.note(
                Class::Catastrophic,
                "net.trust",
                format!("lets somebody else stand between git and its remotes ({key})"),
            );
        }
        if matches!(key.as_str(), "protocol.ext.allow" | "include.path" | "http.sslverify" | "http.proxy")
            || key.starts_with("url.")
            || key.starts_with("includeif.")
        {
            self.note(Class::Ambiguous, "git.config", format!("changes how git connects or what it reads ({key})"));
        }
    }
}

/// Whether a branch or tag is one that others rest on, by its name. A name that is not known may be.
pub(super) fn is_shared(name: &str) -> bool {
    let name = name.trim_start_matches("refs/heads/").trim_start_matches('+');
    let version = name.trim_start_matches("refs/tags/").trim_start_matches('v');
    ["main", "master", "trunk", "develop", "dev", "production", "prod", "staging", "gh-pages"].contains(&name)
        || ["release", "hotfix", "stable", "refs/tags/", "…"].iter().any(|begin| name.starts_with(begin))
        || (version.starts_with(|digit: char| digit.is_ascii_digit()) && version.contains('.'))
        || name.contains('…')
}

/// The workspace's own `.git`.
fn is_own_git(place: &Place) -> bool {
    place.exact && place.zone == Zone::Git && place.path.ends_with("/.git")
}

/// Settings that change how git shows or records something, and neither what it runs nor whom it talks to.
fn is_plain_setting(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    ["color.", "advice.", "column.", "user.", "author.", "committer.", "status.", "blame.", "rerere.", "feature."]
        .iter()
        .any(|section| key.starts_with(section))
        || matches!(
            key.as_str(),
            "core.quotepath"
                | "core.autocrlf"
                | "core.eol"
                | "core.safecrlf"
                | "core.filemode"
                | "core.abbrev"
                | "core.ignorecase"
                | "core.longpaths"
                | "core.whitespace"
                | "core.pager"
                | "core.editor"
                | "core.precomposeunicode"
                | "core.compression"
                | "core.commentchar"
                | "core.preloadindex"
                | "core.untrackedcache"
                | "core.splitindex"
                | "log.showsignature"
                | "log.decorate"
                | "log.date"
                | "log.follow"
                | "log.abbrevcommit"
                | "diff.algorithm"
                | "diff.renames"
                | "diff.renamelimit"
                | "diff.context"
                | "diff.mnemonicprefix"
                | "diff.noprefix"
                | "diff.colormoved"
                | "diff.wserrorhighlight"
                | "diff.submodule"
                | "diff.indentheuristic"
                | "merge.conflictstyle"
                | "merge.renamelimit"
                | "merge.ff"
                | "merge.stat"
                | "init.defaultbranch"
                | "commit.gpgsign"
                | "tag.gpgsign"
                | "tag.sort"
                | "branch.sort"
                | "push.default"
                | "push.autosetupremote"
                | "push.followtags"
                | "pull.rebase"
                | "pull.ff"
                | "rebase.autosquash"
                | "rebase.autostash"
                | "rebase.updaterefs"
                | "fetch.prune"
                | "fetch.parallel"
                | "gc.auto"
                | "maintenance.auto"
                | "protocol.version"
                | "http.postbuffer"
                | "http.version"
                | "http.lowspeedlimit"
                | "http.lowspeedtime"
                | "i18n.commitencoding"
                | "i18n.logoutputencoding"
                | "index.threads"
                | "submodule.recurse"
                | "versionsort.suffix"
        )
}
