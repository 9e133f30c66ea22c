#![no_main]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| palisade_fuzz::decode::<palisade_protocol::facts::Questions>(bytes));
