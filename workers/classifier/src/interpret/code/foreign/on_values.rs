//! Calls that give a value: names, modules, paths, the environment.

use super::calls::{Made, positional};
use super::imports::canonical;
use super::language::Language;
use super::reader::Reader;
use super::table::Effect;
use super::thing::Thing;
use palisade_language::words::{Origin, Piece, Value};

impl Reader<'_, '_> {
    /// Gives a value and does nothing else.
    pub(super) fn on_values(&mut self, made: Made<'_>) -> Thing {
        let Made { effect, path, arguments, receiver, first, second, value, origin, .. } = made;
        let positional = positional(&arguments);
        let out = Thing::unknown(Origin::Output);
        match effect {
            Effect::Env => {
                return match value.known() {
                    Some(name) => self.environment(&name),
                    None => Thing::unknown(Origin::Secret),
                };
            }
            Effect::Import => {
                return match value.known() {
                    Some(module) => {
                        let module = canonical(&module);
                        // A JSON file is data.
                        if module.ends_with(".json") {
                            return self.reads(&Value::text(module));
                        }
                        if module.starts_with(['.', '/']) {
                            self.not_known(&format!("the file {module}"));
                        } else {
                            self.imported(&module);
                        }
                        Thing::Named(module)
                    }
                    None => {
                        self.not_known("a module that is chosen when it runs");
                        Thing::unknown(origin.unwrap_or(Origin::Mixed))
                    }
                };
            }
            Effect::Attribute => {
                let named = match (self.language, &receiver) {
                    (Language::Ruby, _) => value.known().map(|name| match path.rsplit_once('.') {
                        Some((object, _)) if !object.starts_with('*') => format!("{object}.{name}"),
                        _ => name,
                    }),
                    _ => match (&first, second.as_ref().and_then(Thing::known)) {
                        (Some(Thing::Named(object)), Some(name)) => Some(format!("{object}.{name}")),
                        (Some(Thing::Value(_)), Some(name)) => Some(format!("*.{name}")),
                        _ => None,
                    },
                };
                return match named {
                    Some(name) if self.language == Language::Ruby => {
                        self.named(&name, arguments.into_iter().skip(1).collect(), receiver)
                    }
                    Some(name) => Thing::Named(name),
                    None => {
                        self.not_known("an attribute that is chosen when it runs");
                        Thing::unknown(Origin::Mixed)
                    }
                };
            }
            Effect::Join => {
                let mut value = Value::default();
                for (at, one) in positional.iter().enumerate() {
                    let part = one.thing.value();
                    if part.prefix().starts_with('/') || matches!(part.pieces.first(), Some(Piece::Home)) {
                        value = part;
                        continue;
                    }
                    if at > 0 {
                        value.push_text("/");
                    }
                    value.append(&part);
                }
                if let Some(receiver) = receiver.filter(|_| path.starts_with("*.")) {
                    let mut whole = receiver.value();
                    whole.push_text("/");
                    whole.append(&value);
                    value = whole;
                }
                return Thing::Value(if positional.is_empty() { Value::text(".") } else { value });
            }
            Effect::Same => {
                let same = match receiver {
                    Some(receiver) if path.starts_with("*.") || first.is_none() => receiver,
                    _ => first.unwrap_or(out),
                };
                return match same {
                    Thing::Value(value) if path.contains("expand") => Thing::Value(home(value)),
                    other => other,
                };
            }
            Effect::Home => return Thing::Value(Value::piece(Piece::Home)),
            Effect::Temporary => return Thing::unknown(Origin::Temporary),
            _ => {}
        }
        out
    }
}

/// `~` at the beginning is the home directory.
fn home(value: Value) -> Value {
    match value.prefix().strip_prefix('~').map(str::to_owned) {
        Some(rest) if rest.is_empty() || rest.starts_with('/') => {
            let mut out = Value::piece(Piece::Home);
            out.push_text(&rest);
            value.pieces.iter().skip(1).for_each(|piece| out.push(piece.clone()));
            out
        }
        _ => value,
    }
}
