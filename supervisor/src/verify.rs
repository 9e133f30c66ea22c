//! The witness that a worker is what it was declared to be.

use palisade_protocol::bounded::{List, Text};
use palisade_protocol::control::Observed;
use palisade_protocol::worker::Kind;
use palisade_sandbox::{Ids, Mode, Started, observe};

/// A worker whose every permission has been compared with its declaration, by the kernel's word where the kernel gives it, before
/// its first request. Only [`Verified::check`] makes one, and only a `Verified` worker can be linked and routed to.
#[derive(Debug)]
pub struct Verified<W>(W);

impl Verified<Started> {
    /// Accepts a started worker if nothing differs from its declaration.
    ///
    /// # Errors
    /// Every difference, one sentence each; the caller ends the worker.
    pub fn check(
        kind: Kind,
        mode: Mode,
        ids: Option<Ids>,
        accepted: &[String],
        started: Started,
    ) -> Result<Self, Vec<String>> {
        let differences = observe::differences(kind, mode, ids, &started.attested, &started.kernel, accepted);
        if differences.is_empty() { Ok(Self(started)) } else { Err(differences) }
    }

    /// The worker.
    pub fn into_inner(self) -> Started {
        self.0
    }
}

fn given_uid(ids: Option<Ids>) -> u32 {
    ids.map_or_else(|| nix::unistd::Uid::effective().as_raw(), |ids| ids.uid)
}

/// What stays known of a worker for `palisade permissions --observed`.
#[derive(Debug, Clone)]
pub struct Record {
    /// Which.
    pub kind: Kind,
    /// Its process id.
    pub pid: u32,
    /// The uid that it serves.
    pub serves: Option<u32>,
    /// The uid and gid that it was given, in a system run.
    pub ids: Option<Ids>,
    /// What it attested.
    pub attested: palisade_sandbox::Attested,
}

impl Record {
    /// Observes the process again, now, and compares anew.
    pub fn observe(&self, mode: Mode, accepted: &[String]) -> Observed {
        let kernel = observe::kernel_view(self.pid).ok();
        let differences = match &kernel {
            Some(view) => observe::differences(self.kind, mode, self.ids, &self.attested, view, accepted),
            None => Vec::new(),
        };
        Observed {
            kind: self.kind,
            pid: self.pid,
            serves: self.serves,
            uid: given_uid(self.ids),
            kernel,
            fds: self.attested.fds.clone(),
            seccomp: self.attested.ready.seccomp,
            landlock: self.attested.ready.landlock,
            missing: self.attested.ready.missing.clone(),
            verified: true,
            differences: List::first(differences.iter().map(|text| Text::cut(text)).collect()),
        }
    }
}
