//! Calls that run something: a command, code of the same language, other processes.

use super::calls::Made;
use super::language::Language;
use super::reader::Reader;
use super::table::Effect;
use super::thing::{Argument, Thing};
use palisade_language::words::{Origin, Value};
use palisade_protocol::verdict::Class;

impl Reader<'_, '_> {
    /// Runs, loads or ends something.
    pub(super) fn on_processes(&mut self, made: Made<'_>) -> Thing {
        let Made { effect, path, arguments, receiver, first, second, value, me, origin, .. } = made;
        let out = Thing::unknown(Origin::Output);
        match effect {
            Effect::Shell | Effect::Argv | Effect::Exec | Effect::ShellSelf => {
                return self.runs(effect, path, &arguments, first, second, me);
            }
            Effect::Code => {
                // `eval {…}` in Perl is a block.
                if matches!(first, Some(Thing::Function))
                    || self.language == Language::Perl && matches!(first, Some(Thing::List(_)) | None)
                {
                    return out;
                }
                return self.runs_code(&value, origin);
            }
            Effect::Loads => {
                if self.language == Language::Perl && !matches!(&first, Some(Thing::Value(_))) {
                    return out;
                }
                if origin == Some(Origin::Network) {
                    self.machine.note(Class::Catastrophic, "remote.exec.code", "runs what comes from another host");
                }
                let shown = value.display();
                self.machine.note(Class::Ambiguous, "program.unread", format!("runs {shown}, which was not read"));
            }
            Effect::Signal => {
                if path.ends_with(".terminate") && receiver.is_some() || path == "process.abort" {
                    return out;
                }
                let broad = arguments.iter().any(|one| one.thing.known().as_deref() == Some("1"));
                self.machine.note(
                    if broad && arguments.len() > 1 { Class::Catastrophic } else { Class::Ambiguous },
                    "process.kill",
                    format!("ends processes from {} code", self.interpreter),
                );
            }
            Effect::Fork => {
                self.forked = true;
                self.machine.note(
                    Class::Ambiguous,
                    "process.fork",
                    format!("starts processes from {} code", self.interpreter),
                );
            }
            Effect::Opaque => self.not_known(&format!("{} reaches", path.trim_start_matches("*."))),
            _ => {}
        }
        out
    }

    pub(super) fn runs(
        &mut self,
        effect: Effect,
        path: &str,
        arguments: &[Argument],
        first: Option<Thing>,
        second: Option<Thing>,
        me: Value,
    ) -> Thing {
        let positional: Vec<&Argument> = arguments.iter().filter(|one| one.name.is_empty()).collect();
        let input = arguments.iter().find(|one| one.name == "input").map(|one| one.thing.value());
        if self.endless {
            self.forked = true;
        }
        let first = match first {
            Some(Thing::Named(_)) | None if effect != Effect::ShellSelf => Thing::unknown(Origin::Mixed),
            Some(first) => first,
            None => Thing::Value(me.clone()),
        };
        match effect {
            Effect::ShellSelf => match &first {
                _ if me.pieces.is_empty() => Thing::unknown(Origin::Output),
                _ => self.shell(&me),
            },
            Effect::Exec => {
                // The program, then its name as the first of its arguments.
                let mut words: Vec<Value> = positional.iter().skip(1).flat_map(|one| one.thing.values()).collect();
                let program = first.value();
                if words.is_empty() {
                    words.push(program);
                } else {
                    words[0] = program;
                }
                self.argv(words, input)
            }
            Effect::Argv => {
                let mut words = first.values();
                match second {
                    Some(Thing::List(items)) if self.language == Language::Js => {
                        words.extend(Thing::List(items).values())
                    }
                    Some(_) if self.language == Language::Js => {}
                    _ => words.extend(positional.iter().skip(1).flat_map(|one| one.thing.values())),
                }
                // An options object with `shell` makes a line of it.
                if path.contains("spawn") && words.len() == 1 && words[0].known().is_some_and(|text| text.contains(' '))
                {
                    return self.shell(&words[0].clone());
                }
                self.argv(words, input)
            }
            _ => {
                let several = matches!(self.language, Language::Perl | Language::Ruby) && positional.len() > 1;
                match first {
                    Thing::List(items) if self.language != Language::Perl || !several => {
                        self.argv(Thing::List(items).values(), input)
                    }
                    _ if several => {
                        let words =
                            positional.iter().map(|one| &one.thing).filter(|thing| !matches!(thing, Thing::Function));
                        let words: Vec<Value> = words.flat_map(Thing::values).collect();
                        self.argv(words, input)
                    }
                    first => match (input, first.known()) {
                        (Some(input), Some(command)) => {
                            let out = self.machine.script(&command, Some(input));
                            Thing::Value(Value::unknown(out.origin().unwrap_or(Origin::Output)))
                        }
                        _ => self.shell(&first.value()),
                    },
                }
            }
        }
    }

    pub(super) fn runs_code(&mut self, code: &Value, origin: Option<Origin>) -> Thing {
        match code.known() {
            Some(code) => self.machine.foreign(self.interpreter, &code),
            None => {
                match origin {
                    Some(Origin::Network) => {
                        self.machine.note(Class::Catastrophic, "remote.exec.code", "runs what comes from another host");
                    }
                    _ => self.machine.note(
                        Class::Ambiguous,
                        "code.unknown",
                        format!("runs {} code that it makes itself", self.interpreter),
                    ),
                }
                return Thing::unknown(Origin::Mixed);
            }
        };
        Thing::unknown(Origin::Output)
    }

    /// Runs a command line.
    pub(super) fn shell(&mut self, command: &Value) -> Thing {
        let out = self.machine.script_value(command, "exec.code");
        Thing::Value(Value::unknown(out.origin().unwrap_or(Origin::Output)))
    }

    pub(super) fn argv(&mut self, words: Vec<Value>, input: Option<Value>) -> Thing {
        let Some(first) = words.first() else {
            self.machine.note(
                Class::Ambiguous,
                "exec.code",
                format!("runs other programs from {} code", self.interpreter),
            );
            return Thing::unknown(Origin::Output);
        };
        if first.known().is_none() {
            self.machine.note(
                Class::Ambiguous,
                "exec.code",
                format!("runs other programs from {} code", self.interpreter),
            );
        }
        let out = self.machine.argv(&words, input);
        Thing::Value(Value::unknown(out.origin().unwrap_or(Origin::Output)))
    }
}
