//! One generation of the journal: one worker process, one segment.

use super::chronicle::Clocks;
use super::hire::hire;
use super::reading::{self, ReadError};
use super::{Journal, WRITE_DEADLINE, append_request};
use crate::channel::link::{Ended, Link};
use crate::channel::permits::{Awaits, Record};
use crate::reap::Condemned;
use crate::spawn::SpawnError;
use nix::errno::Errno;
use palisade_protocol::bounded::Text;
use palisade_protocol::event::{Previous, What};
use palisade_protocol::journal::{Failure, Mark, Reply, Request};
use palisade_protocol::reader::{Job, Reply as Read, Tail};
use palisade_segment::directory::Name;
use palisade_segment::frame::FRAME_LEN;
use sha2::{Digest, Sha256};
use std::cell::Cell;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::rc::Rc;
use std::time::Instant;
use tokio::sync::watch;

/// Why a new segment was begun: the old one is full.
pub const SIZE: &str = "the segment has reached its size";
/// Why a new segment was begun: the disk is full.
pub const FULL: &str = "the disk is full";
/// Why a new segment was begun: there is room again.
pub const SPACE: &str = "there is space again";

/// Segments that are scanned where the newest holds no record, which a crash at its creation leaves: not many in a row.
const NEWEST: usize = 4;

/// One worker process and its segment.
pub struct Generation {
    /// Counted from 1.
    pub number: u32,
    /// The worker.
    pub link: Rc<Link<Record>>,
    /// The segment.
    pub name: Name,
    /// Whether the kernel holds the segment to appending.
    pub append_only: bool,
    /// The sequence number of its first record, and how many records it was given.
    first: u64,
    given: Cell<u64>,
    gone: watch::Receiver<bool>,
}

/// Why a request was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum Carry {
    /// The worker said so.
    #[error("{0:?}")]
    Failed(Failure),
    /// The worker ended, or did not answer in time and was ended.
    #[error("the worker ended")]
    Lost,
}

/// Why there is no next generation.
#[derive(Debug, thiserror::Error)]
pub enum NoGeneration {
    /// A file failed.
    #[error("the next segment cannot be made: {0}")]
    File(io::Error),
    /// The end of the chain could not be found.
    #[error("the end of the journal cannot be found: {0}")]
    Scan(String),
    /// No worker could be started.
    #[error("no journal worker could be started: {0}")]
    Spawn(SpawnError),
    /// The new worker did not take its first record.
    #[error("the first record of the segment failed: {0}")]
    First(Carry),
}

impl NoGeneration {
    /// Whether space was what was missing.
    pub fn is_full(&self) -> bool {
        match self {
            Self::File(why) => matches!(why.raw_os_error().map(Errno::from_raw), Some(Errno::ENOSPC | Errno::EDQUOT)),
            Self::First(Carry::Failed(Failure::Full)) => true,
            _ => false,
        }
    }
}

impl Generation {
    /// The segment was empty and holds nothing but what the worker was given; the head follows its word no further than that.
    fn may_stand_at(&self, mark: &Mark) -> bool {
        let whole = |nth: u64| mark.log_length == (nth + 1) * FRAME_LEN as u64;
        mark.seq.checked_sub(self.first).is_some_and(|nth| nth < self.given.get() && whole(nth))
    }

    /// One request to its last reply.
    pub async fn carry(&self, request: &Request) -> Result<Option<Mark>, Carry> {
        self.given.set(self.given.get() + u64::from(matches!(request, Request::Append(_))));
        let awaits = match request {
            Request::Begin { .. } => Awaits::Begun,
            Request::Append(append) if append.durable => Awaits::RecordedThenDurable,
            Request::Append(_) => Awaits::Recorded,
            Request::Ping => Awaits::Durable,
        };
        let work = async {
            let mut exchange = self.link.ask([request], awaits).await.map_err(|_| Carry::Lost)?;
            let mut mark = None;
            loop {
                match exchange.next().await.map_err(|_| Carry::Lost)? {
                    Reply::Recorded(at) if !self.may_stand_at(&at) => {
                        self.link
                            .condemn(Condemned::Breach("it acknowledged a record that it was not given".to_owned()));
                        return Err(Carry::Lost);
                    }
                    Reply::Recorded(at) if awaits == Awaits::RecordedThenDurable => mark = Some(at),
                    Reply::Recorded(at) => return Ok(Some(at)),
                    Reply::Durable | Reply::Begun => return Ok(mark),
                    Reply::Failed(failure) => return Err(Carry::Failed(failure)),
                }
            }
        };
        match tokio::time::timeout(WRITE_DEADLINE, work).await {
            Ok(result) => result,
            Err(_) => {
                self.link.condemn(Condemned::Hung);
                Err(Carry::Lost)
            }
        }
    }

    /// Ends the worker, after what it was sent is durable where that can be, and waits until it is gone, however long the disk
    /// keeps it: no two processes ever hold segments at once.
    pub async fn end(mut self, in_order: bool) -> bool {
        let durable = in_order && self.carry(&Request::Ping).await.is_ok();
        self.link.condemn(Condemned::Dismissed);
        let _ = self.gone.wait_for(|gone| *gone).await;
        durable
    }
}

impl Journal {
    /// Ends the old generation and begins the next, in a new segment whose first record says what came before.
    pub(super) async fn replace(
        self: &Rc<Self>,
        old: Option<Generation>,
        because: &str,
        from_reserve: bool,
    ) -> Result<Generation, NoGeneration> {
        let old_name = old.as_ref().map(|old| old.name);
        let in_order = match old {
            Some(old) => old.end(because == SIZE || because == SPACE).await,
            None => false,
        };
        let (next_seq, chain, previous) = match (in_order, old_name, self.head.get()) {
            (true, Some(name), Some(head)) => (head.seq + 1, head.chain, Some(whole(name, &head))),
            _ => {
                let tail = match self.found_at_start.take() {
                    Some(tail) => tail,
                    None => self.find_tail(old_name).await?,
                };
                (tail.next_seq, tail.chain, tail.last)
            }
        };
        let name = self.files.list().map_err(NoGeneration::File)?.next_name(next_seq);
        let segment = if from_reserve { self.files.create_from_reserve(name) } else { self.files.create(name) };
        let generation = self.begin(name, next_seq, segment.map_err(NoGeneration::File)?).await?;
        let begin = Request::Begin { seq: next_seq, chain, boot_id: self.boot_id };
        generation.carry(&begin).await.map_err(NoGeneration::First)?;
        let what = What::Segment { previous, because: Text::cut(because), append_only: generation.append_only };
        let first = append_request(None, what, true, Clocks::now()).ok_or(NoGeneration::First(Carry::Lost))?;
        self.head.set(generation.carry(&first).await.map_err(NoGeneration::First)?);
        Ok(generation)
    }

    async fn begin(self: &Rc<Self>, name: Name, first: u64, segment: [OwnedFd; 2]) -> Result<Generation, NoGeneration> {
        let [log, dat] = segment;
        // Payloads stay erasable (a purge is their owner's right); frames do not.
        let append_only = palisade_sandbox::inode::set_append_only(log.as_fd()).is_ok();
        let grants = vec![(4, log), (5, dat)];
        let (tell_gone, gone) = watch::channel(false);
        let journal = Rc::clone(self);
        let buried = move |ended: &Ended| {
            let _ = tell_gone.send(true);
            journal.breaker.borrow_mut().buried(Instant::now(), &ended.class);
        };
        let link = hire::<Record>(self, grants, None, buried).await.map_err(NoGeneration::Spawn)?;
        let number = self.starts.get() + 1;
        self.starts.set(number);
        Ok(Generation { number, link, name, append_only, first, given: Cell::new(0), gone })
    }

    /// Where the chain ends: a reader's work, from the last acknowledged record on where that is known, else from the newest
    /// segments. Those hold the end of the chain, whatever is before them: `verify` is who checks all of it.
    pub(super) async fn find_tail(self: &Rc<Self>, last: Option<Name>) -> Result<Tail, NoGeneration> {
        let mut names = self.files.list().map_err(NoGeneration::File)?.all();
        if let Some(last) = last {
            names.retain(|name| *name >= last);
            return self.scan(self.head.get(), &names).await;
        }
        for newest in [1, NEWEST] {
            let tail = self.scan(None, &names[names.len().saturating_sub(newest)..]).await?;
            if tail.last_wall_ns.is_some() {
                return Ok(tail);
            }
        }
        self.scan(None, &names).await
    }

    async fn scan(self: &Rc<Self>, from: Option<Mark>, names: &[Name]) -> Result<Tail, NoGeneration> {
        let result = reading::run(self, Job::Scan { from }, names, async |_| Err(())).await;
        match result {
            Ok(Read::Tail(tail)) => Ok(*tail),
            Ok(_) => Err(NoGeneration::Scan("the reader answered something else".to_owned())),
            Err(ReadError::Spawn(why)) => Err(NoGeneration::Spawn(why)),
            Err(why) => Err(NoGeneration::Scan(why.to_string())),
        }
    }
}

/// The segment before, where it was ended in order: nothing follows its last record.
fn whole(name: Name, head: &Mark) -> Previous {
    Previous {
        name: Text::cut(&name.to_string()),
        log_length: head.log_length,
        payload_length: head.payload_length,
        torn: 0,
        torn_sha256: Sha256::digest([]).into(),
    }
}
