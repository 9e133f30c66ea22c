//! Programs whose output depends on nothing but their arguments and input: what `$(printf …)` or `… | base64 -d` gives.
//!
//! `None` means "not known", which is caution for the caller; it is never a guess. Where shells or systems have different
//! programs of one name, [`Output::dialect`] says so. Output is capped at [`VALUE_MAX`].

mod decode;
mod filter;
mod lines;
mod print;

pub use print::unescape;

use crate::limits::VALUE_MAX;
use decode::{base32, base64, openssl, xxd};
use filter::{cut, head_tail, rev, sed, tac, tr};
use lines::{awk, fold, grep, paste, sort, uniq};
use print::{echo, printf};

/// What a program writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// The text, as bash and GNU's programs write it.
    pub text: String,
    /// Other shells and systems may write something else: it is no ground to call anything harmless.
    pub dialect: bool,
}

/// What `name args…` writes, given `input` (`None`: unknown or none is needed).
pub fn output(name: &str, args: &[String], input: Option<&str>) -> Option<Output> {
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let same = |text: String| Output { text, dialect: false };
    let out = match name {
        "echo" => echo(&args),
        "printf" => printf(&args),
        "cat" if args.iter().all(|arg| *arg == "-" || *arg == "-u") => input.map(str::to_owned).map(same),
        "tee" if args.iter().all(|arg| *arg == "-a" || !arg.starts_with('-')) => input.map(str::to_owned).map(same),
        "true" | ":" if args.is_empty() => Some(same(String::new())),
        "base64" => base64(&args, input),
        "openssl" => openssl(&args, input),
        "xxd" => xxd(&args, input),
        "base32" => base32(&args, input).map(same),
        "sort" => sort(&args, input).map(same),
        "uniq" if args.is_empty() => uniq(input).map(same),
        "paste" => paste(&args, input).map(same),
        "fold" => fold(&args, input).map(same),
        "grep" => grep(&args, input).map(same),
        "awk" | "gawk" | "mawk" => awk(&args, input).map(same),
        "rev" if args.is_empty() => rev(input).map(same),
        "tac" if args.is_empty() => tac(input).map(same),
        "tr" => tr(&args, input).map(same),
        "cut" => cut(&args, input).map(same),
        "head" | "tail" => head_tail(name, &args, input).map(same),
        "sed" => sed(&args, input).map(same),
        "dirname" | "basename" => path_part(name, &args).map(same),
        "seq" => seq(&args).map(same),
        _ => None,
    }?;
    (out.text.len() <= VALUE_MAX).then_some(out)
}

/// A plain number: `+2` is one for Rust and something else for `tail`.
fn count(text: &str) -> Option<usize> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

fn path_part(name: &str, args: &[&str]) -> Option<String> {
    let args = if args.first() == Some(&"--") { &args[1..] } else { args };
    let path = args.first().filter(|path| !path.starts_with('-'))?;
    let trimmed = path.trim_end_matches('/');
    let part = match (name, trimmed.rfind('/')) {
        _ if trimmed.is_empty() && !path.is_empty() => "/",
        ("dirname", None) => ".",
        ("dirname", Some(at)) => match trimmed[..at].trim_end_matches('/') {
            "" => "/",
            parent => parent,
        },
        (_, Some(at)) => &trimmed[at + 1..],
        (_, None) => trimmed,
    };
    let part = match args.get(1..).unwrap_or_default() {
        [] => part,
        // A suffix that is the whole name stays.
        [suffix] if name == "basename" => part.strip_suffix(suffix).filter(|left| !left.is_empty()).unwrap_or(part),
        _ => return None,
    };
    Some(format!("{part}\n"))
}

fn seq(args: &[&str]) -> Option<String> {
    let numbers: Option<Vec<usize>> = args.iter().map(|arg| count(arg)).collect();
    let (first, last) = match numbers?.as_slice() {
        [last] => (1, *last),
        [first, last] => (*first, *last),
        _ => return None,
    };
    if last.saturating_sub(first) > 1000 {
        return None;
    }
    Some((first..=last).map(|number| format!("{number}\n")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(line: &str, input: Option<&str>) -> Option<Output> {
        let mut words = line.split(' ').map(str::to_owned);
        let name = words.next()?;
        output(&name, &words.collect::<Vec<_>>(), input)
    }

    #[test]
    fn each_program_gives_what_the_real_one_gives() {
        let cases: [(&str, Option<&str>, &str); 33] = [
            ("echo -n a b", None, "a b"),
            ("echo -e a\\x41\\n", None, "aA\n\n"),
            ("printf r%s m", None, "rm"),
            ("printf %s\\n a b", None, "a\nb\n"),
            ("printf \\162\\x6d", None, "rm"),
            ("base64 -d", Some("cm0gLXJmIC9ob21l\n"), "rm -rf /home"),
            ("xxd -r -p", Some("726d202d7266202f"), "rm -rf /"),
            ("openssl base64 -d -A", Some("cm0="), "rm"),
            ("rev", Some("mr\n"), "rm\n"),
            ("base32 -d", Some("OJWQ====\n"), "rm"),
            ("sort", Some("b\na\n"), "a\nb\n"),
            ("sort -r", Some("a\nb\n"), "b\na\n"),
            ("sort -n", Some("10\n9\n"), "9\n10\n"),
            ("uniq", Some("a\na\nb\n"), "a\nb\n"),
            ("paste -sd,", Some("a\nb\n"), "a,b\n"),
            ("paste -s -d x", Some("a\nb"), "axb\n"),
            ("fold -w 9", Some("rm\n"), "rm\n"),
            ("fold -w1", Some("rm\n"), "r\nm\n"),
            ("grep rm", Some("a\nrm x\n"), "rm x\n"),
            ("awk {print$2}", Some("a b c\n"), "b\n"),
            ("tac", Some("a\nb\n"), "b\na\n"),
            ("tr a-z n-za-m", Some("ez"), "rm"),
            ("tr -d x", Some("rxmx"), "rm"),
            ("tr [:upper:] [:lower:]", Some("RM"), "rm"),
            ("cut -c2-3", Some("xrmx"), "rm\n"),
            ("cut -d: -f1,3", Some("a:b:c\n"), "a:c\n"),
            ("head -c 2", Some("rmxx"), "rm"),
            ("tail -n1", Some("a\nb\n"), "b\n"),
            ("sed s/X/r/", Some("Xm"), "rm"),
            ("dirname /home/dev", None, "/home\n"),
            ("basename /bin/rm", None, "rm\n"),
            ("basename a.txt .txt", None, "a\n"),
            ("seq 3", None, "1\n2\n3\n"),
        ];
        for (line, input, expected) in cases {
            assert_eq!(run(line, input).unwrap().text, expected, "{line}");
        }
    }

    #[test]
    fn what_another_shell_or_system_writes_otherwise_is_told() {
        for (line, input, dialect) in [
            ("echo a\\nb", None, true),
            ("echo -e a", None, true),
            ("echo -n a", None, false),
            ("printf \\x41", None, true),
            ("printf \\\"", None, true),
            ("printf \\n", None, false),
            ("openssl base64 -d", Some("cm0="), true),
            ("base64 -D", Some("cm0="), true),
            ("base64 -d", Some("cm0="), false),
        ] {
            assert_eq!(run(line, input).unwrap().dialect, dialect, "{line}");
        }
    }

    #[test]
    fn what_is_not_exactly_known_is_none() {
        for (line, input) in [
            ("base64 -d", None),
            ("base64 -d file", Some("cm0=")),
            ("sort -k2", Some("a\n")),
            ("sort", Some("a b\na-b\n")),
            ("sort", Some("B\na\n")),
            ("grep r.", Some("rm\n")),
            ("awk {print$2;x}", Some("a b\n")),
            ("sed s/a.*/b/", Some("ab")),
            ("cat /etc/passwd", Some("")),
            ("tail -n +2", Some("a\nb\n")),
            ("cut -f+1", Some("a")),
            ("cut -d:: -f1", Some("a::b")),
            ("cut -c1", Some("é")),
            ("head -c1", Some("é")),
            ("tr a [x*1]", Some("a")),
            ("tr a-z \\141", Some("a")),
            ("tac", Some("a\nb")),
            ("printf %.2s abc", None),
            ("printf %d 010", None),
            ("printf \\0", None),
            ("base64 -d", Some("cm0=cm0=")),
            ("base64 -d", Some("cm 0=")),
            ("base64 -d", Some("cm0")),
            ("xxd -r -p", Some("7 26d")),
            ("seq +1 3", None),
        ] {
            assert_eq!(run(line, input), None, "{line}");
        }
    }
}
