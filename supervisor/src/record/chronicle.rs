//! The journal's life: its genesis, what a start and a stop record, gaps, and workers' comings and goings.

use super::{Condition, Journal, Unrecorded};
use crate::channel::link::Ended;
use crate::spawn::Spawner;
use crate::verify::Record;
use nix::time::{ClockId, clock_gettime};
use palisade_protocol::bounded::{Blob, List, Text};
use palisade_protocol::codec;
use palisade_protocol::event::What;
use palisade_protocol::limits::BUILD_ID;
use palisade_protocol::reader::Head;
use palisade_protocol::worker::Kind;
use palisade_segment::files::Files;
use palisade_segment::genesis::{self, Genesis};
use std::cell::{Cell, RefCell};
use std::io;
use std::rc::Rc;
use std::time::Duration;
use tokio::sync::RwLock;

/// The journal's origin, epoch key and birth; made once.
const GENESIS: &str = "genesis";
/// The secret half of epoch key 0. Nothing is signed with it yet; it exists so that seals change no format.
const KEYSTATE: &str = "keystate";
/// The newest record at a clean stop; absent while a supervisor runs.
const HEAD: &str = "head";

/// How long a stop waits for the journal worker's end. After it the next start finds out where the journal ends.
const BURIAL: Duration = Duration::from_secs(5);

const NO_GENESIS: &str = "the journal has segments but no genesis note: restore journal/genesis, or move journal/ away to begin a \
                          new one";

/// What a run says of itself in its first record.
#[derive(Debug)]
pub struct Start {
    /// Started by root.
    pub system: bool,
    /// Protections that are missing and accepted.
    pub degraded: Vec<String>,
}

impl Journal {
    /// Opens the journal, making it where there is none: finds the end of the chain, begins this run's first segment, and records
    /// the start and what was missed since the last record. The error is one sentence for the starter.
    pub async fn open(
        spawner: Rc<Spawner>,
        files: Files,
        boot_id: [u8; 16],
        segment_max: u64,
        start: Start,
    ) -> Result<Rc<Self>, String> {
        let listing = files.list().map_err(|why| failed("seg", &why))?;
        let empty = listing.all().is_empty();
        let genesis = match read_note(&files, GENESIS, 4096)? {
            Some(note) => note,
            None if empty => found(&files, boot_id)?,
            None => return Err(NO_GENESIS.to_owned()),
        };
        let head: Option<Head> = read_note(&files, HEAD, 128)?.and_then(|bytes| codec::decode(&bytes).ok());
        if files.reserve().is_err() {
            crate::log::line("no space could be reserved for the record that the disk is full");
        }
        let journal = Rc::new(Self {
            spawner,
            files,
            genesis: Blob::new(genesis).map_err(|why| why.to_string())?,
            boot_id,
            segment_max,
            current: RwLock::new(None),
            head: Cell::new(None),
            condition: Cell::new(Condition::Recording),
            unrecorded: Cell::new(0),
            clocks: Cell::new(None),
            breaker: RefCell::default(),
            starts: Cell::new(0),
            found_at_start: Cell::new(None),
        });
        let tail = journal.find_tail(None).await.map_err(|why| why.to_string())?;
        journal.found_at_start.set(Some(tail.clone()));
        let begun = journal.renew(0, "start").await.is_ok_and(|begun| begun.is_ok());
        begun.then_some(()).ok_or("the journal's first segment cannot be begun")?;

        let clean = match head {
            Some(head) => tail.next_seq == head.seq + 1 && tail.chain == head.chain,
            None => empty,
        };
        let degraded = start.degraded.iter().map(|name| Text::cut(name)).collect();
        let started = What::Started {
            version: Text::cut(BUILD_ID),
            system: start.system,
            degraded: List::first(degraded),
            after_clean_stop: clean,
        };
        let first = |_: Unrecorded| "the start cannot be recorded".to_owned();
        journal.record_durably(None, started).await.map_err(first)?;
        if !clean {
            let missing = match head {
                Some(head) => format!(
                    "the journal ends at record {} but had reached {} when it was stopped: records were removed",
                    tail.next_seq.saturating_sub(1),
                    head.seq
                ),
                None => "the last run did not stop in order; nothing was judged or recorded since its last record"
                    .to_owned(),
            };
            journal.record_durably(None, gap(tail.last_wall_ns, &missing, None)).await.map_err(first)?;
        }
        journal.files.remove_note(HEAD).map_err(|why| failed(HEAD, &why))?;
        Ok(journal)
    }

    /// The last record of a run, and the note of where the journal ends.
    pub async fn close(self: &Rc<Self>, because: &str) {
        if self.record_durably(None, What::Stopped { because: Text::cut(because) }).await.is_err() {
            crate::log::line("the stop could not be recorded");
            return;
        }
        // Nothing is appended after this: the worker is gone before the note says where the journal ends, and nobody begins another.
        let mut current = self.current.write().await;
        let Some(old) = current.take() else { return };
        if tokio::time::timeout(BURIAL, old.end(true)).await.is_err() {
            return;
        }
        let Some(head) = self.head() else { return };
        let written =
            codec::encode(&head).map_err(io::Error::other).and_then(|bytes| self.files.write_note(HEAD, &bytes));
        if let Err(why) = written {
            crate::log::line(&format!("journal/{HEAD}: {why}"));
        }
    }
}

fn failed(name: &str, why: &io::Error) -> String {
    format!("journal/{name}: {why}")
}

fn read_note(files: &Files, name: &'static str, limit: u64) -> Result<Option<Vec<u8>>, String> {
    files.read_note(name, limit).map_err(|why| failed(name, &why))
}

/// Founds a journal: epoch key 0, and the note that pins it. The key's secret half is written first, so that no note names a key
/// that was lost.
fn found(files: &Files, boot_id: [u8; 16]) -> Result<Vec<u8>, String> {
    let (mut secret, mut origin) = ([0; 32], [0; 16]);
    for random in [&mut secret[..], &mut origin] {
        getrandom::fill(random).map_err(|why| format!("no random bytes for the journal's first key: {why}"))?;
    }
    let public = ed25519_dalek::SigningKey::from_bytes(&secret).verifying_key().to_bytes();
    files.write_note(KEYSTATE, &secret).map_err(|why| failed(KEYSTATE, &why))?;
    let origin = format!("{:032x}", u128::from_be_bytes(origin));
    let note = genesis::compose(&Genesis { origin, epoch_key_0: public, created_ns: Clocks::now().wall, boot_id })
        .map_err(|why| why.to_string())?;
    files.write_note(GENESIS, note.as_bytes()).map_err(|why| failed(GENESIS, &why))?;
    Ok(note.into_bytes())
}

fn clock(id: ClockId) -> u64 {
    clock_gettime(id).map(Duration::from).map_or(0, |now| u64::try_from(now.as_nanos()).unwrap_or(u64::MAX))
}

/// Both clocks at one moment.
#[derive(Debug, Clone, Copy)]
pub struct Clocks {
    /// Nanoseconds since 1970.
    pub wall: u64,
    /// Nanoseconds since boot, suspended time included.
    pub boot: u64,
}

impl Clocks {
    /// Now.
    pub fn now() -> Self {
        Self { wall: clock(ClockId::CLOCK_REALTIME), boot: clock(ClockId::CLOCK_BOOTTIME) }
    }

    /// By how many seconds the wall clock was set since then; none where it was at most slewed (`adjtimex(2)`: 0.5 ms a second).
    pub fn step_since(self, before: Self) -> Option<i64> {
        let passed = self.boot.saturating_sub(before.boot);
        let step = i128::from(self.wall) - i128::from(before.wall) - i128::from(passed);
        let slewed = 2_000_000_000 + passed / 1000;
        (step.unsigned_abs() > u128::from(slewed)).then(|| i64::try_from(step / 1_000_000_000).unwrap_or(i64::MAX))
    }
}

/// A gap.
pub fn gap(since_ns: Option<u64>, missing: &str, count: Option<u64>) -> What {
    What::Gap { since_ns, missing: Text::cut(missing), count }
}

/// Records a worker's start.
pub fn worker_started(journal: &Rc<Journal>, worker: &Record) {
    let sha256 = journal.spawner.sha256(worker.kind);
    let uid = palisade_sandbox::observe::given_uid(worker.ids);
    journal.note(None, What::WorkerStarted { kind: worker.kind, pid: worker.pid, uid, serves: worker.serves, sha256 });
}

/// Records a worker's end, and its breach if that is what it was.
pub fn worker_ended(journal: &Rc<Journal>, kind: Kind, pid: u32, serves: Option<u32>, ended: Ended) {
    let Ended { class, detail, breach } = ended;
    if class.abnormal() {
        crate::log::line(&format!("worker={} pid={pid} class={class} {detail}", kind.word()));
    }
    if let Some(did) = breach {
        journal.note(None, What::Breach { kind, pid, did: Text::cut(&did) });
    }
    let class = Text::cut(class.word());
    journal.note(None, What::WorkerExited { kind, pid, serves, class, detail: Text::cut(&detail) });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_of_the_wall_clock_is_told_from_its_slewing_and_from_a_suspended_machine() {
        const SECOND: u64 = 1_000_000_000;
        let before = Clocks { wall: 1_000_000 * SECOND, boot: 50 * SECOND };
        let after = |wall: i64, boot: u64| Clocks {
            wall: before.wall.saturating_add_signed(wall * 1_000_000_000),
            boot: before.boot + boot * SECOND,
        };
        assert_eq!(after(10, 10).step_since(before), None);
        assert_eq!(after(36_010, 36_000).step_since(before), None, "ten hours of slewing");
        assert_eq!(after(3610, 10).step_since(before), Some(3600));
        assert_eq!(after(-3590, 10).step_since(before), Some(-3600));
    }
}
