//! The three hashes of the format. Each begins with its own byte, so that none can be taken for another.

#[cfg(feature = "lanes")]
use crate::lanes;
use sha2::{Digest, Sha256};

/// A SHA-256 value.
pub type Hash = [u8; 32];

/// Length of the random salt in front of every payload.
pub const SALT_LEN: usize = 32;

const COMMIT: u8 = 0x02;
const CHAIN: u8 = 0x03;
const GENESIS: u8 = 0x04;

/// Something to be hashed behind its domain's byte.
#[derive(Debug, Clone, Copy)]
pub struct Message<'a> {
    pub(crate) domain: u8,
    pub(crate) rest: &'a [u8],
}

impl<'a> Message<'a> {
    /// A payload as it is stored, its salt in front.
    ///
    /// The salt is what keeps an erased payload from being guessed: a short command has few possible texts.
    pub fn commitment(salted: &'a [u8]) -> Self {
        Self { domain: COMMIT, rest: salted }
    }

    /// A link of the chain, see [`link`].
    pub fn chain(link: &'a [u8; 112]) -> Self {
        Self { domain: CHAIN, rest: link }
    }

    /// `SHA-256(domain ‖ rest)`.
    pub fn hash(&self) -> Hash {
        let mut hash = Sha256::new();
        hash.update([self.domain]);
        hash.update(self.rest);
        hash.finalize().into()
    }
}

/// The hashes of many messages, in their order.
pub fn all(messages: &[Message<'_>]) -> Vec<Hash> {
    #[cfg(feature = "lanes")]
    if lanes::are_faster() {
        return lanes::all(messages);
    }
    messages.iter().map(Message::hash).collect()
}

/// What the chain value of a frame is made from: the chain value before it and its bytes 8 to 87.
pub fn link(previous: &Hash, body: &[u8; 80]) -> [u8; 112] {
    let mut link = [0; 112];
    link[..32].copy_from_slice(previous);
    link[32..].copy_from_slice(body);
    link
}

/// `SHA-256(0x02 ‖ salt ‖ payload)`.
pub fn commitment(salted: &[u8]) -> Hash {
    Message::commitment(salted).hash()
}

/// `SHA-256(0x03 ‖ previous chain value ‖ frame[8..88])`.
pub fn chain(previous: &Hash, body: &[u8; 80]) -> Hash {
    Message::chain(&link(previous, body)).hash()
}

/// `SHA-256(0x04 ‖ origin ‖ epoch key 0)`: the chain value before the first record.
pub fn genesis(origin: &str, epoch_key_0: &[u8; 32]) -> Hash {
    let mut hash = Sha256::new();
    hash.update([GENESIS]);
    hash.update(origin.as_bytes());
    hash.update(epoch_key_0);
    hash.finalize().into()
}

/// SHA-256 of bytes that come in pieces, such as what follows the last whole frame.
#[derive(Debug, Clone, Default)]
pub struct Running(Sha256);

impl Running {
    /// Takes the next piece.
    pub fn add(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The hash of all pieces.
    pub fn finish(self) -> Hash {
        self.0.finalize().into()
    }
}
