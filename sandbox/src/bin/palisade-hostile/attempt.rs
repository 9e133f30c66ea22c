//! One probe in one arm: a fresh worker, the probe's number over its real channel, and how that ended.

use crate::field::{Field, Ground, Sibling};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::Signal;
use palisade_protocol::codec;
use palisade_protocol::compile::PolicyFile;
use palisade_protocol::packet::{Buffer, Packet, PacketError, Wait, receive_bytes, send_bytes};
use palisade_protocol::worker::{Kind, Opening};
use palisade_protocol::{classify, compile, journal, opener, reader};
use palisade_sandbox::hostile::{Arm, Effect, Outcome, Probe, Targets};
use palisade_sandbox::process::{Exit, pidfd_send_signal, wait_pidfd};
use palisade_sandbox::{Executable, Ids, Launched, Mode, Plan, launch, start};
use std::fmt;
use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

/// How long a probe may take.
const DEADLINE: Duration = Duration::from_secs(10);

/// The uids of the workers in the arms that have one, one a kind. Nothing else runs as them.
const UIDS: u32 = 62_900;

pub struct Attempt<'a> {
    pub executable: &'a Executable,
    pub mode: Mode,
    pub field: &'a Field,
    pub probe: &'a Probe,
}

/// What was seen.
pub struct Seen {
    /// None if it ended in a way that no probe may.
    pub outcome: Option<Outcome>,
    /// Whether what an allowed probe leaves behind is there.
    pub effect: bool,
    words: String,
}

impl fmt::Display for Seen {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.outcome {
            Some(outcome) => write!(out, "{outcome}{}", if self.effect { " (effect)" } else { "" }),
            None => write!(out, "{}", self.words),
        }
    }
}

impl Attempt<'_> {
    pub fn run(&self, arm: Arm) -> Result<Seen, String> {
        let owner = match (self.mode, arm) {
            (Mode::System, Arm::Root) => 0,
            (Mode::System, _) => self.uid(),
            (Mode::Rootless, _) => nix::unistd::geteuid().as_raw(),
        };
        let ground = Ground::new(owner)?;
        let mut sibling = if self.probe.aims_at_a_sibling() { Some(Sibling::start(owner)?) } else { None };
        self.field.forget(&ground);
        let worker = self.worker(arm, &ground, &self.field.targets(&ground, sibling.as_ref()))?;
        let ending = self.ask(&worker);
        let _ = pidfd_send_signal(&worker.pidfd, Signal::SIGKILL);
        let (outcome, passed, words) = match ending? {
            Ending::Answered { errno: 0, passed } => (Some(Outcome::Allowed), passed, String::new()),
            Ending::Answered { errno, passed } if errno > 0 => {
                (Some(Outcome::Refused(nix::errno::Errno::from_raw(errno))), passed, String::new())
            }
            Ending::Answered { .. } => (None, false, "no such probe".to_owned()),
            Ending::Ended => match wait_pidfd(&worker.pidfd).map_err(|errno| errno.to_string())? {
                Exit::Signal(libc::SIGSYS) => (Some(Outcome::Sigsys), false, String::new()),
                // The program that an execve probe executes.
                Exit::Code(42) => (Some(Outcome::Allowed), false, String::new()),
                exit => (None, false, format!("{exit:?}")),
            },
            Ending::Silent => (None, false, "no answer".to_owned()),
        };
        // Whoever was ended by the kill above is reaped here; who ended by itself was reaped already.
        let _ = palisade_sandbox::process::try_wait_pidfd(&worker.pidfd);
        let effect = self.effect(&ground, sibling.as_mut(), passed, outcome);
        Ok(Seen { outcome, effect, words })
    }

    /// A worker that was told nothing and whose channel closes must end as one that was asked to stop.
    pub fn stop(&self) -> Result<Exit, String> {
        let ground = Ground::new(if self.mode == Mode::System { self.uid() } else { nix::unistd::geteuid().as_raw() })?;
        let Launched { channel, pidfd, .. } = self.worker(Arm::Full, &ground, &self.field.targets(&ground, None))?;
        drop(channel);
        wait_pidfd(&pidfd).map_err(|errno| errno.to_string())
    }

    fn uid(&self) -> u32 {
        UIDS + self.executable.kind() as u32
    }

    fn worker(&self, arm: Arm, ground: &Ground, targets: &Targets) -> Result<Launched, String> {
        let kind = self.executable.kind();
        let files = match kind {
            Kind::Journal => vec![(4, ground.appending("log")?), (5, ground.appending("dat")?)],
            Kind::Classifier => vec![(5, policy()?)],
            Kind::Reader | Kind::Compiler | Kind::Opener => Vec::new(),
        };
        let grants: Vec<(u32, BorrowedFd<'_>)> = files.iter().map(|(number, file)| (*number, file.as_fd())).collect();
        let ids = (self.mode == Mode::System).then_some(Ids { uid: self.uid(), gid: self.uid() });
        let plan = Plan { executable: self.executable, mode: self.mode, ids, grants: &grants, arm };
        Targets::announced(targets, || match arm {
            // As the supervisor does it, verification included.
            Arm::Full => {
                let none: [&str; 0] = [];
                start(&plan, &none, DEADLINE)
                    .map(|verified| verified.into_inner().process)
                    .map_err(|why| why.to_string())
            }
            _ => {
                let launched = launch(&plan).map_err(|why| why.to_string())?;
                greet(&launched)?;
                Ok(launched)
            }
        })
    }

    /// Sends what must come first, the probe, and waits for how it ends.
    fn ask(&self, worker: &Launched) -> Result<Ending, String> {
        let number = self.probe.number;
        if self.executable.kind() == Kind::Journal {
            let body = journal::Request::Begin { seq: 1, chain: [0; 32], boot_id: [0; 16] };
            send(worker, &codec::encode(&Packet { id: 1, body }), &[])?;
            receive(worker, Instant::now() + DEADLINE)?;
        }
        let request = match self.executable.kind() {
            Kind::Classifier => codec::encode(&Packet { id: 2, body: classify::Request::Probe(number) }),
            Kind::Journal => codec::encode(&Packet { id: 2, body: journal::Request::Probe(number) }),
            Kind::Reader => codec::encode(&Packet { id: 2, body: reader::Request::Probe(number) }),
            Kind::Compiler => codec::encode(&Packet { id: 2, body: compile::Request::Probe(number) }),
            Kind::Opener => codec::encode(&Packet { id: 2, body: opener::Request::Probe(number) }),
        };
        send(worker, &request, &[])?;
        if number == 429 {
            // Once the probe waits for it: before that the worker's own loop would take it.
            std::thread::sleep(Duration::from_millis(30));
            let null = File::open("/dev/null").map_err(|why| why.to_string())?;
            let _ = send_bytes(worker.channel.as_fd(), b"take this", &[null.as_fd()], Wait::No);
        }
        let until = Instant::now() + DEADLINE;
        let mut passed = false;
        loop {
            match receive(worker, until)? {
                None if Instant::now() >= until => return Ok(Ending::Silent),
                None => return Ok(Ending::Ended),
                Some((bytes, fds)) => {
                    passed |= !fds.is_empty();
                    // What a probe wrote to the channel by another way is no answer.
                    if let Some(errno) = self.answer(&bytes) {
                        return Ok(Ending::Answered { errno, passed });
                    }
                }
            }
        }
    }

    fn answer(&self, bytes: &[u8]) -> Option<i32> {
        fn decoded<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> Option<T> {
            codec::decode::<Packet<T>>(bytes).ok().filter(|packet| packet.id == 2).map(|packet| packet.body)
        }
        match self.executable.kind() {
            Kind::Classifier => match decoded(bytes)? {
                classify::Reply::Probed(errno) => Some(errno),
                _ => None,
            },
            Kind::Journal => match decoded(bytes)? {
                journal::Reply::Probed(errno) => Some(errno),
                _ => None,
            },
            Kind::Reader => match decoded(bytes)? {
                reader::Reply::Probed(errno) => Some(errno),
                _ => None,
            },
            Kind::Compiler => match decoded(bytes)? {
                compile::Reply::Probed(errno) => Some(errno),
                _ => None,
            },
            Kind::Opener => match decoded(bytes)? {
                opener::Reply::Probed(errno) => Some(errno),
                _ => None,
            },
        }
    }

    fn effect(&self, ground: &Ground, sibling: Option<&mut Sibling>, passed: bool, outcome: Option<Outcome>) -> bool {
        match self.probe.effect {
            Effect::None => false,
            Effect::Made(name) => ground.exists(name),
            Effect::Gone(name) => !ground.exists(name),
            Effect::Changed => ground.own_changed(),
            Effect::Rewritten => ground.rewritten(),
            Effect::Signalled => {
                let patience = if outcome == Some(Outcome::Allowed) { 2000 } else { 10 };
                sibling.is_some_and(|sibling| sibling.signalled(patience) || sibling.gone(patience))
            }
            Effect::Arrived(name) => self.field.arrived(ground, name),
            Effect::Passed => passed,
        }
    }
}

enum Ending {
    Answered { errno: i32, passed: bool },
    Ended,
    Silent,
}

fn greet(worker: &Launched) -> Result<(), String> {
    let until = Instant::now() + DEADLINE;
    for _ in 0..2 {
        let Some((bytes, _)) = receive(worker, until)? else {
            return Err("the worker ended before it was ready".into());
        };
        match codec::decode::<Packet<Opening>>(&bytes).map_err(|why| why.to_string())?.body {
            Opening::Launched { .. } | Opening::Ready(_) => {}
            other => return Err(format!("{other:?}")),
        }
    }
    Ok(())
}

fn send(worker: &Launched, bytes: &Result<Vec<u8>, codec::CodecError>, fds: &[BorrowedFd<'_>]) -> Result<(), String> {
    let bytes = bytes.as_ref().map_err(ToString::to_string)?;
    send_bytes(worker.channel.as_fd(), bytes, fds, Wait::Block).map_err(|why| why.to_string())
}

/// A packet's bytes and descriptors.
type Arrived = (Vec<u8>, Vec<OwnedFd>);

/// The next packet; none if the worker closed its channel, or the time is over.
fn receive(worker: &Launched, until: Instant) -> Result<Option<Arrived>, String> {
    let left = until.saturating_duration_since(Instant::now());
    let timeout = PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX);
    let ready = poll(&mut [PollFd::new(worker.channel.as_fd(), PollFlags::POLLIN)], timeout);
    if ready.map_err(|errno| errno.to_string())? == 0 {
        return Ok(None);
    }
    match receive_bytes(worker.channel.as_fd(), &mut Buffer::default(), Wait::No) {
        Ok((bytes, fds)) => Ok(Some((bytes.to_vec(), fds))),
        Err(PacketError::Closed) => Ok(None),
        Err(why) => Err(why.to_string()),
    }
}

/// A classifier's policy: nothing special.
fn policy() -> Result<File, String> {
    let bytes = codec::encode(&PolicyFile::default()).map_err(|why| why.to_string())?;
    let memfd = nix::sys::memfd::memfd_create("policy", nix::sys::memfd::MFdFlags::MFD_CLOEXEC);
    let mut memfd = File::from(memfd.map_err(|errno| errno.to_string())?);
    memfd.write_all(&bytes).and_then(|()| memfd.seek(SeekFrom::Start(0))).map_err(|why| why.to_string())?;
    // Read-only, as it is handed to a classifier.
    File::open(format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&memfd))).map_err(|why| why.to_string())
}
