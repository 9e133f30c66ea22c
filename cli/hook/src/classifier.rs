//! A confined classifier, started by a client: for `palisade judge`, and for hooks that find no supervisor.
//!
//! It is started, confined and verified exactly as the supervisor does it; the only difference is whose child it is.

use crate::worker::{Worker, workers_dir};
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use palisade_protocol::call::{Body, Call};
use palisade_protocol::classify::{Reply, Request};
use palisade_protocol::codec;
use palisade_protocol::compile::PolicyFile;
use palisade_protocol::facts::Part;
use palisade_protocol::limits::ANSWER_DEADLINE;
use palisade_protocol::packet::{Buffer, Packet, PacketError, Wait};
use palisade_protocol::verdict::Verdict;
use palisade_protocol::worker::Kind;
use palisade_sandbox::Executable;
use palisade_sandbox::sealed::Sealed;
use std::fmt;
use std::os::fd::AsFd;
use std::time::Instant;

/// The number of the policy's descriptor in a classifier.
const POLICY_FD: u32 = 5;

/// Why there is no verdict.
#[derive(Debug)]
pub enum ClassifierError {
    /// The workers' executables are not where they belong, or not as they must be.
    Executable(String),
    /// The policy cannot be handed over.
    Policy(String),
    /// The worker could not be started or is not what is declared.
    Start(String),
    /// The worker died.
    Died,
    /// The worker did not answer in time.
    Late,
    /// The worker sent what it must not.
    Protocol(String),
}

impl fmt::Display for ClassifierError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Executable(why) => write!(out, "the classifier is not installed: {why}"),
            Self::Policy(why) => write!(out, "the policy cannot be handed to a classifier: {why}"),
            Self::Start(why) => write!(out, "no classifier could be started: {why}"),
            Self::Died => write!(out, "the classifier died over this command"),
            Self::Late => write!(out, "the classifier did not answer in time"),
            Self::Protocol(why) => write!(out, "the classifier broke the protocol: {why}"),
        }
    }
}

impl std::error::Error for ClassifierError {}

/// What can start classifiers: the sealed executable and the policy.
#[derive(Debug)]
pub struct Source {
    executable: Executable,
    policy: Vec<u8>,
    accepted: Vec<String>,
    uid_base: u32,
}

impl Source {
    /// Loads the executable from the workers' directory. `accepted` names protections that the kernel may lack.
    pub fn load<'n>(policy: &PolicyFile, accepted: impl Iterator<Item = &'n str>) -> Result<Self, ClassifierError> {
        let dir = workers_dir(Kind::Classifier).ok_or_else(|| {
            ClassifierError::Executable(format!("{} is in none of its places", Kind::Classifier.executable()))
        })?;
        let executable =
            Executable::load(Kind::Classifier, &dir).map_err(|why| ClassifierError::Executable(why.to_string()))?;
        let (accepted, uid_base) = (accepted.map(str::to_owned).collect(), policy.uid_base);
        let policy = codec::encode(policy).map_err(|why| ClassifierError::Policy(why.to_string()))?;
        Ok(Self { executable, policy, accepted, uid_base })
    }

    /// Starts one.
    pub fn start(&self) -> Result<Classifier, ClassifierError> {
        let policy = Sealed::new(&self.policy)
            .and_then(|sealed| Ok(sealed.open()?))
            .map_err(|why| ClassifierError::Policy(why.to_string()))?;
        let worker = Worker::start(&self.executable, &[(POLICY_FD, policy)], &self.accepted, self.uid_base)
            .map_err(ClassifierError::Start)?;
        Ok(Classifier { worker, buffer: Buffer::default(), asked: 0 })
    }
}

/// What a classifier says of a call.
#[derive(Debug)]
pub struct Judged {
    /// The verdict.
    pub verdict: Verdict,
    /// The call as it may be shown: every secret that was recognised is replaced.
    pub redacted: String,
}

/// A running classifier. Dropping it ends it.
#[derive(Debug)]
pub struct Classifier {
    worker: Worker<Request, Reply>,
    buffer: Buffer,
    asked: u64,
}

impl Classifier {
    /// Protections that the kernel lacks and the caller accepted.
    pub fn missing(&self) -> &[String] {
        &self.worker.missing
    }

    /// Judges one call. After an error this classifier is of no more use.
    pub fn judge(&mut self, call: &Call, body: &[u8]) -> Result<Judged, ClassifierError> {
        let deadline = Instant::now() + ANSWER_DEADLINE;
        self.asked += 1;
        let id = self.asked;
        let (body, rest) = Body::split(body);
        self.send(Packet { id, body: Request::Judge { call: Box::new(call.clone()), body } }, deadline)?;
        for chunk in rest {
            self.send(Packet { id, body: Request::Chunk(chunk) }, deadline)?;
        }
        loop {
            match self.worker.channel.receive(&mut self.buffer, Wait::No) {
                Err(PacketError::WouldBlock) => self.wait(PollFlags::POLLIN, deadline)?,
                Err(why) => return Err(lost(why)),
                Ok(Packet { id: answered, body: Reply::Judged { verdict, redacted, .. } }) if answered == id => {
                    return Ok(Judged { verdict: *verdict, redacted: redacted.as_str().to_owned() });
                }
                Ok(Packet { id: asking, body: Reply::Asks { .. } }) if asking == id => {
                    self.send(Packet { id, body: Request::Facts(Part::none()) }, deadline)?;
                }
                Ok(_) => return Err(ClassifierError::Protocol("it answered what was not asked".to_owned())),
            }
        }
    }

    fn send(&self, packet: Packet<Request>, deadline: Instant) -> Result<(), ClassifierError> {
        loop {
            match self.worker.channel.send(&packet, Wait::No) {
                Err(PacketError::WouldBlock) => self.wait(PollFlags::POLLOUT, deadline)?,
                result => return result.map_err(lost),
            }
        }
    }

    fn wait(&self, what: PollFlags, deadline: Instant) -> Result<(), ClassifierError> {
        let left = deadline.saturating_duration_since(Instant::now());
        let left = PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX);
        match poll(&mut [PollFd::new(self.worker.channel.as_fd(), what)], left) {
            Ok(0) => Err(ClassifierError::Late),
            Ok(_) | Err(Errno::EINTR) => Ok(()),
            Err(errno) => Err(ClassifierError::Protocol(format!("its channel cannot be polled: {errno}"))),
        }
    }
}

fn lost(why: PacketError) -> ClassifierError {
    match why {
        PacketError::Closed => ClassifierError::Died,
        why => ClassifierError::Protocol(why.to_string()),
    }
}
