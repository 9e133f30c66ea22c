//! Client ↔ supervisor framing on a stream socket: a little-endian `u32` length, then that many bytes of one message.
//!
//! A length of zero or above [`FRAME_MAX`] is malformed; nothing is allocated for it.

use crate::codec::{self, CodecError};
use crate::limits::FRAME_MAX;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt;
use std::io::{self, Read, Write};

/// Bytes of the length prefix.
pub const HEADER: usize = 4;

/// Why a frame could not be read or written.
#[derive(Debug)]
pub enum FrameError {
    /// The stream failed or ended inside a frame.
    Stream(io::Error),
    /// The peer closed the stream between two frames.
    Closed,
    /// The prefix claims zero bytes or more than [`FRAME_MAX`].
    Length(u32),
    /// The bytes are not the expected message.
    Codec(CodecError),
}

impl fmt::Display for FrameError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stream(why) => write!(out, "the connection failed: {why}"),
            Self::Closed => write!(out, "the peer closed the connection"),
            Self::Length(length) => write!(out, "a frame of {length} bytes is outside 1..={FRAME_MAX}"),
            Self::Codec(why) => write!(out, "{why}"),
        }
    }
}

impl std::error::Error for FrameError {}

/// The length that a prefix announces, when a frame may have it.
pub fn length(header: [u8; HEADER]) -> Result<usize, FrameError> {
    let claimed = u32::from_le_bytes(header);
    match claimed as usize {
        1..=FRAME_MAX => Ok(claimed as usize),
        _ => Err(FrameError::Length(claimed)),
    }
}

/// One message as a frame, prefix included. A message that does not fit a frame is the sender's defect and is refused.
pub fn encode<T: Serialize>(message: &T) -> Result<Vec<u8>, FrameError> {
    let mut bytes = Vec::new();
    encode_into(message, &mut bytes)?;
    Ok(bytes)
}

/// The same behind other frames. After an error they are of no more use.
pub fn encode_into<T: Serialize>(message: &T, frames: &mut Vec<u8>) -> Result<(), FrameError> {
    let start = frames.len() + HEADER;
    frames.resize(start, 0);
    codec::encode_into(message, frames).map_err(FrameError::Codec)?;
    let body = frames.len() - start;
    if !(1..=FRAME_MAX).contains(&body) {
        return Err(FrameError::Length(u32::try_from(body).unwrap_or(u32::MAX)));
    }
    frames[start - HEADER..start].copy_from_slice(&(body as u32).to_le_bytes());
    Ok(())
}

/// Writes one frame in a single call, so that small frames stay one packet on the socket.
pub fn write<T: Serialize>(to: &mut impl Write, message: &T) -> Result<(), FrameError> {
    to.write_all(&encode(message)?).map_err(FrameError::Stream)
}

/// Reads one frame, blocking; the stream's own timeout bounds the wait.
pub fn read<T: DeserializeOwned>(from: &mut impl Read) -> Result<T, FrameError> {
    let mut header = [0; HEADER];
    let mut have = 0;
    while have < HEADER {
        match from.read(&mut header[have..]) {
            Ok(0) if have == 0 => return Err(FrameError::Closed),
            Ok(0) => return Err(FrameError::Stream(io::ErrorKind::UnexpectedEof.into())),
            Ok(count) => have += count,
            Err(why) if why.kind() == io::ErrorKind::Interrupted => {}
            Err(why) => return Err(FrameError::Stream(why)),
        }
    }
    let mut bytes = vec![0; length(header)?];
    from.read_exact(&mut bytes).map_err(FrameError::Stream)?;
    codec::decode(&bytes).map_err(FrameError::Codec)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_survives_the_stream_and_a_cut_one_is_an_error() {
        let frame = encode(&"hello".to_owned()).expect("encodes");
        assert_eq!(read::<String>(&mut frame.as_slice()).expect("reads"), "hello");
        for cut in 1..frame.len() {
            assert!(matches!(read::<String>(&mut &frame[..cut]), Err(FrameError::Stream(_))), "cut at {cut}");
        }
        assert!(matches!(read::<String>(&mut &frame[..0]), Err(FrameError::Closed)));
    }

    #[test]
    fn lengths_outside_the_limit_are_refused_before_anything_is_read() {
        for claimed in [0u32, FRAME_MAX as u32 + 1, u32::MAX] {
            assert!(matches!(read::<String>(&mut &claimed.to_le_bytes()[..]), Err(FrameError::Length(_))));
        }
    }
}
