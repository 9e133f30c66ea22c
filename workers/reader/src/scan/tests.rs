use super::*;
use crate::testing::{Journal, gap};

fn scan_last(journal: &Journal, from: Option<Mark>) -> Tail {
    let mut scan = Scan::new(&journal.note, from).unwrap();
    let last = journal.segments.last().unwrap();
    scan.segment(&last.name, &last.log[..], &last.dat[..]).unwrap();
    scan.finish()
}

#[test]
fn a_journal_without_segments_ends_at_its_genesis() {
    let journal = Journal::new("test");
    let tail = journal.scan();
    assert_eq!((tail.next_seq, tail.chain, tail.last_wall_ns, tail.last), (0, journal.chain, None, None));
    assert!(Scan::new(b"no note", None).is_err());
}

#[test]
fn a_scan_from_a_mark_ends_where_a_scan_of_everything_does() {
    let mut journal = Journal::of(3, 6);
    let mark = journal.mark();
    journal.append(gap(None));
    journal.append(gap(None));
    journal.segments[2].log.extend([7; 30]);
    let tail = scan_last(&journal, Some(mark));
    assert_eq!(tail, journal.scan());
    assert_eq!((tail.next_seq, tail.chain), (journal.next_seq, journal.chain));
    let last = tail.last.unwrap();
    assert_eq!((last.log_length, last.torn), (8 * 120, 30));
}

#[test]
fn a_mark_at_the_very_end_needs_no_other_record() {
    let journal = Journal::of(2, 3);
    assert_eq!(scan_last(&journal, Some(journal.mark())), journal.scan());
}

#[test]
fn a_mark_that_the_file_no_longer_bears_out_is_not_believed() {
    let journal = Journal::of(2, 6);
    let mark = journal.mark();
    let mut cut = journal.clone();
    cut.segments[1].log.truncate(3 * 120);
    // Cut below what was acknowledged: the answer is what is there, and the caller sees that it is less.
    assert_eq!(scan_last(&cut, Some(mark)).next_seq, 9);
    for wrong in [
        Mark { log_length: u64::MAX, ..mark },
        Mark { log_length: 7, ..mark },
        Mark { payload_length: u64::MAX, ..mark },
        Mark { payload_length: 0, ..mark },
        Mark { chain: [0; 32], ..mark },
        Mark { seq: 3, ..mark },
    ] {
        assert_eq!(scan_last(&journal, Some(wrong)).next_seq, 12, "{wrong:?}");
    }
}

#[test]
fn a_scan_goes_on_behind_missing_and_damaged_segments() {
    let whole = Journal::of(3, 6);
    let mut missing = whole.clone();
    missing.segments.remove(1);
    let mut damaged = whole.clone();
    damaged.segments[1].log[200] ^= 1;
    for journal in [missing, damaged] {
        let tail = journal.scan();
        assert_eq!((tail.next_seq, tail.chain), (whole.next_seq, whole.chain));
    }
}

#[test]
fn an_old_segment_under_a_new_name_does_not_turn_the_numbers_back() {
    let mut journal = Journal::of(2, 6);
    let mut old = journal.segments[0].clone();
    old.name = "00000000000000000012".to_owned();
    journal.segments.push(old);
    assert_eq!(journal.scan().next_seq, 12);
}
