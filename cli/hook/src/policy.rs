//! The compiled policy that a client decides by when no supervisor answers.

use crate::instance::Instance;
use nix::errno::Errno;
use nix::fcntl::{OFlag, open};
use nix::sys::stat::{Mode, SFlag, fstat};
use nix::unistd::geteuid;
use palisade_protocol::codec;
use palisade_protocol::compile::{PolicyFile, UID_BASE};
use palisade_protocol::limits::POLICY_MAX;
use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Why there is no policy to decide by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PolicyError {
    /// No supervisor has ever compiled one here.
    Missing(PathBuf),
    /// It cannot be read.
    Read(PathBuf, String),
    /// Somebody else could have written it.
    Untrusted(PathBuf),
    /// It is not a policy of this version.
    Malformed(PathBuf, String),
}

impl fmt::Display for PolicyError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(path) => write!(out, "there is no compiled policy at {}", path.display()),
            Self::Read(path, why) => write!(out, "the policy {} cannot be read: {why}", path.display()),
            Self::Untrusted(path) => {
                write!(out, "the policy {} could have been written by somebody else", path.display())
            }
            Self::Malformed(path, why) => write!(out, "the policy {} is of no use: {why}", path.display()),
        }
    }
}

impl std::error::Error for PolicyError {}

/// Reads the policy. Only root's is taken in a system installation, elsewhere the caller's own too.
pub fn load(path: &Path, system: bool) -> Result<PolicyFile, PolicyError> {
    let failed = |errno: Errno| match errno {
        Errno::ENOENT => PolicyError::Missing(path.to_owned()),
        errno => PolicyError::Read(path.to_owned(), errno.to_string()),
    };
    let flags = OFlag::O_RDONLY | OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC;
    let file = open(path, flags, Mode::empty()).map_err(failed)?;
    let found = fstat(&file).map_err(failed)?;
    let owned = found.st_uid == 0 || (!system && found.st_uid == geteuid().as_raw());
    if SFlag::from_bits_truncate(found.st_mode & SFlag::S_IFMT.bits()) != SFlag::S_IFREG
        || !owned
        || found.st_mode & 0o022 != 0
    {
        return Err(PolicyError::Untrusted(path.to_owned()));
    }
    let mut bytes = Vec::new();
    let read = File::from(file).take(POLICY_MAX as u64 + 1).read_to_end(&mut bytes);
    read.map_err(|why| PolicyError::Read(path.to_owned(), why.to_string()))?;
    let malformed = |why: String| PolicyError::Malformed(path.to_owned(), why);
    if bytes.len() > POLICY_MAX {
        return Err(malformed(format!("it is longer than {POLICY_MAX} bytes")));
    }
    let policy: PolicyFile = codec::decode(&bytes).map_err(|why| malformed(why.to_string()))?;
    policy.hello.check().map_err(malformed)?;
    Ok(policy)
}

/// Where the worker uids of an instance begin, as far as it is known.
pub fn uid_base(instance: &Instance) -> u32 {
    load(&instance.layout.policy_file(), instance.system).map_or(UID_BASE, |policy| policy.uid_base)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Scratch;
    use std::os::unix::fs::PermissionsExt;

    fn written(scratch: &Scratch, bytes: &[u8], mode: u32) -> PathBuf {
        let path = scratch.path().join("policy.bin");
        std::fs::write(&path, bytes).unwrap();
        std::fs::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
        path
    }

    #[test]
    fn a_policy_that_only_its_owner_may_write_is_read() {
        let scratch = Scratch::new();
        let bytes = codec::encode(&PolicyFile::default()).unwrap();
        assert_eq!(load(&written(&scratch, &bytes, 0o644), false), Ok(PolicyFile::default()));
    }

    #[test]
    fn a_missing_open_linked_or_foreign_policy_is_refused() {
        let scratch = Scratch::new();
        let bytes = codec::encode(&PolicyFile::default()).unwrap();
        let path = scratch.path().join("policy.bin");
        assert_eq!(load(&path, false), Err(PolicyError::Missing(path.clone())));
        written(&scratch, &bytes, 0o664);
        assert_eq!(load(&path, false), Err(PolicyError::Untrusted(path.clone())));
        written(&scratch, &bytes, 0o644);
        if !geteuid().is_root() {
            assert_eq!(load(&path, true), Err(PolicyError::Untrusted(path.clone())));
        }
        let link = scratch.path().join("link");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        assert!(matches!(load(&link, false), Err(PolicyError::Read(..))));
    }

    #[test]
    fn a_policy_of_another_version_or_with_bytes_left_over_is_refused() {
        let scratch = Scratch::new();
        let mut other = PolicyFile::default();
        other.hello.version += 1;
        let path = written(&scratch, &codec::encode(&other).unwrap(), 0o644);
        assert!(matches!(load(&path, false), Err(PolicyError::Malformed(..))));
        let mut bytes = codec::encode(&PolicyFile::default()).unwrap();
        bytes.push(0);
        let path = written(&scratch, &bytes, 0o644);
        assert!(matches!(load(&path, false), Err(PolicyError::Malformed(..))));
    }
}
