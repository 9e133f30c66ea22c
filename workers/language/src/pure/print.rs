//! `echo` and `printf`, and the backslash escapes that they and `$'…'` understand.
//!
//! Shells disagree about many of these. What is decoded here is what bash makes of it; [`Text::dialect`] says where another
//! shell writes something else.

use super::Output;
use crate::limits::VALUE_MAX;
use std::iter::Peekable;
use std::str::Chars;

/// Who reads a backslash.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reader {
    /// `echo -e`
    Echo,
    /// The format of `printf`.
    Format,
    /// An argument of `%b`.
    Argument,
}

/// Text under construction: bytes, because an escape may stand for a part of a character.
#[derive(Default)]
struct Text {
    bytes: Vec<u8>,
    dialect: bool,
}

impl Text {
    fn push(&mut self, character: char) {
        self.bytes.extend(character.encode_utf8(&mut [0; 4]).bytes());
    }

    fn literal(&mut self, escape: &[u8]) {
        self.dialect = true;
        self.bytes.push(b'\\');
        self.bytes.extend(escape);
    }

    /// Zeros are lost on the way into a variable or an argument, and what is no text was cut apart.
    fn finish(self) -> Option<Output> {
        let text = String::from_utf8(self.bytes).ok().filter(|text| !text.contains('\0'))?;
        Some(Output { text, dialect: self.dialect })
    }
}

/// The text of `$'…'`. What follows a zero in it is lost, as in the shell.
pub fn unescape(text: &str) -> String {
    let mut out = Text::default();
    let mut chars = text.chars().peekable();
    while let Some(character) = chars.next() {
        if character != '\\' {
            out.push(character);
            continue;
        }
        match chars.next() {
            Some(quote @ ('\'' | '"' | '?')) => out.push(quote),
            Some('c') => match chars.next() {
                Some(control) => out.bytes.push(control as u8 & 0x1f),
                None => out.literal(b"c"),
            },
            Some(first @ '0'..='7') => out.bytes.push(octal(&mut chars, first, 3)),
            other => common(&mut out, &mut chars, other),
        }
    }
    let end = out.bytes.iter().position(|byte| *byte == 0).unwrap_or(out.bytes.len());
    String::from_utf8_lossy(&out.bytes[..end]).into_owned()
}

/// Decodes one escape, after its backslash. True: nothing more is written at all. `None`: not known.
fn escape(out: &mut Text, chars: &mut Peekable<Chars<'_>>, reader: Reader) -> Option<bool> {
    if reader == Reader::Format && chars.peek() == Some(&'%') {
        out.literal(b"");
        return Some(false);
    }
    match chars.next() {
        Some('c') if reader == Reader::Format => return None,
        Some('c') => return Some(true),
        Some(quote @ ('\'' | '"' | '?')) if reader == Reader::Format => {
            out.dialect = true;
            out.push(quote);
        }
        Some(quote @ ('\'' | '"' | '?')) => out.literal(quote.to_string().as_bytes()),
        Some('0') if reader != Reader::Format => out.bytes.push(octal(chars, '0', 4)),
        Some(first @ '0'..='7') if reader != Reader::Echo => out.bytes.push(octal(chars, first, 3)),
        other => common(out, chars, other),
    }
    Some(false)
}

/// The escapes that all readers share.
fn common(out: &mut Text, chars: &mut Peekable<Chars<'_>>, escape: Option<char>) {
    let plain = match escape {
        Some('n') => b'\n',
        Some('t') => b'\t',
        Some('r') => b'\r',
        Some('a') => 7,
        Some('b') => 8,
        Some('f') => 12,
        Some('v') => 11,
        Some('\\') => b'\\',
        None => return out.literal(b""),
        Some(other) => {
            out.dialect = true;
            match other {
                'e' | 'E' => out.bytes.push(27),
                'x' => match number(chars, 16, 2) {
                    Some(value) => out.bytes.push(value as u8),
                    None => out.literal(b"x"),
                },
                'u' | 'U' => match number(chars, 16, if other == 'u' { 4 } else { 8 }).and_then(char::from_u32) {
                    Some(value) => out.push(value),
                    None => out.literal(&[other as u8]),
                },
                _ => out.literal(other.encode_utf8(&mut [0; 4]).as_bytes()),
            }
            return;
        }
    };
    out.bytes.push(plain);
}

fn number(chars: &mut Peekable<Chars<'_>>, radix: u32, most: usize) -> Option<u32> {
    let mut value = None;
    for _ in 0..most {
        let Some(digit) = chars.peek().and_then(|next| next.to_digit(radix)) else { break };
        value = Some(value.unwrap_or(0u32).wrapping_mul(radix) + digit);
        chars.next();
    }
    value
}

/// An octal number of at most `most` digits, the first of which was read.
fn octal(chars: &mut Peekable<Chars<'_>>, first: char, most: usize) -> u8 {
    let mut value = first.to_digit(8).unwrap_or(0);
    for _ in 1..most {
        let Some(digit) = chars.peek().and_then(|next| next.to_digit(8)) else { break };
        value = value * 8 + digit;
        chars.next();
    }
    value as u8
}

pub(super) fn echo(args: &[&str]) -> Option<Output> {
    let (mut newline, mut escapes, mut first) = (true, false, 0);
    let mut out = Text::default();
    for arg in args {
        if arg.len() < 2 || !arg.starts_with('-') || !arg[1..].bytes().all(|byte| b"neE".contains(&byte)) {
            break;
        }
        newline &= !arg.contains('n');
        escapes = arg.rfind(['e', 'E']).map_or(escapes, |at| arg[at..].starts_with('e'));
        out.dialect |= *arg != "-n" || first > 0;
        first += 1;
    }
    // `echo - a` and `echo --help` are the other cases in which one of them writes something else.
    out.dialect |= args.get(first).is_some_and(|arg| arg.starts_with('-'));
    let text = args[first..].join(" ");
    out.dialect |= text.contains('\\');
    let mut chars = text.chars().peekable();
    while let Some(character) = chars.next() {
        if character != '\\' || !escapes {
            out.push(character);
        } else if escape(&mut out, &mut chars, Reader::Echo)? {
            newline = false;
            break;
        }
    }
    if newline {
        out.bytes.push(b'\n');
    }
    out.finish()
}

pub(super) fn printf(args: &[&str]) -> Option<Output> {
    let (args, begins) = if args.first() == Some(&"--") { (&args[1..], true) } else { (args, false) };
    let (format, mut rest) = args.split_first()?;
    if format.starts_with('-') && !begins {
        return None;
    }
    let mut out = Text::default();
    loop {
        let (used, stop) = printf_once(format, rest, &mut out)?;
        rest = &rest[used.min(rest.len())..];
        if rest.is_empty() || used == 0 || stop || out.bytes.len() > VALUE_MAX {
            return out.finish();
        }
    }
}

/// One pass over the format; how many arguments it used, and whether `\c` ended it. Flags, widths and precisions are not known.
fn printf_once(format: &str, args: &[&str], out: &mut Text) -> Option<(usize, bool)> {
    let mut used = 0;
    let mut chars = format.chars().peekable();
    while let Some(character) = chars.next() {
        match character {
            '\\' => {
                escape(out, &mut chars, Reader::Format)?;
                continue;
            }
            '%' => {}
            _ => {
                out.push(character);
                continue;
            }
        }
        let arg = args.get(used).copied().unwrap_or("");
        match chars.next()? {
            '%' => {
                out.bytes.push(b'%');
                continue;
            }
            's' => out.bytes.extend(arg.bytes()),
            'b' => {
                let mut inner = arg.chars().peekable();
                while let Some(character) = inner.next() {
                    if character != '\\' {
                        out.push(character);
                    } else if escape(out, &mut inner, Reader::Argument)? {
                        return Some((used + 1, true));
                    }
                }
            }
            'c' => out.bytes.push(arg.bytes().next().filter(u8::is_ascii)?),
            'd' | 'i' => out.bytes.extend(integer(arg)?.to_string().bytes()),
            'u' => out.bytes.extend(natural(arg)?.to_string().bytes()),
            'x' => out.bytes.extend(format!("{:x}", natural(arg)?).bytes()),
            'X' => out.bytes.extend(format!("{:X}", natural(arg)?).bytes()),
            'o' => out.bytes.extend(format!("{:o}", natural(arg)?).bytes()),
            'q' if !arg.is_empty()
                && arg.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-./".contains(&byte)) =>
            {
                out.dialect = true;
                out.bytes.extend(arg.bytes());
            }
            _ => return None,
        }
        used += 1;
    }
    Some((used, false))
}

fn integer(text: &str) -> Option<i64> {
    match text.strip_prefix('-') {
        Some(digits) if digits.starts_with(|first: char| first.is_ascii_digit()) => Some(-natural(digits)?),
        Some(_) => None,
        None => natural(text),
    }
}

/// A number as C reads it; octals and what has a sign or a blank are not known.
fn natural(text: &str) -> Option<i64> {
    if let Some(character) = text.strip_prefix(['\'', '"']) {
        let [one] = character.as_bytes() else { return None };
        return one.is_ascii().then(|| i64::from(*one));
    }
    if let Some(hex) = text.strip_prefix("0x").filter(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit())) {
        return i64::from_str_radix(hex, 16).ok();
    }
    match text {
        "" | "0" => Some(0),
        _ if text.starts_with('0') || !text.bytes().all(|byte| byte.is_ascii_digit()) => None,
        _ => text.parse().ok(),
    }
}
