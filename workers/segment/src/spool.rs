//! The counts of calls that ran while no supervisor answered (I7), as the next one finds them.
//!
//! In a system run anybody may make files in the spool, so none is opened: what is believed is whose a file is and how long, by
//! the kernel's word, and of its name the time.

use crate::files::DIRECTORY;
use nix::dir::{Dir, Type};
use nix::errno::Errno;
use nix::fcntl::{AtFlags, openat};
use nix::sys::stat::{Mode, SFlag, fstatat};
use nix::unistd::{UnlinkatFlags, unlinkat};
use palisade_protocol::layout::{SPOOLED_BYTES, SPOOLED_MAX, SpoolName};
use std::ffi::{CStr, CString};
use std::os::fd::OwnedFd;

/// The spool's directory, held open.
#[derive(Debug)]
pub struct Spool(pub OwnedFd);

/// An entry of it.
#[derive(Debug)]
pub struct Found {
    name: CString,
    is_directory: bool,
    /// What it counts; none for what no client has made for itself.
    pub count: Option<Count>,
}

/// So many calls of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// Whose.
    pub uid: u32,
    /// And of which group.
    pub gid: u32,
    /// When the first of them ran, nanoseconds since 1970.
    pub since_ns: u64,
    /// How many.
    pub calls: u64,
}

impl Spool {
    /// What lies in it, one entry after the other.
    pub fn look(&self) -> Result<impl Iterator<Item = Result<Found, Errno>>, Errno> {
        let dir = Dir::from_fd(openat(&self.0, ".", DIRECTORY, Mode::empty())?)?;
        Ok(dir.into_iter().map(|entry| {
            let entry = entry?;
            let count = self.count(entry.file_name());
            Ok(Found {
                name: entry.file_name().to_owned(),
                is_directory: entry.file_type() == Some(Type::Directory),
                count,
            })
        }))
    }

    fn count(&self, file: &CStr) -> Option<Count> {
        let SpoolName { uid, since_ns } = SpoolName::parse(file.to_str().ok()?)?;
        let found = fstatat(&self.0, file, AtFlags::AT_SYMLINK_NOFOLLOW).ok()?;
        let is_file = SFlag::from_bits_truncate(found.st_mode) & SFlag::S_IFMT == SFlag::S_IFREG;
        let calls = u64::try_from(found.st_size).ok()?.div_ceil(SPOOLED_BYTES).min(SPOOLED_MAX);
        (is_file && found.st_uid == uid).then_some(Count { uid, gid: found.st_gid, since_ns, calls })
    }

    /// Removes an entry. A directory that is not empty stays; so do `.` and `..`.
    pub fn remove(&self, found: &Found) {
        let how = if found.is_directory { UnlinkatFlags::RemoveDir } else { UnlinkatFlags::NoRemoveDir };
        let _ = unlinkat(&self.0, found.name.as_c_str(), how);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{MetadataExt, symlink};

    #[test]
    fn only_a_file_of_the_uid_in_its_name_counts_and_everything_else_can_be_removed() {
        let dir = std::env::temp_dir().join(format!("palisade-spool-{}", std::process::id()));
        std::fs::create_dir_all(dir.join("inner/full")).unwrap();
        let spool = Spool(nix::fcntl::open(&dir, DIRECTORY, Mode::empty()).unwrap());
        let own = std::fs::metadata(&dir).unwrap();
        let (uid, gid) = (own.uid(), own.gid());
        let named = |uid, since_ns| dir.join(SpoolName { uid, since_ns }.to_string());
        std::fs::write(named(uid, 7), [0; 23]).unwrap();
        std::fs::write(named(uid + 1, 7), [0; 8]).unwrap();
        symlink(named(uid, 7), named(uid, 8)).unwrap();
        std::fs::create_dir(named(uid, 9)).unwrap();
        std::fs::write(dir.join("else"), "").unwrap();
        std::fs::File::create(named(uid, 10)).unwrap().set_len(1 << 40).unwrap();

        let found: Vec<Found> = spool.look().unwrap().map(Result::unwrap).collect();
        let mut counts: Vec<_> = found.iter().filter_map(|found| found.count).collect();
        counts.sort_unstable_by_key(|count| count.since_ns);
        let count = |since_ns, calls| Count { uid, gid, since_ns, calls };
        assert_eq!(counts, [count(7, 3), count(10, SPOOLED_MAX)]);

        found.iter().for_each(|found| spool.remove(found));
        let left: Vec<_> = std::fs::read_dir(&dir).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, ["inner"]);
        std::fs::remove_dir_all(dir).unwrap();
    }
}
