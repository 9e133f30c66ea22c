//! A worker's executable, copied into a sealed memfd: what is started later is what was hashed now.

use crate::sealed::seal;
use nix::errno::Errno;
use nix::fcntl::{OFlag, open};
use nix::sys::memfd::{MFdFlags, memfd_create};
use nix::sys::stat::{Mode as FileMode, fchmod};
use palisade_protocol::worker::Kind;
use sha2::{Digest, Sha256};
use std::fmt;
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// A worker is a few MiB, a debug build some tens; more is not a worker.
const SIZE_MAX: u64 = 256 * 1024 * 1024;

/// Why a worker's executable was not taken.
#[derive(Debug)]
pub enum ExecutableError {
    /// It cannot be opened or read.
    Read(PathBuf, Errno),
    /// It is not a regular file.
    NotAFile(PathBuf),
    /// It belongs to someone else than root and the caller: its owner could replace it.
    Owner(PathBuf, u32),
    /// Its group or everyone may write to it.
    Writable(PathBuf, u32),
    /// It is longer than any worker.
    TooLong(PathBuf, u64),
    /// The sealed copy cannot be made.
    Copy(PathBuf, Errno),
}

impl fmt::Display for ExecutableError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(path, errno) => write!(out, "{}: cannot be read: {errno}", path.display()),
            Self::NotAFile(path) => write!(out, "{}: not a regular file", path.display()),
            Self::Owner(path, uid) => {
                write!(
                    out,
                    "{}: belongs to uid {uid}; it must belong to root or to the user who starts it",
                    path.display()
                )
            }
            Self::Writable(path, mode) => {
                write!(out, "{}: mode {mode:04o} lets others write to it; run chmod go-w on it", path.display())
            }
            Self::TooLong(path, length) => write!(out, "{}: {length} bytes are more than a worker has", path.display()),
            Self::Copy(path, Errno::EACCES) => write!(
                out,
                "{}: no executable memfd can be made: sysctl vm.memfd_noexec is 2 and must be 0 or 1",
                path.display()
            ),
            Self::Copy(path, errno) => write!(out, "{}: cannot be copied into a memfd: {errno}", path.display()),
        }
    }
}

impl std::error::Error for ExecutableError {}

/// A worker's executable in a sealed memfd, with the hash of exactly these bytes.
#[derive(Debug)]
pub struct Executable {
    kind: Kind,
    memfd: OwnedFd,
    sha256: [u8; 32],
}

impl Executable {
    /// Copies `palisade-<kind>` from `dir`.
    pub fn load(kind: Kind, dir: &Path) -> Result<Self, ExecutableError> {
        let path = dir.join(kind.executable());
        let mut file = open_checked(&path)?;
        let copy = |errno| ExecutableError::Copy(path.clone(), errno);
        let memfd = sealable_memfd(kind).map_err(copy)?;
        let mut to = File::from(memfd);
        let mut hash = Sha256::new();
        let mut chunk = vec![0; 64 * 1024];
        loop {
            let length = match file.read(&mut chunk) {
                Ok(0) => break,
                Ok(length) => length,
                Err(why) if why.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(why) => return Err(ExecutableError::Read(path, errno_of(&why))),
            };
            hash.update(&chunk[..length]);
            to.write_all(&chunk[..length]).map_err(|why| copy(errno_of(&why)))?;
        }
        let memfd = OwnedFd::from(to);
        // Who may execute it and not read it is not dumpable from the first instruction on (execve(2)): a worker that runs as a
        // user cannot be traced by that user in the moment before it closes itself.
        fchmod(&memfd, FileMode::from_bits_truncate(0o511)).map_err(copy)?;
        seal(&memfd).map_err(copy)?;
        Ok(Self { kind, memfd, sha256: hash.finalize().into() })
    }

    /// SHA-256 of what will be executed.
    pub fn sha256(&self) -> [u8; 32] {
        self.sha256
    }

    /// Which worker it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }
}

impl AsFd for Executable {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.memfd.as_fd()
    }
}

fn open_checked(path: &Path) -> Result<File, ExecutableError> {
    let read = |errno| ExecutableError::Read(path.to_owned(), errno);
    // O_NONBLOCK: a FIFO in its place must not make the start hang.
    let flags = OFlag::O_RDONLY | OFlag::O_CLOEXEC | OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK;
    let file = File::from(open(path, flags, FileMode::empty()).map_err(read)?);
    let meta = file.metadata().map_err(|why| read(errno_of(&why)))?;
    if !meta.is_file() {
        return Err(ExecutableError::NotAFile(path.to_owned()));
    }
    if meta.uid() != 0 && meta.uid() != nix::unistd::geteuid().as_raw() {
        return Err(ExecutableError::Owner(path.to_owned(), meta.uid()));
    }
    if meta.mode() & 0o022 != 0 {
        return Err(ExecutableError::Writable(path.to_owned(), meta.mode() & 0o7777));
    }
    if meta.len() > SIZE_MAX {
        return Err(ExecutableError::TooLong(path.to_owned(), meta.len()));
    }
    Ok(file)
}

fn sealable_memfd(kind: Kind) -> Result<OwnedFd, Errno> {
    let flags = MFdFlags::MFD_CLOEXEC | MFdFlags::MFD_ALLOW_SEALING;
    match memfd_create(kind.executable(), flags | MFdFlags::from_bits_retain(libc::MFD_EXEC)) {
        // Linux before 6.3 does not know MFD_EXEC: every memfd is executable there.
        Err(Errno::EINVAL) => memfd_create(kind.executable(), flags),
        result => result,
    }
}

fn errno_of(why: &std::io::Error) -> Errno {
    Errno::from_raw(why.raw_os_error().unwrap_or(libc::EIO))
}
