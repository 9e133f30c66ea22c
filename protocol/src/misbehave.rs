//! A worker that lies on its channel, for the tests of the supervisor. Test builds only.
//!
//! A request that holds `misbehave-KIND-HOW` makes a worker of that kind send something else than its honest reply. The marker
//! comes the way hostile input comes: in a command, in a recorded event, in a query, in the configuration's text.

use crate::limits::PACKET_MAX;
use crate::packet::{PacketError, Wait, send_bytes};
use nix::sys::socket::{MsgFlags, send};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::sync::Mutex;

/// This worker's kind, and what it was told to do in place of the reply to which request: the first byte of its id.
static STATE: Mutex<(&str, Option<(u8, How)>)> = Mutex::new(("", None));

/// The journal's reply that a record is written, before the one that it is durable: its variant.
const RECORDED: u8 = 1;

/// What is sent instead of the honest reply.
#[derive(Debug, Clone)]
enum How {
    Silent,
    Undurable,
    Empty,
    Cut,
    Longer,
    Garbage,
    Claim,
    Oversize,
    Unknown,
    Replay,
    Wrong,
    Mirror(Vec<u8>),
    Flood,
    Smuggle,
    Forge,
}

/// Says whose markers are meant for this process.
pub fn this_is(kind: &'static str) {
    if let Ok(mut state) = STATE.lock() {
        state.0 = kind;
    }
}

/// Looks for a marker in a request.
pub fn heard(request: &[u8]) {
    let Ok(mut state) = STATE.lock() else { return };
    let marker = format!("misbehave-{}-", state.0);
    let Some(at) = request.windows(marker.len()).position(|window| window == marker.as_bytes()) else { return };
    let rest = &request[at + marker.len()..];
    // What follows the word may look like more of it: it is another encoding's.
    let says = |word: &str| rest.starts_with(word.as_bytes());
    let how = [
        ("silent", How::Silent),
        ("undurable", How::Undurable),
        ("empty", How::Empty),
        ("cut", How::Cut),
        ("longer", How::Longer),
        ("garbage", How::Garbage),
        ("claim", How::Claim),
        ("oversize", How::Oversize),
        ("unknown", How::Unknown),
        ("replay", How::Replay),
        ("wrong", How::Wrong),
        ("flood", How::Flood),
        ("smuggle", How::Smuggle),
        ("forge", How::Forge),
        ("mirror", How::Mirror(request.to_vec())),
    ];
    if let Some((_, how)) = how.into_iter().find(|(word, _)| says(word)) {
        state.1 = Some((request[0], how));
    }
}

/// Sends what was asked for in place of `honest`; false if nothing was.
pub fn instead_of(honest: &[u8], to: BorrowedFd<'_>) -> Result<bool, PacketError> {
    let Some((_, how)) = STATE.lock().ok().and_then(|mut state| state.1.take_if(|(id, _)| *id == honest[0])) else {
        return Ok(false);
    };
    if let (How::Undurable, RECORDED) = (&how, honest[1]) {
        // What is still to come is what is kept back.
        if let Ok(mut state) = STATE.lock() {
            state.1 = Some((honest[0], how));
        }
        return Ok(false);
    }
    let say = |bytes: &[u8]| send_bytes(to, bytes, &[], Wait::Block);
    // What `send_bytes` refuses to send.
    let raw = |bytes: &[u8]| send(to.as_raw_fd(), bytes, MsgFlags::MSG_NOSIGNAL).map(drop).map_err(PacketError::Socket);
    match how {
        How::Silent | How::Undurable => Ok(()),
        How::Empty => raw(&[]),
        How::Cut => say(&honest[..honest.len() / 2]),
        How::Longer => say(&[honest, &[0]].concat()),
        How::Garbage => say(&[0xff; 64]),
        // A variant and then a length of 2^64 - 1, as bincode writes it.
        How::Claim => say(&[&honest[..1], &[0, 253], &[0xff; 8]].concat()),
        How::Oversize => raw(&vec![0; PACKET_MAX + 1]),
        // The id comes first: one byte up to 250, else a mark and its bytes.
        How::Unknown => say(&[&[252, 0xff, 0xff, 0xff, 0x7f], &honest[1..]].concat()),
        How::Replay => say(honest).and_then(|()| say(honest)),
        // A reply of the same dialect that nobody awaits now: the third variant, without a body.
        How::Wrong => say(&[honest[0], 2]),
        How::Mirror(request) => say(&request),
        How::Flood => (0..1_000_000).try_for_each(|_| say(honest)),
        // A journal's mark begins with the sequence number: another one, far ahead.
        How::Forge => say(&[&honest[..2], &[251, 0xff, 0x7f], &honest[3..]].concat()),
        How::Smuggle => send_bytes(to, honest, &[to.as_fd()], Wait::Block),
    }?;
    Ok(true)
}
