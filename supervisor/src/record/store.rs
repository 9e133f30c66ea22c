//! The journal's files, by the two directories that are held open. The supervisor makes and lists them; it writes no record
//! and reads none.

use nix::errno::Errno;
use nix::fcntl::{FallocateFlags, OFlag, fallocate, openat, renameat};
use nix::sys::stat::Mode;
use nix::unistd::{UnlinkatFlags, fsync, unlinkat};
use palisade_segment::directory::Name;
use palisade_segment::files::Files;
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsFd, OwnedFd};

/// Blocks kept for the record that the disk is full, and for the life cycle around it.
const RESERVE: [(&str, i64); 2] = [("reserve.log", 256 * 1024), ("reserve.dat", 1024 * 1024)];

const NEW_SEGMENT: OFlag = OFlag::O_WRONLY
    .union(OFlag::O_APPEND)
    .union(OFlag::O_CREAT)
    .union(OFlag::O_EXCL)
    .union(OFlag::O_NOFOLLOW)
    .union(OFlag::O_CLOEXEC);
const PRIVATE: Mode = Mode::S_IRUSR.union(Mode::S_IWUSR);

/// `journal/` and `journal/seg/`.
#[derive(Debug)]
pub struct Store(pub Files);

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
    /// Makes the files of a new segment, and makes their names last.
    pub fn create(&self, name: Name) -> io::Result<NewSegment> {
        let log = openat(&self.0.segments, name.log().as_str(), NEW_SEGMENT, PRIVATE)?;
        let dat = openat(&self.0.segments, name.dat().as_str(), NEW_SEGMENT, PRIVATE)?;
        self.settle(log, dat)
    }

    /// The same from the reserved blocks, for a disk that is full.
    pub fn create_from_reserve(&self, name: Name) -> io::Result<NewSegment> {
        let take = |(reserve, _): (&str, i64), named: String| {
            renameat(&self.0.journal, reserve, &self.0.segments, named.as_str())?;
            let flags = OFlag::O_WRONLY | OFlag::O_APPEND | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
            openat(&self.0.segments, named.as_str(), flags, Mode::empty())
        };
        self.settle(take(RESERVE[0], name.log())?, take(RESERVE[1], name.dat())?)
    }

    fn settle(&self, log: OwnedFd, dat: OwnedFd) -> io::Result<NewSegment> {
        // Payloads stay erasable (a purge is their owner's right); frames do not.
        let append_only = palisade_sandbox::inode::set_append_only(log.as_fd()).is_ok();
        fsync(&self.0.segments)?;
        Ok(NewSegment { log, dat, append_only })
    }

    /// Reserves the blocks that [`Store::create_from_reserve`] uses, unless they are. This is also how space is noticed again.
    pub fn reserve(&self) -> io::Result<()> {
        for (name, size) in RESERVE {
            let flags = OFlag::O_WRONLY | OFlag::O_CREAT | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
            let file = openat(&self.0.journal, name, flags, PRIVATE)?;
            if let Err(errno) = fallocate(&file, FallocateFlags::FALLOC_FL_KEEP_SIZE, 0, size) {
                let _ = unlinkat(&self.0.journal, name, UnlinkatFlags::NoRemoveDir);
                return Err(errno.into());
            }
        }
        Ok(())
    }

    /// Writes a small file so that it is whole or not there, and lasts.
    pub fn write_note(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let fresh = format!("{name}.new");
        let flags = OFlag::O_WRONLY | OFlag::O_CREAT | OFlag::O_TRUNC | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
        let mut file = File::from(openat(&self.0.journal, fresh.as_str(), flags, PRIVATE)?);
        file.write_all(bytes)?;
        file.sync_all()?;
        renameat(&self.0.journal, fresh.as_str(), &self.0.journal, name)?;
        fsync(&self.0.journal)?;
        Ok(())
    }

    /// Removes a small file, if it is there.
    pub fn remove_note(&self, name: &str) -> io::Result<()> {
        match unlinkat(&self.0.journal, name, UnlinkatFlags::NoRemoveDir) {
            Ok(()) | Err(Errno::ENOENT) => Ok(fsync(&self.0.journal)?),
            Err(errno) => Err(errno.into()),
        }
    }
}
