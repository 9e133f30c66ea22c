//! Every limit of the wire, in one place, each with its reason.
//!
//! All sizes are bytes unless the name says otherwise.

use std::time::Duration;

/// Version of both wires. A peer with another version is told both, then the connection ends.
pub const PROTOCOL_VERSION: u16 = 1;

/// Identifies the software build in the first frame, so that a mixed installation names both sides.
pub const BUILD_ID: &str = env!("CARGO_PKG_VERSION");

/// A client ↔ supervisor frame. Small enough that one connection cannot make the supervisor hold much.
pub const FRAME_MAX: usize = 64 * 1024;

/// A supervisor ↔ worker packet: a whole command or rendering fits, and it stays below the default socket buffer (208 KiB).
pub const PACKET_MAX: usize = 128 * 1024;

/// A call's body (command, file content, tool arguments) over all its chunks. Agents cap their hook input at the same size.
pub const BODY_MAX: usize = 16 * 1024 * 1024;

/// One chunk of a body: leaves room for the call's head in a frame of [`FRAME_MAX`].
pub const CHUNK_MAX: usize = 40 * 1024;

/// A shell command that is still read by the classifier; longer ones are answered with caution, unread.
pub const COMMAND_MAX: usize = 64 * 1024;

/// A path, as the kernel's PATH_MAX.
pub const PATH_MAX: usize = 4096;

/// Names of agents, rules, programs, workers.
pub const NAME_MAX: usize = 128;

/// Session, turn and call identifiers as agents assert them.
pub const ID_MAX: usize = 256;

/// A reason shown to a person or a model (agents cap theirs at 10,000).
pub const REASON_MAX: usize = 2000;

/// Spans and effects that a verdict may list; more are summed up in the reason.
pub const SPANS_MAX: usize = 64;

/// The target named by one predicted effect; [`SPANS_MAX`] of them fit a packet beside the redacted text.
pub const TARGET_MAX: usize = 512;

/// A journal payload: an event with its redacted text.
pub const PAYLOAD_MAX: usize = 56 * 1024;

/// Redacted text kept in an event; longer text is cut and its full length recorded.
pub const EVENT_TEXT_MAX: usize = 40 * 1024;

/// Journal rows returned in one packet or frame.
pub const ROWS_MAX: usize = 60 * 1024;

/// Either file of a journal segment. The journal worker's `RLIMIT_FSIZE` is the same: it asks first, a worker run wild ends there.
pub const SEGMENT_FILE_MAX: u64 = 1024 * 1024 * 1024;

/// At this size of its frames or its payloads a segment is followed by a new one at the latest. What is on its way meanwhile
/// still fits [`SEGMENT_FILE_MAX`]; a file at that size would look like a full disk.
pub const SEGMENT_MAX: u64 = 768 * 1024 * 1024;

/// Configuration text that the compiler reads.
pub const CONFIG_MAX: usize = 64 * 1024;

/// `/etc/subuid` as far as the compiler reads it: a thousand users.
pub const SUBUID_MAX: usize = 32 * 1024;

/// `/etc/passwd` as far as the compiler reads it, beside `/etc/subuid` in one packet.
pub const PASSWD_MAX: usize = 88 * 1024;

/// Ranges of subordinate uids that are known; those of further users count for themselves.
pub const SUBORDINATES_MAX: usize = 1024;

/// The compiled policy in its sealed memfd.
pub const POLICY_MAX: usize = 256 * 1024;

/// How long a connection may take to deliver its first whole frame.
pub const HELLO_DEADLINE: Duration = Duration::from_secs(2);

/// How long a connection may take between the first and the last chunk of one body.
pub const BODY_DEADLINE: Duration = Duration::from_secs(5);

/// How long a verdict without a human may take in all; agents run the call when their hook times out, so we answer well before.
pub const ANSWER_DEADLINE: Duration = Duration::from_millis(1800);

/// What the client waits for an answer: the supervisor's deadline plus its own scheduling.
pub const CLIENT_DEADLINE: Duration = Duration::from_secs(2);
