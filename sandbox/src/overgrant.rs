//! One grant more than declared, so that tests can see verification refuse it. Does nothing unless built with the feature
//! `overgrant`, which no shipped binary is.

use caps::Capability;
use nix::errno::Errno;
use std::ffi::CString;

/// What is granted beyond the declaration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overgrant {
    /// Nothing.
    None,
    /// A capability, by the child.
    #[cfg(feature = "overgrant")]
    Capability,
    /// A descriptor, by the child.
    #[cfg(feature = "overgrant")]
    Descriptor,
    /// A system call, by the worker.
    #[cfg(feature = "overgrant")]
    Syscall,
    /// A Landlock rule, by the worker.
    #[cfg(feature = "overgrant")]
    Landlock,
}

#[cfg(not(feature = "overgrant"))]
mod chosen {
    use super::{CString, Capability, Errno, Overgrant};

    pub fn chosen() -> Overgrant {
        Overgrant::None
    }
    pub fn in_worker() -> Overgrant {
        Overgrant::None
    }
    pub fn argument(_: Overgrant) -> Option<CString> {
        None
    }
    pub fn add_descriptor(_: Overgrant, _: &mut Vec<(i32, i32)>, _: i32) {}
    pub fn first_to_close(_: Overgrant) -> u32 {
        6
    }
    pub fn capability(_: Overgrant) -> Option<Capability> {
        None
    }
    pub fn keep(_: Capability) -> Result<(), Errno> {
        Ok(())
    }
    pub fn syscalls(_: Overgrant) -> &'static [i64] {
        &[]
    }
    pub fn landlock_rule(_: Overgrant) -> Option<&'static str> {
        None
    }
}

#[cfg(feature = "overgrant")]
mod chosen {
    use super::{CString, Capability, Errno, Overgrant};
    use caps::{CapSet, CapsHashSet};

    /// The one capability that is granted: one that the supervisor of a system run has to give.
    const CAPABILITY: Capability = Capability::CAP_LINUX_IMMUTABLE;

    /// The number of the one descriptor that is granted.
    const NUMBER: i32 = 7;

    fn parse(word: &str) -> Overgrant {
        match word {
            "cap" => Overgrant::Capability,
            "fd" => Overgrant::Descriptor,
            "syscall" => Overgrant::Syscall,
            "landlock" => Overgrant::Landlock,
            _ => Overgrant::None,
        }
    }
    pub fn chosen() -> Overgrant {
        // A word, or the path of a file that holds one from some moment on: workers started before it are as declared.
        let word = std::env::var("PALISADE_OVERGRANT").unwrap_or_default();
        match std::fs::read_to_string(&word) {
            Ok(later) => parse(later.trim()),
            Err(_) => parse(&word),
        }
    }
    pub fn in_worker() -> Overgrant {
        parse(&std::env::args().nth(1).unwrap_or_default())
    }
    pub fn argument(overgrant: Overgrant) -> Option<CString> {
        let word = match overgrant {
            Overgrant::None => return None,
            Overgrant::Capability => c"cap",
            Overgrant::Descriptor => c"fd",
            Overgrant::Syscall => c"syscall",
            Overgrant::Landlock => c"landlock",
        };
        Some(word.into())
    }
    pub fn add_descriptor(overgrant: Overgrant, fds: &mut Vec<(i32, i32)>, source: i32) {
        if overgrant == Overgrant::Descriptor {
            fds.push((NUMBER, source));
        }
    }
    pub fn first_to_close(overgrant: Overgrant) -> u32 {
        if overgrant == Overgrant::Descriptor { NUMBER.unsigned_abs() + 1 } else { 6 }
    }
    pub fn capability(overgrant: Overgrant) -> Option<Capability> {
        (overgrant == Overgrant::Capability).then_some(CAPABILITY)
    }
    pub fn keep(kept: Capability) -> Result<(), Errno> {
        let only: CapsHashSet = [kept].into();
        for set in [CapSet::Effective, CapSet::Permitted, CapSet::Inheritable, CapSet::Ambient] {
            caps::set(None, set, &only).map_err(|_| Errno::last())?;
        }
        Ok(())
    }
    pub fn syscalls(overgrant: Overgrant) -> &'static [i64] {
        if overgrant == Overgrant::Syscall { &[libc::SYS_getuid] } else { &[] }
    }
    pub fn landlock_rule(overgrant: Overgrant) -> Option<&'static str> {
        (overgrant == Overgrant::Landlock).then_some("/proc")
    }
}

pub use chosen::*;
