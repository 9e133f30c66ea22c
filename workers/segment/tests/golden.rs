//! The format's bytes, computed from its description by another program in another language. If this test must be changed, the
//! format has changed: that takes a new frame version.

use palisade_segment::frame::{Frame, Stamp};
use palisade_segment::genesis::{Genesis, chain};
use palisade_segment::walk::{Position, Walk};

const GENESIS: &str = "a736e2aa7b14a9e20985cb2b53462a0f1b8e8a81a39c1d976f0cdeb667a8f3c5";

/// Three frames: 120 bytes are three lines.
const LOG: [&str; 9] = [
    "780000000c4017b50100010000000000000000000807060504030201181716151413121110111213",
    "1415161718191a1b1c1d1e1f050000008bbc524b9aa14e8d0132132074ad7f232416584ff30b6930",
    "d7706004bd40b278ea915614437d60653d1ec8989b8049a0063baa75ae416b3b7f323075b5410ed4",
    "78000000d0b6c5690101050001000000000000000907060504030201191716151413121110111213",
    "1415161718191a1b1c1d1e1f000000004762117ca02029a986494fd8c06ca207c51b7e803656c3f8",
    "75c025f6045e3d4f20fabb22c3fd8ee208238f64658bf3a1f8e72e2191c5ce71d7649516c0ee8187",
    "78000000fa68ed9f0100040002000000000000000a070605040302011a1716151413121110111213",
    "1415161718191a1b1c1d1e1f020000004f5e3ff7ae2a2e4737a390d162226a8d03bf6f1716a75b6d",
    "eb49493ee572ff9baad2ab66d7aa288a5dc26cec0bc08657afac5434dd8e56f1bc82db57e17d7339",
];

/// Salts of 32 equal bytes, and the payloads "first", "" and 00 ff.
const DAT: [&str; 3] = [
    "a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a06669727374a1a1a1",
    "a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a2a2a2a2a2a2a2a2a2a2a2",
    "a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a200ff",
];

fn bytes(hex: &[&str]) -> Vec<u8> {
    let digits: Vec<u32> = hex.concat().chars().map(|digit| digit.to_digit(16).expect("hex")).collect();
    digits.chunks_exact(2).map(|pair| (pair[0] << 4 | pair[1]) as u8).collect()
}

fn genesis() -> Genesis {
    Genesis {
        origin: "golden".to_owned(),
        epoch_key_0: std::array::from_fn(|at| at as u8),
        created_ns: 0,
        boot_id: [0; 16],
    }
}

fn stamp(seq: u64, kind: u16, flags: u8) -> Stamp {
    Stamp {
        kind,
        flags,
        seq,
        wall_ns: 0x0102_0304_0506_0708 + seq,
        boot_ns: 0x1112_1314_1516_1718 + seq,
        boot_id: std::array::from_fn(|at| 0x10 + at as u8),
    }
}

const RECORDS: [(u16, u8, &[u8]); 3] = [(1, 0, b"first"), (5, 1, b""), (4, 0, b"\x00\xff")];

#[test]
fn records_are_written_as_the_golden_bytes() {
    let mut before = chain(&genesis());
    assert_eq!(before[..], bytes(&[GENESIS]));
    let (mut log, mut dat) = (Vec::new(), Vec::new());
    for (seq, (kind, flags, payload)) in (0..).zip(RECORDS) {
        let salted = [&[0xa0 + seq as u8; 32][..], payload].concat();
        let frame = Frame::following(&before, stamp(seq, kind, flags), &salted);
        before = frame.chain;
        log.extend(frame.encode());
        dat.extend(salted);
    }
    assert_eq!(log, bytes(&LOG));
    assert_eq!(dat, bytes(&DAT));
}

#[test]
fn the_golden_bytes_are_read_back() {
    let (log, dat) = (bytes(&LOG), bytes(&DAT));
    let mut walk = Walk::new(&log[..], &dat[..], Position::start(0, chain(&genesis())));
    for (seq, (kind, flags, payload)) in (0..).zip(RECORDS) {
        let record = walk.next().expect("reads").expect("a record");
        assert_eq!((record.frame.stamp, record.payload), (stamp(seq, kind, flags), payload));
    }
    assert!(walk.next().expect("reads").is_none());
    let ending = walk.finish().expect("reads");
    assert_eq!((ending.damage, ending.position.log_length, ending.position.payload_length), (None, 360, 103));
}
