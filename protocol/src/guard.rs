//! Client ↔ supervisor on `guard.sock`: any local user may propose a call and hear the decision.

use crate::bounded::Text;
use crate::call::{Body, Call, Chunk};
use crate::hello::Hello;
use crate::limits::{NAME_MAX, REASON_MAX};
use crate::verdict::{Class, Decision};
use serde::{Deserialize, Serialize};

/// From a client. The first frame is `Hello`; the rest may follow without waiting for ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub enum ToGuard {
    /// Who speaks.
    Hello(Hello),
    /// About to do this; may I? Answered when the body is complete. One at a time on a connection.
    Propose {
        /// The call.
        call: Box<Call>,
        /// Its body, or the beginning of it.
        body: Body,
    },
    /// The next part of the proposed call's body.
    Chunk(Chunk),
}

/// To a client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub enum FromGuard {
    /// Ours, in answer to theirs.
    Hello(Hello),
    /// The decision about the proposed call.
    Answer(Box<Answer>),
    /// The request was not taken; the connection closes after it.
    Refused(Refusal),
}

/// A decision, recorded before it was sent (I5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct Answer {
    /// What to do.
    pub decision: Decision,
    /// How bad.
    pub class: Class,
    /// Which rule.
    pub rule: Text<NAME_MAX>,
    /// Why, one sentence without secrets.
    pub reason: Text<REASON_MAX>,
    /// The record's sequence number; none if it could not be recorded (then the decision is never allow or ask).
    pub seq: Option<u64>,
}

/// Why a request was not taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct Refusal {
    /// What kind of refusal.
    pub code: RefusalCode,
    /// One sentence that says what to do next.
    pub text: Text<REASON_MAX>,
}

/// Kinds of refusals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub enum RefusalCode {
    /// Another protocol version.
    Version,
    /// Not a message, or not now.
    Malformed,
    /// Too many connections or requests of this uid.
    Quota,
    /// This uid may not do that.
    Permission,
    /// A part that is needed does not work now.
    Unavailable,
    /// The supervisor is stopping.
    Stopping,
}
