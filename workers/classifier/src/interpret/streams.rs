//! Where input comes from and output goes: redirections, what files hold that the script wrote, and what reading yields.

use super::{Machine, WRITTEN_MAX};
use crate::findings::Finding;
use crate::paths::{Place, Zone, is_secret_read};
use palisade_language::ast::{Redirect, RedirectKind, Word};
use palisade_language::words::{Origin, Piece, Value, fits};
use palisade_protocol::verdict::{Class, Operation};
use std::rc::Rc;

/// Where a command's streams go.
#[derive(Default)]
pub(super) struct Redirected {
    pub(super) input: Option<Value>,
    /// The file that standard output goes to.
    output: Option<Place>,
    append: bool,
    /// The process substitution that standard output goes to.
    sink: Option<u32>,
    /// The command reads the file that the shell has emptied for its output.
    clobbers: bool,
    /// One of its descriptors is a connection to another host.
    wire: bool,
    /// How many shells had been started when it began.
    prompts: u32,
}

impl Redirected {
    /// Whether one of the files that are read is the one that is written: the shell empties it first.
    pub(super) fn empties_what_is_read(&mut self, read: &[String]) {
        let own = self.output.as_ref().filter(|place| place.exact && !self.append && !matches!(place.zone, Zone::Null));
        self.clobbers = own.is_some_and(|place| read.contains(&place.path));
    }

    /// Standard output goes to a file that can grow.
    pub(super) fn fills(&self) -> bool {
        self.output.as_ref().is_some_and(|place| !matches!(place.zone, Zone::Null | Zone::Device))
    }
}

impl Redirected {
    /// Whether there is input, and nothing is written to a file.
    pub(super) fn reads_only(&self) -> bool {
        self.input.is_some() && self.output.is_none()
    }
}

impl Machine<'_> {
    /// A value that is a stream or a file this script wrote: what is in it.
    pub(super) fn content(&mut self, value: &Value) -> Option<Value> {
        match value.pieces.as_slice() {
            [Piece::Stream(number)] => self.streams.get(*number as usize).cloned(),
            _ => {
                if let Some(number) = value.known().as_deref().and_then(descriptor) {
                    return self.settings.descriptors.get(&number).map(|given| Value::clone(given));
                }
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
            _ if self.homemade && rule == "exec.stdin" => {
                self.note(Class::Catastrophic, "exec.hidden", "runs commands that are hidden in an encoding");
            }
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
        let mut out = Redirected { input, prompts: self.prompts, ..Redirected::default() };
        for redirect in redirects {
            match &redirect.kind {
                RedirectKind::Read(word) => {
                    let value = self.single(word);
                    let content = self.content(&value).or_else(|| {
                        // A file of the project that is not there: nothing runs then.
                        self.is_absent(&value).then(Value::default)
                    });
                    let fallback = self.read_effect(&value);
                    self.incoming(redirect.fd, content.unwrap_or(fallback), &mut out);
                }
                RedirectKind::HereString(word) => {
                    let mut value = self.single(word);
                    value.push_text("\n");
                    self.incoming(redirect.fd, value, &mut out);
                }
                RedirectKind::HereDocument(parts) => {
                    let value = match parts.as_slice() {
                        [palisade_language::ast::Part::Quoted(text)] => Value::text(text.as_str()),
                        other => self.template(other),
                    };
                    self.incoming(redirect.fd, value, &mut out);
                }
                RedirectKind::Write(word) | RedirectKind::Both(word) => {
                    let Some(place) = self.target(word, redirect.fd, &mut out) else { continue };
                    // Standard output's content decides what is written; other descriptors only carry text along.
                    if redirect.fd.is_none_or(|fd| fd == 1) {
                        out.output = Some(place);
                        out.append = false;
                    } else {
                        self.write_effect(&place, false, false);
                    }
                }
                RedirectKind::Append(word) | RedirectKind::BothAppend(word) => {
                    let Some(place) = self.target(word, redirect.fd, &mut out) else { continue };
                    if redirect.fd.is_none_or(|fd| fd == 1) {
                        out.output = Some(place);
                        out.append = true;
                    } else {
                        self.write_effect(&place, true, false);
                    }
                }
                RedirectKind::ReadWrite(word) => {
                    let value = self.single(word);
                    if is_network(&value) {
                        out.wire = true;
                        let content = self.read_effect(&value);
                        self.incoming(redirect.fd, content, &mut out);
                        continue;
                    }
                    let Some(place) = self.target(word, redirect.fd, &mut out) else { continue };
                    self.write_effect(&place, true, false);
                }
                RedirectKind::Duplicate(word) => {
                    let number = self.single(word).known().and_then(|text| text.parse::<u32>().ok());
                    if let Some(content) = number.and_then(|number| self.settings.descriptors.get(&number)).cloned() {
                        self.incoming(redirect.fd, Value::clone(&content), &mut out);
                    }
                }
            }
        }
        out
    }

    /// What a descriptor gives from now on.
    fn incoming(&mut self, fd: Option<u32>, content: Value, out: &mut Redirected) {
        match fd {
            None | Some(0) => out.input = Some(content),
            Some(number) if self.settings.descriptors.len() < 16 || self.settings.descriptors.contains_key(&number) => {
                self.settings.descriptors.insert(number, Rc::new(content));
            }
            Some(_) => {}
        }
    }

    /// Process substitutions since `first` that nothing was written to, as far as could be seen: they may get anything.
    pub(super) fn drain(&mut self, first: u32) {
        let left = self.sinks.split_off(&first);
        for list in left.values() {
            self.subshell(list, Some(Value::unknown(Origin::Output)));
        }
    }

    /// Gives a process substitution what is written to it.
    pub(super) fn pour(&mut self, number: u32, content: Value) {
        if let Some(list) = self.sinks.remove(&number) {
            self.subshell(&list, Some(content));
        }
    }

    /// The file that a redirection writes to; `None` if it is no file.
    fn target(&mut self, word: &Word, fd: Option<u32>, out: &mut Redirected) -> Option<Place> {
        let value = self.single(word);
        out.wire |= is_network(&value);
        if let ([Piece::Stream(number)], None | Some(1)) = (value.pieces.as_slice(), fd) {
            out.sink = Some(*number);
            return None;
        }
        if value.is_dialect() {
            let in_bash = self.place(&value.in_bash());
            self.write_effect(&in_bash, true, false);
        }
        Some(self.place(&value))
    }

    /// Gives a command's output to where it was redirected.
    pub(super) fn deliver(&mut self, redirected: Redirected, out: Value) -> Value {
        if redirected.wire && self.prompts > redirected.prompts {
            self.note(Class::Catastrophic, "net.tunnel", "hands a shell to another host");
        }
        if let Some(number) = redirected.sink {
            self.pour(number, out);
            return Value::default();
        }
        let Some(place) = redirected.output else { return out };
        if place.zone == Zone::Null {
            return Value::default();
        }
        let empties = (out.is_empty() || redirected.clobbers) && !redirected.append;
        let before = self.written.get(&place.path).cloned();
        self.planted(&place, &out);
        self.write_effect(&place, redirected.append, empties);
        if ["/dev/tcp/", "/dev/udp/"].iter().any(|begin| place.path.starts_with(begin)) {
            self.carried_out(out.origin());
        }
        if out.origin() == Some(Origin::Secret) && matches!(place.zone, Zone::Temp | Zone::Elsewhere | Zone::Unknown) {
            self.find(
                Finding::new(Class::Ambiguous, "secret.copy", "copies what may be secrets to another place")
                    .does(Operation::Read),
            );
        }
        if let Some(before) = before {
            // What it held until now stays what is added to.
            self.written.insert(place.path.clone(), before);
        }
        self.remember(&place, out, redirected.append);
        Value::default()
    }

    /// Text goes where it is run later: what it would do then counts now.
    pub(super) fn planted(&mut self, place: &Place, text: &Value) {
        if !matches!(place.zone, Zone::Startup | Zone::Hook | Zone::Git) {
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

    /// A file of unknown content goes where it is run later by itself: one that was fetched, or that anybody may have written.
    pub(super) fn planted_file(&mut self, place: &Place, sources: &[Value], content: &Value) {
        let hooks = place.zone == Zone::Git && place.path.contains("/hooks");
        if !(hooks || place.zone == Zone::Startup) {
            return;
        }
        let mut foreign = content.origin() == Some(Origin::Network);
        for source in sources {
            foreign |= matches!(self.place(source).zone, Zone::Temp) && self.content(source).is_none();
        }
        if foreign {
            let says = format!("puts a file of unknown origin where it runs by itself later: {}", place.path);
            self.note(Class::Catastrophic, "persist.planted", says);
        }
    }

    /// A file is changed in a way that is not followed.
    pub(super) fn forget(&mut self, place: &Place) {
        if let Some(content) = self.written.get_mut(&place.path) {
            *content = Value::unknown(Origin::Mixed);
        } else if !place.exact && !self.written.is_empty() {
            // A pattern, or a name that is not known, may be any of them.
            self.written.values_mut().for_each(|content| *content = Value::unknown(Origin::Mixed));
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
        if value.known().as_deref() == Some("/dev/null") {
            return Value::default();
        }
        if is_network(value) {
            if opens_own_host(value) {
                // Whether something listens here is asked so.
                return Value::unknown(Origin::Network);
            }
            self.sent = true;
            self.note(Class::Ambiguous, "net.connect", "connects to another host");
            return Value::unknown(Origin::Network);
        }
        let named = self.place(value);
        let shown = value.display();
        if shown.starts_with("/proc/")
            && ["/mem", "/environ", "/maps"].iter().any(|end| shown.ends_with(end))
            && !named.exact
        {
            self.secret_read = true;
            self.key_read = true;
            self.find(
                Finding::new(Class::Ambiguous, "secret.read", "reads another process's memory or environment")
                    .does(Operation::Read),
            );
            return Value::unknown(Origin::Secret);
        }
        // A link can be called anything.
        let place = if is_secret_read(&named) { named } else { self.look(&named, true).place };
        if is_secret_read(&place)
            || may_match_secret(&place)
            || (place.zone == Zone::Guard && place.path.contains("/palisade/"))
        {
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

/// Whether a pattern that begins as a file of secrets does matches one: `.*`, `.e??`, `id_*`.
fn may_match_secret(place: &Place) -> bool {
    const NAMES: [&str; 8] =
        [".env", ".env.local", ".netrc", ".npmrc", ".pgpass", ".git-credentials", "id_rsa", "id_ed25519"];
    let pattern = place.pattern.as_deref().map(|pattern| pattern.rsplit('/').next().unwrap_or(pattern));
    pattern.is_some_and(|pattern| pattern.starts_with(['.', 'i']) && NAMES.iter().any(|name| fits(pattern, name)))
}

/// The number of a descriptor that a path stands for.
fn descriptor(path: &str) -> Option<u32> {
    let digits = path.strip_prefix("/dev/fd/").or_else(|| path.strip_prefix("/proc/self/fd/"))?;
    digits.parse().ok().filter(|number| *number > 2)
}

/// bash's own paths to other hosts.
/// `/dev/tcp/localhost/PORT`, all of it written out.
fn opens_own_host(value: &Value) -> bool {
    let Some(path) = value.known() else { return false };
    let rest = path.strip_prefix("/dev/tcp/").unwrap_or("");
    matches!(rest.split('/').next(), Some("localhost" | "127.0.0.1" | "::1"))
}

fn is_network(value: &Value) -> bool {
    value.prefix().starts_with("/dev/tcp/") || value.prefix().starts_with("/dev/udp/")
}
