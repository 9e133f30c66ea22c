use super::*;
use crate::testing::{Journal, gap};
use palisade_protocol::codec;
use palisade_protocol::event::EventKind;

fn find(journal: &Journal, query: Query, only_uid: Option<u32>) -> Vec<Row> {
    let (mut find, mut rows) = (Find::new(query, only_uid), Vec::new());
    let mut take = |packet: Blob<ROWS_MAX>| rows.extend(codec::decode::<Vec<Row>>(&packet).unwrap());
    for segment in &journal.segments {
        find.segment(&segment.log[..], &segment.dat[..], &mut take).unwrap();
    }
    find.finish(&mut take);
    rows
}

fn seqs(journal: &Journal, query: Query, only_uid: Option<u32>) -> Vec<u64> {
    find(journal, query, only_uid).iter().map(|row| row.seq).collect()
}

/// Two segments: 0 and 5 open them; uids 1000 and 1001 take turns.
fn two_users() -> Journal {
    let mut journal = Journal::new("test");
    for _ in 0..2 {
        journal.begin(0);
        (0..4).for_each(|at| journal.append(gap(Some(1000 + at % 2))));
    }
    journal
}

#[test]
fn an_empty_query_returns_everything_in_order_with_its_event() {
    let rows = find(&two_users(), Query::default(), None);
    assert_eq!(rows.iter().map(|row| row.seq).collect::<Vec<_>>(), (0..10).collect::<Vec<_>>());
    assert_eq!(rows[1].event, Some(gap(Some(1000))));
    assert_eq!((rows[1].wall_ns, rows[1].boot_ns, rows[1].boot_id), (1001, 1, [3; 16]));
}

#[test]
fn each_filter_does_what_it_says() {
    let journal = two_users();
    let all = Query::default;
    assert_eq!(seqs(&journal, Query { since_ns: Some(1007), ..all() }, None), [7, 8, 9]);
    assert_eq!(seqs(&journal, Query { until_ns: Some(1002), ..all() }, None), [0, 1]);
    assert_eq!(seqs(&journal, Query { after_seq: Some(7), ..all() }, None), [8, 9]);
    assert_eq!(seqs(&journal, Query { kind: Some(EventKind::Segment), ..all() }, None), [0, 5]);
    assert_eq!(seqs(&journal, Query { uid: Some(1001), ..all() }, None), [2, 4, 7, 9]);
    assert_eq!(seqs(&journal, Query { limit: 3, ..all() }, None), [7, 8, 9]);
    assert_eq!(seqs(&journal, Query { limit: 3, uid: Some(1001), ..all() }, None), [4, 7, 9]);
    assert_eq!(seqs(&journal, Query { class: Some(palisade_protocol::verdict::Class::Safe), ..all() }, None), [0; 0]);
}

#[test]
fn a_member_sees_only_their_own_events_whatever_they_ask_for() {
    let journal = two_users();
    assert_eq!(seqs(&journal, Query::default(), Some(1000)), [1, 3, 6, 8]);
    assert_eq!(seqs(&journal, Query { uid: Some(1001), ..Query::default() }, Some(1000)), [0; 0]);
    assert_eq!(seqs(&journal, Query::default(), Some(0)), [0; 0]);
}

#[test]
fn a_payload_that_is_not_the_committed_one_is_not_shown_and_is_nobodys_own() {
    let mut journal = two_users();
    let last = journal.segments[1].dat.len() - 1;
    journal.segments[1].dat[last] ^= 1;
    journal.segments[0].dat.truncate(0);
    let rows = find(&journal, Query::default(), None);
    assert_eq!(rows.len(), 10);
    assert!(rows[..5].iter().chain([&rows[9]]).all(|row| row.event.is_none()));
    assert_eq!(seqs(&journal, Query::default(), Some(1000)), [6, 8]);
    assert_eq!(seqs(&journal, Query::default(), Some(1001)), [7]);
}

#[test]
fn what_follows_a_damaged_segment_is_still_shown() {
    let mut journal = two_users();
    journal.segments[0].log[2 * 120] ^= 1;
    assert_eq!(seqs(&journal, Query::default(), None), [0, 1, 5, 6, 7, 8, 9]);
}

#[test]
fn a_query_over_more_rows_than_a_packet_holds_returns_them_all() {
    let mut journal = Journal::new("test");
    journal.begin(0);
    (0..3000).for_each(|_| journal.append(gap(Some(7))));
    assert_eq!(seqs(&journal, Query::default(), Some(7)).len(), 3000);
    assert_eq!(seqs(&journal, Query { limit: 2500, ..Query::default() }, Some(7)).len(), 2500);
}
