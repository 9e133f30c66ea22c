//! Reading a journal's files, by the two directories that are held open. No link is followed and nothing special is opened.

use crate::directory::{Listing, Name, list};
use nix::dir::Dir;
use nix::errno::Errno;
use nix::fcntl::{OFlag, open, openat};
use nix::sys::stat::Mode;
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::OwnedFd;

const READ: OFlag = OFlag::O_RDONLY.union(OFlag::O_NOFOLLOW).union(OFlag::O_NONBLOCK).union(OFlag::O_CLOEXEC);

/// How a directory is opened.
pub const DIRECTORY: OFlag = OFlag::O_RDONLY.union(OFlag::O_DIRECTORY).union(OFlag::O_NOFOLLOW).union(OFlag::O_CLOEXEC);

/// `journal/` and `journal/seg/`, open.
#[derive(Debug)]
pub struct Files {
    /// `journal/`: the notes and the reserve.
    pub journal: OwnedFd,
    /// `journal/seg/`.
    pub segments: OwnedFd,
}

impl Files {
    /// What lies in `seg/`.
    pub fn list(&self) -> io::Result<Listing> {
        // A directory stream moves the descriptor's position: each listing gets a description of its own.
        let own = openat(&self.segments, ".", DIRECTORY, Mode::empty())?;
        let mut names = Vec::new();
        for entry in Dir::from_fd(own)? {
            names.push(entry?.file_name().to_string_lossy().into_owned());
        }
        Ok(list(names))
    }

    /// Frames and payloads of a segment, to be read. A file that is missing reads as empty, which the reader reports.
    pub fn open(&self, name: Name) -> io::Result<[OwnedFd; 2]> {
        let read = |file: String| match openat(&self.segments, file.as_str(), READ, Mode::empty()) {
            Err(Errno::ENOENT) => open("/dev/null", READ, Mode::empty()),
            opened => opened,
        };
        Ok([read(name.log())?, read(name.dat())?])
    }

    /// A small file beside the segments, if it is there; at most `limit` bytes of it.
    pub fn read_note(&self, name: &str, limit: u64) -> io::Result<Option<Vec<u8>>> {
        match openat(&self.journal, name, READ, Mode::empty()) {
            Err(Errno::ENOENT) => Ok(None),
            Err(errno) => Err(errno.into()),
            Ok(fd) => {
                let mut bytes = Vec::new();
                File::from(fd).take(limit).read_to_end(&mut bytes)?;
                Ok(Some(bytes))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_file_reads_as_empty_a_link_is_refused_and_a_note_is_read_to_its_limit() {
        let dir = std::env::temp_dir().join(format!("palisade-files-{}", std::process::id()));
        std::fs::create_dir_all(dir.join("seg")).unwrap();
        let opened = |path: &std::path::Path| open(path, DIRECTORY, Mode::empty()).unwrap();
        let files = Files { journal: opened(&dir), segments: opened(&dir.join("seg")) };
        let [name, linked] = [3, 4].map(|first_seq| Name { first_seq, again: 0 });
        std::fs::write(dir.join("seg").join(name.log()), b"frames").unwrap();
        std::os::unix::fs::symlink(dir.join("seg").join(name.log()), dir.join("seg").join(linked.log())).unwrap();
        std::fs::write(dir.join("head"), b"12345").unwrap();

        assert_eq!(files.list().unwrap().all(), [name, linked]);
        let read = files.open(name).unwrap().map(|file| std::io::read_to_string(File::from(file)).unwrap());
        assert_eq!(read, ["frames", ""]);
        assert_eq!(files.open(linked).unwrap_err().raw_os_error(), Some(Errno::ELOOP as i32));
        assert_eq!(files.read_note("head", 3).unwrap().unwrap(), b"123");
        assert_eq!(files.read_note("genesis", 5).unwrap(), None);
        std::fs::remove_dir_all(dir).unwrap();
    }
}
