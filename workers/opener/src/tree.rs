//! Everything below a directory. Breadth first and from the one descriptor of its root: each directory is opened by its path from
//! there with `RESOLVE_BENEATH` and `RESOLVE_NO_SYMLINKS`, so nothing outside is ever reached, whoever moves what meanwhile.

use crate::Unseen;
use crate::budget::{ANSWER, Budget, ENTRY};
use crate::entry::Status;
use crate::names::each;
use crate::opening::{ANYWHERE, BENEATH, absolute, directory};
use palisade_protocol::bounded::List;
use palisade_protocol::call::Path;
use palisade_protocol::facts::{Entry, EntryKind, TREE_MAX, Tree};
use rustix::fs::CWD;
use std::collections::VecDeque;
use std::os::fd::{AsFd, OwnedFd};

/// Answers a `Question::Tree`. What could not be entered or did not fit makes it incomplete.
pub fn walk(path: &[u8], budget: &mut Budget) -> Result<Tree, Unseen> {
    budget.take(ANSWER)?;
    let root = directory(CWD, absolute(path)?, ANYWHERE)?;
    let mut entries = Vec::new();
    let mut ahead = VecDeque::new();
    let mut complete = gather(&root, &[], &mut entries, &mut ahead, budget);
    while let Some(below) = ahead.pop_front() {
        complete &= match directory(root.as_fd(), &below, BENEATH) {
            Ok(dir) => gather(&dir, &below, &mut entries, &mut ahead, budget),
            // Another file system, unreadable, or gone.
            Err(_) => false,
        };
    }
    Ok(Tree { entries: List::first(entries), complete })
}

/// The entries of one directory; its directories are for later.
fn gather(
    dir: &OwnedFd,
    below: &[u8],
    entries: &mut Vec<(Path, Entry)>,
    ahead: &mut VecDeque<Path>,
    budget: &mut Budget,
) -> bool {
    each(dir, |name, _| {
        let path = if below.is_empty() { name.to_vec() } else { [below, b"/", name].concat() };
        if entries.len() >= TREE_MAX || !budget.takes_entry(path.len() + ENTRY) {
            return false;
        }
        let (Ok(path), Ok(status)) = (Path::new(path), Status::of(dir.as_fd(), name)) else { return false };
        if status.entry.kind == EntryKind::Directory {
            ahead.push_back(path.clone());
        }
        entries.push((path, status.entry));
        true
    })
}
