//! What stays known of a verified worker, and looking at it again: declared is observed, at any time (I2). The first look is
//! [`palisade_sandbox::start()`]'s, before the first request; its witness is [`palisade_sandbox::Verified`].

use palisade_protocol::control::Observed;
use palisade_protocol::worker::Kind;
use palisade_sandbox::{Ids, Mode, observe};

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
        let compare = |view| observe::differences(self.kind, mode, self.ids, &self.attested, view, accepted);
        let differences = kernel.as_ref().map(compare).unwrap_or_default();
        let seen = observe::observed(self.kind, self.pid, self.ids, &self.attested, kernel, &differences);
        Observed { serves: self.serves, verified: true, ..seen }
    }
}
