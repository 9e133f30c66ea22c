//! The repository that a directory lies in, as bytes of its files. Git is never run.
//!
//! Looked for upwards as git does it, and no further than the file system goes (`GIT_DISCOVERY_ACROSS_FILESYSTEM`, git(1)). Only a
//! `.git` that is a directory of the root itself is looked into, by a descriptor and without following links.

use crate::Unseen;
use crate::budget::{ANSWER, Budget, ENTRY};
use crate::content::{beginning, whole};
use crate::entry::Status;
use crate::opening::{BENEATH, file, look};
use crate::path::{Last, Way, resolve, way};
use palisade_protocol::bounded::{Blob, List};
use palisade_protocol::call::Path;
use palisade_protocol::facts::{Entry, EntryKind, QUESTIONS_MAX, Repository};
use rustix::fs::{CWD, OFlags, ResolveFlags};
use std::collections::BTreeSet;
use std::os::fd::{AsFd, OwnedFd};

/// Bytes of `packed-refs` that are searched.
const PACKED_MAX: usize = 1024 * 1024;

/// Answers a `Question::Repository`.
pub fn gather(at: &[u8], ignores: &[Path], index: bool, budget: &mut Budget) -> Result<Repository, Unseen> {
    let start = resolve(at, Last::Followed)?;
    let (root, git) = upwards(&start.real, start.status.entry.device)?;
    budget.take(ANSWER + ENTRY + root.len())?;
    let dir = look(CWD, &root, OFlags::DIRECTORY, ResolveFlags::NO_SYMLINKS)?;
    let mount = Status::of(dir.as_fd(), c"")?.mount;
    let plain = git == EntryKind::Directory;
    let mut found = Repository {
        root,
        mount,
        plain,
        head: None,
        at: None,
        commit: None,
        index: None,
        indexed: (0, 0),
        config: None,
        ignores: List::default(),
        complete: plain,
    };
    if !plain {
        return Ok(found);
    }
    let git = look(dir.as_fd(), b".git", OFlags::DIRECTORY, BENEATH)?;
    found.head = bytes(whole(&git, b"HEAD", budget));
    found.config = bytes(whole(&git, b"config", budget));
    if index {
        found.at = found.head.as_ref().and_then(|head| commit_id(&git, head, budget));
        found.commit = found.at.as_ref().and_then(|id| loose_object(&git, id, budget));
        if let Ok((index, status)) = whole(&git, b"index", budget) {
            (found.index, found.indexed) = (Some(index), status.mtime);
        }
    }
    let mut rules = Rules { found: Vec::new(), complete: true };
    rules.read(&git, b"info/exclude", b"", budget);
    for below in ways(&found.root, ignores, &mut rules.complete) {
        let path = if below.is_empty() { b".gitignore".to_vec() } else { [&below, &b"/.gitignore"[..]].concat() };
        rules.read(&dir, &path, &below, budget);
    }
    found.complete = rules.complete;
    found.ignores = List::first(rules.found);
    Ok(found)
}

/// The nearest directory with a `.git`, from `start` up, and what that is.
fn upwards(start: &[u8], device: u64) -> Result<(Path, EntryKind), Unseen> {
    let mut here = start;
    loop {
        let git = [here, b"/.git"].concat();
        match Status::of(CWD, &*git).map_err(Unseen::from) {
            Ok(status) => {
                let root = if here.is_empty() { &b"/"[..] } else { here };
                return Ok((Path::new(root).map_err(|_| Unseen::Withheld)?, status.entry.kind));
            }
            Err(Unseen::Absent) => {}
            Err(Unseen::Withheld) => return Err(Unseen::Withheld),
        }
        let Some(slash) = here.iter().rposition(|byte| *byte == b'/') else { return Err(Unseen::Absent) };
        here = &here[..slash];
        let parent = if here.is_empty() { &b"/"[..] } else { here };
        if Status::of(CWD, parent)?.entry.device != device {
            return Err(Unseen::Absent);
        }
    }
}

/// What HEAD leads to: a hexadecimal id, itself or by one reference. Longer chains are not git's own.
fn commit_id(git: &OwnedFd, head: &[u8], budget: &mut Budget) -> Option<Blob<64>> {
    let Some(name) = head.strip_prefix(b"ref:") else { return hexadecimal(head) };
    let name = name.trim_ascii();
    let proper = name.starts_with(b"refs/") && name.split(|byte| *byte == b'/').all(|part| !part.starts_with(b"."));
    if !proper || name.contains(&0) {
        return None;
    }
    match whole::<1024>(git, name, budget) {
        Ok((loose, _)) => hexadecimal(&loose),
        Err(Unseen::Absent) => packed(git, name),
        Err(Unseen::Withheld) => None,
    }
}

/// The line of `packed-refs` that ends in the name.
fn packed(git: &OwnedFd, name: &[u8]) -> Option<Blob<64>> {
    let (fd, _) = file(git.as_fd(), b"packed-refs", BENEATH).ok()?;
    let (bytes, _) = beginning(&fd, PACKED_MAX).ok()?;
    let line = bytes.split(|byte| *byte == b'\n').find_map(|line| line.strip_suffix(name)?.strip_suffix(b" "))?;
    hexadecimal(line)
}

fn hexadecimal(text: &[u8]) -> Option<Blob<64>> {
    let text = text.trim_ascii();
    let proper = matches!(text.len(), 40 | 64) && text.iter().all(u8::is_ascii_hexdigit);
    if proper { Blob::new(text).ok() } else { None }
}

fn loose_object<const MAX: usize>(git: &OwnedFd, id: &[u8], budget: &mut Budget) -> Option<Blob<MAX>> {
    let (first, rest) = id.split_at_checked(2)?;
    bytes(whole(git, &[b"objects/", first, b"/", rest].concat(), budget))
}

fn bytes<const MAX: usize>(file: Result<(Blob<MAX>, Entry), Unseen>) -> Option<Blob<MAX>> {
    file.ok().map(|(bytes, _)| bytes)
}

/// Ignore files, in the order in which they are to be read.
struct Rules<const MAX: usize> {
    found: Vec<(Path, Blob<MAX>)>,
    complete: bool,
}

impl<const MAX: usize> Rules<MAX> {
    /// One file, if it is there. One that is there and cannot be read whole leaves the rules incomplete.
    fn read(&mut self, dir: &OwnedFd, path: &[u8], of: &[u8], budget: &mut Budget) {
        if self.found.len() == QUESTIONS_MAX {
            self.complete = false;
            return;
        }
        match (whole(dir, path, budget), Path::new(of)) {
            (Ok((bytes, _)), Ok(of)) if budget.takes(ANSWER + of.len()) => self.found.push((of, bytes)),
            (Err(Unseen::Absent), _) => {}
            _ => self.complete = false,
        }
    }
}

/// Every directory from the root down to each path, the path itself included in case it is one; by their paths from the root.
fn ways(root: &[u8], paths: &[Path], complete: &mut bool) -> BTreeSet<Vec<u8>> {
    let mut ways = BTreeSet::from([Vec::new()]);
    for path in paths {
        let real = match way(path, Last::Kept) {
            Ok(Way::There(place)) => place.real,
            Ok(Way::Missing(real)) => real,
            Err(_) => {
                *complete = false;
                continue;
            }
        };
        let prefix = if root == b"/" { &b""[..] } else { root };
        let Some(below) = real.strip_prefix(prefix).and_then(|below| below.strip_prefix(b"/")) else { continue };
        let ends = below.iter().enumerate().filter(|(_, byte)| **byte == b'/').map(|(at, _)| at);
        ways.extend(ends.chain([below.len()]).map(|end| below[..end].to_vec()));
    }
    ways
}
