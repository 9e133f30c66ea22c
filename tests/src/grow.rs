//! Lengthens a journal without a journal worker, for measurements of large ones.

use palisade_segment::directory::Name;
use palisade_segment::frame::{FRAME_LEN, Frame, Stamp};
use std::fs::File;
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// A payload of about 500 bytes with its salt.
const SALTED: usize = 500;

/// Appends `events` well-chained records to the segment `name` in `dir`.
pub fn segment(dir: &Path, name: Name, events: u64) {
    let mut log = File::open(dir.join(name.log())).unwrap();
    let mut last = [0; FRAME_LEN];
    log.seek(SeekFrom::End(-(FRAME_LEN as i64))).unwrap();
    log.read_exact(&mut last).unwrap();
    let mut frame = Frame::decode(&last).unwrap();
    let append = |file: String| BufWriter::new(File::options().append(true).open(dir.join(file)).unwrap());
    let (mut log, mut dat) = (append(name.log()), append(name.dat()));
    let mut salted = [0x5a; SALTED];
    for _ in 0..events {
        let stamp = Stamp { seq: frame.stamp.seq + 1, ..frame.stamp };
        salted[..8].copy_from_slice(&stamp.seq.to_le_bytes());
        frame = Frame::following(&frame.chain, stamp, &salted);
        log.write_all(&frame.encode()).unwrap();
        dat.write_all(&salted).unwrap();
    }
    log.flush().unwrap();
    dat.flush().unwrap();
}
