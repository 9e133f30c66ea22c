//! Checks a whole journal: the genesis, every record, the joints between segments, and the end.
//!
//! Records are checked as the bytes that are stored; only the first of each segment is decoded, because it says what came before.
//! The check stops at the first thing that does not hold.

use palisade_protocol::bounded::Text;
use palisade_protocol::event::{Event, EventKind, Previous, What};
use palisade_protocol::reader::{Head, Outcome, Report};
use palisade_segment::directory::Name;
use palisade_segment::genesis::{self, FIRST_SEQ};
use palisade_segment::hash::Hash;
use palisade_segment::walk::{Damage, Ending, Flaw, Position, Record, Walk};
use palisade_segment::window::Source;

/// A check on its way through the segments.
#[derive(Debug, Clone)]
pub struct Verify {
    head: Option<Head>,
    next_seq: u64,
    chain: Hash,
    /// The last segment that holds a record.
    whole: Option<Closed>,
    /// The segment after it, if that holds none: its journal worker died before its first record was whole.
    unstarted: Option<Closed>,
    finding: Option<Finding>,
    records: u64,
    segments: u32,
    bytes: u64,
    torn_accounted: u32,
}

#[derive(Debug, Clone, Copy)]
struct Closed {
    name: Name,
    ending: Ending,
}

#[derive(Debug, Clone)]
struct Finding {
    outcome: Outcome,
    at_seq: Option<u64>,
    text: String,
}

fn tampered(at_seq: u64, text: impl Into<String>) -> Finding {
    Finding { outcome: Outcome::Tampered, at_seq: Some(at_seq), text: text.into() }
}

fn unreadable(text: impl Into<String>) -> Finding {
    Finding { outcome: Outcome::Unreadable, at_seq: None, text: text.into() }
}

impl Verify {
    /// A check from the genesis on, up to `head` at least.
    pub fn new(note: &[u8], head: Option<Head>) -> Self {
        let genesis = genesis::parse(note);
        Self {
            head,
            next_seq: FIRST_SEQ,
            chain: genesis.as_ref().map_or([0; 32], genesis::chain),
            whole: None,
            unstarted: None,
            finding: genesis.err().map(|why| unreadable(format!("The genesis note cannot be read: {why}."))),
            records: 0,
            segments: 0,
            bytes: 0,
            torn_accounted: 0,
        }
    }

    /// Checks the next segment.
    pub fn segment<S: Source>(&mut self, name: &str, log: S, dat: S) {
        self.segments = self.segments.saturating_add(1);
        if self.finding.is_none() {
            self.finding = self.check_segment(name, log, dat).err();
        }
    }

    fn check_segment<S: Source>(&mut self, name: &str, log: S, dat: S) -> Result<(), Finding> {
        let here = Name::parse(name)
            .ok_or_else(|| tampered(self.next_seq, format!("No segment of a journal is named {name:?}.")))?;
        self.check_place(here)?;
        let mut walk = Walk::new(log, dat, Position::start(self.next_seq, self.chain));
        let mut first = true;
        loop {
            let record = match walk.next() {
                Err(errno) => return Err(unreadable(format!("Segment {here} cannot be read (error {errno})."))),
                Ok(None) => break,
                Ok(Some(record)) => record,
            };
            if std::mem::take(&mut first) {
                self.check_opening(here, &record)?;
            } else if record.frame.stamp.kind == EventKind::Segment.number() {
                let text = format!("Record {} opens a segment in the middle of {here}.", record.frame.stamp.seq);
                return Err(tampered(record.frame.stamp.seq, text));
            }
            if let Some(head) = self.head.filter(|head| head.seq == record.frame.stamp.seq)
                && head.chain != record.frame.chain
            {
                let text = format!("Record {} is not the one that the supervisor reported.", head.seq);
                return Err(tampered(head.seq, text));
            }
            self.records += 1;
            self.next_seq = record.frame.stamp.seq.saturating_add(1);
            self.chain = record.frame.chain;
        }
        let ending = walk
            .finish()
            .map_err(|errno| unreadable(format!("Segment {here} cannot be read to its end (error {errno}).")))?;
        self.bytes = self.bytes.saturating_add(ending.bytes_read);
        let closed = Some(Closed { name: here, ending });
        if first {
            self.unstarted = closed
        } else {
            (self.whole, self.unstarted) = (closed, None)
        }
        Ok(())
    }

    /// The segment must be the next one, and what the one before it ends with must be what a crash leaves.
    fn check_place(&self, here: Name) -> Result<(), Finding> {
        let next = self.next_seq;
        let Some(before) = self.unstarted.or(self.whole) else {
            return match here.first_seq {
                FIRST_SEQ => Ok(()),
                first => Err(tampered(
                    next,
                    format!("Records {next} to {} are missing: the journal begins with segment {here}.", first - 1),
                )),
            };
        };
        let Closed { name, ending } = before;
        if let Some(damage) = ending.damage
            && (damage.altered() || here.first_seq != next)
        {
            return Err(tampered(next, format!("Record {next} in segment {name} does not hold: {}.", damage.flaw)));
        }
        if here <= name {
            return Err(tampered(next, format!("Segment {here} comes after segment {name}.")));
        }
        match here.first_seq {
            first if first > next => {
                let last = first - 1;
                Err(tampered(next, format!("Records {next} to {last} are missing between segments {name} and {here}.")))
            }
            first if first < next => {
                Err(tampered(first, format!("Segment {here} begins with a record that segment {name} holds already.")))
            }
            _ => Ok(()),
        }
    }

    /// The first record of a segment must say truly what came before.
    fn check_opening(&mut self, here: Name, record: &Record<'_>) -> Result<(), Finding> {
        let seq = record.frame.stamp.seq;
        let event =
            Event::from_payload(record.payload).ok().filter(|_| record.frame.stamp.kind == EventKind::Segment.number());
        let Some(Event { what: What::Segment { previous, .. }, .. }) = event else {
            return Err(tampered(
                seq,
                format!("Segment {here} does not begin with the record that every segment begins with."),
            ));
        };
        let unstarted = self.unstarted.as_ref();
        let truly = match (&previous, &self.whole) {
            (None, whole) => whole.is_none(),
            (Some(previous), Some(whole)) => {
                // Naming a segment without records instead passes over nothing if the one before it ends whole.
                describes(previous, whole)
                    || (whole.ending.damage.is_none() && unstarted.is_some_and(|closed| describes(previous, closed)))
            }
            (Some(previous), None) => unstarted.is_some_and(|closed| describes(previous, closed)),
        };
        if !truly {
            let before =
                self.unstarted.or(self.whole).map_or_else(|| "nothing".to_owned(), |closed| closed.name.to_string());
            let text =
                format!("What segment {here} says about the end of the one before it is not what is there ({before}).");
            return Err(tampered(seq, text));
        }
        let cuts = [self.whole, self.unstarted].into_iter().flatten().filter(|closed| closed.ending.damage.is_some());
        self.torn_accounted = self.torn_accounted.saturating_add(cuts.count() as u32);
        Ok(())
    }

    /// What was found.
    pub fn finish(mut self) -> Report {
        let Finding { outcome, at_seq, text } = self.finding.take().unwrap_or_else(|| self.judge_end());
        Report {
            outcome,
            at_seq,
            finding: Text::cut(&text),
            records: self.records,
            segments: self.segments,
            bytes: self.bytes,
            torn_accounted: self.torn_accounted,
            payloads_missing: u64::from(outcome != Outcome::ChainOnly && self.ends_at_a_missing_payload()),
            head: self.records.checked_sub(1).map(|_| Head { seq: self.next_seq - 1, chain: self.chain }),
            head_compared: self.head.is_some(),
        }
    }

    fn ends_at_a_missing_payload(&self) -> bool {
        let last = self.unstarted.or(self.whole).and_then(|closed| closed.ending.damage);
        last.is_some_and(|damage| damage.flaw == Flaw::PayloadCut)
    }

    /// All segments are through: no record accounts for what the last one ends with, and the head must have been reached.
    fn judge_end(&self) -> Finding {
        let next = self.next_seq;
        let unaccounted = [self.unstarted, self.whole].into_iter().flatten();
        let damage: Option<(Name, Damage)> =
            unaccounted.filter_map(|closed| Some((closed.name, closed.ending.damage?))).next();
        if let Some((name, damage)) = damage.filter(|(_, damage)| damage.altered_at_end()) {
            return tampered(next, format!("Record {next} in segment {name} does not hold: {}.", damage.flaw));
        }
        let truncated = |text: String| Finding { outcome: Outcome::Truncated, at_seq: Some(next), text };
        if let Some(head) = self.head.filter(|head| head.seq >= next) {
            let missing = head.seq - next + 1;
            return truncated(format!(
                "The journal ends before record {next}, but the supervisor had reached record {}: {missing} {} missing.",
                head.seq,
                if missing == 1 { "is" } else { "are" },
            ));
        }
        if let Some((name, damage)) = damage {
            return truncated(format!(
                "The last write to segment {name} is cut: {} bytes follow the last whole record ({}), and no later record accounts for them.",
                damage.torn, damage.flaw
            ));
        }
        if self.records == 0 {
            return unreadable("There is no record to check: an empty journal proves nothing.");
        }
        let last = next - 1;
        let text = match self.head {
            Some(_) => format!(
                "Records {FIRST_SEQ} to {last} are whole, chained from the genesis, and reach the head that the supervisor knows or noted at its stop; nothing seals them yet."
            ),
            None => format!(
                "Records {FIRST_SEQ} to {last} are whole and chained from the genesis; there was no head to compare with, so records cut from the end would not be seen."
            ),
        };
        Finding { outcome: Outcome::ChainOnly, at_seq: None, text }
    }
}

fn describes(previous: &Previous, closed: &Closed) -> bool {
    let (torn, torn_sha256) = closed.ending.torn();
    let Position { log_length, payload_length, .. } = closed.ending.position;
    *previous.name == *closed.name.to_string()
        && (previous.log_length, previous.payload_length, previous.torn) == (log_length, payload_length, torn)
        && (torn == 0 || previous.torn_sha256 == torn_sha256)
}

#[cfg(test)]
mod tests;
