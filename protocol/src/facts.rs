//! Facts about the world: what a classifier asks for, and what an opener, running as the asking user, observes.
//!
//! The questions of one call go out once, encoded as [`Questions`] in one chunk; the answers come back in the same order, encoded
//! as [`Answers`] and cut into [`Part`]s. Whoever stands between the two (the supervisor, or a client's own `judge`) moves both
//! as opaque bytes. Every path is absolute; the kernel resolves it, links included, with the opener's rights. A question that cannot
//! be answered within the limits is [`Answer::Withheld`], and what is not answered is not known: that is caution.

use crate::bounded::{Blob, List};
use crate::call::{Chunk, Path};
use crate::limits::CHUNK_MAX;
use serde::{Deserialize, Serialize};

/// Questions of one call.
pub const QUESTIONS_MAX: usize = 128;

/// All answers to one call, encoded.
pub const FACTS_MAX: usize = 4 * 1024 * 1024;

/// Names answered for one directory.
pub const NAMES_MAX: usize = 4096;

/// Entries answered for one tree.
pub const TREE_MAX: usize = 8192;

/// Bytes of one file's content, or of one of git's small files.
pub const CONTENT_MAX: usize = 64 * 1024;

/// Bytes of a git index.
pub const INDEX_MAX: usize = 2 * 1024 * 1024;

/// A file name, as the kernel's `NAME_MAX`.
pub type Name = Blob<255>;

/// What a classifier asks, in the order in which it wants the answers.
pub type Questions = List<Question, QUESTIONS_MAX>;

/// The answers, one for each question.
pub type Answers = List<Answer, QUESTIONS_MAX>;

/// A part of encoded answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct Part {
    /// The bytes.
    pub bytes: Chunk,
    /// Nothing follows.
    pub last: bool,
}

impl Part {
    /// What is sent where there are no answers.
    pub fn none() -> Self {
        Self { bytes: Chunk::default(), last: true }
    }

    /// Encoded answers in parts; at least one.
    pub fn parts(bytes: &[u8]) -> impl Iterator<Item = Self> {
        let count = bytes.len().div_ceil(CHUNK_MAX).max(1);
        (0..count).map(move |at| {
            let part = bytes.chunks(CHUNK_MAX).nth(at).unwrap_or_default();
            Self { bytes: Chunk::new(part).unwrap_or_default(), last: at + 1 == count }
        })
    }
}

/// One thing to be known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub enum Question {
    /// What lies at a path: [`Answer::Found`].
    Path(Path),
    /// What a directory holds: [`Answer::Names`].
    Names(Path),
    /// The beginning of a regular file: [`Answer::Content`].
    Content(Path),
    /// Everything below a directory: [`Answer::Tree`].
    Tree {
        /// The directory.
        at: Path,
        /// Directories of these names are listed and not entered.
        skip: List<Name, QUESTIONS_MAX>,
    },
    /// The repository that a directory lies in: [`Answer::Repository`].
    Repository {
        /// Where to begin looking upwards, as git does.
        at: Path,
        /// Paths whose ignore rules are wanted: every `.gitignore` from the root down to each.
        ignores: List<Path, QUESTIONS_MAX>,
        /// Whether the index and the commit at HEAD are wanted too.
        index: bool,
    },
}

/// What was observed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub enum Answer {
    /// There is nothing, and nothing can be made there (`ENOTDIR`); for a repository: none.
    Absent,
    /// To [`Question::Path`]: there is nothing (`ENOENT`).
    Missing {
        /// Where it would be: links in the directories that there are followed, the rest as it was asked for.
        real: Path,
    },
    /// Not permitted, not readable, of another type than was asked for, or over a limit.
    Withheld,
    /// To [`Question::Path`].
    Found(Box<Found>),
    /// To [`Question::Names`].
    Names(Names),
    /// To [`Question::Content`].
    Content(Content),
    /// To [`Question::Tree`].
    Tree(Tree),
    /// To [`Question::Repository`].
    Repository(Box<Repository>),
}

/// What kind of thing a name is, as `lstat(2)` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub enum EntryKind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Link,
    /// A device.
    Device,
    /// A FIFO or a socket.
    Special,
}

/// What `lstat(2)` says of a name: enough to compare it with a git index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct Entry {
    /// What it is.
    pub kind: EntryKind,
    /// Bytes.
    pub size: u64,
    /// Last change of content: seconds and nanoseconds.
    pub mtime: (i64, u32),
    /// Last change of the inode: seconds and nanoseconds.
    pub ctime: (i64, u32),
    /// File system.
    pub device: u64,
    /// Inode.
    pub inode: u64,
    /// Type and permission bits.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Hard links.
    pub links: u32,
}

/// What lies at a path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct Found {
    /// Where the name itself lies: links in the directories before it followed, the last one not.
    pub real: Path,
    /// The name itself.
    pub entry: Entry,
    /// For a symbolic link: what it leads to in the end. None if that does not exist, or for anything else.
    pub target: Option<Target>,
    /// Another file system is mounted here.
    pub mount: bool,
}

/// The end of a symbolic link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct Target {
    /// Its path without links.
    pub real: Path,
    /// What is there.
    pub entry: Entry,
}

/// What a directory holds, `.` and `..` left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct Names {
    /// Each name and what it is, in no order.
    pub names: List<(Name, EntryKind), NAMES_MAX>,
    /// There are no more than these.
    pub complete: bool,
}

/// The beginning of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct Content {
    /// Its first bytes.
    pub bytes: Blob<CONTENT_MAX>,
    /// There are no more than these.
    pub complete: bool,
}

/// Everything below a directory; links are listed and not followed, other file systems not entered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct Tree {
    /// Each path from the directory on, and what it is. A directory comes before what it holds.
    pub entries: List<(Path, Entry), TREE_MAX>,
    /// There are no more than these.
    pub complete: bool,
}

/// A git repository, as the bytes of its files. Nothing of git is parsed by who observes it but `.git` files (`gitdir: PATH`), and
/// the one line of HEAD that leads to the commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct Repository {
    /// The working tree's root, without links.
    pub root: Path,
    /// The root is where a file system is mounted.
    pub mount: bool,
    /// `.git` is a directory of the root itself. Otherwise (a worktree, a submodule, `GIT_DIR`) the rest is not looked at.
    pub plain: bool,
    /// `HEAD`.
    pub head: Option<Blob<1024>>,
    /// What the reference in HEAD names, from its file or from `packed-refs`: hexadecimal.
    pub at: Option<Blob<64>>,
    /// The loose object of that commit, compressed. None if it is packed.
    pub commit: Option<Blob<CONTENT_MAX>>,
    /// `index`. None if it was not wanted, is not there or is over the limit.
    pub index: Option<Blob<INDEX_MAX>>,
    /// When the index was last written: a file that changed no earlier may have changed since, whatever its times say.
    pub indexed: (i64, u32),
    /// `config`.
    pub config: Option<Blob<CONTENT_MAX>>,
    /// Ignore files: the directory of each from the root on (empty: the root), and its bytes; `info/exclude` comes first, as the root's.
    pub ignores: List<(Path, Blob<CONTENT_MAX>), QUESTIONS_MAX>,
    /// There are no more ignore files than these on the ways that were asked for.
    pub complete: bool,
}
