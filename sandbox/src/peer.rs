//! What the kernel says of another process, for those who must not take its own word.

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use std::fs::File;
use std::io::Read;
use std::os::fd::{AsFd, OwnedFd};

/// The fields of `/proc/PID/stat` that are used (`proc_pid_stat(5)`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stat {
    /// Field 4.
    pub parent: u32,
    /// Field 7: the controlling terminal's device number, 0 for none.
    pub tty: u32,
    /// Field 22: when it started, in clock ticks since boot.
    pub started: u64,
}

impl Stat {
    /// Of this process; none if it is gone.
    pub fn read(pid: u32) -> Option<Self> {
        Self::parse(&read_once(&format!("/proc/{pid}/stat"))?)
    }

    /// The second field is the process's own name in parentheses and may hold anything, parentheses too: fields are counted from
    /// the last one.
    fn parse(text: &str) -> Option<Self> {
        let (_, rest) = text.rsplit_once(')')?;
        let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
        // `rest` begins with field 3, the state.
        let field = |number: usize| fields.get(number - 3);
        Some(Self {
            parent: field(4)?.parse().ok()?,
            tty: field(7)?.parse::<i32>().ok()?.cast_unsigned(),
            started: field(22)?.parse().ok()?,
        })
    }
}

/// The uid that logged in (`/proc/PID/loginuid`); none where no login started the process.
pub fn loginuid(pid: u32) -> Option<u32> {
    let uid = read_once(&format!("/proc/{pid}/loginuid"))?.trim().parse().ok()?;
    (uid != u32::MAX).then_some(uid)
}

/// Whether the process of this pidfd has not ended: a pidfd becomes readable then (`pidfd_open(2)`).
pub fn is_running(pidfd: &OwnedFd) -> bool {
    let mut ended = [PollFd::new(pidfd.as_fd(), PollFlags::POLLIN)];
    poll(&mut ended, PollTimeout::ZERO) == Ok(0)
}

/// A small file of `/proc`, whole in one read: this is on every call's way.
fn read_once(path: &str) -> Option<String> {
    let mut bytes = [0; 1024];
    let length = File::open(path).ok()?.read(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes[..length]).into_owned())
}

#[cfg(test)]
mod tests {
    use super::Stat;

    #[test]
    fn a_process_cannot_forge_its_fields_by_its_name() {
        let line = "42 (a) 1 (b) S 7 42 42 34816 42 4194304 1 0 0 0 0 0 0 0 20 0 1 0 99887 1 1\n";
        let stat = Stat::parse(line).unwrap();
        assert_eq!((stat.parent, stat.tty, stat.started), (7, 34816, 99887));
    }

    #[test]
    fn a_cut_line_is_no_identity() {
        assert!(Stat::parse("42 (a) S 7 42").is_none());
        assert!(Stat::parse("").is_none());
    }
}
