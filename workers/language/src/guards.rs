//! What is looked at before any parser: length, encoding, characters that hide what a text says, and its sheer shape.
//!
//! All of it is one linear pass. A [`Refusal`] means that no parser sees the text; a [`Suspicion`] means that the text is
//! parsed, and that its verdict cannot be *safe*.

use crate::limits::{HEREDOCS_MAX, OPERATORS_MAX, TEXT_MAX};
use std::fmt;

/// A text that may be parsed.
#[derive(Debug, Clone, Copy)]
pub struct Guarded<'a> {
    /// The text.
    pub text: &'a str,
    /// What makes it suspicious, the first thing found.
    pub suspicion: Option<Suspicion>,
}

/// Why a text is not parsed at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Longer than [`TEXT_MAX`].
    TooLong(usize),
    /// A NUL byte, which no shell can receive: two readers would read two texts.
    Nul(usize),
    /// Not UTF-8, at this byte.
    NotUtf8(usize),
    /// More operators than [`OPERATORS_MAX`].
    TooManyOperators,
    /// More here-documents than [`HEREDOCS_MAX`].
    TooManyHereDocuments,
}

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong(length) => {
                write!(out, "the command is {length} bytes long; commands over {TEXT_MAX} are not read")
            }
            Self::Nul(at) => write!(out, "the command holds a NUL byte at {at}"),
            Self::NotUtf8(at) => write!(out, "the command is not UTF-8 at byte {at}"),
            Self::TooManyOperators => write!(out, "the command has more than {OPERATORS_MAX} operators"),
            Self::TooManyHereDocuments => write!(out, "the command has more than {HEREDOCS_MAX} here-documents"),
        }
    }
}

/// A character that can make a text look like another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Suspicion {
    /// The kind of trick.
    pub trick: Trick,
    /// Where.
    pub at: usize,
    /// The character.
    pub character: char,
}

/// Ways of hiding what a text says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trick {
    /// A control or escape character: drives the terminal of whoever looks.
    Control,
    /// A carriage return: the line is overwritten on a screen.
    CarriageReturn,
    /// Changes the direction of writing.
    Bidi,
    /// Takes no room: hides in a word.
    Invisible,
    /// A blank that is none to the shell.
    FalseBlank,
    /// A letter of another script inside an ASCII word.
    LookAlike,
}

impl Trick {
    /// A sentence's object: what was found.
    pub fn phrase(self) -> &'static str {
        match self {
            Self::Control => "a control character",
            Self::CarriageReturn => "a carriage return",
            Self::Bidi => "a character that reverses the direction of writing",
            Self::Invisible => "an invisible character",
            Self::FalseBlank => "a blank that the shell does not take for one",
            Self::LookAlike => "a letter that looks like another one",
        }
    }
}

/// Looks over `bytes`.
pub fn guard(bytes: &[u8]) -> Result<Guarded<'_>, Refusal> {
    if bytes.len() > TEXT_MAX {
        return Err(Refusal::TooLong(bytes.len()));
    }
    if let Some(at) = bytes.iter().position(|byte| *byte == 0) {
        return Err(Refusal::Nul(at));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| Refusal::NotUtf8(error.valid_up_to()))?;
    let operators = bytes.iter().filter(|byte| b";|&<>\n".contains(byte)).count();
    if operators > OPERATORS_MAX {
        return Err(Refusal::TooManyOperators);
    }
    if bytes.windows(3).filter(|three| three[0] == b'<' && three[1] == b'<' && three[2] != b'<').count()
        > HEREDOCS_MAX * 2
    {
        return Err(Refusal::TooManyHereDocuments);
    }
    Ok(Guarded { text, suspicion: suspicion(text) })
}

fn suspicion(text: &str) -> Option<Suspicion> {
    let mut previous_ascii_letter = false;
    let mut previous_foreign: Option<(usize, char)> = None;
    for (at, character) in text.char_indices() {
        if let Some(trick) = trick(character, &text[at..]) {
            return Some(Suspicion { trick, at, character });
        }
        let foreign = looks_like_ascii(character);
        if foreign && previous_ascii_letter {
            return Some(Suspicion { trick: Trick::LookAlike, at, character });
        }
        if let (Some((at, character)), true) = (previous_foreign, character.is_ascii_alphabetic()) {
            return Some(Suspicion { trick: Trick::LookAlike, at, character });
        }
        previous_ascii_letter = character.is_ascii_alphanumeric();
        previous_foreign = foreign.then_some((at, character));
    }
    None
}

fn trick(character: char, rest: &str) -> Option<Trick> {
    match character {
        '\n' | '\t' => None,
        // A CR before the newline is a text from another system; elsewhere it hides what stands before it.
        '\r' if rest.starts_with("\r\n") => None,
        '\r' => Some(Trick::CarriageReturn),
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' => Some(Trick::Control),
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{61c}' => Some(Trick::Bidi),
        '\u{200d}' | '\u{fe0f}' => None, // join and style emoji
        '\u{200b}'..='\u{200c}'
        | '\u{2060}'..='\u{2064}'
        | '\u{feff}'
        | '\u{ad}'
        | '\u{34f}'
        | '\u{115f}'
        | '\u{1160}'
        | '\u{3164}'
        | '\u{ffa0}'
        | '\u{180e}'
        | '\u{e0000}'..='\u{e007f}' => Some(Trick::Invisible),
        '\u{a0}'
        | '\u{1680}'
        | '\u{2000}'..='\u{200a}'
        | '\u{2028}'
        | '\u{2029}'
        | '\u{202f}'
        | '\u{205f}'
        | '\u{3000}' => Some(Trick::FalseBlank),
        '\u{ff01}'..='\u{ff5e}' | '\u{1d400}'..='\u{1d7ff}' => Some(Trick::LookAlike),
        _ => None,
    }
}

/// Greek, Cyrillic, Armenian and Cherokee letters, some of which look like ASCII ones; only a mix within a word is suspicious.
fn looks_like_ascii(character: char) -> bool {
    matches!(character, '\u{370}'..='\u{3ff}' | '\u{400}'..='\u{52f}' | '\u{531}'..='\u{58f}' | '\u{13a0}'..='\u{13ff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_refusal_has_its_input_and_its_harmless_neighbour() {
        assert!(matches!(guard(&vec![b'a'; TEXT_MAX + 1]), Err(Refusal::TooLong(_))));
        assert!(guard(&vec![b'a'; TEXT_MAX]).is_ok());
        assert!(matches!(guard(b"ls\0-la"), Err(Refusal::Nul(2))));
        assert!(matches!(guard(b"ls \xff"), Err(Refusal::NotUtf8(3))));
        assert!(matches!(guard("true;".repeat(9000).as_bytes()), Err(Refusal::TooManyOperators)));
        assert!(matches!(guard("<<a ".repeat(200).as_bytes()), Err(Refusal::TooManyHereDocuments)));
        assert!(guard("true;".repeat(2000).as_bytes()).is_ok());
    }

    #[test]
    fn characters_that_hide_are_found_and_ordinary_ones_are_not() {
        for (text, trick) in [
            ("ls \u{1b}[2K", Trick::Control),
            ("rm -rf /\rls", Trick::CarriageReturn),
            ("ls \u{202e}txt", Trick::Bidi),
            ("r\u{200b}m", Trick::Invisible),
            ("rm\u{a0}-rf", Trick::FalseBlank),
            ("g\u{456}t push", Trick::LookAlike),
            ("\u{441}url x", Trick::LookAlike),
            ("\u{ff52}m", Trick::LookAlike),
        ] {
            assert_eq!(guard(text.as_bytes()).unwrap().suspicion.map(|found| found.trick), Some(trick), "{text:?}");
        }
        for text in
            ["git commit -m 'fix: é — naïve 👍🏽'", "echo Привет", "ls\r\npwd\r\n", "echo α β", "echo 日本語 > a.txt"]
        {
            assert_eq!(guard(text.as_bytes()).unwrap().suspicion, None, "{text:?}");
        }
    }
}
