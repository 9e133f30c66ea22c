//! Programs that pass their input on, changed or cut: `rev`, `tac`, `tr`, `cut`, `head`, `tail`, `sed`.
//!
//! The real ones count bytes or characters by their locale, so where it matters only ASCII is known.

use super::count;

pub(super) fn each_line(text: &str, change: impl Fn(&str) -> String) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        out.push_str(&change(line.strip_suffix('\n').unwrap_or(line)));
        if line.ends_with('\n') {
            out.push('\n');
        }
    }
    out
}

/// The input, if both it and the arguments are ASCII.
fn ascii<'a>(args: &[&str], input: Option<&'a str>) -> Option<&'a str> {
    input.filter(|text| text.is_ascii() && args.iter().all(|arg| arg.is_ascii()))
}

pub(super) fn rev(input: Option<&str>) -> Option<String> {
    Some(each_line(ascii(&[], input)?, |line| line.chars().rev().collect()))
}

/// A last line without an end would be joined to the one before it.
pub(super) fn tac(input: Option<&str>) -> Option<String> {
    let input = input.filter(|text| text.is_empty() || text.ends_with('\n'))?;
    Some(input.split_inclusive('\n').rev().collect())
}

pub(super) fn tr(args: &[&str], input: Option<&str>) -> Option<String> {
    let input = ascii(args, input)?;
    match args {
        ["-d", set] if !is_option(set) => {
            let set = tr_set(set)?;
            Some(input.chars().filter(|character| !set.contains(character)).collect())
        }
        [from, to] if !is_option(from) && !is_option(to) => {
            // Classes on the right mean something only beside their counterparts.
            let counterpart = matches!((*from, *to), ("[:upper:]", "[:lower:]") | ("[:lower:]", "[:upper:]"));
            if to.contains("[:") && !counterpart {
                return None;
            }
            let (from, to) = (tr_set(from)?, tr_set(to)?);
            let last = *to.last()?;
            let change = |character| match from.iter().rposition(|one| *one == character) {
                Some(at) => to.get(at).copied().unwrap_or(last),
                None => character,
            };
            Some(input.chars().map(change).collect())
        }
        _ => None,
    }
}

fn is_option(arg: &str) -> bool {
    arg.len() > 1 && arg.starts_with('-')
}

/// The classes that are known, in the order in which they are matched up.
const CLASSES: [(&str, &[(u8, u8)]); 4] = [
    ("[:upper:]", &[(b'A', b'Z')]),
    ("[:lower:]", &[(b'a', b'z')]),
    ("[:digit:]", &[(b'0', b'9')]),
    ("[:space:]", &[(b'\t', b'\r'), (b' ', b' ')]),
];

/// The characters of a set: classes, ranges, `\n`, `\t`, `\r` and plain ones. All other brackets and escapes are not known.
fn tr_set(set: &str) -> Option<Vec<char>> {
    let mut out = Vec::new();
    let mut rest = set;
    while let Some(first) = rest.chars().next() {
        if let Some((class, ranges)) = CLASSES.iter().find(|(class, _)| rest.starts_with(class)) {
            out.extend(ranges.iter().flat_map(|(low, high)| (*low..=*high).map(char::from)));
            rest = &rest[class.len()..];
        } else if let Some(escape) = rest.strip_prefix('\\') {
            out.push(match escape.chars().next()? {
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                _ => return None,
            });
            rest = &escape[1..];
        } else if first == '[' {
            return None;
        } else {
            let mut chars = rest.chars().skip(1);
            match (chars.next(), chars.next()) {
                (Some('-'), Some(last)) => {
                    if "[\\".contains(last) || first > last {
                        return None;
                    }
                    out.extend(first..=last);
                    rest = &rest[3..];
                }
                _ => {
                    out.push(first);
                    rest = &rest[1..];
                    continue;
                }
            }
        }
        // A range that begins with anything but a plain character.
        if rest.len() > 1 && rest.starts_with('-') {
            return None;
        }
    }
    (out.len() <= 4096).then_some(out)
}

pub(super) fn cut(args: &[&str], input: Option<&str>) -> Option<String> {
    let input = ascii(args, input)?;
    let (mut delimiter, mut fields, mut characters) = (None, None, None);
    let mut rest = args.iter();
    while let Some(arg) = rest.next() {
        let (letter, attached) = (arg.get(..2)?, &arg[2..]);
        let value = if attached.is_empty() { *rest.next()? } else { attached };
        let before = match letter {
            "-d" => delimiter.replace(one(value)?).is_some(),
            "-f" => fields.replace(ranges(value)?).is_some(),
            "-c" | "-b" => characters.replace(ranges(value)?).is_some(),
            _ => return None,
        };
        if before {
            return None;
        }
    }
    let within = |ranges: &[(usize, usize)], at: usize| ranges.iter().any(|(low, high)| (*low..=*high).contains(&at));
    let cut = |line: &str| match (&characters, &fields) {
        (Some(ranges), None) if delimiter.is_none() => {
            Some(line.chars().enumerate().filter(|(at, _)| within(ranges, at + 1)).map(|(_, one)| one).collect())
        }
        (None, Some(ranges)) => {
            let delimiter = delimiter.unwrap_or('\t');
            if !line.contains(delimiter) {
                return Some(line.to_owned());
            }
            let fields = line.split(delimiter).enumerate().filter(|(at, _)| within(ranges, at + 1));
            let kept: Vec<&str> = fields.map(|(_, field)| field).collect();
            Some(kept.join(delimiter.encode_utf8(&mut [0; 4])))
        }
        _ => None,
    };
    cut("")?;
    // A last line without an end gets one.
    input.split_terminator('\n').map(|line| cut(line).map(|line| line + "\n")).collect()
}

/// The only character of a text.
fn one(text: &str) -> Option<char> {
    let mut chars = text.chars();
    chars.next().filter(|only| *only != '\n' && chars.next().is_none())
}

fn ranges(text: &str) -> Option<Vec<(usize, usize)>> {
    text.split(',')
        .map(|range| match range.split_once('-') {
            Some(("", "")) => None,
            Some((low, high)) => Some((
                if low.is_empty() { 1 } else { count(low)? },
                if high.is_empty() { usize::MAX } else { count(high)? },
            )),
            None => count(range).map(|only| (only, only)),
        })
        .map(|range| range.filter(|(low, high)| 0 < *low && low <= high))
        .collect()
}

pub(super) fn head_tail(name: &str, args: &[&str], input: Option<&str>) -> Option<String> {
    let (unit, most) = match args {
        [] => ('n', 10),
        [flag, most] if *flag == "-n" || *flag == "-c" => (flag.chars().nth(1)?, count(most)?),
        [only] if only.starts_with("-n") || only.starts_with("-c") => (only.chars().nth(1)?, count(&only[2..])?),
        [only] if only.starts_with('-') => ('n', count(&only[1..])?),
        _ => return None,
    };
    if unit == 'c' {
        let text = ascii(args, input)?;
        let most = most.min(text.len());
        return Some(if name == "head" { &text[..most] } else { &text[text.len() - most..] }.to_owned());
    }
    let lines: Vec<&str> = input?.split_inclusive('\n').collect();
    let most = most.min(lines.len());
    Some(if name == "head" { &lines[..most] } else { &lines[lines.len() - most..] }.concat())
}

/// Only `s/literal/literal/[g]`.
pub(super) fn sed(args: &[&str], input: Option<&str>) -> Option<String> {
    let script = match args {
        [script] | ["-e", script] => script,
        _ => return None,
    };
    let mut chars = script.strip_prefix('s')?.chars();
    let delimiter = chars.next().filter(|delimiter| delimiter.is_ascii() && !matches!(delimiter, '\n' | '\\'))?;
    let fields: Vec<&str> = chars.as_str().split(delimiter).collect();
    let [from, to, flags] = fields.as_slice() else { return None };
    let literal = |text: &str| !text.contains(['\\', '.', '*', '[', ']', '^', '$', '&', '\n']);
    if from.is_empty() || !literal(from) || !literal(to) {
        return None;
    }
    let input = input?;
    match *flags {
        "g" => Some(input.replace(from, to)),
        "" => Some(each_line(input, |line| line.replacen(from, to, 1))),
        _ => None,
    }
}
