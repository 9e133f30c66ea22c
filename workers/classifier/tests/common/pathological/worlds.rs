//! Worlds that are expensive to judge in: a project's own files are as much its author's as the words of a command.

use palisade_protocol::bounded::{Blob, List};
use palisade_protocol::codec;
use palisade_protocol::facts::{Answer, Entry, EntryKind, Found, Question, Questions, Repository, TREE_MAX, Tree};

/// A repository of which nothing is tracked, whose every directory is as wide, and whose ignore rules are as long.
pub struct Wide {
    /// Directories in each directory; in each of them lies one file less than entries are left.
    pub directories: usize,
    /// Entries below each directory, all of them ignored and made by a build.
    pub entries: usize,
    /// Lines of its ignore file; the first is the one that fits.
    pub patterns: usize,
}

/// The widest tree that an opener answers with, below the longest rules that are read.
pub const WIDEST: Wide = Wide { directories: 256, entries: TREE_MAX, patterns: 4096 };

/// Commands whose every part asks what lies in such a world.
pub fn commands() -> Vec<(String, String)> {
    [
        ("a wide tree", "rm -rf sub;"),
        ("a wide pattern", "rm -rf sub/*;"),
        ("a wide search", "find sub -name '*.o' -delete;"),
        ("a wide project", "git clean -fdx; git reset --hard;"),
    ]
    .into_iter()
    .flat_map(|(name, unit)| {
        [(name.to_owned(), unit.to_owned()), (format!("{name}, again and again"), unit.repeat(2000))]
    })
    .collect()
}

impl Wide {
    /// What an opener would answer, encoded.
    pub fn answers(&self, asked: &Questions, root: &str) -> Vec<u8> {
        let answers = asked.iter().map(|question| match question {
            Question::Path(path) => Answer::Found(Box::new(Found {
                real: path.clone(),
                entry: entry(EntryKind::Directory),
                target: None,
                mount: false,
            })),
            Question::Tree { .. } => Answer::Tree(Tree { entries: List::first(self.tree()), complete: true }),
            Question::Repository { .. } => Answer::Repository(Box::new(self.repository(root))),
            _ => Answer::Withheld,
        });
        codec::encode_facts(&List::first(answers.collect::<Vec<_>>())).unwrap()
    }

    fn tree(&self) -> Vec<(Blob<4096>, Entry)> {
        let directories = (0..self.directories).map(|at| (format!("d{at}"), entry(EntryKind::Directory)));
        let files = (self.directories..self.entries)
            .map(|at| (format!("d{}/f{at}.o", at % self.directories), entry(EntryKind::File)));
        directories.chain(files).map(|(path, entry)| (Blob::new(path.as_bytes()).unwrap(), entry)).collect()
    }

    fn repository(&self, root: &str) -> Repository {
        // Version 2, no entries, and a checksum that nobody compares.
        let index = [b"DIRC\0\0\0\x02\0\0\0\0".as_slice(), &[0; 20]].concat();
        let rules: String = (1..self.patterns).map(|at| format!("x{at}\n")).collect();
        Repository {
            root: Blob::new(root.as_bytes()).unwrap(),
            mount: false,
            plain: true,
            head: Some(Blob::new(*b"ref: refs/heads/main\n").unwrap()),
            at: None,
            commit: None,
            index: Some(Blob::new(index).unwrap()),
            indexed: (2, 0),
            config: Some(Blob::new(*b"[core]\n").unwrap()),
            ignores: List::first(vec![(Blob::default(), Blob::new(format!("*.o\n{rules}")).unwrap())]),
            complete: true,
        }
    }
}

fn entry(kind: EntryKind) -> Entry {
    let mode = if kind == EntryKind::Directory { 0o040_755 } else { 0o100_644 };
    let (mtime, ctime) = ((1, 0), (1, 0));
    Entry { kind, size: 1, mtime, ctime, device: 1, inode: 1, mode, uid: 1000, gid: 1000, links: 1 }
}
