//! Programs that copy disks, trees and archives from place to place: `dd`, `tar`, `rsync`, `scp`.

use super::super::Machine;
use crate::findings::Finding;
use crate::paths::{Place, Zone};
use palisade_language::words::{Origin, Value};
use palisade_protocol::verdict::{Class, Operation};

impl Machine<'_> {
    pub(super) fn dd(&mut self, args: &[Value], input: &Option<Value>) -> Value {
        let mut origin = input.as_ref().and_then(Value::origin);
        let mut to_file = false;
        let mut empties = false;
        for arg in args {
            let prefix = arg.prefix();
            if prefix.starts_with("if=") {
                let value = crate::knowledge::tail(arg, 3);
                empties |= matches!(value.known().as_deref(), Some("/dev/null" | "/dev/zero"));
                origin = origin.max(self.read_effect(&value).origin());
            } else if prefix.starts_with("of=") {
                to_file = true;
                let place = self.place(&crate::knowledge::tail(arg, 3));
                self.write_effect(&place, false, empties && place.zone != Zone::Temp);
            }
        }
        if to_file { Value::default() } else { Value::unknown(origin.unwrap_or(Origin::Output)) }
    }

    pub(super) fn tar(&mut self, args: &[Value]) -> Value {
        let mut mode = ' ';
        let (mut file, mut directory) = (None, None);
        let mut members: Vec<Value> = Vec::new();
        let mut at = 0;
        while let Some(arg) = args.get(at) {
            let text = arg.known().unwrap_or_else(|| arg.prefix().to_owned());
            let (name, value) = match text.split_once('=') {
                Some((name, _)) if text.starts_with("--") => {
                    (name.to_owned(), Some(crate::knowledge::tail(arg, name.len() + 1)))
                }
                _ => (text.clone(), None),
            };
            let first = at == 0;
            at += 1;
            let mut next = || {
                let found = value.clone().or_else(|| args.get(at).cloned());
                if value.is_none() {
                    at += 1;
                }
                found
            };
            match name.as_str() {
                "--checkpoint-action"
                | "--to-command"
                | "--use-compress-program"
                | "-I"
                | "--rsh-command"
                | "--info-script"
                | "--new-volume-script"
                | "-F" => {
                    if let Some(value) = next() {
                        let value =
                            if value.prefix().starts_with("exec=") { crate::knowledge::tail(&value, 5) } else { value };
                        self.script_value(&value, "exec.option");
                        self.note(Class::Ambiguous, "exec.option", "runs a command through an option of tar");
                    }
                }
                "-C" | "--directory" | "--one-top-level" => directory = next(),
                "-f" | "--file" => file = next(),
                "--extract" | "--get" => mode = 'x',
                "--create" | "--append" | "--update" | "--concatenate" => mode = 'c',
                "--list" | "--diff" | "--compare" => mode = 't',
                "--remove-files" => self.note(Class::Destructive, "fs.delete", "removes the files that it packs"),
                "--exclude" | "-X" | "-T" | "--files-from" | "--exclude-from" | "--transform" | "--owner"
                | "--group" | "--mode" | "--strip-components" | "--strip" => {
                    if value.is_none() && !matches!(name.as_str(), "--exclude") {
                        next();
                    }
                }
                _ if name.starts_with("--") => {}
                _ if name.starts_with('-') || first => {
                    let letters = name.trim_start_matches('-');
                    mode = letters.chars().find(|letter| "xctruA".contains(*letter)).unwrap_or(mode);
                    if letters.ends_with('f') {
                        file = next();
                    } else if letters.ends_with('C') {
                        directory = next();
                    } else if let Some((_, attached)) =
                        letters.split_once('f').filter(|(_, rest)| !rest.is_empty() && rest.contains(['.', '/']))
                    {
                        file = Some(Value::text(attached));
                    }
                    if letters.contains('P') && mode == 'x' {
                        self.note(Class::Destructive, "fs.archive", "unpacks to wherever the archive says");
                    }
                }
                _ => members.push(arg.clone()),
            }
        }
        let standard = |value: &Option<Value>| value.as_ref().is_none_or(|value| value.known().as_deref() == Some("-"));
        match mode {
            'x' => {
                let target = directory.unwrap_or(Value::text("./x"));
                let mut place = self.place(&target);
                if place.zone == Zone::WorkspaceRoot {
                    place.zone = Zone::Workspace;
                }
                self.write_effect(&place, false, false);
                Value::default()
            }
            'c' | 'r' | 'u' | 'A' => {
                let mut origin = Origin::Project;
                for member in &members {
                    origin = origin.max(self.read_effect(member).origin().unwrap_or(Origin::Project));
                }
                if standard(&file) {
                    return Value::unknown(origin);
                }
                if let Some(file) = &file {
                    if file.display().contains(':') {
                        self.note(Class::Ambiguous, "net.copy", "packs to another host");
                    }
                    let place = self.place(file);
                    self.write_effect(&place, false, false);
                }
                Value::default()
            }
            't' | 'd' => {
                if let Some(file) = &file {
                    self.read_effect(file);
                }
                Value::unknown(Origin::Output)
            }
            _ => {
                self.note(Class::Ambiguous, "fs.archive", "packs or unpacks files");
                Value::unknown(Origin::Output)
            }
        }
    }

    pub(super) fn rsync(&mut self, args: &[Value]) -> Value {
        let texts: Vec<String> =
            args.iter().map(|arg| arg.known().unwrap_or_else(|| arg.prefix().to_owned())).collect();
        let dry = texts.iter().any(|text| {
            text == "--dry-run" || (text.starts_with('-') && !text.starts_with("--") && text.contains('n'))
        });
        let deletes = texts.iter().any(|text| text.starts_with("--del") || text == "--remove-source-files");
        let mut operands: Vec<Value> = Vec::new();
        let mut at = 0;
        while let Some(arg) = args.get(at) {
            let text = &texts[at];
            if text == "-e" || text == "--rsh" {
                if let Some(value) = args.get(at + 1) {
                    self.script_value(value, "exec.option");
                }
                at += 1;
            } else if let Some(value) = text.strip_prefix("--rsh=") {
                self.script(value, None);
            } else if matches!(
                text.as_str(),
                "--exclude"
                    | "--include"
                    | "-f"
                    | "--filter"
                    | "--exclude-from"
                    | "--files-from"
                    | "--log-file"
                    | "--bwlimit"
            ) {
                at += 1;
            } else if !text.starts_with('-') {
                operands.push(arg.clone());
            }
            at += 1;
        }
        let remote = |value: &Value| value.display().contains(':');
        if dry {
            return Value::unknown(Origin::Output);
        }
        if let Some((last, sources)) = operands.split_last() {
            for source in sources.iter().filter(|source| !remote(source)) {
                self.read_effect(source);
            }
            if remote(last) {
                self.sent = true;
                let class = if deletes { Class::Destructive } else { Class::Ambiguous };
                self.find(Finding::new(class, "net.copy", "copies to another host").does(Operation::Network));
            } else {
                let place = self.place(last);
                if deletes {
                    self.delete_effect(&place, true);
                }
                self.write_effect(
                    &Place {
                        zone: if place.zone == Zone::WorkspaceRoot { Zone::Workspace } else { place.zone },
                        ..place
                    },
                    false,
                    false,
                );
            }
        }
        Value::unknown(Origin::Output)
    }

    pub(super) fn scp(&mut self, args: &[Value]) -> Value {
        const VALUES: &str = "PioclFJSDX";
        let mut operands: Vec<Value> = Vec::new();
        let mut at = 0;
        while let Some(arg) = args.get(at) {
            let text = arg.known().unwrap_or_else(|| arg.prefix().to_owned());
            if text.starts_with('-') && text.len() > 1 {
                if text.chars().last().is_some_and(|letter| VALUES.contains(letter)) {
                    let value = args.get(at + 1).map(Value::display).unwrap_or_default();
                    if text.ends_with('S') {
                        self.script(&value, None);
                    }
                    if text.ends_with('o') && value.to_ascii_lowercase().starts_with("proxycommand") {
                        self.script(value.split_once(['=', ' ']).map_or("", |(_, command)| command), None);
                        self.note(Class::Ambiguous, "exec.option", "runs a command through an option of scp");
                    }
                    at += 1;
                }
            } else {
                operands.push(arg.clone());
            }
            at += 1;
        }
        if let Some((last, sources)) = operands.split_last() {
            for source in sources.iter().filter(|source| !source.display().contains(':')) {
                self.read_effect(source);
            }
            if last.display().contains(':') {
                self.sent = true;
                self.find(
                    Finding::new(Class::Ambiguous, "net.copy", "copies to another host").does(Operation::Network),
                );
            } else {
                let place = self.place(last);
                self.write_effect(
                    &Place {
                        zone: if place.zone == Zone::WorkspaceRoot { Zone::Workspace } else { place.zone },
                        ..place
                    },
                    false,
                    false,
                );
            }
        }
        Value::default()
    }
}
