//! Rewrites of a command that leave what it does as it is, as somebody would use them who wants it to be read otherwise.
//!
//! Each takes the command and a choice, and gives the new text, or nothing where it does not apply. A text is treated by what
//! it is: [`plain`] words may be quoted at will, a [`simple`] command may stand behind a wrapper, and anything that parses may
//! stand in a block or in a string.

use palisade_language::ast::{Command, Script};
use palisade_language::limits::{Budget, STEPS_MAX};
use palisade_language::parser::parse;

/// A small generator: the same choices from the same number.
pub struct Choice(pub u64);

impl Choice {
    /// The next number below `below`.
    pub fn below(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % below.max(1) as u64) as usize
    }

    /// One of them.
    pub fn of<'a, T: ?Sized>(&mut self, all: &[&'a T]) -> &'a T {
        all[self.below(all.len())]
    }
}

/// A rewrite.
pub type Rewrite = fn(&str, &mut Choice) -> Option<String>;

/// All of them, with their names.
pub const REWRITES: &[(&str, Rewrite)] = &[
    ("quoted word", quoted_word),
    ("quoted words", quoted_words),
    ("continued line", continued),
    ("variable for a word", variable),
    ("variables for all words", variables),
    ("array", array),
    ("positional parameters", positional),
    ("braces", braces),
    ("path to the program", program_path),
    ("wrapper", wrapper),
    ("two wrappers", |text, choice| wrapper(&wrapper(text, choice)?, choice)),
    ("assignment before it", |text, choice| {
        Some(format!("{} {}", choice.of(&["X=1", "A=b C=d", "LANG=C"]), simple(text)?))
    }),
    ("redirection before it", |text, choice| {
        Some(format!("{} {}", choice.of(&["2>/dev/null", "3</dev/null", "2>&1"]), simple(text)?))
    }),
    ("arguments by xargs", xargs),
    ("block", block),
    ("condition", condition),
    ("loop", looped),
    ("function", |text, _| Some(format!("f() {{ {}\n}}; f", whole(text)?))),
    ("alias", |text, _| Some(format!("alias q={}\nq", single(single_line(text)?)))),
    ("before others", |text, choice| {
        Some(format!("{}\n{}", whole(text)?, choice.of(&["echo ok", "true", "ls", "pwd; date"])))
    }),
    ("behind others", |text, choice| {
        Some(format!("{} {}", choice.of(&["echo ok;", "true &&", "false ||", "ls -la;", "date;", ":;"]), whole(text)?))
    }),
    ("into cat", |text, choice| {
        Some(format!("{{ {}\n}} | {}", whole(text)?, choice.of(&["cat", "cat -", "tee /dev/null"])))
    }),
    ("in the background", |text, _| Some(format!("{{ {}\n}} & wait", whole(text)?))),
    ("comment", |text, choice| {
        Some(format!("{} {}", single_line(text)?, choice.of(&["# fine", "# 'ok", "# $(ls)", "#"])))
    }),
    ("comment before it", |text, choice| {
        Some(format!("{}\n{}", choice.of(&["# list files", "# it's \"fine"]), whole(text)?))
    }),
    ("shell's -c", dash_c),
    ("wrapped shell's -c", |text, choice| wrapper(&dash_c(text, choice)?, choice)),
    ("eval", |text, choice| {
        let quoted = if choice.below(2) == 0 { single(whole(text)?) } else { double(whole(text)?) };
        Some(format!("{}eval {quoted}", choice.of(&["", "", "builtin ", "command "])))
    }),
    ("eval of a variable", |text, _| Some(format!("v={}; eval \"$v\"", single(whole(text)?)))),
    ("eval of escapes", |text, _| Some(format!("eval $'{}'", escaped(whole(text)?, "\\x", 16)))),
    ("piped into a shell", piped),
    ("here-document", |text, choice| {
        let text = whole(text)?;
        Some(format!(
            "{} <<'END_OF_IT'\n{text}\nEND_OF_IT",
            choice.of(&["bash", "bash -s", "bash -s --", "bash /dev/stdin"])
        ))
    }),
    ("here-string", |text, _| Some(format!("bash <<< {}", single(whole(text)?)))),
    ("sourced", |text, choice| {
        Some(format!("{} <(printf %s {})", choice.of(&["source", ".", "bash"]), single(whole(text)?)))
    }),
    ("process substitution", |text, _| Some(format!("cat <({}\n)", whole(text)?))),
    ("command substitution", |text, _| Some(format!("echo \"$({}\n)\"", whole(text)?))),
];

/// A command made of blanks and words, some of them plain; `None` where anything else stands in it.
fn words(text: &str) -> Option<Vec<&str>> {
    let special = |character: char| {
        "'\"\\`;|&<>(){}#\n\r\t!".contains(character) || !character.is_ascii_graphic() && character != ' '
    };
    let words: Vec<&str> = text.split(' ').filter(|word| !word.is_empty()).collect();
    let first = *words.first()?;
    (!text.contains(special) && !first.contains('=') && plain(first) && !KEYWORDS.contains(&first)).then_some(words)
}

/// Words of the grammar, and commands that act on the shell itself.
const KEYWORDS: &[&str] = &[
    "if", "then", "else", "elif", "fi", "for", "while", "until", "do", "done", "case", "esac", "function", "select",
    "time", "coproc", "in", "[[",
];
const BUILTINS: &[&str] = &[
    ":",
    ".",
    "[",
    "alias",
    "bg",
    "bind",
    "break",
    "builtin",
    "caller",
    "cd",
    "command",
    "compgen",
    "complete",
    "continue",
    "declare",
    "dirs",
    "disown",
    "echo",
    "enable",
    "eval",
    "exec",
    "exit",
    "export",
    "false",
    "fc",
    "fg",
    "getopts",
    "hash",
    "help",
    "history",
    "jobs",
    "kill",
    "let",
    "local",
    "logout",
    "mapfile",
    "popd",
    "printf",
    "pushd",
    "pwd",
    "read",
    "readarray",
    "readonly",
    "return",
    "set",
    "shift",
    "shopt",
    "source",
    "suspend",
    "test",
    "times",
    "trap",
    "true",
    "type",
    "typeset",
    "ulimit",
    "umask",
    "unalias",
    "unset",
    "wait",
];

/// A word that every quoting leaves as it is.
fn plain(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_./=:@+,%-".contains(&byte))
}

/// The text, if it is one simple command that runs a program: that may stand behind a wrapper.
fn simple(text: &str) -> Option<&str> {
    let first = text.split(' ').next()?;
    let program = plain(first) && !first.contains('=') && !KEYWORDS.contains(&first) && !BUILTINS.contains(&first);
    let script = read(text)?;
    let [item] = script.list.items.as_slice() else { return None };
    let [node] = item.first.stages.as_slice() else { return None };
    let one = matches!(node.command, Command::Simple(_)) && item.rest.is_empty() && !item.background;
    (program && one && !item.first.negated && !text.contains("<<")).then_some(text)
}

/// The text, if it can stand in a block: it can be read, and nothing in it speaks of the shell that it runs in.
fn whole(text: &str) -> Option<&str> {
    let own = ["return", "END_OF_IT", "BASH_SOURCE", "exit", "$0", "exec "];
    (!own.iter().any(|word| text.contains(word)) && !text.ends_with('\\')).then_some(())?;
    read(text).map(|_| text)
}

fn single_line(text: &str) -> Option<&str> {
    whole(text).filter(|text| !text.contains(['\n', '#', '\\']))
}

fn read(text: &str) -> Option<Script> {
    let script = parse(text, 0, &mut Budget::new(STEPS_MAX));
    script.faults.is_empty().then_some(script)
}

/// `'…'`, whatever stands in it.
pub fn single(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

fn double(text: &str) -> String {
    let mut out = String::from("\"");
    for character in text.chars() {
        if "\"\\$`".contains(character) {
            out.push('\\');
        }
        out.push(character);
    }
    out + "\""
}

fn escaped(text: &str, mark: &str, base: u8) -> String {
    let one = |byte: u8| if base == 16 { format!("{mark}{byte:02x}") } else { format!("{mark}{byte:03o}") };
    text.bytes().map(one).collect()
}

/// A plain word in another spelling.
fn spelling(word: &str, choice: &mut Choice) -> String {
    let (head, tail) = word.split_at(choice.below(word.len() + 1));
    match choice.below(10) {
        0 => format!("'{word}'"),
        1 => format!("\"{word}\""),
        2 => format!("$'{word}'"),
        3 => word.chars().map(|character| format!("\\{character}")).collect(),
        4 => format!("{head}''{tail}"),
        5 => format!("'{head}'\"{tail}\""),
        6 => format!("{head}\"\"{tail}"),
        7 => format!("$'{}'", escaped(word, "\\x", 16)),
        8 => format!("$'{}'", escaped(word, "\\", 8)),
        _ => format!("$\"{word}\""),
    }
}

fn quoted_word(text: &str, choice: &mut Choice) -> Option<String> {
    let words = words(text)?;
    let quotable: Vec<usize> = (0..words.len()).filter(|at| plain(words[*at])).collect();
    let chosen = quotable[choice.below(quotable.len())];
    let all = words.iter().enumerate();
    Some(join(all.map(|(at, word)| if at == chosen { spelling(word, choice) } else { (*word).to_owned() })))
}

fn quoted_words(text: &str, choice: &mut Choice) -> Option<String> {
    Some(join(words(text)?.iter().map(|word| if plain(word) { spelling(word, choice) } else { (*word).to_owned() })))
}

fn join(words: impl Iterator<Item = String>) -> String {
    words.collect::<Vec<_>>().join(" ")
}

fn continued(text: &str, choice: &mut Choice) -> Option<String> {
    words(text)?;
    let at = choice.below(text.len());
    Some(format!("{}\\\n{}", &text[..at], &text[at..]))
}

fn variable(text: &str, choice: &mut Choice) -> Option<String> {
    let words = words(text)?;
    let quotable: Vec<usize> = (0..words.len()).filter(|at| plain(words[*at])).collect();
    let chosen = quotable[choice.below(quotable.len())];
    let word = words[chosen];
    let (head, tail) = word.split_at(choice.below(word.len() + 1));
    let (set, used) = match choice.below(8) {
        0 => (format!("v={word}"), "$v".to_owned()),
        1 => (format!("v='{word}'"), "\"${v}\"".to_owned()),
        2 => (format!("v=x{word}"), "${v#x}".to_owned()),
        3 => (format!("v=x{word}"), "${v:1}".to_owned()),
        4 => (format!("v={word}; n=v"), "${!n}".to_owned()),
        5 => (format!("v={head}; w={tail}"), "$v$w".to_owned()),
        6 => (format!("export v={word}"), "${v:-ls}".to_owned()),
        _ => ("unset v".to_owned(), format!("${{v:-{word}}}")),
    };
    let all = words.iter().enumerate();
    Some(format!("{set}; {}", join(all.map(|(at, word)| if at == chosen { used.clone() } else { (*word).to_owned() }))))
}

fn variables(text: &str, choice: &mut Choice) -> Option<String> {
    let words = words(text)?;
    if !words.iter().all(|word| plain(word)) {
        return None;
    }
    Some(match choice.below(3) {
        0 => format!("v='{text}'; $v"),
        1 => format!("v=\"{text}\"; ${{v}}"),
        _ => format!("v='{}'; w='{}'; $v $w", words[0], words[1..].join(" ")),
    })
}

fn array(text: &str, choice: &mut Choice) -> Option<String> {
    words(text)?;
    Some(format!("a=({text}); {}", choice.of(&["\"${a[@]}\"", "${a[*]}", "${a[@]}"])))
}

fn positional(text: &str, choice: &mut Choice) -> Option<String> {
    words(text).filter(|words| words.iter().all(|word| plain(word)))?;
    Some(format!("set -- {text}; {}", choice.of(&["\"$@\"", "$@", "$*"])))
}

fn braces(text: &str, choice: &mut Choice) -> Option<String> {
    let words = words(text)?;
    let fit = words.iter().all(|word| plain(word) && !word.contains(','));
    let from = if choice.below(2) == 0 { 0 } else { 1 };
    if !fit || words.len() < from + 2 {
        return None;
    }
    let (head, tail) = words.split_at(from);
    Some(format!("{} {{{}}}", head.join(" "), tail.join(",")).trim_start().to_owned())
}

fn program_path(text: &str, choice: &mut Choice) -> Option<String> {
    let text = simple(text).filter(|text| !text.split(' ').next().is_some_and(|first| first.contains('/')))?;
    Some(format!("{}{text}", choice.of(&["/usr/bin/", "/bin/", "\\", "/usr/bin/../bin/"])))
}

fn wrapper(text: &str, choice: &mut Choice) -> Option<String> {
    let wrapper = choice.of(&[
        "env",
        "env A=1",
        "env -u X",
        "command",
        "command --",
        "nohup",
        "nice",
        "nice -n 5",
        "ionice -c3",
        "timeout 5",
        "timeout -k 1 5s",
        "setsid",
        "setsid -f",
        "stdbuf -oL",
        "exec",
        "time",
        "sudo",
        "sudo -u root",
        "sudo -n --",
        "doas",
        "chrt -b 0",
        "busybox env",
        "/usr/bin/env",
        "env -i",
        "env -S",
        "strace -f",
        "unshare -r",
        "flock /tmp/l",
    ]);
    Some(format!("{wrapper} {}", simple(text)?))
}

fn xargs(text: &str, choice: &mut Choice) -> Option<String> {
    simple(text)?;
    let words = words(text).filter(|words| words.len() > 1 && words.iter().all(|word| plain(word)))?;
    let kept = 1 + choice.below(words.len() - 1);
    let (head, tail) = words.split_at(kept);
    // `echo` takes what looks like its own options.
    let echo = if tail[0].starts_with('-') { "printf '%s\\n'" } else { "echo" };
    let print = choice.of(&[echo, "printf '%s '", "printf '%s\\n'"]);
    Some(format!("{print} {} | xargs {}", tail.join(" "), head.join(" ")))
}

fn block(text: &str, choice: &mut Choice) -> Option<String> {
    let (before, after) =
        [("{ ", "\n}"), ("( ", "\n)"), ("(( 1 )) && { ", "\n}"), ("! { ", "\n}"), ("{ { ", "\n}\n}")][choice.below(5)];
    Some(format!("{before}{}{after}", whole(text)?))
}

fn condition(text: &str, choice: &mut Choice) -> Option<String> {
    let frames = [
        ("if true; then ", "\nfi"),
        ("if ", "\nthen :; fi"),
        ("if false; then :; else ", "\nfi"),
        ("case x in x) ", "\n;; esac"),
        ("[[ a ]] && { ", "\n}"),
        ("test -e / && { ", "\n}"),
    ];
    let (before, after) = frames[choice.below(frames.len())];
    Some(format!("{before}{}{after}", whole(text)?))
}

fn looped(text: &str, choice: &mut Choice) -> Option<String> {
    let frames = [
        ("for i in 1; do ", "\ndone"),
        ("while true; do ", "\nbreak; done"),
        ("until false; do ", "\nbreak; done"),
        ("for ((i=0;i<1;i++)); do ", "\ndone"),
    ];
    let (before, after) = frames[choice.below(frames.len())];
    let text = whole(text).filter(|text| !["break", "continue", "$i"].iter().any(|word| text.contains(word)))?;
    Some(format!("{before}{text}{after}"))
}

fn dash_c(text: &str, choice: &mut Choice) -> Option<String> {
    let text = whole(text)?;
    let quoted = if choice.below(2) == 0 { single(text) } else { double(text) };
    Some(format!(
        "{} {quoted}",
        choice.of(&["bash -c", "bash -xc", "bash -e -c", "/bin/bash -c", "bash --norc -c", "sh -c"])
    ))
}

fn piped(text: &str, choice: &mut Choice) -> Option<String> {
    let text = whole(text)?;
    let shell = choice.of(&["bash", "bash -", "bash -s", "sudo bash", "bash /dev/stdin", "xargs -0 bash -c"]);
    Some(match choice.below(7) {
        0 => format!("echo {} | base64 -d | {shell}", base64(text)),
        1 => format!("base64 --decode <<< {} | {shell}", base64(text)),
        2 => format!("printf '{}' | {shell}", escaped(text, "\\", 8)),
        3 => format!("printf '{}' | {shell}", escaped(text, "\\x", 16)),
        4 => format!("echo {} | xxd -r -p | {shell}", escaped(text, "", 16)),
        5 if text.is_ascii() && !text.contains('\n') => {
            format!("echo {} | rev | {shell}", single(&text.chars().rev().collect::<String>()))
        }
        _ => format!("printf %s {} | {shell}", single(text)),
    })
}

fn base64(text: &str) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for group in text.as_bytes().chunks(3) {
        let bits = group.iter().fold(0u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - group.len()));
        for at in 0..4 {
            let digit = char::from(DIGITS[(bits >> (18 - 6 * at)) as usize & 63]);
            out.push(if at <= group.len() { digit } else { '=' });
        }
    }
    out
}
