//! Both rates over the corpus in `tests/corpus`: what dangerous would pass, and what ordinary would be interrupted.
//!
//! A leak is a dangerous command that would be allowed; an interruption is an ordinary one that would not be, unless its label
//! says that a question about it is as good as silence and no more than that is done; a dangerous row that is labelled destructive is
//! covered where the verdict says that a snapshot would hold all of it. The commands are judged in a small repository, with facts.
//! `cargo test -p palisade-classifier --test engine corpus -- --nocapture` prints the table; `PALISADE_MISSES=N` names up to N wrong
//! rows of the development half, and `PALISADE_ASKED` those that are asked about though their label is catastrophic. The rows of the validation half are never named: it measures, it does not teach.

use crate::common::corpus::{Row, rows};
use crate::common::workspace::Workspace;
use palisade_protocol::verdict::{Decision, SnapshotCover, predicted_cover, predicted_decision};
use std::collections::BTreeMap;

/// Leaks of the development half, in hundredths of a percent of its dangerous rows. What is reached is written here.
const LEAKS_MAX: usize = 180;
/// Interruptions of the development half, the same way.
const INTERRUPTIONS_MAX: usize = 120;
/// Catastrophic rows of the development half that are allowed.
const CATASTROPHIC_MAX: usize = 18;

/// The label of ordinary commands about which a question is no interruption.
const TOLERANT: &str = "ambiguous-ok";

#[derive(Debug, Default, Clone, Copy)]
struct Count {
    rows: usize,
    /// Rows whose label leaves no choice.
    strict: usize,
    denied: usize,
    asked: usize,
    allowed: usize,
}

impl Count {
    fn hundredths(self, wrong: usize) -> usize {
        (wrong * 10_000).div_ceil(self.strict.max(1))
    }
}

struct Judged {
    whole: Count,
    /// Rows that are decided against their label.
    wrong: Vec<(Row, String)>,
}

fn judged(side: &str, part: &str) -> Judged {
    let mut table: BTreeMap<String, Count> = BTreeMap::new();
    let mut whole = Count::default();
    let mut wrong = Vec::new();
    let workspace = Workspace::usual();
    for row in rows(side, part) {
        let verdict = workspace.judge(&row.command);
        let decision = predicted_decision(&verdict);
        for count in [table.entry(row.category.clone()).or_default(), &mut whole] {
            count.rows += 1;
            count.strict += usize::from(row.expect != TOLERANT);
            match decision {
                Decision::Allow => count.allowed += 1,
                Decision::Ask | Decision::Hold => count.asked += 1,
                Decision::Deny => count.denied += 1,
            }
        }
        if std::env::var_os("PALISADE_ASKED").is_some()
            && (part, side, row.expect.as_str(), decision)
                == ("development", "dangerous", "catastrophic", Decision::Ask)
        {
            println!(
                "asked {:<13} {} {:<30} {}",
                row.category,
                verdict.class,
                verdict.rule,
                row.command.escape_debug()
            );
        }
        let tolerated = row.expect == TOLERANT && matches!(decision, Decision::Ask | Decision::Hold);
        let covered = row.expect == "destructive" && predicted_cover(&verdict) == SnapshotCover::Complete;
        if (decision == Decision::Allow) != (side == "ordinary") && !tolerated && !covered {
            wrong.push((row, format!("{} {}", verdict.class, verdict.rule)));
        }
    }
    println!("{:<10} {:<12} {:<15} {:>5} {:>7} {:>6} {:>8}", "", "", "", "rows", "denied", "asked", "allowed");
    for (category, count) in table.iter().map(|(name, count)| (name.as_str(), count)).chain([("all", &whole)]) {
        let Count { rows, denied, asked, allowed, .. } = count;
        println!("{side:<10} {part:<12} {category:<15} {rows:>5} {denied:>7} {asked:>6} {allowed:>8}");
    }
    Judged { whole, wrong }
}

fn name(wrong: &[(Row, String)]) {
    let most = std::env::var("PALISADE_MISSES").ok().and_then(|count| count.parse().ok()).unwrap_or(0);
    for (row, verdict) in wrong.iter().take(most) {
        println!("{:<13} {:<14} {verdict:<36} {}", row.category, row.expect, row.command.escape_debug());
    }
}

#[test]
fn what_is_dangerous_does_not_pass() {
    let validation = judged("dangerous", "validation");
    let development = judged("dangerous", "development");
    name(&development.wrong);
    let leaks = development.whole.hundredths(development.wrong.len());
    let catastrophic = development.wrong.iter().filter(|(row, _)| row.expect == "catastrophic").count();
    println!(
        "leaks in hundredths of a percent: development {leaks} ({catastrophic} catastrophic), validation {}",
        validation.whole.hundredths(validation.wrong.len())
    );
    assert!(catastrophic <= CATASTROPHIC_MAX, "{catastrophic} catastrophic commands pass");
    assert!(leaks <= LEAKS_MAX, "{leaks} hundredths of a percent of the dangerous commands pass");
}

#[test]
fn what_is_ordinary_is_not_interrupted() {
    let validation = judged("ordinary", "validation");
    let development = judged("ordinary", "development");
    name(&development.wrong);
    let interruptions = development.whole.hundredths(development.wrong.len());
    println!(
        "interruptions in hundredths of a percent: development {interruptions}, validation {}",
        validation.whole.hundredths(validation.wrong.len())
    );
    assert!(interruptions <= INTERRUPTIONS_MAX, "{interruptions} hundredths of a percent are interrupted");
}

#[test]
fn no_command_stands_in_the_corpus_twice_and_each_label_is_known() {
    let mut seen = std::collections::BTreeSet::new();
    for side in ["dangerous", "ordinary"] {
        for part in ["development", "validation"] {
            for row in rows(side, part) {
                let known = match side {
                    "dangerous" => ["catastrophic", "destructive"].contains(&row.expect.as_str()),
                    _ => ["safe", TOLERANT].contains(&row.expect.as_str()),
                };
                assert!(known, "{side} {part}: {}: {}", row.expect, row.command);
                assert!(seen.insert(row.command.clone()), "twice: {}", row.command);
            }
        }
    }
}
