#![no_main]
//! Any bytes give a text; and a secret planted by the first rules is never in it, whatever stands before and behind.

use palisade_language::redact::redact;

const SECRET: &str = "hunter2x9";

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = redact(bytes);
    // A line of its own, outside quotes that the bytes may have opened: those may make it something else.
    if !bytes.iter().any(|byte| b"\"'\\`$<#".contains(byte)) && std::str::from_utf8(bytes).is_ok() {
        let planted = [bytes, b"\nPGPASSWORD=", SECRET.as_bytes(), b" psql -h db\n", bytes].concat();
        let redacted = redact(&planted);
        assert!(!redacted.text.contains(SECRET), "{}", redacted.text);
    }
});
