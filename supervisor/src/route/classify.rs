//! A call to its verdict, by the asking uid's classifier, with the facts that it asks for.

use super::facts::Openers;
use super::pool::Pool;
use crate::channel::link::{Link, Lost};
use crate::channel::permits::{Awaits, Classify};
use crate::reap::Condemned;
use crate::record::Journal;
use crate::route::digest;
use palisade_protocol::bounded::Text;
use palisade_protocol::call::{Body, Call};
use palisade_protocol::classify::{Reply, Request};
use palisade_protocol::limits::COMMAND_MAX;
use palisade_protocol::verdict::Verdict;
use palisade_sandbox::Ids;
use palisade_sandbox::sealed::Sealed;
use std::io;
use std::iter::once;
use std::rc::Rc;
use std::time::{Duration, Instant};

/// One attempt. Classifying is bounded work of a few milliseconds; what takes longer is a hang, not a hard case.
const ATTEMPT: Duration = Duration::from_millis(400);

/// All attempts together, waiting for a worker included.
const BUDGET: Duration = Duration::from_millis(1000);

/// Calls that ended two workers, remembered for each uid by their hash.
const POISON_MAX: usize = 64;

/// What a classifier said.
#[derive(Debug)]
pub struct Judged {
    /// The verdict.
    pub verdict: Verdict,
    /// The only text of the call that may be stored.
    pub redacted: Text<COMMAND_MAX>,
    /// Secrets that were replaced.
    pub secrets: u32,
}

/// Why there is no verdict: the rule id in the answer and the record, and one sentence. Each is answered with caution (I7).
#[derive(Debug, Clone, Copy)]
pub struct NoVerdict(pub &'static str, pub &'static str);

impl NoVerdict {
    /// This call has ended two workers.
    const POISON: Self = Self("worker.poison", "the classifier ended twice on this call, so nothing is known about it");
    /// No answer within the budget.
    const LATE: Self = Self("worker.late", "the classifier did not answer in time");
    /// The uid's classifier may not be started now.
    pub const WITHHELD: Self = Self(
        "worker.withheld",
        "this user's classifier failed too often and is not started now; see `palisade status`",
    );
    /// None could be started.
    pub const UNSTARTABLE: Self = Self("worker.unstartable", "no classifier could be started; see `palisade status`");
}

/// Who asks: whose classifier judges, and with whose eyes facts are looked for, if they are.
#[derive(Debug, Clone, Copy)]
pub struct Asker {
    /// The uid that the call counts for.
    pub owner: u32,
    /// Whoever connected. None if that is a subordinate uid: what is seen from inside a container is not what an opener would see.
    pub eyes: Option<Ids>,
}

/// All classifiers, and the openers that they depend on.
pub struct Classifiers {
    /// Classifiers.
    pub pool: Pool<Classify>,
    /// Openers.
    pub openers: Openers,
}

impl Classifiers {
    /// `policy` is what each classifier reads from its sealed memfd.
    pub fn new(journal: &Rc<Journal>, policy: &[u8]) -> io::Result<Self> {
        Ok(Self {
            pool: Pool::new(journal, Some(Sealed::new(policy)?)),
            openers: Openers(Rc::new(Pool::new(journal, None))),
        })
    }

    /// Has a call judged by its uid's classifier. A call that ends the worker is tried once more on a fresh one; calls that were
    /// merely waiting behind it are tried again within the budget.
    pub async fn judge(&self, asker: Asker, call: &Call, body: &[u8]) -> Result<Judged, NoVerdict> {
        let seat = self.pool.seat(asker.owner);
        let remembers = !seat.poison.borrow().is_empty();
        if remembers {
            let fingerprint = fingerprint(call, body).await;
            if seat.poison.borrow().contains(&fingerprint) {
                return Err(NoVerdict::POISON);
            }
        }
        // No attempt is begun that could not be waited for: one that is given up half-way would have to be called a hang.
        let last = Instant::now() + BUDGET - ATTEMPT;
        let served = Ids { uid: asker.owner, gid: asker.owner };
        let mut blamed = 0;
        while Instant::now() <= last {
            let ready = tokio::time::timeout_at(last.into(), self.pool.ready(served, &seat)).await;
            let link = ready.map_err(|_| NoVerdict::LATE)??;
            match tokio::time::timeout(ATTEMPT, self.ask(&link, asker.eyes, call, body)).await {
                Ok(Ok(judged)) => {
                    seat.breaker.borrow_mut().answered(Instant::now());
                    return Ok(judged);
                }
                Ok(Err(lost)) if lost.in_hand => {
                    blamed += 1;
                    if blamed == 2 {
                        let fingerprint = fingerprint(call, body).await;
                        let mut poison = seat.poison.borrow_mut();
                        poison.truncate(POISON_MAX - 1);
                        poison.push_front(fingerprint);
                        return Err(NoVerdict::POISON);
                    }
                }
                Ok(Err(_)) => {}
                Err(_) => {
                    link.condemn(Condemned::Hung);
                    break;
                }
            }
        }
        Err(NoVerdict::LATE)
    }

    async fn ask(
        &self,
        link: &Rc<Link<Classify>>,
        eyes: Option<Ids>,
        call: &Call,
        body: &[u8],
    ) -> Result<Judged, Lost> {
        let (first, rest) = Body::parts(body);
        let first = Request::Judge { call: Box::new(call.clone()), body: first };
        let mut exchange = link.ask(once(first).chain(rest.map(Request::Chunk)), Awaits::Verdict).await?;
        loop {
            match exchange.next().await? {
                Reply::Judged { verdict, redacted, secrets } => {
                    return Ok(Judged { verdict: *verdict, redacted, secrets });
                }
                Reply::Asks { questions } => {
                    self.openers.answer(eyes, questions, &exchange).await?;
                    exchange.look_out().await;
                }
            }
        }
    }
}

/// A call that ended two workers is known again by this.
async fn fingerprint(call: &Call, body: &[u8]) -> [u8; 32] {
    digest(&palisade_protocol::codec::encode(&call.op).unwrap_or_default(), body).await
}
