//! A frame: 120 bytes, little-endian, one for each record. It holds no personal data, so it may outlive its payload.
//!
//! | bytes | field |
//! |---|---|
//! | 0..4 | length of the frame, 120 |
//! | 4..8 | CRC-32C of bytes 8..120; tells a cut or decayed frame from an altered one quickly, proves nothing |
//! | 8 | version, 1 |
//! | 9 | flags |
//! | 10..12 | kind of the event |
//! | 12..20 | sequence number |
//! | 20..28 | wall time, nanoseconds since 1970 |
//! | 28..36 | time since boot, nanoseconds |
//! | 36..52 | boot id |
//! | 52..56 | length of the payload, without its salt |
//! | 56..88 | commitment to salt and payload |
//! | 88..120 | chain value |

use crate::hash::{self, Hash};
use palisade_protocol::limits::PAYLOAD_MAX;
use std::fmt;

/// Length of a frame.
pub const FRAME_LEN: usize = 120;

/// The only version there is.
pub const VERSION: u8 = 1;

/// What the supervisor stamps on a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// The event's kind as a number.
    pub kind: u16,
    /// The record's flags.
    pub flags: u8,
    /// Sequence number: dense, never used twice.
    pub seq: u64,
    /// Wall time, nanoseconds since 1970.
    pub wall_ns: u64,
    /// Time since boot, nanoseconds.
    pub boot_ns: u64,
    /// Which boot.
    pub boot_id: [u8; 16],
}

/// A frame, decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame {
    /// What the supervisor stamped.
    pub stamp: Stamp,
    /// Length of the payload, without its salt; at most [`PAYLOAD_MAX`].
    pub payload_len: u32,
    /// Commitment to salt and payload.
    pub commit: Hash,
    /// The chain value after this frame.
    pub chain: Hash,
}

/// Why 120 bytes are not a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameError {
    /// The first field does not say 120.
    Length(u32),
    /// The checksum is of other bytes.
    Checksum,
    /// Sound, but of a version that this program does not know.
    Version(u8),
    /// Sound, but it claims a payload longer than any may be.
    PayloadLength(u32),
}

impl fmt::Display for FrameError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length(found) => write!(out, "the frame's length field says {found}, not {FRAME_LEN}"),
            Self::Checksum => write!(out, "the frame's checksum does not match its bytes"),
            Self::Version(found) => write!(out, "the frame has version {found}; this program knows {VERSION}"),
            Self::PayloadLength(found) => {
                write!(out, "the frame claims a payload of {found} bytes, over the limit of {PAYLOAD_MAX}")
            }
        }
    }
}

impl std::error::Error for FrameError {}

impl Frame {
    /// The frame that follows `previous` in the chain, for a payload with its salt in front.
    ///
    /// `salted` is at most 32 + [`PAYLOAD_MAX`] bytes; the caller's types see to that.
    pub fn following(previous: &Hash, stamp: Stamp, salted: &[u8]) -> Self {
        let payload_len = salted.len().saturating_sub(hash::SALT_LEN) as u32;
        let mut frame = Self { stamp, payload_len, commit: hash::commitment(salted), chain: [0; 32] };
        frame.chain = hash::chain(previous, &body_of(&frame.encode()));
        frame
    }

    /// The frame's bytes.
    pub fn encode(&self) -> [u8; FRAME_LEN] {
        let mut bytes = [0; FRAME_LEN];
        let Stamp { kind, flags, seq, wall_ns, boot_ns, boot_id } = self.stamp;
        bytes[0..4].copy_from_slice(&(FRAME_LEN as u32).to_le_bytes());
        bytes[8] = VERSION;
        bytes[9] = flags;
        bytes[10..12].copy_from_slice(&kind.to_le_bytes());
        bytes[12..20].copy_from_slice(&seq.to_le_bytes());
        bytes[20..28].copy_from_slice(&wall_ns.to_le_bytes());
        bytes[28..36].copy_from_slice(&boot_ns.to_le_bytes());
        bytes[36..52].copy_from_slice(&boot_id);
        bytes[52..56].copy_from_slice(&self.payload_len.to_le_bytes());
        bytes[56..88].copy_from_slice(&self.commit);
        bytes[88..120].copy_from_slice(&self.chain);
        let crc = crc32c::crc32c(&bytes[8..]);
        bytes[4..8].copy_from_slice(&crc.to_le_bytes());
        bytes
    }

    /// Reads a frame. Neither chain nor commitment is checked here: that takes the record before it and its payload.
    pub fn decode(bytes: &[u8; FRAME_LEN]) -> Result<Self, FrameError> {
        let length = u32::from_le_bytes(field(bytes, 0));
        if length != FRAME_LEN as u32 {
            return Err(FrameError::Length(length));
        }
        if u32::from_le_bytes(field(bytes, 4)) != crc32c::crc32c(&bytes[8..]) {
            return Err(FrameError::Checksum);
        }
        if bytes[8] != VERSION {
            return Err(FrameError::Version(bytes[8]));
        }
        let payload_len = u32::from_le_bytes(field(bytes, 52));
        if payload_len as usize > PAYLOAD_MAX {
            return Err(FrameError::PayloadLength(payload_len));
        }
        let stamp = Stamp {
            kind: u16::from_le_bytes(field(bytes, 10)),
            flags: bytes[9],
            seq: seq_of(bytes),
            wall_ns: u64::from_le_bytes(field(bytes, 20)),
            boot_ns: u64::from_le_bytes(field(bytes, 28)),
            boot_id: field(bytes, 36),
        };
        Ok(Self { stamp, payload_len, commit: field(bytes, 56), chain: field(bytes, 88) })
    }

    /// Length of salt and payload in the payload file.
    pub fn salted_len(&self) -> usize {
        hash::SALT_LEN + self.payload_len as usize
    }
}

/// The bytes that the chain covers.
pub fn body_of(bytes: &[u8; FRAME_LEN]) -> [u8; 80] {
    field(bytes, 8)
}

/// The sequence number field of bytes that need not be a sound frame.
pub fn seq_of(bytes: &[u8; FRAME_LEN]) -> u64 {
    u64::from_le_bytes(field(bytes, 12))
}

fn field<const N: usize>(bytes: &[u8; FRAME_LEN], at: usize) -> [u8; N] {
    let mut out = [0; N];
    out.copy_from_slice(&bytes[at..at + N]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp() -> Stamp {
        Stamp {
            kind: 0x0102,
            flags: 1,
            seq: 0x1122_3344_5566_7788,
            wall_ns: 0x0a0b_0c0d_0e0f_1011,
            boot_ns: 0x2122_2324_2526_2728,
            boot_id: *b"boot-id-16-bytes",
        }
    }

    #[test]
    fn a_frame_survives_its_bytes_and_every_flipped_byte_is_refused() {
        let frame = Frame::following(&[7; 32], stamp(), &[9; 32 + 5]);
        let bytes = frame.encode();
        assert_eq!(Frame::decode(&bytes), Ok(frame));
        for at in 0..FRAME_LEN {
            let mut flipped = bytes;
            flipped[at] ^= 0x10;
            assert!(Frame::decode(&flipped).is_err(), "byte {at}");
        }
    }

    #[test]
    fn another_version_and_an_impossible_payload_are_told_apart_from_decay() {
        let mut bytes = Frame::following(&[7; 32], stamp(), &[9; 40]).encode();
        bytes[8] = 2;
        let crc = crc32c::crc32c(&bytes[8..]).to_le_bytes();
        bytes[4..8].copy_from_slice(&crc);
        assert_eq!(Frame::decode(&bytes), Err(FrameError::Version(2)));
        let mut huge = Frame::following(&[7; 32], stamp(), &[9; 40]);
        huge.payload_len = u32::MAX;
        assert_eq!(Frame::decode(&huge.encode()), Err(FrameError::PayloadLength(u32::MAX)));
    }
}
