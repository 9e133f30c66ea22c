#![no_main]
//! The grammar: no text panics it, outgrows its stack or costs more than its budget.

use palisade_language::limits::{Budget, STEPS_MAX};
use palisade_language::parser::{parse, parse_template};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    // As a worker does it: what the guards refuse never reaches the parser.
    if let Ok(guarded) = palisade_language::guards::guard(bytes) {
        let mut budget = Budget::new(STEPS_MAX);
        let _ = parse(guarded.text, 0, &mut budget);
        let _ = parse_template(guarded.text, 0, &mut budget);
        assert!(budget.used() <= STEPS_MAX);
    }
});
