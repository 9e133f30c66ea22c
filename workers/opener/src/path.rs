//! Where a name lies, and what it leads to.
//!
//! The kernel has no safe call that gives a path's real form: `/proc/self/fd` would tell it, and an opener has no procfs. So a path
//! without links is resolved by the kernel at once (`openat2(2)` with `RESOLVE_NO_SYMLINKS`), and then its text, dots taken
//! out, is its real form. Only where that fails on a link is it walked name by name with `O_PATH` descriptors, links read and
//! counted as the kernel does; each step starts at a descriptor, so a directory that is moved meanwhile misleads nobody but its mover.

use crate::Unseen;
use crate::budget::{ANSWER, Budget, ENTRY};
use crate::entry::Status;
use crate::opening::{ANYWHERE, absolute, look, not_of_procfs};
use palisade_protocol::call::Path;
use palisade_protocol::facts::{Answer, EntryKind, Found, Target};
use rustix::fs::{CWD, OFlags, ResolveFlags, readlinkat};
use rustix::io::Errno;
use std::os::fd::{AsFd, OwnedFd};

/// Links on one way, as the kernel's `MAXSYMLINKS`.
const LINKS_MAX: usize = 40;

/// Whether a link in the last place is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Last {
    /// It is what was asked about.
    Kept,
    /// What it leads to was asked about.
    Followed,
}

/// Something that was found.
#[derive(Debug)]
pub struct Place {
    /// Its path without links.
    pub real: Path,
    /// What is there.
    pub status: Status,
}

/// Where a path leads.
#[derive(Debug)]
pub enum Way {
    /// To something.
    There(Place),
    /// To nothing, which would lie here.
    Missing(Path),
}

/// Answers a `Question::Path`.
pub fn find(path: &[u8], budget: &mut Budget) -> Result<Answer, Unseen> {
    let place = match way(path, Last::Kept)? {
        Way::There(place) => place,
        Way::Missing(real) => {
            budget.take(ANSWER + real.len())?;
            return Ok(Answer::Missing { real });
        }
    };
    let target = match place.status.entry.kind {
        EntryKind::Link => match resolve(&place.real, Last::Followed) {
            Ok(end) => Some(Target { real: end.real, entry: end.status.entry }),
            Err(Unseen::Absent) => None,
            // That it leads nowhere is a fact; that it leads where we cannot look is none.
            Err(Unseen::Withheld) => return Err(Unseen::Withheld),
        },
        _ => None,
    };
    budget.take(ANSWER + 2 * ENTRY + place.real.len() + target.as_ref().map_or(0, |end| end.real.len()))?;
    let Status { entry, mount } = place.status;
    Ok(Answer::Found(Box::new(Found { real: place.real, entry, target, mount })))
}

/// What a path leads to.
pub fn resolve(path: &[u8], last: Last) -> Result<Place, Unseen> {
    match way(path, last)? {
        Way::There(place) => Ok(place),
        Way::Missing(_) => Err(Unseen::Absent),
    }
}

/// Where a path leads, links in the directories before its last name followed.
pub fn way(path: &[u8], last: Last) -> Result<Way, Unseen> {
    let path = absolute(path)?;
    match look(CWD, path, OFlags::NOFOLLOW, ResolveFlags::NO_SYMLINKS) {
        Ok(fd) => {
            let status = Status::of(fd.as_fd(), c"")?;
            if last == Last::Kept || status.entry.kind != EntryKind::Link {
                return Ok(Way::There(Place { real: without_dots(path)?, status }));
            }
        }
        Err(Errno::LOOP | Errno::NOENT) => {}
        Err(errno) => return Err(errno.into()),
    }
    walk(path, last)
}

/// The text of a path that holds no link. `..` takes the name before it away, because that is a directory itself.
fn without_dots(path: &[u8]) -> Result<Path, Unseen> {
    let mut real = Vec::with_capacity(path.len());
    path.split(|byte| *byte == b'/').for_each(|name| go(&mut real, name));
    finished(real)
}

/// One name further, in text.
fn go(real: &mut Vec<u8>, name: &[u8]) {
    match name {
        b"" | b"." => {}
        b".." => real.truncate(real.iter().rposition(|byte| *byte == b'/').unwrap_or(0)),
        name => {
            real.push(b'/');
            real.extend_from_slice(name);
        }
    }
}

fn finished(mut real: Vec<u8>) -> Result<Path, Unseen> {
    if real.is_empty() {
        real.push(b'/');
    }
    Path::new(real).map_err(|_| Unseen::Withheld)
}

/// Name by name.
fn walk(path: &[u8], last: Last) -> Result<Way, Unseen> {
    let top = || look(CWD, b"/", OFlags::DIRECTORY, ANYWHERE);
    let (mut here, mut real) = (top()?, Vec::new());
    // Names yet to go, the next one at the end. A slash after the last name asks for the directory that it leads to.
    let mut names = reversed(path);
    let mut links = 0;
    while let Some(name) = names.pop() {
        if matches!(&*name, b"" | b".") {
            continue;
        }
        let next = match step(&here, &name) {
            Err(Errno::NOENT) => return missing(real, &name, names),
            next => next?,
        };
        let status = Status::of(next.as_fd(), c"")?;
        let ends = names.is_empty();
        match status.entry.kind {
            EntryKind::Directory => here = next,
            EntryKind::Link if !ends || last == Last::Followed => {
                links += 1;
                if links > LINKS_MAX {
                    return Err(Unseen::Withheld);
                }
                let text = link_text(&next)?;
                if text.first() == Some(&b'/') {
                    (here, real) = (top()?, Vec::new());
                }
                names.extend(reversed(&text));
                continue;
            }
            _ if ends => {
                go(&mut real, &name);
                return Ok(Way::There(Place { real: finished(real)?, status }));
            }
            _ => return Err(Unseen::Absent),
        }
        go(&mut real, &name);
    }
    let status = Status::of(here.as_fd(), c"")?;
    Ok(Way::There(Place { real: finished(real)?, status }))
}

/// Where the name would be, and what follows it. What is not there cannot be left again by `..`.
fn missing(mut real: Vec<u8>, name: &[u8], mut names: Vec<Vec<u8>>) -> Result<Way, Unseen> {
    go(&mut real, name);
    while let Some(name) = names.pop() {
        if name == b".." {
            return Err(Unseen::Absent);
        }
        go(&mut real, &name);
    }
    finished(real).map(Way::Missing)
}

fn reversed(path: &[u8]) -> Vec<Vec<u8>> {
    path.split(|byte| *byte == b'/').rev().map(<[u8]>::to_vec).collect()
}

/// One name further from a directory; a link is not followed.
fn step(here: &OwnedFd, name: &[u8]) -> Result<OwnedFd, Errno> {
    look(here.as_fd(), name, OFlags::NOFOLLOW, ResolveFlags::NO_SYMLINKS)
}

fn link_text(link: &OwnedFd) -> Result<Vec<u8>, Unseen> {
    let text = readlinkat(not_of_procfs(link)?, c"", Vec::new())?.into_bytes();
    if text.is_empty() { Err(Unseen::Absent) } else { Ok(text) }
}
