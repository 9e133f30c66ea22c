//! Running a reader: one process a job, segments handed over one at a time.

use super::Journal;
use super::hire::hire;
use crate::channel::link::{Exchange, Link, Lost};
use crate::channel::permits::{Awaits, Read};
use crate::reap::{Class, Condemned};
use crate::spawn::SpawnError;
use palisade_protocol::bounded::{Blob, Text};
use palisade_protocol::limits::ROWS_MAX;
use palisade_protocol::reader::{Job, Reply, Request};
use palisade_segment::directory::Name;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::rc::Rc;
use std::time::Duration;

/// A reader that says nothing for so long is hung. It reads a segment of the largest size in a tenth of it.
const STEP_DEADLINE: Duration = Duration::from_secs(10);

/// Why there is no result.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// No reader could be started.
    #[error("no reader could be started: {0}")]
    Spawn(SpawnError),
    /// A segment could not be opened.
    #[error("a segment cannot be opened: {0}")]
    File(io::Error),
    /// The reader ended.
    #[error("the reader ended ({})", .0.class)]
    Lost(Lost),
    /// The reader was silent for too long.
    #[error("the reader was silent for {} s", STEP_DEADLINE.as_secs())]
    Silent,
    /// Whoever wanted the rows has gone.
    #[error("the asker has gone")]
    Unwanted,
}

/// A reader ends with its job, also with one that is given up half-way.
struct ForOneJob(Rc<Link<Read>>);

impl Drop for ForOneJob {
    fn drop(&mut self) {
        self.0.condemn(Condemned::Dismissed);
    }
}

/// Runs one job over `segments`, oldest first. Rows go to `rows` as they come, unread; the result is the last reply.
pub async fn run(
    journal: &Rc<Journal>,
    job: Job,
    segments: &[Name],
    mut rows: impl AsyncFnMut(Blob<ROWS_MAX>) -> Result<(), ()>,
) -> Result<Reply, ReadError> {
    let hired = hire::<Read>(journal, Vec::new(), None, |_| ()).await.map_err(ReadError::Spawn)?;
    let link = &ForOneJob(hired).0;
    let result = async {
        let first = Request::Job { job: Box::new(job), genesis: journal.genesis.clone() };
        let mut exchange = link.ask([first], Awaits::Reading).await.map_err(ReadError::Lost)?;
        until_next(&mut exchange, &mut rows).await?;
        for name in segments {
            let files = journal.files.open(*name).map_err(ReadError::File)?;
            let request = Request::Segment { name: Text::cut(&name.to_string()) };
            tell(&exchange, request, &[files[0].as_fd(), files[1].as_fd()]).await?;
            if let Some(early) = until_next(&mut exchange, &mut rows).await? {
                return Ok(early);
            }
        }
        tell(&exchange, Request::End, &[]).await?;
        match until_next(&mut exchange, &mut rows).await? {
            Some(last) => Ok(last),
            // `Next` after the end is no answer; the table cannot tell the two apart, so it is told here.
            None => {
                link.condemn(Condemned::Breach("it asked for a segment after the end".to_owned()));
                Err(ReadError::Lost(Lost { class: Class::Breach, in_hand: true }))
            }
        }
    }
    .await;
    if let Err(ReadError::Silent) = result {
        link.condemn(Condemned::Hung);
    }
    result
}

/// Sends a request, for which there must be room in time.
async fn tell(exchange: &Exchange<Read>, request: Request, fds: &[BorrowedFd<'_>]) -> Result<(), ReadError> {
    let told = tokio::time::timeout(STEP_DEADLINE, exchange.tell(&request, fds)).await;
    told.map_err(|_| ReadError::Silent)?.map_err(ReadError::Lost)
}

/// Passes rows on until the reader is ready for the next segment (none) or ends the job (its last reply).
async fn until_next(
    exchange: &mut Exchange<Read>,
    rows: &mut impl AsyncFnMut(Blob<ROWS_MAX>) -> Result<(), ()>,
) -> Result<Option<Reply>, ReadError> {
    loop {
        match tokio::time::timeout(STEP_DEADLINE, exchange.next()).await {
            Err(_) => return Err(ReadError::Silent),
            Ok(Err(lost)) => return Err(ReadError::Lost(lost)),
            Ok(Ok(Reply::Rows(blob))) => rows(blob).await.map_err(|()| ReadError::Unwanted)?,
            Ok(Ok(Reply::Next)) => return Ok(None),
            Ok(Ok(last)) => return Ok(Some(last)),
        }
    }
}
