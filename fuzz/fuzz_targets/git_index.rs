#![no_main]
//! Any bytes as the index of a repository, or its commit, its configuration or its ignore files: the first byte says which.

use palisade_protocol::bounded::{Blob, List};
use palisade_protocol::call::Path;
use palisade_protocol::facts::{Answer, Entry, EntryKind, Found, Question, Repository, Tree};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Some((kind, bytes)) = bytes.split_first() else { return };
    let taken = |number: u8| (kind % 4 == number).then_some(bytes);
    let root = Path::new(*b"/home/dev/project").unwrap_or_default();
    let repository = Repository {
        root: root.clone(),
        mount: false,
        plain: true,
        head: Blob::new(*b"ref: refs/heads/main\n").ok(),
        at: Blob::new(*b"0123456789abcdef0123456789abcdef01234567").ok(),
        commit: taken(1).and_then(|bytes| Blob::new(bytes).ok()),
        index: Blob::new(taken(0).unwrap_or_default()).ok(),
        indexed: (2, 0),
        config: taken(2).and_then(|bytes| Blob::new(bytes).ok()),
        ignores: List::first(
            taken(3).and_then(|bytes| Blob::new(bytes).ok()).map(|file| (Path::default(), file)).into_iter().collect(),
        ),
        complete: true,
    };
    let entry = |kind| Entry {
        kind,
        size: 8,
        mtime: (1, 0),
        ctime: (1, 0),
        device: 1,
        inode: 1,
        mode: 0o644,
        uid: 0,
        gid: 0,
        links: 1,
    };
    for command in ["git reset --hard", "rm -rf src a.txt", "git clean -fdx"] {
        palisade_fuzz::verdict::judged_with_facts(command, |question| match question {
            Question::Repository { .. } => Answer::Repository(Box::new(repository.clone())),
            Question::Path(path) => {
                let kind = if path.ends_with(b".txt") { EntryKind::File } else { EntryKind::Directory };
                Answer::Found(Box::new(Found { real: path.clone(), entry: entry(kind), target: None, mount: false }))
            }
            Question::Tree { .. } => {
                let files = [&b"src"[..], b"src/main.rs", b"a.txt", b"target"];
                let listed = files.into_iter().filter_map(|path| Some((Path::new(path).ok()?, entry(EntryKind::File)))).collect();
                Answer::Tree(Tree { entries: List::first(listed), complete: true })
            }
            _ => Answer::Withheld,
        });
    }
});
