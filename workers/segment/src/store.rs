//! Making a journal's files, by the two directories that are held open: for the supervisor, which writes no record in them.

use crate::directory::Name;
use crate::files::Files;
use nix::errno::Errno;
use nix::fcntl::{FallocateFlags, OFlag, fallocate, openat, renameat};
use nix::sys::stat::Mode;
use nix::unistd::{UnlinkatFlags, fsync, unlinkat};
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::OwnedFd;

/// Blocks kept for the record that the disk is full, and for the life cycle around it.
const RESERVE: [(&str, i64); 2] = [("reserve.log", 256 * 1024), ("reserve.dat", 1024 * 1024)];

const NEW_SEGMENT: OFlag = OFlag::O_WRONLY
    .union(OFlag::O_APPEND)
    .union(OFlag::O_CREAT)
    .union(OFlag::O_EXCL)
    .union(OFlag::O_NOFOLLOW)
    .union(OFlag::O_CLOEXEC);
const PRIVATE: Mode = Mode::S_IRUSR.union(Mode::S_IWUSR);

impl Files {
    /// Makes the files of a new segment, frames and payloads, to be appended to; and makes their names last.
    pub fn create(&self, name: Name) -> io::Result<[OwnedFd; 2]> {
        let log = openat(&self.segments, name.log().as_str(), NEW_SEGMENT, PRIVATE)?;
        let dat = openat(&self.segments, name.dat().as_str(), NEW_SEGMENT, PRIVATE)?;
        fsync(&self.segments)?;
        Ok([log, dat])
    }

    /// The same from the reserved blocks, for a disk that is full.
    pub fn create_from_reserve(&self, name: Name) -> io::Result<[OwnedFd; 2]> {
        let take = |(reserve, _): (&str, i64), named: String| {
            renameat(&self.journal, reserve, &self.segments, named.as_str())?;
            let flags = OFlag::O_WRONLY | OFlag::O_APPEND | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
            openat(&self.segments, named.as_str(), flags, Mode::empty())
        };
        let segment = [take(RESERVE[0], name.log())?, take(RESERVE[1], name.dat())?];
        fsync(&self.segments)?;
        Ok(segment)
    }

    /// Reserves the blocks that [`Files::create_from_reserve`] uses, unless they are. This is also how space is noticed again.
    pub fn reserve(&self) -> io::Result<()> {
        for (name, size) in RESERVE {
            let flags = OFlag::O_WRONLY | OFlag::O_CREAT | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
            let file = openat(&self.journal, name, flags, PRIVATE)?;
            if let Err(errno) = fallocate(&file, FallocateFlags::FALLOC_FL_KEEP_SIZE, 0, size) {
                let _ = unlinkat(&self.journal, name, UnlinkatFlags::NoRemoveDir);
                return Err(errno.into());
            }
        }
        Ok(())
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
