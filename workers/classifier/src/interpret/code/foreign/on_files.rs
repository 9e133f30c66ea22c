//! Calls that touch files: judged by their place, as the same in a shell.

use super::calls::{Made, positional};
use super::language::Language;
use super::reader::Reader;
use super::table::Effect;
use super::thing::Thing;
use crate::findings::Finding;
use palisade_language::words::{Origin, Piece, Value};
use palisade_protocol::verdict::{Class, Operation};

impl Reader<'_, '_> {
    /// Deletes, writes, reads, moves, or changes rights.
    pub(super) fn on_files(&mut self, made: Made<'_>) -> Thing {
        let Made { effect, path, arguments, first, second, value, me, .. } = made;
        let positional = positional(&arguments);
        let named = |name: &str| arguments.iter().find(|one| one.name == name).map(|one| &one.thing);
        let out = Thing::unknown(Origin::Output);
        match effect {
            Effect::Delete | Effect::DeleteTree => {
                let recursive = effect == Effect::DeleteTree;
                let given: Vec<Value> = match positional.is_empty() {
                    true => vec![value],
                    false if matches!(self.language, Language::Perl | Language::Ruby | Language::R) => {
                        positional.iter().flat_map(|one| one.thing.values()).collect()
                    }
                    false => first.map(|first| first.values()).unwrap_or_default(),
                };
                given.iter().for_each(|value| self.deletes(value, recursive));
            }
            Effect::DeleteSelf => self.deletes(&me, false),
            Effect::DeleteSelfTree => self.deletes(&me, true),
            Effect::Write => {
                self.writes(&value, path.contains("append") || path.contains("mkdir") || path.ends_with("touch"));
                return Thing::Value(value);
            }
            Effect::WriteSecond => {
                let target = named("file").cloned().or(second).unwrap_or(out.clone());
                if !matches!(&target, Thing::Named(_)) {
                    self.writes(&target.value(), false);
                }
            }
            Effect::WriteSelf => self.writes(&me, path.ends_with("mkdir") || path.ends_with("touch")),
            Effect::Truncate => {
                let place = self.machine.place(&value);
                self.machine.write_effect(&place, false, true);
            }
            Effect::Open => {
                return self.opens(
                    &value,
                    named("mode").or(second.as_ref()),
                    positional.get(2).map(|one| one.thing.value()),
                );
            }
            Effect::OpenSelf => return self.opens(&me, first.as_ref(), None),
            Effect::Read => {
                if let Some(address) = value.known().filter(|text| text.contains("://")) {
                    return self.fetches(&Value::text(address));
                }
                return self.reads(&value);
            }
            Effect::ReadSelf => return self.reads(&me),
            Effect::Glob => return Thing::List(vec![Thing::Value(pattern(&value))]),
            Effect::GlobSelf => {
                let mut whole = me;
                whole.push_text("/");
                whole.append(&if path.ends_with("iterdir") { pattern(&Value::text("*")) } else { pattern(&value) });
                return Thing::List(vec![Thing::Value(whole)]);
            }
            Effect::List => {
                // Names in it; with a walk also where they lie.
                let mut below = if path.contains("walk") || path.contains("scandir") || self.language == Language::R {
                    value
                } else {
                    Value::default()
                };
                if first.is_some() && !below.is_empty() {
                    below.push_text("/");
                }
                below.push(Piece::Unknown(Origin::Project));
                return Thing::List(vec![Thing::Value(below)]);
            }
            Effect::Move => {
                let target = second.map(|second| second.value()).unwrap_or_else(|| Value::unknown(Origin::Mixed));
                self.machine.argv(&[Value::text("mv"), Value::text("--"), value, target], None);
            }
            Effect::MoveSelf => {
                self.machine.argv(&[Value::text("mv"), Value::text("--"), me, value], None);
            }
            Effect::Copy => {
                let target = second.map(|second| second.value()).unwrap_or_else(|| Value::unknown(Origin::Mixed));
                self.machine.argv(&[Value::text("cp"), Value::text("-r"), Value::text("--"), value, target], None);
            }
            Effect::Link => {
                let target = second.map(|second| second.value()).unwrap_or_else(|| Value::unknown(Origin::Mixed));
                self.machine.argv(&[Value::text("ln"), Value::text("-s"), Value::text("--"), value, target], None);
            }
            Effect::Rights | Effect::RightsSelf => {
                let targets: Vec<Value> = match (effect, self.language) {
                    (Effect::RightsSelf, _) => vec![me],
                    (_, Language::Perl | Language::Ruby) => {
                        positional.iter().skip(1).flat_map(|one| one.thing.values()).collect()
                    }
                    _ => vec![value],
                };
                // What the number means differs by language, so it counts as opening.
                let tree = path.ends_with("_R");
                let number: String = arguments.iter().filter_map(|one| one.thing.known()).collect();
                let widens =
                    path.contains("own") || number.contains("777") || number.contains("666") || arguments.len() < 2;
                for target in targets {
                    let place = self.machine.place(&target);
                    self.machine.rights_effect(&place, tree, widens);
                }
            }
            _ => {}
        }
        out
    }

    pub(super) fn opens(&mut self, path: &Value, mode: Option<&Thing>, third: Option<Value>) -> Thing {
        let mut path = path.clone();
        let mut mode = match mode {
            None => "r".to_owned(),
            Some(mode) => mode.known().unwrap_or_else(|| match mode {
                Thing::Named(flags) if flags.contains("O_RDONLY") => "r".to_owned(),
                Thing::Function | Thing::List(_) => "r".to_owned(),
                _ => "w".to_owned(),
            }),
        };
        if self.language == Language::Perl {
            // open(F, '<', 'x'), open(F, '>x'), open(F, 'cmd |')
            match third {
                Some(third) if mode.contains('|') => return self.shell(&third),
                Some(third) => path = third,
                None => {
                    let text = mode.trim().to_owned();
                    if let Some(command) = text.strip_prefix('|').or_else(|| text.strip_suffix('|')) {
                        return self.shell(&Value::text(command));
                    }
                    let name = text.trim_start_matches(['<', '>', '+', ' ']);
                    path = Value::text(name);
                    mode = if text.starts_with('>') || text.starts_with("+") { "w".into() } else { "r".into() };
                }
            }
            mode = mode.replace(">>", "a").replace("+<", "w").replace('>', "w").replace('<', "r");
        }
        if self.language == Language::Ruby {
            if let Some(command) = path.known().as_deref().and_then(|text| text.strip_prefix('|')) {
                return self.shell(&Value::text(command));
            }
            if path.known().is_some_and(|text| text.contains("://")) {
                return self.fetches(&path);
            }
        }
        if self.language == Language::R && path.known().is_some_and(|text| text.contains("://")) {
            return self.fetches(&path);
        }
        let writes = mode.contains(['w', 'a', 'x', '+', 'c']) && !mode.starts_with("encod") && !mode.starts_with("utf");
        if path.known().is_some_and(|text| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())) {
            return Thing::unknown(Origin::Input);
        }
        if writes {
            self.writes(&path, mode.contains('a'));
            return Thing::unknown(Origin::Output);
        }
        self.reads(&path)
    }

    pub(super) fn deletes(&mut self, value: &Value, recursive: bool) {
        let place = self.machine.place(value);
        self.machine.delete_effect(&place, recursive);
    }

    pub(super) fn writes(&mut self, value: &Value, append: bool) {
        let place = self.machine.place(value);
        self.machine.write_effect(&place, append, false);
    }

    pub(super) fn reads(&mut self, value: &Value) -> Thing {
        let out = self.machine.read_effect(value);
        if out.origin() == Some(Origin::Secret) {
            self.origin = self.origin.max(Origin::Secret);
            self.machine.secret_read = true;
            self.machine
                .find(Finding::new(Class::Ambiguous, "secret.read", "reads what may be secrets").does(Operation::Read));
        }
        Thing::Value(out)
    }
}

/// A pattern as the shell would have it.
fn pattern(value: &Value) -> Value {
    let Some(text) = value.known() else { return value.clone() };
    let Some(at) = text.find(['*', '?', '[', '{']) else { return value.clone() };
    let mut out = Value::text(&text[..at]);
    out.push(Piece::Glob(text[at..].to_owned()));
    out
}
