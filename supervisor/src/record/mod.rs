//! The supervisor's side of the journal: every event goes through here, and an effect may run only on the proof that comes back.
//!
//! The journal worker holds the current segment; the supervisor holds the directory. One worker generation writes one segment, and
//! a worker that ended, a full segment, a full disk or a failed fdatasync lead to the next generation: the old process is dead, a
//! reader finds where the chain ends, a new segment begins with a record of what came before it.

pub mod chronicle;
mod generation;
pub mod hire;
pub mod reading;
pub mod unwatched;

use crate::channel::link::Link;
use crate::channel::permits::Record;
use crate::reap::{Breaker, Class, Standing};
use crate::spawn::Spawner;
use chronicle::Clocks;
use generation::{Generation, NoGeneration};
use palisade_protocol::bounded::{Blob, Text};
use palisade_protocol::control::{Observed, WorkerStatus};
use palisade_protocol::event::{Event, Peer, SCHEMA, What};
use palisade_protocol::journal::{Append, FLAG_HIGH, Failure, Mark, Request};
use palisade_protocol::limits::{ROWS_MAX, SEGMENT_MAX};
use palisade_protocol::reader::{self, Head, Job, Tail};
use palisade_protocol::verdict::Decision;
use palisade_protocol::worker::Kind;
use palisade_segment::files::Files;
use reading::ReadError;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};
use tokio::sync::RwLock;
use tokio::task::JoinHandle;

/// How long a write may take before the journal is hung. An fdatasync on a busy disk takes milliseconds.
const WRITE_DEADLINE: Duration = Duration::from_millis(500);

/// How often a full disk is asked for space again.
const SPACE_RETRY: Duration = Duration::from_secs(2);

/// Proof that an event was written: it survives the death of any process. Enough for an *allow* of the proven safe (I5).
#[derive(Debug)]
pub struct Recorded(u64);

/// Proof that an event was written and has been through fdatasync. Needed by every other answer that lets an effect run (I5).
#[derive(Debug)]
pub struct Durable(u64);

impl Recorded {
    /// The event's sequence number.
    pub fn seq(&self) -> u64 {
        self.0
    }
}

impl Durable {
    /// The event's sequence number.
    pub fn seq(&self) -> u64 {
        self.0
    }
}

/// Why an event is not in the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unrecorded {
    /// The disk is full; only the life cycle is still written, to the reserve.
    Full,
    /// No journal worker writes now.
    Failed,
}

/// What the journal does now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// It records.
    Recording,
    /// The disk is full.
    Full,
    /// No worker could be had.
    Failed,
}

impl Condition {
    /// The words in `status`.
    pub fn words(self) -> &'static str {
        match self {
            Self::Recording => "recording",
            Self::Full => "full: denying",
            Self::Failed => "failed: denying",
        }
    }
}

/// The journal.
pub struct Journal {
    spawner: Rc<Spawner>,
    files: Files,
    genesis: Blob<4096>,
    boot_id: [u8; 16],
    segment_max: u64,
    current: RwLock<Option<Generation>>,
    head: Cell<Option<Mark>>,
    condition: Cell<Condition>,
    unrecorded: Cell<u64>,
    clocks: Cell<Option<Clocks>>,
    breaker: RefCell<Breaker>,
    starts: Cell<u32>,
    /// Where the chain ended when the journal was opened; the first generation follows it.
    found_at_start: Cell<Option<Tail>>,
}

impl Journal {
    /// The newest record that a worker acknowledged.
    pub fn head(&self) -> Option<Head> {
        self.head.get().map(|mark| Head { seq: mark.seq, chain: mark.chain })
    }

    /// What the journal does now.
    pub fn condition(&self) -> Condition {
        self.condition.get()
    }

    /// Whether the kernel holds the current segment to appending; false while none is written.
    pub fn append_only(&self) -> bool {
        self.current.try_read().is_ok_and(|current| current.as_ref().is_some_and(|generation| generation.append_only))
    }

    /// For `status`.
    pub fn statuses(&self) -> Vec<WorkerStatus> {
        let pid = self.worker().map_or(0, |link| link.record().pid);
        let state = if pid == 0 { self.breaker.borrow().standing(Instant::now()).word() } else { "serving" };
        let restarts = self.starts.get().saturating_sub(1);
        vec![WorkerStatus { kind: Kind::Journal, pid, serves: None, state: Text::cut(state), restarts }]
    }

    /// For `permissions --observed`.
    pub fn observe(&self, observe: impl Fn(&crate::verify::Record) -> Observed) -> Vec<Observed> {
        self.worker().map(|link| observe(link.record())).into_iter().collect()
    }

    fn worker(&self) -> Option<Rc<Link<Record>>> {
        let current = self.current.try_read().ok()?;
        current.as_ref().map(|generation| Rc::clone(&generation.link)).filter(|link| link.alive())
    }

    /// Runs a reader over the whole journal.
    pub async fn read(
        self: &Rc<Self>,
        job: Job,
        rows: impl AsyncFnMut(Blob<ROWS_MAX>) -> Result<(), ()>,
    ) -> Result<reader::Reply, ReadError> {
        let names = self.files.list().map_err(ReadError::File)?.all();
        reading::run(self, job, &names, rows).await
    }

    /// Writes a decision and waits only until it is written.
    pub async fn record(self: &Rc<Self>, peer: Option<Peer>, what: What) -> Result<Recorded, Unrecorded> {
        self.append(peer, what, false).await.map(Recorded)
    }

    /// Writes an event and waits until it is durable.
    pub async fn record_durably(self: &Rc<Self>, peer: Option<Peer>, what: What) -> Result<Durable, Unrecorded> {
        self.append(peer, what, true).await.map(Durable)
    }

    /// Writes an event of Palisade's own without anybody waiting for it.
    pub fn note(self: &Rc<Self>, peer: Option<Peer>, what: What) {
        let journal = Rc::clone(self);
        tokio::task::spawn_local(async move {
            let kind = what.kind();
            if journal.append(peer, what, true).await.is_err() {
                crate::log::line(&format!("an event was not recorded: {}", kind.word()));
            }
        });
    }

    /// Makes everything written so far durable; the canary's way through the journal.
    pub async fn ping(self: &Rc<Self>) -> Result<(), Unrecorded> {
        self.exchange(&Request::Ping).await.map(|_| ())
    }

    async fn append(self: &Rc<Self>, peer: Option<Peer>, what: What, durable: bool) -> Result<u64, Unrecorded> {
        let decides = matches!(what, What::Decision(_));
        // What anybody can cause at will must not use up the space that is kept for the life cycle.
        let gated = peer.is_some() && !matches!(what, What::Control { done: true, .. });
        if gated && self.condition.get() == Condition::Full {
            self.unrecorded.set(self.unrecorded.get() + u64::from(decides));
            return Err(Unrecorded::Full);
        }
        let request = append_request(peer, what, durable, self.watch_clock()).ok_or(Unrecorded::Failed)?;
        let outcome = self.exchange(&request).await;
        if outcome.is_err() && decides {
            self.missed();
        }
        outcome.map(|mark| mark.map_or(0, |mark| mark.seq))
    }

    /// A call was denied because its record was not there in time; the next gap counts it.
    pub fn missed(&self) {
        self.unrecorded.set(self.unrecorded.get() + 1);
    }

    /// The time of a record. A step of the wall clock since the last one is a gap: the times before and after do not compare (I10).
    fn watch_clock(self: &Rc<Self>) -> Clocks {
        let now = Clocks::now();
        let before = self.clocks.replace(Some(now));
        if let Some((before, step)) = before.and_then(|before| Some((before, now.step_since(before)?))) {
            let missing = format!("the wall clock was set by {step:+} s");
            self.note(None, chronicle::gap(Some(before.wall), &missing, None));
        }
        now
    }

    /// One exchange with the current generation, and once more with the next one if that fails.
    async fn exchange(self: &Rc<Self>, request: &Request) -> Result<Option<Mark>, Unrecorded> {
        for _ in 0..2 {
            let current = self.current.read().await;
            let (number, because) = match &*current {
                None => (0, "no journal worker"),
                Some(generation) => match generation.carry(request).await {
                    Ok(mark) => {
                        self.breaker.borrow_mut().answered(Instant::now());
                        self.advance(mark, generation.number);
                        return Ok(mark);
                    }
                    Err(generation::Carry::Failed(Failure::Full)) => (generation.number, generation::FULL),
                    Err(generation::Carry::Failed(Failure::Sync(_))) => (generation.number, "fdatasync failed"),
                    Err(generation::Carry::Failed(Failure::Write(_) | Failure::Poisoned)) => {
                        (generation.number, "a write failed")
                    }
                    Err(generation::Carry::Lost) => (generation.number, "the journal worker ended"),
                },
            };
            drop(current);
            self.renew(number, because).await.unwrap_or(Err(Unrecorded::Failed))?;
        }
        Err(Unrecorded::Failed)
    }

    fn advance(self: &Rc<Self>, mark: Option<Mark>, generation: u32) {
        let Some(mark) = mark else { return };
        if self.head.get().is_none_or(|head| head.seq < mark.seq) {
            self.head.set(Some(mark));
        }
        if mark.log_length >= self.segment_max || mark.payload_length >= SEGMENT_MAX {
            // Whoever comes next finds the new segment; a failure shows with the next record.
            drop(self.renew(generation, generation::SIZE));
        }
    }

    /// Replaces generation `number`, unless somebody has already done so. In a task of its own: whoever asks for it may give up
    /// half-way, and the journal must not.
    fn renew(self: &Rc<Self>, number: u32, because: &'static str) -> JoinHandle<Result<(), Unrecorded>> {
        let journal = Rc::clone(self);
        tokio::task::spawn_local(async move { journal.renew_in_turn(number, because).await })
    }

    async fn renew_in_turn(self: &Rc<Self>, number: u32, because: &str) -> Result<(), Unrecorded> {
        let mut current = self.current.write().await;
        if current.as_ref().map_or(0, |generation| generation.number) != number {
            return Ok(());
        }
        if self.breaker.borrow().standing(Instant::now()) != Standing::Clear {
            self.condition.set(Condition::Failed);
            return Err(Unrecorded::Failed);
        }
        let mut full = because == generation::FULL;
        let old = current.take();
        let mut begun = self.replace(old, because, full).await;
        // The disk may be too full for another segment.
        if !full && begun.as_ref().is_err_and(NoGeneration::is_full) {
            full = true;
            begun = self.replace(None, generation::FULL, full).await;
        }
        match begun {
            Ok(generation) => {
                *current = Some(generation);
                drop(current);
                self.enter(if full { Condition::Full } else { Condition::Recording });
                Ok(())
            }
            Err(why) => {
                crate::log::line(&format!("the journal cannot go on: {why}"));
                if why.is_full() {
                    self.enter(Condition::Full);
                    return Err(Unrecorded::Full);
                }
                self.breaker.borrow_mut().buried(Instant::now(), &Class::Killed);
                self.enter(Condition::Failed);
                Err(Unrecorded::Failed)
            }
        }
    }

    /// A full disk is watched until there is space again.
    fn enter(self: &Rc<Self>, condition: Condition) {
        match (self.condition.replace(condition), condition) {
            (Condition::Recording | Condition::Failed, Condition::Full) => self.watch_for_space(),
            (_, Condition::Recording) => self.confess(),
            _ => {}
        }
    }

    /// Tries to reserve space again, and returns to ordinary segments once there is some.
    fn watch_for_space(self: &Rc<Self>) {
        let journal = Rc::clone(self);
        tokio::task::spawn_local(async move {
            loop {
                tokio::time::sleep(SPACE_RETRY).await;
                if journal.condition.get() != Condition::Full {
                    return;
                }
                let current = journal.current.read().await.as_ref().map_or(0, |generation| generation.number);
                if journal.files.reserve().is_ok() {
                    drop(journal.renew(current, generation::SPACE));
                }
            }
        });
    }

    /// Records how many decisions were refused because they could not be recorded.
    fn confess(self: &Rc<Self>) {
        let count = self.unrecorded.replace(0);
        if count > 0 {
            let missing = "calls were denied because their record could not be written";
            self.note(None, chronicle::gap(None, missing, Some(count)));
        }
    }
}

fn append_request(peer: Option<Peer>, what: What, durable: bool, at: Clocks) -> Option<Request> {
    let high = match &what {
        What::Decision(made) => made.decision == Decision::Deny,
        What::Gap { .. } | What::Breach { .. } => true,
        _ => false,
    };
    let kind = what.kind().number();
    let payload = match (Event { v: SCHEMA, peer, what }).to_payload() {
        Ok(payload) => payload,
        Err(why) => {
            crate::log::line(&format!("an event cannot be encoded: {why}"));
            return None;
        }
    };
    let flags = if high { FLAG_HIGH } else { 0 };
    Some(Request::Append(Append { kind, flags, wall_ns: at.wall, boot_ns: at.boot, payload, durable }))
}
