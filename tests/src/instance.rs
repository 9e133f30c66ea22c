//! A real instance in a scratch directory, started and stopped by the real command line.

use crate::Built;
use nix::sys::signal::Signal;
use nix::unistd::Pid;
use palisade_protocol::layout::Layout;
use std::io::Write;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// A started instance; dropped, it is stopped or killed and its directory removed.
#[derive(Debug)]
pub struct Instance {
    /// Its executables.
    pub built: Built,
    /// `--state`.
    pub dir: PathBuf,
    /// A directory to be the agents' workspace.
    pub workspace: PathBuf,
}

impl Instance {
    /// A directory for an instance, with this configuration, not started yet.
    pub fn prepare(built: &Built, config: &str) -> Self {
        let root = scratch();
        let (dir, workspace) = (root.join("s"), root.join("project"));
        // Something to lose: what is not there can be deleted by anybody.
        std::fs::create_dir_all(workspace.join("build")).unwrap();
        std::fs::write(workspace.join("build/made"), "made").unwrap();
        std::fs::DirBuilder::new().mode(0o700).create(&dir).unwrap();
        let layout = Layout::within(&dir);
        std::fs::DirBuilder::new().mode(0o700).create(&layout.config).unwrap();
        if !config.is_empty() {
            std::fs::write(layout.config_file(), config).unwrap();
            let only_owner_writes = std::os::unix::fs::PermissionsExt::from_mode(0o644);
            std::fs::set_permissions(layout.config_file(), only_owner_writes).unwrap();
        }
        Self { built: built.clone(), dir, workspace }
    }

    /// Starts one with default settings.
    pub fn start() -> Self {
        Self::start_with(Built::release(), "")
    }

    /// Starts one of these executables with this configuration.
    pub fn start_with(built: &Built, config: &str) -> Self {
        let instance = Self::prepare(built, config);
        let up = instance.palisade(&["up"]);
        assert!(up.status.success(), "up failed: {}", text(&up));
        instance
    }

    /// Where its things are.
    pub fn layout(&self) -> Layout {
        Layout::within(&self.dir)
    }

    /// `palisade --state DIR ARGUMENTS…`, not run yet.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.built.path("palisade"));
        command.arg("--state").arg(&self.dir).args(arguments).current_dir(&self.workspace).stdin(Stdio::null());
        command
    }

    /// Runs `palisade --state DIR ARGUMENTS…`.
    pub fn palisade(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("palisade runs")
    }

    /// Runs the hook with a payload.
    pub fn hook(&self, payload: &str) -> Output {
        let mut hook = Command::new(self.built.path("palisade-hook"));
        hook.arg("--state").arg(&self.dir).arg("claude-code").current_dir(&self.workspace);
        run_with_input(&mut hook, payload.as_bytes())
    }

    /// Runs the hook with a payload where a person can be asked; none where `script(1)` is not there to make a terminal.
    pub fn hook_at_a_terminal(&self, payload: &str) -> Option<Output> {
        let file = self.workspace.join("payload.json");
        std::fs::write(&file, payload).unwrap();
        let (hook, dir) = (self.built.path("palisade-hook"), self.dir.display());
        let line = format!("{} --state {dir} claude-code < {}", hook.display(), file.display());
        let mut script = Command::new("script");
        script.args(["--quiet", "--return", "--command", &line, "/dev/null"]).stdin(Stdio::null());
        script.current_dir(&self.workspace).output().ok()
    }

    /// Its status, as `palisade status --json` prints it.
    pub fn status(&self) -> serde_json::Value {
        let output = self.palisade(&["status", "--json"]);
        serde_json::from_slice(&output.stdout).unwrap_or_else(|why| panic!("{why}: {}", text(&output)))
    }

    /// The supervisor's process id.
    pub fn pid(&self) -> i32 {
        i32::try_from(self.status()["pid"].as_u64().expect("a pid")).unwrap()
    }

    /// Process ids of its live workers of a kind (`classifier`, `journal`), from `status`.
    pub fn workers(&self, kind: &str) -> Vec<i32> {
        let status = self.status();
        let of_kind = |worker: &&serde_json::Value| worker["kind"] == kind && worker["pid"].as_u64() != Some(0);
        let pids = status["workers"].as_array().expect("workers").iter().filter(of_kind);
        pids.map(|worker| i32::try_from(worker["pid"].as_i64().unwrap()).unwrap()).collect()
    }

    /// The journal's events, as `palisade log --json` prints them, oldest first.
    pub fn log(&self, arguments: &[&str]) -> Vec<serde_json::Value> {
        let output = self.palisade(&[&["log", "--json"], arguments].concat());
        assert!(output.status.success(), "log failed: {}", text(&output));
        let document: serde_json::Value =
            serde_json::from_slice(&output.stdout).unwrap_or_else(|why| panic!("{why}: {}", text(&output)));
        document["events"].as_array().expect("a list of events").clone()
    }

    /// `palisade verify`'s exit code and output.
    pub fn verify(&self) -> (i32, String) {
        let output = self.palisade(&["verify"]);
        (output.status.code().unwrap_or(-1), text(&output))
    }

    /// Stops it in order.
    pub fn stop(&self) -> Output {
        self.palisade(&["stop"])
    }

    /// Kills its supervisor.
    pub fn kill(&self) {
        kill(self.pid());
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        // A test that failed may have left it open to others, and `--state` refuses it so.
        let _ = std::fs::set_permissions(&self.dir, std::os::unix::fs::PermissionsExt::from_mode(0o700));
        let _ = self.stop();
        let root = self.dir.parent().map(Path::to_owned).unwrap_or_default();
        remove(&root);
    }
}

/// Kills a process, and waits until nothing is left of it that could hold a socket or a lock.
pub fn kill(pid: i32) {
    nix::sys::signal::kill(Pid::from_raw(pid), Signal::SIGKILL).unwrap();
    ends(pid);
}

/// Waits until a process has ended.
pub fn ends(pid: i32) {
    let deadline = Instant::now() + Duration::from_secs(15);
    while alive(pid) {
        assert!(Instant::now() < deadline, "{pid} does not end");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Whether a process has a thread that has not ended. What it holds lasts as long as the last one, and its first may end before.
pub fn alive(pid: i32) -> bool {
    let Ok(threads) = std::fs::read_dir(format!("/proc/{pid}/task")) else { return false };
    let stats = threads.filter_map(|thread| std::fs::read_to_string(thread.ok()?.path().join("stat")).ok());
    // The state follows the name, and the name may hold anything.
    stats.filter_map(|stat| stat.rsplit_once(')')?.1.trim_start().chars().next()).any(|state| !"ZX".contains(state))
}

/// Removes a scratch directory, append-only segments too.
pub fn remove(root: &Path) {
    if crate::skip::is_root() {
        let _ = Command::new("chattr").args(["-R", "-f", "-a"]).arg(root).stderr(Stdio::null()).status();
    }
    let _ = std::fs::remove_dir_all(root);
}

/// Every file below a directory.
pub fn files_below(dir: &Path) -> Vec<PathBuf> {
    let (mut files, mut dirs) = (Vec::new(), vec![dir.to_owned()]);
    while let Some(dir) = dirs.pop() {
        for entry in std::fs::read_dir(dir).unwrap().map(Result::unwrap) {
            match entry.file_type().unwrap() {
                kind if kind.is_dir() => dirs.push(entry.path()),
                kind if kind.is_file() => files.push(entry.path()),
                _ => {}
            }
        }
    }
    files
}

/// The files below a directory that hold one of these texts.
pub fn files_with(dir: &Path, texts: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for file in files_below(dir) {
        let bytes = std::fs::read(&file).unwrap();
        for text in texts {
            if bytes.windows(text.len()).any(|window| window == text.as_bytes()) {
                found.push(format!("{text} stands in {}", file.display()));
            }
        }
    }
    found
}

/// Runs a command with these bytes as its standard input.
pub fn run_with_input(command: &mut Command, input: &[u8]) -> Output {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("starts");
    // A command that does not read to the end closes the pipe.
    let _ = child.stdin.take().expect("piped").write_all(input);
    child.wait_with_output().expect("ends")
}

/// Copies an executable, by another process: this one's other threads start children, and a child that has inherited a descriptor to
/// write to the copy would keep it from being executed.
pub fn copy_executable(from: &Path, to: &Path) {
    assert!(Command::new("cp").arg(from).arg(to).status().is_ok_and(|cp| cp.success()), "{} is copied", from.display());
}

/// Both outputs of a command.
pub fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// A new directory with a short path: socket addresses hold 107 bytes.
pub fn scratch() -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = format!("palisade-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let dir = std::env::temp_dir().join(name);
    std::fs::create_dir(&dir).unwrap();
    dir
}
