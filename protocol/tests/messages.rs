//! Every message type: a value survives the wire, and no bytes do more than fail to decode.
//!
//! The same checks run coverage-guided in `fuzz/`; here they run on stable Rust with a seeded generator, on every test run.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use arbitrary::{Arbitrary, Unstructured};
use palisade_protocol::event::Event;
use palisade_protocol::packet::Packet;
use palisade_protocol::{classify, codec, compile, control, facts, guard, journal, opener, reader, worker};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt::Debug;

/// xorshift64*: the same bytes on every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| (self.next() >> 56) as u8).collect()
    }
}

fn survives_and_tolerates<T>(seed: u64)
where
    T: Serialize + DeserializeOwned + PartialEq + Debug + for<'a> Arbitrary<'a>,
{
    let mut random = Random(seed | 1);
    for round in 0..400 {
        let source = random.bytes(16 + 8 * round);
        let value = T::arbitrary(&mut Unstructured::new(&source)).expect("enough bytes");
        let Ok(mut bytes) = codec::encode(&value) else { continue };
        assert_eq!(codec::decode::<T>(&bytes).as_ref(), Ok(&value));
        for _ in 0..8 {
            // A changed byte, a cut, or a longer tail: an error or another value, never a panic, and never both ways.
            let at = random.next() as usize % bytes.len().max(1);
            match random.next() % 3 {
                0 if !bytes.is_empty() => bytes[at] ^= random.next() as u8,
                1 => bytes.truncate(at),
                _ => bytes.push(random.next() as u8),
            }
            if let Ok(other) = codec::decode::<T>(&bytes) {
                let again = codec::encode(&other).expect("what decodes encodes");
                assert_eq!(codec::decode::<T>(&again), Ok(other));
            }
        }
    }
}

macro_rules! messages {
    ($($name:ident: $type:ty,)*) => {$(
        #[test]
        fn $name() {
            survives_and_tolerates::<$type>(0x5eed);
            survives_and_tolerates::<Packet<$type>>(0xface);
        }
    )*};
}

messages! {
    to_guard: guard::ToGuard,
    from_guard: guard::FromGuard,
    to_control: control::ToControl,
    from_control: control::FromControl,
    classify_request: classify::Request,
    classify_reply: classify::Reply,
    opener_request: opener::Request,
    opener_reply: opener::Reply,
    questions: facts::Questions,
    answers: facts::Answers,
    journal_request: journal::Request,
    journal_reply: journal::Reply,
    reader_request: reader::Request,
    reader_reply: reader::Reply,
    compile_request: compile::Request,
    compile_reply: compile::Reply,
    opening: worker::Opening,
    policy_file: compile::PolicyFile,
    row: reader::Row,
    head: reader::Head,
}

#[test]
fn any_event_survives_its_payload_and_damaged_payloads_are_errors() {
    let mut random = Random(77);
    for round in 0..400 {
        let source = random.bytes(64 + 8 * round);
        let event = Event::arbitrary(&mut Unstructured::new(&source)).expect("enough bytes");
        let Ok(payload) = event.to_payload() else { continue };
        let mut bytes = payload.into_vec();
        assert_eq!(Event::from_payload(&bytes).as_ref(), Ok(&event));
        for _ in 0..8 {
            let at = random.next() as usize % bytes.len();
            bytes[at] ^= random.next() as u8;
            let _ = Event::from_payload(&bytes);
        }
    }
}
