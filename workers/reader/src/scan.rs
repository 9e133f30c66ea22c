//! Finds where the chain ends, so that the supervisor can begin a new segment there.
//!
//! A scan must come to an answer on any journal, or nothing could be recorded any more: it goes on where a check would stop. It
//! never answers with a sequence number that a sound frame of a later segment has used; what is wrong is for `verify` to say.

use palisade_protocol::bounded::Text;
use palisade_protocol::event::Previous;
use palisade_protocol::journal::Mark;
use palisade_protocol::reader::Tail;
use palisade_segment::frame::{FRAME_LEN, Frame, body_of};
use palisade_segment::genesis::{self, FIRST_SEQ, GenesisError};
use palisade_segment::hash::{self, Hash};
use palisade_segment::walk::{Position, Walk};
use palisade_segment::window::Source;

/// A scan on its way through the segments.
#[derive(Debug)]
pub struct Scan {
    /// Where to begin in the first segment given.
    from: Option<Mark>,
    next_seq: u64,
    chain: Hash,
    last_wall_ns: Option<u64>,
    /// The last segment that holds a whole record. Only its end can be torn in a way that matters: see `verify`.
    whole: Option<Previous>,
    /// The last segment of all.
    given: Option<Previous>,
}

impl Scan {
    /// A scan that begins at the genesis, or at `from` in the first segment.
    pub fn new(note: &[u8], from: Option<Mark>) -> Result<Self, GenesisError> {
        let chain = genesis::chain(&genesis::parse(note)?);
        Ok(Self { from, next_seq: FIRST_SEQ, chain, last_wall_ns: None, whole: None, given: None })
    }

    /// Walks the next segment. An error is the system's number for a failed read.
    pub fn segment<S: Source>(&mut self, name: &str, mut log: S, mut dat: S) -> Result<(), i32> {
        let mut holds_record = false;
        let marked = match self.from.take().filter(|_| self.given.is_none()) {
            Some(mark) => frame_at_mark(&mut log, &mut dat, &mark)?.zip(Some(mark)),
            None => None,
        };
        let mut walk = if let Some((frame, mark)) = marked {
            holds_record = true;
            self.last_wall_ns = Some(frame.stamp.wall_ns);
            let Mark { seq, chain, log_length, payload_length } = mark;
            Walk::new(log, dat, Position { next_seq: seq.saturating_add(1), chain, log_length, payload_length })
        } else if self.is_out_of_place(&mut log)? {
            Walk::adopting(log, dat)
        } else {
            Walk::new(log, dat, Position::start(self.next_seq, self.chain))
        };
        while let Some(record) = walk.next()? {
            holds_record = true;
            self.last_wall_ns = Some(record.frame.stamp.wall_ns);
        }
        let ending = walk.finish()?;
        let (torn, torn_sha256) = ending.torn();
        let Position { log_length, payload_length, .. } = ending.position;
        let segment = Previous { name: Text::cut(name), log_length, payload_length, torn, torn_sha256 };
        if holds_record {
            (self.next_seq, self.chain) = (ending.position.next_seq, ending.position.chain);
            self.whole = Some(segment.clone());
        }
        self.given = Some(segment);
        Ok(())
    }

    /// Where the chain ends.
    pub fn finish(self) -> Tail {
        Tail {
            next_seq: self.next_seq,
            chain: self.chain,
            last_wall_ns: self.last_wall_ns,
            last: self.whole.or(self.given),
        }
    }

    /// Whether the segment begins with a sound frame of a later place in some chain: what is before it is missing or damaged.
    fn is_out_of_place<S: Source>(&self, log: &mut S) -> Result<bool, i32> {
        let mut bytes = [0; FRAME_LEN];
        if !read_exact(log, 0, &mut bytes)? {
            return Ok(false);
        }
        let Ok(frame) = Frame::decode(&bytes) else { return Ok(false) };
        let continues = frame.stamp.seq == self.next_seq && hash::chain(&self.chain, &body_of(&bytes)) == frame.chain;
        Ok(!continues && frame.stamp.seq >= self.next_seq)
    }
}

/// The frame that `mark` was given for, if it is still what is there; then everything before it need not be read.
fn frame_at_mark<S: Source>(log: &mut S, dat: &mut S, mark: &Mark) -> Result<Option<Frame>, i32> {
    let Some(at) = mark.log_length.checked_sub(FRAME_LEN as u64) else { return Ok(None) };
    let mut bytes = [0; FRAME_LEN];
    if !read_exact(log, at, &mut bytes)? {
        return Ok(None);
    }
    let payload_is_there = match mark.payload_length.checked_sub(1) {
        Some(last) => read_exact(dat, last, &mut [0])?,
        None => false,
    };
    let frame = Frame::decode(&bytes).ok();
    Ok(frame.filter(|frame| payload_is_there && frame.stamp.seq == mark.seq && frame.chain == mark.chain))
}

/// Fills `into` from `offset` on; no if the file ends before.
fn read_exact<S: Source>(from: &mut S, mut offset: u64, mut into: &mut [u8]) -> Result<bool, i32> {
    while !into.is_empty() {
        match from.read_at(offset, into)?.min(into.len()) {
            0 => return Ok(false),
            length => {
                offset += length as u64;
                into = &mut into[length..];
            }
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests;
