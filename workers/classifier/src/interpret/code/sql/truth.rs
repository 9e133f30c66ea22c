//! Whether a condition holds for every row, over tokens. What cannot be told does not.

use super::lexer::{Kind, Token};

/// How deep conditions are taken apart.
const DEPTH_MAX: u32 = 16;

/// Whether every row fulfils this condition.
pub(super) fn always(tokens: &[Token]) -> bool {
    truth(tokens, 0) == Some(true)
}

fn truth(tokens: &[Token], depth: u32) -> Option<bool> {
    if depth > DEPTH_MAX {
        return None;
    }
    let tokens = stripped(tokens);
    if tokens.is_empty() {
        return None;
    }
    for (word, symbol, wins) in [("or", '|', true), ("and", '&', false)] {
        let parts = split(tokens, word, symbol);
        if parts.len() > 1 {
            let parts: Vec<Option<bool>> = parts.into_iter().map(|part| truth(part, depth + 1)).collect();
            if parts.contains(&Some(wins)) {
                return Some(wins);
            }
            return parts.iter().all(|part| *part == Some(!wins)).then_some(!wins);
        }
    }
    if tokens[0].word() == "not" || tokens[0].is('!') {
        return truth(&tokens[1..], depth + 1).map(|truth| !truth);
    }
    if let [only] = tokens {
        return match &only.kind {
            Kind::Word(word) => match word.as_str() {
                "true" => Some(true),
                "false" | "null" => Some(false),
                _ => None,
            },
            Kind::Number(number) => number.parse::<f64>().ok().map(|number| number != 0.0),
            Kind::Literal(text) => match text.to_lowercase().as_str() {
                "t" | "true" | "1" | "yes" | "on" => Some(true),
                _ => None,
            },
            _ => None,
        };
    }
    compared(tokens).or_else(|| worded(tokens))
}

/// `a = b` and its relatives.
fn compared(tokens: &[Token]) -> Option<bool> {
    let at = tokens.iter().position(|token| matches!(token.kind, Kind::Symbol('=' | '<' | '>' | '!')))?;
    let end =
        at + tokens[at..].iter().take_while(|token| matches!(token.kind, Kind::Symbol('=' | '<' | '>' | '!'))).count();
    let operator: String =
        tokens[at..end].iter().map(|token| if let Kind::Symbol(symbol) = token.kind { symbol } else { ' ' }).collect();
    let (left, right) = (stripped(&tokens[..at]), stripped(&tokens[end..]));
    if left.is_empty() || right.is_empty() || nested(left) || nested(right) {
        return None;
    }
    let same = same(left, right);
    let (holds_equal, holds_less, holds_greater) = match operator.as_str() {
        "=" | "==" | "<=>" => (true, false, false),
        "<>" | "!=" => (false, true, true),
        "<" => (false, true, false),
        ">" => (false, false, true),
        "<=" | "!>" => (true, true, false),
        ">=" | "!<" => (true, false, true),
        _ => return None,
    };
    if same {
        return Some(holds_equal);
    }
    let order = match (constant(left)?, constant(right)) {
        (Constant::Number(left), Some(Constant::Number(right))) => left.partial_cmp(&right)?,
        (Constant::Text(left), Some(Constant::Text(right))) => left.cmp(&right),
        // Keys are positive: `id > 0` holds for all of them.
        (Constant::Column, Some(Constant::Number(number))) => {
            let all = match operator.as_str() {
                ">" => number <= 0.0,
                ">=" => number <= 1.0,
                "<>" | "!=" => number <= 0.0,
                "<" | "<=" => number >= 1e9,
                _ => false,
            };
            return (all && is_key(left)).then_some(true);
        }
        _ => return None,
    };
    Some(match order {
        std::cmp::Ordering::Equal => holds_equal,
        std::cmp::Ordering::Less => holds_less,
        std::cmp::Ordering::Greater => holds_greater,
    })
}

/// `x is not null`, `x like '%'`, `1 in (1)`, `exists (select 1)`.
fn worded(tokens: &[Token]) -> Option<bool> {
    let words: Vec<&str> = tokens.iter().map(Token::word).collect();
    if words.ends_with(&["is", "not", "null"]) || words.ends_with(&["is", "not", "false"]) && constant(tokens).is_none()
    {
        return Some(true);
    }
    if words.ends_with(&["is", "true"]) {
        return truth(&tokens[..tokens.len() - 2], DEPTH_MAX);
    }
    let last = tokens.last()?;
    let before = words.get(words.len().wrapping_sub(2)).copied().unwrap_or("");
    if let ("like" | "ilike" | "glob" | "regexp" | "rlike" | "similar", Kind::Literal(pattern)) = (before, &last.kind) {
        let negated = words.get(words.len().wrapping_sub(3)) == Some(&"not");
        let matches_all =
            !pattern.is_empty() && pattern.chars().all(|character| matches!(character, '%' | '*' | '.' | '^' | '$'));
        return (matches_all && !negated).then_some(true);
    }
    if words[0] == "exists" && words.contains(&"select") && !words.contains(&"where") {
        return Some(true);
    }
    if let Some(at) = words.iter().position(|word| *word == "in") {
        let left = stripped(&tokens[..at]);
        let inner: &[Token] = tokens.get(at + 2..tokens.len() - 1)?;
        return (constant(left).is_some_and(|left| !matches!(left, Constant::Column))
            && split_commas(inner).any(|item| same(left, item)))
        .then_some(true);
    }
    if let Some(at) = words.iter().position(|word| *word == "between") {
        return (constant(&tokens[..at]).is_some_and(|left| !matches!(left, Constant::Column))).then_some(true);
    }
    let from = words.iter().position(|word| *word == "from")?;
    (words.get(from.wrapping_sub(1)) == Some(&"distinct")
        && words.contains(&"not")
        && same(&tokens[..tokens.iter().position(|token| token.word() == "is")?], &tokens[from + 1..]))
    .then_some(true)
}

enum Constant {
    Number(f64),
    Text(String),
    Column,
}

fn constant(tokens: &[Token]) -> Option<Constant> {
    match tokens {
        [Token { kind: Kind::Number(number), .. }] => number.parse().ok().map(Constant::Number),
        [sign, Token { kind: Kind::Number(number), .. }] if sign.is('-') => {
            number.parse::<f64>().ok().map(|number| Constant::Number(-number))
        }
        [Token { kind: Kind::Literal(text), .. }] => Some(Constant::Text(text.clone())),
        _ => tokens
            .iter()
            .all(|token| matches!(token.kind, Kind::Word(_) | Kind::Name(_)) || token.is('.'))
            .then_some(Constant::Column),
    }
}

fn is_key(tokens: &[Token]) -> bool {
    tokens.last().is_some_and(|last| match &last.kind {
        Kind::Word(name) | Kind::Name(name) => {
            name == "id" || name.ends_with("_id") || matches!(name.as_str(), "rowid" | "pk" | "oid")
        }
        _ => false,
    })
}

fn same(left: &[Token], right: &[Token]) -> bool {
    let kinds = |tokens: &[Token]| -> Vec<Kind> {
        tokens
            .iter()
            .map(|token| match &token.kind {
                Kind::Name(name) => Kind::Word(name.clone()),
                other => other.clone(),
            })
            .collect()
    };
    !left.is_empty() && kinds(left) == kinds(right)
}

fn nested(tokens: &[Token]) -> bool {
    tokens.iter().any(|token| token.word() == "select")
}

/// Without the parentheses around all of it.
fn stripped(mut tokens: &[Token]) -> &[Token] {
    while let [first, inner @ .., last] = tokens
        && first.is('(')
        && last.is(')')
    {
        let mut depth = 0i32;
        if inner.iter().any(|token| {
            depth += i32::from(token.is('(')) - i32::from(token.is(')'));
            depth < 0
        }) {
            break;
        }
        tokens = inner;
    }
    tokens
}

/// Split where a word, or its doubled symbol, stands outside of parentheses. The `and` of `between` does not count.
fn split<'a>(tokens: &'a [Token], word: &str, symbol: char) -> Vec<&'a [Token]> {
    let mut parts = Vec::new();
    let (mut depth, mut from, mut between) = (0i32, 0, false);
    let mut at = 0;
    while at < tokens.len() {
        let token = &tokens[at];
        depth += i32::from(token.is('(')) - i32::from(token.is(')'));
        between |= depth == 0 && token.word() == "between";
        let doubled = token.is(symbol) && tokens.get(at + 1).is_some_and(|next| next.is(symbol));
        if depth == 0 && (token.word() == word || doubled) {
            if word == "and" && std::mem::take(&mut between) {
                at += 1;
                continue;
            }
            parts.push(&tokens[from..at]);
            at += usize::from(doubled);
            from = at + 1;
        }
        at += 1;
    }
    parts.push(&tokens[from.min(tokens.len())..]);
    parts
}

fn split_commas(tokens: &[Token]) -> impl Iterator<Item = &[Token]> {
    tokens.split(|token| token.is(','))
}

#[cfg(test)]
mod tests {
    use super::super::lexer::{Reading, tokens};
    use super::*;

    #[test]
    fn conditions_that_hold_for_every_row() {
        for text in [
            "1=1",
            "1",
            "true",
            "not false",
            "id=id",
            "'a'='a'",
            "(1=1)",
            "((true))",
            "a=1 or 1=1",
            "x like '%'",
            "id is not null",
            "1<2",
            "2>=2",
            "1<>2",
            "not (1=2)",
            "not 0",
            "a = 1 or true",
            "1 in (2,1)",
            "t.id = t.id",
            "\"id\" = id",
            "exists (select 1)",
            "id > 0",
            "user_id >= 0",
            "id != 0",
            "1=1 and 2=2",
            "a=1 || 1=1",
            "2 between 1 and 3",
            "id is not distinct from id",
            "-1 < 0",
            "'b' > 'a'",
        ] {
            assert!(always(&tokens(text, Reading::default())), "{text}");
        }
        for text in [
            "id=1",
            "a=b",
            "false",
            "1=2",
            "x like 'a%'",
            "id is null",
            "id > 10",
            "a=1 and 1=1",
            "id in (1,2)",
            "expires < now()",
            "a between 1 and 2 and b = 1",
            "not true",
            "x not like '%'",
            "name = 'x'",
            "",
            "id in (select id from t)",
            "exists (select 1 from b where b.id = a.id)",
            "count > 0",
            "id <= 5",
        ] {
            assert!(!always(&tokens(text, Reading::default())), "{text}");
        }
    }

    #[test]
    fn depth_is_bounded() {
        let text = format!("{}1=1{}", "not (".repeat(5000), ")".repeat(5000));
        assert!(!always(&tokens(&text, Reading::default())));
    }
}
