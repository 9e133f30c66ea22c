//! `echo` and `printf`, and the escapes that both understand.

use crate::limits::VALUE_MAX;

/// Decodes backslash escapes as `echo -e`, `printf` (both with `ansi_c` false) or `$'…'` do. The flag is true after `\c`.
pub fn unescape(text: &str, ansi_c: bool) -> (String, bool) {
    let mut out: Vec<u8> = Vec::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(character) = chars.next() {
        if character != '\\' {
            out.extend(character.encode_utf8(&mut [0; 4]).bytes());
            continue;
        }
        let Some(escape) = chars.next() else {
            out.push(b'\\');
            break;
        };
        let mut number = |radix: u32, most: usize, first: Option<char>| -> Option<u32> {
            let mut value = first.and_then(|first| first.to_digit(radix));
            let mut taken = usize::from(first.is_some());
            while taken < most {
                let Some(digit) = chars.peek().and_then(|next| next.to_digit(radix)) else { break };
                value = Some(value.unwrap_or(0).wrapping_mul(radix) + digit);
                chars.next();
                taken += 1;
            }
            value
        };
        match escape {
            'n' => out.push(b'\n'),
            't' => out.push(b'\t'),
            'r' => out.push(b'\r'),
            'a' => out.push(7),
            'b' => out.push(8),
            'f' => out.push(12),
            'v' => out.push(11),
            'e' | 'E' => out.push(27),
            '\\' => out.push(b'\\'),
            '\'' | '"' | '?' if ansi_c => out.push(escape as u8),
            'c' if !ansi_c => return (String::from_utf8_lossy(&out).into_owned(), true),
            'x' => match number(16, 2, None) {
                Some(value) => out.push(value as u8),
                None => out.extend(b"\\x"),
            },
            'u' | 'U' => match number(16, if escape == 'u' { 4 } else { 8 }, None).and_then(char::from_u32) {
                Some(value) => out.extend(value.encode_utf8(&mut [0; 4]).bytes()),
                None => out.extend([b'\\', escape as u8]),
            },
            '0'..='7' => {
                let most = if escape == '0' && !ansi_c { 4 } else { 3 };
                out.push(number(8, most, Some(escape)).unwrap_or(0) as u8);
            }
            other => {
                out.push(b'\\');
                out.extend(other.encode_utf8(&mut [0; 4]).bytes());
            }
        }
    }
    (String::from_utf8_lossy(&out).into_owned(), false)
}

pub(super) fn echo(args: &[&str]) -> String {
    let (mut newline, mut escapes, mut first) = (true, false, 0);
    for arg in args {
        if arg.len() < 2 || !arg.starts_with('-') || !arg[1..].bytes().all(|byte| b"neE".contains(&byte)) {
            break;
        }
        newline &= !arg.contains('n');
        escapes |= arg.contains('e');
        first += 1;
    }
    let mut text = args[first..].join(" ");
    if escapes {
        let (decoded, stop) = unescape(&text, false);
        text = decoded;
        newline &= !stop;
    }
    if newline {
        text.push('\n');
    }
    text
}

pub(super) fn printf(args: &[&str]) -> Option<String> {
    let args = if args.first() == Some(&"--") { &args[1..] } else { args };
    let (format, mut rest) = args.split_first()?;
    let mut out = String::new();
    loop {
        let (used, stop) = printf_once(format, rest, &mut out)?;
        rest = &rest[used.min(rest.len())..];
        if rest.is_empty() || used == 0 || stop || out.len() > VALUE_MAX {
            return Some(out);
        }
    }
}

/// One pass over the format; how many arguments it used.
fn printf_once(format: &str, args: &[&str], out: &mut String) -> Option<(usize, bool)> {
    let (decoded, stop) = unescape(format, false);
    let mut used = 0;
    let mut chars = decoded.chars().peekable();
    while let Some(character) = chars.next() {
        if character != '%' {
            out.push(character);
            continue;
        }
        while chars.peek().is_some_and(|next| "-+ #0123456789.".contains(*next)) {
            chars.next();
        }
        let arg = args.get(used).copied().unwrap_or("");
        match chars.next()? {
            '%' => {
                out.push('%');
                continue;
            }
            's' => out.push_str(arg),
            'b' => {
                let (text, stop) = unescape(arg, false);
                out.push_str(&text);
                if stop {
                    return Some((used + 1, true));
                }
            }
            'c' => out.extend(arg.chars().take(1)),
            'd' | 'i' | 'u' => out.push_str(&number(arg)?.to_string()),
            'x' => out.push_str(&format!("{:x}", number(arg)?)),
            'X' => out.push_str(&format!("{:X}", number(arg)?)),
            'o' => out.push_str(&format!("{:o}", number(arg)?)),
            'q' => out.push_str(arg),
            _ => return None,
        }
        used += 1;
    }
    Some((used, stop))
}

fn number(text: &str) -> Option<i64> {
    if text.is_empty() {
        return Some(0);
    }
    if let Some(character) = text.strip_prefix('\'').or_else(|| text.strip_prefix('"')) {
        return character.chars().next().map(|character| i64::from(u32::from(character)));
    }
    if let Some(hex) = text.strip_prefix("0x") {
        return i64::from_str_radix(hex, 16).ok();
    }
    text.parse().ok()
}
