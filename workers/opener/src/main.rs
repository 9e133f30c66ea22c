//! palisade-opener: inherits a channel (3); confines itself; observes for whoever it runs as.

use palisade_opener::serve::answer;
use palisade_protocol::packet::Packet;
use palisade_protocol::worker::Kind;
use palisade_sandbox::{ExitOnOom, enter, serve};

#[global_allocator]
static ALLOCATOR: ExitOnOom = ExitOnOom;

fn main() {
    serve(enter(Kind::Opener), |Packet { id: _, body }| answer(body))
}
