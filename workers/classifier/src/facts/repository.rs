//! A repository as the bytes of its files say it is: what is ignored, what is tracked and unchanged, what is committed.

use super::generated::is_generated;
use super::ignore::Ignores;
use super::index::Index;
use palisade_language::limits::Budget;
use palisade_protocol::facts::{self, Entry, EntryKind};

/// A commit's tree stands at its beginning; no more than this of it is unpacked.
const COMMIT_MAX: usize = 64 * 1024;

/// What it costs to look for one path in the index, in units of the budget.
const LOOK_COST: usize = 8;

/// What git and its ignore rules say of one path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Tracked, and as git has it.
    Clean,
    /// Ignored, and made from other files.
    Generated,
    /// Neither.
    Own,
}

/// The repository of a call.
#[derive(Debug)]
pub(crate) struct Repository {
    /// The root, without links.
    pub(crate) root: String,
    /// The root is where a file system is mounted.
    pub(crate) mount: bool,
    /// The branch that HEAD is on.
    pub(crate) branch: Option<String>,
    index: Option<Index>,
    ignores: Option<Ignores>,
    committed: Option<String>,
}

impl Repository {
    /// Reads it. `None` where its root cannot be a workspace by its name alone.
    pub(super) fn read(seen: &facts::Repository) -> Option<Self> {
        let root = String::from_utf8(seen.root.to_vec()).ok()?;
        // Another working tree, another object format, parts of the index elsewhere: then nothing is known of its files.
        let config = seen.config.as_ref().map(|config| String::from_utf8_lossy(config).to_ascii_lowercase());
        let odd = ["worktree", "objectformat", "splitindex", "refstorage", "include"];
        let plain = seen.plain && config.is_some_and(|config| !odd.iter().any(|key| config.contains(key)));
        let head = seen.head.as_ref().and_then(|head| std::str::from_utf8(head).ok()).unwrap_or("");
        Some(Self {
            root,
            mount: seen.mount,
            branch: head.trim().strip_prefix("ref: refs/heads/").map(str::to_owned),
            index: seen.index.as_ref().filter(|_| plain).and_then(|index| Index::read(index, seen.indexed)),
            ignores: plain.then(|| Ignores::read(seen)).flatten(),
            committed: seen.commit.as_ref().filter(|_| plain).and_then(|commit| tree_of(commit)),
        })
    }

    /// A path from the root on; `None` outside of it.
    pub(crate) fn inner<'p>(&self, real: &'p str) -> Option<&'p str> {
        real.strip_prefix(self.root.as_str())?.strip_prefix('/')
    }

    /// What is to be said of something that exists, by its path from the root on. With the budget used up it counts as the user's own.
    pub(crate) fn standing(&self, inner: &str, now: &Entry, budget: &mut Budget) -> Standing {
        if !budget.take(LOOK_COST) {
            return Standing::Own;
        }
        let is_dir = now.kind == EntryKind::Directory;
        if !is_dir && self.index.as_ref().is_some_and(|index| index.clean(inner, now) == Some(true)) {
            return Standing::Clean;
        }
        if self.is_generated(inner, is_dir, budget) { Standing::Generated } else { Standing::Own }
    }

    /// Whether git ignores it, what is ignored is by its name made from other files, and nothing of it is tracked.
    fn is_generated(&self, inner: &str, is_dir: bool, budget: &mut Budget) -> bool {
        let (Some(index), Some(ignores)) = (&self.index, &self.ignores) else { return false };
        let Some(ignored) = ignores.first_ignored(inner, is_dir, budget) else { return false };
        let rest = &inner[ignored.len()..];
        let by_name = |path: &str| path.split('/').any(|name| is_generated(name) && name != "." && name != "..");
        (by_name(ignored) || by_name(rest)) && !index.holds(inner) && index.clean(inner, &NOTHING).is_none()
    }

    /// Whether every tracked file is there and unchanged, and (`committed`) committed as it is. `None`: not known. `tree` is all that
    /// lies below the root.
    pub(crate) fn unchanged(&self, tree: &facts::Tree, committed: bool, budget: &mut Budget) -> Option<bool> {
        let index = self.index.as_ref()?;
        if !budget.take(tree.entries.len() + LOOK_COST * index.len()) {
            return None;
        }
        if committed && !self.committed() {
            return Some(false);
        }
        let now: std::collections::BTreeMap<&[u8], &Entry> =
            tree.entries.iter().map(|(path, entry)| (path.as_slice(), entry)).collect();
        Some(!index.differs(|path| now.get(path.as_bytes()).copied()))
    }

    /// Whether both its index and its ignore rules could be read.
    pub(crate) fn is_readable(&self) -> bool {
        self.index.is_some() && self.ignores.is_some()
    }

    /// Whether a file, or something below a directory, is tracked.
    pub(crate) fn is_tracked(&self, inner: &str, directory: bool) -> bool {
        self.index.as_ref().is_some_and(|index| match directory {
            true => index.holds(inner),
            false => index.clean(inner, &NOTHING).is_some(),
        })
    }

    /// Whether nothing that is tracked lies in, or is, something of this name. False where that is not known.
    pub(crate) fn tracks_nothing_named(&self, name: &str) -> bool {
        self.index.as_ref().is_some_and(|index| !index.names(name))
    }

    /// Whether git ignores it.
    pub(crate) fn is_ignored(&self, inner: &str, directory: bool, budget: &mut Budget) -> bool {
        self.ignores.as_ref().is_some_and(|ignores| ignores.first_ignored(inner, directory, budget).is_some())
    }

    /// Whether what the index holds is what HEAD's commit holds.
    pub(crate) fn committed(&self) -> bool {
        self.index.as_ref().and_then(Index::tree).is_some_and(|tree| self.committed.as_deref() == Some(tree.as_str()))
    }
}

/// No file looks like this.
const NOTHING: Entry = Entry {
    kind: EntryKind::Special,
    size: 0,
    mtime: (0, 0),
    ctime: (0, 0),
    device: 0,
    inode: 0,
    mode: 0,
    uid: 0,
    gid: 0,
    links: 0,
};

/// The tree that a loose commit object names: `commit LENGTH NUL tree HASH LF …`, in zlib.
fn tree_of(object: &[u8]) -> Option<String> {
    let bytes = miniz_oxide::inflate::decompress_to_vec_zlib_with_limit(object, COMMIT_MAX).ok()?;
    let end = bytes.iter().position(|byte| *byte == 0)?;
    if !bytes[..end].starts_with(b"commit ") {
        return None;
    }
    let hash = bytes[end + 1..].strip_prefix(b"tree ")?.get(..40)?;
    String::from_utf8(hash.to_vec()).ok()
}
