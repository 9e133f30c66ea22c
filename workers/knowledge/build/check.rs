//! What must hold of the files, beyond their shape. Every message names the file and the entry.

use crate::schema::{Doors, Entry, Example, Program, Programs, Rules};
use std::collections::{BTreeMap, BTreeSet};

const CLASSES: [&str; 4] = ["safe", "ambiguous", "destructive", "catastrophic"];
const OPERANDS: [&str; 9] = ["words", "read", "write", "delete", "copy", "move", "filter", "link", "pattern"];
const UNDO: [&str; 4] = ["covered", "partly", "never", "nothing"];

/// Texts fit a terminal and a verdict.
const TEXT_MAX: usize = 240;

/// Checks the rules; their ids.
pub fn rules(files: &[(String, Rules)]) -> Result<BTreeSet<&str>, String> {
    let mut ids = BTreeSet::new();
    for (file, rules) in files {
        text(&rules.title, 40)
            .and_then(|()| text(&rules.about, TEXT_MAX))
            .map_err(|why| format!("rules/{file}.toml: {why}"))?;
        for rule in &rules.rule {
            let at = |why: String| format!("rules/{file}.toml: rule {:?}: {why}", rule.id);
            id(&rule.id).map_err(at)?;
            one_of("class", &rule.class, &CLASSES).map_err(at)?;
            one_of("undo", &rule.undo, &UNDO).map_err(at)?;
            for said in
                [Some(&rule.means), Some(&rule.why), rule.safer.as_ref(), rule.command.as_ref()].into_iter().flatten()
            {
                text(said, TEXT_MAX).map_err(at)?;
            }
            if !ids.insert(rule.id.as_str()) {
                return Err(at("stands there twice, or in another file too".to_owned()));
            }
        }
    }
    Ok(ids)
}

/// Checks the programs.
pub fn programs(files: &[(String, Programs)], rules: &BTreeSet<&str>) -> Result<(), String> {
    let mut names: BTreeMap<&str, &str> = BTreeMap::new();
    for (file, programs) in files {
        text(&programs.about, TEXT_MAX).map_err(|why| format!("programs/{file}.toml: {why}"))?;
        for program in &programs.program {
            let first = program.names.first().map_or("", String::as_str);
            let at = |why: String| format!("programs/{file}.toml: program {first:?}: {why}");
            for name in &program.names {
                if name.is_empty() || name.contains(char::is_whitespace) {
                    return Err(at(format!("{name:?} is no name")));
                }
                if let Some(other) = names.insert(name, file) {
                    return Err(at(format!("{name:?} has an entry in programs/{other}.toml already")));
                }
            }
            one(program, rules).map_err(at)?;
        }
    }
    Ok(())
}

/// Checks the side doors: each option is one, and each program that has one is known.
pub fn doors(doors: &Doors, files: &[(String, Programs)]) -> Result<(), String> {
    let known: BTreeSet<&str> =
        files.iter().flat_map(|(_, file)| &file.program).flat_map(|one| &one.names).map(String::as_str).collect();
    for door in &doors.door {
        let at = |why: &str| Err(format!("side-doors.toml: {:?}: {why}", door.of.0));
        if let Some(name) = door.of.list().into_iter().find(|name| !known.contains(name)) {
            return at(&format!("{name:?} is in no file of programs/"));
        }
        let within = door.within.list();
        let plain = |flag: &str| flag.starts_with(['-', '+', '/', '@']) || within.contains(&flag) || flag.is_empty();
        match door.each().into_iter().find(|(flag, _)| !plain(flag)) {
            Some((flag, _)) => return at(&format!("{flag:?} is no option, and no operand behind an '@'")),
            None if door.each().is_empty() => return at("says nothing"),
            None => {}
        }
    }
    Ok(())
}

fn one(program: &Program, rules: &BTreeSet<&str>) -> Result<(), String> {
    text(&program.about, TEXT_MAX)?;
    examples(&program.examples, &program.names)?;
    match program.entry() {
        Some(base) => entry(&base, rules)?,
        None if program.form.is_empty() => return Err("has neither a class nor a form".to_owned()),
        None => {}
    }
    let mut seen = BTreeSet::new();
    for form in &program.form {
        let paths = form.words.paths();
        let shown = paths
            .first()
            .map_or(String::new(), |words| words.iter().map(|word| word.join("|")).collect::<Vec<_>>().join(" "));
        let at = |why: String| format!("form {shown:?}: {why}");
        for words in &paths {
            if words.is_empty() || words.len() > 6 || words.iter().flatten().any(|word| word.is_empty()) {
                return Err(at(
                    "one to six words stand behind a program, and none of their alternatives is empty".to_owned()
                ));
            }
            for combination in product(words) {
                if !seen.insert(combination.clone()) {
                    return Err(at(format!("\"{}\" has a form already", combination.join(" "))));
                }
            }
        }
        let said = form.entry().ok_or_else(|| at("has no class".to_owned()))?;
        entry(&said, rules).map_err(at)?;
        examples(&form.examples, &program.names).map_err(at)?;
    }
    Ok(())
}

fn entry(entry: &Entry<'_>, rules: &BTreeSet<&str>) -> Result<(), String> {
    one_of("class", entry.class, &CLASSES)?;
    one_of("operands", entry.operands, &OPERANDS)?;
    match (entry.class, entry.rule, entry.says) {
        ("safe", None, None) => {}
        ("safe", ..) => return Err("what is safe has no rule and says nothing".to_owned()),
        (_, Some(rule), Some(says)) => known(rule, rules).and_then(|()| text(says, TEXT_MAX))?,
        _ => return Err("what is not safe has a rule and says something".to_owned()),
    }
    let taking = [&entry.value, &entry.r#in, &entry.out, &entry.shell];
    let mut taken = BTreeSet::new();
    for flag in taking.into_iter().flatten() {
        if !taken.insert(flag) {
            return Err(format!("the value of {flag} is described twice"));
        }
    }
    let plain = taking.into_iter().chain([&entry.recurse, &entry.only]).flatten();
    if let Some(wrong) = plain.into_iter().find(|flag| !flag.starts_with(['-', '+'])) {
        return Err(format!("{wrong:?} is no option"));
    }
    let operand = |flag: &str| flag.starts_with(['-', '+', '@']);
    if let Some(wrong) = entry.calm.iter().find(|flag| !operand(flag)) {
        return Err(format!("{wrong:?} is no option, and no operand behind an '@'"));
    }
    let mut others = entry.harmless.iter().copied().chain(entry.raise.iter().flat_map(|raise| raise.by.list()));
    if let Some(wrong) = others.find(|flag| !operand(flag) && !flag.starts_with('=')) {
        return Err(format!("{wrong:?} is no option, no operand behind an '@', and no option's value behind an '='"));
    }
    for raise in entry.raise {
        one_of("raise to", &raise.to, &CLASSES[1..])?;
        known(&raise.rule, rules)?;
        text(&raise.says, TEXT_MAX)?;
        if raise.by.list().is_empty() {
            return Err(format!("nothing raises it to {}", raise.to));
        }
    }
    Ok(())
}

fn examples(examples: &[Example], names: &[String]) -> Result<(), String> {
    for (command, class) in examples {
        one_of("an example's class", class, &CLASSES)?;
        if !names.iter().any(|name| command.contains(name.as_str())) {
            return Err(format!("the example {command:?} does not name the program"));
        }
    }
    Ok(())
}

/// Every sequence that picks one alternative of each word.
fn product<'a>(words: &[Vec<&'a str>]) -> Vec<Vec<&'a str>> {
    words.iter().fold(vec![Vec::new()], |begun, alternatives| {
        let longer = |before: &Vec<&'a str>| {
            let before = before.clone();
            alternatives.iter().map(move |word| before.iter().copied().chain([*word]).collect()).collect::<Vec<_>>()
        };
        begun.iter().flat_map(longer).collect()
    })
}

fn known(rule: &str, rules: &BTreeSet<&str>) -> Result<(), String> {
    if rules.contains(rule) { Ok(()) } else { Err(format!("the rule {rule:?} is in no file of rules/")) }
}

fn id(id: &str) -> Result<(), String> {
    let fits = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    if id.contains('.') && id.len() <= 64 && id.split('.').all(fits) {
        return Ok(());
    }
    Err("an id is two or more words of a-z, 0-9 and '-' with dots between them".to_owned())
}

fn one_of(what: &str, given: &str, allowed: &[&str]) -> Result<(), String> {
    if allowed.contains(&given) { Ok(()) } else { Err(format!("{what}: {given:?} is none of {}", allowed.join(", "))) }
}

fn text(text: &str, most: usize) -> Result<(), String> {
    if text.is_empty() || text.len() > most || text.contains(char::is_control) {
        return Err(format!("{text:?} is not a text of 1 to {most} bytes on one line"));
    }
    Ok(())
}
