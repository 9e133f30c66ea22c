//! What one round of questions may cost: no input makes the opener work for long or answer without end (I9).

use crate::Unseen;
use palisade_protocol::facts::FACTS_MAX;
use std::time::Instant;

/// Directory entries that are looked at for one round.
const ENTRIES: usize = 32 * 1024;

/// What an answer costs beside its own bytes, encoded: its variant, its lengths, its marks.
pub const ANSWER: usize = 32;

/// The most that an entry takes, encoded: ten numbers of at most nine bytes each, and a byte for each length.
pub const ENTRY: usize = 96;

/// What is left of one round.
#[derive(Debug)]
pub struct Budget {
    until: Instant,
    entries: usize,
    bytes: usize,
}

impl Budget {
    /// A round begins.
    pub fn begin(until: Instant) -> Self {
        Self { until, entries: ENTRIES, bytes: FACTS_MAX - 1024 }
    }

    /// Whether so many bytes more fit the answer, and there is time for them. What does not fit is not counted.
    pub fn takes(&mut self, bytes: usize) -> bool {
        let fits = bytes <= self.bytes && Instant::now() < self.until;
        if fits {
            self.bytes -= bytes;
        }
        fits
    }

    /// The same for an answer that is withheld if it does not fit.
    pub fn take(&mut self, bytes: usize) -> Result<(), Unseen> {
        if self.takes(bytes) { Ok(()) } else { Err(Unseen::Withheld) }
    }

    /// Whether one more directory entry may be looked at, whose answer takes so many bytes.
    pub fn takes_entry(&mut self, bytes: usize) -> bool {
        let fits = self.entries > 0 && self.takes(bytes);
        self.entries -= usize::from(fits);
        fits
    }

    /// Bytes that may still be answered.
    pub fn bytes(&self) -> usize {
        self.bytes
    }
}
