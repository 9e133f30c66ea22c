//! Redaction: the only rendering of a call that may be stored or shown, with every recognised secret replaced by [`MARK`].
//!
//! It must not depend on a parse: what cannot be parsed holds secrets too. So it looks at bytes, quotes and names, in passes
//! that are linear in the text, and replaces spans; everything else stays as it was, except for characters that would drive a
//! terminal or reverse a line, which become visible.

#[cfg(test)]
mod examples;
mod find;
mod rules;

use find::Finder;

/// What stands for a secret.
pub const MARK: &str = "****";

/// A text without its secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redacted {
    /// The rendering.
    pub text: String,
    /// How many secrets were replaced.
    pub secrets: u32,
}

/// Replaces the secrets in `bytes`. Linear in their length; the caller bounds it.
pub fn redact(bytes: &[u8]) -> Redacted {
    let text = decode(bytes);
    let spans = Finder::new(&text).spans();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for (start, end) in &spans {
        push_visible(&text[at..*start], &mut out);
        out.push_str(MARK);
        at = *end;
    }
    push_visible(&text[at..], &mut out);
    Redacted { text: out, secrets: u32::try_from(spans.len()).unwrap_or(u32::MAX) }
}

/// UTF-8, with every byte that is none written as `\xNN`.
fn decode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            text.push_str(&format!("\\x{byte:02x}"));
        }
    }
    text
}

/// Appends `text` with what would not be seen, or would change what is seen, written as an escape.
fn push_visible(text: &str, out: &mut String) {
    for character in text.chars() {
        match character {
            '\n' | '\t' => out.push(character),
            '\0'..='\u{1f}' | '\u{7f}' => out.push_str(&format!("\\x{:02x}", character as u32)),
            '\u{80}'..='\u{9f}'
            | '\u{ad}'
            | '\u{61c}'
            | '\u{200b}'..='\u{200c}'
            | '\u{200e}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{e0000}'..='\u{e007f}' => out.push_str(&format!("\\u{{{:x}}}", character as u32)),
            _ => out.push(character),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rendering_cannot_drive_a_terminal() {
        let shown = redact(b"ls \x1b]0;x\x07 \xff \r\xe2\x80\xae").text;
        assert_eq!(shown, "ls \\x1b]0;x\\x07 \\xff \\x0d\\u{202e}");
        assert_eq!(redact("a\n\tb é 👍".as_bytes()).text, "a\n\tb é 👍");
    }

    #[test]
    fn redacting_twice_changes_nothing_more() {
        for (text, expected) in super::examples::SECRET {
            assert_eq!(redact(expected.as_bytes()).text, *expected, "{text}");
        }
    }

    #[test]
    fn any_bytes_are_rendered_in_linear_work() {
        let mut seed = 7u64;
        for _ in 0..2000 {
            let bytes: Vec<u8> = (0..seed % 90)
                .map(|_| {
                    seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    b"=:/@-'\"\\ $p:u|;\xff\x1bAKIAtoken"[(seed >> 33) as usize % 26]
                })
                .collect();
            redact(&bytes);
            seed = seed.wrapping_add(0x9e37);
        }
        for unit in [
            "a://",
            "token=",
            "-p ",
            "password: ",
            "mysql ",
            "'\"",
            "Authorization: ",
            "echo x | ",
            "eyJ",
            "://a:",
            "sk-",
            "a-",
            "a.",
        ] {
            let text = unit.repeat(64 * 1024 / unit.len());
            let begun = std::time::Instant::now();
            redact(text.as_bytes());
            // Far above the linear cost in a debug build, far below a quadratic one.
            assert!(begun.elapsed().as_secs() < 10, "{unit}: {:?}", begun.elapsed());
        }
    }
}
