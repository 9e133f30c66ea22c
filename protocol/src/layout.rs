//! Where an instance keeps its things. The one place that knows the names.

use std::fmt;
use std::path::{Path, PathBuf};

/// What a call adds to a count: the wall time in nanoseconds, little-endian.
pub const SPOOLED_BYTES: u64 = 8;

/// More calls than this do not run unwatched: nothing is unbounded.
pub const SPOOLED_MAX: u64 = 100_000;

/// The name in [`Layout::run`] of the socket where any local user proposes calls.
pub const GUARD_SOCKET: &str = "guard.sock";

/// The name in [`Layout::run`] of the socket where the operator asks and commands.
pub const CONTROL_SOCKET: &str = "control.sock";

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
        self.run.join(GUARD_SOCKET)
    }

    /// Where the operator asks and commands.
    pub fn control_socket(&self) -> PathBuf {
        self.run.join(CONTROL_SOCKET)
    }

    /// Locked (flock) by the one supervisor of this instance while it lives. There is no pid file.
    pub fn lock(&self) -> PathBuf {
        self.run.join("lock")
    }

    /// Counts of calls that ran while no supervisor answered: files with a [`SpoolName`], [`SPOOLED_BYTES`] a call.
    pub fn spool(&self) -> PathBuf {
        self.run.join("spool")
    }

    /// The operator's configuration.
    pub fn config_file(&self) -> PathBuf {
        self.config.join("palisade.toml")
    }

    /// The compiled policy, for clients without a supervisor.
    pub fn policy_file(&self) -> PathBuf {
        self.state.join("policy.bin")
    }

    /// The journal: `genesis`, `head`, `keystate`, the reserve, `lock`, `seg/`.
    pub fn journal(&self) -> PathBuf {
        self.state.join("journal")
    }

    /// Locked (flock) by the one supervisor that writes the journal, whatever its run directory is.
    pub fn journal_lock(&self) -> PathBuf {
        self.journal().join("lock")
    }

    /// The journal's segments.
    pub fn segments(&self) -> PathBuf {
        self.journal().join("seg")
    }
}

/// The name of a count in [`Layout::spool`]. In a system installation anybody may make files there: the time keeps a name from
/// being taken before its user needs it, and only a file that belongs to the uid in its name is a count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpoolName {
    /// Whose calls.
    pub uid: u32,
    /// When the first of them ran, nanoseconds since 1970.
    pub since_ns: u64,
}

impl fmt::Display for SpoolName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}.{}", self.uid, self.since_ns)
    }
}

impl SpoolName {
    /// Reads a name; only what `Display` writes is accepted.
    pub fn parse(text: &str) -> Option<Self> {
        let (uid, since_ns) = text.split_once('.')?;
        let name = Self { uid: uid.parse().ok()?, since_ns: since_ns.parse().ok()? };
        (name.to_string() == text).then_some(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_count_is_read_only_as_it_is_written() {
        let name = SpoolName { uid: 1000, since_ns: 17 };
        assert_eq!(SpoolName::parse(&name.to_string()), Some(name));
        for wrong in ["", ".", "1000", "1000.", "01000.17", "1000.+17", "1000.17 ", "1000.17.1", "4294967296.1"] {
            assert_eq!(SpoolName::parse(wrong), None, "{wrong:?}");
        }
    }
}
