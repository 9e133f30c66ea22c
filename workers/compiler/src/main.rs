//! palisade-compiler: inherits a channel (3); confines itself; compiles what it is sent.

use palisade_protocol::packet::Packet;
use palisade_protocol::worker::Kind;
use palisade_sandbox::{ExitOnOom, enter, serve};

#[global_allocator]
static ALLOCATOR: ExitOnOom = ExitOnOom;

fn main() {
    serve(enter(Kind::Compiler), |Packet { id: _, body }| vec![palisade_compiler::answer(body)])
}
