//! The shape of the configuration file: which keys there are and what type each has. What the values mean is not said here.

use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};
use std::collections::BTreeMap;
use std::fmt;
use toml::Spanned;

/// The file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct File {
    /// Protections that may be missing.
    pub degraded: Vec<Spanned<String>>,
    /// What happens while a part fails.
    pub fail_mode: Option<FailMode>,
    /// Per agent.
    pub agents: BTreeMap<String, Spanned<Agent>>,
    /// About worker processes.
    pub workers: Workers,
    /// About the journal.
    pub journal: Journal,
    /// What may not be lost.
    pub policy: Policy,
    /// What the operator says of programs.
    pub program: Vec<Spanned<Program>>,
}

/// `fail_mode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FailMode {
    /// What is proven safe is still allowed.
    Cautious,
    /// Everything is denied.
    Closed,
}

/// `[agents.NAME]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agent {
    /// Whether a person attends it.
    pub attended: bool,
}

/// `[workers]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Workers {
    /// The first uid of the range.
    pub uid_base: Option<Spanned<i64>>,
}

/// `[journal]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Journal {
    /// When a segment is followed by a new one.
    pub segment_max: Option<Spanned<Size>>,
}

/// `[policy]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Policy {
    /// Trees whose loss is catastrophic.
    pub protect: Vec<Spanned<String>>,
}

/// `[[program]]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Program {
    /// Its names.
    pub names: Vec<String>,
    /// Words behind the name.
    #[serde(default)]
    pub words: String,
    /// What it is.
    pub class: Class,
    /// What is said of it.
    pub says: Option<String>,
    /// What its operands are.
    #[serde(default)]
    pub operands: Operands,
}

/// `program.class`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// Nothing is asked.
    Safe,
    /// Asked about.
    Ambiguous,
    /// Held.
    Destructive,
    /// Denied.
    Catastrophic,
}

/// `program.operands`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Operands {
    /// Words without effect.
    #[default]
    Words,
    /// Files that are read.
    Read,
    /// Files that are made or changed.
    Write,
    /// Files that are removed.
    Delete,
}

/// A number of bytes, as an integer or as text with a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size(pub u64);

/// What a size may look like.
const SIZE: &str = "a number of bytes, or text such as \"64 MiB\" (KiB, MiB, GiB)";

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Sizes;
        impl Visitor<'_> for Sizes {
            type Value = Size;
            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(SIZE)
            }
            fn visit_i64<E: Error>(self, bytes: i64) -> Result<Size, E> {
                u64::try_from(bytes).map(Size).map_err(|_| E::custom(format!("expected {SIZE}")))
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Size, E> {
                size(text).map(Size).ok_or_else(|| E::custom(format!("expected {SIZE}")))
            }
        }
        from.deserialize_any(Sizes)
    }
}

fn size(text: &str) -> Option<u64> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = text.split_at(digits);
    let shift = match unit.strip_prefix(' ').unwrap_or(unit) {
        "KiB" => 10,
        "MiB" => 20,
        "GiB" => 30,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(1 << shift)
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn a_size_has_a_number_and_one_of_three_units() {
        assert_eq!(size("64 MiB"), Some(64 << 20));
        assert_eq!((size("1GiB"), size("0 KiB")), (Some(1 << 30), Some(0)));
        for wrong in [
            "",
            "64",
            "MiB",
            "64 MB",
            "64  MiB",
            "-1 KiB",
            "1.5 MiB",
            "64 mib",
            "99999999999999999999 GiB",
            "18446744073709551615 KiB",
        ] {
            assert_eq!(size(wrong), None, "{wrong:?}");
        }
    }
}
