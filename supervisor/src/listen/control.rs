//! `control.sock`: status, records, checks, and stopping. Who may connect is the socket's mode; what each may ask is here.

use super::admission::Place;
use super::stream::{Frames, StreamError};
use super::{Identity, Room};
use crate::record::reading::ReadError;
use palisade_protocol::bounded::{List, Text};
use palisade_protocol::control::{FromControl, Observed, Status, ToControl};
use palisade_protocol::event::What;
use palisade_protocol::guard::RefusalCode;
use palisade_protocol::hello::Hello;
use palisade_protocol::limits::{BUILD_ID, HELLO_DEADLINE};
use palisade_protocol::reader::{Job, Query, Reply};
use palisade_sandbox::Mode;
use std::time::Duration;

/// Between two requests on one connection.
const IDLE_DEADLINE: Duration = Duration::from_secs(60);

/// Serves one connection until it ends.
pub async fn serve(room: &Room, frames: &mut Frames, place: &Place, identity: &Identity) -> Result<(), StreamError> {
    let ToControl::Hello(hello) = frames.next(HELLO_DEADLINE).await? else {
        return Err(StreamError::Malformed("the first frame must say hello".to_owned()));
    };
    frames.send_later(&FromControl::Hello(Hello::ours()))?;
    hello.check().map_err(|why| StreamError::Refused(RefusalCode::Version, why))?;
    loop {
        let request = frames.next(IDLE_DEADLINE).await?;
        place.busy();
        match request {
            ToControl::Status => frames.send(&FromControl::Status(Box::new(status(room)))).await?,
            ToControl::Observe => frames.send(&FromControl::Observed(List::first(observe(room)))).await?,
            ToControl::Log(query) => log(room, frames, identity, *query).await?,
            ToControl::Verify => verify(room, frames, identity).await?,
            ToControl::Stop => stop(room, frames, identity).await?,
            ToControl::Hello(_) => return Err(StreamError::Malformed("hello was said already".to_owned())),
        }
        place.idle();
    }
}

fn status(room: &Room) -> Status {
    let mut workers = room.journal.statuses();
    workers.extend(room.judge.classifiers.pool.statuses());
    workers.extend(room.judge.classifiers.openers.0.statuses());
    Status {
        version: Text::cut(BUILD_ID),
        pid: std::process::id(),
        system: room.run.mode == Mode::System,
        uptime_ms: u64::try_from(room.since.elapsed().as_millis()).unwrap_or(u64::MAX),
        degraded: List::first(room.run.degraded.iter().map(|name| Text::cut(name)).collect()),
        locked: false,
        fail_closed: room.judge.fail_closed(),
        head: room.journal.head(),
        journal: Text::cut(room.journal.condition().words()),
        append_only: room.journal.append_only(),
        workers: List::first(workers),
        connections: u32::try_from(room.guests.total() + room.operators.total()).unwrap_or(u32::MAX),
        decided: room.judge.decided(),
    }
}

fn observe(room: &Room) -> Vec<Observed> {
    let look = |record: &crate::verify::Record| record.observe(room.run.mode, &room.run.degraded);
    let mut rows = room.journal.observe(look);
    rows.extend(room.judge.classifiers.pool.observe(look));
    rows.extend(room.judge.classifiers.openers.0.observe(look));
    rows
}

/// Events that match. Whoever is not an operator sees the events of its own uid.
async fn log(room: &Room, frames: &mut Frames, identity: &Identity, query: Query) -> Result<(), StreamError> {
    let place = room.query(identity)?;
    let only_uid = (!room.is_operator(identity.uid)).then_some(identity.uid);
    let job = Job::Find { query, only_uid };
    let rows = async |rows| frames.send(&FromControl::Rows(rows)).await.map_err(|_| ());
    match place.run(room.journal.read(job, rows)).await? {
        Ok(Reply::Done) => frames.send(&FromControl::Done).await,
        other => Err(failed(other)),
    }
}

async fn verify(room: &Room, frames: &mut Frames, identity: &Identity) -> Result<(), StreamError> {
    let place = room.query(identity)?;
    // What is recorded after this moment may or may not be read; what was before it must be there.
    let job = Job::Verify { head: room.journal.head() };
    match place.run(room.journal.read(job, async |_| Err(()))).await? {
        Ok(Reply::Report(report)) => frames.send(&FromControl::Report(report)).await,
        other => Err(failed(other)),
    }
}

/// Root and whoever started the instance may stop it. (A provisioned vault will ask for a proof here.)
async fn stop(room: &Room, frames: &mut Frames, identity: &Identity) -> Result<(), StreamError> {
    let permitted = room.is_operator(identity.uid);
    let event = What::Control { command: Text::cut("stop"), done: permitted };
    // The event comes before its effect; a journal that cannot record must not keep its operator from stopping it.
    let _ = room.journal.record_durably(Some(identity.stamp()), event).await;
    if !permitted {
        let why = "only root and whoever started this instance may stop it".to_owned();
        return Err(StreamError::Refused(RefusalCode::Permission, why));
    }
    frames.send(&FromControl::Stopping).await?;
    room.stop.notify_one();
    frames.hung_up().await;
    Err(StreamError::Gone)
}

fn failed(query: Result<Reply, ReadError>) -> StreamError {
    let why = match query {
        Err(ReadError::Unwanted) => return StreamError::Gone,
        Err(why) => why.to_string(),
        Ok(_) => "the reader answered something else".to_owned(),
    };
    StreamError::Refused(RefusalCode::Unavailable, why)
}
