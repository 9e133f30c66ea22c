use super::*;
use crate::frame::Stamp;
use std::cell::Cell;

fn records(count: u64) -> (Vec<u8>, Vec<u8>) {
    let (mut log, mut dat, mut chain) = (Vec::new(), Vec::new(), [9; 32]);
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

fn walk(log: &[u8], dat: &[u8]) -> (u64, Ending) {
    let mut walk = Walk::new(log, dat, Position::start(0, [9; 32]));
    let mut count = 0;
    while walk.next().unwrap().is_some() {
        count += 1;
    }
    (count, walk.finish().unwrap())
}

#[test]
fn what_follows_the_last_record_is_measured_and_hashed_over_many_windows() {
    let (log, dat) = records(3);
    for torn in [1, 119, 120, WINDOW - 1, WINDOW, WINDOW + 1, 3 * WINDOW + 77] {
        let tail: Vec<u8> = (0..torn).map(|at| (at % 251) as u8).collect();
        let (count, ending) = walk(&[&log[..], &tail].concat(), &dat);
        let mut hash = Running::default();
        hash.add(&tail);
        assert_eq!((count, ending.torn()), (3, (torn as u64, hash.finish())), "{torn}");
    }
}

#[test]
fn a_whole_frame_is_found_at_any_offset_of_the_torn_bytes() {
    let (log, dat) = records(2);
    let frame = log[FRAME_LEN..].to_vec();
    for at in [1, 7, 120, WINDOW - 119, WINDOW - 1, WINDOW, 2 * WINDOW - 60] {
        let mut tail = vec![0x55; at];
        tail.extend(&frame);
        let damage = walk(&[&log[..FRAME_LEN], &tail].concat(), &dat).1.damage.unwrap();
        assert!(damage.frames_after && damage.altered(), "{at}");
        // One bit off and it is garbage like the rest.
        *tail.last_mut().unwrap() ^= 1;
        let damage = walk(&[&log[..FRAME_LEN], &tail].concat(), &dat).1.damage.unwrap();
        assert!(!damage.frames_after && !damage.altered(), "{at}");
    }
}

#[test]
fn lost_blocks_look_like_a_cut_and_changed_bytes_do_not() {
    let (log, dat) = records(4);
    let mut lost = log.clone();
    lost[FRAME_LEN + 112..2 * FRAME_LEN].fill(0);
    let damage = walk(&lost, &dat).1.damage.unwrap();
    assert!(damage.cut && damage.frames_after && !damage.altered() && damage.altered_at_end());
    let mut no_payload = dat.clone();
    no_payload[40..].fill(0);
    let damage = walk(&log, &no_payload).1.damage.unwrap();
    assert_eq!((damage.flaw, damage.altered()), (Flaw::Commitment, false));
    let mut changed = dat;
    changed[45] ^= 1;
    let damage = walk(&log, &changed).1.damage.unwrap();
    assert_eq!((damage.flaw, damage.altered()), (Flaw::Commitment, true));
}

#[test]
fn a_walk_in_the_middle_believes_the_first_frame_and_nothing_else() {
    let (log, dat) = records(5);
    let mut walk = Walk::adopting(&log[2 * FRAME_LEN..], &dat[80..]);
    let mut seqs = Vec::new();
    while let Some(record) = walk.next().unwrap() {
        seqs.push(record.frame.stamp.seq);
    }
    assert_eq!(seqs, [2, 3, 4]);
    let mixed = [&log[2 * FRAME_LEN..3 * FRAME_LEN], &log[..FRAME_LEN]].concat();
    let mut walk = Walk::adopting(&mixed[..], &dat[80..]);
    assert!(walk.next().unwrap().is_some());
    assert!(walk.next().unwrap().is_none());
    assert_eq!(walk.finish().unwrap().damage.unwrap().flaw, Flaw::Sequence(0));
}

#[test]
fn the_last_number_there_is_ends_a_walk() {
    let stamp = Stamp { kind: 1, flags: 0, seq: u64::MAX, wall_ns: 1, boot_ns: 1, boot_id: [1; 16] };
    let salted = [1; 32];
    let frame = Frame::following(&[9; 32], stamp, &salted).encode();
    let mut walk = Walk::new(&frame[..], &salted[..], Position::start(u64::MAX, [9; 32]));
    assert!(walk.next().unwrap().is_none());
}

/// A file in the middle of a write: it grows a byte each time it is looked at.
struct Growing<'a>(&'a [u8], Cell<usize>);

impl Source for Growing<'_> {
    fn read_at(&mut self, offset: u64, into: &mut [u8]) -> Result<usize, i32> {
        self.1.set(self.0.len().min(self.1.get() + 1));
        (&self.0[..self.1.get()]).read_at(offset, into)
    }
}

#[test]
fn a_frame_that_is_being_written_is_waited_for_and_not_taken_for_a_cut_one() {
    let (log, dat) = records(4);
    let growing = |bytes, from| Growing(bytes, Cell::new(from));
    let mut walk = Walk::new(growing(&log, 130), growing(&dat, dat.len()), Position::start(0, [9; 32]));
    while walk.next().unwrap().is_some() {}
    let ending = walk.finish().unwrap();
    assert_eq!(ending.damage, None);
    assert!(ending.position.next_seq >= 2, "the frame that was half there is whole");
}

#[test]
fn a_read_error_is_passed_on() {
    struct Broken;
    impl Source for Broken {
        fn read_at(&mut self, _: u64, _: &mut [u8]) -> Result<usize, i32> {
            Err(5)
        }
    }
    assert_eq!(Walk::new(Broken, Broken, Position::start(0, [0; 32])).next().unwrap_err(), 5);
}
