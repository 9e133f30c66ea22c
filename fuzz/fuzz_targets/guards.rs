#![no_main]
//! What the guards let through is the text that came, within its limits.

use palisade_language::guards::guard;
use palisade_language::limits::{OPERATORS_MAX, TEXT_MAX};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(guarded) = guard(bytes) {
        assert_eq!(guarded.text.as_bytes(), bytes);
        assert!(bytes.len() <= TEXT_MAX && !bytes.contains(&0));
        let operators = bytes.iter().filter(|byte| b";|&\n".contains(byte)).count();
        assert!(operators <= OPERATORS_MAX);
        if let Some(suspicion) = guarded.suspicion {
            assert!(guarded.text[suspicion.at..].starts_with(suspicion.character));
        }
    }
});
