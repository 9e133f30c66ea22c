//! What a directory holds.

use crate::Unseen;
use crate::budget::{ANSWER, Budget};
use crate::entry::{Status, kind};
use crate::opening::{ANYWHERE, absolute, directory};
use palisade_protocol::bounded::List;
use palisade_protocol::facts::{EntryKind, NAMES_MAX, Name, Names};
use rustix::fs::{CWD, FileType, RawDir};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

/// Bytes of entries that the kernel is asked for at once.
const ROOM: usize = 16 * 1024;

/// Answers a `Question::Names`.
pub fn list(path: &[u8], budget: &mut Budget) -> Result<Names, Unseen> {
    budget.take(ANSWER)?;
    let dir = directory(CWD, absolute(path)?, ANYWHERE)?;
    let mut names = Vec::new();
    let complete = each(&dir, |name, kind| {
        let fits = names.len() < NAMES_MAX && budget.takes_entry(name.len() + 8);
        let name = Name::new(name).ok().filter(|_| fits);
        let taken = name.is_some();
        names.extend(name.map(|name| (name, kind)));
        taken
    });
    Ok(Names { names: List::first(names), complete })
}

/// Shows each entry but `.` and `..` until one is refused. Whether all were shown and none refused.
pub fn each(dir: &OwnedFd, mut show: impl FnMut(&[u8], EntryKind) -> bool) -> bool {
    let mut room = [MaybeUninit::uninit(); ROOM];
    let mut entries = RawDir::new(dir, &mut room);
    while let Some(entry) = entries.next() {
        let Ok(entry) = entry else { return false };
        let name = entry.file_name();
        if matches!(name.to_bytes(), b"." | b"..") {
            continue;
        }
        let Some(kind) = known(dir.as_fd(), name, entry.file_type()) else { return false };
        if !show(name.to_bytes(), kind) {
            return false;
        }
    }
    true
}

/// Some file systems do not tell the kind with the name.
fn known(dir: BorrowedFd<'_>, name: &std::ffi::CStr, told: FileType) -> Option<EntryKind> {
    match told {
        FileType::Unknown => Status::of(dir, name).ok().map(|status| status.entry.kind),
        told => Some(kind(told)),
    }
}
