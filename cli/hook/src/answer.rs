//! The words: from a decision to what the agent, its model and the person read.

use crate::instance::Instance;
use palisade_protocol::call::Prompts;
use palisade_protocol::guard::Answer;
use palisade_protocol::limits::REASON_MAX;
use palisade_protocol::verdict::{Class, Decision};
use std::io::Write;

/// The call is denied; what agents' hooks expect.
pub const EXIT_DENIED: u8 = 2;

/// The command line is wrong.
pub const EXIT_USAGE: u8 = 64;

/// The installation does not allow what was asked.
pub const EXIT_CONFIGURATION: u8 = 78;

/// What an agent is told. There is no *allow* among them: an agent's own prompts and rules stay in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// No objection.
    Pass,
    /// Ask the person, for this reason.
    Ask(String),
    /// No, for this reason.
    Deny(String),
}

/// What is printed, and the exit code.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Printed {
    /// One JSON object, or nothing.
    pub stdout: String,
    /// The plain reason of a deny, or nothing.
    pub stderr: String,
    /// The exit code.
    pub exit: u8,
}

impl Printed {
    /// Prints, and returns the exit code. An answer that cannot be delivered is a deny: exit 2 blocks by itself.
    pub fn print(&self) -> u8 {
        let mut exit = self.exit;
        if !self.stdout.is_empty() {
            let mut stdout = std::io::stdout();
            if stdout.write_all(self.stdout.as_bytes()).and_then(|()| stdout.flush()).is_err() {
                exit = EXIT_DENIED;
            }
        }
        if !self.stderr.is_empty() {
            // Nobody is left to be told.
            let _ = std::io::stderr().write_all(self.stderr.as_bytes());
        }
        exit
    }
}

/// The reply to a supervisor's answer.
pub fn reply(answer: &Answer, prompts: Prompts) -> Reply {
    let record = answer.seq.map(|seq| format!(", record {seq}")).unwrap_or_default();
    let why = format!("Palisade: {} (rule {}{record}).", sentence(&answer.reason), answer.rule);
    match (answer.decision, prompts) {
        (Decision::Allow, _) => Reply::Pass,
        (Decision::Ask, Prompts::Shown) => Reply::Ask(paragraph(&why)),
        // A supervisor does not send this; if one did, a question that nobody sees would be an allow.
        (Decision::Ask, Prompts::Skipped) | (Decision::Hold, _) => Reply::Deny(paragraph(&format!("{why} {HELD}"))),
        (Decision::Deny, _) => Reply::Deny(paragraph(&format!("{why} {}", denied(answer)))),
    }
}

const HELD: &str = "It is held for a person, and this version has no queue in which a person could approve it: it does not run. \
                    A person who wants it runs it in their own terminal.";

fn denied(answer: &Answer) -> &'static str {
    match (answer.class, answer.seq) {
        (Class::Catastrophic, _) => "No approval changes this. A person who wants it runs it in their own terminal.",
        (_, None) => "It is not on record, and what is not recorded does not run: look at `palisade status`.",
        _ => {
            "Nobody could be asked: the agent runs without a terminal, or the operator has not said in palisade.toml that \
             it is attended. A person who wants it runs it in their own terminal."
        }
    }
}

/// A payload that is not what the agent's contract says.
pub fn unreadable(why: &str) -> String {
    paragraph(&format!(
        "Palisade: the hook's input cannot be read: {} (rule hook.input). What cannot be read does not run; a person who \
         wants it runs it in their own terminal, and `palisade init` renews the agent's configuration.",
        sentence(why)
    ))
}

/// An installation that cannot be used at all.
pub fn broken(why: &str) -> String {
    paragraph(&format!("Palisade: {} (rule hook.instance). Nothing runs unjudged.", sentence(why)))
}

/// A supervisor that is there and did not answer as it should.
pub fn failed(why: &str, instance: &Instance) -> String {
    paragraph(&format!(
        "Palisade: the supervisor gave no answer: {} (rule hook.supervisor). What is not judged does not run; look at `{}`, \
         and if that fails, `{}` and `{}`.",
        sentence(why),
        instance.command("status"),
        instance.command("stop"),
        instance.command("up")
    ))
}

/// No supervisor runs, and the call is not proven safe.
pub fn alone(why: &str, rule: &str, instance: &Instance) -> String {
    paragraph(&format!(
        "Palisade: no supervisor runs, and {} (rule {rule}). Without one only what is proven safe passes: start it with `{}`.",
        sentence(why),
        instance.command("up")
    ))
}

/// Without the full stop that our own words bring.
fn sentence(text: &str) -> &str {
    text.trim().trim_end_matches('.')
}

/// One paragraph within the limit: no line breaks, no control characters, no characters that reorder what a person reads.
pub fn paragraph(text: &str) -> String {
    let plain = |c: char| if is_deceptive(c) { ' ' } else { c };
    let mut kept: String = text.chars().map(plain).take(REASON_MAX).collect();
    if text.chars().nth(REASON_MAX).is_some() {
        kept.pop();
        kept.push('…');
    }
    kept
}

/// Control characters, line and paragraph separators, bidirectional controls (UAX 9), and characters that take no room or show as
/// a blank: soft hyphen, joiners, fillers, annotations, tags. Variation selectors stay: emoji are written with them.
pub fn is_deceptive(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use palisade_protocol::bounded::Text;

    fn answer(decision: Decision, class: Class) -> Answer {
        Answer {
            decision,
            class,
            rule: Text::cut("fs.delete.root"),
            reason: Text::cut("It deletes / and everything below."),
            seq: Some(7),
        }
    }

    #[test]
    fn an_allow_is_silence_and_never_skips_the_agents_own_prompt() {
        assert_eq!(reply(&answer(Decision::Allow, Class::Safe), Prompts::Shown), Reply::Pass);
    }

    #[test]
    fn a_question_that_nobody_would_see_is_a_deny() {
        let Reply::Ask(asked) = reply(&answer(Decision::Ask, Class::Ambiguous), Prompts::Shown) else { panic!("asks") };
        assert_eq!(asked, "Palisade: It deletes / and everything below (rule fs.delete.root, record 7).");
        assert!(matches!(reply(&answer(Decision::Ask, Class::Ambiguous), Prompts::Skipped), Reply::Deny(_)));
    }

    #[test]
    fn a_hold_denies_and_says_that_nobody_can_approve_it_yet() {
        let Reply::Deny(why) = reply(&answer(Decision::Hold, Class::Destructive), Prompts::Shown) else {
            panic!("denies")
        };
        assert!(why.contains("rule fs.delete.root") && why.contains("no queue"), "{why}");
    }

    #[test]
    fn a_reason_is_one_plain_paragraph_within_the_limit() {
        let long = "ä\n\u{202e}\u{1b}[31m".repeat(1000);
        let kept = paragraph(&long);
        assert_eq!(kept.chars().count(), REASON_MAX);
        assert!(kept.ends_with('…') && !kept.chars().any(is_deceptive));
        assert_eq!(paragraph("a\nb"), "a b");
    }

    #[test]
    fn what_hides_or_reorders_is_deceptive_and_what_people_write_is_not() {
        for c in "\u{7f}\u{ad}\u{34f}\u{61c}\u{115f}\u{1160}\u{180e}\u{200b}\u{200d}\u{2028}\u{202e}\u{2060}\u{2069}\u{3164}\u{feff}\u{ffa0}\u{fff9}\u{fffb}\u{e0000}\u{e0041}\u{e007f}".chars() {
            assert!(is_deceptive(c), "{:x}", u32::from(c));
        }
        assert!(!"Strauß 🌷 ☎\u{fe0f} 한글 日本語 שלום".chars().any(is_deceptive));
    }
}
