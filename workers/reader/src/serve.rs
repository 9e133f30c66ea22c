//! The loop between the channel and a [`Session`].

use crate::session::{Session, Stop};
use palisade_protocol::packet::{Buffer, Channel, Packet, PacketError, Wait};
use palisade_protocol::reader::{Reply, Request};
use std::fs::File;

/// How serving ended.
#[derive(Debug)]
pub enum End {
    /// The other side closed the channel.
    Closed,
    /// The other side sent what it must not, or the channel failed.
    Protocol(String),
    /// The journal cannot be read.
    Unreadable(String),
}

/// Serves until the channel ends.
pub fn serve(channel: &Channel<Reply, Request>) -> End {
    let mut buffer = Buffer::default();
    let mut session = Session::default();
    loop {
        let (Packet { id, body }, fds) = match channel.receive_with(&mut buffer, Wait::Block) {
            Ok(received) => received,
            Err(why) => return ended(why),
        };
        let mut fds = fds.into_iter().map(File::from);
        let files = fds.next().zip(fds.next()).map(|(log, dat)| [log, dat]);
        let mut failed = None;
        let result = session.handle(body, files, &mut |body| {
            // After a failure there is nobody to tell the rest to.
            if failed.is_none() {
                failed = channel.send(&Packet { id, body }, Wait::Block).err();
            }
        });
        match (result, failed) {
            (Ok(()), None) => {}
            (_, Some(why)) => return ended(why),
            (Err(stop @ (Stop::Unreadable(_) | Stop::Genesis(_))), None) => return End::Unreadable(stop.to_string()),
            (Err(stop), None) => return End::Protocol(stop.to_string()),
        }
    }
}

fn ended(why: PacketError) -> End {
    match why {
        PacketError::Closed => End::Closed,
        why => End::Protocol(why.to_string()),
    }
}
