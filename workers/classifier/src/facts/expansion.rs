//! What a pattern of the shell matches among the names that an opener saw.

use palisade_language::words::matches;
use palisade_protocol::facts::{Entry, Tree};

/// The paths below a tree's directory that `pattern` (with `/` between its parts) matches, as pathname expansion does. `None` if it is
/// of a form that is not known here, or if the tree is not whole.
pub(crate) fn expanded<'t>(pattern: &str, tree: &'t Tree) -> Option<Vec<(&'t str, &'t Entry)>> {
    if !tree.complete || pattern.contains("**") || pattern.contains("//") {
        return None;
    }
    let directories_only = pattern.ends_with('/');
    let parts: Vec<Vec<char>> = pattern.trim_end_matches('/').split('/').map(|part| part.chars().collect()).collect();
    if parts.iter().any(|part| matches!(part.iter().collect::<String>().as_str(), "" | "." | "..")) {
        return None;
    }
    let mut found = Vec::new();
    for (path, entry) in tree.entries.iter() {
        let Ok(path) = std::str::from_utf8(path) else { return None };
        let names: Vec<&str> = path.split('/').collect();
        if names.len() != parts.len() {
            continue;
        }
        let mut all = true;
        for (part, name) in parts.iter().zip(&names) {
            // A dot at the beginning is matched by a dot that is written, where no option says otherwise.
            if name.starts_with('.') && part.first() != Some(&'.') {
                all = false;
                break;
            }
            all &= matches(part, &name.chars().collect::<Vec<_>>())?;
        }
        if all && (!directories_only || entry.kind == palisade_protocol::facts::EntryKind::Directory) {
            found.push((path, entry));
        }
    }
    Some(found)
}
