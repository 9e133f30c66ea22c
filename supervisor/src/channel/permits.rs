//! The permit table of each worker kind: which reply is permitted while what is awaited, and how large it may be.
//!
//! The worker's side of a channel is hostile input: whatever is not in its table ends the worker and is a breach. No reply
//! carries descriptors in any table, and every row needs an outstanding request, so a worker cannot send more than it is asked
//! for. Rows of a journal query are the one unbounded reply: they are taken as fast as the client reads them.

use palisade_protocol::limits::{CHUNK_MAX, PACKET_MAX, ROWS_MAX};
use palisade_protocol::packet::CarriesFds;
use palisade_protocol::worker::Kind;
use palisade_protocol::{classify, journal, opener, reader};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// What a request waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Awaits {
    /// A verdict, or the questions that it depends on.
    Verdict,
    /// A verdict that was given all the facts that it will get.
    VerdictOnFacts,
    /// The chain to be set.
    Begun,
    /// A record to be written.
    Recorded,
    /// A record to be written and made durable.
    RecordedThenDurable,
    /// What was written to be made durable.
    Durable,
    /// The reader to take the next segment, or to end.
    Reading,
    /// Answers about the world.
    Facts,
}

/// A reply's variant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// `classify::Reply::Judged`.
    Judged,
    /// `classify::Reply::Asks`.
    Asks,
    /// `journal::Reply::Begun`.
    Begun,
    /// `journal::Reply::Recorded`.
    Recorded,
    /// `journal::Reply::Durable`.
    Durable,
    /// `journal::Reply::Failed`.
    Failed,
    /// `reader::Reply::Next`.
    Next,
    /// `reader::Reply::Rows`.
    Rows,
    /// `reader::Reply::{Done, Tail, Report}`.
    Ended,
    /// `opener::Reply::Observed`, a full part that another one follows.
    Observed,
    /// `opener::Reply::Observed`, the last part.
    AllObserved,
    /// `opener::Reply::Observed`, a part that is not full and that another one follows: answers come in no more parts than they need.
    Trickle,
}

/// One row: while `awaits`, `word` of at most `bytes` is permitted, and then `then` is awaited (none: the request is answered).
struct Permit {
    awaits: Awaits,
    word: Word,
    then: Option<Awaits>,
    bytes: usize,
}

const fn permit(awaits: Awaits, word: Word, then: Option<Awaits>, bytes: usize) -> Permit {
    Permit { awaits, word, then, bytes }
}

/// Small replies: a mark, a failure, an acknowledgement.
const SMALL: usize = 512;

const CLASSIFIER: &[Permit] = &[
    permit(Awaits::Verdict, Word::Judged, None, PACKET_MAX),
    permit(Awaits::Verdict, Word::Asks, Some(Awaits::VerdictOnFacts), PACKET_MAX),
    permit(Awaits::VerdictOnFacts, Word::Judged, None, PACKET_MAX),
];

const JOURNAL: &[Permit] = &[
    permit(Awaits::Begun, Word::Begun, None, SMALL),
    permit(Awaits::Recorded, Word::Recorded, None, SMALL),
    permit(Awaits::Recorded, Word::Failed, None, SMALL),
    permit(Awaits::RecordedThenDurable, Word::Recorded, Some(Awaits::Durable), SMALL),
    permit(Awaits::RecordedThenDurable, Word::Failed, None, SMALL),
    permit(Awaits::Durable, Word::Durable, None, SMALL),
    permit(Awaits::Durable, Word::Failed, None, SMALL),
];

const READER: &[Permit] = &[
    permit(Awaits::Reading, Word::Next, Some(Awaits::Reading), SMALL),
    permit(Awaits::Reading, Word::Rows, Some(Awaits::Reading), ROWS_MAX + SMALL),
    permit(Awaits::Reading, Word::Ended, None, 8 * 1024),
];

const OPENER: &[Permit] = &[
    permit(Awaits::Facts, Word::Observed, Some(Awaits::Facts), CHUNK_MAX + SMALL),
    permit(Awaits::Facts, Word::AllObserved, None, CHUNK_MAX + SMALL),
];

/// What follows a permitted reply: more replies, or none. A reply that is not permitted is an error that says what it was.
pub fn check(kind: Kind, awaits: Awaits, word: Word, bytes: usize) -> Result<Option<Awaits>, String> {
    let table = match kind {
        Kind::Classifier => CLASSIFIER,
        Kind::Journal => JOURNAL,
        Kind::Reader => READER,
        Kind::Opener => OPENER,
        // It is only ever asked before the event loop runs, by `boot::settings`, one question and one answer.
        Kind::Compiler => &[],
    };
    match table.iter().find(|row| row.awaits == awaits && row.word == word) {
        None => Err(format!("it answered {word:?} where {awaits:?} was awaited")),
        Some(row) if bytes > row.bytes => {
            Err(format!("its {word:?} of {bytes} bytes is over the limit of {}", row.bytes))
        }
        Some(row) => Ok(row.then),
    }
}

/// One kind's two message types, for [`super::link::Link`].
pub trait Dialect: 'static {
    /// Whose.
    const KIND: Kind;
    /// What we send.
    type Request: Serialize + CarriesFds;
    /// What it answers.
    type Reply: DeserializeOwned + CarriesFds;
    /// The reply's variant.
    fn word(reply: &Self::Reply) -> Word;
}

/// The classifier's dialect.
#[derive(Debug)]
pub struct Classify;

impl Dialect for Classify {
    const KIND: Kind = Kind::Classifier;
    type Request = classify::Request;
    type Reply = classify::Reply;
    fn word(reply: &Self::Reply) -> Word {
        match reply {
            classify::Reply::Judged { .. } => Word::Judged,
            classify::Reply::Asks { .. } => Word::Asks,
        }
    }
}

/// The opener's dialect.
#[derive(Debug)]
pub struct Observe;

impl Dialect for Observe {
    const KIND: Kind = Kind::Opener;
    type Request = opener::Request;
    type Reply = opener::Reply;
    fn word(opener::Reply::Observed(part): &Self::Reply) -> Word {
        match part.last {
            true => Word::AllObserved,
            false if part.bytes.len() == CHUNK_MAX => Word::Observed,
            false => Word::Trickle,
        }
    }
}

/// The journal's dialect.
#[derive(Debug)]
pub struct Record;

impl Dialect for Record {
    const KIND: Kind = Kind::Journal;
    type Request = journal::Request;
    type Reply = journal::Reply;
    fn word(reply: &Self::Reply) -> Word {
        match reply {
            journal::Reply::Begun => Word::Begun,
            journal::Reply::Recorded(_) => Word::Recorded,
            journal::Reply::Durable => Word::Durable,
            journal::Reply::Failed(_) => Word::Failed,
        }
    }
}

/// The reader's dialect.
#[derive(Debug)]
pub struct Read;

impl Dialect for Read {
    const KIND: Kind = Kind::Reader;
    type Request = reader::Request;
    type Reply = reader::Reply;
    fn word(reply: &Self::Reply) -> Word {
        match reply {
            reader::Reply::Next => Word::Next,
            reader::Reply::Rows(_) => Word::Rows,
            reader::Reply::Done | reader::Reply::Tail(_) | reader::Reply::Report(_) => Word::Ended,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use palisade_protocol::call::Chunk;
    use palisade_protocol::facts::Part;

    const AWAITS: [Awaits; 8] = [
        Awaits::Facts,
        Awaits::Verdict,
        Awaits::VerdictOnFacts,
        Awaits::Begun,
        Awaits::Recorded,
        Awaits::RecordedThenDurable,
        Awaits::Durable,
        Awaits::Reading,
    ];
    const WORDS: [Word; 12] = [
        Word::Observed,
        Word::AllObserved,
        Word::Trickle,
        Word::Judged,
        Word::Asks,
        Word::Begun,
        Word::Recorded,
        Word::Durable,
        Word::Failed,
        Word::Next,
        Word::Rows,
        Word::Ended,
    ];

    #[test]
    fn exactly_the_permitted_replies_are_permitted() {
        let count = |kind| {
            AWAITS
                .iter()
                .flat_map(|awaits| WORDS.map(|word| (*awaits, word)))
                .filter(|(awaits, word)| check(kind, *awaits, *word, 1).is_ok())
                .count()
        };
        assert_eq!(
            [Kind::Classifier, Kind::Journal, Kind::Reader, Kind::Compiler, Kind::Opener].map(count),
            [3, 7, 3, 0, 2]
        );
    }

    #[test]
    fn a_durable_answer_before_the_written_one_is_a_breach() {
        assert!(check(Kind::Journal, Awaits::RecordedThenDurable, Word::Durable, 1).is_err());
        assert_eq!(check(Kind::Journal, Awaits::RecordedThenDurable, Word::Recorded, 1), Ok(Some(Awaits::Durable)));
    }

    #[test]
    fn every_part_of_the_answers_but_the_last_is_full() {
        let word = |length, last| {
            let bytes = Chunk::new(vec![0; length]).expect("a chunk");
            Observe::word(&opener::Reply::Observed(Part { bytes, last }))
        };
        assert_eq!(word(CHUNK_MAX, false), Word::Observed);
        assert_eq!(word(CHUNK_MAX - 1, false), Word::Trickle);
        assert_eq!([word(CHUNK_MAX, true), word(0, true)], [Word::AllObserved; 2]);
    }

    #[test]
    fn a_permitted_reply_over_its_size_is_a_breach() {
        assert!(check(Kind::Journal, Awaits::Recorded, Word::Recorded, SMALL).is_ok());
        assert!(check(Kind::Journal, Awaits::Recorded, Word::Recorded, SMALL + 1).is_err());
    }
}
