//! A worker of a client's own: started, confined and verified exactly as the supervisor does it, and ended with its owner.

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::unistd::{getegid, geteuid};
use palisade_protocol::compile::CLIENT_UIDS;
use palisade_protocol::packet::{Buffer, CarriesFds, Channel, Packet, PacketError, Wait};
use palisade_protocol::worker::Kind;
use palisade_sandbox::{Executable, Ids, Mode, Plan, declaration, process, start};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// From fork to a verified worker.
const START_DEADLINE: Duration = Duration::from_secs(2);

/// Why a worker is of no more use.
#[derive(Debug)]
pub enum Lost {
    /// It died.
    Died,
    /// It did not answer in time.
    Late,
    /// It sent what it must not.
    Protocol(String),
}

impl fmt::Display for Lost {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Died => write!(out, "it died"),
            Self::Late => write!(out, "it did not answer in time"),
            Self::Protocol(why) => write!(out, "it broke the protocol: {why}"),
        }
    }
}

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
    /// Starts and verifies one. A worker that runs as whoever asks runs as us. `accepted` names protections that the kernel may lack; `uid_base` is where root's worker uids begin.
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
        let ids = (mode == Mode::System).then(|| match declaration(executable.kind()).as_asking_user {
            true => Ids { uid: geteuid().as_raw(), gid: getegid().as_raw() },
            false => {
                let uid = uid_base + CLIENT_UIDS.start + std::process::id() % CLIENT_UIDS.len() as u32;
                Ids { uid, gid: uid }
            }
        });
        let grants: Vec<_> = grants.iter().map(|(number, fd)| (*number, fd.as_fd())).collect();
        let plan = Plan { executable, mode, ids, grants: &grants };
        let started = start(&plan, accepted, START_DEADLINE).map_err(|why| why.to_string())?.into_inner();
        let missing = started.attested.ready.missing.iter().map(|name| name.to_string()).collect();
        Ok(Self { channel: Channel::new(started.process.channel), missing, pidfd: started.process.pidfd })
    }
}

impl<S: Serialize + CarriesFds, R: DeserializeOwned + CarriesFds> Worker<S, R> {
    /// Sends a request.
    ///
    /// # Errors
    /// The worker is of no more use.
    pub fn send(&self, packet: &Packet<S>, deadline: Instant) -> Result<(), Lost> {
        loop {
            match self.channel.send(packet, Wait::No) {
                Err(PacketError::WouldBlock) => self.wait(PollFlags::POLLOUT, deadline)?,
                result => return result.map_err(lost),
            }
        }
    }

    /// The next reply to the request of this id.
    ///
    /// # Errors
    /// The worker is of no more use.
    pub fn receive(&self, id: u64, buffer: &mut Buffer, deadline: Instant) -> Result<R, Lost> {
        loop {
            match self.channel.receive(buffer, Wait::No) {
                Err(PacketError::WouldBlock) => self.wait(PollFlags::POLLIN, deadline)?,
                Err(why) => return Err(lost(why)),
                Ok(packet) if packet.id == id => return Ok(packet.body),
                Ok(_) => return Err(Lost::Protocol("it answered what was not asked".to_owned())),
            }
        }
    }

    fn wait(&self, what: PollFlags, deadline: Instant) -> Result<(), Lost> {
        let left = deadline.saturating_duration_since(Instant::now());
        let left = PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX);
        match poll(&mut [PollFd::new(self.channel.as_fd(), what)], left) {
            Ok(0) => Err(Lost::Late),
            Ok(_) | Err(Errno::EINTR) => Ok(()),
            Err(errno) => Err(Lost::Protocol(format!("its channel cannot be polled: {errno}"))),
        }
    }
}

fn lost(why: PacketError) -> Lost {
    match why {
        PacketError::Closed => Lost::Died,
        why => Lost::Protocol(why.to_string()),
    }
}

impl<S, R> Drop for Worker<S, R> {
    fn drop(&mut self) {
        // Killed, not asked: it holds nothing that could be lost, and it may be hung.
        process::end(&self.pidfd);
    }
}

/// A worker's executable, from where the workers' executables lie.
///
/// # Errors
/// One sentence.
pub fn executable(kind: Kind) -> Result<Executable, String> {
    let dir = workers_dir(kind).ok_or_else(|| format!("{} is in none of its places", kind.executable()))?;
    Executable::load(kind, &dir).map_err(|why| why.to_string())
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
