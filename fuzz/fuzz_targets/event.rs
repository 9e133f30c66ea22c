#![no_main]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(event) = palisade_protocol::event::Event::from_payload(bytes) {
        let _ = event.to_payload();
    }
});
