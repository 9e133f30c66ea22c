//! Processes by pidfd: no process id is ever signalled or waited for, so none can be mistaken for a later one.

pub use crate::sys::Exit;
use nix::errno::Errno;
use nix::sys::signal::Signal;
use std::os::fd::{AsFd, OwnedFd};

/// A pidfd for a child that has not been waited for (`pidfd_open(2)`).
pub fn pidfd_open(pid: u32) -> Result<OwnedFd, Errno> {
    crate::sys::pidfd_open(pid)
}

/// Sends a signal (`pidfd_send_signal(2)`).
pub fn pidfd_send_signal(process: impl AsFd, signal: Signal) -> Result<(), Errno> {
    crate::sys::pidfd_send_signal(process.as_fd(), signal as i32)
}

/// Waits for the end of a child and reaps it.
pub fn wait_pidfd(process: impl AsFd) -> Result<Exit, Errno> {
    loop {
        match crate::sys::wait_pidfd(process.as_fd(), true) {
            Ok(Some(exit)) => return Ok(exit),
            Ok(None) | Err(Errno::EINTR) => {}
            Err(errno) => return Err(errno),
        }
    }
}

/// Reaps a child if it has ended; none if it has not.
pub fn try_wait_pidfd(process: impl AsFd) -> Result<Option<Exit>, Errno> {
    crate::sys::wait_pidfd(process.as_fd(), false)
}
