//! Programs whose output depends on nothing but their arguments and input: what `$(printf …)` or `… | base64 -d` gives.
//!
//! `None` means "not known", which is caution for the caller; it is never a guess. Output is capped at [`VALUE_MAX`].

mod decode;
mod filter;
mod print;

pub use print::unescape;

use crate::limits::VALUE_MAX;
use decode::{base64, openssl, xxd};
use filter::{cut, each_line, head_tail, sed, tr};
use print::{echo, printf};

/// What `name args…` writes, given `input` (`None`: unknown or none is needed).
pub fn output(name: &str, args: &[String], input: Option<&str>) -> Option<String> {
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let out = match name {
        "echo" => Some(echo(&args)),
        "printf" => printf(&args),
        "cat" if args.iter().all(|arg| *arg == "-" || *arg == "-u") => input.map(str::to_owned),
        "tee" => input.map(str::to_owned),
        "true" | ":" => Some(String::new()),
        "base64" => base64(&args, input),
        "base32" => None,
        "openssl" => openssl(&args, input),
        "xxd" => xxd(&args, input),
        "rev" if args.is_empty() => input.map(|text| each_line(text, |line| line.chars().rev().collect())),
        "tac" if args.is_empty() => input.map(|text| text.lines().rev().map(|line| format!("{line}\n")).collect()),
        "tr" => tr(&args, input),
        "cut" => cut(&args, input),
        "head" | "tail" => head_tail(name, &args, input),
        "sed" => sed(&args, input),
        "dirname" | "basename" => path_part(name, &args),
        "seq" => seq(&args),
        "sort" | "uniq" | "nl" | "fold" | "column" => None,
        _ => None,
    }?;
    (out.len() <= VALUE_MAX).then_some(out)
}

fn path_part(name: &str, args: &[&str]) -> Option<String> {
    let args = if args.first() == Some(&"--") { &args[1..] } else { args };
    let path = args.first().filter(|path| !path.starts_with('-'))?;
    let trimmed = if path.len() > 1 { path.trim_end_matches('/') } else { path };
    let at = trimmed.rfind('/');
    let part = match (name, at) {
        _ if trimmed.is_empty() => "/",
        ("dirname", None) => ".",
        ("dirname", Some(0)) => "/",
        ("dirname", Some(at)) => &trimmed[..at],
        (_, Some(at)) if trimmed != "/" => &trimmed[at + 1..],
        _ => trimmed,
    };
    let part = match args.get(1) {
        Some(suffix) if name == "basename" => part.strip_suffix(suffix).unwrap_or(part),
        Some(_) => return None,
        None => part,
    };
    Some(format!("{part}\n"))
}

fn seq(args: &[&str]) -> Option<String> {
    let numbers: Option<Vec<i64>> = args.iter().map(|arg| arg.parse().ok()).collect();
    let (first, last) = match numbers?.as_slice() {
        [last] => (1, *last),
        [first, last] => (*first, *last),
        _ => return None,
    };
    if last.checked_sub(first)? > 1000 {
        return None;
    }
    Some((first..=last).map(|number| format!("{number}\n")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(line: &str, input: Option<&str>) -> Option<String> {
        let mut words = line.split(' ').map(str::to_owned);
        let name = words.next()?;
        output(&name, &words.collect::<Vec<_>>(), input)
    }

    #[test]
    fn each_program_gives_what_the_real_one_gives() {
        let cases: [(&str, Option<&str>, &str); 22] = [
            ("echo -n a b", None, "a b"),
            ("echo -e a\\x41\\n", None, "aA\n\n"),
            ("printf r%s m", None, "rm"),
            ("printf %s\\n a b", None, "a\nb\n"),
            ("printf \\162\\x6d", None, "rm"),
            ("base64 -d", Some("cm0gLXJmIC9ob21l\n"), "rm -rf /home"),
            ("xxd -r -p", Some("726d202d7266202f"), "rm -rf /"),
            ("openssl base64 -d -A", Some("cm0="), "rm"),
            ("rev", Some("mr\n"), "rm\n"),
            ("tac", Some("a\nb\n"), "b\na\n"),
            ("tr a-z n-za-m", Some("ez"), "rm"),
            ("tr -d x", Some("rxmx"), "rm"),
            ("tr [:upper:] [:lower:]", Some("RM"), "rm"),
            ("cut -c2-3", Some("xrmx"), "rm"),
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
            assert_eq!(run(line, input).as_deref(), Some(expected), "{line}");
        }
    }

    #[test]
    fn what_is_not_exactly_known_is_none() {
        for (line, input) in [
            ("base64 -d", None),
            ("base64 -d file", Some("cm0=")),
            ("sed s/a.*/b/", Some("ab")),
            ("cat /etc/passwd", Some("")),
        ] {
            assert_eq!(run(line, input), None, "{line}");
        }
    }
}
