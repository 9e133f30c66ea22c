//! palisade-journal: inherits a channel (3), a file for frames (4) and one for payloads (5), both append-only; confines itself; serves.

use palisade_journal::journal::Journal;
use palisade_journal::serve::{End, serve};
use palisade_protocol::journal::{Reply, Request};
use palisade_protocol::packet::Channel;
use palisade_protocol::worker::Kind;
use palisade_sandbox::{EXIT_PROTOCOL, EXIT_REFUSED, ExitOnOom, enter};
use std::fs::File;

#[global_allocator]
static ALLOCATOR: ExitOnOom = ExitOnOom;

fn main() {
    let mut confined = enter(Kind::Journal);
    let (Some(frames), Some(payloads)) = (confined.take(4), confined.take(5)) else {
        std::process::exit(EXIT_REFUSED);
    };
    let channel: Channel<Reply, Request> = confined.channel();
    match serve(&channel, Journal::new(File::from(frames), File::from(payloads))) {
        End::Closed => {}
        End::Protocol(why) => {
            eprintln!("journal: {why}");
            std::process::exit(EXIT_PROTOCOL);
        }
    }
}
