//! Words for people at a forge: issues, pull requests, comments. They are ordinary work where they are written out or come from a file of
//! the project. What merges, closes or approves is not; and where the text is a secret, or an unknown file's, it is told to others.

use super::super::Machine;
use crate::paths::Zone;
use palisade_language::redact::redact;
use palisade_language::words::{Origin, Value};
use palisade_protocol::verdict::Class;

/// Options with a text or a name.
const TEXTS: &[&str] = &[
    "-t",
    "--title",
    "-b",
    "--body",
    "-m",
    "--message",
    "-d",
    "--description",
    "-l",
    "--label",
    "-a",
    "--assignee",
    "-p",
    "--project",
    "--milestone",
    "-r",
    "--reviewer",
    "-B",
    "--base",
    "-H",
    "--head",
    "-R",
    "--repo",
    "--add-label",
    "--remove-label",
    "--add-assignee",
    "--remove-assignee",
    "--add-reviewer",
    "--remove-reviewer",
    "--add-project",
    "--source-branch",
    "--target-branch",
    "-s",
    "--unlabel",
    "--reply-to",
    "--recover",
    "--weight",
    "--due-date",
    "--type",
    "--linked-issues",
    "--color",
    "--parent",
    "-c",
    "--comment-id",
];

/// Options with a file whose text is told.
const FILES: &[&str] = &["-F", "--body-file", "--description-file", "--template", "-T"];

/// Options without a value.
const PLAIN: &[&str] = &[
    "--draft",
    "--fill",
    "--fill-first",
    "--fill-verbose",
    "-f",
    "--dry-run",
    "-w",
    "--web",
    "--no-maintainer-edit",
    "--comment",
    "-c",
    "--request-changes",
    "--yes",
    "-y",
    "--wip",
    "--ready",
    "--remove-source-branch",
    "--allow-collaboration",
    "--unique",
    "--edit-last",
    "--squash-before-merge",
    "--no-editor",
    "--create-source-branch",
    "-e",
    "--editor",
    "--confidential",
    "--undo",
];

impl Machine<'_> {
    /// `gh pr create …` and its like; `None` leaves the rest to what is known of the program.
    pub(super) fn forge_text(&mut self, name: &str, args: &[Value], input: &Option<Value>) -> Option<Value> {
        let words: Vec<Option<String>> = args.iter().map(Value::known).collect();
        let mut operands = Vec::new();
        let mut told: Vec<Value> = Vec::new();
        let mut files: Vec<Value> = Vec::new();
        let mut at = 0;
        while let Some(arg) = args.get(at) {
            let text = words[at].clone().unwrap_or_else(|| arg.prefix().to_owned());
            at += 1;
            if !text.starts_with('-') || text == "-" {
                operands.push(text);
                continue;
            }
            let (option, attached) = match text.split_once('=').filter(|_| text.starts_with("--")) {
                Some((option, _)) => (option.to_owned(), Some(crate::knowledge::tail(arg, option.len() + 1))),
                None => (text.clone(), None),
            };
            let reviews =
                operands.get(1).is_some_and(|verb| verb == "review") && matches!(option.as_str(), "-c" | "-r");
            if PLAIN.contains(&text.as_str()) && !(TEXTS.contains(&text.as_str()) && name == "glab") || reviews {
                continue;
            }
            let is_file = FILES.contains(&option.as_str()) && name == "gh";
            if !is_file && !TEXTS.contains(&option.as_str()) {
                return None;
            }
            let value = attached.or_else(|| {
                at += 1;
                args.get(at - 1).cloned()
            })?;
            if is_file { files.push(value) } else { told.push(value) }
        }
        let mut verbs = operands.iter().map(String::as_str);
        match (verbs.next()?, verbs.next()?) {
            ("pr" | "mr" | "issue", "create" | "new" | "comment" | "note" | "edit" | "update" | "review" | "ready") => {
            }
            ("label", "create" | "edit") => {}
            _ => return None,
        }
        for file in &files {
            match file.known().as_deref() {
                Some("-") => told.push(input.clone().unwrap_or(Value::unknown(Origin::Input))),
                Some(_) => {
                    if !matches!(self.place(file).zone, Zone::Workspace | Zone::Temp | Zone::OwnTemp | Zone::Hook) {
                        return None;
                    }
                    let content = self.read_effect(file);
                    told.push(content);
                }
                None => return None,
            }
        }
        if told.iter().any(|text| text.origin() == Some(Origin::Secret)) {
            self.note(
                Class::Catastrophic,
                "secret.exfiltration",
                "tells secrets to everybody who reads along at a forge",
            );
            return Some(Value::unknown(Origin::Network));
        }
        // What another program or host says may be anything; a key that is written out is one, wherever it stands.
        let known = |text: &Value| {
            matches!(text.origin(), None | Some(Origin::Project | Origin::Number | Origin::Mixed | Origin::Input))
        };
        let keys = told.iter().any(|text| redact(text.display().as_bytes()).secrets > 0);
        (told.iter().all(known) && !keys).then(|| Value::unknown(Origin::Network))
    }
}
