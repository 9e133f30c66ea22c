//! Launch, handshake, verification: what comes out is a worker that is what its declaration says.

use crate::process::{self, Exit, last_words, try_wait_pidfd};
use crate::{Attested, KernelView, LaunchError, Launched, Plan, launch, observe};
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use palisade_protocol::bounded::List;
use palisade_protocol::codec;
pub use palisade_protocol::control::Observed;
use palisade_protocol::packet::{Buffer, Packet, PacketError, Wait, receive_strictly};
use palisade_protocol::worker::{FdReport, Opening, Ready};
use std::fmt;
use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};

/// A worker that waits for its first request.
#[derive(Debug)]
pub struct Started {
    /// The process.
    pub process: Launched,
    /// What it attested.
    pub attested: Attested,
    /// What the kernel reported after READY.
    pub kernel: KernelView,
}

/// The witness that a worker is what it was declared to be: every permission was compared with its declaration, by the kernel's word
/// where the kernel gives it, before its first request. Only [`start`] makes one, and the supervisor links and routes to nothing else.
#[derive(Debug)]
pub struct Verified<W>(W);

impl<W> Verified<W> {
    /// The worker.
    pub fn into_inner(self) -> W {
        self.0
    }
}

/// Why a worker was not started. Whatever was started has been killed and reaped.
#[derive(Debug)]
pub enum StartError {
    /// No child came to be.
    Launch(LaunchError),
    /// A step in the child failed.
    Refused {
        /// The step, in words.
        step: String,
        /// The system's error number, 0 if there is none.
        errno: i32,
    },
    /// It is not what its declaration says.
    Differs {
        /// One sentence each.
        differences: Vec<String>,
        /// What was seen.
        observed: Box<Observed>,
    },
    /// The kernel lacks these required protections.
    Missing(Vec<String>),
    /// It was not ready in time.
    Timeout,
    /// It ended before it was ready.
    Closed {
        /// How.
        exit: Option<Exit>,
        /// What it wrote to descriptor 2, without control characters.
        diagnostics: String,
    },
    /// It sent something else than the opening of a channel.
    Protocol(String),
    /// A system call in the parent failed.
    System {
        /// What was being done.
        step: &'static str,
        /// The error.
        errno: Errno,
    },
}

impl fmt::Display for StartError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Launch(why) => write!(out, "{why}"),
            Self::Refused { step, errno: 0 } => write!(out, "the worker refused to run: {step}"),
            Self::Refused { step, errno } => {
                write!(out, "the worker refused to run: {step}: {}", Errno::from_raw(*errno))
            }
            Self::Differs { differences, .. } => {
                write!(out, "the worker is not what is declared: {}", differences.join("; "))
            }
            Self::Missing(names) => write!(
                out,
                "this kernel lacks {}: use Linux 6.12 or newer, or accept the loss with degraded = [{}] in the configuration",
                names.join(", "),
                names.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ")
            ),
            Self::Timeout => write!(out, "the worker was not ready in time"),
            Self::Closed { exit, diagnostics } => {
                let how = exit.map_or_else(|| "its channel closed".to_owned(), |exit| exit.to_string());
                write!(out, "the worker ended before it was ready ({how}): {diagnostics}")
            }
            Self::Protocol(why) => write!(out, "the worker's opening is wrong: {why}"),
            Self::System { step, errno } => write!(out, "{step} failed: {errno}"),
        }
    }
}

impl std::error::Error for StartError {}

/// Starts a worker, waits until it is confined and verifies it. Blocks up to `deadline`; kills and reaps on any failure.
pub fn start(
    plan: &Plan<'_>,
    accepted_missing: &[impl AsRef<str>],
    deadline: Duration,
) -> Result<Verified<Started>, StartError> {
    let until = Instant::now() + deadline;
    let mut process = launch(plan).map_err(StartError::Launch)?;
    let accepted: Vec<&str> = accepted_missing.iter().map(AsRef::as_ref).collect();
    match greet(plan, &mut process, &accepted, until) {
        Ok((attested, kernel)) => Ok(Verified(Started { process, attested, kernel })),
        Err(why) => Err(abandon(&process, why)),
    }
}

/// Everything between fork and the verified worker.
fn greet(
    plan: &Plan<'_>,
    process: &mut Launched,
    accepted: &[&str],
    until: Instant,
) -> Result<(Attested, KernelView), StartError> {
    let kind = plan.executable.kind();
    let ours = process.channel.try_clone().map_err(|why| StartError::System {
        step: "copying the channel",
        errno: Errno::from_raw(why.raw_os_error().unwrap_or(libc::EIO)),
    })?;
    let mut opening = Greeting { channel: ours, buffer: Buffer::default(), until };
    let fds = opening.launched()?;
    let ready = opening.ready()?;
    let attested = Attested { fds, ready };
    // The kernel is asked before anything else: it, not the worker, says who it is and what it may.
    let kernel = observe::kernel_view(process.pid).map_err(|why| StartError::System {
        step: "reading the worker's status",
        errno: Errno::from_raw(why.raw_os_error().unwrap_or(libc::EIO)),
    })?;
    let missing = observe::missing(&attested, accepted);
    if !missing.is_empty() {
        return Err(StartError::Missing(missing));
    }
    let differences = observe::differences(kind, plan.mode, plan.ids, &attested, &kernel, accepted);
    if differences.is_empty() {
        return Ok((attested, kernel));
    }
    let observed = Box::new(observe::observed(kind, process.pid, plan.ids, &attested, Some(kernel), &differences));
    Err(StartError::Differs { differences, observed })
}

struct Greeting {
    channel: OwnedFd,
    buffer: Buffer,
    until: Instant,
}

impl Greeting {
    fn launched(&mut self) -> Result<List<FdReport, 64>, StartError> {
        match self.next()? {
            Opening::Launched { fds } => Ok(fds),
            other => Err(unexpected(other)),
        }
    }

    fn ready(&mut self) -> Result<Ready, StartError> {
        match self.next()? {
            Opening::Ready(ready) => Ok(ready),
            other => Err(unexpected(other)),
        }
    }

    fn next(&mut self) -> Result<Opening, StartError> {
        loop {
            let received = receive_strictly(self.channel.as_fd(), &mut self.buffer, Wait::No);
            match received.and_then(|bytes| codec::decode::<Packet<Opening>>(bytes).map_err(PacketError::Codec)) {
                Ok(packet) if packet.id == 0 => return Ok(packet.body),
                Ok(packet) => return Err(StartError::Protocol(format!("request id {}", packet.id))),
                Err(PacketError::WouldBlock) => self.wait()?,
                Err(PacketError::Closed) => {
                    return Err(StartError::Closed { exit: None, diagnostics: String::new() });
                }
                Err(why) => return Err(StartError::Protocol(why.to_string())),
            }
        }
    }

    fn wait(&self) -> Result<(), StartError> {
        let left = self.until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(StartError::Timeout);
        }
        // Rounded up, so that less than a millisecond does not become a busy loop.
        let timeout = PollTimeout::try_from(left + Duration::from_millis(1)).unwrap_or(PollTimeout::MAX);
        match poll(&mut [PollFd::new(self.channel.as_fd(), PollFlags::POLLIN)], timeout) {
            Ok(_) | Err(Errno::EINTR) => Ok(()),
            Err(errno) => Err(StartError::System { step: "waiting for the worker", errno }),
        }
    }
}

fn unexpected(opening: Opening) -> StartError {
    match opening {
        Opening::LaunchFailed { step, errno } | Opening::Refused { step, errno } => {
            StartError::Refused { step: step.as_str().to_owned(), errno }
        }
        Opening::Launched { .. } => StartError::Protocol("it was launched twice".to_owned()),
        Opening::Ready(_) => StartError::Protocol("it was ready before it was launched".to_owned()),
    }
}

/// Ends what was started. A worker that closed its channel has ended or is ending, and how is part of why.
fn abandon(worker: &Launched, why: StartError) -> StartError {
    const LAST_BREATH: Duration = Duration::from_millis(50);
    let mut own_exit = None;
    if let StartError::Closed { .. } = why {
        let timeout = PollTimeout::try_from(LAST_BREATH).unwrap_or(PollTimeout::ZERO);
        let _ = poll(&mut [PollFd::new(worker.pidfd.as_fd(), PollFlags::POLLIN)], timeout);
        own_exit = try_wait_pidfd(&worker.pidfd).ok().flatten();
    }
    if own_exit.is_none() {
        process::end(&worker.pidfd);
    }
    match why {
        StartError::Closed { .. } => {
            StartError::Closed { exit: own_exit, diagnostics: last_words(&worker.diagnostics) }
        }
        why => why,
    }
}
