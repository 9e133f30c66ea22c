//! Sockets that no descriptor can be passed to.

use nix::errno::Errno;
use std::os::fd::BorrowedFd;

/// Makes the kernel refuse descriptors sent to this socket, with `EPERM` at the sender (`SO_PASSRIGHTS`, Linux 6.16;
/// `ENOPROTOOPT` before).
pub fn refuse_passed_descriptors(socket: BorrowedFd<'_>) -> Result<(), Errno> {
    crate::sys::refuse_passed_descriptors(socket)
}
