//! The bench: judging by a confined classifier of our own, for commands that need no supervisor and leave no record.

use crate::failure::Failure;
use palisade_hook::classifier::{Classifier, ClassifierError, Judged, Source};
use palisade_hook::instance::Instance;
use palisade_hook::opener::Opener;
use palisade_hook::policy::{self, PolicyError};
use palisade_protocol::bounded::Blob;
use palisade_protocol::call::{Call, Path as CallPath, Prompts};
use palisade_protocol::compile::PolicyFile;
use palisade_protocol::verdict::Verdict;
use palisade_protocol::worker::Kind;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// A classifier that is started again when a command ended it, and the opener that it asks.
pub struct Bench {
    source: Source,
    running: Option<Classifier>,
    opener: Opener,
    warned: [bool; 2],
}

impl Bench {
    /// Under the policy of the instance that `state` names.
    pub fn new(state: Option<&Path>) -> Result<Self, Failure> {
        // Nothing runs because of this verdict, so a kernel that lacks a protection may judge; it is said once.
        let source = Source::load(&policy_of(state)?, palisade_sandbox::declaration(Kind::Classifier).protections())
            .map_err(Failure::configuration)?;
        Ok(Self { opener: source.opener(), source, running: None, warned: [false; 2] })
    }

    /// The verdict. A command that ends its classifier gets caution instead of a verdict, and no rendering; only a classifier that
    /// cannot be started at all is a failure.
    pub fn judge(&mut self, command: &[u8], cwd: &CallPath) -> Result<Judged, Failure> {
        let mut classifier = match self.running.take() {
            Some(classifier) => classifier,
            None => self.source.start().map_err(Failure::failed)?,
        };
        if !classifier.missing().is_empty() && !std::mem::replace(&mut self.warned[0], true) {
            eprintln!("palisade: this kernel lacks {}; the classifier runs without", classifier.missing().join(", "));
        }
        let judged = classifier.judge(&mut self.opener, &Call::shell("cli", cwd.clone(), Prompts::Shown), command);
        if let Some(why) = self.opener.blind()
            && !std::mem::replace(&mut self.warned[1], true)
        {
            eprintln!("palisade: no opener could be started, so nothing is known of files: {why}");
        }
        match judged {
            Ok(judged) => {
                self.running = Some(classifier);
                Ok(judged)
            }
            Err(why) => Ok(failed(&why)),
        }
    }
}

fn failed(why: &ClassifierError) -> Judged {
    let verdict = Verdict::unknown("worker.failed", &format!("no verdict: {why}"));
    Judged { verdict, redacted: String::new() }
}

/// The policy of the instance, where one was compiled; the default elsewhere.
fn policy_of(state: Option<&Path>) -> Result<PolicyFile, Failure> {
    let instance = match (Instance::address(state), state) {
        (Ok(instance), _) => instance,
        (Err(why), Some(_)) => return Err(Failure::configuration(why)),
        (Err(_), None) => return Ok(PolicyFile::default()),
    };
    match policy::load(&instance.layout.policy_file(), instance.system) {
        Ok(policy) => Ok(policy),
        Err(PolicyError::Missing(_)) => Ok(PolicyFile::default()),
        // A policy only tightens: without it the verdict could be milder than the real one.
        Err(why) => Err(Failure::configuration(format!("{why}; `{}` writes it anew", instance.command("up")))),
    }
}

/// The directory that commands are judged in: the one that was named, else the current one.
pub fn directory(cwd: Option<&Path>) -> Result<CallPath, Failure> {
    let cwd = match cwd {
        Some(dir) => std::path::absolute(dir),
        None => std::env::current_dir(),
    };
    let cwd = cwd.map_err(|why| Failure::usage(format!("the working directory: {why}; name one with --cwd")))?;
    Blob::new(cwd.as_os_str().as_bytes()).map_err(|why| Failure::usage(format!("--cwd: {why}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use palisade_protocol::verdict::{Decision, predicted_decision};

    #[test]
    fn a_classifier_that_failed_is_an_ask_and_shows_nothing_of_the_command() {
        let failed = failed(&ClassifierError::Died);
        assert_eq!(predicted_decision(&failed.verdict), Decision::Ask);
        assert_eq!((&*failed.verdict.rule, failed.redacted.as_str()), ("worker.failed", ""));
    }
}
