//! Facts for a classifier: its questions go to an opener that runs as whoever asks, and the answers come back as opaque bytes.

use super::pool::Pool;
use crate::channel::link::{Exchange, Lost};
use crate::channel::permits::{Awaits, Classify, Observe};
use crate::reap::Condemned;
use palisade_protocol::call::Chunk;
use palisade_protocol::classify;
use palisade_protocol::facts::{FACTS_MAX, Part};
use palisade_protocol::opener::{Reply, Request};
use palisade_sandbox::Ids;
use std::rc::Rc;
use std::time::{Duration, Instant};
use tokio::time::{timeout, timeout_at};

/// Waiting for one's turn and for an opener, and again for its answers, of which it gathers none that take half as long. What is
/// not there by then is not known, which is caution and never the call's failure.
const ROUND: Duration = Duration::from_millis(100);

/// Openers, one for each asking uid.
pub struct Openers(pub Rc<Pool<Observe>>);

impl Openers {
    /// Has questions answered with these eyes, part by part as the answers come. Where there are none, or they break off, the
    /// classifier is told that there are no more.
    pub async fn answer(&self, eyes: Option<Ids>, questions: Chunk, to: &Exchange<Classify>) -> Result<(), Lost> {
        match eyes {
            Some(eyes) if self.relay(eyes, questions, to).await.is_some() => Ok(()),
            _ => to.tell(&classify::Request::Facts(Part::none()), &[]).await,
        }
    }

    /// Some once the last part is told.
    async fn relay(&self, eyes: Ids, questions: Chunk, to: &Exchange<Classify>) -> Option<()> {
        let until = (Instant::now() + ROUND).into();
        let seat = self.0.seat(eyes.uid);
        // One round at a time: a user's large questions make only that user's next ones late, and nobody a hang.
        let _turn = timeout_at(until, seat.turn.lock()).await.ok()?;
        // One of another group of the user's could see what this asker may not.
        if let Some(link) = seat.live().filter(|link| link.record().ids.is_some_and(|ids| ids != eyes)) {
            link.condemn(Condemned::Dismissed);
        }
        // In a task of its own: a start that takes longer than this round is done for the next one.
        let (pool, of) = (Rc::clone(&self.0), Rc::clone(&seat));
        let ready = tokio::task::spawn_local(async move { pool.ready(eyes, &of).await });
        let link = timeout_at(until, ready).await.ok()?.ok()?.ok()?;
        let round = async {
            let mut answers = link.ask([Request::Observe { questions }], Awaits::Facts).await.ok()?;
            let mut told = 0;
            loop {
                let Reply::Observed(part) = answers.next().await.ok()?;
                told += part.bytes.len();
                if told > FACTS_MAX {
                    link.condemn(Condemned::Breach("it answered more than there may be".to_owned()));
                    return None;
                }
                let last = part.last;
                to.tell(&classify::Request::Facts(part), &[]).await.ok()?;
                if last {
                    seat.breaker.borrow_mut().answered(Instant::now());
                    return Some(());
                }
            }
        };
        // Stopped by its own user, or held up by a file system: the next round gets another one.
        timeout(ROUND, round).await.unwrap_or_else(|_| {
            link.condemn(Condemned::Hung);
            None
        })
    }
}
