//! Brace expansion: `{a,b}` and `{1..9}`, before every other expansion, bounded.

use crate::ast::Part;
use crate::limits::FIELDS_MAX;

/// A character of a word, or a part that is no unquoted text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Token<'a> {
    /// Unquoted.
    Char(char),
    /// Anything else, by reference.
    Part(&'a Opaque<'a>),
}

/// A part that braces do not look into.
#[derive(Debug)]
pub(super) struct Opaque<'a>(pub(super) &'a Part);

impl PartialEq for Opaque<'_> {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.0, other.0)
    }
}

/// Groups in one word, one in or behind the other. Behind seven groups of two there are too many fields anyway.
const GROUPS_MAX: u32 = 8;

/// The alternatives; `None` when there are too many.
pub(super) fn expand<'a>(tokens: &[Token<'a>], depth: u32) -> Option<Vec<Vec<Token<'a>>>> {
    let Some((open, close, commas)) = group(tokens) else {
        return Some(vec![tokens.to_vec()]);
    };
    if depth >= GROUPS_MAX {
        return None;
    }
    let inside = &tokens[open + 1..close];
    let mut middles: Vec<Vec<Token<'a>>> = Vec::new();
    if commas.is_empty() {
        middles = sequence(inside)?;
    } else {
        let mut from = open + 1;
        for end in commas.iter().copied().chain([close]) {
            middles.extend(expand(&tokens[from..end], depth + 1)?);
            from = end + 1;
        }
    }
    let tails = expand(&tokens[close + 1..], depth + 1)?;
    if middles.len() * tails.len() > FIELDS_MAX {
        return None;
    }
    let mut all = Vec::with_capacity(middles.len() * tails.len());
    for middle in &middles {
        for tail in &tails {
            let mut one = tokens[..open].to_vec();
            one.extend_from_slice(middle);
            one.extend_from_slice(tail);
            all.push(one);
        }
    }
    Some(all)
}

/// The first group that expands: where it opens, closes, and its commas at its own level.
fn group(tokens: &[Token<'_>]) -> Option<(usize, usize, Vec<usize>)> {
    let mut search = 0;
    // Each unbalanced opening brace costs one look at the rest; four of them are enough for every honest word.
    for _ in 0..4 {
        let open = search + tokens[search..].iter().position(|token| *token == Token::Char('{'))?;
        let (mut depth, mut commas) = (0u32, Vec::new());
        for (at, token) in tokens.iter().enumerate().skip(open + 1) {
            match token {
                Token::Char('{') => depth += 1,
                Token::Char('}') if depth > 0 => depth -= 1,
                Token::Char('}') => {
                    if !commas.is_empty() || is_sequence(&tokens[open + 1..at]) {
                        return Some((open, at, commas));
                    }
                    break;
                }
                Token::Char(',') if depth == 0 => commas.push(at),
                _ => {}
            }
        }
        search = open + 1;
    }
    None
}

fn is_sequence(inside: &[Token<'_>]) -> bool {
    inside.windows(2).any(|two| two == [Token::Char('.'), Token::Char('.')])
        && inside.iter().all(|token| matches!(token, Token::Char(character) if character.is_ascii_alphanumeric() || ".-".contains(*character)))
}

fn sequence<'a>(inside: &[Token<'a>]) -> Option<Vec<Vec<Token<'a>>>> {
    let text: String = inside
        .iter()
        .filter_map(|token| if let Token::Char(character) = token { Some(*character) } else { None })
        .collect();
    let mut ends = text.splitn(3, "..");
    let (low, high) = (ends.next()?, ends.next()?);
    let step: i64 = ends.next().map_or(Some(1), |step| step.parse().ok())?;
    let items: Vec<String> = match (low.parse::<i64>(), high.parse::<i64>()) {
        (Ok(low), Ok(high)) => {
            let step = step.checked_abs()?.max(1);
            let count = high.checked_sub(low)?.checked_abs()? / step;
            if count >= FIELDS_MAX as i64 {
                return None;
            }
            let sign = if high < low { -step } else { step };
            (0..=count).map(|at| (low + at * sign).to_string()).collect()
        }
        _ => {
            let (low, high) = (low.chars().next()?, high.chars().next()?);
            let range: Vec<char> = if low <= high { (low..=high).collect() } else { (high..=low).rev().collect() };
            range.into_iter().take(FIELDS_MAX).map(String::from).collect()
        }
    };
    Some(items.into_iter().map(|item| item.chars().map(Token::Char).collect()).collect())
}
