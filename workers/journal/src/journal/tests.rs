use super::*;
use palisade_protocol::bounded::Blob;
use palisade_segment::walk::Walk;
use std::cell::RefCell;
use std::collections::HashSet;
use std::rc::Rc;

const ENOSPC: i32 = 28;
const EIO: i32 = 5;
const GENESIS: [u8; 32] = [7; 32];

/// A disk that two files share, with its faults and its diary.
#[derive(Default)]
struct Disk {
    files: [Vec<u8>; 2],
    diary: Vec<String>,
    room: Option<usize>,
    /// The n-th operation of all fails with this number.
    fault: Option<(usize, i32)>,
}

const NAMES: [&str; 2] = ["frames", "payloads"];

struct File {
    which: usize,
    disk: Rc<RefCell<Disk>>,
}

impl Disk {
    fn enter(&mut self, what: String) -> Result<(), i32> {
        self.diary.push(what);
        match self.fault {
            Some((at, errno)) if at == self.diary.len() - 1 => Err(errno),
            _ => Ok(()),
        }
    }
}

impl Sink for File {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, i32> {
        let mut disk = self.disk.borrow_mut();
        disk.enter(format!("{} write", NAMES[self.which]))?;
        let taken = disk.room.map_or(bytes.len(), |room| room.min(bytes.len()));
        if taken == 0 {
            return Err(ENOSPC);
        }
        disk.room = disk.room.map(|room| room - taken);
        disk.files[self.which].extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    fn sync(&mut self) -> Result<(), i32> {
        self.disk.borrow_mut().enter(format!("{} sync", NAMES[self.which]))
    }
}

struct Rig {
    disk: Rc<RefCell<Disk>>,
    journal: Journal<File>,
    salt: u8,
    answers: Vec<(u64, Reply)>,
}

impl Rig {
    fn new() -> Self {
        let disk = Rc::new(RefCell::new(Disk::default()));
        let [frames, payloads] = [0, 1].map(|which| File { which, disk: Rc::clone(&disk) });
        let mut rig = Self { disk, journal: Journal::new(frames, payloads), salt: 0, answers: Vec::new() };
        let begin = Request::Begin { seq: 5, chain: GENESIS, boot_id: *b"0123456789abcdef" };
        assert_eq!(rig.journal.stage(Packet { id: 0, body: begin }), Ok(Some(Reply::Begun)));
        rig
    }

    fn stage(&mut self, id: u64, body: Request) {
        assert_eq!(self.journal.stage(Packet { id, body }), Ok(None));
    }

    /// Answers are noted in the diary too: what matters is when they are given.
    fn commit(&mut self) {
        let (disk, answers) = (Rc::clone(&self.disk), &mut self.answers);
        let salt = &mut self.salt;
        let randomness = |into: &mut [u8]| {
            into.iter_mut().for_each(|byte| {
                *salt = salt.wrapping_add(1);
                *byte = *salt;
            });
            Ok(())
        };
        self.journal.commit(randomness, |id, reply| {
            let word = match reply {
                Reply::Recorded(_) => "recorded",
                Reply::Durable => "durable",
                _ => "failed",
            };
            disk.borrow_mut().diary.push(format!("{id} {word}"));
            answers.push((id, reply));
        });
    }

    fn recorded(&self) -> Vec<Mark> {
        let marks = self.answers.iter().filter_map(|(_, reply)| match reply {
            Reply::Recorded(mark) => Some(*mark),
            _ => None,
        });
        marks.collect()
    }

    fn failures(&self) -> Vec<(u64, Failure)> {
        let failures = self.answers.iter().filter_map(|(id, reply)| match reply {
            Reply::Failed(failure) => Some((*id, *failure)),
            _ => None,
        });
        failures.collect()
    }

    /// Every record that a reader finds, as (sequence number, payload).
    fn read_back(&self) -> (Vec<(u64, Vec<u8>)>, u64) {
        let disk = self.disk.borrow();
        let mut walk = Walk::new(&disk.files[0][..], &disk.files[1][..], Position::start(5, GENESIS));
        let mut records = Vec::new();
        while let Some(record) = walk.next().unwrap() {
            records.push((record.frame.stamp.seq, record.payload.to_vec()));
        }
        (records, walk.finish().unwrap().torn().0)
    }
}

fn append(payload: &[u8], durable: bool) -> Request {
    Request::Append(Append { kind: 5, flags: 0, wall_ns: 1, boot_ns: 2, payload: Blob::new(payload).unwrap(), durable })
}

#[test]
fn a_batch_writes_payloads_before_frames_and_says_durable_only_after_both_are_synced() {
    let mut rig = Rig::new();
    rig.stage(1, append(b"one", false));
    rig.stage(2, append(b"two", true));
    rig.stage(3, append(b"three", true));
    rig.stage(4, Request::Ping);
    rig.commit();
    assert_eq!(
        rig.disk.borrow().diary,
        [
            "payloads write",
            "frames write",
            "1 recorded",
            "2 recorded",
            "3 recorded",
            "payloads sync",
            "frames sync",
            "2 durable",
            "3 durable",
            "4 durable",
        ]
    );
    let expected = [(5, b"one".to_vec()), (6, b"two".to_vec()), (7, b"three".to_vec())];
    assert_eq!(rig.read_back(), (expected.to_vec(), 0));
}

#[test]
fn nothing_is_synced_when_nobody_waits_for_it() {
    let mut rig = Rig::new();
    rig.stage(1, append(b"one", false));
    rig.commit();
    assert_eq!(rig.disk.borrow().diary, ["payloads write", "frames write", "1 recorded"]);
}

#[test]
fn a_mark_says_where_the_files_end_and_is_a_place_to_read_on_from() {
    let mut rig = Rig::new();
    for id in 1..=3 {
        rig.stage(id, append(b"payload", false));
        rig.stage(id + 10, append(b"", false));
        rig.commit();
    }
    let marks = rig.recorded();
    let disk = rig.disk.borrow();
    let last = marks.last().unwrap();
    assert_eq!((last.log_length as usize, last.payload_length as usize), (disk.files[0].len(), disk.files[1].len()));
    for (mark, left) in marks.iter().zip((0..6usize).rev()) {
        let from = Position {
            next_seq: mark.seq + 1,
            chain: mark.chain,
            log_length: mark.log_length,
            payload_length: mark.payload_length,
        };
        let mut walk = Walk::new(&disk.files[0][..], &disk.files[1][..], from);
        let mut count = 0;
        while walk.next().unwrap().is_some() {
            count += 1;
        }
        assert_eq!((count, walk.finish().unwrap().damage), (left, None));
    }
}

#[test]
fn a_disk_that_fills_at_any_byte_keeps_whole_records_and_says_which() {
    // Two batches of three records of 32 + 4 payload bytes and 120 frame bytes.
    let whole = 6 * (36 + 120);
    for room in 0..whole {
        let mut rig = Rig::new();
        rig.disk.borrow_mut().room = Some(room);
        for id in 1..=6u64 {
            rig.stage(id, append(&(id as u32).to_le_bytes(), id % 2 == 0));
            if id % 3 == 0 {
                rig.commit();
            }
        }
        let (records, _) = rig.read_back();
        let recorded: Vec<u64> = rig.recorded().iter().map(|mark| mark.seq).collect();
        assert_eq!(records.iter().map(|(seq, _)| *seq).collect::<Vec<_>>(), recorded, "room for {room}");
        assert_eq!(recorded.len() + rig.failures().len(), 6, "room for {room}");
        let first_failed = rig.failures()[0];
        assert_eq!(first_failed, (recorded.len() as u64 + 1, Failure::Full), "room for {room}");
        // What was recorded can still be made durable, and nothing more is written.
        let before = rig.disk.borrow().files.clone();
        rig.answers.clear();
        rig.disk.borrow_mut().room = None;
        rig.stage(7, append(b"late", true));
        rig.stage(8, Request::Ping);
        rig.commit();
        assert_eq!(rig.answers, [(7, Reply::Failed(Failure::Poisoned)), (8, Reply::Durable)]);
        assert_eq!(rig.disk.borrow().files, before);
    }
}

#[test]
fn a_segment_at_its_size_limit_is_full_before_the_kernel_says_so() {
    for (log_length, payload_length, fitting) in
        [(FILE_MAX - 240, 0, 2), (0, FILE_MAX - 2 * 36, 2), (FILE_MAX - 119, 0, 0), (0, FILE_MAX - 35, 0)]
    {
        let mut rig = Rig::new();
        let position = &mut rig.journal.begun.as_mut().unwrap().position;
        (position.log_length, position.payload_length) = (log_length, payload_length);
        (1..=3).for_each(|id| rig.stage(id, append(b"four", true)));
        rig.commit();
        assert_eq!(rig.recorded().len(), fitting);
        assert_eq!(rig.failures(), (fitting as u64 + 1..=3).map(|id| (id, Failure::Full)).collect::<Vec<_>>());
        assert_eq!(rig.disk.borrow().files[0].len(), fitting * FRAME_LEN);
    }
}

#[test]
fn a_failed_write_ends_the_segment_with_its_number() {
    for (at, expected) in [(0, 0), (1, 0)] {
        let mut rig = Rig::new();
        rig.disk.borrow_mut().fault = Some((at, EIO));
        rig.stage(1, append(b"one", true));
        rig.stage(2, append(b"two", false));
        rig.commit();
        assert_eq!(rig.failures(), [(1, Failure::Write(EIO)), (2, Failure::Write(EIO))]);
        assert_eq!(rig.read_back().0.len(), expected);
        rig.stage(3, append(b"three", false));
        rig.commit();
        assert_eq!(rig.failures()[2..], [(3, Failure::Poisoned)]);
    }
}

#[test]
fn a_failed_fdatasync_poisons_the_segment_for_ever_though_the_next_one_would_succeed() {
    // Operations: payloads write, frames write, two answers, payloads sync, frames sync.
    for at in [4, 5] {
        let mut rig = Rig::new();
        rig.disk.borrow_mut().fault = Some((at, EIO));
        rig.stage(1, append(b"one", true));
        rig.stage(2, append(b"two", true));
        rig.stage(3, Request::Ping);
        rig.commit();
        assert_eq!(rig.failures(), [1, 2, 3].map(|id| (id, Failure::Sync(EIO))));
        rig.answers.clear();
        let operations = rig.disk.borrow().diary.len();
        rig.stage(4, append(b"four", true));
        rig.stage(5, Request::Ping);
        rig.commit();
        assert_eq!(rig.answers, [4, 5].map(|id| (id, Reply::Failed(Failure::Poisoned))));
        assert_eq!(rig.disk.borrow().diary[operations..], ["4 failed", "5 failed"], "no file is touched again");
    }
}

#[test]
fn without_randomness_nothing_is_written() {
    let mut rig = Rig::new();
    rig.stage(1, append(b"one", true));
    let mut answers = Vec::new();
    rig.journal.commit(|_| Err(EIO), |id, reply| answers.push((id, reply)));
    assert_eq!(answers, [(1, Reply::Failed(Failure::Write(EIO)))]);
    assert_eq!(rig.disk.borrow().diary, Vec::<String>::new());
}

#[test]
fn requests_out_of_order_are_refused() {
    let begin = |seq| Packet { id: 1, body: Request::Begin { seq, chain: GENESIS, boot_id: [0; 16] } };
    let fresh = || Rig::new().disk;
    let journal = |disk: &Rc<RefCell<Disk>>| {
        let [frames, payloads] = [0, 1].map(|which| File { which, disk: Rc::clone(disk) });
        Journal::new(frames, payloads)
    };
    let mut early = journal(&fresh());
    assert_eq!(early.stage(Packet { id: 1, body: append(b"", false) }), Err(Disorder::NotBegun));
    assert_eq!(early.stage(Packet { id: 1, body: Request::Ping }), Err(Disorder::NotBegun));
    let mut twice = journal(&fresh());
    assert_eq!(twice.stage(begin(0)), Ok(Some(Reply::Begun)));
    assert_eq!(twice.stage(begin(0)), Err(Disorder::BegunTwice));
    let mut last = journal(&fresh());
    assert_eq!(last.stage(begin(u64::MAX)), Ok(Some(Reply::Begun)));
    assert_eq!(last.stage(Packet { id: 2, body: append(b"", false) }), Err(Disorder::OutOfNumbers));
}

#[test]
fn a_batch_is_bounded_in_records_and_in_bytes() {
    let mut rig = Rig::new();
    for id in 0..BATCH_RECORDS as u64 {
        assert!(rig.journal.has_room());
        rig.stage(id, append(b"x", false));
    }
    assert!(!rig.journal.has_room());
    rig.commit();
    let mut staged = 0;
    while rig.journal.has_room() {
        rig.stage(staged, append(&[0; 56 * 1024], false));
        staged += 1;
    }
    assert!(staged as usize * 56 * 1024 <= BATCH_BYTES + 56 * 1024, "{staged}");
    rig.commit();
    assert_eq!(rig.recorded().len(), BATCH_RECORDS + staged as usize);
}

#[test]
fn equal_payloads_have_different_commitments_and_so_have_a_hundred_thousand_different_ones() {
    let mut rig = Rig::new();
    let mut seen = HashSet::new();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut id = 0;
    while seen.len() < 110_000 {
        let before = seen.len();
        while rig.journal.has_room() {
            // xorshift64: distinct for 2^64 - 1 steps; lengths vary so that one payload may begin another.
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let payload: &[u8] = if id % 16 == 0 { b"the same" } else { &state.to_le_bytes()[..] };
            rig.stage(id, append(payload, false));
            id += 1;
        }
        let mut fill = state;
        rig.journal.commit(
            |into| {
                for salt in into.chunks_exact_mut(32) {
                    fill = fill.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
                    salt[..8].copy_from_slice(&fill.to_le_bytes());
                }
                Ok(())
            },
            |_, _| (),
        );
        let mut disk = rig.disk.borrow_mut();
        for frame in disk.files[0].chunks_exact(FRAME_LEN) {
            assert!(seen.insert(<[u8; 32]>::try_from(&frame[56..88]).unwrap()), "a commitment came twice");
        }
        assert_eq!(seen.len() - before, BATCH_RECORDS);
        disk.files = Default::default();
    }
}
