//! A confined classifier, started by a client: for `palisade judge`, and for hooks that find no supervisor.
//!
//! It is started, confined and verified exactly as the supervisor does it; the only difference is whose child it is.

use crate::opener::Opener;
use crate::worker::{Lost, Worker, executable};
use palisade_protocol::call::{Body, Call};
use palisade_protocol::classify::{Reply, Request};
use palisade_protocol::codec;
use palisade_protocol::compile::PolicyFile;
use palisade_protocol::limits::ANSWER_DEADLINE;
use palisade_protocol::packet::{Buffer, Packet};
use palisade_protocol::verdict::Verdict;
use palisade_protocol::worker::Kind;
use palisade_sandbox::Executable;
use palisade_sandbox::sealed::Sealed;
use std::fmt;
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
        let executable = executable(Kind::Classifier).map_err(ClassifierError::Executable)?;
        let (accepted, uid_base) = (accepted.map(str::to_owned).collect(), policy.uid_base);
        let policy = codec::encode(policy).map_err(|why| ClassifierError::Policy(why.to_string()))?;
        Ok(Self { executable, policy, accepted, uid_base })
    }

    /// The opener that goes with them.
    pub fn opener(&self) -> Opener {
        Opener::new(self.accepted.clone(), self.uid_base)
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

    /// Judges one call, by the facts that `opener` observes. After an error this classifier is of no more use.
    pub fn judge(&mut self, opener: &mut Opener, call: &Call, body: &[u8]) -> Result<Judged, ClassifierError> {
        let deadline = Instant::now() + ANSWER_DEADLINE;
        self.asked += 1;
        let id = self.asked;
        let (body, rest) = Body::split(body);
        self.worker.send(&Packet { id, body: Request::Judge { call: Box::new(call.clone()), body } }, deadline)?;
        for chunk in rest {
            self.worker.send(&Packet { id, body: Request::Chunk(chunk) }, deadline)?;
        }
        loop {
            match self.worker.receive(id, &mut self.buffer, deadline)? {
                Reply::Judged { verdict, redacted, .. } => {
                    return Ok(Judged { verdict: *verdict, redacted: redacted.as_str().to_owned() });
                }
                Reply::Asks { questions } => {
                    for part in opener.answer(questions) {
                        self.worker.send(&Packet { id, body: Request::Facts(part) }, deadline)?;
                    }
                }
            }
        }
    }
}

impl From<Lost> for ClassifierError {
    fn from(why: Lost) -> Self {
        match why {
            Lost::Died => Self::Died,
            Lost::Late => Self::Late,
            Lost::Protocol(why) => Self::Protocol(why),
        }
    }
}
