//! sed: most scripts in it only print; some write files or run commands.

use super::super::Machine;
use super::super::options::long;
use crate::paths::Zone;
use palisade_language::words::{Origin, Value};
use palisade_protocol::verdict::Class;

const LONG: &[&str] = &[
    "--quiet",
    "--silent",
    "--debug",
    "--expression",
    "--file",
    "--follow-symlinks",
    "--in-place",
    "--line-length",
    "--null-data",
    "--zero-terminated",
    "--posix",
    "--regexp-extended",
    "--separate",
    "--sandbox",
    "--unbuffered",
    "--binary",
    "--help",
    "--version",
];

impl Machine<'_> {
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
            if let Some(letters) = text.strip_prefix('-').filter(|rest| !rest.is_empty() && !rest.starts_with('-')) {
                for (index, letter) in letters.char_indices() {
                    let rest = index + letter.len_utf8();
                    let attached = rest < letters.len() || arg.known().is_none();
                    let mut value = || {
                        if attached {
                            return Some(crate::knowledge::tail(arg, rest + 1));
                        }
                        at += 1;
                        args.get(at - 1).cloned()
                    };
                    match letter {
                        'n' | 'r' | 'E' | 's' | 'u' | 'z' | 'b' => continue,
                        'i' => in_place = true,
                        'e' => {
                            given = true;
                            scripts.extend(value());
                        }
                        'f' => {
                            given = true;
                            value();
                            self.note(Class::Ambiguous, "program.unread", "runs a sed script that was not read");
                        }
                        'l' => {
                            value();
                        }
                        _ => self.note(Class::Ambiguous, "exec.option", "gives sed an option that is not known"),
                    }
                    break;
                }
            } else if text.starts_with("--") && text.len() > 2 {
                let name = text.split('=').next().unwrap_or("");
                let attached = name.len() < text.len();
                let mut value = || {
                    if attached {
                        return Some(crate::knowledge::tail(arg, name.len() + 1));
                    }
                    at += 1;
                    args.get(at - 1).cloned()
                };
                match long(name, LONG) {
                    Some("--in-place") => in_place = true,
                    Some("--expression") => {
                        given = true;
                        scripts.extend(value());
                    }
                    Some("--file") => {
                        given = true;
                        value();
                        self.note(Class::Ambiguous, "program.unread", "runs a sed script that was not read");
                    }
                    Some("--line-length") => {
                        value();
                    }
                    Some(_) => {}
                    None => self.note(Class::Ambiguous, "exec.option", "gives sed an option that is not known"),
                }
            } else if text == "--" {
            } else if !given {
                given = true;
                scripts.push(arg.clone());
            } else {
                files.push(arg.clone());
            }
        }
        // sed reads all of them as one script, so that a text can begin in one and end in the next.
        if scripts.len() > 1 {
            let mut whole = Value::default();
            for script in &scripts {
                whole.append(script);
                whole.push_text("\n");
            }
            scripts = vec![whole];
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
