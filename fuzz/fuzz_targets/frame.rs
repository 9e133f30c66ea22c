#![no_main]
//! A stream of frames, cut anywhere: frames or errors, and never more than its bytes.

use palisade_protocol::control::{FromControl, ToControl};
use palisade_protocol::frame::read;
use palisade_protocol::guard::{FromGuard, ToGuard};
use serde::Serialize;
use serde::de::DeserializeOwned;

fn all<T: DeserializeOwned + Serialize>(mut stream: &[u8]) {
    while let (before, Ok(message)) = (stream.len(), read::<T>(&mut stream)) {
        assert!(stream.len() < before);
        let _ = palisade_protocol::frame::encode(&message);
    }
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    all::<ToGuard>(bytes);
    all::<FromGuard>(bytes);
    all::<ToControl>(bytes);
    all::<FromControl>(bytes);
});
