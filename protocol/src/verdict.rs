//! Verdicts, and the one table that turns a verdict into a decision (`docs/invariants.md`, Decisions).

use crate::bounded::{List, Text};
use crate::limits::{NAME_MAX, REASON_MAX, SPANS_MAX, TARGET_MAX};
use serde::{Deserialize, Serialize};
use std::fmt;

/// How bad the worst that a call may do is. Ordered: the more cautious class is the greater one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub enum Class {
    /// Every effect is known and harmless.
    Safe,
    /// Something is unknown where it could matter.
    Ambiguous,
    /// Something is lost or changed that may be wanted back.
    Destructive,
    /// What is lost cannot be had back, or the host itself is at stake.
    Catastrophic,
}

impl Class {
    /// The word used in output and scripts.
    pub fn word(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::Ambiguous => "ambiguous",
            Self::Destructive => "destructive",
            Self::Catastrophic => "catastrophic",
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.word())
    }
}

/// What the asking side is told. Ordered: the more cautious decision is the greater one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub enum Decision {
    /// Go on.
    Allow,
    /// Let the agent's own prompt ask the person.
    Ask,
    /// Wait for an approval that Palisade can prove.
    Hold,
    /// No.
    Deny,
}

impl Decision {
    /// The word used in output and scripts.
    pub fn word(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Ask => "ask",
            Self::Hold => "hold",
            Self::Deny => "deny",
        }
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.word())
    }
}

/// What a snapshot taken before the call would cover.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub enum SnapshotCover {
    /// Nothing.
    None,
    /// A part of what would be lost.
    Partial,
    /// All of it.
    Complete,
}

impl SnapshotCover {
    /// The word used in output and scripts.
    pub fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Partial => "partial",
            Self::Complete => "complete",
        }
    }
}

/// A byte range of the judged text, end excluded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

/// What an effect does to its target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub enum Operation {
    /// Reads something that is not for everyone.
    Read,
    /// Creates or changes content.
    Write,
    /// Removes.
    Delete,
    /// Writes a raw device or a partition table.
    Device,
    /// Changes who may do what.
    Permission,
    /// Runs code that nobody has read.
    Execute,
    /// Sends to, or fetches from, another host.
    Network,
    /// Stops or changes a running system or service.
    System,
}

impl Operation {
    /// The word used in output and scripts.
    pub fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Delete => "delete",
            Self::Device => "device",
            Self::Permission => "permission",
            Self::Execute => "execute",
            Self::Network => "network",
            Self::System => "system",
        }
    }
}

/// How what an effect takes away can be had back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub enum Recovery {
    /// Nothing is known about that.
    #[default]
    Unknown,
    /// Nothing is taken away that anybody would want back.
    Needless,
    /// It is in git as it is.
    Tracked,
    /// Git ignores it, and the project's own tools make it again.
    Rebuilt,
    /// It lies inside the workspace: a snapshot would hold it.
    Snapshot,
    /// It is gone for good.
    Lost,
}

impl Recovery {
    /// The word used in output and scripts.
    pub fn word(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Needless => "needless",
            Self::Tracked => "tracked",
            Self::Rebuilt => "rebuilt",
            Self::Snapshot => "snapshot",
            Self::Lost => "lost",
        }
    }

    /// Whether nothing is lost for good where a snapshot is taken first.
    pub fn covered(self) -> bool {
        matches!(self, Self::Needless | Self::Tracked | Self::Rebuilt | Self::Snapshot)
    }
}

/// How much lies at a target, as observed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct Extent {
    /// Files, links and the like; no directories.
    pub files: u32,
    /// Their bytes.
    pub bytes: u64,
    /// There is no more than this.
    pub complete: bool,
}

/// One predicted effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct Effect {
    /// What is done.
    pub operation: Operation,
    /// To what: a path or resource as far as it is known, redacted; empty when unknown.
    pub target: Text<TARGET_MAX>,
    /// Whether the target bounds what is touched.
    pub bounded: bool,
    /// How it can be had back. Records of schema 1 do not have it.
    #[serde(default)]
    pub recovery: Recovery,
    /// How much is there, where that was observed. Records of schema 1 do not have it.
    #[serde(default)]
    pub extent: Option<Extent>,
}

/// The classifier's answer to one call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct Verdict {
    /// How bad.
    pub class: Class,
    /// Which rule decided, e.g. `fs.delete.recursive`.
    pub rule: Text<NAME_MAX>,
    /// One plain sentence, without the command's secrets.
    pub reason: Text<REASON_MAX>,
    /// Where in the text it rests.
    pub spans: List<Span, SPANS_MAX>,
    /// What it would do.
    pub effects: List<Effect, SPANS_MAX>,
    /// Whether every effect stays inside the workspace.
    pub contained: bool,
    /// Whether observed facts show that nothing unrecoverable is lost, whatever the class says.
    pub recoverable: bool,
}

impl Verdict {
    /// Where nothing could be found out: ambiguous, for this reason.
    pub fn unknown(rule: &str, reason: &str) -> Self {
        Self {
            class: Class::Ambiguous,
            rule: Text::cut(rule),
            reason: Text::cut(reason),
            spans: List::default(),
            effects: List::default(),
            contained: false,
            recoverable: false,
        }
    }
}

/// What a decision rests on beside the verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Circumstances {
    /// A person can be reached: root-owned setting, and a terminal.
    pub attended: bool,
    /// A snapshot of every effect has been completed.
    pub snapshot_complete: bool,
    /// The agent shows its own prompts.
    pub prompts_shown: bool,
}

/// The decision table for an agent's call. Nothing but this function turns a verdict into a decision (I4: each input may only
/// make it more cautious than the class alone allows; the catastrophic floor has no way out).
pub fn decide(verdict: &Verdict, around: Circumstances) -> Decision {
    match verdict.class {
        Class::Safe => Decision::Allow,
        Class::Catastrophic => Decision::Deny,
        Class::Destructive if verdict.recoverable => Decision::Allow,
        Class::Destructive if verdict.contained && around.snapshot_complete => Decision::Allow,
        _ if !around.attended => Decision::Deny,
        Class::Ambiguous if around.prompts_shown => Decision::Ask,
        Class::Ambiguous | Class::Destructive => Decision::Hold,
    }
}

/// What a snapshot taken before the call would hold of what it destroys, as far as the verdict tells; whether one is really taken
/// and completed is another matter. Complete only where nothing is open: what does not fit the list of effects is not known.
pub fn predicted_cover(verdict: &Verdict) -> SnapshotCover {
    if verdict.class < Class::Destructive {
        return SnapshotCover::None;
    }
    let held = |effect: &&Effect| effect.bounded && effect.recovery.covered();
    let listed = !verdict.effects.is_empty() && verdict.effects.len() < SPANS_MAX;
    let all_held = listed && verdict.contained && verdict.effects.iter().all(|effect| held(&effect));
    if verdict.class == Class::Destructive && (verdict.recoverable || all_held) {
        return SnapshotCover::Complete;
    }
    let worth = |effect: &&Effect| effect.recovery != Recovery::Needless;
    match verdict.effects.iter().filter(worth).any(|effect| held(&effect)) {
        true => SnapshotCover::Partial,
        false => SnapshotCover::None,
    }
}

/// What an agent that a person attends would be told once snapshots are taken; a hold is an ask that Palisade itself puts. This is
/// what `palisade judge` and `palisade dry-run` report.
pub fn predicted_decision(verdict: &Verdict) -> Decision {
    let snapshot_complete = predicted_cover(verdict) == SnapshotCover::Complete;
    match decide(verdict, Circumstances { attended: true, snapshot_complete, prompts_shown: true }) {
        Decision::Hold => Decision::Ask,
        decision => decision,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(class: Class) -> Verdict {
        Verdict {
            class,
            rule: Text::cut("test"),
            reason: Text::cut("test"),
            spans: List::default(),
            effects: List::default(),
            contained: false,
            recoverable: false,
        }
    }

    const ATTENDED: Circumstances = Circumstances { attended: true, snapshot_complete: false, prompts_shown: true };

    #[test]
    fn the_table_of_decisions_holds() {
        let unattended = Circumstances { attended: false, ..ATTENDED };
        let skipped = Circumstances { prompts_shown: false, ..ATTENDED };
        assert_eq!(decide(&verdict(Class::Safe), unattended), Decision::Allow);
        assert_eq!(decide(&verdict(Class::Ambiguous), ATTENDED), Decision::Ask);
        assert_eq!(decide(&verdict(Class::Ambiguous), skipped), Decision::Hold);
        assert_eq!(decide(&verdict(Class::Ambiguous), unattended), Decision::Deny);
        assert_eq!(decide(&verdict(Class::Destructive), ATTENDED), Decision::Hold);
        assert_eq!(decide(&verdict(Class::Destructive), unattended), Decision::Deny);
        let kept = Verdict { recoverable: true, ..verdict(Class::Destructive) };
        assert_eq!(decide(&kept, unattended), Decision::Allow);
    }

    #[test]
    fn a_snapshot_allows_only_what_stays_in_the_workspace() {
        let saved = Circumstances { snapshot_complete: true, attended: false, ..ATTENDED };
        let inside = Verdict { contained: true, ..verdict(Class::Destructive) };
        assert_eq!(decide(&inside, saved), Decision::Allow);
        assert_eq!(decide(&verdict(Class::Destructive), saved), Decision::Deny);
    }

    fn effect(bounded: bool, recovery: Recovery) -> Effect {
        Effect { operation: Operation::Delete, target: Text::cut("x"), bounded, recovery, extent: None }
    }

    fn with(class: Class, contained: bool, effects: &[Effect]) -> Verdict {
        Verdict { contained, effects: List::first(effects.to_vec()), ..verdict(class) }
    }

    #[test]
    fn a_cover_is_complete_only_where_every_effect_is_known_bounded_and_held() {
        let held = effect(true, Recovery::Snapshot);
        for (others, contained, expected) in [
            (&[][..], true, SnapshotCover::Complete),
            (&[effect(true, Recovery::Needless)], true, SnapshotCover::Complete),
            (&[effect(true, Recovery::Rebuilt), effect(true, Recovery::Tracked)], true, SnapshotCover::Complete),
            (&[], false, SnapshotCover::Partial),
            (&[effect(true, Recovery::Unknown)], true, SnapshotCover::Partial),
            (&[effect(true, Recovery::Lost)], true, SnapshotCover::Partial),
            (&[effect(false, Recovery::Snapshot)], true, SnapshotCover::Partial),
        ] {
            let effects = [std::slice::from_ref(&held), others].concat();
            assert_eq!(predicted_cover(&with(Class::Destructive, contained, &effects)), expected, "{effects:?}");
        }
        assert_eq!(predicted_cover(&with(Class::Destructive, true, &[])), SnapshotCover::None);
        assert_eq!(
            predicted_cover(&with(Class::Destructive, true, &[effect(true, Recovery::Lost)])),
            SnapshotCover::None
        );
        let needless = [effect(true, Recovery::Needless), effect(true, Recovery::Lost)];
        assert_eq!(predicted_cover(&with(Class::Destructive, true, &needless)), SnapshotCover::None);
        let full = vec![held; SPANS_MAX];
        assert_eq!(predicted_cover(&with(Class::Destructive, true, &full)), SnapshotCover::Partial);
    }

    #[test]
    fn what_is_recoverable_is_covered_and_what_is_not_destructive_needs_no_cover() {
        let kept = Verdict { recoverable: true, ..verdict(Class::Destructive) };
        assert_eq!(predicted_cover(&kept), SnapshotCover::Complete);
        let held = [effect(true, Recovery::Snapshot)];
        for class in [Class::Safe, Class::Ambiguous] {
            assert_eq!(predicted_cover(&with(class, true, &held)), SnapshotCover::None);
        }
        assert_eq!(predicted_cover(&with(Class::Catastrophic, true, &held)), SnapshotCover::Partial);
    }

    #[test]
    fn the_predicted_decision_allows_what_a_snapshot_would_hold_and_nothing_more() {
        let held = [effect(true, Recovery::Snapshot)];
        let lost = [effect(true, Recovery::Lost)];
        assert_eq!(predicted_decision(&verdict(Class::Safe)), Decision::Allow);
        assert_eq!(predicted_decision(&with(Class::Ambiguous, true, &held)), Decision::Ask);
        assert_eq!(predicted_decision(&with(Class::Destructive, true, &held)), Decision::Allow);
        assert_eq!(predicted_decision(&with(Class::Destructive, false, &held)), Decision::Ask);
        assert_eq!(predicted_decision(&with(Class::Destructive, true, &lost)), Decision::Ask);
        let kept = Verdict { recoverable: true, ..with(Class::Catastrophic, true, &held) };
        assert_eq!(predicted_decision(&kept), Decision::Deny);
    }

    #[test]
    fn nothing_lowers_the_catastrophic_floor() {
        for bits in 0..32u8 {
            let bit = |at: u8| bits & (1 << at) != 0;
            let worst = Verdict { contained: bit(0), recoverable: bit(1), ..verdict(Class::Catastrophic) };
            let around = Circumstances { attended: bit(2), snapshot_complete: bit(3), prompts_shown: bit(4) };
            assert_eq!(decide(&worst, around), Decision::Deny);
        }
    }
}
