//! `guard.sock`: any local user proposes calls, one at a time on a connection.

use super::admission::Place;
use super::stream::{Frames, StreamError};
use super::{Identity, Room};
use palisade_protocol::call::{Assembly, AssemblyError};
use palisade_protocol::guard::{FromGuard, RefusalCode, ToGuard};
use palisade_protocol::hello::Hello;
use palisade_protocol::limits::{BODY_DEADLINE, HELLO_DEADLINE};
use std::time::Duration;

/// Between two calls on one connection.
const IDLE_DEADLINE: Duration = Duration::from_secs(60);

/// Serves one connection until it ends.
pub async fn serve(room: &Room, frames: &mut Frames, place: &Place, identity: &Identity) -> Result<(), StreamError> {
    let ToGuard::Hello(hello) = frames.next(HELLO_DEADLINE).await? else {
        return Err(StreamError::Malformed("the first frame must say hello".to_owned()));
    };
    frames.send_later(&FromGuard::Hello(Hello::ours()))?;
    hello.check().map_err(|why| StreamError::Refused(RefusalCode::Version, why))?;
    let mut deadline = HELLO_DEADLINE;
    loop {
        let request = frames.next(deadline).await?;
        deadline = IDLE_DEADLINE;
        if room.stopping.get() {
            let why = "Palisade is stopping; `palisade up` starts it again";
            return Err(StreamError::Refused(RefusalCode::Stopping, why.to_owned()));
        }
        place.busy();
        let ToGuard::Propose { call, body } = request else {
            return Err(StreamError::Malformed("that frame does not belong here".to_owned()));
        };
        let mut assembly = Assembly::begin(body).map_err(misfit)?;
        let collected = tokio::time::timeout(BODY_DEADLINE, collect(frames, place, &mut assembly)).await;
        collected.map_err(|_| StreamError::Gone)??;
        let _turn = place.turn().await;
        let answer = room.judge.answer(identity, *call, assembly.into_bytes()).await;
        frames.send(&FromGuard::Answer(Box::new(answer))).await?;
        place.idle();
    }
}

/// Takes the chunks of a body until it is complete, within the uid's share of memory.
async fn collect(frames: &mut Frames, place: &Place, assembly: &mut Assembly) -> Result<(), StreamError> {
    while !assembly.complete() {
        match frames.next(BODY_DEADLINE).await? {
            ToGuard::Chunk(chunk) => assembly.add(&chunk).map_err(misfit)?,
            _ => return Err(StreamError::Malformed("only chunks may follow an incomplete body".to_owned())),
        }
        if !place.may_hold(assembly.held()) {
            return Err(StreamError::Malformed("this user's calls hold too much memory at once".to_owned()));
        }
    }
    Ok(())
}

fn misfit(why: AssemblyError) -> StreamError {
    StreamError::Malformed(format!("the body cannot be put together: {why:?}"))
}
