//! Whether undo covers what a command would take away, in one sentence.

use crate::words::touched;
use palisade_knowledge::Undo as Rules;
use palisade_protocol::verdict::{Class, Effect, Operation, Recovery, SnapshotCover, Verdict, predicted_cover};

/// Names told in one sentence.
const NAMES_MAX: usize = 3;

/// The answer.
#[derive(Debug, PartialEq, Eq)]
pub struct Undo {
    /// For scripts: `needless`, `complete`, `partial`, `never` or `unknown`.
    pub is: &'static str,
    /// For people.
    pub says: String,
}

/// The answer for a verdict, as it is said in `cwd`; `rules` is what is known about its rule.
pub fn of(verdict: &Verdict, rules: Option<Rules>, cwd: &str) -> Undo {
    match verdict.class {
        Class::Safe => Undo { is: "needless", says: "Nothing is lost.".to_owned() },
        Class::Ambiguous => unclear(rules),
        Class::Destructive if verdict.recoverable => {
            Undo { is: "complete", says: format!("NOT NEEDED: {}.", kept(verdict)) }
        }
        Class::Destructive | Class::Catastrophic => by_cover(verdict, rules, cwd),
    }
}

/// What is asked about because something about it is not known.
fn unclear(rules: Option<Rules>) -> Undo {
    let (is, says) = match rules {
        Some(Rules::Nothing) => ("needless", "NOTHING TO UNDO: what matters is what it shows, not what it changes."),
        Some(Rules::Never) => ("never", "NOT UNDOABLE: nothing that Palisade keeps would bring it back."),
        Some(Rules::Partly | Rules::Covered) | None => {
            ("unknown", "UNKNOWN: what it would do is not fully known, so nothing is promised.")
        }
    };
    Undo { is, says: says.to_owned() }
}

fn by_cover(verdict: &Verdict, rules: Option<Rules>, cwd: &str) -> Undo {
    let open = names(verdict, cwd, |effect| !(effect.bounded && effect.recovery.covered()));
    match predicted_cover(verdict) {
        SnapshotCover::Complete => {
            let held =
                names(verdict, cwd, |effect| effect.recovery == Recovery::Snapshot).unwrap_or("all of it".to_owned());
            // Until snapshots exist this is what a running instance does.
            let today = "This version takes none yet: a running instance holds the call.";
            Undo { is: "complete", says: format!("UNDOABLE: a snapshot taken before would hold {held}. {today}") }
        }
        SnapshotCover::Partial => {
            let open = open.unwrap_or("the rest".to_owned());
            Undo { is: "partial", says: format!("PARTIAL: no snapshot would hold {open}.") }
        }
        SnapshotCover::None => {
            let why = match open {
                _ if verdict.effects.iter().any(|effect| effect.recovery == Recovery::Lost) => {
                    let lost = names(verdict, cwd, |effect| effect.recovery == Recovery::Lost);
                    format!("nothing brings back {}", lost.unwrap_or("what it destroys".to_owned()))
                }
                Some(open) => format!("no snapshot would hold {open}"),
                None if rules == Some(Rules::Never) => "nothing that Palisade keeps would bring it back".to_owned(),
                None => "no snapshot would hold what it changes".to_owned(),
            };
            Undo { is: "never", says: format!("NOT UNDOABLE: {why}.") }
        }
    }
}

/// Why nothing is lost that cannot be had again.
fn kept(verdict: &Verdict) -> &'static str {
    let has = |recovery| verdict.effects.iter().any(|effect| effect.recovery == recovery);
    match (has(Recovery::Tracked), has(Recovery::Rebuilt)) {
        (true, true) => "git has a part of it as it is, and the build makes the rest again",
        (true, false) => "git has all of it as it is",
        (false, true) => "the build makes all of it again",
        (false, false) => "nothing is lost that cannot be had again",
    }
}

/// The things that `which` picks; none if none has a name. What runs or is talked to is nothing that a snapshot could hold.
fn names(verdict: &Verdict, cwd: &str, which: impl Fn(&Effect) -> bool) -> Option<String> {
    let mut names: Vec<String> = Vec::new();
    let holdable = |operation| {
        matches!(operation, Operation::Write | Operation::Delete | Operation::Device | Operation::Permission)
    };
    let named = |effect: &&Effect| holdable(effect.operation) && !effect.target.is_empty() && which(effect);
    for effect in verdict.effects.iter().filter(named) {
        let name = touched(&effect.target, cwd);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let more = names.len().saturating_sub(NAMES_MAX);
    names.truncate(NAMES_MAX);
    match (names.pop()?, more) {
        (last, 0) if names.is_empty() => Some(last),
        (last, 0) => Some(format!("{} and {last}", names.join(", "))),
        (last, more) => Some(format!("{}, {last} and {more} more", names.join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{delete, verdict};
    use super::*;

    fn says(class: Class, contained: bool, effects: &[(&str, Recovery)]) -> (&'static str, String) {
        let effects = effects.iter().map(|(target, recovery)| delete(target, *recovery)).collect();
        let undo = of(&verdict(class, contained, effects), None, "");
        (undo.is, undo.says)
    }

    #[test]
    fn undo_is_promised_for_what_a_snapshot_would_hold_and_the_rest_is_named() {
        let (is, text) = says(Class::Destructive, true, &[("a", Recovery::Snapshot), ("b", Recovery::Rebuilt)]);
        assert!(is == "complete" && text.starts_with("UNDOABLE: a snapshot taken before would hold a. "), "{text}");
        let both = [("a", Recovery::Snapshot), ("/b", Recovery::Unknown), ("/c", Recovery::Unknown)];
        assert_eq!(
            says(Class::Destructive, false, &both),
            ("partial", "PARTIAL: no snapshot would hold /b and /c.".into())
        );
        let outside = [("/a", Recovery::Unknown); 1];
        assert_eq!(says(Class::Catastrophic, false, &outside).1, "NOT UNDOABLE: no snapshot would hold /a.");
        let many = [
            ("/a", Recovery::Unknown),
            ("/b", Recovery::Unknown),
            ("/c", Recovery::Unknown),
            ("/d", Recovery::Unknown),
        ];
        assert_eq!(
            says(Class::Destructive, false, &many).1,
            "NOT UNDOABLE: no snapshot would hold /a, /b, /c and 1 more."
        );
        let lost = [("/a", Recovery::Lost)];
        assert_eq!(says(Class::Destructive, true, &lost).1, "NOT UNDOABLE: nothing brings back /a.");
        let sends = Effect { operation: Operation::Network, ..delete("https://a.example", Recovery::Unknown) };
        let sent = verdict(Class::Destructive, false, vec![sends]);
        assert_eq!(of(&sent, None, "").says, "NOT UNDOABLE: no snapshot would hold what it changes.");
        assert_eq!(says(Class::Destructive, true, &[]).1, "NOT UNDOABLE: no snapshot would hold what it changes.");
    }

    #[test]
    fn what_no_rule_brings_back_is_never_called_undoable() {
        for class in [Class::Ambiguous, Class::Destructive, Class::Catastrophic] {
            let undo = of(&verdict(class, false, Vec::new()), Some(Rules::Never), "");
            assert_eq!(
                (undo.is, undo.says.as_str()),
                ("never", "NOT UNDOABLE: nothing that Palisade keeps would bring it back.")
            );
        }
    }

    #[test]
    fn nothing_is_promised_for_what_is_not_known_and_nothing_needed_where_nothing_is_lost() {
        assert_eq!(says(Class::Ambiguous, true, &[("a", Recovery::Snapshot)]).0, "unknown");
        let shows = of(&verdict(Class::Ambiguous, true, Vec::new()), Some(Rules::Nothing), "");
        assert!(shows.is == "needless" && shows.says.starts_with("NOTHING TO UNDO: "), "{shows:?}");
        assert_eq!(says(Class::Safe, true, &[]).0, "needless");
        let mut kept = verdict(Class::Destructive, true, vec![delete("a", Recovery::Tracked)]);
        kept.recoverable = true;
        assert_eq!(of(&kept, None, "").says, "NOT NEEDED: git has all of it as it is.");
    }
}
