//! Judging a shell command: guards, parse, interpretation, and the second opinion.

use crate::facts::World;
use crate::findings::{Finding, Findings};
use crate::interpret::Machine;
use crate::paths::Map;
use palisade_language::ast::Span;
use palisade_language::guards::{Refusal, Trick, guard};
use palisade_language::limits::{Budget, STEPS_MAX, TEXT_MAX};
use palisade_language::parser::parse;
use palisade_language::scan::{Mode, scan};
use palisade_protocol::call::Call;
use palisade_protocol::compile::Policy;
use palisade_protocol::limits::COMMAND_MAX;
use palisade_protocol::verdict::{Class, Verdict};

const _: () = assert!(TEXT_MAX == COMMAND_MAX, "the wire and the language agree on how long a command may be");

/// Judges the shell command `body`.
pub(crate) fn judge(policy: &Policy, call: &Call, body: &[u8], world: &mut World) -> Verdict {
    let mut findings = Findings::default();
    evaluate(policy, call, body, world, &mut findings);
    findings.verdict("does only what is known and harmless")
}

/// Adds what `body`, taken as a shell command, would do.
pub(crate) fn evaluate(policy: &Policy, call: &Call, body: &[u8], world: &mut World, findings: &mut Findings) {
    let guarded = match guard(body) {
        Ok(guarded) => guarded,
        Err(refusal) => return refused(refusal, body, findings),
    };
    if let Some(found) = guarded.suspicion {
        let end = found.at + found.character.len_utf8();
        let mut finding =
            Finding::new(Class::Ambiguous, trick_rule(found.trick), format!("holds {}", found.trick.phrase()));
        finding.span = Some(Span { start: found.at, end });
        findings.add(finding);
    }
    let mut budget = Budget::new(STEPS_MAX);
    let script = parse(guarded.text, 0, &mut budget);
    for fault in &script.faults {
        let mut finding = Finding::new(Class::Ambiguous, "text.unparseable", "cannot be read completely");
        // What is missing stands nowhere: then it is the whole text that cannot be read.
        let nowhere = fault.span.start >= fault.span.end;
        finding.span = Some(if nowhere { Span { start: 0, end: guarded.text.len() } } else { fault.span });
        findings.add(finding);
    }
    let map = Map::new(policy, &call.cwd, world);
    let mut machine = Machine::new(policy, &map, world, &mut budget, findings, Map::start(&call.cwd));
    machine.run(&script.list);
    let mode = if script.faults.is_empty() && !budget.exhausted() { Mode::Strict } else { Mode::Wary };
    second_opinion(guarded.text, mode, true, findings);
}

/// `placed`: `text` is the body itself, so that a place in it is a place in the body.
fn second_opinion(text: &str, mode: Mode, placed: bool, findings: &mut Findings) {
    // Where the evaluator saw as much, its words are the better ones.
    if findings.worst() == Class::Catastrophic {
        return;
    }
    if let Some((alarm, at)) = scan(text, mode) {
        let mut finding = Finding::new(Class::Catastrophic, alarm.rule(), alarm.reason());
        finding.span = placed.then_some(Span { start: at.min(text.len()), end: text.len() });
        findings.add(finding);
    }
}

fn refused(refusal: Refusal, body: &[u8], findings: &mut Findings) {
    let rule = match refusal {
        Refusal::TooLong(_) => "limit.command-too-long",
        Refusal::Nul(_) => "limit.nul",
        Refusal::NotUtf8(_) => "limit.not-utf8",
        Refusal::TooManyOperators => "limit.too-many-operators",
        Refusal::TooManyHereDocuments => "limit.too-many-heredocs",
    };
    findings.add(Finding::new(Class::Ambiguous, rule, format!("was not read: {refusal}")));
    // The scan is linear; both ends of an over-long text are looked at, where padding hides what matters.
    let head = String::from_utf8_lossy(&body[..body.len().min(TEXT_MAX)]);
    second_opinion(&head.replace('\0', " "), Mode::Wary, false, findings);
    if body.len() > TEXT_MAX {
        let tail = String::from_utf8_lossy(&body[body.len() - TEXT_MAX..]).into_owned();
        second_opinion(&tail, Mode::Wary, false, findings);
    }
}

fn trick_rule(trick: Trick) -> &'static str {
    match trick {
        Trick::Control => "text.control-character",
        Trick::CarriageReturn => "text.carriage-return",
        Trick::Bidi => "text.bidi",
        Trick::Invisible => "text.invisible",
        Trick::FalseBlank => "text.false-blank",
        Trick::LookAlike => "text.look-alike",
    }
}
