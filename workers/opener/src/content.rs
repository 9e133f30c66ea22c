//! The beginning of a regular file.

use crate::Unseen;
use crate::budget::{ANSWER, Budget};
use crate::entry::Status;
use crate::opening::{ANYWHERE, BENEATH, absolute, file};
use palisade_protocol::bounded::Blob;
use palisade_protocol::facts::{CONTENT_MAX, Content, Entry};
use rustix::fs::CWD;
use rustix::io::{Errno, pread};
use std::os::fd::{AsFd, OwnedFd};

/// Answers a `Question::Content`.
pub fn read(path: &[u8], budget: &mut Budget) -> Result<Content, Unseen> {
    let (fd, status) = file(CWD, absolute(path)?, ANYWHERE)?;
    let most = usize::try_from(status.entry.size).unwrap_or(usize::MAX).min(CONTENT_MAX);
    if budget.bytes() < ANSWER + most {
        return Err(Unseen::Withheld);
    }
    let (bytes, complete) = beginning(&fd, CONTENT_MAX)?;
    budget.take(ANSWER + bytes.len())?;
    Ok(Content { bytes: Blob::new(bytes).map_err(|_| Unseen::Withheld)?, complete })
}

/// The whole of a regular file of at most `MAX` bytes below a directory, and its status.
pub fn whole<const MAX: usize>(dir: &OwnedFd, path: &[u8], budget: &mut Budget) -> Result<(Blob<MAX>, Entry), Unseen> {
    let (fd, Status { entry: status, .. }) = file(dir.as_fd(), path, BENEATH)?;
    let size = usize::try_from(status.size).unwrap_or(usize::MAX);
    if size > MAX || size > budget.bytes() {
        return Err(Unseen::Withheld);
    }
    let (bytes, complete) = beginning(&fd, MAX)?;
    budget.take(bytes.len())?;
    match Blob::new(bytes) {
        Ok(bytes) if complete => Ok((bytes, status)),
        _ => Err(Unseen::Withheld),
    }
}

/// The first bytes, at most `most`, and whether there are no more. Sizes that a file system reports are not believed.
pub fn beginning(fd: &OwnedFd, most: usize) -> Result<(Vec<u8>, bool), Errno> {
    const PIECE: usize = 64 * 1024;
    let mut bytes = Vec::new();
    loop {
        let have = bytes.len();
        bytes.resize(have + PIECE.min(most + 1 - have), 0);
        match pread(fd, &mut bytes[have..], have as u64) {
            Ok(read) => bytes.truncate(have + read),
            Err(Errno::INTR) => bytes.truncate(have),
            Err(errno) => return Err(errno),
        }
        if bytes.len() > most {
            bytes.truncate(most);
            return Ok((bytes, false));
        }
        if bytes.len() == have {
            return Ok((bytes, true));
        }
    }
}
