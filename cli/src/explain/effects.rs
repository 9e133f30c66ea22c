//! What a command would do, as far as it matters: to which path or resource, and how much is there.

use crate::words::{amount, count, touched};
use palisade_protocol::verdict::{Effect, Extent, Operation, Recovery, Verdict};
use serde_json::{Value, json};

/// More than these are counted.
const SHOWN_MAX: usize = 8;

/// Every effect.
pub fn documents(verdict: &Verdict) -> Vec<Value> {
    let extent = |extent: Extent| json!({"files": extent.files, "bytes": extent.bytes, "complete": extent.complete});
    let one = |effect: &Effect| {
        json!({
            "operation": effect.operation.word(),
            "target": &*effect.target,
            "bounded": effect.bounded,
            "recovery": effect.recovery.word(),
            "extent": effect.extent.map(extent),
        })
    };
    verdict.effects.iter().map(one).collect()
}

/// What completes "This command would …", as it is said in `cwd`. What has no name, the reason has told; what nobody would miss is left out.
pub fn sentences(verdict: &Verdict, cwd: &str) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for effect in verdict.effects.iter() {
        let told = !effect.target.is_empty() && effect.recovery != Recovery::Needless;
        let says = sentence(effect, cwd);
        if told && !all.contains(&says) {
            all.push(says);
        }
    }
    if all.len() > SHOWN_MAX {
        let more = all.len() - SHOWN_MAX;
        all.truncate(SHOWN_MAX);
        all.push(format!("do {more} more of the like"));
    }
    all
}

fn sentence(effect: &Effect, cwd: &str) -> String {
    let known = [
        effect.extent.map(extent),
        (!effect.bounded).then(|| open(effect.operation).to_owned()),
        fate(effect.recovery).map(str::to_owned),
    ];
    let known: Vec<String> = known.into_iter().flatten().collect();
    let more = if known.is_empty() { String::new() } else { format!(" ({})", known.join("; ")) };
    format!("{} {}{more}", verb(effect.operation), touched(&effect.target, cwd))
}

/// What is not known where nothing bounds an effect.
fn open(operation: Operation) -> &'static str {
    match operation {
        Operation::Execute => "what that does is not known",
        _ => "and perhaps more",
    }
}

fn verb(operation: Operation) -> &'static str {
    match operation {
        Operation::Read => "read",
        Operation::Write => "write",
        Operation::Delete => "delete",
        Operation::Device => "write the device",
        Operation::Permission => "change who may use",
        Operation::Execute => "run",
        Operation::Network => "talk to",
        Operation::System => "change",
    }
}

fn extent(extent: Extent) -> String {
    let least = if extent.complete { "" } else { "at least " };
    if extent.files == 0 {
        return if extent.complete { "no files" } else { "not counted" }.to_owned();
    }
    format!("{least}{}, {}", count(u64::from(extent.files), "file"), amount(extent.bytes))
}

fn fate(recovery: Recovery) -> Option<&'static str> {
    match recovery {
        Recovery::Unknown | Recovery::Needless | Recovery::Snapshot => None,
        Recovery::Tracked => Some("git has it as it is"),
        Recovery::Rebuilt => Some("git ignores it and the build makes it again"),
        Recovery::Lost => Some("gone for good"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{delete, verdict};
    use super::*;
    use palisade_protocol::verdict::Class;

    #[test]
    fn an_effect_tells_path_amount_and_fate() {
        let mut build = delete("build", Recovery::Rebuilt);
        build.extent = Some(Extent { files: 213, bytes: 4_404_019, complete: true });
        let mut open = delete("a\u{1b}b", Recovery::Unknown);
        open.bounded = false;
        open.extent = Some(Extent { files: 1, bytes: 1, complete: false });
        let lost = delete("notes.txt", Recovery::Lost);
        let said = sentences(&verdict(Class::Destructive, true, vec![build, open, lost]), "");
        assert_eq!(
            said,
            [
                "delete build (213 files, 4.2 MiB; git ignores it and the build makes it again)",
                "delete a\\u{1b}b (at least 1 file, 1 byte; and perhaps more)",
                "delete notes.txt (gone for good)",
            ]
        );
    }

    #[test]
    fn what_is_needless_nameless_or_repeated_is_not_told_and_too_much_is_counted() {
        let same = delete("a", Recovery::Lost);
        let said = [same.clone(), same, delete("", Recovery::Lost), delete("b", Recovery::Needless)];
        assert_eq!(sentences(&verdict(Class::Destructive, true, said.to_vec()), "").len(), 1);
        let many = (0..20).map(|number| delete(&number.to_string(), Recovery::Lost)).collect();
        let said = sentences(&verdict(Class::Destructive, true, many), "");
        assert_eq!((said.len(), said[8].as_str()), (9, "do 12 more of the like"));
    }
}
