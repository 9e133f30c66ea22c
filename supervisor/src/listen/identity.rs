//! Who is on the other end: the kernel's word, and nothing that the peer says (I8).

use crate::route::classify::Asker;
use nix::sys::socket::{getsockopt, sockopt};
use palisade_protocol::call::Path;
use palisade_protocol::compile::Subordinates;
use palisade_protocol::event::Peer;
use palisade_sandbox::Ids;
use palisade_sandbox::peer::{Stat, is_running, loginuid};
use std::cell::OnceCell;
use std::fs;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStringExt;
use tokio::net::UnixStream;

/// How far up the process tree a terminal is looked for: agent, its shell, a multiplexer's shell.
const ANCESTORS: usize = 8;

/// A connected peer. Its pidfd keeps the identity from passing to another process of the same number.
#[derive(Debug)]
pub struct Identity {
    /// Effective uid at connect.
    pub uid: u32,
    /// The user for whom it counts: its own uid, or the owner of that if it is a subordinate one (I9).
    pub owner: u32,
    gid: u32,
    pid: u32,
    pidfd: Option<OwnedFd>,
    lasting: OnceCell<(Option<Stat>, Option<u32>)>,
}

impl Identity {
    /// `SO_PEERCRED`, and `SO_PEERPIDFD` where the kernel has it (Linux 6.5). None if the peer's credentials are not to be had.
    /// `subordinates` says for whom its uid counts.
    pub fn of(stream: &UnixStream, subordinates: &[Subordinates]) -> Option<Self> {
        let credentials = stream.peer_cred().ok()?;
        let pid = u32::try_from(credentials.pid()?).ok()?;
        let pidfd = getsockopt(stream, sockopt::PeerPidfd).ok();
        let uid = credentials.uid();
        let (owner, gid) = (Subordinates::owner_of(subordinates, uid), credentials.gid());
        Some(Self { uid, owner, gid, pid, pidfd, lasting: OnceCell::new() })
    }

    /// Whose classifier judges its calls, and whose eyes look for facts.
    pub fn asker(&self) -> Asker {
        let own = Ids { uid: self.uid, gid: self.gid };
        Asker { owner: self.owner, eyes: (self.owner == self.uid).then_some(own) }
    }

    /// Stamps an event: what `/proc` says of the process, as far as the supervisor may see it, and only if it is still the one that
    /// connected.
    pub fn stamp(&self) -> Peer {
        let link = |name| fs::read_link(format!("/proc/{}/{name}", self.pid)).ok();
        let path = |name| Path::new(link(name)?.into_os_string().into_vec()).ok();
        // Start, terminal and login are looked up once a connection, program and directory for every call.
        let (stat, loginuid) = *self.lasting.get_or_init(|| (Stat::read(self.pid), loginuid(self.pid)));
        let bare = Peer { pid: self.pid, ..Peer::absent(self.uid, self.gid) };
        let (started, tty) = (stat.map(|stat| stat.started), stat.map(|stat| stat.tty));
        let seen = Peer { started, exe: path("exe"), cwd: path("cwd"), tty, loginuid, ..bare.clone() };
        // Its number may have passed on while we read.
        if self.pidfd.as_ref().is_some_and(|pidfd| !is_running(pidfd)) { bare } else { seen }
    }

    /// Whether the process or an ancestor of it has a controlling terminal: somebody may be there to ask.
    pub fn has_terminal(&self) -> bool {
        let mut pid = self.pid;
        for _ in 0..ANCESTORS {
            match Stat::read(pid) {
                Some(stat) if stat.tty != 0 => return true,
                Some(stat) if stat.parent > 1 => pid = stat.parent,
                _ => return false,
            }
        }
        false
    }
}
