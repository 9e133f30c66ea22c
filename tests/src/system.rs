//! A system installation, `/etc/palisade` and all, in a mount namespace of its own: the host's directories are never written.

use crate::Built;
use crate::instance::{run_with_input, text};
use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// What is replaced by an empty file system of the test's own.
const PRIVATE: [&str; 3] = ["/etc", "/run", "/var/lib"];

/// What users of the installation are called by looks in these.
const COPIED: [&str; 3] = ["/etc/passwd", "/etc/group", "/etc/ld.so.cache"];

/// A user that runs a program: uid and gid. Other groups it has none.
pub type User = (u32, u32);

/// Root.
pub const ROOT: User = (0, 0);

/// The installation; dropped, its supervisor is stopped.
#[derive(Debug)]
pub struct System {
    bin: PathBuf,
}

impl System {
    /// Runs `test` in an installation that is not started, on a thread that has the private mounts. `Err` where they are not to be
    /// had.
    ///
    /// # Errors
    /// Why the mounts cannot be made.
    pub fn with(test: impl FnOnce(&Self) + Send) -> Result<(), String> {
        let built = Built::release();
        std::thread::scope(|scope| {
            // A thread's own mount namespace ends with it and with the processes that it starts.
            let run = scope.spawn(move || Self::install(built).map(|system| test(&system)));
            run.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    }

    fn install(built: &Built) -> Result<Self, String> {
        let copied = COPIED.map(|path| (path, std::fs::read(path).unwrap_or_default()));
        let executables: Vec<_> = std::fs::read_dir(&built.dir)
            .map_err(|why| why.to_string())?
            .filter_map(Result::ok)
            .filter(|entry| entry.file_name().to_string_lossy().starts_with("palisade"))
            .filter(|entry| entry.path().extension().is_none())
            .map(|entry| (entry.file_name(), std::fs::read(entry.path()).unwrap()))
            .collect();
        let step = |what: &'static str| move |errno: nix::Error| format!("{what}: {errno}");
        unshare(CloneFlags::CLONE_NEWNS).map_err(step("a mount namespace"))?;
        let none = None::<&str>;
        mount(none, "/", none, MsFlags::MS_REC | MsFlags::MS_PRIVATE, none).map_err(step("private mounts"))?;
        for dir in PRIVATE {
            mount(Some("tmpfs"), dir, Some("tmpfs"), MsFlags::empty(), Some("mode=755")).map_err(step("a tmpfs"))?;
        }
        for (path, bytes) in copied {
            put(Path::new(path), &bytes, 0o644);
        }
        let bin = PathBuf::from("/run/bin");
        for dir in [&bin, Path::new("/etc/palisade")] {
            std::fs::create_dir(dir).unwrap();
            std::fs::set_permissions(dir, PermissionsExt::from_mode(0o755)).unwrap();
        }
        for (name, bytes) in executables {
            // By another process, as in `copy_executable`; what there is to copy may lie under what has just been replaced.
            let path = bin.join(name);
            let copied = run_with_input(Command::new("cp").arg("/dev/stdin").arg(&path), &bytes);
            assert!(copied.status.success(), "{}", text(&copied));
            std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
        }
        Ok(Self { bin })
    }

    /// A program of the installation as this user, not run yet; its environment names no instance.
    pub fn command(&self, user: User, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.bin.join(program));
        command.args(arguments).env_clear().current_dir("/").stdin(Stdio::null()).uid(user.0).gid(user.1);
        command
    }

    /// Runs `palisade`.
    pub fn palisade(&self, user: User, arguments: &[&str]) -> Output {
        self.command(user, "palisade", arguments).output().expect("palisade runs")
    }

    /// Runs the hook with a payload.
    pub fn hook(&self, user: User, arguments: &[&str], payload: &str) -> Output {
        run_with_input(&mut self.command(user, "palisade-hook", arguments), payload.as_bytes())
    }

    /// Its status, as root sees it.
    pub fn status(&self) -> serde_json::Value {
        let output = self.palisade(ROOT, &["status", "--json"]);
        serde_json::from_slice(&output.stdout).unwrap_or_else(|why| panic!("no status: {why}: {}", text(&output)))
    }

    /// The pid of its live worker of this kind, that serves this uid.
    pub fn worker(&self, kind: &str, serves: Option<u32>) -> Option<i32> {
        let status = self.status();
        let wanted = |worker: &&serde_json::Value| {
            let serving = worker["serves"].as_u64() == serves.map(u64::from);
            worker["kind"] == kind && serving && worker["pid"].as_u64() != Some(0)
        };
        let worker = status["workers"].as_array()?.iter().find(wanted)?;
        i32::try_from(worker["pid"].as_i64()?).ok()
    }
}

impl Drop for System {
    fn drop(&mut self) {
        let _ = self.palisade(ROOT, &["stop"]);
    }
}

fn put(path: &Path, bytes: &[u8], mode: u32) {
    std::fs::write(path, bytes).unwrap();
    std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
}
