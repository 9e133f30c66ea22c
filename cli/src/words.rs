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

/// A path as people say it who are in `cwd`.
pub fn near<'p>(path: &'p str, cwd: &str) -> &'p str {
    let below = || path.strip_prefix(cwd.trim_end_matches('/'))?.strip_prefix('/');
    below().filter(|rest| !rest.is_empty() && cwd.len() > 1).unwrap_or(path)
}

/// The same for what an effect touches: `/…` at its end stands for whatever a pattern picks there.
pub fn touched(target: &str, cwd: &str) -> String {
    match plain(near(target, cwd)).as_str() {
        "…" => "files here".to_owned(),
        "/…" => "files in /".to_owned(),
        path => path.strip_suffix("/…").map_or_else(|| path.to_owned(), |directory| format!("files in {directory}")),
    }
}

/// As [`plain`], for bytes that are probably UTF-8.
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
    match tint(word) {
        Some(code) if colour => format!("\u{1b}[{code}m{word}\u{1b}[0m"),
        _ => word.to_owned(),
    }
}

/// The terminal's code for the colour that a word's meaning has.
pub fn tint(word: &str) -> Option<&'static str> {
    match word.trim() {
        "allow" | "safe" | "CHAIN-ONLY" => Some("32"),
        "ask" | "ambiguous" => Some("33"),
        "hold" | "destructive" => Some("35"),
        "deny" | "catastrophic" | "TAMPERED" | "TRUNCATED" | "DIVERGED" | "UNREADABLE" => Some("31;1"),
        _ => None,
    }
}

/// `1 file`, `1,234 files`.
pub fn count(number: u64, of: &str) -> String {
    let many = if number == 1 { "" } else { "s" };
    format!("{} {of}{many}", grouped(number))
}

/// A number as people read it: `1,234,567`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// An amount of bytes as people read it: `1 byte`, `4.2 MiB`.
pub fn amount(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    let mut tenths = u128::from(bytes) * 10;
    let mut unit = None;
    while tenths >= 10_240 && unit != Some(UNITS.len() - 1) {
        tenths = (tenths + 512) / 1024;
        unit = Some(unit.map_or(0, |unit| unit + 1));
    }
    match unit {
        None => count(bytes, "byte"),
        Some(unit) => format!("{}.{} {}", tenths / 10, tenths % 10, UNITS[unit]),
    }
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
    fn what_lies_below_is_told_by_its_short_name() {
        let told =
            [("/p/a/b", "/p/a"), ("/p/ab", "/p/a"), ("/p/a", "/p/a"), ("/etc", "/"), ("/p/a/b", "/p/a/"), ("~/x", "")];
        assert_eq!(told.map(|(path, cwd)| near(path, cwd)), ["b", "/p/ab", "/p/a", "/etc", "b", "~/x"]);
    }

    #[test]
    fn what_a_pattern_picks_is_told_by_where_it_picks() {
        let told = ["/p/a/…", "/p/a/b/…", "/…", "/p/a/b", "…"].map(|target| touched(target, "/p/a"));
        assert_eq!(told, ["files here", "files in b", "files in /", "b", "files here"]);
    }

    #[test]
    fn numbers_and_amounts_are_written_as_people_read_them() {
        assert_eq!(["0 files", "1 file", "1,234 files"].map(str::to_owned), [0, 1, 1234].map(|n| count(n, "file")));
        assert_eq!(grouped(1_234_567), "1,234,567");
        let amounts = [0, 1, 1023, 1024, 4_404_019, u64::MAX].map(amount);
        assert_eq!(amounts, ["0 bytes", "1 byte", "1,023 bytes", "1.0 KiB", "4.2 MiB", "16.0 EiB"]);
    }

    #[test]
    fn what_a_terminal_would_act_on_is_written_out() {
        assert_eq!(plain("a\u{1b}[2Jb\n\u{202e}c"), "a\\u{1b}[2Jb\\n\\u{202e}c");
        assert_eq!(plain("ein Strauß 🌷"), "ein Strauß 🌷");
    }
}
