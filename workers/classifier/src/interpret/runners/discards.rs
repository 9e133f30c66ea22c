//! What a git command would discard, by what git has of the files: on a clean tree `reset --hard` loses nothing.

use super::super::Machine;
use super::super::losses::{ENTRY_COST, Loss};
use super::super::observe::There;
use super::git::is_shared;
use crate::facts::{Seen, Standing};
use palisade_language::words::Value;
use palisade_protocol::facts::{EntryKind, Tree};
use palisade_protocol::verdict::Recovery;
use std::rc::Rc;

/// What is known of a command that discards something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Discard {
    /// It discards nothing: git refuses to where it would.
    Nothing,
    /// What it discards is had again in this way.
    Kept(Recovery),
    /// It discards files of the workspace, and nothing else.
    Files,
}

impl Machine<'_> {
    /// What `git ARGS` would discard. `None`: nothing is known beyond its form.
    pub(in super::super) fn git_discards(&mut self, args: &[Value]) -> Option<Discard> {
        let words: Option<Vec<String>> = args.iter().map(Value::known).collect();
        let words = words?;
        let (verb, rest) = words.split_first()?;
        let flags: Vec<&str> = rest.iter().take_while(|word| *word != "--").map(String::as_str).collect();
        let flag = |long: &str, short: char| {
            flags.iter().any(|word| {
                *word == long || (word.starts_with('-') && !word.starts_with("--") && word[1..].contains(short))
            })
        };
        let dashes = rest.iter().position(|word| word == "--");
        let operands: Vec<&str> = flags.iter().copied().filter(|word| !word.starts_with('-')).collect();
        let behind: Vec<&str> = rest.iter().skip(dashes.map_or(rest.len(), |at| at + 1)).map(String::as_str).collect();
        match verb.as_str() {
            "reset" if rest.iter().any(|word| word == "--hard") => {
                let here = operands.iter().all(|word| matches!(*word, "HEAD" | "@")) && behind.is_empty();
                here.then(|| self.whole_tree(true)).flatten()
            }
            "checkout" | "switch" if flag("--force", 'f') || flags.contains(&"--discard-changes") => {
                // It goes to a branch or a commit: what is committed stays where it is.
                (operands.len() <= 1
                    && behind.is_empty()
                    && !flags.iter().any(|word| word.starts_with("-B") || word.starts_with("-C")))
                .then(|| self.whole_tree(true))
                .flatten()
            }
            "reset"
                if flags.iter().filter(|word| word.starts_with('-')).all(|word| {
                    matches!(
                        *word,
                        "-q" | "--quiet"
                            | "--soft"
                            | "--mixed"
                            | "-p"
                            | "--patch"
                            | "-N"
                            | "--intent-to-add"
                            | "--no-refresh"
                            | "--refresh"
                    )
                }) =>
            {
                // The index follows; files stay as they are, and what the branch leaves is in its reflog.
                Some(Discard::Nothing)
            }
            "checkout"
                if operands.len() <= 1
                    && dashes.is_none()
                    && flags.iter().filter(|word| word.starts_with('-')).all(|word| {
                        matches!(
                            *word,
                            "-" | "-t"
                                | "--track"
                                | "--no-track"
                                | "--detach"
                                | "-d"
                                | "-q"
                                | "--quiet"
                                | "--guess"
                                | "--no-guess"
                                | "--recurse-submodules"
                                | "--progress"
                                | "--ignore-other-worktrees"
                        )
                    })
                    && flags.iter().any(|word| word.starts_with('-')) =>
            {
                match operands.as_slice() {
                    [] => Some(Discard::Nothing),
                    [only] if flags.iter().any(|word| matches!(*word, "-t" | "--track" | "--detach" | "-d")) => {
                        // These take no path.
                        (!only.is_empty()).then_some(Discard::Nothing)
                    }
                    [only] => self.branch_or_path(only),
                    _ => None,
                }
            }
            "checkout" => match (operands.as_slice(), dashes) {
                ([], Some(_)) => self.paths(&behind, false),
                ([_], Some(_)) => self.paths(&behind, true),
                (["."], None) => self.paths(&["."], false),
                ([only], None) if flags.len() == 1 => self.branch_or_path(only),
                _ => None,
            },
            "restore" => {
                let staged = flag("--staged", 'S') && !flag("--worktree", 'W');
                let paths: Vec<&str> = operands.iter().chain(&behind).copied().collect();
                let plain = flags.iter().filter(|word| word.starts_with('-')).all(|word| {
                    matches!(
                        *word,
                        "--staged" | "-S" | "--worktree" | "-W" | "-q" | "--quiet" | "--progress" | "--no-progress"
                    ) || staged && matches!(*word, "-p" | "--patch")
                });
                match (plain, staged) {
                    (true, true) => Some(Discard::Nothing),
                    (true, false) => self.paths(&paths, flag("--staged", 'S')),
                    _ => None,
                }
            }
            "rm" if !flags.contains(&"--cached") && !rest.iter().any(|word| word.starts_with("--pathspec")) => {
                let paths: Vec<&str> = operands.iter().chain(&behind).copied().collect();
                self.paths(&paths, true)
            }
            "clean"
                if flag("--force", 'f')
                    && !flag("--dry-run", 'n')
                    && !flag("--interactive", 'i')
                    && !flag("--exclude", 'e') =>
            {
                self.untracked(flag("", 'x'), flag("", 'X'))
            }
            _ => None,
        }
    }

    /// Whether `git ARGS` pushes the branch that HEAD is on, with a lease and by no other name, and nobody else's rests on it by its
    /// name.
    pub(in super::super) fn pushes_own_branch(&mut self, args: &[Value]) -> bool {
        let words: Vec<String> = args.iter().map_while(Value::known).collect();
        let leased = words.iter().any(|word| word.starts_with("--force-with-lease"));
        if words.len() != args.len() || words.first().is_none_or(|verb| verb != "push") || !leased {
            return false;
        }
        if let Some(cwd) = self.cwd.clone() {
            self.world.wants_git(&format!("{cwd}/x"));
        }
        let Some(branch) = self.world.repository().and_then(|repository| repository.branch.clone()) else {
            return false;
        };
        let operands: Vec<&String> = words[1..].iter().filter(|word| !word.starts_with('-')).collect();
        let named = operands.get(1).is_none_or(|name| **name == branch || *name == "HEAD");
        operands.len() <= 2 && named && !is_shared(&branch)
    }

    /// The whole working tree, where the command stands at its root.
    fn root_tree(&mut self) -> Option<Rc<Tree>> {
        let cwd = self.cwd.clone()?;
        self.world.wants_git(&format!("{cwd}/x"));
        let Seen::Is(tree) = self.world.tree(&cwd) else { return None };
        let start = self.world.start()?;
        let root = &self.world.repository()?.root;
        (*root == start && (self.map.zone(&cwd) == crate::paths::Zone::WorkspaceRoot) && tree.complete).then_some(tree)
    }

    /// Every tracked file goes back to what git has.
    fn whole_tree(&mut self, committed: bool) -> Option<Discard> {
        let tree = self.root_tree()?;
        let repository = self.world.repository()?;
        match repository.unchanged(&tree, committed, self.budget)? {
            true => Some(Discard::Kept(Recovery::Tracked)),
            // What is staged and nowhere else is no file that a snapshot would find.
            false => (!committed || repository.committed()).then_some(Discard::Files),
        }
    }

    /// These paths go back to what the index has, or (`committed`) to what a commit has.
    fn paths(&mut self, paths: &[&str], committed: bool) -> Option<Discard> {
        if paths.is_empty()
            || paths.len() > 64
            || paths.iter().any(|path| path.starts_with(':') || path.contains(['*', '?', '[']))
        {
            return None;
        }
        let mut all = Discard::Kept(Recovery::Tracked);
        for path in paths {
            let place = self.place(&Value::text(*path));
            if self.map.zone(&place.path) == crate::paths::Zone::WorkspaceRoot {
                all = worse(all, self.whole_tree(committed)?);
                continue;
            }
            let sight = self.look(&place, false);
            self.world.wants_git(&place.named);
            match &sight.there {
                There::Nothing => continue,
                There::Entry { entry, .. } if entry.kind == EntryKind::Directory => match self.loss(&sight, true)? {
                    Loss::Kept(how) => all = worse(all, Discard::Kept(how)),
                    Loss::Within => all = worse(all, Discard::Files),
                    _ => return None,
                },
                There::Entry { entry, .. } => {
                    let repository = self.world.repository()?;
                    let inner = repository.inner(&sight.place.path)?;
                    let clean = repository.standing(inner, entry, self.budget) == Standing::Clean;
                    if committed && !repository.committed() {
                        return None;
                    }
                    all = worse(all, if clean { Discard::Kept(Recovery::Tracked) } else { Discard::Files });
                }
                _ => return None,
            }
        }
        Some(all)
    }

    /// `git checkout NAME`: a path if there is one, and otherwise a branch, where git refuses to overwrite what is changed.
    fn branch_or_path(&mut self, name: &str) -> Option<Discard> {
        let place = self.place(&Value::text(name));
        match self.look(&place, false).there {
            There::Nothing => Some(Discard::Nothing),
            There::Entry { .. } => self.paths(&[name], false),
            _ => None,
        }
    }

    /// What is not tracked is removed: `ignored`, too what git ignores; `only`, nothing but that.
    fn untracked(&mut self, ignored: bool, only: bool) -> Option<Discard> {
        let tree = self.root_tree()?;
        let mut all = Discard::Nothing;
        let repository = self.world.repository()?;
        if !repository.is_readable() {
            return None;
        }
        for (path, entry) in tree.entries.iter() {
            // What is not looked at any more could be anything.
            if !self.budget.take(ENTRY_COST) {
                return None;
            }
            let path = std::str::from_utf8(path).ok()?;
            let directory = entry.kind == EntryKind::Directory;
            let skipped = directory && crate::facts::is_skipped(path.rsplit('/').next().unwrap_or(path));
            if path == ".git" || path.starts_with(".git/") {
                continue;
            }
            if path.split('/').any(|name| name == ".git") || (directory && !skipped) {
                if !directory || path.ends_with("/.git") {
                    return None;
                }
                continue;
            }
            if repository.is_tracked(path, directory) {
                continue;
            }
            let is_ignored = repository.is_ignored(path, directory, self.budget);
            if (is_ignored && !ignored && !only) || (!is_ignored && only) {
                continue;
            }
            match repository.standing(path, entry, self.budget) {
                Standing::Generated => all = worse(all, Discard::Kept(Recovery::Rebuilt)),
                _ if skipped => return None,
                _ => all = worse(all, Discard::Files),
            }
        }
        (!self.budget.exhausted()).then_some(all)
    }
}

fn worse(one: Discard, other: Discard) -> Discard {
    match (one, other) {
        (Discard::Files, _) | (_, Discard::Files) => Discard::Files,
        (Discard::Kept(one), Discard::Kept(other)) => Discard::Kept(one.max(other)),
        (Discard::Kept(how), _) | (_, Discard::Kept(how)) => Discard::Kept(how),
        _ => Discard::Nothing,
    }
}
