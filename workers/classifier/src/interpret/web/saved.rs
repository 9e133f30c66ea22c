//! Where what is fetched lands, and what goes along in another place than a request's body.

use super::super::Machine;
use crate::paths::Zone;
use palisade_language::words::{Origin, Value};
use palisade_protocol::verdict::Class;

/// Addresses whose files are placed.
const ADDRESSES_MAX: usize = 16;

/// Parts of a header's name that say that it proves who asks.
const PROVES: &[&str] =
    &["auth", "token", "key", "secret", "cookie", "sign", "session", "credential", "password", "jwt"];

/// What a command line says of where files are put.
#[derive(Default)]
pub(super) struct Saves {
    /// Under the names that the addresses have.
    pub(super) by_name: bool,
    pub(super) directory: Option<Value>,
    pub(super) name: Option<Value>,
    /// In directories as at the host.
    pub(super) tree: bool,
    /// These do not begin with the host's name.
    pub(super) without_host: bool,
}

impl Saves {
    /// An option that names a file or a directory.
    pub(super) fn note(&mut self, program: &str, option: &str, file: &Value) {
        match (program, option) {
            ("curl", "--output-dir") | ("wget", "-P" | "--directory-prefix") => self.directory = Some(file.clone()),
            // The file itself is judged where it is named.
            ("wget", "-O" | "--output-document") => self.by_name = false,
            _ => {}
        }
    }
}

impl Machine<'_> {
    /// Judges the files that addresses are saved to.
    pub(super) fn saved(&mut self, saves: &Saves, urls: &[Value]) {
        if !saves.by_name && saves.name.is_none() {
            return;
        }
        for url in urls.iter().take(ADDRESSES_MAX) {
            let Some(text) = url.known() else { continue };
            let rest = text.split_once("://").map_or(text.as_str(), |(_, rest)| rest);
            let path = rest.split(['?', '#']).next().unwrap_or("");
            let (host, inner) = path.split_once('/').unwrap_or((path, ""));
            let name = match (&saves.name, saves.tree, saves.without_host) {
                (Some(name), ..) => name.clone(),
                (None, true, true) => Value::text(inner),
                (None, true, false) => Value::text(format!("{host}/{inner}")),
                (None, false, _) => Value::text(inner.rsplit('/').next().unwrap_or("")),
            };
            let mut file = Value::default();
            if let Some(directory) = &saves.directory {
                file.append(directory);
                file.push_text("/");
            }
            file.append(&name);
            if self.cwd.is_none() && saves.directory.is_none() && !name.prefix().starts_with('.') {
                // A directory of which nothing is known is most often one that was made for it.
                continue;
            }
            let place = self.place(&file);
            if !name.is_empty() && place.zone != Zone::Unknown && place.zone != Zone::WorkspaceRoot {
                self.write_effect(&place, false, false);
                self.remember(&place, Value::unknown(Origin::Network), false);
                self.planted_file(&place, &[], &Value::unknown(Origin::Network));
            }
        }
        if saves.tree && saves.without_host {
            self.note(
                Class::Ambiguous,
                "fs.write.unknown",
                "writes files under whatever names another host gives them",
            );
        }
    }

    /// A header, a file of credentials or a part of the query: what of it is a secret that does not prove who asks.
    pub(super) fn sent_aside(&mut self, option: &str, value: &Value, input: &Option<Value>) -> Value {
        let text = value.display();
        match option {
            "--netrc-file" => {
                let name = text.rsplit('/').next().unwrap_or("");
                // Whoever sends another file to be read as one hopes for what curl makes of it.
                if name.contains("netrc") { Value::default() } else { self.read_effect(value) }
            }
            "--url-query" => self.sent_body(value, false, false, input),
            _ if text.starts_with('@') => self.sent_body(value, false, false, input),
            _ => {
                let name = text.split(':').next().unwrap_or("").to_ascii_lowercase();
                let proves = PROVES.iter().any(|part| name.contains(part));
                if value.origin() == Some(Origin::Secret) && (!proves || self.key_read) {
                    Value::unknown(Origin::Secret)
                } else {
                    Value::default()
                }
            }
        }
    }

    /// `wget -e name=value`: a line of its configuration.
    pub(super) fn wget_setting(&mut self, setting: &Value, body: &mut Vec<Value>, input: &Option<Value>) {
        let text = setting.display();
        let (name, _) = text.split_once('=').unwrap_or((&text, ""));
        let at = name.len() + 1;
        let name: String = name.trim().chars().filter(|letter| !"-_".contains(*letter)).collect();
        let value = crate::knowledge::tail(setting, at);
        match name.to_ascii_lowercase().as_str() {
            "robots" | "timeout" | "tries" | "useragent" | "quiet" | "verbose" | "continue" | "wait" | "limitrate" => {}
            "outputdocument" | "logfile" | "savecookies" | "hstsfile" | "rejectedlog" | "warcfile" => {
                let place = self.place(&value);
                self.write_effect(&place, false, false);
                self.remember(&place, Value::unknown(Origin::Network), false);
            }
            "dirprefix" => {
                let mut file = value;
                file.push_text("/x");
                let place = self.place(&file);
                self.write_effect(&place, false, false);
            }
            "postfile" | "bodyfile" => {
                let sent = self.sent_body(&value, true, false, input);
                body.push(sent);
            }
            "postdata" | "bodydata" => body.push(value),
            "useaskpass" => drop(self.script_value(&value, "exec.option")),
            _ => self.note(Class::Ambiguous, "net.config", format!("gives wget the setting {name}")),
        }
    }
}
