//! The worker's side of the conversation: bodies are put together, calls are judged.

use crate::judge;
use palisade_protocol::bounded::Text;
use palisade_protocol::call::{Assembly, AssemblyError, Call};
use palisade_protocol::classify::{Reply, Request};
use palisade_protocol::compile::Policy;
use palisade_protocol::packet::Packet;
use std::collections::BTreeMap;
use std::fmt;

/// Calls whose bodies are still coming. The supervisor sends one call at a time; a few more are its right, not its habit.
const OPEN_MAX: usize = 8;

/// What the supervisor must not send, compromised or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Breach {
    /// A body that breaks its own announcement.
    Body(AssemblyError),
    /// A chunk of no call.
    StrayChunk,
    /// The id of a call whose body is still coming.
    Repeated,
    /// More than `OPEN_MAX` calls at once.
    TooMany,
}

impl fmt::Display for Breach {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Body(_) => write!(out, "a body is not what was announced"),
            Self::StrayChunk => write!(out, "a chunk belongs to no call"),
            Self::Repeated => write!(out, "an id was used twice"),
            Self::TooMany => write!(out, "more than {OPEN_MAX} calls at once"),
        }
    }
}

impl std::error::Error for Breach {}

/// Calls being received, and the policy they are judged by.
#[derive(Debug)]
pub struct Desk {
    policy: Policy,
    open: BTreeMap<u64, (Box<Call>, Assembly)>,
}

impl Desk {
    /// An empty desk.
    pub fn new(policy: Policy) -> Self {
        Self { policy, open: BTreeMap::new() }
    }

    /// Takes one request; the replies it calls for, none while its body is incomplete.
    pub fn take(&mut self, packet: Packet<Request>) -> Result<Vec<Reply>, Breach> {
        match packet.body {
            Request::Judge { call, body } => {
                if self.open.contains_key(&packet.id) {
                    return Err(Breach::Repeated);
                }
                let assembly = Assembly::begin(body).map_err(Breach::Body)?;
                if !assembly.complete() {
                    if self.open.len() >= OPEN_MAX {
                        return Err(Breach::TooMany);
                    }
                    self.open.insert(packet.id, (call, assembly));
                    return Ok(Vec::new());
                }
                Ok(vec![self.answer(&call, &assembly.into_bytes())])
            }
            Request::Chunk(chunk) => {
                let (_, assembly) = self.open.get_mut(&packet.id).ok_or(Breach::StrayChunk)?;
                assembly.add(&chunk).map_err(Breach::Body)?;
                if !assembly.complete() {
                    return Ok(Vec::new());
                }
                let (call, assembly) = self.open.remove(&packet.id).ok_or(Breach::StrayChunk)?;
                Ok(vec![self.answer(&call, &assembly.into_bytes())])
            }
            Request::Facts(_) => Err(Breach::StrayChunk),
            #[cfg(feature = "hostile")]
            Request::Probe(number) => Ok(vec![Reply::Probed(palisade_sandbox::hostile::probe(number))]),
        }
    }

    fn answer(&self, call: &Call, body: &[u8]) -> Reply {
        let (verdict, redacted, secrets) = judge(&self.policy, call, body);
        Reply::Judged { verdict: Box::new(verdict), redacted: Text::cut(&redacted), secrets }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use palisade_protocol::call::{Body, Chunk, Op, Path, Prompts};
    use palisade_protocol::codec;
    use palisade_protocol::limits::PACKET_MAX;

    fn shell() -> Box<Call> {
        Box::new(Call {
            agent: Text::cut("cli"),
            session: Text::default(),
            call: Text::default(),
            cwd: Path::new(*b"/home/dev/project").unwrap(),
            prompts: Prompts::Shown,
            tool: Text::cut("Bash"),
            op: Op::Shell,
        })
    }

    fn judge_packet(id: u64, bytes: &[u8]) -> (Packet<Request>, Vec<Chunk>) {
        let (body, rest) = Body::split(bytes);
        (Packet { id, body: Request::Judge { call: shell(), body } }, rest)
    }

    #[test]
    fn a_body_in_chunks_is_judged_once_it_is_whole() {
        let mut desk = Desk::new(Policy::default());
        let (first, rest) = judge_packet(1, &vec![b'a'; 100_000]);
        assert_eq!(desk.take(first).unwrap(), []);
        let mut replies = Vec::new();
        for chunk in rest {
            replies = desk.take(Packet { id: 1, body: Request::Chunk(chunk) }).unwrap();
        }
        assert_eq!(replies.len(), 1);
        assert!(desk.open.is_empty());
    }

    #[test]
    fn what_breaks_the_conversation_is_a_breach() {
        let mut desk = Desk::new(Policy::default());
        let stray = Packet { id: 9, body: Request::Chunk(Chunk::new(*b"x").unwrap()) };
        assert_eq!(desk.take(stray), Err(Breach::StrayChunk));
        for id in 0..8 {
            assert_eq!(desk.take(judge_packet(id, &vec![b'a'; 50_000]).0), Ok(Vec::new()));
        }
        assert_eq!(desk.take(judge_packet(0, b"ls").0), Err(Breach::Repeated));
        assert_eq!(desk.take(judge_packet(8, &vec![b'a'; 50_000]).0), Err(Breach::TooMany));
    }

    #[test]
    fn the_largest_answer_fits_a_packet() {
        let mut desk = Desk::new(Policy::default());
        let mut worst = "\u{1}".repeat(20_000);
        worst.push_str(&"rm -rf /etc/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa;".repeat(800));
        worst.truncate(64 * 1024);
        let (first, rest) = judge_packet(1, worst.as_bytes());
        let mut replies = desk.take(first).unwrap();
        for chunk in rest {
            replies = desk.take(Packet { id: 1, body: Request::Chunk(chunk) }).unwrap();
        }
        let bytes = codec::encode(&Packet { id: 1, body: replies.remove(0) }).unwrap();
        assert!(bytes.len() < PACKET_MAX, "{}", bytes.len());
    }
}
