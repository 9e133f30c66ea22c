//! The supervisor's own privileges.

use crate::{Ids, sys};
use caps::{CapSet, CapsHashSet};
use nix::errno::Errno;
use std::fmt;

/// Why the supervisor could not give up its privileges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrivilegeError {
    /// What was being done.
    pub step: &'static str,
    /// The error; none where something was not as it must be.
    pub errno: Option<Errno>,
}

impl fmt::Display for PrivilegeError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.errno {
            Some(errno) => write!(out, "the supervisor cannot restrict itself: {}: {errno}", self.step),
            None => write!(out, "the supervisor cannot restrict itself: {}", self.step),
        }
    }
}

impl std::error::Error for PrivilegeError {}

fn failed(step: &'static str) -> impl Fn(Errno) -> PrivilegeError {
    move |errno| PrivilegeError { step, errno: Some(errno) }
}

fn caps_failed(step: &'static str) -> impl Fn(caps::errors::CapsError) -> PrivilegeError {
    move |_| PrivilegeError { step, errno: Some(Errno::last()) }
}

/// `SECBIT_NOROOT` and `SECBIT_NO_SETUID_FIXUP`, locked (`capabilities(7)`).
const SECUREBITS: u64 = 0b1111;

/// From root to `ids` with exactly the declared capabilities, irrevocably. Must be called while the process has one thread:
/// capabilities and these calls are a thread's own.
pub fn become_supervisor(ids: Ids) -> Result<(), PrivilegeError> {
    one_thread()?;
    let kept: CapsHashSet = supervisor_capabilities().iter().filter_map(|name| name.parse().ok()).collect();
    if ids.uid == 0 || ids.gid == 0 {
        return Err(PrivilegeError { step: "it must not stay root", errno: None });
    }
    caps::clear(None, CapSet::Ambient).map_err(caps_failed("clearing ambient capabilities"))?;
    for capability in supported_capabilities().difference(&kept) {
        caps::drop(None, CapSet::Bounding, *capability).map_err(caps_failed("narrowing the bounding set"))?;
    }
    // With these the change of uid below leaves capabilities alone, and uid 0 means nothing to exec.
    sys::prctl(libc::PR_SET_SECUREBITS, SECUREBITS).map_err(failed("locking securebits"))?;
    sys::become_user(ids.uid, ids.gid).map_err(failed("becoming its own user"))?;
    caps::clear(None, CapSet::Inheritable).map_err(caps_failed("clearing inheritable capabilities"))?;
    for set in [CapSet::Effective, CapSet::Permitted] {
        caps::set(None, set, &kept).map_err(caps_failed("keeping its own capabilities only"))?;
    }
    harden_self()?;
    verify(ids, &kept)
}

/// What every supervisor does, and a rootless one no more: no_new_privs, not dumpable, no core, as many descriptors as its hard
/// limit lets.
pub fn harden_self() -> Result<(), PrivilegeError> {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};
    sys::prctl(libc::PR_SET_NO_NEW_PRIVS, 1).map_err(failed("setting no_new_privs"))?;
    sys::prctl(libc::PR_SET_DUMPABLE, 0).map_err(failed("closing itself to inspection"))?;
    for limit in crate::supervisor_declaration().limits {
        sys::limit(limit.resource, limit.value.system).map_err(failed("setting its limits"))?;
    }
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE).map_err(failed("reading its descriptor limit"))?;
    setrlimit(Resource::RLIMIT_NOFILE, hard, hard).map_err(failed("raising its descriptor limit"))
}

/// The supervisor's capabilities in a system run, as declared.
pub fn supervisor_capabilities() -> &'static [&'static str] {
    crate::supervisor_declaration().capabilities.system
}

/// Every capability that this kernel has: what a bounding set must be emptied of. Allocates.
pub(crate) fn supported_capabilities() -> CapsHashSet {
    caps::runtime::procfs_all_supported(None).unwrap_or_else(|_| caps::runtime::thread_all_supported())
}

fn one_thread() -> Result<(), PrivilegeError> {
    let wrong = PrivilegeError { step: "it already has more than one thread", errno: None };
    match std::fs::read_dir("/proc/self/task").map(Iterator::count) {
        Ok(1) => Ok(()),
        Ok(_) => Err(wrong),
        Err(why) => Err(failed("counting its threads")(Errno::from_raw(why.raw_os_error().unwrap_or(libc::EIO)))),
    }
}

/// The calls have said that they succeeded; the kernel is asked again.
fn verify(ids: Ids, kept: &CapsHashSet) -> Result<(), PrivilegeError> {
    let wrong = |step| Err(PrivilegeError { step, errno: None });
    let (uids, gids, groups) = sys::identity().map_err(failed("asking who it is"))?;
    if uids != [ids.uid; 3] || gids != [ids.gid; 3] || groups != 0 {
        return wrong("it is not who it meant to become");
    }
    for set in [CapSet::Effective, CapSet::Permitted, CapSet::Bounding] {
        if caps::read(None, set).map_err(caps_failed("reading its capabilities"))? != *kept {
            return wrong("its capabilities are not the declared ones");
        }
    }
    for set in [CapSet::Inheritable, CapSet::Ambient] {
        if !caps::read(None, set).map_err(caps_failed("reading its capabilities"))?.is_empty() {
            return wrong("it could pass capabilities on");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use caps::Capability;

    #[test]
    fn every_declared_capability_is_one_that_the_kernel_knows() {
        let known = supervisor_capabilities().iter().filter(|name| name.parse::<Capability>().is_ok()).count();
        assert_eq!((known, supervisor_capabilities().len()), (5, 5));
    }
}
