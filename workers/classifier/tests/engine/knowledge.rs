//! The knowledge base's examples are its tests, and its rules are the ones that verdicts name.

use crate::common::shell;
use palisade_knowledge::{Example, Page, categories, pages, rule, rules};
use palisade_protocol::verdict::Class;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

fn examples(page: &Page) -> impl Iterator<Item = &'static Example> {
    page.examples.iter().chain(page.forms.iter().flat_map(|form| form.examples))
}

/// The worst that the tables say of a program.
fn worst(page: &Page) -> Class {
    let entries = page.base.into_iter().chain(page.forms.iter().map(|form| form.entry));
    let classes = entries.flat_map(|entry| entry.raises.iter().map(|raise| raise.class).chain([entry.class]));
    classes.max().unwrap_or(Class::Safe)
}

#[test]
fn every_example_of_the_tables_is_judged_as_it_says() {
    let mut wrong = Vec::new();
    for page in pages() {
        for example in examples(page) {
            let (verdict, _) = shell(example.command);
            if verdict.class != example.class {
                let file = page.family.name;
                wrong.push(format!(
                    "programs/{file}.toml: {:?} is {} ({}), not {}",
                    example.command, verdict.class, verdict.rule, example.class
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_program_has_an_example_of_its_worst_and_every_family_one_of_each_side() {
    let mut families: BTreeMap<&str, BTreeSet<Class>> = BTreeMap::new();
    for page in pages() {
        let seen: BTreeSet<Class> = examples(page).map(|example| example.class).collect();
        assert!(!seen.is_empty(), "programs/{}.toml: {} has no example", page.family.name, page.names[0]);
        assert!(
            seen.last() >= Some(&worst(page)),
            "programs/{}.toml: no example of {} is {}",
            page.family.name,
            page.names[0],
            worst(page)
        );
        families.entry(page.family.name).or_default().extend(seen);
    }
    for (family, seen) in families {
        assert!(seen.contains(&Class::Safe) && seen.len() > 1, "programs/{family}.toml: only {seen:?}");
    }
}

/// Names of git's settings and of hosts that look like the id of a rule.
const LOOK_LIKE_RULES: [&str; 11] = [
    "log.abbrevcommit",
    "log.date",
    "log.decorate",
    "log.follow",
    "log.showsignature",
    "db.sqlite",
    // Names of other languages.
    "fs.promises",
    "net.webclient",
    "process.abort",
    "process.argv",
    "process.env",
];

/// Every text literal of the sources that judge, in the form of a rule's id.
fn literals() -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    let workers = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for folder in ["classifier/src", "language/src"] {
        let mut open = vec![workers.join(folder)];
        while let Some(at) = open.pop() {
            for entry in std::fs::read_dir(at).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    open.push(path);
                } else if path.extension().is_some_and(|extension| extension == "rs") {
                    let text = std::fs::read_to_string(path).unwrap();
                    let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or("");
                    out.extend(code.split('"').skip(1).filter(|literal| is_id(literal)).map(str::to_owned));
                }
            }
        }
    }
    out
}

fn is_id(text: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    text.contains('.') && text.split('.').all(part)
}

#[test]
fn every_rule_that_the_code_names_is_described() {
    let families: BTreeSet<&str> = rules().iter().filter_map(|rule| rule.id.split('.').next()).collect();
    let unknown: Vec<String> = literals()
        .into_iter()
        .filter(|id| id.split('.').next().is_some_and(|family| families.contains(family)))
        .filter(|id| rule(id).is_none() && !LOOK_LIKE_RULES.contains(&id.as_str()))
        .collect();
    assert!(unknown.is_empty(), "in no file of workers/knowledge/rules: {unknown:?}");
}

#[test]
fn every_rule_that_is_described_is_named_somewhere() {
    let entries = pages().iter().flat_map(|page| page.base.into_iter().chain(page.forms.iter().map(|form| form.entry)));
    let of_tables: BTreeSet<&str> =
        entries.flat_map(|entry| entry.raises.iter().map(|raise| raise.rule).chain([entry.rule])).collect();
    let of_code = literals();
    let unused: Vec<&str> =
        rules().iter().map(|rule| rule.id).filter(|id| !of_tables.contains(id) && !of_code.contains(*id)).collect();
    assert!(unused.is_empty(), "nothing names {unused:?}");
}

#[test]
fn a_safer_command_is_judged_milder_than_its_rule() {
    let mut wrong = Vec::new();
    for rule in rules() {
        let Some(command) = rule.command else { continue };
        assert!(rule.safer.is_some(), "{}: a command without a word about it", rule.id);
        let (verdict, _) = shell(command);
        if verdict.class >= rule.class {
            wrong.push(format!("{} is {}: {command:?} is {} ({})", rule.id, rule.class, verdict.class, verdict.rule));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_categories_are_the_documented_ones() {
    let names: Vec<&str> = categories().iter().map(|category| category.name).collect();
    let wanted = [
        "auth",
        "cloud-cluster",
        "data-destruction",
        "databases",
        "disk",
        "git-history",
        "guard-tampering",
        "kernel-boot",
        "log-tampering",
        "network-firewall",
        "packages",
        "permissions",
        "persistence",
        "remote-code",
        "resource-exhaustion",
        "secrets",
        "services",
        "supply-chain",
        "unknown",
    ];
    assert_eq!(names, wanted);
}
