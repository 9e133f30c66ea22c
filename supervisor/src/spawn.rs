//! Starting workers, on one thread of its own.
//!
//! One thread, because a worker's parent-death signal follows the thread that forked it (`PR_SET_PDEATHSIG`, prctl(2)), and because
//! starting blocks: the event loop never does.

use palisade_protocol::compile::WORKER_UIDS;
use palisade_protocol::control::Observed;
use palisade_protocol::worker::Kind;
use palisade_sandbox::{Executable, Ids, Mode, Plan, StartError, Started, Verified, start};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::os::fd::{AsFd, OwnedFd};
use std::rc::Rc;
use std::sync::mpsc;
use std::time::Duration;
use tokio::sync::oneshot;

/// From fork to a verified worker. A healthy start takes less than a millisecond.
const START_DEADLINE: Duration = Duration::from_secs(2);

/// Why a worker is not there.
#[derive(Debug, thiserror::Error)]
pub enum SpawnError {
    /// It could not be started.
    #[error("{0}")]
    Start(String),
    /// It was started and differs from its declaration; it was ended before it was sent anything.
    #[error("it differs from its declaration: {}", differences.join("; "))]
    Refused {
        /// Every difference.
        differences: Vec<String>,
        /// What was observed.
        observed: Box<Observed>,
    },
    /// Every worker uid is in use.
    #[error("all worker uids are in use")]
    NoIds,
    /// The spawning thread is gone.
    #[error("the spawning thread has ended")]
    Gone,
}

struct Order {
    kind: Kind,
    ids: Option<Ids>,
    grants: Vec<(u32, OwnedFd)>,
    reply: oneshot::Sender<Result<Verified<Started>, SpawnError>>,
}

/// A uid (and gid of the same number) that no other live worker has; given back when dropped.
#[derive(Debug)]
pub struct Lease {
    ids: Option<Ids>,
    taken: Rc<RefCell<BTreeSet<u32>>>,
}

impl Lease {
    /// The uid and gid; none in a rootless run.
    pub fn ids(&self) -> Option<Ids> {
        self.ids
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(ids) = self.ids {
            self.taken.borrow_mut().remove(&ids.uid);
        }
    }
}

/// The event loop's side of the spawning thread.
#[derive(Debug)]
pub struct Spawner {
    orders: mpsc::Sender<Order>,
    mode: Mode,
    uid_base: u32,
    taken: Rc<RefCell<BTreeSet<u32>>>,
    hashes: BTreeMap<Kind, [u8; 32]>,
}

impl Spawner {
    /// Starts the thread. `accepted` names protections that may be missing.
    pub fn begin(
        executables: BTreeMap<Kind, Executable>,
        mode: Mode,
        uid_base: u32,
        accepted: Vec<String>,
    ) -> std::io::Result<Self> {
        let hashes = executables.iter().map(|(kind, executable)| (*kind, executable.sha256())).collect();
        let (orders, inbox) = mpsc::channel::<Order>();
        std::thread::Builder::new().name("spawner".into()).stack_size(256 * 1024).spawn(move || {
            for order in inbox {
                let result = match executables.get(&order.kind) {
                    Some(executable) => carry_out(executable, mode, &order, &accepted),
                    None => Err(SpawnError::Start(format!("no {} is installed", order.kind.word()))),
                };
                // Whoever ordered it may have given up; the worker then dies with its channel.
                let _ = order.reply.send(result);
            }
        })?;
        Ok(Self { orders, mode, uid_base, taken: Rc::default(), hashes })
    }

    /// SHA-256 of the executable that workers of this kind run.
    pub fn sha256(&self, kind: Kind) -> [u8; 32] {
        self.hashes.get(&kind).copied().unwrap_or_default()
    }

    /// Starts and verifies one worker; `grants` are the descriptors that it gets beside its channel.
    pub async fn spawn(
        &self,
        kind: Kind,
        grants: Vec<(u32, OwnedFd)>,
    ) -> Result<(Verified<Started>, Lease), SpawnError> {
        let lease = self.lease()?;
        let (reply, answer) = oneshot::channel();
        self.orders.send(Order { kind, ids: lease.ids, grants, reply }).map_err(|_| SpawnError::Gone)?;
        let verified = answer.await.map_err(|_| SpawnError::Gone)??;
        Ok((verified, lease))
    }

    fn lease(&self) -> Result<Lease, SpawnError> {
        let ids = match self.mode {
            Mode::Rootless => None,
            Mode::System => {
                let mut taken = self.taken.borrow_mut();
                let uid = WORKER_UIDS
                    .map(|slot| self.uid_base + slot)
                    .find(|uid| !taken.contains(uid))
                    .ok_or(SpawnError::NoIds)?;
                taken.insert(uid);
                Some(Ids { uid, gid: uid })
            }
        };
        Ok(Lease { ids, taken: Rc::clone(&self.taken) })
    }
}

fn carry_out(
    executable: &Executable,
    mode: Mode,
    order: &Order,
    accepted: &[String],
) -> Result<Verified<Started>, SpawnError> {
    let grants: Vec<_> = order.grants.iter().map(|(number, fd)| (*number, fd.as_fd())).collect();
    let plan = Plan { executable, mode, ids: order.ids, grants: &grants };
    start(&plan, accepted, START_DEADLINE).map_err(|why| match why {
        StartError::Differs { differences, observed } => SpawnError::Refused { differences, observed },
        why => SpawnError::Start(why.to_string()),
    })
}
