//! Where names lie and what they lead to.

use super::{Scratch, ask, is_root, path};
use palisade_protocol::call::Path;
use palisade_protocol::facts::{Answer, EntryKind, Found, Question};
use std::os::unix::fs::{MetadataExt, PermissionsExt};

fn found(at: Path) -> Found {
    match ask(Question::Path(at)) {
        Answer::Found(found) => *found,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_file_is_what_lstat_says() {
    let scratch = Scratch::new();
    scratch.file("a", b"12345");
    let (seen, known) = (found(scratch.path("a")), std::fs::symlink_metadata(scratch.0.join("a")).unwrap());
    assert_eq!((seen.entry.kind, seen.entry.size, seen.entry.links), (EntryKind::File, 5, 1));
    assert_eq!((seen.entry.inode, seen.entry.device, seen.entry.mode), (known.ino(), known.dev(), known.mode()));
    assert_eq!((seen.entry.uid, seen.entry.gid), (known.uid(), known.gid()));
    assert_eq!(seen.entry.mtime, (known.mtime(), known.mtime_nsec() as u32));
    assert_eq!(seen.entry.ctime, (known.ctime(), known.ctime_nsec() as u32));
    assert_eq!((seen.real, seen.target, seen.mount), (scratch.path("a"), None, false));
}

#[test]
fn dots_and_slashes_are_taken_out_of_the_real_path() {
    let scratch = Scratch::new();
    scratch.file("a/b/c", b"").dir("a/d");
    assert_eq!(found(scratch.path("a/./d/..//b/c")).real, scratch.path("a/b/c"));
    assert_eq!(found(scratch.path("a/d/..")).real, scratch.path("a"));
    assert_eq!(found(scratch.path("a/d/")).real, scratch.path("a/d"));
    assert_eq!(found(path("/..")).real, path("/"));
    assert_eq!(found(path("//")).real, path("/"));
}

#[test]
fn links_in_directories_are_followed_and_the_last_one_is_not() {
    let scratch = Scratch::new();
    scratch
        .file("real/inner/file", b"x")
        .link("real", "one")
        .link("inner", "real/two")
        .link("file", "real/inner/three");
    let seen = found(scratch.path("one/two/three"));
    assert_eq!((seen.real, seen.entry.kind), (scratch.path("real/inner/three"), EntryKind::Link));
    let target = seen.target.unwrap();
    assert_eq!((target.real, target.entry.kind), (scratch.path("real/inner/file"), EntryKind::File));
}

#[test]
fn dots_after_a_link_are_those_of_where_it_leads() {
    let scratch = Scratch::new();
    scratch.file("deep/er/x", b"").file("deep/y", b"").file("y", b"").link("deep/er", "link");
    assert_eq!(found(scratch.path("link/../y")).real, scratch.path("deep/y"));
}

#[test]
fn a_slash_after_a_link_asks_for_the_directory() {
    let scratch = Scratch::new();
    scratch.dir("dir").link("dir", "link").file("f", b"").link("f", "to-file");
    assert_eq!(found(scratch.path("link")).entry.kind, EntryKind::Link);
    let seen = found(scratch.path("link/"));
    assert_eq!((seen.entry.kind, seen.real), (EntryKind::Directory, scratch.path("dir")));
    assert_eq!(found(scratch.path("link/.")).real, scratch.path("dir"));
    assert_eq!(ask(Question::Path(scratch.path("to-file/"))), Answer::Absent);
}

#[test]
fn an_absolute_link_starts_again_at_the_top() {
    let scratch = Scratch::new();
    scratch.file("deep/file", b"");
    scratch.link(&scratch.0.join("deep").display().to_string(), "link");
    assert_eq!(found(scratch.path("link/file")).real, scratch.path("deep/file"));
    scratch.link("/", "top");
    assert_eq!(found(scratch.path("top/")).real, path("/"));
    assert_eq!(found(scratch.path("top")).target.unwrap().real, path("/"));
}

#[test]
fn a_link_that_leads_nowhere_has_no_target_and_one_in_a_circle_is_withheld() {
    let scratch = Scratch::new();
    scratch.link("nothing", "dangling").link("b", "a").link("a", "b");
    assert_eq!(found(scratch.path("dangling")).target, None);
    assert_eq!(ask(Question::Path(scratch.path("a"))), Answer::Withheld);
    assert_eq!(ask(Question::Path(scratch.path("a/x"))), Answer::Withheld);
}

#[test]
fn as_many_links_are_followed_as_the_kernel_follows() {
    let scratch = Scratch::new();
    scratch.file("0", b"");
    for number in 1..=41 {
        scratch.link(&(number - 1).to_string(), &number.to_string());
    }
    assert_eq!(found(scratch.path("40")).target.unwrap().real, scratch.path("0"));
    assert!(std::fs::metadata(scratch.0.join("40")).is_ok());
    assert_eq!(ask(Question::Path(scratch.path("41"))), Answer::Withheld);
    assert!(std::fs::metadata(scratch.0.join("41")).is_err());
}

#[test]
fn what_is_not_there_is_absent_and_what_is_no_path_is_withheld() {
    let scratch = Scratch::new();
    scratch.file("file", b"");
    for absent in ["file/below", "file/", "file/..", "none/../file"] {
        assert_eq!(ask(Question::Path(scratch.path(absent))), Answer::Absent, "{absent}");
    }
    for wrong in ["", "relative", "./x", "/zero\0byte"] {
        assert_eq!(ask(Question::Path(path(wrong))), Answer::Withheld, "{wrong:?}");
    }
    assert_eq!(ask(Question::Path(scratch.path(&"n".repeat(300)))), Answer::Withheld);
}

#[test]
fn a_mount_is_told_and_a_device_is_one() {
    assert!(found(path("/")).mount);
    assert!(found(path("/proc")).mount);
    assert_eq!(found(path("/dev/null")).entry.kind, EntryKind::Device);
}

#[test]
fn the_links_of_procfs_are_not_followed() {
    for own in ["/proc/self", "/proc/self/cwd", "/proc/self/exe", "/proc/thread-self/fd/0", "/dev/stdin"] {
        assert_eq!(ask(Question::Path(path(own))), Answer::Withheld, "{own}");
    }
    let fd = format!("/proc/{}/fd/0", std::process::id());
    assert_eq!(ask(Question::Path(path(&fd))), Answer::Withheld);
    assert_eq!(ask(Question::Content(path(&fd))), Answer::Withheld);
    assert_eq!(ask(Question::Content(path("/proc/self/environ"))), Answer::Withheld);
    assert_eq!(ask(Question::Names(path("/proc/self"))), Answer::Withheld);
}

#[test]
fn what_the_user_may_not_see_is_withheld() {
    if is_root() {
        // Only somebody whom permissions hold up can tell.
        println!("SKIPPED what_the_user_may_not_see_is_withheld: root sees everything");
        return;
    }
    let scratch = Scratch::new();
    scratch.file("closed/file", b"").link("closed/file", "link");
    let mode = |bits| std::fs::set_permissions(scratch.0.join("closed"), PermissionsExt::from_mode(bits)).unwrap();
    mode(0o000);
    let answers = ["closed/file", "link"].map(|name| ask(Question::Path(scratch.path(name))));
    let names = ask(Question::Names(scratch.path("closed")));
    mode(0o700);
    assert_eq!(answers, [Answer::Withheld, Answer::Withheld]);
    assert_eq!(names, Answer::Withheld);
}

#[test]
fn what_is_missing_would_lie_where_its_directories_links_lead() {
    let scratch = Scratch::new();
    scratch.dir("dir").link("dir", "link").link("dir/later", "dangling");
    let missing = |at| match ask(Question::Path(scratch.path(at))) {
        Answer::Missing { real } => real,
        other => panic!("{other:?}"),
    };
    assert_eq!(missing("none"), scratch.path("none"));
    assert_eq!(missing("link/./none/below/"), scratch.path("dir/none/below"));
    assert_eq!(missing("dangling/x"), scratch.path("dir/later/x"));
    assert_eq!(missing("dangling/"), scratch.path("dir/later"));
}
