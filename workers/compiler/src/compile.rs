//! From text to [`Config`]: every value checked, every refusal with its line, its key and what is allowed.

use crate::text::{self, FailMode, File};
use palisade_protocol::bounded::{List, Text};
use palisade_protocol::call::Path;
use palisade_protocol::compile::{self, Config, PROGRAMS_MAX, Policy, Taught, TaughtOperands, UID_BASE};
use palisade_protocol::limits::{self, NAME_MAX, PATH_MAX};
use palisade_protocol::verdict::Class;
use palisade_protocol::worker::Kind;
use palisade_sandbox::declaration;
use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;
use toml::Spanned;

/// Agents that a person attends unless the configuration says otherwise.
const ATTENDED: [&str; 1] = ["claude-code"];

/// Uids up to this one are root, system users, and by custom the first person.
const LAST_SYSTEM_UID: i64 = 1000;

/// `nobody`, and the overflow uid in 16 bits: what other programs take for "no one in particular".
const NOBODY: [i64; 2] = [65534, 65535];

/// Negative as a signed 32-bit number, or -1: refused by some file systems and by `setuid(2)`.
const UID_END: i64 = 1 << 31;

/// A segment is followed by a new one at this size unless the configuration says otherwise.
const SEGMENT_MAX: u64 = 64 << 20;

/// Smaller segments would mean more processes than records.
const SEGMENT_MAX_ALLOWED: std::ops::RangeInclusive<u64> = 64 << 10..=limits::SEGMENT_MAX;

/// Why the text is not a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// The line, from 1; none where the whole text is meant.
    pub line: Option<usize>,
    /// The key, and what is allowed.
    pub why: String,
}

impl fmt::Display for Rejection {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(out, "line {line}: {}", self.why),
            None => write!(out, "{}", self.why),
        }
    }
}

impl std::error::Error for Rejection {}

/// Compiles configuration text; empty text gives the defaults.
pub fn compile(text: &[u8]) -> Result<Config, Rejection> {
    let text = std::str::from_utf8(text).map_err(|why| Rejection {
        line: Some(line_of_byte(text, why.valid_up_to())),
        why: "the configuration is not UTF-8 text".to_owned(),
    })?;
    Compiler { text }.compile()
}

struct Compiler<'t> {
    text: &'t str,
}

impl Compiler<'_> {
    fn compile(&self) -> Result<Config, Rejection> {
        let file: File = toml::from_str(self.text).map_err(|why| Rejection {
            line: why.span().map(|span| self.line(&span)),
            why: {
                let said = why.message().trim().replace('\n', "; ");
                match why.span().and_then(|span| self.key(&span)) {
                    Some(key) if !said.contains(key) => format!("{key}: {said}"),
                    _ => said,
                }
            },
        })?;
        Ok(Config {
            degraded: self.degraded(&file.degraded)?,
            fail_closed: file.fail_mode == Some(FailMode::Closed),
            attended: self.attended(&file)?,
            uid_base: self.uid_base(file.workers.uid_base.as_ref())?,
            segment_max: self.segment_max(&file)?,
            policy: Policy { protect: self.protect(&file.policy.protect)?, programs: self.programs(&file.program)? },
        })
    }

    fn degraded(&self, names: &[Spanned<String>]) -> Result<List<Text<NAME_MAX>, 32>, Rejection> {
        let known: BTreeSet<&str> = Kind::ALL.iter().flat_map(|kind| declaration(*kind).protections()).collect();
        let mut accepted = Vec::new();
        for name in names {
            if !known.contains(name.as_ref().as_str()) {
                let known = known.iter().copied().collect::<Vec<_>>().join(", ");
                let why =
                    format!("degraded: {:?} is no protection that may be missing; those are {known}", name.as_ref());
                return Err(self.rejection(name, why));
            }
            accepted.push(Text::cut(name.as_ref()));
        }
        accepted.sort_unstable();
        accepted.dedup();
        List::new(accepted).map_err(|why| Rejection { line: None, why: format!("degraded: {why}") })
    }

    fn attended(&self, file: &File) -> Result<List<Text<NAME_MAX>, 64>, Rejection> {
        let mut attended: BTreeSet<&str> = ATTENDED.into();
        for (name, agent) in &file.agents {
            let fits = (1..=NAME_MAX).contains(&name.len());
            if !fits
                || !name
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.".contains(&byte))
            {
                let why = format!("agents.{name}: an agent's name is 1 to {NAME_MAX} of a-z, 0-9, '-', '_' and '.'");
                return Err(self.rejection(agent, why));
            }
            if agent.as_ref().attended {
                attended.insert(name);
            } else {
                attended.remove(name.as_str());
            }
        }
        List::new(attended.into_iter().map(Text::cut).collect())
            .map_err(|why| Rejection { line: None, why: format!("agents: too many are attended: {why}") })
    }

    fn uid_base(&self, value: Option<&Spanned<i64>>) -> Result<u32, Rejection> {
        let Some(value) = value else { return Ok(UID_BASE) };
        let (base, count) = (*value.as_ref(), i64::from(compile::UIDS));
        let in_range = base > LAST_SYSTEM_UID && base.checked_add(count).is_some_and(|end| end < UID_END);
        if in_range && !NOBODY.iter().any(|uid| (base..base + count).contains(uid)) {
            // Within 2^31 by the check above.
            return Ok(base as u32);
        }
        let why = format!(
            "workers.uid_base: {base} does not do; from there on {count} uids are needed above {LAST_SYSTEM_UID} and below {UID_END}, \
             and neither of {} and {} may be among them",
            NOBODY[0], NOBODY[1],
        );
        Err(self.rejection(value, why))
    }

    fn segment_max(&self, file: &File) -> Result<u64, Rejection> {
        match &file.journal.segment_max {
            None => Ok(SEGMENT_MAX),
            Some(size) if SEGMENT_MAX_ALLOWED.contains(&size.as_ref().0) => Ok(size.as_ref().0),
            Some(size) => {
                let why =
                    format!("journal.segment_max: {} bytes do not do; 64 KiB to 768 MiB are allowed", size.as_ref().0);
                Err(self.rejection(size, why))
            }
        }
    }

    fn protect(&self, trees: &[Spanned<String>]) -> Result<List<Path, 256>, Rejection> {
        let mut paths = Vec::new();
        for tree in trees {
            let path = absolute(tree.as_ref()).ok_or_else(|| {
                let why = format!(
                    "policy.protect: {:?} does not do; an absolute path of at most {PATH_MAX} bytes is needed, without \"//\", \".\" or \"..\"",
                    Text::<200>::cut(tree.as_ref()),
                );
                self.rejection(tree, why)
            })?;
            paths.push(path);
        }
        paths.sort_unstable_by(|a, b| a.as_slice().cmp(b.as_slice()));
        paths.dedup();
        List::new(paths).map_err(|why| Rejection { line: None, why: format!("policy.protect: {why}") })
    }

    fn programs(&self, programs: &[Spanned<text::Program>]) -> Result<List<Taught, PROGRAMS_MAX>, Rejection> {
        let taught: Result<Vec<Taught>, Rejection> = programs
            .iter()
            .map(|program| taught(program.as_ref()).map_err(|why| self.rejection(program, format!("program: {why}"))))
            .collect();
        List::new(taught?).map_err(|why| Rejection { line: None, why: format!("program: {why}") })
    }

    fn rejection<T>(&self, at: &Spanned<T>, why: String) -> Rejection {
        Rejection { line: Some(self.line(&at.span())), why }
    }

    /// The key that stands on the line where `span` begins, if there is one.
    fn key(&self, span: &Range<usize>) -> Option<&str> {
        let line = self.text.lines().nth(self.line(span).checked_sub(1)?)?;
        Some(line.split_once('=')?.0.trim()).filter(|key| !key.is_empty())
    }

    fn line(&self, span: &Range<usize>) -> usize {
        line_of_byte(self.text.as_bytes(), span.start)
    }
}

/// Words behind a program's name that an entry may have.
const WORDS_MAX: usize = 6;

/// What an entry says, if it is in order.
fn taught(program: &text::Program) -> Result<Taught, String> {
    let bare = |name: &&String| {
        (1..=NAME_MAX).contains(&name.len())
            && !name.contains(|c: char| c.is_whitespace() || c.is_control() || c == '/')
    };
    if let Some(wrong) = program.names.iter().find(|name| !bare(name)) {
        let shown = Text::<NAME_MAX>::cut(wrong);
        return Err(format!("names: {shown:?} is no name of 1 to {NAME_MAX} bytes without blanks and slashes"));
    }
    let names: Vec<Text<NAME_MAX>> = program.names.iter().map(|name| Text::cut(name)).collect();
    if names.is_empty() {
        return Err("names: at least one is needed".to_owned());
    }
    let words: Vec<&str> = program.words.split_whitespace().collect();
    if words.len() > WORDS_MAX || words.iter().any(|word| word.starts_with('-') || word.split('|').any(str::is_empty)) {
        return Err(format!(
            "words: at most {WORDS_MAX}, separated by blanks, their alternatives by '|'; options are none"
        ));
    }
    let says = program.says.as_deref().unwrap_or("runs a program that the configuration names");
    if says.is_empty() || says.contains(char::is_control) {
        return Err("says: a text on one line is needed".to_owned());
    }
    Ok(Taught {
        names: List::new(names).map_err(|why| format!("names: {why}"))?,
        words: Text::new(words.join(" ")).map_err(|why| format!("words: {why}"))?,
        class: match program.class {
            text::Class::Safe => Class::Safe,
            text::Class::Ambiguous => Class::Ambiguous,
            text::Class::Destructive => Class::Destructive,
            text::Class::Catastrophic => Class::Catastrophic,
        },
        says: Text::new(says).map_err(|why| format!("says: {why}"))?,
        operands: match program.operands {
            text::Operands::Words => TaughtOperands::Words,
            text::Operands::Read => TaughtOperands::Read,
            text::Operands::Write => TaughtOperands::Write,
            text::Operands::Delete => TaughtOperands::Delete,
        },
    })
}

/// The path without a slash at its end; none if it is not absolute or could be written otherwise.
fn absolute(text: &str) -> Option<Path> {
    let below = text.strip_prefix('/')?;
    let below = below.strip_suffix('/').unwrap_or(below);
    if !below.is_empty() && below.split('/').any(|name| matches!(name, "" | "." | "..") || name.contains('\0')) {
        return None;
    }
    let path = if below.is_empty() { "/".to_owned() } else { format!("/{below}") };
    Path::new(path).ok()
}

fn line_of_byte(text: &[u8], at: usize) -> usize {
    1 + text.iter().take(at).filter(|byte| **byte == b'\n').count()
}

#[cfg(test)]
mod tests;
