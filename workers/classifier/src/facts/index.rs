//! What git has of the files: its index (gitformat-index(5)) compared with what the files look like now.

use filetime::FileTime;
use gix_index::entry::{Flags, Mode, Stage, Stat};
use gix_index::{State, decode, hash};
use palisade_protocol::facts::{Entry, EntryKind, INDEX_MAX};

/// What one index may claim of memory while it is decoded.
const ALLOCATION_MAX: usize = 8 * INDEX_MAX;

/// An index.
pub(super) struct Index {
    state: State,
    written: (i64, u32),
}

impl std::fmt::Debug for Index {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "an index of {} entries", self.state.entries().len())
    }
}

/// Flags of entries whose files git does not look at, or that are not what will be committed.
const UNSURE: Flags = Flags::from_bits_retain(
    Flags::ASSUME_VALID.bits() | Flags::SKIP_WORKTREE.bits() | Flags::INTENT_TO_ADD.bits() | Flags::REMOVE.bits(),
);

impl Index {
    /// Decodes it. `None` if it is malformed, or a part of it lies elsewhere.
    pub(super) fn read(bytes: &[u8], written: (i64, u32)) -> Option<Self> {
        let options = decode::Options {
            thread_limit: Some(1),
            min_extension_block_in_bytes_for_threading: usize::MAX,
            expected_checksum: None,
            alloc_limit_bytes: Some(ALLOCATION_MAX),
        };
        let (state, _) = State::from_bytes(bytes, FileTime::zero(), hash::Kind::Sha1, options).ok()?;
        if state.link().is_some() || state.is_sparse() {
            return None;
        }
        Some(Self { state, written })
    }

    /// How many files it holds.
    pub(super) fn len(&self) -> usize {
        self.state.entries().len()
    }

    /// The tree that a commit of this index would have, where git has computed it already.
    pub(super) fn tree(&self) -> Option<String> {
        let tree = self.state.tree()?;
        tree.num_entries.map(|_| tree.id.to_string())
    }

    /// Whether a file is tracked and looks exactly as it did when git took it. `None`: it is not tracked.
    pub(super) fn clean(&self, path: &str, now: &Entry) -> Option<bool> {
        let entry = self.state.entry_by_path(path.into())?;
        let kind = match entry.mode {
            mode if mode == Mode::FILE => now.kind == EntryKind::File && now.mode & 0o100 == 0,
            mode if mode == Mode::FILE_EXECUTABLE => now.kind == EntryKind::File && now.mode & 0o100 != 0,
            mode if mode == Mode::SYMLINK => now.kind == EntryKind::Link,
            _ => false,
        };
        let sure = entry.stage() == Stage::Unconflicted && !entry.flags.intersects(UNSURE);
        Some(kind && sure && !self.racy(now) && same(&entry.stat, now))
    }

    /// Whether the file may have changed after git looked at it, within one tick of the file system's clock.
    fn racy(&self, now: &Entry) -> bool {
        now.mtime >= self.written
    }

    /// Whether anything below a directory is tracked.
    pub(super) fn holds(&self, directory: &str) -> bool {
        let prefix = format!("{directory}/");
        self.state.prefixed_entries_range(prefix.as_str().into()).is_some_and(|range| !range.is_empty())
    }

    /// Whether any tracked path has a part of this name.
    pub(super) fn names(&self, name: &str) -> bool {
        self.state.entries().iter().any(|entry| {
            let path = entry.path(&self.state);
            path.split(|byte| *byte == b'/').any(|part| part.eq_ignore_ascii_case(name.as_bytes()))
        })
    }

    /// Whether any tracked file is missing or changed; `of` says what a path looks like now. `None` inside: it is not there.
    pub(super) fn differs<'e>(&self, of: impl Fn(&str) -> Option<&'e Entry>) -> bool {
        self.state.entries().iter().any(|entry| {
            let Ok(path) = std::str::from_utf8(entry.path(&self.state)) else { return true };
            of(path).is_none_or(|now| self.clean(path, now) != Some(true))
        })
    }
}

fn same(then: &Stat, now: &Entry) -> bool {
    let cut = |number: u64| number as u32;
    let time = |then: gix_index::entry::stat::Time, now: (i64, u32)| {
        then.secs == now.0 as u32 && (then.nsecs == 0 || then.nsecs == now.1)
    };
    time(then.mtime, now.mtime)
        && time(then.ctime, now.ctime)
        && then.ino == cut(now.inode)
        && then.uid == now.uid
        && then.gid == now.gid
        && then.size == cut(now.size)
}
