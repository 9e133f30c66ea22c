//! Supervisor ↔ journal worker.

use crate::bounded::Blob;
use crate::limits::PAYLOAD_MAX;
use crate::packet::CarriesFds;
use serde::{Deserialize, Serialize};

/// What the supervisor asks of the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub enum Request {
    /// Where the chain stands. The first request, once; answered by `Begun`.
    Begin {
        /// The sequence number of the next record.
        seq: u64,
        /// The chain value before it.
        chain: [u8; 32],
        /// `/proc/sys/kernel/random/boot_id`, as 16 bytes.
        boot_id: [u8; 16],
    },
    /// Append one record. Answered by `Recorded` (or `Failed`), and then by `Durable` (or `Failed`) if that was asked for.
    Append(Append),
    /// Make everything so far durable and say so.
    Ping,
    /// Do the numbered forbidden thing and say what happened.
    #[cfg(feature = "hostile")]
    Probe(u16),
}

/// One record to append, stamped by the supervisor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct Append {
    /// [`crate::event::EventKind`] as a number.
    pub kind: u16,
    /// [`FLAG_HIGH`] and its like.
    pub flags: u8,
    /// Wall time, nanoseconds since 1970.
    pub wall_ns: u64,
    /// Time since boot, nanoseconds (`CLOCK_BOOTTIME`).
    pub boot_ns: u64,
    /// The encoded event.
    pub payload: Blob<PAYLOAD_MAX>,
    /// Whether `Durable` is awaited.
    pub durable: bool,
}

/// The record deserves attention: a deny, a breach, a gap.
pub const FLAG_HIGH: u8 = 1;

impl CarriesFds for Request {}

/// What the journal answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub enum Reply {
    /// The chain is set.
    Begun,
    /// Written, so that it survives the death of any process; not yet durable.
    Recorded(Mark),
    /// The record, and every one before it, has been through fdatasync.
    Durable,
    /// Not written, or not made durable.
    Failed(Failure),
    /// The outcome of a probe: 0 or the error number.
    #[cfg(feature = "hostile")]
    Probed(i32),
}

impl CarriesFds for Reply {}

/// Where the journal stands after a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct Mark {
    /// The record's sequence number.
    pub seq: u64,
    /// The chain value after it.
    pub chain: [u8; 32],
    /// Length of the segment's frames after it.
    pub log_length: u64,
    /// Length of the segment's payloads after it.
    pub payload_length: u64,
}

/// Why a record is not in the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub enum Failure {
    /// No space is left, or the segment has reached its size limit.
    Full,
    /// A write failed with this error number; the segment takes nothing more.
    Write(i32),
    /// fdatasync failed with this error number: what it covered may be lost, and the segment takes nothing more.
    Sync(i32),
    /// An earlier failure ended this segment.
    Poisoned,
}
