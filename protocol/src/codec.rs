//! The one module that knows the encoding: bincode 2, fixed configuration, decode limit, no trailing bytes.
//!
//! Changing the codec is a change of this file, [`crate::limits::PROTOCOL_VERSION`] and the golden bytes in `tests/golden.rs`.

use crate::facts::{Answers, FACTS_MAX};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt;

/// Why bytes are not a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CodecError {
    /// The bytes are longer than any message may be.
    TooLong(usize),
    /// The bytes do not decode: cut short, an unknown variant, a length over its limit.
    Malformed(String),
    /// A whole message decoded and bytes were left over.
    Trailing(usize),
    /// The value cannot be encoded within the limit.
    Unencodable(String),
}

impl fmt::Display for CodecError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong(length) => write!(out, "a message of {length} bytes is over the limit"),
            Self::Malformed(why) => write!(out, "not a message: {why}"),
            Self::Trailing(count) => write!(out, "{count} bytes follow the message"),
            Self::Unencodable(why) => write!(out, "the message cannot be encoded: {why}"),
        }
    }
}

impl std::error::Error for CodecError {}

/// What decoding may claim in all: a packet, with room for the in-memory form of small items.
const DECODE_LIMIT: usize = 1024 * 1024;

fn config() -> impl bincode::config::Config {
    bincode::config::standard().with_limit::<DECODE_LIMIT>()
}

/// A tree's entries claim more in memory than on the wire.
fn facts_config() -> impl bincode::config::Config {
    bincode::config::standard().with_limit::<{ 4 * FACTS_MAX }>()
}

/// The message's bytes.
pub fn encode<T: Serialize>(message: &T) -> Result<Vec<u8>, CodecError> {
    bincode::serde::encode_to_vec(message, config()).map_err(|why| CodecError::Unencodable(why.to_string()))
}

/// Answers about the world: they travel in parts and may be larger than any one message.
pub fn encode_facts(answers: &Answers) -> Result<Vec<u8>, CodecError> {
    match bincode::serde::encode_to_vec(answers, facts_config()) {
        Ok(bytes) if bytes.len() > FACTS_MAX => Err(CodecError::TooLong(bytes.len())),
        encoded => encoded.map_err(|why| CodecError::Unencodable(why.to_string())),
    }
}

/// The answers that `bytes` hold, all of them and nothing after.
pub fn decode_facts(bytes: &[u8]) -> Result<Answers, CodecError> {
    if bytes.len() > FACTS_MAX {
        return Err(CodecError::TooLong(bytes.len()));
    }
    let (answers, used) = bincode::serde::decode_from_slice(bytes, facts_config())
        .map_err(|why| CodecError::Malformed(why.to_string()))?;
    match bytes.len() - used {
        0 => Ok(answers),
        left => Err(CodecError::Trailing(left)),
    }
}

/// The message's bytes, appended to `to`.
pub fn encode_into<T: Serialize>(message: &T, to: &mut Vec<u8>) -> Result<(), CodecError> {
    bincode::serde::encode_into_std_write(message, to, config())
        .map(|_| ())
        .map_err(|why| CodecError::Unencodable(why.to_string()))
}

/// The one message that `bytes` hold, all of them and nothing after.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, CodecError> {
    if bytes.len() > DECODE_LIMIT {
        return Err(CodecError::TooLong(bytes.len()));
    }
    let (message, used) =
        bincode::serde::decode_from_slice(bytes, config()).map_err(|why| CodecError::Malformed(why.to_string()))?;
    if used != bytes.len() {
        return Err(CodecError::Trailing(bytes.len() - used));
    }
    Ok(message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bounded::{Blob, List, Text};

    #[test]
    fn bytes_after_a_message_are_refused() {
        let mut bytes = encode(&7u32).expect("encodes");
        bytes.push(0);
        assert_eq!(decode::<u32>(&bytes), Err(CodecError::Trailing(1)));
    }

    #[test]
    fn a_claimed_length_over_the_limit_allocates_nothing_and_is_refused() {
        // 0xfd: an eight-byte length follows; it claims 2^60 bytes and brings none.
        let claim = [0xfdu8, 0, 0, 0, 0, 0, 0, 0, 0x10];
        assert!(matches!(decode::<Blob<16>>(&claim), Err(CodecError::Malformed(_))));
        assert!(matches!(decode::<Text<16>>(&claim), Err(CodecError::Malformed(_))));
        assert!(matches!(decode::<List<u8, 16>>(&claim), Err(CodecError::Malformed(_))));
    }

    #[test]
    fn a_length_over_the_types_limit_is_refused_though_its_bytes_are_there() {
        let bytes = encode(&Blob::<8>::new(*b"12345678").expect("fits")).expect("encodes");
        assert!(decode::<Blob<8>>(&bytes).is_ok());
        assert!(matches!(decode::<Blob<7>>(&bytes), Err(CodecError::Malformed(_))));
    }
}
