//! Everything below a directory. Breadth first and from the one descriptor of its root: each directory is opened by its path from
//! there with `RESOLVE_BENEATH` and `RESOLVE_NO_SYMLINKS`, so nothing outside is ever reached, whoever moves what meanwhile.

use crate::Unseen;
use crate::budget::{ANSWER, Budget, ENTRY};
use crate::entry::Status;
use crate::names::each;
use crate::opening::{ANYWHERE, BENEATH, absolute, directory};
use palisade_protocol::bounded::List;
use palisade_protocol::call::Path;
use palisade_protocol::facts::{Entry, EntryKind, Name, TREE_MAX, Tree};
use rustix::fs::CWD;
use std::collections::VecDeque;
use std::os::fd::{AsFd, OwnedFd};

/// Answers a `Question::Tree`. What could not be entered or did not fit makes it incomplete; what was not to be entered does not.
pub fn walk(path: &[u8], skip: &[Name], budget: &mut Budget) -> Result<Tree, Unseen> {
    budget.take(ANSWER)?;
    let root = directory(CWD, absolute(path)?, ANYWHERE)?;
    let mut walk = Walk { skip, budget, entries: Vec::new(), ahead: VecDeque::new() };
    let mut complete = walk.gather(&root, &[]);
    while let Some(below) = walk.ahead.pop_front() {
        complete &= match directory(root.as_fd(), &below, BENEATH) {
            Ok(dir) => walk.gather(&dir, &below),
            // Another file system, unreadable, or gone.
            Err(_) => false,
        };
    }
    Ok(Tree { entries: List::first(walk.entries), complete })
}

struct Walk<'a> {
    skip: &'a [Name],
    budget: &'a mut Budget,
    entries: Vec<(Path, Entry)>,
    /// Directories yet to be entered.
    ahead: VecDeque<Path>,
}

impl Walk<'_> {
    /// The entries of one directory; its directories are for later. Whether these are all.
    fn gather(&mut self, dir: &OwnedFd, below: &[u8]) -> bool {
        each(dir, |name, _| {
            let path = if below.is_empty() { name.to_vec() } else { [below, b"/", name].concat() };
            if self.entries.len() >= TREE_MAX || !self.budget.takes_entry(path.len() + ENTRY) {
                return false;
            }
            let (Ok(path), Ok(status)) = (Path::new(path), Status::of(dir.as_fd(), name)) else { return false };
            if status.entry.kind == EntryKind::Directory && self.skip.iter().all(|skipped| **skipped != *name) {
                self.ahead.push_back(path.clone());
            }
            self.entries.push((path, status.entry));
            true
        })
    }
}
