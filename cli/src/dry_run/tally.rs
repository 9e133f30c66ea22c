//! Counting verdicts: how many commands, how many different ones, which decision and which rule.

use palisade_protocol::verdict::{Class, Decision, SnapshotCover, Verdict, predicted_cover, predicted_decision};
use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, RandomState};

/// Different commands that are judged; a history of more holds something else than what people typed.
pub const DISTINCT_MAX: usize = 1 << 20;

/// How often.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    /// Commands.
    pub commands: u64,
    /// Of them different ones.
    pub distinct: u64,
}

/// What one rule would have done, by one decision.
#[derive(Debug)]
pub struct ByRule {
    /// The decision.
    pub decision: Decision,
    /// The rule.
    pub rule: String,
    /// The class of the first.
    pub class: Class,
    /// How often.
    pub count: Count,
    /// The first command, redacted.
    pub example: String,
    /// What was said of it.
    pub reason: String,
}

/// All counts.
#[derive(Debug, Default)]
pub struct Tally {
    /// Of all.
    pub all: Count,
    /// By decision.
    pub decisions: BTreeMap<Decision, Count>,
    /// By class.
    pub classes: BTreeMap<Class, Count>,
    /// Allowed because a snapshot would hold what they destroy.
    pub on_snapshot: Count,
    rules: Vec<ByRule>,
    index: HashMap<(Decision, String), usize>,
    seen: HashMap<u128, Seen>,
    keys: [RandomState; 2],
}

/// What is remembered of a command: nothing of its text.
#[derive(Debug, Clone, Copy)]
struct Seen {
    decision: Decision,
    class: Class,
    on_snapshot: bool,
    rule: usize,
}

impl Tally {
    /// Counts a command that was counted before; false if it is a new one, which is not counted yet.
    pub fn repeated(&mut self, command: &[u8]) -> bool {
        let Some(seen) = self.seen.get(&self.key(command)).copied() else { return false };
        self.count(seen, Count { commands: 1, distinct: 0 });
        true
    }

    /// Whether there is room for another command.
    pub fn full(&self) -> bool {
        self.seen.len() >= DISTINCT_MAX
    }

    /// Counts a new command.
    pub fn add(&mut self, command: &[u8], verdict: &Verdict, redacted: &str) {
        let decision = predicted_decision(verdict);
        let covered = predicted_cover(verdict) == SnapshotCover::Complete && !verdict.recoverable;
        let next = self.rules.len();
        let rule = *self.index.entry((decision, verdict.rule.as_str().to_owned())).or_insert(next);
        if rule == next {
            self.rules.push(ByRule {
                decision,
                rule: verdict.rule.as_str().to_owned(),
                class: verdict.class,
                count: Count::default(),
                example: redacted.to_owned(),
                reason: verdict.reason.as_str().to_owned(),
            });
        }
        let on_snapshot = covered && decision == Decision::Allow;
        let seen = Seen { decision, class: verdict.class, on_snapshot, rule };
        self.seen.insert(self.key(command), seen);
        self.count(seen, Count { commands: 1, distinct: 1 });
    }

    /// The rules that spoke with this decision, the most frequent first.
    pub fn rules(&self, decision: Decision) -> Vec<&ByRule> {
        let mut rules: Vec<&ByRule> = self.rules.iter().filter(|one| one.decision == decision).collect();
        rules.sort_by(|a, b| b.count.commands.cmp(&a.count.commands).then_with(|| a.rule.cmp(&b.rule)));
        rules
    }

    fn count(&mut self, seen: Seen, more: Count) {
        let classes = self.classes.entry(seen.class).or_default();
        let decisions = self.decisions.entry(seen.decision).or_default();
        let snapshot = if seen.on_snapshot { Some(&mut self.on_snapshot) } else { None };
        let counts =
            [Some(&mut self.all), Some(classes), Some(decisions), snapshot, Some(&mut self.rules[seen.rule].count)];
        for count in counts.into_iter().flatten() {
            count.commands += more.commands;
            count.distinct += more.distinct;
        }
    }

    /// Keyed anew in every run, so that nobody can write two commands that are taken for one.
    fn key(&self, command: &[u8]) -> u128 {
        let [high, low] = [&self.keys[0], &self.keys[1]].map(|key| u128::from(key.hash_one(command)));
        high << 64 | low
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain::testing::{delete, verdict};
    use palisade_protocol::verdict::Recovery;

    #[test]
    fn repeated_commands_are_counted_and_judged_once() {
        let mut tally = Tally::default();
        let held = verdict(Class::Destructive, true, vec![delete("a", Recovery::Snapshot)]);
        let lost = verdict(Class::Destructive, true, vec![delete("a", Recovery::Lost)]);
        for (command, verdict) in [("rm -r a", &held), ("rm -r b", &lost), ("rm -r c", &lost)] {
            assert!(!tally.repeated(command.as_bytes()));
            tally.add(command.as_bytes(), verdict, command);
        }
        assert!(tally.repeated(b"rm -r c") && tally.repeated(b"rm -r a") && tally.repeated(b"rm -r c"));
        assert_eq!(tally.all, Count { commands: 6, distinct: 3 });
        assert_eq!(tally.on_snapshot, Count { commands: 2, distinct: 1 });
        assert_eq!(tally.decisions[&Decision::Ask], Count { commands: 4, distinct: 2 });
        assert_eq!(tally.classes[&Class::Destructive], tally.all);
        let asked = tally.rules(Decision::Ask);
        assert_eq!((asked.len(), asked[0].count.commands, asked[0].example.as_str()), (1, 4, "rm -r b"));
        assert!(tally.rules(Decision::Deny).is_empty());
    }
}
