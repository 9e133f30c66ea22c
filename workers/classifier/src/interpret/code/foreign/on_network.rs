//! Calls that fetch, send, connect, listen or ask a database.

use super::calls::Made;
use super::reader::Reader;
use super::table::Effect;
use super::thing::Thing;
use crate::findings::Finding;
use palisade_language::words::{Origin, Value};
use palisade_protocol::verdict::{Class, Operation};

impl Reader<'_, '_> {
    /// Reaches another host, or a database.
    pub(super) fn on_network(&mut self, made: Made<'_>) -> Thing {
        let Made { effect, path, second, value, origin, .. } = made;
        let out = Thing::unknown(Origin::Output);
        match effect {
            Effect::Fetch => {
                self.connects = true;
                if let Some(method) = second.as_ref().and_then(method) {
                    self.machine.sent = true;
                    let (class, rule) = match method {
                        "DELETE" => (Class::Destructive, "net.delete"),
                        _ => (Class::Ambiguous, "net.send"),
                    };
                    let message = format!("sends a {method} to a service from {} code", self.interpreter);
                    self.machine
                        .find(Finding::new(class, rule, message).does(Operation::Network).to(value.display(), true));
                }
                if origin == Some(Origin::Secret) {
                    self.exfiltrates();
                }
                return self.fetches(&value);
            }
            Effect::Send => {
                self.connects = true;
                if origin == Some(Origin::Secret) {
                    self.exfiltrates();
                }
                self.machine.sent = true;
                let message = format!("sends something to a service from {} code", self.interpreter);
                self.machine.find(
                    Finding::new(Class::Ambiguous, "net.send", message)
                        .does(Operation::Network)
                        .to(value.display(), value.known().is_some()),
                );
                return Thing::unknown(Origin::Network);
            }
            Effect::Connect => {
                self.connects = true;
                if super::pure_database(path, &value) {
                    return Thing::unknown(Origin::Output);
                }
                self.machine.sent = true;
                if origin == Some(Origin::Secret) {
                    self.exfiltrates();
                }
                let message = format!("connects to another host from {} code", self.interpreter);
                self.machine.find(Finding::new(Class::Ambiguous, "net.code", message).does(Operation::Network));
                return Thing::unknown(Origin::Network);
            }
            Effect::Listen => {
                self.connects = true;
                let message = format!("listens for connections from {} code", self.interpreter);
                self.machine.find(Finding::new(Class::Ambiguous, "net.listen", message).does(Operation::Network));
            }
            Effect::Redirect => self.redirects = true,
            Effect::Sql => match value.known() {
                Some(text) => self.machine.sql(&text),
                None => self.machine.note(Class::Ambiguous, "db.unknown", "runs statements that are not all known"),
            },
            _ => {}
        }
        out
    }

    pub(super) fn exfiltrates(&mut self) {
        self.machine.find(
            Finding::new(Class::Catastrophic, "secret.exfiltration", "sends secrets to another host")
                .does(Operation::Network),
        );
    }

    /// An address is fetched: as harmless as by `curl`, if it is known.
    pub(super) fn fetches(&mut self, address: &Value) -> Thing {
        self.connects = true;
        let text = address.display();
        self.machine.asks_metadata(&text);
        if text.starts_with("file:") {
            return self.reads(&Value::text(text.trim_start_matches("file://")));
        }
        if !text.contains("://") && !address.pieces.is_empty() && address.known().is_none() {
            let message = format!("connects to another host from {} code", self.interpreter);
            self.machine.find(Finding::new(Class::Ambiguous, "net.code", message).does(Operation::Network));
        }
        Thing::unknown(Origin::Network)
    }
}

/// The method among a request's options, if it changes something.
fn method(options: &Thing) -> Option<&'static str> {
    let Thing::List(items) = options else { return None };
    let given: Vec<String> = items.iter().filter_map(Thing::known).map(|text| text.to_ascii_uppercase()).collect();
    ["POST", "PUT", "PATCH", "DELETE"].into_iter().find(|method| given.iter().any(|text| text == method))
}
