//! The payload: stdin to its end, within a size and a time.

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use palisade_protocol::limits::BODY_MAX;
use std::fmt;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

/// Agents write the payload at once and close the pipe. One that never closes it would run into the agent's own timeout, after
/// which most agents run the call.
const DEADLINE: Duration = Duration::from_secs(10);

/// Most payloads fit this.
const FIRST: usize = 4 * 1024;

/// Why there is no payload.
#[derive(Debug, PartialEq, Eq)]
pub enum StdinError {
    /// Longer than [`BODY_MAX`].
    TooLong,
    /// Not closed in time.
    Late,
    /// It cannot be read.
    Read(Errno),
}

impl fmt::Display for StdinError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => write!(out, "it is longer than {} MiB", BODY_MAX / (1024 * 1024)),
            Self::Late => write!(out, "it was not complete after {} s", DEADLINE.as_secs()),
            Self::Read(errno) => write!(out, "it cannot be read: {errno}"),
        }
    }
}

/// Reads stdin to its end.
pub fn read() -> Result<Vec<u8>, StdinError> {
    read_from(std::io::stdin(), DEADLINE)
}

fn read_from(source: impl AsFd, patience: Duration) -> Result<Vec<u8>, StdinError> {
    let begun = Instant::now();
    let mut bytes = vec![0; FIRST];
    let mut have = 0;
    loop {
        let left = patience.saturating_sub(begun.elapsed());
        let wait = PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX);
        match poll(&mut [PollFd::new(source.as_fd(), PollFlags::POLLIN)], wait) {
            Ok(0) => return Err(StdinError::Late),
            Ok(_) => {}
            Err(Errno::EINTR) => continue,
            Err(errno) => return Err(StdinError::Read(errno)),
        }
        if have == bytes.len() {
            // One byte more than may come, so that too much is seen.
            bytes.resize((have * 4).min(BODY_MAX + 1), 0);
        }
        match nix::unistd::read(source.as_fd(), &mut bytes[have..]) {
            Ok(0) => {
                bytes.truncate(have);
                return Ok(bytes);
            }
            Ok(count) => have += count,
            Err(Errno::EINTR | Errno::EAGAIN) => {}
            Err(errno) => return Err(StdinError::Read(errno)),
        }
        if have > BODY_MAX {
            return Err(StdinError::TooLong);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn a_payload_of_the_largest_size_is_read_whole_and_one_byte_more_is_refused() {
        for (size, fits) in
            [(0, true), (FIRST - 1, true), (FIRST, true), (FIRST + 1, true), (BODY_MAX, true), (BODY_MAX + 1, false)]
        {
            let (source, mut sink) = std::io::pipe().unwrap();
            let writer = std::thread::spawn(move || {
                let _ = sink.write_all(&vec![7; size]);
            });
            let read = read_from(&source, Duration::from_secs(10));
            drop(source);
            writer.join().unwrap();
            assert_eq!(read.map(|bytes| bytes.len()), if fits { Ok(size) } else { Err(StdinError::TooLong) });
        }
    }

    #[test]
    fn a_pipe_that_is_never_closed_ends_at_the_deadline() {
        let (source, mut sink) = std::io::pipe().unwrap();
        sink.write_all(b"{").unwrap();
        assert_eq!(read_from(&source, Duration::from_millis(30)), Err(StdinError::Late));
    }
}
