//! What a command does decides, not how it is spelt: no rewrite that leaves it as it is gives it a lower class.
//!
//! The rewrites stand in `common/rewrite.rs`, the commands come from the corpus. The seeds are fixed; `PALISADE_CASES=N` tries N
//! times as many. What fails is shrunk to the shortest chain of rewrites that fails.

use crate::common::corpus::rows;
use crate::common::rewrite::{Choice, REWRITES, single};
use crate::common::shell;
use palisade_protocol::limits::COMMAND_MAX;
use palisade_protocol::verdict::Class;
use proptest::collection::vec;
use proptest::prelude::any;
use proptest::sample::select;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use std::collections::BTreeMap;

fn class(command: &str) -> Class {
    shell(command).0.class
}

/// How many times the usual number of cases are wanted.
fn times() -> usize {
    std::env::var("PALISADE_CASES").ok().and_then(|count| count.parse().ok()).unwrap_or(1)
}

/// The commands of one side. What is broken on purpose has no spelling that leaves it as it is.
fn bases(side: &str) -> Vec<String> {
    let all = ["development", "validation"].iter().flat_map(|part| rows(side, part));
    all.filter(|row| row.category != "parser-stress").map(|row| row.command).collect()
}

#[test]
fn no_rewrite_of_a_dangerous_command_lowers_its_class() {
    let mut failed: Vec<String> = Vec::new();
    let mut tried: BTreeMap<&str, usize> = BTreeMap::new();
    for (at, base) in bases("dangerous").iter().enumerate() {
        let before = class(base);
        for round in 0..times() {
            for (kind, (name, rewrite)) in REWRITES.iter().enumerate() {
                let mut choice = Choice((round * 10_000_000 + at * 100 + kind) as u64);
                if choice.below(3) != 0 {
                    continue;
                }
                let Some(text) = rewrite(base, &mut choice) else { continue };
                *tried.entry(name).or_default() += 1;
                let (verdict, _) = shell(&text);
                if verdict.class < before {
                    failed.push(format!("{name}: {before} -> {} {}: {text:?}", verdict.class, verdict.rule));
                }
            }
        }
    }
    let all: usize = tried.values().sum();
    println!("{all} rewrites tried, {} lower the class", failed.len());
    assert!(failed.is_empty(), "{failed:#?}");
    // None of the rewrites may come to apply to nothing unnoticed.
    for (name, _) in REWRITES {
        assert!(tried.get(name).is_some_and(|count| *count > 50), "{name}: {:?}", tried.get(name));
    }
}

/// One rewrite after the other; those that do not apply are left out.
fn chained(base: &str, chain: &[(usize, u64)]) -> String {
    chain.iter().fold(base.to_owned(), |text, (kind, seed)| {
        let next = REWRITES[kind % REWRITES.len()].1(&text, &mut Choice(*seed));
        next.filter(|next| next.len() <= COMMAND_MAX / 2).unwrap_or(text)
    })
}

#[test]
fn no_chain_of_rewrites_lowers_a_class() {
    let config = Config { cases: 6000 * times() as u32, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let inputs = (select(bases("dangerous")), vec((0..REWRITES.len(), any::<u64>()), 2..=3));
    let outcome = runner.run(&inputs, |(base, chain)| {
        let before = class(&base);
        let text = chained(&base, &chain);
        let (verdict, _) = shell(&text);
        if verdict.class >= before {
            return Ok(());
        }
        let names: Vec<&str> = chain.iter().map(|(kind, _)| REWRITES[*kind].0).collect();
        Err(TestCaseError::fail(format!("{before} -> {} {} by {names:?}: {text}", verdict.class, verdict.rule)))
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn a_dangerous_command_that_is_only_text_stays_text() {
    let frames: &[(&str, &str)] = &[
        ("echo ", ""),
        ("printf '%s\\n' ", ""),
        ("git commit -m ", ""),
        ("git log --grep ", ""),
        ("grep -rnF -e ", " src"),
        ("rg -F -e ", " docs"),
        ("x=", ""),
        ("echo ", " >> notes.md"),
    ];
    let mut failed: Vec<String> = Vec::new();
    for base in bases("dangerous") {
        for (before, after) in frames {
            let text = format!("{before}{}{after}", single(&base));
            let (verdict, _) = shell(&text);
            if verdict.class != Class::Safe {
                failed.push(format!("{} {}: {text:?}", verdict.class, verdict.rule));
            }
        }
    }
    assert!(failed.is_empty(), "{} are not silent: {failed:#?}", failed.len());
}

/// Programs with the option that has them do nothing, each behind the words that it belongs to.
const DRY: &[(&str, &str)] = &[
    ("git push", "--dry-run"),
    ("git push", "-n"),
    ("git clean", "--dry-run"),
    ("git clean", "-n"),
    ("git rm", "--dry-run"),
    ("git rm", "-n"),
    ("git fetch", "--dry-run"),
    ("git add", "--dry-run"),
    ("git add", "-n"),
    ("git commit", "--dry-run"),
    ("git worktree prune", "--dry-run"),
    ("rsync", "--dry-run"),
    ("rsync", "-n"),
    ("make", "-n"),
    ("make", "--dry-run"),
    ("npm publish", "--dry-run"),
    ("npm install", "--dry-run"),
    ("cargo publish", "--dry-run"),
    ("apt-get", "--dry-run"),
    ("apt-get", "-s"),
    ("apt", "-s"),
    ("kubectl delete", "--dry-run=client"),
    ("kubectl apply", "--dry-run=client"),
    ("kubectl apply", "--dry-run=server"),
    ("helm install", "--dry-run"),
    ("helm upgrade", "--dry-run"),
    ("helm uninstall", "--dry-run"),
    ("rclone", "--dry-run"),
    ("rclone", "-n"),
    ("rm", "--help"),
    ("mv", "--help"),
    ("cp", "--help"),
    ("chmod", "--help"),
    ("chown", "--help"),
    ("dd", "--help"),
    ("shred", "--help"),
    ("truncate", "--help"),
    ("mkfs.ext4", "--help"),
    ("systemctl", "--help"),
    ("useradd", "--help"),
    ("userdel", "--help"),
    ("docker rm", "--help"),
    ("docker system prune", "--help"),
    ("docker volume rm", "--help"),
    ("kubectl delete", "--help"),
    ("terraform destroy", "--help"),
    ("terraform destroy", "-help"),
    ("git reset", "--help"),
    ("git push", "--help"),
    ("npm", "--help"),
    ("pip uninstall", "--help"),
    ("cargo", "--help"),
    ("brew uninstall", "--help"),
];

#[test]
fn asking_for_help_or_a_dry_run_never_raises_a_class() {
    let mut failed: Vec<String> = Vec::new();
    let mut tried = 0;
    for base in bases("dangerous").into_iter().chain(bases("ordinary")) {
        for (words, option) in DRY.iter().filter(|_| !base.contains("--help") && !base.contains("--version")) {
            let Some(rest) = base.strip_prefix(words).filter(|rest| rest.is_empty() || rest.starts_with(' ')) else {
                continue;
            };
            let text = format!("{words} {option}{rest}");
            tried += 1;
            let (before, (verdict, _)) = (class(&base), shell(&text));
            if verdict.class > before {
                failed.push(format!("{before} -> {} {}: {text:?}", verdict.class, verdict.rule));
            }
        }
    }
    println!("{tried} dry runs and helps tried");
    assert!(tried > 100, "{tried}");
    assert!(failed.is_empty(), "{failed:#?}");
}
