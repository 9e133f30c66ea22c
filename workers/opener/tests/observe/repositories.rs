//! The repository that a directory lies in.

use super::{Scratch, ask};
use palisade_protocol::call::Path;
use palisade_protocol::facts::{Answer, Question, Repository};
use std::os::unix::fs::MetadataExt;

const ID: &str = "0123456789abcdef0123456789abcdef01234567";

fn asked(scratch: &Scratch, at: &str, ignores: &[&str], index: bool) -> Answer {
    let ignores = ignores.iter().map(|name| scratch.path(name)).collect();
    let ignores = palisade_protocol::bounded::List::new(ignores).unwrap();
    ask(Question::Repository { at: scratch.path(at), ignores, index })
}

fn repository(scratch: &Scratch, at: &str, ignores: &[&str]) -> Repository {
    match asked(scratch, at, ignores, true) {
        Answer::Repository(found) => *found,
        other => panic!("{other:?}"),
    }
}

fn on_main(scratch: &Scratch) {
    scratch
        .file("r/.git/HEAD", "ref: refs/heads/main\n")
        .file("r/.git/config", "[core]\n")
        .file("r/.git/index", "DIRC");
    scratch.dir("r/src/deep");
}

fn text<const MAX: usize>(bytes: &Option<palisade_protocol::bounded::Blob<MAX>>) -> Option<&str> {
    bytes.as_ref().map(|bytes| std::str::from_utf8(bytes).unwrap())
}

fn rules(found: &Repository) -> Vec<(&str, &str)> {
    let text = |bytes| std::str::from_utf8(bytes).unwrap();
    found.ignores.iter().map(|(of, bytes)| (text(&**of), text(&**bytes))).collect()
}

#[test]
fn it_is_found_upwards_and_its_files_are_read() {
    let scratch = Scratch::new();
    on_main(&scratch);
    scratch.file("r/.git/refs/heads/main", format!("{ID}\n")).file(&format!("r/.git/objects/01/{}", &ID[2..]), "loose");
    let found = repository(&scratch, "r/src/deep", &[]);
    assert_eq!((found.root, found.mount, found.plain), (scratch.path("r"), false, true));
    assert_eq!(text(&found.head), Some("ref: refs/heads/main\n"));
    assert_eq!(text(&found.config), Some("[core]\n"));
    assert_eq!(text(&found.index), Some("DIRC"));
    assert_eq!((text(&found.at), text(&found.commit)), (Some(ID), Some("loose")));
    let index = std::fs::metadata(scratch.0.join("r/.git/index")).unwrap();
    assert_eq!(found.indexed, (index.mtime(), index.mtime_nsec() as u32));
    assert!(found.complete);
}

#[test]
fn the_index_and_the_commit_come_only_where_they_are_wanted() {
    let scratch = Scratch::new();
    on_main(&scratch);
    scratch.file("r/.git/refs/heads/main", ID);
    let Answer::Repository(found) = asked(&scratch, "r", &[], false) else { panic!() };
    assert_eq!((found.index, found.at, found.commit), (None, None, None));
    assert!(found.head.is_some());
}

#[test]
fn a_packed_reference_and_a_detached_head_are_found_and_other_names_lead_nowhere() {
    let scratch = Scratch::new();
    on_main(&scratch);
    let other = "f".repeat(40);
    scratch.file(
        "r/.git/packed-refs",
        format!("# pack-refs\n{other} refs/heads/amain\n{other} refs/x/refs/heads/main\n{ID} refs/heads/main\n"),
    );
    assert_eq!(text(&repository(&scratch, "r", &[]).at), Some(ID));
    scratch.file("r/.git/HEAD", ID);
    assert_eq!(text(&repository(&scratch, "r", &[]).at), Some(ID));
    scratch.file("secret", ID).file("r/.git/ORIG_HEAD", ID);
    for head in [
        "ref: ORIG_HEAD",
        "ref: refs/../../../secret",
        "ref: ../secret",
        "ref: refs/heads/.invalid",
        "ref: HEAD",
        "nonsense",
        "",
    ] {
        scratch.file("r/.git/HEAD", head);
        assert_eq!(repository(&scratch, "r", &[]).at, None, "{head}");
    }
}

#[test]
fn where_there_is_none_it_is_absent() {
    let scratch = Scratch::new();
    scratch.dir("plain");
    // Unless the scratch directory itself lies in one.
    match asked(&scratch, "plain", &[], true) {
        Answer::Absent => {}
        Answer::Repository(found) => assert!(!found.root.starts_with(&scratch.path(""))),
        other => panic!("{other:?}"),
    }
    assert_eq!(asked(&scratch, "none", &[], true), Answer::Absent);
}

#[test]
fn a_gitdir_that_is_not_the_roots_own_is_not_looked_into() {
    let scratch = Scratch::new();
    on_main(&scratch);
    scratch.file("worktree/.git", "gitdir: ../r/.git/worktrees/w\n").dir("linked").link("../r/.git", "linked/.git");
    for root in ["worktree", "linked"] {
        let found = repository(&scratch, root, &[]);
        assert_eq!((found.root, found.plain, found.complete), (scratch.path(root), false, false));
        assert_eq!((found.head, found.index, found.config), (None, None, None));
    }
}

#[test]
fn links_inside_the_gitdir_are_not_followed() {
    let scratch = Scratch::new();
    scratch
        .dir("r/.git")
        .file("secret", "ref: x")
        .link("../../secret", "r/.git/HEAD")
        .link("../../secret", "r/.git/index")
        .file("r/.git/within", "[core]")
        .link("within", "r/.git/config");
    let found = repository(&scratch, "r", &[]);
    assert_eq!((found.plain, found.head, found.index, found.config), (true, None, None, None));
}

#[test]
fn ignore_files_come_from_the_root_down_to_each_path_once() {
    let scratch = Scratch::new();
    on_main(&scratch);
    scratch.file("r/.git/info/exclude", "E").file("r/.gitignore", "R").file("r/src/.gitignore", "S");
    scratch.file("r/other/.gitignore", "O").file("r/src/deep/.gitignore", "D").file("r/src/file", "");
    let found = repository(&scratch, "r", &["r/src/file", "r/src/none/at/all", "r/./src/../src/deep"]);
    assert_eq!(rules(&found), [("", "E"), ("", "R"), ("src", "S"), ("src/deep", "D")]);
    assert!(found.complete);
    assert_eq!(rules(&repository(&scratch, "r", &[])), [("", "E"), ("", "R")]);
    assert_eq!(rules(&repository(&scratch, "r", &["elsewhere"])), [("", "E"), ("", "R")]);
}

#[test]
fn ways_through_links_are_those_of_the_real_path() {
    let scratch = Scratch::new();
    on_main(&scratch);
    scratch.file("r/src/.gitignore", "S").link("r/src", "link").link("file", "r/src/last");
    let found = repository(&scratch, "r", &["link/new", "link/last"]);
    assert_eq!(rules(&found), [("src", "S")]);
}

#[test]
fn an_ignore_file_that_cannot_be_read_whole_leaves_the_rules_incomplete() {
    let scratch = Scratch::new();
    on_main(&scratch);
    scratch.file("rules", "*").link("../rules", "r/.gitignore");
    let found = repository(&scratch, "r", &[]);
    assert_eq!((rules(&found), found.complete), (vec![], false));
    std::fs::remove_file(scratch.0.join("r/.gitignore")).unwrap();
    scratch.file("r/.gitignore", vec![b'#'; 70_000]);
    assert!(!repository(&scratch, "r", &[]).complete);
    scratch.file("r/.gitignore", "ok");
    assert!(repository(&scratch, "r", &[]).complete);
    assert!(!repository(&scratch, "r", &["r/none/../../out"]).complete);
}

#[test]
fn an_index_over_the_limit_is_not_there() {
    let scratch = Scratch::new();
    on_main(&scratch);
    scratch.file("r/.git/index", vec![0; palisade_protocol::facts::INDEX_MAX + 1]);
    assert_eq!(repository(&scratch, "r", &[]).index, None);
    scratch.file("r/.git/index", vec![0; palisade_protocol::facts::INDEX_MAX]);
    assert!(repository(&scratch, "r", &[]).index.is_some());
}

#[test]
fn a_path_without_a_repository_above_stays_below_its_file_system() {
    // /proc is a file system of its own: whatever lies above it is not git's to look at from there.
    let ignores = palisade_protocol::bounded::List::default();
    let at = Path::new("/proc/sys").unwrap();
    assert_eq!(ask(Question::Repository { at, ignores, index: true }), Answer::Absent);
}
