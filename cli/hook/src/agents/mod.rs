//! One module an agent: what its hook payload says, and how it wants to be answered.
//!
//! Everything behind this door is the same for all agents. A payload is read leniently (unknown fields are ignored) and
//! understood strictly: what cannot be understood is an error, and the caller denies.

mod claude_code;

use crate::answer::Reply;
use palisade_protocol::call::Call;

/// The agents whose hooks we speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Agent {
    /// Anthropic's Claude Code, its `command` hooks.
    ClaudeCode,
}

/// What a payload is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// The agent is about to do something and waits for our answer.
    Proposal(Box<Proposal>),
    /// Something that is not ours to decide; the answer is silence.
    Silence,
}

/// A call as the supervisor and the classifier know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// The call.
    pub call: Call,
    /// Its whole body.
    pub body: Vec<u8>,
}

impl Agent {
    /// All of them, in the order they are listed in.
    pub const ALL: [Self; 1] = [Self::ClaudeCode];

    /// The name on the command line and in records.
    pub fn word(self) -> &'static str {
        match self {
            Self::ClaudeCode => claude_code::NAME,
        }
    }

    /// The agent of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|agent| agent.word() == name)
    }

    /// Understands a payload.
    ///
    /// # Errors
    /// One sentence on what is wrong with it; the caller denies.
    pub fn hear(self, payload: &[u8]) -> Result<Heard, String> {
        match self {
            Self::ClaudeCode => claude_code::hear(payload),
        }
    }

    /// Answers on stdout and stderr in the agent's dialect and returns the exit code.
    pub fn print(self, reply: &Reply) -> u8 {
        match self {
            Self::ClaudeCode => claude_code::speak(reply).print(),
        }
    }
}
