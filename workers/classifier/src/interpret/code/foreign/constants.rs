//! Functions whose result on constants is worth knowing: they are what names and commands are hidden in.

use super::language::Language;
use super::thing::{Argument, Thing};
use palisade_language::words::{Origin, Value};

/// Bytes of text that a function may give.
const TEXT_MAX: usize = 16 * 1024;

/// The result, if the function is one of these and its arguments are known.
pub(super) fn evaluate(
    language: Language,
    path: &str,
    method: &str,
    arguments: &[Argument],
    receiver: Option<&Thing>,
) -> Option<Thing> {
    let first = arguments.first().map(|one| &one.thing);
    let text = |thing: Option<&Thing>| thing.and_then(Thing::known).filter(|text| text.len() <= TEXT_MAX);
    let me = || text(receiver);
    let given = || text(first);
    let out = match (path, method) {
        ("chr", _) | ("String.fromCharCode" | "String.fromCodePoint" | "string.char", _) => {
            let mut out = String::new();
            for one in arguments {
                let number = one.thing.known()?;
                let number = match number.strip_prefix("0x") {
                    Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                    None => number.parse::<u32>().ok()?,
                };
                out.push(char::from_u32(number)?);
            }
            out
        }
        (_, "join") if language == Language::Python => {
            let between = me()?;
            items(first?)?.join(&between)
        }
        (_, "join") if receiver.is_some() => items(receiver?)?
            .join(&given().unwrap_or_else(|| if language == Language::Js { ",".into() } else { String::new() })),
        ("join" | "implode", _) => {
            let mut words = Vec::new();
            for one in arguments.iter().skip(1) {
                words.extend(items(&one.thing)?);
            }
            words.join(&given()?)
        }
        (
            "base64.b64decode"
            | "base64.standard_b64decode"
            | "atob"
            | "base64_decode"
            | "decode_base64"
            | "Base64.decode64"
            | "MIME::Base64::decode"
            | "Base64.strict_decode64",
            _,
        ) => decode(&given()?)?,
        ("Buffer.from", _) => match arguments.get(1).and_then(|one| one.thing.known()).as_deref() {
            Some("base64") => decode(&given()?)?,
            Some("hex") => unhex(&given()?)?,
            _ => given()?,
        },
        ("bytes.fromhex" | "bytearray.fromhex" | "hex2bin" | "binascii.unhexlify", _) => unhex(&given()?)?,
        ("strrev", _) => given()?.chars().rev().collect(),
        ("reverse", _) if language == Language::Perl => given()?.chars().rev().collect(),
        (_, "reverse") if matches!(language, Language::Ruby) => me()?.chars().rev().collect(),
        (_, "toString" | "to_s" | "decode" | "encode" | "strip" | "trim" | "chomp" | "unpack1_safe") => me()?,
        (_, "lower" | "toLowerCase" | "downcase") => me()?.to_lowercase(),
        ("lc" | "strtolower", _) => given()?.to_lowercase(),
        (_, "replace" | "gsub" | "sub" | "replaceAll") if receiver.is_some() => {
            let with = arguments.get(1).and_then(|one| one.thing.known())?;
            let out = me()?.replace(&given()?, &with);
            (out.len() <= TEXT_MAX).then_some(out)?
        }
        (_, "split") if receiver.is_some() && language != Language::Perl => {
            let text = me()?;
            let parts: Vec<Thing> = match given() {
                Some(by) if !by.is_empty() => text.split(by.as_str()).take(256).map(Thing::text).collect(),
                Some(_) => text.chars().take(256).map(|one| Thing::text(one.to_string())).collect(),
                None => text.split_whitespace().take(256).map(Thing::text).collect(),
            };
            return Some(Thing::List(parts));
        }
        (_, "format") if receiver.is_some() && language == Language::Python => {
            let mut out = Value::default();
            let pattern = me()?;
            let mut rest = pattern.as_str();
            let mut next = arguments.iter();
            while let Some(at) = rest.find("{}") {
                out.push_text(&rest[..at]);
                out.append(&next.next().map(|one| one.thing.value()).unwrap_or(Value::unknown(Origin::Mixed)));
                rest = &rest[at + 2..];
            }
            out.push_text(rest);
            if pattern.contains('{') && !pattern.contains("{}") {
                out = Value::unknown(Origin::Mixed);
            }
            return Some(Thing::Value(out));
        }
        _ => return None,
    };
    Some(Thing::text(out))
}

fn items(thing: &Thing) -> Option<Vec<String>> {
    match thing {
        Thing::List(items) => items.iter().map(Thing::known).collect(),
        other => other.known().map(|text| vec![text]),
    }
}

fn unhex(text: &str) -> Option<String> {
    let digits: Vec<u8> = text.chars().filter_map(|digit| digit.to_digit(16)).map(|digit| digit as u8).collect();
    let bytes: Vec<u8> = digits.chunks_exact(2).map(|two| two[0] * 16 + two[1]).collect();
    String::from_utf8(bytes).ok()
}

/// Base64 as text; `None` if it is none.
pub(super) fn decode(text: &str) -> Option<String> {
    String::from_utf8(decode_bytes(text)?).ok()
}

/// Base64.
pub(in crate::interpret::code) fn decode_bytes(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let (mut bits, mut count) = (0u32, 0);
    for byte in text.bytes().filter(|byte| !byte.is_ascii_whitespace() && *byte != b'=') {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        bits = (bits << 6 | u32::from(value)) & 0xff_ffff;
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count) as u8);
        }
    }
    Some(out)
}
