//! Processes by pidfd: no process id is ever signalled or waited for, so none can be mistaken for a later one.

pub use crate::sys::Exit;
use nix::errno::Errno;
use nix::sys::signal::Signal;
use std::fmt;
use std::os::fd::{AsFd, OwnedFd};

/// Bytes of a worker's last words that are kept. They are a place in its source, never a message (I6).
const LAST_WORDS: usize = 512;

impl fmt::Display for Exit {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => write!(out, "exit code {code}"),
            Self::Signal(number) => match Signal::try_from(*number) {
                Ok(signal) => write!(out, "signal {signal}"),
                Err(_) => write!(out, "signal {number}"),
            },
        }
    }
}

/// What the pipe of an ended worker's descriptor 2 holds now: the pipe does not block, and what is not there will not come.
pub fn last_words(diagnostics: impl AsFd) -> String {
    let mut bytes = [0; LAST_WORDS];
    let length = nix::unistd::read(diagnostics, &mut bytes).unwrap_or(0);
    let text = String::from_utf8_lossy(&bytes[..length]);
    text.trim().chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

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

/// Ends a child, however it is, and reaps it.
pub fn end(process: impl AsFd) {
    // It fails only if the child has ended meanwhile, or may not be signalled; then waiting would be for ever.
    if let Ok(()) | Err(Errno::ESRCH) = pidfd_send_signal(process.as_fd(), Signal::SIGKILL) {
        let _ = wait_pidfd(process);
    }
}

/// Reaps a child if it has ended; none if it has not.
pub fn try_wait_pidfd(process: impl AsFd) -> Result<Option<Exit>, Errno> {
    crate::sys::wait_pidfd(process.as_fd(), false)
}
