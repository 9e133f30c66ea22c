//! A category's page: `docs/rules/<category>.md` is this text.

use crate::Category;
use std::fmt::Write as _;

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
        }
        out
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
