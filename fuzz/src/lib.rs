//! What the targets share.

pub mod verdict;

use palisade_protocol::codec;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt::Debug;

/// Bytes from anybody: an error, or a value that encodes to bytes that decode to it again.
pub fn decode<T: Serialize + DeserializeOwned + PartialEq + Debug>(bytes: &[u8]) {
    if let Ok(value) = codec::decode::<T>(bytes) {
        let again = codec::encode(&value).expect("what decodes encodes");
        assert_eq!(codec::decode::<T>(&again).as_ref(), Ok(&value));
    }
}
