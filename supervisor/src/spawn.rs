//! Starting workers, on one thread of its own.
//!
//! One thread, because a worker's parent-death signal follows the thread that forked it (`PR_SET_PDEATHSIG`, prctl(2)), and because
//! starting blocks: the event loop never does.

use palisade_protocol::compile::WORKER_UIDS;
use palisade_protocol::worker::Kind;
use palisade_sandbox::{Executable, Ids, Mode, Plan, StartError, Started, Verified, declaration, process, start};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
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
    /// It could not be started, or differed from its declaration and was ended before it was sent anything.
    #[error(transparent)]
    Start(#[from] StartError),
    /// A descriptor for it could not be had.
    #[error("{0}")]
    System(#[from] io::Error),
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
    reply: oneshot::Sender<Result<Verified<Started>, StartError>>,
}

/// A uid (and gid of the same number) that no other live worker has, given back when dropped; or those of whom it serves.
#[derive(Debug)]
pub struct Lease {
    /// Both; none in a rootless run.
    pub ids: Option<Ids>,
    of_asker: bool,
    taken: Rc<RefCell<BTreeSet<u32>>>,
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(ids) = self.ids.filter(|_| !self.of_asker) {
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
    ) -> io::Result<Self> {
        let hashes = executables.iter().map(|(kind, executable)| (*kind, executable.sha256())).collect();
        let (orders, inbox) = mpsc::channel::<Order>();
        std::thread::Builder::new().name("spawner".into()).stack_size(256 * 1024).spawn(move || {
            for order in inbox {
                // Whoever ordered it may have given up, before or while it was started.
                let Some(executable) = executables.get(&order.kind).filter(|_| !order.reply.is_closed()) else {
                    continue;
                };
                let grants: Vec<_> = order.grants.iter().map(|(number, fd)| (*number, fd.as_fd())).collect();
                let plan = Plan { executable, mode, ids: order.ids, grants: &grants };
                let started = start(&plan, &accepted, START_DEADLINE);
                if let Err(Ok(unwanted)) = order.reply.send(started) {
                    process::end(&unwanted.into_inner().process.pidfd);
                }
            }
        })?;
        Ok(Self { orders, mode, uid_base, taken: Rc::default(), hashes })
    }

    /// SHA-256 of the executable that workers of this kind run.
    pub fn sha256(&self, kind: Kind) -> [u8; 32] {
        self.hashes.get(&kind).copied().unwrap_or_default()
    }

    /// Starts and verifies one worker; `grants` are the descriptors that it gets beside its channel. `asker` is whom it serves.
    pub async fn spawn(
        &self,
        kind: Kind,
        grants: Vec<(u32, OwnedFd)>,
        asker: Option<Ids>,
    ) -> Result<(Verified<Started>, Lease), SpawnError> {
        let lease = self.lease(asker.filter(|_| declaration(kind).as_asking_user))?;
        let (reply, answer) = oneshot::channel();
        self.orders.send(Order { kind, ids: lease.ids, grants, reply }).map_err(|_| SpawnError::Gone)?;
        let verified = answer.await.map_err(|_| SpawnError::Gone)??;
        Ok((verified, lease))
    }

    fn lease(&self, asker: Option<Ids>) -> Result<Lease, SpawnError> {
        let ids = match self.mode {
            Mode::Rootless => None,
            Mode::System if asker.is_some() => asker,
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
        Ok(Lease { ids, of_asker: asker.is_some(), taken: Rc::clone(&self.taken) })
    }
}
