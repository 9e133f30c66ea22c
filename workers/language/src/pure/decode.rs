//! Programs that turn an encoding back into text: `base64`, `openssl base64`, `xxd`.

pub(super) fn base64(args: &[&str], input: Option<&str>) -> Option<String> {
    let mut decode = false;
    for arg in args {
        match *arg {
            "-d" | "-D" | "--decode" | "-di" | "-id" => decode = true,
            "-" | "-i" | "--ignore-garbage" | "-w0" => {}
            _ => return None,
        }
    }
    decode.then(|| decode_base64(input?))?
}

fn decode_base64(text: &str) -> Option<String> {
    let mut out = Vec::new();
    let (mut bits, mut held) = (0u32, 0u32);
    for byte in text.bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' | b'\n' | b'\r' | b' ' => continue,
            _ => return None,
        };
        bits = (bits << 6) | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held) as u8);
            bits &= (1 << held) - 1;
        }
    }
    String::from_utf8(out).ok()
}

pub(super) fn openssl(args: &[&str], input: Option<&str>) -> Option<String> {
    let base64 = matches!(args, ["base64", ..] | ["enc", "-base64", ..] | ["enc", "-a", ..]);
    let known = args.iter().skip(1).all(|arg| matches!(*arg, "-d" | "-A" | "-a" | "-base64"));
    (base64 && known && args.contains(&"-d")).then(|| decode_base64(input?))?
}

pub(super) fn xxd(args: &[&str], input: Option<&str>) -> Option<String> {
    let reverse = args.iter().any(|arg| matches!(*arg, "-r" | "-rp" | "-revert"));
    let plain = args.iter().any(|arg| matches!(*arg, "-p" | "-rp" | "-ps" | "-plain"));
    if !reverse
        || !plain
        || args.iter().any(|arg| !matches!(*arg, "-r" | "-p" | "-rp" | "-ps" | "-plain" | "-revert" | "-"))
    {
        return None;
    }
    let digits: Vec<u32> = input?.chars().filter_map(|character| character.to_digit(16)).collect();
    let bytes = digits.chunks_exact(2).map(|pair| (pair[0] * 16 + pair[1]) as u8).collect();
    String::from_utf8(bytes).ok()
}
