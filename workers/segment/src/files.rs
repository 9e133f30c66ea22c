//! Reading a journal's files, by the two directories that are held open. No link is followed and nothing special is opened.

use crate::directory::{Listing, Name, list};
use nix::dir::Dir;
use nix::errno::Errno;
use nix::fcntl::{OFlag, open, openat};
use nix::sys::stat::Mode;
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::OwnedFd;

const READ: OFlag = OFlag::O_RDONLY.union(OFlag::O_NOFOLLOW).union(OFlag::O_NONBLOCK).union(OFlag::O_CLOEXEC);
const DIRECTORY: OFlag = OFlag::O_RDONLY.union(OFlag::O_DIRECTORY).union(OFlag::O_NOFOLLOW).union(OFlag::O_CLOEXEC);

/// `journal/` and `journal/seg/`, open.
#[derive(Debug)]
pub struct Files {
    /// `journal/`: the notes and the reserve.
    pub journal: OwnedFd,
    /// `journal/seg/`.
    pub segments: OwnedFd,
}

impl Files {
    /// What lies in `seg/`.
    pub fn list(&self) -> io::Result<Listing> {
        // A directory stream moves the descriptor's position: each listing gets a description of its own.
        let own = openat(&self.segments, ".", DIRECTORY, Mode::empty())?;
        let mut names = Vec::new();
        for entry in Dir::from_fd(own)? {
            names.push(entry?.file_name().to_string_lossy().into_owned());
        }
        Ok(list(names))
    }

    /// Frames and payloads of a segment, to be read. A file that is missing reads as empty, which the reader reports.
    pub fn open(&self, name: Name) -> io::Result<[OwnedFd; 2]> {
        let read = |file: String| match openat(&self.segments, file.as_str(), READ, Mode::empty()) {
            Err(Errno::ENOENT) => open("/dev/null", READ, Mode::empty()),
            opened => opened,
        };
        Ok([read(name.log())?, read(name.dat())?])
    }

    /// A small file beside the segments, if it is there; at most `limit` bytes of it.
    pub fn read_note(&self, name: &str, limit: u64) -> io::Result<Option<Vec<u8>>> {
        match openat(&self.journal, name, READ, Mode::empty()) {
            Err(Errno::ENOENT) => Ok(None),
            Err(errno) => Err(errno.into()),
            Ok(fd) => {
                let mut bytes = Vec::new();
                File::from(fd).take(limit).read_to_end(&mut bytes)?;
                Ok(Some(bytes))
            }
        }
    }
}
