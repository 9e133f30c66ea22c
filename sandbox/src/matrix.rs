//! The permission matrix: what each process is declared to hold, as compiled from `permissions/*.toml`.

use palisade_protocol::worker::{FdAccess, FdType, Kind};
use serde::Serialize;

/// Which column of the matrix holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Started by root: every worker gets a uid of its own.
    System,
    /// Started by an ordinary user: every worker shares that user's uid.
    Rootless,
}

impl Mode {
    /// System if this process is root or may change its uid, rootless otherwise.
    pub fn current() -> Self {
        let root = nix::unistd::geteuid().is_root();
        let may = caps::has_cap(None, caps::CapSet::Effective, caps::Capability::CAP_SETUID).unwrap_or(false);
        if root || may { Self::System } else { Self::Rootless }
    }

    /// The word used in output.
    pub fn word(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Rootless => "rootless",
        }
    }
}

/// A cell with one content for each mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct PerMode<T> {
    /// In a system run.
    pub system: T,
    /// In a rootless run.
    pub rootless: T,
}

impl<T: Copy> PerMode<T> {
    /// The content for `mode`.
    pub fn of(&self, mode: Mode) -> T {
        match mode {
            Mode::System => self.system,
            Mode::Rootless => self.rootless,
        }
    }
}

/// Everything that one process is declared to hold.
#[derive(Debug, Serialize)]
pub struct Declaration {
    /// `supervisor`, or the worker's word.
    pub worker: &'static str,
    /// Its one capability, in a sentence.
    pub capability: &'static str,
    /// What its compromise yields, in a sentence.
    pub compromise: &'static str,
    /// Which uid it runs as, in words.
    pub uid: PerMode<&'static str>,
    /// Linux capabilities in its effective and permitted sets.
    pub capabilities: PerMode<&'static [&'static str]>,
    /// Linux capabilities in its bounding set; none means that the starter's set is inherited and useless.
    pub bounding: PerMode<Option<&'static [&'static str]>>,
    /// Paths it can reach, in words.
    pub filesystem: PerMode<&'static str>,
    /// Network it can reach, in words.
    pub network: PerMode<&'static str>,
    /// Programs it can execute, in words.
    pub exec: PerMode<&'static str>,
    /// Open descriptors when it begins to serve, by number.
    pub fds: &'static [Fd],
    /// Descriptors that reach it later, in words; empty for none.
    pub fds_later: &'static str,
    /// Whether it runs as whoever asks: the one worker that may be root, where root asks.
    pub as_asking_user: bool,
    /// Allowed system calls; empty if none is filtered (the supervisor).
    pub syscalls: &'static [Syscall],
    /// Resource limits.
    pub limits: &'static [Limit],
    /// Landlock protections. Nothing is excepted from them but `reads`.
    pub landlock: &'static [Protection],
    /// Where files and directories may be opened for reading all the same.
    pub reads: &'static [Reads],
    /// Further protections that a kernel may lack.
    pub hardening: &'static [Protection],
}

impl Declaration {
    /// Whether descriptors may be passed to it over its channel.
    pub fn receives_descriptors(&self) -> bool {
        self.syscalls.iter().any(|call| call.name == "recvmsg")
    }

    /// Every protection by name: what READY may call missing and a configuration may accept as missing.
    pub fn protections(&self) -> impl Iterator<Item = &'static str> {
        self.landlock.iter().chain(self.hardening).map(|protection| protection.name)
    }
}

/// A declared descriptor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Fd {
    /// Its number.
    pub number: u32,
    /// What it is.
    #[serde(serialize_with = "words::kind")]
    pub kind: FdType,
    /// How it is open.
    #[serde(serialize_with = "words::access")]
    pub access: FdAccess,
    /// What it is for.
    pub purpose: &'static str,
}

/// A declared system call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Syscall {
    /// Its name.
    pub name: &'static str,
    /// Its number on this architecture.
    #[serde(skip)]
    pub number: i64,
    /// Argument rules as written in the declaration, one of which must hold; empty if any argument will do.
    pub when: &'static [&'static str],
    /// The same rules, compiled.
    #[serde(skip)]
    pub rules: &'static [&'static [Condition]],
    /// Why it is needed.
    pub why: &'static str,
}

/// One condition on one argument of a system call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Condition {
    /// Which argument, from 0.
    pub argument: u8,
    /// Which bits are looked at.
    pub mask: u64,
    /// What they must be.
    pub value: Value,
}

/// The right side of a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value {
    /// This number.
    Is(u64),
    /// The process's own id.
    OwnPid,
}

/// A declared resource limit; soft and hard are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Limit {
    /// Its name: `CORE`, `NOFILE`, `AS`, ….
    pub name: &'static str,
    /// Its name in `/proc/PID/limits`.
    #[serde(skip)]
    pub row: &'static str,
    /// Its number for `setrlimit(2)`.
    #[serde(skip)]
    pub resource: u32,
    /// The value, in the unit of the resource.
    pub value: PerMode<u64>,
    /// Set by the worker after exec, not by the child before it.
    pub after_exec: bool,
    /// Why this value.
    pub why: &'static str,
}

/// A protection that a kernel may lack, by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Protection {
    /// Its name, as in `degraded = […]`.
    pub name: &'static str,
    /// What it takes away.
    pub why: &'static str,
}

/// Landlock's rules for reading: one for each directory of a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Reads {
    /// Of which directory.
    pub below: &'static str,
    /// The names of those that get none.
    pub except: &'static [&'static str],
    /// What for.
    pub why: &'static str,
}

/// What a worker is declared to hold.
pub fn declaration(kind: Kind) -> &'static Declaration {
    match kind {
        Kind::Classifier => &CLASSIFIER,
        Kind::Journal => &JOURNAL,
        Kind::Reader => &READER,
        Kind::Compiler => &COMPILER,
        Kind::Opener => &OPENER,
    }
}

/// What the supervisor is declared to hold.
pub fn supervisor_declaration() -> &'static Declaration {
    &SUPERVISOR
}

#[allow(missing_docs, clippy::unnecessary_cast, clippy::unreadable_literal)]
mod declared {
    use super::{Condition, Declaration, Fd, FdAccess, FdType, Limit, PerMode, Protection, Reads, Syscall, Value};
    include!(concat!(env!("OUT_DIR"), "/declarations.rs"));
}
use declared::{CLASSIFIER, COMPILER, JOURNAL, OPENER, READER, SUPERVISOR};

/// The words for descriptors in output.
pub mod words {
    use super::{FdAccess, FdType};
    use serde::Serializer;

    /// The word for what a descriptor is.
    pub fn fd_type(kind: FdType) -> &'static str {
        match kind {
            FdType::File => "file",
            FdType::Device => "device",
            FdType::Pipe => "pipe",
            FdType::Socket => "socket",
            FdType::Other => "other",
        }
    }

    /// The word for how a descriptor is open.
    pub fn fd_access(access: FdAccess) -> &'static str {
        match access {
            FdAccess::Read => "read",
            FdAccess::Write => "write",
            FdAccess::Append => "append",
            FdAccess::ReadWrite => "read-write",
        }
    }

    pub(super) fn kind<S: Serializer>(kind: &FdType, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(fd_type(*kind))
    }

    pub(super) fn access<S: Serializer>(access: &FdAccess, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(fd_access(*access))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use palisade_protocol::limits::SEGMENT_FILE_MAX;

    #[test]
    fn the_journals_file_size_limit_is_the_one_that_it_asks_about_first() {
        let declared = JOURNAL.limits.iter().find(|limit| limit.name == "FSIZE").map(|limit| limit.value);
        assert_eq!(declared, Some(PerMode { system: SEGMENT_FILE_MAX, rootless: SEGMENT_FILE_MAX }));
    }
}
