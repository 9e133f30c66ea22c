//! Where input comes from and output goes: redirections, what files hold that the script wrote, and what reading yields.

use super::{Machine, WRITTEN_MAX};
use crate::findings::Finding;
use crate::paths::{Place, Zone, is_secret_read};
use palisade_language::ast::{Redirect, RedirectKind, Word};
use palisade_language::words::{Origin, Piece, Value};
use palisade_protocol::verdict::{Class, Operation};

/// Where a command's streams go.
#[derive(Default)]
pub(super) struct Redirected {
    pub(super) input: Option<Value>,
    /// The file that standard output goes to.
    output: Option<Place>,
    append: bool,
}

impl Machine<'_> {
    /// A value that is a stream or a file this script wrote: what is in it.
    pub(super) fn content(&mut self, value: &Value) -> Option<Value> {
        match value.pieces.as_slice() {
            [Piece::Stream(number)] => self.streams.get(*number as usize).cloned(),
            _ => {
                let place = self.place(value);
                if matches!(value.known().as_deref(), Some("/dev/stdin" | "-" | "/dev/fd/0" | "/proc/self/fd/0")) {
                    return None;
                }
                self.written.get(&place.path).filter(|_| place.exact).cloned()
            }
        }
    }

    /// A value that is run as a shell script.
    pub(super) fn script_value(&mut self, value: &Value, rule: &'static str) -> Value {
        if let Some(text) = value.known() {
            return match rule {
                "exec.option" | "exec.environment" => self.hooked_script(&text),
                _ => self.script(&text, None),
            };
        }
        match value.origin() {
            Some(Origin::Network) => self.find(
                Finding::new(Class::Catastrophic, "remote.exec.pipe", "runs code that it fetches from another host")
                    .does(Operation::Execute),
            ),
            _ => self.note(Class::Ambiguous, rule, "runs commands that are not known before it runs"),
        }
        if let Some(text) = value.in_bash().known() {
            let out = self.script(&text, None);
            self.shown(&out);
        }
        // What is known of it is looked at all the same.
        let visible = value.display();
        if let Some((alarm, _)) = palisade_language::scan::scan(&visible, palisade_language::scan::Mode::Wary) {
            self.note(Class::Catastrophic, alarm.rule(), alarm.reason());
        }
        Value::unknown(value.origin().unwrap_or(Origin::Output))
    }

    pub(super) fn redirects(&mut self, redirects: &[Redirect], input: Option<Value>) -> Redirected {
        let mut out = Redirected { input, ..Redirected::default() };
        for redirect in redirects {
            match &redirect.kind {
                RedirectKind::Read(word) => {
                    let value = self.single(word);
                    let content = self.content(&value);
                    let fallback = self.read_effect(&value);
                    out.input = Some(content.unwrap_or(fallback));
                }
                RedirectKind::HereString(word) => {
                    let mut value = self.single(word);
                    value.push_text("\n");
                    out.input = Some(value);
                }
                RedirectKind::HereDocument(parts) => {
                    let value = match parts.as_slice() {
                        [palisade_language::ast::Part::Quoted(text)] => Value::text(text.as_str()),
                        other => self.template(other),
                    };
                    if redirect.fd.is_none_or(|fd| fd == 0) {
                        out.input = Some(value);
                    }
                }
                RedirectKind::Write(word) | RedirectKind::Both(word) => {
                    let place = self.target(word);
                    // Standard output's content decides what is written; other descriptors only carry text along.
                    if redirect.fd.is_none_or(|fd| fd == 1) {
                        out.output = Some(place);
                        out.append = false;
                    } else {
                        self.write_effect(&place, false, false);
                    }
                }
                RedirectKind::Append(word) | RedirectKind::BothAppend(word) => {
                    let place = self.target(word);
                    if redirect.fd.is_none_or(|fd| fd == 1) {
                        out.output = Some(place);
                        out.append = true;
                    } else {
                        self.write_effect(&place, true, false);
                    }
                }
                RedirectKind::ReadWrite(word) => {
                    let place = self.target(word);
                    self.write_effect(&place, true, false);
                }
                RedirectKind::Duplicate(word) => self.word(word),
            }
        }
        out
    }

    /// The file that a redirection writes to.
    fn target(&mut self, word: &Word) -> Place {
        let value = self.single(word);
        if value.is_dialect() {
            let in_bash = self.place(&value.in_bash());
            self.write_effect(&in_bash, true, false);
        }
        self.place(&value)
    }

    /// Gives a command's output to where it was redirected.
    pub(super) fn deliver(&mut self, redirected: Redirected, out: Value) -> Value {
        let Some(place) = redirected.output else { return out };
        if place.zone == Zone::Null {
            return Value::default();
        }
        let empties = out.is_empty() && !redirected.append;
        self.planted(&place, &out);
        self.write_effect(&place, redirected.append, empties);
        let wire = ["/dev/tcp/", "/dev/udp/"].iter().any(|begin| place.path.starts_with(begin));
        if wire && out.origin() == Some(Origin::Secret) {
            self.find(
                Finding::new(Class::Catastrophic, "secret.exfiltration", "sends secrets to another host")
                    .does(Operation::Network),
            );
        }
        if out.origin() == Some(Origin::Secret) && matches!(place.zone, Zone::Temp | Zone::Elsewhere | Zone::Unknown) {
            self.find(
                Finding::new(Class::Ambiguous, "secret.copy", "copies what may be secrets to another place")
                    .does(Operation::Read),
            );
        }
        self.remember(&place, out, redirected.append);
        Value::default()
    }

    /// Text goes where it is run later: what it would do then counts now.
    pub(super) fn planted(&mut self, place: &Place, text: &Value) {
        if !matches!(place.zone, Zone::Startup | Zone::Hook) {
            return;
        }
        let Some(text) = text.known() else { return };
        let lower = text.to_ascii_lowercase();
        let fetches = ["curl ", "wget ", "fetch "].iter().any(|word| lower.contains(word))
            && ["| sh", "|sh", "| bash", "|bash", "<(curl", "$(curl", "| sudo", "-d @", "--data", "-d \"$"]
                .iter()
                .any(|word| lower.contains(word));
        let loads = [
            "/tmp/",
            "/dev/shm/",
            "ld_preload",
            "prompt_command",
            "/dev/tcp/",
            "alias sudo",
            "alias su=",
            "sudo()",
            "sudo ()",
            "never mention",
        ]
        .iter()
        .any(|word| lower.contains(word));
        if fetches || loads {
            let says = format!("puts a command where it runs by itself later: {}", place.path);
            self.note(Class::Catastrophic, "persist.planted", says);
        }
    }

    /// What a file holds that this script wrote, for when it runs or reads it.
    pub(super) fn remember(&mut self, place: &Place, content: Value, append: bool) {
        if !place.exact || self.written.len() >= WRITTEN_MAX {
            return;
        }
        let mut whole = if append {
            self.written.get(&place.path).cloned().unwrap_or(Value::unknown(Origin::Mixed))
        } else {
            Value::default()
        };
        whole.append(&content);
        self.written.insert(place.path.clone(), whole);
    }

    pub(super) fn place(&self, value: &Value) -> Place {
        let mut place = self.map.place(value, self.cwd.as_deref());
        // Nobody has seen the links that this script makes.
        for (link, lead) in &self.links {
            if let Some(rest) =
                place.path.strip_prefix(link.as_str()).filter(|rest| rest.is_empty() || rest.starts_with('/'))
            {
                let real = format!("{lead}{rest}");
                let zone = self.map.zone(&real);
                if zone > place.zone || place.zone <= Zone::Workspace {
                    place.zone = zone;
                    place.named = real.clone();
                    place.path = real;
                }
                break;
            }
        }
        place
    }

    /// A file is read: what comes out of it.
    pub(super) fn read_effect(&mut self, value: &Value) -> Value {
        if let Some(content) = self.content(value) {
            return content;
        }
        let named = self.place(value);
        // A link can be called anything.
        let place = if is_secret_read(&named) { named } else { self.look(&named, true).place };
        if is_secret_read(&place) {
            self.secret_read = true;
            self.key_read |= !self.map.holds(&place.path);
            self.find(
                Finding::new(
                    Class::Ambiguous,
                    "secret.read",
                    format!("reads {}, which may hold secrets", self.map.short(&place.path)),
                )
                .does(Operation::Read)
                .to(place.path, true),
            );
            return Value::unknown(Origin::Secret);
        }
        if place.zone == Zone::Device {
            self.find(
                Finding::new(Class::Ambiguous, "disk.read.device", format!("reads the raw device {}", place.path))
                    .does(Operation::Read)
                    .to(place.path.clone(), true),
            );
        }
        Value::unknown(if place.zone == Zone::Workspace { Origin::Project } else { Origin::Output })
    }
}
