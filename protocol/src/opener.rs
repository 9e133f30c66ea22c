//! Supervisor (or a client's own `judge`) ↔ opener: the questions of one call in, what the asking user can see of the answers out.

use crate::call::Chunk;
use crate::facts::Part;
use crate::packet::CarriesFds;
use serde::{Deserialize, Serialize};

/// What is asked of an opener.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub enum Request {
    /// Encoded [`crate::facts::Questions`].
    Observe {
        /// The bytes.
        questions: Chunk,
    },
    /// Do the numbered forbidden thing and say what happened.
    #[cfg(feature = "hostile")]
    Probe(u16),
}

impl CarriesFds for Request {}

/// What an opener answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub enum Reply {
    /// A part of the encoded [`crate::facts::Answers`].
    Observed(Part),
    /// The outcome of a probe: 0 or the error number.
    #[cfg(feature = "hostile")]
    Probed(i32),
}

impl CarriesFds for Reply {}
