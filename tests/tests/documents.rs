//! The documents name tests; each of them exists, and is one.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use palisade_tests::built::workspace;
use palisade_tests::instance::files_below;
use std::collections::BTreeSet;

const DOCUMENTS: [&str; 3] = ["docs/invariants.md", "docs/threat-model.md", "docs/past-mistakes.md"];

/// This one names a few.
const VERDICTS: &str = "docs/verdicts.md";

/// Where tests are.
const CRATES: [&str; 6] = ["protocol", "sandbox", "supervisor", "workers", "cli", "tests"];

/// Words in backticks that read as a claim: three words and more.
fn named(text: &str) -> Vec<&str> {
    let quoted = text.split('`').skip(1).step_by(2);
    let claim = |word: &&str| {
        word.matches('_').count() >= 2
            && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
    };
    quoted.filter(claim).collect()
}

/// The functions that the test runner calls, and the claims in the list of the sandbox's own harness.
fn tests() -> BTreeSet<String> {
    let files = CRATES.iter().flat_map(|dir| files_below(&workspace().join(dir)));
    let mut found = BTreeSet::new();
    for file in files.filter(|file| file.extension().is_some_and(|ending| ending == "rs")) {
        let text = std::fs::read_to_string(&file).unwrap();
        // It has a main of its own, and lists its tests by name.
        let harness = file.parent().is_some_and(|dir| dir.ends_with("sandbox/tests/confinement"));
        let mut attributed = false;
        for line in text.lines().map(str::trim) {
            match line.strip_prefix("fn ").and_then(|rest| rest.split_once('(')) {
                Some((name, _)) if attributed => drop(found.insert(name.to_owned())),
                _ => {}
            }
            attributed = line == "#[test]" || attributed && line.starts_with("#[");
            let listed = line.contains("(\"").then(|| line.split('"').nth(1)).flatten();
            if let Some(name) = listed.filter(|_| harness) {
                found.insert(name.to_owned());
            }
        }
    }
    found
}

#[test]
fn every_test_that_a_document_names_exists() {
    let tests = tests();
    assert!(tests.len() > 300, "{} tests were found", tests.len());
    for (document, least) in DOCUMENTS.map(|document| (document, 10)).into_iter().chain([(VERDICTS, 1)]) {
        let text = std::fs::read_to_string(workspace().join(document)).unwrap();
        let named = named(&text);
        assert!(named.len() > least, "{document} names {} tests", named.len());
        let missing: Vec<&str> = named.into_iter().filter(|name| !tests.contains(*name)).collect();
        assert!(missing.is_empty(), "{document} names tests that do not exist: {missing:?}");
    }
}

#[test]
fn every_invariant_every_past_mistake_and_every_adversary_names_a_test() {
    let read = |document| std::fs::read_to_string(workspace().join(document)).unwrap();
    let invariants = read(DOCUMENTS[0]);
    let sections: Vec<&str> = invariants.split("\n## ").filter(|section| section.starts_with('I')).collect();
    assert_eq!(sections.len(), 11);
    for section in sections {
        let (title, text) = section.split_once('\n').unwrap();
        assert!(!named(text).is_empty() || text.contains("*Not yet:"), "{title}");
    }
    for document in &DOCUMENTS[1..] {
        let text = read(document);
        let rows: Vec<&str> = text.lines().filter(|line| line.starts_with("| ")).skip(1).collect();
        assert!(rows.len() > 5, "{document}");
        for row in rows {
            assert!(!named(row).is_empty(), "{document}: {row}");
        }
    }
}
