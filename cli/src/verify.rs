//! `palisade verify`: is the journal what was written? Answered by the supervisor, or by a reader of our own over the files.

use crate::control::Control;
use crate::failure::{EXIT_FAILED, Failure};
use crate::journal::{Journal, OpenError};
use crate::words::{colour, hex, plain, print_json, tinted};
use palisade_hook::connect::ConnectError;
use palisade_hook::instance::Instance;
use palisade_hook::policy::uid_base;
use palisade_protocol::bounded::Text;
use palisade_protocol::compile::UID_BASE;
use palisade_protocol::reader::{Job, Outcome, Reply, Report};
use serde_json::json;
use std::path::Path;

/// Printed with every outcome: what this check is blind to.
const UNSEEN: [&str; 3] = [
    "Nothing is sealed yet: whoever can write the files and knows the format can write a whole new chain that passes this check.",
    "Without a head to compare with (a running supervisor's, or one from a clean stop), records cut off at the very end go unnoticed.",
    "A chain says that records are as they were written, not that what they say is true, nor that nothing was left unrecorded.",
];

/// Checks, prints, and returns the outcome's number.
pub fn verify(state: Option<&Path>, dir: Option<&Path>, as_json: bool) -> Result<u8, Failure> {
    let report = match check(state, dir) {
        Ok(report) => report,
        // Whatever keeps a journal from being read is an outcome too, unless somebody else could read it.
        Err(failure) if failure.code == EXIT_FAILED => unreadable(&failure.text),
        Err(failure) => return Err(failure),
    };
    if as_json {
        print_json(&json!({
            "schema": "palisade.verify/1",
            "outcome": report.outcome.word(),
            "code": report.outcome.code(),
            "finding": &*report.finding,
            "at_seq": report.at_seq,
            "records": report.records,
            "segments": report.segments,
            "bytes": report.bytes,
            "torn_accounted": report.torn_accounted,
            "payloads_missing": report.payloads_missing,
            "head": report.head.map(|head| json!({"seq": head.seq, "chain": hex(&head.chain)})),
            "head_compared": report.head_compared,
            "unseen": UNSEEN,
        }));
    } else {
        say_part!("{}", paragraph(&report, colour()));
    }
    Ok(report.outcome.code())
}

fn check(state: Option<&Path>, dir: Option<&Path>) -> Result<Report, Failure> {
    if let Some(dir) = dir {
        // A copy belongs to no instance.
        return check_files(dir, dir, UID_BASE);
    }
    let instance = Instance::address(state).map_err(Failure::configuration)?;
    match Control::try_open(&instance) {
        Ok(mut control) => control.verify(),
        Err(ConnectError::Dead) => {
            check_files(&instance.layout.journal(), &instance.shown.journal(), uid_base(&instance))
        }
        Err(why) => Err(Failure::connection(&why, &instance)),
    }
}

fn check_files(path: &Path, shown: &Path, uid_base: u32) -> Result<Report, Failure> {
    let journal = match Journal::open(path, shown, uid_base) {
        Err(OpenError::Missing(path)) => return Ok(unreadable(&format!("there is no journal at {}", path.display()))),
        opened => opened?,
    };
    let job = Job::Verify { head: journal.head()? };
    match journal.read(job, &mut |_| Ok(()))? {
        Reply::Report(report) => Ok(*report),
        _ => Err(Failure::failed("the reader answered something else than a report")),
    }
}

fn unreadable(why: &str) -> Report {
    Report {
        outcome: Outcome::Unreadable,
        at_seq: None,
        finding: Text::cut(why),
        records: 0,
        segments: 0,
        bytes: 0,
        torn_accounted: 0,
        payloads_missing: 0,
        head: None,
        head_compared: false,
    }
}

fn paragraph(report: &Report, colour: bool) -> String {
    let at = report.at_seq.map(|seq| format!(" at record {seq}")).unwrap_or_default();
    let mut out = format!("{}{at}: {}\n", tinted(report.outcome.word(), colour), plain(&report.finding));
    out.push_str(&format!(
        "{} records hold, in {} bytes of frames and payloads; segments: {}",
        report.records, report.bytes, report.segments
    ));
    if let Some(head) = &report.head {
        out.push_str(&format!("; the newest is {} ({}…)", head.seq, &hex(&head.chain)[..16]));
    }
    out.push('\n');
    if report.torn_accounted > 0 {
        out.push_str(&format!(
            "{} writes cut by earlier crashes are accounted for by later records\n",
            report.torn_accounted
        ));
    }
    if report.payloads_missing > 0 {
        out.push_str(&format!(
            "{} payloads are missing; their records still say that they were there\n",
            report.payloads_missing
        ));
    }
    out.push_str(match report.head_compared {
        true => "the end was compared with the head that the supervisor knew\n",
        false => "there was no head to compare the end with\n",
    });
    out.push_str("What this check cannot see:\n");
    for line in UNSEEN {
        out.push_str(&format!("  - {line}\n"));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_outcome_says_what_an_unsealed_chain_cannot_see() {
        for outcome in
            [Outcome::ChainOnly, Outcome::Diverged, Outcome::Tampered, Outcome::Truncated, Outcome::Unreadable]
        {
            let text = paragraph(&Report { outcome, ..unreadable("x") }, false);
            assert!(text.starts_with(outcome.word()) && UNSEEN.iter().all(|line| text.contains(line)));
        }
    }
}
