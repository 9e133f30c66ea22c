//! The whole worker but its confinement: jobs over a real channel, segments as passed descriptors.

use nix::sys::socket::{AddressFamily, SockFlag, SockType, socketpair};
use palisade_protocol::bounded::{Blob, Text};
use palisade_protocol::packet::{Buffer, Channel, Packet, Wait};
use palisade_protocol::reader::{Job, Outcome, Query, Reply, Request};
use palisade_reader::serve::{End, serve};
use palisade_segment::frame::{Frame, Stamp};
use palisade_segment::genesis::{Genesis, chain, compose};
use std::fs::File;
use std::io::Write;
use std::os::fd::{AsFd, BorrowedFd};
use std::thread::JoinHandle;

struct Reader {
    channel: Channel<Request, Reply>,
    buffer: Buffer,
    thread: JoinHandle<End>,
}

impl Reader {
    fn start() -> Self {
        let (ours, theirs) =
            socketpair(AddressFamily::Unix, SockType::SeqPacket, None, SockFlag::SOCK_CLOEXEC).expect("a pair");
        let thread = std::thread::spawn(move || serve(&Channel::new(theirs)));
        Self { channel: Channel::new(ours), buffer: Buffer::default(), thread }
    }

    fn ask(&mut self, body: Request, fds: &[BorrowedFd<'_>]) {
        self.channel.send_with(&Packet { id: 7, body }, fds, Wait::Block).expect("sends");
    }

    fn answer(&mut self) -> Reply {
        let Packet { id, body } = self.channel.receive(&mut self.buffer, Wait::Block).expect("an answer");
        assert_eq!(id, 7);
        body
    }

    fn job(&mut self, job: Job) {
        self.ask(Request::Job { job: Box::new(job), genesis: note() }, &[]);
        assert_eq!(self.answer(), Reply::Next);
    }

    fn segment(&mut self, files: &[File; 2]) {
        let name = Text::cut("00000000000000000000");
        self.ask(Request::Segment { name }, &[files[0].as_fd(), files[1].as_fd()]);
    }

    fn end(self) -> End {
        drop(self.channel);
        self.thread.join().expect("no panic")
    }
}

fn genesis() -> Genesis {
    Genesis { origin: "test".to_owned(), epoch_key_0: [1; 32], created_ns: 0, boot_id: [0; 16] }
}

fn note() -> Blob<4096> {
    Blob::new(compose(&genesis()).expect("composes")).expect("fits")
}

/// A segment of records that are no events, in unnamed files.
fn segment(records: u64) -> [File; 2] {
    let mut before = chain(&genesis());
    let (mut log, mut dat) = (Vec::new(), Vec::new());
    for seq in 0..records {
        let stamp = Stamp { kind: 4, flags: 0, seq, wall_ns: 1, boot_ns: 1, boot_id: [1; 16] };
        let salted = [1; 40];
        let frame = Frame::following(&before, stamp, &salted);
        before = frame.chain;
        log.extend(frame.encode());
        dat.extend(salted);
    }
    let file = |bytes: &[u8], name: &str| {
        let path = std::env::temp_dir().join(format!("palisade-reader-{name}-{}-{records}", std::process::id()));
        File::create(&path).and_then(|mut file| file.write_all(bytes)).expect("written");
        let file = File::open(&path).expect("opened");
        std::fs::remove_file(path).expect("unlinked");
        file
    };
    [file(&log, "log"), file(&dat, "dat")]
}

#[test]
fn each_job_is_answered_in_the_documented_order() {
    let files = segment(3);
    let mut scan = Reader::start();
    scan.job(Job::Scan { from: None });
    scan.segment(&files);
    assert_eq!(scan.answer(), Reply::Next);
    scan.ask(Request::End, &[]);
    assert!(matches!(scan.answer(), Reply::Tail(tail) if tail.next_seq == 3));
    assert!(matches!(scan.end(), End::Closed));

    let mut find = Reader::start();
    find.job(Job::Find { query: Query::default(), only_uid: None });
    find.segment(&files);
    assert!(matches!(find.answer(), Reply::Rows(_)));
    assert_eq!(find.answer(), Reply::Next);
    find.ask(Request::End, &[]);
    assert_eq!(find.answer(), Reply::Done);

    let mut verify = Reader::start();
    verify.job(Job::Verify { head: None });
    verify.segment(&files);
    assert_eq!(verify.answer(), Reply::Next);
    verify.ask(Request::End, &[]);
    // Its first record does not open a segment.
    assert!(matches!(verify.answer(), Reply::Report(report) if report.outcome == Outcome::Tampered));
}

#[test]
fn a_hundred_segments_leave_no_descriptor_behind() {
    let files = segment(1);
    let open = || std::fs::read_dir("/proc/self/fd").expect("listed").count();
    let mut reader = Reader::start();
    reader.job(Job::Find { query: Query { limit: 1, ..Query::default() }, only_uid: None });
    let before = open();
    for _ in 0..100 {
        reader.segment(&files);
        assert_eq!(reader.answer(), Reply::Next);
    }
    // Other tests of this process open a few meanwhile.
    assert!(open() < before + 50, "{} {before}", open());
}

#[test]
fn a_request_out_of_order_ends_the_worker() {
    let files = segment(2);
    let mut early = Reader::start();
    early.segment(&files);
    assert!(matches!(early.end(), End::Protocol(_)));
    let mut twice = Reader::start();
    twice.job(Job::Verify { head: None });
    twice.ask(Request::Job { job: Box::new(Job::Verify { head: None }), genesis: note() }, &[]);
    assert!(matches!(twice.end(), End::Protocol(_)));
    let mut late = Reader::start();
    late.job(Job::Verify { head: None });
    late.ask(Request::End, &[]);
    assert!(matches!(late.answer(), Reply::Report(report) if report.outcome == Outcome::Unreadable));
    late.segment(&files);
    assert!(matches!(late.end(), End::Protocol(_)));
}

#[test]
fn a_directory_in_place_of_a_segment_is_unreadable_and_not_a_finding_of_tampering() {
    let directory = || File::open("/").expect("opened");
    let mut verify = Reader::start();
    verify.job(Job::Verify { head: None });
    verify.segment(&[directory(), directory()]);
    assert_eq!(verify.answer(), Reply::Next);
    verify.ask(Request::End, &[]);
    assert!(matches!(verify.answer(), Reply::Report(report) if report.outcome == Outcome::Unreadable));
    let mut scan = Reader::start();
    scan.job(Job::Scan { from: None });
    scan.segment(&[directory(), directory()]);
    assert!(matches!(scan.end(), End::Unreadable(_)));
}
