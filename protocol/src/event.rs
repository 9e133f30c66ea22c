//! What the journal records. Stored as CBOR (RFC 8949) with text keys, so that a record outlives this program.
//!
//! Fields are only ever added, with a new [`SCHEMA`]. A call's text, its reason and its effects' targets have been redacted by a worker
//! (I6); what a client asserts about itself is stored as asserted, and a peer's paths as the kernel reports them.

use crate::bounded::{Blob, List, Text};
use crate::call::{Call, Path, Prompts};
use crate::limits::{EVENT_TEXT_MAX, ID_MAX, NAME_MAX, PAYLOAD_MAX, REASON_MAX};
use crate::verdict::{Class, Decision, Effect, Verdict};
use crate::worker::Kind as WorkerKind;
use serde::{Deserialize, Serialize};

/// The version of the payload's layout.
pub const SCHEMA: u16 = 2;

/// One event as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct Event {
    /// [`SCHEMA`].
    pub v: u16,
    /// Who caused it, as the kernel says; none for what Palisade itself did.
    pub peer: Option<Peer>,
    /// What happened.
    pub what: What,
}

/// The kernel's word about the process that asked (I8).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct Peer {
    /// Effective uid at connect, `SO_PEERCRED`.
    pub uid: u32,
    /// Effective gid at connect.
    pub gid: u32,
    /// Process id at connect.
    pub pid: u32,
    /// When that process started, in clock ticks since boot (`proc_pid_stat(5)`), so that a reused pid is told apart.
    pub started: Option<u64>,
    /// Its executable, where the supervisor may see it.
    pub exe: Option<Path>,
    /// Its working directory, where the supervisor may see it.
    pub cwd: Option<Path>,
    /// The device number of its controlling terminal, 0 for none.
    pub tty: Option<u32>,
    /// The uid that logged in (`audit_loginuid`), if one did.
    pub loginuid: Option<u32>,
}

impl Peer {
    /// Who left something behind and is not there: its pid is 0.
    pub fn absent(uid: u32, gid: u32) -> Self {
        Self { uid, gid, pid: 0, started: None, exe: None, cwd: None, tty: None, loginuid: None }
    }
}

/// The kinds of events; the number is in the frame's header and never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[repr(u16)]
pub enum EventKind {
    /// A segment begins.
    Segment = 1,
    /// The supervisor started.
    Started = 2,
    /// The supervisor stops in order.
    Stopped = 3,
    /// Something was not recorded, or nobody watched.
    Gap = 4,
    /// A call was decided.
    Decision = 5,
    /// A worker was started and verified.
    WorkerStarted = 6,
    /// A worker ended.
    WorkerExited = 7,
    /// A worker did what it must not.
    Breach = 8,
    /// A client sent what is not a message.
    Malformed = 9,
    /// A person asked something of the control socket that changes something.
    Control = 10,
}

impl EventKind {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Segment,
        Self::Started,
        Self::Stopped,
        Self::Gap,
        Self::Decision,
        Self::WorkerStarted,
        Self::WorkerExited,
        Self::Breach,
        Self::Malformed,
        Self::Control,
    ];

    /// The number in the frame's header.
    pub fn number(self) -> u16 {
        self as u16
    }

    /// The word used in output and `--kind`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Segment => "segment",
            Self::Started => "started",
            Self::Stopped => "stopped",
            Self::Gap => "gap",
            Self::Decision => "decision",
            Self::WorkerStarted => "worker.started",
            Self::WorkerExited => "worker.exited",
            Self::Breach => "breach",
            Self::Malformed => "malformed",
            Self::Control => "control",
        }
    }
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub enum What {
    /// The first record of every segment: what came before it.
    Segment {
        /// The segment before this one; none for the first of a journal.
        previous: Option<Previous>,
        /// Why a new segment was begun.
        because: Text<NAME_MAX>,
        /// Whether the kernel holds the inode to appending (`FS_APPEND_FL`).
        append_only: bool,
    },
    /// The supervisor started.
    Started {
        /// Its version.
        version: Text<NAME_MAX>,
        /// Whether it was started by root.
        system: bool,
        /// Protections that the kernel lacks and the operator accepted.
        degraded: List<Text<NAME_MAX>, 32>,
        /// Whether the last stop was in order.
        after_clean_stop: bool,
    },
    /// The supervisor stops in order.
    Stopped {
        /// Who or what asked.
        because: Text<NAME_MAX>,
    },
    /// Something was not recorded, or nobody watched.
    Gap {
        /// From when, nanoseconds of wall time; unknown if none.
        since_ns: Option<u64>,
        /// What is missing, one sentence.
        missing: Text<REASON_MAX>,
        /// How many, where that is known.
        count: Option<u64>,
    },
    /// A call was decided.
    Decision(Box<DecisionMade>),
    /// A worker was started and verified.
    WorkerStarted {
        /// Which.
        kind: WorkerKind,
        /// Its process id.
        pid: u32,
        /// The uid it runs as.
        uid: u32,
        /// The uid whose requests it serves, for pooled kinds.
        serves: Option<u32>,
        /// SHA-256 of its executable.
        #[serde(with = "hash")]
        sha256: [u8; 32],
    },
    /// A worker ended.
    WorkerExited {
        /// Which.
        kind: WorkerKind,
        /// Its process id.
        pid: u32,
        /// The uid whose requests it served, for pooled kinds.
        serves: Option<u32>,
        /// `stopped`, `panic`, `oom`, `hung`, `memory bug`, `breach`, `killed`. One that is refused before its first request has no such event, but
        /// a [`What::Breach`].
        class: Text<NAME_MAX>,
        /// Exit code or signal, in words.
        detail: Text<REASON_MAX>,
    },
    /// A worker did what it must not.
    Breach {
        /// Which.
        kind: WorkerKind,
        /// Its process id.
        pid: u32,
        /// What it did.
        did: Text<REASON_MAX>,
    },
    /// A client sent what is not a message; counted, and recorded at most once a second for each uid.
    Malformed {
        /// How many since the last such event.
        count: u64,
        /// What the last one was.
        last: Text<REASON_MAX>,
    },
    /// A person asked something of the control socket that changes something.
    Control {
        /// What.
        command: Text<NAME_MAX>,
        /// Whether it was done.
        done: bool,
    },
}

/// What the segment before this one was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct Previous {
    /// Its file name without the ending.
    pub name: Text<NAME_MAX>,
    /// Bytes of whole, chained frames in it.
    pub log_length: u64,
    /// Bytes of their payloads.
    pub payload_length: u64,
    /// Bytes that follow the last whole frame: a write that was cut. They stay where they are.
    pub torn: u64,
    /// SHA-256 of those bytes.
    #[serde(with = "hash")]
    pub torn_sha256: [u8; 32],
}

/// A call and what was decided about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct DecisionMade {
    /// Asserted: which agent.
    pub agent: Text<NAME_MAX>,
    /// Asserted: its session.
    pub session: Text<ID_MAX>,
    /// Asserted: its id of the call.
    pub call: Text<ID_MAX>,
    /// Asserted: the directory that paths were resolved against.
    pub cwd: Path,
    /// Whether the asserted directory is the one that the kernel reports; unknown where the supervisor may not see it.
    pub cwd_matches: Option<bool>,
    /// Asserted: the tool.
    pub tool: Text<NAME_MAX>,
    /// Asserted: whether the agent shows its prompts.
    pub prompts: Prompts,
    /// How bad.
    pub class: Class,
    /// What was answered.
    pub decision: Decision,
    /// Which rule.
    pub rule: Text<NAME_MAX>,
    /// Why, one sentence.
    pub reason: Text<REASON_MAX>,
    /// The call, redacted; empty when no worker could redact it.
    pub text: Text<EVENT_TEXT_MAX>,
    /// Length of the call's body in bytes.
    pub length: u64,
    /// Salted commitment to the body where the text is missing: SHA-256(salt ‖ body), the salt in front.
    pub commitment: Option<Blob<64>>,
    /// How many secrets were replaced in the text.
    pub secrets: u32,
    /// What it was predicted to do.
    pub effects: List<Effect, 16>,
}

impl DecisionMade {
    /// What `call` says of itself, and what was found and decided. What only the asker's peer can know is still open: whether the
    /// directories match, the body's length, the commitment.
    pub fn new(call: &Call, verdict: &Verdict, decision: Decision, redacted: &str, secrets: u32) -> Self {
        Self {
            agent: call.agent.clone(),
            session: call.session.clone(),
            call: call.call.clone(),
            cwd: call.cwd.clone(),
            cwd_matches: None,
            tool: call.tool.clone(),
            prompts: call.prompts,
            class: verdict.class,
            decision,
            rule: verdict.rule.clone(),
            reason: verdict.reason.clone(),
            text: Text::cut(redacted),
            length: 0,
            commitment: None,
            secrets,
            effects: List::first(verdict.effects.to_vec()),
        }
    }
}

impl What {
    /// The kind, for the frame's header.
    pub fn kind(&self) -> EventKind {
        match self {
            Self::Segment { .. } => EventKind::Segment,
            Self::Started { .. } => EventKind::Started,
            Self::Stopped { .. } => EventKind::Stopped,
            Self::Gap { .. } => EventKind::Gap,
            Self::Decision(_) => EventKind::Decision,
            Self::WorkerStarted { .. } => EventKind::WorkerStarted,
            Self::WorkerExited { .. } => EventKind::WorkerExited,
            Self::Breach { .. } => EventKind::Breach,
            Self::Malformed { .. } => EventKind::Malformed,
            Self::Control { .. } => EventKind::Control,
        }
    }
}

impl Event {
    /// The payload's bytes, or why they cannot be stored.
    pub fn to_payload(&self) -> Result<Blob<PAYLOAD_MAX>, String> {
        let bytes = minicbor_serde::to_vec(self).map_err(|why| why.to_string())?;
        Blob::new(bytes).map_err(|why| why.to_string())
    }

    /// Reads a payload.
    pub fn from_payload(bytes: &[u8]) -> Result<Self, String> {
        minicbor_serde::from_slice(bytes).map_err(|why| why.to_string())
    }
}

/// Hashes are byte strings in CBOR, not lists of numbers.
mod hash {
    use crate::bounded::Blob;
    use serde::de::{Deserialize, Deserializer, Error};
    use serde::ser::Serializer;

    pub fn serialize<S: Serializer>(hash: &[u8; 32], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_bytes(hash)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<[u8; 32], D::Error> {
        let bytes = Blob::<32>::deserialize(from)?;
        <[u8; 32]>::try_from(bytes.as_slice()).map_err(|_| D::Error::custom("a SHA-256 has 32 bytes"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::{Operation, Recovery};

    #[test]
    fn an_event_survives_its_payload_and_the_payload_is_plain_cbor() {
        let event = Event {
            v: SCHEMA,
            peer: Some(Peer {
                uid: 1000,
                gid: 1000,
                pid: 7,
                started: Some(1),
                exe: Path::new(*b"/bin/x").ok(),
                cwd: None,
                tty: Some(0),
                loginuid: None,
            }),
            what: What::Segment {
                previous: Some(Previous {
                    name: Text::cut("1"),
                    log_length: 120,
                    payload_length: 40,
                    torn: 3,
                    torn_sha256: [7; 32],
                }),
                because: Text::cut("start"),
                append_only: true,
            },
        };
        let payload = event.to_payload().expect("encodes");
        assert_eq!(Event::from_payload(&payload).as_ref(), Ok(&event));
        // A map of three, the first key the text "v": a reader in any language finds its way.
        assert_eq!(&payload[..4], &[0xa3, 0x61, b'v', 0x02]);
    }

    #[test]
    fn an_effect_of_the_first_schema_is_still_read() {
        #[derive(Serialize)]
        struct First {
            operation: Operation,
            target: &'static str,
            bounded: bool,
        }
        let first = First { operation: Operation::Delete, target: "a", bounded: true };
        let bytes = minicbor_serde::to_vec(&first).expect("encodes");
        let effect: Effect = minicbor_serde::from_slice(&bytes).expect("decodes");
        assert_eq!((effect.bounded, effect.recovery, effect.extent), (true, Recovery::Unknown, None));
    }

    #[test]
    fn event_numbers_are_distinct_and_stay_what_they_are() {
        let numbers: Vec<u16> = EventKind::ALL.iter().map(|kind| kind.number()).collect();
        assert_eq!(numbers, (1..=10).collect::<Vec<u16>>());
    }
}
