//! Supervisor ↔ classifier.

use crate::bounded::Text;
use crate::call::{Body, Call, Chunk};
use crate::facts::Part;
use crate::limits::COMMAND_MAX;
use crate::packet::CarriesFds;
use crate::verdict::Verdict;
use serde::{Deserialize, Serialize};

/// What the supervisor asks of a classifier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub enum Request {
    /// Judge this call. Answered when its body is complete.
    Judge {
        /// The call.
        call: Box<Call>,
        /// Its body, or the beginning of it.
        body: Body,
    },
    /// The next part of the body of the `Judge` with the same id.
    Chunk(Chunk),
    /// The next part of the answers to the questions of the `Judge` with the same id. An empty last part alone: there are none.
    Facts(Part),
    /// Do the numbered forbidden thing and say what happened.
    #[cfg(feature = "hostile")]
    Probe(u16),
}

impl CarriesFds for Request {}

/// What a classifier answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub enum Reply {
    /// The verdict, and the only text of the call that may be stored or shown (I6).
    Judged {
        /// The verdict.
        verdict: Box<Verdict>,
        /// The call with every secret that was recognised replaced.
        redacted: Text<COMMAND_MAX>,
        /// How many secrets were replaced.
        secrets: u32,
    },
    /// Before the verdict, at most once a call: what has to be known first, as encoded [`crate::facts::Questions`].
    Asks {
        /// The bytes.
        questions: Chunk,
    },
    /// The outcome of a probe: 0 or the error number.
    #[cfg(feature = "hostile")]
    Probed(i32),
}

impl CarriesFds for Reply {}
