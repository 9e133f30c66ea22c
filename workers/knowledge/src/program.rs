//! What is known about programs.

use crate::words::word_fits;
use palisade_protocol::verdict::Class;

include!(concat!(env!("OUT_DIR"), "/programs.rs"));

/// What is known about a program, or about several that are alike.
#[derive(Debug)]
pub struct Program {
    /// What it does whatever stands behind it, and its options that count before a subcommand too.
    pub base: Option<&'static Entry>,
    /// What it does with certain words behind it.
    pub forms: &'static [Form],
}

/// Words behind a program's name, and what it does then.
#[derive(Debug)]
pub struct Form {
    /// The words, each with its alternatives.
    pub words: &'static [&'static [&'static str]],
    /// What it does then.
    pub entry: &'static Entry,
}

/// What a program does.
#[derive(Debug)]
pub struct Entry {
    /// The class, where nothing raises it.
    pub class: Class,
    /// The rule of that class; empty where it is safe.
    pub rule: &'static str,
    /// What is said of it: completes "This call …". Empty where it is safe.
    pub says: &'static str,
    /// What its operands are.
    pub operands: Operands,
    /// Options that take a value, and what the value is.
    pub taken: &'static [(&'static str, Taken)],
    /// What makes it worse.
    pub raises: &'static [Raise],
    /// Options (and operands, behind an `@`) with which nothing is done.
    pub calm: &'static [&'static str],
    /// Options (and operands) that leave it harmless as long as nothing raises it.
    pub harmless: &'static [&'static str],
    /// If there are any, every other option is asked about.
    pub only: &'static [&'static str],
    /// Options by which whole trees are meant.
    pub recurse: &'static [&'static str],
    /// Behind so many operands another command follows.
    pub wrap: Option<u8>,
    /// Whether it sends to or fetches from elsewhere.
    pub net: bool,
}

/// What a program's operands are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operands {
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
pub enum Taken {
    /// A word.
    Word,
    /// A file that is read.
    In,
    /// A file that is written.
    Out,
    /// A shell command that is run.
    Shell,
}

/// A class that options raise to.
#[derive(Debug)]
pub struct Raise {
    /// The class.
    pub class: Class,
    /// Its rule.
    pub rule: &'static str,
    /// What is said of it.
    pub says: &'static str,
    /// The options (and operands, behind an `@`, and values of options, behind an `=`).
    pub by: &'static [&'static str],
}

/// What people read about a program.
#[derive(Debug)]
pub struct Page {
    /// Its names, or those of several programs that are alike.
    pub names: &'static [&'static str],
    /// The file that it is in.
    pub family: &'static Family,
    /// What it is.
    pub about: &'static str,
    /// What it does whatever stands behind it.
    pub base: Option<&'static Entry>,
    /// Commands, and how they are judged.
    pub examples: &'static [Example],
    /// What it does with certain words behind it.
    pub forms: &'static [FormPage],
}

/// What people read about words behind a program's name.
#[derive(Debug)]
pub struct FormPage {
    /// Each sequence of words, alternatives separated by `|`.
    pub words: &'static [&'static str],
    /// What it does then.
    pub entry: &'static Entry,
    /// Commands, and how they are judged.
    pub examples: &'static [Example],
}

/// A command, and the class that it is judged to have.
#[derive(Debug)]
pub struct Example {
    /// The command line.
    pub command: &'static str,
    /// The class.
    pub class: Class,
}

/// A file of programs.
#[derive(Debug)]
pub struct Family {
    /// Its name, without the ending.
    pub name: &'static str,
    /// What the programs in it have in common.
    pub about: &'static str,
}

/// What is known about the program of this name.
pub fn program(name: &str) -> Option<&'static Program> {
    number(name).map(|at| &PROGRAMS[at])
}

/// What people read about the program of this name.
pub fn page(name: &str) -> Option<&'static Page> {
    number(name).map(|at| &PAGES[at])
}

/// All pages, family by family.
pub fn pages() -> &'static [Page] {
    &PAGES
}

/// The names of the programs whose entries name a rule, sorted.
pub fn named_by(rule: &str) -> Vec<&'static str> {
    let names = |page: &'static Page| {
        let entries = page.base.into_iter().chain(page.forms.iter().map(|form| form.entry));
        let mut ids = entries.flat_map(|entry| entry.raises.iter().map(|raise| raise.rule).chain([entry.rule]));
        if ids.any(|id| id == rule) { page.names } else { &[] }
    };
    let mut found: Vec<&str> = PAGES.iter().flat_map(names).copied().collect();
    found.sort_unstable();
    found
}

fn number(name: &str) -> Option<usize> {
    let at = NAMES.binary_search_by_key(&name, |(known, _)| known).ok()?;
    Some(usize::from(NAMES[at].1))
}

/// The names of all programs that are known, in order.
pub fn names() -> impl Iterator<Item = &'static str> {
    NAMES.iter().map(|(name, _)| *name)
}

/// Known names that are written almost like this one, the nearest first.
pub fn nearest(name: &str) -> Vec<&'static str> {
    let most = if name.len() < 4 { 1 } else { 2 };
    let mut near: Vec<(usize, &str)> = NAMES
        .iter()
        .map(|(known, _)| (distance(name, known), *known))
        .filter(|(far, known)| *far <= most && *far < known.len())
        .collect();
    near.sort_unstable();
    near.truncate(5);
    near.into_iter().map(|(_, known)| known).collect()
}

/// How many letters must be put in, taken out, exchanged, or swapped with their neighbour.
fn distance(one: &str, other: &str) -> usize {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let mut table = vec![vec![0; other.len() + 1]; one.len() + 1];
    for down in 0..=one.len() {
        for right in 0..=other.len() {
            table[down][right] = if down == 0 || right == 0 {
                down + right
            } else {
                let same = one[down - 1] == other[right - 1];
                let swapped =
                    down > 1 && right > 1 && one[down - 1] == other[right - 2] && one[down - 2] == other[right - 1];
                let exchanged = table[down - 1][right - 1] + usize::from(!same);
                let shorter = 1 + table[down - 1][right].min(table[down][right - 1]);
                let swap = if swapped { table[down - 2][right - 2] + 1 } else { usize::MAX };
                exchanged.min(shorter).min(swap)
            };
        }
    }
    table[one.len()][other.len()]
}

impl Form {
    /// How well operands fit the words; `None` if they do not. More is better.
    pub fn fits(&self, operands: &[Option<&str>]) -> Option<usize> {
        let mut score = 0;
        for (at, alternatives) in self.words.iter().enumerate() {
            let operand = (*operands.get(at)?)?;
            score += alternatives.iter().filter_map(|pattern| word_fits(pattern, operand)).max()?;
        }
        Some(score)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_and_each_leads_to_a_program_that_has_it() {
        assert!(NAMES.is_sorted_by(|one, next| one.0 < next.0));
        for (name, at) in &NAMES {
            assert!(PAGES[usize::from(*at)].names.contains(name), "{name}");
            assert!(program(name).is_some());
        }
        assert!(program("no-such-program").is_none());
    }

    #[test]
    fn at_least_four_hundred_programs_are_known() {
        assert!(NAMES.len() >= 400 && PAGES.len() >= 400, "{} names, {} entries", NAMES.len(), PAGES.len());
    }

    #[test]
    fn the_form_with_more_fitting_words_fits_better() {
        let git = program("git").unwrap();
        let best = |words: &[Option<&str>]| {
            let fitting = git.forms.iter().filter_map(|form| form.fits(words).map(|score| (score, form)));
            fitting.max_by_key(|(score, _)| *score).map(|(_, form)| form.words.len())
        };
        assert_eq!(best(&[Some("stash"), Some("drop")]), Some(2));
        assert_eq!(best(&[Some("stash"), None]), Some(1));
        assert_eq!(best(&[None, Some("drop")]), None);
    }

    #[test]
    fn a_misspelt_name_finds_the_right_one() {
        assert_eq!(nearest("kubctl").first(), Some(&"kubectl"));
        assert!(nearest("gti").contains(&"git"), "{:?}", nearest("gti"));
        assert!(nearest("entirely-unlike-everything").is_empty());
    }
}
