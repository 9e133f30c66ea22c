//! The shell's patterns over known text, without backtracking that grows: `*` is matched greedily with one resume point.

/// Whether a pattern matches all of a text; false as well where that cannot be said.
pub fn fits(pattern: &str, text: &str) -> bool {
    let all = |text: &str| text.chars().collect::<Vec<char>>();
    matches(&all(pattern), &all(text)) == Some(true)
}

/// Whether `pattern` matches all of `text`. Knows `*`, `?`, `[…]` and backslash; `None` for extended patterns.
pub fn matches(pattern: &[char], text: &[char]) -> Option<bool> {
    if pattern.iter().any(|character| "()|".contains(*character)) {
        return None;
    }
    let (mut p, mut t) = (0, 0);
    let mut resume: Option<(usize, usize)> = None;
    loop {
        let step = if p < pattern.len() {
            match pattern[p] {
                '*' => {
                    resume = Some((p + 1, t));
                    p += 1;
                    continue;
                }
                _ if t >= text.len() => None,
                '?' => Some(p + 1),
                '[' => {
                    let (inside, end) = bracket(&pattern[p..], text[t])?;
                    inside.then_some(p + end)
                }
                '\\' if p + 1 < pattern.len() => (pattern[p + 1] == text[t]).then_some(p + 2),
                literal => (literal == text[t]).then_some(p + 1),
            }
        } else if t == text.len() {
            return Some(true);
        } else {
            None
        };
        match (step, resume) {
            (Some(next), _) => {
                p = next;
                t += 1;
            }
            (None, Some((back, from))) if from < text.len() => {
                resume = Some((back, from + 1));
                p = back;
                t = from + 1;
            }
            _ => return Some(false),
        }
    }
}

/// Whether the bracket expression at the beginning of `pattern` holds `character`, and its length.
fn bracket(pattern: &[char], character: char) -> Option<(bool, usize)> {
    let mut at = 1;
    let negated = matches!(pattern.get(at), Some('!' | '^'));
    if negated {
        at += 1;
    }
    let mut inside = false;
    let first = at;
    loop {
        match *pattern.get(at)? {
            ']' if at > first => return Some((inside != negated, at + 1)),
            '[' if pattern.get(at + 1) == Some(&':') => return None,
            low => {
                if pattern.get(at + 1) == Some(&'-') && pattern.get(at + 2).is_some_and(|high| *high != ']') {
                    inside |= (low..=pattern[at + 2]).contains(&character);
                    at += 3;
                } else {
                    inside |= low == character;
                    at += 1;
                }
            }
        }
    }
}

/// Where `pattern` matches at the beginning (or the end) of `text`: how many characters, the shortest or the longest.
pub(super) fn trim(pattern: &[char], text: &[char], suffix: bool, longest: bool) -> Option<usize> {
    let mut best = None;
    for length in 0..=text.len() {
        let slice = if suffix { &text[text.len() - length..] } else { &text[..length] };
        if matches(pattern, slice)? {
            best = Some(length);
            if !longest {
                break;
            }
        }
    }
    Some(best.unwrap_or(0))
}

/// `${text/pattern/with}`: the longest match at each place. `mode` is `/` (all), `#` (at the beginning), `%` (at the end) or 0.
pub(super) fn replace(pattern: &[char], text: &[char], mode: u8, with: &str) -> Option<String> {
    let mut out = String::new();
    let mut at = 0;
    while at < text.len() {
        let ends = (at + 1..=text.len()).rev().filter(|end| mode != b'%' || *end == text.len());
        let mut found = None;
        for end in ends {
            if matches(pattern, &text[at..end])? {
                found = Some(end);
                break;
            }
        }
        match found {
            Some(end) => {
                out.push_str(with);
                at = end;
                if mode != b'/' {
                    break;
                }
            }
            None if mode == b'#' => break,
            None => {
                out.push(text[at]);
                at += 1;
            }
        }
    }
    out.extend(&text[at..]);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is(pattern: &str, text: &str) -> Option<bool> {
        matches(&pattern.chars().collect::<Vec<_>>(), &text.chars().collect::<Vec<_>>())
    }

    #[test]
    fn patterns_match_as_the_shell_does() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("a*c", "abbc", true),
            ("a*c", "abbd", false),
            ("?m", "rm", true),
            ("r[a-m]", "rm", true),
            ("r[!a-m]", "rm", false),
            ("*.t*t", "a.txt", true),
            ("\\*", "*", true),
            ("\\*", "a", false),
        ] {
            assert_eq!(is(pattern, text), Some(expected), "{pattern} {text}");
        }
        assert_eq!(is("@(a|b)", "a"), None);
    }
}
