//! `palisade kb`: what is known about programs and rules, in plain words.

use crate::arguments::Kb;
use crate::failure::Failure;
use crate::words::{colour, count, cut, print_json, tinted};
use palisade_knowledge::{Category, Entry, Example, FormPage, Operands, Page, Rule, Taken};
use palisade_knowledge::{categories, named_by, nearest, page, pages, rule, rules};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Of the programs that a rule speaks about, so much of the list.
const PROGRAMS_SHOWN: usize = 240;

/// Shows a program, a rule, or what there is of them.
pub fn kb(what: &Kb) -> Result<u8, Failure> {
    match what {
        Kb::Show { program, words, json } => show(program, words, *json)?,
        Kb::List { json } => list(*json),
        Kb::Rule { id, json } => one_rule(id, *json)?,
        Kb::Rules { category, json, markdown } => many_rules(category.as_deref(), *json, *markdown)?,
    }
    Ok(0)
}

fn show(program: &str, words: &[String], json: bool) -> Result<(), Failure> {
    let base = program.rsplit('/').next().unwrap_or(program);
    let page = page(base).ok_or_else(|| unknown(base))?;
    let forms = fitting(page, words);
    if !words.is_empty() && forms.is_empty() && page.base.is_none() {
        return Err(Failure::failed(format!(
            "{base} is known, {:?} behind it is not: such a command is asked about (rule program.subcommand)",
            words.join(" ")
        )));
    }
    if json {
        print_json(&document(page, &forms));
        return Ok(());
    }
    let colour = colour();
    say!("{}: {}{}", page.names[0], page.about, others(page));
    say!("{} (programs/{}.toml)", page.family.about, page.family.name);
    if let Some(base) = page.base {
        let title =
            if page.forms.is_empty() { "Whatever stands behind it" } else { "With any words that stand nowhere below" };
        say!("\n{title}");
        say_part!("{}", paragraph(base, page.examples, colour));
    }
    if !words.is_empty() && forms.is_empty() {
        say!("\nNothing is known about {:?} by itself: what stands above counts.", words.join(" "));
    }
    for form in forms {
        say!("\n{} {}", page.names[0], form.words.join(&format!("\n{} ", page.names[0])));
        say_part!("{}", paragraph(form.entry, form.examples, colour));
    }
    Ok(())
}

/// All forms, or with words the ones that fit them best.
fn fitting(page: &'static Page, words: &[String]) -> Vec<&'static FormPage> {
    if words.is_empty() {
        return page.forms.iter().collect();
    }
    let given: Vec<Option<&str>> = words.iter().map(|word| Some(word.as_str())).collect();
    let known = palisade_knowledge::program(page.names[0]).map_or(&[][..], |program| program.forms);
    let best =
        known.iter().filter_map(|form| form.fits(&given).map(|score| (score, form))).max_by_key(|(score, _)| *score);
    let is_best = |form: &&FormPage| best.is_some_and(|(_, best)| std::ptr::eq(best.entry, form.entry));
    page.forms.iter().filter(is_best).collect()
}

fn unknown(program: &str) -> Failure {
    let near = nearest(program);
    let near = if near.is_empty() { String::new() } else { format!(" Did you mean {}?", near.join(", ")) };
    Failure::failed(format!(
        "{program} is not known: a command that runs it is asked about where a person is there and denied elsewhere (rule \
         program.unknown). A [[program]] in palisade.toml teaches it.{near}"
    ))
}

fn others(page: &Page) -> String {
    match &page.names[1..] {
        [] => String::new(),
        others => format!(" (the same: {})", others.join(", ")),
    }
}

/// What an entry says, a line a matter.
fn paragraph(entry: &Entry, examples: &[Example], colour: bool) -> String {
    let class = |class: palisade_protocol::verdict::Class| tinted(&format!("{:<12}", class.word()), colour);
    let mut out = match entry.rule {
        "" => format!("  {} nothing is asked\n", class(entry.class)),
        rule => format!("  {} {rule}: {}\n", class(entry.class), entry.says),
    };
    for raise in entry.raises {
        out.push_str(&format!("  {} {}: {}, with {}\n", class(raise.class), raise.rule, raise.says, flags(raise.by)));
    }
    let mut line = |what: &str, flags: String| {
        if !flags.is_empty() {
            out.push_str(&format!("  {what}: {flags}\n"));
        }
    };
    line("nothing is done with", flags(entry.calm));
    line("harmless with", flags(entry.harmless));
    line("its words are", operands(entry.operands).to_owned());
    line(
        "a command of its own begins",
        entry.wrap.map_or(String::new(), |count| match count {
            0 => "at the first word".to_owned(),
            count => format!("behind {}", self::count(u64::from(count), "word")),
        }),
    );
    line("whole trees with", flags(entry.recurse));
    for (kind, what) in [
        (Taken::In, "reads the file behind"),
        (Taken::Out, "writes the file behind"),
        (Taken::Shell, "runs the command behind"),
        (Taken::Word, "takes a value behind"),
    ] {
        let taken: Vec<&str> = entry.taken.iter().filter(|(_, taken)| *taken == kind).map(|(flag, _)| *flag).collect();
        line(what, flags(&taken));
    }
    line("asked about with any other option than", flags(entry.only));
    line("network", if entry.net { "sends to or fetches from elsewhere".to_owned() } else { String::new() });
    for example in examples {
        out.push_str(&format!("  for example {} {}\n", class(example.class), example.command));
    }
    out
}

fn operands(operands: Operands) -> &'static str {
    match operands {
        Operands::Words => "",
        Operands::Read => "files that are read",
        Operands::Write => "files that are made or changed",
        Operands::Delete => "files that are removed",
        Operands::Copy => "files that are read, the last one written",
        Operands::Move => "files that are moved, the last one where to",
        Operands::Filter => "a file that is read, and one that is written",
        Operands::Link => "files that get another name, the last one that name",
        Operands::Pattern => "a pattern, and files that are read",
    }
}

/// Options as a list; what stands behind an `@` is a word that is no option.
fn flags(flags: &[&str]) -> String {
    let each = |flag: &&str| flag.strip_prefix('@').unwrap_or(flag).to_owned();
    flags.iter().map(each).collect::<Vec<_>>().join(" ")
}

fn list(json: bool) {
    let mut families: BTreeMap<&str, Vec<&'static Page>> = BTreeMap::new();
    for page in pages() {
        families.entry(page.family.name).or_default().push(page);
    }
    let names: u64 = pages().iter().map(|page| page.names.len() as u64).sum();
    if json {
        let program = |page: &&Page| json!({"names": page.names, "about": page.about});
        let family = |(name, pages): (&&str, &Vec<&Page>)| json!({"family": name, "about": pages[0].family.about, "programs": pages.iter().map(program).collect::<Vec<_>>()});
        print_json(&json!({
            "schema": "palisade.kb/1", "names": names, "families": families.iter().map(family).collect::<Vec<_>>(),
        }));
        return;
    }
    for (name, pages) in &families {
        say!("{name}: {}", pages[0].family.about);
        for page in pages {
            say!("  {:<48} {}", cut(&page.names.join(", "), 48), page.about);
        }
        say!();
    }
    say!("{}. `palisade kb show NAME` explains one.", count(names, "program"));
}

fn one_rule(id: &str, json: bool) -> Result<(), Failure> {
    let Some(found) = rule(id) else {
        let beginning = id.split('.').next().unwrap_or(id);
        let near: Vec<&str> =
            rules().iter().map(|rule| rule.id).filter(|known| known.split('.').next() == Some(beginning)).collect();
        let near = if near.is_empty() { "`palisade kb rules` lists all".to_owned() } else { near.join(", ") };
        return Err(Failure::failed(format!("there is no rule {id:?}; there is: {near}")));
    };
    if json {
        print_json(&rule_document(found));
        return Ok(());
    }
    say!("{}  ({}; {} or worse)", found.id, found.category.title, tinted(found.class.word(), colour()));
    say!("{} {}\n{}", found.means, found.why, found.undo.sentence());
    if let Some(safer) = found.safer {
        say!("Safer: {safer}");
    }
    if let Some(command) = found.command {
        say!("       {command}");
    }
    let programs = named_by(found.id);
    if !programs.is_empty() {
        say!("Programs: {}", cut(&programs.join(", "), PROGRAMS_SHOWN));
    }
    Ok(())
}

fn many_rules(category: Option<&str>, json: bool, markdown: bool) -> Result<(), Failure> {
    let chosen: Vec<&Category> =
        categories().iter().filter(|one| category.is_none_or(|name| name == one.name)).collect();
    if chosen.is_empty() {
        let names: Vec<&str> = categories().iter().map(|category| category.name).collect();
        return Err(Failure::usage(format!("there is no such category; those are {}", names.join(", "))));
    }
    if json {
        let one = |category: &&Category| {
            let rules: Vec<Value> = category.rules.iter().map(|rule| rule_document(rule)).collect();
            json!({"category": category.name, "title": category.title, "about": category.about, "rules": rules})
        };
        print_json(&json!({"schema": "palisade.rules/1", "categories": chosen.iter().map(one).collect::<Vec<_>>()}));
        return Ok(());
    }
    for category in chosen {
        if markdown {
            say_part!("{}", category.markdown());
            continue;
        }
        say!("{}: {}", category.name, category.about);
        for rule in category.rules {
            say!("  {:<26} {}", rule.id, rule.means);
        }
        say!();
    }
    Ok(())
}

fn rule_document(rule: &Rule) -> Value {
    json!({
        "id": rule.id, "category": rule.category.name, "class": rule.class.word(), "means": rule.means, "why": rule.why,
        "undo": rule.undo.word(), "safer": rule.safer, "command": rule.command, "programs": named_by(rule.id),
    })
}

fn document(page: &Page, forms: &[&FormPage]) -> Value {
    let form = |form: &&FormPage| {
        let mut out = entry(form.entry, form.examples);
        out["words"] = json!(form.words);
        out
    };
    json!({
        "schema": "palisade.kb/1", "names": page.names, "family": page.family.name, "about": page.about,
        "base": page.base.map(|base| entry(base, page.examples)),
        "forms": forms.iter().map(form).collect::<Vec<_>>(),
    })
}

fn entry(entry: &Entry, examples: &[Example]) -> Value {
    let taken = |kind: Taken| -> Vec<&str> {
        entry.taken.iter().filter(|(_, taken)| *taken == kind).map(|(flag, _)| *flag).collect()
    };
    let raise = |raise: &palisade_knowledge::Raise| json!({"class": raise.class.word(), "rule": raise.rule, "says": raise.says, "by": raise.by});
    json!({
        "class": entry.class.word(), "rule": entry.rule, "says": entry.says, "operands": operands(entry.operands),
        "raises": entry.raises.iter().map(raise).collect::<Vec<_>>(),
        "calm": entry.calm, "harmless": entry.harmless, "only": entry.only, "recurse": entry.recurse,
        "wraps_behind": entry.wrap, "network": entry.net,
        "value": taken(Taken::Word), "reads": taken(Taken::In), "writes": taken(Taken::Out), "runs": taken(Taken::Shell),
        "examples": examples.iter().map(|one| json!({"cmd": one.command, "class": one.class.word()})).collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_choose_the_form_that_would_be_used() {
        let page = page("git").unwrap();
        let forms = fitting(page, &["push".to_owned(), "origin".to_owned()]);
        assert_eq!(forms.len(), 1);
        assert_eq!(forms[0].words, ["push"]);
        assert!(fitting(page, &["frobnicate".to_owned()]).is_empty());
        assert!(fitting(page, &[]).len() > 20);
    }

    #[test]
    fn an_unknown_program_says_what_becomes_of_it_and_what_may_be_meant() {
        let said = unknown("kubctl").to_string();
        assert!(said.contains("asked about") && said.contains("kubectl") && said.contains("palisade.toml"), "{said}");
        assert!(show("kubctl", &[], false).is_err());
        assert!(one_rule("fs.nothing", false).is_err_and(|why| why.to_string().contains("fs.delete")));
    }

    #[test]
    fn an_entry_names_its_class_its_options_and_its_files() {
        let rm = page("rm").unwrap();
        let text = paragraph(rm.base.unwrap(), rm.examples, false);
        for part in ["destructive", "fs.delete", "files that are removed", "--recursive", "for example"] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
}
