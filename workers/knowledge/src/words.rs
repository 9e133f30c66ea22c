//! How a word of the tables is compared with a word of a command.

/// How well `word` fits `pattern`: a word fits itself, `begin*` what begins so, `*end` what ends so,
/// `*part*` what has it within, `*` everything. More is better.
pub fn word_fits(pattern: &str, word: &str) -> Option<usize> {
    if pattern == word {
        return Some(1000);
    }
    // Most patterns are plain words.
    if !pattern.starts_with('*') && !pattern.ends_with('*') {
        return None;
    }
    let within = pattern.strip_prefix('*').and_then(|rest| rest.strip_suffix('*')).filter(|part| !part.is_empty());
    if let Some(part) = within {
        return word.contains(part).then_some(100 + part.len());
    }
    if let Some(end) = pattern.strip_prefix('*').filter(|end| !end.is_empty()) {
        return word.ends_with(end).then_some(100 + end.len());
    }
    let beginning = pattern.strip_suffix('*')?;
    word.starts_with(beginning).then_some(100 + beginning.len())
}

#[cfg(test)]
mod tests {
    use super::word_fits;

    #[test]
    fn the_word_itself_fits_best_and_a_longer_pattern_better_than_a_shorter_one() {
        assert_eq!(word_fits("list", "list"), Some(1000));
        assert_eq!(word_fits("list", "lists"), None);
        assert!(word_fits("list-*", "list-all") > word_fits("l*", "list-all"));
        assert_eq!(word_fits("*", "anything"), Some(100));
        assert_eq!(word_fits("*:drop", "db:drop"), Some(105));
        assert_eq!(word_fits("*:drop", "db:dropped"), None);
        assert_eq!(word_fits("*prod*", "the-prod-db"), Some(104));
        assert_eq!(word_fits("*prod*", "staging"), None);
    }
}
