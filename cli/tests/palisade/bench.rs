//! A scratch installation: the command itself, files that stand for the programs beside it, and an instance.

use palisade_protocol::layout::Layout;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

pub struct Bench(PathBuf);

impl Bench {
    pub fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("palisade-cli-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let dir = std::env::temp_dir().join(name);
        for made in ["bin", "home", "state"] {
            std::fs::DirBuilder::new().recursive(true).mode(0o700).create(dir.join(made)).unwrap();
        }
        let bench = Self(dir);
        // A link would be resolved back to the build directory by whoever looks beside the program.
        std::fs::hard_link(env!("CARGO_BIN_EXE_palisade"), bench.path("bin/palisade"))
            .unwrap_or_else(|_| copied(Path::new(env!("CARGO_BIN_EXE_palisade")), &bench.path("bin/palisade")));
        bench
    }

    pub fn path(&self, below: &str) -> PathBuf {
        self.0.join(below)
    }

    pub fn layout(&self) -> Layout {
        Layout::within(&self.path("state"))
    }

    /// An executable file beside the command.
    pub fn program(&self, name: &str, text: &str) -> PathBuf {
        let (written, path) = (self.path("text"), self.path("bin").join(name));
        std::fs::write(&written, text).unwrap();
        copied(&written, &path);
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
        path
    }

    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(self.path("bin/palisade"));
        command.args(words).env_clear().env("HOME", self.path("home")).stdin(Stdio::null());
        command
    }

    pub fn run(&self, words: &[&str]) -> Output {
        self.command(words).output().unwrap()
    }

    /// The same, for the scratch instance.
    pub fn run_here(&self, words: &[&str]) -> Output {
        let state = self.path("state");
        self.run(&[&["--state", state.to_str().unwrap()], words].concat())
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// By another process: this one's other threads start children, and a child that has inherited a descriptor to write to the copy
/// would keep it from being executed.
fn copied(from: &Path, to: &Path) {
    assert!(Command::new("cp").arg(from).arg(to).status().unwrap().success());
}

pub fn code(output: &Output) -> i32 {
    output.status.code().unwrap_or_else(|| panic!("{}", output.status))
}

pub fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

pub fn json(output: &Output) -> serde_json::Value {
    serde_json::from_str(&stdout(output)).unwrap_or_else(|why| panic!("{why}: {}{}", stdout(output), stderr(output)))
}

pub fn mode(path: &Path) -> u32 {
    std::fs::symlink_metadata(path).unwrap().permissions().mode() & 0o7777
}
