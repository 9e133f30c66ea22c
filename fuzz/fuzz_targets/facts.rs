#![no_main]
use palisade_protocol::codec::{decode_facts, encode_facts};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(answers) = decode_facts(bytes) {
        let again = encode_facts(&answers).expect("what was decoded can be encoded");
        assert_eq!(decode_facts(&again).expect("and decoded"), answers);
    }
});
