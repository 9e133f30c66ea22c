//! Words of a known program that its table does not speak of. What is known to be harmless is so with the words that are known: a
//! place where something starts by itself, a command behind `--` and a command in plain sight are asked about, whatever the
//! option's name.

use super::Machine;
use super::runners::is_verb;
use super::suspicion::READ_ELSEWHERE;
use crate::knowledge::{Line, has_subcommands, tail};
use crate::paths::{Zone, is_secret_read};
use palisade_knowledge::{Operands, Taken};
use palisade_language::scan::{Mode, scan};
use palisade_language::words::{Piece, Value};
use palisade_protocol::verdict::Class;

/// Options whose value is text for people or a pattern, by a part of their name.
const TEXTS: &[&str] = &[
    "message",
    "title",
    "body",
    "text",
    "desc",
    "comment",
    "note",
    "subject",
    "summary",
    "label",
    "annotation",
    "name",
    "grep",
    "filter",
    "query",
    "pattern",
    "regex",
    "search",
    "match",
    "select",
    "tests",
    "reason",
    "format",
    "template",
];

/// The same for short options.
const SHORT_TEXTS: &[&str] = &["-m", "-t", "-b", "-k", "-K", "-n", "-F", "-S", "-G", "-q", "-s"];

/// Programs that tell of a file what stands in its directory, whatever their options.
const LOOKS: &[&str] = &["ls", "eza", "exa", "lsd", "stat", "file", "tree", "du", "lsattr", "getfacl", "namei", "wc"];

/// Words that are looked at.
const WORDS_MAX: usize = 128;

impl Machine<'_> {
    /// Looks at the words of `name ARGS` that `line` gives no part.
    pub(super) fn unspoken(&mut self, name: &str, args: &[Value], line: &Line) {
        let spoken = |value: &Value| {
            line.taken.iter().any(|(kind, taken)| *kind != Taken::Word && taken == value)
                || line.entry.operands != Operands::Words && line.operands.iter().any(|(_, operand)| operand == value)
        };
        let texts = READ_ELSEWHERE.contains(&name) || line.entry.operands == Operands::Pattern;
        let reads = matches!(line.entry.operands, Operands::Read | Operands::Pattern | Operands::Filter);
        for (at, arg) in args.iter().enumerate().take(WORDS_MAX) {
            if spoken(arg) {
                continue;
            }
            let text = arg.prefix();
            if text == "--" {
                if args.get(at + 1).and_then(Value::known).is_some_and(|word| is_verb(&word)) && at + 2 < args.len() {
                    self.note(Class::Ambiguous, "exec.option", format!("has {name} run a command"));
                    self.argv(&args[at + 1..], None);
                }
                return;
            }
            let (option, value) = match text.find('=').filter(|_| text.starts_with('-')) {
                Some(equals) => (text[..equals].to_owned(), tail(arg, equals + 1)),
                None if text.starts_with('-') => continue,
                None => {
                    let before = at.checked_sub(1).and_then(|before| args[before].known());
                    (before.filter(|word| word.starts_with('-')).unwrap_or_default(), arg.clone())
                }
            };
            let prose = value.display().contains(char::is_whitespace) && (texts || is_text(&option));
            if !spoken(&value) && !prose {
                self.unspoken_value(name, &option, &value, reads);
            }
        }
    }

    fn unspoken_value(&mut self, name: &str, option: &str, value: &Value, reads: bool) {
        let text = value.display();
        if text.contains(char::is_whitespace) {
            let parts = text.split(['!', '|', '(', '`', ';', '&', '"', '\'']);
            // What an option is given may be a command as a whole; an operand needs something that starts one.
            let commands = parts.skip(usize::from(option.is_empty()));
            if commands.filter(|part| part.contains(' ')).any(|part| scan(part.trim(), Mode::Wary).is_some()) {
                let says = format!("gives {name} a word that holds a command");
                self.note(Class::Ambiguous, "exec.option", says);
            }
            return;
        }
        let path = text.contains('/') || text.starts_with('.') || matches!(value.pieces.first(), Some(Piece::Home));
        if path && !text.contains("://") {
            let place = self.place(value);
            // An option that one program takes a value behind stands alone in its neighbour.
            if reads && place.exact && is_secret_read(&place) {
                self.read_effect(value);
                return;
            }
            // A program that does one thing, and is safe by it, looks at what it is given.
            let looks = option.is_empty() && !has_subcommands(name) || LOOKS.contains(&name);
            if place.exact && !looks && matches!(place.zone, Zone::Startup | Zone::Guard) {
                let says =
                    format!("names {} to {name}, and may write what starts by itself", self.map.short(&place.path));
                self.note(Class::Ambiguous, "program.option", says);
            }
        }
    }
}

fn is_text(option: &str) -> bool {
    let lower = option.to_ascii_lowercase();
    SHORT_TEXTS.contains(&option) || lower.starts_with("--") && TEXTS.iter().any(|part| lower.contains(part))
}
