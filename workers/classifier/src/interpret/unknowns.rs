//! Programs that nobody here knows, by what their own words say: a verb that destroys is one in every tool's language.

use super::Machine;
use crate::findings::Finding;
use palisade_language::words::Value;
use palisade_protocol::verdict::{Class, Operation};

/// Verbs after which nothing is had back.
const DESTROYS: &[&str] = &[
    "destroy",
    "destroy-all",
    "purge",
    "purge-all",
    "wipe",
    "wipe-all",
    "nuke",
    "obliterate",
    "erase",
    "erase-all",
    "drop-all",
    "drop-db",
    "drop-database",
    "delete-all",
    "deleteall",
    "delete_all",
    "factory-reset",
    "factory_reset",
    "force-reset",
    "force_reset",
    "deprovision",
    "decommission",
    "teardown",
    "tear-down",
    "terminate",
    "terminate-all",
    "zap",
    "zeroize",
    "sanitize",
    "format-disk",
    "kill-all",
    "killall",
    "flushall",
    "flush-all",
    "truncate-all",
    "remove-all",
    "rmall",
    "rollback-all",
];
/// Beginnings of verbs that name what they destroy.
const DESTROYS_SOME: &[&str] = &[
    "delete-",
    "delete_",
    "destroy-",
    "destroy_",
    "drop-",
    "drop_",
    "purge-",
    "purge_",
    "wipe-",
    "wipe_",
    "terminate-",
    "terminate_",
    "erase-",
    "erase_",
    "remove-all-",
    "nuke-",
    "force-delete",
    "force_delete",
    "force-remove",
    "bulk-delete",
];
/// Verbs that remove something that may be wanted back.
const REMOVES: &[&str] =
    &["delete", "del", "remove", "rm", "unregister", "uninstall", "disable", "stop", "shutdown", "revoke", "reset"];
/// Options that make them sure of it.
const SURELY: &[&str] = &[
    "--all",
    "--force",
    "-f",
    "--yes",
    "-y",
    "--purge",
    "--no-confirm",
    "--skip-confirmation",
    "--auto-approve",
    "--recursive",
];
/// Parts of a program's own name that say the same.
const NAMES: &[&str] = &[
    "nuke",
    "wipe",
    "wiper",
    "destroy",
    "destroyer",
    "purge",
    "userdel",
    "groupdel",
    "deluser",
    "delgroup",
    "rmkeytab",
    "obliterate",
    "eraser",
    "dropdb",
    "shredder",
];
/// Words that leave all as it is.
const NOTHING: &[&str] = &[
    "--dry-run",
    "--dryrun",
    "--help",
    "-h",
    "--version",
    "--check",
    "--what-if",
    "--plan",
    "--list",
    "help",
    "--noop",
];

/// Operands that are looked at for a verb.
const VERBS_MAX: usize = 3;

impl Machine<'_> {
    /// Whether the words of a program, or of a part of one, that is not known say that it destroys something.
    pub(super) fn destroys_by_word(&mut self, name: &str, args: &[Value]) {
        let known: Vec<String> = args.iter().filter_map(Value::known).collect();
        if known.iter().any(|word| NOTHING.contains(&word.as_str())) {
            return;
        }
        let operands = || known.iter().filter(|word| !word.starts_with('-')).take(VERBS_MAX).map(String::as_str);
        // `users:delete`, `db.drop-all`
        let verb = |word: &'static [&'static str]| {
            operands()
                .find(|operand| word.contains(&operand.rsplit([':', '.']).next().unwrap_or(operand)))
                .map(str::to_owned)
        };
        let begins =
            || operands().find(|word| DESTROYS_SOME.iter().any(|begin| word.starts_with(begin))).map(str::to_owned);
        let base = name.rsplit('/').next().unwrap_or(name).to_ascii_lowercase();
        let named = !name.contains('/') && base.split(['-', '_', '.']).any(|part| NAMES.contains(&part));
        let surely = known.iter().any(|word| SURELY.contains(&word.as_str()));
        let (class, word) = match (verb(DESTROYS).or_else(begins), verb(REMOVES)) {
            (Some(word), _) => (Class::Catastrophic, word),
            (None, Some(word)) if surely => (Class::Catastrophic, word),
            (None, _) if named => (Class::Catastrophic, base),
            (None, Some(word)) => (Class::Destructive, word),
            (None, None) => return,
        };
        if word.contains(char::is_whitespace) {
            return;
        }
        self.find(
            Finding::new(class, "program.destroys", format!("has {name}, which is not known, {}", said(&word)))
                .does(Operation::Delete),
        );
    }
}

fn said(word: &str) -> String {
    format!("do what {word:?} says")
}
