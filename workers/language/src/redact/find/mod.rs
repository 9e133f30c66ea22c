//! Finds the spans of secrets: those that say what they are by their own shape. What stands beside a telling name, and what a
//! command's options and pipes carry, is found by the passes below.

mod commands;
mod named;

use super::rules::{PREFIXES, TOKEN_MIN};
use named::port_follows;

pub(super) struct Finder<'a> {
    text: &'a str,
    bytes: &'a [u8],
    /// For each byte the quote it stands in at the outermost level (0, `'` or `"`).
    quotes: Vec<u8>,
    /// There is no quote from the header looked at last up to here.
    quoteless: usize,
    spans: Vec<(usize, usize)>,
}

impl<'a> Finder<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, bytes: text.as_bytes(), quotes: quote_states(text.as_bytes()), quoteless: 0, spans: Vec::new() }
    }

    /// All spans, in order, not overlapping.
    pub(super) fn spans(mut self) -> Vec<(usize, usize)> {
        self.private_keys();
        self.prefixes();
        self.uris();
        self.names();
        let tokens = self.tokens();
        self.options(&tokens);
        self.producers(&tokens);
        let mut spans = std::mem::take(&mut self.spans);
        spans.retain(|(start, end)| start < end && self.worth_hiding(*start, *end));
        spans.sort_unstable();
        let mut merged: Vec<(usize, usize)> = Vec::new();
        for (start, end) in spans {
            match merged.last_mut() {
                Some(last) if start <= last.1 => last.1 = last.1.max(end),
                _ => merged.push((start, end)),
            }
        }
        merged
    }

    /// References, placeholders and our own mark are no secrets.
    fn worth_hiding(&self, start: usize, end: usize) -> bool {
        let value = &self.text[start..end];
        let reference = value.starts_with('$') && !value.starts_with("$'");
        let placeholder =
            value.starts_with('<') || value.starts_with("****") || value.starts_with("{{") || value.starts_with('`');
        let word = matches!(
            value.to_ascii_lowercase().as_str(),
            "true" | "false" | "null" | "none" | "nil" | "undefined" | "-" | "…"
        );
        !(reference || placeholder || word)
    }

    /// `-----BEGIN … PRIVATE KEY-----` up to its end line.
    fn private_keys(&mut self) {
        let mut from = 0;
        while let Some(found) = self.text[from..].find("-----BEGIN ") {
            let start = from + found;
            let rest = &self.text[start..];
            let header = rest[11..].find("-----").map(|end| 11 + end + 5);
            match header.filter(|end| *end < 80 && rest[..*end].contains("PRIVATE KEY")) {
                Some(header) => {
                    let end = rest[header..].find("-----END").map_or(self.text.len(), |end| start + header + end);
                    self.spans.push((start + header, end));
                    from = end;
                }
                None => from = start + 11,
            }
        }
    }

    /// Tokens that say by their beginning what they are.
    fn prefixes(&mut self) {
        // `end`: where the run that was measured last ends; a token within it ends there too.
        let (mut at, mut end) = (0, 0);
        while at < self.bytes.len() {
            let boundary = at == 0 || !(self.bytes[at - 1].is_ascii_alphanumeric() || self.bytes[at - 1] == b'_');
            if !boundary || !self.bytes[at].is_ascii_alphabetic() {
                at += 1;
                continue;
            }
            if at >= end {
                let belongs = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
                end = at + self.bytes[at..].iter().take_while(belongs).count();
            }
            let run = end - at;
            let token = &self.text[at..at + run];
            if run >= TOKEN_MIN && tells_a_secret(token) {
                self.spans.push((at, at + run));
                at += run;
            } else {
                // The next boundary is behind this run of letters, digits and underscores.
                at += token.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count().max(1);
            }
        }
    }

    /// `scheme://user:SECRET@host`, and a long user without password.
    fn uris(&mut self) {
        let mut from = 0;
        while let Some(found) = self.text[from..].find("://") {
            let start = from + found + 3;
            // Up to what ends an address, or to the next one; longer authorities than this are none.
            let window = &self.bytes[start..self.bytes.len().min(start + 2048)];
            let ends = |(at, byte): (usize, &u8)| {
                b" \t\r\n'\"`<>|\\".contains(byte) || (*byte == b':' && window[at..].starts_with(b"://"))
            };
            let length = window.iter().enumerate().position(ends).unwrap_or(window.len());
            let end = self.boundary(start + length);
            // The authority ends at the first slash behind the last `@`; a password may hold slashes itself.
            let authority = &self.text[start..end];
            let slash = authority.find(['/', '?', '#']).unwrap_or(authority.len());
            let at = authority[..slash].rfind('@').or_else(|| {
                let first_at = authority.find('@')?;
                // A slash before the `@` belongs to the password only if a colon precedes it.
                authority[..first_at]
                    .find(':')
                    .filter(|colon| *colon < slash && !port_follows(&authority[*colon + 1..]))
                    .map(|_| first_at)
            });
            if let Some(at) = at {
                match authority[..at].find(':') {
                    Some(colon) => self.spans.push((start + colon + 1, start + at)),
                    None if at >= 20 => self.spans.push((start, start + at)),
                    None => {}
                }
            }
            from = start;
        }
    }
}

/// As much of a token as is looked at to tell what it is: the whole of it each time would be quadratic.
fn begins(token: &str) -> impl Iterator<Item = u8> {
    token.bytes().take(512)
}

/// Whether a token says by its beginning that it is a secret.
fn tells_a_secret(token: &str) -> bool {
    PREFIXES.iter().any(|(prefix, least)| {
        token
            .strip_prefix(prefix)
            .is_some_and(|rest| rest.len() >= *least && (*prefix != "eyJ" || begins(rest).any(|byte| byte == b'.')))
            && (*prefix != "sk-" || begins(token).any(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase()))
    })
}

/// The outermost quote that each byte stands in; the quotes themselves count as inside of theirs when closing.
fn quote_states(bytes: &[u8]) -> Vec<u8> {
    let mut states = Vec::with_capacity(bytes.len());
    let mut state = 0u8;
    let mut at = 0;
    while at < bytes.len() {
        let byte = bytes[at];
        states.push(state);
        match (state, byte) {
            (0 | b'"', b'\\') if at + 1 < bytes.len() => {
                states.push(state);
                at += 1;
            }
            (0, b'\'' | b'"') => state = byte,
            (quote, byte) if quote == byte => state = 0,
            _ => {}
        }
        at += 1;
    }
    states
}
