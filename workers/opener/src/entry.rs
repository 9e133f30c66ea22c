//! What `statx(2)` says of a name.

use palisade_protocol::facts::{Entry, EntryKind};
use rustix::fs::{AtFlags, FileType, Statx, StatxAttributes, StatxFlags, statx};
use rustix::io::Errno;
use std::os::fd::BorrowedFd;

/// A name's status, and whether a file system is mounted there.
#[derive(Debug, Clone)]
pub struct Status {
    /// What is answered.
    pub entry: Entry,
    /// The root of a mount.
    pub mount: bool,
}

impl Status {
    /// Of a name in a directory, a link not followed; of the directory itself where the name is empty.
    pub fn of(dir: BorrowedFd<'_>, name: impl rustix::path::Arg) -> Result<Self, Errno> {
        let flags = AtFlags::SYMLINK_NOFOLLOW | AtFlags::EMPTY_PATH | AtFlags::NO_AUTOMOUNT;
        Ok(Self::from(statx(dir, name, flags, StatxFlags::BASIC_STATS)?))
    }
}

impl From<Statx> for Status {
    fn from(seen: Statx) -> Self {
        let entry = Entry {
            kind: kind(FileType::from_raw_mode(seen.stx_mode.into())),
            size: seen.stx_size,
            mtime: (seen.stx_mtime.tv_sec, seen.stx_mtime.tv_nsec),
            ctime: (seen.stx_ctime.tv_sec, seen.stx_ctime.tv_nsec),
            device: rustix::fs::makedev(seen.stx_dev_major, seen.stx_dev_minor),
            inode: seen.stx_ino,
            mode: seen.stx_mode.into(),
            uid: seen.stx_uid,
            gid: seen.stx_gid,
            links: seen.stx_nlink,
        };
        Self { entry, mount: seen.stx_attributes.contains(StatxAttributes::MOUNT_ROOT) }
    }
}

/// The kind that a type of the file system's is.
pub fn kind(of: FileType) -> EntryKind {
    match of {
        FileType::RegularFile => EntryKind::File,
        FileType::Directory => EntryKind::Directory,
        FileType::Symlink => EntryKind::Link,
        FileType::BlockDevice | FileType::CharacterDevice => EntryKind::Device,
        _ => EntryKind::Special,
    }
}
