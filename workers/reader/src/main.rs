//! palisade-reader: inherits a channel (3); confines itself; does one job over the files it is handed.

use palisade_protocol::packet::Channel;
use palisade_protocol::reader::{Reply, Request};
use palisade_protocol::worker::Kind;
use palisade_reader::serve::{End, serve};
use palisade_sandbox::{EXIT_PROTOCOL, ExitOnOom, enter};

#[global_allocator]
static ALLOCATOR: ExitOnOom = ExitOnOom;

/// `EX_IOERR` of `sysexits.h`: the journal, or its genesis note, cannot be read.
const EXIT_UNREADABLE: i32 = 74;

fn main() {
    let mut confined = enter(Kind::Reader);
    let channel: Channel<Reply, Request> = confined.channel();
    let (code, why) = match serve(&channel) {
        End::Closed => return,
        End::Protocol(why) => (EXIT_PROTOCOL, why),
        End::Unreadable(why) => (EXIT_UNREADABLE, why),
    };
    eprintln!("reader: {why}");
    std::process::exit(code);
}
