//! Where an instance keeps its things. The one place that knows the names.

use std::path::{Path, PathBuf};

/// The directories of one instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// Configuration, written by the operator only.
    pub config: PathBuf,
    /// Sockets and the lock; gone after a reboot.
    pub run: PathBuf,
    /// The journal and what else must last.
    pub state: PathBuf,
}

impl Layout {
    /// The system installation's directory for configuration. Where it exists and belongs to root, hooks talk to nothing else.
    pub const SYSTEM_CONFIG: &'static str = "/etc/palisade";

    /// The system installation.
    pub fn system() -> Self {
        Self { config: Self::SYSTEM_CONFIG.into(), run: "/run/palisade".into(), state: "/var/lib/palisade".into() }
    }

    /// An instance kept in one directory (`--state DIR`).
    pub fn within(dir: &Path) -> Self {
        Self { config: dir.join("etc"), run: dir.join("run"), state: dir.join("lib") }
    }

    /// A user's own instance, from the values of `XDG_RUNTIME_DIR`, `XDG_STATE_HOME` and `HOME`.
    pub fn rootless(runtime: Option<&Path>, state_home: Option<&Path>, home: Option<&Path>) -> Option<Self> {
        let state = match (state_home, home) {
            (Some(dir), _) if dir.is_absolute() => dir.join("palisade"),
            (_, Some(home)) if home.is_absolute() => home.join(".local/state/palisade"),
            _ => return None,
        };
        let run = match runtime {
            Some(dir) if dir.is_absolute() => dir.join("palisade"),
            _ => state.join("run"),
        };
        Some(Self { config: state.join("etc"), run, state: state.join("lib") })
    }

    /// Where any local user proposes calls.
    pub fn guard_socket(&self) -> PathBuf {
        self.run.join("guard.sock")
    }

    /// Where the operator asks and commands.
    pub fn control_socket(&self) -> PathBuf {
        self.run.join("control.sock")
    }

    /// Locked (flock) by the one supervisor of this instance while it lives. There is no pid file.
    pub fn lock(&self) -> PathBuf {
        self.run.join("lock")
    }

    /// Counts of calls that ran while no supervisor answered: one file a uid, eight bytes a call (wall time, nanoseconds).
    pub fn spool(&self, uid: u32) -> PathBuf {
        self.run.join("spool").join(uid.to_string())
    }

    /// The operator's configuration.
    pub fn config_file(&self) -> PathBuf {
        self.config.join("palisade.toml")
    }

    /// The compiled policy, for clients without a supervisor.
    pub fn policy_file(&self) -> PathBuf {
        self.state.join("policy.bin")
    }

    /// The journal: `genesis`, `head`, `keystate`, `seg/`.
    pub fn journal(&self) -> PathBuf {
        self.state.join("journal")
    }
}
