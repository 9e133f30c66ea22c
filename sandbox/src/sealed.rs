//! Bytes that nobody can change any more: a memfd with every seal (`memfd_create(2)`, `F_ADD_SEALS` in `fcntl(2)`).

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, SealFlag, fcntl, open};
use nix::sys::memfd::{MFdFlags, memfd_create};
use nix::sys::stat::Mode;
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};

/// Sealed bytes.
#[derive(Debug)]
pub struct Sealed(File);

impl Sealed {
    /// Seals a copy of these bytes.
    pub fn new(bytes: &[u8]) -> io::Result<Self> {
        let flags = MFdFlags::MFD_CLOEXEC | MFdFlags::MFD_ALLOW_SEALING;
        let mut file = File::from(memfd_create(c"palisade", flags)?);
        file.write_all(bytes)?;
        seal(&file)?;
        Ok(Self(file))
    }

    /// Opens them for one reader. Each gets a description of its own: a shared one would share its position, so that the second
    /// reader finds the end, and two readers find a channel.
    pub fn open(&self) -> Result<OwnedFd, Errno> {
        let path = format!("/proc/self/fd/{}", self.0.as_raw_fd());
        open(path.as_str(), OFlag::O_RDONLY | OFlag::O_CLOEXEC, Mode::empty())
    }
}

/// Closes a memfd's bytes and length to everybody, us included, and the set of its seals with them.
pub(crate) fn seal(memfd: impl AsFd) -> Result<(), Errno> {
    let seals = SealFlag::F_SEAL_SEAL | SealFlag::F_SEAL_SHRINK | SealFlag::F_SEAL_GROW | SealFlag::F_SEAL_WRITE;
    fcntl(memfd, FcntlArg::F_ADD_SEALS(seals)).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn every_reader_finds_all_bytes_and_nobody_can_write() {
        let sealed = Sealed::new(b"policy").unwrap();
        for _ in 0..2 {
            let (mut file, mut text) = (File::from(sealed.open().unwrap()), String::new());
            file.read_to_string(&mut text).unwrap();
            assert_eq!(text, "policy");
            assert!(file.write_all(b"x").is_err());
        }
        assert_eq!((&sealed.0).write_all(b"x").unwrap_err().raw_os_error(), Some(nix::libc::EPERM));
        let writable = format!("/proc/self/fd/{}", sealed.0.as_raw_fd());
        let reopened = File::options().write(true).open(writable);
        assert!(reopened.is_err() || reopened.is_ok_and(|mut file| file.write_all(b"x").is_err()));
    }
}
