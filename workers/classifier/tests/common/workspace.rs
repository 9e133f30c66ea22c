//! A repository on a real disk, and verdicts on commands in it with facts as the opener observes them.

#![allow(clippy::unwrap_used)]

use palisade_classifier::facts::World;
use palisade_classifier::verdict;
use palisade_protocol::call::{Call, Path as CallPath, Prompts};
use palisade_protocol::codec;
use palisade_protocol::compile::Policy;
use palisade_protocol::verdict::Verdict;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// A clean repository with generated directories that it ignores. Removed when dropped.
pub struct Workspace {
    root: PathBuf,
}

impl Workspace {
    pub fn new() -> Self {
        let workspace = Self::below(Path::new(env!("CARGO_TARGET_TMPDIR")));
        workspace.commit();
        workspace
    }

    fn commit(&self) {
        self.git(&["init", "-q", "-b", "main"]);
        // A file that changed within the same tick of the clock as the index is not known to be unchanged.
        std::thread::sleep(std::time::Duration::from_millis(20));
        self.git(&["add", "-A"]);
        self.git(&["-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "-qm", "start"]);
    }

    /// A small project of many languages, for commands that name usual files: committed but for what it ignores.
    pub fn usual() -> Self {
        let workspace = Self::below(Path::new(env!("CARGO_TARGET_TMPDIR")));
        for path in [
            "README.md",
            "Makefile",
            "Cargo.toml",
            "package.json",
            "src/app.py",
            "src/index.js",
            ".env.example",
            ".env",
            "config.toml",
            "logs/app.log",
            "data.csv",
            "deploy.sh",
            "build/a.o",
            "docker-compose.yml",
            "main.tf",
            "fixtures/key.pem",
            "tests/test_app.py",
            "a.txt",
            "b.txt",
            ".venv/bin/python",
            "__pycache__/a.pyc",
            "coverage/index.html",
            "k8s/app.yaml",
            "migrations/1.sql",
            "out/a",
            "vendor/a.c",
            "scripts/build.sh",
            "shared/config.toml",
        ] {
            workspace.write(path, "content");
        }
        workspace.write(
            ".gitignore",
            "target/\nnode_modules/\nbuild/\ndist/\n.venv/\n__pycache__/\ncoverage/\ntmp/\n*.log\n.env\n",
        );
        workspace.commit();
        workspace
    }

    /// The same files, and no repository.
    pub fn outside_of_any_repository() -> Self {
        Self::below(&std::env::temp_dir())
    }

    fn below(directory: &Path) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("palisade-facts-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let root = directory.join(name).join("project");
        std::fs::create_dir_all(&root).unwrap();
        let workspace = Self { root: root.canonicalize().unwrap() };
        for (path, text) in [
            (".gitignore", "target/\nnode_modules/\nbuild/\ndist/\ntmp/\n*.log\n*.pyc\n.env*\n"),
            ("notes.txt", "notes"),
            ("src/main.rs", "fn main() {}"),
            ("docs/guide.md", "guide"),
            ("target/debug/incremental/a", "x"),
            ("target/debug/app", "x"),
            ("node_modules/left-pad/index.js", "x"),
            ("build/output.bin", "x"),
            ("dist/app.js", "x"),
            ("tmp/x", "x"),
            ("app.log", "x"),
        ] {
            workspace.write(path, text);
        }
        workspace
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    pub fn write(&self, path: &str, text: &str) {
        let path = self.root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub fn link(&self, target: &str, path: &str) {
        std::os::unix::fs::symlink(target, self.root.join(path)).unwrap();
    }

    pub fn git(&self, args: &[&str]) {
        let status = Command::new("git").arg("-C").arg(&self.root).args(args).status().expect("git is installed");
        assert!(status.success(), "{args:?}");
    }

    /// The verdict with facts.
    pub fn judge(&self, command: &str) -> Verdict {
        self.judge_in("", command)
    }

    /// The same from a directory of the project.
    pub fn judge_in(&self, directory: &str, command: &str) -> Verdict {
        self.judged(directory, command, |asked| {
            // A busy machine must not make a fact unknown here.
            let until = Instant::now() + Duration::from_secs(30);
            codec::encode_facts(&palisade_opener::observe_until(&codec::decode(asked).unwrap(), until)).unwrap()
        })
    }

    /// The verdict where the opener does not answer.
    pub fn judge_unobserved(&self, command: &str) -> Verdict {
        self.judged("", command, |_| Vec::new())
    }

    fn judged(&self, directory: &str, command: &str, answer: impl Fn(&[u8]) -> Vec<u8>) -> Verdict {
        let cwd = self.root.join(directory);
        let cwd = CallPath::new(cwd.to_str().unwrap().trim_end_matches('/')).unwrap();
        let call = Call::shell("cli", cwd.clone(), Prompts::Shown);
        let mut world = World::asking();
        let first = verdict(&Policy::default(), &call, command.as_bytes(), &mut world);
        let Some(asked) = world.questions(&cwd) else { return first };
        let answers = answer(&codec::encode(&asked).unwrap());
        verdict(&Policy::default(), &call, command.as_bytes(), &mut World::told(asked, &answers))
    }
}

impl Drop for Workspace {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(self.root.parent().unwrap());
    }
}
