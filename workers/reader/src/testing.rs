//! Journals for tests, built record by record.

use palisade_protocol::bounded::Text;
use palisade_protocol::event::{Event, EventKind, Peer, Previous, SCHEMA, What};
use palisade_protocol::journal::Mark;
use palisade_protocol::reader::{Head, Report, Tail};
use palisade_segment::frame::{Frame, Stamp};
use palisade_segment::genesis::{Genesis, chain, compose};
use palisade_segment::hash::{Hash, Running};

/// One segment: name, frames, payloads.
#[derive(Clone, Debug, PartialEq)]
pub struct Segment {
    pub name: String,
    pub log: Vec<u8>,
    pub dat: Vec<u8>,
}

/// A journal being written.
#[derive(Clone)]
pub struct Journal {
    pub note: Vec<u8>,
    pub segments: Vec<Segment>,
    pub next_seq: u64,
    pub chain: Hash,
    last: Option<Previous>,
}

impl Journal {
    /// Only its genesis note.
    pub fn new(origin: &str) -> Self {
        let genesis = Genesis { origin: origin.to_owned(), epoch_key_0: [1; 32], created_ns: 2, boot_id: [3; 16] };
        Self {
            note: compose(&genesis).unwrap().into_bytes(),
            segments: Vec::new(),
            next_seq: 0,
            chain: chain(&genesis),
            last: None,
        }
    }

    /// `segments` segments of `records` records each, the opening one included.
    pub fn of(segments: usize, records: usize) -> Self {
        let mut journal = Self::new("test");
        for _ in 0..segments {
            journal.begin(0);
            (1..records).for_each(|_| journal.append(gap(None)));
        }
        journal
    }

    /// Begins a segment in order: the one before it ends with its last record.
    pub fn begin(&mut self, again: u32) {
        let previous = self.last.take();
        self.begin_after(previous, again);
    }

    /// Begins a segment where a scan says, as a start after a crash does.
    pub fn begin_at(&mut self, tail: &Tail, again: u32) {
        (self.next_seq, self.chain) = (tail.next_seq, tail.chain);
        self.begin_after(tail.last.clone(), again);
    }

    pub fn begin_after(&mut self, previous: Option<Previous>, again: u32) {
        let name = palisade_segment::directory::Name { first_seq: self.next_seq, again }.to_string();
        self.segments.push(Segment { name, log: Vec::new(), dat: Vec::new() });
        let because = Text::cut("start");
        self.append(Event { v: SCHEMA, peer: None, what: What::Segment { previous, because, append_only: true } });
    }

    pub fn append(&mut self, event: Event) {
        let payload = event.to_payload().unwrap();
        self.append_bytes(event.what.kind().number(), &payload);
    }

    pub fn append_bytes(&mut self, kind: u16, payload: &[u8]) {
        let salt = [self.next_seq as u8 | 1; 32];
        let salted = [&salt[..], payload].concat();
        let seq = self.next_seq;
        let stamp = Stamp { kind, flags: 0, seq, wall_ns: 1000 + seq, boot_ns: seq, boot_id: [3; 16] };
        let frame = Frame::following(&self.chain, stamp, &salted);
        let segment = self.segments.last_mut().unwrap();
        segment.log.extend_from_slice(&frame.encode());
        segment.dat.extend_from_slice(&salted);
        self.last = Some(Previous {
            name: Text::cut(&segment.name),
            log_length: segment.log.len() as u64,
            payload_length: segment.dat.len() as u64,
            torn: 0,
            torn_sha256: Running::default().finish(),
        });
        self.next_seq += 1;
        self.chain = frame.chain;
    }

    pub fn head(&self) -> Head {
        Head { seq: self.next_seq - 1, chain: self.chain }
    }

    /// What the journal worker said about the last record.
    pub fn mark(&self) -> Mark {
        let segment = self.segments.last().unwrap();
        Mark {
            seq: self.next_seq - 1,
            chain: self.chain,
            log_length: segment.log.len() as u64,
            payload_length: segment.dat.len() as u64,
        }
    }

    pub fn verify(&self, head: Option<Head>) -> Report {
        let mut verify = crate::verify::Verify::new(&self.note, head);
        for segment in &self.segments {
            verify.segment(&segment.name, &segment.log[..], &segment.dat[..]);
        }
        verify.finish()
    }

    pub fn scan(&self) -> Tail {
        let mut scan = crate::scan::Scan::new(&self.note, None).unwrap();
        for segment in &self.segments {
            scan.segment(&segment.name, &segment.log[..], &segment.dat[..]).unwrap();
        }
        scan.finish()
    }
}

/// A small event, of a uid or of nobody.
pub fn gap(uid: Option<u32>) -> Event {
    let peer =
        uid.map(|uid| Peer { uid, gid: uid, pid: 1, started: None, exe: None, cwd: None, tty: None, loginuid: None });
    Event { v: SCHEMA, peer, what: What::Gap { since_ns: None, missing: Text::cut("x"), count: Some(1) } }
}

/// The number of the events that [`gap`] makes.
pub const GAP: u16 = EventKind::Gap as u16;
