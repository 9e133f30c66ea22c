//! The genesis note: who this journal is, in text that a person can keep on paper.
//!
//! The first chain value is made of the origin and of epoch key 0, so that a new, empty journal is never mistaken for an
//! old one. The time and the boot are for people; the chain does not cover them.

use crate::hash::{self, Hash};
use palisade_protocol::limits::NAME_MAX;
use std::fmt;

/// The first line.
const TITLE: &str = "palisade journal genesis 1";

/// The longest note that is read; the wire carries no longer one.
pub const NOTE_MAX: usize = 4096;

/// Sequence number of a journal's first record.
pub const FIRST_SEQ: u64 = 0;

/// What the note says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Genesis {
    /// A name for this journal, unlike any other: 1 to [`NAME_MAX`] printable ASCII characters, no space.
    pub origin: String,
    /// The public Ed25519 key of epoch 0 (RFC 8032).
    pub epoch_key_0: [u8; 32],
    /// When it was made, nanoseconds of wall time since 1970.
    pub created_ns: u64,
    /// The boot it was made in.
    pub boot_id: [u8; 16],
}

/// Why text is not a genesis note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GenesisError {
    /// Longer than [`NOTE_MAX`], or not UTF-8.
    NotText,
    /// The first line is another one.
    Title,
    /// This line is missing, out of order or written otherwise than `compose` writes it.
    Field(&'static str),
    /// Lines follow the last one.
    Trailing,
}

impl fmt::Display for GenesisError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotText => write!(out, "the genesis note is not text of at most {NOTE_MAX} bytes"),
            Self::Title => write!(out, "the genesis note does not begin with {TITLE:?}"),
            Self::Field(name) => write!(out, "the genesis note has no valid line {name:?} where it belongs"),
            Self::Trailing => write!(out, "lines follow the end of the genesis note"),
        }
    }
}

impl std::error::Error for GenesisError {}

/// Writes the note; refuses an origin that could not be read back.
pub fn compose(genesis: &Genesis) -> Result<String, GenesisError> {
    if !is_origin(&genesis.origin) {
        return Err(GenesisError::Field("origin"));
    }
    Ok(format!(
        "{TITLE}\norigin: {}\nepoch-key-0: {}\ncreated-ns: {}\nboot: {}\n",
        genesis.origin,
        to_hex(&genesis.epoch_key_0),
        genesis.created_ns,
        to_hex(&genesis.boot_id),
    ))
}

/// Reads a note. Exactly what [`compose`] writes is accepted: one journal has one note.
pub fn parse(note: &[u8]) -> Result<Genesis, GenesisError> {
    if note.len() > NOTE_MAX {
        return Err(GenesisError::NotText);
    }
    let text = std::str::from_utf8(note).map_err(|_| GenesisError::NotText)?;
    let rest = text.strip_prefix(TITLE).and_then(|rest| rest.strip_prefix('\n')).ok_or(GenesisError::Title)?;
    let (origin, rest) = field(rest, "origin")?;
    let (key, rest) = field(rest, "epoch-key-0")?;
    let (created, rest) = field(rest, "created-ns")?;
    let (boot, rest) = field(rest, "boot")?;
    if !rest.is_empty() {
        return Err(GenesisError::Trailing);
    }
    let genesis = Genesis {
        origin: origin.to_owned(),
        epoch_key_0: from_hex(key).ok_or(GenesisError::Field("epoch-key-0"))?,
        created_ns: created.parse().map_err(|_| GenesisError::Field("created-ns"))?,
        boot_id: from_hex(boot).ok_or(GenesisError::Field("boot"))?,
    };
    // "+7" and "007" parse as numbers too.
    if genesis.created_ns.to_string() != created {
        return Err(GenesisError::Field("created-ns"));
    }
    if !is_origin(origin) {
        return Err(GenesisError::Field("origin"));
    }
    Ok(genesis)
}

/// The chain value before the first record.
pub fn chain(genesis: &Genesis) -> Hash {
    hash::genesis(&genesis.origin, &genesis.epoch_key_0)
}

fn is_origin(origin: &str) -> bool {
    (1..=NAME_MAX).contains(&origin.len()) && origin.bytes().all(|byte| byte.is_ascii_graphic())
}

fn field<'a>(text: &'a str, name: &'static str) -> Result<(&'a str, &'a str), GenesisError> {
    text.strip_prefix(name)
        .and_then(|rest| rest.strip_prefix(": "))
        .and_then(|rest| rest.split_once('\n'))
        .ok_or(GenesisError::Field(name))
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn from_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digits = text.as_bytes();
    if digits.len() != 2 * N {
        return None;
    }
    let value = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    let mut out = [0; N];
    for (byte, pair) in out.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = value(pair[0])? << 4 | value(pair[1])?;
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> Genesis {
        Genesis {
            origin: "host.example/palisade/1".to_owned(),
            epoch_key_0: std::array::from_fn(|at| at as u8),
            created_ns: 1_700_000_000_000_000_000,
            boot_id: [0xab; 16],
        }
    }

    #[test]
    fn the_note_is_these_lines_and_reads_back() {
        let note = compose(&example()).unwrap();
        assert_eq!(
            note,
            "palisade journal genesis 1\n\
             origin: host.example/palisade/1\n\
             epoch-key-0: 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n\
             created-ns: 1700000000000000000\n\
             boot: abababababababababababababababab\n"
        );
        assert_eq!(parse(note.as_bytes()), Ok(example()));
    }

    #[test]
    fn any_changed_byte_is_refused_or_changes_what_the_note_says() {
        let note = compose(&example()).unwrap().into_bytes();
        for at in 0..note.len() {
            for flip in [0x01, 0x20, 0x80] {
                let mut other = note.clone();
                other[at] ^= flip;
                assert_ne!(parse(&other), Ok(example()), "byte {at}");
            }
            assert!(parse(&note[..at]).is_err(), "cut at {at}");
        }
        assert_eq!(parse(&[note, b"x".to_vec()].concat()), Err(GenesisError::Trailing));
    }

    #[test]
    fn an_origin_that_could_forge_a_line_is_refused() {
        for origin in ["", "a b", "a\nepoch-key-0: 00", "ä", &"x".repeat(NAME_MAX + 1)] {
            let genesis = Genesis { origin: origin.to_owned(), ..example() };
            assert_eq!(compose(&genesis), Err(GenesisError::Field("origin")), "{origin:?}");
        }
    }

    #[test]
    fn another_origin_or_key_is_another_chain() {
        let other_key = Genesis { epoch_key_0: [1; 32], ..example() };
        let other_origin = Genesis { origin: "x".to_owned(), ..example() };
        let later = Genesis { created_ns: 1, ..example() };
        assert_ne!(chain(&example()), chain(&other_key));
        assert_ne!(chain(&example()), chain(&other_origin));
        assert_eq!(chain(&example()), chain(&later));
    }
}
