//! The append-only inode flag (`chattr +a`, `ioctl_iflags(2)`): on such a file even its writer can neither overwrite nor cut.

use nix::errno::Errno;
use std::os::fd::BorrowedFd;

/// Sets the flag. Needs `CAP_LINUX_IMMUTABLE` and ownership, and a filesystem that has it (`ENOTTY`, `EOPNOTSUPP` where not).
pub fn set_append_only(fd: BorrowedFd<'_>) -> Result<(), Errno> {
    let flags = crate::sys::inode_flags(fd)?;
    if flags & crate::sys::FS_APPEND_FL != 0 {
        return Ok(());
    }
    crate::sys::set_inode_flags(fd, flags | crate::sys::FS_APPEND_FL)
}

/// Whether the flag is set.
pub fn is_append_only(fd: BorrowedFd<'_>) -> Result<bool, Errno> {
    Ok(crate::sys::inode_flags(fd)? & crate::sys::FS_APPEND_FL != 0)
}
