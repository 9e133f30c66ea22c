//! Programs that start another one: shells, `env`, `sudo` and its like, terminal multiplexers, `make`.

use super::super::Machine;
use crate::knowledge::read_line;
use crate::paths::normalize;
use palisade_language::ast::Command;
use palisade_language::parser::parse;
use palisade_language::words::{Origin, Value};
use palisade_protocol::verdict::Class;

impl Machine<'_> {
    /// A shell: `-c` text, a file, or what comes in.
    pub(super) fn shell(&mut self, name: &str, args: &[Value], input: &Option<Value>) -> Value {
        let mut at = 0;
        let (mut command, mut from_input) = (false, false);
        while let Some(arg) = args.get(at) {
            let Some(text) = arg.known() else { break };
            match text.as_str() {
                "-o" | "+o" | "-O" | "+O" | "--rcfile" | "--init-file" => at += 2,
                "--" | "-" => {
                    at += 1;
                    break;
                }
                "--version" | "--help" => return Value::unknown(Origin::Output),
                // zsh takes the word behind `-c`, whatever it begins with.
                _ if command && text.contains(char::is_whitespace) => break,
                _ if text.starts_with("--") => at += 1,
                _ if text.starts_with(['-', '+']) && text.len() > 1 => {
                    command |= text.contains('c');
                    from_input |= text.contains('s');
                    at += 1;
                    if text.ends_with('o') {
                        at += 1;
                    }
                    // `bash -n` reads and runs nothing.
                    if text == "-n" {
                        return Value::unknown(Origin::Output);
                    }
                }
                _ => break,
            }
        }
        let rest = args.get(at..).unwrap_or(&[]);
        if command {
            let Some(script) = rest.first() else { return Value::default() };
            let zero = rest.get(1).and_then(Value::known);
            let positional = self.env.positional.replace(rest.get(2..).unwrap_or(&[]).to_vec());
            let outer = std::mem::replace(&mut self.env.zero, zero);
            let out = self.script_value(script, "exec.shell");
            if let Some(text) = script.known().filter(|text| {
                matches!(name, "sh" | "dash" | "ash" | "posh") && (text.contains("$'") || text.contains("$\""))
            }) {
                // To a plain `sh` the dollar is a letter, and the quote behind it an ordinary one.
                self.script(&text.replace("$'", "\\$'").replace("$\"", "\\$\""), None);
            }
            self.env.positional = positional;
            self.env.zero = outer;
            return out;
        }
        let Some(file) = rest.first().filter(|_| !from_input) else {
            return match input {
                Some(input) => self.script_value(input, "exec.stdin"),
                None => {
                    self.prompts += 1;
                    self.note(Class::Ambiguous, "exec.interactive", "starts a shell that reads commands");
                    Value::unknown(Origin::Output)
                }
            };
        };
        if matches!(file.known().as_deref(), Some("/dev/stdin" | "/dev/fd/0" | "/proc/self/fd/0")) {
            let input = input.clone().unwrap_or(Value::unknown(Origin::Input));
            return self.script_value(&input, "exec.stdin");
        }
        if let Some(content) = self.content(file) {
            return self.script_value(&content, "exec.written");
        }
        if let Some(text) = self.text_of(file) {
            return self.shell_file(file, &text, &rest[1..], None);
        }
        if self.runs_unread(file) {
            return Value::unknown(Origin::Output);
        }
        let place = self.place(file);
        self.unread(&place, &format!("the script {}", file.display()));
        Value::unknown(Origin::Output)
    }

    /// `env [options] [NAME=value] command`; `None` leaves `--help` and the like to the knowledge base.
    pub(super) fn env_program(&mut self, args: &[Value], input: &Option<Value>) -> Option<Value> {
        let before = (self.cwd.clone(), self.elsewhere.clone());
        let out = self.env_line(args, input);
        (self.cwd, self.elsewhere) = before;
        out
    }

    fn env_line(&mut self, args: &[Value], input: &Option<Value>) -> Option<Value> {
        let mut at = 0;
        while let Some(arg) = args.get(at) {
            let text = arg.known().unwrap_or_else(|| arg.prefix().to_owned());
            at += 1;
            match text.as_str() {
                "--" => break,
                "--help" | "--version" => return None,
                "-u" | "--unset" => at += 1,
                "-C" | "--chdir" => {
                    self.enter_directory(args.get(at));
                    at += 1;
                }
                _ if text.starts_with("--chdir=") => self.enter_directory(Some(&crate::knowledge::tail(arg, 8))),
                "--split-string" => {
                    let text = args.get(at)?;
                    return Some(self.split_string(text, args.get(at + 1..).unwrap_or(&[]), input));
                }
                _ if text.starts_with("--split-string=") => {
                    return Some(self.split_string(
                        &crate::knowledge::tail(arg, 15),
                        args.get(at..).unwrap_or(&[]),
                        input,
                    ));
                }
                _ if text.starts_with("--") => {}
                _ if text.starts_with('-') && text.contains('S') => {
                    // Letters before it are options without a value; what follows it is the text.
                    let from = text.find('S').map_or(0, |found| found + 1);
                    let attached = crate::knowledge::tail(arg, from);
                    let (text, rest) = match attached.is_empty() {
                        true => (args.get(at)?.clone(), args.get(at + 1..)),
                        false => (attached, args.get(at..)),
                    };
                    return Some(self.split_string(&text, rest.unwrap_or(&[]), input));
                }
                _ if text.starts_with("-C") => self.enter_directory(Some(&crate::knowledge::tail(arg, 2))),
                _ if text.starts_with('-') => at += usize::from(text.len() > 2 && text.ends_with('u')),
                _ if text.contains('=') => {
                    if let Some((name, _)) = text.split_once('=') {
                        let value = crate::knowledge::tail(arg, name.len() + 1);
                        self.influence(name, &value);
                    }
                }
                _ => {
                    at -= 1;
                    break;
                }
            }
        }
        Some(match args.get(at..) {
            Some(rest) if !rest.is_empty() => self.argv(rest, input.clone()),
            _ => Value::unknown(Origin::Secret),
        })
    }

    fn enter_directory(&mut self, directory: Option<&Value>) {
        let place =
            directory.map(|directory| self.place(directory)).filter(|place| place.exact && !place.path.is_empty());
        self.cwd = place.map(|place| normalize(&place.path));
        self.elsewhere = None;
    }

    /// `env -S TEXT ARG…`: the words of the text and then the arguments as they are, all of them `env`'s own.
    fn split_string(&mut self, text: &Value, rest: &[Value], input: &Option<Value>) -> Value {
        let Some(text) = text.known() else { return self.script_value(text, "exec.shell") };
        let line = format!("env {text}");
        let script = parse(&line, self.depth + 2, self.budget);
        if let [item] = script.list.items.as_slice()
            && let ([node], []) = (item.first.stages.as_slice(), item.rest.as_slice())
            && let (Command::Simple(simple), []) = (&node.command, node.redirects.as_slice())
            && script.faults.is_empty()
        {
            let nested = std::mem::replace(&mut self.nested, true);
            let words: Vec<Value> = simple.words.iter().flat_map(|word| self.fields(word)).collect();
            self.nested = nested;
            return self.argv(&[words.as_slice(), rest].concat(), input.clone());
        }
        self.note(Class::Ambiguous, "text.unparseable", "has env split a text that is no plain line of words");
        self.script(&text, input.clone())
    }

    /// `sudo [options] [NAME=value] command`; without a command it may start a shell.
    pub(super) fn sudo(&mut self, name: &str, args: &[Value], input: &Option<Value>) -> Option<Value> {
        let line = read_line(name, args)?;
        let shell = args
            .iter()
            .filter_map(Value::known)
            .take_while(|arg| arg.starts_with('-'))
            .any(|arg| matches!(arg.as_str(), "-i" | "-s" | "--login" | "--shell"));
        if args
            .iter()
            .filter_map(Value::known)
            .take_while(|arg| arg.starts_with('-'))
            .any(|arg| arg == "-e" || arg == "--edit")
        {
            self.note(Class::Catastrophic, "fs.write.system", "edits a file as another user");
            return Some(Value::default());
        }
        let rest: Vec<Value> = line
            .operands
            .iter()
            .map(|(_, value)| value.clone())
            .skip_while(|value| {
                value.prefix().split_once('=').is_some_and(|(name, _)| {
                    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
                })
            })
            .collect();
        for (_, value) in &line.operands {
            if let Some((name, _)) = value.prefix().split_once('=') {
                self.influence(name, &crate::knowledge::tail(value, name.len() + 1));
            } else {
                break;
            }
        }
        if rest.is_empty() {
            if shell {
                return Some(self.shell("bash", &[], input));
            }
            return None;
        }
        if let ([text], true) = (rest.as_slice(), shell) {
            // A single word with blanks is a script to the shell that it starts.
            self.note(Class::Ambiguous, "exec.shell", "runs a text by another user's shell");
            return Some(self.script_value(text, "exec.shell"));
        }
        Some(self.argv(&rest, input.clone()))
    }

    pub(super) fn terminal(&mut self, name: &str, args: &[Value]) -> Option<Value> {
        let words: Vec<String> = args.iter().map(Value::display).collect();
        let verb = words.iter().find(|word| !word.starts_with('-')).map(String::as_str).unwrap_or("");
        if name == "tmux"
            && matches!(
                verb,
                "new"
                    | "new-session"
                    | "new-window"
                    | "neww"
                    | "split-window"
                    | "splitw"
                    | "respawn-pane"
                    | "run-shell"
                    | "run"
                    | "send-keys"
                    | "send"
                    | "if-shell"
                    | "pipe-pane"
            )
        {
            const VALUES: [&str; 10] = ["-s", "-t", "-n", "-c", "-x", "-y", "-F", "-e", "-l", "-p"];
            let mut rest = Vec::new();
            let mut at = words.iter().position(|word| word == verb).map_or(0, |at| at + 1);
            while at < words.len() {
                if VALUES.contains(&words[at].as_str()) {
                    at += 1;
                } else if !words[at].starts_with('-') && !matches!(words[at].as_str(), "Enter" | "C-m" | "C-c") {
                    rest.push(words[at].clone());
                }
                at += 1;
            }
            return Some(self.script(&rest.join(" "), None));
        }
        if name == "screen" {
            let at = words.iter().position(|word| matches!(word.as_str(), "stuff" | "-dmS" | "-dm" | "-X" | "exec"))?;
            let skip = at
                + 1
                + usize::from(words[at] == "-dmS")
                + usize::from(words.get(at + 1).is_some_and(|word| word == "stuff" || word == "exec"));
            let text = words.get(skip..).unwrap_or(&[]).join(" ");
            return Some(self.script(palisade_language::pure::unescape(&text).trim_end(), None));
        }
        None
    }
}
