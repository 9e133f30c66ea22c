//! The worker's side of the conversation: bodies are put together, calls are judged.

use crate::facts::World;
use crate::{Judged, finished, verdict};
use palisade_protocol::bounded::Text;
use palisade_protocol::call::{Assembly, AssemblyError, Call, Chunk};
use palisade_protocol::classify::{Reply, Request};
use palisade_protocol::codec;
use palisade_protocol::compile::Policy;
use palisade_protocol::facts::{FACTS_MAX, Part, Questions};
use palisade_protocol::packet::Packet;
use palisade_protocol::verdict::Verdict;
use std::collections::BTreeMap;
use std::fmt;

/// Calls that are open at once: their bodies or their facts are still coming. A user has fewer connections.
const OPEN_MAX: usize = 256;

/// Bytes of calls that wait for facts. A call that would be over it is judged without facts, which is caution.
const WAITING_MAX: usize = 64 * 1024 * 1024;

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
    /// More answers than [`FACTS_MAX`].
    Facts,
}

impl fmt::Display for Breach {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Body(_) => write!(out, "a body is not what was announced"),
            Self::StrayChunk => write!(out, "a chunk belongs to no call"),
            Self::Repeated => write!(out, "an id was used twice"),
            Self::Facts => write!(out, "the facts are longer than {FACTS_MAX} bytes"),
            Self::TooMany => write!(out, "more than {OPEN_MAX} calls at once"),
        }
    }
}

impl std::error::Error for Breach {}

/// A call that is not answered yet.
#[derive(Debug)]
enum Open {
    /// Its body is still coming.
    Receiving(Box<Call>, Assembly),
    /// What it depends on was asked for, and the answers are coming.
    Asking { call: Box<Call>, body: Vec<u8>, asked: Questions, answers: Vec<u8> },
}

/// Calls being received, and the policy they are judged by.
#[derive(Debug)]
pub struct Desk {
    policy: Policy,
    open: BTreeMap<u64, Open>,
}

impl Desk {
    /// An empty desk.
    pub fn new(policy: Policy) -> Self {
        Self { policy, open: BTreeMap::new() }
    }

    /// Takes one request; the reply it calls for, none while its body or its facts are incomplete.
    pub fn take(&mut self, packet: Packet<Request>) -> Result<Option<Reply>, Breach> {
        let id = packet.id;
        match packet.body {
            Request::Judge { call, body } => {
                if self.open.contains_key(&id) {
                    return Err(Breach::Repeated);
                }
                if self.open.len() >= OPEN_MAX {
                    return Err(Breach::TooMany);
                }
                let assembly = Assembly::begin(body).map_err(Breach::Body)?;
                self.receive(id, call, assembly)
            }
            Request::Chunk(chunk) => {
                let Some(Open::Receiving(call, mut assembly)) = self.open.remove(&id) else {
                    return Err(Breach::StrayChunk);
                };
                assembly.add(&chunk).map_err(Breach::Body)?;
                self.receive(id, call, assembly)
            }
            Request::Facts(part) => self.hear(id, part),
            #[cfg(feature = "hostile")]
            Request::Probe(number) => Ok(Some(Reply::Probed(palisade_sandbox::hostile::probe(number)))),
        }
    }

    fn receive(&mut self, id: u64, call: Box<Call>, assembly: Assembly) -> Result<Option<Reply>, Breach> {
        if !assembly.complete() {
            self.open.insert(id, Open::Receiving(call, assembly));
            return Ok(None);
        }
        Ok(Some(self.first_pass(id, call, assembly.into_bytes())))
    }

    /// By names alone: what depends on nothing that could be looked at is answered at once.
    fn first_pass(&mut self, id: u64, call: Box<Call>, body: Vec<u8>) -> Reply {
        let mut world = World::asking();
        let verdict = verdict(&self.policy, &call, &body, &mut world);
        let asked = world.questions(&call.cwd);
        let encoded = asked.as_ref().and_then(|asked| Chunk::new(codec::encode(asked).ok()?).ok());
        match (asked, encoded) {
            (Some(asked), _) if self.waiting() + body.len() > WAITING_MAX => {
                answer(self::verdict(&self.policy, &call, &body, &mut World::told(asked, &[])), &call, &body)
            }
            (Some(asked), Some(questions)) => {
                self.open.insert(id, Open::Asking { call, body, asked, answers: Vec::new() });
                Reply::Asks { questions }
            }
            _ => answer(verdict, &call, &body),
        }
    }

    /// Bytes of bodies that wait for facts.
    fn waiting(&self) -> usize {
        let length = |open: &Open| if let Open::Asking { body, .. } = open { body.len() } else { 0 };
        self.open.values().map(length).sum()
    }

    fn hear(&mut self, id: u64, part: Part) -> Result<Option<Reply>, Breach> {
        let Some(Open::Asking { call, body, asked, mut answers }) = self.open.remove(&id) else {
            return Err(Breach::StrayChunk);
        };
        answers.extend_from_slice(&part.bytes);
        if answers.len() > FACTS_MAX {
            return Err(Breach::Facts);
        }
        if !part.last {
            self.open.insert(id, Open::Asking { call, body, asked, answers });
            return Ok(None);
        }
        let verdict = verdict(&self.policy, &call, &body, &mut World::told(asked, &answers));
        Ok(Some(answer(verdict, &call, &body)))
    }
}

fn answer(verdict: Verdict, call: &Call, body: &[u8]) -> Reply {
    let Judged { verdict, redacted, secrets } = finished(verdict, call, body);
    Reply::Judged { verdict: Box::new(verdict), redacted: Text::cut(&redacted), secrets }
}

#[cfg(test)]
mod tests {
    use super::*;
    use palisade_protocol::call::{Body, Op, Path, Prompts};
    use palisade_protocol::limits::PACKET_MAX;
    use palisade_protocol::verdict::Class;

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
        assert_eq!(desk.take(first).unwrap(), None);
        let mut reply = None;
        for chunk in rest {
            reply = desk.take(Packet { id: 1, body: Request::Chunk(chunk) }).unwrap();
        }
        assert!(matches!(reply, Some(Reply::Judged { .. })));
        assert!(desk.open.is_empty());
    }

    #[test]
    fn what_breaks_the_conversation_is_a_breach() {
        let mut desk = Desk::new(Policy::default());
        let chunk = |id| Packet { id, body: Request::Chunk(Chunk::new(*b"x").unwrap()) };
        let facts =
            |id, last| Packet { id, body: Request::Facts(Part { bytes: Chunk::new([0; 40_000]).unwrap(), last }) };
        assert_eq!(desk.take(chunk(9)), Err(Breach::StrayChunk));
        assert_eq!(desk.take(facts(9, true)), Err(Breach::StrayChunk));
        for id in 0..OPEN_MAX as u64 {
            assert_eq!(desk.take(judge_packet(id, &vec![b'a'; 50_000]).0), Ok(None));
        }
        assert_eq!(desk.take(judge_packet(0, b"ls").0), Err(Breach::Repeated));
        assert_eq!(desk.take(judge_packet(9999, b"ls").0), Err(Breach::TooMany));
        assert_eq!(desk.take(facts(0, true)), Err(Breach::StrayChunk), "its body is still coming");
        let mut desk = Desk::new(Policy::default());
        assert!(matches!(desk.take(judge_packet(1, b"rm x").0), Ok(Some(Reply::Asks { .. }))));
        let breach = (0..200).find_map(|_| desk.take(facts(1, false)).err());
        assert_eq!(breach, Some(Breach::Facts));
    }

    #[test]
    fn a_call_that_depends_on_facts_is_answered_when_they_have_come_and_with_caution_without() {
        let mut desk = Desk::new(Policy::default());
        let (first, _) = judge_packet(1, b"echo x > notes.txt");
        assert!(matches!(desk.take(first), Ok(Some(Reply::Asks { .. }))));
        let reply = desk.take(Packet { id: 1, body: Request::Facts(Part::none()) }).unwrap();
        let Some(Reply::Judged { verdict, .. }) = reply else { panic!("{reply:?}") };
        assert_eq!((verdict.class, verdict.rule.as_str()), (Class::Ambiguous, "facts.absent"));
        assert!(desk.open.is_empty());
    }

    #[test]
    fn what_no_fact_can_change_is_answered_at_once() {
        let mut desk = Desk::new(Policy::default());
        for command in ["ls -la", "cargo test", "rm -rf /"] {
            let (first, _) = judge_packet(1, command.as_bytes());
            assert!(matches!(desk.take(first), Ok(Some(Reply::Judged { .. }))), "{command}");
        }
    }

    #[test]
    fn the_largest_answer_fits_a_packet() {
        let mut desk = Desk::new(Policy::default());
        let mut worst = "\u{1}".repeat(20_000);
        worst.push_str(&"rm -rf /etc/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa;".repeat(800));
        worst.truncate(64 * 1024);
        let (first, rest) = judge_packet(1, worst.as_bytes());
        let mut reply = desk.take(first).unwrap();
        for chunk in rest {
            reply = desk.take(Packet { id: 1, body: Request::Chunk(chunk) }).unwrap();
        }
        let bytes = codec::encode(&Packet { id: 1, body: reply.unwrap() }).unwrap();
        assert!(bytes.len() < PACKET_MAX, "{}", bytes.len());
    }
}
