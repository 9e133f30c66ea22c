//! Palisade's permission matrix, the confinement of workers, and the check that the kernel agrees.
//!
//! What each process may do is data: `permissions/<worker>.toml`, compiled in as [`Declaration`]s. [`launch`](launch())
//! and [`enter`] apply it, [`start`](start()) compares it with what the child attests and the kernel reports (I2).
//! Unsafe code stands in `sys` (and, for the allocator trait, in `oom`) and nowhere else.

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod child;
pub mod executable;
#[cfg(feature = "hostile")]
pub mod hostile;
pub mod inode;
mod landlock;
pub mod launch;
pub mod matrix;
pub mod observe;
pub mod oom;
mod opening;
mod overgrant;
pub mod peer;
pub mod privilege;
pub mod process;
pub mod sealed;
mod seccomp;
pub mod start;
mod sys;
pub mod worker;

pub use executable::{Executable, ExecutableError};
pub use launch::{LaunchError, Launched, Plan, launch};
pub use matrix::{Declaration, Mode, declaration, supervisor_declaration};
pub use observe::{Attested, KernelView, differences, expected_landlock, expected_seccomp, kernel_view};
pub use oom::ExitOnOom;
pub use start::{StartError, Started, Verified, start};
/// Makes the kernel refuse descriptors sent to a socket, with `EPERM` at the sender (Linux 6.16; `ENOPROTOOPT` before).
pub use sys::refuse_passed_descriptors;
pub use worker::{Confined, EXIT_OOM, EXIT_PANIC, EXIT_PROTOCOL, EXIT_REFUSED, end, enter, read_all, serve};

/// The user and group that a worker runs as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ids {
    /// User id.
    pub uid: u32,
    /// Group id.
    pub gid: u32,
}
