//! What a dry run tells: a summary for a person or a script, and a row a command where all are wanted.

use super::Source;
use super::tally::{ByRule, Count, Tally};
use crate::words::{count, cut, grouped, plain, tinted};
use palisade_protocol::verdict::{Class, Decision, Verdict, predicted_decision};
use serde_json::{Value, json};
use std::fmt::Write;

/// Rules shown for a decision.
const RULES_MAX: usize = 12;

/// Columns of an example.
const EXAMPLE_MAX: usize = 72;

const DECISIONS: [Decision; 3] = [Decision::Deny, Decision::Ask, Decision::Allow];
const CLASSES: [Class; 4] = [Class::Safe, Class::Ambiguous, Class::Destructive, Class::Catastrophic];

/// What stands for a command that cannot be shown.
fn shown(redacted: &str) -> String {
    if redacted.is_empty() { "(not shown: its classifier failed)".to_owned() } else { plain(redacted) }
}

/// One command.
pub fn row(verdict: &Verdict, redacted: &str, colour: bool) -> String {
    let decision = format!("{:<5}", predicted_decision(verdict).word());
    let class = format!("{:<12}", verdict.class.word());
    format!(
        "{}  {}  {:<24}  {}\n",
        tinted(&decision, colour),
        tinted(&class, colour),
        plain(&verdict.rule),
        shown(redacted)
    )
}

/// One command.
pub fn row_document(verdict: &Verdict, redacted: &str, cwd: &str) -> Value {
    let mut row = crate::explain::document(redacted, verdict, cwd);
    // They are places in the text as it was typed, which is shown nowhere.
    row.as_object_mut().map(|row| row.shift_remove("spans"));
    row
}

/// The whole.
pub fn document(sources: &[Source], cwd: &str, tally: &Tally) -> Value {
    let of = |count: Option<&Count>| {
        let count = count.copied().unwrap_or_default();
        json!({"commands": count.commands, "distinct": count.distinct})
    };
    let rule = |one: &ByRule| {
        json!({
            "rule": one.rule, "decision": one.decision.word(), "class": one.class.word(), "commands": one.count.commands,
            "distinct": one.count.distinct, "example": one.example, "reason": one.reason,
        })
    };
    let file = |one: &Source| json!({"path": one.path.to_string_lossy(), "format": one.format.word(), "commands": one.commands});
    json!({
        "files": sources.iter().map(file).collect::<Vec<_>>(),
        "cwd": cwd,
        "commands": tally.all.commands,
        "distinct": tally.all.distinct,
        "complete": !tally.full(),
        "decisions": DECISIONS.map(|one| (one.word(), of(tally.decisions.get(&one)))).into_iter().collect::<Value>(),
        "classes": CLASSES.map(|one| (one.word(), of(tally.classes.get(&one)))).into_iter().collect::<Value>(),
        "on_snapshot": of(Some(&tally.on_snapshot)),
        "rules": DECISIONS.iter().flat_map(|one| tally.rules(*one)).map(rule).collect::<Vec<_>>(),
    })
}

/// The whole, for a person.
pub fn summary(sources: &[Source], cwd: &str, tally: &Tally, colour: bool) -> String {
    let mut out = String::new();
    let files: Vec<String> =
        sources.iter().map(|one| format!("{} ({})", plain(&one.path.to_string_lossy()), one.format.word())).collect();
    let _ = writeln!(
        out,
        "Judged {}, {} of them different, from {}:\nas if an agent that a person attends ran each in {}. A history does not say \
         where a command ran; name another directory with --cwd.\n",
        count(tally.all.commands, "command"),
        grouped(tally.all.distinct),
        files.join(", "),
        plain(cwd)
    );
    if tally.full() {
        let _ = writeln!(out, "There are more different commands than that; the rest was not judged.\n");
    }
    let _ = writeln!(out, "{:<14}{:>10}{:>8}{:>11}", "", "commands", "", "different");
    for one in DECISIONS.iter().rev() {
        line(one.word(), tally.decisions.get(one), tally, colour, &mut out);
    }
    out.push('\n');
    for one in CLASSES {
        line(one.word(), tally.classes.get(&one), tally, colour, &mut out);
    }
    for (decision, title) in [(Decision::Deny, "denied"), (Decision::Ask, "asked about")] {
        rules(&tally.rules(decision), title, &mut out);
    }
    if tally.on_snapshot.commands > 0 {
        let _ = writeln!(
            out,
            "\nOf those allowed, {} destroyed only what a snapshot would hold. This version takes none yet: a running instance holds {}.",
            count(tally.on_snapshot.commands, "command"),
            if tally.on_snapshot.commands == 1 { "it" } else { "them" }
        );
    }
    out
}

fn line(word: &str, count: Option<&Count>, tally: &Tally, colour: bool, out: &mut String) {
    let count = count.copied().unwrap_or_default();
    let share = 100.0 * count.commands as f64 / tally.all.commands.max(1) as f64;
    let word = format!("{word:<14}");
    let (commands, distinct) = (grouped(count.commands), grouped(count.distinct));
    let _ = writeln!(out, "{}{commands:>10}{share:>6.1} %{distinct:>11}", tinted(&word, colour));
}

fn rules(rules: &[&ByRule], title: &str, out: &mut String) {
    if rules.is_empty() {
        return;
    }
    let _ = writeln!(out, "\nWould have been {title}, by rule, with the first example:");
    for one in rules.iter().take(RULES_MAX) {
        let example = cut(&shown(&one.example), EXAMPLE_MAX);
        let _ = writeln!(out, "{:>8}  {:<26}  {example}", grouped(one.count.commands), plain(&one.rule));
    }
    let more = rules.len().saturating_sub(RULES_MAX);
    if more > 0 {
        let _ = writeln!(out, "          and {} more", count(more as u64, "rule"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dry_run::history::Format;
    use crate::explain::testing::{delete, verdict};
    use palisade_protocol::verdict::Recovery;

    fn run() -> (Vec<Source>, Tally) {
        let mut tally = Tally::default();
        tally.add(b"a", &verdict(Class::Destructive, true, vec![delete("a", Recovery::Snapshot)]), "rm -r a");
        tally.add(b"b", &verdict(Class::Catastrophic, false, Vec::new()), "rm -r /\u{1b}[2J --token=[redacted]");
        tally.repeated(b"b");
        tally.add(b"c", &verdict(Class::Ambiguous, false, Vec::new()), "");
        (vec![Source { path: "/h/.bash_history".into(), format: Format::Bash, commands: 4 }], tally)
    }

    #[test]
    fn a_summary_tells_counts_rules_examples_and_what_was_assumed() {
        let (sources, tally) = run();
        let text = summary(&sources, "/h/project", &tally, false);
        for part in [
            "Judged 4 commands, 3 of them different, from /h/.bash_history (bash):\n",
            "ran each in /h/project. A history does not say where",
            "deny                   2  50.0 %          1\n",
            "destructive            1  25.0 %          1\n",
            "       2  fs.delete.recursive         rm -r /\\u{1b}[2J --token=[redacted]\n",
            "       1  fs.delete.recursive         (not shown: its classifier failed)\n",
            "Of those allowed, 1 command destroyed only what a snapshot would hold.",
            "a running instance holds it.",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
        assert!(!text.contains('\u{1b}'));
    }

    #[test]
    fn a_document_holds_the_same() {
        let (sources, tally) = run();
        let whole = document(&sources, "/h/project", &tally);
        assert_eq!((&whole["commands"], &whole["distinct"], &whole["complete"]), (&json!(4), &json!(3), &json!(true)));
        assert_eq!(whole["decisions"]["deny"], json!({"commands": 2, "distinct": 1}));
        assert_eq!(whole["decisions"]["allow"], whole["on_snapshot"]);
        assert_eq!(whole["rules"].as_array().unwrap().len(), 3);
        assert_eq!(whole["files"][0]["format"], "bash");
    }

    #[test]
    fn a_row_shows_the_redacted_text_only() {
        let one = verdict(Class::Destructive, false, Vec::new());
        assert_eq!(row_document(&one, "x [redacted]", "")["cmd"], "x [redacted]");
        assert!(row(&one, "a\nb", false).ends_with("  fs.delete.recursive       a\\nb\n"));
    }
}
