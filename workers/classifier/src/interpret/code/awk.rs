//! awk: most programs in it only print; some write files or run commands.

use super::super::Machine;
use super::super::options::long;
use palisade_language::words::{Origin, Value};
use palisade_protocol::verdict::Class;

/// gawk's options that neither load nor write anything, and its two with a harmless value.
const LONG: &[&str] = &[
    "--field-separator",
    "--assign",
    "--source",
    "--file",
    "--include",
    "--load",
    "--exec",
    "--dump-variables",
    "--pretty-print",
    "--profile",
    "--debug",
    "--characters-as-bytes",
    "--traditional",
    "--copyright",
    "--gen-pot",
    "--help",
    "--bignum",
    "--use-lc-numeric",
    "--non-decimal-data",
    "--optimize",
    "--posix",
    "--re-interval",
    "--no-optimize",
    "--sandbox",
    "--lint-old",
    "--lint",
    "--version",
    "--csv",
    "--trace",
];

impl Machine<'_> {
    pub(super) fn awk(&mut self, args: &[Value], input: &Option<Value>) -> Value {
        let mut at = 0;
        let mut programs = Vec::new();
        while let Some(arg) = args.get(at) {
            let text = arg.known().unwrap_or_else(|| arg.prefix().to_owned());
            let name = text.split('=').next().unwrap_or("");
            if !text.starts_with('-') || text.len() == 1 {
                break;
            }
            at += 1;
            match text.as_str() {
                "--" => break,
                "-F" | "-v" => at += 1,
                "-e" => {
                    programs.extend(args.get(at).cloned());
                    at += 1;
                }
                _ if text.starts_with("-F") || text.starts_with("-v") => {}
                _ if !text.starts_with("--") && text.starts_with("-e") => {
                    programs.push(crate::knowledge::tail(arg, 2));
                }
                "-b" | "-c" | "-C" | "-k" | "-M" | "-n" | "-N" | "-O" | "-P" | "-r" | "-s" | "-S" | "-t" | "-V"
                | "-h" => {}
                _ if text.starts_with("--") => match long(name, LONG) {
                    Some("--field-separator" | "--assign") => at += usize::from(name.len() == text.len()),
                    Some("--source") if name.len() == text.len() => {
                        programs.extend(args.get(at).cloned());
                        at += 1;
                    }
                    Some("--source") => programs.push(crate::knowledge::tail(arg, name.len() + 1)),
                    Some(
                        "--file" | "--include" | "--load" | "--exec" | "--dump-variables" | "--pretty-print"
                        | "--profile" | "--debug",
                    )
                    | None => return self.awk_unread(),
                    Some(_) => {}
                },
                _ => return self.awk_unread(),
            }
        }
        if programs.is_empty() {
            let Some(program) = args.get(at) else { return Value::unknown(Origin::Output) };
            programs.push(program.clone());
            at += 1;
        }
        for program in &programs {
            match program.known() {
                None => self.note(Class::Ambiguous, "code.unknown", "runs an awk program that is not known"),
                Some(code) => self.awk_code(&code),
            }
        }
        let mut origin = input.as_ref().and_then(Value::origin);
        for file in args.get(at..).unwrap_or(&[]) {
            origin = origin.max(self.read_effect(file).origin());
        }
        Value::unknown(origin.unwrap_or(Origin::Output))
    }

    fn awk_unread(&mut self) -> Value {
        self.note(
            Class::Ambiguous,
            "program.unread",
            "runs an awk program that was not read, or by an option that writes",
        );
        Value::unknown(Origin::Output)
    }

    fn awk_code(&mut self, code: &str) {
        if code.contains("/inet/") && code.contains("|&") {
            self.note(Class::Catastrophic, "net.tunnel", "runs what another host sends, from awk code");
        }
        if !self.budget.take(code.len() * 2 + 8) {
            return;
        }
        let program = read(code);
        if program.runs {
            for text in &program.strings {
                self.script(text, None);
            }
            self.note(Class::Ambiguous, "exec.code", "runs other programs from awk code");
        }
        if program.unsure {
            self.note(Class::Ambiguous, "code.unknown", "runs awk code that can be read in two ways");
        }
        for target in &program.targets {
            match target {
                Some(path) => {
                    let place = self.place(&Value::text(path.as_str()));
                    self.write_effect(&place, false, false);
                }
                None => self.note(Class::Ambiguous, "fs.write.unknown", "writes files from awk code"),
            }
        }
    }
}

/// What of an awk program matters here.
#[derive(Default)]
struct Program {
    strings: Vec<String>,
    /// `system`, `getline`, a pipe, a call by name, or a directive that loads something.
    runs: bool,
    /// Where `print` writes to; `None`: to what an expression gives.
    targets: Vec<Option<String>>,
    /// A `/` may begin a pattern or divide, and something that matters stands somewhere.
    unsure: bool,
}

fn read(code: &str) -> Program {
    let chars: Vec<char> = code.chars().collect();
    let mut out = Program::default();
    let mut doubtful = false;
    // Within a print statement, at this depth of parentheses.
    let mut print: Option<u32> = None;
    let mut depth = 0u32;
    let mut last = Last::Nothing;
    let mut at = 0;
    while at < chars.len() {
        let character = chars[at];
        at += 1;
        match character {
            '"' => {
                let text = string(&chars, &mut at);
                out.strings.push(text);
                last = Last::Operand;
            }
            '#' => at = chars[at..].iter().position(|next| *next == '\n').map_or(chars.len(), |end| at + end),
            _ if character.is_alphabetic() || character == '_' => {
                let start = at - 1;
                while at < chars.len() && (chars[at].is_alphanumeric() || chars[at] == '_') {
                    at += 1;
                }
                let name: String = chars[start..at].iter().collect();
                out.runs |= matches!(name.as_str(), "system" | "getline");
                if matches!(name.as_str(), "print" | "printf") {
                    print = Some(depth);
                }
                let keyword = matches!(
                    name.as_str(),
                    "print" | "printf" | "return" | "in" | "case" | "do" | "else" | "exit" | "BEGIN" | "END"
                );
                last = if keyword { Last::Nothing } else { Last::Operand };
            }
            '/' if last == Last::Operand => last = Last::Nothing,
            '/' => {
                doubtful |= last == Last::Closed;
                while at < chars.len() && chars[at] != '/' && chars[at] != '\n' {
                    // In brackets a slash need not end it; awks differ.
                    doubtful |= chars[at] == '[';
                    at += 1 + usize::from(chars[at] == '\\');
                }
                at += 1;
                last = Last::Operand;
            }
            '|' if chars.get(at) == Some(&'|') => {
                at += 1;
                last = Last::Nothing;
            }
            '|' | '@' => out.runs = true,
            '>' if print.is_some_and(|outer| depth <= outer) => {
                at += usize::from(chars.get(at) == Some(&'>'));
                let target = target(&chars, &mut at);
                if let Some(path) = &target {
                    out.strings.push(path.clone());
                }
                out.targets.push(target);
                print = None;
            }
            '(' => {
                depth += 1;
                last = Last::Nothing;
            }
            ')' => {
                depth = depth.saturating_sub(1);
                last = Last::Closed;
            }
            ';' | '\n' | '{' | '}' => {
                print = None;
                last = Last::Nothing;
            }
            ']' | '$' | '.' | '0'..='9' => last = Last::Operand,
            '+' | '-' if chars.get(at) == Some(&character) => {
                at += 1;
                last = Last::Closed;
            }
            _ if character.is_whitespace() => {}
            _ => last = Last::Nothing,
        }
    }
    let matters = ["system", "getline", "|", "@", ">"].iter().any(|word| code.contains(word));
    out.unsure = doubtful && matters && code.contains('"');
    out
}

/// What stands before a `/`: that decides whether it divides.
#[derive(PartialEq)]
enum Last {
    Nothing,
    Operand,
    /// `)`, `++` or `--`: it may be either.
    Closed,
}

fn string(chars: &[char], at: &mut usize) -> String {
    let mut text = String::new();
    while *at < chars.len() && chars[*at] != '"' {
        if chars[*at] == '\\' {
            *at += 1;
        }
        text.extend(chars.get(*at));
        *at += 1;
    }
    *at += 1;
    text
}

/// A redirection's target, if it is one string and nothing follows that belongs to it.
fn target(chars: &[char], at: &mut usize) -> Option<String> {
    while chars.get(*at).is_some_and(|next| next.is_whitespace()) {
        *at += 1;
    }
    if chars.get(*at) != Some(&'"') {
        return None;
    }
    let begun = *at + 1;
    *at += 1;
    let text = string(chars, at);
    let escaped = chars.get(begun..*at).is_some_and(|raw| raw.contains(&'\\'));
    let next = chars.get(*at..)?.iter().find(|next| !matches!(next, ' ' | '\t'));
    (!escaped && matches!(next, None | Some(';' | '}' | '\n' | '#'))).then_some(text)
}
