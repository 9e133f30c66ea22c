//! Supervisor (or an auditor's client) ↔ reader: one job a process. Segments are handed over one at a time, oldest first.
//!
//! Order: `Job` → `Next`, then for each segment `Segment` with its two descriptors → any number of `Rows`, `Next`;
//! then `End` → `Tail`, `Report` or `Done`.

use crate::bounded::{Blob, Text};
use crate::event::{Event, EventKind, Previous};
use crate::journal::Mark;
use crate::limits::{ID_MAX, NAME_MAX, REASON_MAX, ROWS_MAX};
use crate::packet::CarriesFds;
use crate::verdict::Class;
use serde::{Deserialize, Serialize};

/// What is asked of a reader.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub enum Request {
    /// The one job.
    Job {
        /// What to do.
        job: Box<Job>,
        /// The bytes of the journal's genesis note.
        genesis: Blob<4096>,
    },
    /// The next segment; its frames and its payloads are the two descriptors, read-only.
    Segment {
        /// Its file name without the ending.
        name: Text<NAME_MAX>,
    },
    /// There are no more segments.
    End,
    /// Do the numbered forbidden thing and say what happened.
    #[cfg(feature = "hostile")]
    Probe(u16),
}

impl CarriesFds for Request {
    fn fds(&self) -> usize {
        match self {
            Self::Segment { .. } => 2,
            _ => 0,
        }
    }
}

/// The jobs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub enum Job {
    /// Find the end of the chain, so that a new segment can follow. Reads only from `from` on when that lies in the
    /// first segment given; with no segment at all the answer is the genesis.
    Scan {
        /// The last acknowledged record of the first segment given, if known.
        from: Option<Mark>,
    },
    /// Check everything; the journal must reach `head` if one is given.
    Verify {
        /// The newest record as the supervisor reports it live, or wrote it down at its clean stop.
        head: Option<Head>,
    },
    /// Return matching events.
    Find {
        /// What matches.
        query: Query,
        /// Only events of this uid; none for all.
        only_uid: Option<u32>,
    },
}

/// A record that the journal must reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct Head {
    /// Its sequence number.
    pub seq: u64,
    /// The chain value after it.
    pub chain: [u8; 32],
}

/// A filter; a field that is none matches everything.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct Query {
    /// Not before, nanoseconds of wall time.
    pub since_ns: Option<u64>,
    /// Before, nanoseconds of wall time.
    pub until_ns: Option<u64>,
    /// Records after this sequence number only.
    pub after_seq: Option<u64>,
    /// Of this uid.
    pub uid: Option<u32>,
    /// Of this agent.
    pub agent: Option<Text<NAME_MAX>>,
    /// Of this session.
    pub session: Option<Text<ID_MAX>>,
    /// Of this class or a worse one.
    pub class: Option<Class>,
    /// Of this kind.
    pub kind: Option<EventKind>,
    /// The newest so many; 0 for all.
    pub limit: u32,
}

/// What a reader answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub enum Reply {
    /// Ready for the next segment.
    Next,
    /// An encoded `Vec<Row>`, passed on unread.
    Rows(Blob<ROWS_MAX>),
    /// The end of a `Find`.
    Done,
    /// The end of a `Scan`.
    Tail(Box<Tail>),
    /// The end of a `Verify`.
    Report(Box<Report>),
    /// The outcome of a probe: 0 or the error number.
    #[cfg(feature = "hostile")]
    Probed(i32),
}

impl CarriesFds for Reply {}

/// One event as shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct Row {
    /// Sequence number.
    pub seq: u64,
    /// Wall time, nanoseconds since 1970.
    pub wall_ns: u64,
    /// Time since boot, nanoseconds.
    pub boot_ns: u64,
    /// Which boot.
    pub boot_id: [u8; 16],
    /// The event; none where its payload is missing or does not match its commitment.
    pub event: Option<Event>,
}

/// Where the chain ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct Tail {
    /// The next record's sequence number.
    pub next_seq: u64,
    /// The chain value before it.
    pub chain: [u8; 32],
    /// Wall time of the last record, if there is one.
    pub last_wall_ns: Option<u64>,
    /// The last segment given: whole frames, payloads, and what follows them.
    pub last: Option<Previous>,
}

/// The outcome of a check; the number is the exit code of `palisade verify`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[repr(u8)]
pub enum Outcome {
    /// Complete and chained from the pinned genesis; nothing is sealed, so what a chain cannot see stays unseen.
    ChainOnly = 20,
    /// Valid in itself, but not what was recorded elsewhere.
    Diverged = 30,
    /// A record was changed, removed, added or moved.
    Tampered = 40,
    /// Records at the end are missing or cut.
    Truncated = 41,
    /// There is no journal to check, or it cannot be read.
    Unreadable = 50,
}

impl Outcome {
    /// The word used in output.
    pub fn word(self) -> &'static str {
        match self {
            Self::ChainOnly => "CHAIN-ONLY",
            Self::Diverged => "DIVERGED",
            Self::Tampered => "TAMPERED",
            Self::Truncated => "TRUNCATED",
            Self::Unreadable => "UNREADABLE",
        }
    }

    /// The exit code.
    pub fn code(self) -> u8 {
        self as u8
    }
}

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct Report {
    /// The outcome.
    pub outcome: Outcome,
    /// Where it went wrong, if it did: the sequence number.
    pub at_seq: Option<u64>,
    /// What was found there, one sentence.
    pub finding: Text<REASON_MAX>,
    /// Records that were checked and hold.
    pub records: u64,
    /// Segments that were read.
    pub segments: u32,
    /// Bytes that were read.
    pub bytes: u64,
    /// Cut writes of earlier crashes that a later record accounts for.
    pub torn_accounted: u32,
    /// Payloads that are missing.
    pub payloads_missing: u64,
    /// The newest record that holds.
    pub head: Option<Head>,
    /// Whether a live or clean-stop head was there to compare with.
    pub head_compared: bool,
}
