//! `palisade init`: has an agent ask Palisade before it acts, and takes that back again.
//!
//! One module an agent knows its file and what belongs in it; [`file`] changes the file so that it is whole at every moment.

mod claude_code;
mod file;

use crate::arguments::{AgentName, Init};
use crate::failure::Failure;
use crate::words::{colour, plain};
use file::Settings;
use palisade_hook::instance::{InstanceError, system_installed};
use similar::{ChangeTag, TextDiff};
use std::path::{Path, PathBuf};

/// What an agent's hook starts.
const HOOK: &str = "palisade-hook";

/// Wires the chosen agents, or unwires them.
pub fn init(state: Option<&Path>, what: &Init) -> Result<u8, Failure> {
    if state.is_some() && system_installed() {
        return Err(Failure::configuration(InstanceError::SystemInstalled));
    }
    for agent in &what.agent {
        match agent {
            AgentName::ClaudeCode => wire(&claude_code::settings_file()?, state, what)?,
        }
    }
    Ok(0)
}

fn wire(path: &Path, state: Option<&Path>, what: &Init) -> Result<(), Failure> {
    let settings = Settings::read(path)?;
    let before = settings.text();
    let after = match what.remove {
        true => match settings.restored(|original| with_entry(original, state))? {
            Some(original) => original,
            None => claude_code::without(before)?,
        },
        false => with_entry(before, state)?,
    };
    if after.as_deref() == before {
        let word = if what.remove { "is not in" } else { "is already in" };
        say!("palisade {word} {}: nothing to change", path.display());
        return Ok(());
    }
    print_plan(path, before.unwrap_or_default(), after.as_deref().unwrap_or_default());
    if what.dry_run {
        say!("nothing was changed (--dry-run)");
        return Ok(());
    }
    settings.replace(after.as_deref(), what.remove)?;
    if what.remove {
        say!("palisade is out of {}", path.display());
    } else {
        say!("Claude Code asks palisade before every tool call, from its next session on.");
        say!("See what it says with `palisade log --follow`; undo with `palisade init --remove`.");
    }
    Ok(())
}

fn with_entry(text: Option<&str>, state: Option<&Path>) -> Result<Option<String>, Failure> {
    claude_code::with(text, &hook_program()?, state).map(Some)
}

/// The hook client's absolute path: agents start it without a search path.
fn hook_program() -> Result<PathBuf, Failure> {
    let own =
        std::env::current_exe().map_err(|why| Failure::failed(format!("this program cannot find itself: {why}")))?;
    let path = own.parent().unwrap_or(Path::new("/")).join(HOOK);
    if path.is_file() {
        return Ok(path);
    }
    Err(Failure::configuration(format!("{HOOK} is not beside {}: build or install all of Palisade", own.display())))
}

fn print_plan(path: &Path, before: &str, after: &str) {
    let colour = colour();
    say!("{}:", path.display());
    let diff = TextDiff::from_lines(before, after);
    for group in diff.grouped_ops(3) {
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let (sign, code) = match change.tag() {
                ChangeTag::Delete => ('-', "31"),
                ChangeTag::Insert => ('+', "32"),
                ChangeTag::Equal => (' ', "0"),
            };
            let line = plain(change.value().trim_end_matches('\n'));
            if colour { say!("\u{1b}[{code}m{sign} {line}\u{1b}[0m") } else { say!("{sign} {line}") }
        }
    }
}
