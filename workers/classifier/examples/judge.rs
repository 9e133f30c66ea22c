//! Judges commands of a JSONL file on standard input (`{"cmd", "cwd"?}`), one verdict line each. For measuring.

use palisade_classifier::judge;
use palisade_protocol::bounded::Text;
use palisade_protocol::call::{Call, Op, Path, Prompts};
use palisade_protocol::compile::Policy;
use palisade_protocol::verdict::{Circumstances, Decision, decide};
use std::io::BufRead;

fn main() {
    let around = Circumstances { attended: true, snapshot_complete: false, prompts_shown: true };
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        let Ok(row) = serde_json::from_str::<serde_json::Value>(&line) else { continue };
        let text = |key: &str| row.get(key).and_then(serde_json::Value::as_str).unwrap_or("");
        let cwd = if text("cwd").is_empty() { "/home/dev/project" } else { text("cwd") };
        let call = Call {
            agent: Text::cut("cli"),
            session: Text::default(),
            call: Text::default(),
            cwd: Path::new(cwd).unwrap_or_default(),
            prompts: Prompts::Shown,
            tool: Text::cut("Bash"),
            op: Op::Shell,
        };
        let begun = std::time::Instant::now();
        let (verdict, redacted, _) = judge(&Policy::default(), &call, text("cmd").as_bytes());
        let took = begun.elapsed().as_nanos() as u64;
        let decision = match decide(&verdict, around) {
            Decision::Allow => "allow",
            Decision::Ask | Decision::Hold => "ask",
            Decision::Deny => "deny",
        };
        println!(
            "{}",
            serde_json::json!({"cmd": redacted, "class": verdict.class.word(), "decision": decision, "rule": verdict.rule.as_str(),
                "reason": verdict.reason.as_str(), "contained": verdict.contained, "ns": took, "snapshot": "none"})
        );
    }
}
