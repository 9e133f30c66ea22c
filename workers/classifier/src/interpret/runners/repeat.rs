//! Programs that run one command for each of many items: `xargs` and `parallel`.

use super::super::Machine;
use palisade_language::words::{Origin, Piece, Value};

impl Machine<'_> {
    pub(super) fn xargs(&mut self, args: &[Value], input: &Option<Value>) -> Value {
        let mut at = 0;
        let mut replace = None;
        let mut separator = None;
        let mut from_file = None;
        while let Some(text) = args
            .get(at)
            .map(|arg| arg.known().unwrap_or_else(|| arg.prefix().to_owned()))
            .filter(|text| text.starts_with('-') && text.len() > 1)
        {
            at += 1;
            let whole = args[at - 1].known().is_some();
            let attached =
                |flag: &str| text.strip_prefix(flag).filter(|rest| !rest.is_empty() || !whole).map(str::to_owned);
            match text.as_str() {
                "-0" | "--null" | "-0r" | "-r0" => separator = Some('\0'),
                "-I" | "-i" | "--replace" if text != "-i" => {
                    replace = args.get(at).and_then(Value::known);
                    at += 1;
                }
                "-i" => replace = Some("{}".to_owned()),
                "-n" | "-P" | "-L" | "-s" | "-E" | "-l" | "--max-args" | "--max-procs" | "--max-lines"
                | "--max-chars" => at += usize::from(text != "-l"),
                "-d" | "--delimiter" => {
                    separator = args
                        .get(at)
                        .and_then(Value::known)
                        .and_then(|text| palisade_language::pure::unescape(&text).chars().next());
                    at += 1;
                }
                "-a" | "--arg-file" => {
                    from_file = args.get(at).cloned();
                    at += 1;
                }
                "--" => break,
                _ => {
                    if let Some(value) = attached("--arg-file=").or_else(|| attached("-a")) {
                        let before = text.len() - value.len();
                        from_file = Some(crate::knowledge::tail(&args[at - 1], before));
                    } else if let Some(value) = attached("-I").or_else(|| attached("--replace=")) {
                        replace = Some(value);
                    } else if let Some(value) = attached("-d").or_else(|| attached("--delimiter=")) {
                        separator = palisade_language::pure::unescape(&value).chars().next();
                    } else if text.contains('0') && text.bytes().skip(1).all(|byte| b"0rtpx".contains(&byte)) {
                        separator = Some('\0');
                    }
                }
            }
        }
        let items = match &from_file {
            Some(file) => self.read_effect(file),
            None => input.clone().unwrap_or(Value::unknown(Origin::Input)),
        };
        let items: Vec<Value> = match (items.known(), separator) {
            (Some(text), Some(separator)) => {
                text.split(separator).filter(|item| !item.trim().is_empty()).take(256).map(Value::text).collect()
            }
            (Some(text), None) if replace.is_some() => {
                text.lines().take(256).map(|line| Value::text(line.trim_start())).collect()
            }
            (Some(text), None) => {
                text.split_whitespace().take(256).map(|word| Value::text(word.replace(['\'', '"', '\\'], ""))).collect()
            }
            // A directory that all of it lies in stays known.
            (None, _) if items.pieces.len() > 1 => vec![items.clone()],
            (None, _) => vec![Value::unknown(items.origin().unwrap_or(Origin::Output))],
        };
        let mut inner: Vec<Value> = args.get(at..).unwrap_or(&[]).to_vec();
        if inner.is_empty() {
            inner.push(Value::text("echo"));
        }
        if from_file.is_none() && self.removes_found(&inner, input) {
            return Value::unknown(Origin::Output);
        }
        if let Some(mark) = replace {
            let mut out = Value::default();
            for item in items.iter().take(16) {
                let line: Vec<Value> = inner.iter().map(|word| substituted(word, &mark, item)).collect();
                out.append(&self.argv(&line, None));
            }
            return out;
        }
        inner.extend(items);
        self.argv(&inner, None)
    }

    pub(super) fn parallel(&mut self, args: &[Value], input: &Option<Value>) -> Value {
        let split = args.iter().position(|arg| matches!(arg.known().as_deref(), Some(":::" | ":::+" | "::::")));
        let (head, tail) = args.split_at(split.unwrap_or(args.len()));
        let items: Vec<Value> = match tail.split_first() {
            Some((_, items)) => items.to_vec(),
            None => match input.as_ref().and_then(Value::known) {
                Some(text) => text.lines().take(64).map(Value::text).collect(),
                None => vec![Value::unknown(Origin::Input)],
            },
        };
        let skip = head.iter().take_while(|arg| arg.prefix().starts_with('-')).count();
        let mut at = skip;
        if head.iter().take(skip).any(|arg| {
            matches!(arg.known().as_deref(), Some("-j" | "-P" | "-n" | "-N" | "--jobs" | "--delay" | "--colsep" | "-a"))
        }) {
            at += 1;
        }
        let head = head.get(at..).unwrap_or(&[]);
        for item in items.iter().take(16) {
            if head.is_empty() {
                self.script_value(item, "exec.parallel");
                continue;
            }
            let marked = head.iter().any(|word| word.display().contains("{}"));
            let mut line: Vec<Value> = head.iter().map(|word| substituted(word, "{}", item)).collect();
            if !marked {
                line.push(item.clone());
            }
            // Its words are joined and given to a shell.
            let text: Option<Vec<String>> = line.iter().map(Value::known).collect();
            match text {
                Some(text) => self.script(&text.join(" "), None),
                None => self.argv(&line, None),
            };
        }
        Value::unknown(Origin::Output)
    }
}

/// Replaces `mark` in a word by `item`.
pub(super) fn substituted(word: &Value, mark: &str, item: &Value) -> Value {
    let mut out = Value::default();
    for piece in &word.pieces {
        match piece {
            Piece::Text(text) => {
                for (at, part) in text.split(mark).enumerate() {
                    if at > 0 {
                        out.append(item);
                    }
                    out.push_text(part);
                }
            }
            other => out.push(other.clone()),
        }
    }
    out
}
