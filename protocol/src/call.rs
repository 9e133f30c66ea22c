//! What an agent (or a person) is about to do, normalised by the client from the agent's own payload.
//!
//! Everything in here is the client's word: it is judged and stored as asserted, and identifies nobody (invariant I8).

use crate::bounded::{Blob, Text};
use crate::limits::{CHUNK_MAX, ID_MAX, NAME_MAX, PATH_MAX};
use serde::{Deserialize, Serialize};

/// A path as bytes; Unix paths need not be UTF-8.
pub type Path = Blob<PATH_MAX>;

/// One call, without its body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct Call {
    /// Which agent asks, e.g. `claude-code`; `cli` for a person at `palisade judge`.
    pub agent: Text<NAME_MAX>,
    /// The agent's session, as it says.
    pub session: Text<ID_MAX>,
    /// The agent's id of this call, empty if it has none.
    pub call: Text<ID_MAX>,
    /// The directory that relative paths resolve against, as the payload says; empty when it says none.
    pub cwd: Path,
    /// Whether the agent's own prompts are shown to a person.
    pub prompts: Prompts,
    /// The tool's name in the agent's words.
    pub tool: Text<NAME_MAX>,
    /// What is to be done; its body follows.
    pub op: Op,
}

impl Call {
    /// A shell command as nobody's in particular: no session, no id, no tool.
    pub fn shell(agent: &str, cwd: Path, prompts: Prompts) -> Self {
        let agent = Text::cut(agent);
        let (session, call, tool) = (Text::default(), Text::default(), Text::default());
        Self { agent, session, call, cwd, prompts, tool, op: Op::Shell }
    }
}

/// Whether *ask* can be left to the agent's own prompt. The client's word can only tighten: `Skipped` turns ask into hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub enum Prompts {
    /// The agent shows them.
    Shown,
    /// The agent runs in a mode that skips them, or has none.
    Skipped,
}

/// The operation. What `body` means is said for each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub enum Op {
    /// Run `body` with a shell.
    Shell,
    /// Create or replace a file by `body`.
    Write {
        /// The file.
        path: Path,
    },
    /// Replace parts of a file; `body` is the new text.
    Edit {
        /// The file.
        path: Path,
    },
    /// Read a file or directory; no body.
    Read {
        /// What is read.
        path: Path,
    },
    /// Search below a directory; `body` is the pattern.
    Search {
        /// Where.
        path: Path,
    },
    /// Fetch `body`, an address.
    Fetch,
    /// Call a tool of an MCP server; `body` is its arguments as JSON text.
    Mcp {
        /// The server's name.
        server: Text<NAME_MAX>,
        /// The tool's name.
        tool: Text<NAME_MAX>,
    },
    /// A tool of the agent itself that changes nothing on the host (a plan, a question, a sub-agent); `body` is its arguments.
    Internal,
    /// A tool that we do not know; `body` is its arguments as JSON text.
    Other,
}

/// The first part of a body. The rest follows in chunks, until `total` bytes have come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct Body {
    /// Bytes in all, at most [`crate::limits::BODY_MAX`].
    pub total: u32,
    /// The first of them.
    pub first: Chunk,
}

/// One part of a body.
pub type Chunk = Blob<CHUNK_MAX>;

impl Body {
    /// Splits `bytes` into the first part and the chunks that must follow it.
    pub fn split(bytes: &[u8]) -> (Self, Vec<Chunk>) {
        let (first, rest) = Self::parts(bytes);
        (first, rest.collect())
    }

    /// The same, each chunk made when it is its turn.
    pub fn parts(bytes: &[u8]) -> (Self, impl Iterator<Item = Chunk>) {
        let mut parts = bytes.chunks(CHUNK_MAX).map(|part| Chunk::new(part).unwrap_or_default());
        let first = parts.next().unwrap_or_default();
        (Self { total: u32::try_from(bytes.len()).unwrap_or(u32::MAX), first }, parts)
    }
}

/// Puts a body together again, within its announced size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assembly {
    total: usize,
    bytes: Vec<u8>,
}

/// Why a body cannot be put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AssemblyError {
    /// More is announced than [`crate::limits::BODY_MAX`].
    Announced(u32),
    /// A chunk is empty, or more bytes came than were announced.
    Excess,
}

impl Assembly {
    /// Begins with what the call's own message carried.
    pub fn begin(body: Body) -> Result<Self, AssemblyError> {
        let total = body.total as usize;
        if total > crate::limits::BODY_MAX {
            return Err(AssemblyError::Announced(body.total));
        }
        let bytes = body.first.into_vec();
        // A first part that is empty though bytes are due would let a sender trickle; a longer one lies about the total.
        if bytes.len() > total || (bytes.is_empty() && total > 0) {
            return Err(AssemblyError::Excess);
        }
        Ok(Self { total, bytes })
    }

    /// Adds the next chunk.
    pub fn add(&mut self, chunk: &Chunk) -> Result<(), AssemblyError> {
        if chunk.is_empty() || self.bytes.len() + chunk.len() > self.total {
            return Err(AssemblyError::Excess);
        }
        self.bytes.extend_from_slice(chunk);
        Ok(())
    }

    /// Whether all bytes have come.
    pub fn complete(&self) -> bool {
        self.bytes.len() == self.total
    }

    /// Bytes held now.
    pub fn held(&self) -> usize {
        self.bytes.len()
    }

    /// The whole body. Meaningful once [`Assembly::complete`].
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_of_any_size_is_split_and_put_together_again() {
        for size in [0, 1, CHUNK_MAX, CHUNK_MAX + 1, 5 * CHUNK_MAX - 1] {
            let bytes: Vec<u8> = (0..size).map(|at| at as u8).collect();
            let (body, rest) = Body::split(&bytes);
            let mut assembly = Assembly::begin(body).expect("begins");
            for chunk in &rest {
                assert!(!assembly.complete());
                assembly.add(chunk).expect("fits");
            }
            assert!(assembly.complete());
            assert_eq!(assembly.into_bytes(), bytes);
        }
    }

    #[test]
    fn more_than_announced_and_empty_chunks_are_refused() {
        let first = Chunk::new(*b"abc").expect("fits");
        assert_eq!(Assembly::begin(Body { total: 2, first: first.clone() }), Err(AssemblyError::Excess));
        assert_eq!(
            Assembly::begin(Body { total: u32::MAX, first: first.clone() }),
            Err(AssemblyError::Announced(u32::MAX))
        );
        let mut begun = Assembly::begin(Body { total: 5, first: first.clone() }).expect("begins");
        assert_eq!(begun.add(&first), Err(AssemblyError::Excess));
        assert_eq!(begun.add(&Chunk::default()), Err(AssemblyError::Excess));
    }
}
