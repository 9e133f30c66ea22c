//! Secrets that a name before them gives away: `password=…`, headers, fields of JSON and YAML.

use super::super::rules::{HARMLESS_ENDS, SECRET_PARTS, SECRET_SEGMENTS};
use super::Finder;

impl<'a> Finder<'a> {
    /// `NAME=value`, `"name": "value"`, `--name value`, `Header: value`, `PASSWORD 'value'`.
    ///
    /// What lies inside of a value that was found is not looked at again: that keeps this linear.
    pub(super) fn names(&mut self) {
        let mut at = 0;
        while at < self.bytes.len() {
            let run = self.bytes[at..]
                .iter()
                .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
                .count();
            if run == 0 {
                at += 1;
                continue;
            }
            let name = &self.text[at..at + run];
            let end = at + run;
            let known = self.spans.len();
            if run <= 96 {
                if name.eq_ignore_ascii_case("authorization")
                    || name.eq_ignore_ascii_case("proxy-authorization")
                    || name.eq_ignore_ascii_case("cookie")
                {
                    self.header(end);
                } else if name.eq_ignore_ascii_case("bearer") {
                    self.scheme_value(end);
                } else if name.eq_ignore_ascii_case("by")
                    && self.text[..at].trim_end().to_ascii_lowercase_ends_with("identified")
                {
                    self.quoted_value(end);
                } else if self.may_name(name, end) && is_secret(name) {
                    self.named(name, end);
                }
            }
            let found = self.spans[known..].iter().map(|(_, end)| *end).max().unwrap_or(0);
            at = end.max(found);
        }
    }

    /// Whether what follows a name that ends at `end` can make [`Self::named`] find a value: most words are plain ones, and the
    /// tables of names are long.
    fn may_name(&self, name: &str, end: usize) -> bool {
        match self.bytes.get(end) {
            Some(b'+' | b'=' | b':' | b'"' | b'\'' | b']' | b'\\') => true,
            Some(b' ' | b'\t') => {
                let next = self.bytes[end..].iter().find(|byte| !matches!(byte, b' ' | b'\t'));
                name.starts_with('-') && next != Some(&b'-')
                    || next == Some(&b'=')
                    || name.eq_ignore_ascii_case("password")
            }
            _ => false,
        }
    }

    /// The value of a secret name that ends at `end`.
    fn named(&mut self, name: &str, end: usize) {
        let mut at = end;
        // The closing quote of a JSON key, plain or escaped.
        if self.bytes.get(at) == Some(&b'\\') && matches!(self.bytes.get(at + 1), Some(b'"' | b'\'')) {
            at += 2;
        } else if matches!(self.bytes.get(at), Some(b'"' | b'\'' | b']')) {
            at += 1;
        }
        let quoted_key = at > end;
        match self.bytes.get(at) {
            Some(b'+') if self.bytes.get(at + 1) == Some(&b'=') => self.push_value(at + 2, b""),
            Some(b'=') => {
                let from = at + 1 + self.bytes[at + 1..].iter().take_while(|byte| quoted_key && **byte == b' ').count();
                self.push_value(from, b"&;,");
            }
            // `//name:` is a user in an address.
            Some(b':') if !self.text[at..].starts_with("://") && !self.text[..end - name.len()].ends_with("//") => {
                let from = at + 1 + self.bytes[at + 1..].iter().take(8).take_while(|byte| **byte == b' ').count();
                self.push_value(from, b",}&;");
            }
            Some(b' ' | b'\t') => {
                let from =
                    at + self.bytes[at..].iter().take(64).take_while(|byte| matches!(byte, b' ' | b'\t')).count();
                let equals = self.bytes.get(from) == Some(&b'=');
                if name.starts_with('-') && !quoted_key {
                    if self.bytes.get(from) != Some(&b'-') {
                        self.push_value(from, b"");
                    }
                } else if equals {
                    let skip = self.bytes[from + 1..].iter().take(8).take_while(|byte| **byte == b' ').count();
                    self.push_value(from + 1 + skip, b"&;,");
                } else if name.eq_ignore_ascii_case("password") {
                    self.quoted_value(end);
                }
            }
            _ => {}
        }
    }

    /// `: Scheme value` behind a header's name; the scheme stays.
    fn header(&mut self, end: usize) {
        let mut at = end;
        while matches!(self.bytes.get(at), Some(b'"' | b'\'' | b'\\')) {
            at += 1;
        }
        if !matches!(self.bytes.get(at), Some(b':' | b'=')) {
            return;
        }
        at += 1;
        while matches!(self.bytes.get(at), Some(b' ' | b'"' | b'\'' | b'\\')) && at < end + 16 {
            at += 1;
        }
        let word =
            self.bytes[at..].iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(byte)).count();
        let scheme = word > 0 && word <= 20 && self.bytes.get(at + word) == Some(&b' ');
        let from = if scheme { at + word + 1 } else { at };
        // Up to the quote that the header stands in; where a line has no quote, it is not searched again.
        let searched = if from < self.quoteless { self.quoteless } else { from };
        let found = self.bytes[searched..].iter().position(|byte| b"\"'\n\\`".contains(byte));
        let stop = found.map_or(self.bytes.len(), |stop| searched + stop);
        let quoted = stop < self.bytes.len() && self.bytes[stop] != b'\n';
        if !quoted {
            self.quoteless = stop;
        }
        let stop = if quoted { stop } else { self.run_end(from, b"") };
        self.spans.push((from, stop));
    }

    /// `Bearer value` anywhere, when the value is long enough to be one.
    fn scheme_value(&mut self, end: usize) {
        if self.bytes.get(end) == Some(&b' ') {
            let stop = self.run_end(end + 1, b",");
            if stop - (end + 1) >= 12 {
                self.spans.push((end + 1, stop));
            }
        }
    }

    /// A quoted value after blanks, as SQL has it.
    fn quoted_value(&mut self, end: usize) {
        let blanks = self.bytes[end..].iter().take(8).take_while(|byte| byte.is_ascii_whitespace()).count();
        let at = end + blanks;
        let escaped = usize::from(self.bytes.get(at) == Some(&b'\\'));
        if blanks > 0 && matches!(self.bytes.get(at + escaped), Some(b'\'' | b'"')) {
            let inside = at + escaped + 1;
            let quote = self.bytes[inside - 1];
            // The quote that closes the outer level closes nothing here.
            if self.quotes.get(inside - 1).is_none_or(|state| *state != quote) || escaped == 1 {
                let stop = self.bytes[inside..]
                    .iter()
                    .position(|byte| *byte == quote || *byte == b'\\')
                    .map_or(self.bytes.len(), |stop| inside + stop);
                self.spans.push((inside, stop));
            }
        }
    }

    /// Marks the value that begins at `start`; `also`: bytes that end it outside of quotes.
    fn push_value(&mut self, start: usize, also: &[u8]) {
        let reference = match self.bytes.get(start) {
            Some(b'$') => self.bytes.get(start + 1) != Some(&b'\''),
            Some(b'`' | b'<') => true,
            _ => false,
        };
        if reference {
            return;
        }
        if let Some(mut span) = self.value(start, also) {
            // openssl(1): `pass:` is followed by the secret, `env:` and `file:` by where it is.
            let source = &self.text[span.0..span.1];
            if source.starts_with("env:") || source.starts_with("file:") {
                return;
            }
            if source.starts_with("pass:") {
                span.0 += 5;
            }
            // Small numbers, as in `max-token 5`, are settings.
            let text = &self.text[span.0..span.1];
            if !(text.len() < 4 && text.bytes().all(|byte| byte.is_ascii_digit())) {
                self.spans.push(span);
            }
        }
    }

    /// The span of a value's content, its quotes left out.
    pub(super) fn value(&self, start: usize, also: &[u8]) -> Option<(usize, usize)> {
        let first = *self.bytes.get(start)?;
        let escaped = first == b'\\' && matches!(self.bytes.get(start + 1), Some(b'"' | b'\''));
        let dollar = first == b'$' && self.bytes.get(start + 1) == Some(&b'\'');
        let at = start + usize::from(escaped || dollar);
        let quote = *self.bytes.get(at)?;
        let closes_outer = self.quotes.get(at).is_some_and(|state| *state == quote) && !escaped;
        if matches!(quote, b'\'' | b'"') && !closes_outer {
            let inside = at + 1;
            let mut end = inside;
            while let Some(byte) = self.bytes.get(end) {
                if escaped && *byte == b'\\' && self.bytes.get(end + 1) == Some(&quote) {
                    break;
                }
                if !escaped && *byte == quote {
                    break;
                }
                end += 1 + usize::from(*byte == b'\\' && quote == b'"' && !escaped);
            }
            let mut end = self.boundary(end.min(self.bytes.len()));
            // `'abc'def`: the word goes on behind the closing quote.
            if !escaped && self.quotes.get(at).is_some_and(|state| *state == 0) && end + 1 < self.bytes.len() {
                let further = self.run_end(end + 1, b"&;,:}])");
                if further > end + 1 {
                    end = further;
                }
            }
            return Some((inside, end));
        }
        (!closes_outer).then(|| (start, self.run_end(start, also)))
    }

    pub(super) fn boundary(&self, mut at: usize) -> usize {
        while !self.text.is_char_boundary(at) {
            at += 1;
        }
        at
    }

    /// Where an unquoted run that begins at `start` ends: at a blank, an operator, or the quote it stands in.
    fn run_end(&self, start: usize, also: &[u8]) -> usize {
        let outer = self.quotes.get(start).copied().unwrap_or(0);
        let mut at = start;
        while let Some(byte) = self.bytes.get(at) {
            match *byte {
                b' ' | b'\t' | b'\n' | b'\r' => break,
                b'|' | b';' | b'<' | b'>' | b'`' | b')' if outer == 0 => break,
                b'&' if outer == 0
                    && self.bytes.get(at + 1).is_none_or(|next| *next == b'&' || next.is_ascii_whitespace()) =>
                {
                    break;
                }
                b'\'' | b'"' if outer == 0 => {
                    // Concatenation: the quoted part belongs to the word.
                    match self.bytes[at + 1..].iter().position(|other| other == byte) {
                        Some(close) => at += close + 1,
                        None => return self.bytes.len(),
                    }
                }
                b'\'' | b'"' => break,
                b'\\' if matches!(self.bytes.get(at + 1), Some(b'"' | b'\'')) => break,
                b'\\' if self.bytes.get(at + 1).is_some() => at += 1,
                other if also.contains(&other) => break,
                _ => {}
            }
            at += 1;
        }
        self.boundary(at.min(self.bytes.len()))
    }
}

pub(super) fn port_follows(rest: &str) -> bool {
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    digits > 0 && matches!(rest.as_bytes().get(digits), None | Some(b'/' | b'?' | b'#'))
}

/// Whether a value under this name is a secret.
fn is_secret(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let bare = lower.trim_start_matches('-');
    if bare.len() < 2
        || HARMLESS_ENDS.iter().any(|end| bare.ends_with(end))
        || bare.starts_with("public")
        || bare.starts_with("no-")
    {
        return false;
    }
    let key = name.len() > 4
        && name.ends_with("_KEY")
        && !bare.contains("public")
        && !bare.contains("primary_key")
        && !bare.contains("foreign_key");
    key || SECRET_PARTS.iter().any(|part| bare.contains(part))
        || bare.split(['_', '-', '.']).any(|segment| SECRET_SEGMENTS.contains(&segment))
        || (name.starts_with("--") && bare == "auth")
}

trait EndsWithIgnoringCase {
    fn to_ascii_lowercase_ends_with(&self, end: &str) -> bool;
}

impl EndsWithIgnoringCase for str {
    fn to_ascii_lowercase_ends_with(&self, end: &str) -> bool {
        self.len() >= end.len() && self.as_bytes()[self.len() - end.len()..].eq_ignore_ascii_case(end.as_bytes())
    }
}
