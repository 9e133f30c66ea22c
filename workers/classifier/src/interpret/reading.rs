//! Builtins that read variables from their input: `read` and `mapfile`.

use super::Machine;
use palisade_language::words::{Origin, Value, Variable};

/// Lines or words that are kept.
const READ_MAX: usize = 256;

impl Machine<'_> {
    pub(super) fn read(&mut self, args: &[Value], input: Option<Value>) {
        args.iter().for_each(|arg| self.subscript(arg));
        self.named_by_value(args);
        let mut names = Vec::new();
        let mut words = args.iter().filter_map(Value::known);
        let (mut array, mut plain, mut descriptor) = (None, true, None);
        while let Some(word) = words.next() {
            match word.as_str() {
                "-a" | "-ra" | "-A" => array = words.next(),
                "-u" => descriptor = words.next(),
                "-d" | "-i" | "-n" | "-N" | "-p" | "-t" => {
                    plain &= matches!(word.as_str(), "-p" | "-t" | "-i");
                    words.next();
                }
                flag if flag.starts_with('-') => plain &= matches!(flag, "-r" | "-s" | "-e"),
                name => names.push(name.to_owned()),
            }
        }
        let descriptor = descriptor.and_then(|number| number.parse::<u32>().ok());
        let input = descriptor
            .and_then(|number| self.settings.descriptors.get(&number))
            .map(|given| Value::clone(given))
            .or(input);
        let separators = if self.env.is_set("IFS") { self.env.get("IFS").known() } else { Some(" \t\n".to_owned()) };
        let unknown =
            Value::unknown(input.as_ref().and_then(Value::origin).unwrap_or(Origin::Input).max(Origin::Input));
        let line = input.and_then(|input| input.known()).map(|text| text.lines().next().unwrap_or("").to_owned());
        let line = line.zip(separators).filter(|_| plain);
        if let Some(array) = array {
            match &line {
                Some((line, separators)) => {
                    let mut rest = line.as_str();
                    let mut values = Vec::new();
                    while !rest.is_empty() && values.len() < READ_MAX {
                        let (word, left) = split(rest, separators);
                        values.push(Value::text(word));
                        rest = left;
                    }
                    self.env.set(&array, Variable::Array(values));
                }
                None => self.env.assign(&array, unknown.clone()),
            }
        }
        if names.is_empty() {
            names.push("REPLY".to_owned());
        }
        let last = names.len() - 1;
        let mut rest = line.as_ref().map(|(line, _)| line.as_str());
        let separators = line.as_ref().map_or("", |(_, separators)| separators);
        for (at, name) in names.iter().enumerate() {
            let value = match rest {
                None => unknown.clone(),
                Some(text) if at == last => Value::text(text.trim_matches(|letter: char| blank(letter, separators))),
                Some(text) => {
                    let (word, left) = split(text, separators);
                    rest = Some(left);
                    Value::text(word)
                }
            };
            self.influence(name, &value);
            self.env.assign(name, value);
        }
    }

    pub(super) fn read_lines(&mut self, args: &[Value], input: Option<Value>) {
        if let Some(at) = args.iter().position(|arg| arg.prefix().starts_with("-C")) {
            let attached = args[at].known().filter(|text| text.len() > 2).map(|text| Value::text(&text[2..]));
            let callback = attached.or_else(|| args.get(at + 1).cloned()).unwrap_or_default();
            self.script_value(&callback, "exec.callback");
        }
        let name = args
            .iter()
            .filter_map(Value::known)
            .rfind(|arg| !arg.starts_with('-'))
            .unwrap_or_else(|| "MAPFILE".to_owned());
        self.named_by_value(args);
        let plain = args.iter().filter_map(Value::known).all(|arg| arg == "-t" || arg == name);
        let origin = input.as_ref().and_then(Value::origin).unwrap_or(Origin::Input).max(Origin::Input);
        match input.and_then(|input| input.known()).filter(|_| plain) {
            Some(text) => {
                self.env.set(&name, Variable::Array(text.lines().take(READ_MAX).map(Value::text).collect()));
            }
            None => self.env.assign(&name, Value::unknown(origin)),
        }
    }
}

fn blank(letter: char, separators: &str) -> bool {
    letter.is_whitespace() && separators.contains(letter)
}

/// The first word, and what follows its separator.
fn split<'a>(text: &'a str, separators: &str) -> (&'a str, &'a str) {
    let text = text.trim_start_matches(|letter| blank(letter, separators));
    let Some(end) = text.find(|letter| separators.contains(letter)) else { return (text, "") };
    let rest = text[end..].trim_start_matches(|letter| blank(letter, separators));
    let hard = rest.chars().next().filter(|letter| separators.contains(*letter));
    (&text[..end], hard.map_or(rest, |letter| &rest[letter.len_utf8()..]))
}
