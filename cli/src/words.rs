//! What is common to all output: untrusted text made harmless, and colour where it is wanted.

use palisade_hook::answer::is_deceptive;
use std::fmt;
use std::io::{ErrorKind, IsTerminal, Write};

/// Prints a line on stdout.
macro_rules! say {
    () => { $crate::words::write(format_args!("\n")) };
    ($($text:tt)*) => { $crate::words::write(format_args!("{}\n", format_args!($($text)*))) };
}

/// Prints on stdout, as it is.
macro_rules! say_part {
    ($($text:tt)*) => { $crate::words::write(format_args!($($text)*)) };
}

/// Writes to stdout. A reader that has seen enough (`palisade status | head -1`) is no failure, and the exit code stays what the
/// command found; a full disk is one.
pub fn write(text: fmt::Arguments<'_>) {
    let mut stdout = std::io::stdout().lock();
    match stdout.write_fmt(text).and_then(|()| stdout.flush()) {
        Err(why) if why.kind() != ErrorKind::BrokenPipe => {
            eprintln!("palisade: stdout: {why}");
            std::process::exit(i32::from(crate::failure::EXIT_FAILED));
        }
        _ => {}
    }
}

/// Text that somebody else wrote, on one line, with every character that a terminal would act on, or that would reorder or hide
/// others, written out.
pub fn plain(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => shown.push_str("\\n"),
            '\t' => shown.push_str("\\t"),
            c if is_deceptive(c) => shown.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
            c => shown.push(c),
        }
    }
    shown
}

/// The same for bytes that are probably UTF-8.
pub fn plain_bytes(bytes: &[u8]) -> String {
    plain(&String::from_utf8_lossy(bytes))
}

/// The beginning of a line, so that it fits `width` columns of one-column characters.
pub fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    text.chars().take(width.saturating_sub(1)).chain(['…']).collect()
}

/// Whether stdout takes colour: a terminal that is not dumb, and no `NO_COLOR`.
pub fn colour() -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
    std::io::stdout().is_terminal() && !set("NO_COLOR") && !dumb
}

/// `word` in the colour that its meaning has; never the colour alone.
pub fn tinted(word: &str, colour: bool) -> String {
    let code = match word.trim() {
        "allow" | "safe" | "CHAIN-ONLY" => "32",
        "ask" | "ambiguous" => "33",
        "hold" | "destructive" => "35",
        "deny" | "catastrophic" | "TAMPERED" | "TRUNCATED" | "DIVERGED" | "UNREADABLE" => "31;1",
        _ => return word.to_owned(),
    };
    if colour { format!("\u{1b}[{code}m{word}\u{1b}[0m") } else { word.to_owned() }
}

/// Prints a JSON document.
pub fn print_json(value: &serde_json::Value) {
    // A value made of strings, numbers, lists and maps with text keys always serialises.
    say!("{}", serde_json::to_string_pretty(value).unwrap_or_default());
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_act_on_is_written_out() {
        assert_eq!(plain("a\u{1b}[2Jb\n\u{202e}c"), "a\\u{1b}[2Jb\\n\\u{202e}c");
        assert_eq!(plain("ein Strauß 🌷"), "ein Strauß 🌷");
    }
}
