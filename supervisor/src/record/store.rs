//! The journal's files, by the two directories that are held open. The supervisor makes, lists and opens them; it writes no
//! record and reads none.

use nix::dir::Dir;
use nix::errno::Errno;
use nix::fcntl::{FallocateFlags, OFlag, fallocate, openat, renameat};
use nix::sys::stat::Mode;
use nix::unistd::{UnlinkatFlags, fsync, unlinkat};
use palisade_segment::directory::{Listing, Name, list};
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};

/// Blocks kept for the record that the disk is full, and for the life cycle around it.
const RESERVE: [(&str, i64); 2] = [("reserve.log", 256 * 1024), ("reserve.dat", 1024 * 1024)];

const NEW_SEGMENT: OFlag = OFlag::O_WRONLY
    .union(OFlag::O_APPEND)
    .union(OFlag::O_CREAT)
    .union(OFlag::O_EXCL)
    .union(OFlag::O_NOFOLLOW)
    .union(OFlag::O_CLOEXEC);
const READ: OFlag = OFlag::O_RDONLY.union(OFlag::O_NOFOLLOW).union(OFlag::O_NONBLOCK).union(OFlag::O_CLOEXEC);
const PRIVATE: Mode = Mode::S_IRUSR.union(Mode::S_IWUSR);

/// `journal/` and `journal/seg/`.
#[derive(Debug)]
pub struct Store {
    journal: OwnedFd,
    segments: OwnedFd,
}

/// The two write-only descriptors of a new segment.
#[derive(Debug)]
pub struct NewSegment {
    /// Frames.
    pub log: OwnedFd,
    /// Payloads.
    pub dat: OwnedFd,
    /// Whether the kernel now holds the frames' inode to appending.
    pub append_only: bool,
}

impl Store {
    /// Works in these two directories.
    pub fn new(journal: OwnedFd, segments: OwnedFd) -> Self {
        Self { journal, segments }
    }

    /// What lies in `seg/`.
    pub fn list(&self) -> io::Result<Listing> {
        // A directory stream moves the descriptor's position: each listing gets a description of its own.
        let own = openat(&self.segments, ".", OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC, Mode::empty())?;
        let mut names = Vec::new();
        for entry in Dir::from_fd(own)? {
            names.push(entry?.file_name().to_string_lossy().into_owned());
        }
        Ok(list(names))
    }

    /// Makes the files of a new segment, and makes their names last.
    pub fn create(&self, name: Name) -> io::Result<NewSegment> {
        let log = openat(&self.segments, name.log().as_str(), NEW_SEGMENT, PRIVATE)?;
        let dat = openat(&self.segments, name.dat().as_str(), NEW_SEGMENT, PRIVATE)?;
        self.settle(log, dat)
    }

    /// The same from the reserved blocks, for a disk that is full.
    pub fn create_from_reserve(&self, name: Name) -> io::Result<NewSegment> {
        let mut opened = Vec::new();
        for ((reserve, _), named) in RESERVE.iter().zip([name.log(), name.dat()]) {
            renameat(&self.journal, *reserve, &self.segments, named.as_str())?;
            let flags = OFlag::O_WRONLY | OFlag::O_APPEND | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
            opened.push(openat(&self.segments, named.as_str(), flags, Mode::empty())?);
        }
        match (opened.pop(), opened.pop()) {
            (Some(dat), Some(log)) => self.settle(log, dat),
            _ => Err(Errno::ENOENT.into()),
        }
    }

    fn settle(&self, log: OwnedFd, dat: OwnedFd) -> io::Result<NewSegment> {
        // Payloads stay erasable (a purge is their owner's right); frames do not.
        let append_only = palisade_sandbox::inode::set_append_only(log.as_fd()).is_ok();
        fsync(&self.segments)?;
        Ok(NewSegment { log, dat, append_only })
    }

    /// Reserves the blocks that [`Store::create_from_reserve`] uses, unless they are. This is also how space is noticed again.
    pub fn reserve(&self) -> io::Result<()> {
        for (name, size) in RESERVE {
            let flags = OFlag::O_WRONLY | OFlag::O_CREAT | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
            let file = openat(&self.journal, name, flags, PRIVATE)?;
            match fallocate(&file, FallocateFlags::FALLOC_FL_KEEP_SIZE, 0, size) {
                Ok(()) => {}
                Err(errno) => {
                    let _ = unlinkat(&self.journal, name, UnlinkatFlags::NoRemoveDir);
                    return Err(errno.into());
                }
            }
        }
        Ok(())
    }

    /// The two read-only descriptors of a segment. A file that is missing reads as empty, which the reader reports.
    pub fn open(&self, name: Name) -> io::Result<[OwnedFd; 2]> {
        let open = |file: String| match openat(&self.segments, file.as_str(), READ, Mode::empty()) {
            Err(Errno::ENOENT) => nix::fcntl::open("/dev/null", OFlag::O_RDONLY | OFlag::O_CLOEXEC, Mode::empty()),
            opened => opened,
        };
        Ok([open(name.log())?, open(name.dat())?])
    }

    /// A small file of ours beside the segments, if it is there.
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

    /// Writes a small file so that it is whole or not there, and lasts.
    pub fn write_note(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let fresh = format!("{name}.new");
        let flags = OFlag::O_WRONLY | OFlag::O_CREAT | OFlag::O_TRUNC | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
        let mut file = File::from(openat(&self.journal, fresh.as_str(), flags, PRIVATE)?);
        file.write_all(bytes)?;
        file.sync_all()?;
        renameat(&self.journal, fresh.as_str(), &self.journal, name)?;
        fsync(&self.journal)?;
        Ok(())
    }

    /// Removes a small file, if it is there.
    pub fn remove_note(&self, name: &str) -> io::Result<()> {
        match unlinkat(&self.journal, name, UnlinkatFlags::NoRemoveDir) {
            Ok(()) | Err(Errno::ENOENT) => Ok(fsync(&self.journal)?),
            Err(errno) => Err(errno.into()),
        }
    }
}

/// Every segment, oldest first, the ones with a missing file too.
pub fn all(listing: &Listing) -> Vec<Name> {
    let mut names = [&listing.segments[..], &listing.without_dat, &listing.without_log].concat();
    names.sort_unstable();
    names
}
