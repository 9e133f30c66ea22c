//! The two public sockets: accept, identify, admit, and serve each connection as a task of its own under deadlines.

mod admission;
mod control;
mod guard;
mod identity;
mod malformed;
mod stream;

pub use admission::Register;
pub use identity::Identity;

use crate::record::Journal;
use crate::route::judge::Judge;
use malformed::Malformed;
use palisade_protocol::compile::Subordinates;
use palisade_protocol::guard::RefusalCode;
use palisade_sandbox::Mode;
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::rc::Rc;
use std::time::{Duration, Instant};
use stream::{Frames, StreamError};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{Notify, Semaphore, SemaphorePermit};

/// After a failed accept (out of descriptors), before the next one.
const ACCEPT_RETRY: Duration = Duration::from_millis(20);

/// Connections to `control.sock` in all.
const OPERATORS: usize = 256;

/// Journal queries in work at once, of operators and of others; each is a process. Of those others each has one.
const QUERIES: usize = 4;

/// How long a query of somebody who is not an operator may take, however slowly its rows are read.
const QUERY_DEADLINE: Duration = Duration::from_secs(60);

/// How the instance was started.
#[derive(Debug)]
pub struct Run {
    /// By root or not.
    pub mode: Mode,
    /// By whom; that uid may stop it.
    pub owner: u32,
    /// Without these protections, which the kernel lacks and the configuration gives up.
    pub degraded: Vec<String>,
    /// Whose the host's subordinate uids are.
    pub subordinates: Vec<Subordinates>,
}

/// What every connection needs.
pub struct Room {
    /// Answers calls.
    pub judge: Judge,
    /// The record.
    pub journal: Rc<Journal>,
    /// Who is connected to `guard.sock`.
    pub guests: Rc<Register>,
    /// Who is connected to `control.sock`: however many wait at the other door, an operator gets in at this one.
    pub operators: Rc<Register>,
    /// How it was started.
    pub run: Run,
    /// When it became ready.
    pub since: Instant,
    /// Fires when somebody who may has asked for a stop.
    pub stop: Notify,
    /// Set then: nothing new is taken.
    pub stopping: Cell<bool>,
    malformed: Rc<Malformed>,
    queries: [Semaphore; 2],
    asking: RefCell<BTreeSet<u32>>,
}

/// A query's place.
struct Query<'r> {
    room: &'r Room,
    member: Option<u32>,
    patience: Duration,
    _permit: SemaphorePermit<'r>,
}

impl Query<'_> {
    /// Does the work, for as long as this query may take.
    async fn run<T>(&self, work: impl Future<Output = T>) -> Result<T, StreamError> {
        let why = "the query took too long; ask for less of the journal";
        let done = tokio::time::timeout(self.patience, work).await;
        done.map_err(|_| StreamError::Refused(RefusalCode::Quota, why.to_owned()))
    }
}

impl Drop for Query<'_> {
    fn drop(&mut self) {
        if let Some(owner) = self.member {
            self.room.asking.borrow_mut().remove(&owner);
        }
    }
}

impl Room {
    /// A room without visitors, for at most so many connections.
    pub fn new(judge: Judge, journal: Rc<Journal>, run: Run, connections: usize) -> Rc<Self> {
        Rc::new(Self {
            judge,
            malformed: Malformed::new(Rc::clone(&journal)),
            journal,
            guests: Register::new(connections),
            operators: Register::new(OPERATORS),
            run,
            since: Instant::now(),
            stop: Notify::new(),
            stopping: Cell::new(false),
            queries: [Semaphore::new(QUERIES), Semaphore::new(QUERIES)],
            asking: RefCell::default(),
        })
    }

    /// A query's place; operators have their own, so that nobody keeps them from the record.
    fn query(&self, identity: &Identity) -> Result<Query<'_>, StreamError> {
        let busy =
            || StreamError::Refused(RefusalCode::Quota, "other queries are in work; try again in a moment".to_owned());
        let member = (!self.is_operator(identity.uid)).then_some(identity.owner);
        let permit = self.queries[usize::from(member.is_some())].try_acquire().map_err(|_| busy())?;
        if member.is_some_and(|owner| !self.asking.borrow_mut().insert(owner)) {
            return Err(busy());
        }
        let patience = if member.is_some() { QUERY_DEADLINE } else { Duration::MAX };
        Ok(Query { room: self, member, patience, _permit: permit })
    }

    /// Root, or whoever started the instance.
    fn is_operator(&self, uid: u32) -> bool {
        uid == 0 || uid == self.run.owner
    }
}

/// Which socket a connection came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// `guard.sock`.
    Guard,
    /// `control.sock`.
    Control,
}

/// Accepts connections for as long as the task lives.
pub async fn accept(room: Rc<Room>, listener: UnixListener, door: Door) {
    loop {
        // Many in a row, so that a full backlog is soon empty. The event loop stops a task that never waits (after 128 of these),
        // and those who came in are heard before as many more can send them away.
        match listener.accept().await {
            Ok((stream, _)) => drop(tokio::task::spawn_local(visit(Rc::clone(&room), stream, door))),
            Err(_) => tokio::time::sleep(ACCEPT_RETRY).await,
        }
    }
}

/// One connection, from its identity to its end.
async fn visit(room: Rc<Room>, stream: UnixStream, door: Door) {
    let Some(identity) = Identity::of(&stream, &room.run.subordinates) else { return };
    let mut frames = Frames::new(stream);
    let register = if door == Door::Guard { &room.guests } else { &room.operators };
    let Some(place) = register.admit(identity.owner) else {
        let text = "too many connections of this user are busy; try again in a moment";
        frames.refuse(door, RefusalCode::Quota, text).await;
        return;
    };
    let served = async {
        match door {
            Door::Guard => guard::serve(&room, &mut frames, &place, &identity).await,
            Door::Control => control::serve(&room, &mut frames, &place, &identity).await,
        }
    };
    let ended = tokio::select! {
        ended = served => ended,
        () = place.asked_to_leave() => Ok(()),
    };
    let (code, why) = match ended {
        Ok(()) | Err(StreamError::Gone) => return,
        Err(StreamError::Refused(code, why)) => (code, why),
        Err(StreamError::Malformed(why)) => {
            room.malformed.count(identity.owner, &why, || identity.stamp());
            (RefusalCode::Malformed, why)
        }
    };
    frames.refuse(door, code, &why).await;
}
