//! The loop: sleep for one request, take what else has queued, commit, again. No timer: under load the disk sets the pace.

use crate::journal::Journal;
use crate::sink::Sink;
use palisade_protocol::journal::{Reply, Request};
use palisade_protocol::packet::{Buffer, Channel, Packet, PacketError, Wait};

/// How serving ended.
#[derive(Debug)]
pub enum End {
    /// The supervisor closed the channel; everything it sent before has been written.
    Closed,
    /// The supervisor sent what it must not, or the channel failed.
    Protocol(String),
}

/// Serves until the channel ends.
pub fn serve<S: Sink>(channel: &Channel<Reply, Request>, mut journal: Journal<S>) -> End {
    let mut buffer = Buffer::default();
    let mut end = None;
    while end.is_none() {
        let mut wait = Wait::Block;
        while end.is_none() && journal.has_room() {
            match channel.receive(&mut buffer, wait) {
                Ok(request) => end = take(channel, &mut journal, request).err(),
                Err(PacketError::WouldBlock) => break,
                Err(PacketError::Closed) => end = Some(End::Closed),
                Err(why) => end = Some(End::Protocol(why.to_string())),
            }
            wait = Wait::No;
        }
        // A supervisor that breaks the order gets nothing more written; one that is gone gets all it asked for.
        if !matches!(end, Some(End::Protocol(_))) {
            journal.commit(randomness, |id, reply| {
                if let Err(why) = send(channel, id, reply) {
                    end.get_or_insert(why);
                }
            });
        }
    }
    end.unwrap_or(End::Closed)
}

fn take<S: Sink>(
    channel: &Channel<Reply, Request>,
    journal: &mut Journal<S>,
    request: Packet<Request>,
) -> Result<(), End> {
    let id = request.id;
    match journal.stage(request) {
        Ok(Some(reply)) => send(channel, id, reply),
        Ok(None) => Ok(()),
        Err(disorder) => Err(End::Protocol(disorder.to_string())),
    }
}

fn send(channel: &Channel<Reply, Request>, id: u64, body: Reply) -> Result<(), End> {
    match channel.send(&Packet { id, body }, Wait::Block) {
        // Nobody hears the answer any more; what was asked before is still to be read and written.
        Ok(()) | Err(PacketError::Closed) => Ok(()),
        Err(why) => Err(End::Protocol(why.to_string())),
    }
}

/// `getrandom(2)` without a library in between: one that falls back to opening a device would be killed for it.
fn randomness(mut into: &mut [u8]) -> Result<(), i32> {
    while !into.is_empty() {
        match rustix::rand::getrandom(&mut *into, rustix::rand::GetRandomFlags::empty()) {
            // Long requests may come back short or interrupted (`getrandom(2)`).
            Ok(filled) => into = &mut into[filled..],
            Err(rustix::io::Errno::INTR) => {}
            Err(why) => return Err(why.raw_os_error()),
        }
    }
    Ok(())
}
