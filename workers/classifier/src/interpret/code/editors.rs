//! The stream editors, awk and sed: languages in which most programs only print, and some write or run.

use super::super::Machine;
use super::foreign::words_of;
use crate::paths::Zone;
use palisade_language::words::{Origin, Value};
use palisade_protocol::verdict::Class;

impl Machine<'_> {
    pub(super) fn awk(&mut self, args: &[Value], input: &Option<Value>) -> Value {
        let mut at = 0;
        let mut program = None;
        while let Some(arg) = args.get(at) {
            let text = arg.known().unwrap_or_else(|| arg.prefix().to_owned());
            match text.as_str() {
                "-F" | "-v" | "--field-separator" | "--assign" => at += 1,
                "-f" | "--file" | "-i" | "-l" | "-E" => {
                    self.note(Class::Ambiguous, "program.unread", "runs an awk program that was not read");
                    return Value::unknown(Origin::Output);
                }
                "--" => {}
                _ if text.starts_with('-') && text.len() > 1 => {}
                _ => {
                    program = Some(arg.clone());
                    at += 1;
                    break;
                }
            }
            at += 1;
        }
        let Some(program) = program else { return Value::unknown(Origin::Output) };
        match program.known() {
            None => self.note(Class::Ambiguous, "code.unknown", "runs an awk program that is not known"),
            Some(code) => {
                let (names, strings) = words_of(&code, "awk");
                let bare = without_strings(&code);
                let prints_to = bare.contains('>')
                    && bare.contains("print")
                    && (code.contains("> \"")
                        || code.contains(">\"")
                        || code.contains(">> \"")
                        || bare.split("print").skip(1).any(|rest| rest.contains('>') && !rest.contains(')')));
                if names.iter().any(|name| matches!(name.as_str(), "system" | "getline"))
                    || (bare.contains('|')
                        && !bare.replace("||", "").is_empty()
                        && bare.replace("||", "").contains('|'))
                {
                    for text in &strings {
                        self.script(text, None);
                    }
                    self.note(Class::Ambiguous, "exec.code", "runs other programs from awk code");
                }
                if prints_to {
                    let mut any = false;
                    for text in strings.iter().filter(|text| text.starts_with('/') || text.contains('.')) {
                        any = true;
                        let place = self.place(&Value::text(text.as_str()));
                        self.write_effect(&place, false, false);
                    }
                    if !any {
                        self.note(Class::Ambiguous, "fs.write.unknown", "writes files from awk code");
                    }
                }
            }
        }
        let mut origin = input.as_ref().and_then(Value::origin);
        for file in args.get(at..).unwrap_or(&[]) {
            origin = origin.max(self.read_effect(file).origin());
        }
        Value::unknown(origin.unwrap_or(Origin::Output))
    }

    pub(super) fn sed(&mut self, args: &[Value], input: &Option<Value>) -> Value {
        if let Some(value) = self.pure("sed", args, input.as_ref()) {
            return value;
        }
        let mut in_place = false;
        let mut scripts: Vec<Value> = Vec::new();
        let mut files: Vec<Value> = Vec::new();
        let mut given = false;
        let mut at = 0;
        while let Some(arg) = args.get(at) {
            let text = arg.known().unwrap_or_else(|| arg.prefix().to_owned());
            at += 1;
            match text.as_str() {
                "-e" | "--expression" => {
                    given = true;
                    scripts.extend(args.get(at).cloned());
                    at += 1;
                }
                "-f" | "--file" => {
                    given = true;
                    self.note(Class::Ambiguous, "program.unread", "runs a sed script that was not read");
                    at += 1;
                }
                "-l" | "--line-length" => at += 1,
                _ if text.starts_with("--in-place") => in_place = true,
                _ if text.starts_with("--expression=") => {
                    given = true;
                    scripts.push(Value::text(&text[13..]));
                }
                _ if text.starts_with("--") => {}
                _ if text.starts_with('-') && text.len() > 1 => {
                    in_place |= text.contains('i');
                    if text.ends_with('e') && !text.contains('i') {
                        given = true;
                        scripts.extend(args.get(at).cloned());
                        at += 1;
                    }
                }
                _ if !given => {
                    given = true;
                    scripts.push(arg.clone());
                }
                _ => files.push(arg.clone()),
            }
        }
        for script in &scripts {
            match script.known() {
                Some(text) if sed_is_plain(&text) => {}
                Some(text) => {
                    let rest = text
                        .trim_start_matches(|character: char| character.is_ascii_digit() || "$,/ ".contains(character));
                    if let Some(command) = rest.strip_prefix("e ").or_else(|| rest.strip_prefix('e')) {
                        self.script(command, None);
                    }
                    for word in text.split_whitespace().filter(|word| word.starts_with('/')) {
                        let place = self.place(&Value::text(word.trim_end_matches(['}', '\'', '"'])));
                        if matches!(
                            place.zone,
                            Zone::System | Zone::Secret | Zone::Startup | Zone::Guard | Zone::Device
                        ) && place.path.matches('/').count() > 1
                        {
                            self.write_effect(&place, false, false);
                        }
                    }
                    self.note(Class::Ambiguous, "exec.code", "may run programs or write files from a sed script");
                }
                None => {
                    // A variable in a substitution can end it and go on with a command of its own.
                    if script.origin().is_some_and(|origin| origin > Origin::Project)
                        && script.origin() != Some(Origin::Unset)
                    {
                        self.note(Class::Ambiguous, "code.unknown", "runs a sed script that is not all known");
                    }
                }
            }
        }
        let mut origin = input.as_ref().and_then(Value::origin);
        for file in &files {
            if in_place {
                let place = self.place(file);
                self.write_effect(&place, false, false);
            } else {
                origin = origin.max(self.read_effect(file).origin());
            }
        }
        Value::unknown(origin.unwrap_or(Origin::Output))
    }
}

fn without_strings(code: &str) -> String {
    let mut out = String::new();
    let mut quoted = false;
    let mut chars = code.chars();
    while let Some(character) = chars.next() {
        match character {
            '"' => quoted = !quoted,
            '\\' if quoted => {
                chars.next();
            }
            _ if !quoted => out.push(character),
            _ => {}
        }
    }
    out
}

/// Whether a sed script neither runs nor writes anything.
fn sed_is_plain(script: &str) -> bool {
    let chars: Vec<char> = script.chars().collect();
    let mut at = 0;
    while at < chars.len() {
        let character = chars[at];
        match character {
            ' ' | '\t' | '\n' | ';' | '{' | '}' | ',' | '!' | '$' | '+' | '~' | '0'..='9' => at += 1,
            '/' | '\\' => {
                let delimiter = if character == '\\' {
                    at += 1;
                    chars.get(at).copied().unwrap_or('/')
                } else {
                    '/'
                };
                at = skip_field(&chars, at + 1, delimiter);
                while matches!(chars.get(at), Some('I' | 'M')) {
                    at += 1;
                }
            }
            's' | 'y' => {
                let Some(delimiter) = chars.get(at + 1).copied() else { return false };
                at = skip_field(&chars, at + 2, delimiter);
                at = skip_field(&chars, at, delimiter);
                while let Some(flag) = chars.get(at) {
                    match flag {
                        'g' | 'p' | 'i' | 'I' | 'm' | 'M' | '0'..='9' => at += 1,
                        'e' | 'w' => return false,
                        _ => break,
                    }
                }
            }
            'a' | 'i' | 'c' | 'r' | 'R' | ':' | 'b' | 't' | 'T' | '#' => {
                while at < chars.len() && chars[at] != '\n' && !(chars[at] == ';' && "btT:".contains(character)) {
                    at += 1;
                }
            }
            'p' | 'd' | 'q' | 'Q' | 'n' | 'N' | 'D' | 'P' | 'h' | 'H' | 'g' | 'G' | 'x' | '=' | 'l' | 'z' | 'F' => {
                at += 1
            }
            _ => return false,
        }
    }
    true
}

fn skip_field(chars: &[char], mut at: usize, delimiter: char) -> usize {
    while at < chars.len() && chars[at] != delimiter {
        at += 1 + usize::from(chars[at] == '\\');
    }
    at + 1
}
