//! The corpus in `tests/corpus`: commands with labels, read as data. Nothing here runs any of them.

use std::path::{Path, PathBuf};

/// One labelled command.
#[derive(Debug, Clone)]
pub struct Row {
    /// The text as a shell tool would receive it.
    pub command: String,
    /// The file that it stands in.
    pub category: String,
    /// `catastrophic`, `destructive`, `safe` or `ambiguous-ok`.
    pub expect: String,
}

/// The rows of one side (`dangerous`, `ordinary`) and one part (`development`, `validation`), by file and line.
pub fn rows(side: &str, part: &str) -> Vec<Row> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder().join(side).join(part))
        .expect("the corpus lies in tests/corpus")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "jsonl"))
        .collect();
    files.sort();
    files.iter().flat_map(|file| read(file)).collect()
}

/// From the package that builds this: both that do lie in folders of the repository.
fn folder() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let found = here.ancestors().map(|above| above.join("tests/corpus")).find(|folder| folder.is_dir());
    found.expect("a package of the repository")
}

fn read(file: &Path) -> Vec<Row> {
    let text = std::fs::read_to_string(file).expect("a file of the corpus");
    let row = |line: &str| -> Row {
        let value: serde_json::Value =
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{}: {error}: {line}", file.display()));
        let field = |name: &str| match value[name].as_str() {
            Some(text) => text.to_owned(),
            None => panic!("{}: no {name}: {line}", file.display()),
        };
        Row { command: field("cmd"), category: field("category"), expect: field("expect") }
    };
    text.lines().filter(|line| !line.trim().is_empty()).map(row).collect()
}
