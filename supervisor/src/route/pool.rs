//! Classifiers: one for each asking uid, so that what one user's input does to a parser never meets another user's input.

use crate::channel::link::{Ended, Link, Lost};
use crate::channel::permits::{Awaits, Classify};
use crate::reap::{Breaker, Class, Condemned, Standing};
use crate::record::Journal;
use crate::record::hire::hire;
use crate::route::digest;
use crate::spawn::SpawnError;
use palisade_protocol::bounded::Text;
use palisade_protocol::call::{Body, Call};
use palisade_protocol::classify::{Reply, Request};
use palisade_protocol::control::{Observed, WorkerStatus};
use palisade_protocol::facts::Part;
use palisade_protocol::limits::COMMAND_MAX;
use palisade_protocol::verdict::Verdict;
use palisade_protocol::worker::Kind;
use palisade_sandbox::StartError;
use palisade_sandbox::sealed::Sealed;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::iter::once;
use std::rc::Rc;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// Uids that have a live classifier at once; the longest idle one makes room, and where all are busy a newcomer waits.
const POOL_MAX: usize = 32;

/// Between two looks for room. A busy classifier is idle again within a millisecond or two.
const ROOM_RETRY: Duration = Duration::from_millis(2);

/// One attempt. Classifying is bounded work of a few milliseconds; what takes longer is a hang, not a hard case.
const ATTEMPT: Duration = Duration::from_millis(400);

/// All attempts together, waiting for a worker included.
const BUDGET: Duration = Duration::from_millis(1000);

/// Calls that ended two workers, remembered for each uid by their hash.
const POISON_MAX: usize = 64;

/// What a classifier said.
#[derive(Debug)]
pub struct Judged {
    /// The verdict.
    pub verdict: Verdict,
    /// The only text of the call that may be stored.
    pub redacted: Text<COMMAND_MAX>,
    /// Secrets that were replaced.
    pub secrets: u32,
}

/// Why there is no verdict. Each is answered with caution (I7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoVerdict {
    /// This call has ended two workers.
    #[error("the classifier ended twice on this call, so nothing is known about it")]
    Poison,
    /// No answer within the budget.
    #[error("the classifier did not answer in time")]
    Late,
    /// The uid's classifier may not be started now.
    #[error("this user's classifier failed too often and is not started now; see `palisade status`")]
    Withheld,
    /// None could be started.
    #[error("no classifier could be started; see `palisade status`")]
    Unstartable,
}

impl NoVerdict {
    /// The rule id in the answer and the record.
    pub fn rule(self) -> &'static str {
        match self {
            Self::Poison => "worker.poison",
            Self::Late => "worker.late",
            Self::Withheld => "worker.withheld",
            Self::Unstartable => "worker.unstartable",
        }
    }
}

#[derive(Default)]
struct Seat {
    link: RefCell<Option<Rc<Link<Classify>>>>,
    starting: Mutex<()>,
    breaker: RefCell<Breaker>,
    poison: RefCell<VecDeque<[u8; 32]>>,
    last_used: Cell<Option<Instant>>,
    starts: Cell<u32>,
    refused: RefCell<Option<Observed>>,
}

impl Seat {
    fn live(&self) -> Option<Rc<Link<Classify>>> {
        self.link.borrow().as_ref().filter(|link| link.alive()).cloned()
    }
}

/// All classifiers.
pub struct Pool {
    journal: Rc<Journal>,
    policy: Sealed,
    seats: RefCell<BTreeMap<u32, Rc<Seat>>>,
    starting: Mutex<()>,
}

impl Pool {
    /// `policy` is what each classifier reads from its sealed memfd.
    pub fn new(journal: Rc<Journal>, policy: &[u8]) -> io::Result<Self> {
        Ok(Self { journal, policy: Sealed::new(policy)?, seats: RefCell::default(), starting: Mutex::default() })
    }

    /// Has a call judged by its uid's classifier. A call that ends the worker is tried once more on a fresh one; calls that were
    /// merely waiting behind it are tried again within the budget.
    pub async fn judge(&self, uid: u32, call: &Call, body: &[u8]) -> Result<Judged, NoVerdict> {
        let seat = self.seat(uid);
        seat.last_used.set(Some(Instant::now()));
        let remembers = !seat.poison.borrow().is_empty();
        if remembers {
            let fingerprint = fingerprint(call, body).await;
            if seat.poison.borrow().contains(&fingerprint) {
                return Err(NoVerdict::Poison);
            }
        }
        // No attempt is begun that could not be waited for: one that is given up half-way would have to be called a hang.
        let last = Instant::now() + BUDGET - ATTEMPT;
        let mut blamed = 0;
        while Instant::now() <= last {
            let link = match seat.live() {
                Some(link) => link,
                None => tokio::time::timeout_at(last.into(), self.ready(uid, &seat))
                    .await
                    .map_err(|_| NoVerdict::Late)??,
            };
            match tokio::time::timeout(ATTEMPT, ask(&link, call, body)).await {
                Ok(Ok(judged)) => {
                    seat.breaker.borrow_mut().answered(Instant::now());
                    return Ok(judged);
                }
                Ok(Err(lost)) if lost.in_hand => {
                    blamed += 1;
                    if blamed == 2 {
                        let fingerprint = fingerprint(call, body).await;
                        let mut poison = seat.poison.borrow_mut();
                        poison.truncate(POISON_MAX - 1);
                        poison.push_front(fingerprint);
                        return Err(NoVerdict::Poison);
                    }
                }
                Ok(Err(_)) => {}
                Err(_) => {
                    link.condemn(Condemned::Hung);
                    break;
                }
            }
        }
        Err(NoVerdict::Late)
    }

    /// The uid's live classifier, started if there is none and its breaker allows one.
    async fn ready(&self, uid: u32, seat: &Rc<Seat>) -> Result<Rc<Link<Classify>>, NoVerdict> {
        if let Some(link) = seat.live() {
            return Ok(link);
        }
        let _one_start = seat.starting.lock().await;
        loop {
            if let Some(link) = seat.live() {
                return Ok(link);
            }
            let standing = seat.breaker.borrow().standing(Instant::now());
            match standing {
                Standing::Clear => break,
                Standing::BackingOff(until) => tokio::time::sleep_until(until.into()).await,
                _ => return Err(NoVerdict::Withheld),
            }
        }
        self.start(uid, seat).await
    }

    async fn start(&self, uid: u32, seat: &Rc<Seat>) -> Result<Rc<Link<Classify>>, NoVerdict> {
        // One at a time: a start that is under way has no link yet and would not be counted.
        let _others_wait = self.starting.lock().await;
        while !self.make_room() {
            tokio::time::sleep(ROOM_RETRY).await;
        }
        let owner = Rc::downgrade(seat);
        let buried = move |ended: &Ended| {
            if let Some(seat) = owner.upgrade() {
                seat.breaker.borrow_mut().buried(Instant::now(), &ended.class);
            }
        };
        let hired = match self.policy.open() {
            Ok(policy) => hire::<Classify>(&self.journal, vec![(5, policy)], Some(uid), buried).await,
            Err(why) => Err(io::Error::from(why).into()),
        };
        let link = hired.map_err(|why| {
            crate::log::line(&format!("no classifier for uid {uid}: {why}"));
            if let SpawnError::Start(StartError::Differs { observed, .. }) = why {
                *seat.refused.borrow_mut() = Some(*observed);
            }
            seat.breaker.borrow_mut().buried(Instant::now(), &Class::Killed);
            NoVerdict::Unstartable
        })?;
        *seat.refused.borrow_mut() = None;
        seat.starts.set(seat.starts.get() + 1);
        *seat.link.borrow_mut() = Some(Rc::clone(&link));
        Ok(link)
    }

    fn seat(&self, uid: u32) -> Rc<Seat> {
        Rc::clone(self.seats.borrow_mut().entry(uid).or_default())
    }

    /// Ends the longest idle classifier where there are too many. False if all of those are busy.
    fn make_room(&self) -> bool {
        let now = Instant::now();
        let mut seats = self.seats.borrow_mut();
        let live: Vec<_> = seats.values().filter_map(|seat| Some((seat, seat.live()?))).collect();
        if live.len() >= POOL_MAX {
            let idle = live.iter().filter(|(_, link)| link.idle()).min_by_key(|(seat, _)| seat.last_used.get());
            let Some((seat, link)) = idle else { return false };
            seat.link.take();
            link.condemn(Condemned::Dismissed);
        }
        drop(live);
        // A seat that remembers something stays: forgetting it would give its uid a fresh breaker. Users of a host are few, and
        // their subordinate uids have no seat of their own.
        seats.retain(|_, seat| {
            Rc::strong_count(seat) > 1
                || seat.live().is_some()
                || !seat.breaker.borrow().is_fresh(now)
                || !seat.poison.borrow().is_empty()
                || seat.refused.borrow().is_some()
        });
        true
    }

    /// For `status`.
    pub fn statuses(&self) -> Vec<WorkerStatus> {
        let now = Instant::now();
        let of = |(uid, seat): (&u32, &Rc<Seat>)| {
            let live = seat.live();
            let state = if live.is_some() { "serving" } else { seat.breaker.borrow().standing(now).word() };
            WorkerStatus {
                kind: Kind::Classifier,
                pid: live.map_or(0, |link| link.record().pid),
                serves: Some(*uid),
                state: Text::cut(state),
                restarts: seat.starts.get().saturating_sub(1),
            }
        };
        self.seats.borrow().iter().map(of).collect()
    }

    /// For `permissions --observed`: every live classifier, and every one that was refused since the last good one.
    pub fn observe(&self, observe: impl Fn(&crate::verify::Record) -> Observed) -> Vec<Observed> {
        let seats = self.seats.borrow();
        let live = seats.values().filter_map(|seat| seat.live()).map(|link| observe(link.record()));
        let refused = seats.values().filter_map(|seat| seat.refused.borrow().clone());
        live.chain(refused).collect()
    }
}

async fn ask(link: &Rc<Link<Classify>>, call: &Call, body: &[u8]) -> Result<Judged, Lost> {
    let (first, rest) = Body::parts(body);
    let first = Request::Judge { call: Box::new(call.clone()), body: first };
    let mut exchange = link.ask(once(first).chain(rest.map(Request::Chunk)), Awaits::Verdict).await?;
    loop {
        match exchange.next().await? {
            Reply::Judged { verdict, redacted, secrets } => return Ok(Judged { verdict: *verdict, redacted, secrets }),
            Reply::Asks { .. } => exchange.tell(&Request::Facts(Part::none()), &[]).await?,
        }
    }
}

/// A call that ended two workers is known again by this.
async fn fingerprint(call: &Call, body: &[u8]) -> [u8; 32] {
    digest(&palisade_protocol::codec::encode(&call.op).unwrap_or_default(), body).await
}
