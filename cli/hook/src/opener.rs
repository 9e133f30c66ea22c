//! Facts for a client's own classifier: from an opener that runs as whoever runs this, confined and verified as the supervisor's are.

use crate::worker::{Lost, Worker, executable};
use palisade_protocol::call::Chunk;
use palisade_protocol::facts::{FACTS_MAX, Part};
use palisade_protocol::limits::CHUNK_MAX;
use palisade_protocol::opener::{Reply, Request};
use palisade_protocol::packet::{Buffer, Packet};
use palisade_protocol::worker::Kind;
use std::time::{Duration, Instant};

/// One round. What is not answered by then is not known, and that is caution.
const ROUND: Duration = Duration::from_millis(100);

/// An opener, started with the first questions and then kept. Dropping it ends it.
#[derive(Debug)]
pub struct Opener {
    accepted: Vec<String>,
    uid_base: u32,
    running: Option<Worker<Request, Reply>>,
    buffer: Buffer,
    asked: u64,
    blind: Option<String>,
}

impl Opener {
    /// Starts nothing yet. `accepted` names protections that the kernel may lack.
    pub fn new(accepted: Vec<String>, uid_base: u32) -> Self {
        Self { accepted, uid_base, running: None, buffer: Buffer::default(), asked: 0, blind: None }
    }

    /// Why no opener could be started, if none could: then nothing is ever observed.
    pub fn blind(&self) -> Option<&str> {
        self.blind.as_deref()
    }

    /// The answers in parts; where anything fails, the part that says that there are none.
    pub fn answer(&mut self, questions: Chunk) -> Vec<Part> {
        if self.running.is_none() && self.blind.is_none() {
            let started = executable(Kind::Opener)
                .and_then(|executable| Worker::start(&executable, &[], &self.accepted, self.uid_base));
            match started {
                Ok(worker) => self.running = Some(worker),
                Err(why) => self.blind = Some(why),
            }
        }
        let Some(worker) = self.running.take() else { return vec![Part::none()] };
        match self.observe(&worker, questions) {
            Ok(parts) => {
                self.running = Some(worker);
                parts
            }
            // It ends here; the next questions get another one.
            Err(_) => vec![Part::none()],
        }
    }

    fn observe(&mut self, worker: &Worker<Request, Reply>, questions: Chunk) -> Result<Vec<Part>, Lost> {
        let deadline = Instant::now() + ROUND;
        self.asked += 1;
        worker.send(&Packet { id: self.asked, body: Request::Observe { questions } }, deadline)?;
        let mut parts = Vec::new();
        let mut length = 0;
        loop {
            let Reply::Observed(part) = worker.receive(self.asked, &mut self.buffer, deadline)?;
            length += part.bytes.len();
            // Parts that are not full would let it go on for ever.
            if length > FACTS_MAX || (part.bytes.len() < CHUNK_MAX && !part.last) {
                return Err(Lost::Protocol("it answered more, or in more parts, than there may be".to_owned()));
            }
            let last = part.last;
            parts.push(part);
            if last {
                return Ok(parts);
            }
        }
    }
}
