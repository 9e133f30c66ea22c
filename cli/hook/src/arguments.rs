//! The command line. Three shapes do not need a library.

use crate::agents::Agent;
use std::ffi::OsString;
use std::path::PathBuf;

pub(crate) const HELP: &str = "\
Usage: palisade-hook [--state DIR] AGENT

Reads one hook payload of AGENT on stdin and answers in its dialect on stdout.

  AGENT        claude-code
  --state DIR  talk to the instance kept in DIR (yours, mode 0700); refused where a system installation exists
  --help, --version

Exit codes: 0 no objection or a question to the person, 2 denied, 64 usage, 78 --state beside a system installation.
`palisade init` writes the agent's configuration that starts this program.
";

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Arguments {
    Serve { agent: Agent, state: Option<PathBuf> },
    Help,
    Version,
}

pub(crate) fn parse(mut words: impl Iterator<Item = OsString>) -> Result<Arguments, String> {
    let (mut agent, mut state) = (None, None);
    while let Some(word) = words.next() {
        match word.to_str() {
            Some("--help" | "-h") => return Ok(Arguments::Help),
            Some("--version" | "-V") => return Ok(Arguments::Version),
            Some("--state") if state.is_none() => {
                state = Some(PathBuf::from(words.next().ok_or("--state needs a directory")?));
            }
            Some(option) if option.starts_with('-') => return Err(format!("unknown or repeated option {option}")),
            Some(name) if agent.is_none() => {
                agent = Some(Agent::named(name).ok_or_else(|| format!("unknown agent {name:?}"))?);
            }
            _ => return Err(format!("one agent is expected, {:?} is too much", word.to_string_lossy())),
        }
    }
    let agent = agent.ok_or("an agent's name is missing")?;
    Ok(Arguments::Serve { agent, state })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(words: &[&str]) -> Result<Arguments, String> {
        parse(words.iter().map(OsString::from))
    }

    #[test]
    fn the_documented_shapes_are_read_and_everything_else_is_refused() {
        let plain = Arguments::Serve { agent: Agent::ClaudeCode, state: None };
        assert_eq!(parsed(&["claude-code"]), Ok(plain));
        let kept = Arguments::Serve { agent: Agent::ClaudeCode, state: Some("/x".into()) };
        assert_eq!(parsed(&["--state", "/x", "claude-code"]), Ok(kept));
        assert_eq!(parsed(&["-h"]), Ok(Arguments::Help));
        for wrong in [
            &[][..],
            &["--state"],
            &["--state", "/x"],
            &["nobody"],
            &["claude-code", "claude-code"],
            &["--agent", "claude-code"],
            &["--state", "/x", "--state", "/y", "claude-code"],
        ] {
            assert!(parsed(wrong).is_err(), "{wrong:?}");
        }
    }
}
