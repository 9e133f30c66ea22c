#![no_main]
//! The whole classifier on any bytes, as every kind of call: an answer, in bounded memory. The first byte chooses the kind.

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Some((kind, body)) = bytes.split_first() {
        palisade_fuzz::verdict::judged(*kind, body);
    }
});
