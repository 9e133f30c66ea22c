//! Programs that turn an encoding back into text: `base64`, `openssl base64`, `xxd`.

use super::Output;

pub(super) fn base64(args: &[&str], input: Option<&str>) -> Option<Output> {
    let (mut decode, mut dialect) = (false, false);
    for arg in args {
        match *arg {
            "-d" | "--decode" | "-di" | "-id" => decode = true,
            "-D" => (decode, dialect) = (true, true),
            "-" | "-i" | "--ignore-garbage" | "-w0" => {}
            _ => return None,
        }
    }
    let text = decode.then(|| decode_base64(input?))??;
    Some(Output { text, dialect })
}

/// Whole groups of four in lines. What stands after the padding, blanks and missing padding are read in different ways.
fn decode_base64(text: &str) -> Option<String> {
    let mut out = Vec::new();
    let (mut bits, mut held, mut digits, mut padding) = (0u32, 0u32, 0usize, 0usize);
    for byte in text.bytes() {
        let value = match byte {
            b'\n' => continue,
            b'=' => {
                padding += 1;
                continue;
            }
            _ if padding > 0 => return None,
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        digits += 1;
        bits = (bits << 6) | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held) as u8);
            bits &= (1 << held) - 1;
        }
    }
    let whole = padding <= 2 && (digits + padding).is_multiple_of(4) && bits == 0;
    whole.then(|| String::from_utf8(out).ok())?.filter(|text| !text.contains('\0'))
}

/// Whole groups of eight; padding only fills the last one.
pub(super) fn base32(args: &[&str], input: Option<&str>) -> Option<String> {
    if !matches!(args, ["-d" | "--decode"]) {
        return None;
    }
    let text = input?.replace('\n', "");
    let digits = text.trim_end_matches('=');
    if !text.len().is_multiple_of(8) || text.len() - digits.len() > 6 {
        return None;
    }
    let (mut out, mut bits, mut held) = (Vec::new(), 0u32, 0u32);
    for byte in digits.bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'2'..=b'7' => byte - b'2' + 26,
            _ => return None,
        };
        bits = (bits << 5) | u32::from(value);
        held += 5;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held) as u8);
            bits &= (1 << held) - 1;
        }
    }
    String::from_utf8(out).ok().filter(|text| !text.contains('\0'))
}

/// Without `-A` it wants short lines that end, and says nothing where they do not.
pub(super) fn openssl(args: &[&str], input: Option<&str>) -> Option<Output> {
    let base64 = matches!(args, ["base64", ..] | ["enc", "-base64", ..] | ["enc", "-a", ..]);
    let known = args.iter().skip(1).all(|arg| matches!(*arg, "-d" | "-A" | "-a" | "-base64"));
    let text = (base64 && known && args.contains(&"-d")).then(|| decode_base64(input?))??;
    Some(Output { text, dialect: true })
}

pub(super) fn xxd(args: &[&str], input: Option<&str>) -> Option<Output> {
    let all = args.iter().all(|arg| matches!(*arg, "-r" | "-p" | "-rp" | "-ps" | "-plain" | "-revert" | "-"));
    // Most versions read no options that stand together.
    let together = args.contains(&"-rp");
    let reverse = together || args.iter().any(|arg| matches!(*arg, "-r" | "-revert"));
    let plain = together || args.iter().any(|arg| matches!(*arg, "-p" | "-ps" | "-plain"));
    if !(all && reverse && plain) {
        return None;
    }
    let mut bytes = Vec::new();
    for line in input?.split('\n') {
        let digits: Vec<u32> = line.chars().map(|character| character.to_digit(16)).collect::<Option<_>>()?;
        if !digits.len().is_multiple_of(2) {
            return None;
        }
        bytes.extend(digits.chunks_exact(2).map(|pair| (pair[0] * 16 + pair[1]) as u8));
    }
    let text = String::from_utf8(bytes).ok().filter(|text| !text.contains('\0'))?;
    Some(Output { text, dialect: together })
}
