//! Where bytes go: one of the two files of a segment, or a test's model of it.

use std::fs::File;
use std::io::{ErrorKind, Write};

/// One file that is only ever appended to. Errors are the system's numbers.
pub trait Sink {
    /// Writes once: how many of the bytes were taken, which may be fewer than all (`write(2)`).
    fn write(&mut self, bytes: &[u8]) -> Result<usize, i32>;

    /// Waits until all that was written is on the disk (`fdatasync(2)`).
    fn sync(&mut self) -> Result<(), i32>;
}

impl Sink for File {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, i32> {
        loop {
            match Write::write(self, bytes) {
                Ok(taken) => return Ok(taken),
                // Interrupted before anything was written; nothing is written twice.
                Err(why) if why.kind() == ErrorKind::Interrupted => {}
                Err(why) => return Err(why.raw_os_error().unwrap_or(0)),
            }
        }
    }

    fn sync(&mut self) -> Result<(), i32> {
        self.sync_data().map_err(|why| why.raw_os_error().unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::Sink;
    use std::fs::File;
    use std::os::fd::OwnedFd;

    /// A pipe has no disk behind it, and `fdatasync(2)` says so: an answer that only the kernel can give.
    #[test]
    fn a_file_is_synced_by_the_kernel() {
        let (_read, write) = std::io::pipe().expect("a pipe");
        assert_eq!(File::from(OwnedFd::from(write)).sync(), Err(nix::errno::Errno::EINVAL as i32));
    }
}
