//! Calls: which function it is, and what it does with these arguments.

use super::imports::canonical;
use super::language::Language;
use super::reader::Reader;
use super::table::{Effect, effect};
use super::thing::{Argument, Thing};
use super::{constants, pure};
use palisade_language::words::{Origin, Value};

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

    pub(super) fn is_called(&self) -> bool {
        matches!(self.tokens.get(self.at), Some(super::lexer::Token::Op("(")))
    }

    /// Whether `os.environ` is followed by the name of one variable.
    pub(super) fn reads_one_variable(&self) -> bool {
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

    pub(super) fn language_name(&self, path: &str) -> String {
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

    pub(super) fn named(&mut self, path: &str, arguments: Vec<Argument>, receiver: Option<Thing>) -> Thing {
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
    pub(super) fn applies(&self, effect: Effect, path: &str, receiver: Option<&Thing>, arguments: &[Argument]) -> bool {
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

    pub(super) fn apply(
        &mut self,
        effect: Effect,
        path: &str,
        arguments: Vec<Argument>,
        receiver: Option<Thing>,
    ) -> Thing {
        let made = Made::new(effect, path, arguments, receiver);
        match effect {
            Effect::Shell
            | Effect::Argv
            | Effect::Exec
            | Effect::ShellSelf
            | Effect::Code
            | Effect::Loads
            | Effect::Signal
            | Effect::Fork
            | Effect::Opaque => self.on_processes(made),
            Effect::Fetch | Effect::Send | Effect::Connect | Effect::Listen | Effect::Redirect | Effect::Sql => {
                self.on_network(made)
            }
            Effect::Env
            | Effect::Import
            | Effect::Attribute
            | Effect::Join
            | Effect::Same
            | Effect::Home
            | Effect::Temporary => self.on_values(made),
            _ => self.on_files(made),
        }
    }
}

/// A call that has an effect, its arguments sorted.
pub(super) struct Made<'p> {
    pub effect: Effect,
    pub path: &'p str,
    pub arguments: Vec<Argument>,
    pub receiver: Option<Thing>,
    pub first: Option<Thing>,
    pub second: Option<Thing>,
    /// The first argument's value. Without arguments a name was only looked at.
    pub value: Value,
    /// What it is called on.
    pub me: Value,
    /// The most worrying origin of all of them.
    pub origin: Option<Origin>,
}

impl<'p> Made<'p> {
    fn new(effect: Effect, path: &'p str, arguments: Vec<Argument>, receiver: Option<Thing>) -> Self {
        let sorted = positional(&arguments);
        let first =
            sorted.first().map(|one| one.thing.clone()).or_else(|| arguments.first().map(|one| one.thing.clone()));
        let second = sorted.get(1).map(|one| one.thing.clone());
        let me = receiver.as_ref().map(Thing::value).unwrap_or(Value::unknown(Origin::Mixed));
        let origin = arguments.iter().map(|one| &one.thing).chain(&receiver).filter_map(Thing::origin).max();
        let value = first.as_ref().map(Thing::value).unwrap_or_else(|| Value::unknown(Origin::Mixed));
        Self { effect, path, arguments, receiver, first, second, value, me, origin }
    }
}

/// The arguments that have no name.
pub(super) fn positional(arguments: &[Argument]) -> Vec<&Argument> {
    arguments.iter().filter(|one| one.name.is_empty()).collect()
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
