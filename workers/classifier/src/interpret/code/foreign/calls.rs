//! Calls: which function it is, and what it does with these arguments.

use super::language::Language;
use super::reader::{Reader, canonical};
use super::table::{Effect, effect};
use super::thing::{Argument, Thing};
use super::{constants, pure};
use crate::findings::Finding;
use palisade_language::words::{Origin, Piece, Value};
use palisade_protocol::verdict::{Class, Operation};

impl Reader<'_, '_> {
    /// `thing.name`
    pub(super) fn attribute(&mut self, thing: Thing, separator: &str, name: &str) -> Thing {
        match thing {
            Thing::Named(path) => {
                let path = format!("{path}{separator}{name}");
                match path.as_str() {
                    "os.environ" | "process.env" | "os.environb" if !self.reads_one_variable() => {
                        // The whole of it holds what was given to the program as secrets.
                        self.origin = self.origin.max(Origin::Secret);
                        Thing::unknown(Origin::Secret)
                    }
                    "process.env" => Thing::Named(path),
                    _ if path.starts_with("process.env.") => self.environment(name),
                    "process.mainModule" | "process.mainModule.require" => Thing::Named("require".into()),
                    "require.main" | "globalThis.process" | "global.process" => Thing::Named("process".into()),
                    _ => Thing::Named(path.replace("globalThis.", "").replace("__builtins__.", "builtins.")),
                }
            }
            Thing::Value(value)
                if !self.is_called()
                    && matches!(name, "text" | "content" | "stdout" | "name" | "parent" | "body" | "length") =>
            {
                match name {
                    "length" => Thing::unknown(Origin::Number),
                    "parent" => {
                        let mut value = value;
                        value.push_text("/..");
                        Thing::Value(value)
                    }
                    _ => Thing::Value(value),
                }
            }
            other => Thing::List(vec![Thing::Named(format!("*.{name}")), other]),
        }
    }

    fn is_called(&self) -> bool {
        matches!(self.tokens.get(self.at), Some(super::lexer::Token::Op("(")))
    }

    /// Whether `os.environ` is followed by the name of one variable.
    fn reads_one_variable(&self) -> bool {
        matches!(self.tokens.get(self.at), Some(super::lexer::Token::Op("[" | ".")))
    }

    /// A name that stands alone where bare names may be calls.
    pub(super) fn bare(&mut self, name: &str) -> Thing {
        let variable = name.starts_with(['$', '@', '%']) || name.starts_with(|first: char| first.is_uppercase());
        if variable || self.defined.contains(name) || self.language.is_keyword(name) {
            return Thing::Named(name.to_owned());
        }
        let called = self.language != Language::Lua && self.language != Language::Php;
        if called
            && (name.contains(['.', ':']) || effect(self.language, name).is_some() || self.language == Language::Ruby)
        {
            return self.call(Thing::Named(name.to_owned()), Vec::new());
        }
        if self.language == Language::Php || pure::is_harmless(name) || pure::is_module(name) {
            return Thing::Named(name.to_owned());
        }
        Thing::Named(name.to_owned())
    }

    /// A function that is handed on without being called: whoever gets it may call it with anything.
    pub(super) fn mentioned(&mut self, path: &str) {
        let path = self.language_name(path);
        if let Some(effect) = effect(self.language, &path)
            && !matches!(effect, Effect::Same | Effect::Join | Effect::Home | Effect::Temporary)
            && !self.scope.contains_key(&path)
            && (path.contains(['.', ':']) || !self.language.calls_bare())
        {
            let argument = Argument { name: String::new(), thing: Thing::unknown(Origin::Mixed) };
            self.apply(effect, &path, vec![argument], None);
        }
    }

    fn language_name(&self, path: &str) -> String {
        let path = path.trim_start_matches("builtins.").trim_start_matches('\\').trim_start_matches("CORE::GLOBAL::");
        let path = path.trim_start_matches("CORE::");
        let path = canonical(path);
        if self.language.folds() && !path.contains(['.', ':']) { path.to_lowercase() } else { path }
    }

    /// `thing(arguments)`
    pub(super) fn call(&mut self, thing: Thing, arguments: Vec<Argument>) -> Thing {
        match thing {
            Thing::Named(path) if path.starts_with('$') => {
                // PHP and Perl call what a variable names.
                self.not_known("a function that a variable names");
                Thing::unknown(Origin::Mixed)
            }
            Thing::Named(path) => self.named(&path, arguments, None),
            Thing::List(mut items)
                if items.len() == 2 && matches!(&items[0], Thing::Named(name) if name.starts_with("*.")) =>
            {
                let receiver = items.remove(1);
                let Thing::Named(method) = items.remove(0) else { return Thing::unknown(Origin::Mixed) };
                self.named(&method, arguments, Some(receiver))
            }
            Thing::Function | Thing::List(_) => {
                Thing::unknown(arguments.iter().filter_map(|one| one.thing.origin()).max().unwrap_or(Origin::Output))
            }
            Thing::Value(value) => {
                if let (Some(name), true) = (value.known(), matches!(self.language, Language::Php | Language::Perl)) {
                    return self.named(&name, arguments, None);
                }
                if value.known().is_none() || self.language == Language::Php {
                    self.not_known("a function that is chosen when it runs");
                }
                Thing::unknown(Origin::Mixed)
            }
        }
    }

    fn named(&mut self, path: &str, arguments: Vec<Argument>, receiver: Option<Thing>) -> Thing {
        if !self.machine.budget.take(64) {
            return Thing::unknown(Origin::Mixed);
        }
        let path = self.language_name(path);
        let method = path.rsplit(['.', ':']).next().unwrap_or(&path).to_owned();
        if self.defined.contains(&path) || self.defined.contains(&method) && effect(self.language, &path).is_none() {
            return Thing::unknown(Origin::Output);
        }
        if arguments.iter().any(|one| one.name == "trust_remote_code") {
            self.not_known("code that comes with a model");
        }
        // A receiver that is an object behind dots: `path.text` of a local name.
        let receiver = receiver.or_else(|| {
            let (object, _) = path.rsplit_once('.')?;
            self.scope.get(object).cloned()
        });
        if let Some(thing) = constants::evaluate(self.language, &path, &method, &arguments, receiver.as_ref()) {
            return thing;
        }
        let named =
            effect(self.language, &path).filter(|effect| self.applies(*effect, &path, receiver.as_ref(), &arguments));
        if let Some(effect) = named {
            return self.apply(effect, &path, arguments, receiver);
        }
        let origin = arguments.iter().map(|one| &one.thing).chain(&receiver).filter_map(Thing::origin).max();
        if is_printing(&method) {
            self.origin = self.origin.max(origin.unwrap_or(Origin::Output));
        }
        let pattern = matches!(&receiver, Some(Thing::Value(value)) if value.origin() == Some(Origin::Number) || value.known().is_some());
        let known = pattern && method == "exec"
            || pure::in_module(&path)
            || pure::is_harmless(&method)
            || path.ends_with("Error")
            || path.ends_with("Exception");
        if !known {
            self.not_known(&format!("the function {}", path.trim_start_matches("*.")));
        }
        match receiver {
            Some(Thing::List(items))
                if matches!(method.as_str(), "items" | "values" | "keys" | "filter" | "sort" | "reverse" | "slice") =>
            {
                Thing::List(items)
            }
            _ => Thing::unknown(origin.unwrap_or(Origin::Output)),
        }
    }

    /// Methods have names that are common: on a list or a text, some of them only compute.
    fn applies(&self, effect: Effect, path: &str, receiver: Option<&Thing>, arguments: &[Argument]) -> bool {
        if !path.starts_with("*.") && receiver.is_none() {
            let root = path.split(['.', ':']).next().unwrap_or("");
            // A method of an object that nothing is known of, under a name that only a known module makes an effect.
            return !(matches!(effect, Effect::Sql) && (root == "RegExp" || root == "re"));
        }
        match effect {
            Effect::Sql => arguments.first().is_some_and(|one| match one.thing.known() {
                Some(text) => super::looks_like_sql(&text),
                None => !matches!(receiver, Some(Thing::Function)),
            }),
            // An executable regular expression: `/x/.exec(y)`
            Effect::Shell | Effect::Argv | Effect::Code => receiver.and_then(Thing::known).is_none(),
            _ => true,
        }
    }

    /// Runs a command line.
    pub(super) fn shell(&mut self, command: &Value) -> Thing {
        let out = self.machine.script_value(command, "exec.code");
        Thing::Value(Value::unknown(out.origin().unwrap_or(Origin::Output)))
    }

    fn argv(&mut self, words: Vec<Value>, input: Option<Value>) -> Thing {
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

    fn deletes(&mut self, value: &Value, recursive: bool) {
        let place = self.machine.place(value);
        self.machine.delete_effect(&place, recursive);
    }

    fn writes(&mut self, value: &Value, append: bool) {
        let place = self.machine.place(value);
        self.machine.write_effect(&place, append, false);
    }

    fn reads(&mut self, value: &Value) -> Thing {
        let out = self.machine.read_effect(value);
        if out.origin() == Some(Origin::Secret) {
            self.origin = self.origin.max(Origin::Secret);
            self.machine.secret_read = true;
            self.machine
                .find(Finding::new(Class::Ambiguous, "secret.read", "reads what may be secrets").does(Operation::Read));
        }
        Thing::Value(out)
    }

    #[allow(clippy::too_many_lines)]
    fn apply(&mut self, effect: Effect, path: &str, arguments: Vec<Argument>, receiver: Option<Thing>) -> Thing {
        let positional: Vec<&Argument> = arguments.iter().filter(|one| one.name.is_empty()).collect();
        let named = |name: &str| arguments.iter().find(|one| one.name == name).map(|one| &one.thing);
        let first =
            positional.first().map(|one| one.thing.clone()).or_else(|| arguments.first().map(|one| one.thing.clone()));
        let second = positional.get(1).map(|one| one.thing.clone());
        let me = receiver.as_ref().map(Thing::value).unwrap_or(Value::unknown(Origin::Mixed));
        let origin = arguments.iter().map(|one| &one.thing).chain(&receiver).filter_map(Thing::origin).max();
        let out = Thing::unknown(Origin::Output);
        // Without arguments a name was only looked at.
        let value = first.as_ref().map(Thing::value).unwrap_or_else(|| Value::unknown(Origin::Mixed));
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
            Effect::Opaque => self.not_known(&format!("{} reaches", path.trim_start_matches("*."))),
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
        }
        out
    }

    fn exfiltrates(&mut self) {
        self.machine.find(
            Finding::new(Class::Catastrophic, "secret.exfiltration", "sends secrets to another host")
                .does(Operation::Network),
        );
    }

    /// An address is fetched: as harmless as by `curl`, if it is known.
    fn fetches(&mut self, address: &Value) -> Thing {
        self.connects = true;
        let text = address.display();
        if text.contains("169.254.169.254") || text.contains("metadata.google.internal") {
            self.machine.note(
                Class::Catastrophic,
                "secret.metadata",
                "asks the cloud's metadata service for credentials",
            );
        }
        if text.starts_with("file:") {
            return self.reads(&Value::text(text.trim_start_matches("file://")));
        }
        if !text.contains("://") && !address.pieces.is_empty() && address.known().is_none() {
            let message = format!("connects to another host from {} code", self.interpreter);
            self.machine.find(Finding::new(Class::Ambiguous, "net.code", message).does(Operation::Network));
        }
        Thing::unknown(Origin::Network)
    }

    fn opens(&mut self, path: &Value, mode: Option<&Thing>, third: Option<Value>) -> Thing {
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

    fn runs(
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

    fn runs_code(&mut self, code: &Value, origin: Option<Origin>) -> Thing {
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
}

/// The method among a request's options, if it changes something.
fn method(options: &Thing) -> Option<&'static str> {
    let Thing::List(items) = options else { return None };
    let given: Vec<String> = items.iter().filter_map(Thing::known).map(|text| text.to_ascii_uppercase()).collect();
    ["POST", "PUT", "PATCH", "DELETE"].into_iter().find(|method| given.iter().any(|text| text == method))
}

fn is_printing(method: &str) -> bool {
    matches!(
        method,
        "print"
            | "println"
            | "puts"
            | "p"
            | "pp"
            | "log"
            | "write"
            | "say"
            | "printf"
            | "info"
            | "error"
            | "warn"
            | "echo"
            | "table"
            | "cat"
            | "pprint"
            | "dir"
            | "var_dump"
            | "print_r"
            | "inspect"
            | "stringify"
            | "dumps"
            | "putc"
    )
}

/// A pattern as the shell would have it.
fn pattern(value: &Value) -> Value {
    let Some(text) = value.known() else { return value.clone() };
    let Some(at) = text.find(['*', '?', '[', '{']) else { return value.clone() };
    let mut out = Value::text(&text[..at]);
    out.push(Piece::Glob(text[at..].to_owned()));
    out
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
