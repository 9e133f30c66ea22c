#![no_main]
//! A segment of any bytes: it ends, what is accepted is chained, and what is not is measured. Half of the inputs are damage to a
//! whole segment, so that the walk gets somewhere.

use palisade_segment::frame::{FRAME_LEN, Frame, Stamp};
use palisade_segment::walk::{Position, Walk};

const CHAIN: [u8; 32] = [9; 32];

fn records(count: u64) -> (Vec<u8>, Vec<u8>) {
    let (mut log, mut dat, mut chain) = (Vec::new(), Vec::new(), CHAIN);
    for seq in 0..count {
        let stamp = Stamp { kind: 1, flags: 0, seq, wall_ns: 1, boot_ns: 1, boot_id: [1; 16] };
        let salted = [&[seq as u8 | 1; 32][..], &seq.to_le_bytes()].concat();
        let frame = Frame::following(&chain, stamp, &salted);
        chain = frame.chain;
        log.extend(frame.encode());
        dat.extend(salted);
    }
    (log, dat)
}

fn walk(log: &[u8], dat: &[u8]) {
    for adopt in [false, true] {
        let mut walk = if adopt { Walk::adopting(log, dat) } else { Walk::new(log, dat, Position::start(0, CHAIN)) };
        let mut accepted = 0;
        while let Some(record) = walk.next().expect("memory does not fail") {
            assert_eq!(Frame::decode(&record.frame.encode()), Ok(record.frame));
            accepted += 1;
        }
        let position = walk.position();
        assert!(accepted * FRAME_LEN <= log.len() && position.log_length <= log.len() as u64);
        let ending = walk.finish().expect("memory does not fail");
        assert!(ending.torn().0 <= log.len() as u64);
    }
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let (first, rest) = bytes.split_at(bytes.len() / 2);
    walk(first, rest);
    let (mut log, mut dat) = records(4);
    for change in bytes.chunks_exact(4) {
        let at = usize::from(u16::from_le_bytes([change[1], change[2]]));
        let file = if change[0] & 1 == 0 { &mut log } else { &mut dat };
        match change[0] >> 1 & 3 {
            0 if at < file.len() => file[at] ^= change[3],
            1 => file.truncate(at),
            2 if at <= file.len() => file.insert(at, change[3]),
            _ => file.push(change[3]),
        }
    }
    walk(&log, &dat);
});
