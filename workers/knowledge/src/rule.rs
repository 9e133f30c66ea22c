//! Rules: what a verdict's rule id means. Ids are stable: people and programs rely on them.

use palisade_protocol::verdict::Class;

include!(concat!(env!("OUT_DIR"), "/rules.rs"));

/// A rule.
#[derive(Debug)]
pub struct Rule {
    /// Its id.
    pub id: &'static str,
    /// The category that it belongs to.
    pub category: &'static Category,
    /// The least class that it speaks with.
    pub class: Class,
    /// One sentence: what is done.
    pub means: &'static str,
    /// Why that matters.
    pub why: &'static str,
    /// Whether a snapshot taken before brings it back.
    pub undo: Undo,
    /// What is materially safer, where there is such a thing.
    pub safer: Option<&'static str>,
    /// The same as a command.
    pub command: Option<&'static str>,
}

/// Whether a snapshot taken before brings back what is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Undo {
    /// All of it, where what it touches is named and within reach of a snapshot.
    Covered,
    /// The files of it; not what it does beside them.
    Partly,
    /// None of it.
    Never,
    /// There is nothing to bring back.
    Nothing,
}

impl Undo {
    /// One sentence.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Covered => "A snapshot taken before covers it, where the paths are named and within the workspace.",
            Self::Partly => "A snapshot taken before covers files that it changes, not what else it does.",
            Self::Never => "Nothing that Palisade keeps brings it back.",
            Self::Nothing => {
                "It is asked about because of what it shows or leaves unknown; there is nothing to bring back."
            }
        }
    }

    /// One word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Covered => "covered",
            Self::Partly => "partly",
            Self::Never => "never",
            Self::Nothing => "nothing",
        }
    }
}

/// Rules of one kind.
#[derive(Debug)]
pub struct Category {
    /// Its name, and its page's.
    pub name: &'static str,
    /// Its name as people say it.
    pub title: &'static str,
    /// What its rules have in common.
    pub about: &'static str,
    /// Its rules.
    pub rules: &'static [&'static Rule],
}

/// The rule of this id.
pub fn rule(id: &str) -> Option<&'static Rule> {
    let at = RULES.binary_search_by_key(&id, |rule| rule.id).ok()?;
    Some(&RULES[at])
}

/// All rules, by id.
pub fn rules() -> &'static [Rule] {
    &RULES
}

/// All categories, by name.
pub fn categories() -> &'static [Category] {
    &CATEGORIES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_is_found_by_its_id_and_belongs_to_its_category() {
        for one in rules() {
            assert_eq!(rule(one.id).map(|found| found.id), Some(one.id));
            assert!(one.category.rules.iter().any(|other| other.id == one.id), "{}", one.id);
        }
        assert!(rule("no.such-rule").is_none());
    }
}
