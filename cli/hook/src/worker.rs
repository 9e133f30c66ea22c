//! A worker of a client's own: started, confined and verified exactly as the supervisor does it, and ended with its owner.

use palisade_protocol::compile::CLIENT_UIDS;
use palisade_protocol::packet::Channel;
use palisade_protocol::worker::Kind;
use palisade_sandbox::{Executable, Ids, Mode, Plan, process, start};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// From fork to a verified worker.
const START_DEADLINE: Duration = Duration::from_secs(2);

/// A verified worker. Dropping it ends and reaps it.
#[derive(Debug)]
pub struct Worker<S, R> {
    /// Where it is asked.
    pub channel: Channel<S, R>,
    /// Protections that the kernel lacks and the caller accepted.
    pub missing: Vec<String>,
    pidfd: OwnedFd,
}

impl<S, R> Worker<S, R> {
    /// Starts and verifies one. `accepted` names protections that the kernel may lack; `uid_base` is where root's worker uids begin.
    ///
    /// Nothing leases uids to clients: of two that root runs at once, two process ids that are equal modulo 24 make the same choice.
    /// Their workers are then kept apart as in a rootless run, by seccomp, Landlock and not being dumpable.
    ///
    /// # Errors
    /// One sentence; nothing of the worker is left.
    pub fn start(
        executable: &Executable,
        grants: &[(u32, OwnedFd)],
        accepted: &[String],
        uid_base: u32,
    ) -> Result<Self, String> {
        let mode = Mode::current();
        let uid = uid_base + CLIENT_UIDS.start + std::process::id() % CLIENT_UIDS.len() as u32;
        let ids = (mode == Mode::System).then_some(Ids { uid, gid: uid });
        let grants: Vec<_> = grants.iter().map(|(number, fd)| (*number, fd.as_fd())).collect();
        let plan = Plan { executable, mode, ids, grants: &grants };
        let started = start(&plan, accepted, START_DEADLINE).map_err(|why| why.to_string())?.into_inner();
        let missing = started.attested.ready.missing.iter().map(|name| name.to_string()).collect();
        Ok(Self { channel: Channel::new(started.process.channel), missing, pidfd: started.process.pidfd })
    }
}

impl<S, R> Drop for Worker<S, R> {
    fn drop(&mut self) {
        // Killed, not asked: it holds nothing that could be lost, and it may be hung.
        process::end(&self.pidfd);
    }
}

/// Where the workers' executables lie.
pub fn workers_dir(kind: Kind) -> Option<PathBuf> {
    installed(kind.executable()).ok()??.parent().map(Path::to_owned)
}

/// A program of ours: beside this one, or where packages put it. None if it is in no such place.
///
/// # Errors
/// This program cannot find itself.
pub fn installed(name: &str) -> io::Result<Option<PathBuf>> {
    let own = std::env::current_exe()?;
    let beside = own.parent().unwrap_or(Path::new("/"));
    let places = [beside.to_owned(), beside.join("../libexec/palisade"), PathBuf::from("/usr/lib/palisade")];
    Ok(places.into_iter().map(|dir| dir.join(name)).find(|path| path.is_file()))
}
