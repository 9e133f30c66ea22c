//! What is known about programs: data in `*.kb` files, read once, and the argument reader that applies it.
//!
//! An entry is one line (a line that begins with a blank continues it):
//!
//! ```text
//! ls,dir : safe ; read
//! git push : safe ; raise destructive git.remote "rewrites published history" --force -f @+* ; calm --dry-run -n
//! sudo : wrap 0 ; value -u -g
//! ```
//!
//! Before the colon stand the program's names and, behind them, the words of a subcommand (`a,b` alternatives, `x*` beginnings,
//! `*` any one word); the entry with the most words that fit speaks. Then the class without anything special, with rule and
//! reason where it is not safe, and clauses: `read`/`write`/`delete`/`copy`/`move`/`filter`/`link`/`pattern` say what operands are; `value`,
//! `in`, `out`, `shell` name options that take a value, and what it is; `wrap N` says that behind N operands a command
//! follows; `raise CLASS RULE "REASON" FLAGS…` raises the class when one of the flags (or `@operand`) is there; `calm FLAGS…`
//! makes it harmless; `only FLAGS…` makes it ambiguous with any option that is neither there nor
//! takes a value; `net` sends to or fetches from elsewhere; `recurse` names options that act on whole trees.

mod reader;

pub(crate) use reader::{read_line, tail};

use palisade_protocol::verdict::Class;
use std::collections::BTreeMap;
use std::sync::OnceLock;

const FILES: &[&str] = &[
    include_str!("base.kb"),
    include_str!("system.kb"),
    include_str!("git.kb"),
    include_str!("dev.kb"),
    include_str!("cloud.kb"),
    include_str!("data.kb"),
];

/// What a program's operands are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operands {
    /// Words without effect.
    Words,
    /// Files that are read.
    Read,
    /// Files that are created or changed.
    Write,
    /// Files that are removed.
    Delete,
    /// Files that are read, and behind them one that is written.
    Copy,
    /// Files that are removed from where they are, and behind them one that is written.
    Move,
    /// A file that is read, and behind it one that is written.
    Filter,
    /// Files that get another name, and behind them that name.
    Link,
    /// A pattern, then files that are read.
    Pattern,
}

/// What an option's value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taken {
    /// A word.
    Word,
    /// A file that is read.
    In,
    /// A file that is written.
    Out,
    /// A shell command that is run.
    Shell,
}

/// A class that flags raise to.
#[derive(Debug)]
pub(crate) struct Raise {
    pub class: Class,
    pub rule: &'static str,
    pub says: &'static str,
    pub flags: Vec<&'static str>,
}

/// One entry.
#[derive(Debug)]
pub(crate) struct Entry {
    /// The words behind the program's name, each with its alternatives.
    pub words: Vec<Vec<&'static str>>,
    pub class: Class,
    pub rule: &'static str,
    pub says: &'static str,
    pub operands: Operands,
    pub taken: Vec<(&'static str, Taken)>,
    pub raises: Vec<Raise>,
    pub calm: Vec<&'static str>,
    /// If there are any, every other option makes it ambiguous.
    pub only: Vec<&'static str>,
    pub recurse: Vec<&'static str>,
    pub wrap: Option<usize>,
    pub net: bool,
}

/// The entries of each program.
#[derive(Debug, Default)]
pub(crate) struct Knowledge {
    programs: BTreeMap<&'static str, Vec<usize>>,
    entries: Vec<Entry>,
}

/// All that is known. Built at the first question; a worker asks nothing of the kernel for it but memory.
pub(crate) fn knowledge() -> &'static Knowledge {
    static KNOWN: OnceLock<Knowledge> = OnceLock::new();
    KNOWN.get_or_init(|| {
        let mut known = Knowledge::default();
        for file in FILES {
            known.read(file);
        }
        known
    })
}

impl Knowledge {
    /// The entries of a program; empty if it is not known.
    pub(crate) fn entries(&self, program: &str) -> impl Iterator<Item = &Entry> {
        self.programs.get(program).into_iter().flatten().map(|at| &self.entries[*at])
    }

    /// Whether anything is known about a program.
    pub(crate) fn knows(&self, program: &str) -> bool {
        self.programs.contains_key(program)
    }

    fn read(&mut self, file: &'static str) {
        let mut at = 0;
        while at < file.len() {
            let mut end = line_end(file, at);
            while file[end..].starts_with("\n ") {
                end = line_end(file, end + 1);
            }
            let text = &file[at..end];
            if !text.trim().is_empty() && !text.starts_with('#') {
                self.entry(text);
            }
            at = end + 1;
        }
    }

    fn entry(&mut self, text: &'static str) {
        // The table is ours: what is malformed in it is skipped here and fails its test.
        let Some((head, rest)) = text.split_once(" : ") else { return };
        let mut words = head.split_whitespace().map(|word| word.split(',').collect::<Vec<_>>());
        let Some(names) = words.next() else { return };
        let mut clauses = split_clauses(rest).into_iter();
        let first = tokens(clauses.next().unwrap_or(""));
        let mut entry = Entry {
            words: words.collect(),
            class: class(first.first().copied().unwrap_or("")).unwrap_or(Class::Ambiguous),
            rule: first.get(1).copied().unwrap_or("program.unsure"),
            says: first.get(2).copied().unwrap_or("does what depends on more than its words"),
            operands: Operands::Words,
            taken: Vec::new(),
            raises: Vec::new(),
            calm: Vec::new(),
            only: Vec::new(),
            recurse: Vec::new(),
            wrap: None,
            net: false,
        };
        for clause in clauses {
            entry.clause(&tokens(clause));
        }
        let at = self.entries.len();
        self.entries.push(entry);
        for name in names {
            self.programs.entry(name).or_default().push(at);
        }
    }
}

impl Entry {
    fn clause(&mut self, tokens: &[&'static str]) {
        let Some((verb, rest)) = tokens.split_first() else { return };
        let mut take = |kind| self.taken.extend(rest.iter().map(|flag| (*flag, kind)));
        match *verb {
            "read" => self.operands = Operands::Read,
            "write" => self.operands = Operands::Write,
            "delete" => self.operands = Operands::Delete,
            "copy" => self.operands = Operands::Copy,
            "move" => self.operands = Operands::Move,
            "filter" => self.operands = Operands::Filter,
            "link" => self.operands = Operands::Link,
            "pattern" => self.operands = Operands::Pattern,
            "value" => take(Taken::Word),
            "in" => take(Taken::In),
            "out" => take(Taken::Out),
            "shell" => take(Taken::Shell),
            "calm" => self.calm.extend(rest),
            "only" => self.only.extend(rest),
            "recurse" => self.recurse.extend(rest),
            "net" => self.net = true,
            "wrap" => self.wrap = rest.first().and_then(|count| count.parse().ok()).or(Some(0)),
            "raise" => {
                if let [class_word, rule, says, flags @ ..] = rest
                    && let Some(class) = class(class_word)
                {
                    self.raises.push(Raise { class, rule, says, flags: flags.to_vec() });
                }
            }
            _ => {}
        }
    }

    /// How well the operands fit this entry's words; `None` if they do not.
    pub(crate) fn fits(&self, operands: &[Option<&str>]) -> Option<usize> {
        let mut score = 0;
        for (at, alternatives) in self.words.iter().enumerate() {
            let operand = (*operands.get(at)?)?;
            let best = alternatives.iter().filter_map(|pattern| word_fits(pattern, operand)).max()?;
            score += best;
        }
        Some(score)
    }
}

fn word_fits(pattern: &str, word: &str) -> Option<usize> {
    if pattern == word {
        return Some(1000);
    }
    if let Some(end) = pattern.strip_prefix('*').filter(|end| !end.is_empty()) {
        return word.ends_with(end).then_some(100 + end.len());
    }
    let beginning = pattern.strip_suffix('*')?;
    word.starts_with(beginning).then_some(100 + beginning.len())
}

fn line_end(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |end| at + end)
}

fn class(word: &str) -> Option<Class> {
    match word {
        "safe" => Some(Class::Safe),
        "ambiguous" | "ask" => Some(Class::Ambiguous),
        "destructive" => Some(Class::Destructive),
        "catastrophic" => Some(Class::Catastrophic),
        _ => None,
    }
}

/// Splits at `;` outside of quotes.
fn split_clauses(text: &'static str) -> Vec<&'static str> {
    let mut quoted = false;
    text.split(|character| {
        if character == '"' {
            quoted = !quoted;
        }
        character == ';' && !quoted
    })
    .collect()
}

/// Splits at blanks; `"…"` is one token.
fn tokens(text: &'static str) -> Vec<&'static str> {
    let mut out = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        if let Some(inner) = rest.strip_prefix('"') {
            let end = inner.find('"').unwrap_or(inner.len());
            out.push(&inner[..end]);
            rest = inner.get(end + 1..).unwrap_or("").trim_start();
        } else {
            let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
            out.push(&rest[..end]);
            rest = rest[end..].trim_start();
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_tables_is_understood() {
        const VERBS: [&str; 18] = [
            "read", "write", "delete", "copy", "move", "filter", "link", "only", "pattern", "value", "in", "out",
            "shell", "calm", "recurse", "net", "wrap", "raise",
        ];
        for file in FILES {
            let joined = file.replace("\n ", " ");
            for line in joined.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')) {
                let line: &'static str = Box::leak(line.to_owned().into_boxed_str());
                let (_, rest) = line.split_once(" : ").unwrap_or_else(|| panic!("no colon: {line}"));
                let clauses = split_clauses(rest);
                let first = tokens(clauses[0]);
                let class = class(first[0]).unwrap_or_else(|| panic!("no class: {line}"));
                assert!(class == Class::Safe || first.len() == 3, "rule and reason: {line}");
                for clause in &clauses[1..] {
                    let words = tokens(clause);
                    assert!(VERBS.contains(&words[0]), "{}: {line}", words[0]);
                    assert!(
                        words[0] != "raise" || (words.len() > 4 && super::class(words[1]).is_some()),
                        "raise: {line}"
                    );
                }
            }
        }
        assert!(knowledge().programs.len() > 400, "{}", knowledge().programs.len());
    }
}
