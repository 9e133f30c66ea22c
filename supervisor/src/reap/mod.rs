//! Burying workers: how one ended, and whether its kind may be started again.

mod breaker;

pub use breaker::{Breaker, Standing};

use palisade_sandbox::process::Exit;
use palisade_sandbox::{EXIT_OOM, EXIT_PANIC, EXIT_PROTOCOL};
use std::fmt;

/// Why the supervisor itself ended a worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condemned {
    /// It did not answer in time.
    Hung,
    /// It sent what its permit table does not allow.
    Breach(String),
    /// It is no longer needed.
    Dismissed,
}

/// How a worker ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Class {
    /// It was asked to.
    Stopped,
    /// A defect that Rust noticed.
    Panic,
    /// Its memory limit.
    Oom,
    /// No answer in time.
    Hung,
    /// A defect that the processor noticed.
    MemoryBug,
    /// It did what it must not: a system call outside its list, or a message outside its permit table.
    Breach,
    /// Somebody else killed it, or it gave up on its channel.
    Killed,
}

impl Class {
    /// The exit class of `status`, given what we had done to it before.
    pub fn of(status: Exit, condemned: Option<&Condemned>) -> Self {
        match (condemned, status) {
            // A breach stays a breach, however the process ended after it.
            (Some(Condemned::Breach(_)), _) => Self::Breach,
            (_, Exit::Signal(nix::libc::SIGSYS)) => Self::Breach,
            (Some(Condemned::Hung), _) => Self::Hung,
            (Some(Condemned::Dismissed), _) | (None, Exit::Code(0)) => Self::Stopped,
            (None, Exit::Code(EXIT_PANIC)) => Self::Panic,
            (None, Exit::Code(EXIT_OOM)) => Self::Oom,
            (None, Exit::Code(EXIT_PROTOCOL)) => Self::Killed,
            (None, Exit::Signal(nix::libc::SIGSEGV | nix::libc::SIGBUS | nix::libc::SIGABRT | nix::libc::SIGILL)) => {
                Self::MemoryBug
            }
            (None, _) => Self::Killed,
        }
    }

    /// Whether it counts against the worker's kind.
    pub fn abnormal(&self) -> bool {
        *self != Self::Stopped
    }

    /// The word in events.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Stopped => "stopped",
            Self::Panic => "panic",
            Self::Oom => "oom",
            Self::Hung => "hung",
            Self::MemoryBug => "memory bug",
            Self::Breach => "breach",
            Self::Killed => "killed",
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nix::libc::{SIGABRT, SIGKILL, SIGSEGV, SIGSYS};

    #[test]
    fn every_end_has_its_class() {
        let rows = [
            (Exit::Code(0), None, Class::Stopped),
            (Exit::Code(101), None, Class::Panic),
            (Exit::Code(102), None, Class::Oom),
            (Exit::Code(76), None, Class::Killed),
            (Exit::Signal(SIGSYS), None, Class::Breach),
            (Exit::Signal(SIGSEGV), None, Class::MemoryBug),
            (Exit::Signal(SIGABRT), None, Class::MemoryBug),
            (Exit::Signal(SIGKILL), None, Class::Killed),
            (Exit::Signal(SIGKILL), Some(Condemned::Hung), Class::Hung),
            (Exit::Signal(SIGKILL), Some(Condemned::Dismissed), Class::Stopped),
            (Exit::Code(0), Some(Condemned::Breach(String::new())), Class::Breach),
            (Exit::Signal(SIGSYS), Some(Condemned::Dismissed), Class::Breach),
        ];
        for (status, condemned, class) in rows {
            assert_eq!(Class::of(status, condemned.as_ref()), class, "{status:?} {condemned:?}");
        }
    }
}
