//! What git ignores: `.gitignore` files and `info/exclude`, as gitignore(5) reads them.

use gix_glob::pattern::Case;
use gix_glob::wildmatch::Mode;
use gix_ignore::Kind;
use palisade_language::limits::Budget;
use palisade_protocol::facts::Repository;
use std::cell::RefCell;
use std::collections::BTreeMap;

/// Patterns in all; more than a person writes.
const PATTERNS_MAX: usize = 4096;
/// A pattern's length and its wildcards: matching may look back for each of them.
const LENGTH_MAX: usize = 512;
const WILDCARDS_MAX: usize = 8;

/// The patterns of a repository, the ones that decide last at the end.
#[derive(Debug)]
pub(super) struct Ignores {
    /// Each with the directory that it counts from: empty, or ending with a slash.
    patterns: Vec<(String, gix_glob::Pattern, Kind)>,
    /// What it costs to match one name, in units of the budget.
    cost: usize,
    /// What was matched already, files and directories: names come back, those on the way to others most of all.
    known: [RefCell<BTreeMap<String, bool>>; 2],
}

/// Patterns that cost as much as one unit of the budget, and what a pattern's wildcard costs beside it.
const PATTERNS_A_UNIT: usize = 4;
const WILDCARD_COST: usize = 2;
/// What it costs to look for a name that was matched already.
const KNOWN_COST: usize = 2;

impl Ignores {
    /// Reads them. `None` if not all of them can be: a pattern that is left out could be one that takes something back.
    pub(super) fn read(repository: &Repository) -> Option<Self> {
        if !repository.complete {
            return None;
        }
        let mut patterns = Vec::new();
        let mut weight = 0;
        for (directory, bytes) in repository.ignores.iter() {
            let mut base = std::str::from_utf8(directory).ok()?.trim_matches('/').to_owned();
            if !base.is_empty() {
                base.push('/');
            }
            for (pattern, _, kind) in gix_ignore::parse(bytes, false) {
                let wildcards = pattern.text.iter().filter(|byte| matches!(byte, b'*' | b'[')).count();
                if pattern.text.len() > LENGTH_MAX || wildcards > WILDCARDS_MAX || patterns.len() >= PATTERNS_MAX {
                    return None;
                }
                weight += 1 + WILDCARD_COST * wildcards;
                patterns.push((base.clone(), pattern, kind));
            }
        }
        Some(Self { patterns, cost: weight / PATTERNS_A_UNIT + KNOWN_COST, known: Default::default() })
    }

    /// The first name on the way to `path` (from the root on) that is ignored, with its whole path. What lies in an ignored directory
    /// is ignored, whatever else is said of it. With the budget used up nothing is.
    pub(super) fn first_ignored<'p>(&self, path: &'p str, is_dir: bool, budget: &mut Budget) -> Option<&'p str> {
        let ends = path.match_indices('/').map(|(at, _)| (at, true)).chain([(path.len(), is_dir)]);
        ends.map(|(end, is_dir)| (&path[..end], is_dir))
            .find(|(way, is_dir)| self.is_matched(way, *is_dir, budget))
            .map(|(way, _)| way)
    }

    fn is_matched(&self, path: &str, is_dir: bool, budget: &mut Budget) -> bool {
        let known = &self.known[usize::from(is_dir)];
        if let Some(matched) = known.borrow().get(path) {
            return budget.take(KNOWN_COST) && *matched;
        }
        if !budget.take(self.cost) {
            return false;
        }
        let matched = self.matches(path, is_dir);
        known.borrow_mut().insert(path.to_owned(), matched);
        matched
    }

    fn matches(&self, path: &str, is_dir: bool) -> bool {
        let decides = self.patterns.iter().rev().find(|(base, pattern, _)| {
            let Some(inner) = path.strip_prefix(base.as_str()) else { return false };
            let basename = inner.rfind('/').map(|at| at + 1);
            let mode = Mode::NO_MATCH_SLASH_LITERAL;
            pattern.matches_repo_relative_path(inner.into(), basename, Some(is_dir), Case::Sensitive, mode)
        });
        decides.is_some_and(|(_, pattern, _)| !pattern.is_negative())
    }
}
