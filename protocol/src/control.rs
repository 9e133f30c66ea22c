//! Client ↔ supervisor on `control.sock`: status, records and stopping. Only root, the instance's owner and the group
//! `palisade` may connect; what changes something is refused to all but root and the owner until issue-bound proofs exist.

use crate::bounded::{Blob, List, Text};
use crate::guard::Refusal;
use crate::hello::Hello;
use crate::limits::{NAME_MAX, REASON_MAX, ROWS_MAX};
use crate::reader::{Head, Query, Report};
use crate::worker::{FdReport, Kind};
use serde::{Deserialize, Serialize};

/// From a client. The first frame is `Hello`; one request at a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub enum ToControl {
    /// Who speaks.
    Hello(Hello),
    /// How are you?
    Status,
    /// Stop in order.
    Stop,
    /// Events that match.
    Log(Box<Query>),
    /// Check the whole journal.
    Verify,
    /// What every worker holds, observed now.
    Observe,
}

/// To a client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub enum FromControl {
    /// Ours, in answer to theirs.
    Hello(Hello),
    /// How we are.
    Status(Box<Status>),
    /// Stopping; the connection closes when it is done.
    Stopping,
    /// Some rows, encoded by the reader as a list of [`crate::reader::Row`]; more may follow, then `Done`.
    Rows(Blob<ROWS_MAX>),
    /// All rows were sent.
    Done,
    /// The outcome of a check.
    Report(Box<Report>),
    /// What every worker holds.
    Observed(List<Observed, 64>),
    /// The request was not taken.
    Refused(Refusal),
}

/// How the instance is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct Status {
    /// Version of the supervisor.
    pub version: Text<NAME_MAX>,
    /// Its process id.
    pub pid: u32,
    /// Started by root: workers run as uids of their own.
    pub system: bool,
    /// Milliseconds since it was ready.
    pub uptime_ms: u64,
    /// Protections that the kernel lacks and the operator accepted.
    pub degraded: List<Text<NAME_MAX>, 32>,
    /// Whether settings are locked by a vault.
    pub locked: bool,
    /// Whether every call is denied while something fails (`fail_mode = "closed"`).
    pub fail_closed: bool,
    /// The newest record.
    pub head: Option<Head>,
    /// What the journal does now, in words: `recording`, `full: denying`, `failed: denying`.
    pub journal: Text<NAME_MAX>,
    /// Whether the kernel holds the current segment to appending.
    pub append_only: bool,
    /// Live workers.
    pub workers: List<WorkerStatus, 64>,
    /// Open client connections.
    pub connections: u32,
    /// Calls decided since start.
    pub decided: u64,
}

/// One live worker, or a pool entry that may not start one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct WorkerStatus {
    /// Which.
    pub kind: Kind,
    /// Process id, 0 when none runs.
    pub pid: u32,
    /// The uid whose requests it serves, for pooled kinds.
    pub serves: Option<u32>,
    /// `serving`; where none runs, what its breaker says: `clear` (one may be started), `backing off`, `open`, `failed`,
    /// `quarantined`.
    pub state: Text<NAME_MAX>,
    /// Starts after the first.
    pub restarts: u32,
}

/// What a worker holds: the kernel's word, what it attested, and what differs from its declaration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct Observed {
    /// Which.
    pub kind: Kind,
    /// Process id.
    pub pid: u32,
    /// The uid whose requests it serves, for pooled kinds.
    pub serves: Option<u32>,
    /// The uid that it was given.
    pub uid: u32,
    /// The gid that it was given.
    pub gid: u32,
    /// From `/proc/PID/status` and `/proc/PID/limits`, read now; none if the process is gone.
    pub kernel: Option<KernelView>,
    /// Attested: its descriptors before exec.
    pub fds: List<FdReport, 64>,
    /// Attested: digest of its seccomp program.
    pub seccomp: [u8; 32],
    /// Attested: digest of its Landlock rights and rules.
    pub landlock: [u8; 32],
    /// Attested: protections that the kernel lacks.
    pub missing: List<Text<NAME_MAX>, 32>,
    /// Whether it passed verification and serves; a refused worker was ended and stays listed until its kind is verified again.
    pub verified: bool,
    /// Every difference from the declaration, one sentence each.
    pub differences: List<Text<REASON_MAX>, 32>,
}

/// The kernel's word about a process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct KernelView {
    /// Real, effective, saved, filesystem uid.
    pub uids: [u32; 4],
    /// Real, effective, saved, filesystem gid.
    pub gids: [u32; 4],
    /// Supplementary groups.
    pub groups: List<u32, 64>,
    /// Inheritable, permitted, effective, bounding, ambient capability sets.
    pub caps: [u64; 5],
    /// `no_new_privs`.
    pub no_new_privs: bool,
    /// 0 off, 1 strict, 2 filter.
    pub seccomp_mode: u8,
    /// Installed filters.
    pub seccomp_filters: u32,
    /// Threads.
    pub threads: u32,
    /// Soft and hard resource limits by the name of `/proc/PID/limits`; `u64::MAX` is unlimited.
    pub limits: List<Limit, 24>,
}

/// One resource limit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct Limit {
    /// The name in `/proc/PID/limits`.
    pub name: Text<NAME_MAX>,
    /// The soft limit.
    pub soft: u64,
    /// The hard limit.
    pub hard: u64,
}
