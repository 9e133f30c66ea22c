//! Reads a program's arguments by what is known about it: which words are options, which are values, which are operands.

use palisade_knowledge::{Entry, Raise, Taken, word_fits};
use palisade_language::words::Value;

/// Arguments, sorted by what they are.
pub(crate) struct Line {
    /// The entry that fits best.
    pub entry: &'static Entry,
    /// The operands behind the subcommand's words, with their index in the arguments.
    pub operands: Vec<(usize, Value)>,
    /// Values of options.
    pub taken: Vec<(Taken, Value)>,
    /// What was raised by flags.
    pub raises: Vec<&'static Raise>,
    /// A flag says that nothing is done.
    pub calm: bool,
    /// A flag leaves it harmless, and nothing raises it.
    pub harmless: bool,
    /// Nothing but `--help` stands behind the subcommand's words, so that is all that can be meant.
    pub only_help: bool,
    /// An option is there that is not on the list of those that leave it harmless.
    pub unlisted: bool,
    /// A flag says that whole trees are meant.
    pub recursive: bool,
}

/// Whether anything is known about a program.
pub(crate) fn knows(program: &str) -> bool {
    palisade_knowledge::program(program).is_some()
}

/// Whether a program runs another one, whose words are then not its own.
pub(crate) fn wraps(program: &str) -> bool {
    palisade_knowledge::program(program).is_some_and(|known| known.base.is_some_and(|entry| entry.wrap.is_some()))
}

/// Whether a program does different things by the words behind its name.
pub(crate) fn has_subcommands(program: &str) -> bool {
    palisade_knowledge::program(program).is_some_and(|known| !known.forms.is_empty())
}

/// Reads `args` (without the program's name). `None` when nothing that is known fits.
pub(crate) fn read_line(program: &str, args: &[Value]) -> Option<Line> {
    let known = palisade_knowledge::program(program)?;
    let mut values: Vec<(&str, Taken)> = known.base.map(|entry| entry.taken.to_vec()).unwrap_or_default();
    let first = split(args, &values, known.base.and_then(|entry| entry.wrap), !known.forms.is_empty());
    let words: Vec<Option<String>> = first.operands.iter().take(6).map(|(_, value)| value.known()).collect();
    let words: Vec<Option<&str>> = words.iter().map(Option::as_deref).collect();
    let fitting = known.forms.iter().filter_map(|form| form.fits(&words).map(|score| (score, form)));
    let Some((_, form)) = fitting.max_by_key(|(score, _)| *score) else {
        let words = known_words(&first);
        // `gem uninstall --help`: a subcommand that is not listed, and its help.
        let runs = known.base.is_none_or(|base| base.rule.starts_with("program."));
        let help = !runs && !known.forms.is_empty() && first.operands.len() == 1 && first.flags == ["--help"];
        return known
            .base
            .map(|base| finish(base, None, first, &words))
            .map(|line| Line { only_help: line.only_help | help, ..line });
    };
    values.extend(form.entry.taken);
    // With a subcommand's own options known, what is a value may change; the subcommand's words stay first.
    let behind = form.words.len();
    let mut again = split(args, &values, form.entry.wrap.map(|count| usize::from(count) + behind), true);
    let words = known_words(&again);
    again.operands.drain(..behind.min(again.operands.len()));
    Some(finish(form.entry, known.base, again, &words))
}

struct Split {
    operands: Vec<(usize, Value)>,
    taken: Vec<(Taken, Value)>,
    flags: Vec<String>,
}

/// Where `subcommands` are known, a number with a dash before the first of them is an option, as in `ip -4 route`.
fn split(args: &[Value], values: &[(&str, Taken)], wrap: Option<impl Into<usize>>, subcommands: bool) -> Split {
    let mut out = Split { operands: Vec::new(), taken: Vec::new(), flags: Vec::new() };
    let wrap: Option<usize> = wrap.map(Into::into);
    let mut options = true;
    let mut at = 0;
    while at < args.len() {
        let value = &args[at];
        let known = value.known();
        let text = known.as_deref().unwrap_or_else(|| value.prefix());
        if options && text == "--" {
            options = false;
        } else if options
            && text.len() > 1
            && text.starts_with('-')
            && (!text[1..].bytes().all(|byte| byte.is_ascii_digit()) || subcommands && out.operands.is_empty())
        {
            at += option(args, at, text, values, &mut out);
        } else {
            out.operands.push((at, value.clone()));
            if wrap.is_some_and(|count| out.operands.len() > count) {
                // The rest is another program's.
                out.operands.extend(args.iter().enumerate().skip(at + 1).map(|(index, value)| (index, value.clone())));
                break;
            }
        }
        at += 1;
    }
    out
}

/// Takes the option at `at`; how many further arguments it used.
fn option(args: &[Value], at: usize, text: &str, values: &[(&str, Taken)], out: &mut Split) -> usize {
    let (name, attached) = match text.split_once('=') {
        Some((name, _)) => (name, true),
        None => (text, false),
    };
    out.flags.push(text.to_owned());
    let long = name.starts_with("--");
    let abbreviated = |flag: &str| {
        (long && name.len() > 2 && flag.starts_with(name)) || (flag.len() > 2 && name.strip_prefix('-') == Some(flag))
    };
    let exact = values.iter().find(|(flag, _)| *flag == name);
    let found = exact.or_else(|| values.iter().find(|(flag, _)| abbreviated(flag)));
    if let Some((_, kind)) = found {
        if attached {
            out.taken.push((*kind, tail(&args[at], name.len() + 1)));
            return 0;
        }
        if let Some(next) = args.get(at + 1) {
            out.taken.push((*kind, next.clone()));
            return 1;
        }
        return 0;
    }
    if long {
        return 0;
    }
    // A cluster: letters up to one that takes a value, which is the rest or the next word.
    for (index, letter) in text.char_indices().skip(1) {
        let end = index + letter.len_utf8();
        let taken = values.iter().find(|(flag, _)| flag.len() == 2 && flag.ends_with(letter));
        if let Some((flag, kind)) = taken {
            if index > 1 {
                out.flags.push((*flag).to_owned());
            }
            if end < text.len() || !matches!(args[at].known(), Some(ref whole) if whole.len() == end) {
                out.taken.push((*kind, tail(&args[at], end)));
                return 0;
            }
            if let Some(next) = args.get(at + 1) {
                out.taken.push((*kind, next.clone()));
                return 1;
            }
            return 0;
        }
    }
    0
}

/// A value without its first `count` bytes.
pub(crate) fn tail(value: &Value, count: usize) -> Value {
    let mut out = Value::default();
    let mut left = count;
    for piece in &value.pieces {
        match piece {
            palisade_language::words::Piece::Text(text) => {
                let skip = left.min(text.len());
                left -= skip;
                out.push_text(text.get(skip..).unwrap_or(""));
            }
            other => out.push(other.clone()),
        }
    }
    out
}

fn known_words(split: &Split) -> Vec<String> {
    // A home directory is a word too, whoever's it is.
    let word = |value: &Value| value.known().or_else(|| Some(value.display()).filter(|text| text.starts_with('~')));
    split.operands.iter().filter_map(|(_, value)| word(value)).collect()
}

/// Applies an entry, and the program's own one, to what was read. What the program's own one says of operands counts for the
/// subcommand's words too: `fly destroy list` must not pass for a list.
fn finish(entry: &'static Entry, base: Option<&'static Entry>, split: Split, all: &[String]) -> Line {
    let words = known_words(&split);
    let values = split.taken.iter().filter(|(kind, _)| *kind == Taken::Word);
    let values: Vec<String> = values.filter_map(|(_, value)| value.known()).collect();
    let says = |flag: &str, words: &[String]| match flag.strip_prefix('=') {
        Some(pattern) => values.iter().any(|value| word_fits(pattern, value).is_some()),
        None => has_flag(flag, &split.flags, words),
    };
    let present = |flag: &&str| says(flag, &words);
    let of_base = |flag: &&str| says(flag, all);
    let raised = entry.raises.iter().filter(|raise| raise.by.iter().any(present));
    let above = base.into_iter().flat_map(|base| base.raises).filter(|raise| raise.by.iter().any(of_base));
    let raises: Vec<&Raise> = raised.chain(above).collect();
    let both = || std::iter::once(entry).chain(base);
    Line {
        calm: both().flat_map(|one| one.calm).any(|flag| has_calm(flag, &split.flags, &words)),
        harmless: raises.is_empty() && both().flat_map(|one| one.harmless).any(present),
        raises,
        unlisted: !entry.only.is_empty() && split.flags.iter().any(|given| !is_listed(given, entry)),
        only_help: split.operands.is_empty()
            && entry.wrap.is_none()
            && split.taken.iter().all(|(kind, _)| *kind == Taken::Word)
            && split.flags.last().is_some_and(|last| last == "--help" || base.is_none() && last == "--version"),
        recursive: both().flat_map(|one| one.recurse).any(present),
        entry,
        operands: split.operands,
        taken: split.taken,
    }
}

/// Whether a flag that makes a command harmless is there: in full, and not switched off by its own value.
fn has_calm(flag: &str, flags: &[String], words: &[String]) -> bool {
    if flag.starts_with('@') || !flag.starts_with("--") {
        return has_flag(flag, flags, words);
    }
    let mut said = flags.iter().filter(|given| given.split('=').next() == Some(flag)).peekable();
    said.peek().is_some()
        && said.all(|given| !matches!(given.split_once('='), Some((_, "none" | "false" | "no" | "0" | "off" | ""))))
}

fn is_listed(given: &str, entry: &Entry) -> bool {
    let name = given.split('=').next().unwrap_or(given);
    let all = || entry.only.iter().copied().chain(entry.taken.iter().map(|(flag, _)| *flag));
    let letter = |wanted: char| all().any(|flag| flag.len() == 2 && flag.ends_with(wanted));
    all().any(|flag| flag == given || flag == name)
        || !given.starts_with("--") && given.chars().skip(1).all(letter)
        || entry.taken.iter().any(|(flag, _)| flag.len() == 2 && given.starts_with(flag))
}

fn has_flag(flag: &str, flags: &[String], words: &[String]) -> bool {
    if let Some(pattern) = flag.strip_prefix('@') {
        return words.iter().any(|word| word_fits(pattern, word).is_some());
    }
    flags.iter().any(|given| {
        let name = given.split_once('=').map_or(given.as_str(), |(name, _)| name);
        if name == flag || given == flag {
            return true;
        }
        // `--prune=now`: the option with this value and no other.
        if let (Some((option, wanted)), Some((_, value))) = (flag.split_once('='), given.split_once('=')) {
            return name.len() > 2 && option.starts_with(name) && word_fits(wanted, value).is_some();
        }
        if let Some(begin) = flag.strip_suffix('*') {
            return given.starts_with(begin);
        }
        if flag.starts_with("--") {
            // GNU getopt takes every beginning that is not ambiguous; being caught by one too many costs little.
            return name.starts_with("--") && name.len() > 2 && flag.starts_with(name) && !flag.contains('=');
        }
        // Terraform and Go take one dash or two.
        if flag.len() > 2 {
            return name.strip_prefix('-') == Some(flag);
        }
        flag.len() == 2
            && !given.starts_with("--")
            && flag.ends_with(|letter| name.get(1..).is_some_and(|cluster| cluster.contains(letter)))
            && is_cluster(name)
    })
}

/// Words of more letters than these with one dash are options of their own, `-DremoteRepositories`, if their letters differ.
const CLUSTER_MAX: usize = 9;
/// So many letters, or half of a word's, are few: `-vvvvvvvvvvf` says one of them again and again to hide the other.
const LETTERS_FEW: usize = 7;

/// Whether a word with one dash can be letters, each an option.
fn is_cluster(word: &str) -> bool {
    let letters = word.trim_start_matches('-');
    let different = || letters.char_indices().filter(|(at, letter)| !letters[..*at].contains(*letter)).count();
    word.len() <= CLUSTER_MAX
        || letters.chars().all(char::is_alphanumeric) && different() <= LETTERS_FEW.max(letters.len() / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> Line {
        let words: Vec<Value> = text.split(' ').map(Value::text).collect();
        let program = words[0].known().unwrap();
        read_line(&program, &words[1..]).unwrap_or_else(|| panic!("{text}"))
    }

    #[test]
    fn options_values_and_operands_are_told_apart() {
        let read = line("git -C /x push -f origin main");
        assert_eq!(read.operands.len(), 2);
        assert!(!read.raises.is_empty());
        assert!(!line("git push --forc origin").raises.is_empty());
        assert!(line("git push origin +main").raises.len() == 1);
        assert!(line("git push origin main").raises.is_empty());
        assert!(line("git push -nf origin").calm);
        assert!(line("rm -vRf a").recursive);
        for many in ["-vvvvvvvvvvR", "-Rvvvvvvvvvv", "-vfvfvfvfvfR", "-vvvdiIfffR"] {
            assert!(line(&format!("rm {many} a")).recursive, "{many}");
        }
        assert_eq!(line("sort -o out in").operands.len(), 1);
        assert_eq!(line("sort -oout in").taken.len(), 1);
    }
}
