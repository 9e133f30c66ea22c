//! What the library observes, in scratch directories.

#![allow(clippy::unwrap_used)]

mod contents;
mod limits;
mod paths;
mod repositories;

use palisade_opener::observe_until;
use palisade_protocol::bounded::List;
use palisade_protocol::call::Path;
use palisade_protocol::facts::{Answer, Answers, Question};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// A directory that goes with the test. Its own path holds no link.
pub(crate) struct Scratch(pub(crate) PathBuf);

impl Scratch {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("palisade-observe-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        // In memory where there is such a place: some tests make thousands of files.
        let base = Some(PathBuf::from("/dev/shm")).filter(|dir| dir.is_dir()).unwrap_or_else(std::env::temp_dir);
        let dir = base.canonicalize().unwrap().join(name);
        std::fs::create_dir(&dir).unwrap();
        Self(dir)
    }

    /// A file with its directories.
    pub(crate) fn file(&self, path: &str, bytes: impl AsRef<[u8]>) -> &Self {
        let path = self.0.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
        self
    }

    pub(crate) fn dir(&self, path: &str) -> &Self {
        std::fs::create_dir_all(self.0.join(path)).unwrap();
        self
    }

    pub(crate) fn link(&self, to: &str, path: &str) -> &Self {
        std::os::unix::fs::symlink(to, self.0.join(path)).unwrap();
        self
    }

    /// A path in it, absolute; dots and slashes kept.
    pub(crate) fn path(&self, below: &str) -> Path {
        Path::new(format!("{}/{below}", self.0.display())).unwrap()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub(crate) fn path(text: &str) -> Path {
    Path::new(text).unwrap()
}

/// A question about a whole tree.
pub(crate) fn tree(at: Path) -> Question {
    Question::Tree { at, skip: List::default() }
}

/// The answer to one question.
pub(crate) fn ask(question: Question) -> Answer {
    at_leisure(vec![question]).into_vec().remove(0)
}

/// The answers, in as much time as they take on a machine that is busy.
pub(crate) fn at_leisure(questions: Vec<Question>) -> Answers {
    observe_until(&List::new(questions).unwrap(), Instant::now() + Duration::from_secs(60))
}

/// Whether permissions hold nobody up here.
pub(crate) fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0)
}
