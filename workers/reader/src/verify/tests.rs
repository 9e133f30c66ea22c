use super::*;
use crate::testing::{GAP, Journal, gap};
use Outcome::{ChainOnly, Tampered, Truncated, Unreadable};
use palisade_segment::frame::FRAME_LEN;
use palisade_segment::hash::Running;

fn outcome(journal: &Journal) -> (Outcome, Option<u64>) {
    let report = journal.verify(None);
    (report.outcome, report.at_seq)
}

#[test]
fn an_intact_journal_is_chain_only_and_says_whether_its_end_was_compared() {
    let journal = Journal::of(3, 7);
    let report = journal.verify(Some(journal.head()));
    assert_eq!((report.outcome, report.at_seq, report.records, report.segments), (ChainOnly, None, 21, 3));
    assert_eq!((report.head, report.head_compared), (Some(journal.head()), true));
    let size: usize = journal.segments.iter().map(|segment| segment.log.len() + segment.dat.len()).sum();
    assert_eq!(report.bytes, size as u64);
    let report = journal.verify(None);
    assert_eq!((report.outcome, report.head_compared), (ChainOnly, false));
    assert!(report.finding.contains("cut from the end would not be seen"), "{}", report.finding);
}

#[test]
fn every_flipped_byte_of_200_records_is_found_at_its_record() {
    let journal = Journal::of(8, 25);
    // The segments before the flipped one are the same each time, and checked once.
    let mut before = Verify::new(&journal.note, Some(journal.head()));
    for (segment, first) in journal.segments.iter().zip((0..).step_by(25)) {
        let check = |log: &[u8], dat: &[u8]| {
            let mut verify = before.clone();
            verify.segment(&segment.name, log, dat);
            for later in journal.segments.iter().filter(|later| later.name > segment.name) {
                verify.segment(&later.name, &later.log[..], &later.dat[..]);
            }
            let report = verify.finish();
            (report.outcome, report.at_seq)
        };
        let (mut log, mut dat) = (segment.log.clone(), segment.dat.clone());
        assert_eq!(check(&log, &dat), (ChainOnly, None));
        let mut payload = 0;
        for (frame, seq) in (0..log.len()).step_by(FRAME_LEN).zip(first..) {
            for at in frame..frame + FRAME_LEN {
                log[at] ^= 1 << (at % 8);
                assert_eq!(check(&log, &dat), (Tampered, Some(seq)), "frame byte {at}");
                log[at] = segment.log[at];
            }
            let end = payload + 32 + u32::from_le_bytes(log[frame + 52..frame + 56].try_into().unwrap()) as usize;
            for at in payload..end {
                dat[at] ^= 1 << (at % 8);
                assert_eq!(check(&log, &dat), (Tampered, Some(seq)), "payload byte {at}");
                dat[at] = segment.dat[at];
            }
            payload = end;
        }
        assert_eq!(payload, dat.len());
        before.segment(&segment.name, &log[..], &dat[..]);
    }
}

#[test]
fn a_cut_at_any_byte_is_truncated_and_a_cut_between_records_is_seen_by_its_head() {
    let whole = Journal::of(2, 5);
    let end = whole.segments[1].log.len();
    for length in 0..end {
        let mut journal = whole.clone();
        journal.segments[1].log.truncate(length);
        let next = 5 + (length / FRAME_LEN) as u64;
        let report = journal.verify(Some(whole.head()));
        assert_eq!((report.outcome, report.at_seq), (Truncated, Some(next)), "at {length}");
        let blind = if length % FRAME_LEN == 0 { (ChainOnly, None) } else { (Truncated, Some(next)) };
        assert_eq!(outcome(&journal), blind, "at {length}");
    }
}

#[test]
fn payloads_cut_at_any_byte_are_missed_at_their_record() {
    let whole = Journal::of(1, 6);
    let each = (whole.segments[0].dat.len() - 100) / 5;
    for length in 0..whole.segments[0].dat.len() {
        let mut journal = whole.clone();
        journal.segments[0].dat.truncate(length);
        let report = journal.verify(None);
        assert_eq!((report.outcome, report.payloads_missing), (Truncated, 1), "at {length}, {each}");
        assert_eq!(report.at_seq, Some(report.records));
    }
}

#[test]
fn a_cut_in_a_segment_that_others_follow_is_tampering() {
    let whole = Journal::of(3, 5);
    for length in 0..whole.segments[1].log.len() {
        let mut journal = whole.clone();
        journal.segments[1].log.truncate(length);
        assert_eq!(outcome(&journal), (Tampered, Some(5 + (length / FRAME_LEN) as u64)), "at {length}");
    }
}

#[test]
fn tails_of_zeros_and_garbage_are_truncated() {
    let whole = Journal::of(2, 5);
    let garbage: Vec<u8> = (0..5000u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8 | 1).collect();
    for length in [1, 119, 120, 121, 240, 4096, 5000] {
        for tail in [&vec![0; length][..], &garbage[..length]] {
            let mut journal = whole.clone();
            journal.segments[1].log.extend_from_slice(tail);
            assert_eq!(outcome(&journal), (Truncated, Some(10)), "{length} of {}", tail[0]);
        }
    }
    // A frame of which only the first blocks reached the disk.
    for kept in 0..FRAME_LEN - 8 {
        let mut journal = whole.clone();
        let last = journal.segments[1].log.len() - FRAME_LEN;
        journal.segments[1].log[last + kept..].fill(0);
        assert_eq!(outcome(&journal), (Truncated, Some(9)), "{kept}");
    }
}

/// Takes the records of the one segment apart: each its frame and its salted payload.
fn records(journal: &Journal) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut dat = &journal.segments[0].dat[..];
    let frames = journal.segments[0].log.chunks_exact(FRAME_LEN);
    let split = frames.map(|frame| {
        let length = 32 + u32::from_le_bytes(frame[52..56].try_into().unwrap()) as usize;
        let (payload, rest) = dat.split_at(length);
        dat = rest;
        (frame.to_vec(), payload.to_vec())
    });
    split.collect()
}

fn with_records(journal: &Journal, records: &[(Vec<u8>, Vec<u8>)]) -> Journal {
    let mut other = journal.clone();
    other.segments[0].log = records.iter().flat_map(|(frame, _)| frame.clone()).collect();
    other.segments[0].dat = records.iter().flat_map(|(_, payload)| payload.clone()).collect();
    other
}

#[test]
fn records_moved_removed_repeated_or_added_with_their_payloads_are_tampering() {
    let journal = Journal::of(1, 12);
    let whole = records(&journal);
    for at in 0..11 {
        let mut removed = whole.clone();
        removed.remove(at);
        assert_eq!(outcome(&with_records(&journal, &removed)), (Tampered, Some(at as u64)), "removed {at}");
        let mut swapped = whole.clone();
        swapped.swap(at, at + 1);
        assert_eq!(outcome(&with_records(&journal, &swapped)), (Tampered, Some(at as u64)), "swapped {at}");
        let mut repeated = whole.clone();
        repeated.insert(at, whole[at].clone());
        assert_eq!(outcome(&with_records(&journal, &repeated)), (Tampered, Some(at as u64 + 1)), "repeated {at}");
        // A sound frame of another journal with the right number, in between and in place.
        let mut other = Journal::new("other");
        other.next_seq = at as u64;
        other.segments = vec![crate::testing::Segment { name: String::new(), log: vec![], dat: vec![] }];
        other.append(gap(None));
        let foreign = records(&other)[0].clone();
        let mut added = whole.clone();
        added.insert(at, foreign.clone());
        assert_eq!(outcome(&with_records(&journal, &added)), (Tampered, Some(at as u64)), "added {at}");
        let mut replaced = whole.clone();
        replaced[at] = foreign;
        assert_eq!(outcome(&with_records(&journal, &replaced)), (Tampered, Some(at as u64)), "replaced {at}");
    }
}

#[test]
fn a_byte_taken_out_or_put_in_is_tampering_though_it_moves_every_frame_after_it() {
    let whole = Journal::of(1, 12);
    for at in 0..10 * FRAME_LEN {
        let mut journal = whole.clone();
        journal.segments[0].log.remove(at);
        assert_eq!(outcome(&journal).0, Tampered, "out at {at}");
        let mut journal = whole.clone();
        journal.segments[0].log.insert(at, 0x55);
        assert_eq!(outcome(&journal).0, Tampered, "in at {at}");
    }
}

#[test]
fn segments_swapped_missing_or_misnamed_are_tampering() {
    let whole = Journal::of(3, 5);
    let check = |what: &str, expected: u64, change: &dyn Fn(&mut Journal)| {
        let mut journal = whole.clone();
        change(&mut journal);
        assert_eq!(outcome(&journal), (Tampered, Some(expected)), "{what}");
    };
    check("contents swapped", 0, &|journal| {
        let [a, b, _] = &mut journal.segments[..] else { panic!() };
        std::mem::swap(&mut a.log, &mut b.log);
        std::mem::swap(&mut a.dat, &mut b.dat);
    });
    check("given in the wrong order", 0, &|journal| journal.segments.swap(0, 1));
    check("the later two in the wrong order", 5, &|journal| journal.segments.swap(1, 2));
    check("missing in the middle", 5, &|journal| drop(journal.segments.remove(1)));
    check("missing at the beginning", 0, &|journal| drop(journal.segments.remove(0)));
    check("given twice", 10, &|journal| journal.segments.insert(1, whole.segments[1].clone()));
    check("misnamed", 5, &|journal| journal.segments[1].name = "00000000000000000006".to_owned());
    check("not a name", 5, &|journal| journal.segments[1].name = "../../etc/passwd".to_owned());
    let mut last_missing = whole.clone();
    last_missing.segments.pop();
    assert_eq!(last_missing.verify(Some(whole.head())).outcome, Truncated);
}

#[test]
fn payloads_that_are_gone_or_of_another_segment_are_found() {
    let mut journal = Journal::of(2, 5);
    journal.segments[1].dat.clear();
    assert_eq!((outcome(&journal), journal.verify(None).payloads_missing), ((Truncated, Some(5)), 1));
    let mut journal = Journal::of(2, 5);
    journal.segments[0].dat.clear();
    assert_eq!(outcome(&journal), (Tampered, Some(0)));
    let mut journal = Journal::of(2, 5);
    journal.segments[1].dat = journal.segments[0].dat.clone();
    assert_eq!(outcome(&journal), (Tampered, Some(5)));
}

#[test]
fn an_empty_or_missing_journal_is_never_intact() {
    let head = Journal::of(1, 5).head();
    let mut nothing = Journal::new("test");
    assert_eq!(nothing.verify(None).outcome, Unreadable);
    assert_eq!(nothing.verify(Some(head)).outcome, Truncated);
    nothing.begin(0);
    nothing.segments[0].log.clear();
    nothing.segments[0].dat.clear();
    assert_eq!(nothing.verify(None).outcome, Unreadable);
    assert_eq!(nothing.verify(Some(head)).outcome, Truncated);
    let mut no_note = Journal::of(1, 5);
    no_note.note.clear();
    assert_eq!(no_note.verify(None).outcome, Unreadable);
}

#[test]
fn another_genesis_or_another_head_is_tampering() {
    let mut journal = Journal::of(2, 5);
    let mut head = journal.head();
    head.chain[0] ^= 1;
    let report = journal.verify(Some(head));
    assert_eq!((report.outcome, report.at_seq), (Tampered, Some(9)));
    journal.note = Journal::new("other").note;
    assert_eq!(outcome(&journal), (Tampered, Some(0)));
}

#[test]
fn a_head_that_is_older_than_the_journal_is_no_fault() {
    let mut journal = Journal::of(1, 5);
    let head = journal.head();
    journal.append(gap(None));
    assert_eq!(journal.verify(Some(head)).outcome, ChainOnly);
}

#[test]
fn a_crash_at_any_byte_is_accounted_for_by_the_next_segment() {
    let whole = Journal::of(2, 4);
    for length in 0..=whole.segments[1].log.len() {
        // Zeros stand where blocks are missing, which begin at multiples of 8 in a frame: see `walk`.
        for tail in [0, 8, 704].into_iter().filter(|tail| *tail == 0 || length % 8 == 0) {
            let mut journal = whole.clone();
            journal.segments[1].log.truncate(length);
            journal.segments[1].log.extend(vec![0; tail]);
            let tail = journal.scan();
            let records = 4 + (length / FRAME_LEN) as u64;
            assert_eq!(tail.next_seq, records, "at {length}");
            let again = u32::from(records == 4);
            journal.begin_at(&tail, again);
            journal.append(gap(None));
            let report = journal.verify(Some(journal.head()));
            assert_eq!(report.outcome, ChainOnly, "at {length}: {}", report.finding);
            let torn = journal.segments[1].log.len() as u64 - (records - 4) * FRAME_LEN as u64;
            assert_eq!(report.torn_accounted, u32::from(torn > 0), "at {length}");
        }
    }
}

#[test]
fn a_crash_of_the_segment_after_a_crash_is_accounted_for_too() {
    let mut journal = Journal::of(1, 4);
    journal.segments[0].log.extend([1, 2, 3]);
    // Its journal worker wrote a part of its first record and died; so did the next, before any byte.
    for again in [0, 1] {
        let tail = journal.scan();
        journal.begin_at(&tail, again);
        let cut = journal.segments.last_mut().unwrap();
        cut.log.truncate(if again == 0 { 50 } else { 0 });
        assert_eq!(outcome(&journal), (Truncated, Some(4)));
    }
    let tail = journal.scan();
    assert_eq!(
        tail.last.as_ref().map(|last| last.torn),
        Some(3),
        "the torn bytes behind a whole record are what matters"
    );
    journal.begin_at(&tail, 2);
    let report = journal.verify(None);
    assert_eq!((report.outcome, report.records), (ChainOnly, 5), "{}", report.finding);
    assert_eq!(report.torn_accounted, 1);
}

#[test]
fn a_first_segment_without_records_is_followed_by_its_second_try() {
    let mut journal = Journal::new("test");
    journal.begin(0);
    journal.segments[0].log.truncate(60);
    let tail = journal.scan();
    assert_eq!((tail.next_seq, tail.last_wall_ns), (0, None));
    journal.begin_at(&tail, 1);
    assert_eq!(outcome(&journal), (ChainOnly, None));
}

#[test]
fn a_change_is_not_made_good_by_a_restart_that_takes_it_for_a_cut_write() {
    for seq in 0..6usize {
        for byte in [0, 4, 12, 60, 119] {
            let mut journal = Journal::of(1, 6);
            journal.segments[0].log[seq * FRAME_LEN + byte] ^= 4;
            let tail = journal.scan();
            journal.begin_at(&tail, u32::from(seq == 0));
            let report = journal.verify(Some(journal.head()));
            assert_eq!((report.outcome, report.at_seq), (Tampered, Some(seq as u64)), "record {seq} byte {byte}");
        }
    }
}

#[test]
fn what_a_segment_says_about_the_one_before_must_be_true() {
    let mut journal = Journal::of(1, 4);
    journal.segments[0].log.extend([1, 2, 3]);
    let tail = journal.scan();
    let last = tail.last.clone().unwrap();
    let truth = Previous {
        name: last.name,
        log_length: last.log_length,
        payload_length: last.payload_length,
        torn: 3,
        torn_sha256: last.torn_sha256,
    };
    let mut empty = Running::default();
    empty.add(b"other");
    let lies = [
        None,
        Some(Previous { name: Text::cut("00000000000000000001"), ..truth.clone() }),
        Some(Previous { log_length: 0, ..truth.clone() }),
        Some(Previous { payload_length: 1, ..truth.clone() }),
        Some(Previous { torn: 0, ..truth.clone() }),
        Some(Previous { torn_sha256: empty.finish(), ..truth.clone() }),
    ];
    for (previous, expected) in lies.into_iter().map(|lie| (lie, Tampered)).chain([(Some(truth), ChainOnly)]) {
        let mut journal = journal.clone();
        journal.begin_after(previous.clone(), 0);
        assert_eq!(journal.verify(None).outcome, expected, "{previous:?}");
    }
}

#[test]
fn a_segment_begins_with_its_opening_record_and_has_one() {
    let mut journal = Journal::of(1, 4);
    journal.segments.push(crate::testing::Segment {
        name: "00000000000000000004".to_owned(),
        log: Vec::new(),
        dat: Vec::new(),
    });
    let mut without = journal.clone();
    without.append(gap(None));
    assert_eq!(outcome(&without), (Tampered, Some(4)));
    let mut unreadable = journal;
    unreadable.append_bytes(EventKind::Segment.number(), b"no event");
    assert_eq!(outcome(&unreadable), (Tampered, Some(4)));
    let mut second = Journal::of(1, 4);
    second.append_bytes(EventKind::Segment.number(), b"");
    assert_eq!(outcome(&second), (Tampered, Some(4)));
}

#[test]
fn payloads_of_any_bytes_are_checked_unread() {
    let mut journal = Journal::of(1, 2);
    journal.append_bytes(GAP, b"");
    journal.append_bytes(GAP, &[0xff; 56 * 1024]);
    journal.append_bytes(u16::MAX, b"\0");
    assert_eq!(outcome(&journal), (ChainOnly, None));
}

#[test]
fn no_bytes_make_the_check_fail_otherwise_than_with_a_finding() {
    let whole = Journal::of(2, 8);
    let mut state = 1u64;
    let mut next = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    for _ in 0..3000 {
        let mut journal = whole.clone();
        for _ in 0..1 + next(4) {
            let segment = &mut journal.segments[next(2)];
            let file = if next(2) == 0 { &mut segment.log } else { &mut segment.dat };
            let at = next(file.len());
            match next(4) {
                0 => file.truncate(at.max(1)),
                1 => file[at] = file[at].wrapping_add(1),
                2 => drop(file.splice(at..at, [0xff; 9])),
                _ => file[at..].fill(0xff),
            }
        }
        let report = journal.verify(Some(whole.head()));
        let changed = journal.segments != whole.segments;
        // Payload bytes after the last record's are nobody's.
        let only_longer = journal
            .segments
            .iter()
            .zip(&whole.segments)
            .all(|(now, then)| now.log == then.log && now.dat.starts_with(&then.dat));
        assert_eq!(report.outcome >= Tampered, changed && !only_longer, "{}", report.finding);
    }
}
