//! Programs that order, join, break and choose lines: `sort`, `uniq`, `paste`, `fold`, `grep`, `awk '{print}'`.
//!
//! Order and width depend on the locale, so only ASCII is known, and an order only where every locale agrees.

use super::count;
use super::filter::each_line;

/// Lines with their ends; a last line without one gets it, as these programs write it.
fn lines(input: Option<&str>) -> Option<Vec<&str>> {
    input.filter(|text| text.is_ascii()).map(|text| text.split_terminator('\n').collect())
}

fn ended<'a>(lines: impl IntoIterator<Item = &'a str>) -> String {
    lines.into_iter().map(|line| format!("{line}\n")).collect()
}

pub(super) fn sort(args: &[&str], input: Option<&str>) -> Option<String> {
    let mut lines = lines(input)?;
    let letters: String = args.iter().map(|arg| arg.strip_prefix('-').unwrap_or("?")).collect();
    if lines.len() > 4096 || !letters.chars().all(|letter| "rnu".contains(letter)) {
        return None;
    }
    if letters.contains('n') {
        let number = |line: &&str| line.parse::<u32>().ok().filter(|_| !line.starts_with('+'));
        lines.iter().map(number).collect::<Option<Vec<_>>>()?;
        lines.sort_by_key(|line| number(line));
    } else {
        // Letters of one case and digits follow each other alike everywhere; what differs first must be such a one.
        lines.sort_unstable();
        let plain =
            |letter: Option<char>| letter.is_none_or(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit());
        let told_apart = |two: &[&str]| {
            let differs = two[0].chars().zip(two[1].chars()).find(|(one, other)| one != other);
            differs.map_or_else(
                || plain(two[1].chars().nth(two[0].chars().count())),
                |(one, other)| plain(Some(one)) && plain(Some(other)),
            )
        };
        if !lines.windows(2).all(told_apart) {
            return None;
        }
    }
    if letters.contains('u') {
        lines.dedup();
    }
    if letters.contains('r') {
        lines.reverse();
    }
    Some(ended(lines))
}

pub(super) fn uniq(input: Option<&str>) -> Option<String> {
    let mut lines = lines(input)?;
    lines.dedup();
    Some(ended(lines))
}

/// Only `-s`, which puts all lines into one.
pub(super) fn paste(args: &[&str], input: Option<&str>) -> Option<String> {
    let delimiter = match args {
        ["-s"] | ["-s", "-"] => "\t",
        ["-s", "-d", delimiter] | ["-d", delimiter, "-s"] | ["-sd", delimiter] => delimiter,
        ["-s", "-d", delimiter, "-"] | ["-d", delimiter, "-s", "-"] | ["-sd", delimiter, "-"] => delimiter,
        [only] | [only, "-"] => only.strip_prefix("-sd")?,
        ["-s", only] => only.strip_prefix("-d")?,
        _ => return None,
    };
    let plain = delimiter.len() == 1 && !delimiter.starts_with('\\');
    plain.then(|| Some(lines(input)?.join(delimiter) + "\n"))?
}

pub(super) fn fold(args: &[&str], input: Option<&str>) -> Option<String> {
    let width = match args {
        [] => 80,
        ["-w", width] => count(width)?,
        [only] => count(only.strip_prefix("-w").or_else(|| only.strip_prefix('-'))?)?,
        _ => return None,
    };
    let input = input.filter(|text| text.is_ascii() && !text.contains(['\t', '\r', '\u{8}']) && width > 0)?;
    Some(each_line(input, |line| {
        let parts: Vec<&str> = (0..line.len()).step_by(width).map(|at| &line[at..line.len().min(at + width)]).collect();
        parts.join("\n")
    }))
}

/// Only a pattern of letters, digits and blanks, which means itself in every kind of expression.
pub(super) fn grep(args: &[&str], input: Option<&str>) -> Option<String> {
    let (pattern, inverted) = match args {
        [pattern] | ["-e" | "-E" | "-F" | "-a", pattern] => (pattern, false),
        ["-v", pattern] => (pattern, true),
        _ => return None,
    };
    let plain = !pattern.is_empty() && pattern.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b' ');
    let lines = lines(input).filter(|_| plain)?;
    Some(ended(lines.into_iter().filter(|line| line.contains(pattern) != inverted)))
}

/// Only `{print}`, `1`, `{print $0}` and `{print $N}`.
pub(super) fn awk(args: &[&str], input: Option<&str>) -> Option<String> {
    let [program] = args else { return None };
    let lines = lines(input)?;
    let body: String = program.chars().filter(|letter| !letter.is_ascii_whitespace()).collect();
    let field = match body.as_str() {
        "1" | "{print}" | "{print$0}" | "{print;}" => 0,
        other => count(other.strip_prefix("{print$")?.strip_suffix('}')?)?,
    };
    Some(ended(lines.into_iter().map(|line| match field {
        0 => line,
        field => line.split([' ', '\t']).filter(|part| !part.is_empty()).nth(field - 1).unwrap_or(""),
    })))
}
