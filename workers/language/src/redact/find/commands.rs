//! Secrets that a command gives away: values of its options, and what is piped into a reader of passwords.

use super::super::rules::{OPTIONS, READERS, takes_secrets};
use super::Finder;

/// A run of bytes that is neither blank nor quote nor operator.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token {
    start: usize,
    end: usize,
    /// How many command separators stand before it: tokens of one command share the number.
    command: u32,
    /// Separated from the command before by a pipe.
    piped: bool,
}

impl<'a> Finder<'a> {
    pub(super) fn tokens(&self) -> Vec<Token> {
        let mut tokens = Vec::new();
        let (mut at, mut command, mut piped) = (0, 0, false);
        while at < self.bytes.len() {
            match self.bytes[at] {
                b'|' | b';' | b'&' | b'\n' => {
                    command += 1;
                    piped = self.bytes[at] == b'|'
                        && self.bytes.get(at + 1) != Some(&b'|')
                        && (at == 0 || self.bytes[at - 1] != b'|');
                    at += 1;
                }
                byte if ends_token(byte) => at += 1,
                _ => {
                    let start = at;
                    at += self.bytes[at..].iter().take_while(|byte| !ends_token(**byte)).count();
                    tokens.push(Token { start, end: at, command, piped });
                }
            }
        }
        tokens
    }

    fn token(&self, token: &Token) -> &'a str {
        &self.text[token.start..token.end]
    }

    /// Options of known programs, wherever on the line the program stands: wrappers and quotes do not hide it.
    pub(super) fn options(&mut self, tokens: &[Token]) {
        let mut program: Option<(&str, u32)> = None;
        for (at, token) in tokens.iter().enumerate() {
            let text = self.token(token);
            let base = text.rsplit('/').next().unwrap_or(text);
            if takes_secrets(base) {
                program = Some((base, token.command));
                continue;
            }
            let Some((name, command)) = program else { continue };
            if command != token.command {
                program = None;
                continue;
            }
            for option in OPTIONS.iter().filter(|option| option.programs.contains(&name)) {
                let login = option.after != 1
                    || tokens[..at]
                        .iter()
                        .rev()
                        .take(16)
                        .any(|other| other.command == command && self.token(other) == "login");
                if !login {
                    continue;
                }
                let start = if text == option.option {
                    let glued = matches!(self.bytes.get(token.end), Some(b'\'' | b'"'))
                        && self.quotes.get(token.end).copied() != self.bytes.get(token.end).copied();
                    if glued && option.attached {
                        Some(token.end)
                    } else if option.separate {
                        let blanks =
                            self.bytes[token.end..].iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
                        Some(token.end + blanks).filter(|_| blanks > 0)
                    } else {
                        None
                    }
                } else if option.attached
                    && text.starts_with(option.option)
                    && !(option.option.len() == 2 && text.starts_with("--"))
                {
                    let skip = usize::from(option.option.starts_with("--"));
                    (skip == 0 || text[option.option.len()..].starts_with('='))
                        .then_some(token.start + option.option.len() + skip)
                } else if option.option.len() == 2 && option.separate && is_cluster(text, option.option) {
                    let blanks = self.bytes[token.end..].iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
                    Some(token.end + blanks)
                } else {
                    None
                };
                if let Some((mut start, end)) = start.and_then(|start| self.value(start, b"")) {
                    if option.after > 1 {
                        match self.text[start..end].find(option.after as char) {
                            Some(found) => start += found + 1,
                            None => continue,
                        }
                    }
                    self.spans.push((start, end));
                }
            }
        }
    }

    /// `echo SECRET | sudo -S …`: the producer's arguments.
    pub(super) fn producers(&mut self, tokens: &[Token]) {
        let mut first = 0;
        for at in 1..=tokens.len() {
            if at < tokens.len() && tokens[at].command == tokens[first].command {
                continue;
            }
            let group = &tokens[first..at];
            let reads = group[0].piped
                && group.iter().any(|token| {
                    READERS.iter().any(|(name, flag)| {
                        self.token(token).rsplit('/').next() == Some(name)
                            && (flag.is_empty() || group.iter().any(|other| self.token(other) == *flag))
                    })
                });
            if reads && first > 0 {
                let producer = tokens[first - 1].command;
                let begin =
                    tokens[..first].iter().rposition(|token| token.command != producer).map_or(0, |before| before + 1);
                if matches!(self.token(&tokens[begin]), "echo" | "printf") {
                    for token in &tokens[begin + 1..first] {
                        let text = self.token(token);
                        if text.starts_with('-') || text.starts_with('%') {
                            continue;
                        }
                        let user = text.find(':').map_or(0, |colon| colon + 1);
                        self.spans.push((token.start + user, token.end));
                    }
                }
            }
            first = at;
        }
    }
}

/// Blanks, quotes and operators.
fn ends_token(byte: u8) -> bool {
    byte.is_ascii_whitespace()
        || matches!(byte, b'\'' | b'"' | b'`' | b'(' | b')' | b'<' | b'>' | b'|' | b';' | b'&' | b'\\')
}

/// `-su` holds `-u` at its end.
fn is_cluster(text: &str, option: &str) -> bool {
    text.len() > 2
        && text.len() <= 6
        && text.starts_with('-')
        && !text.starts_with("--")
        && text.ends_with(&option[1..])
        && text[1..].bytes().all(|byte| byte.is_ascii_alphabetic())
}
