//! Tcl: commands of plain words. What deletes, runs or connects is read; the rest is asked about as before.

use super::super::Machine;
use palisade_language::words::{Piece, Value};
use palisade_protocol::verdict::Class;

/// Commands of one script that are looked at.
const COMMANDS_MAX: usize = 64;

impl Machine<'_> {
    /// The deeds of a Tcl script that its words spell out.
    pub(super) fn tcl(&mut self, code: &str) {
        for line in code.split(['\n', ';']).take(COMMANDS_MAX) {
            let words = words(line);
            let word = |at: usize| words.get(at).map_or("", String::as_str);
            match (word(0), word(1)) {
                ("file", "delete") => {
                    for path in words.iter().skip(2).filter(|path| !path.starts_with('-')) {
                        let place = self.place(&path_value(path));
                        self.delete_effect(&place, true);
                    }
                }
                ("file", "rename" | "copy") | ("file", "mkdir") => {
                    if let Some(last) = words.last() {
                        let place = self.place(&path_value(last));
                        self.write_effect(&place, false, false);
                    }
                }
                ("exec", _) => {
                    let argv: Vec<Value> = words
                        .iter()
                        .skip(1)
                        .skip_while(|word| word.starts_with('-'))
                        .map(|word| path_value(word))
                        .collect();
                    self.argv(&argv, None);
                }
                ("open", target) if target.starts_with('|') => {
                    self.script(target.trim_start_matches('|'), None);
                }
                ("open", target) if word(2).starts_with(['w', 'a']) => {
                    let place = self.place(&path_value(target));
                    self.write_effect(&place, word(2).starts_with('a'), false);
                }
                ("socket", _) => self.note(Class::Ambiguous, "net.connect", "connects to another host"),
                _ => {}
            }
        }
    }
}

/// The words of a line: braces and quotes hold them together.
fn words(line: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut rest = line.trim_start();
    while let Some(first) = rest.chars().next() {
        let (word, left) = match first {
            '{' => rest[1..].split_once('}').unwrap_or((&rest[1..], "")),
            '"' => rest[1..].split_once('"').unwrap_or((&rest[1..], "")),
            _ => rest.split_once(char::is_whitespace).unwrap_or((rest, "")),
        };
        out.push(word.trim_matches(['[', ']']).to_owned());
        rest = left.trim_start();
    }
    out
}

/// A path as these languages write it: `~` is a home directory, everywhere.
pub(super) fn path_value(text: &str) -> Value {
    match text.strip_prefix('~') {
        Some(rest) if rest.is_empty() || rest.starts_with('/') => {
            let mut value = Value::piece(Piece::Home);
            value.push_text(rest);
            value
        }
        _ => Value::text(text),
    }
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn braces_and_quotes_hold_words_together() {
        assert_eq!(words("file delete -force {/a b} \"c d\""), ["file", "delete", "-force", "/a b", "c d"]);
        assert!(words("   ").is_empty());
    }
}
