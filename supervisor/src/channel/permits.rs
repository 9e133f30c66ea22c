//! What each worker kind may answer: which reply is permitted while what is awaited, how large it may be, and what is awaited then.
//!
//! The worker's side of a channel is hostile input: whatever is not in its table ends the worker and is a breach. No reply
//! carries descriptors in any table, and every row needs an outstanding request, so a worker cannot send more than it is asked
//! for. Rows of a journal query are the one unbounded reply: they are taken as fast as the client reads them. Parts of facts are full
//! but for the last one, and whoever relays them counts.

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
    /// Answers about the world.
    Facts,
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
}

/// The largest size of a permitted reply, and what is awaited after it (none: the request is answered).
pub type Permit = (usize, Option<Awaits>);

/// Small replies: a mark, a failure, an acknowledgement.
const SMALL: usize = 512;

/// One kind's two message types, and its permit table, for [`super::link::Link`].
pub trait Dialect: Default + 'static {
    /// Whose.
    const KIND: Kind;
    /// What we send.
    type Request: Serialize + CarriesFds;
    /// What it answers.
    type Reply: DeserializeOwned + CarriesFds;
    /// Whether this reply is permitted now.
    fn permit(awaits: Awaits, reply: &Self::Reply) -> Option<Permit>;
}

/// What follows a reply of so many bytes: more replies, or none. One that is not permitted is an error that says what was awaited.
pub fn check<D: Dialect>(awaits: Awaits, reply: &D::Reply, bytes: usize) -> Result<Option<Awaits>, String> {
    match D::permit(awaits, reply) {
        None => Err(format!("it answered something else where {awaits:?} was awaited")),
        Some((most, _)) if bytes > most => Err(format!("its answer of {bytes} bytes is over the limit of {most}")),
        Some((_, then)) => Ok(then),
    }
}

/// The classifier's dialect.
#[derive(Debug, Default)]
pub struct Classify;

impl Dialect for Classify {
    const KIND: Kind = Kind::Classifier;
    type Request = classify::Request;
    type Reply = classify::Reply;
    fn permit(awaits: Awaits, reply: &Self::Reply) -> Option<Permit> {
        use classify::Reply::{Asks, Judged};
        match (awaits, reply) {
            (Awaits::Verdict, Asks { .. }) => Some((PACKET_MAX, Some(Awaits::VerdictOnFacts))),
            (Awaits::Verdict | Awaits::VerdictOnFacts, Judged { .. }) => Some((PACKET_MAX, None)),
            _ => None,
        }
    }
}

/// The opener's dialect.
#[derive(Debug, Default)]
pub struct Observe;

impl Dialect for Observe {
    const KIND: Kind = Kind::Opener;
    type Request = opener::Request;
    type Reply = opener::Reply;
    fn permit(awaits: Awaits, opener::Reply::Observed(part): &Self::Reply) -> Option<Permit> {
        match (awaits, part.last) {
            (Awaits::Facts, true) => Some((CHUNK_MAX + SMALL, None)),
            (Awaits::Facts, false) if part.bytes.len() == CHUNK_MAX => Some((CHUNK_MAX + SMALL, Some(Awaits::Facts))),
            _ => None,
        }
    }
}

/// The journal's dialect.
#[derive(Debug, Default)]
pub struct Record;

impl Dialect for Record {
    const KIND: Kind = Kind::Journal;
    type Request = journal::Request;
    type Reply = journal::Reply;
    fn permit(awaits: Awaits, reply: &Self::Reply) -> Option<Permit> {
        use journal::Reply::{Begun, Durable, Failed, Recorded};
        match (awaits, reply) {
            (Awaits::RecordedThenDurable, Recorded(_)) => Some((SMALL, Some(Awaits::Durable))),
            (Awaits::Begun, Begun)
            | (Awaits::Recorded, Recorded(_))
            | (Awaits::Durable, Durable)
            | (Awaits::Recorded | Awaits::RecordedThenDurable | Awaits::Durable, Failed(_)) => Some((SMALL, None)),
            _ => None,
        }
    }
}

/// The reader's dialect.
#[derive(Debug, Default)]
pub struct Read;

impl Dialect for Read {
    const KIND: Kind = Kind::Reader;
    type Request = reader::Request;
    type Reply = reader::Reply;
    fn permit(awaits: Awaits, reply: &Self::Reply) -> Option<Permit> {
        use reader::Reply::{Done, Next, Report, Rows, Tail};
        match (awaits, reply) {
            (Awaits::Reading, Next) => Some((SMALL, Some(Awaits::Reading))),
            (Awaits::Reading, Rows(_)) => Some((ROWS_MAX + SMALL, Some(Awaits::Reading))),
            (Awaits::Reading, Done | Tail(_) | Report(_)) => Some((8 * 1024, None)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use palisade_protocol::bounded::{Blob, Text};
    use palisade_protocol::call::Chunk;
    use palisade_protocol::facts::Part;
    use palisade_protocol::journal::{Failure, Mark};
    use palisade_protocol::verdict::Verdict;

    const AWAITS: [Awaits; 8] = [
        Awaits::Verdict,
        Awaits::VerdictOnFacts,
        Awaits::Facts,
        Awaits::Begun,
        Awaits::Recorded,
        Awaits::RecordedThenDurable,
        Awaits::Durable,
        Awaits::Reading,
    ];

    /// While what each of these replies is permitted.
    fn permitted<D: Dialect>(replies: &[D::Reply]) -> Vec<Vec<Awaits>> {
        let of = |reply| AWAITS.into_iter().filter(|awaits| check::<D>(*awaits, reply, 1).is_ok()).collect();
        replies.iter().map(of).collect()
    }

    fn mark() -> Mark {
        Mark { seq: 1, chain: [0; 32], log_length: 0, payload_length: 0 }
    }

    fn part(length: usize, last: bool) -> opener::Reply {
        opener::Reply::Observed(Part { bytes: Chunk::new(vec![0; length]).expect("a chunk"), last })
    }

    #[test]
    fn exactly_the_permitted_replies_are_permitted() {
        use Awaits::{Begun, Durable, Facts, Reading, Recorded, RecordedThenDurable, Verdict as Asked, VerdictOnFacts};
        let verdict = Box::new(Verdict::unknown("r", "w"));
        let judged = classify::Reply::Judged { verdict, redacted: Text::default(), secrets: 0 };
        let asks = classify::Reply::Asks { questions: Chunk::default() };
        assert_eq!(permitted::<Classify>(&[judged, asks]), [vec![Asked, VerdictOnFacts], vec![Asked]]);
        let failed = journal::Reply::Failed(Failure::Full);
        let replies = [journal::Reply::Begun, journal::Reply::Recorded(mark()), journal::Reply::Durable, failed];
        let rows = [
            vec![Begun],
            vec![Recorded, RecordedThenDurable],
            vec![Durable],
            vec![Recorded, RecordedThenDurable, Durable],
        ];
        assert_eq!(permitted::<Record>(&replies), rows);
        let replies = [reader::Reply::Next, reader::Reply::Rows(Blob::default()), reader::Reply::Done];
        assert_eq!(permitted::<Read>(&replies), [vec![Reading], vec![Reading], vec![Reading]]);
        assert_eq!(permitted::<Observe>(&[part(0, true), part(CHUNK_MAX, false)]), [vec![Facts], vec![Facts]]);
    }

    #[test]
    fn every_part_of_facts_but_the_last_is_full() {
        assert_eq!(check::<Observe>(Awaits::Facts, &part(CHUNK_MAX, false), CHUNK_MAX), Ok(Some(Awaits::Facts)));
        assert!(check::<Observe>(Awaits::Facts, &part(CHUNK_MAX - 1, false), CHUNK_MAX).is_err());
        assert_eq!(check::<Observe>(Awaits::Facts, &part(3, true), 9), Ok(None));
    }

    #[test]
    fn a_durable_answer_before_the_written_one_is_a_breach() {
        let written = journal::Reply::Recorded(mark());
        assert!(check::<Record>(Awaits::RecordedThenDurable, &journal::Reply::Durable, 1).is_err());
        assert_eq!(check::<Record>(Awaits::RecordedThenDurable, &written, 1), Ok(Some(Awaits::Durable)));
    }

    #[test]
    fn questions_after_the_facts_are_a_breach() {
        let asks = classify::Reply::Asks { questions: Chunk::default() };
        assert_eq!(check::<Classify>(Awaits::Verdict, &asks, 1), Ok(Some(Awaits::VerdictOnFacts)));
        assert!(check::<Classify>(Awaits::VerdictOnFacts, &asks, 1).is_err());
    }

    #[test]
    fn a_permitted_reply_over_its_size_is_a_breach() {
        let written = journal::Reply::Recorded(mark());
        assert!(check::<Record>(Awaits::Recorded, &written, SMALL).is_ok());
        assert!(check::<Record>(Awaits::Recorded, &written, SMALL + 1).is_err());
    }
}
