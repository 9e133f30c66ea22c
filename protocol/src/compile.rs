//! Supervisor ↔ compiler, and the compiled configuration: the only form in which the supervisor ever sees settings.

use crate::bounded::{Blob, List, Text};
use crate::call::Path;
use crate::hello::Hello;
use crate::limits::{CONFIG_MAX, NAME_MAX, PASSWD_MAX, POLICY_MAX, REASON_MAX, SUBORDINATES_MAX, SUBUID_MAX};
use crate::packet::CarriesFds;
use crate::verdict::Class;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// What the supervisor asks of the compiler.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub enum Request {
    /// Compile this configuration text; empty text gives the defaults.
    Compile(Blob<CONFIG_MAX>),
    /// Say whose the subordinate uids are, by the texts of `/etc/subuid` and `/etc/passwd`.
    Subordinates {
        /// `subuid(5)`.
        subuid: Blob<SUBUID_MAX>,
        /// `passwd(5)`, for the names in it.
        passwd: Blob<PASSWD_MAX>,
    },
    /// Do the numbered forbidden thing and say what happened.
    #[cfg(feature = "hostile")]
    Probe(u16),
}

impl CarriesFds for Request {}

/// What the compiler answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub enum Reply {
    /// It is in order.
    Compiled(Box<Config>),
    /// It is not, and why: names the key and the line.
    Rejected(Text<REASON_MAX>),
    /// Ranges of subordinate uids, ascending.
    Subordinates(List<Subordinates, SUBORDINATES_MAX>),
    /// The outcome of a probe: 0 or the error number.
    #[cfg(feature = "hostile")]
    Probed(i32),
}

impl CarriesFds for Reply {}

/// A range of uids that a user may hand to processes of its own (`subuid(5)`): they count for their owner (I9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct Subordinates {
    /// The first uid of the range.
    pub first: u32,
    /// The last one.
    pub last: u32,
    /// Whose they are.
    pub owner: u32,
}

impl Subordinates {
    /// For whom a uid counts: itself, or whose range it lies in. The ranges ascend; where they overlap, the one that begins last counts.
    pub fn owner_of(ranges: &[Self], uid: u32) -> u32 {
        let begun = ranges.partition_point(|range| range.first <= uid);
        match ranges[..begun].last() {
            Some(range) if uid <= range.last => range.owner,
            _ => uid,
        }
    }
}

/// The first of the uids that are Palisade's in a system run, unless the configuration says otherwise.
pub const UID_BASE: u32 = 70_000;

/// How many those are. The first sixteen are the supervisor's.
pub const UIDS: u32 = 1024;

/// Those of the supervisor's workers, from the first one counted.
pub const WORKER_UIDS: Range<u32> = 16..1000;

/// Those of workers that a client of root's starts itself.
pub const CLIENT_UIDS: Range<u32> = 1000..UIDS;

/// The configuration, compiled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct Config {
    /// Protections that may be missing, by name.
    pub degraded: List<Text<NAME_MAX>, 32>,
    /// Deny everything while a part fails, the proven safe too.
    pub fail_closed: bool,
    /// Agents that a person attends; every other agent is unattended.
    pub attended: List<Text<NAME_MAX>, 64>,
    /// The first of the [`UIDS`] that workers get when the supervisor is started by root.
    pub uid_base: u32,
    /// A segment is followed by a new one at this size of its frames in bytes.
    pub segment_max: u64,
    /// What classifiers get, see [`Policy`].
    pub policy: Policy,
}

/// The compiled policy: what a classifier reads from its sealed memfd. It can only tighten (I4).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct Policy {
    /// Trees whose loss is catastrophic, beside the ones that always are.
    pub protect: List<Path, 256>,
    /// What the operator says of programs.
    pub programs: List<Taught, PROGRAMS_MAX>,
}

/// Entries about programs that one configuration may have.
pub const PROGRAMS_MAX: usize = 256;

/// What the operator says of a program: it tightens what is known of it, and teaches what is not known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct Taught {
    /// The program's names.
    pub names: List<Text<NAME_MAX>, 16>,
    /// Words behind the name, separated by blanks, their alternatives by `|`; empty: whatever stands there.
    pub words: Text<NAME_MAX>,
    /// The class.
    pub class: Class,
    /// What is said of it: completes "This call …".
    pub says: Text<NAME_MAX>,
    /// What its operands are.
    pub operands: TaughtOperands,
}

/// What the operands of a taught program are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub enum TaughtOperands {
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

/// The file that a client without a supervisor decides by (I7), and the content of a classifier's policy memfd.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct PolicyFile {
    /// The build that compiled it.
    pub hello: Hello,
    /// See [`Config::fail_closed`].
    pub fail_closed: bool,
    /// The policy.
    pub policy: Policy,
    /// See [`Config::degraded`]: what a classifier that a client starts may lack too.
    pub degraded: List<Text<NAME_MAX>, 32>,
    /// See [`Config::uid_base`].
    pub uid_base: u32,
}

impl Config {
    /// What of it clients and classifiers need.
    pub fn policy_file(&self) -> PolicyFile {
        PolicyFile {
            hello: Hello::ours(),
            fail_closed: self.fail_closed,
            policy: self.policy.clone(),
            degraded: self.degraded.clone(),
            uid_base: self.uid_base,
        }
    }
}

impl Default for PolicyFile {
    /// That of an installation without a configuration.
    fn default() -> Self {
        let policy = Policy::default();
        Self { hello: Hello::ours(), fail_closed: false, policy, degraded: List::default(), uid_base: UID_BASE }
    }
}

const _: () = assert!(POLICY_MAX >= CONFIG_MAX, "a policy is compiled from a configuration text and never larger");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subordinate_uid_counts_for_its_owner_and_no_other_does() {
        let ranges = [(100, 199, 7), (300, 399, 8)].map(|(first, last, owner)| Subordinates { first, last, owner });
        let owners = [99, 100, 199, 200, 300, 399, 400].map(|uid| Subordinates::owner_of(&ranges, uid));
        assert_eq!(owners, [99, 7, 7, 200, 8, 8, 400]);
    }
}
