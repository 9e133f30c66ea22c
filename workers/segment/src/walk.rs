//! Reads a segment back, front to back, in constant memory, and believes nothing that is not checked.
//!
//! The files may be of any bytes: an attacker who can write to the disk may have made them. A walk ends at the first record
//! that does not hold; [`Walk::finish`] then says what follows, and whether that looks like a write that was cut or like
//! a change.

use crate::frame::{self, FRAME_LEN, Frame, FrameError};
use crate::hash::{self, Hash, Message, Running};
use crate::window::{Source, WINDOW, Window};
use palisade_protocol::limits::PAYLOAD_MAX;
use std::fmt;

/// Where the chain stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// Sequence number of the next record.
    pub next_seq: u64,
    /// Chain value before it.
    pub chain: Hash,
    /// Bytes of whole, chained frames of this segment before it.
    pub log_length: u64,
    /// Bytes of their payloads.
    pub payload_length: u64,
}

impl Position {
    /// The start of a segment that follows `chain`.
    pub fn start(next_seq: u64, chain: Hash) -> Self {
        Self { next_seq, chain, log_length: 0, payload_length: 0 }
    }
}

/// One record that holds: checksum, sequence, chain, payload and commitment are right.
#[derive(Debug)]
pub struct Record<'a> {
    /// Its frame.
    pub frame: Frame,
    /// Its payload, without the salt.
    pub payload: &'a [u8],
}

/// What is wrong with the first record that does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// The file ends within the frame, after so many bytes.
    Cut(usize),
    /// The bytes are no frame.
    Frame(FrameError),
    /// A sound frame with another sequence number.
    Sequence(u64),
    /// A sound frame that does not continue the chain.
    Chain,
    /// The payload file ends within the payload.
    PayloadCut,
    /// The payload is not the one committed to.
    Commitment,
}

impl fmt::Display for Flaw {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cut(bytes) => write!(out, "only {bytes} of {FRAME_LEN} bytes of the frame are there"),
            Self::Frame(why) => write!(out, "{why}"),
            Self::Sequence(found) => write!(out, "record {found} stands in its place"),
            Self::Chain => write!(out, "the frame does not continue the chain of the records before it"),
            Self::PayloadCut => write!(out, "the payload file ends before its payload does"),
            Self::Commitment => write!(out, "the payload is not the one that the frame commits to"),
        }
    }
}

/// What follows the last record that holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Damage {
    /// What is wrong with the first of it.
    pub flaw: Flaw,
    /// How many bytes of the file of frames it is.
    pub torn: u64,
    /// SHA-256 of those bytes.
    pub torn_sha256: Hash,
    /// Whether it begins as a write does that a crash or a full disk cut: the file ends, or blocks are zeros.
    pub cut: bool,
    /// Whether its first bytes are mostly a frame.
    pub framelike: bool,
    /// Whether whole frames come later.
    pub frames_after: bool,
}

impl Damage {
    /// Whether this cannot be what a cut write leaves. Bytes that a later record accounts for must not look like this.
    pub fn altered(&self) -> bool {
        !self.cut && (self.framelike || self.frames_after)
    }

    /// The same for bytes at the end of the journal that no record accounts for: nothing may follow them.
    pub fn altered_at_end(&self) -> bool {
        self.altered() || (self.frames_after && self.flaw != Flaw::PayloadCut)
    }
}

/// A walk over one segment.
#[derive(Debug)]
pub struct Walk<S> {
    log: Window<S>,
    dat: Window<S>,
    position: Position,
    adopt: bool,
    flaw: Option<(Flaw, bool)>,
    /// How many of the next records have been found to hold.
    ready: usize,
    /// Bytes of log and payloads that the last record given out has, passed at the next step.
    given: (usize, usize),
}

impl<S: Source> Walk<S> {
    /// Walks on from `from`; its lengths say where in the two files.
    pub fn new(log: S, dat: S, from: Position) -> Self {
        Self {
            log: Window::new(log, from.log_length),
            dat: Window::new(dat, from.payload_length),
            position: from,
            adopt: false,
            flaw: None,
            ready: 0,
            given: (0, 0),
        }
    }

    /// Walks a segment whose place in the chain is not known, from its beginning: the first frame is believed to say it, all others must follow.
    pub fn adopting(log: S, dat: S) -> Self {
        Self { adopt: true, ..Self::new(log, dat, Position::start(0, [0; 32])) }
    }

    /// The next record that holds; none at the end or at the first that does not. An error is the system's number for a failed read.
    // Not an Iterator: the record borrows the walk's buffer.
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> Result<Option<Record<'_>>, i32> {
        self.log.skip(self.given.0);
        self.dat.skip(self.given.1);
        self.given = (0, 0);
        if self.flaw.is_some() {
            return Ok(None);
        }
        if self.ready == 0 && !self.adopt {
            self.ready = self.look_ahead()?;
        }
        let hashed = self.ready > 0;
        self.ready = self.ready.saturating_sub(1);
        let bytes = peek_frame(&mut self.log)?;
        let Ok(bytes) = <&[u8; FRAME_LEN]>::try_from(bytes) else {
            let length = bytes.len();
            if length > 0 {
                self.flaw = Some((Flaw::Cut(length), true));
            }
            return Ok(None);
        };
        let checked =
            if hashed { Frame::decode(bytes).map_err(Flaw::Frame) } else { check(bytes, &self.position, self.adopt) };
        let frame = match checked {
            Ok(frame) => frame,
            Err(flaw) => {
                self.flaw = Some((flaw, zeros_at_end(bytes, LOST_FRAME)));
                return Ok(None);
            }
        };
        let salted = self.dat.peek(frame.salted_len())?;
        if salted.len() < frame.salted_len() {
            self.flaw = Some((Flaw::PayloadCut, true));
            return Ok(None);
        }
        if !hashed && hash::commitment(salted) != frame.commit {
            let lost = zeros_at_end(salted, LOST_PAYLOAD) || salted[..LOST_FRAME].iter().all(|byte| *byte == 0);
            self.flaw = Some((Flaw::Commitment, lost));
            return Ok(None);
        }
        self.adopt = false;
        self.given = (FRAME_LEN, frame.salted_len());
        self.position = Position {
            next_seq: frame.stamp.seq.saturating_add(1),
            chain: frame.chain,
            log_length: self.position.log_length + FRAME_LEN as u64,
            payload_length: self.position.payload_length + frame.salted_len() as u64,
        };
        // Peeked again, because the borrow above ends at the checks; it is in the buffer.
        let salted = self.dat.peek(frame.salted_len())?;
        Ok(Some(Record { frame, payload: salted.get(hash::SALT_LEN..).unwrap_or_default() }))
    }

    /// Counts how many of the next records hold, as far as both files are in memory. They are hashed side by side: each one's
    /// chain value is made from the one stored before it, and all up to the first that is wrong are right.
    fn look_ahead(&mut self) -> Result<usize, i32> {
        let log = self.log.available(FRAME_LEN)?;
        let mut dat = self.dat.available(hash::SALT_LEN + PAYLOAD_MAX)?;
        let (mut frames, mut links, mut salted) = (Vec::new(), Vec::new(), Vec::new());
        let mut chain = self.position.chain;
        for (bytes, seq) in log.as_chunks().0.iter().take(AHEAD).zip(self.position.next_seq..u64::MAX) {
            let Ok(frame) = Frame::decode(bytes) else { break };
            let Some((own, rest)) = dat.split_at_checked(frame.salted_len()) else { break };
            if frame.stamp.seq != seq {
                break;
            }
            links.push(hash::link(&chain, &frame::body_of(bytes)));
            salted.push(own);
            chain = frame.chain;
            dat = rest;
            frames.push(frame);
        }
        let commitments = salted.iter().map(|salted| Message::commitment(salted));
        let hashes = hash::all(&commitments.chain(links.iter().map(Message::chain)).collect::<Vec<_>>());
        let (commitments, chains) = hashes.split_at(frames.len());
        let holds = frames.iter().zip(commitments.iter().zip(chains));
        Ok(holds.take_while(|(frame, (commit, chain))| frame.commit == **commit && frame.chain == **chain).count())
    }

    /// Where the chain stands after the records given out.
    pub fn position(&self) -> Position {
        self.position
    }

    /// Bytes read so far.
    pub fn bytes_read(&self) -> u64 {
        self.log.bytes_read() + self.dat.bytes_read()
    }

    /// What follows the last record that holds, read to its end; none if nothing does.
    pub fn finish(mut self) -> Result<Ending, i32> {
        self.log.skip(self.given.0);
        self.given = (0, 0);
        let mut damage = None;
        if let Some((flaw, cut)) = self.flaw {
            let first = self.log.peek(FRAME_LEN)?;
            let framelike = <&[u8; FRAME_LEN]>::try_from(first)
                .is_ok_and(|bytes| bytes[..4] == FRAME_START || frame::seq_of(bytes) == self.position.next_seq);
            let rest = read_rest(&mut self.log)?;
            damage = Some(Damage {
                flaw,
                torn: rest.length,
                torn_sha256: rest.sha256,
                cut,
                framelike,
                frames_after: rest.frames_after,
            });
        }
        Ok(Ending { position: self.position, damage, bytes_read: self.bytes_read() })
    }
}

/// How a walk ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ending {
    /// After the last record that holds.
    pub position: Position,
    /// What follows it.
    pub damage: Option<Damage>,
    /// Bytes that were read.
    pub bytes_read: u64,
}

impl Ending {
    /// Bytes after the last record that holds, and their SHA-256.
    pub fn torn(&self) -> (u64, Hash) {
        self.damage.map_or_else(|| (0, Running::default().finish()), |damage| (damage.torn, damage.torn_sha256))
    }
}

/// How many records are hashed side by side: enough to keep all lanes of a processor busy.
const AHEAD: usize = 128;

/// Zeros at the end of a frame that say its block was never written. Blocks are multiples of 512 bytes and frames of 8, so
/// there are at least so many; a frame ends with a hash, which has so many by no chance.
const LOST_FRAME: usize = 8;

/// The same for a payload, which may well end with a few zeros of its own.
const LOST_PAYLOAD: usize = 32;

/// The first bytes of every frame.
const FRAME_START: [u8; 4] = (FRAME_LEN as u32).to_le_bytes();

/// How often a frame that is not whole is looked at again. A reader may overtake the journal within one write(2); that write
/// is over after some microseconds.
const LOOKS: usize = 1000;

fn peek_frame<S: Source>(log: &mut Window<S>) -> Result<&[u8], i32> {
    for _ in 0..LOOKS {
        if matches!(log.peek(FRAME_LEN)?.len(), 0 | FRAME_LEN) {
            break;
        }
    }
    log.peek(FRAME_LEN)
}

fn check(bytes: &[u8; FRAME_LEN], at: &Position, adopt: bool) -> Result<Frame, Flaw> {
    let frame = Frame::decode(bytes).map_err(Flaw::Frame)?;
    // Nothing could follow the last number there is, so it is never given to a record.
    if frame.stamp.seq == u64::MAX || (!adopt && frame.stamp.seq != at.next_seq) {
        return Err(Flaw::Sequence(frame.stamp.seq));
    }
    if !adopt && hash::chain(&at.chain, &frame::body_of(bytes)) != frame.chain {
        return Err(Flaw::Chain);
    }
    Ok(frame)
}

fn zeros_at_end(bytes: &[u8], count: usize) -> bool {
    bytes.len() >= count && bytes[bytes.len() - count..].iter().all(|byte| *byte == 0)
}

struct Rest {
    length: u64,
    sha256: Hash,
    frames_after: bool,
}

/// Hashes all that is left and looks for frames at every offset but the first: a change that moves bytes moves them too.
fn read_rest<S: Source>(log: &mut Window<S>) -> Result<Rest, i32> {
    let mut rest = Rest { length: 0, sha256: [0; 32], frames_after: false };
    let mut hash = Running::default();
    loop {
        let piece = log.peek(WINDOW)?;
        let last = piece.len() < WINDOW;
        // Frames that begin in the last bytes of a piece are looked for in the next one.
        let pass = if last { piece.len() } else { piece.len() - (FRAME_LEN - 1) };
        rest.frames_after |= holds_frame(piece, usize::from(rest.length == 0));
        hash.add(&piece[..pass]);
        rest.length += pass as u64;
        log.skip(pass);
        if last {
            rest.sha256 = hash.finish();
            return Ok(rest);
        }
    }
}

fn holds_frame(bytes: &[u8], from: usize) -> bool {
    let Some(bytes) = bytes.get(from..) else { return false };
    bytes.windows(FRAME_LEN).any(|window| {
        window[..4] == FRAME_START
            && <&[u8; FRAME_LEN]>::try_from(window).is_ok_and(|frame| Frame::decode(frame).is_ok())
    })
}

#[cfg(test)]
mod tests;
