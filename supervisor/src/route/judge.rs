//! `Propose` to `Answer`: judged, decided, recorded, and only then answered (I5).

use super::classify::{Classifiers, Judged, NoVerdict};
use super::digest;
use crate::listen::Identity;
use crate::record::{Durable, Journal, Recorded};
use palisade_protocol::bounded::{Blob, Text};
use palisade_protocol::call::{Call, Prompts};
use palisade_protocol::event::{DecisionMade, What};
use palisade_protocol::guard::Answer;
use palisade_protocol::limits::{ANSWER_DEADLINE, NAME_MAX};
use palisade_protocol::verdict::{Circumstances, Class, Decision, Verdict, decide};
use std::cell::Cell;
use std::rc::Rc;

/// The settings that decide beside the verdict.
#[derive(Debug)]
pub struct Settings {
    /// Agents that a person attends.
    pub attended: Vec<Text<NAME_MAX>>,
    /// Deny everything while a part fails.
    pub fail_closed: bool,
}

/// The way of a call.
pub struct Judge {
    /// Who judges.
    pub classifiers: Classifiers,
    journal: Rc<Journal>,
    settings: Settings,
    decided: Cell<u64>,
}

impl Judge {
    /// Judges with these.
    pub fn new(classifiers: Classifiers, journal: Rc<Journal>, settings: Settings) -> Self {
        Self { classifiers, journal, settings, decided: Cell::new(0) }
    }

    /// Calls decided since the start.
    pub fn decided(&self) -> u64 {
        self.decided.get()
    }

    /// Whether everything is denied while a part fails.
    pub fn fail_closed(&self) -> bool {
        self.settings.fail_closed
    }

    /// Answers one call.
    pub async fn answer(&self, identity: &Identity, call: Call, body: Vec<u8>) -> Answer {
        let work = self.judge(identity, &call, &body);
        match tokio::time::timeout(ANSWER_DEADLINE, work).await {
            Ok(answer) => answer,
            Err(_) => {
                self.journal.missed();
                unrecorded(Class::Ambiguous, "supervisor.late", "Palisade did not finish in time")
            }
        }
    }

    async fn judge(&self, identity: &Identity, call: &Call, body: &[u8]) -> Answer {
        // The kernel is asked about the peer while the classifier works.
        let judging = self.classifiers.judge(identity.asker(), call, body);
        let (judged, peer) = tokio::join!(biased; judging, async { identity.stamp() });
        let attended = || self.settings.attended.contains(&call.agent) && identity.has_terminal();
        let (judged, commitment, decision) = match judged {
            Ok(judged) => {
                let decided = |attended| decide(&judged.verdict, circumstances(call, attended));
                // Looking for a person takes longer than all else here, and often the answer is the same either way.
                let decision = decided(decided(true) != decided(false) && attended());
                (judged, None, decision)
            }
            // Without a worker there is no redacted text, so none is stored: length and a salted commitment instead (I6).
            Err(NoVerdict(rule, why)) => {
                let judged = Judged { verdict: Verdict::unknown(rule, why), redacted: Text::default(), secrets: 0 };
                let held = !self.settings.fail_closed && attended();
                (judged, commitment(body).await, if held { Decision::Hold } else { Decision::Deny })
            }
        };
        let verdict = &judged.verdict;
        let mut made = DecisionMade::new(call, &judged.verdict, decision, &judged.redacted, judged.secrets);
        made.cwd_matches = peer.cwd.as_ref().map(|observed| *observed == call.cwd);
        made.length = body.len() as u64;
        made.commitment = commitment;
        let what = What::Decision(Box::new(made));
        let answer = match (decision, verdict.class) {
            (Decision::Allow, Class::Safe) => {
                self.journal.record(Some(peer), what).await.map(|proof| allow(verdict, &proof))
            }
            _ => self.journal.record_durably(Some(peer), what).await.map(|proof| release(decision, verdict, &proof)),
        };
        let Ok(answer) = answer else {
            let why =
                "the decision could not be recorded, and what is not recorded is not allowed; see `palisade status`";
            return unrecorded(verdict.class, "journal.unavailable", why);
        };
        self.decided.set(self.decided.get() + 1);
        answer
    }
}

/// A proven safe call may go on once its record is written (I5).
fn allow(verdict: &Verdict, proof: &Recorded) -> Answer {
    answer(Decision::Allow, verdict, Some(proof.seq()))
}

/// Every other answer waits for the disk (I5).
fn release(decision: Decision, verdict: &Verdict, proof: &Durable) -> Answer {
    answer(decision, verdict, Some(proof.seq()))
}

/// The answer to what could not be recorded.
fn unrecorded(class: Class, rule: &str, reason: &str) -> Answer {
    answer(Decision::Deny, &Verdict { class, ..Verdict::unknown(rule, reason) }, None)
}

fn answer(decision: Decision, verdict: &Verdict, seq: Option<u64>) -> Answer {
    Answer { decision, class: verdict.class, rule: verdict.rule.clone(), reason: verdict.reason.clone(), seq }
}

fn circumstances(call: &Call, attended: bool) -> Circumstances {
    Circumstances { attended, snapshot_complete: false, prompts_shown: call.prompts == Prompts::Shown }
}

/// salt ‖ SHA-256(salt ‖ body). Without random bytes there is no commitment: an unsalted one could be guessed.
async fn commitment(body: &[u8]) -> Option<Blob<64>> {
    let mut salt = [0; 32];
    getrandom::fill(&mut salt).ok()?;
    Blob::new([salt, digest(&salt, body).await].concat()).ok()
}
