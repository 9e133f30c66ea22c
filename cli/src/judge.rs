//! `palisade judge`: the verdict alone, by a confined classifier of our own. No supervisor, no record.

use crate::arguments::Judge;
use crate::failure::{EXIT_ASKED, EXIT_DENIED, EXIT_FAILED, Failure};
use crate::words::{colour, cut, plain, plain_bytes, print_json, tinted};
use palisade_hook::classifier::{Classifier, ClassifierError, Source};
use palisade_hook::instance::Instance;
use palisade_hook::policy::{self, PolicyError};
use palisade_protocol::bounded::Blob;
use palisade_protocol::call::{Call, Path as CallPath, Prompts};
use palisade_protocol::compile::PolicyFile;
use palisade_protocol::limits::BODY_MAX;
use palisade_protocol::verdict::{Decision, Verdict, predicted_cover, predicted_decision};
use palisade_protocol::worker::Kind;
use serde::Deserialize;
use serde_json::{Value, json};
use std::io::{BufRead, IsTerminal, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Judges one command, or one a line.
pub fn judge(state: Option<&Path>, what: &Judge) -> Result<u8, Failure> {
    let cwd = directory(what.cwd.as_deref())?;
    let mut bench = Bench::new(policy_of(state)?)?;
    if what.jsonl {
        return lines(&mut bench, &cwd);
    }
    let command = match &what.command {
        Some(command) => command.as_bytes().to_vec(),
        None => from_stdin()?,
    };
    let verdict = bench.judge(&command, &cwd)?;
    let decision = predicted_decision(&verdict);
    if what.json {
        print_json(&document(&String::from_utf8_lossy(&command), &verdict));
    } else {
        say_part!("{}", paragraph(&command, &verdict, colour()));
    }
    Ok(match decision {
        Decision::Allow => 0,
        Decision::Deny => EXIT_DENIED,
        Decision::Ask | Decision::Hold => EXIT_ASKED,
    })
}

fn directory(cwd: Option<&Path>) -> Result<CallPath, Failure> {
    let cwd = match cwd {
        Some(dir) => std::path::absolute(dir),
        None => std::env::current_dir(),
    };
    let cwd = cwd.map_err(|why| Failure::usage(format!("the working directory: {why}; name one with --cwd")))?;
    Blob::new(cwd.as_os_str().as_bytes()).map_err(|why| Failure::usage(format!("--cwd: {why}")))
}

fn from_stdin() -> Result<Vec<u8>, Failure> {
    let stdin = std::io::stdin();
    if stdin.is_terminal() {
        return Err(Failure::usage("which command? Try `palisade judge 'rm -rf build'`"));
    }
    let mut command = Vec::new();
    let read = stdin.lock().take(BODY_MAX as u64 + 1).read_to_end(&mut command);
    read.map_err(|why| Failure::failed(format!("stdin: {why}")))?;
    if command.len() > BODY_MAX {
        return Err(Failure::usage(format!("the command is longer than {BODY_MAX} bytes")));
    }
    Ok(command)
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

/// A classifier that is started again when a command ended it.
struct Bench {
    source: Source,
    running: Option<Classifier>,
    warned: bool,
}

impl Bench {
    fn new(policy: PolicyFile) -> Result<Self, Failure> {
        // Nothing runs because of this verdict, so a kernel that lacks a protection may judge; it is said once.
        let source = Source::load(&policy, palisade_sandbox::declaration(Kind::Classifier).protections())
            .map_err(Failure::configuration)?;
        Ok(Self { source, running: None, warned: false })
    }

    /// The verdict. A command that ends its classifier gets caution instead of a verdict; only a classifier that cannot be
    /// started at all is a failure.
    fn judge(&mut self, command: &[u8], cwd: &CallPath) -> Result<Verdict, Failure> {
        let mut classifier = match self.running.take() {
            Some(classifier) => classifier,
            None => self.source.start().map_err(Failure::failed)?,
        };
        if !classifier.missing().is_empty() && !self.warned {
            self.warned = true;
            eprintln!("palisade: this kernel lacks {}; the classifier runs without", classifier.missing().join(", "));
        }
        match classifier.judge(&Call::shell("cli", cwd.clone(), Prompts::Shown), command) {
            Ok(verdict) => {
                self.running = Some(classifier);
                Ok(verdict)
            }
            Err(why) => Ok(failed(&why)),
        }
    }
}

fn failed(why: &ClassifierError) -> Verdict {
    Verdict::unknown("worker.failed", &format!("no verdict: {why}"))
}

fn document(command: &str, verdict: &Verdict) -> Value {
    let effect = |effect: &palisade_protocol::verdict::Effect| json!({"operation": effect.operation.word(), "target": &*effect.target, "bounded": effect.bounded});
    json!({
        "cmd": command,
        "class": verdict.class.word(),
        "decision": predicted_decision(verdict).word(),
        "rule": &*verdict.rule,
        "reason": &*verdict.reason,
        "spans": verdict.spans.iter().map(|span| [span.start, span.end]).collect::<Vec<_>>(),
        "effects": verdict.effects.iter().map(effect).collect::<Vec<_>>(),
        "snapshot": predicted_cover(verdict).word(),
    })
}

fn paragraph(command: &[u8], verdict: &Verdict, colour: bool) -> String {
    let decision = predicted_decision(verdict).word();
    let mut out = format!(
        "{}  {}  rule {}\n{}\n",
        tinted(decision, colour),
        tinted(verdict.class.word(), colour),
        plain(&verdict.rule),
        plain(&verdict.reason)
    );
    let shown = plain_bytes(command);
    let marked = verdict.spans.iter().any(|span| span.start < span.end);
    if shown.as_bytes() == command && marked && shown.is_ascii() && shown.len() <= 400 {
        let mut marks = vec![b' '; shown.len()];
        for span in verdict.spans.iter() {
            let end = (span.end as usize).min(marks.len());
            let start = (span.start as usize).min(end);
            marks[start..end].fill(b'^');
        }
        out.push_str(&format!("  {shown}\n  {}\n", String::from_utf8_lossy(&marks).trim_end()));
    } else {
        out.push_str(&format!("  {}\n", cut(&shown, 400)));
    }
    for effect in verdict.effects.iter() {
        let target = if effect.target.is_empty() { "something unknown".to_owned() } else { plain(&effect.target) };
        let bounded = if effect.bounded { "" } else { " (unbounded)" };
        out.push_str(&format!("  would {} {target}{bounded}\n", effect.operation.word()));
    }
    out
}

#[derive(Deserialize)]
struct Line {
    cmd: String,
    #[serde(default)]
    cwd: Option<String>,
}

/// One verdict a line, in the order of the input, each out before the next line is read.
fn lines(bench: &mut Bench, cwd: &CallPath) -> Result<u8, Failure> {
    let mut input = std::io::stdin().lock();
    let mut output = std::io::stdout().lock();
    let mut code = 0;
    let mut line = Vec::new();
    loop {
        line.clear();
        // JSON may spell every byte of a body in six characters.
        let limit = 6 * BODY_MAX as u64;
        let read = (&mut input).take(limit).read_until(b'\n', &mut line);
        match read.map_err(|why| Failure::failed(format!("stdin: {why}")))? {
            0 => return Ok(code),
            length if length as u64 == limit => {
                return Err(Failure::failed(format!("a line is longer than {limit} bytes")));
            }
            _ if line.trim_ascii().is_empty() => continue,
            _ => {}
        }
        let answer = match asked(&line, cwd) {
            Ok((command, cwd)) => document(&command, &bench.judge(command.as_bytes(), &cwd)?),
            Err((command, why)) => {
                code = EXIT_FAILED;
                json!({"cmd": command, "error": why})
            }
        };
        match writeln!(output, "{answer}").and_then(|()| output.flush()) {
            Err(why) if why.kind() == std::io::ErrorKind::BrokenPipe => return Ok(EXIT_FAILED),
            written => written.map_err(|why| Failure::failed(format!("stdout: {why}")))?,
        }
    }
}

fn asked(line: &[u8], cwd: &CallPath) -> Result<(String, CallPath), (Option<String>, String)> {
    let line: Line =
        serde_json::from_slice(line).map_err(|why| (None, format!("not a {{\"cmd\", \"cwd\"?}} object: {why}")))?;
    if line.cmd.len() > BODY_MAX {
        return Err((None, format!("cmd is longer than {BODY_MAX} bytes")));
    }
    match line.cwd.map(Blob::new).transpose() {
        Ok(own) => Ok((line.cmd, own.unwrap_or_else(|| cwd.clone()))),
        Err(why) => Err((Some(line.cmd), format!("cwd: {why}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use palisade_protocol::bounded::{List, Text};
    use palisade_protocol::verdict::{Class, Effect, Operation, Recovery, Span};

    fn verdict(class: Class) -> Verdict {
        Verdict {
            class,
            rule: Text::cut("fs.delete.recursive"),
            reason: Text::cut("It deletes a tree."),
            spans: List::first(vec![Span { start: 0, end: 2 }]),
            effects: List::first(vec![Effect {
                operation: Operation::Delete,
                target: Text::cut("/x"),
                bounded: true,
                recovery: Recovery::Unknown,
                extent: None,
            }]),
            contained: false,
            recoverable: false,
        }
    }

    #[test]
    fn a_verdict_line_has_exactly_the_documented_fields_in_their_order() {
        assert_eq!(
            document("rm -rf /x", &verdict(Class::Destructive)).to_string(),
            r#"{"cmd":"rm -rf /x","class":"destructive","decision":"ask","rule":"fs.delete.recursive","reason":"It deletes a tree.","spans":[[0,2]],"effects":[{"operation":"delete","target":"/x","bounded":true}],"snapshot":"none"}"#
        );
        assert_eq!(document("x", &verdict(Class::Safe))["decision"], "allow");
        assert_eq!(document("x", &verdict(Class::Ambiguous))["decision"], "ask");
        assert_eq!(document("x", &verdict(Class::Catastrophic))["decision"], "deny");
    }

    #[test]
    fn a_classifier_that_failed_is_an_ask() {
        let failed = document("x", &failed(&ClassifierError::Died));
        assert_eq!((&failed["decision"], &failed["rule"]), (&json!("ask"), &json!("worker.failed")));
    }

    #[test]
    fn spans_are_marked_under_the_command_and_no_control_character_reaches_the_terminal() {
        let text = paragraph(b"rm -rf /x", &verdict(Class::Destructive), false);
        assert!(text.contains("  rm -rf /x\n  ^^\n  would delete /x\n"), "{text}");
        let text = paragraph(b"rm\x1b[2J", &verdict(Class::Destructive), false);
        assert!(text.contains("rm\\u{1b}[2J"), "{text}");
    }

    #[test]
    fn a_line_that_is_no_question_is_told_why() {
        let here = CallPath::default();
        assert_eq!(asked(br#"{"cmd":"ls","cwd":"/p","more":1}"#, &here).unwrap().0, "ls");
        assert!(asked(b"ls", &here).unwrap_err().1.contains("not a"));
        let long = format!(r#"{{"cmd":"ls","cwd":"{}"}}"#, "x".repeat(5000));
        assert_eq!(asked(long.as_bytes(), &here).unwrap_err().0, Some("ls".to_owned()));
    }
}
