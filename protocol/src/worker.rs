//! Worker kinds, and the two packets that open every channel: what the child holds before exec, and what it says after.

use crate::bounded::{List, Text};
use crate::hello::Hello;
use crate::limits::NAME_MAX;
use crate::packet::CarriesFds;
use serde::{Deserialize, Serialize};

/// The kinds of workers there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub enum Kind {
    /// Text in, verdict and redacted text out.
    Classifier,
    /// Framed events in, sequence numbers out.
    Journal,
    /// Segments and a filter in, rows out.
    Reader,
    /// Configuration text in, compiled policy out.
    Compiler,
    /// Questions about paths in, what the asking user can see of them out.
    Opener,
}

impl Kind {
    /// All of them, in the order they are listed in.
    pub const ALL: [Self; 5] = [Self::Classifier, Self::Journal, Self::Reader, Self::Compiler, Self::Opener];

    /// The word used in output, file names and `--worker`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Classifier => "classifier",
            Self::Journal => "journal",
            Self::Reader => "reader",
            Self::Compiler => "compiler",
            Self::Opener => "opener",
        }
    }

    /// The executable's name.
    pub fn executable(self) -> &'static str {
        match self {
            Self::Classifier => "palisade-classifier",
            Self::Journal => "palisade-journal",
            Self::Reader => "palisade-reader",
            Self::Compiler => "palisade-compiler",
            Self::Opener => "palisade-opener",
        }
    }
}

/// What a descriptor is, as `fstat(2)` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub enum FdType {
    /// A regular file or a memfd.
    File,
    /// A character device (only `/dev/null` is ever given).
    Device,
    /// A pipe or FIFO.
    Pipe,
    /// A socket.
    Socket,
    /// Anything else; never declared.
    Other,
}

/// The access mode of a descriptor, as `fcntl(F_GETFL)` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub enum FdAccess {
    /// `O_RDONLY`.
    Read,
    /// `O_WRONLY`.
    Write,
    /// `O_WRONLY | O_APPEND`.
    Append,
    /// `O_RDWR`.
    ReadWrite,
}

/// One open descriptor of a worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct FdReport {
    /// Its number.
    pub number: u32,
    /// What it is.
    pub kind: FdType,
    /// How it was opened.
    pub access: FdAccess,
}

/// The packets before a worker serves, in this order: `Launched`, then `Ready`; or a failure in place of either.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub enum Opening {
    /// Sent by the child before exec, when steps 1 to 7 are done: every descriptor that the worker will have.
    Launched {
        /// All open descriptors.
        fds: List<FdReport, 64>,
    },
    /// A step before exec failed.
    LaunchFailed {
        /// The step, in words.
        step: Text<NAME_MAX>,
        /// The system's error number.
        errno: i32,
    },
    /// Sent by the worker after lock-down.
    Ready(Ready),
    /// A step of the lock-down failed; the worker ends.
    Refused {
        /// The step, in words.
        step: Text<NAME_MAX>,
        /// The system's error number, 0 if there is none.
        errno: i32,
    },
}

/// What a worker attests when it is confined.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct Ready {
    /// Version and build.
    pub hello: Hello,
    /// Which worker this executable is.
    pub kind: Kind,
    /// SHA-256 of the seccomp program that it installed.
    pub seccomp: [u8; 32],
    /// SHA-256 of the Landlock rights and rules that it asked for.
    pub landlock: [u8; 32],
    /// Protections that the kernel does not have, by name.
    pub missing: List<Text<NAME_MAX>, 32>,
}

impl CarriesFds for Opening {}

/// A direction in which nothing is ever sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Nothing {}

impl CarriesFds for Nothing {}
