//! The order of operations: what is written when, what is answered when, and what ends a segment.
//!
//! A batch is whatever queued while the batch before it was made durable. Its payloads are written first, then its frames, so
//! that a frame never commits to a payload that is not there; `Recorded` is answered; then payloads and frames go through
//! fdatasync, in that order, if anyone waits for it, and `Durable` is answered.
//!
//! Nothing is ever written twice. A file that took a part of a write is at its end, and so is one whose fdatasync failed: the
//! kernel reports such an error once and forgets the pages, so that a second, successful fdatasync would prove nothing.

use crate::sink::Sink;
use palisade_protocol::journal::{Append, Failure, Mark, Reply, Request};
use palisade_protocol::limits::SEGMENT_FILE_MAX;
use palisade_protocol::packet::Packet;
use palisade_segment::frame::{FRAME_LEN, Frame, Stamp};
use palisade_segment::hash::SALT_LEN;
use palisade_segment::walk::Position;
use rustix::io::Errno;
use std::fmt;

/// Records in one batch.
pub const BATCH_RECORDS: usize = 256;

/// Payload bytes after which a batch takes no more records.
pub const BATCH_BYTES: usize = 1024 * 1024;

/// The most that either file of a segment may hold. The worker's `RLIMIT_FSIZE` is the same: going over it would end the process
/// with SIGXFSZ (`setrlimit(2)`), so this is asked first.
pub const FILE_MAX: u64 = SEGMENT_FILE_MAX;

/// What a file that is full says: no space, the largest size of a file, the quota (`write(2)`).
const FULL: [Errno; 3] = [Errno::NOSPC, Errno::FBIG, Errno::DQUOT];

/// The supervisor broke the order of requests. Only a broken supervisor does; the worker ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disorder {
    /// Something else before `Begin`.
    NotBegun,
    /// `Begin` a second time.
    BegunTwice,
    /// There is no sequence number left.
    OutOfNumbers,
}

impl fmt::Display for Disorder {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotBegun => write!(out, "a request came before the chain was set"),
            Self::BegunTwice => write!(out, "the chain was to be set a second time"),
            Self::OutOfNumbers => write!(out, "no sequence number is left"),
        }
    }
}

impl std::error::Error for Disorder {}

/// One segment being written.
#[derive(Debug)]
pub struct Journal<S> {
    frames: S,
    payloads: S,
    begun: Option<Begun>,
    state: State,
    batch: Batch,
}

#[derive(Debug, Clone, Copy)]
struct Begun {
    position: Position,
    boot_id: [u8; 16],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    /// A write failed or fell short: takes no more records, but what it has can still be made durable.
    Ended,
    /// fdatasync failed: nothing about this segment is certain any more.
    Poisoned,
}

#[derive(Debug, Default)]
struct Batch {
    records: Vec<Staged>,
    pings: Vec<u64>,
    /// Salt and payload of each record, in order.
    salted: Vec<u8>,
    frames: Vec<u8>,
    salts: Vec<u8>,
}

#[derive(Debug)]
struct Staged {
    id: u64,
    durable: bool,
    stamp: Stamp,
    /// Where its salt and payload end in the batch's `salted`.
    end: usize,
}

impl<S: Sink> Journal<S> {
    /// A new segment in two empty files.
    pub fn new(frames: S, payloads: S) -> Self {
        Self { frames, payloads, begun: None, state: State::Open, batch: Batch::default() }
    }

    /// Takes one request into the batch. `Begin` is answered at once, all others by [`Self::commit`].
    pub fn stage(&mut self, request: Packet<Request>) -> Result<Option<Reply>, Disorder> {
        let id = request.id;
        match (request.body, &self.begun) {
            (Request::Begin { seq, chain, boot_id }, None) => {
                self.begun = Some(Begun { position: Position::start(seq, chain), boot_id });
                Ok(Some(Reply::Begun))
            }
            (Request::Begin { .. }, Some(_)) => Err(Disorder::BegunTwice),
            (_, None) => Err(Disorder::NotBegun),
            (Request::Append(append), Some(begun)) => {
                let seq = begun.position.next_seq.checked_add(self.batch.records.len() as u64);
                // The very last number is never used: nothing could say that it is followed by none.
                let seq = seq.filter(|seq| *seq < u64::MAX).ok_or(Disorder::OutOfNumbers)?;
                self.batch.push(id, seq, begun.boot_id, append);
                Ok(None)
            }
            (Request::Ping, Some(_)) => {
                self.batch.pings.push(id);
                Ok(None)
            }
            #[cfg(feature = "hostile")]
            (Request::Probe(number), Some(_)) => Ok(Some(Reply::Probed(palisade_sandbox::hostile::probe(number)))),
        }
    }

    /// Whether the batch takes another request.
    pub fn has_room(&self) -> bool {
        self.batch.records.len() + self.batch.pings.len() < BATCH_RECORDS && self.batch.salted.len() < BATCH_BYTES
    }

    /// Writes the batch and answers every request in it. `randomness` fills a buffer, or fails with the system's number.
    pub fn commit(
        &mut self,
        randomness: impl FnOnce(&mut [u8]) -> Result<(), i32>,
        mut answer: impl FnMut(u64, Reply),
    ) {
        let mut batch = std::mem::take(&mut self.batch);
        let recorded = self.write(&mut batch, randomness, &mut answer);
        let waiting = batch.records[..recorded].iter().filter(|record| record.durable).map(|record| record.id);
        let waiting: Vec<u64> = waiting.chain(batch.pings.iter().copied()).collect();
        if !waiting.is_empty() {
            let reply = self.sync();
            waiting.into_iter().for_each(|id| answer(id, reply.clone()));
        }
        batch.clear();
        self.batch = batch;
    }

    /// Writes what it can and answers each record with `Recorded` or `Failed`; the first so many were recorded.
    fn write(
        &mut self,
        batch: &mut Batch,
        randomness: impl FnOnce(&mut [u8]) -> Result<(), i32>,
        answer: &mut impl FnMut(u64, Reply),
    ) -> usize {
        let Some(begun) = self.begun.as_mut().filter(|_| !batch.records.is_empty()) else { return 0 };
        if self.state != State::Open {
            batch.records.iter().for_each(|record| answer(record.id, Reply::Failed(Failure::Poisoned)));
            return 0;
        }
        let mut failure = batch.salt(randomness).err().map(Failure::Write);
        let offered = batch.within_limits(&begun.position);
        let salted =
            if failure.is_none() { write_once(&mut self.payloads, &batch.salted[..offered], &mut failure) } else { 0 };
        if offered < batch.salted.len() {
            failure.get_or_insert(Failure::Full);
        }
        // Only a record whose whole payload is there gets a frame.
        let fitting = batch.records.iter().take_while(|record| record.end <= salted).count();
        let marks = batch.seal(&begun.position, fitting);
        let framed = write_once(&mut self.frames, &batch.frames, &mut failure);
        let recorded = framed / FRAME_LEN;
        if let Some(last) = marks[..recorded].last() {
            begun.position = Position {
                next_seq: last.seq + 1,
                chain: last.chain,
                log_length: last.log_length,
                payload_length: last.payload_length,
            };
        }
        for (record, mark) in batch.records.iter().zip(&marks[..recorded]) {
            answer(record.id, Reply::Recorded(*mark));
        }
        if let Some(failure) = failure {
            self.state = State::Ended;
            for record in &batch.records[recorded..] {
                answer(record.id, Reply::Failed(failure));
            }
        }
        recorded
    }

    /// Payloads first: a frame that is durable must not wait for its payload.
    fn sync(&mut self) -> Reply {
        if self.state == State::Poisoned {
            return Reply::Failed(Failure::Poisoned);
        }
        match self.payloads.sync().and_then(|()| self.frames.sync()) {
            Ok(()) => Reply::Durable,
            Err(errno) => {
                self.state = State::Poisoned;
                Reply::Failed(Failure::Sync(errno))
            }
        }
    }
}

/// Writes once. Whatever the file did not take is not offered again; why it did not is in `failure`.
fn write_once(sink: &mut impl Sink, bytes: &[u8], failure: &mut Option<Failure>) -> usize {
    if bytes.is_empty() {
        return 0;
    }
    match sink.write(bytes) {
        Ok(taken) if taken >= bytes.len() => bytes.len(),
        Ok(taken) => {
            failure.get_or_insert(Failure::Full);
            taken
        }
        Err(errno) => {
            let full = FULL.iter().any(|full| full.raw_os_error() == errno);
            let why = if full { Failure::Full } else { Failure::Write(errno) };
            failure.get_or_insert(why);
            0
        }
    }
}

impl Batch {
    fn push(&mut self, id: u64, seq: u64, boot_id: [u8; 16], append: Append) {
        let Append { kind, flags, wall_ns, boot_ns, payload, durable } = append;
        self.salted.extend_from_slice(&[0; SALT_LEN]);
        self.salted.extend_from_slice(&payload);
        let stamp = Stamp { kind, flags, seq, wall_ns, boot_ns, boot_id };
        self.records.push(Staged { id, durable, stamp, end: self.salted.len() });
    }

    /// Puts a fresh salt in front of every payload, with one call for randomness.
    fn salt(&mut self, randomness: impl FnOnce(&mut [u8]) -> Result<(), i32>) -> Result<(), i32> {
        self.salts.resize(self.records.len() * SALT_LEN, 0);
        randomness(&mut self.salts)?;
        let mut start = 0;
        for (record, salt) in self.records.iter().zip(self.salts.chunks_exact(SALT_LEN)) {
            self.salted[start..start + SALT_LEN].copy_from_slice(salt);
            start = record.end;
        }
        Ok(())
    }

    /// How many of the salted bytes may be written so that neither file grows over [`FILE_MAX`]; whole records.
    fn within_limits(&self, from: &Position) -> usize {
        let fits = |record: &&Staged| {
            let frames = (record.stamp.seq + 1).saturating_sub(from.next_seq).saturating_mul(FRAME_LEN as u64);
            from.log_length + frames <= FILE_MAX && from.payload_length + record.end as u64 <= FILE_MAX
        };
        self.records.iter().take_while(fits).last().map_or(0, |record| record.end)
    }

    /// Makes the frames of the first `count` records; returns where the journal stands after each.
    fn seal(&mut self, from: &Position, count: usize) -> Vec<Mark> {
        let mut chain = from.chain;
        let mut start = 0;
        let mut marks = Vec::with_capacity(count);
        for (record, number) in self.records[..count].iter().zip(1u64..) {
            let frame = Frame::following(&chain, record.stamp, &self.salted[start..record.end]);
            self.frames.extend_from_slice(&frame.encode());
            chain = frame.chain;
            start = record.end;
            marks.push(Mark {
                seq: record.stamp.seq,
                chain,
                log_length: from.log_length + number * FRAME_LEN as u64,
                payload_length: from.payload_length + record.end as u64,
            });
        }
        marks
    }

    fn clear(&mut self) {
        self.records.clear();
        self.pings.clear();
        self.salted.clear();
        self.frames.clear();
    }
}

#[cfg(test)]
mod tests;
