//! sed: most scripts only print; some write files or run commands, and each of those is judged by its file or command.

use super::super::Machine;
use super::super::options::long;
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

/// Files that package managers write, and nobody by hand.
const LOCKS: &[&str] = &[
    "package-lock.json",
    "npm-shrinkwrap.json",
    "yarn.lock",
    "pnpm-lock.yaml",
    "bun.lock",
    "Cargo.lock",
    "poetry.lock",
    "uv.lock",
    "Pipfile.lock",
    "go.sum",
    "composer.lock",
    "Gemfile.lock",
    "gradle-wrapper.properties",
    "mix.lock",
    "pubspec.lock",
    "Podfile.lock",
    "flake.lock",
    "verification-metadata.xml",
];

impl Machine<'_> {
    pub(super) fn sed(&mut self, args: &[Value], input: &Option<Value>) -> Value {
        if let Some(value) = self.pure("sed", args, input.as_ref()) {
            return value;
        }
        let mut in_place = false;
        let mut suffix = String::new();
        let mut quiet = false;
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
                        'n' => {
                            quiet = true;
                            continue;
                        }
                        'r' | 'E' | 's' | 'u' | 'z' | 'b' => continue,
                        'i' => {
                            in_place = true;
                            suffix = letters[rest..].to_owned();
                        }
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
                    Some("--in-place") => {
                        in_place = true;
                        suffix = text.get(name.len() + 1..).unwrap_or("").to_owned();
                    }
                    Some("--quiet" | "--silent") => quiet = true,
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
        let mut empties = false;
        for script in &scripts {
            match script.known() {
                Some(text) => empties |= self.sed_script(&text, quiet),
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
                self.kept_copy(&suffix, file);
                let place = self.place(file);
                self.write_effect(&place, false, empties);
                let name = place.path.rsplit('/').next().unwrap_or("");
                if LOCKS.contains(&name) {
                    self.note(
                        Class::Ambiguous,
                        "supply.lock",
                        format!("edits {name} by hand, which says what is downloaded and from where"),
                    );
                }
            } else {
                origin = origin.max(self.read_effect(file).origin());
            }
        }
        Value::unknown(origin.unwrap_or(Origin::Output))
    }
}

/// What one command of a script does beyond printing.
enum Deed {
    Writes(String),
    Reads(String),
    Runs(String),
    /// Runs what a line holds.
    RunsLines,
}

impl Machine<'_> {
    /// Judges a script; whether it leaves nothing of what it reads.
    fn sed_script(&mut self, script: &str, quiet: bool) -> bool {
        let Some((deeds, empties)) = deeds(script, quiet) else {
            self.note(Class::Ambiguous, "exec.code", "may run programs or write files from a sed script");
            return false;
        };
        for deed in deeds {
            match deed {
                Deed::Writes(path) => {
                    let place = self.place(&Value::text(path));
                    self.write_effect(&place, false, false);
                }
                Deed::Reads(path) => {
                    self.read_effect(&Value::text(path));
                }
                Deed::Runs(command) => {
                    self.script(&command, None);
                    self.note(Class::Ambiguous, "exec.code", "runs programs from a sed script");
                }
                Deed::RunsLines => {
                    self.note(Class::Ambiguous, "exec.code", "runs the lines of a text as commands, by sed");
                }
            }
        }
        empties
    }
}

/// What a script does; `None` if it is not understood.
fn deeds(script: &str, quiet: bool) -> Option<(Vec<Deed>, bool)> {
    let chars: Vec<char> = script.chars().collect();
    let (mut deeds, mut at) = (Vec::new(), 0);
    let (mut addressed, mut prints, mut deletes_all) = (false, false, false);
    // The rest of the line is a file's name or a command.
    let rest = |at: &mut usize| -> String {
        let end = chars[*at..].iter().position(|next| *next == '\n').map_or(chars.len(), |end| *at + end);
        let text: String = chars[*at..end].iter().collect();
        *at = end;
        text.trim().to_owned()
    };
    while at < chars.len() {
        let character = chars[at];
        match character {
            ' ' | '\t' | '{' => at += 1,
            '\n' | ';' | '}' => {
                addressed = false;
                at += 1;
            }
            ',' | '!' | '$' | '+' | '~' | '0'..='9' => {
                addressed = true;
                at += 1;
            }
            '/' | '\\' => {
                addressed = true;
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
                let delimiter = chars.get(at + 1).copied()?;
                at = skip_field(&chars, at + 2, delimiter);
                let from = at;
                at = skip_field(&chars, at, delimiter);
                let replacement: String = chars.get(from..at.saturating_sub(1)).unwrap_or(&[]).iter().collect();
                while let Some(flag) = chars.get(at) {
                    match flag {
                        'g' | 'i' | 'I' | 'm' | 'M' | '0'..='9' => at += 1,
                        'p' => {
                            prints = true;
                            at += 1;
                        }
                        'e' => {
                            deeds.push(Deed::Runs(replacement.clone()));
                            at += 1;
                        }
                        'w' => {
                            at += 1;
                            deeds.push(Deed::Writes(rest(&mut at)));
                        }
                        _ => break,
                    }
                }
            }
            'w' | 'W' => {
                at += 1;
                deeds.push(Deed::Writes(rest(&mut at)));
            }
            'r' | 'R' => {
                at += 1;
                deeds.push(Deed::Reads(rest(&mut at)));
            }
            'e' => {
                at += 1;
                let command = rest(&mut at);
                deeds.push(if command.is_empty() || command.starts_with([';', '}']) {
                    Deed::RunsLines
                } else {
                    Deed::Runs(command)
                });
            }
            'a' | 'i' | 'c' | ':' | 'b' | 't' | 'T' | '#' => {
                prints |= "aic".contains(character);
                while at < chars.len() && chars[at] != '\n' && !(chars[at] == ';' && "btT:".contains(character)) {
                    // A text goes on behind a backslash at the end of its line.
                    at += 1 + usize::from(chars[at] == '\\' && "aic".contains(character));
                }
            }
            'p' | 'P' | '=' | 'l' | 'F' => {
                prints = true;
                at += 1;
            }
            'd' => {
                deletes_all |= !addressed;
                at += 1;
            }
            'q' | 'Q' | 'n' | 'N' | 'D' | 'h' | 'H' | 'g' | 'G' | 'x' | 'z' => at += 1,
            _ => return None,
        }
    }
    let whole = matches!(script.trim(), "1,$d" | "1,$ d" | "//!d;//d" | "/.*/d" | "/^/d" | "/$/d" | "0~1d" | "1~1d");
    Some((deeds, deletes_all || whole || quiet && !prints))
}

fn skip_field(chars: &[char], mut at: usize, delimiter: char) -> usize {
    while at < chars.len() && chars[at] != delimiter {
        at += 1 + usize::from(chars[at] == '\\');
    }
    at + 1
}
