//! `palisade limits`: whom Palisade protects against and whom not, and the gaps of this version, in plain words.
//!
//! A gap leaves this list when a test shows that it is closed.

use crate::failure::Failure;
use crate::words::print_json;
use serde_json::json;

/// Who may attack, and what holds against them today.
const SCOPE: [(&str, &str); 6] = [
    (
        "A mistaken or prompt-injected agent",
        "In scope. It may control every byte of the calls that its hook reports; they are judged and recorded before they run. \
         What it destroys in a call that was allowed is not brought back by this version.",
    ),
    (
        "A local user, in a system installation",
        "In scope: the agent's own uid cannot change its verdicts, forge another uid's events, or edit or cut the record \
         unnoticed while the supervisor runs or after a clean stop.",
    ),
    (
        "The same in a rootless run",
        "Not in scope: whatever runs as your uid can stop Palisade, change its files and rewrite its journal. Only mistakes and \
         injected agents that do not aim at Palisade itself are held.",
    ),
    (
        "An exploited worker",
        "In scope: it gets the one capability that `palisade permissions` prints for it. In a rootless run all workers share \
         your uid and are kept apart by seccomp, Landlock and not being dumpable.",
    ),
    (
        "A thief of the disk",
        "In part: secrets that are recognised are replaced before anything is stored. What is not recognised as a secret is \
         stored as it was typed.",
    ),
    (
        "Root",
        "Not stopped, and with nothing sealed yet not even made visible: root can write a new journal that verifies.",
    ),
];

/// What this version cannot do or see.
const GAPS: [&str; 17] = [
    "Hooks see tool calls, not processes: what an allowed command starts is not seen, nor are `!commands` that a person types \
     to the agent, `@file` mentions, MCP servers themselves, or an agent started with its hooks off.",
    "An agent that was never wired, or whose settings were changed after `palisade init`, is not seen. Nothing watches the \
     settings yet.",
    "Claude Code before 2.1.295 ignores `onFailure: block` and runs the call when the hook crashes, is missing or times out.",
    "Between the check and the run the world may change. Links, matches, git's state and the texts of scripts are those of the \
     moment of the check, seen with the asking user's rights; what cannot be seen, or is over a limit, is asked about.",
    "Rules know shells and common programs, and no list of them is complete. A program that none knows is judged ambiguous: an \
     attended agent's person is asked, and answers for it.",
    "A project's own tools are taken for what they are for: `cargo test`, `npm test`, `make`, `go run`, `git push` and their like \
     pass as safe with whatever the project holds, and so does writing over a file of the project.",
    "There are no snapshots yet and there is no undo: what is lost is lost. `palisade judge` and `palisade dry-run` say what a \
     snapshot would hold and decide as if it were taken; a running instance holds such a call.",
    "There is no queue for approvals: what would be held is denied, and `ask` is left to the agent's own prompt, whose answer \
     is not recorded.",
    "There is no vault and no password: settings are protected by file permissions alone, and `status` says UNLOCKED.",
    "Records are chained, not sealed: whoever can write the journal's files can write a new chain that verifies.",
    "Redaction knows the usual shapes of secrets; an unusual one is recorded as it is.",
    "No human shell is recorded, and nothing confines an agent's processes.",
    "While the supervisor is dead, what is proven safe passes and is only counted; the count becomes a gap event when it is \
     back. The user whose calls were counted can change its count, and a reboot forgets it.",
    "In a system installation every user may make files in /run/palisade/spool, where unwatched calls are counted, and so fill the \
     file system that it lies on. A running supervisor removes them once a minute, but for directories that are not empty.",
    "Started by root, the supervisor may not look into other users' processes: which program asked, and from which directory, is \
     not in its records, and a working directory that the agent asserts is compared with nothing.",
    "Started by root, the supervisor and its workers use the uids 70000 to 71023, or 1024 others by `workers.uid_base`: keep them \
     free. Workers that two commands of root's start at once, without the supervisor, may share one.",
    "One host. Nothing is sent anywhere, so nothing outside of this host can tell that its journal was replaced.",
];

/// Prints it.
pub fn limits(as_json: bool) -> Result<u8, Failure> {
    if as_json {
        let scope: Vec<_> = SCOPE.iter().map(|(who, holds)| json!({"adversary": who, "holds": holds})).collect();
        print_json(&json!({"schema": "palisade.limits/1", "scope": scope, "gaps": GAPS}));
        return Ok(0);
    }
    say!("Whom Palisade protects against, and whom not\n");
    for (who, holds) in SCOPE {
        say!("{who}\n  {holds}");
    }
    say!("\nWhat this version does not do or see\n");
    for gap in GAPS {
        say!("- {gap}");
    }
    Ok(0)
}
