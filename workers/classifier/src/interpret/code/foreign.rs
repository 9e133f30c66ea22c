//! A piece of code in a language that is not parsed: judged by the names and the strings that stand in it.

use super::super::Machine;
use super::names::{CONNECTS, DELETES, HARMLESS, RUNS, WRITES};
use crate::findings::Finding;
use crate::paths::Zone;
use palisade_language::words::Value;
use palisade_protocol::verdict::{Class, Operation};

impl Machine<'_> {
    /// Code of another language.
    pub(in crate::interpret) fn foreign(&mut self, language: &str, code: &str) {
        if !self.budget.take(code.len() * 2 + 8) {
            return;
        }
        let (names, strings) = words_of(code, language);
        let has = |list: &[&str]| names.iter().any(|name| list.contains(&name.as_str()));
        let backquotes = code.contains('`') && matches!(language, "perl" | "ruby" | "php" | "julia");
        let (deletes, runs, writes, connects) = (has(DELETES), has(RUNS) || backquotes, has(WRITES), has(CONNECTS));
        let mut secret = false;
        for text in &strings {
            let value = Value::text(text.as_str());
            let path_like = text.starts_with(['/', '~', '.']) || text.contains('/');
            if deletes && (path_like || !text.contains(' ')) && !text.is_empty() && text.len() < 256 && !is_module(text)
            {
                let place = self.place(&value);
                if place.zone > Zone::Workspace || path_like {
                    self.delete_effect(&place, true);
                }
            }
            if writes && path_like && text.len() < 256 {
                let place = self.place(&value);
                let creates = strings
                    .iter()
                    .any(|mode| matches!(mode.as_str(), "w" | "a" | "wb" | "ab" | "w+" | "r+" | ">" | ">>"))
                    || names.iter().any(|name| name != "open" && WRITES.contains(&name.as_str()));
                if creates {
                    self.write_effect(&place, false, false);
                } else {
                    secret |= crate::paths::is_secret_read(&place);
                }
            }
            if path_like && crate::paths::is_secret_read(&self.place(&value)) || text == ".env" {
                secret = true;
            }
            if runs && text.len() > 1 {
                self.script(text, None);
            }
            if text.contains("palisade") && (runs || deletes || names.iter().any(|name| name == "kill")) {
                self.note(Class::Catastrophic, "guard.stop", "acts on Palisade itself");
            }
        }
        if runs && strings.len() > 1 {
            // An argument list: its words make one command.
            let words: Vec<String> = strings.iter().filter(|text| !is_module(text)).cloned().collect();
            let argv: Vec<Value> = words.iter().map(|word| Value::text(word.as_str())).collect();
            if argv.len() <= 32 {
                self.argv(&argv, None);
            }
        }
        let forever = [
            "while 1",
            "while True",
            "for(;;)",
            "for (;;)",
            "while(1)",
            "while(true)",
            "while (true)",
            "loop {",
            "loop do",
            "1 while",
        ]
        .iter()
        .any(|word| code.contains(word));
        if names.iter().any(|name| matches!(name.as_str(), "fork" | "spawn" | "Popen" | "fork_exec")) && forever {
            self.note(Class::Catastrophic, "resource.fork-bomb", "starts processes without end");
        }
        if secret {
            self.secret_read = true;
            self.find(Finding::new(Class::Ambiguous, "secret.read", "reads what may be secrets").does(Operation::Read));
        }
        if connects {
            self.sent = true;
            self.find(
                Finding::new(Class::Ambiguous, "net.code", format!("connects to another host from {language} code"))
                    .does(Operation::Network),
            );
        }
        if connects && runs && (names.iter().any(|name| matches!(name.as_str(), "dup2" | "exec" | "eval" | "pty"))) {
            self.note(Class::Catastrophic, "remote.exec.code", "runs what comes from another host");
        }
        if deletes {
            self.find(
                Finding::new(Class::Destructive, "fs.delete.code", format!("deletes files from {language} code"))
                    .does(Operation::Delete),
            );
        } else if runs || names.iter().any(|name| name == "kill") {
            self.note(Class::Ambiguous, "exec.code", format!("runs other programs from {language} code"));
        } else if !names
            .iter()
            .all(|name| HARMLESS.contains(&name.as_str()) || WRITES.contains(&name.as_str()) && name == "open")
            || writes
        {
            self.note(
                Class::Ambiguous,
                "code.unknown",
                format!("runs {language} code whose effects are not all known"),
            );
        }
    }
}

fn is_module(text: &str) -> bool {
    matches!(
        text,
        "fs" | "child_process"
            | "os"
            | "path"
            | "net"
            | "http"
            | "https"
            | "node:fs"
            | "node:child_process"
            | "fs/promises"
            | "util"
            | "crypto"
    )
}

/// The names and the strings of a piece of code.
pub(super) fn words_of(code: &str, language: &str) -> (Vec<String>, Vec<String>) {
    let (mut names, mut strings) = (Vec::new(), Vec::new());
    let chars: Vec<char> = code.chars().collect();
    let mut at = 0;
    while at < chars.len() {
        let character = chars[at];
        let hash_comment = !matches!(language, "node" | "nodejs" | "php") && character == '#';
        if hash_comment {
            while at < chars.len() && chars[at] != '\n' {
                at += 1;
            }
        } else if matches!(character, '"' | '\'' | '`') {
            let mut text = String::new();
            at += 1;
            while at < chars.len() && chars[at] != character {
                if chars[at] == '\\' && at + 1 < chars.len() {
                    at += 1;
                }
                text.push(chars[at]);
                at += 1;
            }
            at += 1;
            strings.push(text);
        } else if character.is_alphabetic() || character == '_' {
            let start = at;
            while at < chars.len() && (chars[at].is_alphanumeric() || chars[at] == '_') {
                at += 1;
            }
            names.push(chars[start..at].iter().collect());
        } else if character == '/'
            && matches!(language, "awk" | "perl" | "ruby" | "node")
            && regex_may_begin(&chars, at)
        {
            at += 1;
            while at < chars.len() && chars[at] != '/' && chars[at] != '\n' {
                at += 1 + usize::from(chars[at] == '\\');
            }
            at += 1;
            while at < chars.len() && chars[at].is_alphabetic() {
                // Flags of a pattern; `e` runs the replacement.
                if chars[at] == 'e' {
                    names.push("eval".to_owned());
                }
                at += 1;
            }
        } else {
            at += 1;
        }
    }
    (names, strings)
}

fn regex_may_begin(chars: &[char], at: usize) -> bool {
    let before = chars[..at].iter().rev().find(|character| !character.is_whitespace());
    match before {
        None => true,
        Some(character) if character.is_alphabetic() => chars[..at].last().is_some_and(|last| last.is_whitespace()),
        Some(character) => "({[,;=!&|~?:".contains(*character),
    }
}
