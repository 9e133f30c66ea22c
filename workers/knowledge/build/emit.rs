//! The tables, as Rust: `static` arrays of string slices, nothing that is built at run time.

use crate::schema::{Doors, Entry, Example, Programs, Rules};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// `RULES` (by id) and `CATEGORIES`.
pub fn rules(files: &[(String, Rules)]) -> String {
    let mut all: Vec<(&str, String)> = Vec::new();
    for (number, (_, rules)) in files.iter().enumerate() {
        for rule in &rules.rule {
            let safer = option(rule.safer.as_deref());
            let command = option(rule.command.as_deref());
            let text = format!(
                "Rule {{ id: {:?}, category: &CATEGORIES[{number}], class: Class::{}, means: {:?}, why: {:?}, undo: Undo::{}, safer: {safer}, command: {command} }}",
                rule.id,
                title(&rule.class),
                rule.means,
                rule.why,
                title(&rule.undo),
            );
            all.push((&rule.id, text));
        }
    }
    all.sort();
    let mut out = format!("pub(crate) static RULES: [Rule; {}] = [\n", all.len());
    for (_, text) in &all {
        let _ = writeln!(out, "    {text},");
    }
    let _ = writeln!(out, "];\npub(crate) static CATEGORIES: [Category; {}] = [", files.len());
    for (file, rules) in files {
        let ids: Vec<String> = rules
            .rule
            .iter()
            .map(|rule| format!("&RULES[{}]", all.iter().position(|(id, _)| *id == rule.id).unwrap_or_default()))
            .collect();
        let _ = writeln!(
            out,
            "    Category {{ name: {file:?}, title: {:?}, about: {:?}, rules: &[{}] }},",
            rules.title,
            rules.about,
            ids.join(", ")
        );
    }
    out.push_str("];\n");
    out
}

/// `ENTRIES`, `PROGRAMS`, `NAMES` (sorted, with the program's number) and `FAMILIES`, `PAGES` for what only people read.
pub fn programs(files: &[(String, Programs)]) -> String {
    let mut tables = Tables::default();
    let mut families = String::new();
    for (number, (file, programs)) in files.iter().enumerate() {
        let _ = writeln!(families, "    Family {{ name: {file:?}, about: {:?} }},", programs.about);
        for program in &programs.program {
            tables.program(number, program);
        }
    }
    let names: Vec<String> = tables.names.iter().map(|(name, at)| format!("    ({name:?}, {at}),\n")).collect();
    let table = |name: &str, of: &str, count: usize, rows: &str| {
        format!("pub(crate) static {name}: [{of}; {count}] = [\n{rows}];\n")
    };
    [
        table("ENTRIES", "Entry", tables.entry_count, &tables.entries),
        table("PROGRAMS", "Program", tables.program_count, &tables.programs),
        table("PAGES", "Page", tables.program_count, &tables.pages),
        table("NAMES", "(&str, u16)", names.len(), &names.concat()),
        table("FAMILIES", "Family", files.len(), &families),
    ]
    .concat()
}

/// `DOORS`, by the program's name.
pub fn doors(doors: &Doors) -> String {
    let mut of: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for door in &doors.door {
        for program in door.of.list() {
            let rows = door.each().into_iter().map(|(by, does)| format!("Door {{ by: {by:?}, does: {does} }}"));
            of.entry(program).or_default().extend(rows);
        }
    }
    let rows: Vec<String> =
        of.iter().map(|(name, rows)| format!("    ({name:?}, &[{}]),\n", rows.join(", "))).collect();
    format!("pub(crate) static DOORS: [(&str, &[Door]); {}] = [\n{}];\n", rows.len(), rows.concat())
}

#[derive(Default)]
struct Tables<'f> {
    entry_count: usize,
    entries: String,
    program_count: usize,
    programs: String,
    pages: String,
    names: BTreeMap<&'f str, usize>,
}

impl<'f> Tables<'f> {
    fn program(&mut self, family: usize, program: &'f crate::schema::Program) {
        let base = program.entry().map(|entry| self.entry(&entry));
        let mut forms = String::new();
        let mut pages = String::new();
        for form in &program.form {
            let Some(entry) = form.entry() else { continue };
            let at = self.entry(&entry);
            let paths = form.words.paths();
            for words in &paths {
                let words: Vec<String> = words.iter().map(|word| slice(word)).collect();
                let _ = write!(forms, "Form {{ words: &[{}], entry: &ENTRIES[{at}] }}, ", words.join(", "));
            }
            let shown: Vec<String> = paths
                .iter()
                .map(|words| words.iter().map(|word| word.join("|")).collect::<Vec<_>>().join(" "))
                .collect();
            let shown: Vec<&str> = shown.iter().map(String::as_str).collect();
            let _ = write!(
                pages,
                "FormPage {{ words: {}, entry: &ENTRIES[{at}], examples: {} }}, ",
                slice(&shown),
                examples(&form.examples)
            );
        }
        let base = base.map_or("None".to_owned(), |at| format!("Some(&ENTRIES[{at}])"));
        let _ = writeln!(self.programs, "    Program {{ base: {base}, forms: &[{forms}] }},");
        let names: Vec<&str> = program.names.iter().map(String::as_str).collect();
        let at = self.program_count;
        let _ = writeln!(
            self.pages,
            "    Page {{ names: {}, family: &FAMILIES[{family}], about: {:?}, base: {base}, examples: {}, forms: &[{pages}] }},",
            slice(&names),
            program.about,
            examples(&program.examples)
        );
        self.names.extend(names.into_iter().map(|name| (name, at)));
        self.program_count += 1;
    }

    fn entry(&mut self, entry: &Entry<'_>) -> usize {
        let kinds = [(&entry.value, "Word"), (&entry.r#in, "In"), (&entry.out, "Out"), (&entry.shell, "Shell")];
        let taken: Vec<String> = kinds
            .iter()
            .flat_map(|(flags, kind)| flags.iter().map(move |flag| format!("({flag:?}, Taken::{kind})")))
            .collect();
        let raises: Vec<String> = entry
            .raise
            .iter()
            .map(|raise| {
                let by = slice(&raise.by.list());
                let class = title(&raise.to);
                format!("Raise {{ class: Class::{class}, rule: {:?}, says: {:?}, by: {by} }}", raise.rule, raise.says)
            })
            .collect();
        let _ = writeln!(
            self.entries,
            "    Entry {{ class: Class::{}, rule: {:?}, says: {:?}, operands: Operands::{}, taken: &[{}], raises: &[{}], calm: {}, harmless: {}, only: {}, recurse: {}, wrap: {:?}, net: {} }},",
            title(entry.class),
            entry.rule.unwrap_or(""),
            entry.says.unwrap_or(""),
            title(entry.operands),
            taken.join(", "),
            raises.join(", "),
            slice(&entry.calm),
            slice(&entry.harmless),
            slice(&entry.only),
            slice(&entry.recurse),
            entry.wrap,
            entry.net,
        );
        self.entry_count += 1;
        self.entry_count - 1
    }
}

fn examples(examples: &[Example]) -> String {
    let each =
        |(command, class): &Example| format!("Example {{ command: {command:?}, class: Class::{} }}", title(class));
    format!("&[{}]", examples.iter().map(each).collect::<Vec<_>>().join(", "))
}

fn slice(words: &[&str]) -> String {
    format!("&{words:?}")
}

fn option(text: Option<&str>) -> String {
    text.map_or("None".to_owned(), |text| format!("Some({text:?})"))
}

/// A word with a capital at the beginning: the variant that it names.
fn title(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}
