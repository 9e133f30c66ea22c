//! Explaining a verdict: what was decided and why, the places that it rests on, what would be lost, whether undo covers it, and
//! what would be safer. One for a person, one for a script.

mod effects;
mod spans;
mod undo;

use crate::words::{plain, tint, tinted};
use palisade_knowledge::{Rule, rule};
use palisade_protocol::verdict::{Class, Decision, Verdict, predicted_cover, predicted_decision};
use serde_json::{Value, json};

/// One verdict on a command in `cwd` as JSON. The first eight fields are the documented line, in its order.
pub fn document(command: &str, verdict: &Verdict, cwd: &str) -> Value {
    let known = known(verdict);
    let undo = undo::of(verdict, known.map(|rule| rule.undo), cwd);
    let safer = known.and_then(|rule| Some(json!({"says": rule.safer?, "command": fitting(rule, command)})));
    json!({
        "cmd": command,
        "class": verdict.class.word(),
        "decision": predicted_decision(verdict).word(),
        "rule": &*verdict.rule,
        "reason": &*verdict.reason,
        "spans": verdict.spans.iter().map(|span| [span.start, span.end]).collect::<Vec<_>>(),
        "effects": effects::documents(verdict),
        "snapshot": predicted_cover(verdict).word(),
        "alternative": safer,
        "undo": {"is": undo.is, "says": undo.says},
    })
}

/// The same for a person.
pub fn paragraph(command: &[u8], verdict: &Verdict, cwd: &str, colour: bool) -> String {
    let decision = predicted_decision(verdict).word();
    let mut out = format!("{}  {}", tinted(decision, colour), tinted(verdict.class.word(), colour));
    if verdict.class > Class::Safe {
        out.push_str(&format!("  {}", plain(&verdict.rule)));
    }
    out.push_str(&format!("\n{}\n\n", plain(&verdict.reason)));
    let paint = if colour { tint(verdict.class.word()) } else { None };
    out.push_str(&spans::marked(command, &verdict.spans, paint));
    let mut rows: Vec<(&str, String)> =
        effects::sentences(verdict, cwd).into_iter().map(|says| ("would", says)).collect();
    if verdict.class > Class::Safe {
        rows.push(("undo", undo::of(verdict, known(verdict).map(|rule| rule.undo), cwd).says));
    }
    if predicted_decision(verdict) != Decision::Allow {
        let command = String::from_utf8_lossy(command);
        rows.extend(known(verdict).and_then(|rule| alternative(rule, &command)).map(|says| ("instead", says)));
    }
    if !rows.is_empty() {
        out.push('\n');
    }
    let mut before = "";
    for (head, says) in &rows {
        let head = if *head == before { "" } else { *head };
        out.push_str(&format!("  {head:<8} {says}\n"));
        before = if head.is_empty() { before } else { head };
    }
    out
}

/// What is known about the rule that spoke; nothing where nothing was found.
fn known(verdict: &Verdict) -> Option<&'static Rule> {
    if verdict.class > Class::Safe { rule(&verdict.rule) } else { None }
}

fn alternative(rule: &Rule, asked: &str) -> Option<String> {
    let says = rule.safer?;
    Some(match fitting(rule, asked) {
        Some(command) => format!("{says} For example: {command}"),
        None => says.to_owned(),
    })
}

/// The rule's example, where it is one of a program that was asked about: a rule speaks of many, and its example is of one.
fn fitting(rule: &Rule, asked: &str) -> Option<&'static str> {
    let command = rule.command?;
    let program = command.split(' ').next()?;
    let mut words = asked.split(|c: char| !(c.is_alphanumeric() || "._-+".contains(c)));
    words.any(|word| word == program).then_some(command)
}

#[cfg(test)]
pub(crate) mod testing;

#[cfg(test)]
mod tests {
    use super::testing::{delete, verdict};
    use super::*;
    use palisade_protocol::bounded::Text;
    use palisade_protocol::verdict::{Recovery, Span};

    #[test]
    fn a_verdict_line_has_the_documented_fields_in_their_order_and_more_behind_them() {
        let one = verdict(Class::Destructive, false, vec![delete("/x", Recovery::Unknown)]);
        let line = document("rm -rf /x", &one, "").to_string();
        let documented = r#"{"cmd":"rm -rf /x","class":"destructive","decision":"ask","rule":"fs.delete.recursive","reason":"It deletes a tree.","spans":[[0,2]],"effects":[{"operation":"delete","target":"/x","bounded":true,"recovery":"unknown","extent":null}],"snapshot":"none","#;
        assert!(line.starts_with(documented), "{line}");
        let keys: Vec<String> = document("x", &one, "").as_object().unwrap().keys().cloned().collect();
        assert_eq!(keys[8..], ["alternative", "undo"]);
    }

    #[test]
    fn a_cover_that_is_predicted_complete_allows_and_nothing_else_does() {
        let said = |class, recovery| document("x", &verdict(class, true, vec![delete("a", recovery)]), "");
        let held = said(Class::Destructive, Recovery::Snapshot);
        assert_eq!((&held["snapshot"], &held["decision"]), (&json!("complete"), &json!("allow")));
        assert_eq!(said(Class::Destructive, Recovery::Lost)["decision"], "ask");
        assert_eq!(said(Class::Ambiguous, Recovery::Snapshot)["decision"], "ask");
        assert_eq!(said(Class::Catastrophic, Recovery::Snapshot)["decision"], "deny");
        assert_eq!(said(Class::Safe, Recovery::Needless)["decision"], "allow");
    }

    #[test]
    fn a_person_reads_decision_reason_place_loss_and_undo() {
        let mut one = verdict(Class::Destructive, false, vec![delete("/x", Recovery::Unknown)]);
        one.spans = palisade_protocol::bounded::List::first(vec![Span { start: 0, end: 9 }]);
        assert_eq!(
            paragraph(b"rm -rf /x; ls", &one, "", false),
            "ask  destructive  fs.delete.recursive\nIt deletes a tree.\n\n  rm -rf /x; ls\n  ^^^^^^^^^\n\n  would    delete /x\n  undo     \
             NOT UNDOABLE: no snapshot would hold /x.\n  instead  List first what the paths name, and name the tree from the project's root.\n"
        );
        let coloured = paragraph(b"rm -rf /x; ls", &one, "", true);
        assert!(coloured.contains("\u{1b}[35;4mrm -rf /x\u{1b}[0m; ls\n"), "{coloured:?}");
    }

    #[test]
    fn an_alternative_is_what_the_rule_knows_and_there_is_none_for_what_is_safe() {
        let mut one = verdict(Class::Destructive, false, Vec::new());
        one.rule = Text::cut("fs.delete.found");
        let safer = &document("find . -delete", &one, "")["alternative"];
        assert!(safer["says"].is_string() && safer["command"].as_str().unwrap().starts_with("find "), "{safer}");
        let instead = "  instead  Print what is found before it is removed.";
        assert!(paragraph(b"/bin/find . -delete", &one, "", false).contains(&format!("{instead} For example: find ")));
        assert!(paragraph(b"fd -X rm", &one, "", false).ends_with(&format!("{instead}\n")));
        assert!(document("fd -X rm", &one, "")["alternative"]["command"].is_null());
        assert!(document("x", &verdict(Class::Safe, true, Vec::new()), "")["alternative"].is_null());
        one.rule = Text::cut("no.such-rule");
        assert!(document("x", &one, "")["alternative"].is_null());
    }

    #[test]
    fn what_is_safe_is_said_in_two_lines() {
        let mut one = verdict(Class::Safe, true, Vec::new());
        one.spans = Default::default();
        assert_eq!(paragraph(b"ls", &one, "", false), "allow  safe\nIt deletes a tree.\n\n  ls\n");
    }
}
