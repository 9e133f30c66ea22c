//! How many connections there may be, for each uid and in all. Uids are owners': subordinate ones count for theirs. No client can delay another by more than its own share (I9).
//!
//! Where a uid is at its limit, its own connection that has been idle longest makes room: a thousand idle connections keep neither
//! their owner's hook out nor anybody else's.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::{Duration, Instant};
use tokio::sync::{Notify, Semaphore, SemaphorePermit};

/// Connections of one uid.
pub const PER_UID: usize = 128;

/// Requests of one uid in work at once. Further ones wait for their turn, and while they wait they take nobody else's.
const AT_WORK: usize = 8;

/// Bytes of call bodies that one uid's connections may hold at once.
pub const BODIES_PER_UID: usize = 2 * palisade_protocol::limits::BODY_MAX;

/// The same of all uids together. Only bodies in several chunks count: ordinary commands come through however full it is.
pub const BODIES: usize = 4 * BODIES_PER_UID;

/// One admitted connection; its place is free again when this is dropped.
#[derive(Debug)]
pub struct Place {
    uid: u32,
    number: u64,
    seat: Rc<Seat>,
    register: Rc<Register>,
}

#[derive(Debug)]
struct Seat {
    idle_since: Cell<Option<Instant>>,
    leave: Notify,
    body: Cell<usize>,
    turns: Rc<Semaphore>,
}

/// All admitted connections.
#[derive(Debug, Default)]
pub struct Register {
    seats: RefCell<BTreeMap<u32, BTreeMap<u64, Rc<Seat>>>>,
    next: Cell<u64>,
    total: Cell<usize>,
    most: usize,
    held: Cell<usize>,
}

impl Register {
    /// At most `most` connections in all.
    pub fn new(most: usize) -> Rc<Self> {
        Rc::new(Self { most, ..Self::default() })
    }

    /// Open connections.
    pub fn total(&self) -> usize {
        self.total.get()
    }

    /// Resolves when no connection has a request in work.
    pub async fn drained(&self) {
        let busy =
            || self.seats.borrow().values().flat_map(BTreeMap::values).any(|seat| seat.idle_since.get().is_none());
        while busy() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Admits a connection of `uid`, sending away an idle one where that is needed: its own at its own limit, at the common limit
    /// one of whichever uid has most. None if every connection that could go is busy.
    pub fn admit(self: &Rc<Self>, uid: u32) -> Option<Place> {
        let own = self.seats.borrow().get(&uid).map_or(0, BTreeMap::len);
        if own >= PER_UID && !self.send_away(uid) {
            return None;
        }
        if self.total.get() >= self.most {
            let mut crowds: Vec<_> = self.seats.borrow().iter().map(|(uid, seats)| (seats.len(), *uid)).collect();
            crowds.sort_unstable_by(|one, other| other.cmp(one));
            crowds.iter().find(|(_, uid)| self.send_away(*uid))?;
        }
        let number = self.next.get();
        self.next.set(number + 1);
        let mut seats = self.seats.borrow_mut();
        let own = seats.entry(uid).or_default();
        let turns = own.values().next().map_or_else(|| Rc::new(Semaphore::new(AT_WORK)), |seat| Rc::clone(&seat.turns));
        let idle_since = Cell::new(Some(Instant::now()));
        let seat = Rc::new(Seat { idle_since, leave: Notify::new(), body: Cell::new(0), turns });
        own.insert(number, Rc::clone(&seat));
        self.total.set(self.total.get() + 1);
        Some(Place { uid, number, seat, register: Rc::clone(self) })
    }

    fn send_away(&self, uid: u32) -> bool {
        let mut seats = self.seats.borrow_mut();
        let Some(own) = seats.get_mut(&uid) else { return false };
        let longest = own.iter().filter_map(|(number, seat)| Some((seat.idle_since.get()?, *number))).min();
        let Some((_, number)) = longest else { return false };
        if let Some(seat) = own.remove(&number) {
            seat.leave.notify_one();
            self.total.set(self.total.get() - 1);
        }
        true
    }
}

impl Place {
    /// Resolves when the connection has to go.
    pub async fn asked_to_leave(&self) {
        self.seat.leave.notified().await;
    }

    /// A request is in work: the connection is not sent away until [`Place::idle`].
    pub fn busy(&self) {
        self.seat.idle_since.set(None);
    }

    /// Waits until it is this request's turn among its uid's.
    pub async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        self.seat.turns.acquire().await.ok()
    }

    /// Nothing is in work.
    pub fn idle(&self) {
        self.seat.idle_since.set(Some(Instant::now()));
        self.hold(0);
    }

    /// Whether so many bytes of this connection's body may be held, beside all the others.
    pub fn may_hold(&self, bytes: usize) -> bool {
        let seats = self.register.seats.borrow();
        let others: usize = seats.get(&self.uid).map_or(0, |own| {
            own.iter().filter(|(number, _)| **number != self.number).map(|(_, seat)| seat.body.get()).sum()
        });
        let all = self.register.held.get() - self.seat.body.get() + bytes;
        let fits = others + bytes <= BODIES_PER_UID && all <= BODIES;
        if fits {
            self.hold(bytes);
        }
        fits
    }

    fn hold(&self, bytes: usize) {
        let before = self.seat.body.replace(bytes);
        self.register.held.set(self.register.held.get() - before + bytes);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.hold(0);
        let mut seats = self.register.seats.borrow_mut();
        if let Some(own) = seats.get_mut(&self.uid) {
            if own.remove(&self.number).is_some() {
                self.register.total.set(self.register.total.get() - 1);
            }
            if own.is_empty() {
                seats.remove(&self.uid);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::Future as _;
    use std::task::{Context, Waker};

    #[test]
    fn a_uid_at_its_limit_loses_its_own_idle_connection_and_nobody_elses() {
        let register = Register::new(10_000);
        let other = register.admit(2).expect("admitted");
        let mine: Vec<Place> = (0..PER_UID).map(|_| register.admit(1).expect("admitted")).collect();
        let next = register.admit(1).expect("an idle one makes room");
        assert_eq!(register.total(), PER_UID + 1);
        drop((mine, next, other));
        assert_eq!(register.total(), 0);
    }

    #[test]
    fn busy_connections_are_never_sent_away() {
        let register = Register::new(10_000);
        let mine: Vec<Place> = (0..PER_UID).map(|_| register.admit(1).expect("admitted")).collect();
        mine.iter().for_each(Place::busy);
        assert!(register.admit(1).is_none());
        assert!(register.admit(2).is_some());
        mine[7].idle();
        assert!(register.admit(1).is_some());
    }

    #[test]
    fn at_the_common_limit_the_uid_with_most_connections_makes_room() {
        let register = Register::new(4);
        let crowd: Vec<Place> = (0..4).map(|_| register.admit(1).expect("admitted")).collect();
        assert!(register.admit(2).is_some());
        drop(crowd);
    }

    #[test]
    fn at_the_common_limit_a_crowd_that_is_busy_is_passed_over() {
        let register = Register::new(5);
        let crowd: Vec<Place> = (0..3).map(|_| register.admit(1).expect("admitted")).collect();
        let idle: Vec<Place> = (0..2).map(|_| register.admit(2).expect("admitted")).collect();
        crowd.iter().for_each(Place::busy);
        assert!(register.admit(3).is_some());
        idle.iter().for_each(Place::busy);
        assert!(register.admit(3).is_some());
        drop((crowd, idle));
    }

    #[test]
    fn bodies_of_all_uids_have_a_common_limit_and_give_it_back() {
        let register = Register::new(100);
        let full: Vec<Place> = (0..4).map(|uid| register.admit(uid).expect("in")).collect();
        assert!(full.iter().all(|place| place.may_hold(BODIES_PER_UID)));
        let next = register.admit(9).expect("in");
        assert!(!next.may_hold(1));
        drop(full);
        assert!(next.may_hold(BODIES_PER_UID));
    }

    #[test]
    fn bodies_of_one_uid_have_a_common_limit() {
        let register = Register::new(10);
        let (first, second, other) = (register.admit(1), register.admit(1), register.admit(2));
        let (first, second, other) = (first.expect("in"), second.expect("in"), other.expect("in"));
        assert!(first.may_hold(BODIES_PER_UID));
        assert!(!second.may_hold(1));
        assert!(other.may_hold(BODIES_PER_UID));
        first.idle();
        assert!(second.may_hold(1));
    }

    #[test]
    fn calls_over_a_uids_share_wait_for_their_turn_and_for_nobody_elses() {
        let register = Register::new(100);
        let mine: Vec<Place> = (0..=AT_WORK).map(|_| register.admit(1).expect("in")).collect();
        let other = register.admit(2).expect("in");
        let waits =
            |place: &Place| std::pin::pin!(place.turn()).poll(&mut Context::from_waker(Waker::noop())).is_pending();
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(async {
            let mut turns = Vec::new();
            for place in &mine[..AT_WORK] {
                turns.push(place.turn().await);
            }
            assert!(waits(&mine[AT_WORK]));
            assert!(!waits(&other));
            turns.pop();
            assert!(!waits(&mine[AT_WORK]));
        });
    }
}
