//! `palisade judge`: the verdict alone, by a confined classifier of our own. No supervisor, no record.

use crate::arguments::Judge;
use crate::bench::{Bench, directory};
use crate::explain::{document, paragraph};
use crate::failure::{EXIT_ASKED, EXIT_DENIED, EXIT_FAILED, Failure};
use crate::words::{colour, print_json};
use palisade_protocol::bounded::Blob;
use palisade_protocol::call::Path as CallPath;
use palisade_protocol::limits::BODY_MAX;
use palisade_protocol::verdict::{Decision, predicted_decision};
use serde::Deserialize;
use serde_json::json;
use std::io::{BufRead, IsTerminal, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Judges one command, or one a line.
pub fn judge(state: Option<&Path>, what: &Judge) -> Result<u8, Failure> {
    let cwd = directory(what.cwd.as_deref())?;
    let mut bench = Bench::new(state)?;
    if what.jsonl {
        return lines(&mut bench, &cwd);
    }
    let command = match &what.command {
        Some(command) => command.as_bytes().to_vec(),
        None => from_stdin()?,
    };
    let verdict = bench.judge(&command, &cwd)?.verdict;
    let decision = predicted_decision(&verdict);
    if what.json {
        print_json(&document(&String::from_utf8_lossy(&command), &verdict, &String::from_utf8_lossy(&cwd)));
    } else {
        say_part!("{}", paragraph(&command, &verdict, &String::from_utf8_lossy(&cwd), colour()));
    }
    Ok(match decision {
        Decision::Allow => 0,
        Decision::Deny => EXIT_DENIED,
        Decision::Ask | Decision::Hold => EXIT_ASKED,
    })
}

fn from_stdin() -> Result<Vec<u8>, Failure> {
    let stdin = std::io::stdin();
    if stdin.is_terminal() {
        return Err(Failure::usage("which command? Try `palisade judge 'rm -rf build'`"));
    }
    let mut command = Vec::new();
    let read = stdin.lock().take(BODY_MAX as u64 + 1).read_to_end(&mut command);
    read.map_err(|why| Failure::failed(format!("stdin: {why}")))?;
    if command.len() > BODY_MAX {
        return Err(Failure::usage(format!("the command is longer than {BODY_MAX} bytes")));
    }
    Ok(command)
}

#[derive(Deserialize)]
struct Line {
    cmd: String,
    #[serde(default)]
    cwd: Option<String>,
}

/// One verdict a line, in the order of the input, each out before the next line is read.
fn lines(bench: &mut Bench, cwd: &CallPath) -> Result<u8, Failure> {
    let mut input = std::io::stdin().lock();
    let mut output = std::io::stdout().lock();
    let mut code = 0;
    let mut line = Vec::new();
    loop {
        line.clear();
        // JSON may spell every byte of a body in six characters.
        let limit = 6 * BODY_MAX as u64;
        let read = (&mut input).take(limit).read_until(b'\n', &mut line);
        match read.map_err(|why| Failure::failed(format!("stdin: {why}")))? {
            0 => return Ok(code),
            length if length as u64 == limit => {
                return Err(Failure::failed(format!("a line is longer than {limit} bytes")));
            }
            _ if line.trim_ascii().is_empty() => continue,
            _ => {}
        }
        let answer = match asked(&line, cwd) {
            Ok((command, cwd)) => {
                document(&command, &bench.judge(command.as_bytes(), &cwd)?.verdict, &String::from_utf8_lossy(&cwd))
            }
            Err((command, why)) => {
                code = EXIT_FAILED;
                json!({"cmd": command, "error": why})
            }
        };
        match writeln!(output, "{answer}").and_then(|()| output.flush()) {
            Err(why) if why.kind() == std::io::ErrorKind::BrokenPipe => return Ok(EXIT_FAILED),
            written => written.map_err(|why| Failure::failed(format!("stdout: {why}")))?,
        }
    }
}

fn asked(line: &[u8], cwd: &CallPath) -> Result<(String, CallPath), (Option<String>, String)> {
    let line: Line =
        serde_json::from_slice(line).map_err(|why| (None, format!("not a {{\"cmd\", \"cwd\"?}} object: {why}")))?;
    if line.cmd.len() > BODY_MAX {
        return Err((None, format!("cmd is longer than {BODY_MAX} bytes")));
    }
    match line.cwd.map(Blob::new).transpose() {
        Ok(own) => Ok((line.cmd, own.unwrap_or_else(|| cwd.clone()))),
        Err(why) => Err((Some(line.cmd), format!("cwd: {why}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_no_question_is_told_why() {
        let here = CallPath::default();
        assert_eq!(asked(br#"{"cmd":"ls","cwd":"/p","more":1}"#, &here).unwrap().0, "ls");
        assert!(asked(b"ls", &here).unwrap_err().1.contains("not a"));
        let long = format!(r#"{{"cmd":"ls","cwd":"{}"}}"#, "x".repeat(5000));
        assert_eq!(asked(long.as_bytes(), &here).unwrap_err().0, Some("ls".to_owned()));
    }
}
