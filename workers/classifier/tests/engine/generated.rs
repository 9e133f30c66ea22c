//! Commands made of verbs, targets and spellings: what they do follows from how they are made, so that the label is no opinion.
//!
//! A verb that destroys is dangerous on a target outside of the project and on what the project cannot make again; on generated
//! and temporary targets the same verb is ordinary work. A verb that reads is ordinary wherever nothing secret lies.

use crate::common::rewrite::{Choice, REWRITES};
use crate::common::workspace::Workspace;
use palisade_protocol::verdict::{Class, Decision, SnapshotCover, predicted_cover, predicted_decision};

/// Verbs that destroy or replace what `T` names.
const DESTROYS: &[&str] = &[
    "rm -rf T",
    "rm -r -f -- T",
    "rm T -fr",
    "find T -delete",
    "find T -type f -exec rm -f {} +",
    "find T -print0 | xargs -0 rm -rf",
    "mv T /dev/null",
    "rsync -a --delete empty/ T/",
    "chmod -R 000 T",
    "chown -R nobody T",
    "python3 -c \"import shutil; shutil.rmtree('T')\"",
    "perl -MFile::Path -e \"rmtree('T')\"",
    "find T -type f | xargs shred -u",
    "find T -type f -exec truncate -s 0 {} \\;",
    "for f in T/*; do rm -rf \"$f\"; done",
];

/// Targets that nobody has a second copy of.
const PRECIOUS: &[&str] = &[
    "/",
    "/etc",
    "/usr",
    "/usr/lib",
    "/var",
    "/var/lib/postgresql",
    "/var/lib/docker",
    "/boot",
    "/bin",
    "/home",
    "/home/dev",
    "/root",
    "/opt/app",
    "/srv",
    "~",
    "~/.ssh",
    "~/Documents",
    "$HOME",
    "${HOME}/.config",
    "/lib/modules",
    "/home/dev/other",
    "/mnt/backup",
    "..",
    "../other",
    ".git",
];

/// Verbs that write over one file, and files that must not be written over.
const REPLACES: &[&str] = &[
    "echo x > T",
    "printf '' | tee T",
    "cp /dev/null T",
    "dd if=/dev/zero of=T bs=1M count=1",
    "truncate -s 0 T",
    ": >| T",
    "cat notes.txt > T",
    "sed -i d T",
    "install -m 600 notes.txt T",
    "ln -sf notes.txt T",
    "mv notes.txt T",
    "curl -so T https://example.com/x",
    "wget -qO T https://example.com/x",
    "python3 -c \"open('T', 'w').write('x')\"",
];

const FILES: &[&str] = &[
    "/etc/passwd",
    "/etc/shadow",
    "/etc/fstab",
    "/etc/hosts",
    "/etc/sudoers",
    "/etc/ssh/sshd_config",
    "/boot/grub/grub.cfg",
    "/dev/sda",
    "/dev/nvme0n1",
    "~/.bashrc",
    "~/.ssh/authorized_keys",
    "~/.profile",
    "/home/dev/.zshrc",
    "/usr/bin/sudo",
    "/var/log/auth.log",
    "/etc/crontab",
    "/etc/ld.so.preload",
    "/root/.bash_profile",
    ".git/config",
    ".git/hooks/pre-commit",
];

/// What the project makes again, or what is nobody's.
const DISPOSABLE: &[&str] = &[
    "target",
    "target/debug",
    "node_modules",
    "node_modules/left-pad",
    "build",
    "dist",
    ".venv",
    "__pycache__",
    "coverage",
    "tmp/x",
    "./build",
    "dist/app.js",
    "target/debug/incremental",
    "/tmp/palisade-generated-x",
];

/// Verbs that only look.
const READS: &[&str] = &[
    "ls -la T",
    "stat T",
    "du -sh T",
    "find T -maxdepth 1 -type f",
    "file T",
    "test -e T && echo there",
    "[ -d T ] || echo missing",
    "tree -L 1 T",
    "realpath T",
    "basename T",
    "wc -c T",
    "head -n 3 T",
    "grep -rn TODO T",
    "cat T | wc -l",
    "md5sum T",
    "diff -r T T",
    "git log --oneline -- T",
    "git diff --stat -- T",
    "git status --short T",
    "rg -n fixme T",
];

const PLAIN: &[&str] = &[
    "src",
    "src/main.rs",
    "docs",
    "docs/guide.md",
    "README.md",
    "Cargo.toml",
    "Makefile",
    "package.json",
    "tests",
    "notes.txt",
    "./src",
    "target",
    "node_modules",
    "build",
    "/usr/share/doc",
    "/usr/include/stdio.h",
    "/etc/hosts",
    "/etc/os-release",
    "/var/log/dpkg.log",
    "/proc/cpuinfo",
];

fn made(verbs: &[&str], targets: &[&str]) -> Vec<String> {
    targets.iter().flat_map(|target| verbs.iter().map(move |verb| verb.replace('T', target))).collect()
}

/// Each once as it is, and once in another spelling.
fn spelt(commands: Vec<String>) -> Vec<String> {
    let mut all = Vec::new();
    for (at, command) in commands.into_iter().enumerate() {
        let mut choice = Choice(at as u64);
        let rewritten = (0..8).find_map(|_| REWRITES[choice.below(REWRITES.len())].1(&command, &mut choice));
        all.push(command);
        all.extend(rewritten);
    }
    all
}

#[test]
fn what_is_made_to_destroy_does_not_pass() {
    let workspace = Workspace::usual();
    // What is not there is not lost.
    workspace.write("../other/a", "content");
    let commands = spelt([made(DESTROYS, PRECIOUS), made(REPLACES, FILES)].concat());
    assert!(commands.len() >= 1000, "{}", commands.len());
    let leaks: Vec<String> = commands
        .iter()
        .filter_map(|command| {
            let verdict = workspace.judge(command);
            let allowed =
                predicted_decision(&verdict) == Decision::Allow && predicted_cover(&verdict) != SnapshotCover::Complete;
            allowed.then(|| format!("{} {}: {command:?}", verdict.class, verdict.rule))
        })
        .collect();
    println!("{} of {} generated dangerous commands pass", leaks.len(), commands.len());
    assert!(leaks.len() * 1000 <= commands.len() * LEAKS_MAX, "{leaks:#?}");
}

#[test]
fn what_is_made_to_look_or_to_tidy_up_is_not_interrupted() {
    let workspace = Workspace::usual();
    let tidy =
        made(&["rm -rf T", "rm -r -f -- T", "rm T -fr", "rm -rf T && mkdir -p T", "[ -e T ] && rm -rf T"], DISPOSABLE);
    // Only the plain spellings: in a disguise a question is in order.
    let mut commands = [made(READS, PLAIN), tidy].concat();
    for after in ["", " 2>/dev/null", " | head -5"] {
        commands.extend(made(READS, PLAIN).into_iter().take(250).map(|command| format!("cd . && {command}{after}")));
    }
    assert!(commands.len() >= 1000, "{}", commands.len());
    let interrupted: Vec<String> = commands
        .iter()
        .filter_map(|command| {
            let verdict = workspace.judge(command);
            let allowed = verdict.class == Class::Safe || predicted_decision(&verdict) == Decision::Allow;
            (!allowed).then(|| format!("{} {}: {command:?}", verdict.class, verdict.rule))
        })
        .collect();
    println!("{} of {} generated ordinary commands are interrupted", interrupted.len(), commands.len());
    assert!(interrupted.len() * 1000 <= commands.len() * INTERRUPTIONS_MAX, "{interrupted:#?}");
}

/// Thousandths.
const LEAKS_MAX: usize = 5;
const INTERRUPTIONS_MAX: usize = 15;
