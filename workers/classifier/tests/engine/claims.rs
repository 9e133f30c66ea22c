//! What a verdict claims is checked against what the command does: each of these is judged, and where the verdict says that a snapshot
//! would hold everything, the command is really run in a scratch repository, and whatever it changed or removed must be named by an
//! effect. Nothing of it reaches out of the scratch directory.

use crate::common::workspace::Workspace;
use palisade_protocol::verdict::{SnapshotCover, Verdict, predicted_cover};
use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Commands that destroy something in the project, each with whether the verdict must claim a complete cover.
const COMMANDS: &[(&str, bool)] = &[
    ("rm draft.txt", true),
    ("rm -rf drafts", true),
    ("rm -rf drafts draft.txt target", true),
    ("rm -f *.txt", true),
    ("rm -rf build/* tmp/*", true),
    ("rm -r drafts/deep", true),
    (": > draft.txt", true),
    ("> notes.txt", true),
    ("truncate -s 0 draft.txt", true),
    ("cd drafts && rm a.txt", true),
    ("for f in draft.txt notes.txt; do rm \"$f\"; done", true),
    ("find drafts -name '*.txt' -delete", false),
    ("find . -name '*.orig' -exec rm {} +", false),
    ("git checkout -- notes.txt", true),
    ("git checkout .", true),
    ("git restore notes.txt", true),
    ("git clean -fd", true),
    ("git clean -fdx", true),
    ("git reset --hard", true),
    ("git rm -qf notes.txt", true),
    ("unlink draft.txt", true),
    ("f=draft; rm \"$f.txt\"", true),
    ("sh -c 'rm -rf drafts'", true),
    ("ls | xargs echo; rm -rf ./drafts/", true),
    ("mv drafts /dev/null 2>/dev/null; rm draft.txt", false),
    ("shred -u draft.txt", false),
];

fn scratch() -> Workspace {
    let workspace = Workspace::new();
    workspace.write("draft.txt", "not in git");
    workspace.write("drafts/a.txt", "a");
    workspace.write("drafts/deep/b.txt", "b");
    workspace.write("left.orig", "left");
    workspace.write("notes.txt", "changed since");
    workspace
}

/// Every file below a directory, with what it holds; git's own files left out.
fn listing(root: &Path) -> BTreeMap<PathBuf, (u64, Vec<u8>)> {
    let mut found = BTreeMap::new();
    let mut open = vec![root.to_owned()];
    while let Some(directory) = open.pop() {
        for entry in std::fs::read_dir(directory).unwrap() {
            let entry = entry.unwrap();
            let (path, kind) = (entry.path(), entry.file_type().unwrap());
            if kind.is_dir() && entry.file_name() != ".git" {
                open.push(path);
            } else if kind.is_file() {
                found.insert(path.clone(), (entry.metadata().unwrap().ino(), std::fs::read(&path).unwrap()));
            }
        }
    }
    found
}

/// Whether an effect names this path, or a directory that holds it.
fn named(verdict: &Verdict, root: &Path, path: &Path) -> bool {
    verdict.effects.iter().any(|effect| {
        let target = effect.target.trim_end_matches('…').trim_end_matches('/');
        // What git takes back is named as what it is: the changed files of the project.
        target == "changed files of the project"
            || (target.starts_with('/') && path.starts_with(target) && path.starts_with(root))
    })
}

#[test]
fn whatever_a_complete_cover_is_claimed_for_is_all_that_the_command_takes_away() {
    let mut checked = 0;
    for (command, claims) in COMMANDS {
        let workspace = scratch();
        let verdict = workspace.judge(command);
        let cover = predicted_cover(&verdict);
        assert!(
            cover == SnapshotCover::Complete || !claims,
            "{command}: {} {}: {}",
            verdict.class,
            verdict.rule,
            verdict.reason
        );
        if cover != SnapshotCover::Complete {
            continue;
        }
        let above = workspace.root().parent().unwrap().to_owned();
        let before = listing(&above);
        let shell = Command::new("sh")
            .args(["-c", command])
            .current_dir(workspace.root())
            .env("HOME", &above)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        shell.unwrap();
        let after = listing(&above);
        let lost: Vec<&PathBuf> = before
            .iter()
            .filter(|(path, (_, content))| after.get(*path).is_none_or(|(_, now)| now != content))
            .map(|(path, _)| path)
            .collect();
        for path in &lost {
            assert!(
                named(&verdict, workspace.root(), path),
                "{command} took {}: {:?}",
                path.display(),
                verdict.effects
            );
        }
        checked += 1;
    }
    assert!(checked >= 20, "only {checked} claims were checked");
}
