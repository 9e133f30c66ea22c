//! A live, verified worker: requests go out, permitted replies come back to whoever asked, and its end is told to all who wait.

use super::permits::{Awaits, Dialect, check};
use crate::reap::{Class, Condemned};
use crate::spawn::Lease;
use crate::verify::Record;
use palisade_protocol::codec;
use palisade_protocol::packet::{
    Buffer, CarriesFds as _, Packet, PacketError, Wait, has_hung_up, receive_strictly, send_bytes,
};
use palisade_sandbox::{Started, Verified, process};
use std::borrow::Borrow;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::io;
use std::marker::PhantomData;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::rc::Rc;
use std::sync::LazyLock;
use std::time::{Duration, Instant};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::sync::{Mutex, Notify, mpsc, oneshot};

/// Replies of one exchange that may wait unread. A reader's rows stop here until the client has taken some.
const UNREAD: usize = 4;

/// How long a reply is looked out for before the event loop sleeps. Waking a processor that has halted costs more than most replies
/// take (`docs/performance.md`); whatever else there is to do is done meanwhile.
const WATCHFUL: Duration = Duration::from_micros(100);

/// On the only processor, looking out would keep the worker from it.
static SEVERAL_PROCESSORS: LazyLock<bool> =
    LazyLock::new(|| std::thread::available_parallelism().is_ok_and(|count| count.get() > 1));

/// The worker ended before it answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lost {
    /// How it ended.
    pub class: Class,
    /// Whether this exchange was the oldest one: what the worker was busy with when it ended.
    pub in_hand: bool,
}

/// How a worker ended, for the record.
#[derive(Debug)]
pub struct Ended {
    /// Exit class.
    pub class: Class,
    /// Exit status and last words.
    pub detail: String,
    /// What a breach was.
    pub breach: Option<String>,
}

struct Waiting<R> {
    awaits: Awaits,
    replies: mpsc::Sender<Result<R, Lost>>,
}

/// A live worker of one kind.
pub struct Link<D: Dialect> {
    socket: AsyncFd<OwnedFd>,
    pidfd: AsyncFd<OwnedFd>,
    waiting: RefCell<BTreeMap<u64, Waiting<D::Reply>>>,
    next_id: Cell<u64>,
    condemned: RefCell<Option<Condemned>>,
    wake: Notify,
    sending: Mutex<()>,
    ended: Cell<bool>,
    record: Record,
    dialect: PhantomData<D>,
}

impl<D: Dialect> Link<D> {
    /// Takes over a verified worker. The second value tells how it ended, once.
    pub fn establish(
        verified: Verified<Started>,
        lease: Lease,
        serves: Option<u32>,
    ) -> io::Result<(Rc<Self>, oneshot::Receiver<Ended>)> {
        let Started { process: launched, attested, .. } = verified.into_inner();
        let record = Record { kind: D::KIND, pid: launched.pid, serves, ids: lease.ids, attested };
        let link = Rc::new(Self {
            socket: watch(launched.channel, Interest::READABLE)?,
            pidfd: watch(launched.pidfd, Interest::READABLE)?,
            waiting: RefCell::default(),
            next_id: Cell::new(1),
            condemned: RefCell::default(),
            wake: Notify::new(),
            sending: Mutex::new(()),
            ended: Cell::new(false),
            record,
            dialect: PhantomData,
        });
        let (tell, told) = oneshot::channel();
        let watched = Rc::clone(&link);
        let diagnostics = launched.diagnostics;
        tokio::task::spawn_local(async move {
            let ended = watched.attend(diagnostics).await;
            drop(lease);
            // Nobody may be left to hear it.
            let _ = tell.send(ended);
        });
        Ok((link, told))
    }

    /// What is known of the process.
    pub fn record(&self) -> &Record {
        &self.record
    }

    /// Whether it still takes requests.
    pub fn alive(&self) -> bool {
        !self.ended.get() && self.condemned.borrow().is_none()
    }

    /// Whether nothing is asked of it now.
    pub fn idle(&self) -> bool {
        self.waiting.borrow().is_empty()
    }

    /// Ends the worker, for this reason. What became of a worker that is already ending is not our doing, unless it broke a rule.
    pub fn condemn(&self, why: Condemned) {
        let mut condemned = self.condemned.borrow_mut();
        if condemned.is_none() {
            if matches!(why, Condemned::Breach(_)) || !has_hung_up(self.socket.as_fd()) {
                *condemned = Some(why);
            }
            // It is gone already if this fails.
            let _ = process::pidfd_send_signal(self.pidfd.get_ref(), nix::sys::signal::Signal::SIGKILL);
            self.wake.notify_one();
        }
    }

    /// Begins an exchange: sends `requests` in a row under one new id and returns where its replies arrive, once the first one is
    /// there or has been looked out for.
    pub async fn ask<R: Borrow<D::Request>>(
        self: &Rc<Self>,
        requests: impl IntoIterator<Item = R>,
        awaits: Awaits,
    ) -> Result<Exchange<D>, Lost> {
        let (replies, inbox) = mpsc::channel(UNREAD);
        let id = self.next_id.get();
        self.next_id.set(id + 1);
        self.waiting.borrow_mut().insert(id, Waiting { awaits, replies });
        let exchange = Exchange { link: Rc::clone(self), id, inbox };
        // Parts of a body follow each other; another request must not come between them.
        let order = self.sending.lock().await;
        for request in requests {
            self.send(id, request.borrow(), &[]).await?;
        }
        drop(order);
        exchange.look_out().await;
        Ok(exchange)
    }

    async fn send(&self, id: u64, body: &D::Request, fds: &[BorrowedFd<'_>]) -> Result<(), Lost> {
        let lost = || Lost { class: Class::Killed, in_hand: false };
        if !self.alive() || fds.len() != body.fds() {
            return Err(lost());
        }
        let bytes = codec::encode(&Packet { id, body }).map_err(|_| lost())?;
        while let Err(why) = send_bytes(self.socket.as_fd(), &bytes, fds, Wait::No) {
            match why {
                PacketError::WouldBlock => self.room().await.map_err(|_| lost())?,
                _ => return Err(lost()),
            }
        }
        Ok(())
    }

    /// Waits for room, on a registration of its own: on the channel's, every packet that the worker takes would wake us.
    async fn room(&self) -> io::Result<()> {
        let socket = watch(self.socket.get_ref().try_clone()?, Interest::WRITABLE)?;
        socket.writable().await.map(drop)
    }

    /// Receives until the worker ends, then tells everyone who still waits.
    async fn attend(&self, diagnostics: OwnedFd) -> Ended {
        if let Err(breach) = self.receive_all().await {
            self.condemn(Condemned::Breach(breach));
        }
        self.ended.set(true);
        let status = loop {
            match process::try_wait_pidfd(self.pidfd.get_ref()) {
                Ok(Some(status)) => break Some(status),
                Ok(None) => {}
                Err(_) => break None,
            }
            // The channel is closed. A worker that does not end by itself then has closed it on purpose.
            let patience = tokio::time::timeout(Duration::from_millis(200), self.pidfd.readable());
            if patience.await.is_err() {
                let _ = process::pidfd_send_signal(self.pidfd.get_ref(), nix::sys::signal::Signal::SIGKILL);
            }
        };
        let condemned = self.condemned.borrow().clone();
        let class = status.map_or(Class::Killed, |status| Class::of(status, condemned.as_ref()));
        let mut detail = status.map_or_else(|| "its status is lost".to_owned(), |status| status.to_string());
        let words = process::last_words(diagnostics);
        if !words.is_empty() {
            detail = format!("{detail}, at {words}");
        }
        let breach = match (&class, condemned) {
            (Class::Breach, Some(Condemned::Breach(did))) => Some(did),
            (Class::Breach, _) => Some("it made a system call that is not in its list".to_owned()),
            _ => None,
        };
        let waiting = std::mem::take(&mut *self.waiting.borrow_mut());
        for (at, (_, waiting)) in waiting.into_iter().enumerate() {
            // A full inbox has an asker that reads: it finds the channel closed after what it has.
            let _ = waiting.replies.try_send(Err(Lost { class: class.clone(), in_hand: at == 0 }));
        }
        Ended { class, detail, breach }
    }

    /// Delivers replies until the channel closes; a reply that is not permitted is the error.
    async fn receive_all(&self) -> Result<(), String> {
        let mut buffer = Buffer::default();
        loop {
            let mut ready = tokio::select! {
                ready = self.socket.readable() => match ready { Ok(ready) => ready, Err(_) => return Ok(()) },
                () = self.wake.notified() => return Ok(()),
            };
            let bytes = match receive_strictly(self.socket.as_fd(), &mut buffer, Wait::No) {
                Ok(bytes) => bytes,
                Err(PacketError::WouldBlock) => {
                    ready.clear_ready();
                    continue;
                }
                Err(PacketError::Closed | PacketError::Socket(_)) => return Ok(()),
                Err(why) => return Err(format!("it broke its channel: {why}")),
            };
            let length = bytes.len();
            let packet: Packet<D::Reply> =
                codec::decode(bytes).map_err(|why| format!("it sent what is not a reply: {why}"))?;
            let replies = {
                let mut waiting = self.waiting.borrow_mut();
                let Some(entry) = waiting.get_mut(&packet.id) else {
                    return Err("it answered a request that is not outstanding".to_owned());
                };
                let next = check::<D>(entry.awaits, &packet.body, length)?;
                let replies = entry.replies.clone();
                match next {
                    Some(awaits) => entry.awaits = awaits,
                    None => drop(waiting.remove(&packet.id)),
                }
                replies
            };
            // Whoever gave up on its deadline no longer listens; a slow reader of rows holds only its own worker up.
            let _ = replies.send(Ok(packet.body)).await;
            // It goes on with the reply before we look for another.
            tokio::task::yield_now().await;
        }
    }
}

/// Where the replies to one request arrive. Dropping it before the last one forgets nothing: the worker's answer is still
/// checked against the table when it comes.
pub struct Exchange<D: Dialect> {
    link: Rc<Link<D>>,
    id: u64,
    inbox: mpsc::Receiver<Result<D::Reply, Lost>>,
}

impl<D: Dialect> Exchange<D> {
    /// The next reply.
    pub async fn next(&mut self) -> Result<D::Reply, Lost> {
        self.inbox.recv().await.unwrap_or(Err(Lost { class: Class::Killed, in_hand: false }))
    }

    /// Sends a further request of this exchange, with its descriptors.
    pub async fn tell(&self, body: &D::Request, fds: &[BorrowedFd<'_>]) -> Result<(), Lost> {
        self.link.send(self.id, body, fds).await
    }

    /// Waits for a reply as long as that is cheaper than sleeping.
    pub async fn look_out(&self) {
        let asked = Instant::now();
        while self.inbox.is_empty() && *SEVERAL_PROCESSORS && asked.elapsed() < WATCHFUL {
            tokio::task::yield_now().await;
        }
    }
}

/// Registers a descriptor with the event loop. The safe constructor is deprecated because a type of one's own could change its
/// descriptor while it is registered; an `OwnedFd` cannot, and the replacement would need unsafe code here.
#[allow(deprecated)]
fn watch(fd: OwnedFd, interest: Interest) -> io::Result<AsyncFd<OwnedFd>> {
    AsyncFd::with_interest(fd, interest)
}
