//! Workers of one kind, one for each asking uid, so that what one user's input does to a worker never meets another user's input.

use super::classify::NoVerdict;
use crate::channel::link::{Ended, Link};
use crate::channel::permits::Dialect;
use crate::reap::{Breaker, Class, Condemned, Standing};
use crate::record::Journal;
use crate::record::hire::hire;
use crate::spawn::SpawnError;
use palisade_protocol::bounded::Text;
use palisade_protocol::control::{Observed, WorkerStatus};
use palisade_sandbox::sealed::Sealed;
use palisade_sandbox::{Ids, StartError};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::rc::Rc;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// Uids that have a live worker of a kind at once; the longest idle one makes room, and where all are busy a newcomer waits.
const POOL_MAX: usize = 32;

/// Between two looks for room. A busy worker is idle again within a millisecond or two.
const ROOM_RETRY: Duration = Duration::from_millis(2);

/// One uid's place.
#[derive(Default)]
pub struct Seat<D: Dialect> {
    link: RefCell<Option<Rc<Link<D>>>>,
    starting: Mutex<()>,
    /// What its worker's predecessors came to.
    pub breaker: RefCell<Breaker>,
    /// Calls that ended two workers, by their hash.
    pub poison: RefCell<VecDeque<[u8; 32]>>,
    /// Held by whoever wants the worker to itself.
    pub turn: Mutex<()>,
    last_used: Cell<Option<Instant>>,
    starts: Cell<u32>,
    refused: RefCell<Option<Observed>>,
}

impl<D: Dialect> Seat<D> {
    /// Its worker, if that takes requests.
    pub fn live(&self) -> Option<Rc<Link<D>>> {
        self.link.borrow().as_ref().filter(|link| link.alive()).cloned()
    }
}

/// All workers of one kind that serve users.
pub struct Pool<D: Dialect> {
    journal: Rc<Journal>,
    /// What each gets as its descriptor 5.
    policy: Option<Sealed>,
    seats: RefCell<BTreeMap<u32, Rc<Seat<D>>>>,
    starting: Mutex<()>,
}

impl<D: Dialect> Pool<D> {
    /// An empty pool, of workers that read this policy.
    pub fn new(journal: &Rc<Journal>, policy: Option<Sealed>) -> Self {
        Self { journal: Rc::clone(journal), policy, seats: RefCell::default(), starting: Mutex::default() }
    }

    /// The uid's place, now in use.
    pub fn seat(&self, uid: u32) -> Rc<Seat<D>> {
        let seat = Rc::clone(self.seats.borrow_mut().entry(uid).or_default());
        seat.last_used.set(Some(Instant::now()));
        seat
    }

    /// The place's live worker, started if there is none and its breaker allows one. `asker` is whom it serves.
    pub async fn ready(&self, asker: Ids, seat: &Rc<Seat<D>>) -> Result<Rc<Link<D>>, NoVerdict> {
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
                _ => return Err(NoVerdict::WITHHELD),
            }
        }
        self.start(asker, seat).await
    }

    async fn start(&self, asker: Ids, seat: &Rc<Seat<D>>) -> Result<Rc<Link<D>>, NoVerdict> {
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
        let hired = match self.policy.as_ref().map(Sealed::open).transpose() {
            Ok(policy) => {
                let grants = policy.map(|policy| (5, policy)).into_iter().collect();
                hire::<D>(&self.journal, grants, Some(asker), buried).await
            }
            Err(why) => Err(io::Error::from(why).into()),
        };
        let link = hired.map_err(|why| {
            crate::log::line(&format!("no {} for uid {}: {why}", D::KIND.word(), asker.uid));
            if let SpawnError::Start(StartError::Differs { observed, .. }) = why {
                *seat.refused.borrow_mut() = Some(*observed);
            }
            seat.breaker.borrow_mut().buried(Instant::now(), &Class::Killed);
            NoVerdict::UNSTARTABLE
        })?;
        *seat.refused.borrow_mut() = None;
        seat.starts.set(seat.starts.get() + 1);
        *seat.link.borrow_mut() = Some(Rc::clone(&link));
        Ok(link)
    }

    /// Ends the longest idle worker where there are too many. False if all of those are busy.
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
        let of = |(uid, seat): (&u32, &Rc<Seat<D>>)| {
            let live = seat.live();
            let state = if live.is_some() { "serving" } else { seat.breaker.borrow().standing(now).word() };
            WorkerStatus {
                kind: D::KIND,
                pid: live.map_or(0, |link| link.record().pid),
                serves: Some(*uid),
                state: Text::cut(state),
                restarts: seat.starts.get().saturating_sub(1),
            }
        };
        self.seats.borrow().iter().map(of).collect()
    }

    /// For `permissions --observed`: every live worker, and every one that was refused since the last good one.
    pub fn observe(&self, observe: impl Fn(&crate::verify::Record) -> Observed) -> Vec<Observed> {
        let seats = self.seats.borrow();
        let live = seats.values().filter_map(|seat| seat.live()).map(|link| observe(link.record()));
        let refused = seats.values().filter_map(|seat| seat.refused.borrow().clone());
        live.chain(refused).collect()
    }
}
