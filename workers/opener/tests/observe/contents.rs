//! What directories and files hold.

use super::{Scratch, ask, path};
use palisade_protocol::facts::{Answer, CONTENT_MAX, Content, EntryKind, NAMES_MAX, Name, Names, Question, Tree};
use std::collections::BTreeMap;
use std::process::Command;
use std::time::Duration;

fn names(scratch: &Scratch, at: &str) -> Names {
    match ask(Question::Names(scratch.path(at))) {
        Answer::Names(names) => names,
        other => panic!("{other:?}"),
    }
}

fn content(scratch: &Scratch, at: &str) -> Content {
    match ask(Question::Content(scratch.path(at))) {
        Answer::Content(content) => content,
        other => panic!("{other:?}"),
    }
}

fn tree(scratch: &Scratch, at: &str) -> Tree {
    match ask(super::tree(scratch.path(at))) {
        Answer::Tree(tree) => tree,
        other => panic!("{other:?}"),
    }
}

fn fifo(scratch: &Scratch, name: &str) {
    assert!(Command::new("mkfifo").arg(scratch.0.join(name)).status().unwrap().success());
}

#[test]
fn a_directory_is_listed_with_kinds() {
    let scratch = Scratch::new();
    scratch.file("dir/file", b"").dir("dir/below").link("x", "dir/link").link("dir", "to");
    fifo(&scratch, "dir/fifo");
    let seen = names(&scratch, "to");
    let kinds: BTreeMap<&[u8], EntryKind> = seen.names.iter().map(|(name, kind)| (&**name, *kind)).collect();
    let expected: [(&[u8], EntryKind); 4] = [
        (b"below", EntryKind::Directory),
        (b"fifo", EntryKind::Special),
        (b"file", EntryKind::File),
        (b"link", EntryKind::Link),
    ];
    assert_eq!((kinds, seen.complete), (BTreeMap::from(expected), true));
}

#[test]
fn a_directory_over_the_limit_is_not_complete_and_one_at_the_limit_is() {
    let scratch = Scratch::new();
    scratch.dir("d");
    for number in 0..NAMES_MAX {
        std::fs::write(scratch.0.join(format!("d/{number}")), b"").unwrap();
    }
    let seen = names(&scratch, "d");
    assert_eq!((seen.names.len(), seen.complete), (NAMES_MAX, true));
    scratch.file("d/more", b"");
    let seen = names(&scratch, "d");
    assert_eq!((seen.names.len(), seen.complete), (NAMES_MAX, false));
}

#[test]
fn what_is_of_another_type_is_withheld_and_what_is_not_there_is_absent() {
    let scratch = Scratch::new();
    scratch.file("file", b"").dir("dir").link("none", "dangling");
    let at = |name| scratch.path(name);
    assert_eq!(ask(Question::Names(at("file"))), Answer::Withheld);
    assert_eq!(ask(super::tree(at("file"))), Answer::Withheld);
    assert_eq!(ask(Question::Content(at("dir"))), Answer::Withheld);
    for name in ["none", "dangling", "file/x"] {
        assert_eq!(ask(Question::Names(at(name))), Answer::Absent, "{name}");
        assert_eq!(ask(super::tree(at(name))), Answer::Absent, "{name}");
        assert_eq!(ask(Question::Content(at(name))), Answer::Absent, "{name}");
    }
}

#[test]
fn a_file_is_read_to_its_end_or_to_the_limit() {
    let scratch = Scratch::new();
    let bytes: Vec<u8> = (0..=CONTENT_MAX).map(|at| at as u8).collect();
    scratch.file("empty", b"").file("limit", &bytes[..CONTENT_MAX]).file("over", &bytes).link("limit", "link");
    let read = |name| {
        let Content { bytes, complete } = content(&scratch, name);
        (bytes.into_vec(), complete)
    };
    assert_eq!(read("empty"), (vec![], true));
    assert_eq!(read("limit"), (bytes[..CONTENT_MAX].to_vec(), true));
    assert_eq!(read("link"), (bytes[..CONTENT_MAX].to_vec(), true));
    assert_eq!(read("over"), (bytes[..CONTENT_MAX].to_vec(), false));
}

#[test]
fn a_fifo_is_never_opened() {
    let scratch = Scratch::new();
    fifo(&scratch, "fifo");
    scratch.link("fifo", "link");
    let at = scratch.0.join("fifo");
    // Opening for writing waits for a reader, or for whoever opens it as if to read.
    let writer = std::thread::spawn({
        let at = at.clone();
        move || std::fs::File::options().write(true).open(at)
    });
    std::thread::sleep(Duration::from_millis(50));
    assert_eq!(ask(Question::Content(scratch.path("fifo"))), Answer::Withheld);
    assert_eq!(ask(Question::Content(scratch.path("link"))), Answer::Withheld);
    assert_eq!(ask(Question::Names(scratch.path("fifo"))), Answer::Withheld);
    std::thread::sleep(Duration::from_millis(50));
    assert!(!writer.is_finished(), "the writer met a reader");
    let reader = std::fs::File::open(at).unwrap();
    writer.join().unwrap().unwrap();
    drop(reader);
}

#[test]
fn a_device_is_not_read() {
    assert_eq!(ask(Question::Content(path("/dev/zero"))), Answer::Withheld);
}

#[test]
fn a_tree_lists_links_and_follows_none() {
    let scratch = Scratch::new();
    scratch
        .file("root/a/b/c", b"123")
        .file("outside/secret", b"")
        .link("../outside", "root/link")
        .link("..", "root/a/up");
    let seen = tree(&scratch, "root");
    let paths: Vec<&str> = seen.entries.iter().map(|(path, _)| std::str::from_utf8(path).unwrap()).collect();
    let mut sorted = paths.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, ["a", "a/b", "a/b/c", "a/up", "link"]);
    assert!(seen.complete);
    let place = |name| paths.iter().position(|path| *path == name).unwrap();
    assert!(place("a") < place("a/b") && place("a/b") < place("a/b/c"));
    let (_, entry) = &seen.entries[place("a/b/c")];
    assert_eq!((entry.kind, entry.size), (EntryKind::File, 3));
}

#[test]
fn directories_that_are_to_be_skipped_are_listed_and_not_entered() {
    let scratch = Scratch::new();
    scratch.file("root/.git/objects/x", b"").file("root/a/.git/y", b"").file("root/a/z", b"");
    let skip = palisade_protocol::bounded::List::new(vec![Name::new(*b".git").unwrap()]).unwrap();
    let Answer::Tree(seen) = ask(Question::Tree { at: scratch.path("root"), skip }) else {
        panic!("it is a directory")
    };
    let mut paths: Vec<&str> = seen.entries.iter().map(|(path, _)| std::str::from_utf8(path).unwrap()).collect();
    paths.sort_unstable();
    assert_eq!((paths, seen.complete), (vec![".git", "a", "a/.git", "a/z"], true));
}

#[test]
fn a_tree_does_not_enter_another_file_system_and_says_so() {
    // /dev is one file system and holds at least one more: pts, shm or mqueue.
    let Answer::Tree(seen) = ask(super::tree(path("/dev"))) else { panic!("/dev is a directory") };
    let device = std::os::unix::fs::MetadataExt::dev(&std::fs::metadata("/dev").unwrap());
    let (other, _) = seen.entries.iter().find(|(_, entry)| entry.device != device).expect("a mount below /dev");
    let below = [&**other, b"/"].concat();
    assert!(seen.entries.iter().all(|(path, _)| !path.starts_with(&below)));
    assert!(!seen.complete);
}
