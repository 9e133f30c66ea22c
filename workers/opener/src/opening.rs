//! Opening, so that nothing happens by it: no special file, no link of procfs, no terminal, no waiting.
//!
//! What is to be read is looked at first by an `O_PATH` descriptor, which opens nothing (`open(2)`): opening a FIFO wakes its
//! writer and opening a device can be a command. Whoever swaps the file between the look and the opening gains nothing: it is
//! looked at again once it is open, before a byte is read, and `O_NONBLOCK` keeps a FIFO, a device or a lease from holding us up.

use crate::Unseen;
use crate::entry::Status;
use palisade_protocol::facts::EntryKind;
use rustix::fs::{Mode, OFlags, ResolveFlags, fstatfs, openat2};
use rustix::io::Errno;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

/// `PROC_SUPER_MAGIC` of `linux/magic.h`.
const PROCFS: rustix::fs::FsWord = 0x9fa0;

/// Below a directory: no link is followed, `..` does not lead out, other file systems are not entered.
pub const BENEATH: ResolveFlags = ResolveFlags::BENEATH
    .union(ResolveFlags::NO_SYMLINKS)
    .union(ResolveFlags::NO_MAGICLINKS)
    .union(ResolveFlags::NO_XDEV);

/// Links are followed, those of procfs to a process's files are not.
pub const ANYWHERE: ResolveFlags = ResolveFlags::NO_MAGICLINKS;

/// A path as an absolute one without a zero byte.
pub fn absolute(path: &[u8]) -> Result<&[u8], Unseen> {
    match path.first() {
        Some(b'/') if !path.contains(&0) => Ok(path),
        _ => Err(Unseen::Withheld),
    }
}

/// Looks at a path without opening what is there.
pub fn look(dir: BorrowedFd<'_>, path: &[u8], more: OFlags, resolve: ResolveFlags) -> Result<OwnedFd, Errno> {
    openat2(dir, path, OFlags::PATH | OFlags::CLOEXEC | more, Mode::empty(), resolve)
}

/// Opens a directory for listing. A path that leads to something else is withheld.
pub fn directory(dir: BorrowedFd<'_>, path: &[u8], resolve: ResolveFlags) -> Result<OwnedFd, Unseen> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    match openat2(dir, path, flags, Mode::empty(), resolve) {
        Ok(fd) => not_of_procfs(fd),
        // Either there is nothing, or it is no directory.
        Err(Errno::NOTDIR) if look(dir, path, OFlags::empty(), resolve).is_ok() => Err(Unseen::Withheld),
        Err(errno) => Err(errno.into()),
    }
}

/// Opens a regular file for reading; anything else is withheld, unopened.
pub fn file(dir: BorrowedFd<'_>, path: &[u8], resolve: ResolveFlags) -> Result<(OwnedFd, Status), Unseen> {
    let before = look(dir, path, OFlags::empty(), resolve)?;
    regular(&before)?;
    drop(before);
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let fd = not_of_procfs(openat2(dir, path, flags, Mode::empty(), resolve)?)?;
    let status = regular(&fd)?;
    Ok((fd, status))
}

/// What procfs shows depends on who looks: of the opener, nobody asked.
pub fn not_of_procfs<F: AsFd>(fd: F) -> Result<F, Unseen> {
    if fstatfs(&fd)?.f_type == PROCFS { Err(Unseen::Withheld) } else { Ok(fd) }
}

fn regular(fd: &OwnedFd) -> Result<Status, Unseen> {
    let status = Status::of(fd.as_fd(), c"")?;
    if status.entry.kind == EntryKind::File { Ok(status) } else { Err(Unseen::Withheld) }
}
