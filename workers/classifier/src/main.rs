//! palisade-classifier: inherits a channel (3) and the sealed policy (5); confines itself; judges calls.

use palisade_classifier::serve::Desk;
use palisade_protocol::codec;
use palisade_protocol::compile::PolicyFile;
use palisade_protocol::limits::POLICY_MAX;
use palisade_protocol::worker::Kind;
use palisade_sandbox::{EXIT_REFUSED, ExitOnOom, end, enter, read_all, serve};

#[global_allocator]
static ALLOCATOR: ExitOnOom = ExitOnOom;

fn main() {
    let mut confined = enter(Kind::Classifier);
    // Without its policy it could only guess what is protected: the supervisor's answer to a dead worker is caution.
    let bytes = confined.take(5).and_then(|policy| read_all(policy, POLICY_MAX).ok());
    let Some(file) = bytes.and_then(|bytes| codec::decode::<PolicyFile>(&bytes).ok()) else { end(EXIT_REFUSED) };
    let mut desk = Desk::new(file.policy);
    serve(confined, |packet| match desk.take(packet) {
        Ok(reply) => reply.into_iter().collect(),
        Err(_) => end(palisade_sandbox::EXIT_PROTOCOL),
    })
}
