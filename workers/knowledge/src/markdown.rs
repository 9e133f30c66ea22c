//! A category's page: `docs/rules/<category>.md` is this text.

use crate::{Category, Rule, pages};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// More programs than these are counted only.
const PROGRAMS_SHOWN: usize = 16;

impl Category {
    /// The page.
    pub fn markdown(&self) -> String {
        let mut out = format!(
            "# {}\n\n{} Generated from `workers/knowledge/rules/{}.toml`; `palisade kb rules {} --markdown` prints it.\n\n",
            self.title, self.about, self.name, self.name
        );
        out.push_str("| rule | from class | undo | what is done |\n|---|---|---|---|\n");
        for rule in self.rules {
            let _ = writeln!(
                out,
                "| [`{0}`](#{1}) | {2} | {3} | {4} |",
                rule.id,
                anchor(rule.id),
                rule.class,
                rule.undo.word(),
                rule.means
            );
        }
        for rule in self.rules {
            let _ = write!(out, "\n## `{}`\n\n{} {}\n\n- {}\n", rule.id, rule.means, rule.why, rule.undo.sentence());
            match (rule.safer, rule.command) {
                (Some(safer), Some(command)) => {
                    let _ = writeln!(out, "- Safer: {safer} `{command}`");
                }
                (Some(safer), None) => {
                    let _ = writeln!(out, "- Safer: {safer}");
                }
                (None, _) => {}
            }
            if let Some(programs) = programs(rule) {
                let _ = writeln!(out, "- Programs: {programs}");
            }
        }
        out
    }
}

/// The programs whose entries name a rule.
fn programs(rule: &Rule) -> Option<String> {
    let mut names: BTreeSet<&str> = BTreeSet::new();
    for page in pages() {
        let entries = page.base.into_iter().chain(page.forms.iter().map(|form| form.entry));
        let mut named = entries.flat_map(|entry| entry.raises.iter().map(|raise| raise.rule).chain([entry.rule]));
        if named.any(|id| id == rule.id) {
            names.extend(page.names);
        }
    }
    let shown: Vec<String> = names.iter().take(PROGRAMS_SHOWN).map(|name| format!("`{name}`")).collect();
    let more = names.len().saturating_sub(PROGRAMS_SHOWN);
    match (shown.is_empty(), more) {
        (true, _) => None,
        (_, 0) => Some(shown.join(", ")),
        (_, more) => Some(format!("{} and {more} more", shown.join(", "))),
    }
}

/// What a heading's link is called: letters, digits and dashes stay.
fn anchor(id: &str) -> String {
    id.replace('.', "")
}

#[cfg(test)]
mod tests {
    use crate::categories;
    use std::path::Path;

    #[test]
    fn the_pages_of_the_rules_are_the_data() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/rules");
        let mut there: Vec<String> = std::fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        there.sort();
        let wanted: Vec<String> = categories().iter().map(|category| format!("{}.md", category.name)).collect();
        assert_eq!(there, wanted, "docs/rules has one page a category");
        for category in categories() {
            let page = std::fs::read_to_string(folder.join(format!("{}.md", category.name))).unwrap();
            assert!(
                page == category.markdown(),
                "docs/rules/{0}.md is out of date: `palisade kb rules {0} --markdown > docs/rules/{0}.md`",
                category.name
            );
        }
    }
}
