//! Programs that pass their input on, changed or cut: `rev`, `tr`, `cut`, `head`, `tail`, `sed`.

use super::print::unescape;

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

pub(super) fn tr(args: &[&str], input: Option<&str>) -> Option<String> {
    let input = input?;
    match args {
        ["-d", set] => {
            let set = tr_set(set)?;
            Some(input.chars().filter(|character| !set.contains(character)).collect())
        }
        ["-s", _] => None,
        [from, to] if !from.starts_with('-') => {
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

fn tr_set(set: &str) -> Option<Vec<char>> {
    let (set, _) = unescape(set, false);
    let set = set
        .replace("[:upper:]", "A-Z")
        .replace("[:lower:]", "a-z")
        .replace("[:digit:]", "0-9")
        .replace("[:space:]", " \t\n\r");
    if set.contains("[:") || set.contains("[=") {
        return None;
    }
    let chars: Vec<char> = set.chars().collect();
    let mut out = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        if chars.get(at + 1) == Some(&'-') && at + 2 < chars.len() {
            let (low, high) = (chars[at], chars[at + 2]);
            if low > high || u32::from(high) - u32::from(low) > 512 {
                return None;
            }
            out.extend(low..=high);
            at += 3;
        } else {
            out.push(chars[at]);
            at += 1;
        }
        if out.len() > 4096 {
            return None;
        }
    }
    Some(out)
}

pub(super) fn cut(args: &[&str], input: Option<&str>) -> Option<String> {
    let (mut delimiter, mut fields, mut characters) = ('\t', None, None);
    let mut rest = args.iter();
    while let Some(arg) = rest.next() {
        let (letter, attached) = (arg.get(..2)?, &arg[2..]);
        let value = if attached.is_empty() { *rest.next()? } else { attached };
        match letter {
            "-d" => delimiter = value.chars().next()?,
            "-f" => fields = Some(ranges(value)?),
            "-c" | "-b" => characters = Some(ranges(value)?),
            _ => return None,
        }
    }
    let within = |ranges: &[(usize, usize)], at: usize| ranges.iter().any(|(low, high)| (*low..=*high).contains(&at));
    let input = input?;
    if let Some(ranges) = characters {
        return Some(each_line(input, |line| {
            line.chars().enumerate().filter(|(at, _)| within(&ranges, at + 1)).map(|(_, character)| character).collect()
        }));
    }
    let ranges = fields?;
    Some(each_line(input, |line| {
        if !line.contains(delimiter) {
            return line.to_owned();
        }
        let kept: Vec<&str> = line
            .split(delimiter)
            .enumerate()
            .filter(|(at, _)| within(&ranges, at + 1))
            .map(|(_, field)| field)
            .collect();
        kept.join(delimiter.encode_utf8(&mut [0; 4]))
    }))
}

fn ranges(text: &str) -> Option<Vec<(usize, usize)>> {
    text.split(',')
        .map(|range| match range.split_once('-') {
            Some((low, high)) => Some((
                if low.is_empty() { 1 } else { low.parse().ok()? },
                if high.is_empty() { usize::MAX } else { high.parse().ok()? },
            )),
            None => range.parse().ok().map(|only| (only, only)),
        })
        .collect()
}

pub(super) fn head_tail(name: &str, args: &[&str], input: Option<&str>) -> Option<String> {
    let input = input?;
    let (unit, count) = match args {
        [] => ('n', 10),
        [flag, count] if *flag == "-n" || *flag == "-c" => (flag.chars().nth(1)?, count.parse().ok()?),
        [one] if one.starts_with("-n") || one.starts_with("-c") => (one.chars().nth(1)?, one[2..].parse().ok()?),
        [one] if one.starts_with('-') => ('n', one[1..].parse().ok()?),
        _ => return None,
    };
    let count: usize = count;
    Some(match (unit, name) {
        ('c', "head") => input.chars().take(count).collect(),
        ('c', _) => input.chars().skip(input.chars().count().saturating_sub(count)).collect(),
        (_, "head") => input.split_inclusive('\n').take(count).collect(),
        _ => input.split_inclusive('\n').skip(input.split_inclusive('\n').count().saturating_sub(count)).collect(),
    })
}

/// Only `s/literal/literal/[g]`.
pub(super) fn sed(args: &[&str], input: Option<&str>) -> Option<String> {
    let script = match args {
        [script] | ["-e", script] => script,
        _ => return None,
    };
    let mut chars = script.strip_prefix('s')?.chars();
    let delimiter = chars.next()?;
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
